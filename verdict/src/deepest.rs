//! From the stage that failed to the deepest cause that the near side's evidence supports.

use crate::{Failure, mend, next_hop, refusal, said_by_peer, silence};
use thru_events::{Cause, Code, Entry, Event, EventId, Failed, Stage, http::HttpEvent};
use thru_journal::NearSide;

/// The failure as it is told: the stage's own, or a deeper one.
pub(crate) fn failure(near: NearSide<'_>, entry: &Entry, stage: Stage, failed: &Failed) -> Failure {
    let stated = as_stated(near, entry, stage, failed);
    match failed.code {
        Code::TcpRefused => refusal::judged(near, entry, stated),
        Code::TcpTimedOut => silence::judged(near, stated),
        Code::NeighNoAnswer => next_hop::named(near, entry, stated),
        Code::HttpError if no_server_was_asked(near) => Failure {
            mend: "Correct the path: no server was asked.".to_owned(),
            ..stated
        },
        Code::HttpError => said_by_peer::deeper(near, entry).unwrap_or(stated),
        _ => stated,
    }
}

/// Whether the trip read files only: a server's log cannot help then.
fn no_server_was_asked(near: NearSide<'_>) -> bool {
    !near
        .entries()
        .any(|entry| matches!(entry.event, Event::Http(HttpEvent::RequestSent { .. })))
}

fn as_stated(near: NearSide<'_>, entry: &Entry, stage: Stage, failed: &Failed) -> Failure {
    Failure {
        code: failed.code,
        stage,
        blame: failed.blame,
        culprit: failed.culprit.clone(),
        message: failed.message.clone(),
        certainty: failed.certainty,
        evidence: evidence(near, entry.cause, entry.id),
        mend: mend(failed.code).to_owned(),
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
