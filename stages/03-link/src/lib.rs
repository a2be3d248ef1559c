//! Frames and neighbours: whose hardware address is behind an internet address.
//!
//! Stage: stage 03, IEEE 802.3, IEEE 802.1Q, RFC 826, RFC 1122 section 2.3.2, RFC 5227, RFC 4861.
//! In: frames; packets to send. Out: packets; frames to send.
//! Emits: `LinkEvent`, `TripEvent::LimitReached`.
//! How it works: [`Frame`] and [`ArpPacket`] are codecs; [`NeighbourTable`] is a machine that
//! asks, learns, forgets, and holds packets while it asks; [`AddressDefence`] asks whether an
//! address is free, and keeps it; [`ndp`] does the same for IPv6.
//! Not here: wires and switches (`lab`), choice of the next hop (`04-ip`).

mod address_conflict;
mod arp;
mod ethernet;
mod failure;
pub mod ndp;
mod neighbour_table;

pub use address_conflict::{AddressDefence, Conflict, DefenceOutput, limits as conflict_limits};
pub use arp::{ArpOperation, ArpPacket};
pub use ethernet::{
    ETHERTYPE_ARP, ETHERTYPE_IPV4, ETHERTYPE_IPV6, Frame, HEADER_LENGTH, MINIMUM_LENGTH, VlanTag,
    append_fcs, check_fcs, encode_frame, frame_check_sequence, frame_packet,
};
pub use failure::Failure;
pub use neighbour_table::{
    ArpReaction, NeighbourOutput, NeighbourTable, Released, Resolution, limits,
};
