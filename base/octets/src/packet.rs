use std::ops::{Deref, DerefMut};

/// Octets that a link appends to a frame: its check sequence. Room for them is kept.
const TAILROOM: usize = 4;

/// A packet on its way down: each layer puts its header in front of what is there, so that the
/// data is copied once and everything stands in one allocation.
#[derive(Clone, Debug, Default)]
pub struct PacketBuffer {
    octets: Vec<u8>,
    /// Where the packet begins; what stands before is room for headers.
    start: usize,
}

impl PacketBuffer {
    /// An empty packet with room for `headroom` octets of headers and `capacity` octets of data.
    pub fn with_room(headroom: usize, capacity: usize) -> PacketBuffer {
        let mut octets = Vec::with_capacity(headroom + capacity + TAILROOM);
        octets.resize(headroom, 0);
        PacketBuffer {
            octets,
            start: headroom,
        }
    }

    /// Appends data.
    #[inline]
    pub fn append(&mut self, octets: &[u8]) {
        self.octets.extend_from_slice(octets);
    }

    /// Puts a header in front. Room that was not kept is made, at the price of a copy.
    #[inline]
    pub fn prepend(&mut self, header: &[u8]) {
        if self.start < header.len() {
            self.make_room(header.len());
        }
        let start = self.start - header.len();
        self.octets[start..self.start].copy_from_slice(header);
        self.start = start;
    }

    #[cold]
    fn make_room(&mut self, headroom: usize) {
        let mut roomy = PacketBuffer::with_room(headroom, self.len());
        roomy.append(self);
        *self = roomy;
    }

    /// Appends zeros until there are `length` octets.
    #[inline]
    pub fn pad_to(&mut self, length: usize) {
        if self.len() < length {
            self.octets.resize(self.start + length, 0);
        }
    }

    /// Gives the octets away. Without a copy, if the room for headers was used up.
    #[inline]
    pub fn finish(mut self) -> Vec<u8> {
        if self.start > 0 {
            self.octets.drain(..self.start);
        }
        self.octets
    }
}

impl Deref for PacketBuffer {
    type Target = [u8];

    #[inline]
    fn deref(&self) -> &[u8] {
        &self.octets[self.start..]
    }
}

impl DerefMut for PacketBuffer {
    #[inline]
    fn deref_mut(&mut self) -> &mut [u8] {
        &mut self.octets[self.start..]
    }
}

/// No room in front.
impl From<Vec<u8>> for PacketBuffer {
    fn from(octets: Vec<u8>) -> PacketBuffer {
        PacketBuffer { octets, start: 0 }
    }
}

/// The same packet, whatever room is in front of it.
impl PartialEq for PacketBuffer {
    fn eq(&self, other: &PacketBuffer) -> bool {
        **self == **other
    }
}

impl Eq for PacketBuffer {}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn headers_stand_in_front_of_the_data_in_one_allocation() {
        let mut packet = PacketBuffer::with_room(5, 4);
        packet.append(b"data");
        let at = packet.as_ptr();
        packet.prepend(b"tcp");
        packet.prepend(b"ip");
        assert_eq!(&*packet, b"iptcpdata");
        let octets = packet.finish();
        assert_eq!(octets, b"iptcpdata");
        assert_eq!(octets[5..].as_ptr(), at, "nothing moved");
    }

    #[test]
    fn room_that_was_not_kept_is_made_and_room_left_over_is_cut_off() {
        let mut packet = PacketBuffer::from(b"data".to_vec());
        packet.prepend(b"header ");
        packet.pad_to(13);
        assert_eq!(packet, PacketBuffer::from(b"header data\0\0".to_vec()));
        let mut packet = PacketBuffer::with_room(9, 0);
        packet.append(b"x");
        assert_eq!(packet.finish(), b"x");
    }
}
