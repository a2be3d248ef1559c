//! What else is worth knowing.

use crate::{
    Failure, Finding, Severity, damage_on_the_way, loop_of_cables, mend, page_shortfalls, slow_way,
};
use thru_events::{Code, Event, EventId, Failed, Stage, trip::TripEvent};
use thru_journal::NearSide;

/// All findings: those the stages stated, and the failing stage's own code where a deeper cause
/// took its place.
pub(crate) fn all(
    near: NearSide<'_>,
    failure: Option<&Failure>,
    stated: Option<(EventId, Stage, &Failed)>,
) -> Vec<Finding> {
    let mut findings: Vec<Finding> = near
        .find_all(|event| match event {
            Event::Trip(TripEvent::Found { stage, finding }) => Some((*stage, finding)),
            _ => None,
        })
        .map(|(entry, (stage, found))| finding(entry.id, entry.cause, stage, found))
        .collect();
    if let (Some(failure), Some((id, stage, failed))) = (failure, stated)
        && failure.code != failed.code
    {
        findings.insert(0, finding(id, None, stage, failed));
    }
    slow_way::named(near, &mut findings);
    findings.extend(loop_of_cables::found(near));
    findings.extend(damage_on_the_way::found(near));
    findings.extend(page_shortfalls::found(near));
    fold(&mut findings);
    findings
}

/// The same said twice stands once, with the evidence of both.
fn fold(findings: &mut Vec<Finding>) {
    let mut folded: Vec<Finding> = Vec::new();
    for later in findings.drain(..) {
        let same = |earlier: &&mut Finding| {
            earlier.code == later.code
                && earlier.culprit == later.culprit
                && earlier.message == later.message
        };
        match folded.iter_mut().find(same) {
            Some(earlier) => earlier.evidence.extend(later.evidence),
            None => folded.push(later),
        }
    }
    *findings = folded;
}

fn finding(id: EventId, cause: Option<EventId>, stage: Stage, found: &Failed) -> Finding {
    Finding {
        code: found.code,
        severity: severity(found.code),
        stage,
        culprit: found.culprit.clone(),
        certainty: found.certainty,
        cost_ms: 0.0,
        evidence: cause.into_iter().chain([id]).collect(),
        message: found.message.clone(),
        mend: mend(found.code).to_owned(),
    }
}

fn severity(code: Code) -> Severity {
    match code {
        Code::DnsSlowServer
        | Code::HttpSlowServer
        | Code::AppSlow
        | Code::TcpLossy
        | Code::TcpHappyEyeballsDelay
        | Code::PageStylesheetBlocking => Severity::Slow,
        Code::PageUnsupportedFeature
        | Code::DnsHostsOverride
        | Code::DnsSearchDomain
        | Code::CacheNeverReused
        | Code::PageFontMissing => Severity::Hint,
        _ => Severity::Broken,
    }
}
