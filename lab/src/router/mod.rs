//! What a router does beyond forwarding: source network address translation.
//!
//! Stage: the lab world; RFC 3022, 4787, 5382, 5508.
//! In: packets that cross the router. Out: the same packets with other addresses.
//! Emits: `Ip.NatTranslated`, `Ip.NatExpired`, `Ip.PacketDropped`.
//! How it works: one line a connection's inside end; the line's outside port is the inside one if
//! it is free. Endpoint-independent mapping, address- and port-independent filtering.
//! Not here: routes, hop limit, ICMP (`net/stack` forwards); DHCP server (04); DNS forwarder (`far`).

mod nat;

pub(crate) use nat::{Forwarded, Nat, NatSettings, Outcome};
