//! Connecting before everything is there.

use super::*;

/// When the look-up has its outcome and with which addresses, and what comes after it.
fn early(takes: &[(&'static str, u64)], own_addresses: &[&str]) -> (String, Vec<String>) {
    let zone = format!("{ZONE}shop HTTPS 1 . alpn=h2\n");
    let takes = takes
        .iter()
        .map(|(kind, ms)| (*kind, Duration::from_millis(*ms)));
    let behaviour = Behaviour::Takes(zones(&[&zone]), takes.collect());
    let mut network = Network::new(vec![("10.0.0.1", behaviour)]);
    let lookup = Lookup {
        host: "shop.lab".into(),
        port: 443,
        families: Families::Any,
        services: true,
    };
    let config = StubConfig {
        own: own(own_addresses),
        ..config(&["10.0.0.1"])
    };
    let (tap, mut cache) = (network.tap.clone(), cache());
    let config = Rc::new(config);
    let (now, chance) = (network.now, chance());
    let mut stub = Stub::begin(now, lookup, config, chance, &mut cache, &tap, None);
    network.run_until(&mut stub, &mut cache, |stub| stub.outcome().is_some());
    let list = |all: &[IpAddr]| {
        let all: Vec<String> = all.iter().map(IpAddr::to_string).collect();
        all.join(" ")
    };
    let found = stub.outcome().unwrap().as_ref().unwrap();
    let ms = network.now.0 / 1_000_000;
    let first = format!(
        "{ms} ms {} and {} services",
        list(&found.addresses),
        found.services.len()
    );
    let mut later = Vec::new();
    while !stub.is_done() {
        network.run_until(&mut stub, &mut cache, |stub| {
            stub.is_done() || stub.has_late()
        });
        let ms = network.now.0 / 1_000_000;
        while let Some(late) = stub.take_late() {
            later.push(match late {
                Late::Addresses { all, .. } => format!("{ms} ms {}", list(&all)),
                Late::Services { services, .. } => format!("{ms} ms {} services", services.len()),
            });
        }
    }
    (first, later)
}

/// RFC 8305, section 3.
#[test]
fn connecting_may_begin_before_everything_is_there() {
    let dual = &["2001:db8:1::2", "10.0.0.2"][..];
    let only_ipv4 = &["10.0.0.2", "fe80::1"][..];
    let (six, four) = ("2001:db8::10", "203.0.113.10");
    let both = format!("{six} {four}");
    let table = [
        // AAAA first: at once.
        (
            vec![("AAAA", 10), ("A", 200), ("HTTPS", 5)],
            dual,
            format!("10 ms {six} and 1 services"),
            vec![format!("200 ms {both}")],
        ),
        // A first: AAAA comes within the delay.
        (
            vec![("AAAA", 30), ("A", 10), ("HTTPS", 5)],
            dual,
            format!("30 ms {both} and 1 services"),
            vec![],
        ),
        // A first: AAAA comes after it, and is preferred still.
        (
            vec![("AAAA", 200), ("A", 10), ("HTTPS", 5)],
            dual,
            format!("60 ms {four} and 1 services"),
            vec![format!("200 ms {both}")],
        ),
        // A machine without IPv6 does not wait for AAAA, but for A.
        (
            vec![("AAAA", 200), ("A", 10), ("HTTPS", 5)],
            only_ipv4,
            format!("10 ms {four} and 1 services"),
            vec![format!("200 ms {four} {six}")],
        ),
        (
            vec![("AAAA", 10), ("A", 40), ("HTTPS", 5)],
            only_ipv4,
            format!("40 ms {four} {six} and 1 services"),
            vec![],
        ),
        // The HTTPS record is waited for as long as AAAA is.
        (
            vec![("AAAA", 10), ("A", 10), ("HTTPS", 200)],
            dual,
            format!("60 ms {both} and 0 services"),
            vec!["200 ms 1 services".to_owned()],
        ),
    ];
    for (takes, own, first, later) in table {
        assert_eq!(early(&takes, own), (first, later), "{takes:?} {own:?}");
    }
}

#[test]
fn once_there_is_a_connection_nothing_is_asked_again() {
    let behaviour = Behaviour::Takes(zones(&[ZONE]), vec![("AAAA", Duration::from_millis(10))]);
    let mut network = Network::new(vec![("10.0.0.1", behaviour)]);
    let lookup = Lookup {
        host: "shop.lab".into(),
        port: 443,
        families: Families::Any,
        services: false,
    };
    let (tap, mut cache) = (network.tap.clone(), cache());
    let config = Rc::new(config(&["10.0.0.1"]));
    let (now, chance) = (network.now, chance());
    let mut stub = Stub::begin(now, lookup, config, chance, &mut cache, &tap, None);
    network.run_until(&mut stub, &mut cache, |stub| stub.outcome().is_some());
    stub.connected();
    network.run_until(&mut stub, &mut cache, Stub::is_done);
    assert_eq!((network.talk.len(), network.now.0), (2, 5_000_000_000));
}

/// RFC 9460, section 2.4.2: a name may be an alias by its HTTPS record alone.
#[test]
fn services_elsewhere_are_an_outcome_without_addresses() {
    let zone =
        format!("{ZONE}apex HTTPS 0 shop\nalone HTTPS 1 . alpn=h2\nthere HTTPS 1 shop alpn=h2\n");
    let find = |host: &str| {
        let mut network = Network::new(vec![("10.0.0.1", Behaviour::Serves(zones(&[&zone])))]);
        let lookup = Lookup {
            host: host.into(),
            port: 443,
            families: Families::Any,
            services: true,
        };
        let (tap, mut cache) = (network.tap.clone(), cache());
        let config = Rc::new(config(&["10.0.0.1"]));
        let (now, chance) = (network.now, chance());
        let mut stub = Stub::begin(now, lookup, config, chance, &mut cache, &tap, None);
        network.run(&mut stub, &mut cache);
        match stub.outcome().unwrap() {
            Ok(found) => {
                let services = found.services.iter();
                let targets: Vec<&str> = services.map(|service| &*service.target).collect();
                format!(
                    "{} addresses, services at {}",
                    found.addresses.len(),
                    targets.join(" ")
                )
            }
            Err((failure, _)) => thru_events::Failed::from(failure).code.to_string(),
        }
    };
    let table = [
        ("apex.lab", "0 addresses, services at shop.lab"),
        ("there.lab", "0 addresses, services at shop.lab"),
        // A service at a name without addresses leads nowhere.
        ("alone.lab", "dns.no_data"),
    ];
    for (host, expected) in table {
        assert_eq!(find(host), expected, "{host}");
    }
}
