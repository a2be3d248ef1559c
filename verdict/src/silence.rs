//! Nobody answered: the machine, or a filter before it? The probes of two ports decide.

use crate::{
    Failure, home_router, mend,
    reach::{Hop, Reach, reached, with},
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

/// Whether the probes of both ports were answered last by the same hop.
fn same_end(asked: &Reach, other: Option<&Reach>) -> bool {
    other.is_none_or(|other| other.distance() == asked.distance())
}

fn end_of(last: Option<&Hop>) -> String {
    match last {
        Some(hop) => format!("{} (hop {})", hop.address, hop.ttl),
        None => "no hop that answers".to_owned(),
    }
}

/// Neither port gets so much further that a filter of one of them is likely.
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
        (None, Some(hop)) if same_end(asked, other) && home_router::is_last(near, hop) => {
            return home_router::ends_here(near, hop, &ports, stated);
        }
        (None, last) if !same_end(asked, other) => format!(
            "Probes of {ports} end at different places: {} and {}. That is too little apart to tell a filter from an answer that was lost.",
            end_of(last),
            end_of(other.and_then(Reach::last))
        ),
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

#[cfg(test)]
mod tests {
    use super::*;
    use crate::reach::Arrival;
    use thru_events::EventId;

    const SHOWN: EventId = EventId(std::num::NonZeroU32::MIN);

    /// Probes that hops answered as far as `hops`, and perhaps the machine itself.
    fn reach(hops: u8, arrived: bool) -> Reach {
        let mut reach = Reach::new(([203, 0, 113, 80], 443).into());
        reach.hops = (1..=hops)
            .map(|ttl| Hop {
                address: [198, 51, 100, ttl].into(),
                ttl,
                said: "time exceeded".into(),
                rtt_us: 1000,
                shown_by: SHOWN,
            })
            .collect();
        reach.arrived = arrived.then(|| Arrival {
            ttl: hops + 1,
            said: "SYN ACK".into(),
            shown_by: SHOWN,
        });
        reach
    }

    #[test]
    fn a_filter_is_suspected_where_the_machine_answers_for_one_port_only() {
        assert!(gets_further(&reach(5, true), &reach(5, false)));
        assert!(!gets_further(&reach(5, true), &reach(5, true)));
    }

    #[test]
    fn one_answer_more_is_no_filter_and_two_are() {
        assert!(!gets_further(&reach(5, false), &reach(5, false)));
        assert!(!gets_further(&reach(6, false), &reach(5, false)));
        assert!(gets_further(&reach(7, false), &reach(5, false)));
        assert!(!same_end(&reach(5, false), Some(&reach(6, false))));
    }
}
