//! Questions by TCP (RFC 7766): several on one connection, each with its length before it.

use super::Server;
use std::{cell::Cell, rc::Rc, time::Duration};
use thru_events::{Stage, trip::TripEvent};
use thru_port::{Listener, Port, PortFailure, Stream, read, shutdown, with_limit, write_all};

/// Most connections at once; a further one is ended.
const CONNECTION_LIMIT: u32 = 128;
/// How long a client may be silent.
const IDLE_LIMIT: Duration = Duration::from_secs(10);

pub(super) async fn serve_connections(server: Rc<Server>, listener: Box<dyn Listener>) {
    let open = Rc::new(Cell::new(0));
    while let Ok(mut stream) = listener.accept().await {
        if open.get() >= CONNECTION_LIMIT {
            let tap = server.port.tap();
            tap.emit(stream.read_cause(), || TripEvent::LimitReached {
                stage: Stage::Dns,
                limit: "connections of a name server".into(),
                value: CONNECTION_LIMIT.into(),
            });
            stream.abort();
            continue;
        }
        open.set(open.get() + 1);
        let (server, counted) = (server.clone(), open.clone());
        let port = server.port.clone();
        let task = async move {
            // A broken connection is the client's end of it; the stream's own events say so.
            let _ = serve_connection(&server, stream.as_mut()).await;
            counted.set(counted.get() - 1);
        };
        port.spawn("dns connection", Box::pin(task));
    }
}

async fn serve_connection(server: &Rc<Server>, stream: &mut dyn Stream) -> Result<(), PortFailure> {
    let port: &dyn Port = server.port.as_ref();
    let client = stream.info().remote;
    let mut held = Vec::new();
    loop {
        let Ok(question) = with_limit(port, IDLE_LIMIT, next_message(stream, &mut held)).await
        else {
            break;
        };
        let Some(question) = question? else { break };
        let cause = stream.read_cause();
        let Some((octets, sent)) = server.answer(&question, client, false, cause).await else {
            break;
        };
        let length = u16::try_from(octets.len()).unwrap_or(u16::MAX);
        let mut framed = length.to_be_bytes().to_vec();
        framed.extend_from_slice(&octets[..usize::from(length)]);
        stream.write_because(sent);
        write_all(stream, &framed).await?;
    }
    shutdown(stream).await
}

/// The next whole message; `None` at the client's orderly end.
async fn next_message(
    stream: &mut dyn Stream,
    held: &mut Vec<u8>,
) -> Result<Option<Vec<u8>>, PortFailure> {
    let mut buffer = [0; 4096];
    loop {
        if let [high, low, ..] = held[..] {
            let end = 2 + usize::from(u16::from_be_bytes([high, low]));
            if held.len() >= end {
                let message = held[2..end].to_vec();
                held.drain(..end);
                return Ok(Some(message));
            }
        }
        let count = read(stream, &mut buffer).await?;
        if count == 0 {
            return Ok(None);
        }
        held.extend_from_slice(&buffer[..count]);
    }
}
