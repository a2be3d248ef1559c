//! The frame check sequence, IEEE 802.3 clause 3.2.9: CRC-32, sent least significant octet first.

/// Octets of the frame check sequence.
pub(crate) const LENGTH: usize = 4;

/// Appends the sequence.
pub(crate) fn append(frame: &mut Vec<u8>) {
    let sequence = crc32fast::hash(frame);
    frame.extend_from_slice(&sequence.to_le_bytes());
}

/// Takes the sequence off; what it should be and what was found if the two differ.
pub(crate) fn check(frame: &mut Vec<u8>) -> Result<(), (u32, u32)> {
    let Some(length) = frame.len().checked_sub(LENGTH) else {
        return Err((0, 0));
    };
    let mut found = [0; LENGTH];
    found.copy_from_slice(&frame[length..]);
    frame.truncate(length);
    let (computed, found) = (crc32fast::hash(frame), u32::from_le_bytes(found));
    if computed == found {
        Ok(())
    } else {
        Err((computed, found))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_single_flipped_bit_is_found() {
        let mut frame: Vec<u8> = (0..60).collect();
        append(&mut frame);
        assert_eq!(check(&mut frame.clone()), Ok(()));
        for bit in 0..frame.len() * 8 {
            let mut damaged = frame.clone();
            damaged[bit / 8] ^= 1 << (bit % 8);
            assert!(check(&mut damaged).is_err(), "bit {bit}");
        }
    }

    #[test]
    fn a_frame_shorter_than_the_sequence_is_refused() {
        assert!(check(&mut vec![1, 2]).is_err());
    }
}
