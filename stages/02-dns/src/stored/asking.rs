//! What a question asks, and where the TTLs of an answer are, without reading more than that.

use super::HEADER;
use crate::question::{PLAIN_UDP_PAYLOAD, UDP_PAYLOAD};
use crate::wire::Kind;

/// Octets of a question's key: bits, name, type, class.
pub(super) const KEY_LIMIT: usize = 1 + 255 + 4;
/// Octets of an OPT record without options.
const PLAIN_OPT: usize = 11;

/// What a question asks, in the form of a key.
pub(super) struct Asking {
    key: [u8; KEY_LIMIT],
    length: usize,
    /// Octets of header and question.
    pub end: usize,
    /// Largest answer by UDP.
    pub payload: usize,
}

impl Asking {
    pub(super) fn key(&self) -> &[u8] {
        &self.key[..self.length]
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
            bits |= asking.read_opt(&octets[asking.end..])?;
        } else if octets.len() != asking.end {
            return None;
        }
        asking.key[0] = bits;
        Some(asking)
    }

    /// Bits for an OPT record without options, of version 0.
    fn read_opt(&mut self, opt: &[u8]) -> Option<u8> {
        let [0, 0, 41, high, low, 0, 0, dnssec, 0, 0, 0] = *opt else {
            return None;
        };
        debug_assert_eq!(opt.len(), PLAIN_OPT);
        let offered = u16::from_be_bytes([high, low]);
        self.payload = offered.clamp(PLAIN_UDP_PAYLOAD, UDP_PAYLOAD).into();
        Some(0b1000 | (dnssec & 0x80) >> 3)
    }
}

/// Where the TTLs of a message are, and the least of them. `None` if it cannot be walked, says
/// more in its OPT record than that it is there, or has no TTL at all.
pub(super) fn ttls(octets: &[u8]) -> Option<(Vec<u16>, u32)> {
    let count = |at: usize| Some(u16::from_be_bytes([*octets.get(at)?, *octets.get(at + 1)?]));
    let mut at = HEADER;
    for _ in 0..count(4)? {
        at = after_name(octets, at)? + 4;
    }
    let (mut found, mut least) = (Vec::new(), None);
    for _ in 0..u32::from(count(6)?) + u32::from(count(8)?) + u32::from(count(10)?) {
        at = after_name(octets, at)?;
        let fixed: &[u8; 10] = octets.get(at..at + 10)?.try_into().ok()?;
        let length = usize::from(u16::from_be_bytes([fixed[8], fixed[9]]));
        if Kind(u16::from_be_bytes([fixed[0], fixed[1]])) == Kind::OPT {
            if length > 0 {
                return None;
            }
        } else {
            let ttl = u32::from_be_bytes([fixed[4], fixed[5], fixed[6], fixed[7]]);
            least = Some(least.map_or(ttl, |least: u32| least.min(ttl)));
            found.push(u16::try_from(at + 4).ok()?);
        }
        at += 10 + length;
    }
    Some((found, least?))
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
