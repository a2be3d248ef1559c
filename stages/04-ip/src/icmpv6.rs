use crate::{Checksum, IPV6_LEAST_MTU, IcmpError, PROTOCOL_ICMPV6, Quoted, UnreachableCode};
use std::net::Ipv6Addr;
use thru_link::ndp::{Envelope, NdpMessage};
use thru_octets::{Malformed, Reader, Writer};

const UNREACHABLE: u8 = 1;
const TOO_BIG: u8 = 2;
const TIME_EXCEEDED: u8 = 3;
const PARAMETER_PROBLEM: u8 = 4;
const ECHO_REQUEST: u8 = 128;
const ECHO_REPLY: u8 = 129;
/// Types below this are errors (RFC 4443, section 2.1).
const FIRST_INFORMATION: u8 = 128;
/// An error with its quote fits into every link's packets (RFC 4443, section 2.4, rule c).
const LONGEST_QUOTE: usize = IPV6_LEAST_MTU - 40 - 8;

/// An ICMPv6 message (RFC 4443, 4861).
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Icmpv6Message {
    /// Are you there?
    EchoRequest {
        /// Whose echo.
        identifier: u16,
        /// Which echo.
        sequence: u16,
        /// Comes back unchanged.
        data: Vec<u8>,
    },
    /// I am here.
    EchoReply {
        /// Whose echo.
        identifier: u16,
        /// Which echo.
        sequence: u16,
        /// As it came.
        data: Vec<u8>,
    },
    /// Something is wrong with a packet. "Packet too big" is `FragmentationNeeded` here: the
    /// stages above do the same about both.
    Error {
        /// What.
        error: IcmpError,
        /// Which.
        quoted: Quoted,
    },
    /// A header of a packet is not taken (RFC 4443, section 3.4).
    ParameterProblem {
        /// 0 a field, 1 a next header, 2 an option, 3 the first piece lacks headers.
        code: u8,
        /// Octet of the packet that is wrong.
        pointer: u32,
        /// Which.
        quoted: Quoted,
    },
    /// Neighbour discovery.
    Neighbour(NdpMessage),
    /// A message that nobody here needs.
    Other {
        /// Type.
        kind: u8,
        /// Code.
        code: u8,
    },
}

/// Whether an ICMPv6 payload is an error: no error is sent about one (RFC 4443, section 2.4).
pub fn is_icmpv6_error(payload: &[u8]) -> bool {
    payload.first().is_none_or(|kind| *kind < FIRST_INFORMATION)
}

impl Icmpv6Message {
    /// The error about `packet`, which quotes as much of it as every link takes.
    pub fn about(error: IcmpError, packet: &[u8]) -> Icmpv6Message {
        let quoted = quote(packet);
        Icmpv6Message::Error { error, quoted }
    }

    /// A header of `packet` is not taken.
    pub fn problem(code: u8, pointer: u32, packet: &[u8]) -> Icmpv6Message {
        Icmpv6Message::ParameterProblem {
            code,
            pointer,
            quoted: quote(packet),
        }
    }

    /// Type and code.
    pub fn type_and_code(&self) -> (u8, u8) {
        match self {
            Icmpv6Message::EchoRequest { .. } => (ECHO_REQUEST, 0),
            Icmpv6Message::EchoReply { .. } => (ECHO_REPLY, 0),
            Icmpv6Message::Error { error, .. } => error_number(*error),
            Icmpv6Message::ParameterProblem { code, .. } => (PARAMETER_PROBLEM, *code),
            Icmpv6Message::Neighbour(message) => (message.kind(), 0),
            Icmpv6Message::Other { kind, code } => (*kind, *code),
        }
    }

    /// The meaning in words.
    pub fn meaning(&self) -> &'static str {
        match self {
            Icmpv6Message::EchoRequest { .. } => "echo request",
            Icmpv6Message::EchoReply { .. } => "echo reply",
            Icmpv6Message::Error { error, .. } => match error {
                IcmpError::Unreachable(UnreachableCode::FragmentationNeeded { .. }) => {
                    "packet too big"
                }
                IcmpError::TimeExceeded => "hop limit exceeded",
                error => error.meaning(),
            },
            Icmpv6Message::ParameterProblem { .. } => "parameter problem",
            Icmpv6Message::Neighbour(message) => message.meaning(),
            Icmpv6Message::Other { .. } => "a message not understood here",
        }
    }

    /// Reads a message and checks its checksum, and what RFC 4861 asks of neighbour discovery.
    pub fn parse(octets: &[u8], envelope: Envelope) -> Result<Icmpv6Message, Malformed> {
        let off = sum(octets, envelope.source, envelope.destination);
        if off != 0 {
            return Err(Malformed {
                offset: 2,
                field: "checksum",
                found: format!("a sum off by {off:#06x}"),
                expected: "the sum over pseudo header and message",
            });
        }
        let mut reader = Reader::new(octets);
        let (kind, code) = (reader.u8("type")?, reader.u8("code")?);
        if NdpMessage::is_type(kind) {
            return NdpMessage::parse(octets, envelope).map(Icmpv6Message::Neighbour);
        }
        reader.u16("checksum")?;
        let value = reader.u32("rest of header")?;
        let (identifier, sequence) = ((value >> 16) as u16, value as u16);
        let rest = reader.rest().to_vec();
        let error = |error, octets| Icmpv6Message::Error {
            error,
            quoted: Quoted { octets },
        };
        Ok(match (kind, code) {
            (ECHO_REQUEST, 0) => Icmpv6Message::EchoRequest {
                identifier,
                sequence,
                data: rest,
            },
            (ECHO_REPLY, 0) => Icmpv6Message::EchoReply {
                identifier,
                sequence,
                data: rest,
            },
            (UNREACHABLE, _) => error(IcmpError::Unreachable(unreachable(code)), rest),
            (TOO_BIG, _) => {
                let next_hop_mtu = u16::try_from(value).unwrap_or(u16::MAX);
                let code = UnreachableCode::FragmentationNeeded { next_hop_mtu };
                error(IcmpError::Unreachable(code), rest)
            }
            (TIME_EXCEEDED, 1) => error(IcmpError::ReassemblyTimeExceeded, rest),
            (TIME_EXCEEDED, _) => error(IcmpError::TimeExceeded, rest),
            (PARAMETER_PROBLEM, _) => Icmpv6Message::ParameterProblem {
                code,
                pointer: value,
                quoted: Quoted { octets: rest },
            },
            _ => Icmpv6Message::Other { kind, code },
        })
    }

    /// Writes the message with the checksum for its two ends.
    pub fn encode(&self, source: Ipv6Addr, destination: Ipv6Addr) -> Vec<u8> {
        let (kind, code) = self.type_and_code();
        let (value, data): (u32, &[u8]) = match self {
            Icmpv6Message::EchoRequest {
                identifier,
                sequence,
                data,
            }
            | Icmpv6Message::EchoReply {
                identifier,
                sequence,
                data,
            } => (u32::from(*identifier) << 16 | u32::from(*sequence), data),
            Icmpv6Message::Error { error, quoted } => (error_value(*error), &quoted.octets),
            Icmpv6Message::ParameterProblem {
                pointer, quoted, ..
            } => (*pointer, &quoted.octets),
            Icmpv6Message::Neighbour(message) => {
                return with_checksum(message.encode(), source, destination);
            }
            Icmpv6Message::Other { .. } => (0, &[]),
        };
        let mut writer = Writer::with_capacity(8 + data.len());
        writer.u8(kind).u8(code).u16(0).u32(value).bytes(data);
        with_checksum(writer.finish(), source, destination)
    }
}

fn with_checksum(mut message: Vec<u8>, source: Ipv6Addr, destination: Ipv6Addr) -> Vec<u8> {
    let checksum = sum(&message, source, destination);
    message[2..4].copy_from_slice(&checksum.to_be_bytes());
    message
}

fn sum(message: &[u8], source: Ipv6Addr, destination: Ipv6Addr) -> u16 {
    let mut sum = Checksum::of_pseudo_header(source, destination, PROTOCOL_ICMPV6, message.len());
    sum.add(message);
    sum.finish()
}

fn quote(packet: &[u8]) -> Quoted {
    Quoted {
        octets: packet[..packet.len().min(LONGEST_QUOTE)].to_vec(),
    }
}

/// Codes of RFC 4443, section 3.1.
fn unreachable(code: u8) -> UnreachableCode {
    match code {
        0 => UnreachableCode::Network,
        1 | 5 | 6 => UnreachableCode::AdministrativelyProhibited,
        3 => UnreachableCode::Host,
        4 => UnreachableCode::Port,
        other => UnreachableCode::Other(other),
    }
}

fn error_number(error: IcmpError) -> (u8, u8) {
    use UnreachableCode::*;
    match error {
        IcmpError::Unreachable(Network) => (UNREACHABLE, 0),
        IcmpError::Unreachable(AdministrativelyProhibited) => (UNREACHABLE, 1),
        IcmpError::Unreachable(Host) => (UNREACHABLE, 3),
        IcmpError::Unreachable(Port) => (UNREACHABLE, 4),
        IcmpError::Unreachable(FragmentationNeeded { .. }) => (TOO_BIG, 0),
        IcmpError::Unreachable(Protocol) => (PARAMETER_PROBLEM, 1),
        IcmpError::Unreachable(Other(code)) => (UNREACHABLE, code),
        IcmpError::TimeExceeded => (TIME_EXCEEDED, 0),
        IcmpError::ReassemblyTimeExceeded => (TIME_EXCEEDED, 1),
        IcmpError::ParameterProblem => (PARAMETER_PROBLEM, 0),
    }
}

fn error_value(error: IcmpError) -> u32 {
    match error {
        IcmpError::Unreachable(UnreachableCode::FragmentationNeeded { next_hop_mtu }) => {
            next_hop_mtu.into()
        }
        _ => 0,
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::{Ipv6Header, PROTOCOL_TCP};
    use thru_link::ndp::NdpOptions;

    const A: Ipv6Addr = Ipv6Addr::new(0x2001, 0xdb8, 0, 0, 0, 0, 0, 1);
    const B: Ipv6Addr = Ipv6Addr::new(0x2001, 0xdb8, 0, 0, 0, 0, 0, 2);
    const ENVELOPE: Envelope = Envelope {
        source: A,
        destination: B,
        hop_limit: 255,
    };

    #[test]
    fn an_echo_survives_the_wire_and_its_ends_count() {
        let echo = Icmpv6Message::EchoRequest {
            identifier: 1,
            sequence: 2,
            data: b"ping".to_vec(),
        };
        let octets = echo.encode(A, B);
        assert_eq!(Icmpv6Message::parse(&octets, ENVELOPE), Ok(echo));
        let elsewhere = Envelope {
            destination: A,
            ..ENVELOPE
        };
        let refused = Icmpv6Message::parse(&octets, elsewhere).unwrap_err();
        assert_eq!(refused.field, "checksum");
    }

    #[test]
    fn neighbour_discovery_is_read_with_its_own_rules() {
        let message = Icmpv6Message::Neighbour(NdpMessage::NeighbourSolicitation {
            target: B,
            options: NdpOptions::default(),
        });
        let octets = message.encode(A, B);
        assert_eq!(Icmpv6Message::parse(&octets, ENVELOPE), Ok(message));
        let far = Envelope {
            hop_limit: 64,
            ..ENVELOPE
        };
        assert!(Icmpv6Message::parse(&octets, far).is_err());
    }

    #[test]
    fn an_error_names_the_flow_and_quotes_no_more_than_every_link_takes() {
        let segment = [&[0xc0, 1, 0, 80, 0, 0, 0, 9][..], &[7; 1400]].concat();
        let packet = Ipv6Header::new(A, B).encode(PROTOCOL_TCP, &segment);
        let needed = UnreachableCode::FragmentationNeeded { next_hop_mtu: 1400 };
        let message = Icmpv6Message::about(IcmpError::Unreachable(needed), &packet);
        let octets = message.encode(B, A);
        assert_eq!(octets.len() + 40, IPV6_LEAST_MTU);
        assert_eq!(octets[0], TOO_BIG);
        let back = Envelope {
            source: B,
            destination: A,
            hop_limit: 64,
        };
        let Icmpv6Message::Error { error, quoted } = Icmpv6Message::parse(&octets, back).unwrap()
        else {
            panic!("an error stays an error");
        };
        assert_eq!(error, IcmpError::Unreachable(needed));
        let flow = quoted.flow().unwrap();
        let ends = (flow.source, flow.destination, flow.sequence);
        assert_eq!(ends, ((A.into(), 0xc001), (B.into(), 80), Some(9)));
    }
}
