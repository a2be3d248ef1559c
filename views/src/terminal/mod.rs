//! The trip as a person wants to read it on a terminal (LOOK.md).
//!
//! Stage: after the journey.
//! In: a journal and its verdict; width and colour of the terminal. Out: text.
//! Emits: nothing.
//! How it works: verdict first, then a row a stage with its bar, then where to look closer.
//! Not here: progress while loading (`app/cli`).

mod bar;
mod events;

pub use events::events;

use crate::rows::{Row, Status, rows};
use std::fmt::Write;
use thru_events::{Certainty, EventId};
use thru_journal::{Journal, World};
use thru_verdict::{Clock, Failure, Severity, Verdict};

/// What the terminal can do.
#[derive(Clone, Copy, Debug)]
pub struct Terminal {
    /// Columns.
    pub width: usize,
    /// Whether ANSI colours are wanted. No colour is needed to read the text.
    pub color: bool,
}

impl Terminal {
    fn paint(self, code: &str, text: &str) -> String {
        if self.color {
            format!("\x1b[{code}m{text}\x1b[0m")
        } else {
            text.to_owned()
        }
    }
}

/// The whole answer: header, verdict, rows.
pub fn trip(journal: &Journal, verdict: &Verdict, terminal: Terminal) -> String {
    let mut out = String::new();
    let rows = rows(journal, verdict);
    header(&mut out, journal, verdict, terminal);
    verdict_block(&mut out, verdict, terminal);
    out.push('\n');
    let bars = bar::Scale::new(&rows, terminal.width);
    for row in &rows {
        let _ = writeln!(out, "{}", line(row, &bars, terminal));
    }
    if let Some(failure) = &verdict.failure {
        let _ = writeln!(
            out,
            "\ncode {} · exit {} · evidence {}",
            failure.code,
            failure.code.exit_status(),
            ids(&failure.evidence)
        );
    }
    harmless(&out)
}

/// The text without control characters that others put into it: of those only line ends and our
/// own colours stay.
pub(crate) fn harmless(text: &str) -> String {
    let mut out = String::with_capacity(text.len());
    let mut rest = text;
    while let Some(character) = rest.chars().next() {
        let colour = own_colour(rest);
        let length = if colour > 0 {
            colour
        } else {
            character.len_utf8()
        };
        match character {
            _ if colour > 0 => out.push_str(&rest[..colour]),
            '\n' => out.push('\n'),
            other if other.is_control() => out.push('\u{fffd}'),
            other => out.push(other),
        }
        rest = &rest[length..];
    }
    out
}

/// Octets of a colour sequence at the beginning of a text: `ESC [ digits m`.
fn own_colour(text: &str) -> usize {
    let Some(digits) = text.strip_prefix("\x1b[") else {
        return 0;
    };
    let count = digits.bytes().take_while(u8::is_ascii_digit).count();
    match digits.as_bytes().get(count) {
        Some(b'm') => 2 + count + 1,
        _ => 0,
    }
}

fn header(out: &mut String, journal: &Journal, verdict: &Verdict, terminal: Terminal) {
    let world = match (journal.header.world, journal.header.seed) {
        (World::Lab, Some(seed)) => format!("lab · seed {seed}"),
        (world, _) => world.as_str().to_owned(),
    };
    let end = crate::trip_end(journal);
    let outcome = crate::outcome(verdict, end);
    let left = crate::units::shortened(&journal.header.url);
    let right = format!("{world} · {outcome}");
    let gap = terminal
        .width
        .saturating_sub(left.chars().count() + right.chars().count())
        .max(2);
    let _ = writeln!(out, "{left}{}{right}", " ".repeat(gap));
}

fn verdict_block(out: &mut String, verdict: &Verdict, terminal: Terminal) {
    match &verdict.failure {
        None => {
            let mark = if verdict.loaded { "✓" } else { "–" };
            let _ = writeln!(out, "{mark} {}", verdict.summary);
        }
        Some(failure) => failure_block(out, failure, terminal),
    }
    for finding in &verdict.findings {
        let mark = match finding.severity {
            Severity::Broken => terminal.paint("31", "!"),
            Severity::Slow => terminal.paint("33", "~"),
            Severity::Hint => "·".to_owned(),
        };
        // The summary said it already where there is one thing to say.
        let words = match verdict.summary.contains(&finding.message) {
            true => &finding.culprit,
            false => &finding.message,
        };
        let _ = writeln!(out, "{mark} {} {words}", finding.code);
        if finding.severity != Severity::Hint {
            let _ = writeln!(out, "  {}", finding.mend);
        }
    }
}

fn failure_block(out: &mut String, failure: &Failure, terminal: Terminal) {
    let cross = terminal.paint("31", "✗");
    let sure = match failure.certainty {
        Certainty::Proven => "proven",
        Certainty::Likely => "likely",
        Certainty::Unknown => "not known for sure",
    };
    let _ = writeln!(out, "{cross} {}   {sure}", failure.message);
    let _ = writeln!(out, "  Culprit: {}", failure.culprit);
    let _ = writeln!(out, "  {}", failure.mend);
}

fn line(row: &Row, bars: &bar::Scale, terminal: Terminal) -> String {
    let name = format!("{:<11}", row.stage.id());
    let name = match row.status {
        Status::Broken => terminal.paint("31", &name),
        Status::Slow => terminal.paint("33", &name),
        _ => name,
    };
    let figure = match (row.clock, row.start_ms, row.duration_ms) {
        (Clock::Trip, Some(start), _) => format!("{start:>9.1}"),
        _ => " ".repeat(9),
    };
    let bar = bars.draw(row);
    let mark = match row.status {
        Status::Broken => "✗ ",
        Status::Slow => "~ ",
        _ => "",
    };
    format!("  {name} {figure}   {bar}{mark}{}", row.evidence)
        .trim_end()
        .to_owned()
}

fn ids(evidence: &[EventId]) -> String {
    let ids: Vec<String> = evidence.iter().map(EventId::to_string).collect();
    ids.join(" ")
}
