//! Which step is slow or broken, how sure that is, and what to do.
//!
//! Stage: after the journey.
//! In: the near side of a journal. Out: a [`Verdict`]: failure, findings, evidence, summary; the
//! lessons of `thru explain`.
//! Emits: nothing.
//! How it works: `judge` reads the stage that failed, then asks the rules in `deepest` whether the
//! near side's evidence supports a deeper cause; findings and the slowest stage follow.
//! Not here: what happened inside a device, faults, topologies: it cannot see them.

mod damage_on_the_way;
mod deepest;
mod findings;
mod home_router;
mod lessons;
mod loop_of_cables;
mod mend;
mod next_hop;
mod no_router;
mod page_shortfalls;
mod proxy_status;
mod reach;
mod refusal;
mod router_said;
mod said_by_peer;
mod silence;
pub mod spans;
mod summary;

pub use lessons::{lesson, topics};
pub use mend::mend;
pub use spans::{Clock, StageSpan};

use serde::Serialize;
use thru_events::{Blame, Certainty, Code, Event, EventId, Stage, trip::TripEvent};
use thru_journal::NearSide;

/// How bad a finding is.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize)]
#[serde(rename_all = "snake_case")]
pub enum Severity {
    /// Something does not work.
    Broken,
    /// Something works and takes long.
    Slow,
    /// Something could be better.
    Hint,
}

/// Why the trip failed (CLI contract, `failure`).
#[derive(Clone, Debug, PartialEq, Serialize)]
pub struct Failure {
    /// The stable code.
    pub code: Code,
    /// Where.
    pub stage: Stage,
    /// Who is to blame.
    pub blame: Blame,
    /// The machine, server or resource.
    pub culprit: String,
    /// What was done by whom to whom.
    pub message: String,
    /// How sure.
    pub certainty: Certainty,
    /// The events that show it.
    pub evidence: Vec<EventId>,
    /// What to do.
    pub mend: String,
}

/// Something worth knowing about a trip (CLI contract, `findings`).
#[derive(Clone, Debug, PartialEq, Serialize)]
pub struct Finding {
    /// The stable code.
    pub code: Code,
    /// How bad.
    pub severity: Severity,
    /// Where.
    pub stage: Stage,
    /// The machine, server or resource.
    pub culprit: String,
    /// How sure.
    pub certainty: Certainty,
    /// Milliseconds it cost on the trip's clock; 0 if none or not known.
    pub cost_ms: f64,
    /// The events that show it.
    pub evidence: Vec<EventId>,
    /// What was done by whom to whom.
    pub message: String,
    /// What to do.
    pub mend: String,
}

/// How a trip ended.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum End {
    /// The page was loaded.
    Loaded,
    /// It failed.
    Failed,
    /// Someone pressed Ctrl-C.
    Interrupted,
    /// The record stops before the trip ended.
    CutOff,
}

/// What the near side's evidence says.
#[derive(Clone, Debug, PartialEq)]
pub struct Verdict {
    /// How the trip ended.
    pub end: End,
    /// Whether the trip ended as loaded.
    pub loaded: bool,
    /// Why not.
    pub failure: Option<Failure>,
    /// What else is worth knowing.
    pub findings: Vec<Finding>,
    /// The stage that took most of the trip's clock.
    pub slowest: Option<Stage>,
    /// One or two sentences.
    pub summary: String,
}

/// Judges a trip by what the near side could see.
pub fn judge(near: NearSide<'_>) -> Verdict {
    let stated = near.entries().rev().find_map(|entry| match &entry.event {
        Event::Trip(TripEvent::Failed { stage, failure }) => Some((entry, *stage, failure)),
        _ => None,
    });
    let failure = stated.map(|(entry, stage, failed)| deepest::failure(near, entry, stage, failed));
    let findings = findings::all(
        near,
        failure.as_ref(),
        stated.map(|(entry, stage, failed)| (entry.id, stage, failed)),
    );
    let slowest = spans::slowest(near);
    let end = end(near, failure.is_some());
    let summary = match end {
        End::Interrupted => {
            "The trip was interrupted; what had happened by then is below.".to_owned()
        }
        End::CutOff => "The record stops before the trip ended; what it holds is below.".to_owned(),
        End::Loaded | End::Failed => summary::sentences(failure.as_ref(), &findings, slowest),
    };
    Verdict {
        end,
        loaded: end == End::Loaded,
        failure,
        findings,
        slowest: slowest.map(|(stage, _)| stage),
        summary,
    }
}

fn end(near: NearSide<'_>, failed: bool) -> End {
    let last = near.entries().rev().find_map(|entry| match entry.event {
        Event::Trip(TripEvent::Interrupted {}) => Some(End::Interrupted),
        Event::Trip(TripEvent::Ended { loaded: true }) if !failed => Some(End::Loaded),
        Event::Trip(TripEvent::Ended { .. }) => Some(End::Failed),
        _ => None,
    });
    let interrupted = near
        .entries()
        .any(|entry| matches!(entry.event, Event::Trip(TripEvent::Interrupted {})));
    match last {
        Some(End::Failed) if interrupted && !failed => End::Interrupted,
        Some(end) => end,
        None if failed => End::Failed,
        None => End::CutOff,
    }
}
