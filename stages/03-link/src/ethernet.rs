use thru_events::MacAddress;
use thru_octets::{Malformed, PacketBuffer, Reader};

/// EtherType of IPv4 (RFC 894).
pub const ETHERTYPE_IPV4: u16 = 0x0800;
/// EtherType of ARP (RFC 826).
pub const ETHERTYPE_ARP: u16 = 0x0806;
/// EtherType of IPv6 (RFC 2464).
pub const ETHERTYPE_IPV6: u16 = 0x86dd;
/// Tag protocol identifier of a VLAN tag (IEEE 802.1Q, clause 9.4).
const TPID: u16 = 0x8100;
/// EtherTypes start here; smaller values are lengths (IEEE 802.3, clause 3.2.6).
const FIRST_ETHERTYPE: u16 = 0x0600;
/// Octets of destination, source and EtherType.
pub const HEADER_LENGTH: usize = 14;
/// Shortest frame without FCS, octets; shorter payloads are padded (IEEE 802.3, clause 3.2.8).
pub const MINIMUM_LENGTH: usize = 60;

/// A VLAN tag's control information (IEEE 802.1Q, clause 9.6).
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct VlanTag {
    /// Priority code point, 0 to 7.
    pub priority: u8,
    /// Drop eligible indicator.
    pub drop_eligible: bool,
    /// VLAN identifier, 0 to 4095.
    pub identifier: u16,
}

/// An Ethernet II frame without FCS, read from its octets.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Frame<'a> {
    /// To.
    pub destination: MacAddress,
    /// From.
    pub source: MacAddress,
    /// The VLAN tag, if there is one.
    pub vlan: Option<VlanTag>,
    /// What the payload is.
    pub ethertype: u16,
    /// Octets from the frame's start to the payload.
    pub payload_offset: usize,
    /// The payload with its padding.
    pub payload: &'a [u8],
}

impl<'a> Frame<'a> {
    /// Reads a frame. Refuses frames shorter than their header and IEEE 802.3 length fields.
    pub fn parse(octets: &'a [u8]) -> Result<Frame<'a>, Malformed> {
        let mut reader = Reader::new(octets);
        let destination = MacAddress(reader.array("destination")?);
        let source = MacAddress(reader.array("source")?);
        let mut ethertype = reader.u16("type")?;
        let mut vlan = None;
        if ethertype == TPID {
            vlan = Some(VlanTag::from_tci(reader.u16("tag control information")?));
            ethertype = reader.u16("type")?;
        }
        if ethertype < FIRST_ETHERTYPE {
            return Err(Malformed {
                offset: reader.offset() - 2,
                field: "type",
                found: format!("length {ethertype}"),
                expected: "an EtherType of at least 0x0600",
            });
        }
        let payload_offset = reader.offset();
        Ok(Frame {
            destination,
            source,
            vlan,
            ethertype,
            payload_offset,
            payload: reader.rest(),
        })
    }
}

impl VlanTag {
    fn from_tci(tci: u16) -> VlanTag {
        VlanTag {
            priority: (tci >> 13) as u8,
            drop_eligible: tci & 0x1000 != 0,
            identifier: tci & 0x0fff,
        }
    }
}

/// Writes a frame without FCS, padded to the shortest length.
pub fn encode_frame(
    destination: MacAddress,
    source: MacAddress,
    ethertype: u16,
    payload: &[u8],
) -> Vec<u8> {
    let capacity = payload.len().max(MINIMUM_LENGTH - HEADER_LENGTH);
    let mut frame = PacketBuffer::with_room(HEADER_LENGTH, capacity);
    frame.append(payload);
    frame_packet(destination, source, ethertype, frame)
}

/// Makes a packet a frame without FCS, padded to the shortest length.
pub fn frame_packet(
    destination: MacAddress,
    source: MacAddress,
    ethertype: u16,
    mut packet: PacketBuffer,
) -> Vec<u8> {
    packet.pad_to(MINIMUM_LENGTH - HEADER_LENGTH);
    let mut header = [0; HEADER_LENGTH];
    header[..6].copy_from_slice(&destination.0);
    header[6..12].copy_from_slice(&source.0);
    header[12..].copy_from_slice(&ethertype.to_be_bytes());
    packet.prepend(&header);
    packet.finish()
}

/// The frame check sequence over a frame without FCS: CRC-32 (IEEE 802.3, clause 3.2.9).
pub fn frame_check_sequence(frame: &[u8]) -> u32 {
    crc32fast::hash(frame)
}

/// Appends the frame check sequence; its least significant octet goes first.
pub fn append_fcs(frame: &mut Vec<u8>) {
    let fcs = frame_check_sequence(frame);
    frame.extend_from_slice(&fcs.to_le_bytes());
}

/// Takes the last four octets as FCS and compares. Gives the frame without FCS, or the computed
/// and the found value.
pub fn check_fcs(octets: &[u8]) -> Result<&[u8], (u32, u32)> {
    let Some((frame, tail)) = octets.split_last_chunk::<4>() else {
        return Err((0, 0));
    };
    let (computed, found) = (frame_check_sequence(frame), u32::from_le_bytes(*tail));
    if computed == found {
        Ok(frame)
    } else {
        Err((computed, found))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    const A: MacAddress = MacAddress([2, 0, 0, 0, 0, 1]);
    const B: MacAddress = MacAddress([2, 0, 0, 0, 0, 2]);

    #[test]
    fn a_short_payload_is_padded_and_read_back() {
        let octets = encode_frame(B, A, ETHERTYPE_ARP, &[1, 2, 3]);
        assert_eq!(octets.len(), MINIMUM_LENGTH);
        let frame = Frame::parse(&octets).unwrap();
        assert_eq!(
            (frame.destination, frame.source, frame.ethertype),
            (B, A, ETHERTYPE_ARP)
        );
        assert_eq!(&frame.payload[..4], [1, 2, 3, 0]);
    }

    #[test]
    fn a_vlan_tag_is_read() {
        let mut octets = encode_frame(B, A, 0x8100, &[0xb0, 0x2a, 0x08, 0x00, 9]);
        octets.truncate(19);
        let frame = Frame::parse(&octets).unwrap();
        let tag = VlanTag {
            priority: 5,
            drop_eligible: true,
            identifier: 42,
        };
        assert_eq!(
            (frame.vlan, frame.ethertype, frame.payload),
            (Some(tag), 0x0800, &[9][..])
        );
    }

    #[test]
    fn a_length_field_and_a_short_frame_are_refused_with_their_place() {
        let length = encode_frame(B, A, 46, &[]);
        assert_eq!(Frame::parse(&length).unwrap_err().offset, 12);
        assert_eq!(Frame::parse(&length[..9]).unwrap_err().field, "source");
    }

    #[test]
    fn every_flipped_bit_is_caught_by_the_fcs() {
        let mut octets = encode_frame(B, A, ETHERTYPE_IPV4, b"payload");
        append_fcs(&mut octets);
        assert_eq!(check_fcs(&octets).unwrap().len(), MINIMUM_LENGTH);
        for bit in 0..octets.len() * 8 {
            octets[bit / 8] ^= 1 << (bit % 8);
            assert!(check_fcs(&octets).is_err(), "bit {bit}");
            octets[bit / 8] ^= 1 << (bit % 8);
        }
    }

    #[test]
    fn the_fcs_of_the_check_string_is_the_published_one() {
        assert_eq!(frame_check_sequence(b"123456789"), 0xcbf4_3926);
    }
}
