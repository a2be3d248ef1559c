//! The filter by itself, each rule for both families.

use super::{Filter, Verdict};
use crate::flow::{ACK, Flow, ICMP, ICMPV6, RST, SYN, TCP, UDP};
use std::net::{IpAddr, SocketAddr};
use thru_events::{Tap, Time};
use thru_ip::{Ipv4Header, Ipv6Header};
use thru_stack::UnreachableCode;

/// Who asks and who is asked.
struct Family {
    asks: &'static str,
    asked: &'static str,
}

const FAMILIES: [Family; 2] = [
    Family {
        asks: "198.51.100.2",
        asked: "203.0.113.80",
    },
    Family {
        asks: "2001:db8:2::2",
        asked: "2001:db8:80::80",
    },
];

impl Family {
    fn with_source_port(&self, port: u16) -> Flow {
        let end = |address: &str, port| SocketAddr::new(address.parse().unwrap(), port);
        Flow {
            protocol: TCP,
            source: end(self.asks, port),
            destination: end(self.asked, 443),
        }
    }

    fn flow(&self, protocol: u8, port: u16) -> Flow {
        let mut flow = self.with_source_port(40_000);
        flow.protocol = protocol;
        flow.destination.set_port(port);
        flow
    }
}

/// A packet whose checksums nobody looks at here.
fn packet(flow: Flow, flags: u8) -> Vec<u8> {
    let mut payload = vec![0; 20];
    payload[..2].copy_from_slice(&flow.source.port().to_be_bytes());
    payload[2..4].copy_from_slice(&flow.destination.port().to_be_bytes());
    payload[13] = flags;
    wrapped(flow, &payload)
}

fn wrapped(flow: Flow, payload: &[u8]) -> Vec<u8> {
    match (flow.source.ip(), flow.destination.ip()) {
        (IpAddr::V4(from), IpAddr::V4(to)) => {
            Ipv4Header::new(from, to, flow.protocol).encode(payload)
        }
        (IpAddr::V6(from), IpAddr::V6(to)) => {
            Ipv6Header::new(from, to).encode(flow.protocol, payload)
        }
        _ => panic!("both ends are of one family"),
    }
}

fn filter(rules: &[&str]) -> Filter {
    let rules = rules.iter().map(|rule| rule.parse().unwrap()).collect();
    Filter::new(rules, Tap::off())
}

fn seconds(seconds: f64) -> Time {
    Time((seconds * 1e9) as u64)
}

#[test]
fn a_connection_is_let_in_by_a_rule_and_then_known_in_both_directions() {
    for family in FAMILIES {
        let mut filter = filter(&[&format!("allow tcp to {} port 443", family.asked)]);
        let syn = packet(family.flow(TCP, 443), SYN);
        assert_eq!(filter.judge(Time(0), &syn, None), Verdict::Pass(None));
        let answer = packet(family.flow(TCP, 443).reversed(), SYN | ACK);
        assert_eq!(filter.judge(Time(1), &answer, None), Verdict::Pass(None));
    }
}

#[test]
fn what_no_rule_allows_is_dropped() {
    for family in FAMILIES {
        let mut filter = filter(&["allow tcp port 443"]);
        assert_eq!(
            filter.judge(Time(0), &packet(family.flow(TCP, 22), SYN), None),
            Verdict::Drop(None)
        );
        assert_eq!(
            filter.judge(Time(0), &packet(family.flow(UDP, 443), 0), None),
            Verdict::Drop(None)
        );
    }
}

#[test]
fn a_segment_out_of_nowhere_opens_nothing() {
    for family in FAMILIES {
        let mut filter = filter(&["allow tcp port 443"]);
        for flags in [ACK, RST, SYN | ACK] {
            let stray = packet(family.flow(TCP, 443), flags);
            assert_eq!(filter.judge(Time(0), &stray, None), Verdict::Drop(None));
        }
    }
}

#[test]
fn reject_answers_tcp_with_a_reset_and_the_rest_with_icmp() {
    for family in FAMILIES {
        let mut filter = filter(&["reject"]);
        assert_eq!(
            filter.judge(Time(0), &packet(family.flow(TCP, 22), SYN), None),
            Verdict::Reset(None)
        );
        let datagram = packet(family.flow(UDP, 22), 0);
        assert_eq!(
            filter.judge(Time(0), &datagram, None),
            Verdict::Unreachable(UnreachableCode::AdministrativelyProhibited, None)
        );
    }
}

#[test]
fn a_rule_says_what_it_refuses_with() {
    for family in FAMILIES {
        let mut filter = filter(&[
            "reject tcp port 22 with host-unreachable",
            "reject udp with port-unreachable",
        ]);
        assert_eq!(
            filter.judge(Time(0), &packet(family.flow(TCP, 22), SYN), None),
            Verdict::Unreachable(UnreachableCode::Host, None)
        );
        assert_eq!(
            filter.judge(Time(0), &packet(family.flow(UDP, 22), 0), None),
            Verdict::Unreachable(UnreachableCode::Port, None)
        );
    }
}

#[test]
fn a_rate_lets_in_so_many_a_second_and_then_again() {
    for family in FAMILIES {
        let mut filter = filter(&["allow tcp port 443 rate 5/s"]);
        let mut passed = |at: Time, ports: std::ops::Range<u16>| {
            let syn = |port| packet(family.with_source_port(port), SYN);
            let judged = ports.map(|port| filter.judge(at, &syn(port), None));
            judged
                .filter(|verdict| *verdict == Verdict::Pass(None))
                .count()
        };
        assert_eq!(passed(seconds(1.0), 1000..1020), 5);
        assert_eq!(passed(seconds(1.5), 2000..2020), 2);
        assert_eq!(passed(seconds(9.0), 3000..3020), 5);
        // What is known is not counted.
        assert_eq!(passed(seconds(9.0), 3000..3005), 5);
    }
}

#[test]
fn a_flood_of_syns_is_stopped_and_who_opens_makes_room() {
    for family in FAMILIES {
        let mut filter = filter(&["allow tcp port 443 half-open 3"]);
        let syn = |port| packet(family.with_source_port(port), SYN);
        let pass = Verdict::Pass(None);
        for port in 1000..1003 {
            assert_eq!(filter.judge(seconds(1.0), &syn(port), None), pass);
        }
        assert_eq!(
            filter.judge(seconds(1.0), &syn(1003), None),
            Verdict::Drop(None)
        );
        // A SYN that is sent again is no other, and no answer opens it; the third segment does.
        assert_eq!(filter.judge(seconds(1.1), &syn(1000), None), pass);
        let answer = packet(family.with_source_port(1000).reversed(), SYN | ACK);
        assert_eq!(filter.judge(seconds(1.1), &answer, None), pass);
        assert_eq!(
            filter.judge(seconds(1.1), &syn(1003), None),
            Verdict::Drop(None)
        );
        let third = packet(family.with_source_port(1000), ACK);
        assert_eq!(filter.judge(seconds(1.2), &third, None), pass);
        assert_eq!(filter.judge(seconds(1.3), &syn(1003), None), pass);
        assert_eq!(
            filter.judge(seconds(1.3), &syn(1004), None),
            Verdict::Drop(None)
        );
        // The others never come: after a while they count no more.
        assert_eq!(filter.judge(seconds(40.0), &syn(1004), None), pass);
    }
}

#[test]
fn the_first_rule_that_fits_decides() {
    for family in FAMILIES {
        let mut filter = filter(&[&format!("drop from {}", family.asks), "allow tcp port 443"]);
        assert_eq!(
            filter.judge(Time(0), &packet(family.flow(TCP, 443), SYN), None),
            Verdict::Drop(None)
        );
    }
}

#[test]
fn a_rule_for_networks_of_one_family_lets_none_of_the_other_in() {
    let [four, six] = FAMILIES;
    let pass = Verdict::Pass(None);
    for (rule, fits, other) in [
        ("allow from 0.0.0.0/0", &four, &six),
        ("allow from ::/0", &six, &four),
        ("allow to 2001:db8:80::/48", &six, &four),
    ] {
        let mut filter = filter(&[rule]);
        let syn = |family: &Family| packet(family.flow(TCP, 443), SYN);
        assert_eq!(filter.judge(Time(0), &syn(fits), None), pass, "{rule}");
        let dropped = Verdict::Drop(None);
        assert_eq!(filter.judge(Time(0), &syn(other), None), dropped, "{rule}");
    }
}

#[test]
fn an_echo_and_its_answer_are_one_connection_in_both_families() {
    let echo = |flow: Flow, kind: u8| wrapped(flow, &[kind, 0, 0, 0, 0, 7, 0, 1]);
    let [four, six] = FAMILIES;
    for (family, protocol, [request, reply]) in [(four, ICMP, [8, 0]), (six, ICMPV6, [128, 129])] {
        let mut filter = filter(&[&format!("allow icmp from {}", family.asks)]);
        let flow = family.flow(protocol, 0);
        let back = echo(flow.reversed(), reply);
        assert_eq!(filter.judge(Time(0), &back, None), Verdict::Drop(None));
        let there = echo(flow, request);
        assert_eq!(filter.judge(Time(0), &there, None), Verdict::Pass(None));
        assert_eq!(filter.judge(Time(1), &back, None), Verdict::Pass(None));
    }
}

#[test]
fn an_error_passes_when_what_it_quotes_is_known() {
    let [four, six] = FAMILIES;
    for (family, protocol, kind) in [(four, ICMP, 3), (six, ICMPV6, 2)] {
        let mut filter = filter(&["allow tcp"]);
        let syn = packet(family.flow(TCP, 443), SYN);
        let mut error = vec![kind, 0, 0, 0, 0, 0, 5, 0];
        error.extend_from_slice(&syn);
        let error = wrapped(family.flow(protocol, 0).reversed(), &error);
        assert_eq!(filter.judge(Time(0), &error, None), Verdict::Drop(None));
        assert_eq!(filter.judge(Time(1), &syn, None), Verdict::Pass(None));
        assert_eq!(filter.judge(Time(2), &error, None), Verdict::Pass(None));
    }
}

#[test]
fn what_was_not_begun_inside_does_not_come_in() {
    for family in FAMILIES {
        let mut home = filter(&["allow"]);
        let out = packet(family.flow(TCP, 443), SYN);
        let answer = packet(family.flow(TCP, 443).reversed(), SYN | ACK);
        let stranger = packet(family.flow(TCP, 443).reversed(), SYN);
        assert_eq!(
            home.judge_answer(Time(0), &stranger, None),
            Verdict::Drop(None)
        );
        assert_eq!(home.judge(Time(1), &out, None), Verdict::Pass(None));
        assert_eq!(
            home.judge_answer(Time(2), &answer, None),
            Verdict::Pass(None)
        );
    }
}

#[test]
fn headers_before_the_ports_hide_nothing_and_protocols_are_told_apart() {
    let mut filter = filter(&["drop tcp port 22", "allow"]);
    let six = &FAMILIES[1];
    let ssh = packet(six.flow(TCP, 22), SYN);
    let behind = |headers: usize, first: u8| {
        let mut payload = [60, 0, 1, 4, 0, 0, 0, 0].repeat(headers - 1);
        payload.extend_from_slice(&[TCP, 0, 1, 4, 0, 0, 0, 0]);
        payload[2] = first;
        payload.extend_from_slice(&ssh[40..]);
        wrapped(six.flow(60, 22), &payload)
    };
    // One header; nine, which is too many; one with an option that nobody may pass over.
    for hidden in [&ssh, &behind(1, 1), &behind(9, 1), &behind(1, 0x45)] {
        assert_eq!(filter.judge(Time(0), hidden, None), Verdict::Drop(None));
    }
    for family in &FAMILIES {
        let (esp, sctp) = (50, 132);
        let out = wrapped(family.flow(esp, 0), &[0; 16]);
        assert_eq!(filter.judge(Time(0), &out, None), Verdict::Pass(None));
        for (protocol, verdict) in [(esp, Verdict::Pass(None)), (sctp, Verdict::Drop(None))] {
            let answer = wrapped(family.flow(protocol, 0).reversed(), &[0; 16]);
            assert_eq!(filter.judge_answer(Time(1), &answer, None), verdict);
        }
    }
}

#[test]
fn a_rule_for_icmp_means_the_one_of_the_family() {
    let mut filter = filter(&["allow icmp"]);
    for (family, other) in FAMILIES.iter().zip([ICMPV6, ICMP]) {
        let strange = wrapped(family.flow(other, 0), &[8, 0, 0, 0, 0, 7, 0, 1]);
        assert_eq!(filter.judge(Time(0), &strange, None), Verdict::Drop(None));
    }
}
