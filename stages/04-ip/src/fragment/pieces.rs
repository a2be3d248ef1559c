use super::{FragmentOutcome, limits};
use crate::Ipv4Header;
use std::collections::BTreeMap;
use thru_events::{Cause, Time};

/// What stands before the payload of the whole packet.
#[derive(Clone, Debug)]
pub(super) enum Head {
    V4(Ipv4Header),
    /// The headers before the fragment header, whose last one names what the payload begins with,
    /// and the first piece as it came, for a word to its sender.
    V6 {
        headers: Vec<u8>,
        first_piece: Vec<u8>,
    },
}

/// One piece.
pub(super) struct Piece<'a> {
    pub(super) offset: u16,
    pub(super) more: bool,
    pub(super) payload: &'a [u8],
    /// Of the first piece.
    pub(super) head: Option<Head>,
}

impl Piece<'_> {
    /// One past its last octet in the whole payload.
    pub(super) fn end(&self) -> usize {
        usize::from(self.offset) + self.payload.len()
    }
}

/// A packet that is not whole yet.
pub(super) struct Partial {
    pieces: BTreeMap<u16, Vec<u8>>,
    head: Option<Head>,
    end: Option<usize>,
    pub(super) until: Time,
    pub(super) cause: Cause,
}

impl Partial {
    pub(super) fn new(until: Time, cause: Cause) -> Partial {
        Partial {
            pieces: BTreeMap::new(),
            head: None,
            end: None,
            until,
            cause,
        }
    }

    pub(super) fn add(&mut self, piece: Piece<'_>) -> FragmentOutcome {
        let refuse = |why| FragmentOutcome::Refused { why };
        let (offset, end) = (piece.offset, piece.end());
        // An exact copy is a duplicate and harmless.
        let known = self.pieces.get(&offset);
        if known.is_some_and(|known| known == piece.payload) {
            return FragmentOutcome::Waiting;
        }
        if piece.payload.is_empty() && piece.more {
            return refuse("a piece without octets");
        }
        // Overlapping pieces hide attacks from filters; the whole packet is dropped, as RFC 5722
        // asks for IPv6.
        if self.overlaps(offset.into(), end) {
            return refuse("pieces overlap");
        }
        if !piece.more {
            if self.end.is_some_and(|known| known != end) || self.reaches_past(end) {
                return refuse("two pieces say where the packet ends");
            }
            self.end = Some(end);
        }
        if self.pieces.len() >= limits::PIECES {
            return refuse("too many pieces");
        }
        if offset == 0 {
            self.head = piece.head;
        }
        self.pieces.insert(offset, piece.payload.to_vec());
        self.whole().unwrap_or(FragmentOutcome::Waiting)
    }

    fn reaches_past(&self, end: usize) -> bool {
        let last = self.pieces.last_key_value();
        last.is_some_and(|(offset, piece)| usize::from(*offset) + piece.len() > end)
    }

    /// Pieces never overlap each other, so that the neighbours in order are all that can be met.
    fn overlaps(&self, start: usize, end: usize) -> bool {
        let before = self.pieces.range(..=start as u16).next_back();
        let after = self.pieces.range(start as u16..).next();
        let meets = |(offset, piece): (&u16, &Vec<u8>)| {
            let known = usize::from(*offset);
            start < known + piece.len() && known < end || known == start
        };
        self.end.is_some_and(|whole| end > whole)
            || before.is_some_and(meets)
            || after.is_some_and(meets)
    }

    fn whole(&self) -> Option<FragmentOutcome> {
        let end = self.end?;
        let octets: usize = self.pieces.values().map(Vec::len).sum();
        if octets != end {
            return None;
        }
        let mut payload = Vec::with_capacity(end);
        for piece in self.pieces.values() {
            payload.extend_from_slice(piece);
        }
        let pieces = self.pieces.len() as u16;
        let packet = match self.head.as_ref()? {
            Head::V4(header) => Ipv4Header {
                more_fragments: false,
                fragment_offset: 0,
                ..header.clone()
            }
            .encode(&payload),
            Head::V6 { headers, .. } => {
                let length = headers.len() - crate::IPV6_HEADER_LENGTH + payload.len();
                let Ok(length) = u16::try_from(length) else {
                    let why = "the pieces make more than 65535 octets";
                    return Some(FragmentOutcome::Refused { why });
                };
                let mut packet = headers.clone();
                packet[4..6].copy_from_slice(&length.to_be_bytes());
                packet.extend_from_slice(&payload);
                packet
            }
        };
        let largest = self.pieces.values().map(Vec::len).max().unwrap_or(0);
        Some(FragmentOutcome::Whole {
            packet,
            pieces,
            largest,
        })
    }

    /// The first piece, if it came.
    pub(super) fn first_piece(&self) -> Option<Vec<u8>> {
        match self.head.as_ref()? {
            Head::V4(header) => Some(header.encode(self.pieces.get(&0)?)),
            Head::V6 { first_piece, .. } => Some(first_piece.clone()),
        }
    }
}
