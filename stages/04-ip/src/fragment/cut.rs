use crate::{
    FRAGMENT_HEADER_LENGTH, HEADER_LENGTH, IPV6_HEADER_LENGTH, Ipv4Header, Ipv6Header, Ipv6Packet,
    ipv6::FRAGMENT,
};

/// Cuts `payload` so that each packet is at most `mtu` octets. `None` if it may not be cut, if
/// `mtu` leaves no room for 8 octets, or if it is a piece that lies beyond the longest packet.
pub fn fragment(header: &Ipv4Header, payload: &[u8], mtu: usize) -> Option<Vec<Vec<u8>>> {
    if payload.len() + HEADER_LENGTH <= mtu {
        return Some(vec![header.encode(payload)]);
    }
    let room = mtu.checked_sub(HEADER_LENGTH)? / 8 * 8;
    if header.dont_fragment || room == 0 || lies_beyond(header, payload) {
        return None;
    }
    let pieces = payload.chunks(room).enumerate().map(|(index, piece)| {
        let start = index * room;
        let last = start + piece.len() == payload.len();
        let header = Ipv4Header {
            // A piece may be cut again: offsets add up, and only the last one's last piece ends.
            fragment_offset: header.fragment_offset + start as u16,
            more_fragments: header.more_fragments || !last,
            ..header.clone()
        };
        header.encode(piece)
    });
    Some(pieces.collect())
}

/// Whether a piece ends where no packet does, so that it belongs to none.
pub fn lies_beyond(header: &Ipv4Header, payload: &[u8]) -> bool {
    usize::from(header.fragment_offset) + payload.len() > 0xffff
}

/// Cuts `payload`, which begins with `next`, at its source: no router cuts an IPv6 packet. `None`
/// if `mtu` leaves no room for 8 octets.
pub fn fragment_ipv6(
    header: &Ipv6Header,
    next: u8,
    payload: &[u8],
    mtu: usize,
    identification: u32,
) -> Option<Vec<Vec<u8>>> {
    if payload.len() + IPV6_HEADER_LENGTH <= mtu {
        return Some(vec![header.encode(next, payload)]);
    }
    let room = mtu.checked_sub(IPV6_HEADER_LENGTH + FRAGMENT_HEADER_LENGTH)? / 8 * 8;
    if room == 0 {
        return None;
    }
    let pieces = payload.chunks(room).enumerate().map(|(index, piece)| {
        let start = index * room;
        let more = start + piece.len() < payload.len();
        let offset = (start as u16).to_be_bytes();
        let mut cut = vec![next, 0, offset[0], offset[1] | u8::from(more)];
        cut.extend_from_slice(&identification.to_be_bytes());
        cut.extend_from_slice(piece);
        header.encode(FRAGMENT, &cut)
    });
    Some(pieces.collect())
}

/// A packet of IPv6 that was put together on its way: what it takes to send it on in pieces again.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct CutAgain {
    /// Which pieces belong together.
    pub identification: u32,
    /// Octets of the largest piece, headers included: none of the new ones is larger, as its sender
    /// found out what the path takes.
    pub largest: usize,
    /// Octets of the headers that every piece has.
    pub before: usize,
    /// Where these headers name what follows them.
    pub number_at: usize,
}

impl CutAgain {
    /// As `piece` says, when the largest of them has so many octets of payload.
    pub fn of(piece: &Ipv6Packet<'_>, largest: usize) -> Option<CutAgain> {
        let field = piece.chain.fragment?;
        Some(CutAgain {
            identification: field.identification,
            largest: piece.chain.before_fragment + FRAGMENT_HEADER_LENGTH + largest,
            before: piece.chain.before_fragment,
            number_at: piece.chain.number_at,
        })
    }

    /// The pieces of `packet`, which is whole.
    pub fn pieces(&self, packet: &[u8]) -> Option<Vec<Vec<u8>>> {
        let (headers, payload) = packet.split_at_checked(self.before)?;
        let next = *headers.get(self.number_at)?;
        let room = self
            .largest
            .checked_sub(self.before + FRAGMENT_HEADER_LENGTH)?;
        let room = room / 8 * 8;
        if room == 0 || headers.len() < IPV6_HEADER_LENGTH {
            return None;
        }
        let pieces = payload.chunks(room).enumerate().map(|(index, piece)| {
            let start = index * room;
            let more = start + piece.len() < payload.len();
            let mut cut = headers.to_vec();
            let length = self.before - IPV6_HEADER_LENGTH + FRAGMENT_HEADER_LENGTH + piece.len();
            cut[4..6].copy_from_slice(&(length as u16).to_be_bytes());
            cut[self.number_at] = FRAGMENT;
            cut.extend_from_slice(&[next, 0]);
            cut.extend_from_slice(&(start as u16 | u16::from(more)).to_be_bytes());
            cut.extend_from_slice(&self.identification.to_be_bytes());
            cut.extend_from_slice(piece);
            cut
        });
        Some(pieces.collect())
    }
}
