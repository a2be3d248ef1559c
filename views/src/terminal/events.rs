//! Every event, a line each (`thru open TRIP --text`).

use crate::sentence::sentence;
use std::fmt::Write;
use thru_events::{Entry, Provenance, Vantage};
use thru_journal::Journal;

/// The event list. `near_only` leaves out what happened inside other machines.
pub fn events(journal: &Journal, near_only: bool) -> String {
    let mut out = String::new();
    let entries = journal.entries.iter();
    let shown = entries.filter(|entry| !near_only || entry.vantage == Vantage::Near);
    for entry in shown {
        let _ = writeln!(out, "{}", line(journal, entry));
    }
    super::harmless(&out)
}

fn line(journal: &Journal, entry: &Entry) -> String {
    let cause = match entry.cause {
        Some(cause) => format!("← {cause}"),
        None => String::new(),
    };
    let known = match entry.provenance {
        Provenance::Observed | Provenance::Simulated => "",
        Provenance::Reported => " (reported)",
        Provenance::Inferred => " (inferred)",
    };
    format!(
        "{:>6} {:>10.3} ms  {:<11} {:<10} {}{known}   {cause}",
        entry.id.to_string(),
        entry.at.as_ms(),
        entry.event.stage().id(),
        crate::place(journal, entry.vantage),
        sentence(&entry.event),
    )
    .trim_end()
    .to_owned()
}
