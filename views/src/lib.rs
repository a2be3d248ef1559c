//! What the journal looks like: text, JSON, pcapng, HTML.
//!
//! Stage: after the journey.
//! In: a journal and its verdict. Out: bytes.
//! Emits: nothing.
//! How it works: pure functions, one folder a form.
//! Not here: judgement.

mod evidence;
pub mod json;
pub mod names;
pub mod ndjson;
pub mod pcapng;
pub mod report;
pub mod rows;
pub mod sentence;
pub mod terminal;
mod units;
pub mod why;

use thru_events::{Event, NodeId, Time, Vantage, trip::TripEvent};
use thru_journal::Journal;
use thru_verdict::{End, Verdict};

/// When the trip ended for the one who asked: `TripEvent::Ended`, or the last event there is.
fn trip_end(journal: &Journal) -> Time {
    let ended = journal.near_side().find(|event| match event {
        Event::Trip(TripEvent::Ended { .. }) => Some(()),
        _ => None,
    });
    match ended {
        Some((entry, ())) => entry.at,
        None => journal.entries.last().map_or(Time::ZERO, |entry| entry.at),
    }
}

/// Where an event happened, by name.
fn place(journal: &Journal, vantage: Vantage) -> String {
    match vantage {
        Vantage::Near => "near".to_owned(),
        Vantage::Node(node) => node_name(&journal.header.nodes, node),
    }
}

fn node_name(nodes: &[String], node: NodeId) -> String {
    let named = nodes.get(usize::from(node.0));
    named.cloned().unwrap_or_else(|| format!("node {}", node.0))
}

/// How the trip ended and when, in words.
fn outcome(verdict: &Verdict, at: Time) -> String {
    let after = units::ms(at.as_ms());
    match (verdict.end, &verdict.failure) {
        (_, Some(failure)) => format!("failed at {} after {after}", failure.stage.id()),
        (End::Loaded, None) => format!("loaded in {after}"),
        (End::Interrupted, None) => format!("interrupted after {after}"),
        (End::Failed, None) => format!("failed after {after}"),
        (End::CutOff, None) => format!("cut off after {after}"),
    }
}
