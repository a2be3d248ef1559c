//! Messages in a stream, each with two octets of length before it: DNS over TCP (RFC 1035, section
//! 4.2.2) and inside of TLS (RFC 7858, section 3.3), at both ends.

/// Octets of the length.
const LENGTH: usize = 2;

/// A message with its length before it, to be sent in one piece (RFC 7766, section 8). What is longer
/// than a length can say is cut.
pub fn framed(message: &[u8]) -> Vec<u8> {
    let length = u16::try_from(message.len()).unwrap_or(u16::MAX);
    let mut framed = Vec::with_capacity(LENGTH + usize::from(length));
    framed.extend_from_slice(&length.to_be_bytes());
    framed.extend_from_slice(&message[..usize::from(length)]);
    framed
}

/// Takes the first message out of what came, if it is there whole.
pub fn take_framed(held: &mut Vec<u8>) -> Option<Vec<u8>> {
    let length = held.first_chunk::<LENGTH>()?;
    let end = LENGTH + usize::from(u16::from_be_bytes(*length));
    let message = held.get(LENGTH..end)?.to_vec();
    held.drain(..end);
    Some(message)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn messages_come_out_as_they_went_in_however_the_stream_is_cut() {
        let messages = [vec![1, 2, 3], Vec::new(), vec![7; 300]];
        let whole: Vec<u8> = messages
            .iter()
            .flat_map(|message| framed(message))
            .collect();
        for piece in 1..whole.len() {
            let (mut held, mut found) = (Vec::new(), Vec::new());
            for piece in whole.chunks(piece) {
                held.extend_from_slice(piece);
                while let Some(message) = take_framed(&mut held) {
                    found.push(message);
                }
            }
            assert_eq!((found, held), (messages.to_vec(), Vec::new()), "{piece}");
        }
    }

    #[test]
    fn what_is_too_long_is_cut_and_what_is_not_there_is_waited_for() {
        assert_eq!(framed(&vec![0; 70_000]).len(), LENGTH + 65_535);
        for held in [&[][..], &[0], &[0, 2, 1]] {
            let mut held = held.to_vec();
            assert_eq!(take_framed(&mut held), None);
        }
    }
}
