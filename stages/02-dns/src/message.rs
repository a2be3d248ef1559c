//! Messages in wire format (RFC 1035, section 4; EDNS, RFC 6891; extended errors, RFC 8914).

use crate::failure::Denier;
use crate::wire;
use hickory_proto::op::{Edns, Message, MessageType, OpCode, Query, ResponseCode};
use hickory_proto::rr::rdata::opt::{EdnsCode, EdnsOption};
use hickory_proto::rr::{Name, RData, Record, RecordType};
use thru_octets::Malformed;

mod locate;
use locate::locate;

/// UDP payload size that is offered and used (DNS flag day 2020: no fragments).
pub const UDP_PAYLOAD: u16 = 1232;

/// Largest message without EDNS (RFC 1035, section 4.2.1).
const PLAIN_UDP_PAYLOAD: u16 = 512;

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
    pub(crate) message: wire::Message,
}

/// Reads a question.
///
/// # Errors
/// If it is no query of one question.
pub fn read_question(octets: &[u8]) -> Result<Question, Malformed> {
    let message = wire::Message::decode(octets)?;
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

/// Decodes a message.
pub(crate) fn decode(octets: &[u8]) -> Result<Message, Malformed> {
    if octets.len() < 12 {
        return Err(Malformed {
            offset: 0,
            field: "header",
            found: format!("{} octets", octets.len()),
            expected: "12 octets",
        });
    }
    // hickory-proto says what is wrong but not where; `locate` says that.
    Message::from_vec(octets).map_err(|error| locate(octets, error.to_string()))
}

/// A query in wire format.
pub(crate) fn query(id: u16, question: &Query, recursion_desired: bool, edns: bool) -> Vec<u8> {
    let mut message = Message::new(id, MessageType::Query, OpCode::Query);
    message.metadata.recursion_desired = recursion_desired;
    message.add_query(question.clone());
    if edns {
        message.set_edns(offered_edns());
    }
    // A name that was decoded or parsed always fits, so encoding cannot fail.
    message.to_vec().unwrap_or_default()
}

fn offered_edns() -> Edns {
    let mut edns = Edns::new();
    edns.set_max_payload(UDP_PAYLOAD);
    edns
}

/// The text of an extended error, if the message has one.
pub(crate) fn extended_error(message: &Message) -> Option<String> {
    match message
        .edns
        .as_ref()?
        .option(EdnsCode::Unknown(EXTENDED_ERROR))?
    {
        EdnsOption::Unknown(_, octets) if octets.len() > 2 => {
            Some(String::from_utf8_lossy(&octets[2..]).into_owned())
        }
        _ => None,
    }
}

/// A response with only a response code, for a question that cannot be answered or read.
pub fn failure_response(octets: &[u8], rcode: &'static str) -> Option<Vec<u8>> {
    let id = u16::from_be_bytes(octets.get(..2)?.try_into().ok()?);
    let mut message = wire::Message {
        id,
        rcode: wire::rcode::from_text(rcode).unwrap_or(wire::rcode::FORMERR),
        ..wire::Message::default()
    };
    message.flags.qr = true;
    Some(message.encode())
}

/// A name as it is shown: lower case, without trailing dot; `.` for the root.
pub(crate) fn shown(name: &Name) -> String {
    let text = name.to_ascii().to_ascii_lowercase();
    match text.trim_end_matches('.') {
        "" => ".".into(),
        trimmed => trimmed.into(),
    }
}

/// The name of a host as typed, absolute and in lower case; `None` if no DNS name can be so.
pub(crate) fn absolute(host: &str) -> Option<Name> {
    if host.is_empty() {
        return None;
    }
    let mut name = Name::from_ascii(host).ok()?;
    name.set_fqdn(true);
    Some(name.to_lowercase())
}

/// A record as one line, without class.
pub(crate) fn record_text(record: &Record) -> String {
    let name = shown(&record.name);
    format!(
        "{name} {} {} {}",
        record.ttl,
        record.record_type(),
        data_text(&record.data)
    )
}

fn data_text(data: &RData) -> String {
    match data {
        RData::CNAME(target) => shown(&target.0),
        RData::NS(target) => shown(&target.0),
        RData::PTR(target) => shown(&target.0),
        other => other.to_string(),
    }
}

/// Response code as IANA writes it.
pub(crate) fn rcode_text(code: ResponseCode) -> String {
    match code {
        ResponseCode::NoError => "NOERROR".into(),
        ResponseCode::FormErr => "FORMERR".into(),
        ResponseCode::ServFail => "SERVFAIL".into(),
        ResponseCode::NXDomain => "NXDOMAIN".into(),
        ResponseCode::NotImp => "NOTIMP".into(),
        ResponseCode::Refused => "REFUSED".into(),
        other => other.to_string(),
    }
}

/// The SOA record of a negative answer (RFC 2308, section 3).
pub(crate) fn soa(message: &Message) -> Option<&Record> {
    message
        .authorities
        .iter()
        .find(|record| record.record_type() == RecordType::SOA)
}

/// The zone and primary server that an SOA record names.
pub(crate) fn denier(record: &Record) -> Option<Denier> {
    match &record.data {
        RData::SOA(data) => Some(Denier {
            zone: shown(&record.name),
            primary: shown(&data.mname),
        }),
        _ => None,
    }
}

/// The name servers that a referral names.
pub(crate) fn referral_text(message: &Message) -> Vec<String> {
    if !message.answers.is_empty() || soa(message).is_some() {
        return Vec::new();
    }
    let servers = message
        .authorities
        .iter()
        .filter_map(|record| match &record.data {
            RData::NS(server) => Some(shown(&server.0)),
            _ => None,
        });
    servers.collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn any_octets_are_decoded_or_refused() {
        let query_of = Query::query(absolute("www.shop.lab").unwrap(), RecordType::A);
        let seed = query(1, &query_of, true, true);
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
