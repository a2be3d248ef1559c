//! Frames out of what the sockets carried, by the encoders of 03, 04 and 05. Nobody saw them: sequence
//! numbers begin at 0 at both ends, hardware addresses, hop limits and windows are made up, and data
//! is cut where an MTU of 1500 would cut it.

use std::net::{IpAddr, SocketAddr};
use thru_events::MacAddress;
use thru_ip::{Ipv4Header, Ipv6Header, PROTOCOL_TCP, PROTOCOL_UDP};
use thru_link::{ETHERTYPE_IPV4, ETHERTYPE_IPV6, encode_frame};
use thru_transport::{
    tcp::{Flags, Options, SegmentHeader, Seq},
    udp::Datagram,
};

/// The largest packet that is made up, octets: Ethernet's.
const MTU: usize = 1500;
/// The window that is made up.
const WINDOW: u16 = 65_535;
/// Hardware addresses of this machine and of the next one; local ones (IEEE 802, clause 8.4).
const HERE: MacAddress = MacAddress([2, 0, 0, 0, 0, 1]);
const NEXT: MacAddress = MacAddress([2, 0, 0, 0, 0, 2]);

const ACK: Flags = Flags::ACK;

/// A frame and whether it leaves this machine.
pub(super) type Made = (bool, Vec<u8>);

/// Both ends of a TCP connection, as far as a socket shows them.
#[derive(Clone, Copy, Debug)]
pub(super) struct Conversation {
    local: SocketAddr,
    remote: SocketAddr,
    /// Next sequence number of this end and of the other.
    here: u32,
    there: u32,
}

impl Conversation {
    pub fn new(local: SocketAddr, remote: SocketAddr) -> Conversation {
        Conversation {
            local,
            remote,
            here: 0,
            there: 0,
        }
    }

    /// This end asks for a connection.
    pub fn asks(&mut self) -> Vec<Made> {
        let syn = self.segment(true, Flags::SYN, &[]);
        self.here = 1;
        vec![syn]
    }

    /// The other end agreed.
    pub fn opens(&mut self) -> Vec<Made> {
        let agreed = self.segment(false, Flags::SYN.and(ACK), &[]);
        self.there = 1;
        vec![agreed, self.segment(true, ACK, &[])]
    }

    /// Octets went (`outgoing`) or came; what came was acknowledged by the kernel.
    pub fn carries(&mut self, outgoing: bool, octets: &[u8]) -> Vec<Made> {
        let most = MTU - ip_header(self.local) - thru_transport::tcp::HEADER_LENGTH;
        let mut made = Vec::new();
        let mut rest = octets;
        while !rest.is_empty() {
            let (piece, after) = rest.split_at(rest.len().min(most));
            let flags = match after.is_empty() {
                true => Flags::PSH.and(ACK),
                false => ACK,
            };
            made.push(self.segment(outgoing, flags, piece));
            self.advance(outgoing, piece.len() as u32);
            rest = after;
        }
        if !outgoing && !octets.is_empty() {
            made.push(self.segment(true, ACK, &[]));
        }
        made
    }

    /// One end has nothing more to send. That the other took it in is only known here.
    pub fn finishes(&mut self, outgoing: bool) -> Vec<Made> {
        let mut made = vec![self.segment(outgoing, Flags::FIN.and(ACK), &[])];
        self.advance(outgoing, 1);
        if !outgoing {
            made.push(self.segment(true, ACK, &[]));
        }
        made
    }

    /// One end breaks it off.
    pub fn resets(&mut self, outgoing: bool) -> Vec<Made> {
        vec![self.segment(outgoing, Flags::RST.and(ACK), &[])]
    }

    fn advance(&mut self, outgoing: bool, by: u32) {
        let next = match outgoing {
            true => &mut self.here,
            false => &mut self.there,
        };
        *next = next.wrapping_add(by);
    }

    fn segment(&self, outgoing: bool, flags: Flags, octets: &[u8]) -> Made {
        let (from, to, seq, ack) = match outgoing {
            true => (self.local, self.remote, self.here, self.there),
            false => (self.remote, self.local, self.there, self.here),
        };
        let header = SegmentHeader {
            source_port: from.port(),
            destination_port: to.port(),
            seq: Seq(seq),
            ack: Seq(if flags.has(ACK) { ack } else { 0 }),
            flags,
            window: WINDOW,
            options: Options::default(),
        };
        let segment = header.encode(from.ip(), to.ip(), octets);
        (outgoing, frame(outgoing, from, to, PROTOCOL_TCP, &segment))
    }
}

/// The frame of a datagram.
pub(super) fn datagram(
    local: SocketAddr,
    remote: SocketAddr,
    outgoing: bool,
    octets: &[u8],
) -> Vec<u8> {
    let (from, to) = match outgoing {
        true => (local, remote),
        false => (remote, local),
    };
    let datagram = Datagram {
        source_port: from.port(),
        destination_port: to.port(),
        payload: octets,
    };
    let datagram = datagram.encode(from.ip(), to.ip());
    frame(outgoing, from, to, PROTOCOL_UDP, &datagram)
}

fn ip_header(address: SocketAddr) -> usize {
    match address {
        SocketAddr::V4(_) => thru_ip::HEADER_LENGTH,
        SocketAddr::V6(_) => thru_ip::IPV6_HEADER_LENGTH,
    }
}

fn frame(
    outgoing: bool,
    from: SocketAddr,
    to: SocketAddr,
    protocol: u8,
    payload: &[u8],
) -> Vec<u8> {
    let (ethertype, packet) = match (from.ip(), to.ip()) {
        (IpAddr::V4(from), IpAddr::V4(to)) => {
            let header = Ipv4Header {
                dont_fragment: true,
                ..Ipv4Header::new(from, to, protocol)
            };
            (ETHERTYPE_IPV4, header.encode(payload))
        }
        (from, to) => {
            let header = Ipv6Header::new(six(from), six(to));
            (ETHERTYPE_IPV6, header.encode(protocol, payload))
        }
    };
    let (destination, source) = match outgoing {
        true => (NEXT, HERE),
        false => (HERE, NEXT),
    };
    encode_frame(destination, source, ethertype, &packet)
}

fn six(address: IpAddr) -> std::net::Ipv6Addr {
    match address {
        IpAddr::V4(address) => address.to_ipv6_mapped(),
        IpAddr::V6(address) => address,
    }
}

#[cfg(test)]
#[path = "put_together_tests.rs"]
mod tests;
