use super::*;
use crate::cookie::CookieSecret;
use crate::read_question;
use crate::wire::{Asked, Edns, Message, Name};

fn question(name: &str, kind: Kind, class: u16) -> Question {
    with_options(name, kind, class, None)
}

fn with_options(
    name: &str,
    kind: Kind,
    class: u16,
    options: Option<Vec<(u16, Vec<u8>)>>,
) -> Question {
    let mut message = Message {
        id: 7,
        ..Message::default()
    };
    message.flags.rd = true;
    message.questions.push(Asked {
        name: Name::from_text(name, &Name::root()).unwrap(),
        kind,
        class,
    });
    message.edns = options.map(|options| Edns {
        udp_payload: 1232,
        options,
        ..Edns::default()
    });
    read_question(&message.encode()).unwrap()
}

fn name(text: &str) -> Name {
    Name::from_text(text, &Name::root()).unwrap()
}

/// What is said, as one text.
fn told(reception: &Reception, question: &Question, client: &str) -> String {
    let caller = Caller {
        question,
        client: client.parse().unwrap(),
        by: By::Datagram,
        cookie: &Cookie::Absent,
    };
    match reception.receive(&caller, None) {
        Received::Work => "work".into(),
        Received::Dropped(_) => "dropped".into(),
        Received::Reply(reply) => {
            let aa = if reply.message().flags.aa { " AA" } else { "" };
            format!("{}{aa} {}", reply.rcode(), reply.answers().join(", "))
        }
    }
}

fn rule(network: &str, admission: Admission) -> AccessRule {
    let network = network.parse().unwrap();
    AccessRule { network, admission }
}

#[test]
fn the_rule_with_the_longest_prefix_says_who_may_ask() {
    let reception = Reception {
        access: vec![
            rule("20.40.0.0/16", Admission::Refuses),
            rule("20.0.0.0/8", Admission::Answers),
            rule("20.40.80.0/24", Admission::Drops),
            rule("2001:db8::/32", Admission::Drops),
        ],
        ..Reception::default()
    };
    let asked = question("a.lab", Kind::A, 1);
    for (client, wanted) in [
        ("20.1.2.3", "work"),
        ("20.40.2.3", "REFUSED "),
        ("20.40.80.3", "dropped"),
        ("192.0.2.1", "work"),
        ("2001:db8::7", "dropped"),
        ("::ffff:20.40.80.3", "dropped"),
    ] {
        assert_eq!(told(&reception, &asked, client), wanted, "{client}");
    }
    assert!("10.0.0.0/33".parse::<Network>().is_err());
}

#[test]
fn who_has_to_show_a_cookie_is_handed_one_or_asks_by_tcp() {
    let reception = Reception {
        access: vec![rule("192.0.2.0/24", Admission::WantsCookie)],
        ..Reception::default()
    };
    let (client, secret) = ("192.0.2.1".parse().unwrap(), CookieSecret::new([7; 16]));
    let judge = |options, by| {
        let asked = with_options("a.lab", Kind::A, 1, Some(options));
        let cookie = secret.judge(&asked, client, 1000);
        let caller = Caller {
            question: &asked,
            client,
            by,
            cookie: &cookie,
        };
        match reception.receive(&caller, None) {
            Received::Reply(mut reply) => {
                reception.finish(&mut reply, &caller);
                let handed = reply.message().edns.as_ref().unwrap().option(10);
                let cut = reply.message().flags.tc;
                (reply.rcode(), cut, handed.map(<[u8]>::to_vec))
            }
            _ => ("work".to_owned(), false, None),
        }
    };
    assert_eq!(judge(vec![], By::Datagram), ("REFUSED".into(), true, None));
    assert_eq!(judge(vec![], By::Connection).0, "work");
    let (code, cut, handed) = judge(vec![(10, vec![1; 8])], By::Datagram);
    assert_eq!((code.as_str(), cut), ("BADCOOKIE", false));
    assert_eq!(judge(vec![(10, handed.unwrap())], By::Datagram).0, "work");
    assert_eq!(judge(vec![(10, vec![1; 9])], By::Datagram).0, "FORMERR");
}

#[test]
fn the_server_says_its_name_only_if_it_has_one_to_say() {
    let mut reception = Reception::default();
    let asked = |name: &str| question(name, Kind::TXT, 3);
    assert_eq!(
        told(&reception, &asked("version.bind"), "192.0.2.1"),
        "REFUSED "
    );
    (reception.version, reception.identity) = (Some("1 2".into()), Some("ns1".into()));
    for (name, wanted) in [
        ("version.bind", "NOERROR version.bind 0 TXT \"1 2\""),
        ("version.server", "NOERROR version.server 0 TXT \"1 2\""),
        ("ID.server", "NOERROR id.server 0 TXT \"ns1\""),
        ("hostname.bind", "NOERROR hostname.bind 0 TXT \"ns1\""),
        ("authors.bind", "REFUSED "),
    ] {
        let said = told(&reception, &asked(name), "192.0.2.1");
        assert!(said.eq_ignore_ascii_case(wanted), "{said}");
    }
}

#[test]
fn nsid_and_the_time_of_idle_connections_are_told_to_whom_they_are_of_use() {
    let reception = Reception {
        nsid: b"ns1".to_vec(),
        idle: Some(300),
        ..Reception::default()
    };
    let options = |asked: Option<Vec<(u16, Vec<u8>)>>, by| {
        let question = with_options("a.lab", Kind::A, 1, asked);
        let caller = Caller {
            question: &question,
            client: "192.0.2.1".parse().unwrap(),
            by,
            cookie: &Cookie::Absent,
        };
        let mut reply = Reply::new(&question, "cache", None);
        reception.finish(&mut reply, &caller);
        reply.message().edns.clone().map(|edns| edns.options)
    };
    assert_eq!(options(None, By::Connection), None);
    assert_eq!(options(Some(vec![]), By::Datagram), Some(vec![]));
    assert_eq!(options(Some(vec![]), By::Connection), Some(vec![]));
    let idle = (11, vec![1, 44]);
    let asks = || Some(vec![(11, vec![])]);
    assert_eq!(options(asks(), By::Connection), Some(vec![idle]));
    assert_eq!(options(asks(), By::Datagram), Some(vec![]));
    assert_eq!(options(asks(), By::Https), Some(vec![]));
    let asked = || Some(vec![(3, vec![]), (3, vec![])]);
    assert_eq!(
        options(asked(), By::Datagram),
        Some(vec![(3, b"ns1".to_vec())])
    );
    let question = with_options("a.lab", Kind::A, 1, Some(vec![(11, vec![0, 1])]));
    let caller = Caller {
        question: &question,
        client: "192.0.2.1".parse().unwrap(),
        by: By::Connection,
        cookie: &Cookie::Absent,
    };
    let Received::Reply(reply) = reception.receive(&caller, None) else {
        panic!("only a server says how long");
    };
    assert_eq!(reply.rcode(), "FORMERR");
}

#[test]
fn a_local_zone_does_with_other_names_what_its_kind_says() {
    let table = [
        (LocalKind::Transparent, "NOERROR AA ", "work", "work"),
        (LocalKind::TypeTransparent, "work", "work", "work"),
        (
            LocalKind::Static,
            "NOERROR AA ",
            "NOERROR AA ",
            "NXDOMAIN AA ",
        ),
        (
            LocalKind::Refuse,
            "REFUSED AA ",
            "REFUSED AA ",
            "REFUSED AA ",
        ),
        (LocalKind::Deny, "dropped", "dropped", "dropped"),
    ];
    for (kind, other_type, between, none) in table {
        let mut local = LocalData::default();
        local.add_zone(name("home.lab"), kind);
        local.add_record("pc.lan.home.lab A 192.0.2.7").unwrap();
        let reception = Reception {
            local,
            ..Reception::default()
        };
        let told = |name, kind| told(&reception, &question(name, kind, 1), "192.0.2.1");
        let found = "NOERROR AA pc.lan.home.lab 3600 A 192.0.2.7";
        assert_eq!(told("pc.lan.home.lab", Kind::A), found, "{kind:?}");
        assert_eq!(told("pc.lan.home.lab", Kind::AAAA), other_type, "{kind:?}");
        assert_eq!(told("lan.home.lab", Kind::A), between, "{kind:?}");
        assert_eq!(told("none.home.lab", Kind::A), none, "{kind:?}");
        assert_eq!(told("else.lab", Kind::A), "work");
        assert_eq!(told("home.lab", Kind::DS), "work", "the zone above has it");
    }
}

#[test]
fn zones_that_block_do_so_whatever_records_there_are() {
    let table = [
        (LocalKind::AlwaysTransparent, "work"),
        (LocalKind::AlwaysNoName, "NXDOMAIN AA "),
        (LocalKind::AlwaysNoData, "NOERROR AA "),
        (LocalKind::AlwaysRefuse, "REFUSED AA "),
        (LocalKind::AlwaysDeny, "dropped"),
        (LocalKind::AlwaysNull, "NOERROR AA a.ads.lab 3600 A 0.0.0.0"),
    ];
    for (kind, wanted) in table {
        let mut local = LocalData::default();
        local.add_zone(name("ads.lab"), kind);
        local.add_record("a.ads.lab A 192.0.2.7").unwrap();
        let reception = Reception {
            local,
            ..Reception::default()
        };
        let asked = question("a.ads.lab", Kind::A, 1);
        assert_eq!(told(&reception, &asked, "192.0.2.1"), wanted);
    }
    let mut local = LocalData::default();
    local.add_zone(name("ads.lab"), LocalKind::Redirect);
    local.add_record("ads.lab A 192.0.2.9").unwrap();
    local.set_kind_for(
        name("ads.lab"),
        "10.0.0.0/8".parse().unwrap(),
        LocalKind::AlwaysRefuse,
    );
    let reception = Reception {
        local,
        ..Reception::default()
    };
    let asked = question("x.ads.lab", Kind::A, 1);
    assert_eq!(
        told(&reception, &asked, "192.0.2.1"),
        "NOERROR AA x.ads.lab 3600 A 192.0.2.9"
    );
    assert_eq!(told(&reception, &asked, "10.1.2.3"), "REFUSED AA ");
    assert!(!reception.treats_as_all("192.0.2.1".parse().unwrap()));
}

#[test]
fn a_zone_may_be_without_addresses_of_one_family() {
    let mut local = LocalData::default();
    for (zone, word) in [("none.lab", "block_aaaa"), ("own.lab", "block_aaaa_wdata")] {
        local.add_zone(name(zone), LocalKind::from_text(word).unwrap());
        local
            .add_record(&format!("b.{zone} AAAA 2001:db8::1"))
            .unwrap();
    }
    let reception = Reception {
        local,
        ..Reception::default()
    };
    let told = |name, kind| told(&reception, &question(name, kind, 1), "192.0.2.1");
    for name in ["a.none.lab", "b.none.lab", "a.own.lab"] {
        assert_eq!(told(name, Kind::AAAA), "NOERROR AA ", "{name}");
        assert_eq!(told(name, Kind::A), "work", "{name}");
    }
    let own = "NOERROR AA b.own.lab 3600 AAAA 2001:db8::1";
    assert_eq!(told("b.own.lab", Kind::AAAA), own);
}

#[test]
fn names_that_stay_at_home_are_answered_here() {
    let reception = Reception {
        local: LocalData::at_home(),
        ..Reception::default()
    };
    let told = |name, kind| told(&reception, &question(name, kind, 1), "192.0.2.1");
    assert_eq!(
        told("localhost", Kind::A),
        "NOERROR AA localhost 10800 A 127.0.0.1"
    );
    let below = "NOERROR AA a.localhost 10800 A 127.0.0.1";
    assert_eq!(told("a.localhost", Kind::A), below);
    assert_eq!(told("a.localhost", Kind::TXT), "NOERROR AA ");
    let own = "NOERROR AA 1.0.0.127.in-addr.arpa 10800 PTR localhost.";
    assert_eq!(told("1.0.0.127.in-addr.arpa", Kind::PTR), own);
    assert_eq!(told("7.0.0.10.in-addr.arpa", Kind::PTR), "NXDOMAIN AA ");
    assert_eq!(told("secret.onion", Kind::A), "NXDOMAIN AA ");
    assert_eq!(told("8.8.8.8.in-addr.arpa", Kind::PTR), "work");
}

/// RFC 6303, section 3: who serves such a zone himself does not want the empty one.
#[test]
fn names_at_home_that_are_left_to_others_are_looked_for() {
    let mut local = LocalData::at_home();
    local.leave(&name("10.in-addr.arpa"));
    local.leave(&name("1.168.192.in-addr.arpa"));
    local.leave(&name("shop.lab"));
    let reception = Reception {
        local,
        ..Reception::default()
    };
    let told = |name, kind| told(&reception, &question(name, kind, 1), "192.0.2.1");
    assert_eq!(told("7.0.0.10.in-addr.arpa", Kind::PTR), "work");
    assert_eq!(told("7.1.168.192.in-addr.arpa", Kind::PTR), "work");
    assert_eq!(told("1.168.192.in-addr.arpa", Kind::SOA), "work");
    assert_eq!(told("7.2.168.192.in-addr.arpa", Kind::PTR), "NXDOMAIN AA ");
    assert_eq!(told("shop.lab", Kind::A), "work");
}

/// As many as a list of names to block has; each is found by its name, not by looking at all.
#[test]
fn many_zones_are_found_by_name_and_class() {
    let mut local = LocalData::default();
    for number in 0..20_000 {
        assert!(local.add_zone(name(&format!("n{number}.lab")), LocalKind::AlwaysNoName));
    }
    local.add_record("n5.lab 60 CH TXT five").unwrap();
    let reception = Reception {
        local,
        ..Reception::default()
    };
    let told = |name, kind, class| told(&reception, &question(name, kind, class), "192.0.2.1");
    assert_eq!(told("a.b.N19999.lab", Kind::A, 1), "NXDOMAIN AA ");
    assert_eq!(told("n20000.lab", Kind::A, 1), "work");
    assert_eq!(told("n5.lab", Kind::DS, 1), "work");
    assert_eq!(told("n5.lab", Kind::TXT, 3), "NXDOMAIN AA ");
}

#[test]
fn a_record_that_cannot_be_taken_is_refused_with_its_words() {
    let mut local = LocalData::default();
    for (line, why) in [
        ("", "empty"),
        ("a.lab", "no type"),
        ("a.lab A 1.2.3", "IPv4"),
        ("a.lab NOSUCH x", "type"),
        ("a.lab CNAME b.lab", "aliases"),
        ("a.lab A (", "parenthesis"),
    ] {
        let refused = local.add_record(line).unwrap_err();
        assert!(refused.to_string().contains(why), "{refused}");
    }
}
