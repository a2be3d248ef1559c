use super::*;
use crate::{IPV6_HEADER_LENGTH, Ipv4Header, Ipv4Packet, Ipv6Header, Ipv6Packet, PROTOCOL_UDP};
use std::net::Ipv6Addr;
use thru_events::Time;

fn header() -> Ipv4Header {
    Ipv4Header {
        identification: 5,
        ..Ipv4Header::new([10, 0, 0, 1].into(), [10, 0, 0, 2].into(), PROTOCOL_UDP)
    }
}

fn pieces(mtu: usize) -> (Vec<u8>, Vec<Vec<u8>>) {
    let payload: Vec<u8> = (0..3000u32).map(|n| n as u8).collect();
    let pieces = fragment(&header(), &payload, mtu).unwrap();
    (payload, pieces)
}

fn feed(reassembler: &mut Reassembler, piece: &[u8]) -> FragmentOutcome {
    let packet = Ipv4Packet::parse(piece).unwrap();
    let (outcome, evicted) = reassembler.handle(Time::ZERO, &packet, None);
    assert_eq!(evicted, None);
    outcome
}

#[test]
fn pieces_in_any_order_and_doubled_make_the_packet_again() {
    let (payload, mut cut) = pieces(576);
    assert!(cut.iter().all(|piece| piece.len() <= 576));
    cut.reverse();
    let mut reassembler = Reassembler::default();
    let last = cut.pop().unwrap();
    for piece in &cut {
        assert_eq!(feed(&mut reassembler, piece), FragmentOutcome::Waiting);
        assert_eq!(feed(&mut reassembler, piece), FragmentOutcome::Waiting);
    }
    let FragmentOutcome::Whole { packet, pieces, .. } = feed(&mut reassembler, &last) else {
        panic!("the last piece completes the packet");
    };
    assert_eq!(usize::from(pieces), cut.len() + 1);
    assert_eq!(Ipv4Packet::parse(&packet).unwrap().payload, payload);
    assert_eq!(reassembler.wake_at(), None);
}

#[test]
fn a_piece_cut_again_on_a_smaller_link_still_fits() {
    let (payload, cut) = pieces(1500);
    let mut reassembler = Reassembler::default();
    let mut whole = None;
    for piece in &cut {
        let piece = Ipv4Packet::parse(piece).unwrap();
        for smaller in fragment(&piece.header, piece.payload, 300).unwrap() {
            if let FragmentOutcome::Whole { packet, .. } = feed(&mut reassembler, &smaller) {
                whole = Some(packet);
            }
        }
    }
    assert_eq!(Ipv4Packet::parse(&whole.unwrap()).unwrap().payload, payload);
}

#[test]
fn a_packet_that_may_not_be_cut_is_not_cut() {
    let header = Ipv4Header {
        dont_fragment: true,
        ..header()
    };
    assert_eq!(fragment(&header, &[0; 2000], 1500), None);
    assert_eq!(fragment(&header, &[0; 1480], 1500).unwrap().len(), 1);
}

#[test]
fn overlapping_pieces_are_refused() {
    let mut reassembler = Reassembler::default();
    let piece = |offset, length| {
        Ipv4Header {
            more_fragments: true,
            fragment_offset: offset,
            ..header()
        }
        .encode(&vec![1; length])
    };
    assert_eq!(
        feed(&mut reassembler, &piece(0, 16)),
        FragmentOutcome::Waiting
    );
    assert_eq!(
        feed(&mut reassembler, &piece(8, 16)),
        FragmentOutcome::Refused {
            why: "pieces overlap"
        }
    );
}

#[test]
fn one_packet_too_many_gives_up_the_oldest() {
    let mut reassembler = Reassembler::default();
    let mut evicted = Vec::new();
    for id in 0..=limits::PACKETS as u16 {
        let header = Ipv4Header {
            identification: id,
            more_fragments: true,
            ..header()
        };
        let piece = header.encode(&[1; 16]);
        let packet = Ipv4Packet::parse(&piece).unwrap();
        let (outcome, gone) = reassembler.handle(Time(id.into()), &packet, None);
        assert_eq!(outcome, FragmentOutcome::Waiting);
        evicted.extend(gone);
    }
    let [gone] = evicted.as_slice() else {
        panic!("one had to make room: {evicted:?}");
    };
    assert_eq!(gone.why, GivenUpWhy::NoRoom);
    let first = gone.first.as_ref().unwrap();
    assert_eq!(Ipv4Packet::parse(first).unwrap().header.identification, 0);
}

#[test]
fn pieces_that_wait_too_long_are_given_up() {
    let (_, cut) = pieces(1500);
    let mut reassembler = Reassembler::default();
    feed(&mut reassembler, &cut[0]);
    let due = reassembler.wake_at().unwrap();
    assert_eq!(reassembler.poll(Time(due.0 - 1)), None);
    assert!(reassembler.poll(due).unwrap().first.is_some());
    assert_eq!(reassembler.wake_at(), None);
}

#[test]
fn a_piece_beyond_the_longest_packet_is_not_cut() {
    let beyond = Ipv4Header {
        fragment_offset: 65_528,
        ..header()
    };
    assert_eq!(fragment(&beyond, &[7; 100], 68), None);
}

#[test]
fn pieces_of_ipv6_that_were_put_together_are_cut_as_they_were() {
    let (a, b) = (
        Ipv6Addr::LOCALHOST,
        Ipv6Addr::new(0x2001, 0xdb8, 0, 0, 0, 0, 0, 1),
    );
    let header = Ipv6Header::new(a, b);
    // A routing header, which every piece has, stands before the fragment header.
    let payload: Vec<u8> = (0..3000_u32).map(|n| n as u8).collect();
    let pieces = fragment_ipv6(&header, PROTOCOL_UDP, &payload, 1280, 9).unwrap();
    let routed = pieces.iter().map(|piece| {
        let mut rest = vec![44, 0, 4, 0, 0, 0, 0, 0];
        rest.extend_from_slice(&piece[IPV6_HEADER_LENGTH..]);
        header.encode(43, &rest)
    });
    let routed: Vec<Vec<u8>> = routed.collect();
    let mut reassembler = Reassembler::default();
    let mut again = None;
    for piece in &routed {
        let packet = Ipv6Packet::parse(piece).unwrap();
        let (outcome, _) = reassembler.handle_ipv6(Time::ZERO, &packet, piece, None);
        if let FragmentOutcome::Whole {
            packet: whole,
            largest,
            ..
        } = outcome
        {
            assert_eq!(Ipv6Packet::parse(&whole).unwrap().payload, payload);
            let cut = CutAgain::of(&packet, largest).unwrap();
            assert_eq!(cut.largest, routed[0].len());
            again = cut.pieces(&whole);
        }
    }
    assert_eq!(again.unwrap(), routed);
}
