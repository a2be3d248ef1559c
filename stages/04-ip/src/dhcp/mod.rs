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
    /// Leases of one server.
    pub const LEASES: usize = 4096;
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
