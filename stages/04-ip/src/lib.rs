//! Packets and routes.
//!
//! Stage: stage 04, RFC 791, 792, 8200, 2131.
//! In: packets. Out: segments and datagrams; packets to send.
//! Emits: `IpEvent`, `LeaseEvent`.
//! How it works: codecs, the routing table, fragments, DHCP machines.
//! Not here: NAT and filters (`lab`).
