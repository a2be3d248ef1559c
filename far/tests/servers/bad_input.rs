//! Bad input at a name server's door and from the servers that it asks: each item goes the real way,
//! over sockets; it is refused with its reason as an event, and nothing of it is kept.

use crate::machine;
use std::{cell::RefCell, net::SocketAddr, rc::Rc, time::Duration};
use thru_dns::wire::{Asked, Edns, Kind, Message, Name, Record};
use thru_dns::{RecursorConfig, Route};
use thru_events::{Event, dns::DnsEvent};
use thru_far::dns_server::{self, DnsRole, DnsServerConfig};
use thru_memory::World;
use thru_port::{Port, read, with_limit, write_all};

const LIAR: &str = "10.0.0.1";
const RESOLVER: &str = "10.0.0.2";
const POISON: [u8; 4] = [192, 0, 2, 66];
const RIGHT: [u8; 4] = [203, 0, 113, 10];

fn name(text: &str) -> Name {
    Name::from_text(text, &Name::root()).unwrap()
}

/// A name of 255 octets.
fn longest() -> Name {
    let label = "a".repeat(63);
    let text = format!("{label}.{label}.{label}.{}.shop.lab.", "b".repeat(52));
    let longest = name(&text);
    assert_eq!(longest.wire().len(), 255);
    longest
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

fn question(asked: Name, kind: Kind) -> Vec<u8> {
    let mut message = Message {
        id: 77,
        questions: vec![Asked {
            name: asked,
            kind,
            class: 1,
        }],
        ..Message::default()
    };
    message.flags.rd = true;
    message.encode()
}

/// The answer that the liar knows to be right; `change` makes something else of it.
fn answer(question: &[u8], change: impl FnOnce(&mut Message)) -> Vec<u8> {
    let mut message = Message::decode(question).unwrap();
    message.flags.qr = true;
    message.flags.ra = true;
    message.edns = None;
    let asked = message.questions[0].clone();
    message.answers = vec![record(&asked.name, asked.kind, &RIGHT)];
    change(&mut message);
    message.encode()
}

/// What the liar sends before the right answer, and from which port of its own (0: where it was asked).
type Lie = fn(&[u8]) -> Vec<(u16, Vec<u8>)>;

fn poisoned(question: &[u8]) -> Vec<u8> {
    answer(question, |message| {
        let asked = message.questions[0].name.clone();
        message.answers = vec![record(&asked, Kind::A, &POISON)];
        let target = name("ns.evil.");
        message.authorities = vec![record(&name("lab."), Kind::NS, target.wire())];
        message.additionals = vec![record(&target, Kind::A, &POISON)];
    })
}

fn with_id(mut octets: Vec<u8>, change: u16) -> Vec<u8> {
    let id = u16::from_be_bytes([octets[0], octets[1]]) ^ change;
    octets[..2].copy_from_slice(&id.to_be_bytes());
    octets
}

/// Item, what is sent first, and what the event says of it.
const OF_SERVERS: [(&str, Lie, &str); 12] = [
    (
        "compression loop",
        |asked| {
            let mut octets = poisoned(asked);
            octets.truncate(12);
            octets[4..12].copy_from_slice(&[0, 1, 0, 0, 0, 0, 0, 0]);
            octets.extend([0xc0, 12, 0, 1, 0, 1]);
            vec![(0, octets)]
        },
        "pointer",
    ),
    (
        "more records than there are",
        |asked| {
            let mut octets = poisoned(asked);
            octets[6..8].copy_from_slice(&[0xff, 0xff]);
            vec![(0, octets)]
        },
        "end",
    ),
    (
        "record longer than the message",
        |asked| {
            let mut octets = answer(asked, |_| {});
            let at = octets.len() - 6;
            octets[at..at + 2].copy_from_slice(&[0xff, 0xff]);
            vec![(0, octets)]
        },
        "RDATA",
    ),
    (
        "octets behind the end",
        |asked| {
            let mut octets = poisoned(asked);
            octets.push(0);
            vec![(0, octets)]
        },
        "the end of the message",
    ),
    (
        "64 KB that are no message",
        |asked| {
            let mut octets = poisoned(asked);
            octets.resize(65_000, 0xc0);
            vec![(0, octets)]
        },
        "octets more",
    ),
    (
        "wrong id",
        |asked| vec![(0, with_id(poisoned(asked), 1))],
        "its id is",
    ),
    (
        "wrong question",
        |asked| {
            let mut octets = poisoned(asked);
            octets[13] ^= 1;
            vec![(0, octets)]
        },
        "it answers another question",
    ),
    (
        "a question instead",
        |asked| {
            let mut octets = poisoned(asked);
            octets[2] &= 0x7f;
            vec![(0, octets)]
        },
        "it is a question",
    ),
    (
        "unsolicited, from elsewhere",
        |asked| vec![(4053, poisoned(asked))],
        "was not asked",
    ),
    (
        "birthday table",
        |asked| {
            (1..=20)
                .map(|by| (0, with_id(poisoned(asked), by << 4)))
                .collect()
        },
        "its id is",
    ),
    (
        "name of 256 octets",
        |asked| {
            let owner = longest();
            let mut octets = answer(asked, |message| {
                message.answers = vec![record(&owner, Kind::A, &POISON)];
            });
            // The last label is an octet longer than it may be.
            let at = octets.len() - 14 - 2 - 53;
            octets[at] += 1;
            octets.insert(at + 1, b'b');
            vec![(0, octets)]
        },
        "255 octets",
    ),
    (
        "nothing but half a header",
        |asked| vec![(0, asked[..5].to_vec())],
        "more octets than are left",
    ),
];

/// A world with a liar and a resolver that asks it; both are recorded.
struct Lied {
    world: Rc<World>,
    client: Rc<dyn Port>,
    to: SocketAddr,
}

impl Lied {
    /// `makes` gives all that comes back for a question.
    fn new(makes: impl Fn(&[u8]) -> Vec<(u16, Vec<u8>)> + 'static) -> Lied {
        let world = World::new();
        let liar = machine(&world, 1, LIAR);
        let at = SocketAddr::new(LIAR.parse().unwrap(), 53);
        let port = liar.clone();
        let lying = async move {
            let socket = port.datagrams(at).unwrap();
            while let Ok(asked) = socket.receive().await {
                for (from, octets) in makes(&asked.octets) {
                    if from == 0 {
                        let _ = socket.send(&octets, asked.from, asked.cause).await;
                    } else {
                        let other = port.datagrams(SocketAddr::new(at.ip(), from)).unwrap();
                        let _ = other.send(&octets, asked.from, asked.cause).await;
                    }
                }
            }
        };
        liar.spawn("liar", Box::pin(lying));
        let to = SocketAddr::new(RESOLVER.parse().unwrap(), 53);
        // A resolver that knows whom to ask about one zone, and nobody else.
        let route = Route {
            zone: name("shop.lab."),
            servers: vec![at],
            server_names: Vec::new(),
            recursion_desired: false,
            else_from_root: false,
            by_tcp: false,
            uncached: false,
        };
        let config = Box::new(RecursorConfig {
            routes: vec![route],
            minimises: false,
            ..RecursorConfig::new(Vec::new())
        });
        let config = DnsServerConfig::new("resolver".into(), to, DnsRole::Resolver { config });
        let port = machine(&world, 2, RESOLVER);
        world.run(async move { dns_server::run(port, config).await.unwrap() });
        let client = machine(&world, 9, "10.0.0.9");
        Lied { world, client, to }
    }

    fn ask(&self, question: &[u8]) -> Option<Message> {
        let (client, to) = (self.client.clone(), self.to);
        let asked = async move {
            let socket = client
                .datagrams(SocketAddr::from(([0, 0, 0, 0], 0)))
                .unwrap();
            socket.send(question, to, None).await.unwrap();
            socket.receive().await.unwrap().octets
        };
        let limit = Duration::from_secs(30);
        let octets = self
            .world
            .run(with_limit(self.client.as_ref(), limit, asked));
        octets.ok().map(|octets| Message::decode(&octets).unwrap())
    }

    /// What is kept of a name, without asking on.
    fn kept(&self, owner: &str, kind: Kind) -> Vec<Record> {
        let mut asked = question(name(owner), kind);
        asked[2] &= !1;
        self.ask(&asked)
            .map(|message| message.answers)
            .unwrap_or_default()
    }

    /// Reasons for which messages and records were refused.
    fn why(&self) -> Vec<String> {
        self.world.record.all(|entry| match &entry.event {
            Event::Dns(DnsEvent::ResponseIgnored { why, .. }) => Some(why.to_string()),
            Event::Dns(DnsEvent::RecordRefused {
                name,
                record_type,
                why,
                ..
            }) => Some(format!("{record_type} {name}: {why}")),
            Event::Dns(DnsEvent::ResponseSent { source, .. })
                if source.starts_with("the question") =>
            {
                Some(source.to_string())
            }
            _ => None,
        })
    }

    fn nothing_of_the_lie_is_kept(&self, item: &str) {
        for (owner, kind) in [
            ("ns.evil.", Kind::A),
            ("lab.", Kind::NS),
            ("mail.shop.lab.", Kind::A),
        ] {
            assert_eq!(self.kept(owner, kind), [], "{item}: {owner}");
        }
        let of_name = self.kept("shop.lab.", Kind::A);
        assert!(
            of_name.iter().all(|record| record.data == RIGHT),
            "{item}: {of_name:?}"
        );
    }
}

#[test]
fn what_servers_say_wrongly_is_refused_by_name_and_the_right_answer_still_counts() {
    for (item, lie, reason) in OF_SERVERS {
        let lied = Lied::new(move |asked| {
            let mut said = lie(asked);
            said.push((0, answer(asked, |_| {})));
            said
        });
        let told = lied.ask(&question(name("shop.lab."), Kind::A)).expect(item);
        let data: Vec<&[u8]> = told.answers.iter().map(|record| &record.data[..]).collect();
        let why = lied.why();
        assert_eq!(data, [RIGHT], "{item}: {why:?}");
        assert!(
            why.iter().any(|why| why.contains(reason)),
            "{item}: {why:?}"
        );
        lied.nothing_of_the_lie_is_kept(item);
    }
}

/// Item, what is in the answer beside or instead of the address, and what the event says of it.
type Beside = (&'static str, fn(&mut Message), &'static str);

const RECORDS: [Beside; 4] = [
    (
        "nobody asked for it",
        |message| {
            message
                .answers
                .push(record(&name("mail.shop.lab."), Kind::A, &POISON));
        },
        "A mail.shop.lab: nobody asked for it",
    ),
    (
        "poisoned glue",
        |message| {
            let target = name("ns.evil.");
            message
                .authorities
                .push(record(&name("lab."), Kind::NS, target.wire()));
            message.additionals.push(record(&target, Kind::A, &POISON));
        },
        "NS lab: the server's zone cannot know it",
    ),
    (
        "a record whose length lies",
        |message| {
            let asked = message.questions[0].name.clone();
            message
                .answers
                .push(record(&asked, Kind::A, &[192, 0, 2, 66, 1]));
        },
        "5 octets of data",
    ),
    (
        "out of bailiwick",
        |message| {
            let evil = name("ns.evil.");
            message.answers.push(record(&evil, Kind::A, &POISON));
        },
        "A ns.evil: the server's zone cannot know it",
    ),
];

#[test]
fn records_that_nobody_asked_for_are_refused_by_name_and_not_kept() {
    for (item, change, reason) in RECORDS {
        let lied = Lied::new(move |asked| vec![(0, answer(asked, change))]);
        let told = lied.ask(&question(name("shop.lab."), Kind::A)).expect(item);
        let why = lied.why();
        let right = told.answers.iter().all(|record| record.data == RIGHT);
        assert!(right && told.answers.len() == 1, "{item}: {told:?} {why:?}");
        assert!(
            why.iter().any(|why| why.contains(reason)),
            "{item}: {why:?}"
        );
        lied.nothing_of_the_lie_is_kept(item);
    }
}

/// What clients may say and is no question: the code that they are told (none: nothing), and the
/// reason.
const OF_CLIENTS: [(&str, fn() -> Vec<u8>, Option<u16>, &str); 8] = [
    (
        "compression loop",
        || b"\0\x4d\x01\0\0\x01\0\0\0\0\0\0\xc0\x0c\0\x01\0\x01".to_vec(),
        Some(1),
        "pointer",
    ),
    (
        "name of 256 octets",
        || {
            let mut octets = question(longest(), Kind::A);
            octets[12 + 3 * 64] += 1;
            octets.insert(12 + 3 * 64 + 1, b'b');
            octets
        },
        Some(1),
        "255 octets",
    ),
    (
        "more records than there are",
        || {
            let mut octets = question(name("shop.lab."), Kind::A);
            octets[11] = 9;
            octets
        },
        Some(1),
        "end",
    ),
    (
        "two questions",
        || {
            let mut octets = question(name("shop.lab."), Kind::A);
            octets[5] = 2;
            octets.extend(b"\x03lab\0\0\x01\0\x01");
            octets
        },
        Some(1),
        "QDCOUNT",
    ),
    (
        "octets behind the end",
        || {
            let mut octets = question(name("shop.lab."), Kind::A);
            octets.extend([1, 2, 3]);
            octets
        },
        Some(1),
        "the end of the message",
    ),
    (
        "an answer that nobody wanted",
        || poisoned(&question(name("shop.lab."), Kind::A)),
        None,
        "no question",
    ),
    ("half a header", || vec![0, 77, 1], Some(1), "malformed"),
    (
        "longer than there is room for",
        || {
            let mut octets = question(name("shop.lab."), Kind::A);
            octets.resize(5000, 0);
            octets
        },
        None,
        "longer than 4096 octets",
    ),
];

#[test]
fn what_clients_say_wrongly_is_refused_by_name_and_asks_nobody() {
    for (item, made, code, reason) in OF_CLIENTS {
        let asked_on = Rc::new(RefCell::new(0));
        let counted = asked_on.clone();
        let lied = Lied::new(move |asked| {
            *counted.borrow_mut() += 1;
            vec![(0, answer(asked, |_| {}))]
        });
        let told = lied.ask(&made());
        assert_eq!(told.map(|message| message.rcode), code, "{item}");
        let why = lied.why();
        assert!(
            why.iter().any(|why| why.contains(reason)),
            "{item}: {why:?}"
        );
        assert_eq!(*asked_on.borrow(), 0, "{item}: a server was asked");
        lied.nothing_of_the_lie_is_kept(item);
    }
}

/// What looks strange and is right passes unchanged: text of any octets, labels with dots and NULs,
/// the longest name, an answer of 64 KB by TCP.
#[test]
fn what_is_strange_and_right_passes_unchanged() {
    let odd = Name::from_labels([&b"a.b\0c"[..], b"shop", b"lab"].into_iter()).unwrap();
    let octets: Vec<u8> = (0..=255).collect();
    let text = [&[255_u8][..], &octets[..255], &[1, 255]].concat();
    for owner in [longest(), odd] {
        let data = text.clone();
        let lied = Lied::new(move |asked| {
            let right = answer(asked, |message| {
                message.answers[0].data = data.clone();
            });
            vec![(0, right)]
        });
        let mut asked = Message::decode(&question(owner.clone(), Kind::TXT)).unwrap();
        asked.edns = Some(Edns {
            udp_payload: 1232,
            ..Edns::default()
        });
        let told = lied.ask(&asked.encode()).unwrap();
        assert_eq!(told.answers.len(), 1, "{told:?} {:?}", lied.why());
        assert_eq!(
            told.answers,
            [Record {
                ttl: told.answers[0].ttl,
                ..record(&owner, Kind::TXT, &text)
            }]
        );
        assert_eq!(lied.why(), Vec::<String>::new());
    }
}

/// By TCP: a length that promises more than comes, and one of nought.
#[test]
fn lengths_of_a_stream_that_lie_end_the_connection_and_nothing_else() {
    let lied = Lied::new(|asked| vec![(0, answer(asked, |_| {}))]);
    let (client, to) = (lied.client.clone(), lied.to);
    let asked = question(name("shop.lab."), Kind::A);
    let talking = async move {
        let mut stream = client.connect(to, None).await.unwrap().stream;
        let length = (asked.len() as u16).to_be_bytes();
        // Nought octets are no message; then a question; then half of one.
        let said = [&[0, 0][..], &length, &asked, &[0xff, 0xff, 1, 2, 3]].concat();
        write_all(stream.as_mut(), &said).await.unwrap();
        thru_port::shutdown(stream.as_mut()).await.unwrap();
        let (mut heard, mut room) = (Vec::new(), [0; 4096]);
        while let Ok(count @ 1..) = read(stream.as_mut(), &mut room).await {
            heard.extend_from_slice(&room[..count]);
        }
        heard
    };
    let heard = lied.world.run(talking);
    let message = Message::decode(&heard[2..]).unwrap();
    assert_eq!(message.answers[0].data, RIGHT);
    assert!(lied.ask(&question(name("shop.lab."), Kind::A)).is_some());
}
