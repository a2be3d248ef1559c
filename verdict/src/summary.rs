//! One or two sentences: what happened, and which step took longest.

use crate::{Failure, Finding, Severity};
use thru_events::Stage;

pub(crate) fn sentences(
    failure: Option<&Failure>,
    findings: &[Finding],
    slowest: Option<(Stage, u64)>,
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
    match slowest {
        Some((stage, nanos)) => format!("{first} {}", slowest_sentence(stage, nanos)),
        None => first,
    }
}

fn slowest_sentence(stage: Stage, nanos: u64) -> String {
    let ms = nanos as f64 / 1e6;
    let name = match stage {
        Stage::Dns => "finding the address (dns)",
        Stage::Tcp => "opening the connection (tcp)",
        Stage::Tls => "the TLS handshake",
        Stage::Http => "requests and responses (http)",
        Stage::Lease => "getting an address (lease)",
        Stage::Link => "finding the neighbour (link)",
        Stage::Dom => "reading the document (dom)",
        Stage::Cssom => "finding the styles (cssom)",
        Stage::RenderTree => "building the boxes (render-tree)",
        Stage::Layout => "placing the boxes (layout)",
        Stage::Paint => "painting the picture (paint)",
        other => other.id(),
    };
    let clock = match stage.is_cpu() {
        true => " of CPU",
        false => "",
    };
    format!("Slowest step: {name}, {ms:.1} ms{clock}.")
}
