//! A name server that is asked by many at once.

mod journal;

use journal::world;
use std::net::SocketAddr;
use thru_events::{Event, dns::DnsEvent, trip::TripEvent};
use thru_far::dns_server::QUESTION_LIMIT;

/// The forwarder's own server is hung: every question stays open.
const TOPOLOGY: &str = r#"
near = "pc"

[[machine]]
name = "pc"
interface = [{ name = "eth0", address = "10.0.0.1/24" }]

[[machine]]
name = "forwarder"
interface = [{ name = "eth0", address = "10.0.0.53/24" }]
service = [{ kind = "dns-forwarder", to = ["10.0.0.99"] }]

[[machine]]
name = "hung"
state = "hung"
interface = [{ name = "eth0", address = "10.0.0.99/24" }]

[[machine]]
name = "switch"
kind = "switch"

[[wire]]
from = "pc:eth0"
to = "switch"
queue = 2000
[[wire]]
from = "forwarder:eth0"
to = "switch"
queue = 2000
[[wire]]
from = "hung:eth0"
to = "switch"
queue = 2000
"#;

/// `NAME.lab A?` with this id; the name has four letters.
fn question(id: u16, name: &str) -> Vec<u8> {
    let mut octets = id.to_be_bytes().to_vec();
    octets.extend(b"\x01\x00\x00\x01\x00\x00\x00\x00\x00\x00\x04");
    octets.extend(name.as_bytes());
    octets.extend(b"\x03lab\x00\x00\x01\x00\x01");
    octets
}

#[test]
fn one_question_too_many_is_answered_servfail_and_stated() {
    let world = world(TOPOLOGY, 1);
    let port = world.lab.near();
    let cause = world.pressed;
    let asked = async move {
        let socket = port.datagrams(SocketAddr::from(([0, 0, 0, 0], 0))).unwrap();
        let server = SocketAddr::from(([10, 0, 0, 53], 53));
        // The first one alone: the others would wait for the ARP answer, and only 64 may.
        for id in 0..=QUESTION_LIMIT as u16 {
            let name = format!("{id:04}");
            socket
                .send(&question(id, &name), server, cause)
                .await
                .unwrap();
            if id == 0 {
                port.sleep(std::time::Duration::from_millis(100)).await;
            }
        }
        socket.receive().await.unwrap().octets
    };
    let answer = world.lab.run_until(asked).unwrap();
    assert_eq!(answer[..2], (QUESTION_LIMIT as u16).to_be_bytes());
    assert_eq!(answer[3] & 0xf, 2, "SERVFAIL");
    let entries = world.journal.entries.borrow();
    let sent = entries.iter().find_map(|entry| match &entry.event {
        Event::Dns(DnsEvent::ResponseSent { rcode, source, .. }) => {
            Some((rcode.clone(), source.to_string(), entry.cause))
        }
        _ => None,
    });
    let (rcode, source, cause) = sent.expect("the answer is stated");
    assert_eq!(
        (rcode.as_str(), source.as_str()),
        ("SERVFAIL", "none: too many questions at once")
    );
    let because = &entries[cause.expect("it has a cause").index()].event;
    assert!(
        matches!(because, Event::Trip(TripEvent::LimitReached { value, .. }) if *value == u64::from(QUESTION_LIMIT)),
        "{because:?}"
    );
}

/// A resolver and the zone it asks, all on one switch.
const RESOLVER: &str = r#"
near = "pc"

[[zone]]
origin = "."
text = """
$TTL 60
. SOA a. x. 1 1 1 1 60
. NS a.
a. A 10.0.0.2
shop.lab. A 10.0.0.80
"""

[[machine]]
name = "pc"
interface = [{ name = "eth0", address = "10.0.0.1/24" }]

[[machine]]
name = "resolver"
interface = [{ name = "eth0", address = "10.0.0.53/24" }]
service = [{ kind = "caching-dns", roots = ["10.0.0.2"] }]

[[machine]]
name = "root"
interface = [{ name = "eth0", address = "10.0.0.2/24" }]
service = [{ kind = "name-server", zones = ["."] }]

[[machine]]
name = "switch"
kind = "switch"

[[wire]]
from = "pc:eth0"
to = "switch"
[[wire]]
from = "resolver:eth0"
to = "switch"
[[wire]]
from = "root:eth0"
to = "switch"
latency = "50 ms"
"#;

#[test]
fn three_clients_with_one_question_make_one_search() {
    let world = world(RESOLVER, 1);
    let port = world.lab.near();
    let cause = world.pressed;
    let asked = async move {
        let server = SocketAddr::from(([10, 0, 0, 53], 53));
        let socket = || port.datagrams(SocketAddr::from(([0, 0, 0, 0], 0))).unwrap();
        let sockets = [socket(), socket(), socket()];
        for (id, socket) in (7..).zip(&sockets) {
            socket
                .send(&question(id, "shop"), server, cause)
                .await
                .unwrap();
        }
        let mut answers = Vec::new();
        for socket in &sockets {
            answers.push(socket.receive().await.unwrap().octets);
        }
        answers
    };
    let answers = world.lab.run_until(asked).unwrap();
    for (id, answer) in (7_u16..).zip(&answers) {
        assert_eq!(answer[..2], id.to_be_bytes());
        assert_eq!((answer[3] & 0xf, answer[7]), (0, 1), "one address");
        assert!(answer.ends_with(&[10, 0, 0, 80]), "{answer:?}");
    }
    let entries = world.journal.entries.borrow();
    let root = SocketAddr::from(([10, 0, 0, 2], 53));
    let to_root = entries.iter().filter(|entry| {
        matches!(&entry.event, Event::Dns(DnsEvent::QuerySent { server, name, .. })
            if *server == root && name == "shop.lab")
    });
    assert_eq!(to_root.count(), 1, "the whole name is told once");
    let shared = entries.iter().filter_map(|entry| match &entry.event {
        Event::Dns(DnsEvent::SearchShared { clients, .. }) => Some(*clients),
        _ => None,
    });
    assert_eq!(shared.collect::<Vec<_>>(), [2, 3]);
}
