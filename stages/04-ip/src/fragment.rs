//! Packets cut in pieces and put together again (RFC 791 section 3.2, RFC 815).

use crate::{Ipv4Header, Ipv4Packet};
use std::{collections::BTreeMap, net::Ipv4Addr};
use thru_events::{Cause, Time};

/// Named limits of reassembly.
pub mod limits {
    use std::time::Duration;

    /// How long pieces wait for the rest (RFC 1122, section 3.3.2: 60 to 120 seconds; Linux 30).
    pub const REASSEMBLY_TIME: Duration = Duration::from_secs(60);
    /// Packets put together at one time; the oldest is given up first.
    pub const PACKETS: usize = 64;
    /// Pieces of one packet.
    pub const PIECES: usize = 1024;
}

/// Cuts `payload` so that each packet is at most `mtu` octets. `None` if it may not be cut, or
/// if `mtu` leaves no room for 8 octets.
pub fn fragment(header: &Ipv4Header, payload: &[u8], mtu: usize) -> Option<Vec<Vec<u8>>> {
    if payload.len() + crate::HEADER_LENGTH <= mtu {
        return Some(vec![header.encode(payload)]);
    }
    let room = mtu.checked_sub(crate::HEADER_LENGTH)? / 8 * 8;
    if header.dont_fragment || room == 0 {
        return None;
    }
    let pieces = payload.chunks(room).enumerate().map(|(index, piece)| {
        let start = index * room;
        let last = start + piece.len() == payload.len();
        let header = Ipv4Header {
            // A piece may be cut again: offsets add up, and only the last one's last piece ends.
            fragment_offset: header.fragment_offset + start as u16,
            more_fragments: header.more_fragments || !last,
            ..header.clone()
        };
        header.encode(piece)
    });
    Some(pieces.collect())
}

/// What a piece leads to.
#[derive(Debug, PartialEq, Eq)]
pub enum FragmentOutcome {
    /// More pieces are needed.
    Waiting,
    /// The packet is whole.
    Whole {
        /// The packet, encoded again without fragment fields.
        packet: Vec<u8>,
        /// From how many pieces.
        pieces: u16,
    },
    /// The piece was refused.
    Refused {
        /// Why.
        why: &'static str,
    },
}

type Key = (Ipv4Addr, Ipv4Addr, u8, u16);

struct Partial {
    pieces: BTreeMap<u16, Vec<u8>>,
    first: Option<Ipv4Header>,
    end: Option<usize>,
    until: Time,
    cause: Cause,
}

/// A packet that is given up before all its pieces came.
#[derive(Debug, PartialEq, Eq)]
pub struct GivenUp {
    /// Why.
    pub why: GivenUpWhy,
    /// From.
    pub source: Ipv4Addr,
    /// To.
    pub destination: Ipv4Addr,
    /// The first piece, if it came: it is quoted to the sender.
    pub first: Option<Vec<u8>>,
    /// The event of its first piece.
    pub cause: Cause,
}

/// Why a packet is given up.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum GivenUpWhy {
    /// [`limits::REASSEMBLY_TIME`] is over.
    TimeOver,
    /// It was the oldest of [`limits::PACKETS`], and another packet needs its place.
    NoRoom,
}

impl GivenUpWhy {
    /// In the journal's words.
    pub fn words(self) -> &'static str {
        match self {
            GivenUpWhy::TimeOver => "its other pieces did not come in time",
            GivenUpWhy::NoRoom => "too many packets wait for their pieces, and it waits longest",
        }
    }
}

/// Puts packets together.
#[derive(Default)]
pub struct Reassembler {
    partial: BTreeMap<Key, Partial>,
}

impl Reassembler {
    /// Takes in one piece. `cause` is its arrival. Beside the outcome it gives the packet that had to
    /// make room, if one had to.
    pub fn handle(
        &mut self,
        now: Time,
        packet: &Ipv4Packet<'_>,
        cause: Cause,
    ) -> (FragmentOutcome, Option<GivenUp>) {
        let header = &packet.header;
        let key = (
            header.source,
            header.destination,
            header.protocol,
            header.identification,
        );
        if header.more_fragments && !packet.payload.len().is_multiple_of(8) {
            let why = "a piece that is not the last must be a multiple of 8 octets long";
            return (FragmentOutcome::Refused { why }, None);
        }
        let end = usize::from(header.fragment_offset) + packet.payload.len();
        if end + packet.header_length > 0xffff {
            let why = "the pieces make more than 65535 octets";
            return (FragmentOutcome::Refused { why }, None);
        }
        let evicted = self.make_room(&key);
        let partial = self.partial.entry(key).or_insert_with(|| Partial {
            pieces: BTreeMap::new(),
            first: None,
            end: None,
            until: now.after(limits::REASSEMBLY_TIME),
            cause,
        });
        let outcome = partial.add(packet, end);
        if !matches!(outcome, FragmentOutcome::Waiting) {
            self.partial.remove(&key);
        }
        (outcome, evicted)
    }

    /// A packet that waited too long, if there is one.
    pub fn poll(&mut self, now: Time) -> Option<GivenUp> {
        let (key, _) = self
            .partial
            .iter()
            .find(|(_, partial)| partial.until <= now)?;
        let key = *key;
        self.give_up(key, GivenUpWhy::TimeOver)
    }

    fn give_up(&mut self, key: Key, why: GivenUpWhy) -> Option<GivenUp> {
        let partial = self.partial.remove(&key)?;
        let first = partial.first.zip(partial.pieces.get(&0));
        Some(GivenUp {
            why,
            source: key.0,
            destination: key.1,
            first: first.map(|(header, payload)| header.encode(payload)),
            cause: partial.cause,
        })
    }

    /// When [`Reassembler::poll`] has something to do.
    pub fn wake_at(&self) -> Option<Time> {
        self.partial.values().map(|partial| partial.until).min()
    }

    fn make_room(&mut self, key: &Key) -> Option<GivenUp> {
        if self.partial.len() < limits::PACKETS || self.partial.contains_key(key) {
            return None;
        }
        let oldest = self
            .partial
            .iter()
            .min_by_key(|(key, partial)| (partial.until, **key));
        let oldest = oldest.map(|(key, _)| *key)?;
        self.give_up(oldest, GivenUpWhy::NoRoom)
    }
}

impl Partial {
    fn add(&mut self, packet: &Ipv4Packet<'_>, end: usize) -> FragmentOutcome {
        let offset = packet.header.fragment_offset;
        if !packet.header.more_fragments {
            self.end = Some(end);
        }
        if offset == 0 {
            self.first = Some(packet.header.clone());
        }
        // Overlapping pieces hide attacks from filters; the whole packet is dropped, as RFC 5722
        // asks for IPv6. An exact copy is a duplicate and harmless.
        if self
            .pieces
            .get(&offset)
            .is_some_and(|known| known == packet.payload)
        {
            return FragmentOutcome::Waiting;
        }
        if self.overlaps(offset.into(), end) {
            return FragmentOutcome::Refused {
                why: "pieces overlap",
            };
        }
        if self.pieces.len() >= limits::PIECES {
            return FragmentOutcome::Refused {
                why: "too many pieces",
            };
        }
        self.pieces.insert(offset, packet.payload.to_vec());
        self.whole().unwrap_or(FragmentOutcome::Waiting)
    }

    fn overlaps(&self, start: usize, end: usize) -> bool {
        let past_end = self.end.is_some_and(|whole| end > whole);
        past_end
            || self.pieces.iter().any(|(offset, piece)| {
                let known = usize::from(*offset);
                start < known + piece.len() && known < end || (known == start)
            })
    }

    fn whole(&self) -> Option<FragmentOutcome> {
        let mut payload = Vec::with_capacity(self.end?);
        for (offset, piece) in &self.pieces {
            if usize::from(*offset) != payload.len() {
                return None;
            }
            payload.extend_from_slice(piece);
        }
        if Some(payload.len()) != self.end {
            return None;
        }
        let header = Ipv4Header {
            more_fragments: false,
            fragment_offset: 0,
            ..self.first.clone()?
        };
        let pieces = self.pieces.len() as u16;
        Some(FragmentOutcome::Whole {
            packet: header.encode(&payload),
            pieces,
        })
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::PROTOCOL_UDP;

    fn header() -> Ipv4Header {
        Ipv4Header {
            identification: 5,
            ..Ipv4Header::new([10, 0, 0, 1].into(), [10, 0, 0, 2].into(), PROTOCOL_UDP)
        }
    }

    fn pieces(mtu: usize) -> (Vec<u8>, Vec<Vec<u8>>) {
        let payload: Vec<u8> = (0..3000u32).map(|n| n as u8).collect();
        let pieces = fragment(&header(), &payload, mtu).unwrap();
        (payload, pieces)
    }

    fn feed(reassembler: &mut Reassembler, piece: &[u8]) -> FragmentOutcome {
        let packet = Ipv4Packet::parse(piece).unwrap();
        let (outcome, evicted) = reassembler.handle(Time::ZERO, &packet, None);
        assert_eq!(evicted, None);
        outcome
    }

    #[test]
    fn pieces_in_any_order_and_doubled_make_the_packet_again() {
        let (payload, mut cut) = pieces(576);
        assert!(cut.iter().all(|piece| piece.len() <= 576));
        cut.reverse();
        let mut reassembler = Reassembler::default();
        let last = cut.pop().unwrap();
        for piece in &cut {
            assert_eq!(feed(&mut reassembler, piece), FragmentOutcome::Waiting);
            assert_eq!(feed(&mut reassembler, piece), FragmentOutcome::Waiting);
        }
        let FragmentOutcome::Whole { packet, pieces } = feed(&mut reassembler, &last) else {
            panic!("the last piece completes the packet");
        };
        assert_eq!(usize::from(pieces), cut.len() + 1);
        assert_eq!(Ipv4Packet::parse(&packet).unwrap().payload, payload);
        assert_eq!(reassembler.wake_at(), None);
    }

    #[test]
    fn a_piece_cut_again_on_a_smaller_link_still_fits() {
        let (payload, cut) = pieces(1500);
        let mut reassembler = Reassembler::default();
        let mut whole = None;
        for piece in &cut {
            let piece = Ipv4Packet::parse(piece).unwrap();
            for smaller in fragment(&piece.header, piece.payload, 300).unwrap() {
                if let FragmentOutcome::Whole { packet, .. } = feed(&mut reassembler, &smaller) {
                    whole = Some(packet);
                }
            }
        }
        assert_eq!(Ipv4Packet::parse(&whole.unwrap()).unwrap().payload, payload);
    }

    #[test]
    fn a_packet_that_may_not_be_cut_is_not_cut() {
        let header = Ipv4Header {
            dont_fragment: true,
            ..header()
        };
        assert_eq!(fragment(&header, &[0; 2000], 1500), None);
        assert_eq!(fragment(&header, &[0; 1480], 1500).unwrap().len(), 1);
    }

    #[test]
    fn overlapping_pieces_are_refused() {
        let mut reassembler = Reassembler::default();
        let piece = |offset, length| {
            Ipv4Header {
                more_fragments: true,
                fragment_offset: offset,
                ..header()
            }
            .encode(&vec![1; length])
        };
        assert_eq!(
            feed(&mut reassembler, &piece(0, 16)),
            FragmentOutcome::Waiting
        );
        assert_eq!(
            feed(&mut reassembler, &piece(8, 16)),
            FragmentOutcome::Refused {
                why: "pieces overlap"
            }
        );
    }

    #[test]
    fn one_packet_too_many_gives_up_the_oldest() {
        let mut reassembler = Reassembler::default();
        let mut evicted = Vec::new();
        for id in 0..=limits::PACKETS as u16 {
            let header = Ipv4Header {
                identification: id,
                more_fragments: true,
                ..header()
            };
            let piece = header.encode(&[1; 16]);
            let packet = Ipv4Packet::parse(&piece).unwrap();
            let (outcome, gone) = reassembler.handle(Time(id.into()), &packet, None);
            assert_eq!(outcome, FragmentOutcome::Waiting);
            evicted.extend(gone);
        }
        let [gone] = evicted.as_slice() else {
            panic!("one had to make room: {evicted:?}");
        };
        assert_eq!(gone.why, GivenUpWhy::NoRoom);
        let first = gone.first.as_ref().unwrap();
        assert_eq!(Ipv4Packet::parse(first).unwrap().header.identification, 0);
    }

    #[test]
    fn pieces_that_wait_too_long_are_given_up() {
        let (_, cut) = pieces(1500);
        let mut reassembler = Reassembler::default();
        feed(&mut reassembler, &cut[0]);
        let due = reassembler.wake_at().unwrap();
        assert_eq!(reassembler.poll(Time(due.0 - 1)), None);
        assert!(reassembler.poll(due).unwrap().first.is_some());
        assert_eq!(reassembler.wake_at(), None);
    }
}
