//! What a name server does with clients, asked over sockets: with answers kept as they were sent, and without.

use std::{
    net::{IpAddr, SocketAddr},
    rc::Rc,
    time::Duration,
};
use thru_dns::RecursorConfig;
use thru_dns::wire::{Asked, Edns, Kind, Message, Name, rcode};
use thru_events::{NodeId, Vantage};
use thru_far::dns_server::{
    self, AccessRule, Admission, DnsRole, DnsServerConfig, Reception, Running,
};
use thru_memory::World;
use thru_port::{Datagrams, Port, Stream, with_limit, write_all};

const SERVER: &str = "10.0.0.1";
const AUTHORITY: &str = "10.0.0.2";
const CLIENT: &str = "10.0.0.9";

fn address(text: &str) -> IpAddr {
    text.parse().unwrap()
}

fn at(text: &str) -> SocketAddr {
    SocketAddr::new(address(text), 53)
}

/// A world with one name server. Recorded, every answer goes the long way; else some go out as they were sent.
struct Place {
    world: Rc<World>,
    recorded: bool,
    server: Running,
}

impl Place {
    fn new(recorded: bool, role: DnsRole, change: impl FnOnce(&mut DnsServerConfig)) -> Place {
        let world = World::new();
        let port = machine(&world, recorded, SERVER);
        let mut config = DnsServerConfig::new("names".into(), at(SERVER), role);
        change(&mut config);
        let server = world.run(async move { dns_server::run(port, config).await.unwrap() });
        Place {
            world,
            recorded,
            server,
        }
    }

    fn machine(&self, address: &str) -> Rc<dyn Port> {
        machine(&self.world, self.recorded, address)
    }

    /// A further name server, with zones.
    fn authority(&self, address: &str, zone: &str) -> Running {
        let zones = vec![zone.to_owned()];
        let role = DnsRole::Authoritative { zones };
        let config = DnsServerConfig::new(address.into(), at(address), role);
        let port = self.machine(address);
        let started = async move { dns_server::run(port, config).await.unwrap() };
        self.world.run(started)
    }

    /// What comes back by UDP within a second.
    fn octets_by_udp(&self, client: &str, question: &[u8]) -> Option<Message> {
        let client = self.machine(client);
        let asked = async {
            let any = SocketAddr::from(([0, 0, 0, 0], 0));
            let socket = client.datagrams(any).unwrap();
            socket
                .send(question, self.server.local, None)
                .await
                .unwrap();
            Message::decode(&socket.receive().await.unwrap().octets).unwrap()
        };
        let limit = Duration::from_secs(1);
        self.world
            .run(with_limit(client.as_ref(), limit, asked))
            .ok()
    }

    fn ask(&self, client: &str, question: &Message) -> Option<Message> {
        self.octets_by_udp(client, &question.encode())
    }
}

fn machine(world: &Rc<World>, recorded: bool, text: &str) -> Rc<dyn Port> {
    match recorded {
        true => world.machine(Vantage::Node(NodeId(1)), address(text)),
        false => world.silent_machine_at(address(text)),
    }
}

fn question(name: &str, kind: Kind) -> Message {
    let mut message = Message {
        id: 7,
        questions: vec![Asked {
            name: Name::from_text(name, &Name::root()).unwrap(),
            kind,
            class: 1,
        }],
        ..Message::default()
    };
    message.flags.rd = true;
    message
}

/// A server that takes questions and says nothing.
fn silent(place: &Place, address: &str) -> Box<dyn Datagrams> {
    place.machine(address).datagrams(at(address)).unwrap()
}

fn forwarder() -> DnsRole {
    DnsRole::Forwarder {
        to: vec![at(AUTHORITY)],
    }
}

async fn send_framed(stream: &mut dyn Stream, question: &Message) {
    let octets = question.encode();
    let length = (octets.len() as u16).to_be_bytes();
    let framed = [&length[..], &octets].concat();
    write_all(stream, &framed).await.unwrap();
}

#[test]
fn a_client_that_goes_away_takes_its_open_questions_with_it() {
    let place = Place::new(true, forwarder(), |_| {});
    let _silent = silent(&place, AUTHORITY);
    let client = place.machine(CLIENT);
    let asked = async {
        let connected = client.connect(place.server.local, None).await.unwrap();
        let mut stream = connected.stream;
        for name in ["a.lab.", "b.lab.", "c.lab."] {
            send_framed(stream.as_mut(), &question(name, Kind::A)).await;
        }
        client.sleep(Duration::from_millis(50)).await;
        let open = place.server.open();
        stream.abort();
        client.sleep(Duration::from_millis(50)).await;
        (open, place.server.open())
    };
    assert_eq!(place.world.run(asked), (3, 0));
}

const ZONE: &str = "$ORIGIN shop.lab.\n$TTL 300\n@ SOA ns x 1 1 1 1 60\n@ NS ns\nns A 10.0.0.1\nwww A 192.0.2.80\n";

fn zones() -> DnsRole {
    DnsRole::Authoritative {
        zones: vec![ZONE.into()],
    }
}

fn rules(rules: &[(&str, Admission)]) -> Vec<AccessRule> {
    let rules = rules.iter().map(|(network, admission)| AccessRule {
        network: network.parse().unwrap(),
        admission: *admission,
    });
    rules.collect()
}

/// What clients are told: the code of the answer, if there is one.
fn told(place: &Place, client: &str, octets: &[u8]) -> Option<u16> {
    let answer = place.octets_by_udp(client, octets)?;
    Some(answer.rcode)
}

#[test]
fn rules_for_clients_count_before_anything_else() {
    let access = rules(&[
        ("0.0.0.0/0", Admission::Drops),
        ("10.0.0.0/24", Admission::Answers),
        ("10.0.0.64/28", Admission::Refuses),
        ("10.0.0.80/28", Admission::WantsCookie),
    ]);
    let asked = question("www.shop.lab.", Kind::A).encode();
    let mut malformed = asked.clone();
    malformed.truncate(20);
    for recorded in [true, false] {
        for rate in [None, Some(1)] {
            let place = Place::new(recorded, zones(), |config| {
                config.reception.access = access.clone();
                config.rate = rate;
            });
            for (client, octets, wanted) in [
                (CLIENT, &asked, rcode::NOERROR),
                (CLIENT, &malformed, rcode::FORMERR),
                ("10.0.0.66", &asked, rcode::REFUSED),
                ("10.0.0.66", &malformed, rcode::REFUSED),
                ("10.0.0.81", &asked, rcode::REFUSED),
            ] {
                // Each is within the rate.
                place.world.pass(Duration::from_secs(60));
                assert_eq!(told(&place, client, octets), Some(wanted), "{client}");
            }
            for _ in 0..10 {
                assert_eq!(told(&place, "10.0.7.7", &asked), None);
                assert_eq!(told(&place, "10.0.7.7", &malformed), None);
            }
        }
    }
}

/// What the client is told while a search for the same name by another is open.
fn told_beside_a_search(place: &Place, asked: &Message) -> Option<u16> {
    let other = place.machine("10.0.0.8");
    let any = SocketAddr::from(([0, 0, 0, 0], 0));
    let socket = other.datagrams(any).unwrap();
    let first = question("www.shop.lab.", Kind::A).encode();
    place.world.run(async {
        socket.send(&first, place.server.local, None).await.unwrap();
        other.sleep(Duration::from_millis(10)).await;
    });
    assert_eq!(place.server.open(), 1);
    Some(place.ask(CLIENT, asked)?.rcode)
}

#[test]
fn what_is_refused_is_refused_also_while_the_same_name_is_looked_for() {
    for recorded in [true, false] {
        let place = Place::new(recorded, forwarder(), |_| {});
        let _silent = silent(&place, AUTHORITY);
        let mut newer = question("www.shop.lab.", Kind::A);
        newer.edns = Some(Edns {
            version: 1,
            ..Edns::default()
        });
        assert_eq!(told_beside_a_search(&place, &newer), Some(rcode::BADVERS));
        place.world.pass(Duration::from_secs(60));
        let mut filled = question("www.shop.lab.", Kind::A);
        filled.answers.push(thru_dns::wire::Record {
            name: filled.questions[0].name.clone(),
            kind: Kind::A,
            class: 1,
            ttl: 1,
            data: vec![192, 0, 2, 1],
        });
        assert_eq!(told_beside_a_search(&place, &filled), Some(rcode::FORMERR));
    }
}

fn asking(private: &[&str]) -> DnsRole {
    let mut config = RecursorConfig::forwarding(vec![at(AUTHORITY)]);
    config.private = private.iter().map(|text| text.parse().unwrap()).collect();
    DnsRole::Resolver {
        config: Box::new(config),
    }
}

#[test]
fn what_was_remembered_under_other_rules_is_not_told_after_a_change() {
    for recorded in [true, false] {
        let place = Place::new(recorded, asking(&[]), |_| {});
        let _authority = place.authority(AUTHORITY, ZONE);
        let asked = question("www.shop.lab.", Kind::A);
        for _ in 0..3 {
            assert_eq!(place.ask(CLIENT, &asked).unwrap().answers.len(), 1);
        }
        let private = asking(&["192.0.2.0/24"]);
        let replaced = place.server.replace(private, Reception::default(), None);
        replaced.unwrap();
        for _ in 0..3 {
            let told = place.ask(CLIENT, &asked).unwrap();
            assert!(told.answers.is_empty(), "{told:?}");
        }
    }
}

#[test]
fn who_asks_after_a_change_does_not_wait_for_a_search_of_before() {
    for recorded in [true, false] {
        let place = Place::new(recorded, forwarder(), |_| {});
        let _silent = silent(&place, AUTHORITY);
        let _other = place.authority("10.0.0.3", ZONE);
        let asked = question("www.shop.lab.", Kind::A);
        assert_eq!(told_beside_a_search(&place, &asked), None);
        assert!(place.server.open() > 0, "it is looked for still");
        let to = vec![at("10.0.0.3")];
        let role = DnsRole::Forwarder { to };
        let replaced = place.server.replace(role, Reception::default(), None);
        replaced.unwrap();
        let told = place.ask(CLIENT, &asked).unwrap();
        assert_eq!(told.answers.len(), 1, "{told:?}");
    }
}
