//! The frames of the load's own connections: captured where the right exists, else put together.
//!
//! Stage: the host world, beside the sockets.
//! In: the sockets' ends and what made them act; frames from the kernel (packet(7)).
//! Out: nothing but events.
//! Emits: `LinkEvent::FramePassed` (Observed if captured, Inferred if put together),
//! `TripEvent::StageUnseen` where nothing could be captured, `TripEvent::LimitReached`.
//! How it works: [`Frames`] is off unless frames are wanted. On, it opens a ring of the kernel
//! ([`ring`]) behind a filter by address ([`filter`]); the `matcher` lets through what belongs to
//! the load's five-tuples, its next hops, and ICMP errors that quote its packets. Without the right
//! each socket's octets are put into frames by the encoders of 03 to 05 ([`put_together`]).
//! Not here: pcapng and words for people (`views`); which loads want frames (`app`).

mod filter;
mod frames;
mod matcher;
mod put_together;
mod reading;
mod ring;
mod words;

pub use frames::Capture;
pub(crate) use frames::{Flow, Frames};
pub use reading::understands_frame;
pub(crate) use ring::{Refused, may_capture};

/// Whether frames of the load are wanted.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub enum FramesWanted {
    /// No: nothing is captured and nothing put together.
    #[default]
    No,
    /// Captured where the right exists, else put together from the sockets' octets.
    Yes,
    /// Put together, also where they could be captured.
    PutTogether,
}

/// The limits of what is kept of one trip.
pub(crate) mod limits {
    /// Frames of one trip.
    pub(crate) const FRAMES: u32 = 1_000_000;
    /// Octets of all frames of one trip.
    pub(crate) const OCTETS: usize = 256 << 20;
    /// Octets of one frame; what is longer is cut and says so.
    pub(crate) const FRAME_OCTETS: usize = 65_535 + 18;
    /// Connections and datagram flows that frames are matched to.
    pub(crate) const FLOWS: usize = 4096;
    /// Events that a flow's frames follow from, kept for frames that are read later.
    pub(crate) const CAUSES: usize = 256;
    /// Next hops whose ARP and NDP is taken.
    pub(crate) const HOPS: usize = 64;
    /// Packets in pieces that are followed at a time.
    pub(crate) const PIECES: usize = 64;
    /// Addresses whose next hops are looked for.
    pub(crate) const EXPECTED: usize = 4096;
    /// Addresses in the kernel's filter; with more, every frame of IP comes up to the matcher.
    pub(crate) const FILTERED_ADDRESSES: usize = 64;
    /// Blocks of the ring, and octets of each: what waits until this program reads it.
    pub(crate) const RING_BLOCKS: u32 = 256;
    /// See [`RING_BLOCKS`].
    pub(crate) const RING_BLOCK_OCTETS: u32 = 128 << 10;
    /// Milliseconds after which the kernel hands over a block that is not full: with all blocks, the time that
    /// this program may compute while little comes.
    pub(crate) const RING_WAIT_MS: u32 = 20;
    /// Milliseconds that the last goodbyes are waited for after the trip.
    pub(crate) const GOODBYE_MS: u64 = 300;
}
