//! IPv6 addresses that a machine makes itself, and the routers that say of which networks.
//!
//! Stage: stage 04, RFC 4861 section 6, RFC 4862, RFC 8106.
//! In: messages of neighbour discovery; time. Out: messages to send; addresses, routers and DNS
//! servers of one interface.
//! Emits: `LinkEvent` (probes, routers), `LeaseEvent` (addresses), `TripEvent::LimitReached`.
//! How it works: [`Autoconfiguration`] is a host's machine: each address is asked about before it
//! is used, each network that a router names gives one more. [`Advertiser`] is the router's.
//! Not here: neighbours (`03-link`), which address a packet comes from (`source_address`).

mod addresses;
mod advertiser;
mod host;
mod routers;

pub use addresses::{OwnIpv6, Standing};
pub use advertiser::{Advertiser, AdvertiserConfig};
pub use host::{Autoconfiguration, AutoconfigurationOutput};
pub use routers::Routers;

/// Named limits of both machines.
pub mod limits {
    use std::time::Duration;

    /// Questions before an address is used: DupAddrDetectTransmits (RFC 4862, section 5.1).
    pub const PROBES: u32 = 1;
    /// Time after the last of them.
    pub const PROBE_WAIT: Duration = Duration::from_secs(1);
    /// Questions for a router: MAX_RTR_SOLICITATIONS (RFC 4861, section 10).
    pub const ROUTER_SOLICITATIONS: u32 = 3;
    /// Time between two: RTR_SOLICITATION_INTERVAL.
    pub const BETWEEN_SOLICITATIONS: Duration = Duration::from_secs(4);
    /// Addresses of one interface; networks beyond give none.
    pub const ADDRESSES: usize = 16;
    /// Default routers of one interface; others are not listened to.
    pub const ROUTERS: usize = 8;
    /// Networks of the link that are held to be neighbours.
    pub const PREFIXES: usize = 16;
    /// DNS servers that routers named (RFC 8106, section 5.3.1: at least three).
    pub const DNS_SERVERS: usize = 8;
    /// A router may shorten an address's life to this and no further (RFC 4862, section 5.5.3).
    pub const TWO_HOURS: Duration = Duration::from_secs(7200);
    /// Time between two unasked advertisements: MaxRtrAdvInterval. DEVIATION: always the same
    /// time, as the machine draws no chance.
    pub const BETWEEN_ADVERTISEMENTS: Duration = Duration::from_secs(600);
    /// Time between two advertisements to all: MIN_DELAY_BETWEEN_RAS (RFC 4861, section 10).
    pub const LEAST_BETWEEN_ADVERTISEMENTS: Duration = Duration::from_secs(3);
}
