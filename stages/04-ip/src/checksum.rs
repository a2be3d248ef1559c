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
        sum.sum += u64::from(protocol) + length as u64;
        sum
    }

    fn add_address(&mut self, address: IpAddr) {
        match address {
            IpAddr::V4(address) => self.sum += u64::from(address.to_bits()),
            IpAddr::V6(address) => self.add(&address.octets()),
        }
    }

    /// Adds octets; an odd last octet counts as the high half of a word, so only the last run may
    /// be odd.
    pub fn add(&mut self, octets: &[u8]) {
        // Four words at a time, in two sums side by side: carries are folded in the end, and the
        // order of octets does not matter until then (RFC 1071, section 2).
        let (mut even, mut odd) = (0_u128, 0_u128);
        let (pairs, rest) = octets.as_chunks::<16>();
        for pair in pairs {
            let pair = u128::from_ne_bytes(*pair);
            even += u128::from(pair as u64);
            odd += pair >> 64;
        }
        let (words, rest) = rest.as_chunks::<4>();
        for word in words {
            even += u128::from(u32::from_ne_bytes(*word));
        }
        let sum = even + odd;
        let sum = u128::from(sum as u64) + (sum >> 64);
        let sum = (sum as u64 >> 32) + (sum as u64 & 0xffff_ffff) + (sum >> 64) as u64;
        self.sum += u64::from(fold(sum).to_be());
        let mut words = rest.chunks_exact(2);
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
        !fold(self.sum)
    }
}

/// Brings the carries back in.
fn fold(mut sum: u64) -> u16 {
    while sum > 0xffff {
        sum = (sum & 0xffff) + (sum >> 16);
    }
    sum as u16
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
    fn every_length_sums_as_the_words_one_by_one_do() {
        let octets: Vec<u8> = (0..200_u32).map(|at| (at * 167 + 250) as u8).collect();
        for length in 0..octets.len() {
            let mut words = 0_u32;
            for pair in octets[..length].chunks(2) {
                let word = [pair[0], pair.get(1).copied().unwrap_or(0)];
                words += u32::from(u16::from_be_bytes(word));
                words = (words & 0xffff) + (words >> 16);
            }
            assert_eq!(
                internet_checksum(&octets[..length]),
                !(words as u16),
                "{length}"
            );
        }
        assert_eq!(internet_checksum(&[0xff; 1000]), 0);
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
