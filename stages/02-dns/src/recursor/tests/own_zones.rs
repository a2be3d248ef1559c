//! Zones of a recursor's own (RFC 8806, RFC 8976).

use super::*;
use crate::Anchor;
use crate::dnssec::{SigningKey, Validity};
use crate::zone::Denial;

fn zone(text: &str) -> Zone {
    Zone::parse(text).unwrap()
}

fn with_own(own: OwnZone) -> RecursorConfig {
    RecursorConfig {
        own_zones: vec![Rc::new(own)],
        ..config()
    }
}

/// An own copy of the zone `lab.` in which `old.lab` is still there.
fn own_lab() -> String {
    format!("{LAB}old A 203.0.113.99\nout CNAME www.shop.lab.\n")
}

#[test]
fn an_own_root_is_asked_instead_of_the_root_s_servers() {
    let (mut network, mut cache) = (internet(), cache());
    let mut own = OwnZone::new(zone(ROOT), DigestCheck::Never);
    own.answers_clients = false;
    let told = ask_with(&mut network, &mut cache, "www.shop.lab", with_own(own));
    assert!(told.starts_with("NOERROR recursion"), "{told}");
    let to_root = network
        .talk
        .iter()
        .any(|line| line.contains("198.51.100.1 "));
    assert!(!to_root, "{:?}", network.talk);
}

#[test]
fn an_own_zone_answers_clients_with_authority_and_leads_them_on() {
    let (mut network, mut cache) = (internet(), cache());
    let own = Rc::new(OwnZone::new(zone(&own_lab()), DigestCheck::Never));
    let config = || RecursorConfig {
        own_zones: vec![own.clone()],
        ..config()
    };
    let told = ask_with(&mut network, &mut cache, "old.lab", config());
    assert_eq!(told, "NOERROR zone [old.lab 600 A 203.0.113.99]");
    let told = ask_with(&mut network, &mut cache, "none.lab", config());
    assert_eq!(told, "NXDOMAIN zone []");
    assert_eq!(network.talk, Vec::<String>::new());
    // What it delegates, and where its aliases lead, is asked for.
    let told = ask_with(&mut network, &mut cache, "www.shop.lab", config());
    assert!(
        told.starts_with("NOERROR recursion [www.shop.lab"),
        "{told}"
    );
    assert_eq!(network.talk.len(), 2, "{:?}", network.talk);
    let told = ask_with(&mut network, &mut cache, "out.lab", config());
    assert!(
        told.contains("out.lab 600 CNAME www.shop.lab., www.shop.lab"),
        "{told}"
    );
    assert!(told.ends_with("A 203.0.113.10]"), "{told}");
}

#[test]
fn an_own_zone_that_stands_for_nothing_is_passed_by() {
    let (mut network, mut cache) = (internet(), cache());
    let mut own = OwnZone::new(zone(&own_lab()), DigestCheck::Never);
    (own.answers_clients, own.replaces_servers) = (false, false);
    let told = ask_with(&mut network, &mut cache, "old.lab", with_own(own));
    assert_eq!(told, "NXDOMAIN recursion []");
}

#[test]
fn an_own_zone_whose_digest_does_not_hold_is_not_used() {
    let changed = format!("{}@ ZONEMD 1 1 1 {}\n", own_lab(), "00".repeat(48));
    for answers_clients in [false, true] {
        let (mut network, mut cache) = (internet(), cache());
        let mut own = OwnZone::new(zone(&changed), DigestCheck::WherePresent);
        own.answers_clients = answers_clients;
        let told = ask_with(&mut network, &mut cache, "old.lab", with_own(own));
        assert_eq!(told, "SERVFAIL recursion []");
        // Where its servers may be asked instead, they are.
        let mut own = OwnZone::new(zone(&changed), DigestCheck::WherePresent);
        (own.answers_clients, own.else_servers) = (answers_clients, true);
        let told = ask_with(&mut network, &mut cache, "www.shop.lab", with_own(own));
        assert!(
            told.starts_with("NOERROR recursion [www.shop.lab"),
            "{told}"
        );
    }
    let (mut network, mut cache) = (internet(), cache());
    let own = OwnZone::new(zone(&own_lab()), DigestCheck::Always);
    let told = ask_with(&mut network, &mut cache, "old.lab", with_own(own));
    assert_eq!(
        told, "SERVFAIL recursion []",
        "a digest is wanted, and there is none"
    );
}

#[test]
fn what_lies_outside_of_an_own_zone_is_left_out_with_its_line() {
    let text = format!("{LAB}else. A 192.0.2.1\nwww A 192.0.2.2\n");
    let origin = Name::from_text("lab.", &Name::root()).unwrap();
    let mut refuse = |_: &str| Err(String::new());
    let (zone, left_out) = Zone::parse_leaving_out(&text, &origin, &mut refuse).unwrap();
    assert_eq!(left_out.len(), 1);
    assert!(
        left_out[0]
            .to_string()
            .contains("else is not in the zone lab")
    );
    let mut network = Network::new(Vec::new());
    let own = with_own(OwnZone::new(zone, DigestCheck::Never));
    let told = ask_with(&mut network, &mut cache(), "www.lab", own);
    assert_eq!(told, "NOERROR zone [www.lab 600 A 192.0.2.2]");
}

const HOUR_S: u32 = 3_600;

/// A signed copy of the zone `lab.` that holds for two hours, and who trusts its key.
fn signed_lab() -> (Zone, Vec<Anchor>) {
    let key = SigningKey::from_seed(&[7; 32]);
    let validity = Validity {
        inception: 0,
        expiration: 2 * HOUR_S,
    };
    let signed = zone(&own_lab()).signed(&key, validity, &Denial::Nsec);
    let ds = key.vouching(signed.origin());
    let digest: String = ds[4..].iter().map(|octet| format!("{octet:02x}")).collect();
    let anchor = format!("lab. IN DS {} {} {} {digest}\n", key.tag(), ds[2], ds[3]);
    (signed, Anchor::read_all(&anchor).unwrap())
}

fn asked_at(seconds: u32, network: &mut Network, own: &Rc<OwnZone>, anchors: &[Anchor]) -> String {
    network.now = Time::ZERO.after(std::time::Duration::from_secs(seconds.into()));
    let config = RecursorConfig {
        own_zones: vec![own.clone()],
        anchors: anchors.to_vec(),
        ..config()
    };
    ask_with(network, &mut cache(), "old.lab", config)
}

#[test]
fn an_own_zone_whose_keys_were_not_to_be_had_is_looked_at_again() {
    let (signed, anchors) = signed_lab();
    let mut own = OwnZone::new(signed.clone(), DigestCheck::WherePresent);
    own.replaces_servers = false;
    let own = Rc::new(own);
    let mut dead = Network::new(Vec::new());
    let told = asked_at(0, &mut dead, &own, &anchors);
    assert_eq!(told, "SERVFAIL recursion []");
    let mut network = Network::new(vec![
        ("198.51.100.1", Behaviour::Serves(zones(&[ROOT]))),
        (
            "198.51.100.2",
            Behaviour::Serves(crate::Zones::new(vec![signed])),
        ),
    ]);
    let told = asked_at(200, &mut network, &own, &anchors);
    assert_eq!(told, "NOERROR zone [old.lab 600 A 203.0.113.99]");
}

#[test]
fn an_own_zone_is_used_no_longer_than_its_signatures_hold() {
    let (signed, anchors) = signed_lab();
    let own = Rc::new(OwnZone::new(signed, DigestCheck::WherePresent));
    let mut network = Network::new(Vec::new());
    let told = asked_at(HOUR_S, &mut network, &own, &anchors);
    assert_eq!(told, "NOERROR zone [old.lab 600 A 203.0.113.99]");
    let told = asked_at(2 * HOUR_S + 1, &mut network, &own, &anchors);
    assert_eq!(told, "SERVFAIL recursion []");
}

/// What is kept and is no good is no word of our copy, which is then asked.
#[test]
fn after_bad_keys_that_were_kept_the_own_copy_is_asked() {
    let (signed, anchors) = signed_lab();
    let forged = zone(&own_lab()).signed(
        &SigningKey::from_seed(&[8; 32]),
        Validity {
            inception: 0,
            expiration: 2 * HOUR_S,
        },
        &Denial::Nsec,
    );
    let mut network = Network::new(vec![
        ("198.51.100.1", Behaviour::Serves(zones(&[ROOT]))),
        (
            "198.51.100.2",
            Behaviour::Serves(crate::Zones::new(vec![forged])),
        ),
    ]);
    let mut asked = question("lab").message;
    asked.questions[0].kind = Kind::DNSKEY;
    let (mut cache, tap) = (cache(), Tap::off());
    let mut machine = Recursion::begin(
        network.now,
        read_question(&asked.encode()).unwrap(),
        Rc::new(config()),
        chance(),
        &mut cache,
        &tap,
        None,
    );
    network.run(&mut machine, &mut cache);
    assert_eq!(machine.reply().unwrap().answers().len(), 1);
    let mut own = OwnZone::new(signed, DigestCheck::Never);
    own.answers_clients = false;
    let config = RecursorConfig {
        own_zones: vec![Rc::new(own)],
        anchors,
        ..config()
    };
    let told = ask_with(&mut network, &mut cache, "old.lab", config);
    assert_eq!(told, "NOERROR recursion [old.lab 600 A 203.0.113.99]");
}
