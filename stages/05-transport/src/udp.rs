use std::net::IpAddr;
use thru_ip::{Checksum, PROTOCOL_UDP};
use thru_octets::{Malformed, Reader, Writer};

/// Octets of the header.
pub const HEADER_LENGTH: usize = 8;

/// A UDP datagram (RFC 768) read from its octets. Its checksum was right.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Datagram<'a> {
    /// From port.
    pub source_port: u16,
    /// To port.
    pub destination_port: u16,
    /// The payload.
    pub payload: &'a [u8],
}

impl<'a> Datagram<'a> {
    /// Reads a datagram that came from `source` to `destination`.
    pub fn parse(
        octets: &'a [u8],
        source: impl Into<IpAddr>,
        destination: impl Into<IpAddr>,
    ) -> Result<Datagram<'a>, Malformed> {
        let mut reader = Reader::new(octets);
        let source_port = reader.u16("source port")?;
        let destination_port = reader.u16("destination port")?;
        let length = usize::from(reader.u16("length")?);
        let checksum = reader.u16("checksum")?;
        if length < HEADER_LENGTH || length > octets.len() {
            return Err(Malformed {
                offset: 4,
                field: "length",
                found: length.to_string(),
                expected: "8 or more, and no more than there is",
            });
        }
        let source = source.into();
        let mut sum = Checksum::of_pseudo_header(source, destination, PROTOCOL_UDP, length);
        sum.add(&octets[..length]);
        let off = sum.finish();
        // Zero says that the sender computed none, which IPv6 forbids (RFC 8200, section 8.1).
        if off != 0 && (checksum != 0 || source.is_ipv6()) {
            return Err(Malformed {
                offset: 6,
                field: "checksum",
                found: format!("a sum off by {off:#06x}"),
                expected: "the sum over pseudo header, header and data",
            });
        }
        let payload = &octets[HEADER_LENGTH..length];
        Ok(Datagram {
            source_port,
            destination_port,
            payload,
        })
    }

    /// Writes the datagram.
    pub fn encode(&self, source: impl Into<IpAddr>, destination: impl Into<IpAddr>) -> Vec<u8> {
        let length = HEADER_LENGTH + self.payload.len();
        let mut writer = Writer::with_capacity(length);
        writer
            .u16(self.source_port)
            .u16(self.destination_port)
            .u16(length as u16)
            .u16(0);
        writer.bytes(self.payload);
        let mut sum = Checksum::of_pseudo_header(source, destination, PROTOCOL_UDP, length);
        sum.add(writer.as_slice());
        // A computed zero is sent as all ones.
        let checksum = match sum.finish() {
            0 => 0xffff,
            other => other,
        };
        writer.put_u16(6, checksum);
        writer.finish()
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use std::net::{Ipv4Addr, Ipv6Addr};

    const A: Ipv4Addr = Ipv4Addr::new(10, 0, 0, 1);
    const B: Ipv4Addr = Ipv4Addr::new(10, 0, 0, 2);

    #[test]
    fn a_datagram_survives_the_wire_and_any_flipped_bit_is_caught() {
        let datagram = Datagram {
            source_port: 53,
            destination_port: 4000,
            payload: b"odd",
        };
        let mut octets = datagram.encode(A, B);
        assert_eq!(Datagram::parse(&octets, A, B), Ok(datagram));
        assert!(
            Datagram::parse(&octets, A, A).is_err(),
            "the addresses count too"
        );
        for bit in 0..octets.len() * 8 {
            octets[bit / 8] ^= 1 << (bit % 8);
            assert!(Datagram::parse(&octets, A, B).is_err(), "bit {bit}");
            octets[bit / 8] ^= 1 << (bit % 8);
        }
    }

    #[test]
    fn no_checksum_is_legal_in_ipv4_alone() {
        let mut octets = Datagram {
            source_port: 1,
            destination_port: 2,
            payload: b"x",
        }
        .encode(A, B);
        octets[6..8].fill(0);
        assert!(Datagram::parse(&octets, A, B).is_ok());
        let here = Ipv6Addr::LOCALHOST;
        assert!(Datagram::parse(&octets, here, here).is_err());
    }
}
