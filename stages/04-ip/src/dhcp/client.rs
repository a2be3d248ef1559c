use super::{Message, MessageType, limits};
use std::{collections::VecDeque, net::Ipv4Addr, time::Duration};
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
    /// Find out whether somebody else uses the address, then say so by [`Client::verified`] or
    /// [`Client::conflict`].
    Verify {
        /// The address.
        address: Ipv4Addr,
        /// The acknowledgement.
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
    /// Asks for the address that it had before (RFC 2131, section 3.2).
    Rebooting {
        address: Ipv4Addr,
    },
    Selecting,
    Requesting {
        offer: Message,
        server: Ipv4Addr,
    },
    /// The server lends it; is it free?
    Checking {
        lease: Lease,
        asked: Time,
    },
    Bound {
        lease: Lease,
        times: Times,
    },
    Renewing {
        lease: Lease,
        times: Times,
    },
    Rebinding {
        lease: Lease,
        times: Times,
    },
    /// The address was taken: asks again after a while.
    Declining,
    GivenUp,
}

/// T1, T2 and the end of a lease (RFC 2131, section 4.4.5).
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
struct Times {
    renew: Time,
    rebind: Time,
    end: Time,
}

impl Times {
    fn of(asked: Time, lease_s: u32) -> Times {
        let length = Duration::from_secs(lease_s.into());
        Times {
            renew: asked.after(length / 2),
            rebind: asked.after(length / 8 * 7),
            end: asked.after(length),
        }
    }
}

/// The client of one interface (RFC 2131, section 4.4). GAP: RELEASE, as nobody switches a machine
/// off in an orderly way.
pub struct Client {
    mac: MacAddress,
    xid: u32,
    state: State,
    attempt: u32,
    next: Option<Time>,
    cause: Cause,
    /// Whether an address is asked about before it is used (RFC 2131, section 4.4.1; RFC 5227).
    verifies: bool,
    conflicts: u32,
    /// What it had before, until it has asked for that.
    remembered: Option<Ipv4Addr>,
    output: VecDeque<ClientOutput>,
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
            verifies: false,
            conflicts: 0,
            remembered: None,
            output: VecDeque::new(),
        }
    }

    /// Asks for an address that it had before first, here or in another network.
    pub fn remember(&mut self, address: Ipv4Addr) {
        self.remembered = Some(address);
    }

    /// A client that finds out whether an address is free before it uses it.
    pub fn verifying(mac: MacAddress, xid: u32) -> Client {
        Client {
            verifies: true,
            ..Client::new(mac, xid)
        }
    }

    /// Asks for an address; `cause` is why.
    pub fn start(&mut self, now: Time, cause: Cause) {
        self.state = match self.remembered.take() {
            Some(address) => State::Rebooting { address },
            None => State::Selecting,
        };
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
            (State::Requesting { .. } | State::Rebooting { .. }, MessageType::Ack) => {
                self.acknowledged(now, message, cause, tap)
            }
            (State::Renewing { .. } | State::Rebinding { .. }, MessageType::Ack) => {
                if let Some(lease) = lease_of(message) {
                    self.bind(now, lease, cause, tap);
                }
            }
            (State::Requesting { .. } | State::Rebooting { .. }, MessageType::Nak) => {
                let cause = refused(message, cause, tap);
                self.start(now, cause);
            }
            (State::Renewing { lease, .. } | State::Rebinding { lease, .. }, MessageType::Nak) => {
                let address = lease.address;
                let cause = refused(message, cause, tap);
                self.lose(now, address, "the server takes it back", cause, tap);
            }
            _ => {}
        }
    }

    /// The server lends it: it is used, or asked about first.
    fn acknowledged(&mut self, now: Time, ack: &Message, cause: Cause, tap: &Tap) {
        let Some(lease) = lease_of(ack) else {
            return;
        };
        if !self.verifies {
            return self.bind(now, lease, cause, tap);
        }
        let address = lease.address;
        self.cause = cause;
        self.state = State::Checking { lease, asked: now };
        self.next = None;
        self.output
            .push_back(ClientOutput::Verify { address, cause });
    }

    /// Nobody else uses the address.
    pub fn verified(&mut self, cause: Cause, tap: &Tap) {
        if let State::Checking { lease, asked } = &self.state {
            let (lease, asked) = (lease.clone(), *asked);
            self.conflicts = 0;
            self.bind(asked, lease, cause, tap);
        }
    }

    /// Somebody else uses the address, now or after a while: it is given back, and another one
    /// asked for (RFC 2131, section 3.1; RFC 5227, section 2.1.1).
    pub fn conflict(&mut self, now: Time, cause: Cause, tap: &Tap) {
        let used = !matches!(self.state, State::Checking { .. });
        let (State::Checking { lease, .. }
        | State::Bound { lease, .. }
        | State::Renewing { lease, .. }
        | State::Rebinding { lease, .. }) = &self.state
        else {
            return;
        };
        let (address, server) = (lease.address, lease.server);
        let declined = tap.emit(cause, || LeaseEvent::Declined { address, server });
        let message = Message {
            requested: Some(address),
            server: Some(server),
            broadcast: false,
            ..Message::new(MessageType::Decline, self.xid, self.mac)
        };
        self.output.push_back(ClientOutput::Send {
            message,
            to: None,
            cause: declined,
        });
        if used {
            let why = "another machine insists on it";
            tap.emit(declined, || LeaseEvent::Expired {
                address: address.into(),
                why: why.into(),
            });
            self.output
                .push_back(ClientOutput::Lost { cause: declined });
        }
        self.cause = declined;
        self.state = State::Declining;
        self.conflicts += 1;
        let wait = match self.conflicts < limits::CONFLICTS {
            true => limits::AFTER_DECLINE,
            false => limits::AFTER_MANY_CONFLICTS,
        };
        self.next = Some(now.after(wait));
    }

    fn bind(&mut self, now: Time, lease: Lease, cause: Cause, tap: &Tap) {
        let cause = tap.emit(cause, || LeaseEvent::Bound {
            address: lease.address,
            prefix: lease.prefix,
            router: lease.router,
            dns: lease.dns.clone(),
            server: lease.server,
            lease_s: lease.lease_s,
        });
        self.cause = cause;
        let times = Times::of(now, lease.lease_s);
        self.state = State::Bound {
            lease: lease.clone(),
            times,
        };
        self.next = Some(times.renew);
        self.output.push_back(ClientOutput::Bound { lease, cause });
    }

    /// The address may not be used any more, and another one is asked for.
    fn lose(&mut self, now: Time, address: Ipv4Addr, why: &'static str, cause: Cause, tap: &Tap) {
        let cause = tap.emit(cause, || LeaseEvent::Expired {
            address: address.into(),
            why: why.into(),
        });
        self.output.push_back(ClientOutput::Lost { cause });
        self.start(now, cause);
    }

    /// What is due now; call until it gives `None`.
    pub fn poll(&mut self, now: Time, tap: &Tap) -> Option<ClientOutput> {
        if let Some(output) = self.output.pop_front() {
            return Some(output);
        }
        if self.next.is_none_or(|next| next > now) {
            return None;
        }
        self.pass_time(now, tap);
        if let Some(output) = self.output.pop_front() {
            return Some(output);
        }
        let times = match &self.state {
            State::Renewing { times, .. } => Some(times.rebind),
            State::Rebinding { times, .. } => Some(times.end),
            // Nobody knows the address, or nobody is there: it is asked for any.
            State::Rebooting { .. } if self.attempt >= limits::REBOOT_REQUESTS => {
                self.start(now, self.cause);
                None
            }
            _ if self.attempt >= limits::REQUESTS => return Some(self.give_up(tap)),
            _ => None,
        };
        self.attempt += 1;
        self.next = Some(match times {
            // Half of what is left, and a minute at least (RFC 2131, section 4.4.5).
            Some(until) => {
                let half = until.since(now) / 2;
                until.min(now.after(half.max(limits::LEAST_BETWEEN_RENEWALS)))
            }
            // RFC 2131, section 4.1: 4, 8, 16 seconds. DEVIATION: begins with 1 and adds no chance.
            None => now.after(Duration::from_secs(1 << (self.attempt - 1).min(6))),
        });
        self.ask(tap)
    }

    /// T1, T2 and the end bring the next state.
    fn pass_time(&mut self, now: Time, tap: &Tap) {
        match self.state.clone() {
            State::Bound { lease, times } => {
                self.attempt = 0;
                self.state = State::Renewing { lease, times };
                self.pass_time(now, tap);
            }
            State::Renewing { lease, times } if times.rebind <= now => {
                self.attempt = 0;
                self.state = State::Rebinding { lease, times };
                self.pass_time(now, tap);
            }
            State::Rebinding { lease, times } if times.end <= now => {
                let cause = self.cause;
                self.lose(now, lease.address, "its time is over", cause, tap);
            }
            State::Declining => {
                let cause = self.cause;
                self.start(now, cause);
            }
            _ => {}
        }
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
        let extend = |lease: &Lease| Message {
            client_address: lease.address,
            broadcast: false,
            ..Message::new(MessageType::Request, xid, mac)
        };
        let extending = |address, server| move || LeaseEvent::Renewing { address, server };
        let (message, to, cause) = match &self.state {
            State::Selecting => {
                let cause = tap.emit(self.cause, || LeaseEvent::Discovered { xid });
                (Message::new(MessageType::Discover, xid, mac), None, cause)
            }
            State::Rebooting { address } => {
                let address = *address;
                let message = Message {
                    requested: Some(address),
                    ..Message::new(MessageType::Request, xid, mac)
                };
                let asked = || LeaseEvent::Reclaimed { address };
                (message, None, tap.emit(self.cause, asked))
            }
            State::Requesting { offer, server } => {
                let (address, server) = (offer.your_address, *server);
                let message = Message {
                    requested: Some(address),
                    server: Some(server),
                    ..Message::new(MessageType::Request, xid, mac)
                };
                let asked = || LeaseEvent::Requested { address, server };
                (message, None, tap.emit(self.cause, asked))
            }
            State::Renewing { lease, .. } => {
                let server = Some(lease.server);
                let cause = tap.emit(self.cause, extending(lease.address, server));
                (extend(lease), server, cause)
            }
            State::Rebinding { lease, .. } => {
                let cause = tap.emit(self.cause, extending(lease.address, None));
                (extend(lease), None, cause)
            }
            _ => return None,
        };
        Some(ClientOutput::Send { message, to, cause })
    }

    /// When [`Client::poll`] has something to do.
    pub fn wake_at(&self) -> Option<Time> {
        if self.output.is_empty() {
            self.next
        } else {
            Some(Time::ZERO)
        }
    }
}

/// What an acknowledgement lends; `None` if it does not say who lends it or for how long.
fn lease_of(ack: &Message) -> Option<Lease> {
    Some(Lease {
        address: ack.your_address,
        prefix: ack
            .mask
            .map_or(24, |mask| u32::from(mask).leading_ones() as u8),
        router: ack.router,
        dns: ack.dns.clone(),
        server: ack.server?,
        lease_s: ack.lease_s?,
    })
}

fn refused(nak: &Message, cause: Cause, tap: &Tap) -> Cause {
    let server = nak.server;
    tap.emit(cause, || LeaseEvent::Refused { server })
}
