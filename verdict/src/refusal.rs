//! Someone said no: the machine, or a filter in its place? The distance of the answer decides.

use crate::{
    Failure, mend,
    reach::{Reach, reached, with},
};
use std::net::SocketAddr;
use thru_events::{Blame, Certainty, Code, Entry, Event, Stage, ip::IpEvent, tcp::TcpEvent};
use thru_journal::NearSide;

/// The refusal with what the probes say of where it came from. A reset bears the address of the
/// machine that was asked, whoever sends it: without a probe it proves no culprit, except where the
/// packet never left this machine.
pub(crate) fn judged(near: NearSide<'_>, entry: &Entry, stated: Failure) -> Failure {
    let asked = remote(near, entry);
    if asked.is_some_and(|remote| stays_here(near, remote)) {
        return stated;
    }
    let stated = Failure {
        certainty: Certainty::Likely,
        ..stated
    };
    let reached = reached(near);
    let Some((asked, others)) = reached.split_first() else {
        let mend = format!(
            "{} To decide between the server and a filter before it, load it again with --probe.",
            stated.mend
        );
        return Failure { mend, ..stated };
    };
    match others.first() {
        Some(other) => compared(asked, other, stated),
        None => stated,
    }
}

fn remote(near: NearSide<'_>, entry: &Entry) -> Option<SocketAddr> {
    let mut chain = std::iter::successors(Some(entry), |entry| near.entry(entry.cause?));
    chain.find_map(|entry| match &entry.event {
        Event::Tcp(TcpEvent::Failed { remote, .. }) => Some(*remote),
        _ => None,
    })
}

/// Whether packets to `remote` do not leave this machine.
fn stays_here(near: NearSide<'_>, remote: SocketAddr) -> bool {
    let by_loopback = near.find(|event| match event {
        Event::Ip(IpEvent::RouteChosen {
            destination,
            interface,
            ..
        }) if *destination == remote.ip() && interface == "lo" => Some(()),
        _ => None,
    });
    remote.ip().is_loopback() || by_loopback.is_some()
}

fn compared(asked: &Reach, other: &Reach, stated: Failure) -> Failure {
    let Some(refused) = &asked.arrived else {
        return stated;
    };
    let port = other.remote.port();
    // Where the answer for the other port came from, or how far its probes came at least.
    let (beyond, machine) = match (&other.arrived, other.last()) {
        (Some(arrived), _) => (arrived.ttl > refused.ttl, Some(arrived)),
        (None, Some(hop)) => (hop.ttl >= refused.ttl, None),
        (None, None) => (false, None),
    };
    if beyond {
        return rejected(asked, other, refused.ttl, stated);
    }
    let evidence = with(stated.evidence.clone(), [asked, other]);
    match machine {
        Some(machine) if machine.ttl == refused.ttl && machine.said == "SYN ACK" => Failure {
            message: format!(
                "{} refused the connection: nobody listens on that port. Not a filter on the way: the refusal comes from hop {}, where the machine itself answers on port {port}.",
                stated.culprit, refused.ttl
            ),
            certainty: Certainty::Proven,
            evidence,
            ..stated
        },
        Some(machine) if machine.ttl == refused.ttl => Failure {
            message: format!(
                "{} Probed afterwards, port {port} is refused from the same distance, hop {}.",
                stated.message, refused.ttl
            ),
            evidence,
            ..stated
        },
        _ => Failure { evidence, ..stated },
    }
}

/// The refusal comes from nearer than the machine: something on the way sent it in its name.
fn rejected(asked: &Reach, other: &Reach, ttl: u8, stated: Failure) -> Failure {
    let port = other.remote.port();
    let there = other.hops.iter().find(|hop| hop.ttl == ttl);
    let culprit = match there {
        Some(hop) => format!("a packet filter at {} (hop {ttl})", hop.address),
        None => format!("a packet filter at hop {ttl}"),
    };
    let further = match (&other.arrived, other.last()) {
        (Some(arrived), _) => format!("the machine itself answers from hop {}", arrived.ttl),
        (None, Some(hop)) => format!("{} answers from hop {}", hop.address, hop.ttl),
        (None, None) => "it gets further".to_owned(),
    };
    let mut evidence = with(stated.evidence, [asked, other]);
    evidence.extend(there.map(|hop| hop.shown_by));
    evidence.sort_unstable();
    evidence.dedup();
    Failure {
        code: Code::FirewallRejected,
        stage: Stage::Firewall,
        blame: Blame::PolicyRefused,
        message: format!(
            "Probably {culprit} refuses connections to {} in its name: the refusal comes from hop {ttl}, but port {port} of the same machine gets further: {further}.",
            stated.culprit
        ),
        culprit,
        certainty: Certainty::Likely,
        evidence,
        mend: mend(Code::FirewallRejected).to_owned(),
    }
}
