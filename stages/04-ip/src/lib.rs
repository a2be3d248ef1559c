//! Packets and routes: which way to an address, and who is told when it fails.
//!
//! Stage: stage 04, RFC 791, 792, 815, 1122, 1191, 1812, 2131, 2132, 4443, 4862, 6724, 8200, 8201.
//! In: packets. Out: segments and datagrams; packets to send.
//! Emits: `IpEvent`, `LeaseEvent`, `TripEvent::LimitReached`.
//! How it works: codecs ([`Ipv4Packet`], [`Ipv6Packet`], [`IcmpMessage`], [`Icmpv6Message`],
//! `dhcp::Message`), the routing table with its longest-prefix match, fragments, the choice of an
//! own address, and the machines that get one: DHCP, and IPv6's own ([`autoconfiguration`]).
//! Not here: NAT and filters (`lab`); the order of receiving and forwarding (`net/stack`).

pub mod autoconfiguration;
mod checksum;
pub mod dhcp;
mod failure;
mod fragment;
mod icmp;
mod icmpv6;
mod ipv4;
mod ipv6;
mod path_mtu;
mod redirects;
mod routing;
mod source_address;

pub use checksum::{Checksum, internet_checksum};
pub use failure::Failure;
pub use fragment::{
    CutAgain, FragmentOutcome, GivenUp, GivenUpWhy, Reassembler, fragment, fragment_ipv6,
    lies_beyond, limits as fragment_limits,
};
pub use icmp::{IcmpError, IcmpMessage, Quoted, QuotedFlow, UnreachableCode};
pub use icmpv6::{Icmpv6Message, is_icmpv6_error};
pub use ipv4::{
    DEFAULT_TTL, HEADER_LENGTH, Ipv4Header, Ipv4Packet, PROTOCOL_ICMP, PROTOCOL_TCP, PROTOCOL_UDP,
    decrement_ttl, write_checksum,
};
pub use ipv6::{
    Chain, FRAGMENT_HEADER_LENGTH, FragmentField, HeaderProblem, IPV6_HEADER_LENGTH,
    IPV6_LEAST_MTU, Ipv6Header, Ipv6Packet, PROTOCOL_ICMPV6, decrement_hop_limit,
    limits as ipv6_limits,
};
pub use path_mtu::{PathMtus, limits as path_mtu_limits};
pub use redirects::{Before, Redirect, Redirects, limits as redirect_limits};
pub use routing::{Prefix, Route, RoutingTable};
pub use source_address::{Candidate, choose_source};
