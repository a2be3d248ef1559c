use super::{
    connections::Connections,
    rule::{Action, Rule},
};
use crate::flow::{self, ACK, Flow, Kind, SYN, TCP};
use thru_events::{Cause, Tap, Time, firewall::FirewallEvent};

/// The rule list and the connection table of one firewall.
pub(crate) struct Filter {
    rules: Vec<Rule>,
    connections: Connections,
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
    /// It is refused with ICMP "administratively prohibited" (type 3, code 13).
    Prohibited(Cause),
}

impl Filter {
    pub(crate) fn new(rules: Vec<Rule>, tap: Tap) -> Filter {
        Filter {
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
            Action::Allow => self.allow(now, number, text, flow, kind, cause),
            Action::Drop => self.dropped(number, text, flow, cause),
            Action::Reject => self.reject(number, text, flow, cause),
        }
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

    fn reject(&self, rule: u32, text: String, flow: Flow, cause: Cause) -> Verdict {
        let with = if flow.protocol == TCP {
            "reset"
        } else {
            "icmp"
        };
        let cause = self.tap.emit(cause, || FirewallEvent::Rejected {
            rule,
            text,
            flow: flow.to_string(),
            with: with.into(),
        });
        match flow.protocol {
            TCP => Verdict::Reset(cause),
            _ => Verdict::Prohibited(cause),
        }
    }
}

/// A TCP connection begins with a SYN that acknowledges nothing; anything else begins with any
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
            Verdict::Prohibited(None)
        );
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
