use std::net::IpAddr;

/// The running one's complement sum of RFC 1071.
#[derive(Clone, Copy, Debug, Default)]
pub struct Checksum {
    sum: u64,
}

impl Checksum {
    /// A sum over nothing.
    pub fn new() -> Checksum {
        Checksum::default()
    }

    /// The sum over the pseudo header of TCP, UDP and ICMPv6 (RFC 9293, section 3.1; RFC 8200,
    /// section 8.1). Both addresses are of one family.
    pub fn of_pseudo_header(
        source: impl Into<IpAddr>,
        destination: impl Into<IpAddr>,
        protocol: u8,
        length: usize,
    ) -> Checksum {
        let mut sum = Checksum::new();
        sum.add_address(source.into());
        sum.add_address(destination.into());
        sum.add(&u16::from(protocol).to_be_bytes());
        sum.add(&(length as u32).to_be_bytes());
        sum
    }

    fn add_address(&mut self, address: IpAddr) {
        match address {
            IpAddr::V4(address) => self.add(&address.octets()),
            IpAddr::V6(address) => self.add(&address.octets()),
        }
    }

    /// Adds octets; an odd last octet counts as the high half of a word, so only the last run may
    /// be odd.
    pub fn add(&mut self, octets: &[u8]) {
        // Two words at a time: the carries are folded in the end (RFC 1071, section 2).
        let mut pairs = octets.chunks_exact(4);
        for pair in &mut pairs {
            self.sum += u64::from(u32::from_be_bytes([pair[0], pair[1], pair[2], pair[3]]));
        }
        let mut words = pairs.remainder().chunks_exact(2);
        for word in &mut words {
            self.sum += u64::from(u16::from_be_bytes([word[0], word[1]]));
        }
        if let [last] = words.remainder() {
            self.sum += u64::from(*last) << 8;
        }
    }

    /// The one's complement of the sum. Over data that includes its checksum it is 0 if the data
    /// is intact.
    pub fn finish(self) -> u16 {
        let mut sum = self.sum;
        while sum > 0xffff {
            sum = (sum & 0xffff) + (sum >> 16);
        }
        !(sum as u16)
    }
}

/// The internet checksum over one run of octets (RFC 1071).
pub fn internet_checksum(octets: &[u8]) -> u16 {
    let mut sum = Checksum::new();
    sum.add(octets);
    sum.finish()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_example_of_rfc_1071_comes_out() {
        let data = [0x00, 0x01, 0xf2, 0x03, 0xf4, 0xf5, 0xf6, 0xf7];
        assert_eq!(internet_checksum(&data), !0xddf2);
    }

    #[test]
    fn data_with_its_checksum_sums_to_zero_even_if_odd() {
        let mut data = vec![0x45, 0x00, 0x00, 0x00, 7];
        let sum = internet_checksum(&data);
        data[2..4].copy_from_slice(&sum.to_be_bytes());
        assert_eq!(internet_checksum(&data), 0);
        data[0] ^= 0x10;
        assert_ne!(internet_checksum(&data), 0);
    }
}
