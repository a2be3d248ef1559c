//! ICMP: answers echoes, sends errors, and tells sockets of errors about their packets.

use crate::{Stack, receive::Arrival, send::Outbound, socket::LostHow};
use std::{
    net::{IpAddr, Ipv4Addr, SocketAddr},
    time::Duration,
};
use thru_events::{Cause, Stage, Tap, Time, ip::IpEvent, trip::TripEvent};
use thru_ip::{
    IcmpError, IcmpMessage, Ipv4Packet, PROTOCOL_ICMP, PROTOCOL_ICMPV6, PROTOCOL_TCP, PROTOCOL_UDP,
    Quoted, QuotedFlow, Redirect, UnreachableCode,
};

/// Named limits of errors and redirects (RFC 1812, section 4.3.2.8; RFC 4443, section 2.4, rule f;
/// RFC 4861, section 8.2).
pub(crate) mod limits {
    use std::time::Duration;

    /// Errors that may be sent at once.
    pub(crate) const AT_ONCE: u32 = 200;
    /// Time that gives one more.
    pub(crate) const EACH: Duration = Duration::from_millis(1);
    /// Redirects that may be sent at once.
    pub(crate) const REDIRECTS_AT_ONCE: u32 = 50;
    /// Time that gives one more redirect.
    pub(crate) const EACH_REDIRECT: Duration = Duration::from_millis(10);
}

/// How many messages of one kind may be sent: a bucket that fills with time.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Budget {
    name: &'static str,
    at_once: u32,
    each: Duration,
    left: u32,
    counted: Time,
    /// The limit was stated, and holds.
    stated: bool,
}

impl Budget {
    pub(crate) fn of_errors() -> Budget {
        Budget::full("ICMP errors a second", limits::AT_ONCE, limits::EACH)
    }

    /// Redirects do not use up what is meant for errors, which connections wait for.
    pub(crate) fn of_redirects() -> Budget {
        let (at_once, each) = (limits::REDIRECTS_AT_ONCE, limits::EACH_REDIRECT);
        Budget::full("ICMP redirects a second", at_once, each)
    }

    fn full(name: &'static str, at_once: u32, each: Duration) -> Budget {
        Budget {
            name,
            at_once,
            each,
            left: at_once,
            counted: Time::ZERO,
            stated: false,
        }
    }

    /// Whether one more may be sent; if not, `TripEvent::LimitReached` says so once.
    pub(crate) fn may_send(&mut self, now: Time, cause: Cause, tap: &Tap) -> bool {
        let may = self.take(now);
        if !may && !self.stated {
            let a_second = Duration::from_secs(1).as_nanos() / self.each.as_nanos();
            tap.emit(cause, || TripEvent::LimitReached {
                stage: Stage::Ip,
                limit: self.name.into(),
                value: a_second as u64,
            });
        }
        self.stated = !may;
        may
    }

    fn take(&mut self, now: Time) -> bool {
        let earned = now.since(self.counted).as_nanos() / self.each.as_nanos();
        let earned = u32::try_from(earned).unwrap_or(u32::MAX);
        if earned > 0 {
            self.left = self.left.saturating_add(earned).min(self.at_once);
            self.counted = match self.left == self.at_once {
                true => now,
                false => self.counted.after(self.each * earned),
            };
        }
        let taken = self.left > 0;
        self.left = self.left.saturating_sub(1);
        taken
    }
}

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
                let own = packet.header.destination;
                self.send_icmp(now, own, from, &reply, cause);
            }
            IcmpMessage::Error { error, quoted } => {
                self.on_icmp_error(now, from.into(), error, &quoted, cause)
            }
            IcmpMessage::Redirect { gateway, quoted } => {
                let own = packet.header.destination;
                self.on_quoting_redirect((from, own), gateway, &quoted, arrival.interface, cause);
            }
            _ => {}
        }
    }

    /// A redirect, which is about a packet of ours, or about none; why it is about none is stated.
    fn on_quoting_redirect(
        &mut self,
        (from, to): (Ipv4Addr, Ipv4Addr),
        gateway: Ipv4Addr,
        quoted: &Quoted,
        interface: Option<usize>,
        cause: Cause,
    ) {
        let why = match (interface, quoted.flow()) {
            (None, _) => "a redirect from no interface",
            (_, None) => "a redirect whose quote cannot be read",
            (Some(interface), Some(flow)) if self.is_own(flow.source.0) => {
                let redirect = Redirect {
                    from: from.into(),
                    destination: flow.destination.0,
                    target: gateway.into(),
                };
                self.on_redirect(interface, redirect, cause);
                return;
            }
            _ => "a redirect about a packet that is not of this machine",
        };
        self.tap.emit(cause, || IpEvent::PacketDropped {
            source: from.into(),
            destination: to.into(),
            why: why.into(),
        });
    }

    /// An error about a packet of ours, by ICMP or ICMPv6.
    pub(crate) fn on_icmp_error(
        &mut self,
        now: Time,
        from: IpAddr,
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
        from: Option<IpAddr>,
        cause: Cause,
    ) {
        let Some(flow) = (Quoted {
            octets: packet.to_vec(),
        })
        .flow() else {
            return;
        };
        let ours = match flow.protocol {
            PROTOCOL_UDP => self.udp_failed(flow, how, from, cause),
            PROTOCOL_TCP => self.tcp_failed(now, flow, how, cause),
            _ => false,
        };
        if ours {
            self.learn_path_mtu(now, flow, how, cause);
        }
    }

    /// "Too big" about a packet that a socket of ours has on its way: others to the same
    /// destination need not find out again (RFC 1191, 8201).
    fn learn_path_mtu(&mut self, now: Time, flow: QuotedFlow, how: LostHow, cause: Cause) {
        let LostHow::Unreachable(IcmpError::Unreachable(UnreachableCode::FragmentationNeeded {
            next_hop_mtu,
        })) = how
        else {
            return;
        };
        let destination = flow.destination.0;
        let Ok(way) = self.way_to(destination) else {
            return;
        };
        let before = self.interface_mtu(way.route.interface, destination.is_ipv6());
        let told = usize::from(next_hop_mtu);
        self.path_mtus
            .learn(now, destination, told, before, cause, &self.tap);
    }

    /// Whether one more error may be sent.
    pub(crate) fn may_send_error(&mut self, now: Time, cause: Cause) -> bool {
        self.errors.may_send(now, cause, &self.tap)
    }

    /// Whether ICMP may speak to the sender of a packet: not about errors, to who speaks to many or
    /// is none, nor once for each piece (RFC 1122, section 3.2.2; RFC 1812, section 4.3.2.7).
    pub(crate) fn may_speak_about(&self, parsed: &Ipv4Packet<'_>) -> bool {
        let header = &parsed.header;
        let about_error =
            header.protocol == PROTOCOL_ICMP && !matches!(parsed.payload.first(), Some(0 | 8));
        let to_many = self.is_broadcast(header.destination) || header.destination.is_multicast();
        let from_nobody = header.source.is_unspecified()
            || header.source.is_multicast()
            || self.is_broadcast(header.source);
        !(about_error || to_many || from_nobody || header.fragment_offset != 0)
    }

    /// Tells the sender of `packet` what is wrong with it, where RFC 1122 section 3.2.2 allows.
    pub(crate) fn send_icmp_error(
        &mut self,
        now: Time,
        error: IcmpError,
        packet: &[u8],
        cause: Cause,
    ) {
        if packet.first().is_some_and(|first| first >> 4 == 6) {
            return self.send_icmpv6_error(now, error, packet, cause);
        }
        let Ok(parsed) = Ipv4Packet::parse_header(packet) else {
            return;
        };
        let header = &parsed.header;
        if !self.may_speak_about(&parsed) {
            return;
        }
        let source = match self.way_to(header.source).map(|way| way.source) {
            Ok(_) if self.is_own(header.destination) => header.destination,
            Ok(IpAddr::V4(source)) => source,
            _ => return,
        };
        if !self.may_send_error(now, cause) {
            return;
        }
        self.send_icmp(
            now,
            source,
            header.source,
            &IcmpMessage::about(error, packet),
            cause,
        );
    }

    pub(crate) fn send_icmp(
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
        let outbound = Outbound::new(source.into(), to.into(), PROTOCOL_ICMP);
        // An error that cannot be told is lost, as the packet that it is about.
        let _ = self.send_packet(now, outbound, message.encode(), true, cause);
    }
}

/// What an error is about, in words.
fn about(message: &IcmpMessage) -> Option<String> {
    match message {
        IcmpMessage::Error { quoted, .. } | IcmpMessage::Redirect { quoted, .. } => {
            words_about(quoted)
        }
        _ => None,
    }
}

pub(crate) fn words_about(quoted: &Quoted) -> Option<String> {
    let QuotedFlow {
        protocol,
        source,
        destination,
        ..
    } = quoted.flow()?;
    let protocol = match protocol {
        PROTOCOL_TCP => "tcp".to_owned(),
        PROTOCOL_UDP => "udp".to_owned(),
        PROTOCOL_ICMP | PROTOCOL_ICMPV6 => "icmp".to_owned(),
        other => format!("protocol {other}"),
    };
    let end = |(address, port): (IpAddr, u16)| match port {
        0 => address.to_string(),
        port => SocketAddr::new(address, port).to_string(),
    };
    Some(format!("{protocol} {} → {}", end(source), end(destination)))
}
