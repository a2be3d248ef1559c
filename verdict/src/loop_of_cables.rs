//! Frames to all that come back to the machine that sent them: the network has a circle of cables.

use crate::{Finding, Severity, mend};
use std::collections::HashSet;
use thru_events::{Certainty, Code, Entry, Event, MacAddress, Stage, link::LinkEvent};
use thru_journal::NearSide;

/// Events that the finding names at most.
const MOST_EVIDENCE: usize = 5;

/// `link.loop`, where octets that this machine sent to a group came in again. A switch never sends a
/// frame back by the port that it came from, so that nothing else returns it.
pub(crate) fn found(near: NearSide<'_>) -> Option<Finding> {
    let mut sent: HashSet<&[u8]> = HashSet::new();
    let (mut first, mut came_back) = (None, Vec::new());
    for entry in near.stage(Stage::Link) {
        let Some((outgoing, destination)) = passed(entry) else {
            continue;
        };
        let octets = entry.span.map(|span| near.octets(span)).unwrap_or_default();
        if !destination.is_group() || octets.is_empty() {
            continue;
        }
        if outgoing {
            first.get_or_insert(entry.id);
            sent.insert(octets);
        } else if sent.contains(octets) {
            came_back.push(entry.id);
        }
    }
    let times = came_back.len();
    let shown = first.into_iter().chain(came_back).take(MOST_EVIDENCE);
    (times > 0).then(|| Finding {
        code: Code::LinkLoop,
        severity: Severity::Broken,
        stage: Stage::Link,
        culprit: "the cables and switches of this machine's network".to_owned(),
        certainty: Certainty::Proven,
        cost_ms: 0.0,
        message: format!(
            "What this machine sent to all came back to it {}: its network has a circle of cables.",
            match times {
                1 => "once".to_owned(),
                times => format!("{times} times"),
            }
        ),
        evidence: shown.collect(),
        mend: mend(Code::LinkLoop).to_owned(),
    })
}

fn passed(entry: &Entry) -> Option<(bool, MacAddress)> {
    match &entry.event {
        Event::Link(LinkEvent::FrameSent { destination, .. }) => Some((true, *destination)),
        Event::Link(LinkEvent::FrameReceived { destination, .. }) => Some((false, *destination)),
        _ => None,
    }
}
