//! What a router does with packets that are for others (RFC 1812, section 5).

use crate::{
    Stack,
    receive::Arrival,
    send::{PendingPacket, Summary},
};
use thru_events::{Cause, Tap, Text, Time, ip::IpEvent};
use thru_ip::{
    CutAgain, IcmpError, Ipv4Packet, Ipv6Packet, UnreachableCode, decrement_hop_limit,
    decrement_ttl, lies_beyond,
};

/// How a filter refuses a packet aloud.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Rejection {
    /// A TCP reset in the destination's name (for other protocols, ICMP "administratively
    /// prohibited").
    Reset,
    /// ICMP "destination unreachable", and why.
    Icmp(UnreachableCode),
}

/// What a filter or translation decides about a packet. The cause is the event that says so, and
/// goes on with the packet.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum PathVerdict {
    /// Go on, with the packet as it is now.
    Continue(Cause),
    /// Drop it without a word to its sender.
    Drop {
        /// Why.
        why: Text,
        /// The event that says so.
        cause: Cause,
    },
    /// Drop it and tell its sender.
    Reject {
        /// How.
        how: Rejection,
        /// The event that says so.
        cause: Cause,
    },
}

/// Filters and address translation on the way of packets (`lab` brings them). The packet is a
/// whole packet of IPv4 or IPv6; who changes it keeps its checksums right. Neighbour discovery never
/// comes by: it does not leave its link.
pub trait Forwarding {
    /// A packet came in by an interface, before anyone asks whether it is for this machine.
    fn inbound(
        &mut self,
        now: Time,
        in_interface: usize,
        packet: &mut Vec<u8>,
        cause: Cause,
        tap: &Tap,
    ) -> PathVerdict;

    /// A packet is about to be passed on by an interface; its hop was taken already.
    fn outbound(
        &mut self,
        now: Time,
        out_interface: usize,
        packet: &mut Vec<u8>,
        cause: Cause,
        tap: &Tap,
    ) -> PathVerdict;
}

impl Stack {
    /// Lets the filter look at a packet that came in, then goes on with it.
    pub(crate) fn on_filtered_packet(&mut self, now: Time, mut octets: Vec<u8>, arrival: Arrival) {
        let before = octets.clone();
        let verdict = match (&mut self.forwarding, arrival.interface) {
            (Some(forwarding), Some(interface)) => {
                forwarding.inbound(now, interface, &mut octets, arrival.cause, &self.tap)
            }
            _ => PathVerdict::Continue(arrival.cause),
        };
        let Some(cause) = self.carry_out(now, verdict, &before) else {
            return;
        };
        // The kept octets show the packet only if the filter left it as it was.
        let span = arrival.span.filter(|_| before == octets);
        let arrival = Arrival {
            cause,
            span,
            ..arrival
        };
        let malformed = match octets.first().map(|first| first >> 4) {
            Some(6) => match Ipv6Packet::parse(&octets) {
                Ok(packet) => return self.on_checked_ipv6(now, &octets, &packet, arrival),
                Err(malformed) => malformed,
            },
            _ => match Ipv4Packet::parse(&octets) {
                Ok(packet) => return self.on_checked_packet(now, &octets, &packet, arrival),
                Err(malformed) => malformed,
            },
        };
        self.state_malformed(&octets, &malformed, arrival);
    }

    /// Carries out a verdict about `packet`. Gives the cause to go on with.
    fn carry_out(&mut self, now: Time, verdict: PathVerdict, packet: &[u8]) -> Option<Cause> {
        match verdict {
            PathVerdict::Continue(cause) => return Some(cause),
            PathVerdict::Drop { why, cause } => {
                self.state_about(packet, cause, |packet| IpEvent::PacketDropped {
                    source: packet.source,
                    destination: packet.destination,
                    why,
                });
            }
            PathVerdict::Reject { how, cause } => {
                let cause = self.state_dropped(packet, "a filter refuses it", cause);
                let code = match how {
                    Rejection::Icmp(code) => code,
                    Rejection::Reset if self.send_reset_about(now, packet, cause) => return None,
                    Rejection::Reset => UnreachableCode::AdministrativelyProhibited,
                };
                self.send_icmp_error(now, IcmpError::Unreachable(code), packet, cause);
            }
        }
        None
    }

    /// Passes a packet on: takes a hop, finds the way, cuts it if need be.
    pub(crate) fn forward_packet(&mut self, now: Time, octets: &[u8], arrival: Arrival) {
        let cause = arrival.cause;
        let mut packet = octets.to_vec();
        let left = match octets.first().map(|first| first >> 4) {
            Some(6) => decrement_hop_limit(&mut packet),
            _ => decrement_ttl(&mut packet),
        };
        let Some(ttl) = left else {
            let cause = self.state_dropped(octets, "its time to live ran out", cause);
            return self.send_icmp_error(now, IcmpError::TimeExceeded, octets, cause);
        };
        let Some(destination) = Summary::read(&packet).map(|packet| packet.destination) else {
            return;
        };
        let Ok(way) = self.way_to(destination) else {
            let cause = self
                .tap
                .emit(cause, || IpEvent::RouteMissing { destination });
            let cause = self.state_dropped(octets, "there is no route", cause);
            let code = UnreachableCode::Network;
            return self.send_icmp_error(now, IcmpError::Unreachable(code), octets, cause);
        };
        let out = way.route.interface;
        let verdict = match &mut self.forwarding {
            Some(forwarding) => forwarding.outbound(now, out, &mut packet, cause, &self.tap),
            None => PathVerdict::Continue(cause),
        };
        let Some(cause) = self.carry_out(now, verdict, octets) else {
            return;
        };
        // What is translated here must come by here.
        let ends = |octets: &[u8]| Summary::read(octets).map(|it| (it.source, it.destination));
        let own_way = arrival.interface;
        if let Some(interface) = own_way.filter(|_| ends(&packet) == ends(octets)) {
            self.send_redirect(now, interface, way.route, octets, cause);
        }
        let next_hop = way.route.via.unwrap_or(destination);
        let cause = self.state_about(&packet, cause, |packet| IpEvent::PacketForwarded {
            source: packet.source,
            destination: packet.destination,
            next_hop,
            ttl,
        });
        let Some((packets, cause)) =
            self.cut_to_fit(now, out, packet, (octets, arrival.cut), cause)
        else {
            return;
        };
        for packet in packets {
            let pending = PendingPacket {
                packet: packet.into(),
                own: false,
                cause,
            };
            self.send_to_neighbour(now, out, next_hop, pending, false);
        }
    }

    /// Cuts a packet to the next link's MTU, or tells its sender that it may not be cut.
    fn cut_to_fit(
        &mut self,
        now: Time,
        out: usize,
        packet: Vec<u8>,
        (original, came_in): (&[u8], Option<CutAgain>),
        cause: Cause,
    ) -> Option<(Vec<Vec<u8>>, Cause)> {
        let is_ipv6 = packet.first().is_some_and(|first| first >> 4 == 6);
        let mtu = self.interface_mtu(out, is_ipv6);
        if packet.len() <= mtu && came_in.is_none() {
            return Some((vec![packet], cause));
        }
        // Nobody cuts a packet of IPv6 but who made it (RFC 8200, section 5): what came in pieces
        // goes on in pieces that are no larger, and one that would not fit is told of.
        // GAP: options of a packet that is cut are not copied into the pieces.
        let parsed = Ipv4Packet::parse(&packet).ok().filter(|_| !is_ipv6);
        if parsed
            .as_ref()
            .is_some_and(|own| lies_beyond(&own.header, own.payload))
        {
            self.state_dropped(&packet, "the pieces make more than 65535 octets", cause);
            return None;
        }
        let pieces = match came_in {
            Some(cut) if cut.largest <= mtu => {
                let pieces = cut.pieces(&packet);
                pieces.map(|pieces| (cut.identification, pieces))
            }
            Some(_) => None,
            None => parsed.and_then(|parsed| {
                let pieces = thru_ip::fragment(&parsed.header, parsed.payload, mtu)?;
                Some((parsed.header.identification.into(), pieces))
            }),
        };
        let Some((id, pieces)) = pieces else {
            let cause = self.state_dropped(
                &packet,
                "larger than the next link's MTU and may not be cut",
                cause,
            );
            let next_hop_mtu = u16::try_from(mtu).unwrap_or(u16::MAX);
            let code = UnreachableCode::FragmentationNeeded { next_hop_mtu };
            self.send_icmp_error(now, IcmpError::Unreachable(code), original, cause);
            return None;
        };
        let count = pieces.len() as u16;
        let cause = self
            .tap
            .emit(cause, || IpEvent::Fragmented { id, pieces: count });
        Some((pieces, cause))
    }
}
