//! Which frames are the load's: those of its five-tuples, of the next hops' ARP and NDP, and ICMP
//! errors that quote its packets. Everything else is somebody else's and is forgotten at once.

use super::{
    limits::{CAUSES, FLOWS, HOPS, PIECES},
    reading::{Carries, Packet, Seen},
};
use std::{
    collections::{BTreeMap, VecDeque},
    net::{IpAddr, SocketAddr},
};
use thru_events::{Cause, Time};
use thru_ip::PROTOCOL_TCP;

/// A flow of this load: protocol, own end, other end. An own address that the socket leaves open is
/// `None`.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub(crate) struct Key {
    pub protocol: u8,
    pub local: Option<IpAddr>,
    pub local_port: u16,
    pub remote: SocketAddr,
}

/// What is known of a flow.
#[derive(Debug, Default)]
struct Known {
    /// What asked for the flow.
    first: Cause,
    /// The newest events that make its frames happen, each with the time from which it does, oldest
    /// first: a frame is read a little after it passed.
    causes: VecDeque<(Time, Cause)>,
    /// The interface at which its frames leave and arrive: the first one. A frame that passes
    /// several (a VLAN and what carries it, a bridge and its port) counts once.
    out_by: Option<u32>,
    in_by: Option<u32>,
    /// FIN or RST went that way.
    ended_out: bool,
    ended_in: bool,
    /// Anything was seen.
    seen: bool,
}

impl Known {
    /// From `at` on, its frames happen because of `cause`.
    fn because(&mut self, cause: Cause, at: Time) {
        if cause.is_none() || self.newest() == cause {
            return;
        }
        self.first = self.first.or(cause);
        if self.causes.len() >= CAUSES {
            self.causes.pop_front();
        }
        self.causes.push_back((at, cause));
    }

    fn newest(&self) -> Cause {
        self.causes.back().and_then(|(_, cause)| *cause)
    }

    /// What a frame that passed at `at` follows from. That of one older than all that is known is
    /// what asked for the flow.
    fn cause_at(&self, at: Time) -> Cause {
        let mut known = self.causes.iter().rev();
        let found = known.find(|(since, _)| *since <= at);
        found.map_or(self.first, |(_, cause)| *cause)
    }
}

/// Whose a frame is.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Judged {
    /// The load's; with the event that it follows from.
    Ours(Cause),
    /// Not taken.
    Ignored(Why),
}

/// Why a frame is not taken.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Why {
    /// It belongs to no connection of the load.
    NotOurs,
    /// It was taken at another interface, or, on loopback, on its other way.
    SeenElsewhere,
    /// Its headers cannot be read.
    Unreadable,
}

/// Where and when a frame was seen.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) struct Place {
    pub interface: u32,
    pub outgoing: bool,
    pub at: Time,
}

/// A packet that came in pieces: source, destination, identification.
type Cut = (IpAddr, IpAddr, u32);

/// The load's flows and next hops.
#[derive(Debug, Default)]
pub(crate) struct Matcher {
    flows: BTreeMap<Key, Known>,
    hops: Vec<(IpAddr, Cause)>,
    /// This machine's addresses.
    own: Vec<IpAddr>,
    pieces: VecDeque<(Cut, Key)>,
}

impl Matcher {
    /// Adds a flow, or says what its frames follow from since `at`. False if the table is full.
    pub fn add(&mut self, key: Key, cause: Cause, at: Time) -> bool {
        if self.flows.len() >= FLOWS && !self.flows.contains_key(&key) {
            return false;
        }
        self.flows.entry(key).or_default().because(cause, at);
        true
    }

    /// Adds a next hop. Beyond [`HOPS`] they are not taken: no trip has so many.
    pub fn add_hop(&mut self, hop: IpAddr, cause: Cause) {
        let known = self.hops.iter().any(|(known, _)| *known == hop);
        if !known && self.hops.len() < HOPS {
            self.hops.push((hop, cause));
        }
    }

    /// The next hops.
    #[cfg(test)]
    pub fn hops(&self) -> impl Iterator<Item = IpAddr> {
        self.hops.iter().map(|(hop, _)| *hop)
    }

    /// This machine's addresses, as they are now.
    pub fn own(&mut self, addresses: impl Iterator<Item = IpAddr>) {
        self.own = addresses.collect();
    }

    /// Whether every TCP connection of which anything was seen has ended in both ways.
    pub fn all_ended(&self) -> bool {
        let tcp = self
            .flows
            .iter()
            .filter(|(key, known)| key.protocol == PROTOCOL_TCP && known.seen);
        tcp.into_iter()
            .all(|(_, known)| known.ended_out && known.ended_in)
    }

    /// Whose the frame is.
    pub fn judge(&mut self, seen: &Seen<'_>, place: Place) -> Judged {
        match &seen.carries {
            Carries::Arp { sender, target, .. } => self.asked(*sender, *target, *target, place),
            Carries::Packet(packet) => self.packet(packet, place),
            Carries::Other => Judged::Ignored(Why::Unreadable),
        }
    }

    /// Whether a question for the way to an address, or its answer, is between this machine and a
    /// next hop. Other machines ask for the same hops.
    fn asked(&self, from: IpAddr, to: IpAddr, about: IpAddr, place: Place) -> Judged {
        let own = |address| self.own.contains(&address);
        let hop = match place.outgoing {
            true => self.hop(about).or_else(|| self.hop(to)),
            false if own(to) || own(about) => {
                let of_a_hop = || self.hop(about).filter(|_| !own(about));
                self.hop(from).or_else(of_a_hop)
            }
            false => None,
        };
        hop.map_or(Judged::Ignored(Why::NotOurs), Judged::Ours)
    }

    fn hop(&self, address: IpAddr) -> Option<Cause> {
        let mut hops = self.hops.iter();
        let (_, cause) = hops.find(|(hop, _)| *hop == address)?;
        Some(*cause)
    }

    fn packet(&mut self, packet: &Packet<'_>, place: Place) -> Judged {
        if let Some(about) = packet.neighbour() {
            return self.asked(packet.source, packet.destination, about, place);
        }
        if let Some(quoted) = packet.quoted() {
            return self.error_about(&quoted, place.at);
        }
        let Some(key) = self.key_of(packet, place.outgoing) else {
            return Judged::Ignored(Why::NotOurs);
        };
        self.pass(key, packet, place)
    }

    /// An ICMP error that this machine got quotes what it sent, one that it sent what it got.
    fn error_about(&self, quoted: &Packet<'_>, at: Time) -> Judged {
        let key = self
            .key_of(quoted, true)
            .or_else(|| self.key_of(quoted, false));
        let known = key.and_then(|key| self.flows.get(&key));
        known.map_or(Judged::Ignored(Why::NotOurs), |known| {
            Judged::Ours(known.cause_at(at))
        })
    }

    /// The flow of a packet that goes or comes; also of a later piece of one.
    fn key_of(&self, packet: &Packet<'_>, outgoing: bool) -> Option<Key> {
        let Some((from, to)) = packet.ports() else {
            let cut = (packet.source, packet.destination, packet.piece?.0);
            let mut known = self.pieces.iter();
            return known.find(|(of, _)| *of == cut).map(|(_, key)| *key);
        };
        let (local, local_port, remote) = match outgoing {
            true => (packet.source, from, SocketAddr::new(packet.destination, to)),
            false => (packet.destination, to, SocketAddr::new(packet.source, from)),
        };
        let key = |local| Key {
            protocol: packet.protocol,
            local,
            local_port,
            remote,
        };
        [key(Some(local)), key(None)]
            .into_iter()
            .find(|key| self.flows.contains_key(key))
    }

    fn pass(&mut self, key: Key, packet: &Packet<'_>, place: Place) -> Judged {
        let Some(known) = self.flows.get_mut(&key) else {
            return Judged::Ignored(Why::NotOurs);
        };
        let by = match place.outgoing {
            true => &mut known.out_by,
            false => &mut known.in_by,
        };
        if *by.get_or_insert(place.interface) != place.interface {
            return Judged::Ignored(Why::SeenElsewhere);
        }
        known.seen = true;
        if ends(packet) {
            known.ended_out |= place.outgoing || resets(packet);
            known.ended_in |= !place.outgoing || resets(packet);
        }
        let cause = known.cause_at(place.at);
        if let Some((identification, true)) = packet.piece {
            if self.pieces.len() >= PIECES {
                self.pieces.pop_front();
            }
            let cut = (packet.source, packet.destination, identification);
            self.pieces.push_back((cut, key));
        }
        Judged::Ours(cause)
    }
}

fn flags(packet: &Packet<'_>) -> u8 {
    let tcp = packet.protocol == PROTOCOL_TCP && packet.ports().is_some();
    let flags = packet.payload.get(13).filter(|_| tcp);
    flags.copied().unwrap_or_default()
}

/// FIN or RST (RFC 9293, section 3.1).
fn ends(packet: &Packet<'_>) -> bool {
    flags(packet) & 5 != 0
}

fn resets(packet: &Packet<'_>) -> bool {
    flags(packet) & 4 != 0
}

#[cfg(test)]
#[path = "matcher_tests.rs"]
mod tests;
