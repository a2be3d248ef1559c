use super::{
    connections::Connections,
    limits::Admissions,
    rule::{Action, Rule, With},
};
use crate::flow::{self, ACK, Flow, Kind, SYN, TCP};
use thru_events::{Cause, Tap, Time, firewall::FirewallEvent};
use thru_stack::UnreachableCode;

/// The rule list and the connection table of one firewall.
pub(crate) struct Filter {
    rules: Vec<Rule>,
    connections: Connections,
    /// What each rule has let in.
    admissions: Vec<Admissions>,
    tap: Tap,
}

/// What becomes of a packet.
#[derive(Debug, PartialEq)]
pub(crate) enum Verdict {
    /// It goes on.
    Pass(Cause),
    /// It is dropped without a word.
    Drop(Cause),
    /// It is refused with a TCP reset.
    Reset(Cause),
    /// It is refused with ICMP "destination unreachable" and this code.
    Unreachable(UnreachableCode, Cause),
}

impl Filter {
    pub(crate) fn new(rules: Vec<Rule>, tap: Tap) -> Filter {
        Filter {
            admissions: rules.iter().map(|_| Admissions::default()).collect(),
            rules,
            connections: Connections::default(),
            tap,
        }
    }

    /// Judges one packet.
    pub(crate) fn judge(&mut self, now: Time, packet: &[u8], cause: Cause) -> Verdict {
        match flow::read(packet) {
            Err(why) => self.drop_unreadable(why.0, cause),
            Ok((_, Kind::Error { about, .. })) if self.connections.knows(about) => {
                self.matched(about, cause)
            }
            Ok((flow, kind)) => match self.connections.find(now, flow, kind) {
                Some(known) => self.matched(known, cause),
                None => self.judge_new(now, flow, kind, cause),
            },
        }
    }

    fn matched(&self, flow: Flow, cause: Cause) -> Verdict {
        Verdict::Pass(self.tap.emit(cause, || FirewallEvent::Matched {
            flow: flow.to_string(),
        }))
    }

    fn drop_unreadable(&self, why: &'static str, cause: Cause) -> Verdict {
        Verdict::Drop(self.tap.emit(cause, || FirewallEvent::Dropped {
            rule: 0,
            text: "a packet that cannot be read is dropped".into(),
            flow: why.into(),
        }))
    }

    fn judge_new(&mut self, now: Time, flow: Flow, kind: Kind, cause: Cause) -> Verdict {
        let decided = self.rules.iter().position(|rule| rule.fits(&flow));
        let (number, text, action) = match decided {
            Some(index) => {
                let rule = &self.rules[index];
                (index as u32 + 1, rule.to_string(), rule.action)
            }
            None => (0, "default: drop".to_owned(), Action::Drop),
        };
        match action {
            Action::Allow if !opens_a_connection(kind) => {
                let text = format!("{text}; but only a SYN opens a connection");
                self.dropped(number, text, flow, cause)
            }
            Action::Allow => match self.beyond(now, number) {
                Some(why) => self.dropped(number, format!("{text}; but {why}"), flow, cause),
                None => self.allow(now, number, text, flow, kind, cause),
            },
            Action::Drop => self.dropped(number, text, flow, cause),
            Action::Reject(with) => self.reject(number, text, flow, with, cause),
        }
    }

    /// Which limit of the rule one more connection would break.
    fn beyond(&mut self, now: Time, number: u32) -> Option<&'static str> {
        let index = number.checked_sub(1)? as usize;
        let (rule, admissions) = (self.rules.get(index)?, self.admissions.get_mut(index)?);
        let connections = &self.connections;
        let is_half_open = |flow: &Flow| connections.is_half_open(flow);
        if let Some(most) = rule.half_open
            && !admissions.within_half_open(now, most, is_half_open)
        {
            return Some("as many connections are half open already");
        }
        let within = rule
            .rate
            .is_none_or(|rate| admissions.within_rate(now, rate));
        (!within).then_some("as many came within the last second")
    }

    fn allow(
        &mut self,
        now: Time,
        rule: u32,
        text: String,
        flow: Flow,
        kind: Kind,
        cause: Cause,
    ) -> Verdict {
        if !self.connections.insert(now, flow, kind) {
            return self.dropped(
                rule,
                format!("{text}; but the connection table is full"),
                flow,
                cause,
            );
        }
        let index = (rule as usize).wrapping_sub(1);
        let guarded = self
            .rules
            .get(index)
            .is_some_and(|rule| rule.half_open.is_some());
        if let Some(admissions) = self.admissions.get_mut(index).filter(|_| guarded) {
            admissions.note(now, flow);
        }
        Verdict::Pass(self.tap.emit(cause, || FirewallEvent::Allowed {
            rule,
            text,
            flow: flow.to_string(),
        }))
    }

    fn dropped(&self, rule: u32, text: String, flow: Flow, cause: Cause) -> Verdict {
        Verdict::Drop(self.tap.emit(cause, || FirewallEvent::Dropped {
            rule,
            text,
            flow: flow.to_string(),
        }))
    }

    fn reject(
        &self,
        rule: u32,
        text: String,
        flow: Flow,
        with: Option<With>,
        cause: Cause,
    ) -> Verdict {
        let with = with.unwrap_or(match flow.protocol {
            TCP => With::Reset,
            _ => With::Icmp(UnreachableCode::AdministrativelyProhibited),
        });
        let cause = self.tap.emit(cause, || FirewallEvent::Rejected {
            rule,
            text,
            flow: flow.to_string(),
            with: match with {
                With::Reset => "reset".into(),
                With::Icmp(_) => format!("icmp {}", with.word()).into(),
            },
        });
        match with {
            With::Reset => Verdict::Reset(cause),
            With::Icmp(code) => Verdict::Unreachable(code, cause),
        }
    }
}

/// packet.
fn opens_a_connection(kind: Kind) -> bool {
    match kind {
        Kind::Segment { flags } => flags & (SYN | ACK) == SYN,
        _ => true,
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::flow::{RST, UDP, tests::packet};

    fn filter(rules: &[&str]) -> Filter {
        let rules = rules.iter().map(|rule| rule.parse().unwrap()).collect();
        Filter::new(rules, Tap::off())
    }

    fn flow(protocol: u8, port: u16) -> Flow {
        Flow {
            protocol,
            source: "198.51.100.2:40000".parse().unwrap(),
            destination: format!("203.0.113.80:{port}").parse().unwrap(),
        }
    }

    #[test]
    fn a_connection_is_let_in_by_a_rule_and_then_known_in_both_directions() {
        let mut filter = filter(&["allow tcp to 203.0.113.80 port 443"]);
        let syn = packet(flow(TCP, 443), SYN, b"");
        assert_eq!(filter.judge(Time(0), &syn, None), Verdict::Pass(None));
        let answer = packet(flow(TCP, 443).reversed(), SYN | ACK, b"");
        assert_eq!(filter.judge(Time(1), &answer, None), Verdict::Pass(None));
    }

    #[test]
    fn what_no_rule_allows_is_dropped() {
        let mut filter = filter(&["allow tcp port 443"]);
        assert_eq!(
            filter.judge(Time(0), &packet(flow(TCP, 22), SYN, b""), None),
            Verdict::Drop(None)
        );
        assert_eq!(
            filter.judge(Time(0), &packet(flow(UDP, 443), 0, b""), None),
            Verdict::Drop(None)
        );
    }

    #[test]
    fn a_segment_out_of_nowhere_opens_nothing() {
        let mut filter = filter(&["allow tcp port 443"]);
        for flags in [ACK, RST, SYN | ACK] {
            let stray = packet(flow(TCP, 443), flags, b"");
            assert_eq!(filter.judge(Time(0), &stray, None), Verdict::Drop(None));
        }
    }

    #[test]
    fn reject_answers_tcp_with_a_reset_and_the_rest_with_icmp() {
        let mut filter = filter(&["reject"]);
        assert_eq!(
            filter.judge(Time(0), &packet(flow(TCP, 22), SYN, b""), None),
            Verdict::Reset(None)
        );
        let datagram = packet(flow(UDP, 22), 0, b"");
        assert_eq!(
            filter.judge(Time(0), &datagram, None),
            Verdict::Unreachable(UnreachableCode::AdministrativelyProhibited, None)
        );
    }

    #[test]
    fn a_rule_says_what_it_refuses_with() {
        let mut filter = filter(&[
            "reject tcp port 22 with host-unreachable",
            "reject udp with port-unreachable",
        ]);
        assert_eq!(
            filter.judge(Time(0), &packet(flow(TCP, 22), SYN, b""), None),
            Verdict::Unreachable(UnreachableCode::Host, None)
        );
        assert_eq!(
            filter.judge(Time(0), &packet(flow(UDP, 22), 0, b""), None),
            Verdict::Unreachable(UnreachableCode::Port, None)
        );
    }

    fn from_port(port: u16) -> Flow {
        Flow {
            source: format!("198.51.100.2:{port}").parse().unwrap(),
            ..flow(TCP, 443)
        }
    }

    fn seconds(seconds: f64) -> Time {
        Time((seconds * 1e9) as u64)
    }

    #[test]
    fn a_rate_lets_in_so_many_a_second_and_then_again() {
        let mut filter = filter(&["allow tcp port 443 rate 5/s"]);
        let mut passed = |at: Time, ports: std::ops::Range<u16>| {
            let syn = |port| packet(from_port(port), SYN, b"");
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

    #[test]
    fn a_flood_of_syns_is_stopped_and_who_opens_makes_room() {
        let mut filter = filter(&["allow tcp port 443 half-open 3"]);
        let syn = |port| packet(from_port(port), SYN, b"");
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
        let answer = packet(from_port(1000).reversed(), SYN | ACK, b"");
        assert_eq!(filter.judge(seconds(1.1), &answer, None), pass);
        assert_eq!(
            filter.judge(seconds(1.1), &syn(1003), None),
            Verdict::Drop(None)
        );
        let third = packet(from_port(1000), ACK, b"");
        assert_eq!(filter.judge(seconds(1.2), &third, None), pass);
        assert_eq!(filter.judge(seconds(1.3), &syn(1003), None), pass);
        assert_eq!(
            filter.judge(seconds(1.3), &syn(1004), None),
            Verdict::Drop(None)
        );
        // The others never come: after a while they count no more.
        assert_eq!(filter.judge(seconds(40.0), &syn(1004), None), pass);
    }

    #[test]
    fn the_first_rule_that_fits_decides() {
        let mut filter = filter(&["drop from 198.51.100.2", "allow tcp port 443"]);
        assert_eq!(
            filter.judge(Time(0), &packet(flow(TCP, 443), SYN, b""), None),
            Verdict::Drop(None)
        );
    }
}
