use std::{cell::RefCell, net::SocketAddr, rc::Rc, time::Duration};
use thru_dns::{Asker, CookieSecret, StoredAnswers};
use thru_events::{NodeId, Time, Vantage};
use thru_far::dns_server::{self, DnsRole, DnsServerConfig};
use thru_memory::World;
use thru_octets::Reader;
use thru_port::{Port, read, shutdown, with_limit, write_all};

const ZONE: &str = "$ORIGIN lab.\n$TTL 300\n@ SOA ns x 1 1 1 1 60\n@ NS ns\n@ A 192.0.2.1\nns A 10.0.0.1\n\
    *.w A 192.0.2.9\nbelow NS ns.below\nns.below A 192.0.2.53\nalias CNAME @\n";
/// `lab A?`
const PLAIN: &[u8] = b"\0\x07\x01\0\0\x01\0\0\0\0\0\0\x03lab\0\0\x01\0\x01";
/// How long an answer is waited for, in virtual time.
const PATIENCE: Duration = Duration::from_millis(100);
/// How long the door may take to let a client go.
const GOODBYE: Duration = Duration::from_secs(120);

/// A name server with two doors, and a client. `choice`: whether it is recorded, and so on the long
/// way; whether it forwards, to a server of the same zone; whether it counts answers.
struct Served {
    world: Rc<World>,
    client: Rc<dyn Port>,
    at: SocketAddr,
}

impl Served {
    fn start(choice: u8) -> Served {
        let world = World::new();
        let machine = |number: u16, address: [u8; 4]| match choice & 1 {
            0 => world.silent_machine_at(address),
            _ => world.machine(Vantage::Node(NodeId(number)), address),
        };
        let start = |number: u16, role: DnsRole| {
            let address = [10, 0, 0, number as u8];
            let at = SocketAddr::from((address, 53));
            let rate = (choice & 4 != 0).then_some(5);
            let config = DnsServerConfig {
                rate,
                ..DnsServerConfig::new("fuzzed".into(), at, role)
            };
            let port = machine(number, address);
            let started = world.run(dns_server::run(port, config));
            started.expect("the zone is good, the address free").local
        };
        let zones = vec![ZONE.to_owned()];
        let authority = start(1, DnsRole::Authoritative { zones });
        let at = match choice & 2 {
            0 => authority,
            _ => start(
                2,
                DnsRole::Forwarder {
                    to: vec![authority],
                },
            ),
        };
        let client = machine(9, [10, 0, 0, 9]);
        Served { world, client, at }
    }

    /// Sends datagrams, each twice: the second time it may be answered as it was sent.
    fn ask(&self, messages: &[Vec<u8>]) {
        let asking = async {
            let any = SocketAddr::from(([0, 0, 0, 0], 0));
            let socket = self.client.datagrams(any).expect("a free port");
            for message in messages.iter().flat_map(|message| [message, message]) {
                let _ = socket.send(message, self.at, None).await;
                let _ = with_limit(self.client.as_ref(), PATIENCE, socket.receive()).await;
            }
        };
        self.world.run(asking);
    }

    /// Whoever asks by TCP is answered still: rates do not hold him.
    fn still_answers(&self) {
        let length = (PLAIN.len() as u16).to_be_bytes();
        let said = self.say(&[&length[..], PLAIN].concat(), usize::MAX);
        assert!(said.len() > PLAIN.len(), "the server says {said:02x?}");
    }

    /// Says `octets` by TCP in pieces, ends, and hears what comes until the server ends too.
    fn say(&self, octets: &[u8], piece: usize) -> Vec<u8> {
        let heard = RefCell::new(Vec::new());
        let talking = async {
            let connected = self.client.connect(self.at, None).await;
            let mut stream = connected.expect("it listens").stream;
            for piece in octets.chunks(piece.max(1)) {
                let _ = write_all(stream.as_mut(), piece).await;
                self.client.sleep(Duration::from_millis(1)).await;
            }
            let _ = shutdown(stream.as_mut()).await;
            let mut room = [0; 4096];
            while let Ok(length) = read(stream.as_mut(), &mut room).await
                && length > 0
            {
                heard.borrow_mut().extend_from_slice(&room[..length]);
            }
        };
        let limited = with_limit(self.client.as_ref(), GOODBYE, talking);
        let ended = self.world.run(limited);
        assert!(ended.is_ok(), "the server does not let the client go");
        heard.into_inner()
    }
}

/// The door by UDP: the first octet chooses the server, then come datagrams with their lengths.
pub fn dns_server(octets: &[u8]) {
    let mut reader = Reader::new(octets);
    let served = Served::start(reader.u8("choice").unwrap_or_default());
    let mut messages = Vec::new();
    while let Ok(length) = reader.u16("length") {
        let length = usize::from(length).min(reader.remaining());
        let message = reader.take(length, "message").unwrap_or_default();
        messages.push(message.to_vec());
        if messages.len() == 16 {
            break;
        }
    }
    served.ask(&messages);
    served.still_answers();
}

/// The door by TCP: the first octets choose the server and the size of pieces, the rest is what a
/// client says.
pub fn dns_stream(octets: &[u8]) {
    let mut reader = Reader::new(octets);
    let served = Served::start(reader.u8("choice").unwrap_or_default());
    let piece = usize::from(reader.u8("piece").unwrap_or_default());
    served.say(reader.rest(), piece);
    served.still_answers();
}

/// Answers kept as they were sent: the length of a question, the question, and an answer to it. The
/// question comes again from others, later, by all ways.
pub fn stored_answers(octets: &[u8]) {
    let mut reader = Reader::new(octets);
    let length = usize::from(reader.u16("length").unwrap_or_default());
    let question = reader.take(length.min(reader.remaining()), "question");
    let (question, said) = (question.unwrap_or_default(), reader.rest());
    let secret = CookieSecret::new([7; 16]);
    let mut given = Vec::new();
    for aging in [None, Some(100), Some(u32::MAX)] {
        let stored = StoredAnswers::new(16, [7; 16]);
        match aging {
            None => stored.keep(Time::ZERO, question, said),
            Some(hundredths) => stored.keep_aging(Time::ZERO, question, said, hundredths),
        }
        for bits in 0..8_u64 {
            let asker = Asker {
                address: [192, 0, 2, bits as u8].into(),
                cookies: (&secret, 1_700_000_000),
                by_udp: bits & 1 != 0,
                counted: bits & 2 != 0,
                hidden: bits & 4 != 0,
            };
            let now = Time(bits * 1_000_000_000);
            if stored.answer(now, question, &asker, &mut given) {
                assert_eq!(given[..2], question[..2], "the id is the question's");
                assert!(
                    !asker.by_udp || given.len() <= 1232,
                    "{} octets",
                    given.len()
                );
            }
        }
    }
}
