//! ICMPv6: answers echoes, sends errors, hands neighbour discovery on (RFC 4443).

use crate::{Stack, icmp::words_about, receive::Arrival, send::Outbound};
use std::net::{IpAddr, Ipv6Addr};
use thru_events::{Cause, Time, ip::IpEvent};
use thru_ip::{
    IcmpError, Icmpv6Message, Ipv6Packet, PROTOCOL_ICMPV6, Quoted, UnreachableCode, is_icmpv6_error,
};
use thru_link::ndp::Envelope;

impl Stack {
    pub(super) fn on_icmpv6(&mut self, now: Time, packet: &Ipv6Packet<'_>, arrival: Arrival) {
        let header = &packet.header;
        let envelope = Envelope {
            source: header.source,
            destination: header.destination,
            hop_limit: header.hop_limit,
        };
        let message = match Icmpv6Message::parse(packet.payload, envelope) {
            Ok(message) => message,
            Err(malformed) => {
                self.tap
                    .emit_with_span(arrival.cause, arrival.span, || IpEvent::PacketDropped {
                        source: header.source.into(),
                        destination: header.destination.into(),
                        why: malformed.to_string().into(),
                    });
                return;
            }
        };
        let from = header.source;
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
            Icmpv6Message::EchoRequest {
                identifier,
                sequence,
                data,
            } if self.is_own_ipv6(header.destination) => {
                let reply = Icmpv6Message::EchoReply {
                    identifier,
                    sequence,
                    data,
                };
                self.send_icmpv6(now, header.destination, from, &reply, cause);
            }
            Icmpv6Message::Error { error, quoted } => {
                self.on_icmp_error(now, from.into(), error, &quoted, cause);
            }
            Icmpv6Message::ParameterProblem { code, quoted, .. } => {
                // A next header that is not spoken is as good as an unreachable protocol.
                let error = match code {
                    1 => IcmpError::Unreachable(UnreachableCode::Protocol),
                    _ => IcmpError::ParameterProblem,
                };
                self.on_icmp_error(now, from.into(), error, &quoted, cause);
            }
            Icmpv6Message::Neighbour(message) => {
                if let (Some(interface), Some(sender)) = (arrival.interface, arrival.sender) {
                    self.on_ndp(now, (interface, sender), &message, envelope, cause);
                }
            }
            _ => {}
        }
    }

    /// Tells the sender of `packet` what is wrong with it.
    pub(crate) fn send_icmpv6_error(
        &mut self,
        now: Time,
        error: IcmpError,
        packet: &[u8],
        cause: Cause,
    ) {
        let message = Icmpv6Message::about(error, packet);
        self.send_icmpv6_about(now, &message, packet, cause);
    }

    /// Tells the sender of `packet` what is wrong with it, where RFC 4443 section 2.4, rule e
    /// allows.
    pub(super) fn send_icmpv6_about(
        &mut self,
        now: Time,
        message: &Icmpv6Message,
        packet: &[u8],
        cause: Cause,
    ) {
        let Ok(parsed) = Ipv6Packet::parse_header(packet) else {
            return;
        };
        let header = &parsed.header;
        let (kind, code) = message.type_and_code();
        // "Too big" and an option that asks for it are told even if many were addressed.
        let to_many = header.destination.is_multicast() && !matches!((kind, code), (2, 0) | (4, 2));
        let later_piece = parsed.chain.fragment.is_some_and(|piece| piece.offset != 0);
        let about_its_headers = matches!(message, Icmpv6Message::ParameterProblem { .. });
        if is_never_answered(&parsed) || to_many || later_piece && !about_its_headers {
            return;
        }
        let source = match self.way_to(header.source).map(|way| way.source) {
            Ok(_) if self.is_own_ipv6(header.destination) => header.destination,
            Ok(IpAddr::V6(source)) => source,
            _ => return,
        };
        if self.may_send_error(now, cause) {
            self.send_icmpv6(now, source, header.source, message, cause);
        }
    }

    fn send_icmpv6(
        &mut self,
        now: Time,
        source: Ipv6Addr,
        to: Ipv6Addr,
        message: &Icmpv6Message,
        cause: Cause,
    ) {
        let (kind, code) = message.type_and_code();
        let cause = self.tap.emit(cause, || IpEvent::IcmpSent {
            to: to.into(),
            kind,
            code,
            meaning: message.meaning().into(),
        });
        let outbound = Outbound::new(source.into(), to.into(), PROTOCOL_ICMPV6);
        // An error that cannot be told is lost, as the packet that it is about.
        let _ = self.send_packet(now, outbound, message.encode(source, to), true, cause);
    }
}

/// Whether ICMPv6 says nothing to who sent this: an error, or something from nobody.
fn is_never_answered(packet: &Ipv6Packet<'_>) -> bool {
    let source = packet.header.source;
    let is_icmp = packet.chain.protocol == Some(PROTOCOL_ICMPV6);
    is_icmp && is_icmpv6_error(packet.payload) || source.is_unspecified() || source.is_multicast()
}

/// Whether its sender may be told of a shorter way.
pub(crate) fn may_be_redirected(packet: &Ipv6Packet<'_>) -> bool {
    let later_piece = packet.chain.fragment.is_some_and(|piece| piece.offset != 0);
    !(is_never_answered(packet) || packet.header.destination.is_multicast() || later_piece)
}

/// What an error is about, in words.
fn about(message: &Icmpv6Message) -> Option<String> {
    let words = |quoted: &Quoted| words_about(quoted);
    match message {
        Icmpv6Message::Error { quoted, .. } | Icmpv6Message::ParameterProblem { quoted, .. } => {
            words(quoted)
        }
        _ => None,
    }
}
