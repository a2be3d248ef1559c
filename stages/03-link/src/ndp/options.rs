use std::net::Ipv6Addr;
use thru_events::MacAddress;
use thru_octets::{Malformed, Reader, Writer};

const SOURCE_LINK_LAYER: u8 = 1;
const TARGET_LINK_LAYER: u8 = 2;
const PREFIX_INFORMATION: u8 = 3;
const MTU: u8 = 5;
const DNS_SERVERS: u8 = 25;
/// Options of one message; later ones are passed over.
const OPTIONS: usize = 32;

/// A network of the link, as a router says (RFC 4861, section 4.6.2).
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct PrefixInformation {
    /// The network.
    pub prefix: Ipv6Addr,
    /// Significant bits.
    pub length: u8,
    /// Its addresses are neighbours.
    pub on_link: bool,
    /// Machines may form addresses of it.
    pub autonomous: bool,
    /// How long it is valid, seconds; all ones is for ever.
    pub valid_s: u32,
    /// How long addresses of it are preferred, seconds.
    pub preferred_s: u32,
}

/// The options of a message (RFC 4861, section 4.6) that are used here; others are passed over.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct NdpOptions {
    /// The sender's hardware address.
    pub source_mac: Option<MacAddress>,
    /// The target's hardware address.
    pub target_mac: Option<MacAddress>,
    /// Networks of the link.
    pub prefixes: Vec<PrefixInformation>,
    /// Largest packet of the link, octets.
    pub mtu: Option<u32>,
    /// DNS servers, and how long they may be used, seconds (RFC 8106, section 5.1).
    pub dns: Vec<(Ipv6Addr, u32)>,
}

impl NdpOptions {
    /// A sender's hardware address and nothing else.
    pub fn from(mac: MacAddress) -> NdpOptions {
        NdpOptions {
            source_mac: Some(mac),
            ..NdpOptions::default()
        }
    }

    /// Reads what follows a message's fixed part, which begins at `offset`. An option of no
    /// length is refused (RFC 4861, section 4.6), as nothing behind it can be found.
    pub(super) fn parse(octets: &[u8], offset: usize) -> Result<NdpOptions, Malformed> {
        let mut options = NdpOptions::default();
        let mut reader = Reader::new(octets);
        for _ in 0..OPTIONS {
            if reader.is_empty() {
                break;
            }
            let at = reader.offset();
            let kind = reader.u8("option type")?;
            let length = usize::from(reader.u8("option length")?) * 8;
            let body = length.checked_sub(2).ok_or_else(|| Malformed {
                offset: offset + at + 1,
                field: "option length",
                found: "0".to_owned(),
                expected: "1 or more",
            })?;
            options.take(kind, reader.take(body, "option")?)?;
        }
        Ok(options)
    }

    fn take(&mut self, kind: u8, body: &[u8]) -> Result<(), Malformed> {
        let mut reader = Reader::new(body);
        match kind {
            SOURCE_LINK_LAYER => self.source_mac = Some(MacAddress(reader.array("address")?)),
            TARGET_LINK_LAYER => self.target_mac = Some(MacAddress(reader.array("address")?)),
            MTU => {
                reader.u16("reserved")?;
                self.mtu = Some(reader.u32("MTU")?);
            }
            PREFIX_INFORMATION if body.len() == 30 => {
                let (length, flags) = (reader.u8("prefix length")?, reader.u8("flags")?);
                let (valid_s, preferred_s) = (reader.u32("valid")?, reader.u32("preferred")?);
                reader.u32("reserved")?;
                self.prefixes.push(PrefixInformation {
                    prefix: reader.array::<16>("prefix")?.into(),
                    length,
                    on_link: flags & 0x80 != 0,
                    autonomous: flags & 0x40 != 0,
                    valid_s,
                    preferred_s,
                });
            }
            DNS_SERVERS => {
                reader.u16("reserved")?;
                let lifetime_s = reader.u32("lifetime")?;
                while reader.remaining() >= 16 {
                    let server = reader.array::<16>("server")?.into();
                    self.dns.push((server, lifetime_s));
                }
            }
            _ => {}
        }
        Ok(())
    }

    pub(super) fn encode(&self, writer: &mut Writer) {
        for (kind, mac) in [
            (SOURCE_LINK_LAYER, self.source_mac),
            (TARGET_LINK_LAYER, self.target_mac),
        ] {
            if let Some(mac) = mac {
                writer.u8(kind).u8(1).bytes(&mac.0);
            }
        }
        for prefix in &self.prefixes {
            let on_link = if prefix.on_link { 0x80 } else { 0 };
            let autonomous = if prefix.autonomous { 0x40 } else { 0 };
            writer.u8(PREFIX_INFORMATION).u8(4).u8(prefix.length);
            writer.u8(on_link | autonomous);
            writer.u32(prefix.valid_s).u32(prefix.preferred_s).u32(0);
            writer.bytes(&prefix.prefix.octets());
        }
        if let Some(mtu) = self.mtu {
            writer.u8(MTU).u8(1).u16(0).u32(mtu);
        }
        for (server, lifetime_s) in &self.dns {
            writer.u8(DNS_SERVERS).u8(3).u16(0).u32(*lifetime_s);
            writer.bytes(&server.octets());
        }
    }
}
