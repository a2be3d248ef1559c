//! A full-duplex Ethernet link: rate, distance, a queue at each end, and what can go wrong.
//!
//! Stage: the lab world; IEEE 802.3.
//! In: a frame at one end. Out: when it arrives at the other end, and in which shape.
//! Emits: `Link.FrameLost` (seen in the wire only), `Link.FrameCheckFailed` (seen at the receiver).
//! How it works: the sender appends the frame check sequence; the line takes the time that the
//! octets need at its rate, after those already queued; the receiver checks the sequence.
//! Not here: frames themselves (03), who is connected to whom (`topology`).

mod direction;
mod frame_check;

pub(crate) use direction::{Direction, Handed, Properties, flip};
pub(crate) use frame_check::{append, check};

use crate::machine::Attached;
use thru_events::Tap;

/// A wire between two places. `directions[0]` leads from `ends[0]` to `ends[1]`.
pub(crate) struct Wire {
    pub(crate) directions: [Direction; 2],
    pub(crate) ends: [Attached; 2],
    pub(crate) tap: Tap,
}
