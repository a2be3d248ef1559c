//! DNSKEY records (RFC 4034, section 2).

/// Flag of a key that may sign a zone's records.
const ZONE: u16 = 0x0100;
/// Flag of a key that is given up (RFC 5011, section 7).
const REVOKED: u16 = 0x0080;

/// A key, read from a record's data.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Key<'a> {
    pub flags: u16,
    pub protocol: u8,
    pub algorithm: u8,
    /// The key itself, in the algorithm's form.
    pub public: &'a [u8],
    pub data: &'a [u8],
}

impl<'a> Key<'a> {
    pub(crate) fn read(data: &'a [u8]) -> Option<Key<'a>> {
        let [f1, f2, protocol, algorithm, public @ ..] = data else {
            return None;
        };
        Some(Key {
            flags: u16::from_be_bytes([*f1, *f2]),
            protocol: *protocol,
            algorithm: *algorithm,
            public,
            data,
        })
    }

    /// Whether it may sign the zone's records.
    pub(crate) fn is_usable(&self) -> bool {
        self.flags & ZONE != 0 && self.flags & REVOKED == 0 && self.protocol == 3
    }

    /// RFC 4034, appendix B.
    pub(crate) fn tag(&self) -> u16 {
        if self.algorithm == 1 {
            let end = self.data.len();
            let octets = self.data.get(end.saturating_sub(3)..end.saturating_sub(1));
            return octets
                .and_then(|octets| octets.try_into().ok())
                .map_or(0, u16::from_be_bytes);
        }
        let sum = self.data.chunks(2).fold(0_u32, |sum, pair| {
            let low = pair.get(1).copied().unwrap_or(0);
            sum.wrapping_add(u32::from(pair[0]) << 8 | u32::from(low))
        });
        (sum.wrapping_add(sum >> 16) & 0xffff) as u16
    }
}
