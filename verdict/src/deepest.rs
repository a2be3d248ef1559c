//! From the stage that failed to the deepest cause that the near side's evidence supports.

use crate::{Failure, mend, proxy_status};
use thru_events::{
    Blame, Cause, Certainty, Code, Entry, Event, EventId, Failed, Stage, far::FarEvent,
    ip::IpEvent, link::LinkEvent,
};
use thru_journal::NearSide;

/// The failure as it is told: the stage's own, or a deeper one.
pub(crate) fn failure(near: NearSide<'_>, entry: &Entry, stage: Stage, failed: &Failed) -> Failure {
    silent_neighbour(near, entry, stage, failed)
        .or_else(|| filtered(near, entry, failed))
        .or_else(|| said_by_peer(near, entry, failed))
        .unwrap_or_else(|| as_stated(near, entry, stage, failed))
}

fn as_stated(near: NearSide<'_>, entry: &Entry, stage: Stage, failed: &Failed) -> Failure {
    Failure {
        code: failed.code,
        stage,
        blame: failed.blame,
        culprit: failed.culprit.clone(),
        message: failed.message.clone(),
        certainty: certainty(failed),
        evidence: evidence(near, entry.cause, entry.id),
        mend: mend(failed.code).to_owned(),
    }
}

/// Silence proves that nothing answered, not who is silent.
fn certainty(failed: &Failed) -> Certainty {
    match failed.blame {
        Blame::TimedOut if failed.code != Code::NeighNoAnswer => Certainty::Likely,
        _ => Certainty::Proven,
    }
}

/// The failing event, and up to four near events that led to it.
fn evidence(near: NearSide<'_>, cause: Cause, failing: EventId) -> Vec<EventId> {
    const MOST: usize = 4;
    let mut ids = vec![failing];
    let mut next = cause;
    while let Some(entry) = next.and_then(|id| near.entry(id)) {
        ids.push(entry.id);
        next = entry.cause;
        if ids.len() > MOST {
            break;
        }
    }
    ids.reverse();
    ids
}

/// The next hop, where it is known that it is silent: the destination is not to blame.
fn silent_neighbour(
    near: NearSide<'_>,
    entry: &Entry,
    stage: Stage,
    failed: &Failed,
) -> Option<Failure> {
    if failed.code != Code::NeighNoAnswer {
        return None;
    }
    let silent = near.find_all(|event| match event {
        Event::Link(LinkEvent::NeighbourUnanswered { address, .. }) => Some(*address),
        Event::Link(LinkEvent::NeighbourReported { address, state, .. })
            if matches!(&**state, "FAILED" | "INCOMPLETE") =>
        {
            Some(*address)
        }
        _ => None,
    });
    let (seen, hop) = silent.last()?;
    let stated = as_stated(near, entry, stage, failed);
    let mut evidence = stated.evidence.clone();
    if !evidence.contains(&seen.id) {
        evidence.insert(0, seen.id);
    }
    Some(Failure {
        culprit: hop.to_string(),
        message: format!(
            "{hop} does not answer when its hardware address is asked for; so nothing can be sent to {}.",
            failed.culprit
        ),
        evidence,
        ..stated
    })
}

/// A connection that timed out while a router on the way answered probes: something behind that
/// router lets the segments fall. The near side cannot see what, hence `likely`.
fn filtered(near: NearSide<'_>, entry: &Entry, failed: &Failed) -> Option<Failure> {
    if failed.code != Code::TcpTimedOut {
        return None;
    }
    let hops = near.find_all(|event| match event {
        Event::Ip(IpEvent::HopAnswered { hop, ttl, .. }) => Some((*hop, *ttl)),
        _ => None,
    });
    let (last, (hop, ttl)) = hops.max_by_key(|(_, (_, ttl))| *ttl)?;
    Some(Failure {
        code: Code::FirewallDropped,
        stage: Stage::Firewall,
        blame: Blame::PolicyRefused,
        culprit: format!("a packet filter behind {hop}"),
        message: format!(
            "Probably a packet filter behind {hop} (hop {ttl}, the last that answered a probe) drops what is sent to {} without a word.",
            failed.culprit
        ),
        certainty: Certainty::Likely,
        evidence: vec![entry.id, last.id],
        mend: mend(Code::FirewallDropped).to_owned(),
    })
}

/// An error answer whose sender says where behind it the failure was (RFC 9209).
fn said_by_peer(near: NearSide<'_>, entry: &Entry, failed: &Failed) -> Option<Failure> {
    if failed.code != Code::HttpError {
        return None;
    }
    let said = near.find_all(|event| match event {
        Event::Far(FarEvent::SaidByPeer { field, value })
            if field.eq_ignore_ascii_case("proxy-status") =>
        {
            Some(value.as_str())
        }
        _ => None,
    });
    let (said_entry, value) = said.last()?;
    let member = proxy_status::nearest_failure(value)?;
    let (code, what) = match member.error.as_deref() {
        Some("destination_unavailable") => (Code::BalancerNoBackend, "has no server left to ask"),
        Some(_) => (
            Code::AppError,
            "got no right answer from the server behind it",
        ),
        None => (
            Code::AppError,
            "passes on the error of the server behind it",
        ),
    };
    let culprit = match (code, &member.next_hop) {
        (Code::AppError, Some(next_hop)) => next_hop,
        _ => &member.name,
    };
    Some(Failure {
        code,
        stage: Stage::Far,
        blame: Blame::PeerMisbehaved,
        culprit: culprit.clone(),
        message: format!(
            "{} {what}, as it says itself (Proxy-Status: {}).",
            member.name, value
        ),
        certainty: Certainty::Likely,
        evidence: vec![entry.id, said_entry.id],
        mend: mend(code).to_owned(),
    })
}
