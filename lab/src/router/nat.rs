use crate::flow::{self, End, FIN, Flow, ICMP, Kind, RST, TCP};
use std::{
    collections::{BTreeMap, BTreeSet},
    net::{Ipv4Addr, SocketAddrV4},
    time::Duration,
};
use thru_events::{Cause, Tap, Time, ip::IpEvent};

/// Lines of the table at most, if nothing else is said.
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

/// What can be chosen of a translation.
#[derive(Clone, Debug)]
pub(crate) struct NatSettings {
    pub(crate) outside: Ipv4Addr,
    pub(crate) table_limit: usize,
    pub(crate) tcp_idle: Duration,
    pub(crate) udp_idle: Duration,
    pub(crate) forward: Vec<Forwarded>,
}

/// A line that is always there.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Forwarded {
    pub(crate) protocol: u8,
    pub(crate) port: u16,
    pub(crate) to: SocketAddrV4,
}

impl NatSettings {
    /// Usual translation behind that address.
    pub(crate) fn usual(outside: Ipv4Addr) -> NatSettings {
        NatSettings {
            outside,
            table_limit: TABLE_LIMIT,
            tcp_idle: ESTABLISHED,
            udp_idle: DATAGRAM,
            forward: Vec::new(),
        }
    }
}

struct Line {
    outside_port: u16,
    /// Never, if it was written down.
    expires: Option<Time>,
    closing: bool,
    /// The last event about it.
    last: Cause,
}

/// Inside end of a line, with its protocol.
type Inside = (u8, SocketAddrV4);

/// The translation table of one router.
pub(crate) struct Nat {
    settings: NatSettings,
    lines: BTreeMap<Inside, Line>,
    by_port: BTreeMap<(u8, u16), SocketAddrV4>,
    by_age: BTreeSet<(Time, Inside)>,
    /// Where the search for a free port goes on.
    next_port: u16,
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
    pub(crate) fn new(settings: NatSettings, tap: Tap) -> Nat {
        let mut nat = Nat {
            lines: BTreeMap::new(),
            by_port: BTreeMap::new(),
            by_age: BTreeSet::new(),
            next_port: OUTSIDE_PORTS.start,
            settings,
            tap,
        };
        for line in nat.settings.forward.clone() {
            let key = (line.protocol, line.to);
            nat.by_port.insert((line.protocol, line.port), line.to);
            let line = Line {
                outside_port: line.port,
                expires: None,
                closing: false,
                last: None,
            };
            nat.lines.insert(key, line);
        }
        nat
    }

    /// The address that others see.
    pub(crate) fn outside(&self) -> Ipv4Addr {
        self.settings.outside
    }

    /// A packet leaves for the outside: its source becomes the router's outside address.
    pub(crate) fn outbound(&mut self, now: Time, packet: &mut [u8], cause: Cause) -> Outcome {
        self.expire(now);
        let (flow, kind) = match flow::read_ipv4(packet) {
            Ok(read) => read,
            Err(why) => return Outcome::Drop(why.0),
        };
        match kind {
            Kind::Other => Outcome::Drop("the router cannot translate this protocol"),
            Kind::Error { about, quote } => self.outbound_error(packet, flow, about, quote, cause),
            _ => match self.source_line(now, flow, kind) {
                Err(why) => Outcome::Drop(why),
                Ok((outside, new_line)) => {
                    flow::rewrite(packet, 0, End::Source, outside);
                    let ends = (flow.source, outside, flow.destination);
                    Outcome::Translated(self.state(flow.protocol, ends, "out", new_line, cause))
                }
            },
        }
    }

    /// The outside end for who sends this, and whether its line is new.
    fn source_line(
        &mut self,
        now: Time,
        flow: Flow<SocketAddrV4>,
        kind: Kind<SocketAddrV4>,
    ) -> Result<(SocketAddrV4, bool), &'static str> {
        let (outside_port, new_line) = self.line_for(now, flow)?;
        self.keep_alive(now, (flow.protocol, flow.source), kind);
        let outside = SocketAddrV4::new(self.settings.outside, outside_port);
        Ok((outside, new_line))
    }

    /// A host inside reports an error about a packet that came in: what it quotes is translated
    /// back, and the router speaks for the host (RFC 5508, REQ-5).
    fn outbound_error(
        &mut self,
        packet: &mut [u8],
        flow: Flow<SocketAddrV4>,
        about: Flow<SocketAddrV4>,
        quote: usize,
        cause: Cause,
    ) -> Outcome {
        let Some(line) = self.lines.get(&(about.protocol, about.destination)) else {
            return Outcome::Drop("an ICMP error about an unknown connection");
        };
        let outside = SocketAddrV4::new(self.settings.outside, line.outside_port);
        flow::rewrite(packet, quote, End::Destination, outside);
        rewrite_address(packet, End::Source, self.settings.outside);
        let ends = (about.destination, outside, flow.destination);
        Outcome::Translated(self.state(about.protocol, ends, "out", false, cause))
    }

    /// A packet came to the router's outside address: its destination becomes the inside end, if
    /// the table has it.
    pub(crate) fn inbound(&mut self, now: Time, packet: &mut [u8], cause: Cause) -> Outcome {
        self.expire(now);
        let (flow, kind) = match flow::read_ipv4(packet) {
            Ok(read) => read,
            Err(why) => return Outcome::Drop(why.0),
        };
        if let Kind::Error { about, quote } = kind {
            return self.inbound_error(packet, flow, about, quote, cause);
        }
        let Some(inside) = self.inside_of(flow) else {
            return Outcome::NotOurs;
        };
        self.keep_alive(now, (flow.protocol, inside), kind);
        flow::rewrite(packet, 0, End::Destination, inside);
        let ends = (inside, flow.destination, flow.source);
        Outcome::Translated(self.state(flow.protocol, ends, "in", false, cause))
    }

    /// A packet from inside is for the router's outside address: if that is another machine inside,
    /// both ends are translated, so that its answer comes back this way (RFC 4787, REQ-9).
    pub(crate) fn hairpin(&mut self, now: Time, packet: &mut [u8], cause: Cause) -> Outcome {
        self.expire(now);
        let Ok((flow, kind)) = flow::read_ipv4(packet) else {
            return Outcome::NotOurs;
        };
        let speaks = matches!(kind, Kind::Segment { .. } | Kind::Datagram | Kind::Echo);
        let Some(inside) = self.inside_of(flow).filter(|_| speaks) else {
            return Outcome::NotOurs;
        };
        let (outside, new_line) = match self.source_line(now, flow, kind) {
            Ok(found) => found,
            Err(why) => return Outcome::Drop(why),
        };
        self.keep_alive(now, (flow.protocol, inside), kind);
        flow::rewrite(packet, 0, End::Source, outside);
        flow::rewrite(packet, 0, End::Destination, inside);
        let ends = (flow.source, outside, inside);
        Outcome::Translated(self.state(flow.protocol, ends, "hairpin", new_line, cause))
    }

    fn inbound_error(
        &mut self,
        packet: &mut [u8],
        flow: Flow<SocketAddrV4>,
        about: Flow<SocketAddrV4>,
        quote: usize,
        cause: Cause,
    ) -> Outcome {
        let key = (about.protocol, about.source.port());
        let Some(inside) = self.by_port.get(&key).copied() else {
            return Outcome::NotOurs;
        };
        flow::rewrite(packet, quote, End::Source, inside);
        rewrite_address(packet, End::Destination, *inside.ip());
        let ends = (inside, about.source, flow.source);
        Outcome::Translated(self.state(about.protocol, ends, "in", false, cause))
    }

    /// States a translation; inside, outside, the other end.
    fn state(
        &mut self,
        protocol: u8,
        (inside, outside, remote): (SocketAddrV4, SocketAddrV4, SocketAddrV4),
        direction: &'static str,
        new_line: bool,
        cause: Cause,
    ) -> Cause {
        let stated = self.tap.emit(cause, || IpEvent::NatTranslated {
            inside: inside.to_string(),
            outside: outside.to_string(),
            remote: remote.to_string(),
            direction: direction.into(),
            new_line,
        });
        if let Some(line) = self.lines.get_mut(&(protocol, inside)) {
            line.last = stated;
        }
        stated
    }

    fn inside_of(&self, flow: Flow<SocketAddrV4>) -> Option<SocketAddrV4> {
        let key = (flow.protocol, flow.destination.port());
        self.by_port.get(&key).copied()
    }

    /// The outside port for a flow's inside end, and whether the line is new.
    fn line_for(
        &mut self,
        now: Time,
        flow: Flow<SocketAddrV4>,
    ) -> Result<(u16, bool), &'static str> {
        let key = (flow.protocol, flow.source);
        if let Some(line) = self.lines.get(&key) {
            return Ok((line.outside_port, false));
        }
        if self.lines.len() >= self.settings.table_limit {
            return Err("the translation table is full");
        }
        let outside_port = self
            .free_port(flow.protocol, flow.source.port())
            .ok_or("every outside port is in use")?;
        self.by_port
            .insert((flow.protocol, outside_port), flow.source);
        let line = Line {
            outside_port,
            expires: Some(now),
            closing: false,
            last: None,
        };
        self.by_age.insert((now, key));
        self.lines.insert(key, line);
        Ok((outside_port, true))
    }

    /// The wanted port if it is free, else the next one that is.
    fn free_port(&mut self, protocol: u8, wanted: u16) -> Option<u16> {
        let free = |port: &u16| !self.by_port.contains_key(&(protocol, *port));
        let wanted = Some(wanted).filter(|wanted| *wanted < OUTSIDE_PORTS.end);
        if let Some(wanted) = wanted.filter(free) {
            return Some(wanted);
        }
        let from_here = self.next_port..OUTSIDE_PORTS.end;
        let found = from_here
            .chain(OUTSIDE_PORTS.start..self.next_port)
            .find(free)?;
        let next = found
            .checked_add(1)
            .filter(|next| *next < OUTSIDE_PORTS.end);
        self.next_port = next.unwrap_or(OUTSIDE_PORTS.start);
        Some(found)
    }

    fn keep_alive(&mut self, now: Time, key: Inside, kind: Kind<SocketAddrV4>) {
        let Some(line) = self.lines.get_mut(&key) else {
            return;
        };
        let Some(before) = line.expires else {
            return;
        };
        if let Kind::Segment { flags } = kind {
            let opens = flags & flow::SYN != 0;
            line.closing = !opens && (line.closing || flags & (FIN | RST) != 0);
        }
        let lifetime = match key.0 {
            TCP if line.closing => TRANSITORY,
            TCP => match kind {
                Kind::Segment { flags } if flags & flow::SYN != 0 => TRANSITORY,
                _ => self.settings.tcp_idle,
            },
            ICMP => QUERY,
            _ => self.settings.udp_idle,
        };
        let expires = now.after(lifetime);
        line.expires = Some(expires);
        self.by_age.remove(&(before, key));
        self.by_age.insert((expires, key));
    }

    /// Forgets every line whose time is over, and says so.
    fn expire(&mut self, now: Time) {
        while let Some((expires, key)) = self.by_age.first().copied() {
            if expires >= now {
                return;
            }
            self.by_age.pop_first();
            let Some(line) = self.lines.remove(&key) else {
                continue;
            };
            let (protocol, inside) = key;
            self.by_port.remove(&(protocol, line.outside_port));
            let outside = SocketAddrV4::new(self.settings.outside, line.outside_port);
            self.tap.emit(line.last, || IpEvent::NatExpired {
                inside: inside.to_string(),
                outside: outside.to_string(),
                lines: self.lines.len() as u32,
            });
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

    fn flow(protocol: u8, source: &str, destination: &str) -> Flow<SocketAddrV4> {
        Flow {
            protocol,
            source: source.parse().unwrap(),
            destination: destination.parse().unwrap(),
        }
    }

    fn nat() -> Nat {
        Nat::new(NatSettings::usual(OUTSIDE), Tap::off())
    }

    const OUTSIDE: Ipv4Addr = Ipv4Addr::new(198, 51, 100, 2);
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
            flow::read_ipv4(&out).unwrap().0,
            flow(TCP, "198.51.100.2:40000", SHOP)
        );
        assert!(all_checksums_fit(&out));
        let mut back = packet(flow(TCP, SHOP, "198.51.100.2:40000"), SYN | ACK, b"");
        assert_eq!(
            nat.inbound(Time(1), &mut back, None),
            Outcome::Translated(None)
        );
        assert_eq!(
            flow::read_ipv4(&back).unwrap().0,
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
            assert_eq!(flow::read_ipv4(&out).unwrap().0.source.port(), outside);
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
        let mut settings = NatSettings::usual(OUTSIDE);
        settings.table_limit = 1;
        let mut nat = Nat::new(settings, Tap::off());
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
        let (outer, kind) = flow::read_ipv4(&error).unwrap();
        assert_eq!(outer.destination.ip().to_string(), "192.168.1.20");
        assert!(matches!(kind, Kind::Error { about, .. } if about == inside));
        assert!(all_checksums_fit(&error));
    }

    #[test]
    fn two_machines_inside_meet_at_the_outside_address() {
        let mut settings = NatSettings::usual(OUTSIDE);
        settings.forward.push(Forwarded {
            protocol: TCP,
            port: 80,
            to: "192.168.1.30:8080".parse().unwrap(),
        });
        let mut nat = Nat::new(settings, Tap::off());
        let mut there = packet(flow(TCP, "192.168.1.20:40000", "198.51.100.2:80"), SYN, b"");
        let translated = Outcome::Translated(None);
        assert_eq!(nat.hairpin(Time(0), &mut there, None), translated);
        let expected = flow(TCP, "198.51.100.2:40000", "192.168.1.30:8080");
        assert_eq!(flow::read_ipv4(&there).unwrap().0, expected);
        assert!(all_checksums_fit(&there));
        let mut back = packet(expected.reversed(), SYN | ACK, b"");
        assert_eq!(nat.hairpin(Time(1), &mut back, None), translated);
        let expected = flow(TCP, "198.51.100.2:80", "192.168.1.20:40000");
        assert_eq!(flow::read_ipv4(&back).unwrap().0, expected);
        assert!(all_checksums_fit(&back));
        // Whoever is not in the table is the router itself.
        let mut own = packet(flow(UDP, "192.168.1.20:9", "198.51.100.2:53"), 0, b"");
        assert_eq!(nat.hairpin(Time(2), &mut own, None), Outcome::NotOurs);
    }

    #[test]
    fn a_flood_of_new_ends_is_bounded_and_old_ones_stay() {
        let mut nat = nat();
        let out = |nat: &mut Nat, port: u16| {
            let source = format!("192.168.1.20:{port}");
            let mut packet = packet(flow(UDP, &source, SHOP), 0, b"x");
            nat.outbound(Time(port.into()), &mut packet, None)
        };
        assert_eq!(out(&mut nat, 1), Outcome::Translated(None));
        let dropped = (2..20_000).filter(|port| out(&mut nat, *port) != Outcome::Translated(None));
        assert_eq!(dropped.count(), 20_000 - 1 - TABLE_LIMIT);
        assert_eq!(nat.lines.len(), TABLE_LIMIT);
        assert_eq!(nat.by_age.len(), TABLE_LIMIT);
        assert_eq!(out(&mut nat, 1), Outcome::Translated(None));
    }
}
