//! What a question asks, and where the TTLs of an answer are, without reading more than that.

use super::HEADER;
use crate::cookie::COOKIE;
use crate::question::{PLAIN_UDP_PAYLOAD, UDP_PAYLOAD};
use crate::reception::{KEEPALIVE, NSID};
use crate::reply::PADDING;
use crate::wire::Kind;
use std::ops::Range;

/// Octets of a question's key: bits, name, type, class.
pub(super) const KEY_LIMIT: usize = 1 + 255 + 4;
/// The bit of a key that says that there is EDNS.
const EDNS: u8 = 0b1000;
/// Octets of an OPT record before its options, and of an option's head.
pub(super) const PLAIN_OPT: usize = 11;
pub(super) const OPTION_HEAD: usize = 4;

/// What a question asks, in the form of a key.
pub(super) struct Asking {
    key: [u8; KEY_LIMIT],
    length: usize,
    /// Octets of header and question.
    pub end: usize,
    /// Largest answer by UDP.
    pub payload: usize,
    /// Where the cookie is that the client shows.
    pub cookie: Option<Range<usize>>,
    /// The answer is to be padded, inside TLS.
    pub padded: bool,
}

impl Asking {
    pub(super) fn key(&self) -> &[u8] {
        &self.key[..self.length]
    }

    /// Whether there is an OPT record.
    pub(super) fn has_edns(&self) -> bool {
        self.key[0] & EDNS != 0
    }

    /// `None` for a question that is out of the ordinary.
    pub(super) fn read(octets: &[u8]) -> Option<Asking> {
        let header = octets.get(..HEADER)?;
        // A query without AA, TC and Z; RA means nothing in one. One question; no records but OPT.
        if header[2] & 0b1111_1110 != 0 || header[3] & 0b1100_1111 != 0 {
            return None;
        }
        if header[4..10] != [0, 1, 0, 0, 0, 0] || header[10] != 0 || header[11] > 1 {
            return None;
        }
        let mut asking = Asking {
            key: [0; KEY_LIMIT],
            length: 1,
            end: 0,
            payload: usize::from(PLAIN_UDP_PAYLOAD),
            cookie: None,
            padded: false,
        };
        let mut at = HEADER;
        loop {
            let length = usize::from(*octets.get(at)?);
            let label = octets.get(at..=at + length)?;
            if length > 63 || asking.length + length > 255 {
                return None;
            }
            for (to, from) in asking.key[asking.length..].iter_mut().zip(label) {
                *to = from.to_ascii_lowercase();
            }
            asking.length += length + 1;
            at += length + 1;
            if length == 0 {
                break;
            }
        }
        let kind_and_class = octets.get(at..at + 4)?;
        asking.key[asking.length..asking.length + 4].copy_from_slice(kind_and_class);
        asking.length += 4;
        asking.end = at + 4;
        let mut bits = header[2] & 1 | (header[3] & 0b0011_0000) >> 3;
        if header[11] == 1 {
            bits |= asking.read_opt(octets)?;
        } else if octets.len() != asking.end {
            return None;
        }
        asking.key[0] = bits;
        Some(asking)
    }

    /// Bits for an OPT record of version 0 at the end. Of its options, cookie and padding change an
    /// answer; most others are passed over, as on the long way. More than one cookie is out of the
    /// ordinary, and so is who asks for what stands in options of the answer.
    fn read_opt(&mut self, octets: &[u8]) -> Option<u8> {
        let (fixed, mut rest) = octets[self.end..].split_first_chunk::<PLAIN_OPT>()?;
        let [0, 0, 41, high, low, 0, 0, dnssec, 0, of_options @ ..] = *fixed else {
            return None;
        };
        if rest.len() != usize::from(u16::from_be_bytes(of_options)) {
            return None;
        }
        while !rest.is_empty() {
            let (head, after) = rest.split_first_chunk::<OPTION_HEAD>()?;
            let length = usize::from(u16::from_be_bytes([head[2], head[3]]));
            let at = octets.len() - after.len();
            match u16::from_be_bytes([head[0], head[1]]) {
                COOKIE if self.cookie.is_some() => return None,
                COOKIE => self.cookie = Some(at..at + length),
                PADDING => self.padded = true,
                NSID | KEEPALIVE => return None,
                _ => {}
            }
            rest = after.get(length..)?;
        }
        let offered = u16::from_be_bytes([high, low]);
        self.payload = offered.clamp(PLAIN_UDP_PAYLOAD, UDP_PAYLOAD).into();
        Some(EDNS | (dnssec & 0x80) >> 3)
    }
}

/// What of an answer changes from time to time and from client to client.
#[derive(Debug, PartialEq, Eq)]
pub(super) struct Changing {
    /// Places of TTLs, and the least of them.
    pub ttls: Vec<u16>,
    pub least: u32,
    /// Where the OPT record is, the last one.
    pub opt: Option<usize>,
}

/// Walks over a message. `None` if that cannot be done, if it says more in its OPT record than that
/// it is there and which cookie is to be used, or has no TTL at all.
pub(super) fn changing(octets: &[u8]) -> Option<Changing> {
    let count = |at: usize| Some(u16::from_be_bytes([*octets.get(at)?, *octets.get(at + 1)?]));
    let mut at = HEADER;
    for _ in 0..count(4)? {
        at = after_name(octets, at)? + 4;
    }
    let (mut ttls, mut least, mut opt) = (Vec::new(), None, None);
    for _ in 0..u32::from(count(6)?) + u32::from(count(8)?) + u32::from(count(10)?) {
        let start = at;
        at = after_name(octets, at)?;
        let fixed: &[u8; 10] = octets.get(at..at + 10)?.try_into().ok()?;
        let length = usize::from(u16::from_be_bytes([fixed[8], fixed[9]]));
        let ttl = u32::from_be_bytes([fixed[4], fixed[5], fixed[6], fixed[7]]);
        if Kind(u16::from_be_bytes([fixed[0], fixed[1]])) == Kind::OPT {
            let options = octets.get(at + 10..at + 10 + length)?;
            let extended_code = ttl >> 24;
            if opt.is_some() || extended_code != 0 || !is_plain(options) {
                return None;
            }
            opt = Some(start);
        } else {
            least = Some(least.map_or(ttl, |least: u32| least.min(ttl)));
            ttls.push(u16::try_from(at + 4).ok()?);
        }
        at += 10 + length;
        // Behind it would be what moves when the cookie is another one.
        if opt.is_some() && at != octets.len() {
            return None;
        }
    }
    Some(Changing {
        ttls,
        least: least?,
        opt,
    })
}

/// No option, or a cookie alone.
fn is_plain(options: &[u8]) -> bool {
    let Some((head, data)) = options.split_first_chunk::<OPTION_HEAD>() else {
        return options.is_empty();
    };
    let length = usize::from(u16::from_be_bytes([head[2], head[3]]));
    u16::from_be_bytes([head[0], head[1]]) == COOKIE && data.len() == length
}

/// The octet behind a name, which may end in a pointer.
fn after_name(octets: &[u8], mut at: usize) -> Option<usize> {
    loop {
        match usize::from(*octets.get(at)?) {
            0 => return Some(at + 1),
            length @ 1..=63 => at += 1 + length,
            192..=255 => return Some(at + 2),
            _ => return None,
        }
    }
}
