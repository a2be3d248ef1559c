//! The way down: route, hop limit, pieces, neighbour, frame.

use crate::{SendError, Stack, limits, socket::LostHow};
use std::net::{IpAddr, Ipv4Addr, Ipv6Addr};
use thru_events::{Cause, MacAddress, Stage, Time, ip::IpEvent, link::LinkEvent};
use thru_ip::{
    DEFAULT_TTL, IPV6_HEADER_LENGTH, IPV6_LEAST_MTU, Ipv4Header, Ipv4Packet, Ipv6Header,
    Ipv6Packet, Prefix, Route,
};
use thru_link::{
    ArpPacket, ETHERTYPE_ARP, ETHERTYPE_IPV4, ETHERTYPE_IPV6, Frame, NeighbourOutput, Released,
    Resolution, frame_packet, ndp,
};
use thru_octets::{PacketBuffer, Span};

/// Why a packet is dropped when no frame more fits into the queue.
pub(crate) const QUEUE_FULL: &str = "too many frames wait to be sent";

/// The number that says that a packet has no payload (RFC 8200, section 4.7).
const NO_PAYLOAD: u8 = 59;

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

/// Octets of the headers that are put in front of what goes to `destination`.
pub(crate) fn headroom(destination: IpAddr) -> usize {
    header_length(destination) + thru_link::HEADER_LENGTH
}

fn header_length(destination: IpAddr) -> usize {
    match destination {
        IpAddr::V4(_) => thru_ip::HEADER_LENGTH,
        IpAddr::V6(_) => IPV6_HEADER_LENGTH,
    }
}

/// A packet that waits for its neighbour's hardware address.
#[derive(Debug)]
pub(crate) struct PendingPacket {
    pub(crate) packet: PacketBuffer,
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
    pub(crate) source: IpAddr,
}

/// A packet that is to be made, of either family; both ends are of one.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Outbound {
    pub(crate) source: IpAddr,
    pub(crate) destination: IpAddr,
    pub(crate) protocol: u8,
    /// Type of service, or traffic class.
    pub(crate) tos: u8,
    /// IPv4: no router cuts it. No router cuts IPv6.
    pub(crate) dont_fragment: bool,
    pub(crate) ttl: u8,
}

impl Outbound {
    pub(crate) fn new(source: IpAddr, destination: IpAddr, protocol: u8) -> Outbound {
        Outbound {
            source,
            destination,
            protocol,
            tos: 0,
            dont_fragment: false,
            ttl: DEFAULT_TTL,
        }
    }

    /// An IPv6 packet whose sender asks for no hop limit of its own.
    fn is_usual_ipv6(&self) -> bool {
        self.destination.is_ipv6() && self.ttl == DEFAULT_TTL
    }

    fn ipv6(&self, source: Ipv6Addr, destination: Ipv6Addr) -> Ipv6Header {
        Ipv6Header {
            traffic_class: self.tos,
            hop_limit: self.ttl,
            ..Ipv6Header::new(source, destination)
        }
    }

    fn ipv4(&self, source: Ipv4Addr, destination: Ipv4Addr, identification: u16) -> Ipv4Header {
        Ipv4Header {
            tos: self.tos,
            ttl: self.ttl,
            dont_fragment: self.dont_fragment,
            identification,
            ..Ipv4Header::new(source, destination, self.protocol)
        }
    }

    /// Makes a payload the whole packet.
    fn put_before(&self, payload: &mut PacketBuffer, identification: u16) {
        match (self.source, self.destination) {
            (IpAddr::V4(from), IpAddr::V4(to)) => {
                self.ipv4(from, to, identification).put_before(payload);
            }
            (IpAddr::V6(from), IpAddr::V6(to)) => {
                self.ipv6(from, to).put_before(self.protocol, payload);
            }
            _ => {}
        }
    }

    fn header_length(&self) -> usize {
        header_length(self.destination)
    }

    /// A packet larger than `mtu` in pieces of at most that; `None` if it may not be cut.
    fn cut(&self, payload: &[u8], mtu: usize, identification: u32) -> Option<Vec<Vec<u8>>> {
        match (self.source, self.destination) {
            (IpAddr::V4(from), IpAddr::V4(to)) => {
                let header = self.ipv4(from, to, identification as u16);
                thru_ip::fragment(&header, payload, mtu)
            }
            (IpAddr::V6(from), IpAddr::V6(to)) if !self.dont_fragment => {
                let header = self.ipv6(from, to);
                thru_ip::fragment_ipv6(&header, self.protocol, payload, mtu, identification)
            }
            _ => None,
        }
    }
}

/// What an event says of an encoded packet of either family.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Summary {
    pub(crate) source: IpAddr,
    pub(crate) destination: IpAddr,
    pub(crate) protocol: u8,
    pub(crate) length: u32,
    pub(crate) ttl: u8,
}

impl Summary {
    /// Reads a packet that may be cut off.
    pub(crate) fn read(packet: &[u8]) -> Option<Summary> {
        if packet.first()? >> 4 == 6 {
            return Some(Summary::of_ipv6(&Ipv6Packet::parse_header(packet).ok()?));
        }
        Some(Summary::of_ipv4(&Ipv4Packet::parse_header(packet).ok()?))
    }

    pub(crate) fn of_ipv4(packet: &Ipv4Packet<'_>) -> Summary {
        Summary {
            source: packet.header.source.into(),
            destination: packet.header.destination.into(),
            protocol: packet.header.protocol,
            length: packet.total_length as u32,
            ttl: packet.header.ttl,
        }
    }

    pub(crate) fn of_ipv6(packet: &Ipv6Packet<'_>) -> Summary {
        let piece = packet.chain.fragment.map(|piece| piece.next);
        Summary {
            source: packet.header.source.into(),
            destination: packet.header.destination.into(),
            protocol: packet.chain.protocol.or(piece).unwrap_or(NO_PAYLOAD),
            length: packet.total_length as u32,
            ttl: packet.header.hop_limit,
        }
    }
}

impl Stack {
    /// The way to `destination`, without a word.
    pub(crate) fn way_to(&self, destination: impl Into<IpAddr>) -> Result<Way, SendError> {
        let destination = destination.into();
        if self.is_own(destination) {
            let prefix = Prefix::new(destination, u8::MAX);
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
        if let IpAddr::V6(destination) = destination {
            return self.ipv6_way_to(destination);
        }
        let route = self
            .routes
            .lookup(destination)
            .ok_or(SendError::NoRoute(None))?;
        let route = self.redirects.route(destination, route);
        let interface = self
            .interfaces
            .get(route.interface)
            .ok_or(SendError::NoRoute(None))?;
        let own = interface.address.ok_or(SendError::NoAddress)?;
        Ok(Way {
            route,
            source: own.address.into(),
        })
    }

    /// The way to `destination`, stated as an event.
    pub(crate) fn choose_way(
        &self,
        destination: IpAddr,
        cause: Cause,
    ) -> Result<(Way, Cause), SendError> {
        let way = match self.way_to(destination) {
            Err(SendError::NoRoute(_)) if !self.has_address_for(destination) => {
                return Err(SendError::NoAddress);
            }
            Err(SendError::NoRoute(_)) => {
                let cause = self
                    .tap
                    .emit(cause, || IpEvent::RouteMissing { destination });
                return Err(SendError::NoRoute(cause));
            }
            other => other?,
        };
        let cause = self.tap.emit(cause, || IpEvent::RouteChosen {
            destination,
            prefix: way.route.prefix.to_string(),
            next_hop: way.route.via,
            interface: self.interface_name(destination, way.route.interface),
            source: way.source,
        });
        Ok((way, cause))
    }

    /// Whether this machine has an address of IPv4, or any at all for a destination of IPv6: who
    /// has only IPv4 has no route there.
    fn has_address_for(&self, destination: IpAddr) -> bool {
        self.interfaces.iter().any(|own| own.address.is_some())
            || destination.is_ipv6() && self.own_ipv6().any(|(_, own)| own.is_usable())
    }

    fn interface_name(&self, destination: IpAddr, interface: usize) -> String {
        if self.is_own(destination) {
            return "lo".to_owned();
        }
        self.interfaces[interface].config.name.clone()
    }

    /// Sends a packet made here. `say` states the neighbour table's answer as an event too.
    pub(crate) fn send_packet(
        &mut self,
        now: Time,
        mut outbound: Outbound,
        payload: impl Into<PacketBuffer>,
        say: bool,
        cause: Cause,
    ) -> Result<(), SendError> {
        let mut packet = payload.into();
        let way = self.way_to(outbound.destination)?;
        let told = self.interfaces.get(way.route.interface);
        let told = told.and_then(|own| own.ipv6.as_ref());
        if let Some(ipv6) = told.filter(|_| outbound.is_usual_ipv6()) {
            outbound.ttl = ipv6.hop_limit;
        }
        self.identification = self.identification.wrapping_add(1);
        let identification = self.identification;
        if self.is_own(outbound.destination) {
            outbound.put_before(&mut packet, identification);
            if self.loopback.len() >= limits::LOOPBACK_PACKETS {
                let most = limits::LOOPBACK_PACKETS as u64;
                let cause = self.state_limit(Stage::Ip, "packets to oneself", most, cause);
                self.state_dropped(&packet, "too many packets to oneself wait", cause);
                return Ok(());
            }
            let cause = self.state_packet_sent(&packet, cause);
            self.loopback.push_back((packet.finish(), cause));
            return Ok(());
        }
        let mtu = self.mtu_towards(now, &way, outbound.destination);
        let next_hop = way.route.via.unwrap_or(outbound.destination);
        let own = |packet, cause| PendingPacket {
            packet,
            own: true,
            cause,
        };
        if outbound.header_length() + packet.len() <= mtu {
            outbound.put_before(&mut packet, identification);
            let pending = own(packet, cause);
            self.send_to_neighbour(now, way.route.interface, next_hop, pending, say);
            return Ok(());
        }
        let Some(pieces) = outbound.cut(&packet, mtu, identification.into()) else {
            outbound.put_before(&mut packet, identification);
            self.state_dropped(&packet, "larger than the MTU and may not be cut", cause);
            return Err(SendError::TooLong);
        };
        let count = pieces.len() as u16;
        let cause = self.tap.emit(cause, || IpEvent::Fragmented {
            id: identification.into(),
            pieces: count,
        });
        for piece in pieces {
            let pending = own(piece.into(), cause);
            self.send_to_neighbour(now, way.route.interface, next_hop, pending, say);
        }
        Ok(())
    }

    /// What a packet of ours may measure: the interface's MTU, and for IPv6, which no router cuts,
    /// what the way takes as far as it is known (RFC 8201).
    fn mtu_towards(&self, now: Time, way: &Way, destination: IpAddr) -> usize {
        let mtu = self.interface_mtu(way.route.interface, destination.is_ipv6());
        let known = self.path_mtus.get(now, destination);
        known
            .filter(|_| destination.is_ipv6())
            .map_or(mtu, |known| known.min(mtu))
    }

    /// The largest packet of an interface, octets. A router may have named a smaller one for IPv6.
    pub(crate) fn interface_mtu(&self, interface: usize, ipv6: bool) -> usize {
        let Some(interface) = self.interfaces.get(interface) else {
            return IPV6_LEAST_MTU;
        };
        let mtu = usize::from(interface.config.mtu);
        let told = interface.ipv6.as_ref().filter(|_| ipv6);
        told.map_or(mtu, |told| told.mtu.min(mtu))
    }

    /// Sends a packet to a machine on the same network, as soon as its hardware address is known.
    pub(crate) fn send_to_neighbour(
        &mut self,
        now: Time,
        interface: usize,
        next_hop: IpAddr,
        pending: PendingPacket,
        say: bool,
    ) {
        if self.is_broadcast(next_hop) {
            return self.send_frame(interface, MacAddress::BROADCAST, pending);
        }
        let cause = pending.cause;
        let own = &mut self.interfaces[interface];
        let resolution = match (next_hop, &mut own.ipv6) {
            (IpAddr::V4(next_hop), _) => {
                let table = &mut own.neighbours;
                table.resolve(now, next_hop, pending, say, cause, &self.tap)
            }
            (IpAddr::V6(group), _) if group.is_multicast() => {
                return self.send_frame(interface, ndp::group_mac(group), pending);
            }
            (IpAddr::V6(next_hop), Some(ipv6)) => {
                let cache = &mut ipv6.cache;
                cache.resolve(now, next_hop, pending, say, cause, &self.tap)
            }
            (IpAddr::V6(_), None) => {
                self.state_dropped(&pending.packet, "the interface has no IPv6", cause);
                return;
            }
        };
        match resolution {
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

    pub(crate) fn send_frame(&mut self, interface: usize, mac: MacAddress, pending: PendingPacket) {
        if let Err(cause) = self.room_for_frame(pending.cause) {
            self.state_dropped(&pending.packet, QUEUE_FULL, cause);
            return;
        }
        let cause = match pending.own {
            true => self.state_packet_sent(&pending.packet, pending.cause),
            false => pending.cause,
        };
        let ethertype = match pending.packet.first() {
            Some(first) if first >> 4 == 6 => ETHERTYPE_IPV6,
            _ => ETHERTYPE_IPV4,
        };
        self.queue_frame(interface, mac, ethertype, pending.packet, cause);
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
        packet: impl Into<PacketBuffer>,
        cause: Cause,
    ) {
        if self.room_for_frame(cause).is_err() {
            return;
        }
        let source = self.interfaces[interface].config.mac;
        let frame = frame_packet(destination, source, ethertype, packet.into());
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
        if !self.tap.is_on() {
            return Outgoing {
                interface,
                frame,
                span: None,
                cause,
            };
        }
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
                NeighbourOutput::GaveUp {
                    address,
                    packets,
                    cause,
                } => {
                    self.redirects.forget(address.into());
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
            request,
            cause,
        );
    }

    /// A packet's neighbour does not answer: its socket or its sender is told.
    pub(crate) fn give_up(&mut self, now: Time, pending: PendingPacket, cause: Cause) {
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
            source: packet.source,
            destination: packet.destination,
            protocol: packet.protocol,
            length: packet.length,
            ttl: packet.ttl,
        })
    }

    pub(crate) fn state_dropped(&self, packet: &[u8], why: &'static str, cause: Cause) -> Cause {
        self.state_about(packet, cause, |packet| IpEvent::PacketDropped {
            source: packet.source,
            destination: packet.destination,
            why: why.into(),
        })
    }

    /// States an event about an encoded packet, which is read only when recording is on.
    pub(crate) fn state_about(
        &self,
        packet: &[u8],
        cause: Cause,
        build: impl FnOnce(Summary) -> IpEvent,
    ) -> Cause {
        if !self.tap.is_on() {
            return None;
        }
        match Summary::read(packet) {
            Some(packet) => self.tap.emit(cause, || build(packet)),
            None => cause,
        }
    }
}
