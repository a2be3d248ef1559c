//! One or two sentences: what happened, and which step took longest.

use crate::{Failure, Finding, Severity, spans};
use thru_events::Stage;
use thru_journal::NearSide;

pub(crate) fn sentences(
    near: NearSide<'_>,
    failure: Option<&Failure>,
    findings: &[Finding],
    slowest: Option<Stage>,
) -> String {
    if let Some(failure) = failure {
        return failure.message.clone();
    }
    let broken: Vec<&Finding> = findings
        .iter()
        .filter(|finding| finding.severity == Severity::Broken)
        .collect();
    let first = match broken.as_slice() {
        [] => "Nothing is broken.".to_owned(),
        [one] => format!("The page loaded, but: {}", one.message),
        [one, rest @ ..] => format!(
            "The page loaded, but: {} ({} more)",
            one.message,
            rest.len()
        ),
    };
    match slowest.and_then(|stage| slowest_sentence(near, stage)) {
        Some(second) => format!("{first} {second}"),
        None => first,
    }
}

fn slowest_sentence(near: NearSide<'_>, stage: Stage) -> Option<String> {
    let spans = spans::spans(near.entries());
    let span = spans.iter().find(|span| span.stage == stage)?;
    let ms = span.busy as f64 / 1e6;
    let name = match stage {
        Stage::Dns => "finding the address (dns)",
        Stage::Tcp => "opening the connection (tcp)",
        Stage::Tls => "the TLS handshake",
        Stage::Http => "requests and responses (http)",
        Stage::Lease => "getting an address (lease)",
        Stage::Link => "finding the neighbour (link)",
        other => other.id(),
    };
    Some(format!("Slowest step: {name}, {ms:.1} ms."))
}
