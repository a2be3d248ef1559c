use std::net::Ipv4Addr;
use thru_events::MacAddress;
use thru_octets::{Malformed, Reader, Writer};

/// What an ARP packet says (RFC 826, `ar$op`).
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum ArpOperation {
    /// Who has the target address?
    Request,
    /// The sender has the sender address.
    Reply,
}

/// An ARP packet for IPv4 over Ethernet (RFC 826).
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct ArpPacket {
    /// Question or answer.
    pub operation: ArpOperation,
    /// `ar$sha`.
    pub sender_mac: MacAddress,
    /// `ar$spa`.
    pub sender_ip: Ipv4Addr,
    /// `ar$tha`; zero in a request.
    pub target_mac: MacAddress,
    /// `ar$tpa`.
    pub target_ip: Ipv4Addr,
}

impl ArpPacket {
    /// A question of `sender` for `target`.
    pub fn request(sender: (MacAddress, Ipv4Addr), target: Ipv4Addr) -> ArpPacket {
        ArpPacket {
            operation: ArpOperation::Request,
            sender_mac: sender.0,
            sender_ip: sender.1,
            target_mac: MacAddress([0; 6]),
            target_ip: target,
        }
    }

    /// The answer to `self` by the owner of its target address.
    pub fn reply(&self, owner: MacAddress) -> ArpPacket {
        ArpPacket {
            operation: ArpOperation::Reply,
            sender_mac: owner,
            sender_ip: self.target_ip,
            target_mac: self.sender_mac,
            target_ip: self.sender_ip,
        }
    }

    /// Whether it announces its sender's own address (gratuitous; RFC 5227, section 1.1).
    pub fn is_announcement(&self) -> bool {
        self.sender_ip == self.target_ip
    }

    /// Reads a packet; octets after it are padding.
    pub fn parse(octets: &[u8]) -> Result<ArpPacket, Malformed> {
        let mut reader = Reader::new(octets);
        expect(0, "ar$hrd", reader.u16("ar$hrd")?, 1, "1 (Ethernet)")?;
        expect(2, "ar$pro", reader.u16("ar$pro")?, 0x0800, "0x0800 (IPv4)")?;
        expect(4, "ar$hln", reader.u8("ar$hln")?.into(), 6, "6 octets")?;
        expect(5, "ar$pln", reader.u8("ar$pln")?.into(), 4, "4 octets")?;
        let operation = match reader.u16("ar$op")? {
            1 => ArpOperation::Request,
            2 => ArpOperation::Reply,
            other => return Err(refused(6, "ar$op", other, "1 (request) or 2 (reply)")),
        };
        Ok(ArpPacket {
            operation,
            sender_mac: MacAddress(reader.array("ar$sha")?),
            sender_ip: reader.array::<4>("ar$spa")?.into(),
            target_mac: MacAddress(reader.array("ar$tha")?),
            target_ip: reader.array::<4>("ar$tpa")?.into(),
        })
    }

    /// Writes the packet: 28 octets.
    pub fn encode(&self) -> Vec<u8> {
        let mut writer = Writer::with_capacity(28);
        writer.u16(1).u16(0x0800).u8(6).u8(4);
        writer.u16(match self.operation {
            ArpOperation::Request => 1,
            ArpOperation::Reply => 2,
        });
        writer
            .bytes(&self.sender_mac.0)
            .bytes(&self.sender_ip.octets());
        writer
            .bytes(&self.target_mac.0)
            .bytes(&self.target_ip.octets());
        writer.finish()
    }
}

fn expect(
    offset: usize,
    field: &'static str,
    found: u16,
    wanted: u16,
    expected: &'static str,
) -> Result<(), Malformed> {
    if found == wanted {
        return Ok(());
    }
    Err(refused(offset, field, found, expected))
}

fn refused(offset: usize, field: &'static str, found: u16, expected: &'static str) -> Malformed {
    Malformed {
        offset,
        field,
        found: found.to_string(),
        expected,
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_request_and_its_reply_survive_the_wire() {
        let asker = (MacAddress([2, 0, 0, 0, 0, 1]), Ipv4Addr::new(10, 0, 0, 1));
        let request = ArpPacket::request(asker, Ipv4Addr::new(10, 0, 0, 2));
        assert_eq!(ArpPacket::parse(&request.encode()), Ok(request));
        let reply = request.reply(MacAddress([2, 0, 0, 0, 0, 2]));
        let mut padded = reply.encode();
        padded.resize(46, 0);
        assert_eq!(ArpPacket::parse(&padded), Ok(reply));
        assert_eq!((reply.target_mac, reply.target_ip), asker);
    }

    #[test]
    fn another_hardware_type_is_refused_by_name() {
        let mut octets = ArpPacket::request(
            (MacAddress([2; 6]), Ipv4Addr::new(10, 0, 0, 1)),
            Ipv4Addr::new(10, 0, 0, 2),
        )
        .encode();
        octets[1] = 6;
        let refused = ArpPacket::parse(&octets).unwrap_err();
        assert_eq!((refused.offset, refused.field), (0, "ar$hrd"));
        assert!(ArpPacket::parse(&octets[..20]).is_err());
    }
}
