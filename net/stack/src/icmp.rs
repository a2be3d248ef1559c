//! ICMP: answers echoes, sends errors, and tells sockets of errors about their packets.

use crate::{Stack, receive::Arrival, socket::LostHow};
use std::net::{IpAddr, Ipv4Addr};
use thru_events::{Cause, Time, ip::IpEvent};
use thru_ip::{
    IcmpError, IcmpMessage, Ipv4Header, Ipv4Packet, PROTOCOL_ICMP, PROTOCOL_TCP, PROTOCOL_UDP,
    Quoted, QuotedFlow,
};

impl Stack {
    pub(crate) fn on_icmp(&mut self, now: Time, packet: &Ipv4Packet<'_>, arrival: Arrival) {
        let message = match IcmpMessage::parse(packet.payload) {
            Ok(message) => message,
            Err(malformed) => {
                self.tap
                    .emit_with_span(arrival.cause, arrival.span, || IpEvent::PacketDropped {
                        source: packet.header.source.into(),
                        destination: packet.header.destination.into(),
                        why: malformed.to_string().into(),
                    });
                return;
            }
        };
        let from = packet.header.source;
        let (kind, code) = message.type_and_code();
        let cause =
            self.tap
                .emit_with_span(arrival.cause, arrival.span, || IpEvent::IcmpReceived {
                    from: from.into(),
                    kind,
                    code,
                    meaning: message.meaning().into(),
                    about: about(&message),
                });
        match message {
            IcmpMessage::EchoRequest {
                identifier,
                sequence,
                data,
            } if self.is_own(packet.header.destination) => {
                let reply = IcmpMessage::EchoReply {
                    identifier,
                    sequence,
                    data,
                };
                self.send_icmp(now, packet.header.destination, from, &reply, cause);
            }
            IcmpMessage::Error { error, quoted } => {
                self.on_icmp_error(now, from, error, &quoted, cause)
            }
            _ => {}
        }
    }

    fn on_icmp_error(
        &mut self,
        now: Time,
        from: Ipv4Addr,
        error: IcmpError,
        quoted: &Quoted,
        cause: Cause,
    ) {
        if self.probe_hop(now, from, error, quoted, cause) {
            return;
        }
        self.path_failed(
            now,
            &quoted.octets,
            LostHow::Unreachable(error),
            Some(from),
            cause,
        );
    }

    /// A packet of ours cannot go its way: the socket that sent it is told.
    pub(crate) fn path_failed(
        &mut self,
        now: Time,
        packet: &[u8],
        how: LostHow,
        from: Option<Ipv4Addr>,
        cause: Cause,
    ) {
        let Some(flow) = (Quoted {
            octets: packet.to_vec(),
        })
        .flow() else {
            return;
        };
        match flow.protocol {
            PROTOCOL_UDP => self.udp_failed(flow, how, from, cause),
            PROTOCOL_TCP => self.tcp_failed(now, flow, how, cause),
            _ => {}
        }
    }

    /// Tells the sender of `packet` what is wrong with it, where RFC 1122 section 3.2.2 allows.
    pub(crate) fn send_icmp_error(
        &mut self,
        now: Time,
        error: IcmpError,
        packet: &[u8],
        cause: Cause,
    ) {
        let Ok(parsed) = Ipv4Packet::parse_header(packet) else {
            return;
        };
        let header = &parsed.header;
        let about_error =
            header.protocol == PROTOCOL_ICMP && !matches!(parsed.payload.first(), Some(0 | 8));
        let to_many = self.is_broadcast(header.destination) || header.destination.is_multicast();
        let from_nobody = header.source.is_unspecified()
            || header.source.is_multicast()
            || header.source.is_broadcast();
        if about_error || to_many || from_nobody || header.fragment_offset != 0 {
            return;
        }
        let source = match self.way_to(header.source) {
            Ok(_) if self.is_own(header.destination) => header.destination,
            Ok(way) => way.source,
            Err(_) => return,
        };
        self.send_icmp(
            now,
            source,
            header.source,
            &IcmpMessage::about(error, packet),
            cause,
        );
    }

    fn send_icmp(
        &mut self,
        now: Time,
        source: Ipv4Addr,
        to: Ipv4Addr,
        message: &IcmpMessage,
        cause: Cause,
    ) {
        let (kind, code) = message.type_and_code();
        let cause = self.tap.emit(cause, || IpEvent::IcmpSent {
            to: to.into(),
            kind,
            code,
            meaning: message.meaning().into(),
        });
        let header = Ipv4Header::new(source, to, PROTOCOL_ICMP);
        // An error that cannot be told is lost, as the packet that it is about.
        let _ = self.send_packet(now, header, &message.encode(), true, cause);
    }
}

/// What an error is about, in words.
fn about(message: &IcmpMessage) -> Option<String> {
    let IcmpMessage::Error { quoted, .. } = message else {
        return None;
    };
    let QuotedFlow {
        protocol,
        source,
        destination,
        ..
    } = quoted.flow()?;
    let protocol = match protocol {
        PROTOCOL_TCP => "tcp".to_owned(),
        PROTOCOL_UDP => "udp".to_owned(),
        PROTOCOL_ICMP => "icmp".to_owned(),
        other => format!("protocol {other}"),
    };
    let end = |(address, port): (Ipv4Addr, u16)| match port {
        0 => IpAddr::from(address).to_string(),
        port => format!("{address}:{port}"),
    };
    Some(format!("{protocol} {} → {}", end(source), end(destination)))
}
