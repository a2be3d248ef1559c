//! How far the probes of each port came: what the rules about silence and refusal compare.

use std::net::{IpAddr, SocketAddr};
use thru_events::{Event, EventId, Text, ip::IpEvent};
use thru_journal::NearSide;

/// A machine on the way that answered a probe.
#[derive(Clone, Debug, PartialEq)]
pub(crate) struct Hop {
    pub address: IpAddr,
    pub ttl: u8,
    /// `time exceeded` or `unreachable`.
    pub said: Text,
    pub rtt_us: u64,
    pub shown_by: EventId,
}

/// An answer in the name of the machine that was probed.
#[derive(Clone, Debug, PartialEq)]
pub(crate) struct Arrival {
    pub ttl: u8,
    /// Flags: `SYN ACK`, `RST ACK`, `RST`.
    pub said: Text,
    pub shown_by: EventId,
}

/// How far the probes of one port came.
#[derive(Clone, Debug, PartialEq)]
pub(crate) struct Reach {
    pub remote: SocketAddr,
    pub arrived: Option<Arrival>,
    /// Who answered on the way, nearest first.
    pub hops: Vec<Hop>,
    /// The last probe that stayed without an answer.
    silent: Option<EventId>,
}

impl Reach {
    pub(crate) fn new(remote: SocketAddr) -> Reach {
        Reach {
            remote,
            arrived: None,
            hops: Vec::new(),
            silent: None,
        }
    }

    /// The last machine on the way that answered.
    pub(crate) fn last(&self) -> Option<&Hop> {
        self.hops.last()
    }

    /// Hops as far as an answer came from; the machine itself is beyond every hop.
    pub(crate) fn distance(&self) -> u16 {
        match (&self.arrived, self.last()) {
            (Some(_), _) => u16::MAX,
            (None, Some(hop)) => u16::from(hop.ttl),
            (None, None) => 0,
        }
    }

    /// The event that shows how far it came.
    pub(crate) fn evidence(&self) -> Option<EventId> {
        let arrived = self.arrived.as_ref().map(|arrived| arrived.shown_by);
        let last = self.last().map(|hop| hop.shown_by);
        arrived.or(last).or(self.silent)
    }
}

/// The reach of each port that was probed, the port in question first.
pub(crate) fn reached(near: NearSide<'_>) -> Vec<Reach> {
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
                reached.push(Reach::new(remote));
                reached.len() - 1
            }
        };
        note(&mut reached[at], event, entry.id);
    }
    reached
}

fn note(reach: &mut Reach, event: &IpEvent, shown_by: EventId) {
    match event {
        IpEvent::HopAnswered {
            hop,
            ttl,
            said,
            rtt_us,
            ..
        } => reach.hops.push(Hop {
            address: *hop,
            ttl: *ttl,
            said: said.clone(),
            rtt_us: *rtt_us,
            shown_by,
        }),
        IpEvent::DestinationAnswered { ttl, said, .. } => {
            reach.arrived = Some(Arrival {
                ttl: *ttl,
                said: said.clone(),
                shown_by,
            });
        }
        _ => reach.silent = Some(shown_by),
    }
}

/// `evidence` and what shows how far each port came.
pub(crate) fn with<'a>(
    mut evidence: Vec<EventId>,
    reached: impl IntoIterator<Item = &'a Reach>,
) -> Vec<EventId> {
    evidence.extend(reached.into_iter().filter_map(Reach::evidence));
    evidence.sort_unstable();
    evidence.dedup();
    evidence
}
