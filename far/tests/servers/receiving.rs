//! What a name server does with clients, asked over sockets: with answers kept as they were sent, and without.

use std::{
    net::{IpAddr, SocketAddr},
    rc::Rc,
    time::Duration,
};
use thru_dns::wire::{Asked, Edns, Kind, Message, Name, rcode};
use thru_dns::{Dns64, LocalData, LocalKind, OwnZone, RecursorConfig, Zone};
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

/// What is told about one name: the code, and the data of the answer's records.
type Told = Option<(u16, Vec<Vec<u8>>)>;

fn told_of(place: &Place, name: &str, kind: Kind) -> Told {
    let answer = place.ask(CLIENT, &question(name, kind))?;
    let data = answer.answers.into_iter().map(|record| record.data);
    Some((answer.rcode, data.collect()))
}

fn name(text: &str) -> Name {
    Name::from_text(text, &Name::root()).unwrap()
}

fn own_zone(answers_clients: bool) -> Vec<Rc<OwnZone>> {
    let zone = ZONE.replace("192.0.2.80", "192.0.2.99");
    let mut own = OwnZone::new(Zone::parse(&zone).unwrap(), thru_dns::DigestCheck::Never);
    own.answers_clients = answers_clients;
    own.replaces_servers = false;
    vec![Rc::new(own)]
}

/// A setting of a server, a question, and what is told with the setting and without it.
struct Row {
    what: &'static str,
    set: fn(&mut RecursorConfig, &mut Reception),
    asked: (&'static str, Kind),
    with: Told,
    without: Told,
}

fn rows() -> Vec<Row> {
    let known = || Some((rcode::NOERROR, vec![vec![192, 0, 2, 80]]));
    let nothing = || Some((rcode::NOERROR, Vec::new()));
    let www = ("www.shop.lab.", Kind::A);
    let row = |what, set, asked, with, without| Row {
        what,
        set,
        asked,
        with,
        without,
    };
    let mut translated = b"\0\x64\xff\x9b".to_vec();
    translated.extend([0; 8]);
    translated.extend([192, 0, 2, 80]);
    vec![
        row(
            "access: refuse",
            |_, own| own.access = rules(&[("10.0.0.0/8", Admission::Refuses)]),
            www,
            Some((rcode::REFUSED, Vec::new())),
            known(),
        ),
        row(
            "access: drop",
            |_, own| own.access = rules(&[(CLIENT, Admission::Drops)]),
            www,
            None,
            known(),
        ),
        row(
            "private",
            |config, _| config.private = vec!["192.0.2.0/24".parse().unwrap()],
            www,
            nothing(),
            known(),
        ),
        row(
            "private_names",
            |config, _| {
                config.private = vec!["192.0.2.0/24".parse().unwrap()];
                config.private_names = vec![name("shop.lab.")];
            },
            www,
            known(),
            known(),
        ),
        row(
            "dns64",
            |config, _| config.dns64 = Dns64::new("64:ff9b::".parse().unwrap(), 96),
            ("www.shop.lab.", Kind::AAAA),
            Some((rcode::NOERROR, vec![translated])),
            nothing(),
        ),
        row(
            "local_zones",
            |_, own| {
                let mut local = LocalData::default();
                let kind = LocalKind::from_text("always_nxdomain").unwrap();
                local.add_zone(name("shop.lab."), kind);
                own.local = local;
            },
            www,
            Some((rcode::NXDOMAIN, Vec::new())),
            known(),
        ),
        row(
            "zones_for clients",
            |config, _| config.own_zones = own_zone(true),
            www,
            Some((rcode::NOERROR, vec![vec![192, 0, 2, 99]])),
            known(),
        ),
        row(
            "zones_for servers, of which none is asked",
            |config, _| config.own_zones = own_zone(false),
            www,
            known(),
            known(),
        ),
    ]
}

fn role_and_reception(set: impl Fn(&mut RecursorConfig, &mut Reception)) -> (DnsRole, Reception) {
    let mut config = RecursorConfig::forwarding(vec![at(AUTHORITY)]);
    let mut own = Reception::default();
    set(&mut config, &mut own);
    let config = Box::new(config);
    (DnsRole::Resolver { config }, own)
}

#[test]
fn what_a_server_is_told_to_do_it_does_from_the_start_and_after_its_file_is_read_again() {
    for recorded in [true, false] {
        for row in rows() {
            let (role, own) = role_and_reception(row.set);
            let place = Place::new(recorded, role, |config| config.reception = own);
            let _authority = place.authority(AUTHORITY, ZONE);
            let (asked, kind) = row.asked;
            let told = |wanted: &Told, when| {
                // Asked again, it is given as it was sent where that is allowed.
                for _ in 0..3 {
                    let told = told_of(&place, asked, kind);
                    assert_eq!(&told, wanted, "{}, {when}, recorded {recorded}", row.what);
                }
            };
            told(&row.with, "from the start");
            for round in 0..2 {
                let (role, own) = role_and_reception(|_, _| {});
                place.server.replace(role, own, None).unwrap();
                told(&row.without, ["taken away", "taken away again"][round]);
                let (role, own) = role_and_reception(row.set);
                place.server.replace(role, own, None).unwrap();
                told(&row.with, ["set", "set again"][round]);
            }
        }
    }
}

#[test]
fn the_name_of_a_server_is_told_who_asks_for_it() {
    for recorded in [true, false] {
        let place = Place::new(recorded, zones(), |config| {
            config.reception.nsid = b"ns1".to_vec();
        });
        let plain = question("www.shop.lab.", Kind::A);
        let mut asks = plain.clone();
        asks.edns = Some(Edns {
            options: vec![(3, Vec::new())],
            ..Edns::default()
        });
        let nsid = |told: Message| {
            told.edns
                .and_then(|edns| edns.option(3).map(<[u8]>::to_vec))
        };
        for name in ["ns1", "ns2", ""] {
            let own = Reception {
                nsid: name.into(),
                ..Reception::default()
            };
            place.server.replace(zones(), own, None).unwrap();
            let wanted = (!name.is_empty()).then(|| name.as_bytes().to_vec());
            for _ in 0..2 {
                assert_eq!(nsid(place.ask(CLIENT, &asks).unwrap()), wanted);
                assert_eq!(nsid(place.ask(CLIENT, &plain).unwrap()), None);
            }
        }
    }
}
