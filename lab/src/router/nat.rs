use crate::flow::{self, End, FIN, Flow, ICMP, Kind, RST, TCP};
use std::{
    collections::BTreeMap,
    net::{Ipv4Addr, SocketAddrV4},
    time::Duration,
};
use thru_events::{Cause, Tap, Time, ip::IpEvent};

/// Lines of the table at most.
pub(crate) const TABLE_LIMIT: usize = 4096;

/// An open TCP connection may be silent this long (RFC 5382, REQ-5).
const ESTABLISHED: Duration = Duration::from_secs(2 * 3600 + 4 * 60);

/// A TCP connection that opens or closes (RFC 5382, REQ-5).
const TRANSITORY: Duration = Duration::from_secs(4 * 60);

/// A UDP line (RFC 4787, REQ-5).
const DATAGRAM: Duration = Duration::from_secs(5 * 60);

/// An ICMP query (RFC 5508, REQ-1).
const QUERY: Duration = Duration::from_secs(60);

/// Outside ports when the inside port is taken already, or belongs to the range from which the
/// router's own connections take theirs (RFC 6335, section 6).
const OUTSIDE_PORTS: std::ops::Range<u16> = 20_000..49_152;

struct Line {
    inside: SocketAddrV4,
    outside_port: u16,
    expires: Time,
    closing: bool,
}

/// The translation table of one router.
pub(crate) struct Nat {
    outside: Ipv4Addr,
    lines: BTreeMap<(u8, SocketAddrV4), Line>,
    by_port: BTreeMap<(u8, u16), SocketAddrV4>,
    table_limit: usize,
    tap: Tap,
}

/// What the table did with a packet.
#[derive(Debug, PartialEq)]
pub(crate) enum Outcome {
    /// The packet has other addresses now.
    Translated(Cause),
    /// The packet has nothing to do with the table.
    NotOurs,
    /// The packet must not go on, and why.
    Drop(&'static str),
}

impl Nat {
    pub(crate) fn new(outside: Ipv4Addr, table_limit: Option<usize>, tap: Tap) -> Nat {
        Nat {
            outside,
            lines: BTreeMap::new(),
            by_port: BTreeMap::new(),
            table_limit: table_limit.unwrap_or(TABLE_LIMIT),
            tap,
        }
    }

    /// A packet leaves for the outside: its source becomes the router's outside address.
    pub(crate) fn outbound(&mut self, now: Time, packet: &mut [u8], cause: Cause) -> Outcome {
        let (flow, kind) = match flow::read(packet) {
            Ok(read) => read,
            Err(why) => return Outcome::Drop(why.0),
        };
        match kind {
            Kind::Other => Outcome::Drop("the router cannot translate this protocol"),
            Kind::Error { about, quote } => self.outbound_error(packet, flow, about, quote, cause),
            _ => self.outbound_flow(now, packet, flow, kind, cause),
        }
    }

    fn outbound_flow(
        &mut self,
        now: Time,
        packet: &mut [u8],
        flow: Flow,
        kind: Kind,
        cause: Cause,
    ) -> Outcome {
        let Some((outside_port, new_line)) = self.line_for(now, flow) else {
            return Outcome::Drop("the translation table is full");
        };
        self.keep_alive(now, flow.protocol, flow.source, kind);
        let outside = SocketAddrV4::new(self.outside, outside_port);
        flow::rewrite(packet, 0, End::Source, outside);
        Outcome::Translated(self.state(
            flow.source,
            outside,
            flow.destination,
            "out",
            new_line,
            cause,
        ))
    }

    /// A host inside reports an error about a packet that came in: what it quotes is translated
    /// back, and the router speaks for the host (RFC 5508, REQ-5).
    fn outbound_error(
        &mut self,
        packet: &mut [u8],
        flow: Flow,
        about: Flow,
        quote: usize,
        cause: Cause,
    ) -> Outcome {
        let Some(line) = self.lines.get(&(about.protocol, about.destination)) else {
            return Outcome::Drop("an ICMP error about an unknown connection");
        };
        let outside = SocketAddrV4::new(self.outside, line.outside_port);
        flow::rewrite(packet, quote, End::Destination, outside);
        rewrite_address(packet, End::Source, self.outside);
        Outcome::Translated(self.state(
            about.destination,
            outside,
            flow.destination,
            "out",
            false,
            cause,
        ))
    }

    /// A packet came to the router's outside address: its destination becomes the inside end, if
    /// the table has it.
    pub(crate) fn inbound(&mut self, now: Time, packet: &mut [u8], cause: Cause) -> Outcome {
        let (flow, kind) = match flow::read(packet) {
            Ok(read) => read,
            Err(why) => return Outcome::Drop(why.0),
        };
        if let Kind::Error { about, quote } = kind {
            return self.inbound_error(packet, flow, about, quote, cause);
        }
        let Some(inside) = self.inside_of(now, flow.protocol, flow.destination.port()) else {
            return Outcome::NotOurs;
        };
        self.keep_alive(now, flow.protocol, inside, kind);
        flow::rewrite(packet, 0, End::Destination, inside);
        Outcome::Translated(self.state(inside, flow.destination, flow.source, "in", false, cause))
    }

    fn inbound_error(
        &mut self,
        packet: &mut [u8],
        flow: Flow,
        about: Flow,
        quote: usize,
        cause: Cause,
    ) -> Outcome {
        let Some(inside) = self
            .by_port
            .get(&(about.protocol, about.source.port()))
            .copied()
        else {
            return Outcome::NotOurs;
        };
        flow::rewrite(packet, quote, End::Source, inside);
        rewrite_address(packet, End::Destination, *inside.ip());
        Outcome::Translated(self.state(inside, about.source, flow.source, "in", false, cause))
    }

    fn state(
        &self,
        inside: SocketAddrV4,
        outside: SocketAddrV4,
        remote: SocketAddrV4,
        direction: &'static str,
        new_line: bool,
        cause: Cause,
    ) -> Cause {
        self.tap.emit(cause, || IpEvent::NatTranslated {
            inside: inside.to_string(),
            outside: outside.to_string(),
            remote: remote.to_string(),
            direction: direction.into(),
            new_line,
        })
    }

    fn inside_of(&mut self, now: Time, protocol: u8, port: u16) -> Option<SocketAddrV4> {
        let inside = *self.by_port.get(&(protocol, port))?;
        let line = self.lines.get(&(protocol, inside))?;
        if line.expires < now {
            self.forget(protocol, inside);
            return None;
        }
        Some(inside)
    }

    /// The outside port for a flow's inside end, and whether the line is new.
    fn line_for(&mut self, now: Time, flow: Flow) -> Option<(u16, bool)> {
        let key = (flow.protocol, flow.source);
        if let Some(line) = self.lines.get(&key).filter(|line| line.expires >= now) {
            return Some((line.outside_port, false));
        }
        self.forget(flow.protocol, flow.source);
        if self.lines.len() >= self.table_limit {
            self.forget_expired(now);
        }
        if self.lines.len() >= self.table_limit {
            return None;
        }
        let outside_port = self.free_port(flow.protocol, flow.source.port())?;
        self.by_port
            .insert((flow.protocol, outside_port), flow.source);
        let line = Line {
            inside: flow.source,
            outside_port,
            expires: now,
            closing: false,
        };
        self.lines.insert(key, line);
        Some((outside_port, true))
    }

    fn free_port(&self, protocol: u8, wanted: u16) -> Option<u16> {
        let free = |port: &u16| !self.by_port.contains_key(&(protocol, *port));
        let wanted = Some(wanted).filter(|wanted| *wanted < OUTSIDE_PORTS.end);
        wanted.into_iter().chain(OUTSIDE_PORTS).find(free)
    }

    fn keep_alive(&mut self, now: Time, protocol: u8, inside: SocketAddrV4, kind: Kind) {
        let Some(line) = self.lines.get_mut(&(protocol, inside)) else {
            return;
        };
        if let Kind::Segment { flags } = kind {
            let opens = flags & flow::SYN != 0;
            line.closing = !opens && (line.closing || flags & (FIN | RST) != 0);
        }
        let lifetime = match protocol {
            TCP if line.closing => TRANSITORY,
            TCP => match kind {
                Kind::Segment { flags } if flags & flow::SYN != 0 => TRANSITORY,
                _ => ESTABLISHED,
            },
            ICMP => QUERY,
            _ => DATAGRAM,
        };
        line.expires = now.after(lifetime);
    }

    fn forget(&mut self, protocol: u8, inside: SocketAddrV4) {
        if let Some(line) = self.lines.remove(&(protocol, inside)) {
            self.by_port.remove(&(protocol, line.outside_port));
        }
    }

    fn forget_expired(&mut self, now: Time) {
        let expired = self.lines.iter().filter(|(_, line)| line.expires < now);
        let expired: Vec<_> = expired
            .map(|((protocol, _), line)| (*protocol, line.inside))
            .collect();
        for (protocol, inside) in expired {
            self.forget(protocol, inside);
        }
    }
}

/// Only the address of the outer header: an ICMP error has no ports of its own.
fn rewrite_address(packet: &mut [u8], end: End, to: Ipv4Addr) {
    let protocol = packet[9];
    // ICMP's second half of the header is no identifier here; hide the protocol while rewriting.
    // The header checksum counts the protocol, so both changes cancel out.
    packet[9] = u8::MAX;
    flow::rewrite(packet, 0, end, SocketAddrV4::new(to, 0));
    packet[9] = protocol;
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::flow::{
        ACK, SYN, UDP,
        tests::{all_checksums_fit, packet},
    };

    fn flow(protocol: u8, source: &str, destination: &str) -> Flow {
        Flow {
            protocol,
            source: source.parse().unwrap(),
            destination: destination.parse().unwrap(),
        }
    }

    fn nat() -> Nat {
        Nat::new(Ipv4Addr::new(198, 51, 100, 2), None, Tap::off())
    }

    const SHOP: &str = "203.0.113.80:443";

    #[test]
    fn a_connection_goes_out_and_its_answer_comes_back_in() {
        let mut nat = nat();
        let mut out = packet(flow(TCP, "192.168.1.20:40000", SHOP), SYN, b"");
        assert_eq!(
            nat.outbound(Time(0), &mut out, None),
            Outcome::Translated(None)
        );
        assert_eq!(
            flow::read(&out).unwrap().0,
            flow(TCP, "198.51.100.2:40000", SHOP)
        );
        assert!(all_checksums_fit(&out));
        let mut back = packet(flow(TCP, SHOP, "198.51.100.2:40000"), SYN | ACK, b"");
        assert_eq!(
            nat.inbound(Time(1), &mut back, None),
            Outcome::Translated(None)
        );
        assert_eq!(
            flow::read(&back).unwrap().0,
            flow(TCP, SHOP, "192.168.1.20:40000")
        );
        assert!(all_checksums_fit(&back));
    }

    #[test]
    fn two_hosts_with_the_same_port_get_different_outside_ports() {
        let mut nat = nat();
        for (inside, outside) in [("192.168.1.20:5000", 5000), ("192.168.1.21:5000", 20_000)] {
            let mut out = packet(flow(UDP, inside, SHOP), 0, b"x");
            nat.outbound(Time(0), &mut out, None);
            assert_eq!(flow::read(&out).unwrap().0.source.port(), outside);
        }
    }

    #[test]
    fn an_unknown_packet_from_outside_is_not_translated() {
        let mut stranger = packet(flow(TCP, SHOP, "198.51.100.2:40000"), SYN, b"");
        assert_eq!(
            nat().inbound(Time(0), &mut stranger, None),
            Outcome::NotOurs
        );
    }

    #[test]
    fn a_line_expires_and_the_full_table_says_so() {
        let mut nat = Nat::new(Ipv4Addr::new(198, 51, 100, 2), Some(1), Tap::off());
        let mut first = packet(flow(UDP, "192.168.1.20:1", SHOP), 0, b"");
        nat.outbound(Time(0), &mut first, None);
        let mut second = packet(flow(UDP, "192.168.1.20:2", SHOP), 0, b"");
        assert!(matches!(
            nat.outbound(Time(1), &mut second, None),
            Outcome::Drop(_)
        ));
        let later = Time::ZERO.after(DATAGRAM + Duration::from_secs(1));
        assert_eq!(
            nat.outbound(later, &mut second, None),
            Outcome::Translated(None)
        );
    }

    #[test]
    fn an_error_from_the_way_reaches_the_host_that_it_is_about() {
        let mut nat = nat();
        let inside = flow(TCP, "192.168.1.20:40000", SHOP);
        let mut out = packet(inside, SYN, b"");
        nat.outbound(Time(0), &mut out, None);
        // Time exceeded, quoting the translated packet.
        let hop = flow(ICMP, "198.51.100.5:0", "198.51.100.2:0");
        let mut error = packet(hop, 0, &out[..28]);
        error[20] = 11;
        error[22..24].copy_from_slice(&[0, 0]);
        let sum = crate::flow::tests::checksum(&error[20..]);
        error[22..24].copy_from_slice(&sum.to_be_bytes());
        assert_eq!(
            nat.inbound(Time(1), &mut error, None),
            Outcome::Translated(None)
        );
        let (outer, kind) = flow::read(&error).unwrap();
        assert_eq!(outer.destination.ip().to_string(), "192.168.1.20");
        assert!(matches!(kind, Kind::Error { about, .. } if about == inside));
        assert!(all_checksums_fit(&error));
    }
}
