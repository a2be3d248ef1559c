//! Frames and neighbours: whose hardware address is behind an internet address.
//!
//! Stage: stage 03, IEEE 802.3, IEEE 802.1Q, RFC 826, RFC 1122 section 2.3.2, RFC 5227.
//! In: frames; packets to send. Out: packets; frames to send.
//! Emits: `LinkEvent`, `TripEvent::LimitReached`.
//! How it works: [`Frame`] and [`ArpPacket`] are codecs; [`NeighbourTable`] is a machine that
//! asks, learns, forgets, and holds packets while it asks. GAP: NDP (RFC 4861) is not built.
//! Not here: wires and switches (`lab`), choice of the next hop (`04-ip`).

mod arp;
mod ethernet;
mod failure;
mod neighbour_table;

pub use arp::{ArpOperation, ArpPacket};
pub use ethernet::{
    ETHERTYPE_ARP, ETHERTYPE_IPV4, ETHERTYPE_IPV6, Frame, HEADER_LENGTH, MINIMUM_LENGTH, VlanTag,
    append_fcs, check_fcs, encode_frame, frame_check_sequence,
};
pub use failure::Failure;
pub use neighbour_table::{
    ArpReaction, NeighbourOutput, NeighbourTable, Released, Resolution, limits,
};
