use super::{Message, MessageType, limits};
use std::{net::Ipv4Addr, time::Duration};
use thru_events::{Cause, MacAddress, Tap, Time, lease::LeaseEvent};

/// A lease as the client holds it.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Lease {
    /// The address.
    pub address: Ipv4Addr,
    /// Significant bits of its network.
    pub prefix: u8,
    /// The router to use.
    pub router: Option<Ipv4Addr>,
    /// The DNS servers to use.
    pub dns: Vec<Ipv4Addr>,
    /// Who lends it.
    pub server: Ipv4Addr,
    /// For how long, seconds.
    pub lease_s: u32,
}

/// What the client wants done.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum ClientOutput {
    /// Send this message; `None` is everybody.
    Send {
        /// The message.
        message: Message,
        /// To whom.
        to: Option<Ipv4Addr>,
        /// The event that says so.
        cause: Cause,
    },
    /// Use this lease; `LeaseEvent::Bound`.
    Bound {
        /// The lease.
        lease: Lease,
        /// The event.
        cause: Cause,
    },
    /// The lease is over, or was taken back: stop using the address.
    Lost {
        /// The event.
        cause: Cause,
    },
    /// No server answers; `LeaseEvent::Unanswered`.
    Unanswered {
        /// The event.
        cause: Cause,
    },
}

#[derive(Clone, Debug, PartialEq, Eq)]
enum State {
    Init,
    Selecting,
    Requesting {
        offer: Message,
        server: Ipv4Addr,
    },
    Bound {
        lease: Lease,
        renew: Time,
        end: Time,
    },
    Renewing {
        lease: Lease,
        end: Time,
    },
    GivenUp,
}

/// The client of one interface (RFC 2131, section 4.4).
/// GAP: REBINDING by broadcast, DECLINE after an ARP probe, and RELEASE are not built.
pub struct Client {
    mac: MacAddress,
    xid: u32,
    state: State,
    attempt: u32,
    next: Option<Time>,
    cause: Cause,
    output: Option<ClientOutput>,
}

impl Client {
    /// A client that does nothing until [`Client::start`]. `xid` is handed-in chance.
    pub fn new(mac: MacAddress, xid: u32) -> Client {
        Client {
            mac,
            xid,
            state: State::Init,
            attempt: 0,
            next: None,
            cause: None,
            output: None,
        }
    }

    /// Asks for an address; `cause` is why.
    pub fn start(&mut self, now: Time, cause: Cause) {
        self.state = State::Selecting;
        self.attempt = 0;
        self.next = Some(now);
        self.cause = cause;
    }

    /// Whether it is under way or has a lease.
    pub fn is_started(&self) -> bool {
        !matches!(self.state, State::Init | State::GivenUp)
    }

    /// Takes in a message; `cause` is the datagram that brought it.
    pub fn handle(&mut self, now: Time, message: &Message, cause: Cause, tap: &Tap) {
        if message.xid != self.xid || message.client_mac != self.mac {
            return;
        }
        match (&self.state, message.kind) {
            (State::Selecting, MessageType::Offer) => {
                // An offer without server cannot be taken (RFC 2131, table 3).
                let Some(server) = message.server else {
                    return;
                };
                let address = message.your_address;
                self.cause = tap.emit(cause, || LeaseEvent::Offered { address, server });
                self.state = State::Requesting {
                    offer: message.clone(),
                    server,
                };
                self.attempt = 0;
                self.next = Some(now);
            }
            (State::Requesting { .. } | State::Renewing { .. }, MessageType::Ack) => {
                self.bind(now, message, cause, tap)
            }
            (State::Requesting { .. }, MessageType::Nak) => self.start(now, cause),
            (State::Renewing { .. }, MessageType::Nak) => {
                self.output = Some(ClientOutput::Lost { cause });
                self.start(now, cause);
            }
            _ => {}
        }
    }

    fn bind(&mut self, now: Time, ack: &Message, cause: Cause, tap: &Tap) {
        let (Some(server), Some(lease_s)) = (ack.server, ack.lease_s) else {
            return;
        };
        let lease = Lease {
            address: ack.your_address,
            prefix: ack
                .mask
                .map_or(24, |mask| u32::from(mask).leading_ones() as u8),
            router: ack.router,
            dns: ack.dns.clone(),
            server,
            lease_s,
        };
        let cause = tap.emit(cause, || LeaseEvent::Bound {
            address: lease.address,
            prefix: lease.prefix,
            router: lease.router,
            dns: lease.dns.clone(),
            server,
            lease_s,
        });
        self.cause = cause;
        let length = Duration::from_secs(lease_s.into());
        // T1 is half of the lease (RFC 2131, section 4.4.5).
        let (renew, end) = (now.after(length / 2), now.after(length));
        self.state = State::Bound {
            lease: lease.clone(),
            renew,
            end,
        };
        self.next = Some(renew);
        self.output = Some(ClientOutput::Bound { lease, cause });
    }

    /// What is due now; call until it gives `None`.
    pub fn poll(&mut self, now: Time, tap: &Tap) -> Option<ClientOutput> {
        if let Some(output) = self.output.take() {
            return Some(output);
        }
        if self.next.is_none_or(|next| next > now) {
            return None;
        }
        if let State::Bound { lease, end, .. } = &self.state {
            self.state = State::Renewing {
                lease: lease.clone(),
                end: *end,
            };
            self.attempt = 0;
        }
        if let State::Renewing { end, .. } = &self.state {
            if *end <= now {
                let cause = self.cause;
                self.start(now, cause);
                return Some(ClientOutput::Lost { cause });
            }
        } else if self.attempt >= limits::REQUESTS {
            return Some(self.give_up(tap));
        }
        self.attempt += 1;
        // RFC 2131, section 4.1: 4, 8, 16 seconds. DEVIATION: begins with 1 and adds no chance.
        let wait = Duration::from_secs(1 << (self.attempt - 1).min(6));
        self.next = Some(now.after(wait));
        self.ask(tap)
    }

    fn give_up(&mut self, tap: &Tap) -> ClientOutput {
        let attempts = self.attempt;
        self.state = State::GivenUp;
        self.next = None;
        let cause = tap.emit(self.cause, || LeaseEvent::Unanswered { attempts });
        ClientOutput::Unanswered { cause }
    }

    fn ask(&mut self, tap: &Tap) -> Option<ClientOutput> {
        let (xid, mac) = (self.xid, self.mac);
        let requested = |address, server| move || LeaseEvent::Requested { address, server };
        let (message, to, cause) = match &self.state {
            State::Selecting => {
                let cause = tap.emit(self.cause, || LeaseEvent::Discovered { xid });
                (Message::new(MessageType::Discover, xid, mac), None, cause)
            }
            State::Requesting { offer, server } => {
                let address = offer.your_address;
                let message = Message {
                    requested: Some(address),
                    server: Some(*server),
                    ..Message::new(MessageType::Request, xid, mac)
                };
                (
                    message,
                    None,
                    tap.emit(self.cause, requested(address, *server)),
                )
            }
            State::Renewing { lease, .. } => {
                let message = Message {
                    client_address: lease.address,
                    broadcast: false,
                    ..Message::new(MessageType::Request, xid, mac)
                };
                let cause = tap.emit(self.cause, requested(lease.address, lease.server));
                (message, Some(lease.server), cause)
            }
            State::Init | State::Bound { .. } | State::GivenUp => return None,
        };
        Some(ClientOutput::Send { message, to, cause })
    }

    /// When [`Client::poll`] has something to do.
    pub fn wake_at(&self) -> Option<Time> {
        if self.output.is_some() {
            Some(Time::ZERO)
        } else {
            self.next
        }
    }
}
