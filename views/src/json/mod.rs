//! The trip as one JSON document (CLI contract, `thru.trip/1`).
//!
//! Stage: after the journey.
//! In: a journal, its verdict, the files written. Out: JSON.
//! Emits: nothing.
//! How it works: typed documents, serialised in the order of the contract; figures of the CPU
//! clock stand only where the contract puts them.
//! Not here: the events themselves (`ndjson`).

mod requests;
mod schema;

pub use schema::trip_schema;

use crate::rows::{Row, rows};
use requests::Request;
use serde::Serialize;
use std::collections::BTreeMap;
use thru_events::{
    Event, Stage, dns::DnsEvent, http::HttpEvent, paint::PaintEvent, tcp::TcpEvent, tls::TlsEvent,
};
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
struct RoundTrips {
    used: u32,
    least: u32,
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

/// Round trips until the page's first octet, one after another: the DNS question, the handshakes
/// of TCP and TLS, and the request with its redirects. The least is the same without redirects,
/// second attempts and TLS 1.2.
fn round_trips(journal: &Journal) -> Option<RoundTrips> {
    let near = journal.near_side();
    let first = near.find(|event| match event {
        Event::Http(HttpEvent::ResponseStarted { .. }) => Some(()),
        _ => None,
    })?;
    let mut used = 1;
    let mut least = 1;
    for entry in near.entries().take_while(|entry| entry.id <= first.0.id) {
        match &entry.event {
            Event::Dns(DnsEvent::QuerySent {
                attempt: 1,
                record_type,
                ..
            }) if record_type == "A" => {
                used += 1;
                least += 1;
            }
            Event::Dns(DnsEvent::QuerySent { record_type, .. }) if record_type == "A" => used += 1,
            Event::Tcp(TcpEvent::Opened { .. }) => {
                used += 1;
                least += 1;
            }
            Event::Tls(TlsEvent::HandshakeDone { version, .. }) => {
                used += if version.ends_with("1.2") { 2 } else { 1 };
                least += 1;
            }
            _ => {}
        }
    }
    let redirects = near.find_all(|event| match event {
        Event::Http(HttpEvent::Redirected { .. }) => Some(()),
        _ => None,
    });
    used += redirects.count() as u32;
    Some(RoundTrips { used, least })
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
