//! Marking instead of dropping: explicit congestion notification (RFC 3168, section 5).

use crate::{flow, wire::frame_check};

/// Octets before the packet.
const ETHERNET_HEADER: usize = 14;

const CONGESTION_EXPERIENCED: u8 = 0b11;

/// Sets "congestion experienced" in a frame whose packet says that its ends understand it.
/// Whether it does.
pub(super) fn mark(frame: &mut Vec<u8>) -> bool {
    let is_ipv4 = frame.get(12..14) == Some(&[0x08, 0x00]);
    let length = frame.len();
    let Some(packet) = frame.get_mut(ETHERNET_HEADER..length.saturating_sub(frame_check::LENGTH))
    else {
        return false;
    };
    if !is_ipv4 || packet.len() < 20 || packet[1] & CONGESTION_EXPERIENCED == 0 {
        return false;
    }
    let before = [packet[0], packet[1]];
    packet[1] |= CONGESTION_EXPERIENCED;
    let after = [packet[0], packet[1]];
    flow::adjust(packet, 10, &before, &after);
    frame.truncate(length - frame_check::LENGTH);
    frame_check::append(frame);
    true
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::flow::{Flow, TCP, tests::checksum, tests::packet};

    fn frame(ecn: u8) -> Vec<u8> {
        let flow = Flow {
            protocol: TCP,
            source: "10.0.0.1:1".parse().unwrap(),
            destination: "10.0.0.2:2".parse().unwrap(),
        };
        let mut packet = packet(flow, 0, b"x");
        packet[1] |= ecn;
        packet[10..12].copy_from_slice(&[0, 0]);
        let sum = checksum(&packet[..20]);
        packet[10..12].copy_from_slice(&sum.to_be_bytes());
        let mut frame = [&[0; 12][..], &[8, 0], &packet].concat();
        frame_check::append(&mut frame);
        frame
    }

    #[test]
    fn a_packet_whose_ends_understand_it_is_marked_and_its_checksums_fit() {
        for ecn in [0b01, 0b10, 0b11] {
            let mut frame = frame(ecn);
            assert!(mark(&mut frame));
            assert_eq!(frame_check::check(&mut frame), Ok(()));
            assert_eq!(frame[15] & 0b11, 0b11);
            assert_eq!(checksum(&frame[14..34]), 0);
        }
    }

    #[test]
    fn others_are_not() {
        let plain = frame(0);
        let mut after = plain.clone();
        assert!(!mark(&mut after));
        assert_eq!(after, plain);
        assert!(!mark(&mut vec![0; 3]));
    }
}
