//! The way up of an IPv6 packet.

use crate::{
    Stack,
    receive::{Arrival, Delivered},
    send::Summary,
};
use std::net::Ipv6Addr;
use thru_events::Time;
use thru_ip::{
    CutAgain, FragmentOutcome, IcmpError, Icmpv6Message, Ipv6Packet, PROTOCOL_ICMPV6, PROTOCOL_TCP,
    PROTOCOL_UDP, UnreachableCode,
};
use thru_link::ndp::{NDP_HOP_LIMIT, NdpMessage};

impl Stack {
    /// Takes in a packet, for this machine or to be passed on.
    pub(crate) fn on_ipv6(&mut self, now: Time, octets: &[u8], arrival: Arrival) {
        let packet = match Ipv6Packet::parse(octets) {
            Ok(packet) => packet,
            Err(malformed) => return self.state_malformed(octets, &malformed, arrival),
        };
        let octets = &octets[..packet.total_length];
        if let Some(why) = impossible_ends(&packet, arrival) {
            self.state_dropped(octets, why, arrival.cause);
            return;
        }
        if self.is_filtered(arrival) && !is_neighbour_discovery(&packet) {
            // As with IPv4. DEVIATION: no router puts pieces of others together (RFC 8200, section
            // 4.5); a filter has to see the ports, and sends the same pieces on.
            return match packet.is_fragment() {
                true => self.on_ipv6_piece(now, &packet, octets, arrival),
                false => self.on_filtered_packet(now, octets.to_vec(), arrival),
            };
        }
        self.on_checked_ipv6(now, octets, &packet, arrival);
    }

    pub(crate) fn on_checked_ipv6(
        &mut self,
        now: Time,
        octets: &[u8],
        packet: &Ipv6Packet<'_>,
        arrival: Arrival,
    ) {
        let destination = packet.header.destination;
        if self.is_own_ipv6(destination) || self.is_in_group(destination, arrival) {
            return self.deliver_ipv6(now, packet, octets, arrival);
        }
        let tentative = self.own_ipv6().any(|(_, own)| own.address == destination);
        let why = match tentative {
            true => "this machine does not use the address yet, or never",
            false if !self.forward || arrival.interface.is_none() || destination.is_multicast() => {
                "it is not addressed to this machine"
            }
            false if !leaves_the_link(packet) => "an address of the link does not leave it",
            false => return self.forward_packet(now, octets, arrival),
        };
        let cause = self.state_dropped(octets, why, arrival.cause);
        if self.forward && !destination.is_multicast() && !tentative {
            // RFC 4443, section 3.1: beyond scope of source address.
            let beyond = IcmpError::Unreachable(UnreachableCode::Other(2));
            self.send_icmp_error(now, beyond, octets, cause);
        }
    }

    fn is_in_group(&self, destination: Ipv6Addr, arrival: Arrival) -> bool {
        let interface = arrival
            .interface
            .and_then(|index| self.interfaces.get(index));
        let ipv6 = interface.and_then(|own| own.ipv6.as_ref());
        destination.is_multicast()
            && ipv6.is_some_and(|ipv6| ipv6.is_in_group(destination, self.forward))
    }

    fn deliver_ipv6(
        &mut self,
        now: Time,
        packet: &Ipv6Packet<'_>,
        octets: &[u8],
        mut arrival: Arrival,
    ) {
        arrival.cause = self.state_packet_received(Summary::of_ipv6(packet), arrival);
        if let Some(problem) = packet.chain.problem {
            let cause = self.state_dropped(octets, problem.why, arrival.cause);
            let to_many = packet.header.destination.is_multicast();
            if let Some(code) = problem.code.filter(|_| !to_many || problem.even_to_many) {
                let message = Icmpv6Message::problem(code, problem.pointer, octets);
                self.send_icmpv6_about(now, &message, octets, cause);
            }
            return;
        }
        if packet.is_fragment() {
            return self.on_ipv6_piece(now, packet, octets, arrival);
        }
        arrival.span = arrival
            .span
            .map(|span| span.part(packet.chain.length, packet.total_length));
        let delivered = Delivered {
            source: packet.header.source.into(),
            destination: packet.header.destination.into(),
            tos: packet.header.traffic_class,
            payload: packet.payload,
            octets,
        };
        match packet.chain.protocol {
            Some(PROTOCOL_ICMPV6) => self.on_icmpv6(now, packet, arrival),
            Some(PROTOCOL_UDP) => self.on_datagram(now, &delivered, arrival),
            Some(PROTOCOL_TCP) if !packet.header.destination.is_multicast() => {
                self.on_segment(now, &delivered, arrival)
            }
            _ => {
                self.state_dropped(octets, "it has no payload for this machine", arrival.cause);
            }
        }
    }

    fn on_ipv6_piece(
        &mut self,
        now: Time,
        packet: &Ipv6Packet<'_>,
        octets: &[u8],
        arrival: Arrival,
    ) {
        let cause = arrival.cause;
        let (outcome, evicted) = self.reassembler.handle_ipv6(now, packet, octets, cause);
        self.state_evicted(evicted, arrival);
        let id = packet
            .chain
            .fragment
            .map_or(0, |piece| piece.identification);
        let cut = match &outcome {
            FragmentOutcome::Whole { largest, .. } => CutAgain::of(packet, *largest),
            _ => None,
        };
        let piece = Summary::of_ipv6(packet);
        let Some((whole, arrival)) = self.put_together(outcome, id, piece, arrival) else {
            return;
        };
        if self.is_filtered(arrival) {
            return self.on_filtered_packet(now, whole, Arrival { cut, ..arrival });
        }
        // A piece within pieces goes round no second time.
        match Ipv6Packet::parse(&whole) {
            Ok(packet) if !packet.is_fragment() => self.deliver_ipv6(now, &packet, &whole, arrival),
            _ => {
                self.state_dropped(&whole, "what was put together is no packet", arrival.cause);
            }
        }
    }
}

/// Ends that no packet on a wire has (RFC 4291, sections 2.5.3 and 2.7).
fn impossible_ends(packet: &Ipv6Packet<'_>, arrival: Arrival) -> Option<&'static str> {
    let (source, destination) = (packet.header.source, packet.header.destination);
    let off_the_wire = arrival.interface.is_some();
    if source.is_multicast() {
        return Some("it comes from a group");
    }
    if off_the_wire && (source.is_loopback() || destination.is_loopback()) {
        return Some("a loopback address came off a wire");
    }
    destination
        .is_unspecified()
        .then_some("it goes to no address")
}

fn is_neighbour_discovery(packet: &Ipv6Packet<'_>) -> bool {
    let kind = packet.payload.first().copied();
    packet.chain.protocol == Some(PROTOCOL_ICMPV6)
        && packet.header.hop_limit == NDP_HOP_LIMIT
        && kind.is_some_and(NdpMessage::is_type)
}

/// Whether a router may pass it on (RFC 4291, section 2.5.6).
fn leaves_the_link(packet: &Ipv6Packet<'_>) -> bool {
    let (source, destination) = (packet.header.source, packet.header.destination);
    !source.is_unicast_link_local()
        && !destination.is_unicast_link_local()
        && !source.is_unspecified()
}
