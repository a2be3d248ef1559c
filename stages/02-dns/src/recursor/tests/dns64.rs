//! Addresses made for clients behind a translator.

use super::*;
use crate::wire::Edns;

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
