//! UDP sockets (RFC 768).

use crate::{
    Interest, SendError, SocketError, SocketId, Stack, UdpError,
    receive::{Arrival, Delivered},
    send::Outbound,
    socket::{LostHow, Wakers},
    stack::limits,
    tcp_sockets::{any_like, overlap, plain},
};
use std::{
    collections::{BTreeMap, VecDeque},
    net::{IpAddr, Ipv6Addr, SocketAddr},
    task::Waker,
};
use thru_events::{Cause, Time, tcp::TcpEvent};
use thru_ip::{IcmpError, PROTOCOL_UDP, QuotedFlow, UnreachableCode};
use thru_port::Received;
use thru_transport::udp::Datagram;

#[derive(Default)]
pub(crate) struct UdpSockets {
    sockets: BTreeMap<SocketId, UdpSocket>,
}

struct UdpSocket {
    local: SocketAddr,
    inbox: VecDeque<Result<Received, UdpError>>,
    wakers: Wakers,
}

impl UdpSockets {
    fn port_taken(&self, address: IpAddr, port: u16) -> bool {
        let clash =
            |socket: &UdpSocket| socket.local.port() == port && overlap(socket.local.ip(), address);
        self.sockets.values().any(clash)
    }

    /// The socket for a datagram: one bound to the very address goes before one for any of its
    /// family, and that before one for any address at all (`::`).
    fn find(&self, address: IpAddr, port: u16) -> Option<SocketId> {
        let at = |ip: IpAddr| {
            let fits = |socket: &UdpSocket| socket.local == SocketAddr::new(ip, port);
            self.sockets.iter().find(|(_, socket)| fits(socket))
        };
        let all = IpAddr::V6(Ipv6Addr::UNSPECIFIED);
        let found = at(address).or_else(|| at(any_like(address)));
        found.or_else(|| at(all)).map(|(id, _)| *id)
    }
}

impl Stack {
    /// A UDP socket at `local`; port 0 asks for a free one of the dynamic range.
    pub fn udp_bind(&mut self, local: SocketAddr) -> Result<SocketId, SocketError> {
        let address = local.ip();
        if !address.is_unspecified() && !self.is_own(address) {
            return Err(SocketError::AddressNotLocal);
        }
        if self.udp.sockets.len() >= limits::SOCKETS {
            return Err(SocketError::LimitReached);
        }
        let port = match local.port() {
            0 => self
                .free_udp_port(address)
                .ok_or(SocketError::LimitReached)?,
            port if self.udp.port_taken(address, port) => return Err(SocketError::AddressInUse),
            port => port,
        };
        let id = self.new_socket_id();
        let local = SocketAddr::new(address, port);
        let socket = UdpSocket {
            local,
            inbox: VecDeque::new(),
            wakers: Wakers::default(),
        };
        self.udp.sockets.insert(id, socket);
        Ok(id)
    }

    fn free_udp_port(&mut self, address: IpAddr) -> Option<u16> {
        let start = self.chance.next_u32();
        let ports = dynamic_ports(start);
        ports
            .into_iter()
            .find(|port| !self.udp.port_taken(address, *port))
    }

    pub(crate) fn new_socket_id(&mut self) -> SocketId {
        self.next_socket += 1;
        SocketId(self.next_socket)
    }

    /// The socket's own address.
    pub fn udp_local(&self, id: SocketId) -> Option<SocketAddr> {
        Some(self.udp.sockets.get(&id)?.local)
    }

    /// Sends one datagram.
    pub fn udp_send(
        &mut self,
        now: Time,
        id: SocketId,
        octets: &[u8],
        to: SocketAddr,
        cause: Cause,
    ) -> Result<(), SendError> {
        let local = self.udp.sockets.get(&id).ok_or(SendError::Closed)?.local;
        let remote = plain(to);
        if octets.len() > limits::DATAGRAM_LENGTH {
            return Err(SendError::TooLong);
        }
        let (way, route) = self.choose_way(remote.ip(), cause)?;
        let source = if local.ip().is_unspecified() {
            way.source
        } else {
            local.ip()
        };
        let cause = self.tap.emit(route, || TcpEvent::DatagramSent {
            local: SocketAddr::new(source, local.port()),
            remote: to,
            length: octets.len() as u32,
        });
        let datagram = Datagram {
            source_port: local.port(),
            destination_port: remote.port(),
            payload: octets,
        };
        if source.is_ipv4() != remote.is_ipv4() {
            return Err(SendError::NoAddress);
        }
        let outbound = Outbound::new(source, remote.ip(), PROTOCOL_UDP);
        self.send_packet(
            now,
            outbound,
            datagram.encode(source, remote.ip()),
            true,
            cause,
        )
    }

    /// The next datagram, or what ICMP said about an earlier one. `None`: nothing yet.
    pub fn udp_receive(&mut self, id: SocketId) -> Option<Result<Received, UdpError>> {
        self.udp.sockets.get_mut(&id)?.inbox.pop_front()
    }

    /// Closes the socket; what it holds is dropped.
    pub fn udp_release(&mut self, id: SocketId) {
        self.udp.sockets.remove(&id);
    }

    pub(crate) fn udp_register_waker(
        &mut self,
        id: SocketId,
        interest: Interest,
        waker: &Waker,
    ) -> bool {
        let Some(socket) = self.udp.sockets.get_mut(&id) else {
            return false;
        };
        socket.wakers.register(interest, waker);
        true
    }

    pub(crate) fn on_datagram(&mut self, now: Time, packet: &Delivered<'_>, arrival: Arrival) {
        let (source, destination) = (packet.source, packet.destination);
        let datagram = match Datagram::parse(packet.payload, source, destination) {
            Ok(datagram) => datagram,
            Err(malformed) => {
                self.tap
                    .emit_with_span(arrival.cause, arrival.span, || TcpEvent::SegmentIgnored {
                        flow: format!("udp {source} → {destination}"),
                        why: malformed.to_string().into(),
                    });
                return;
            }
        };
        let local = SocketAddr::new(destination, datagram.destination_port);
        let remote = SocketAddr::new(source, datagram.source_port);
        let cause =
            self.tap
                .emit_with_span(arrival.cause, arrival.span, || TcpEvent::DatagramReceived {
                    local,
                    remote,
                    length: datagram.payload.len() as u32,
                });
        if self.on_dhcp_datagram(now, arrival.interface, &datagram, cause) {
            return;
        }
        let Some(id) = self.udp.find(destination, datagram.destination_port) else {
            let error = IcmpError::Unreachable(UnreachableCode::Port);
            return self.send_icmp_error(now, error, packet.octets, cause);
        };
        let octets = datagram.payload.to_vec();
        self.put_in_inbox(
            id,
            Ok(Received {
                octets,
                from: remote,
                cause,
            }),
            local,
            cause,
        );
    }

    fn put_in_inbox(
        &mut self,
        id: SocketId,
        item: Result<Received, UdpError>,
        local: SocketAddr,
        cause: Cause,
    ) {
        let Some(socket) = self.udp.sockets.get_mut(&id) else {
            return;
        };
        if socket.inbox.len() >= limits::DATAGRAMS {
            self.tap.emit(cause, || TcpEvent::SegmentIgnored {
                flow: format!("udp → {local}"),
                why: "the socket holds too many datagrams already".into(),
            });
            return;
        }
        socket.inbox.push_back(item);
        socket.wakers.wake(Interest::Read);
    }

    pub(crate) fn udp_failed(
        &mut self,
        flow: QuotedFlow,
        how: LostHow,
        from: Option<IpAddr>,
        cause: Cause,
    ) -> bool {
        let (address, port) = flow.source;
        let Some(id) = self.udp.find(address, port) else {
            return false;
        };
        let remote = SocketAddr::new(flow.destination.0, flow.destination.1);
        let error = UdpError {
            how,
            from,
            remote,
            evidence: cause,
        };
        self.put_in_inbox(id, Err(error), SocketAddr::new(address, port), cause);
        true
    }
}

/// Every port of the dynamic range once, from a place that chance picks (RFC 6056, algorithm 1).
pub(crate) fn dynamic_ports(start: u32) -> impl Iterator<Item = u16> {
    let first = u32::from(limits::FIRST_DYNAMIC_PORT);
    let count = 65_536 - first;
    (0..count).map(move |step| (first + (start.wrapping_add(step)) % count) as u16)
}
