//! The visit before the trip. It is a real one, over the wires; nobody records it.

use super::{Lab, LabFailure};
use crate::topology::Visit;
use std::{
    net::{Ipv4Addr, SocketAddr},
    rc::Rc,
    time::Duration,
};
use thru_octets::{Malformed, Reader, Writer};
use thru_port::{Port, Stream, read, with_limit, write_all};
use thru_tls::{ClientSettings, ClientTls, TlsVersion};

/// Time that the visit itself may take.
pub(super) const ROOM: Duration = Duration::from_secs(60);

/// Time for the name servers' answer.
const ANSWER_WITHIN: Duration = Duration::from_secs(10);

const HTTPS: u16 = 443;

/// Resource record type A.
const TYPE_A: u16 = 1;

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

/// The address of a name or of an address written out, as a machine of the lab would find it: its
/// first DNS server is asked, three times at most.
pub async fn address_of(port: &Rc<dyn Port>, host: &str, service: u16) -> Option<SocketAddr> {
    if let Ok(address) = host.parse() {
        return Some(SocketAddr::new(address, service));
    }
    for _ in 0..3 {
        if let Some(found) = resolve(port, host).await {
            return Some(SocketAddr::new(found.ip(), service));
        }
    }
    None
}

/// Asks the visitor's first DNS server for an address, once.
/// GAP: the visitor does not ask again; a lost question is a visit that did not happen.
async fn resolve(port: &Rc<dyn Port>, host: &str) -> Option<SocketAddr> {
    let server = *port.resolver_config().servers.first()?;
    let socket = port.datagrams(SocketAddr::from(([0, 0, 0, 0], 0))).ok()?;
    let mut id = [0; 2];
    port.random(&mut id);
    socket.send(&question(id, host), server, None).await.ok()?;
    let received = with_limit(&**port, ANSWER_WITHIN, socket.receive())
        .await
        .ok()?
        .ok()?;
    let address = first_address(&received.octets).ok()??;
    Some(SocketAddr::from((address, HTTPS)))
}

/// A question for an address, recursion desired (RFC 1035, section 4.1).
fn question(id: [u8; 2], host: &str) -> Vec<u8> {
    let mut message = Writer::default();
    message.bytes(&id).u16(0x0100).u16(1).u16(0).u16(0).u16(0);
    for label in host.split('.') {
        message.u8(label.len() as u8).bytes(label.as_bytes());
    }
    message.u8(0).u16(TYPE_A).u16(1);
    message.finish()
}

/// The first address among the answers of a message.
fn first_address(message: &[u8]) -> Result<Option<Ipv4Addr>, Malformed> {
    let mut reader = Reader::new(message);
    reader.take(4, "header")?;
    let (questions, answers) = (reader.u16("QDCOUNT")?, reader.u16("ANCOUNT")?);
    reader.take(4, "header")?;
    for _ in 0..questions {
        skip_name(&mut reader)?;
        reader.take(4, "question")?;
    }
    for _ in 0..answers {
        skip_name(&mut reader)?;
        let kind = reader.u16("TYPE")?;
        reader.take(6, "CLASS and TTL")?;
        let length = reader.u16("RDLENGTH")?;
        let data = reader.take(length.into(), "RDATA")?;
        if let (TYPE_A, Ok(address)) = (kind, <[u8; 4]>::try_from(data)) {
            return Ok(Some(Ipv4Addr::from(address)));
        }
    }
    Ok(None)
}

/// Labels up to the root or a pointer (RFC 1035, section 4.1.4).
fn skip_name(reader: &mut Reader<'_>) -> Result<(), Malformed> {
    loop {
        match reader.u8("label")? {
            0 => return Ok(()),
            0xc0.. => return reader.u8("pointer").map(|_| ()),
            length => reader.take(length.into(), "label")?,
        };
    }
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
