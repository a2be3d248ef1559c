//! What a machine asks of its carrier, and what the carrier hands back.

use crate::DnsCache;
use std::net::SocketAddr;
use thru_events::{Cause, Tap, Time};

/// Where a machine draws message ids from: handed in by the carrier.
pub type Chance = Box<dyn FnMut() -> u16>;

/// How octets travel to a name server.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Transport {
    /// One datagram each way, from a random port.
    Udp,
    /// A connection, two octets of length before each message (RFC 1035, section 4.2.2).
    Tcp,
    /// The same inside TLS (RFC 7858), by a server that has proven who it is.
    Tls,
    /// As an HTTP request inside TLS (RFC 8484), by a server that has proven who it is.
    Https,
}

impl Transport {
    /// Whether nobody on the way can read or change it.
    pub fn is_secured(self) -> bool {
        matches!(self, Transport::Tls | Transport::Https)
    }

    /// `udp`, `tcp`, `tls` or `https`.
    pub fn as_str(self) -> &'static str {
        match self {
            Transport::Udp => "udp",
            Transport::Tcp => "tcp",
            Transport::Tls => "tls",
            Transport::Https => "https",
        }
    }
}

/// One message to be sent, and its answer waited for.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Exchange {
    /// Names this exchange towards the machine.
    pub token: u64,
    /// Whom to ask.
    pub server: SocketAddr,
    /// How.
    pub transport: Transport,
    /// The message, without length prefix.
    pub octets: Vec<u8>,
    /// `DnsEvent::QuerySent`.
    pub cause: Cause,
}

/// What the carrier has to do.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Order {
    /// Send this, and hand back every message that comes as long as the machine waits for it.
    Exchange(Exchange),
}

/// What came back.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Input {
    /// A message arrived.
    Response {
        /// Of which exchange.
        token: u64,
        /// Who sent it.
        from: SocketAddr,
        /// The message, without length prefix.
        octets: Vec<u8>,
        /// The event that delivered it.
        cause: Cause,
    },
    /// The server cannot be reached, or the connection broke.
    Unreachable {
        /// Of which exchange.
        token: u64,
        /// The world's words.
        why: String,
        /// The event that shows it.
        cause: Cause,
    },
}

/// A resolver's machine, driven by a carrier.
pub trait Machine {
    /// Takes in what came.
    fn handle(&mut self, now: Time, input: Input, cache: &mut DnsCache, tap: &Tap);

    /// The next order, if there is one. Also notices that a time is over.
    fn poll(&mut self, now: Time, cache: &mut DnsCache, tap: &Tap) -> Option<Order>;

    /// When [`Machine::poll`] has to be called at the latest; `None` if there is nothing to wait for.
    fn wake_at(&self) -> Option<Time>;

    /// Whether an exchange is still waited for.
    fn waits_for(&self, token: u64) -> bool;

    /// Whether the outcome is known.
    fn is_done(&self) -> bool;
}
