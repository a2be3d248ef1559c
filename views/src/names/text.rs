//! The steps as lines.

use super::{Question, Step, What};
use std::fmt::Write;
use thru_journal::Journal;

/// A line a step: when, at whom, what.
pub fn text(journal: &Journal) -> String {
    let steps = super::steps(journal);
    let width = steps.iter().map(|step| step.who.chars().count()).max();
    let width = width.unwrap_or(0);
    let mut out = String::new();
    for step in &steps {
        let _ = writeln!(out, "{}", line(step, width));
    }
    crate::terminal::harmless(&out)
}

fn line(step: &Step, width: usize) -> String {
    let said = match &step.what {
        What::Wanted { name } => format!("wants {name}"),
        What::Cache {
            name,
            record_type,
            verdict,
            reason,
        } => format!("cache {verdict:<8} {record_type} {name}: {reason}"),
        What::Source { source, said } => format!("source {source}: {said}"),
        What::Asked(question) => asked(question),
        What::Judged { about, verdict } => format!("judges {about}: {verdict}"),
        What::Led { from, to } => format!("{from} leads to {to}"),
        What::Used {
            name,
            addresses,
            source,
        } => used(name, addresses, source),
        What::Connected { remote } => format!("connects to {remote}"),
    };
    format!("{:>9.1}  {:<width$}  {said}", step.at_ms, step.who)
}

fn used(name: &str, addresses: &[std::net::IpAddr], source: &str) -> String {
    let shown: Vec<String> = addresses.iter().map(ToString::to_string).collect();
    match shown.is_empty() {
        true => format!("finds nothing for {name}: {source}"),
        false => format!("uses {} for {name}, from {source}", shown.join(", ")),
    }
}

fn asked(question: &Question) -> String {
    let whom = match &question.machine {
        Some(machine) => format!("{machine} ({})", question.server),
        None => question.server.clone(),
    };
    let again = match question.attempt {
        0 | 1 => String::new(),
        attempt => format!(", attempt {attempt}"),
    };
    let mut text = format!(
        "asks {whom} by {}{again}: {} {} → ",
        question.by, question.record_type, question.name
    );
    text += question.outcome.as_deref().unwrap_or("not waited for");
    if let Some(rtt) = question.rtt_ms {
        let _ = write!(text, " in {rtt:.1} ms");
    }
    let marks = [
        (question.authoritative, "authoritative"),
        (question.truncated, "truncated"),
    ];
    for (_, word) in marks.iter().filter(|(holds, _)| *holds) {
        let _ = write!(text, ", {word}");
    }
    if let Some(source) = &question.source {
        let _ = write!(text, ", from {source}");
    }
    if !question.answers.is_empty() {
        let _ = write!(text, ": {}", question.answers.join("; "));
    }
    if !question.referral.is_empty() {
        let _ = write!(text, ", refers to {}", question.referral.join(", "));
    }
    if let Some(why) = &question.why {
        let _ = write!(text, " ({why})");
    }
    for why in &question.passed_over {
        let _ = write!(text, " [passed over: {why}]");
    }
    text
}
