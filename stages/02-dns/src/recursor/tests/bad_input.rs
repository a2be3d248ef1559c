//! What is wrong on the wire: refused with its reason as an event, and nothing kept of it.

use super::attacks::{made, name, record, says, to};
use super::*;
use std::cell::RefCell;
use thru_events::{CpuWork, Event, Provenance, Recorder, Vantage};
use thru_octets::{BytesId, Span};

#[derive(Default)]
struct Said(RefCell<Vec<Event>>);

impl Recorder for Said {
    fn record(&self, _: Cause, _: Provenance, _: Vantage, _: Option<Span>, event: Event) -> Cause {
        self.0.borrow_mut().push(event);
        None
    }

    fn keep(&self, _: &[u8]) -> BytesId {
        BytesId(0)
    }

    fn cpu(&self, _: Cause, _: CpuWork) {}
}

/// Asks for `www.shop.lab`; gives what the client is told, and the reasons for which messages and
/// records were refused.
pub(super) fn refused(shop: Behaviour, cache: &mut DnsCache) -> (String, Vec<String>) {
    let said = Rc::new(Said::default());
    let mut network = Network::new(vec![
        ("198.51.100.1", Behaviour::Serves(zones(&[ROOT]))),
        ("198.51.100.2", Behaviour::Serves(zones(&[LAB]))),
        ("203.0.113.53", shop),
    ]);
    network.tap = Tap::new(said.clone(), Provenance::Simulated, Vantage::Near);
    let tap = network.tap.clone();
    let mut machine = Recursion::begin(
        network.now,
        question("www.shop.lab"),
        Rc::new(config()),
        chance(),
        cache,
        &tap,
        None,
    );
    network.run(&mut machine, cache);
    let reply = machine.reply().unwrap();
    let told = format!("{} [{}]", reply.rcode(), reply.answers().join(", "));
    let events = said.0.borrow();
    let why = events.iter().filter_map(|event| match event {
        Event::Dns(DnsEvent::ResponseIgnored { why, .. }) => Some(why.to_string()),
        Event::Dns(DnsEvent::RecordRefused {
            name,
            record_type,
            why,
            ..
        }) => Some(format!("{record_type} {name}: {why}")),
        _ => None,
    });
    (told, why.collect())
}

pub(super) const GOOD: &str =
    "NOERROR [www.shop.lab 300 CNAME shop.lab., shop.lab 300 A 203.0.113.10]";

/// First what `forge` makes of the right answer, then the right answer.
fn after(forge: impl Fn(&Question, Vec<u8>) -> Vec<crate::scripted::Said> + 'static) -> Behaviour {
    let zones = zones(&[SHOP]);
    Behaviour::Says(Box::new(move |question| {
        let right = zones.answer(question, None).octets(true);
        let mut said = forge(question, right.clone());
        said.push((None, right));
        said
    }))
}

#[test]
fn a_message_that_is_not_the_answer_is_passed_over_with_its_reason() {
    let forged: [(&str, fn(Vec<u8>) -> Vec<u8>); 6] = [
        ("id", |mut octets| {
            octets[1] ^= 1;
            octets
        }),
        ("it answers another question", |mut octets| {
            octets[14] ^= 1;
            octets
        }),
        ("it is a question", |mut octets| {
            octets[2] &= 0x7f;
            octets
        }),
        // A pointer that leads to itself, and one that leads to the other.
        ("pointer", |octets| {
            let mut octets = octets[..12].to_vec();
            octets[4..12].copy_from_slice(&[0, 1, 0, 0, 0, 0, 0, 0]);
            octets.extend_from_slice(&[0xc0, 12, 0, 1, 0, 1]);
            octets
        }),
        // Lengths that lie: more records than there are.
        ("TYPE", |mut octets| {
            octets[6..8].copy_from_slice(&[0xff, 0xff]);
            octets.extend_from_slice(&[0]);
            octets
        }),
        ("QDCOUNT at octet 4", |octets| octets[..5].to_vec()),
    ];
    for (what, forge) in forged {
        let mut cache = cache();
        let shop = after(move |_, right| vec![(None, forge(right))]);
        let (told, why) = refused(shop, &mut cache);
        assert_eq!(told, GOOD, "{what}");
        let all = why.join("; ");
        assert!(all.contains(what), "{what}: {all}");
        kept_is_right(&mut cache);
    }
}

/// Of `www.shop.lab` the right alias is kept, and nothing of the name that the forged question has.
fn kept_is_right(cache: &mut DnsCache) {
    let memory = cache.server_memory();
    let Look::Fresh(alias, ..) = memory.look(Time::ZERO, &name("www.shop.lab."), Kind::CNAME)
    else {
        panic!("the right answer is kept");
    };
    assert_eq!(alias.answers[0].targets(), [name("shop.lab.")]);
    for kind in [Kind::A, Kind::CNAME] {
        let forged = memory.look(Time::ZERO, &name("wvw.shop.lab."), kind);
        assert!(matches!(forged, Look::Nothing), "{kind}");
    }
}

/// The birthday table: very many guesses from elsewhere and with other ids, before the answer.
#[test]
fn a_flood_of_guesses_is_not_believed_and_nothing_of_it_is_kept() {
    let poison = |question: &Question, id: u16| {
        let mut octets = made(question, &|question, message| {
            let asked = question.message.questions[0].name.clone();
            let mut lie = record("x.", Kind::A, 86_400, &[192, 0, 2, 66]);
            lie.name = asked;
            message.answers.push(lie);
            message
                .authorities
                .push(record("shop.lab.", Kind::NS, 86_400, &to("ns.evil.")));
            message
                .additionals
                .push(record("ns.evil.", Kind::A, 86_400, &[192, 0, 2, 66]));
        });
        octets[..2].copy_from_slice(&id.to_be_bytes());
        octets
    };
    let forger = after(move |question, _| {
        let elsewhere = Some(server("192.0.2.66"));
        let mut guesses = vec![(elsewhere, poison(question, question.id))];
        guesses.extend((1..=20_u16).map(|by| (None, poison(question, question.id ^ by << 4))));
        guesses
    });
    let mut cache = cache();
    let (told, why) = refused(forger, &mut cache);
    assert_eq!(told, GOOD);
    assert!(
        why.iter()
            .any(|why| why.contains("192.0.2.66:53 was not asked")),
        "{why:?}"
    );
    assert!(
        why.iter().filter(|why| why.contains("its id is")).count() >= 20,
        "{why:?}"
    );
    let memory = cache.server_memory();
    assert!(memory.set(Time::ZERO, &name("ns.evil."), Kind::A).is_none());
    let servers = memory.set(Time::ZERO, &name("shop.lab."), Kind::NS);
    assert!(servers.is_none_or(|(set, _)| set.targets() == [name("ns1.shop.lab.")]));
}

#[test]
fn records_of_other_zones_and_records_that_nobody_asked_for_are_not_kept() {
    let shop = says(|question, message| {
        let asked = question.message.questions[0].name.clone();
        let mut right = record("x.", Kind::A, 60, &[203, 0, 113, 10]);
        right.name = asked;
        message.answers.push(right);
        message
            .answers
            .push(record("bank.lab.", Kind::A, 60, &[192, 0, 2, 66]));
        message
            .answers
            .push(record("mail.shop.lab.", Kind::A, 60, &[192, 0, 2, 66]));
        message
            .authorities
            .push(record("lab.", Kind::NS, 60, &to("ns.evil.")));
        message
            .additionals
            .push(record("ns.lab.", Kind::A, 60, &[192, 0, 2, 66]));
        message
            .additionals
            .push(record("ns1.shop.lab.", Kind::TXT, 60, b"\x00"));
    });
    let mut cache = cache();
    let (told, why) = refused(shop, &mut cache);
    assert_eq!(told, "NOERROR [www.shop.lab 60 A 203.0.113.10]");
    for line in [
        "A bank.lab: the server's zone cannot know it",
        "A mail.shop.lab: nobody asked for it",
        "NS lab: the server's zone cannot know it",
        "A ns.lab: the server's zone cannot know it",
        "TXT ns1.shop.lab: nobody asked for it",
    ] {
        assert!(why.iter().any(|why| why == line), "{line}: {why:?}");
    }
    let memory = cache.server_memory();
    for (owner, kind) in [("bank.lab.", Kind::A), ("mail.shop.lab.", Kind::A)] {
        let found = memory.look(Time::ZERO, &name(owner), kind);
        assert!(matches!(found, Look::Nothing), "{owner}");
    }
    let of_lab = memory.set(Time::ZERO, &name("lab."), Kind::NS).unwrap().0;
    assert_eq!(of_lab.targets(), [name("ns.lab.")]);
}

#[test]
fn a_record_whose_length_lies_is_left_out_with_its_reason() {
    let shop = says(|question, message| {
        let asked = question.message.questions[0].name.clone();
        for data in [&[203, 0, 113, 10][..], &[1, 2, 3, 4, 5]] {
            let mut address = record("x.", Kind::A, 60, data);
            address.name = asked.clone();
            message.answers.push(address);
        }
    });
    let (told, why) = refused(shop, &mut cache());
    assert_eq!(told, "NOERROR [www.shop.lab 60 A 203.0.113.10]");
    assert!(
        why.iter().any(|why| why.contains("5 octets of data")),
        "{why:?}"
    );
}

#[test]
fn text_of_any_octets_and_labels_with_dots_and_noughts_pass_unchanged() {
    let all: Vec<u8> = (0..=255).collect();
    let mut text = vec![255];
    text.extend_from_slice(&all[..255]);
    let strange = Name::from_labels([&b"a.b\0c"[..], b"shop", b"lab"].into_iter()).unwrap();
    let mut set = record("x.", Kind::TXT, 60, &text);
    set.name = strange.clone();
    let message = Message {
        answers: vec![set.clone()],
        ..Message::default()
    };
    let again = Message::decode(&message.encode()).unwrap();
    assert_eq!(again.answers, [set]);
    assert_eq!(again.answers[0].name.label_count(), 3);
}

#[test]
fn a_name_of_255_octets_is_asked_for_and_one_more_is_refused() {
    let long = |last: usize| {
        let label = "a".repeat(63);
        format!("{label}.{label}.{label}.{}", "b".repeat(last))
    };
    let longest = Name::from_text(&long(61), &Name::root()).unwrap();
    assert_eq!(longest.wire().len(), 255);
    assert!(Name::from_text(&long(62), &Name::root()).is_err());
    let mut octets = Message {
        questions: vec![Asked {
            name: longest,
            kind: Kind::A,
            class: 1,
        }],
        ..Message::default()
    }
    .encode();
    assert!(read_question(&octets).is_ok());
    // One octet more in the last label, and the length says so.
    let last = 12 + 3 * 64;
    octets[last] += 1;
    octets.insert(last + 1, b'b');
    assert!(read_question(&octets).is_err());
}

/// An answer of nearly 64 KB: asked for by TCP, and told by UDP cut to what the client takes.
#[test]
fn an_answer_as_long_as_a_message_may_be_is_read_and_told_in_what_the_client_takes() {
    let mut text = SHOP.to_owned();
    for number in 0..4050_u16 {
        let [high, low] = number.to_be_bytes();
        text.push_str(&format!("big A 10.0.{high}.{low}\n"));
    }
    let mut network = Network::new(vec![
        ("198.51.100.1", Behaviour::Serves(zones(&[ROOT]))),
        ("198.51.100.2", Behaviour::Serves(zones(&[LAB]))),
        ("203.0.113.53", Behaviour::Truncates(zones(&[&text]), true)),
    ]);
    let (mut cache, tap, now) = (cache(), Tap::off(), network.now);
    let (asked, config) = (question("big.shop.lab"), Rc::new(config()));
    let mut machine = Recursion::begin(now, asked, config, chance(), &mut cache, &tap, None);
    network.run(&mut machine, &mut cache);
    let reply = machine.reply().unwrap();
    assert_eq!(reply.answers().len(), 4050);
    let (by_udp, by_tcp) = (reply.octets(true), reply.octets(false));
    assert!(
        by_udp.len() <= 512 && by_udp[2] & 2 != 0,
        "cut, and says so"
    );
    assert!(
        (64_000..=65_535).contains(&by_tcp.len()),
        "{}",
        by_tcp.len()
    );
    assert!(
        network.talk.iter().any(|line| line.contains("tcp")),
        "{:?}",
        network.talk
    );
}
