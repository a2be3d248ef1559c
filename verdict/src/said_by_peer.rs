//! An error answer whose sender says where behind it the failure was (`Proxy-Status`, RFC 9209).

use crate::{
    Failure, mend,
    proxy_status::{self, Member},
};
use thru_events::{
    Blame, Certainty, Code, Entry, Event, EventId, RequestId, Stage, far::FarEvent, http::HttpEvent,
};
use thru_journal::NearSide;

/// The deeper failure that the document's own answer tells of.
pub(crate) fn deeper(near: NearSide<'_>, entry: &Entry) -> Option<Failure> {
    let request = request_of(near, entry)?;
    let (started, list) = said(near, request)?;
    let told = proxy_status::nearest_failure(&list)?;
    let (code, culprit, what) = read(&told);
    Some(Failure {
        code,
        stage: Stage::Far,
        blame: Blame::PeerMisbehaved,
        message: format!(
            "{what}, as {} says itself (Proxy-Status: {list}).",
            told.member.name
        ),
        culprit,
        certainty: Certainty::Likely,
        evidence: vec![started, entry.id],
        mend: mend(code).to_owned(),
    })
}

/// The request whose answer failed the trip, by cause.
fn request_of(near: NearSide<'_>, entry: &Entry) -> Option<RequestId> {
    let mut chain = std::iter::successors(Some(entry), |entry| near.entry(entry.cause?));
    chain.find_map(|entry| match &entry.event {
        Event::Http(
            HttpEvent::ResponseFinished { request, .. }
            | HttpEvent::ResponseStarted { request, .. },
        ) => Some(*request),
        _ => None,
    })
}

/// What the answer to `request` says in `Proxy-Status`, all fields in their order as one list
/// (RFC 9110, section 5.3); and the event that says it first.
fn said(near: NearSide<'_>, request: RequestId) -> Option<(EventId, String)> {
    let (started, ()) = near.find(|event| match event {
        Event::Http(HttpEvent::ResponseStarted { request: which, .. }) if *which == request => {
            Some(())
        }
        _ => None,
    })?;
    let mut lists = near.entries().filter_map(|entry| match &entry.event {
        Event::Far(FarEvent::SaidByPeer { field, value })
            if entry.cause == Some(started.id) && field.eq_ignore_ascii_case("proxy-status") =>
        {
            Some((entry.id, value.as_str()))
        }
        _ => None,
    });
    let (first, list) = lists.next()?;
    let list = lists.fold(list.to_owned(), |list, (_, more)| format!("{list}, {more}"));
    Some((first, list))
}

/// Code, culprit, and who failed whom. The member nearest to the origin knows most. One that
/// another intermediary asked stands behind it, as a web server does: what failed there is the
/// application. The only one is what was asked from outside: what failed is a server behind it.
fn read(told: &proxy_status::Told) -> (Code, String, String) {
    let Member {
        name,
        error,
        next_hop,
        received,
    } = &told.member;
    let behind = next_hop.as_deref().unwrap_or("the server behind it");
    let culprit = next_hop
        .clone()
        .unwrap_or_else(|| format!("a server behind {name}"));
    match (error.as_deref(), received) {
        (Some("destination_unavailable"), _) => {
            let what = format!("{name} has no server left to ask");
            (Code::BalancerNoBackend, name.clone(), what)
        }
        (Some(error), _) => {
            let what = format!("{name} got no right answer from {behind} ({error})");
            (failed_behind(told), culprit, what)
        }
        (None, status) => {
            let status = status.map(|status| format!(" with status {status}"));
            let what = format!("{behind} answered {name}{}", status.unwrap_or_default());
            (failed_behind(told), culprit, what)
        }
    }
}

fn failed_behind(told: &proxy_status::Told) -> Code {
    match told.asked_by_another {
        true => Code::AppError,
        false => Code::BalancerBackendFailing,
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn told(list: &str) -> Option<(Code, String)> {
        let told = proxy_status::nearest_failure(list)?;
        let (code, culprit, _) = read(&told);
        Some((code, culprit))
    }

    fn is(list: &str, code: Code, culprit: &str) {
        assert_eq!(told(list), Some((code, culprit.to_owned())), "{list}");
    }

    #[test]
    fn what_failed_behind_a_web_server_is_the_application() {
        let passed_on = r#"web-2; next-hop="app"; received-status=500, balancer; next-hop="web-2"; received-status=500"#;
        is(passed_on, Code::AppError, "app");
        let refused = r#"web-2; error=connection_refused; next-hop="app", balancer; next-hop="web-2"; received-status=502"#;
        is(refused, Code::AppError, "app");
    }

    #[test]
    fn what_failed_behind_the_one_that_was_asked_is_a_server_behind_it() {
        let passed_on = r#"balancer; next-hop="web-1"; received-status=500"#;
        is(passed_on, Code::BalancerBackendFailing, "web-1");
        let silent = r#"balancer; error=http_response_timeout; next-hop="web-1""#;
        is(silent, Code::BalancerBackendFailing, "web-1");
        is(
            "lb; error=proxy_internal_error",
            Code::BalancerBackendFailing,
            "a server behind lb",
        );
    }

    #[test]
    fn nobody_left_to_ask_is_the_balancers_own_word() {
        let list = r#"balancer; error=destination_unavailable; details="web-1: off, web-2: off""#;
        is(list, Code::BalancerNoBackend, "balancer");
    }

    #[test]
    fn a_refusal_that_is_passed_on_is_no_failure_behind() {
        assert_eq!(
            told(r#"balancer; next-hop="web-1"; received-status=404"#),
            None
        );
    }
}
