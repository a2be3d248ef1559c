//! The way down: route, hop limit, pieces, neighbour, frame.

use crate::{SendError, Stack, limits, socket::LostHow};
use std::net::{IpAddr, Ipv4Addr};
use thru_events::{Cause, MacAddress, Stage, Time, ip::IpEvent, link::LinkEvent};
use thru_ip::{Ipv4Header, Ipv4Packet, Route};
use thru_link::{
    ArpPacket, ETHERTYPE_ARP, ETHERTYPE_IPV4, Frame, NeighbourOutput, Released, Resolution,
    encode_frame,
};
use thru_octets::Span;

/// Why a packet is dropped when no frame more fits into the queue.
pub(crate) const QUEUE_FULL: &str = "too many frames wait to be sent";

/// A frame for the wire, without FCS.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Outgoing {
    /// Interface to send it by.
    pub interface: usize,
    /// Its octets.
    pub frame: Vec<u8>,
    /// Where the octets are kept, when recording.
    pub span: Option<Span>,
    /// `FrameSent`: the cause of everything that the frame does elsewhere.
    pub cause: Cause,
}

/// A packet that waits for its neighbour's hardware address.
#[derive(Debug)]
pub(crate) struct PendingPacket {
    pub(crate) packet: Vec<u8>,
    /// Made here, or passed on for someone else.
    pub(crate) own: bool,
    /// The event that wanted it sent.
    pub(crate) cause: Cause,
}

/// A frame that is ready.
pub(crate) struct Transmission {
    pub(crate) interface: usize,
    pub(crate) frame: Vec<u8>,
    pub(crate) cause: Cause,
}

/// A route with the own address used on it.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Way {
    pub(crate) route: Route,
    pub(crate) source: Ipv4Addr,
}

impl Stack {
    /// The way to `destination`, without a word.
    pub(crate) fn way_to(&self, destination: Ipv4Addr) -> Result<Way, SendError> {
        if self.is_own(destination) {
            let prefix = thru_ip::Prefix::new(destination, 32);
            let route = Route {
                prefix,
                via: None,
                interface: 0,
            };
            return Ok(Way {
                route,
                source: destination,
            });
        }
        let route = self
            .routes
            .lookup(destination)
            .ok_or(SendError::NoRoute(None))?;
        let interface = self
            .interfaces
            .get(route.interface)
            .ok_or(SendError::NoRoute(None))?;
        let own = interface.address.ok_or(SendError::NoAddress)?;
        Ok(Way {
            route,
            source: own.address,
        })
    }

    /// The way to `destination`, stated as an event.
    pub(crate) fn choose_way(
        &self,
        destination: Ipv4Addr,
        cause: Cause,
    ) -> Result<(Way, Cause), SendError> {
        let way = match self.way_to(destination) {
            Err(SendError::NoRoute(_))
                if self.interfaces.iter().all(|own| own.address.is_none()) =>
            {
                return Err(SendError::NoAddress);
            }
            Err(SendError::NoRoute(_)) => {
                let destination = destination.into();
                let cause = self
                    .tap
                    .emit(cause, || IpEvent::RouteMissing { destination });
                return Err(SendError::NoRoute(cause));
            }
            other => other?,
        };
        let cause = self.tap.emit(cause, || IpEvent::RouteChosen {
            destination: destination.into(),
            prefix: way.route.prefix.to_string(),
            next_hop: way.route.via.map(IpAddr::from),
            interface: self.interface_name(destination, way.route.interface),
            source: way.source.into(),
        });
        Ok((way, cause))
    }

    fn interface_name(&self, destination: Ipv4Addr, interface: usize) -> String {
        if self.is_own(destination) {
            return "lo".to_owned();
        }
        self.interfaces[interface].config.name.clone()
    }

    /// Sends a packet made here. `say` states the neighbour table's answer as an event too.
    pub(crate) fn send_packet(
        &mut self,
        now: Time,
        mut header: Ipv4Header,
        payload: &[u8],
        say: bool,
        cause: Cause,
    ) -> Result<(), SendError> {
        let way = self.way_to(header.destination)?;
        self.identification = self.identification.wrapping_add(1);
        header.identification = self.identification;
        if self.is_own(header.destination) {
            let packet = header.encode(payload);
            if self.loopback.len() >= limits::LOOPBACK_PACKETS {
                let most = limits::LOOPBACK_PACKETS as u64;
                let cause = self.state_limit(Stage::Ip, "packets to oneself", most, cause);
                self.state_dropped(&packet, "too many packets to oneself wait", cause);
                return Ok(());
            }
            let cause = self.state_packet_sent(&packet, cause);
            self.loopback.push_back((packet, cause));
            return Ok(());
        }
        let mtu = usize::from(self.interfaces[way.route.interface].config.mtu);
        let Some(packets) = thru_ip::fragment(&header, payload, mtu) else {
            self.state_dropped(
                &header.encode(payload),
                "larger than the MTU and may not be cut",
                cause,
            );
            return Err(SendError::TooLong);
        };
        let pieces = packets.len();
        let cause = if pieces > 1 {
            let id = header.identification.into();
            self.tap.emit(cause, || IpEvent::Fragmented {
                id,
                pieces: pieces as u16,
            })
        } else {
            cause
        };
        let next_hop = way.route.via.unwrap_or(header.destination);
        for packet in packets {
            let pending = PendingPacket {
                packet,
                own: true,
                cause,
            };
            self.send_to_neighbour(now, way.route.interface, next_hop, pending, say);
        }
        Ok(())
    }

    /// Sends a packet to a machine on the same network, as soon as its hardware address is known.
    pub(crate) fn send_to_neighbour(
        &mut self,
        now: Time,
        interface: usize,
        next_hop: Ipv4Addr,
        pending: PendingPacket,
        say: bool,
    ) {
        if self.is_broadcast(next_hop) {
            return self.send_frame(interface, MacAddress::BROADCAST, pending);
        }
        let cause = pending.cause;
        let table = &mut self.interfaces[interface].neighbours;
        match table.resolve(now, next_hop, pending, say, cause, &self.tap) {
            Resolution::Known(released) => self.send_released(interface, released),
            Resolution::Waiting { dropped: None } => {}
            Resolution::Waiting {
                dropped: Some(pending),
            } => {
                self.state_dropped(
                    &pending.packet,
                    "too many packets wait for the neighbour",
                    pending.cause,
                );
            }
            Resolution::Full { packet, cause } => {
                self.state_dropped(&packet.packet, "the neighbour table is full", cause);
            }
        }
    }

    pub(crate) fn send_released(&mut self, interface: usize, released: Released<PendingPacket>) {
        let Released { packet, mac, cause } = released;
        self.send_frame(interface, mac, PendingPacket { cause, ..packet });
    }

    fn send_frame(&mut self, interface: usize, mac: MacAddress, pending: PendingPacket) {
        if let Err(cause) = self.room_for_frame(pending.cause) {
            self.state_dropped(&pending.packet, QUEUE_FULL, cause);
            return;
        }
        let cause = match pending.own {
            true => self.state_packet_sent(&pending.packet, pending.cause),
            false => pending.cause,
        };
        self.queue_frame(interface, mac, ETHERTYPE_IPV4, &pending.packet, cause);
    }

    /// Whether a frame more fits into the queue; if not, `TripEvent::LimitReached`.
    pub(crate) fn room_for_frame(&self, cause: Cause) -> Result<(), Cause> {
        if self.transmissions.len() < limits::FRAMES {
            return Ok(());
        }
        let most = limits::FRAMES as u64;
        Err(self.state_limit(Stage::Link, "frames ready to be sent", most, cause))
    }

    /// Puts a frame into the queue, if it has room.
    pub(crate) fn queue_frame(
        &mut self,
        interface: usize,
        destination: MacAddress,
        ethertype: u16,
        payload: &[u8],
        cause: Cause,
    ) {
        if self.room_for_frame(cause).is_err() {
            return;
        }
        let source = self.interfaces[interface].config.mac;
        let frame = encode_frame(destination, source, ethertype, payload);
        self.transmissions.push_back(Transmission {
            interface,
            frame,
            cause,
        });
    }

    /// Puts a frame on the wire: its octets are kept and `FrameSent` is stated.
    pub(crate) fn hand_out(&mut self, transmission: Transmission) -> Outgoing {
        let Transmission {
            interface,
            frame,
            cause,
        } = transmission;
        let span = self.tap.keep(&frame);
        let cause = match Frame::parse(&frame) {
            Ok(sent) => self
                .tap
                .emit_with_span(cause, span, || LinkEvent::FrameSent {
                    interface: interface as u8,
                    destination: sent.destination,
                    source: sent.source,
                    ethertype: sent.ethertype,
                    length: frame.len() as u32,
                }),
            Err(_) => cause,
        };
        Outgoing {
            interface,
            frame,
            span,
            cause,
        }
    }

    /// Asks for neighbours, and gives up those who do not answer.
    pub(crate) fn poll_neighbours(&mut self, now: Time) -> bool {
        for interface in 0..self.interfaces.len() {
            let Some(output) = self.interfaces[interface].neighbours.poll(now, &self.tap) else {
                continue;
            };
            match output {
                NeighbourOutput::Ask { address, cause } => self.ask(interface, address, cause),
                NeighbourOutput::GaveUp { packets, cause, .. } => {
                    for pending in packets {
                        self.give_up(now, pending, cause);
                    }
                }
            }
            return true;
        }
        false
    }

    fn ask(&mut self, interface: usize, address: Ipv4Addr, cause: Cause) {
        let own = &self.interfaces[interface];
        let source = own.address.map_or(Ipv4Addr::UNSPECIFIED, |own| own.address);
        let request = ArpPacket::request((own.config.mac, source), address).encode();
        self.queue_frame(
            interface,
            MacAddress::BROADCAST,
            ETHERTYPE_ARP,
            &request,
            cause,
        );
    }

    /// A packet's neighbour does not answer: its socket or its sender is told.
    fn give_up(&mut self, now: Time, pending: PendingPacket, cause: Cause) {
        let cause = self.state_dropped(&pending.packet, "the neighbour does not answer", cause);
        if pending.own {
            return self.path_failed(now, &pending.packet, LostHow::NeighbourSilent, None, cause);
        }
        let host = thru_ip::UnreachableCode::Host;
        self.send_icmp_error(
            now,
            thru_ip::IcmpError::Unreachable(host),
            &pending.packet,
            cause,
        );
    }

    pub(crate) fn state_packet_sent(&self, packet: &[u8], cause: Cause) -> Cause {
        self.state_about(packet, cause, |packet| IpEvent::PacketSent {
            source: packet.header.source.into(),
            destination: packet.header.destination.into(),
            protocol: packet.header.protocol,
            length: packet.total_length as u32,
            ttl: packet.header.ttl,
        })
    }

    pub(crate) fn state_dropped(&self, packet: &[u8], why: &'static str, cause: Cause) -> Cause {
        self.state_about(packet, cause, |packet| IpEvent::PacketDropped {
            source: packet.header.source.into(),
            destination: packet.header.destination.into(),
            why: why.into(),
        })
    }

    /// States an event about an encoded packet, which is read only when recording is on.
    pub(crate) fn state_about(
        &self,
        packet: &[u8],
        cause: Cause,
        build: impl FnOnce(&Ipv4Packet<'_>) -> IpEvent,
    ) -> Cause {
        if !self.tap.is_on() {
            return None;
        }
        match Ipv4Packet::parse_header(packet) {
            Ok(packet) => self.tap.emit(cause, || build(&packet)),
            Err(_) => cause,
        }
    }
}
