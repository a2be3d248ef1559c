//! The address lent to a machine: messages, client, server.
//!
//! Stage: stage 04, RFC 2131, RFC 2132.
//! In: DHCP messages; time. Out: DHCP messages to send; a lease.
//! Emits: `LeaseEvent`, `TripEvent::LimitReached`.
//! How it works: [`Message`] is the codec; [`Client`] and [`Server`] are machines.
//! Not here: the UDP datagrams and frames around the messages (`net/stack`).

mod client;
mod message;
mod server;

pub use client::{Client, ClientOutput, Lease};
pub use message::{CLIENT_PORT, Message, MessageType, SERVER_PORT};
pub use server::Server;
use std::net::Ipv4Addr;

/// Named limits of the two machines.
pub mod limits {
    use std::time::Duration;

    /// Times that a client asks before it gives up.
    pub const REQUESTS: u32 = 4;
    /// Times that it asks for the address that it had before, before it asks for any.
    pub const REBOOT_REQUESTS: u32 = 2;
    /// Leases of one server.
    pub const LEASES: usize = 4096;
    /// How long a client waits before it asks anew after it gave an address back (RFC 2131,
    /// section 3.1).
    pub const AFTER_DECLINE: Duration = Duration::from_secs(10);
    /// Addresses given back in a row, after which a client asks only once a minute (RFC 5227,
    /// section 2.1.1: MAX_CONFLICTS, RATE_LIMIT_INTERVAL).
    pub const CONFLICTS: u32 = 10;
    /// The wait after so many.
    pub const AFTER_MANY_CONFLICTS: Duration = Duration::from_secs(60);
    /// Least time between two questions to lend for longer (RFC 2131, section 4.4.5).
    pub const LEAST_BETWEEN_RENEWALS: Duration = Duration::from_secs(60);
    /// How long a server lends an address to nobody that a client found used, seconds.
    pub const SET_ASIDE_S: u32 = 3600;
    /// How long an offered address is kept for the client.
    pub const OFFER_HELD: Duration = Duration::from_secs(30);
}

/// What a DHCP server lends and tells.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct ServerConfig {
    /// Its own address.
    pub server: Ipv4Addr,
    /// First address that it lends.
    pub first: Ipv4Addr,
    /// Last address that it lends.
    pub last: Ipv4Addr,
    /// Significant bits of the network.
    pub prefix: u8,
    /// The router that it names.
    pub router: Option<Ipv4Addr>,
    /// The DNS servers that it names.
    pub dns: Vec<Ipv4Addr>,
    /// For how long it lends, seconds.
    pub lease_s: u32,
}
