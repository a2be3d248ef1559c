//! TCP segments between the connections and the internet layer.

use crate::{
    SocketId, Stack, limits,
    receive::{Arrival, Delivered},
    send::Outbound,
    socket::LostHow,
};
use std::{
    net::{IpAddr, SocketAddr},
    time::Duration,
};
use thru_events::{Cause, Stage, Time, tcp::TcpEvent};
use thru_ip::{IcmpError, Ipv4Packet, Ipv6Packet, PROTOCOL_TCP, QuotedFlow, UnreachableCode};
use thru_octets::PacketBuffer;
use thru_transport::tcp::{Connection, ConnectionConfig, Flags, Segment, SegmentHeader, reset_for};

/// The two bits of the header that speak of congestion (RFC 3168, section 5).
const ECN_BITS: u8 = 3;
const ECN_CAPABLE: u8 = 2;
const CONGESTION_EXPERIENCED: u8 = 3;
/// How long after a cookie was sent one is looked for in segments without connection.
const COOKIES_COUNT: Duration = Duration::from_secs(128);

/// A segment without data, which may not be marked.
pub(crate) fn no_data() -> (PacketBuffer, bool) {
    (PacketBuffer::default(), false)
}

impl Stack {
    pub(crate) fn on_segment(&mut self, now: Time, packet: &Delivered<'_>, arrival: Arrival) {
        let (source, destination) = (packet.source, packet.destination);
        let segment = match Segment::parse(packet.payload, source, destination) {
            Ok(segment) => Segment {
                marked: packet.tos & ECN_BITS == CONGESTION_EXPERIENCED,
                ..segment
            },
            Err(malformed) => {
                self.tap
                    .emit_with_span(arrival.cause, arrival.span, || TcpEvent::SegmentIgnored {
                        flow: format!("{source} → {destination}"),
                        why: malformed.to_string().into(),
                    });
                return;
            }
        };
        let local = SocketAddr::new(destination, segment.header.destination_port);
        let remote = SocketAddr::new(source, segment.header.source_port);
        if self.is_broadcast(destination) || self.is_broadcast(source) {
            self.ignore_segment(local, remote, "TCP does not speak to everybody", arrival);
            return;
        }
        if self.probe_segment(now, local, remote, &segment, arrival.cause) {
            return;
        }
        if let Some(id) = self.tcp.find(local, remote) {
            let Some(socket) = self.tcp.sockets.get_mut(&id) else {
                return;
            };
            if !socket.connection.gives_way_to(&segment) {
                let before = socket.connection.acknowledged();
                socket
                    .connection
                    .handle(now, &segment, arrival.span, arrival.cause);
                let heard = socket.connection.acknowledged() > before;
                if heard {
                    self.confirm_neighbour(now, source, arrival.cause);
                }
                return self.tcp_settle(id);
            }
            self.tcp_forget(id);
        }
        self.on_first_segment(now, local, remote, &segment, arrival);
    }

    /// A segment without connection: LISTEN or CLOSED (RFC 9293, sections 3.10.7.1 and 3.10.7.2).
    fn on_first_segment(
        &mut self,
        now: Time,
        local: SocketAddr,
        remote: SocketAddr,
        segment: &Segment<'_>,
        arrival: Arrival,
    ) {
        let flags = segment.header.flags;
        let listener = self.tcp.find_listener(local);
        if let Some(listener) = listener
            && self.opened_by_cookie(now, listener, (local, remote), segment, arrival)
        {
            return;
        }
        let opens = flags.has(Flags::SYN) && !flags.has(Flags::ACK) && !flags.has(Flags::RST);
        let Some(listener) = listener.filter(|_| opens) else {
            let why = match flags.has(Flags::RST) {
                true => "a reset for no connection",
                false if listener.is_some() => "no connection, and no SYN: it is reset",
                false => "nobody listens: it is reset",
            };
            let cause = self.ignore_segment(local, remote, why, arrival);
            if let Some(reset) = reset_for(segment) {
                self.send_segment(now, local, remote, reset, no_data(), cause);
            }
            return;
        };
        let queue = self.tcp.listeners.get(&listener).map(|it| &it.queue);
        let (room, crowded) = queue.map_or((false, true), |queue| {
            (queue.has_room(), queue.is_crowded())
        });
        if crowded || self.tcp.is_full() {
            self.ignore_segment(local, remote, "the listener's backlog is full", arrival);
            return;
        }
        if !room {
            return self.answer_by_cookie(now, listener, (local, remote), segment, arrival);
        }
        let asks = segment.header.options.fast_open.is_some() && self.tcp_settings.fast_open;
        let known = asks.then(|| self.fast_opens.of_client(remote.ip()));
        if known == Some(None) {
            let most = limits::EARLY_CONNECTIONS as u64;
            let name = "connections before their handshake";
            self.state_limit(Stage::Tcp, name, most, arrival.cause);
        }
        let known = known.flatten();
        let config = ConnectionConfig {
            known: known.map(Box::new),
            ..self.connection_config(now, local, remote)
        };
        let connection = Connection::passive(now, config, segment, arrival.span, arrival.cause);
        let id = self.add_connection(connection, Some(listener));
        if let Some(listener) = self.tcp.listeners.get_mut(&listener) {
            listener.queue.begin(id);
        }
    }

    /// The backlog is full of half-open connections, perhaps of a flood: nothing is kept of this
    /// SYN (RFC 4987, section 3.6).
    fn answer_by_cookie(
        &mut self,
        now: Time,
        listener: SocketId,
        (local, remote): (SocketAddr, SocketAddr),
        syn: &Segment<'_>,
        arrival: Arrival,
    ) {
        let mtu = self.connection_mtu(now, remote);
        let answer = self.cookies.answer(now, (local, remote), mtu, syn);
        if let Some(listener) = self.tcp.listeners.get_mut(&listener) {
            listener.cookie_sent = Some(now);
        }
        let cause =
            self.tap
                .emit_with_span(arrival.cause, arrival.span, || TcpEvent::SynCookieSent {
                    remote,
                    local,
                });
        self.send_segment(now, local, remote, answer, no_data(), cause);
    }

    /// Whether a segment brings back a cookie that was sent not long ago: the connection is open.
    fn opened_by_cookie(
        &mut self,
        now: Time,
        listener: SocketId,
        ends: (SocketAddr, SocketAddr),
        segment: &Segment<'_>,
        arrival: Arrival,
    ) -> bool {
        let queue = self.tcp.listeners.get(&listener);
        let recent = |sent: Time| now.since(sent) < COOKIES_COUNT;
        let expected = queue.is_some_and(|it| it.cookie_sent.is_some_and(recent));
        if !expected {
            return false;
        }
        let Some(remembered) = self.cookies.accept(now, ends, segment) else {
            return false;
        };
        let crowded = queue.is_some_and(|it| it.queue.is_crowded());
        if crowded || self.tcp.is_full() {
            let (local, remote) = ends;
            self.ignore_segment(local, remote, "the listener's backlog is full", arrival);
            return true;
        }
        let config = self.connection_config(now, ends.0, ends.1);
        let connection = Connection::from_cookie(now, config, &remembered, segment, arrival.cause);
        let id = self.add_connection(connection, Some(listener));
        if let Some(listener) = self.tcp.listeners.get_mut(&listener) {
            listener.queue.begin(id);
        }
        if let Some(socket) = self.tcp.sockets.get_mut(&id) {
            socket
                .connection
                .handle(now, segment, arrival.span, arrival.cause);
        }
        self.tcp_settle(id);
        true
    }

    fn ignore_segment(
        &self,
        local: SocketAddr,
        remote: SocketAddr,
        why: &'static str,
        arrival: Arrival,
    ) -> Cause {
        self.tap
            .emit_with_span(arrival.cause, arrival.span, || TcpEvent::SegmentIgnored {
                flow: format!("{remote} → {local}"),
                why: why.into(),
            })
    }

    pub(crate) fn send_segment(
        &mut self,
        now: Time,
        local: SocketAddr,
        remote: SocketAddr,
        header: SegmentHeader,
        (mut packet, ecn_capable): (PacketBuffer, bool),
        cause: Cause,
    ) {
        let (source, destination) = (local.ip(), remote.ip());
        header.put_before(&mut packet, source, destination);
        let outbound = Outbound {
            tos: if ecn_capable { ECN_CAPABLE } else { 0 },
            // RFC 1191: the path's MTU is found by packets that may not be cut.
            dont_fragment: true,
            ..Outbound::new(source, destination, PROTOCOL_TCP)
        };
        let say = header.flags.has(Flags::SYN);
        // A route that went away is a loss like any other: the segment goes again, or times out.
        let _ = self.send_packet(now, outbound, packet, say, cause);
    }

    /// ICMP, or the neighbour table, about a segment of ours. Gives whether a connection has it on
    /// its way.
    pub(crate) fn tcp_failed(
        &mut self,
        _now: Time,
        flow: QuotedFlow,
        how: LostHow,
        cause: Cause,
    ) -> bool {
        let end = |(address, port)| SocketAddr::new(address, port);
        let Some(id) = self.tcp.find(end(flow.source), end(flow.destination)) else {
            return false;
        };
        let Some(socket) = self.tcp.sockets.get_mut(&id) else {
            return false;
        };
        let on_its_way = socket.connection.is_quoted(flow.sequence);
        match how {
            LostHow::Unreachable(IcmpError::Unreachable(
                UnreachableCode::FragmentationNeeded { next_hop_mtu },
            )) => {
                socket
                    .connection
                    .on_smaller_mtu(next_hop_mtu, flow.sequence, cause);
            }
            LostHow::Unreachable(IcmpError::Unreachable(_)) => {
                socket.connection.on_path_failed(how, flow.sequence, cause);
            }
            LostHow::NeighbourSilent => socket.connection.on_path_failed(how, flow.sequence, cause),
            // Time exceeded and parameter problems are soft (RFC 1122, section 4.2.3.9).
            _ => {}
        }
        self.tcp_settle(id);
        on_its_way
    }

    /// Resets the connection that `packet` belongs to, in its destination's name. False if it is
    /// no TCP segment.
    pub(crate) fn send_reset_about(&mut self, now: Time, packet: &[u8], cause: Cause) -> bool {
        let Some((source, destination, payload)) = whole_segment(packet) else {
            return false;
        };
        let Ok(segment) = Segment::parse(payload, source, destination) else {
            return true;
        };
        if let Some(reset) = reset_for(&segment) {
            let local = SocketAddr::new(destination, segment.header.destination_port);
            let remote = SocketAddr::new(source, segment.header.source_port);
            self.send_segment(now, local, remote, reset, no_data(), cause);
        }
        true
    }
}

/// The ends and the segment of a packet that was not cut.
fn whole_segment(packet: &[u8]) -> Option<(IpAddr, IpAddr, &[u8])> {
    if packet.first()? >> 4 == 6 {
        let packet = Ipv6Packet::parse(packet).ok()?;
        let (source, destination) = (packet.header.source, packet.header.destination);
        let is_segment = packet.chain.protocol == Some(PROTOCOL_TCP);
        return is_segment.then_some((source.into(), destination.into(), packet.payload));
    }
    let packet = Ipv4Packet::parse(packet).ok()?;
    let (source, destination) = (packet.header.source, packet.header.destination);
    let is_segment = packet.header.protocol == PROTOCOL_TCP && !packet.header.is_fragment();
    is_segment.then_some((source.into(), destination.into(), packet.payload))
}
