//! The trip as one JSON document (CLI contract, `thru.trip/1`).
//!
//! Stage: after the journey.
//! In: a journal, its verdict, the files written. Out: JSON.
//! Emits: nothing.
//! How it works: typed documents, serialised in the order of the contract; figures of the CPU
//! clock stand only where the contract puts them.
//! Not here: the events themselves (`ndjson`).

mod requests;
mod round_trips;
mod schema;

pub use schema::trip_schema;

use crate::rows::{Row, rows};
use requests::Request;
use round_trips::{RoundTrips, round_trips};
use serde::Serialize;
use std::collections::BTreeMap;
use thru_events::{Event, Stage, http::HttpEvent, paint::PaintEvent};
use thru_journal::Journal;
use thru_verdict::{Clock, Failure, Finding, Verdict};

/// The files that a trip wrote, by kind (`screenshot`, `record`, ...).
pub type Artifacts = BTreeMap<String, String>;

#[derive(Serialize)]
struct Trip<'a> {
    schema: &'static str,
    url: &'a str,
    world: &'static str,
    seed: Option<u64>,
    outcome: &'static str,
    failure: Option<&'a Failure>,
    verdict: VerdictPart<'a>,
    stages: Vec<StagePart>,
    requests: Vec<Request>,
    round_trips: Option<RoundTrips>,
    vitals: Vitals,
    artifacts: &'a Artifacts,
}

#[derive(Serialize)]
struct VerdictPart<'a> {
    summary: &'a str,
    slowest: Option<&'static str>,
    findings: &'a [Finding],
}

#[derive(Serialize)]
struct StagePart {
    stage: &'static str,
    clock: &'static str,
    start_ms: Option<f64>,
    duration_ms: Option<f64>,
    status: &'static str,
}

#[derive(Serialize)]
struct Vitals {
    ttfb_ms: Option<f64>,
    fcp_ms: Option<f64>,
    lcp_ms: Option<f64>,
    cls: Option<f64>,
    cpu_ms: f64,
}

/// The document, pretty, with a line end.
pub fn trip(journal: &Journal, verdict: &Verdict, artifacts: &Artifacts) -> String {
    let document = Trip {
        schema: "thru.trip/1",
        url: &journal.header.url,
        world: journal.header.world.as_str(),
        seed: journal.header.seed,
        outcome: if verdict.loaded { "loaded" } else { "failed" },
        failure: verdict.failure.as_ref(),
        verdict: VerdictPart {
            summary: &verdict.summary,
            slowest: verdict.slowest.map(Stage::id),
            findings: &verdict.findings,
        },
        stages: rows(journal, verdict).into_iter().map(stage).collect(),
        requests: requests::requests(journal),
        round_trips: round_trips(journal),
        vitals: vitals(journal),
        artifacts,
    };
    let text = serde_json::to_string_pretty(&document);
    text.expect("the document has only text keys") + "\n"
}

fn stage(row: Row) -> StagePart {
    StagePart {
        stage: row.stage.id(),
        clock: match row.clock {
            Clock::Trip => "trip",
            Clock::Cpu => "cpu",
        },
        start_ms: row.start_ms,
        duration_ms: row.duration_ms,
        status: row.status.as_str(),
    }
}

fn vitals(journal: &Journal) -> Vitals {
    let near = journal.near_side();
    let at = |pick: fn(&Event) -> bool| {
        let mut entries = near.entries();
        entries
            .find(|entry| pick(&entry.event))
            .map(|entry| entry.at.as_ms())
    };
    let largest = near
        .entries()
        .rfind(|entry| matches!(entry.event, Event::Paint(PaintEvent::Painted { .. })));
    Vitals {
        ttfb_ms: at(|event| matches!(event, Event::Http(HttpEvent::ResponseStarted { .. }))),
        fcp_ms: at(|event| {
            matches!(
                event,
                Event::Paint(PaintEvent::FirstPainted { .. } | PaintEvent::Painted { .. })
            )
        }),
        lcp_ms: largest.map(|entry| entry.at.as_ms()),
        // One picture is painted, when everything is there: nothing can shift.
        cls: largest.map(|_| 0.0),
        cpu_ms: journal.cpu_nanos(|_| true) as f64 / 1e6,
    }
}
