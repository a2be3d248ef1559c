//! What a frame carries, in a line.

use super::reading::{Carries, Packet, Seen};
use std::net::SocketAddr;
use thru_ip::{PROTOCOL_ICMP, PROTOCOL_ICMPV6, PROTOCOL_TCP, PROTOCOL_UDP};
use thru_octets::Reader;
use thru_transport::tcp::Flags;

/// In words, without what it is a frame of.
pub(super) fn words(seen: &Seen<'_>) -> String {
    match &seen.carries {
        Carries::Arp {
            sender,
            target,
            answer,
        } => match answer {
            true => format!("ARP: {sender} is at {}", seen.source),
            false => format!("ARP: who has {target}? Tell {sender}"),
        },
        Carries::Packet(packet) => of_packet(packet),
        Carries::Other => format!("EtherType {:#06x}", seen.ethertype),
    }
}

fn of_packet(packet: &Packet<'_>) -> String {
    let (source, destination) = (packet.source, packet.destination);
    if let Some((identification, false)) = packet.piece {
        return format!("a piece of packet {identification} {source} → {destination}");
    }
    let ends = packet.ports().map(|(from, to)| {
        let (from, to) = (
            SocketAddr::new(source, from),
            SocketAddr::new(destination, to),
        );
        format!("{from} → {to}")
    });
    match (packet.protocol, ends) {
        (PROTOCOL_TCP, Some(ends)) => segment(packet.payload, &ends),
        (PROTOCOL_UDP, Some(ends)) => {
            let length = packet.payload.len().saturating_sub(8);
            format!("UDP {ends}, {length} octets")
        }
        (PROTOCOL_ICMP, _) => icmp("ICMP", packet),
        (PROTOCOL_ICMPV6, _) => icmp("ICMPv6", packet),
        (other, _) => format!("protocol {other} {source} → {destination}"),
    }
}

fn segment(octets: &[u8], ends: &str) -> String {
    let read = || {
        let mut reader = Reader::new(octets);
        reader.take(4, "ports").ok()?;
        let (seq, ack) = (reader.u32("seq").ok()?, reader.u32("ack").ok()?);
        let offset = usize::from(reader.u8("data offset").ok()? >> 4) * 4;
        let flags = Flags(reader.u8("control bits").ok()?);
        let window = reader.u16("window").ok()?;
        Some((seq, ack, offset, flags, window))
    };
    let Some((seq, ack, offset, flags, window)) = read() else {
        return format!("TCP {ends}, cut off");
    };
    let data = octets.len().saturating_sub(offset);
    let acknowledges = match flags.has(Flags::ACK) {
        true => format!(" ack {ack}"),
        false => String::new(),
    };
    let flags = flags.text();
    format!("TCP {ends} {flags} seq {seq}{acknowledges} window field {window}, {data} octets")
}

fn icmp(name: &str, packet: &Packet<'_>) -> String {
    let kind = packet.payload.first().copied().unwrap_or_default();
    let code = packet.payload.get(1).copied().unwrap_or_default();
    let about = match packet.quoted() {
        Some(quoted) => format!(" about {}", of_packet(&quoted)),
        None => match packet.neighbour() {
            Some(target) if kind == 135 => format!(": who has {target}?"),
            Some(target) => format!(": {target} is here"),
            None => String::new(),
        },
    };
    let (source, destination) = (packet.source, packet.destination);
    format!("{name} {source} → {destination} type {kind} code {code}{about}")
}
