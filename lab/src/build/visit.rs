//! The visit before the trip. It is a real one, over the wires; nobody records it.

use super::{Lab, LabFailure};
use crate::topology::Visit;
use std::{net::SocketAddr, rc::Rc, time::Duration};
use thru_port::{Port, Stream, read, with_limit, write_all};
use thru_tls::{ClientSettings, ClientTls, TlsVersion};

/// Time that the visit itself may take.
pub(super) const ROOM: Duration = Duration::from_secs(60);

/// Octets of one answer that the visitor reads.
const ANSWER_LIMIT: usize = 16 * 1024 * 1024;

/// Makes the topology's visit. A visit that fails (the world may be damaged) leaves fewer marks,
/// and that is all.
pub(super) fn make(lab: &Lab) -> Result<(), LabFailure> {
    let Some(visit) = &lab.topology.visit else {
        return Ok(());
    };
    let Some(port) = lab.port(&visit.by) else {
        return Ok(());
    };
    let trust = lab.trust(&visit.by);
    let settings = ClientSettings {
        provider: trust.provider,
        roots: trust.roots,
        alpn: vec!["http/1.1".to_owned()],
        insecure: false,
        max_version: TlsVersion::Tls13,
    };
    let Ok(tls) = ClientTls::new(settings) else {
        return Ok(());
    };
    let visiting = with_limit(&*port, ROOM / 2, walk(port.clone(), tls, visit));
    let _ = lab.world.run_until(visiting)?;
    Ok(())
}

/// Asks for one path after the other.
async fn walk(port: Rc<dyn Port>, tls: ClientTls, visit: &Visit) -> Option<()> {
    port.ready(None).await.ok()?;
    let address = resolve(&port, &visit.host).await?;
    for path in &visit.paths {
        let connected = port.connect(address, None).await.ok()?;
        let secured = thru_tls::connect(&port, connected.stream, &tls, &visit.host, ROOM, None);
        let mut stream = secured.await.ok()?.stream;
        let request = format!(
            "GET {path} HTTP/1.1\r\nHost: {}\r\nAccept-Encoding: gzip, br, zstd\r\nConnection: close\r\n\r\n",
            visit.host
        );
        write_all(&mut stream, request.as_bytes()).await.ok()?;
        read_to_end(&mut stream).await;
    }
    Some(())
}

async fn resolve(_: &Rc<dyn Port>, _: &str) -> Option<SocketAddr> {
    None
}

async fn read_to_end(stream: &mut dyn Stream) {
    let mut buffer = vec![0; 16 * 1024];
    let mut total = 0;
    while let Ok(length @ 1..) = read(stream, &mut buffer).await {
        total += length;
        if total > ANSWER_LIMIT {
            return;
        }
    }
}
