use crate::{
    FRAGMENT_HEADER_LENGTH, HEADER_LENGTH, IPV6_HEADER_LENGTH, Ipv4Header, Ipv6Header,
    ipv6::FRAGMENT,
};

/// Cuts `payload` so that each packet is at most `mtu` octets. `None` if it may not be cut, or
/// if `mtu` leaves no room for 8 octets.
pub fn fragment(header: &Ipv4Header, payload: &[u8], mtu: usize) -> Option<Vec<Vec<u8>>> {
    if payload.len() + HEADER_LENGTH <= mtu {
        return Some(vec![header.encode(payload)]);
    }
    let room = mtu.checked_sub(HEADER_LENGTH)? / 8 * 8;
    if header.dont_fragment || room == 0 {
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
