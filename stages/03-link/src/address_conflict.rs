//! Is an address used by somebody else? Asked before it is used, and watched afterwards.

use crate::{ArpOperation, ArpPacket};
use std::net::Ipv4Addr;
use thru_events::{Cause, MacAddress, Tap, Time, lease::LeaseEvent, link::LinkEvent};

/// Named limits (RFC 5227, section 1.1). DEVIATION: the waits are not spread by chance, as the
/// machine draws none.
pub mod limits {
    use std::time::Duration;

    /// PROBE_NUM.
    pub const PROBES: u32 = 3;
    /// PROBE_MIN.
    pub const BETWEEN_PROBES: Duration = Duration::from_secs(1);
    /// ANNOUNCE_WAIT.
    pub const WAIT: Duration = Duration::from_secs(2);
    /// ANNOUNCE_NUM.
    pub const ANNOUNCEMENTS: u32 = 2;
    /// ANNOUNCE_INTERVAL.
    pub const BETWEEN_ANNOUNCEMENTS: Duration = Duration::from_secs(2);
    /// DEFEND_INTERVAL.
    pub const BETWEEN_DEFENCES: Duration = Duration::from_secs(10);
}

/// What the machine wants done.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum DefenceOutput {
    /// Broadcast a probe: a request for the address from no address.
    Probe {
        /// The address.
        address: Ipv4Addr,
        /// `AddressProbed`.
        cause: Cause,
    },
    /// Broadcast an announcement: a request of the address for itself.
    Announce {
        /// The address.
        address: Ipv4Addr,
        /// `AddressAnnounced` or `AddressDefended`.
        cause: Cause,
    },
    /// Nobody else has it: it may be used.
    Usable {
        /// The address.
        address: Ipv4Addr,
        /// `LeaseEvent::Verified`.
        cause: Cause,
    },
}

/// What an ARP packet of somebody else means for the address.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Conflict {
    /// It was asked about, and is taken.
    Taken {
        /// `NeighbourConflict`.
        cause: Cause,
    },
    /// It is used here, and kept: one announcement says so.
    Defended,
    /// It is used here, and the other machine does not give way: it has to be given up
    /// (RFC 5227, section 2.4, choice b).
    GiveUp {
        /// `NeighbourConflict`.
        cause: Cause,
    },
    /// It was answered not long ago: an answer to every packet would be a storm.
    Silence,
}

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum State {
    Idle,
    Probing { sent: u32, next: Time },
    Announcing { sent: u32, next: Time },
    Watching,
}

/// The address of one interface (RFC 5227).
pub struct AddressDefence {
    mac: MacAddress,
    address: Ipv4Addr,
    state: State,
    /// A second conflict soon after the first ends the use of the address.
    gives_way: bool,
    defended: Option<Time>,
    announce: Option<Cause>,
    cause: Cause,
}

impl AddressDefence {
    /// An interface without address.
    pub fn new(mac: MacAddress) -> AddressDefence {
        AddressDefence {
            mac,
            address: Ipv4Addr::UNSPECIFIED,
            state: State::Idle,
            gives_way: false,
            defended: None,
            announce: None,
            cause: None,
        }
    }

    /// The address is wanted: it is asked about first. Who asked gives way if somebody else
    /// insists on it later.
    pub fn probe(&mut self, now: Time, address: Ipv4Addr, cause: Cause) {
        self.watch(address, cause);
        self.gives_way = true;
        self.state = State::Probing { sent: 0, next: now };
    }

    /// The address is used without a question.
    pub fn watch(&mut self, address: Ipv4Addr, cause: Cause) {
        *self = AddressDefence {
            address,
            state: State::Watching,
            cause,
            ..AddressDefence::new(self.mac)
        };
    }

    /// The address is not used any more.
    pub fn forget(&mut self) {
        *self = AddressDefence::new(self.mac);
    }

    /// Whether the address is being asked about.
    pub fn is_probing(&self) -> bool {
        matches!(self.state, State::Probing { .. })
    }

    /// The address that it asks about or watches over.
    pub fn address(&self) -> Option<Ipv4Addr> {
        (self.state != State::Idle).then_some(self.address)
    }

    /// Looks at an ARP packet of this network. `None`: it is no conflict.
    pub fn handle_arp(
        &mut self,
        now: Time,
        arp: &ArpPacket,
        cause: Cause,
        tap: &Tap,
    ) -> Option<Conflict> {
        let used = arp.sender_ip == self.address;
        // Two that ask about one address at once see each other's probes (section 2.1.1).
        let also_asked = self.is_probing()
            && arp.sender_ip.is_unspecified()
            && arp.target_ip == self.address
            && arp.operation == ArpOperation::Request;
        let own = arp.sender_mac == self.mac;
        if self.state == State::Idle || own || !(used || also_asked) {
            return None;
        }
        let (address, claimed_by) = (self.address.into(), arp.sender_mac);
        let cause = tap.emit(cause, || LinkEvent::NeighbourConflict {
            address,
            claimed_by,
        });
        if self.is_probing() {
            self.forget();
            return Some(Conflict::Taken { cause });
        }
        let recent = self
            .defended
            .is_some_and(|at| now.since(at) < limits::BETWEEN_DEFENCES);
        if recent && self.gives_way {
            self.forget();
            return Some(Conflict::GiveUp { cause });
        }
        if recent {
            return Some(Conflict::Silence);
        }
        self.defended = Some(now);
        let against = arp.sender_mac;
        let cause = tap.emit(cause, || LinkEvent::AddressDefended { address, against });
        self.announce = Some(cause);
        Some(Conflict::Defended)
    }

    /// What is due now; call until it gives `None`.
    pub fn poll(&mut self, now: Time, tap: &Tap) -> Option<DefenceOutput> {
        let address = self.address;
        if let Some(cause) = self.announce.take() {
            return Some(DefenceOutput::Announce { address, cause });
        }
        match self.state {
            State::Probing { sent, next } if next <= now => {
                if sent >= limits::PROBES {
                    self.cause = tap.emit(self.cause, || LeaseEvent::Verified {
                        address: address.into(),
                    });
                    self.state = State::Announcing { sent: 0, next: now };
                    let cause = self.cause;
                    return Some(DefenceOutput::Usable { address, cause });
                }
                let wait = match sent + 1 < limits::PROBES {
                    true => limits::BETWEEN_PROBES,
                    false => limits::WAIT,
                };
                let (sent, next) = (sent + 1, now.after(wait));
                self.state = State::Probing { sent, next };
                self.cause = tap.emit(self.cause, || LinkEvent::AddressProbed {
                    address: address.into(),
                    attempt: sent,
                });
                let cause = self.cause;
                Some(DefenceOutput::Probe { address, cause })
            }
            State::Announcing { sent, next } if next <= now => {
                let sent = sent + 1;
                self.state = match sent < limits::ANNOUNCEMENTS {
                    true => State::Announcing {
                        sent,
                        next: now.after(limits::BETWEEN_ANNOUNCEMENTS),
                    },
                    false => State::Watching,
                };
                self.cause = tap.emit(self.cause, || LinkEvent::AddressAnnounced {
                    address: address.into(),
                    attempt: sent,
                });
                let cause = self.cause;
                Some(DefenceOutput::Announce { address, cause })
            }
            _ => None,
        }
    }

    /// When [`AddressDefence::poll`] has something to do.
    pub fn wake_at(&self) -> Option<Time> {
        if self.announce.is_some() {
            return Some(Time::ZERO);
        }
        match self.state {
            State::Probing { next, .. } | State::Announcing { next, .. } => Some(next),
            State::Idle | State::Watching => None,
        }
    }
}
