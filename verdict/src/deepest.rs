//! From the stage that failed to the deepest cause that the near side's evidence supports.

use crate::{Failure, mend, next_hop, no_router, refusal, router_said, said_by_peer, silence};
use std::net::SocketAddr;
use thru_events::{
    Cause, Code, Entry, Event, EventId, Failed, Stage, dns::DnsEvent, http::HttpEvent,
};
use thru_journal::NearSide;

/// The failure as it is told: the stage's own, or a deeper one.
pub(crate) fn failure(near: NearSide<'_>, entry: &Entry, stage: Stage, failed: &Failed) -> Failure {
    let stated = as_stated(near, entry, stage, failed);
    match failed.code {
        Code::TcpRefused => refusal::judged(near, entry, stated),
        Code::TcpTimedOut => silence::judged(near, stated),
        Code::NeighNoAnswer => next_hop::named(near, entry, stated),
        Code::RouteUnreachable => router_said::named(near, entry, stated),
        Code::RouteNone => no_router::judged(near, entry, stated),
        Code::HttpError if no_server_was_asked(near) => Failure {
            mend: "Correct the path: no server was asked.".to_owned(),
            ..stated
        },
        Code::HttpError => said_by_peer::deeper(near, entry).unwrap_or(stated),
        Code::DnsUnreachable | Code::DnsFailed => Failure {
            mend: behind_a_door(near)
                .or_else(|| at_another_port(near))
                .unwrap_or(stated.mend),
            ..stated
        },
        Code::DnsTruncatedNoTcp => Failure {
            mend: at_another_port(near).unwrap_or(stated.mend),
            ..stated
        },
        Code::DnsNoData => Failure {
            mend: of_one_family(near).map_or(stated.mend, str::to_owned),
            ..stated
        },
        _ => stated,
    }
}

/// What to do where name servers are asked over TLS or HTTPS alone: another port than 53 counts.
fn behind_a_door(near: NearSide<'_>) -> Option<String> {
    let (server, transport) = last_question(near)?;
    let (port, ip) = (server.port(), server.ip());
    let (protocol, try_it) = match transport {
        "tls" => ("DNS over TLS", format!("kdig +tls @{ip} -p {port} NAME")),
        "https" => (
            "DNS over HTTPS",
            format!("kdig +https @{ip} -p {port} NAME"),
        ),
        _ => return None,
    };
    Some(format!(
        "Check that the DNS server offers {protocol}, that TCP port {port} reaches it, and that its certificate is for the name that was given: {try_it}."
    ))
}

/// What to do where a name server is asked in the open, and not at port 53.
fn at_another_port(near: NearSide<'_>) -> Option<String> {
    let (server, transport) = last_question(near)?;
    let (port, ip) = (server.port(), server.ip());
    let in_the_open = matches!(transport, "udp" | "tcp");
    (in_the_open && port != 53).then(|| {
        format!(
            "Check that the DNS server runs and that UDP and TCP port {port} reach it: dig @{ip} -p {port} NAME."
        )
    })
}

/// Who was asked last, and how.
fn last_question(near: NearSide<'_>) -> Option<(SocketAddr, &str)> {
    near.entries().rev().find_map(|entry| match &entry.event {
        Event::Dns(DnsEvent::QuerySent {
            server, transport, ..
        }) => Some((*server, transport.as_ref())),
        _ => None,
    })
}

/// Whether the trip read files only: a server's log cannot help then.
fn no_server_was_asked(near: NearSide<'_>) -> bool {
    !near
        .entries()
        .any(|entry| matches!(entry.event, Event::Http(HttpEvent::RequestSent { .. })))
}

fn as_stated(near: NearSide<'_>, entry: &Entry, stage: Stage, failed: &Failed) -> Failure {
    Failure {
        code: failed.code,
        stage,
        blame: failed.blame,
        culprit: failed.culprit.clone(),
        message: failed.message.clone(),
        certainty: failed.certainty,
        evidence: evidence(near, entry.cause, entry.id),
        mend: mend(failed.code).to_owned(),
    }
}

/// What to do for a name without an address if one family alone was looked for.
fn of_one_family(near: NearSide<'_>) -> Option<&'static str> {
    let asked = |wanted: &str| {
        near.entries().any(|entry| match &entry.event {
            Event::Dns(
                DnsEvent::CacheMissed { record_type, .. } | DnsEvent::CacheHit { record_type, .. },
            ) => record_type == wanted,
            _ => false,
        })
    };
    match (asked("A"), asked("AAAA")) {
        (true, false) => Some(
            "Add an A record to the name: it was asked for alone, by -4 or as this machine has no IPv6.",
        ),
        (false, true) => Some(
            "Add an AAAA record to the name: it was asked for alone, by -6 or as this machine has no IPv4.",
        ),
        _ => None,
    }
}

/// The failing event, and up to four near events that led to it.
fn evidence(near: NearSide<'_>, cause: Cause, failing: EventId) -> Vec<EventId> {
    const MOST: usize = 4;
    let mut ids = vec![failing];
    let mut next = cause;
    while let Some(entry) = next.and_then(|id| near.entry(id)) {
        ids.push(entry.id);
        next = entry.cause;
        if ids.len() > MOST {
            break;
        }
    }
    ids.reverse();
    ids
}
