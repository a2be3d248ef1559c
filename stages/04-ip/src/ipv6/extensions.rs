use super::{FRAGMENT, FRAGMENT_HEADER_LENGTH, IPV6_HEADER_LENGTH, PROTOCOL_ICMPV6};
use crate::{PROTOCOL_TCP, PROTOCOL_UDP};

const HOP_BY_HOP: u8 = 0;
const ROUTING: u8 = 43;
const NO_NEXT_HEADER: u8 = 59;
const DESTINATION_OPTIONS: u8 = 60;
/// The option of one octet that pads (RFC 8200, section 4.2).
const PAD1: u8 = 0;
const PADN: u8 = 1;

/// Named limits of the chain.
pub mod limits {
    /// Headers between the IPv6 header and the payload; a packet with more is dropped.
    pub const EXTENSION_HEADERS: usize = 8;
    /// Options of one header that are not understood and passed over; a packet with more is
    /// dropped (RFC 8504, section 5.3).
    pub const OPTIONS: usize = 8;
}

/// What the fragment header says (RFC 8200, section 4.5).
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct FragmentField {
    /// Where this piece begins, in octets; a multiple of 8.
    pub offset: u16,
    /// More pieces follow.
    pub more: bool,
    /// Which pieces belong together.
    pub identification: u32,
    /// What the whole payload begins with.
    pub next: u8,
}

/// A header that its receiver does not take (RFC 8200, section 4; RFC 4443, section 3.4).
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct HeaderProblem {
    /// Code of the ICMPv6 parameter problem; `None` is dropped without a word.
    pub code: Option<u8>,
    /// Octet of the packet that is wrong.
    pub pointer: u32,
    /// In words.
    pub why: &'static str,
    /// Whether the sender is told even if the packet was for many (options `11` do not).
    pub even_to_many: bool,
}

/// The headers of one packet, as far as they were read.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Chain {
    /// What the payload is; `None` if it is a piece, has no payload, or is not understood.
    pub protocol: Option<u8>,
    /// The number with which the chain ends where that is no header and no payload spoken here (then
    /// it is a problem too), or says that nothing follows.
    pub other: Option<u8>,
    /// The fragment header, if there is one: the chain ends with it.
    pub fragment: Option<FragmentField>,
    /// What the destination refuses.
    pub problem: Option<HeaderProblem>,
    /// Octets of all headers read.
    pub length: usize,
    /// Octets before the fragment header, and where its number stands.
    pub before_fragment: usize,
    /// Where the number of the last header stands, octets.
    pub number_at: usize,
}

impl Chain {
    fn starting() -> Chain {
        Chain {
            protocol: None,
            other: None,
            fragment: None,
            problem: None,
            length: IPV6_HEADER_LENGTH,
            before_fragment: IPV6_HEADER_LENGTH,
            number_at: 6,
        }
    }

    fn refuse(mut self, code: Option<u8>, pointer: usize, why: &'static str) -> Chain {
        self.problem = Some(HeaderProblem {
            code,
            pointer: pointer as u32,
            why,
            even_to_many: false,
        });
        self
    }
}

/// Walks the headers of `packet`, whose first next header is `next`.
pub(super) fn chain(packet: &[u8], next: u8) -> Chain {
    let mut chain = Chain::starting();
    let mut next = next;
    for number in 0..=limits::EXTENSION_HEADERS {
        let at = chain.length;
        match next {
            PROTOCOL_TCP | PROTOCOL_UDP | PROTOCOL_ICMPV6 => {
                chain.protocol = Some(next);
                return chain;
            }
            NO_NEXT_HEADER => {
                chain.other = Some(next);
                return chain;
            }
            FRAGMENT => return with_fragment(packet, chain),
            HOP_BY_HOP if number > 0 => {
                let why = "hop-by-hop options must come first";
                return chain.refuse(Some(1), chain.number_at, why);
            }
            HOP_BY_HOP | DESTINATION_OPTIONS | ROUTING => {}
            _ => {
                chain.other = Some(next);
                let why = "its next header is not spoken here";
                return chain.refuse(Some(1), chain.number_at, why);
            }
        }
        let Some(header) = whole_header(packet, at) else {
            return chain.refuse(None, at, "a header ends after the packet");
        };
        let problem = match next {
            ROUTING => routing_problem(header, at),
            _ => option_problem(header, at),
        };
        chain.length = at + header.len();
        (chain.number_at, next) = (at, header[0]);
        if problem.is_some() {
            chain.problem = problem;
            return chain;
        }
    }
    chain.refuse(None, chain.length, "too many headers before its payload")
}

fn whole_header(packet: &[u8], at: usize) -> Option<&[u8]> {
    let length = (usize::from(*packet.get(at + 1)?) + 1) * 8;
    packet.get(at..at + length)
}

fn with_fragment(packet: &[u8], mut chain: Chain) -> Chain {
    let at = chain.length;
    let Some(header) = packet.get(at..at + FRAGMENT_HEADER_LENGTH) else {
        return chain.refuse(None, at, "a header ends after the packet");
    };
    let word = u16::from_be_bytes([header[2], header[3]]);
    let field = FragmentField {
        offset: word & !7,
        more: word & 1 != 0,
        identification: u32::from_be_bytes([header[4], header[5], header[6], header[7]]),
        next: header[0],
    };
    chain.before_fragment = at;
    chain.length = at + FRAGMENT_HEADER_LENGTH;
    chain.fragment = Some(field);
    let room = packet.len() - chain.length;
    if field.more && !room.is_multiple_of(8) {
        let why = "a piece that is not the last must be a multiple of 8 octets long";
        return chain.refuse(Some(0), 4, why);
    }
    if usize::from(field.offset) + room > 0xffff {
        return chain.refuse(Some(0), at + 2, "the pieces make more than 65535 octets");
    }
    chain
}

/// No kind of routing is spoken (RFC 5095 forbids type 0): one with segments left is refused.
fn routing_problem(header: &[u8], at: usize) -> Option<HeaderProblem> {
    (header[3] != 0).then_some(HeaderProblem {
        code: Some(0),
        pointer: at as u32 + 2,
        why: "its routing header is not spoken here",
        even_to_many: false,
    })
}

/// The two highest bits of an option's type say what becomes of a packet whose option is not
/// understood (RFC 8200, section 4.2).
fn option_problem(header: &[u8], at: usize) -> Option<HeaderProblem> {
    let mut place = 2;
    let mut unknown = 0;
    let problem = |code, place: usize, why, even_to_many| {
        Some(HeaderProblem {
            code,
            pointer: (at + place) as u32,
            why,
            even_to_many,
        })
    };
    while let Some(kind) = header.get(place).copied() {
        if kind == PAD1 {
            place += 1;
            continue;
        }
        let length = header.get(place + 1).copied();
        let Some(end) = length.map(|length| place + 2 + usize::from(length)) else {
            return problem(None, place, "an option ends after its header", false);
        };
        if end > header.len() {
            return problem(None, place, "an option ends after its header", false);
        }
        let not_understood = "an option is not understood, and its sender wants the packet dropped";
        match kind >> 6 {
            _ if kind == PADN => {}
            0 => unknown += 1,
            1 => return problem(None, place, not_understood, false),
            2 => return problem(Some(2), place, not_understood, true),
            _ => return problem(Some(2), place, not_understood, false),
        }
        if unknown > limits::OPTIONS {
            return problem(None, place, "too many options are not understood", false);
        }
        place = end;
    }
    None
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::ipv6::{Ipv6Header, Ipv6Packet};
    use std::net::Ipv6Addr;

    fn chain_of(next: u8, payload: &[u8]) -> Chain {
        let end = |n| Ipv6Addr::new(0xfe80, 0, 0, 0, 0, 0, 0, n);
        let octets = Ipv6Header::new(end(1), end(2)).encode(next, payload);
        Ipv6Packet::parse(&octets).unwrap().chain
    }

    fn problem(next: u8, payload: &[u8]) -> (Option<u8>, u32) {
        let problem = chain_of(next, payload).problem.unwrap();
        (problem.code, problem.pointer)
    }

    #[test]
    fn options_are_passed_over_and_the_protocol_is_found() {
        let hop = [60, 0, 5, 2, 0, 0, 1, 0];
        let destination = [17, 0, 1, 4, 0, 0, 0, 0];
        let payload = [&hop[..], &destination, b"datagram"].concat();
        let chain = chain_of(0, &payload);
        assert_eq!((chain.protocol, chain.length), (Some(17), 56));
        assert_eq!(chain.problem, None);
    }

    #[test]
    fn an_unknown_protocol_is_refused_where_its_number_stands() {
        assert_eq!(problem(200, b"x"), (Some(1), 6));
        assert_eq!(problem(60, &[200, 0, 1, 4, 0, 0, 0, 0]), (Some(1), 40));
    }

    #[test]
    fn hop_by_hop_options_after_another_header_are_refused() {
        let twice = [[60, 0, 1, 4, 0, 0, 0, 0], [0, 0, 1, 4, 0, 0, 0, 0]].concat();
        assert_eq!(problem(0, &twice), (Some(1), 48));
    }

    #[test]
    fn an_options_own_bits_say_what_becomes_of_the_packet() {
        let with = |kind: u8| [17, 0, kind, 4, 0, 0, 0, 0];
        assert_eq!(chain_of(60, &with(0x05)).problem, None);
        assert_eq!(problem(60, &with(0x45)), (None, 42));
        assert_eq!(problem(60, &with(0x85)), (Some(2), 42));
        assert_eq!(problem(60, &with(0xc5)), (Some(2), 42));
        assert!(chain_of(60, &with(0x85)).problem.unwrap().even_to_many);
    }

    #[test]
    fn routing_with_segments_left_is_refused_and_without_passed_over() {
        assert_eq!(problem(43, &[17, 0, 0, 1, 0, 0, 0, 0]), (Some(0), 42));
        assert_eq!(chain_of(43, &[17, 0, 0, 0, 0, 0, 0, 0]).protocol, Some(17));
    }

    #[test]
    fn a_header_that_lies_about_its_length_is_dropped_without_a_word() {
        assert_eq!(problem(60, &[17, 9, 1, 4, 0, 0, 0, 0]), (None, 40));
        assert_eq!(problem(60, &[17, 0, 5, 9, 0, 0, 0, 0]), (None, 42));
        assert_eq!(problem(44, &[17, 0, 0]), (None, 40));
    }

    #[test]
    fn too_many_headers_are_dropped() {
        let payload = [60, 0, 1, 4, 0, 0, 0, 0].repeat(limits::EXTENSION_HEADERS + 2);
        assert_eq!(chain_of(60, &payload).problem.unwrap().code, None);
    }
}
