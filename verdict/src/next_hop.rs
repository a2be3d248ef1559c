//! A next hop that does not answer: which one?

use crate::Failure;
use std::net::IpAddr;
use thru_events::{Certainty, Entry, Event, link::LinkEvent};
use thru_journal::NearSide;

/// The failure with the next hop as culprit, where the near side knows its address: it asked for
/// it itself, or the kernel's neighbour table says so.
pub(crate) fn named(near: NearSide<'_>, entry: &Entry, stated: Failure) -> Failure {
    let chain = std::iter::successors(Some(entry), |entry| near.entry(entry.cause?));
    let of_the_chain = chain.filter_map(|entry| unanswered(&entry.event).map(|hop| (entry, hop)));
    let all = near.find_all(unanswered);
    let Some((shown_by, hop)) = of_the_chain.chain(all).next() else {
        return stated;
    };
    let mut evidence = stated.evidence;
    evidence.push(shown_by.id);
    evidence.sort_unstable();
    evidence.dedup();
    Failure {
        message: format!(
            "The next hop {hop} does not answer on its own network, so {} could not be reached.",
            stated.culprit
        ),
        mend: stated.mend.replace("ADDRESS", &hop.to_string()),
        culprit: hop.to_string(),
        // Nobody else can answer ARP for it.
        certainty: Certainty::Proven,
        evidence,
        ..stated
    }
}

fn unanswered(event: &Event) -> Option<IpAddr> {
    match event {
        Event::Link(LinkEvent::NeighbourUnanswered { address, .. }) => Some(*address),
        Event::Link(LinkEvent::NeighbourReported { address, state, .. })
            if matches!(&**state, "FAILED" | "INCOMPLETE") =>
        {
            Some(*address)
        }
        _ => None,
    }
}
