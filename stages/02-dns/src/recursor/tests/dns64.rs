//! Addresses made for clients behind a translator.

use super::*;
use crate::dnssec::{SigningKey, Validity};
use crate::scripted::Said;
use crate::wire::Edns;
use crate::zone::Denial;
use crate::{Anchor, Zones};

const ZONE: &str = "$TTL 300\n. SOA a. x. 1 1 1 1 60\n. NS a.\na. A 198.51.100.1\nfour. A 192.0.2.33\n\
    six. AAAA 2001:db8::6\nboth. A 192.0.2.34\nboth. AAAA 2001:db8::7\nalias. CNAME four.\ntext. TXT x\n\
    33.2.0.192.in-addr.arpa. PTR four.\n";

fn asked(name: &str, kind: Kind, change: &dyn Fn(&mut Message)) -> String {
    let mut message = question(name).message;
    message.questions[0].kind = kind;
    change(&mut message);
    let question = read_question(&message.encode()).unwrap();
    let mut network = Network::new(vec![("198.51.100.1", Behaviour::Serves(zones(&[ZONE])))]);
    let mut dns64 = Dns64::well_known();
    dns64.ignored = vec![Name::from_text("both.", &Name::root()).unwrap()];
    let config = RecursorConfig {
        dns64: Some(dns64),
        ..config()
    };
    let (mut cache, now, tap) = (cache(), network.now, Tap::off());
    let config = Rc::new(config);
    let mut machine = Recursion::begin(now, question, config, chance(), &mut cache, &tap, None);
    network.run(&mut machine, &mut cache);
    let reply = machine.reply().unwrap();
    format!("{} {}", reply.rcode(), reply.answers().join(", "))
}

#[test]
fn addresses_are_made_where_there_are_none_and_only_for_whom_they_are_of_use() {
    let plain = |name| asked(name, Kind::AAAA, &|_| {});
    // No longer than the denial: 60 s.
    assert_eq!(plain("four"), "NOERROR four 60 AAAA 64:ff9b::c000:221");
    assert_eq!(plain("six"), "NOERROR six 300 AAAA 2001:db8::6");
    assert_eq!(plain("both"), "NOERROR both 300 AAAA 64:ff9b::c000:222");
    let alias = "NOERROR alias 300 CNAME four., four 60 AAAA 64:ff9b::c000:221";
    assert_eq!(plain("alias"), alias);
    assert_eq!(plain("text"), "NOERROR ");
    assert_eq!(plain("none"), "NXDOMAIN ");
    let by_ipv4 = asked("four", Kind::A, &|_| {});
    assert_eq!(by_ipv4, "NOERROR four 300 A 192.0.2.33");
    let checks_itself = asked("four", Kind::AAAA, &|message| {
        message.flags.cd = true;
        message.edns = Some(Edns {
            dnssec_ok: true,
            ..Edns::default()
        });
    });
    assert_eq!(checks_itself, "NOERROR ");
    let digits = "1.2.2.0.0.0.0.c.0.0.0.0.0.0.0.0.0.0.0.0.0.0.0.0.b.9.f.f.4.6.0.0";
    let back = asked(&format!("{digits}.ip6.arpa"), Kind::PTR, &|_| {});
    assert!(back.ends_with("PTR four."), "{back}");
    assert!(back.contains(digits), "{back}");
}

/// Who asks for the address of IPv6 in a signed zone, whose server treats such questions as told.
fn asked_of_signed(name: &str, of_ipv6: fn(&Zones, &Question) -> Vec<Said>) -> (String, bool) {
    let key = SigningKey::from_seed(&[7; 32]);
    let validity = Validity {
        inception: 0,
        expiration: 3_600,
    };
    let zone = Zone::parse(ZONE).unwrap();
    let signed = Zones::new(vec![zone.signed(&key, validity, &Denial::Nsec)]);
    let keys: Vec<u8> = key.data()[4..].to_vec();
    let anchor = format!(
        ". IN DNSKEY 257 3 15 {}\n",
        data_encoding::BASE64.encode(&keys)
    );
    let behaviour = Behaviour::Says(Box::new(move |question| {
        match question.message.questions[0].kind {
            Kind::AAAA => of_ipv6(&signed, question),
            _ => vec![(None, signed.answer(question, None).octets(false))],
        }
    }));
    let mut network = Network::new(vec![("198.51.100.1", behaviour)]);
    let mut message = question(name).message;
    message.questions[0].kind = Kind::AAAA;
    message.flags.ad = true;
    let mut dns64 = Dns64::well_known();
    dns64.ignored = vec![Name::from_text("both.", &Name::root()).unwrap()];
    let config = RecursorConfig {
        dns64: Some(dns64),
        anchors: Anchor::read_all(&anchor).unwrap(),
        ..config()
    };
    let (mut cache, now, tap) = (cache(), network.now, Tap::off());
    let question = read_question(&message.encode()).unwrap();
    let config = Rc::new(config);
    let mut machine = Recursion::begin(now, question, config, chance(), &mut cache, &tap, None);
    network.run(&mut machine, &mut cache);
    let reply = machine.reply().unwrap();
    let told = format!("{} {}", reply.rcode(), reply.answers().join(", "));
    (told, reply.message().flags.ad)
}

/// RFC 6147, section 5.5: the denial has to be authentic before anything is made.
#[test]
fn in_a_signed_zone_addresses_are_made_only_after_an_authentic_denial() {
    let told = |zones: &Zones, question: &Question| {
        vec![(None, zones.answer(question, None).octets(false)) as Said]
    };
    let made = "NOERROR four 60 AAAA 64:ff9b::c000:221".to_owned();
    assert_eq!(asked_of_signed("four", told), (made, true));
    let silent = |_: &Zones, _: &Question| Vec::new();
    let refused = ("SERVFAIL ".to_owned(), false);
    assert!(asked_of_signed("six", told).1);
    assert_eq!(asked_of_signed("four", silent), refused);
    let fails = |_: &Zones, question: &Question| {
        let reply = Reply::refusing(question, "SERVFAIL", None, "", None);
        vec![(None, reply.octets(false)) as Said]
    };
    assert_eq!(asked_of_signed("four", fails), refused);
    // Our own setting, not the zone, says that its addresses do not count.
    let (told, authentic) = asked_of_signed("both", told);
    assert!(
        told.starts_with("NOERROR both") && told.ends_with("64:ff9b::c000:222"),
        "{told}"
    );
    assert!(!authentic);
}
