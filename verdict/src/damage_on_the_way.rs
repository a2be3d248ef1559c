//! What the network lost or garbled, as far as this machine saw it, in a trip that went on.

mod connection;

use crate::{Finding, Severity, mend};
use connection::{Lossy, note};
use std::collections::{BTreeMap, BTreeSet};
use thru_events::{Certainty, Code, ConnectionId, Event, EventId, Stage, Time, link::LinkEvent};
use thru_journal::NearSide;

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
        sum(|one| one.lost() as u32),
        sum(|one| one.kernel_lost),
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
    let waits = lossy.iter().flat_map(Lossy::waits);
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
}
