use crate::{Ipv4Packet, Ipv6Packet, internet_checksum};
use std::net::{IpAddr, Ipv4Addr};
use thru_octets::{Malformed, Reader, Writer};

/// Type of a redirect.
const REDIRECT: u8 = 5;

/// Why something is unreachable (RFC 792, RFC 1122 section 3.2.2.1, RFC 1812 section 5.2.7.1).
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum UnreachableCode {
    /// No route to the network.
    Network,
    /// The host does not answer its neighbour.
    Host,
    /// The host does not speak the protocol.
    Protocol,
    /// Nobody has the port open.
    Port,
    /// The packet is too big and may not be cut.
    FragmentationNeeded {
        /// MTU of the next hop, octets; 0 if the router did not say (RFC 1191).
        next_hop_mtu: u16,
    },
    /// A filter forbids it.
    AdministrativelyProhibited,
    /// Any other code.
    Other(u8),
}

/// What an error is about: the offending packet's header and first octets.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Quoted {
    /// The packet as quoted: header and at least 8 octets.
    pub octets: Vec<u8>,
}

/// What went wrong with a packet, as a router or host says.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum IcmpError {
    /// Destination unreachable, type 3.
    Unreachable(UnreachableCode),
    /// The hop limit ran out on the way, type 11 code 0.
    TimeExceeded,
    /// Pieces did not come in time, type 11 code 1.
    ReassemblyTimeExceeded,
    /// A header field is wrong, type 12.
    ParameterProblem,
}

/// An ICMP message (RFC 792).
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum IcmpMessage {
    /// Are you there? Type 8.
    EchoRequest {
        /// Whose echo.
        identifier: u16,
        /// Which echo.
        sequence: u16,
        /// Comes back unchanged.
        data: Vec<u8>,
    },
    /// I am here. Type 0.
    EchoReply {
        /// Whose echo.
        identifier: u16,
        /// Which echo.
        sequence: u16,
        /// As it came.
        data: Vec<u8>,
    },
    /// Something is wrong with a packet.
    Error {
        /// What.
        error: IcmpError,
        /// Which.
        quoted: Quoted,
    },
    /// Another router is nearer to where the quoted packet goes. Type 5.
    Redirect {
        /// The router, or the destination itself.
        gateway: Ipv4Addr,
        /// Which packet.
        quoted: Quoted,
    },
    /// A message that nobody here needs.
    Other {
        /// Type.
        kind: u8,
        /// Code.
        code: u8,
    },
}

impl UnreachableCode {
    fn number(self) -> u8 {
        match self {
            UnreachableCode::Network => 0,
            UnreachableCode::Host => 1,
            UnreachableCode::Protocol => 2,
            UnreachableCode::Port => 3,
            UnreachableCode::FragmentationNeeded { .. } => 4,
            UnreachableCode::AdministrativelyProhibited => 13,
            UnreachableCode::Other(code) => code,
        }
    }

    fn from_number(code: u8, next_hop_mtu: u16) -> UnreachableCode {
        match code {
            0 => UnreachableCode::Network,
            1 => UnreachableCode::Host,
            2 => UnreachableCode::Protocol,
            3 => UnreachableCode::Port,
            4 => UnreachableCode::FragmentationNeeded { next_hop_mtu },
            9 | 10 | 13 => UnreachableCode::AdministrativelyProhibited,
            other => UnreachableCode::Other(other),
        }
    }
}

impl IcmpError {
    /// The meaning in words.
    pub fn meaning(self) -> &'static str {
        use UnreachableCode::*;
        match self {
            IcmpError::Unreachable(Network) => "network unreachable",
            IcmpError::Unreachable(Host) => "host unreachable",
            IcmpError::Unreachable(Protocol) => "protocol unreachable",
            IcmpError::Unreachable(Port) => "port unreachable",
            IcmpError::Unreachable(FragmentationNeeded { .. }) => "fragmentation needed",
            IcmpError::Unreachable(AdministrativelyProhibited) => "administratively prohibited",
            IcmpError::Unreachable(Other(_)) => "destination unreachable",
            IcmpError::TimeExceeded => "time to live exceeded",
            IcmpError::ReassemblyTimeExceeded => "fragment reassembly time exceeded",
            IcmpError::ParameterProblem => "parameter problem",
        }
    }

    fn type_and_code(self) -> (u8, u8) {
        match self {
            IcmpError::Unreachable(code) => (3, code.number()),
            IcmpError::TimeExceeded => (11, 0),
            IcmpError::ReassemblyTimeExceeded => (11, 1),
            IcmpError::ParameterProblem => (12, 0),
        }
    }
}

impl IcmpMessage {
    /// The error about `packet`, which quotes its header and 8 octets more (RFC 792).
    pub fn about(error: IcmpError, packet: &[u8]) -> IcmpMessage {
        let header = packet
            .first()
            .map_or(0, |first| usize::from(first & 15) * 4);
        let octets = packet[..packet.len().min(header + 8)].to_vec();
        IcmpMessage::Error {
            error,
            quoted: Quoted { octets },
        }
    }

    /// Packets as `packet` had better go to `gateway`.
    pub fn redirect(gateway: Ipv4Addr, packet: &[u8]) -> IcmpMessage {
        let quoted = match IcmpMessage::about(IcmpError::ParameterProblem, packet) {
            IcmpMessage::Error { quoted, .. } => quoted,
            _ => Quoted { octets: Vec::new() },
        };
        IcmpMessage::Redirect { gateway, quoted }
    }

    /// Type and code.
    pub fn type_and_code(&self) -> (u8, u8) {
        match self {
            IcmpMessage::EchoReply { .. } => (0, 0),
            IcmpMessage::EchoRequest { .. } => (8, 0),
            IcmpMessage::Error { error, .. } => error.type_and_code(),
            IcmpMessage::Redirect { .. } => (REDIRECT, 1),
            IcmpMessage::Other { kind, code } => (*kind, *code),
        }
    }

    /// The meaning in words.
    pub fn meaning(&self) -> &'static str {
        match self {
            IcmpMessage::EchoReply { .. } => "echo reply",
            IcmpMessage::EchoRequest { .. } => "echo request",
            IcmpMessage::Error { error, .. } => error.meaning(),
            IcmpMessage::Redirect { .. } => "redirect",
            IcmpMessage::Other { .. } => "a message not understood here",
        }
    }

    /// Reads a message and checks its checksum.
    pub fn parse(octets: &[u8]) -> Result<IcmpMessage, Malformed> {
        let mut reader = Reader::new(octets);
        let (kind, code) = (reader.u8("type")?, reader.u8("code")?);
        reader.u16("checksum")?;
        let sum = internet_checksum(octets);
        if sum != 0 {
            return Err(Malformed {
                offset: 2,
                field: "checksum",
                found: format!("a sum off by {sum:#06x}"),
                expected: "the sum over the message",
            });
        }
        let (first, second) = (reader.u16("rest of header")?, reader.u16("rest of header")?);
        let data = reader.rest().to_vec();
        let about = |error, octets| IcmpMessage::Error {
            error,
            quoted: Quoted { octets },
        };
        let message = match (kind, code) {
            (0, 0) => IcmpMessage::EchoReply {
                identifier: first,
                sequence: second,
                data,
            },
            (8, 0) => IcmpMessage::EchoRequest {
                identifier: first,
                sequence: second,
                data,
            },
            (3, _) => about(
                IcmpError::Unreachable(UnreachableCode::from_number(code, second)),
                data,
            ),
            (11, 0) => about(IcmpError::TimeExceeded, data),
            (11, 1) => about(IcmpError::ReassemblyTimeExceeded, data),
            (12, _) => about(IcmpError::ParameterProblem, data),
            // Codes 0 to 3: those for networks are taken as for hosts (RFC 1122, section 3.2.2.2).
            (REDIRECT, 0..=3) => IcmpMessage::Redirect {
                gateway: Ipv4Addr::from(u32::from(first) << 16 | u32::from(second)),
                quoted: Quoted { octets: data },
            },
            _ => IcmpMessage::Other { kind, code },
        };
        Ok(message)
    }

    /// Writes the message.
    pub fn encode(&self) -> Vec<u8> {
        let (kind, code) = self.type_and_code();
        let (first, second, data): (u16, u16, &[u8]) = match self {
            IcmpMessage::EchoReply {
                identifier,
                sequence,
                data,
            }
            | IcmpMessage::EchoRequest {
                identifier,
                sequence,
                data,
            } => (*identifier, *sequence, data),
            IcmpMessage::Error { error, quoted } => (0, error.next_hop_mtu(), &quoted.octets),
            IcmpMessage::Redirect { gateway, quoted } => {
                let address = gateway.to_bits();
                ((address >> 16) as u16, address as u16, &quoted.octets)
            }
            IcmpMessage::Other { .. } => (0, 0, &[]),
        };
        let mut writer = Writer::with_capacity(8 + data.len());
        writer
            .u8(kind)
            .u8(code)
            .u16(0)
            .u16(first)
            .u16(second)
            .bytes(data);
        let checksum = internet_checksum(writer.as_slice());
        writer.put_u16(2, checksum);
        writer.finish()
    }
}

impl IcmpError {
    fn next_hop_mtu(self) -> u16 {
        match self {
            IcmpError::Unreachable(UnreachableCode::FragmentationNeeded { next_hop_mtu }) => {
                next_hop_mtu
            }
            _ => 0,
        }
    }
}

impl Quoted {
    /// The quoted packet's protocol and its two ends; ports are 0 where the protocol has none.
    pub fn flow(&self) -> Option<QuotedFlow> {
        match self.octets.first()? >> 4 {
            6 => {
                let packet = Ipv6Packet::parse_header(&self.octets).ok()?;
                let ends = (
                    packet.header.source.into(),
                    packet.header.destination.into(),
                );
                let first_piece = packet.chain.fragment.is_none_or(|piece| piece.offset == 0);
                let piece = packet.chain.fragment.map(|piece| piece.next);
                let protocol = packet.chain.protocol.or(piece)?;
                Some(QuotedFlow::read(
                    protocol,
                    ends,
                    packet.payload,
                    first_piece,
                ))
            }
            _ => {
                let packet = Ipv4Packet::parse_header(&self.octets).ok()?;
                let header = &packet.header;
                let ends = (header.source.into(), header.destination.into());
                let first_piece = header.fragment_offset == 0;
                let flow = QuotedFlow::read(header.protocol, ends, packet.payload, first_piece);
                Some(flow)
            }
        }
    }
}

/// The two ends of a quoted packet.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct QuotedFlow {
    /// Protocol number.
    pub protocol: u8,
    /// Sender and port.
    pub source: (IpAddr, u16),
    /// Receiver and port.
    pub destination: (IpAddr, u16),
    /// The four octets after the ports: TCP's sequence number.
    pub sequence: Option<u32>,
}

impl QuotedFlow {
    fn read(
        protocol: u8,
        (source, destination): (IpAddr, IpAddr),
        payload: &[u8],
        first_piece: bool,
    ) -> QuotedFlow {
        let mut reader = Reader::new(payload);
        let mut port = || reader.u16("port").ok().filter(|_| first_piece).unwrap_or(0);
        QuotedFlow {
            protocol,
            source: (source, port()),
            destination: (destination, port()),
            sequence: reader.u32("sequence number").ok(),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::{Ipv4Header, PROTOCOL_TCP};
    use std::net::Ipv4Addr;

    #[test]
    fn an_echo_survives_the_wire() {
        let echo = IcmpMessage::EchoRequest {
            identifier: 1,
            sequence: 2,
            data: b"ping".to_vec(),
        };
        assert_eq!(IcmpMessage::parse(&echo.encode()), Ok(echo.clone()));
        let mut broken = echo.encode();
        broken[8] ^= 1;
        assert_eq!(IcmpMessage::parse(&broken).unwrap_err().field, "checksum");
    }

    #[test]
    fn an_error_names_the_flow_that_it_is_about() {
        let (a, b) = (Ipv4Addr::new(10, 0, 0, 1), Ipv4Addr::new(10, 0, 9, 2));
        let packet =
            Ipv4Header::new(a, b, PROTOCOL_TCP).encode(&[0xc0, 1, 0, 80, 0, 0, 0, 9, 1, 1]);
        let needed = UnreachableCode::FragmentationNeeded { next_hop_mtu: 1400 };
        let message = IcmpMessage::about(IcmpError::Unreachable(needed), &packet);
        let IcmpMessage::Error { error, quoted } = IcmpMessage::parse(&message.encode()).unwrap()
        else {
            panic!("an error stays an error");
        };
        assert_eq!(error, IcmpError::Unreachable(needed));
        let flow = quoted.flow().unwrap();
        assert_eq!(
            (flow.source, flow.destination, flow.sequence),
            ((a.into(), 0xc001), (b.into(), 80), Some(9))
        );
    }
}
