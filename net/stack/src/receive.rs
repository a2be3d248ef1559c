//! The way up: frame, packet, pieces, segment or datagram.

use crate::{Stack, send::Summary};
use std::net::{IpAddr, Ipv4Addr, Ipv6Addr};
use thru_events::{Cause, Stage, Time, ip::IpEvent, link::LinkEvent, trip::TripEvent};
use thru_ip::{
    CutAgain, FragmentOutcome, GivenUp, IcmpError, Ipv4Packet, PROTOCOL_ICMP, PROTOCOL_TCP,
    PROTOCOL_UDP, UnreachableCode, fragment_limits,
};
use thru_link::{ArpPacket, ETHERTYPE_ARP, ETHERTYPE_IPV4, ETHERTYPE_IPV6, Frame};
use thru_octets::{Malformed, Span};

/// Where a packet came from and what shows it.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Arrival {
    /// Interface; none over loopback.
    pub(crate) interface: Option<usize>,
    /// Whose frame it came in; none over loopback.
    pub(crate) sender: Option<thru_events::MacAddress>,
    /// The packet's octets.
    pub(crate) span: Option<Span>,
    /// The event that brought it.
    pub(crate) cause: Cause,
    /// It came in pieces of IPv6, and goes on in such pieces.
    pub(crate) cut: Option<CutAgain>,
}

/// What the stages above get of a packet of either family.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Delivered<'a> {
    pub(crate) source: IpAddr,
    pub(crate) destination: IpAddr,
    /// Type of service, or traffic class.
    pub(crate) tos: u8,
    pub(crate) payload: &'a [u8],
    /// The whole packet.
    pub(crate) octets: &'a [u8],
}

impl Stack {
    /// Takes a frame off the wire, without FCS. `span` is where its octets are kept already (the
    /// sender's), `cause` the event that brought it here.
    pub fn handle_frame(
        &mut self,
        now: Time,
        interface: usize,
        frame: &[u8],
        span: Option<Span>,
        cause: Cause,
    ) {
        if interface >= self.interfaces.len() {
            return;
        }
        let span = span.or_else(|| self.tap.keep(frame));
        let parsed = match Frame::parse(frame) {
            Ok(parsed) => parsed,
            Err(malformed) => {
                return self.state_bad_frame(interface, frame, span, &malformed, cause);
            }
        };
        let own = self.interfaces[interface].config.mac;
        let why_not = match parsed.destination {
            to if to == own || self.is_member(interface, to) => None,
            to if to.is_group() => Some("it is for a group that this machine is not in"),
            _ => Some("it is for another machine"),
        };
        if let Some(why) = why_not {
            self.state_ignored(interface, &parsed, span, why, cause);
            return;
        }
        let cause = self
            .tap
            .emit_with_span(cause, span, || LinkEvent::FrameReceived {
                interface: interface as u8,
                destination: parsed.destination,
                source: parsed.source,
                ethertype: parsed.ethertype,
                length: frame.len() as u32,
            });
        match parsed.ethertype {
            ETHERTYPE_ARP => self.on_arp(now, interface, &parsed, span, cause),
            ETHERTYPE_IPV4 | ETHERTYPE_IPV6 => {
                let span = span.map(|span| span.part(parsed.payload_offset, frame.len()));
                let arrival = Arrival {
                    interface: Some(interface),
                    sender: Some(parsed.source),
                    span,
                    cause,
                    cut: None,
                };
                match parsed.ethertype {
                    ETHERTYPE_IPV6 => self.on_ipv6(now, parsed.payload, arrival),
                    _ => self.on_packet(now, parsed.payload, arrival),
                }
            }
            _ => self.state_ignored(
                interface,
                &parsed,
                None,
                "its EtherType is not spoken here",
                cause,
            ),
        }
    }

    fn state_ignored(
        &self,
        interface: usize,
        frame: &Frame<'_>,
        span: Option<Span>,
        why: &'static str,
        cause: Cause,
    ) {
        self.tap
            .emit_with_span(cause, span, || LinkEvent::FrameIgnored {
                interface: interface as u8,
                destination: frame.destination,
                why: why.into(),
            });
    }

    fn state_bad_frame(
        &self,
        interface: usize,
        frame: &[u8],
        span: Option<Span>,
        malformed: &Malformed,
        cause: Cause,
    ) {
        self.tap.emit_with_span(cause, span, || {
            let mut destination = [0; 6];
            let known = frame.len().min(6);
            destination[..known].copy_from_slice(&frame[..known]);
            LinkEvent::FrameIgnored {
                interface: interface as u8,
                destination: thru_events::MacAddress(destination),
                why: malformed.to_string().into(),
            }
        });
    }

    fn on_arp(
        &mut self,
        now: Time,
        interface: usize,
        frame: &Frame<'_>,
        span: Option<Span>,
        cause: Cause,
    ) {
        let arp = match ArpPacket::parse(frame.payload) {
            Ok(arp) => arp,
            Err(malformed) => {
                self.tap
                    .emit_with_span(cause, span, || LinkEvent::FrameIgnored {
                        interface: interface as u8,
                        destination: frame.destination,
                        why: malformed.to_string().into(),
                    });
                return;
            }
        };
        self.look_for_conflict(now, interface, &arp, cause);
        let own = &mut self.interfaces[interface];
        let identity = (own.config.mac, own.address.map(|own| own.address));
        let reaction = own
            .neighbours
            .handle_arp(now, &arp, identity, cause, &self.tap);
        if let Some((reply, cause)) = reaction.reply {
            self.queue_frame(
                interface,
                reply.target_mac,
                ETHERTYPE_ARP,
                reply.encode(),
                cause,
            );
        }
        for released in reaction.released {
            self.send_released(interface, released);
        }
    }

    /// Takes in a packet, for this machine or to be passed on.
    pub(crate) fn on_packet(&mut self, now: Time, octets: &[u8], arrival: Arrival) {
        let packet = match Ipv4Packet::parse(octets) {
            Ok(packet) => packet,
            Err(malformed) => return self.state_malformed(octets, &malformed, arrival),
        };
        let octets = &octets[..packet.total_length];
        if self.is_filtered(arrival) {
            // Ports stand in the first piece only: a filter sees whole packets (RFC 4787, REQ-14).
            return match packet.header.is_fragment() {
                true => self.on_piece(now, &packet, arrival),
                false => self.on_filtered_packet(now, octets.to_vec(), arrival),
            };
        }
        self.on_checked_packet(now, octets, &packet, arrival);
    }

    pub(crate) fn is_filtered(&self, arrival: Arrival) -> bool {
        self.forwarding.is_some() && arrival.interface.is_some()
    }

    pub(crate) fn on_checked_packet(
        &mut self,
        now: Time,
        octets: &[u8],
        packet: &Ipv4Packet<'_>,
        arrival: Arrival,
    ) {
        let destination = packet.header.destination;
        if self.is_own(destination) || self.is_broadcast(destination) {
            return self.deliver(now, packet, octets, arrival);
        }
        match arrival.interface {
            Some(_) if self.forward => self.forward_packet(now, octets, arrival),
            _ => {
                self.state_dropped(octets, "it is not addressed to this machine", arrival.cause);
            }
        }
    }

    pub(crate) fn state_malformed(&self, octets: &[u8], malformed: &Malformed, arrival: Arrival) {
        self.tap.emit_with_span(arrival.cause, arrival.span, || {
            let (source, destination) = claimed_ends(octets);
            IpEvent::PacketDropped {
                source,
                destination,
                why: malformed.to_string().into(),
            }
        });
    }

    fn deliver(&mut self, now: Time, packet: &Ipv4Packet<'_>, octets: &[u8], mut arrival: Arrival) {
        arrival.cause = self.state_packet_received(Summary::of_ipv4(packet), arrival);
        if packet.header.is_fragment() {
            return self.on_piece(now, packet, arrival);
        }
        arrival.span = arrival
            .span
            .map(|span| span.part(packet.header_length, packet.total_length));
        let delivered = Delivered {
            source: packet.header.source.into(),
            destination: packet.header.destination.into(),
            tos: packet.header.tos,
            payload: packet.payload,
            octets,
        };
        match packet.header.protocol {
            PROTOCOL_ICMP => self.on_icmp(now, packet, arrival),
            PROTOCOL_UDP => self.on_datagram(now, &delivered, arrival),
            PROTOCOL_TCP => self.on_segment(now, &delivered, arrival),
            _ => {
                let cause =
                    self.state_dropped(octets, "its protocol is not spoken here", arrival.cause);
                let error = IcmpError::Unreachable(UnreachableCode::Protocol);
                self.send_icmp_error(now, error, octets, cause);
            }
        }
    }

    pub(crate) fn state_packet_received(&self, packet: Summary, arrival: Arrival) -> Cause {
        self.tap
            .emit_with_span(arrival.cause, arrival.span, || IpEvent::PacketReceived {
                source: packet.source,
                destination: packet.destination,
                protocol: packet.protocol,
                length: packet.length,
                ttl: packet.ttl,
            })
    }

    fn on_piece(&mut self, now: Time, packet: &Ipv4Packet<'_>, arrival: Arrival) {
        let (outcome, evicted) = self.reassembler.handle(now, packet, arrival.cause);
        self.state_evicted(evicted, arrival);
        let id = packet.header.identification.into();
        let Some((whole, arrival)) =
            self.put_together(outcome, id, Summary::of_ipv4(packet), arrival)
        else {
            return;
        };
        if self.is_filtered(arrival) {
            self.on_filtered_packet(now, whole, arrival);
        } else if let Ok(packet) = Ipv4Packet::parse(&whole) {
            self.deliver(now, &packet, &whole, arrival);
        }
    }

    pub(crate) fn state_evicted(&self, evicted: Option<GivenUp>, arrival: Arrival) {
        let Some(evicted) = evicted else {
            return;
        };
        let limit = fragment_limits::PACKETS as u64;
        let name = "packets that wait for their pieces";
        let cause = self.state_limit(Stage::Ip, name, limit, arrival.cause);
        self.state_given_up(&evicted, cause);
    }

    /// States what a piece led to. Gives the whole packet, if that is it, and its arrival.
    pub(crate) fn put_together(
        &self,
        outcome: FragmentOutcome,
        id: u32,
        piece: Summary,
        arrival: Arrival,
    ) -> Option<(Vec<u8>, Arrival)> {
        match outcome {
            FragmentOutcome::Waiting => None,
            FragmentOutcome::Refused { why } => {
                self.tap.emit(arrival.cause, || IpEvent::PacketDropped {
                    source: piece.source,
                    destination: piece.destination,
                    why: why.into(),
                });
                None
            }
            FragmentOutcome::Whole {
                packet: whole,
                pieces,
                ..
            } => {
                let cause = self
                    .tap
                    .emit(arrival.cause, || IpEvent::Reassembled { id, pieces });
                let span = self.tap.keep(&whole);
                let arrival = Arrival {
                    span,
                    cause,
                    ..arrival
                };
                Some((whole, arrival))
            }
        }
    }

    /// Gives up packets whose pieces did not come.
    pub(crate) fn poll_reassembly(&mut self, now: Time) -> bool {
        let Some(given_up) = self.reassembler.poll(now) else {
            return false;
        };
        let cause = self.state_given_up(&given_up, given_up.cause);
        if let Some(first) = given_up.first {
            self.send_icmp_error(now, IcmpError::ReassemblyTimeExceeded, &first, cause);
        }
        true
    }

    fn state_given_up(&self, given_up: &GivenUp, cause: Cause) -> Cause {
        self.tap.emit(cause, || IpEvent::PacketDropped {
            source: given_up.source,
            destination: given_up.destination,
            why: given_up.why.words().into(),
        })
    }

    /// States that a named limit of this machine was reached.
    pub(crate) fn state_limit(
        &self,
        stage: Stage,
        limit: &'static str,
        value: u64,
        cause: Cause,
    ) -> Cause {
        self.tap.emit(cause, || TripEvent::LimitReached {
            stage,
            limit: limit.into(),
            value,
        })
    }

    /// Delivers one packet that this machine sent to itself.
    pub(crate) fn deliver_loopback(&mut self, now: Time) -> bool {
        let Some((packet, cause)) = self.loopback.pop_front() else {
            return false;
        };
        let span = self.tap.keep(&packet);
        let arrival = Arrival {
            interface: None,
            sender: None,
            span,
            cause,
            cut: None,
        };
        match packet.first().map(|first| first >> 4) {
            Some(6) => self.on_ipv6(now, &packet, arrival),
            _ => self.on_packet(now, &packet, arrival),
        }
        true
    }
}

/// The ends that a packet claims, though it cannot be read whole.
fn claimed_ends(octets: &[u8]) -> (IpAddr, IpAddr) {
    let ipv4 = |at: usize| {
        let four: Option<[u8; 4]> = octets.get(at..at + 4).and_then(|four| four.try_into().ok());
        four.map_or(Ipv4Addr::UNSPECIFIED, Ipv4Addr::from)
    };
    let ipv6 = |at: usize| {
        let many: Option<[u8; 16]> = octets
            .get(at..at + 16)
            .and_then(|many| many.try_into().ok());
        many.map_or(Ipv6Addr::UNSPECIFIED, Ipv6Addr::from)
    };
    match octets.first().map(|first| first >> 4) {
        Some(6) => (ipv6(8).into(), ipv6(24).into()),
        _ => (ipv4(12).into(), ipv4(16).into()),
    }
}
