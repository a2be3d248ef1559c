//! Bad input from a name server to the browser's own look-up, in the host world and over real
//! sockets: each item is refused with its reason, the right answer behind it counts, and nothing of
//! what was refused is kept. The same for name servers: `far/tests/servers/bad_input.rs`.

use std::{
    net::{SocketAddr, TcpListener, UdpSocket},
    thread,
};
use throughline::{Host, Options, World};
use thru_dns::wire::{Kind, Message, Name, Record};
use thru_events::{Event, dns::DnsEvent};

const POISON: [u8; 4] = [192, 0, 2, 66];
const RIGHT: [u8; 4] = [127, 0, 0, 1];

fn name(text: &str) -> Name {
    Name::from_text(text, &Name::root()).unwrap()
}

fn record(owner: &Name, kind: Kind, data: &[u8]) -> Record {
    Record {
        name: owner.clone(),
        kind,
        class: 1,
        ttl: 300,
        data: data.to_vec(),
    }
}

/// An answer with this address, without EDNS; none for types other than A.
fn answer(question: &[u8], address: [u8; 4]) -> Message {
    let mut message = Message::decode(question).unwrap();
    message.flags.qr = true;
    message.flags.ra = true;
    message.edns = None;
    let asked = message.questions[0].clone();
    if asked.kind == Kind::A {
        message.answers.push(record(&asked.name, Kind::A, &address));
    }
    message
}

/// Makes a lie of a poisoned answer.
type Lie = fn(Vec<u8>) -> Vec<u8>;

/// Item, the lie, whether it comes from another port, and what the event says of it.
const ITEMS: [(&str, Lie, bool, &str); 9] = [
    (
        "compression loop",
        |mut octets| {
            octets.truncate(12);
            octets[4..12].copy_from_slice(&[0, 1, 0, 0, 0, 0, 0, 0]);
            octets.extend([0xc0, 12, 0, 1, 0, 1]);
            octets
        },
        false,
        "pointer",
    ),
    (
        "more records than there are",
        |mut octets| {
            octets[6..8].copy_from_slice(&[0xff, 0xff]);
            octets
        },
        false,
        "end",
    ),
    (
        "octets behind the end",
        |octets| [&octets[..], &[0]].concat(),
        false,
        "the end of the message",
    ),
    (
        "64 KB that are no message",
        |mut octets| {
            octets.resize(65_000, 0xc0);
            octets
        },
        false,
        "octets more",
    ),
    (
        "wrong id",
        |mut octets| {
            octets[0] ^= 0xff;
            octets
        },
        false,
        "its id is",
    ),
    (
        "wrong question",
        |mut octets| {
            octets[13] ^= 1;
            octets
        },
        false,
        "it answers another question",
    ),
    (
        "a question instead",
        |mut octets| {
            octets[2] &= 0x7f;
            octets
        },
        false,
        "it is a question",
    ),
    (
        "unsolicited, from elsewhere",
        |octets| octets,
        true,
        "was not asked",
    ),
    (
        "half a header",
        |octets| octets[..5].to_vec(),
        false,
        "more octets than are left",
    ),
];

/// A server that says the lie, and then what is right.
fn serve(socket: UdpSocket, lie: Lie, from_elsewhere: bool) -> std::io::Result<()> {
    let elsewhere = UdpSocket::bind("127.0.0.1:0")?;
    let mut room = [0; 4096];
    loop {
        let (length, asker) = socket.recv_from(&mut room)?;
        let question = &room[..length];
        let mut poisoned = answer(question, POISON);
        let target = name("ns.evil.");
        poisoned
            .authorities
            .push(record(&name("test."), Kind::NS, target.wire()));
        poisoned.additionals.push(record(&target, Kind::A, &POISON));
        let liar = if from_elsewhere { &elsewhere } else { &socket };
        liar.send_to(&lie(poisoned.encode()), asker)?;
        socket.send_to(&answer(question, RIGHT).encode(), asker)?;
    }
}

/// Loads a page whose name is looked up; gives why messages were passed over, what was kept, and the
/// addresses.
fn looked_up(server: SocketAddr) -> (Vec<String>, Vec<String>, Vec<String>) {
    // Nobody listens there: what counts is the look-up.
    let closed = TcpListener::bind("127.0.0.1:0")
        .unwrap()
        .local_addr()
        .unwrap();
    let mut options = Options::new(format!("http://forged.test:{}/", closed.port()));
    options.network.families = thru_dns::Families::Ipv4;
    options.world = World::Host(Host {
        fresh: true,
        dns_servers: vec![throughline::NameServer {
            address: server,
            door: None,
        }],
        ..Host::default()
    });
    let trip = throughline::load(options).unwrap();
    let journal = trip.journal.expect("recording is on");
    let (mut why, mut kept, mut addresses) = (Vec::new(), Vec::new(), Vec::new());
    for entry in &journal.entries {
        match &entry.event {
            Event::Dns(DnsEvent::ResponseIgnored { why: reason, .. }) => {
                why.push(reason.to_string())
            }
            Event::Dns(DnsEvent::CacheStored { name, .. }) => kept.push(name.clone()),
            Event::Dns(DnsEvent::Resolved {
                addresses: found, ..
            }) => {
                addresses.extend(found.iter().map(ToString::to_string));
            }
            _ => {}
        }
    }
    (why, kept, addresses)
}

#[test]
fn what_a_name_server_says_wrongly_is_refused_by_name_and_not_kept() {
    for (item, lie, from_elsewhere, reason) in ITEMS {
        let socket = UdpSocket::bind("127.0.0.1:0").unwrap();
        let server = socket.local_addr().unwrap();
        // It ends with the test.
        drop(thread::spawn(move || serve(socket, lie, from_elsewhere)));
        let (why, kept, addresses) = looked_up(server);
        assert!(
            why.iter().any(|why| why.contains(reason)),
            "{item}: {why:?}"
        );
        assert!(
            kept.iter()
                .all(|name| name.eq_ignore_ascii_case("forged.test")),
            "{item}: {kept:?}"
        );
        assert_eq!(addresses, ["127.0.0.1"], "{item}");
    }
}
