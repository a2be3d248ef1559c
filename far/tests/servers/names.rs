//! What a name server answers on the short way is, octet for octet, what it says on the long one.

use std::{net::SocketAddr, rc::Rc, time::Duration};
use thru_dns::wire::{Asked, Edns, Kind, Message, Name};
use thru_events::{NodeId, Vantage};
use thru_far::dns_server::{self, DnsRole, DnsServerConfig, Running};
use thru_memory::World;
use thru_port::{Port, Stream, read, write_all};

const AUTHORITY: &str = "10.0.0.1";
const FORWARDER: &str = "10.0.0.2";
const CLIENT: &str = "10.0.0.9";

fn zone() -> String {
    let long: String = (0..6)
        .map(|_| format!(" \"{}\"", "x".repeat(150)))
        .collect();
    let longer: String = (0..12)
        .map(|_| format!(" \"{}\"", "y".repeat(150)))
        .collect();
    format!(
        "$ORIGIN shop.lab.\n$TTL 300\n@ SOA ns admin 1 3600 600 86400 60\n@ NS ns\n@ MX 10 mail\n\
         ns A 10.0.0.1\nwww 20 A 192.0.2.80\nwww 30 A 192.0.2.81\nmail A 192.0.2.25\nmail AAAA 2001:db8::25\n\
         alias 40 CNAME www\nout CNAME elsewhere.lab.\n*.wild A 192.0.2.99\nshort 1 A 192.0.2.1\nnought 0 A 192.0.2.2\n\
         long TXT{long}\nlonger TXT{longer}\nbelow NS ns.below\nns.below A 192.0.2.53\n\
         many MX 1 a.many\nmany MX 2 b.many\nmany MX 3 c.many\nmany MX 4 d.many\n{}",
        ["a", "b", "c", "d"]
            .map(|name| (1..9)
                .map(|n| format!("{name}.many AAAA 2001:db8::{n}\n"))
                .collect::<String>())
            .concat()
    )
}

/// A world with an authority and a forwarder; recorded, every answer of theirs goes the long way.
struct Both {
    world: Rc<World>,
    client: Rc<dyn Port>,
    servers: [Running; 2],
}

impl Both {
    fn new(recorded: bool) -> Both {
        let world = World::new();
        let machine = |node: u16, address: &str| -> Rc<dyn Port> {
            let address: std::net::IpAddr = address.parse().unwrap();
            match recorded {
                true => world.machine(Vantage::Node(NodeId(node)), address),
                false => world.silent_machine_at(address),
            }
        };
        let start = |node: u16, address: &str, role: DnsRole| {
            let listen = SocketAddr::new(address.parse().unwrap(), 53);
            let config = DnsServerConfig::new(address.into(), listen, role);
            let port = machine(node, address);
            world.run(async move { dns_server::run(port, config).await.unwrap() })
        };
        let zones = vec![zone()];
        let to = vec![SocketAddr::new(AUTHORITY.parse().unwrap(), 53)];
        let servers = [
            start(1, AUTHORITY, DnsRole::Authoritative { zones }),
            start(2, FORWARDER, DnsRole::Forwarder { to }),
        ];
        let client = machine(9, CLIENT);
        Both {
            world,
            client,
            servers,
        }
    }

    /// What comes back within a second.
    fn ask(&self, server: usize, by_udp: bool, question: &[u8]) -> Option<Vec<u8>> {
        let (client, to) = (self.client.clone(), self.servers[server].local);
        let asked = async move {
            if by_udp {
                let any = SocketAddr::from(([0, 0, 0, 0], 0));
                let socket = client.datagrams(any).unwrap();
                socket.send(question, to, None).await.unwrap();
                return socket.receive().await.unwrap().octets;
            }
            let mut stream = client.connect(to, None).await.unwrap().stream;
            let length = (question.len() as u16).to_be_bytes();
            let framed = [&length[..], question].concat();
            write_all(stream.as_mut(), &framed).await.unwrap();
            framed_message(stream.as_mut()).await
        };
        let limit = Duration::from_secs(1);
        self.world
            .run(thru_port::with_limit(self.client.as_ref(), limit, asked))
            .ok()
    }
}

async fn framed_message(stream: &mut dyn Stream) -> Vec<u8> {
    let (mut came, mut buffer) = (Vec::new(), [0; 4096]);
    loop {
        if let [high, low, rest @ ..] = came.as_slice()
            && rest.len() >= usize::from(u16::from_be_bytes([*high, *low]))
        {
            return rest.to_vec();
        }
        let count = read(stream, &mut buffer).await.unwrap();
        assert!(count > 0, "it ends in the middle");
        came.extend_from_slice(&buffer[..count]);
    }
}

const NAMES: [(&str, u16); 20] = [
    ("www.shop.lab.", 1),
    ("wWw.Shop.LAB.", 1),
    ("www.shop.lab.", 28),
    ("shop.lab.", 15),
    ("shop.lab.", 6),
    ("shop.lab.", 255),
    ("alias.shop.lab.", 1),
    ("alias.shop.lab.", 5),
    ("out.shop.lab.", 1),
    ("any.wild.shop.lab.", 1),
    ("Any.Wild.shop.lab.", 16),
    ("nobody.shop.lab.", 1),
    ("short.shop.lab.", 1),
    ("nought.shop.lab.", 1),
    ("long.shop.lab.", 16),
    ("longer.shop.lab.", 16),
    ("x.below.shop.lab.", 1),
    ("below.shop.lab.", 43),
    ("many.shop.lab.", 15),
    ("not.ours.", 1),
];

type Change = (&'static str, fn(&mut Message));

fn edns(message: &mut Message, change: impl FnOnce(&mut Edns)) {
    change(message.edns.get_or_insert_default());
}

fn option(message: &mut Message, code: u16, data: Vec<u8>) {
    edns(message, |edns| edns.options.push((code, data)));
}

const CHANGES: [Change; 24] = [
    ("plain", |_| {}),
    ("no RD", |message| message.flags.rd = false),
    ("CD", |message| message.flags.cd = true),
    ("AD", |message| message.flags.ad = true),
    ("TC", |message| message.flags.tc = true),
    ("RA", |message| message.flags.ra = true),
    ("CH", |message| message.questions[0].class = 3),
    ("EDNS", |message| edns(message, |_| {})),
    ("of 0", |message| edns(message, |edns| edns.udp_payload = 0)),
    ("of 512", |message| {
        edns(message, |edns| edns.udp_payload = 512)
    }),
    ("of 700", |message| {
        edns(message, |edns| edns.udp_payload = 700)
    }),
    ("of 65535", |message| {
        edns(message, |edns| edns.udp_payload = 65_535)
    }),
    ("DO", |message| edns(message, |edns| edns.dnssec_ok = true)),
    ("DO CD AD", |message| {
        edns(message, |edns| edns.dnssec_ok = true);
        (message.flags.cd, message.flags.ad) = (true, true);
    }),
    ("version 1", |message| {
        edns(message, |edns| edns.version = 1)
    }),
    ("cookie", |message| option(message, 10, vec![5; 8])),
    ("cookie DO 600", |message| {
        option(message, 10, vec![5; 8]);
        edns(message, |edns| {
            (edns.dnssec_ok, edns.udp_payload) = (true, 600)
        });
    }),
    ("another's cookie", |message| {
        option(message, 10, vec![5; 24])
    }),
    ("malformed cookie", |message| {
        option(message, 10, vec![5; 9])
    }),
    ("two cookies", |message| {
        option(message, 10, vec![5; 8]);
        option(message, 10, vec![6; 8]);
    }),
    ("NSID", |message| option(message, 3, vec![])),
    ("client subnet", |message| {
        option(message, 8, vec![0, 1, 24, 0, 192, 0, 2]);
    }),
    ("padding", |message| option(message, 12, vec![0; 30])),
    ("unknown and cookie", |message| {
        option(message, 65_001, vec![1; 100]);
        option(message, 10, vec![9; 8]);
    }),
];

fn question(id: u16, (name, kind): (&str, u16), change: fn(&mut Message)) -> Vec<u8> {
    let mut message = Message {
        id,
        questions: vec![Asked {
            name: Name::from_text(name, &Name::root()).unwrap(),
            kind: Kind(kind),
            class: 1,
        }],
        ..Message::default()
    };
    message.flags.rd = true;
    change(&mut message);
    message.encode()
}

/// The client's cookie comes back with the server's part: it is shown from then on.
fn with_cookie_of(answer: &[u8], question: &[u8]) -> Option<Vec<u8>> {
    let told = Message::decode(answer).ok()?.edns?.options;
    let (_, cookie) = told.into_iter().find(|(code, _)| *code == 10)?;
    let mut again = Message::decode(question).ok()?;
    let options = &mut again.edns.as_mut()?.options;
    options.iter_mut().find(|(code, _)| *code == 10)?.1 = cookie;
    Some(again.encode())
}

#[test]
fn the_short_way_says_what_the_long_one_says() {
    let (long, short) = (Both::new(true), Both::new(false));
    let mut id = 0_u16;
    // Whole seconds and parts of them; up to the end of most TTLs, and after it.
    for pass_ms in [0, 0, 900, 300, 10_000, 10_000, 25_000, 250_000, 10_000] {
        for both in [&long, &short] {
            both.world.pass(Duration::from_millis(pass_ms));
        }
        for (server, by_udp) in [(0, true), (0, false), (1, true), (1, false)] {
            for name in NAMES {
                for (what, change) in CHANGES {
                    id = id.wrapping_add(1);
                    let mut next = Some(question(id, name, change));
                    while let Some(question) = next.take() {
                        let wanted = long.ask(server, by_udp, &question);
                        let said = short.ask(server, by_udp, &question);
                        assert_eq!(
                            said.as_deref().map(shown),
                            wanted.as_deref().map(shown),
                            "server {server}, udp {by_udp}, {name:?}, {what}, {pass_ms}"
                        );
                        assert_eq!(
                            said, wanted,
                            "server {server}, udp {by_udp}, {name:?}, {what}"
                        );
                        let fresh = question.len() < 110 && what == "cookie";
                        if let Some(answer) = said.filter(|_| fresh) {
                            next = with_cookie_of(&answer, &question)
                                .filter(|again| again.len() > question.len());
                        }
                    }
                }
            }
        }
    }
    for server in 0..2 {
        assert_eq!(long.servers[server].given_again(), 0);
        let given = short.servers[server].given_again();
        assert!(given > 3000, "server {server}: {given} on the short way");
    }
}

fn shown(octets: &[u8]) -> String {
    format!("{:?}", Message::decode(octets))
}
