use std::net::Ipv4Addr;
use thru_events::MacAddress;
use thru_octets::{Malformed, Reader, Writer};

/// Port of servers.
pub const SERVER_PORT: u16 = 67;
/// Port of clients.
pub const CLIENT_PORT: u16 = 68;
/// Option 53 (RFC 2132, section 9.6).
const MESSAGE_TYPE: u8 = 53;
const MAGIC_COOKIE: [u8; 4] = [99, 130, 83, 99];
const BROADCAST_FLAG: u16 = 0x8000;
/// BOOTP messages are at least this long (RFC 951).
const LEAST_LENGTH: usize = 300;

/// What a message says (RFC 2132, section 9.6).
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum MessageType {
    /// Who lends addresses?
    Discover,
    /// I lend this one.
    Offer,
    /// I take it.
    Request,
    /// I do not want it.
    Decline,
    /// It is yours.
    Ack,
    /// It is not yours.
    Nak,
    /// I give it back.
    Release,
    /// I have an address; tell me the rest.
    Inform,
}

const TYPES: [MessageType; 8] = [
    MessageType::Discover,
    MessageType::Offer,
    MessageType::Request,
    MessageType::Decline,
    MessageType::Ack,
    MessageType::Nak,
    MessageType::Release,
    MessageType::Inform,
];

/// A DHCP message (RFC 2131, section 2) with the options that are used here.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Message {
    /// What it says.
    pub kind: MessageType,
    /// Transaction id.
    pub xid: u32,
    /// Answers are to be broadcast.
    pub broadcast: bool,
    /// `ciaddr`: the client's address, if it has it.
    pub client_address: Ipv4Addr,
    /// `yiaddr`: the address offered or lent.
    pub your_address: Ipv4Addr,
    /// `chaddr`: the client's hardware address.
    pub client_mac: MacAddress,
    /// Option 50.
    pub requested: Option<Ipv4Addr>,
    /// Option 54.
    pub server: Option<Ipv4Addr>,
    /// Option 51, seconds.
    pub lease_s: Option<u32>,
    /// Option 1.
    pub mask: Option<Ipv4Addr>,
    /// Option 3, the first.
    pub router: Option<Ipv4Addr>,
    /// Option 6.
    pub dns: Vec<Ipv4Addr>,
}

impl Message {
    /// A message of a client that has no address.
    pub fn new(kind: MessageType, xid: u32, client_mac: MacAddress) -> Message {
        Message {
            kind,
            xid,
            broadcast: true,
            client_address: Ipv4Addr::UNSPECIFIED,
            your_address: Ipv4Addr::UNSPECIFIED,
            client_mac,
            requested: None,
            server: None,
            lease_s: None,
            mask: None,
            router: None,
            dns: Vec::new(),
        }
    }

    fn is_servers(&self) -> bool {
        matches!(
            self.kind,
            MessageType::Offer | MessageType::Ack | MessageType::Nak
        )
    }

    /// Writes the message.
    pub fn encode(&self) -> Vec<u8> {
        let mut writer = Writer::with_capacity(LEAST_LENGTH);
        writer
            .u8(if self.is_servers() { 2 } else { 1 })
            .u8(1)
            .u8(6)
            .u8(0);
        writer.u32(self.xid).u16(0);
        writer.u16(if self.broadcast { BROADCAST_FLAG } else { 0 });
        writer
            .bytes(&self.client_address.octets())
            .bytes(&self.your_address.octets());
        // siaddr, giaddr, the rest of chaddr, sname, file.
        writer
            .bytes(&[0; 8])
            .bytes(&self.client_mac.0)
            .bytes(&[0; 10 + 64 + 128]);
        writer.bytes(&MAGIC_COOKIE);
        let kind = TYPES
            .iter()
            .position(|kind| *kind == self.kind)
            .unwrap_or(0) as u8
            + 1;
        writer.u8(MESSAGE_TYPE).u8(1).u8(kind);
        self.encode_options(&mut writer);
        writer.u8(255);
        let mut octets = writer.finish();
        octets.resize(octets.len().max(LEAST_LENGTH), 0);
        octets
    }

    fn encode_options(&self, writer: &mut Writer) {
        let addresses = [
            (50, self.requested),
            (54, self.server),
            (1, self.mask),
            (3, self.router),
        ];
        for (code, address) in addresses {
            if let Some(address) = address {
                writer.u8(code).u8(4).bytes(&address.octets());
            }
        }
        if let Some(seconds) = self.lease_s {
            writer.u8(51).u8(4).u32(seconds);
        }
        // 63 addresses fill an option.
        let dns = &self.dns[..self.dns.len().min(63)];
        if !dns.is_empty() {
            writer.u8(6).u8(4 * dns.len() as u8);
            for server in dns {
                writer.bytes(&server.octets());
            }
        }
        if !self.is_servers() {
            // Parameter request list: mask, router, DNS, lease time.
            writer.u8(55).u8(4).bytes(&[1, 3, 6, 51]);
        }
    }

    /// Reads a message; options that are not used here are passed over.
    pub fn parse(octets: &[u8]) -> Result<Message, Malformed> {
        let mut reader = Reader::new(octets);
        let refused = |offset, field, found: String, expected| Malformed {
            offset,
            field,
            found,
            expected,
        };
        reader.u8("op")?;
        let hardware = (reader.u8("htype")?, reader.u8("hlen")?);
        if hardware != (1, 6) {
            return Err(refused(
                1,
                "htype",
                format!("{hardware:?}"),
                "Ethernet with 6 octets",
            ));
        }
        reader.u8("hops")?;
        let xid = reader.u32("xid")?;
        reader.u16("secs")?;
        let flags = reader.u16("flags")?;
        let mut message = Message::new(MessageType::Discover, xid, MacAddress([0; 6]));
        message.broadcast = flags & BROADCAST_FLAG != 0;
        message.client_address = reader.array::<4>("ciaddr")?.into();
        message.your_address = reader.array::<4>("yiaddr")?.into();
        reader.take(8, "siaddr")?;
        message.client_mac = MacAddress(reader.array("chaddr")?);
        reader.take(10 + 64 + 128, "sname")?;
        let cookie: [u8; 4] = reader.array("magic cookie")?;
        if cookie != MAGIC_COOKIE {
            return Err(refused(
                236,
                "magic cookie",
                format!("{cookie:?}"),
                "99 130 83 99",
            ));
        }
        let mut kind = None;
        while let Some(code) = reader.u8("option").ok().filter(|code| *code != 255) {
            if code == 0 {
                continue;
            }
            let length = reader.u8("option length")?;
            let data = reader.take(length.into(), "option")?;
            match (code, data) {
                (MESSAGE_TYPE, [number]) => kind = TYPES.get(usize::from(*number).wrapping_sub(1)),
                _ => message.read_option(code, data),
            }
        }
        message.kind = *kind.ok_or_else(|| {
            refused(
                240,
                "option 53",
                "none that is known".into(),
                "a message type",
            )
        })?;
        Ok(message)
    }

    fn read_option(&mut self, code: u8, data: &[u8]) {
        let mut addresses = data
            .chunks_exact(4)
            .map(|four| Ipv4Addr::new(four[0], four[1], four[2], four[3]));
        match code {
            50 => self.requested = addresses.next(),
            54 => self.server = addresses.next(),
            1 => self.mask = addresses.next(),
            3 => self.router = addresses.next(),
            6 => self.dns = addresses.collect(),
            51 => self.lease_s = addresses.next().map(u32::from),
            _ => {}
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_kind_of_message_survives_the_wire() {
        for kind in TYPES {
            let message = Message {
                requested: Some([10, 0, 0, 5].into()),
                server: Some([10, 0, 0, 1].into()),
                lease_s: Some(3600),
                mask: Some([255, 255, 255, 0].into()),
                router: Some([10, 0, 0, 1].into()),
                dns: vec![[10, 0, 0, 1].into(), [10, 0, 0, 2].into()],
                ..Message::new(kind, 0xdead_beef, MacAddress([2, 0, 0, 0, 0, 9]))
            };
            assert_eq!(Message::parse(&message.encode()), Ok(message));
        }
    }

    #[test]
    fn a_message_without_type_or_cookie_is_refused() {
        let mut octets = Message::new(MessageType::Offer, 1, MacAddress([2; 6])).encode();
        octets[242] = 99;
        assert_eq!(Message::parse(&octets).unwrap_err().field, "option 53");
        octets[236] = 0;
        assert_eq!(Message::parse(&octets).unwrap_err().field, "magic cookie");
    }
}
