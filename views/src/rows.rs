//! One row a stage: when, how long, how it went, and the evidence in one line. Terminal, JSON and
//! report show the same rows.

use crate::evidence::evidence;
use thru_events::{
    Entry, Event, EventId, Provenance, Stage, Vantage, http::HttpEvent, link::LinkEvent,
    trip::TripEvent,
};
use thru_journal::{Journal, OfNames, World};
use thru_verdict::{Clock, Severity, StageSpan, Verdict, spans::spans};

/// How a stage went.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Status {
    /// It did its work.
    Ok,
    /// It did its work, and took long.
    Slow,
    /// It failed.
    Broken,
    /// It was not taken.
    Skipped,
    /// It happened where it cannot be seen.
    Unseen,
}

impl Status {
    /// The word of the CLI contract.
    pub fn as_str(self) -> &'static str {
        match self {
            Status::Ok => "ok",
            Status::Slow => "slow",
            Status::Broken => "broken",
            Status::Skipped => "skipped",
            Status::Unseen => "unseen",
        }
    }
}

/// A stage of the trip as views show it.
#[derive(Clone, Debug, PartialEq)]
pub struct Row {
    /// Which stage.
    pub stage: Stage,
    /// Which clock its figures are on.
    pub clock: Clock,
    /// First event on the trip's clock; `None` for CPU stages and stages without events.
    pub start_ms: Option<f64>,
    /// Time at work; `None` where there is none to know.
    pub duration_ms: Option<f64>,
    /// How it went.
    pub status: Status,
    /// One line.
    pub evidence: String,
    /// The first event of the stage.
    pub first: Option<EventId>,
}

/// The rows of a trip, in the order of the stages.
pub fn rows(journal: &Journal, verdict: &Verdict) -> Vec<Row> {
    let names = OfNames::of(journal.near_side());
    let spans = spans(
        &names,
        journal.entries.iter().filter(|entry| is_shown(entry)),
    );
    let make = |stage: &Stage| {
        let span = spans.iter().find(|span| span.stage == *stage);
        row(journal, verdict, &names, *stage, span)
    };
    Stage::ALL.iter().map(make).collect()
}

/// Near events, and of the far side those that only exist there. That something was asked for is
/// no work of http yet; an interface that is there and frames that nobody saw are no work of link.
fn is_shown(entry: &Entry) -> bool {
    let beyond = matches!(entry.event.stage(), Stage::Firewall | Stage::Far);
    let intent = matches!(entry.event, Event::Http(HttpEvent::Initiated { .. }));
    let idle = match entry.event {
        Event::Link(LinkEvent::InterfaceReported { .. }) => true,
        Event::Link(LinkEvent::FramePassed { .. }) => entry.provenance == Provenance::Inferred,
        _ => false,
    };
    (entry.vantage == Vantage::Near || beyond) && !intent && !idle
}

fn row(
    journal: &Journal,
    verdict: &Verdict,
    names: &OfNames,
    stage: Stage,
    span: Option<&StageSpan>,
) -> Row {
    let told = told(journal, stage);
    let cpu = stage.is_cpu();
    let duration_ms = match span {
        Some(_) if cpu => {
            Some(journal.cpu_nanos(|entry| entry.event.stage() == stage) as f64 / 1e6)
        }
        Some(span) => Some(span.busy as f64 / 1e6),
        None => None,
    };
    let status = status(verdict, stage, span.is_some(), told.as_ref());
    let ended = |entry: &Entry| names.unopened_end(&entry.event).is_some();
    let first = journal
        .entries
        .iter()
        .find(|entry| entry.event.stage() == stage && is_shown(entry) && !ended(entry));
    Row {
        stage,
        clock: if cpu { Clock::Cpu } else { Clock::Trip },
        start_ms: span.filter(|_| !cpu).map(|span| span.start.as_ms()),
        duration_ms,
        status,
        evidence: broken(journal, verdict, stage)
            .unwrap_or_else(|| words(journal, stage, status, told)),
        first: first.map(|entry| entry.id),
    }
}

/// Of a link or route that failed, the event that shows it: the first that worked is no evidence.
fn broken(journal: &Journal, verdict: &Verdict, stage: Stage) -> Option<String> {
    let failure = verdict.failure.as_ref()?;
    if failure.stage != stage || !matches!(stage, Stage::Link | Stage::Ip) {
        return None;
    }
    let shown = failure.evidence.iter().filter_map(|id| journal.entry(*id));
    let mut of_stage = shown.filter(|entry| entry.event.stage() == stage);
    let last = of_stage.next_back()?;
    Some(crate::sentence::sentence(&last.event))
}

enum Told {
    Skipped(String),
    Unseen(String),
}

fn told(journal: &Journal, stage: Stage) -> Option<Told> {
    journal.entries.iter().find_map(|entry| match &entry.event {
        Event::Trip(TripEvent::StageSkipped { stage: which, why }) if *which == stage => {
            Some(Told::Skipped(why.to_string()))
        }
        Event::Trip(TripEvent::StageUnseen { stage: which, why }) if *which == stage => {
            Some(Told::Unseen(why.to_string()))
        }
        _ => None,
    })
}

fn status(verdict: &Verdict, stage: Stage, happened: bool, told: Option<&Told>) -> Status {
    let failed_here = verdict
        .failure
        .as_ref()
        .is_some_and(|failure| failure.stage == stage);
    let found = |severity: Severity| {
        let mut findings = verdict.findings.iter();
        findings.any(|finding| finding.stage == stage && finding.severity == severity)
    };
    match told {
        _ if failed_here => Status::Broken,
        _ if happened && found(Severity::Broken) => Status::Broken,
        _ if happened && found(Severity::Slow) => Status::Slow,
        _ if happened => Status::Ok,
        Some(Told::Unseen(_)) => Status::Unseen,
        Some(Told::Skipped(_)) => Status::Skipped,
        None if verdict.loaded && matches!(stage, Stage::Firewall | Stage::Far | Stage::Link) => {
            Status::Unseen
        }
        None => Status::Skipped,
    }
}

fn words(journal: &Journal, stage: Stage, status: Status, told: Option<Told>) -> String {
    match (status, told) {
        (Status::Skipped, Some(Told::Skipped(why))) => format!("skipped: {why}"),
        (Status::Unseen, Some(Told::Unseen(why))) => format!("unseen: {why}"),
        (Status::Skipped, _) if stage == Stage::Script => "not built: no script is run".to_owned(),
        (Status::Skipped, _) => "–".to_owned(),
        (Status::Unseen, _) if journal.header.world == World::Host => {
            "unseen: it happens beyond this machine".to_owned()
        }
        (Status::Unseen, _) => "unseen".to_owned(),
        _ => evidence(journal, stage),
    }
}
