use super::capture::Captured;
use std::net::Ipv4Addr;
use thru_ip::{IcmpMessage, Ipv4Packet, PROTOCOL_ICMP, PROTOCOL_TCP, PROTOCOL_UDP};
use thru_link::{ArpOperation, ArpPacket, ETHERTYPE_ARP, ETHERTYPE_IPV4, Frame};
use thru_octets::Malformed;
use thru_transport::{
    tcp::{Flags, Segment},
    udp::Datagram,
};

const ETHERNET: u32 = 1;
/// BSD loopback: four octets of address family in the host's order.
const LOOPBACK: u32 = 0;
/// Linux "cooked": 16 octets, the last two an EtherType.
const COOKED: u32 = 113;
const RAW: [u32; 4] = [12, 14, 101, 228];
const DOMAIN: u16 = 53;

/// One field as we read it.
pub struct Claim {
    /// tcpdump prints the field if its text holds this.
    marker: String,
    /// What its text must hold then.
    ours: Ours,
}

enum Ours {
    Says(String),
    /// We refuse it; tcpdump must find fault too, in one of these words.
    Refuses(Malformed, &'static [&'static str]),
}

impl Claim {
    fn says(marker: impl Into<String>, ours: String) -> Claim {
        Claim {
            marker: marker.into(),
            ours: Ours::Says(ours),
        }
    }

    /// Whether tcpdump's text says the same, as far as it says anything.
    pub fn agrees_with(&self, printed: &str) -> Result<(), String> {
        if !printed.contains(self.marker.as_str()) {
            return Ok(());
        }
        match &self.ours {
            Ours::Says(ours) if printed.contains(ours.as_str()) => Ok(()),
            Ours::Says(ours) => Err(format!(
                "we read `{ours}`, tcpdump printed `{}`",
                line(printed)
            )),
            Ours::Refuses(_, words) if words.iter().any(|word| printed.contains(word)) => Ok(()),
            Ours::Refuses(malformed, _) => Err(format!(
                "we refuse ({malformed}), tcpdump printed `{}`",
                line(printed)
            )),
        }
    }
}

fn line(printed: &str) -> String {
    let joined = printed.replace('\n', " ");
    joined.chars().take(240).collect()
}

/// Everything that we read in a frame.
pub fn read(frame: &Captured) -> Vec<Claim> {
    let octets = &frame.octets;
    match frame.link_type {
        ETHERNET => ethernet(octets, frame.length),
        LOOPBACK if octets.get(..4).is_some_and(is_internet) => internet(&octets[4..]),
        COOKED if octets.get(14..16) == Some(&[8, 0]) => internet(&octets[16..]),
        raw if RAW.contains(&raw) => internet(octets),
        _ => Vec::new(),
    }
}

fn is_internet(family: &[u8]) -> bool {
    family == [2, 0, 0, 0] || family == [0, 0, 0, 2]
}

fn ethernet(octets: &[u8], length: usize) -> Vec<Claim> {
    let Ok(frame) = Frame::parse(octets) else {
        return Vec::new();
    };
    let mut claims = vec![
        Claim::says(
            ", ethertype",
            format!("{} > {}, ", frame.source, frame.destination),
        ),
        Claim::says(", ethertype", format!(" (0x{:04x})", frame.ethertype)),
        Claim::says(", ethertype", format!(", length {length}: ")),
    ];
    if let Some(tag) = frame.vlan {
        let drop = if tag.drop_eligible { ", DEI" } else { "" };
        let said = format!("vlan {}, p {}{drop}", tag.identifier, tag.priority);
        claims.push(Claim::says("vlan ", said));
    }
    match frame.ethertype {
        ETHERTYPE_ARP => claims.extend(arp(frame.payload)),
        ETHERTYPE_IPV4 => claims.extend(internet(frame.payload)),
        _ => {}
    }
    claims
}

fn arp(octets: &[u8]) -> Vec<Claim> {
    let Ok(arp) = ArpPacket::parse(octets) else {
        return Vec::new();
    };
    match arp.operation {
        ArpOperation::Request => vec![
            Claim::says("Request who-has ", format!("who-has {}", arp.target_ip)),
            Claim::says("Request who-has ", format!("tell {}", arp.sender_ip)),
        ],
        ArpOperation::Reply => vec![Claim::says(
            " is-at ",
            format!("Reply {} is-at {}", arp.sender_ip, arp.sender_mac),
        )],
    }
}

/// What tcpdump prints of a header whose sum is wrong.
const BAD_HEADER: &[&str] = &["bad cksum", "bad-hlen", "bad-len", "truncated", "[|ip]"];

fn internet(octets: &[u8]) -> Vec<Claim> {
    let packet = match Ipv4Packet::parse(octets) {
        Ok(packet) => packet,
        Err(malformed) if malformed.field == "header checksum" => {
            // Only with -v does tcpdump look at the sum.
            return vec![Claim {
                marker: "IP (tos ".to_owned(),
                ours: Ours::Refuses(malformed, BAD_HEADER),
            }];
        }
        Err(_) => return Vec::new(),
    };
    let mut claims = header(&packet);
    if packet.header.is_fragment() {
        return claims;
    }
    let ends = (packet.header.source, packet.header.destination);
    match packet.header.protocol {
        PROTOCOL_TCP => claims.extend(segment(packet.payload, ends)),
        PROTOCOL_UDP => claims.extend(datagram(packet.payload, ends)),
        PROTOCOL_ICMP => claims.extend(icmp(packet.payload, ends)),
        _ => {}
    }
    claims
}

/// `(tos 0x0, ttl 64, id 1, offset 0, flags [DF], proto TCP (6), length 60)`
fn header(packet: &Ipv4Packet<'_>) -> Vec<Claim> {
    const MARKER: &str = "IP (tos ";
    let header = &packet.header;
    let flags = match (header.more_fragments, header.dont_fragment) {
        (false, false) => "none",
        (false, true) => "DF",
        (true, false) => "+",
        (true, true) => "+, DF",
    };
    let protocol = match header.protocol {
        PROTOCOL_TCP => "TCP (6)".to_owned(),
        PROTOCOL_UDP => "UDP (17)".to_owned(),
        PROTOCOL_ICMP => "ICMP (1)".to_owned(),
        other => format!("({other})"),
    };
    let fields = [
        format!("(tos 0x{:x}", header.tos),
        format!("ttl {},", header.ttl),
        format!(
            "id {}, offset {}, ",
            header.identification, header.fragment_offset
        ),
        format!("flags [{flags}], proto "),
        format!("{protocol}, length {}", packet.total_length),
    ];
    fields.map(|field| Claim::says(MARKER, field)).into()
}

const BAD_SEGMENT: &[&str] = &[
    "incorrect",
    "bad hdr length",
    "[|tcp]",
    "bad opt",
    "truncated",
];

fn segment(octets: &[u8], (source, destination): (Ipv4Addr, Ipv4Addr)) -> Vec<Claim> {
    let segment = match Segment::parse(octets, source, destination) {
        Ok(segment) => segment,
        Err(malformed) => {
            // tcpdump looks at the sum only with -v, and says then what it found.
            let marker = match malformed.field {
                "checksum" => "cksum 0x",
                _ => "Flags [",
            };
            return vec![Claim {
                marker: marker.to_owned(),
                ours: Ours::Refuses(malformed, BAD_SEGMENT),
            }];
        }
    };
    let header = &segment.header;
    let (from, to) = (header.source_port, header.destination_port);
    let mut claims = vec![
        Claim::says(
            "Flags [",
            format!(
                "{source}.{from} > {destination}.{to}: Flags [{}]",
                letters(header.flags)
            ),
        ),
        Claim::says("Flags [", format!(", win {}", header.window)),
        Claim::says("Flags [", format!("length {}", segment.payload.len())),
        Claim::says("cksum 0x", "(correct)".to_owned()),
    ];
    // Later numbers are printed counted from the first ones.
    if header.flags.has(Flags::SYN) {
        claims.push(Claim::says("Flags [", format!("seq {}", header.seq)));
    }
    let options = &header.options;
    let mut option = |said: Option<String>| {
        claims.extend(said.map(|said| Claim::says("options [", said)));
    };
    option(options.mss.map(|mss| format!("mss {mss}")));
    option(options.sack_permitted.then(|| "sackOK".to_owned()));
    option(
        options
            .timestamps
            .map(|(value, echo)| format!("TS val {value} ecr {echo}")),
    );
    claims
}

/// tcpdump's letters for the control bits.
fn letters(flags: Flags) -> String {
    const LETTERS: [(u8, char); 8] = [
        (1, 'F'),
        (2, 'S'),
        (4, 'R'),
        (8, 'P'),
        (16, '.'),
        (32, 'U'),
        (64, 'E'),
        (128, 'W'),
    ];
    let set = LETTERS.iter().filter(|(bit, _)| flags.0 & bit != 0);
    let text: String = set.map(|(_, letter)| letter).collect();
    if text.is_empty() {
        "none".to_owned()
    } else {
        text
    }
}

const BAD_DATAGRAM: &[&str] = &["bad udp cksum", "bad length", "truncated", "[|udp]"];

fn datagram(octets: &[u8], (source, destination): (Ipv4Addr, Ipv4Addr)) -> Vec<Claim> {
    let datagram = match Datagram::parse(octets, source, destination) {
        Ok(datagram) => datagram,
        Err(malformed) => {
            let marker = match malformed.field {
                "checksum" => "udp sum ok",
                _ => "UDP, length",
            };
            return vec![Claim {
                marker: marker.to_owned(),
                ours: Ours::Refuses(malformed, BAD_DATAGRAM),
            }];
        }
    };
    let (from, to) = (datagram.source_port, datagram.destination_port);
    let ends = format!("{source}.{from} > {destination}.{to}: ");
    let mut claims = vec![
        Claim::says(
            format!("{ends}UDP, length "),
            format!("{ends}UDP, length {}", datagram.payload.len()),
        ),
        Claim {
            marker: "bad udp cksum".to_owned(),
            ours: Ours::Says("[no cksum]".to_owned()),
        },
    ];
    if to == DOMAIN {
        claims.extend(question(datagram.payload, &ends));
    }
    claims
}

fn question(octets: &[u8], ends: &str) -> Vec<Claim> {
    let Ok(question) = thru_dns::read_question(octets) else {
        return Vec::new();
    };
    let name = question.name.trim_end_matches('.');
    let mut claims = vec![Claim::says(
        "? ",
        format!("{} ", question.record_type.to_ascii_uppercase() + "?"),
    )];
    if name.bytes().all(|octet| octet.is_ascii_graphic()) {
        claims.push(Claim::says("? ", format!("? {name}.")));
    }
    if !claims.is_empty() {
        claims.push(Claim::says("? ", format!("{}", question.id)));
    }
    let _ = ends;
    claims
}

fn icmp(octets: &[u8], (source, destination): (Ipv4Addr, Ipv4Addr)) -> Vec<Claim> {
    let ends = format!("{source} > {destination}: ICMP ");
    let message = match IcmpMessage::parse(octets) {
        Ok(message) => message,
        Err(malformed) if malformed.field == "checksum" => {
            return vec![Claim {
                marker: "wrong icmp cksum".to_owned(),
                ours: Ours::Refuses(malformed, &["wrong icmp cksum"]),
            }];
        }
        Err(_) => return Vec::new(),
    };
    let (what, identifier, sequence) = match message {
        IcmpMessage::EchoRequest {
            identifier,
            sequence,
            ..
        } => ("echo request", identifier, sequence),
        IcmpMessage::EchoReply {
            identifier,
            sequence,
            ..
        } => ("echo reply", identifier, sequence),
        _ => return vec![Claim::says(": ICMP ", ends)],
    };
    let length = octets.len();
    vec![Claim::says(
        "ICMP echo ",
        format!("{ends}{what}, id {identifier}, seq {sequence}, length {length}"),
    )]
}
