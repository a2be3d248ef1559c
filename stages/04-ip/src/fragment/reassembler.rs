use super::{
    limits,
    pieces::{Head, Partial, Piece},
};
use crate::{Ipv4Packet, Ipv6Packet};
use std::{collections::BTreeMap, net::IpAddr};
use thru_events::{Cause, Time};

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
        /// Octets of the payload of the largest piece.
        largest: usize,
    },
    /// The piece was refused, and what was there of its packet is dropped.
    Refused {
        /// Why.
        why: &'static str,
    },
}

/// What belongs together: the two ends, IPv4's protocol (IPv6 has 0), the identification.
type Key = (IpAddr, IpAddr, u8, u32);

/// A packet that is given up before all its pieces came.
#[derive(Debug, PartialEq, Eq)]
pub struct GivenUp {
    /// Why.
    pub why: GivenUpWhy,
    /// From.
    pub source: IpAddr,
    /// To.
    pub destination: IpAddr,
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
        if header.more_fragments && !packet.payload.len().is_multiple_of(8) {
            let why = "a piece that is not the last must be a multiple of 8 octets long";
            return (FragmentOutcome::Refused { why }, None);
        }
        let end = usize::from(header.fragment_offset) + packet.payload.len();
        if end + packet.header_length > 0xffff {
            let why = "the pieces make more than 65535 octets";
            return (FragmentOutcome::Refused { why }, None);
        }
        let key = (
            header.source.into(),
            header.destination.into(),
            header.protocol,
            header.identification.into(),
        );
        let piece = Piece {
            offset: header.fragment_offset,
            more: header.more_fragments,
            payload: packet.payload,
            head: (header.fragment_offset == 0).then(|| Head::V4(header.clone())),
        };
        self.add(now, key, piece, cause)
    }

    /// Takes in one piece of an IPv6 packet, whose octets are `whole` and which the chain of its
    /// headers found no fault with.
    pub fn handle_ipv6(
        &mut self,
        now: Time,
        packet: &Ipv6Packet<'_>,
        whole: &[u8],
        cause: Cause,
    ) -> (FragmentOutcome, Option<GivenUp>) {
        let Some(field) = packet.chain.fragment else {
            let why = "it is no piece";
            return (FragmentOutcome::Refused { why }, None);
        };
        let headers = || {
            let mut headers = whole[..packet.chain.before_fragment].to_vec();
            headers[packet.chain.number_at] = field.next;
            headers
        };
        let piece = Piece {
            offset: field.offset,
            more: field.more,
            payload: packet.payload,
            head: (field.offset == 0).then(|| Head::V6 {
                headers: headers(),
                first_piece: whole[..packet.total_length.min(whole.len())].to_vec(),
            }),
        };
        // One that is whole by itself has nothing to do with others (RFC 6946).
        if field.offset == 0 && !field.more {
            let outcome = Partial::new(now, cause).add(piece);
            return (outcome, None);
        }
        let (source, destination) = (packet.header.source, packet.header.destination);
        let key = (source.into(), destination.into(), 0, field.identification);
        self.add(now, key, piece, cause)
    }

    fn add(
        &mut self,
        now: Time,
        key: Key,
        piece: Piece<'_>,
        cause: Cause,
    ) -> (FragmentOutcome, Option<GivenUp>) {
        let evicted = self.make_room(&key);
        let until = now.after(limits::REASSEMBLY_TIME);
        let partial = self.partial.entry(key);
        let partial = partial.or_insert_with(|| Partial::new(until, cause));
        let outcome = partial.add(piece);
        if !matches!(outcome, FragmentOutcome::Waiting) {
            self.partial.remove(&key);
        }
        (outcome, evicted)
    }

    /// A packet that waited too long, if there is one.
    pub fn poll(&mut self, now: Time) -> Option<GivenUp> {
        let mut partial = self.partial.iter();
        let (key, _) = partial.find(|(_, partial)| partial.until <= now)?;
        let key = *key;
        self.give_up(key, GivenUpWhy::TimeOver)
    }

    fn give_up(&mut self, key: Key, why: GivenUpWhy) -> Option<GivenUp> {
        let partial = self.partial.remove(&key)?;
        Some(GivenUp {
            why,
            source: key.0,
            destination: key.1,
            first: partial.first_piece(),
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
