//! Packets and routes: which way to an address, and who is told when it fails.
//!
//! Stage: stage 04, RFC 791, 792, 815, 1122, 1191, 1812, 2131, 2132.
//! In: packets. Out: segments and datagrams; packets to send.
//! Emits: `IpEvent`, `LeaseEvent`, `TripEvent::LimitReached`.
//! How it works: codecs ([`Ipv4Packet`], [`IcmpMessage`], `dhcp::Message`), the routing table
//! with its longest-prefix match, fragments, and the two DHCP machines.
//! Not here: NAT and filters (`lab`); the order of receiving and forwarding (`net/stack`).
//! GAP: IPv6 and ICMPv6 are not built.

mod checksum;
pub mod dhcp;
mod failure;
mod fragment;
mod icmp;
mod ipv4;
mod routing;

pub use checksum::{Checksum, internet_checksum};
pub use failure::Failure;
pub use fragment::{
    FragmentOutcome, GivenUp, GivenUpWhy, Reassembler, fragment, limits as fragment_limits,
};
pub use icmp::{IcmpError, IcmpMessage, Quoted, QuotedFlow, UnreachableCode};
pub use ipv4::{
    DEFAULT_TTL, HEADER_LENGTH, Ipv4Header, Ipv4Packet, PROTOCOL_ICMP, PROTOCOL_TCP, PROTOCOL_UDP,
    decrement_ttl, write_checksum,
};
pub use routing::{ConnectedAddress, Prefix, Route, RoutingTable};
