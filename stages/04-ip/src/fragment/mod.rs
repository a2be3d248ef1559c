//! Packets cut in pieces and put together again.
//!
//! Stage: stage 04, RFC 791 section 3.2, RFC 815; RFC 8200 section 4.5, 5722, 6946, 7112.
//! In: pieces of either family; time. Out: whole packets; packets that are given up.
//! Emits: nothing; `net/stack` states what comes out.
//! How it works: [`fragment`] and [`fragment_ipv6`] cut, [`CutAgain`] what a filter looked at whole; the [`Reassembler`] keeps what belongs
//! together by its key until `pieces` are whole, overlap, or wait too long.
//! Not here: who is told of a packet that is given up (`net/stack`).

mod cut;
mod pieces;
mod reassembler;

pub use cut::{CutAgain, fragment, fragment_ipv6, lies_beyond};
pub use reassembler::{FragmentOutcome, GivenUp, GivenUpWhy, Reassembler};

/// Named limits of reassembly.
pub mod limits {
    use std::time::Duration;

    /// How long pieces wait for the rest (RFC 8200, section 4.5: 60 seconds; RFC 1122, section
    /// 3.3.2: 60 to 120; Linux 30 for IPv4).
    pub const REASSEMBLY_TIME: Duration = Duration::from_secs(60);
    /// Packets put together at one time; the oldest is given up first.
    pub const PACKETS: usize = 64;
    /// Pieces of one packet.
    pub const PIECES: usize = 1024;
}

#[cfg(test)]
mod tests;
