//! Damage to single frames of a trip, for tests that hurt each frame in turn.

use crate::wire;

/// What is done to one frame. Frames count from 1 at the key press, over all wires.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum FrameDamage {
    /// The frame is lost.
    Drop {
        /// Which.
        frame: u64,
    },
    /// One bit of it flips.
    FlipBit {
        /// Which.
        frame: u64,
        /// The bit, from the first octet's least significant one; wraps at the frame's end.
        bit: usize,
    },
    /// One bit of it flips in its sender, before the check sequence is computed: the frame check
    /// notices nothing.
    FlipBitUnnoticed {
        /// Which.
        frame: u64,
        /// The bit, from the first octet's least significant one; wraps at the frame's end.
        bit: usize,
    },
}

/// Damages frame `number`; whether it is lost.
pub(crate) fn damage(orders: &[FrameDamage], number: u64, frame: &mut Vec<u8>) -> bool {
    let mut lost = false;
    for order in orders {
        match *order {
            FrameDamage::Drop { frame } => lost |= frame == number,
            FrameDamage::FlipBit { frame: which, bit } if which == number => wire::flip(frame, bit),
            FrameDamage::FlipBitUnnoticed { frame: which, bit } if which == number => {
                // The sequence is the frame's own: it fits.
                let _ = wire::check(frame);
                wire::flip(frame, bit);
                wire::append(frame);
            }
            FrameDamage::FlipBit { .. } | FrameDamage::FlipBitUnnoticed { .. } => {}
        }
    }
    lost
}
