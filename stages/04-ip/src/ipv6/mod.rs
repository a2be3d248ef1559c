//! Packets of IPv6: the header and the headers that follow it.
//!
//! Stage: stage 04, RFC 8200, 5095, 6275 (not spoken), 7112.
//! In: packets. Out: their header, what is wrong with it, the payload.
//! Emits: nothing.
//! How it works: [`Ipv6Packet`] reads the header, then `extensions` walks the chain up to a
//! protocol, a fragment, or a problem that its sender is told.
//! Not here: fragments put together (`fragment`), errors on their way back (`icmpv6`).

mod extensions;
mod packet;

pub use extensions::{Chain, FragmentField, HeaderProblem, limits};
pub use packet::{Ipv6Header, Ipv6Packet, decrement_hop_limit};

/// Protocol number of ICMPv6 (RFC 4443).
pub const PROTOCOL_ICMPV6: u8 = 58;
/// Octets of the header.
pub const IPV6_HEADER_LENGTH: usize = 40;
/// Every link takes packets of this many octets (RFC 8200, section 5).
pub const IPV6_LEAST_MTU: usize = 1280;
/// Octets of the fragment header (RFC 8200, section 4.5).
pub const FRAGMENT_HEADER_LENGTH: usize = 8;
/// Number of the fragment header.
pub(crate) const FRAGMENT: u8 = 44;
