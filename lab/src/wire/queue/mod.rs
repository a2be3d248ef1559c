//! What waits before a line: who may wait, who goes next, who is dropped.
//!
//! Stage: the lab world.
//! In: frames in the order in which they are handed over. Out: the next one for the line.
//! Emits: `Link.FrameLost`, `Link.FrameDisturbed` (marked).
//! How it works: [`TailDrop`] is first in, first out, and refuses what finds no room. [`Managed`]
//! looks at how long frames waited ([`codel`]), in one queue or in one for each flow
//! ([`fair`]), and drops, or marks packets whose ends can do ECN.
//! Not here: how long the line takes (`line_time`).

mod codel;
mod fair;
mod managed;
mod mark;
mod tail_drop;

pub(super) use managed::Managed;
pub(super) use tail_drop::TailDrop;

/// How much may wait.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) struct QueueLimits {
    pub(crate) frames: usize,
    /// Octets of frames with their check sequences.
    pub(crate) octets: usize,
}

/// Who goes next, and who is dropped.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Discipline {
    /// First in, first out; what finds no room is dropped.
    TailDrop,
    /// RFC 8289.
    CoDel,
    /// RFC 8290.
    FairCoDel,
}
