//! Servers that stand where another should: they only serve to fail.

use std::{net::SocketAddr, rc::Rc};
use thru_port::{Port, PortFailure, Stream, read, shutdown, write_all};

/// What speaks on a TLS port and is not TLS.
const NOT_TLS: &[u8] =
    b"HTTP/1.1 400 Bad Request\r\nContent-Length: 0\r\nConnection: close\r\n\r\n";

/// Any address of either family.
fn anywhere(number: u16) -> SocketAddr {
    SocketAddr::from((std::net::Ipv6Addr::UNSPECIFIED, number))
}

/// Takes every connection, waits for the first words, and resets it.
pub(super) fn resets(port: Rc<dyn Port>, number: u16) -> Result<(), PortFailure> {
    let listener = port.listen(anywhere(number))?;
    let task = async move {
        while let Ok(mut stream) = listener.accept().await {
            let mut words = [0; 1024];
            let _ = read(&mut *stream, &mut words).await;
            let because = stream.read_cause();
            stream.write_because(because);
            stream.abort();
        }
    };
    port.spawn("a server that resets", Box::pin(task));
    Ok(())
}

/// Takes every connection and answers the first words in plain text.
pub(super) fn plain_text(port: Rc<dyn Port>, number: u16) -> Result<(), PortFailure> {
    let listener = port.listen(anywhere(number))?;
    let task = async move {
        while let Ok(stream) = listener.accept().await {
            let _ = refuse(stream).await;
        }
    };
    port.spawn("a server without TLS", Box::pin(task));
    Ok(())
}

async fn refuse(mut stream: Box<dyn Stream>) -> Result<(), PortFailure> {
    let mut words = [0; 4096];
    read(&mut *stream, &mut words).await?;
    let because = stream.read_cause();
    stream.write_because(because);
    write_all(&mut *stream, NOT_TLS).await?;
    shutdown(&mut *stream).await
}
