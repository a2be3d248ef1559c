use super::{Options, Seq};
use std::net::IpAddr;
use thru_events::Text;
use thru_ip::{Checksum, PROTOCOL_TCP};
use thru_octets::{Malformed, PacketBuffer, Reader};

/// Octets of a header without options.
pub const HEADER_LENGTH: usize = 20;

/// The control bits (RFC 9293, section 3.1).
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Flags(pub u8);

impl Flags {
    /// No more data from the sender.
    pub const FIN: Flags = Flags(1);
    /// Synchronise sequence numbers.
    pub const SYN: Flags = Flags(2);
    /// Reset the connection.
    pub const RST: Flags = Flags(4);
    /// Hand the data on at once.
    pub const PSH: Flags = Flags(8);
    /// The acknowledgement number counts.
    pub const ACK: Flags = Flags(16);
    /// A packet came marked: congestion (RFC 3168).
    pub const ECE: Flags = Flags(64);
    /// The sender lowered its window (RFC 3168).
    pub const CWR: Flags = Flags(128);

    /// Both sets together.
    pub const fn and(self, other: Flags) -> Flags {
        Flags(self.0 | other.0)
    }

    /// Whether all bits of `other` are set.
    pub const fn has(self, other: Flags) -> bool {
        self.0 & other.0 == other.0
    }

    /// The names of the bits, as `SYN ACK`.
    pub fn text(self) -> Text {
        const NAMES: [&str; 8] = ["FIN", "SYN", "RST", "PSH", "ACK", "URG", "ECE", "CWR"];
        match self.0 {
            1 => "FIN".into(),
            2 => "SYN".into(),
            4 => "RST".into(),
            16 => "ACK".into(),
            17 => "FIN ACK".into(),
            18 => "SYN ACK".into(),
            20 => "RST ACK".into(),
            24 => "PSH ACK".into(),
            25 => "FIN PSH ACK".into(),
            bits => {
                let set = (0..8)
                    .filter(|bit| bits & (1 << bit) != 0)
                    .map(|bit| NAMES[bit]);
                set.collect::<Vec<_>>().join(" ").into()
            }
        }
    }
}

/// A segment's header.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct SegmentHeader {
    /// From port.
    pub source_port: u16,
    /// To port.
    pub destination_port: u16,
    /// Sequence number of the first octet (or of SYN).
    pub seq: Seq,
    /// Next octet that the sender expects.
    pub ack: Seq,
    /// Control bits.
    pub flags: Flags,
    /// Window field, not scaled.
    pub window: u16,
    /// Options.
    pub options: Options,
}

/// A segment read from its octets. Its checksum was right.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Segment<'a> {
    /// The header.
    pub header: SegmentHeader,
    /// The data.
    pub payload: &'a [u8],
    /// Octets of header and options.
    pub data_offset: usize,
    /// Its packet came marked: congestion experienced (RFC 3168).
    pub marked: bool,
}

impl<'a> Segment<'a> {
    /// Reads a segment that came from `source` to `destination`.
    pub fn parse(
        octets: &'a [u8],
        source: impl Into<IpAddr>,
        destination: impl Into<IpAddr>,
    ) -> Result<Segment<'a>, Malformed> {
        let mut reader = Reader::new(octets);
        let (source_port, destination_port) =
            (reader.u16("source port")?, reader.u16("destination port")?);
        let (seq, ack) = (
            Seq(reader.u32("sequence number")?),
            Seq(reader.u32("acknowledgment number")?),
        );
        let data_offset = usize::from(reader.u8("data offset")? >> 4) * 4;
        let flags = Flags(reader.u8("control bits")?);
        let window = reader.u16("window")?;
        reader.u16("checksum")?;
        reader.u16("urgent pointer")?;
        if data_offset < HEADER_LENGTH || data_offset > octets.len() {
            return Err(Malformed {
                offset: 12,
                field: "data offset",
                found: format!("{data_offset} octets"),
                expected: "20 octets or more, and no more than there are",
            });
        }
        let mut sum = Checksum::of_pseudo_header(source, destination, PROTOCOL_TCP, octets.len());
        sum.add(octets);
        let off = sum.finish();
        if off != 0 {
            return Err(Malformed {
                offset: 16,
                field: "checksum",
                found: format!("a sum off by {off:#06x}"),
                expected: "the sum over pseudo header, header and data",
            });
        }
        let options = Options::parse(&octets[HEADER_LENGTH..data_offset])?;
        let header = SegmentHeader {
            source_port,
            destination_port,
            seq,
            ack,
            flags,
            window,
            options,
        };
        Ok(Segment {
            header,
            payload: &octets[data_offset..],
            data_offset,
            marked: false,
        })
    }

    /// Octets of sequence space: data, SYN and FIN (RFC 9293, SEG.LEN).
    pub fn sequence_length(&self) -> usize {
        let bits = [Flags::SYN, Flags::FIN];
        self.payload.len()
            + bits
                .iter()
                .filter(|bit| self.header.flags.has(**bit))
                .count()
    }
}

impl SegmentHeader {
    /// Writes the segment.
    pub fn encode(
        &self,
        source: impl Into<IpAddr>,
        destination: impl Into<IpAddr>,
        payload: &[u8],
    ) -> Vec<u8> {
        let mut segment = PacketBuffer::with_room(self.length(), payload.len());
        segment.append(payload);
        self.put_before(&mut segment, source, destination);
        segment.finish()
    }

    /// Octets of the header with its options.
    pub fn length(&self) -> usize {
        HEADER_LENGTH + self.options.length()
    }

    /// Writes the header in front of its data.
    pub fn put_before(
        &self,
        data: &mut PacketBuffer,
        source: impl Into<IpAddr>,
        destination: impl Into<IpAddr>,
    ) {
        let options = self.options.encode();
        let data_offset = HEADER_LENGTH + options.len();
        let mut header = [0; HEADER_LENGTH];
        header[..2].copy_from_slice(&self.source_port.to_be_bytes());
        header[2..4].copy_from_slice(&self.destination_port.to_be_bytes());
        header[4..8].copy_from_slice(&self.seq.0.to_be_bytes());
        header[8..12].copy_from_slice(&self.ack.0.to_be_bytes());
        header[12] = (data_offset as u8 / 4) << 4;
        header[13] = self.flags.0;
        header[14..16].copy_from_slice(&self.window.to_be_bytes());
        data.prepend(&options);
        data.prepend(&header);
        let mut sum = Checksum::of_pseudo_header(source, destination, PROTOCOL_TCP, data.len());
        sum.add(data);
        data[16..18].copy_from_slice(&sum.finish().to_be_bytes());
    }
}

/// The reset that answers a segment without connection (RFC 9293, section 3.10.7.1). A reset is
/// not answered.
pub fn reset_for(segment: &Segment<'_>) -> Option<SegmentHeader> {
    let header = &segment.header;
    if header.flags.has(Flags::RST) {
        return None;
    }
    let (seq, ack, flags) = if header.flags.has(Flags::ACK) {
        (header.ack, Seq(0), Flags::RST)
    } else {
        (
            Seq(0),
            header.seq + segment.sequence_length(),
            Flags::RST.and(Flags::ACK),
        )
    };
    Some(SegmentHeader {
        source_port: header.destination_port,
        destination_port: header.source_port,
        seq,
        ack,
        flags,
        window: 0,
        options: Options::default(),
    })
}

#[cfg(test)]
mod tests {
    use super::*;
    use std::net::Ipv4Addr;

    const A: Ipv4Addr = Ipv4Addr::new(10, 0, 0, 1);
    const B: Ipv4Addr = Ipv4Addr::new(10, 0, 0, 2);

    fn header(options: Options) -> SegmentHeader {
        SegmentHeader {
            source_port: 40_000,
            destination_port: 80,
            seq: Seq(u32::MAX),
            ack: Seq(7),
            flags: Flags::SYN,
            window: 65_535,
            options,
        }
    }

    #[test]
    fn a_syn_with_all_its_options_survives_the_wire() {
        let options = Options {
            mss: Some(1460),
            window_scale: Some(7),
            sack_permitted: true,
            timestamps: Some((1, 2)),
            ..Options::default()
        };
        let octets = header(options).encode(A, B, b"");
        assert_eq!(octets.len(), 40, "as long as the SYN of common systems");
        let segment = Segment::parse(&octets, A, B).unwrap();
        assert_eq!(
            (segment.header, segment.sequence_length()),
            (header(options), 1)
        );
    }

    #[test]
    fn three_sack_blocks_fit_beside_timestamps() {
        let mut options = Options {
            timestamps: Some((1, 2)),
            ..Options::default()
        };
        for (index, slot) in options.sack.iter_mut().enumerate() {
            *slot = Some((Seq(index as u32 * 10), Seq(index as u32 * 10 + 5)));
        }
        let octets = header(options).encode(A, B, b"x");
        options.sack[3] = None;
        assert_eq!(
            Segment::parse(&octets, A, B).unwrap().header.options,
            options
        );
    }

    #[test]
    fn any_flipped_bit_is_caught() {
        let mut octets = header(Options::default()).encode(A, B, b"data");
        for bit in 0..octets.len() * 8 {
            octets[bit / 8] ^= 1 << (bit % 8);
            assert!(Segment::parse(&octets, A, B).is_err(), "bit {bit}");
            octets[bit / 8] ^= 1 << (bit % 8);
        }
    }

    #[test]
    fn a_reset_is_not_answered_by_a_reset() {
        let header = SegmentHeader {
            flags: Flags::RST,
            ..header(Options::default())
        };
        let segment = Segment {
            header,
            payload: &[],
            data_offset: 20,
            marked: false,
        };
        assert_eq!(reset_for(&segment), None);
    }
}
