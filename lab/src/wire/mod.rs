//! A full-duplex Ethernet link: rate, distance, a queue at each end, and what can go wrong.
//!
//! Stage: the lab world; IEEE 802.3, RFC 8289 (CoDel), RFC 8290 (FQ-CoDel).
//! In: a frame at one end. Out: when it arrives at the other end, and in which shape.
//! Emits: `Link.FrameLost` and `Link.FrameDisturbed` (seen in the wire only),
//! `Link.FrameCheckFailed` (seen at the receiver).
//! How it works: the sender appends the frame check sequence; frames wait in a [`queue`]; the line
//! takes the time that the octets need at its rate, one frame after the other; then [`Mishaps`]
//! may befall the frame; the receiver checks the sequence.
//! Not here: frames themselves (03), who is connected to whom (`topology`).

mod direction;
mod frame_check;
mod line_time;
mod mishaps;
mod queue;

pub(crate) use direction::{Ahead, Arrival, Carried, Direction, Properties};
pub(crate) use frame_check::{append, check};
pub(crate) use mishaps::{Mishaps, flip};
pub(crate) use queue::{Discipline, QueueLimits};

use crate::machine::Attached;
use thru_events::{Tap, Time};

/// A wire between two places. `directions[0]` leads from `ends[0]` to `ends[1]`.
pub(crate) struct Wire {
    pub(crate) directions: [Direction; 2],
    pub(crate) ends: [Attached; 2],
    /// For when the world will look at each direction's queue again.
    pub(crate) looks_at: [Option<Time>; 2],
    pub(crate) tap: Tap,
}
