//! The known amplification attacks: one client's question must not make much work.

use super::super::limits;
use super::*;
use crate::scripted::Said;
use crate::wire::{Message, Record, rcode};
use std::cell::Cell;
use std::time::Duration;

/// The answer of a server of `zone`, made by `make` from the question.
pub(super) fn says(make: impl Fn(&Question, &mut Message) + 'static) -> Behaviour {
    Behaviour::Says(Box::new(move |question| {
        vec![(None, made(question, &make))] as Vec<Said>
    }))
}

pub(super) fn made(question: &Question, make: &dyn Fn(&Question, &mut Message)) -> Vec<u8> {
    let mut message = Message {
        id: question.id,
        questions: question.message.questions.clone(),
        ..Message::default()
    };
    (message.flags.qr, message.flags.aa) = (true, true);
    make(question, &mut message);
    message.encode()
}

pub(super) fn name(text: &str) -> Name {
    Name::from_text(text, &Name::root()).unwrap()
}

pub(super) fn record(owner: &str, kind: Kind, ttl: u32, data: &[u8]) -> Record {
    Record {
        name: name(owner),
        kind,
        class: 1,
        ttl,
        data: data.to_vec(),
    }
}

pub(super) fn to(target: &str) -> Vec<u8> {
    name(target).wire().to_vec()
}

fn below_lab(attacker: Behaviour) -> Network {
    Network::new(vec![
        ("198.51.100.1", Behaviour::Serves(zones(&[ROOT]))),
        ("198.51.100.2", Behaviour::Serves(zones(&[LAB]))),
        ("203.0.113.53", attacker),
    ])
}

/// NRDelegationAttack: a referral to servers that all answer with a referral of the same kind.
#[test]
fn referrals_that_lead_to_nobody_make_little_work() {
    let attacker = says(|question, message| {
        message.flags.aa = false;
        let asked = question.message.questions[0].name.clone();
        let below = name(&asked.shown().to_string())
            .child(b"x")
            .unwrap_or(asked.clone());
        for number in 0..1500 {
            let server = below
                .child(format!("ns{number}").as_bytes())
                .unwrap_or(below.clone());
            let mut referral = record("x.", Kind::NS, 60, server.wire());
            referral.name = asked.clone();
            message.authorities.push(referral);
        }
    });
    let mut network = below_lab(attacker);
    let told = ask(&mut network, &mut cache(), "a.b.shop.lab");
    assert_eq!(told, "SERVFAIL recursion []");
    assert!(
        network.talk.len() < 40,
        "{} {:?}",
        network.talk.len(),
        network.talk
    );
}

/// TsuNAME: zones whose servers lie in each other, asked for again and again by clients.
#[test]
fn zones_in_a_circle_are_not_asked_for_again_by_the_next_clients() {
    let (mut network, mut cache) = (internet(), cache());
    ask(&mut network, &mut cache, "www.one.lab");
    let first = network.talk.len();
    let mut more = 0;
    for client in 0..20 {
        network.now = network.now.after(Duration::from_millis(10));
        ask(&mut network, &mut cache, "www.one.lab");
        more += network.talk.len();
        assert!(
            network.talk.len() <= first,
            "client {client}: {:?}",
            network.talk
        );
    }
    assert_eq!(more, 0, "a failure is kept (RFC 9520)");
}

/// CacheFlush and unbounded referrals: every answer refers to one label more, for ever.
#[test]
fn referrals_without_end_stop_and_drive_nothing_out() {
    let attacker = says(|question, message| {
        let asked = question.message.questions[0].name.clone();
        let labels = asked.label_count();
        if labels > 2 {
            message.flags.aa = false;
            let cut = asked.suffix((labels).min(labels));
            let mut referral = record("x.", Kind::NS, 60, &to("ns1.shop.lab."));
            referral.name = cut;
            message.authorities.push(referral);
        }
        let glue = record("ns1.shop.lab.", Kind::A, 60, &[203, 0, 113, 53]);
        message.additionals.push(glue);
    });
    let mut network = below_lab(attacker);
    let deep = format!("{}shop.lab", "a.".repeat(100));
    let told = ask(&mut network, &mut cache(), &deep);
    assert!(told.starts_with("SERVFAIL"), "{told}");
    let most = limits::REFERRAL_LIMIT + limits::MINIMISE_LIMIT;
    assert!(network.talk.len() as u32 <= most, "{}", network.talk.len());
}

/// Aliases by DNAME that grow with every step.
#[test]
fn a_dname_that_makes_names_longer_ends() {
    let zone = "$ORIGIN shop.lab.\n$TTL 300\n@ SOA ns1 x 1 1 1 1 60\n@ NS ns1\n\
        ns1 A 203.0.113.53\nd DNAME a.b.c.d\n";
    let mut network = below_lab(Behaviour::Serves(zones(&[zone])));
    let told = ask(&mut network, &mut cache(), "x.d.shop.lab");
    assert!(
        told.starts_with("SERVFAIL") || told.starts_with("YXDOMAIN"),
        "{told}"
    );
    assert!(
        network.talk.len() <= limits::ALIAS_LIMIT + 4 + limits::MINIMISED_LIMIT as usize,
        "{:?}",
        network.talk
    );
}

/// A flood of aliases: one question, many chains (each alias leads to ever new names).
#[test]
fn all_that_one_question_makes_has_a_limit() {
    let number = Cell::new(0);
    let attacker = says(move |question, message| {
        number.set(number.get() + 1);
        let mut alias = record(
            "x.",
            Kind::CNAME,
            0,
            &to(&format!("n{}.shop.lab.", number.get())),
        );
        alias.name = question.message.questions[0].name.clone();
        message.answers.push(alias);
    });
    let mut network = below_lab(attacker);
    let told = ask(&mut network, &mut cache(), "start.shop.lab");
    assert!(told.starts_with("SERVFAIL"), "{told}");
    assert!(network.talk.len() as u32 <= limits::EXCHANGE_LIMIT);
}

/// KeyTrap (CVE-2023-50387): many keys of one tag and many signatures: every pair is a check.
#[test]
fn many_keys_of_one_tag_and_many_signatures_are_few_checks() {
    let zone = name("trap.");
    let spent = limits::Spent::default();
    let checker = crate::dnssec::Checker {
        now: 1_700_000_000,
        accepts_dsa: false,
        spent: &spent,
    };
    // Keys that differ in octets that the tag does not see: pairs of octets in another order.
    let keys: Vec<Vec<u8>> = (0..200_u16).map(key_with_one_tag).collect();
    let tag = crate::dnssec::Key::read(&keys[0]).unwrap().tag();
    let same = keys
        .iter()
        .filter(|data| crate::dnssec::Key::read(data).unwrap().tag() == tag);
    assert_eq!(same.count(), keys.len());
    let mut set = crate::wire::Rrset {
        name: name("www.trap."),
        kind: Kind::A,
        class: 1,
        ttl: 60,
        data: vec![vec![192, 0, 2, 1]],
        signatures: Vec::new(),
    };
    for at in 0..200_u8 {
        let mut signature = vec![0, 1, 13, 2, 0, 0, 0, 60];
        signature.extend_from_slice(&2_000_000_000_u32.to_be_bytes());
        signature.extend_from_slice(&1_600_000_000_u32.to_be_bytes());
        signature.extend_from_slice(&tag.to_be_bytes());
        signature.extend_from_slice(zone.wire());
        signature.extend_from_slice(&[at; 64]);
        set.signatures.push(signature);
    }
    assert!(checker.check(&set, &zone, &keys).is_err());
    let most = limits::SIGNATURES_PER_SET * limits::KEYS_PER_SIGNATURE;
    assert!(
        spent.signatures.get() as usize <= most,
        "{}",
        spent.signatures.get()
    );
    for _ in 0..100 {
        let _ = checker.check(&set, &zone, &keys);
    }
    assert!(spent.signatures.get() <= limits::SIGNATURE_LIMIT);
    assert_eq!(
        spent.reached.get().map(|(_, limit)| limit),
        Some(limits::SIGNATURE_LIMIT)
    );
}

fn key_with_one_tag(at: u16) -> Vec<u8> {
    let mut data = vec![1, 0, 3, 13];
    data.extend_from_slice(&[0; 64]);
    // What one pair has more, the next has less.
    data[10..12].copy_from_slice(&at.to_be_bytes());
    data[12..14].copy_from_slice(&(1000 - at).to_be_bytes());
    data
}

/// CVE-2023-50868: hashes for names of many labels, with many iterations.
#[test]
fn denials_by_hash_are_a_bounded_number_of_hashes() {
    let spent = limits::Spent::default();
    let zone = name("hash.");
    let deep = name(&format!("{}hash.", "a.".repeat(120)));
    let mut data = vec![1, 0, 0, 150, 0, 20];
    data.extend_from_slice(&[0; 20]);
    data.extend_from_slice(&[0, 1, 0x40]);
    let set = crate::wire::Rrset {
        name: name("0p9mhaveqvm6t7vbl5lop2u3t2rp3tom.hash."),
        kind: Kind::NSEC3,
        class: 1,
        ttl: 60,
        data: vec![data],
        signatures: Vec::new(),
    };
    for _ in 0..20 {
        let _ = crate::dnssec::no_name(&[&set], &zone, &deep, &spent);
    }
    assert_eq!(spent.hashes.get(), limits::HASH_LIMIT);
    let mut costly = set.clone();
    costly.data[0][2..4].copy_from_slice(&2500_u16.to_be_bytes());
    let spent = limits::Spent::default();
    let denied = crate::dnssec::no_name(&[&costly], &zone, &deep, &spent);
    assert_eq!(
        denied,
        crate::dnssec::Denied::Unsigned,
        "RFC 9276: as if it were not signed"
    );
    assert_eq!(spent.hashes.get(), 0);
}

/// Answers that are cut again and again, to make questions by TCP.
#[test]
fn an_answer_that_is_always_cut_is_asked_for_by_tcp_once_a_server() {
    let attacker = says(|_, message| message.flags.tc = true);
    let mut network = below_lab(attacker);
    let told = ask(&mut network, &mut cache(), "www.shop.lab");
    assert_eq!(told, "SERVFAIL recursion []");
    let by_tcp = network
        .talk
        .iter()
        .filter(|line| line.contains(" tcp "))
        .count();
    assert!(
        by_tcp <= 4 && network.talk.len() <= 12,
        "{:?}",
        network.talk
    );
}

/// A zone with thousands of records of one name: what is kept and told is bounded by the message.
#[test]
fn an_answer_of_64_kilobytes_is_taken_by_tcp_and_cut_for_udp() {
    let attacker = says(|question, message| {
        let asked = question.message.questions[0].name.clone();
        for number in 0..3000_u16 {
            let [high, low] = number.to_be_bytes();
            let mut address = record("x.", Kind::A, 60, &[192, 0, high, low]);
            address.name = asked.clone();
            message.answers.push(address);
        }
    });
    let mut network = below_lab(attacker);
    let mut cache = cache();
    let question = question("www.shop.lab");
    let mut machine = Recursion::begin(
        network.now,
        question,
        Rc::new(config()),
        chance(),
        &mut cache,
        &Tap::off(),
        None,
    );
    network.run(&mut machine, &mut cache);
    let reply = machine.reply().unwrap();
    assert_eq!(reply.message().rcode, rcode::NOERROR);
    assert_eq!(reply.answers().len(), 3000);
    let (small, large) = (reply.octets(true), reply.octets(false));
    assert!(small.len() <= 512 && small[2] & 2 != 0, "cut, and says so");
    assert!(large.len() > 40_000);
}

/// DNS rebinding: a name of the internet with the address of a machine at home.
#[test]
fn a_name_from_elsewhere_does_not_get_an_address_at_home() {
    let config = || RecursorConfig {
        private: vec!["203.0.113.0/24".parse().unwrap()],
        ..config()
    };
    // The name servers of `shop.lab.` have such addresses too: nobody is left to ask.
    let (mut network, mut cache) = (internet(), cache());
    let told = ask_with(&mut network, &mut cache, "www.shop.lab", config());
    assert!(told.starts_with("SERVFAIL"), "{told}");
    let (mut network, mut cache) = (internet(), super::cache());
    let only = RecursorConfig {
        private: vec!["203.0.113.10/32".parse().unwrap()],
        ..config()
    };
    let told = ask_with(&mut network, &mut cache, "shop.lab", only.clone());
    assert_eq!(told, "NOERROR recursion []");
    let (mut network, mut cache) = (internet(), super::cache());
    let excepted = RecursorConfig {
        private_names: vec![Name::from_text("shop.lab.", &Name::root()).unwrap()],
        ..only
    };
    let told = ask_with(&mut network, &mut cache, "shop.lab", excepted);
    assert_eq!(told, "NOERROR recursion [shop.lab 300 A 203.0.113.10]");
}
