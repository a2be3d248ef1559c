//! What the network lost or garbled, as far as this machine saw it, in a trip that went on.

use crate::{Finding, Severity, mend};
use std::{
    collections::{BTreeMap, BTreeSet},
    time::Duration,
};
use thru_events::{
    Certainty, Code, ConnectionId, Event, EventId, Stage, Time, link::LinkEvent, tcp::TcpEvent,
};
use thru_journal::NearSide;

/// Why a segment goes again though none was lost, in the words of 05-transport.
const NOT_LOST: [&str; 3] = [
    "window probe",
    "the path takes smaller packets only",
    "the peer opened at the same time",
];

/// Events that a finding names as its evidence at most.
const MOST_EVIDENCE: usize = 5;

/// `link.bit_error` and `tcp.lossy`, where there is something to say.
pub(crate) fn found(near: NearSide<'_>) -> impl Iterator<Item = Finding> {
    bit_errors(near).into_iter().chain(losses(near))
}

/// Frames that came to this machine with a wrong check sequence.
fn bit_errors(near: NearSide<'_>) -> Option<Finding> {
    let failed: Vec<EventId> = near
        .find_all(|event| match event {
            Event::Link(LinkEvent::FrameCheckFailed { .. }) => Some(()),
            _ => None,
        })
        .map(|(entry, ())| entry.id)
        .collect();
    let came = near.find_all(|event| match event {
        Event::Link(LinkEvent::FrameReceived { .. }) => Some(()),
        _ => None,
    });
    let all = came.count() + failed.len();
    (!failed.is_empty()).then(|| Finding {
        code: Code::LinkBitError,
        severity: Severity::Slow,
        stage: Stage::Link,
        culprit: "the cable, plug or port of this machine".to_owned(),
        certainty: Certainty::Proven,
        cost_ms: 0.0,
        message: format!(
            "{} of {all} frames came to this machine with a wrong check sequence and were thrown away.",
            failed.len()
        ),
        evidence: first(failed),
        mend: mend(Code::LinkBitError).to_owned(),
    })
}

/// What one connection lost, seen from this end.
#[derive(Default)]
struct Lossy {
    remote: Option<std::net::SocketAddr>,
    sent: u32,
    resent: u32,
    /// The round trip when it opened.
    round_trip: Duration,
    /// What had not come when something behind it came.
    gaps: Vec<Gap>,
    /// As the kernel counts.
    kernel_resent: u32,
    next: Option<u32>,
    first_sent: BTreeMap<u32, Time>,
    waits: Vec<(Time, Time)>,
    evidence: Vec<EventId>,
}

/// Octets that had not come when later ones came.
struct Gap {
    from: u32,
    seen: Time,
    shown_by: EventId,
}

/// Segments that had to go again, and gaps in what came, over all connections that opened.
fn losses(near: NearSide<'_>) -> Option<Finding> {
    let mut connections: BTreeMap<ConnectionId, Lossy> = BTreeMap::new();
    for (entry, event) in near.find_all(|event| match event {
        Event::Tcp(event) => Some(event),
        _ => None,
    }) {
        note(&mut connections, event, entry.at, entry.id);
    }
    let lossy: Vec<Lossy> = connections
        .into_values()
        .filter(|one| one.remote.is_some() && !one.shown_by().is_empty())
        .collect();
    let first_lossy = lossy.first()?;
    let remotes: BTreeSet<_> = lossy.iter().filter_map(|one| one.remote).collect();
    let culprit = match remotes.len() {
        1 => format!("the way between this machine and {}", first_lossy.remote?),
        many => format!("the ways between this machine and {many} others"),
    };
    let sum = |count: fn(&Lossy) -> u32| lossy.iter().map(count).sum::<u32>();
    let mut seen = Vec::new();
    let (resent, kernel, gaps) = (
        sum(|one| one.resent),
        sum(|one| one.kernel_resent),
        sum(|one| one.gaps.len() as u32),
    );
    if resent > 0 {
        let sent = sum(|one| one.sent);
        seen.push(format!("{resent} of {sent} segments had to be sent again"));
    }
    if kernel > 0 {
        seen.push(format!("the kernel sent {kernel} segments again"));
    }
    if gaps > 0 {
        seen.push(format!("{gaps} came behind a gap"));
    }
    let waits = lossy.iter().flat_map(|one| one.waits.iter().copied());
    let cost_ms = covered(waits.collect()) as f64 / 1e6;
    let cost = match cost_ms > 0.0 {
        true => format!(" Waiting for what was sent again took {cost_ms:.1} ms."),
        false => String::new(),
    };
    Some(Finding {
        code: Code::TcpLossy,
        severity: Severity::Slow,
        stage: Stage::Tcp,
        message: format!(
            "Probably segments were lost on the way: {}.{cost}",
            seen.join(", ")
        ),
        culprit,
        certainty: Certainty::Likely,
        cost_ms,
        evidence: first(lossy.iter().flat_map(Lossy::shown_by).collect()),
        mend: mend(Code::TcpLossy).to_owned(),
    })
}

fn note(connections: &mut BTreeMap<ConnectionId, Lossy>, event: &TcpEvent, at: Time, id: EventId) {
    match event {
        TcpEvent::Opened {
            connection,
            remote,
            rtt_us,
            ..
        } => {
            let one = connections.entry(*connection).or_default();
            one.remote = Some(*remote);
            one.round_trip = Duration::from_micros(*rtt_us);
        }
        TcpEvent::SegmentSent {
            connection, seq, ..
        } => {
            let one = connections.entry(*connection).or_default();
            one.sent += 1;
            one.first_sent.insert(*seq, at);
        }
        TcpEvent::SegmentRetransmitted {
            connection,
            seq,
            why,
            ..
        } if !NOT_LOST.contains(&&**why) => {
            let one = connections.entry(*connection).or_default();
            one.sent += 1;
            one.resent += 1;
            one.evidence.push(id);
            let since = one.first_sent.insert(*seq, at);
            one.waits.extend(since.map(|since| (since, at)));
        }
        TcpEvent::SegmentReceived {
            connection,
            seq,
            length,
            flags,
            ..
        } => {
            let one = connections.entry(*connection).or_default();
            one.came(*seq, *length, flags, (at, id));
        }
        TcpEvent::KernelFigures {
            connection,
            retransmits,
            ..
        } => {
            let one = connections.entry(*connection).or_default();
            if *retransmits > one.kernel_resent {
                one.kernel_resent = *retransmits;
                one.evidence.push(id);
            }
        }
        _ => {}
    }
}

impl Lossy {
    /// Sequence numbers go round (RFC 9293, section 3.4): ahead is less than half the circle.
    fn came(&mut self, seq: u32, length: u32, flags: &str, (at, id): (Time, EventId)) {
        let takes = length + u32::from(flags.contains("SYN")) + u32::from(flags.contains("FIN"));
        let after = seq.wrapping_add(takes);
        let Some(next) = self.next else {
            self.next = Some(after);
            return;
        };
        let ahead = seq.wrapping_sub(next) as i32;
        if ahead > 0 && takes > 0 {
            self.gaps.push(Gap {
                from: next,
                seen: at,
                shown_by: id,
            });
        }
        if ahead < 0 {
            self.fill(seq, after, at);
        }
        if after.wrapping_sub(next) as i32 > 0 {
            self.next = Some(after);
        }
    }

    /// What comes within a round trip after the gap was seen was not sent again: it was overtaken
    /// (RFC 8985, section 3.3 allows for as much).
    fn fill(&mut self, seq: u32, after: u32, at: Time) {
        let round_trip = self.round_trip;
        self.gaps.retain(|gap| {
            let fills =
                gap.from.wrapping_sub(seq) as i32 >= 0 && (after.wrapping_sub(gap.from) as i32) > 0;
            !fills || at.since(gap.seen) >= round_trip
        });
    }

    fn shown_by(&self) -> Vec<EventId> {
        let gaps = self.gaps.iter().map(|gap| gap.shown_by);
        self.evidence.iter().copied().chain(gaps).collect()
    }
}

/// Nanoseconds that the spans cover together.
fn covered(mut spans: Vec<(Time, Time)>) -> u64 {
    spans.sort_unstable();
    let mut sum = 0;
    let mut until = Time::ZERO;
    for (from, to) in spans {
        let from = from.max(until);
        if to > from {
            sum += to.0 - from.0;
            until = to;
        }
    }
    sum
}

fn first(mut evidence: Vec<EventId>) -> Vec<EventId> {
    evidence.sort_unstable();
    evidence.truncate(MOST_EVIDENCE);
    evidence
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn waits_that_overlap_count_once() {
        let span = |from, to| (Time(from), Time(to));
        assert_eq!(covered(vec![span(5, 9), span(0, 6), span(20, 21)]), 10);
    }

    fn connection(round_trip_ms: u64) -> Lossy {
        let mut one = Lossy {
            round_trip: Duration::from_millis(round_trip_ms),
            ..Lossy::default()
        };
        one.came(u32::MAX - 10, 0, "SYN ACK", at(0));
        one
    }

    fn at(ms: u64) -> (Time, EventId) {
        let time = Time::ZERO.after(Duration::from_millis(ms));
        (time, EventId(std::num::NonZeroU32::MIN))
    }

    #[test]
    fn a_gap_is_what_comes_ahead_also_where_numbers_go_round() {
        let mut one = connection(20);
        one.came(u32::MAX - 9, 5, "ACK", at(1));
        one.came(6, 10, "ACK", at(2));
        one.came(u32::MAX - 4, 11, "ACK", at(30));
        one.came(16, 1, "ACK", at(31));
        assert_eq!(one.gaps.len(), 1);
    }

    #[test]
    fn what_was_overtaken_was_not_lost() {
        let mut one = connection(20);
        one.came(u32::MAX - 9, 5, "ACK", at(1));
        one.came(6, 10, "ACK", at(2));
        one.came(u32::MAX - 4, 11, "ACK", at(3));
        assert!(one.gaps.is_empty());
    }
}
