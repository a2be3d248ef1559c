use serde::{Deserialize, Serialize};

/// Names one run of bytes that the journal keeps (once).
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, PartialOrd, Ord, Serialize, Deserialize)]
pub struct BytesId(pub u32);

/// A part of kept bytes: `start..end`, offsets in octets from the first byte of `bytes`.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, Serialize, Deserialize)]
pub struct Span {
    /// Which kept bytes.
    pub bytes: BytesId,
    /// First octet.
    pub start: u32,
    /// One past the last octet.
    pub end: u32,
}

impl Span {
    /// The whole of `bytes`, which is `len` octets long.
    pub fn whole(bytes: BytesId, len: usize) -> Span {
        Span {
            bytes,
            start: 0,
            end: len as u32,
        }
    }

    /// A part of this span, offsets relative to its start; clamped to its end.
    pub fn part(self, start: usize, end: usize) -> Span {
        let clamp = |at: usize| self.end.min(self.start.saturating_add(at as u32));
        Span {
            bytes: self.bytes,
            start: clamp(start),
            end: clamp(end),
        }
    }

    /// Length in octets.
    pub fn len(self) -> usize {
        (self.end - self.start) as usize
    }

    /// Whether the span covers no octet.
    pub fn is_empty(self) -> bool {
        self.end == self.start
    }
}
