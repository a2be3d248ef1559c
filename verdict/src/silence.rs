//! Nobody answered: the machine, or a filter before it? The probes of two ports decide.

use crate::{Failure, mend};
use std::net::{IpAddr, SocketAddr};
use thru_events::{Blame, Certainty, Code, Event, EventId, Stage, Text, ip::IpEvent};
use thru_journal::NearSide;

/// How far the probes of one port came.
#[derive(Clone, Debug, PartialEq)]
struct Reach {
    remote: SocketAddr,
    /// The machine itself answered.
    arrived: Option<EventId>,
    /// The last machine on the way that answered: who, at which hop, with what.
    last: Option<(IpAddr, u8, Text, EventId)>,
    /// The last probe that stayed without an answer.
    silent: Option<EventId>,
}

impl Reach {
    fn distance(&self) -> u16 {
        match (self.arrived, &self.last) {
            (Some(_), _) => u16::MAX,
            (None, Some((_, ttl, _, _))) => u16::from(*ttl),
            (None, None) => 0,
        }
    }

    /// The event that shows how far it came.
    fn evidence(&self) -> Option<EventId> {
        let last = self.last.as_ref().map(|(_, _, _, id)| *id);
        self.arrived.or(last).or(self.silent)
    }
}

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
        Some(other) if other.distance() > asked.distance() => filtered(&asked, &other, stated),
        other => silent(&asked, other.as_ref(), stated),
    }
}

/// The reach of each port that was probed, the port in question first.
fn reached(near: NearSide<'_>) -> Vec<Reach> {
    let mut reached: Vec<Reach> = Vec::new();
    for (entry, event) in near.find_all(|event| match event {
        Event::Ip(event) => Some(event),
        _ => None,
    }) {
        let remote = match event {
            IpEvent::HopAnswered { remote, .. }
            | IpEvent::HopSilent { remote, .. }
            | IpEvent::DestinationAnswered { remote, .. } => *remote,
            _ => continue,
        };
        let at = match reached.iter().position(|reach| reach.remote == remote) {
            Some(at) => at,
            None => {
                reached.push(Reach {
                    remote,
                    arrived: None,
                    last: None,
                    silent: None,
                });
                reached.len() - 1
            }
        };
        match event {
            IpEvent::HopAnswered { hop, ttl, said, .. } => {
                reached[at].last = Some((*hop, *ttl, said.clone(), entry.id));
            }
            IpEvent::DestinationAnswered { .. } => reached[at].arrived = Some(entry.id),
            _ => reached[at].silent = Some(entry.id),
        }
    }
    reached
}

/// What is sent to another port of the same machine gets further: something drops this port.
fn filtered(asked: &Reach, other: &Reach, stated: Failure) -> Failure {
    let place = match &asked.last {
        Some((hop, ttl, _, _)) => format!("behind {hop} (hop {ttl}, the last that answered)"),
        None => "on this machine or at its first hop".to_owned(),
    };
    let culprit = match &asked.last {
        Some((hop, ..)) => format!("a packet filter behind {hop}"),
        None => "a packet filter on this machine or at its first hop".to_owned(),
    };
    let further = match (&other.arrived, &other.last) {
        (Some(_), _) => "the machine itself answers there".to_owned(),
        (None, Some((hop, ttl, _, _))) => format!("{hop} (hop {ttl}) answers for it"),
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
fn silent(asked: &Reach, other: Option<&Reach>, stated: Failure) -> Failure {
    let ports = match other {
        Some(other) => format!("ports {} and {}", asked.remote.port(), other.remote.port()),
        None => format!("port {}", asked.remote.port()),
    };
    let host = asked.remote.ip();
    let ruled_out = match (&asked.arrived, &asked.last) {
        (Some(_), _) => {
            format!("Probed afterwards, {host} did answer: it was busy, or segments were lost.")
        }
        (None, Some((hop, ttl, said, _))) if said == "unreachable" => {
            format!("Probed afterwards, {hop} (hop {ttl}) says that {host} cannot be reached.")
        }
        (None, Some((hop, ttl, _, _))) => format!(
            "Not the cause: the way as far as {hop} (hop {ttl}), which answers, nor a filter of port {} alone: probes of {ports} all end there. Probably {host} is off or hung, or everything to it is dropped.",
            asked.remote.port()
        ),
        (None, None) => {
            format!("Probes of {ports} were answered by nobody on the way, not even the first hop.")
        }
    };
    Failure {
        message: format!("{} {ruled_out}", stated.message),
        certainty: Certainty::Likely,
        evidence: with(stated.evidence, std::iter::once(asked).chain(other)),
        ..stated
    }
}

fn with<'a>(
    mut evidence: Vec<EventId>,
    reached: impl IntoIterator<Item = &'a Reach>,
) -> Vec<EventId> {
    evidence.extend(reached.into_iter().filter_map(Reach::evidence));
    evidence.sort_unstable();
    evidence.dedup();
    evidence
}
