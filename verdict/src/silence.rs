//! Nobody answered: the machine, or a filter before it? The probes of two ports decide.

use crate::{
    Failure, home_router, mend,
    reach::{Reach, reached, with},
};
use thru_events::{Blame, Certainty, Code, Stage};
use thru_journal::NearSide;

/// The time-out with what the probes say of it. Certainty stays `likely`: the near side sees who
/// answered, not what a device did.
pub(crate) fn judged(near: NearSide<'_>, stated: Failure) -> Failure {
    let mut reached = reached(near).into_iter();
    let Some(asked) = reached.next() else {
        let mend = format!(
            "{} To decide between the server and a filter before it, load it again with --probe.",
            stated.mend
        );
        return Failure { mend, ..stated };
    };
    match reached.next() {
        Some(other) if gets_further(&other, &asked) => filtered(&asked, &other, stated),
        other => silent(near, &asked, other.as_ref(), stated),
    }
}

/// Hops that a port must get beyond another one before a filter is suspected, when the machine
/// itself answers for neither: one answer more or less is lost or limited by a router (RFC 1812,
/// section 4.3.2.8) without any filter.
const MIN_HOPS_FURTHER: u16 = 2;

/// Whether `other` tells that something on the way lets it pass and holds back what was `asked`.
fn gets_further(other: &Reach, asked: &Reach) -> bool {
    match (&other.arrived, &asked.arrived) {
        (Some(_), asked) => asked.is_none(),
        (None, _) => other.distance() >= asked.distance().saturating_add(MIN_HOPS_FURTHER),
    }
}

/// What is sent to another port of the same machine gets further: something drops this port.
fn filtered(asked: &Reach, other: &Reach, stated: Failure) -> Failure {
    let place = match asked.last() {
        Some(hop) => format!(
            "behind {} (hop {}, the last that answered)",
            hop.address, hop.ttl
        ),
        None => "on this machine or at its first hop".to_owned(),
    };
    let culprit = match asked.last() {
        Some(hop) => format!("a packet filter behind {}", hop.address),
        None => "a packet filter on this machine or at its first hop".to_owned(),
    };
    let further = match (&other.arrived, other.last()) {
        (Some(_), _) => "the machine itself answers there".to_owned(),
        (None, Some(hop)) => format!("{} (hop {}) answers for it", hop.address, hop.ttl),
        (None, None) => "it gets further".to_owned(),
    };
    let message = format!(
        "Probably a packet filter {place} drops what is sent to {} without a word. Not the cause: the way or the machine, for port {} gets further: {further}.",
        stated.culprit,
        other.remote.port()
    );
    Failure {
        code: Code::FirewallDropped,
        stage: Stage::Firewall,
        blame: Blame::PolicyRefused,
        culprit,
        message,
        certainty: Certainty::Likely,
        evidence: with(stated.evidence, [asked, other]),
        mend: mend(Code::FirewallDropped).to_owned(),
    }
}

/// Both ports end at the same place.
fn silent(near: NearSide<'_>, asked: &Reach, other: Option<&Reach>, stated: Failure) -> Failure {
    let ports = match other {
        Some(other) => format!("ports {} and {}", asked.remote.port(), other.remote.port()),
        None => format!("port {}", asked.remote.port()),
    };
    let host = asked.remote.ip();
    let stated = Failure {
        certainty: Certainty::Likely,
        evidence: with(stated.evidence, std::iter::once(asked).chain(other)),
        ..stated
    };
    let ruled_out = match (&asked.arrived, asked.last()) {
        (Some(_), _) => {
            format!("Probed afterwards, {host} did answer: it was busy, or segments were lost.")
        }
        (None, Some(hop)) if hop.said == "unreachable" => format!(
            "Probed afterwards, {} (hop {}) says that {host} cannot be reached.",
            hop.address, hop.ttl
        ),
        (None, Some(hop)) if home_router::is_last(near, hop) => {
            return home_router::ends_here(near, hop, &ports, stated);
        }
        (None, Some(hop)) => format!(
            "Not the cause: the way as far as {} (hop {}), which answers, nor a filter of port {} alone: probes of {ports} all end there. Probably {host} is off or hung, or everything to it is dropped.",
            hop.address,
            hop.ttl,
            asked.remote.port()
        ),
        (None, None) => {
            format!("Probes of {ports} were answered by nobody on the way, not even the first hop.")
        }
    };
    Failure {
        message: format!("{} {ruled_out}", stated.message),
        ..stated
    }
}
