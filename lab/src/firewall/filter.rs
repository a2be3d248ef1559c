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

    /// Judges a packet that may belong to a known connection and open none.
    pub(crate) fn judge_answer(&mut self, now: Time, packet: &[u8], cause: Cause) -> Verdict {
        let known = match flow::read(packet) {
            Err(why) => return self.drop_unreadable(why.0, cause),
            Ok((_, Kind::Error { about, .. })) if self.connections.knows(about) => Ok(about),
            Ok((flow, kind)) => self.connections.find(now, flow, kind).ok_or(flow),
        };
        match known {
            Ok(known) => self.matched(known, cause),
            Err(flow) => {
                let text = "default: drop what was not begun inside".to_owned();
                self.dropped(0, text, flow, cause)
            }
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
                With::Icmp(_) if flow.source.is_ipv6() => format!("icmpv6 {}", with.word()).into(),
                With::Icmp(_) => format!("icmp {}", with.word()).into(),
            },
        });
        match with {
            With::Reset => Verdict::Reset(cause),
            With::Icmp(code) => Verdict::Unreachable(code, cause),
        }
    }
}

/// Of TCP only a SYN that answers nothing opens a connection; of all else any packet.
fn opens_a_connection(kind: Kind) -> bool {
    match kind {
        Kind::Segment { flags } => flags & (SYN | ACK) == SYN,
        _ => true,
    }
}
