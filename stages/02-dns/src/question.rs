//! A client's question, and what is read from every answer (RFC 1035, section 4; EDNS, RFC 6891;
//! extended errors, RFC 8914).

use crate::failure::Denier;
use crate::recursor::Ede;
use crate::wire::{self, Kind, Message, Name, Record};
use thru_octets::Malformed;

/// UDP payload size that is offered and used (DNS flag day 2020: no fragments).
pub const UDP_PAYLOAD: u16 = 1232;

/// Largest message without EDNS (RFC 1035, section 4.2.1).
pub(crate) const PLAIN_UDP_PAYLOAD: u16 = 512;

/// EDNS option of extended DNS errors (RFC 8914).
const EXTENDED_ERROR: u16 = 15;

/// What a message asks, for those outside of this room.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Question {
    /// Message id.
    pub id: u16,
    /// Name, lower case, without trailing dot.
    pub name: String,
    /// Type as IANA writes it.
    pub record_type: String,
    /// Largest answer by UDP, octets.
    pub udp_payload: u16,
    pub(crate) message: Message,
}

impl Question {
    /// The client checks signatures itself (CD and DO): nothing is made for it (RFC 6147, section 5.5).
    pub(crate) fn wants_what_there_is(&self) -> bool {
        let message = &self.message;
        message.flags.cd && message.edns.as_ref().is_some_and(|edns| edns.dnssec_ok)
    }

    /// Whether it is padded (RFC 7830): the answer is to be as well.
    pub fn is_padded(&self) -> bool {
        let edns = self.message.edns.as_ref();
        edns.is_some_and(|edns| edns.option(crate::reply::PADDING).is_some())
    }
}

/// Reads a question.
///
/// # Errors
/// If it is no query of one question.
pub fn read_question(octets: &[u8]) -> Result<Question, Malformed> {
    let message = Message::decode(octets)?;
    let refused = |offset, field, found: String, expected| Malformed {
        offset,
        field,
        found,
        expected,
    };
    if message.flags.qr {
        return Err(refused(2, "QR", "a response".into(), "a query"));
    }
    let [asked] = message.questions.as_slice() else {
        return Err(refused(
            4,
            "QDCOUNT",
            message.questions.len().to_string(),
            "one question",
        ));
    };
    let udp_payload = match &message.edns {
        Some(edns) => edns.udp_payload.clamp(PLAIN_UDP_PAYLOAD, UDP_PAYLOAD),
        None => PLAIN_UDP_PAYLOAD,
    };
    Ok(Question {
        id: message.id,
        name: asked.name.shown(),
        record_type: asked.kind.to_string(),
        udp_payload,
        message,
    })
}

/// A response with only a response code, for a question that cannot be answered or read.
pub fn failure_response(octets: &[u8], rcode: &'static str) -> Option<Vec<u8>> {
    let id = u16::from_be_bytes(octets.get(..2)?.try_into().ok()?);
    let mut message = Message {
        id,
        rcode: wire::rcode::from_text(rcode).unwrap_or(wire::rcode::FORMERR),
        ..Message::default()
    };
    message.flags.qr = true;
    Some(message.encode())
}

/// The name of a host as typed, absolute and in lower case; `None` if no DNS name can be so.
pub(crate) fn absolute(host: &str) -> Option<Name> {
    if host.is_empty() {
        return None;
    }
    Name::lowered_from_text(host).ok()
}

/// The extended error of a message (RFC 8914), if it has one.
pub(crate) fn explained(message: &Message) -> Option<Ede> {
    let option = message.edns.as_ref()?.option(EXTENDED_ERROR)?;
    let (code, text) = option.split_first_chunk::<2>()?;
    let text = String::from_utf8_lossy(text);
    Some(Ede {
        code: u16::from_be_bytes(*code),
        text: text.trim_end_matches('\0').to_owned(),
    })
}

/// The SOA record of a negative answer (RFC 2308, section 3).
pub(crate) fn soa(message: &Message) -> Option<&Record> {
    message
        .authorities
        .iter()
        .find(|record| record.kind == Kind::SOA)
}

/// The zone and primary server that a SOA record names.
pub(crate) fn denier(record: &Record) -> Option<Denier> {
    let (primary, _) = record.soa()?;
    Some(Denier {
        zone: record.name.shown(),
        primary: primary.shown(),
    })
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::wire::Asked;

    #[test]
    fn any_octets_are_decoded_or_refused() {
        let seed = Message {
            id: 1,
            questions: vec![Asked {
                name: absolute("www.shop.lab").unwrap(),
                kind: Kind::A,
                class: 1,
            }],
            edns: Some(wire::Edns::default()),
            ..Message::default()
        };
        let seed = seed.encode();
        let mut state = 0x2545_f491_4f6c_dd1d_u64;
        let mut random = || {
            state ^= state << 13;
            state ^= state >> 7;
            state ^= state << 17;
            state as usize
        };
        let mut refused = 0;
        for _ in 0..20_000 {
            let mut octets = seed.clone();
            for _ in 0..1 + random() % 6 {
                let at = random() % octets.len();
                octets[at] = random() as u8;
            }
            octets.truncate(1 + random() % octets.len());
            refused += usize::from(read_question(&octets).is_err());
        }
        assert!(refused > 1000 && refused < 20_000, "{refused}");
    }
}
