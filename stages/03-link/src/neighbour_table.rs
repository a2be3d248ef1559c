//! Whose hardware address is behind an internet address: asked, learned, forgotten.

use crate::{ArpOperation, ArpPacket};
use std::{
    collections::{BTreeMap, BTreeSet, VecDeque},
    net::Ipv4Addr,
};
use thru_events::{Cause, MacAddress, Stage, Tap, Time, link::LinkEvent, trip::TripEvent};

/// Named limits of the table.
pub mod limits {
    use std::time::Duration;

    /// Requests for one address before it is given up.
    pub const REQUESTS: u32 = 3;
    /// Time between two requests for one address (RFC 1122, section 2.3.2.1: at most one a second).
    pub const BETWEEN_REQUESTS: Duration = Duration::from_secs(1);
    /// How long a line is good after it was last confirmed.
    pub const LIFETIME: Duration = Duration::from_secs(60);
    /// Packets held for one address while it is asked for; the oldest goes first.
    pub const PENDING_PACKETS: usize = 64;
    /// Lines of the table; the one confirmed longest ago goes first. Lines still asked for stay, so a
    /// table full of these takes no new line. Either way is a `TripEvent::LimitReached`.
    pub const LINES: usize = 1024;
}

/// A packet that may go out now.
#[derive(Debug, PartialEq, Eq)]
pub struct Released<P> {
    /// The packet.
    pub packet: P,
    /// Where to.
    pub mac: MacAddress,
    /// The event that let it go: `NeighbourLearned` or `NeighbourKnown`.
    pub cause: Cause,
}

/// What happens to a packet for a neighbour.
#[derive(Debug, PartialEq, Eq)]
pub enum Resolution<P> {
    /// The hardware address is known.
    Known(Released<P>),
    /// The packet waits for an answer. What fell out of a full queue comes back.
    Waiting {
        /// The packet that had to make room.
        dropped: Option<P>,
    },
    /// The table is full of lines that are still asked for.
    Full {
        /// The packet that cannot go.
        packet: P,
        /// `TripEvent::LimitReached`.
        cause: Cause,
    },
}

/// What the table wants done.
#[derive(Debug, PartialEq, Eq)]
pub enum NeighbourOutput<P> {
    /// Broadcast a request for `address`.
    Ask {
        /// Whose hardware address is wanted.
        address: Ipv4Addr,
        /// `ArpAsked`.
        cause: Cause,
    },
    /// Nobody answered; these packets cannot go.
    GaveUp {
        /// Who was asked for.
        address: Ipv4Addr,
        /// What waited.
        packets: Vec<P>,
        /// `NeighbourUnanswered`.
        cause: Cause,
    },
}

/// What an ARP packet leads to.
#[derive(Debug, PartialEq, Eq)]
pub struct ArpReaction<P> {
    /// The answer to send back to one machine, and the event that says so.
    pub reply: Option<(ArpPacket, Cause)>,
    /// Packets that waited for this neighbour.
    pub released: Vec<Released<P>>,
    /// The sender claims our own address. [`crate::AddressDefence`] states and answers it.
    pub conflict: bool,
}

enum Line<P> {
    Known {
        mac: MacAddress,
        until: Time,
        learned: Cause,
    },
    Asking {
        attempt: u32,
        next: Time,
        waiting: VecDeque<P>,
        cause: Cause,
    },
}

/// Whether a line more fits into the table, with the event to go on from.
enum Room {
    Made(Cause),
    Full(Cause),
}

/// The neighbour table of one interface. `P` is what waits in it.
pub struct NeighbourTable<P> {
    lines: BTreeMap<Ipv4Addr, Line<P>>,
    /// Lines that are asked for: what [`NeighbourTable::poll`] looks at, and nothing else.
    asking: BTreeSet<Ipv4Addr>,
    /// No line gets too old before this.
    fresh_until: Time,
}

impl<P> Default for NeighbourTable<P> {
    fn default() -> NeighbourTable<P> {
        NeighbourTable {
            lines: BTreeMap::new(),
            asking: BTreeSet::new(),
            fresh_until: Time::ZERO,
        }
    }
}

impl<P> NeighbourTable<P> {
    /// An empty table.
    pub fn new() -> NeighbourTable<P> {
        NeighbourTable::default()
    }

    /// The hardware address known for `address`, if it is not too old.
    pub fn lookup(&self, now: Time, address: Ipv4Addr) -> Option<MacAddress> {
        match self.lines.get(&address)? {
            Line::Known { mac, until, .. } if *until > now => Some(*mac),
            _ => None,
        }
    }

    /// Every known line, in the order of the addresses.
    pub fn known(&self) -> impl Iterator<Item = (Ipv4Addr, MacAddress)> + '_ {
        self.lines.iter().filter_map(|(address, line)| match line {
            Line::Known { mac, .. } => Some((*address, *mac)),
            Line::Asking { .. } => None,
        })
    }

    /// Wants to send `packet` to the neighbour `address`. `say_known` states a hit in the table as
    /// an event; the packets of an open connection need not repeat it.
    pub fn resolve(
        &mut self,
        now: Time,
        address: Ipv4Addr,
        packet: P,
        say_known: bool,
        cause: Cause,
        tap: &Tap,
    ) -> Resolution<P> {
        self.expire(now, tap);
        match self.lines.get_mut(&address) {
            Some(Line::Known { mac, .. }) => {
                let mac = *mac;
                let address = address.into();
                let known = || LinkEvent::NeighbourKnown { address, mac };
                let cause = if say_known {
                    tap.emit(cause, known)
                } else {
                    cause
                };
                Resolution::Known(Released { packet, mac, cause })
            }
            Some(Line::Asking { waiting, .. }) => {
                waiting.push_back(packet);
                let full = waiting.len() > limits::PENDING_PACKETS;
                Resolution::Waiting {
                    dropped: if full { waiting.pop_front() } else { None },
                }
            }
            None => {
                let cause = match self.make_room(cause, tap) {
                    Room::Made(cause) => cause,
                    Room::Full(cause) => return Resolution::Full { packet, cause },
                };
                let waiting = VecDeque::from([packet]);
                let line = Line::Asking {
                    attempt: 0,
                    next: now,
                    waiting,
                    cause,
                };
                self.asking.insert(address);
                self.lines.insert(address, line);
                Resolution::Waiting { dropped: None }
            }
        }
    }

    /// Takes in an ARP packet (RFC 826, "Packet Reception"). `own` is this interface.
    pub fn handle_arp(
        &mut self,
        now: Time,
        arp: &ArpPacket,
        own: (MacAddress, Option<Ipv4Addr>),
        cause: Cause,
        tap: &Tap,
    ) -> ArpReaction<P> {
        let mut reaction = ArpReaction {
            reply: None,
            released: Vec::new(),
            conflict: false,
        };
        let (own_mac, own_ip) = own;
        if own_ip == Some(arp.sender_ip) {
            reaction.conflict = arp.sender_mac != own_mac;
            return reaction;
        }
        let for_us = own_ip == Some(arp.target_ip);
        // The sender is learned if it is known or asked for already (Merge_flag), or if the
        // packet is for us: a machine that asks will be spoken to. An unspecified sender is an
        // address probe (RFC 5227, section 2.1.1) and says nothing of its sender's address.
        let known = self.lines.contains_key(&arp.sender_ip);
        if (known || for_us) && !arp.sender_ip.is_unspecified() && !arp.sender_mac.is_group() {
            reaction.released = self.learn(now, arp.sender_ip, arp.sender_mac, cause, tap);
        }
        if for_us && arp.operation == ArpOperation::Request {
            let (address, to) = (arp.target_ip.into(), arp.sender_mac);
            let cause = tap.emit(cause, || LinkEvent::ArpAnswered { address, to });
            reaction.reply = Some((arp.reply(own_mac), cause));
        }
        reaction
    }

    /// Notes that `mac` is behind `address`, and gives what waited for it.
    pub fn learn(
        &mut self,
        now: Time,
        address: Ipv4Addr,
        mac: MacAddress,
        cause: Cause,
        tap: &Tap,
    ) -> Vec<Released<P>> {
        let until = now.after(limits::LIFETIME);
        let ip = address.into();
        let mut cause = cause;
        let waiting = match self.lines.get_mut(&address) {
            Some(Line::Known {
                mac: before,
                until: end,
                ..
            }) if *before == mac => {
                *end = until;
                return Vec::new();
            }
            Some(Line::Asking { waiting, .. }) => std::mem::take(waiting),
            Some(Line::Known { .. }) => VecDeque::new(),
            None => match self.make_room(cause, tap) {
                Room::Made(made) => {
                    cause = made;
                    VecDeque::new()
                }
                Room::Full(_) => return Vec::new(),
            },
        };
        let cause = tap.emit(cause, || LinkEvent::NeighbourLearned { address: ip, mac });
        self.asking.remove(&address);
        self.lines.insert(
            address,
            Line::Known {
                mac,
                until,
                learned: cause,
            },
        );
        let release = |packet| Released { packet, mac, cause };
        waiting.into_iter().map(release).collect()
    }

    /// What is due now; call until it gives `None`.
    pub fn poll(&mut self, now: Time, tap: &Tap) -> Option<NeighbourOutput<P>> {
        self.expire(now, tap);
        let is_due =
            |address: &&Ipv4Addr| self.lines.get(*address).is_some_and(|it| it.is_due(now));
        let address = self.asking.iter().find(is_due).copied()?;
        let line = self.lines.get_mut(&address)?;
        let Line::Asking {
            attempt,
            next,
            waiting,
            cause,
        } = line
        else {
            return None;
        };
        if *attempt < limits::REQUESTS {
            *attempt += 1;
            *next = now.after(limits::BETWEEN_REQUESTS);
            let attempt = *attempt;
            *cause = tap.emit(*cause, || LinkEvent::ArpAsked {
                address: address.into(),
                attempt,
            });
            return Some(NeighbourOutput::Ask {
                address,
                cause: *cause,
            });
        }
        let packets = std::mem::take(waiting).into();
        let attempts = *attempt;
        let asked = *cause;
        self.asking.remove(&address);
        self.lines.remove(&address);
        let cause = tap.emit(asked, || LinkEvent::NeighbourUnanswered {
            address: address.into(),
            attempts,
        });
        Some(NeighbourOutput::GaveUp {
            address,
            packets,
            cause,
        })
    }

    /// When [`NeighbourTable::poll`] has something to do. Expiry alone needs no waking.
    pub fn wake_at(&self) -> Option<Time> {
        let next = |address: &Ipv4Addr| match self.lines.get(address)? {
            Line::Asking { next, .. } => Some(*next),
            Line::Known { .. } => None,
        };
        self.asking.iter().filter_map(next).min()
    }

    fn expire(&mut self, now: Time, tap: &Tap) {
        // A line that is confirmed lives longer: looking too early costs time and forgets nothing.
        if now < self.fresh_until {
            return;
        }
        self.lines.retain(|address, line| match line {
            Line::Known { until, learned, .. } if *until <= now => {
                let address = (*address).into();
                tap.emit(*learned, || LinkEvent::NeighbourExpired { address });
                false
            }
            _ => true,
        });
        let until = |line: &Line<P>| match line {
            Line::Known { until, .. } => Some(*until),
            Line::Asking { .. } => None,
        };
        let next = self.lines.values().filter_map(until).min();
        // A line that is learned from now on lives at least as long.
        self.fresh_until = next.unwrap_or(now.after(limits::LIFETIME));
    }

    /// Forgets the line confirmed longest ago when the table is full; lines asked for stay.
    fn make_room(&mut self, cause: Cause, tap: &Tap) -> Room {
        if self.lines.len() < limits::LINES {
            return Room::Made(cause);
        }
        let cause = tap.emit(cause, || TripEvent::LimitReached {
            stage: Stage::Link,
            limit: "lines of the neighbour table".into(),
            value: limits::LINES as u64,
        });
        let age = |(address, line): (&Ipv4Addr, &Line<P>)| match line {
            Line::Known { until, .. } => Some((*until, *address)),
            Line::Asking { .. } => None,
        };
        let Some((_, oldest)) = self.lines.iter().filter_map(age).min() else {
            return Room::Full(cause);
        };
        self.lines.remove(&oldest);
        let address = oldest.into();
        Room::Made(tap.emit(cause, || LinkEvent::NeighbourExpired { address }))
    }
}

impl<P> Line<P> {
    fn is_due(&self, now: Time) -> bool {
        matches!(self, Line::Asking { next, .. } if *next <= now)
    }
}
