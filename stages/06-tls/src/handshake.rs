//! Our own decoder of the handshake messages that travel in the clear.

use crate::{certificate, key_log::hex, names};
use thru_events::Text;
use thru_octets::{Malformed, Reader};

/// Certificates looked at in one Certificate message.
const MAX_CERTIFICATES: usize = 32;

/// ServerHello's random that makes it a HelloRetryRequest (RFC 8446, section 4.1.3).
const HELLO_RETRY_RANDOM: [u8; 32] = [
    0xcf, 0x21, 0xad, 0x74, 0xe5, 0x9a, 0x61, 0x11, 0xbe, 0x1d, 0x8c, 0x02, 0x1e, 0x65, 0xb8, 0x91,
    0xc2, 0xa2, 0x11, 0x16, 0x7a, 0xbb, 0x8c, 0x5e, 0x07, 0x9e, 0x09, 0xe2, 0xc8, 0xa8, 0x33, 0x9c,
];

/// A decoded handshake message.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Message {
    /// Its name, as `ClientHello`.
    pub name: Text,
    /// Fields, name and value, in the order of the octets.
    pub fields: Vec<(String, String)>,
    /// For a ServerHello: the version that it chose.
    pub chosen_version: Option<u16>,
}

impl Message {
    fn field(&mut self, name: &str, value: impl Into<String>) {
        self.fields.push((name.to_owned(), value.into()));
    }
}

/// Decodes one handshake message: type, 24-bit length, body (RFC 8446, section 4).
///
/// # Errors
/// [`Malformed`] with the place at which the message stops making sense.
pub fn decode_message(octets: &[u8]) -> Result<Message, Malformed> {
    let mut reader = Reader::new(octets);
    let kind = reader.u8("msg_type")?;
    let length = reader.u24("length")? as usize;
    let mut body = Reader::new(reader.take(length, "body")?);
    let mut message = Message {
        name: names::message(kind),
        fields: Vec::new(),
        chosen_version: None,
    };
    match kind {
        1 => client_hello(&mut body, &mut message)?,
        2 => server_hello(&mut body, &mut message)?,
        11 => certificates(&mut body, &mut message)?,
        12 => server_key_exchange(&mut body, &mut message)?,
        16 => client_key_exchange(&mut body, &mut message)?,
        4 => new_session_ticket(&mut body, &mut message)?,
        _ => message.field("length", format!("{length} octets")),
    }
    Ok(message)
}

/// A vector with an 8-bit length.
fn vector8<'a>(reader: &mut Reader<'a>, field: &'static str) -> Result<Reader<'a>, Malformed> {
    let length = reader.u8(field)?;
    Ok(Reader::new(reader.take(length.into(), field)?))
}

/// A vector with a 16-bit length.
fn vector16<'a>(reader: &mut Reader<'a>, field: &'static str) -> Result<Reader<'a>, Malformed> {
    let length = reader.u16(field)?;
    Ok(Reader::new(reader.take(length.into(), field)?))
}

/// A list of 16-bit numbers, each by its name.
fn list16(mut reader: Reader<'_>, name: fn(u16) -> String) -> Result<String, Malformed> {
    let mut list = Vec::new();
    while !reader.is_empty() {
        list.push(name(reader.u16("list")?));
    }
    Ok(list.join(", "))
}

/// RFC 8446, section 4.1.2; RFC 5246, section 7.4.1.2.
fn client_hello(body: &mut Reader<'_>, message: &mut Message) -> Result<(), Malformed> {
    message.field(
        "legacy_version",
        names::version(body.u16("legacy_version")?),
    );
    message.field("random", hex(body.take(32, "random")?));
    let session = vector8(body, "legacy_session_id")?.rest();
    message.field("legacy_session_id", hex(session));
    let suites = vector16(body, "cipher_suites")?;
    message.field("cipher_suites", list16(suites, names::suite)?);
    vector8(body, "legacy_compression_methods")?;
    extensions(body, message, false)
}

/// RFC 8446, section 4.1.3; RFC 5246, section 7.4.1.3.
fn server_hello(body: &mut Reader<'_>, message: &mut Message) -> Result<(), Malformed> {
    let version = body.u16("legacy_version")?;
    message.chosen_version = Some(version);
    message.field("legacy_version", names::version(version));
    let random = body.take(32, "random")?;
    if random == HELLO_RETRY_RANDOM {
        message.name = Text::Borrowed("HelloRetryRequest");
    }
    message.field("random", hex(random));
    let session = vector8(body, "legacy_session_id_echo")?.rest();
    message.field("legacy_session_id_echo", hex(session));
    message.field("cipher_suite", names::suite(body.u16("cipher_suite")?));
    body.u8("legacy_compression_method")?;
    extensions(body, message, true)
}

fn extensions(
    body: &mut Reader<'_>,
    message: &mut Message,
    from_server: bool,
) -> Result<(), Malformed> {
    if body.is_empty() {
        return Ok(());
    }
    let mut list = vector16(body, "extensions")?;
    while !list.is_empty() {
        let kind = list.u16("extension_type")?;
        let data = vector16(&mut list, "extension_data")?;
        let value = extension(kind, data, message, from_server)?;
        message.field(&names::extension(kind), value);
    }
    Ok(())
}

fn extension(
    kind: u16,
    mut data: Reader<'_>,
    message: &mut Message,
    from_server: bool,
) -> Result<String, Malformed> {
    let length = data.remaining();
    match (kind, from_server) {
        (0, false) => server_name(&mut data),
        (10, _) => list16(vector16(&mut data, "supported_groups")?, names::group),
        (13, _) => list16(
            vector16(&mut data, "signature_algorithms")?,
            names::signature_scheme,
        ),
        (16, _) => protocol_names(&mut data),
        (43, false) => list16(vector8(&mut data, "supported_versions")?, names::version),
        (43, true) => {
            let version = data.u16("selected_version")?;
            message.chosen_version = Some(version);
            Ok(names::version(version))
        }
        (51, false) => key_shares(vector16(&mut data, "client_shares")?),
        (51, true) => Ok(names::group(data.u16("group")?)),
        _ => Ok(format!("{length} octets")),
    }
}

/// RFC 6066, section 3.
fn server_name(data: &mut Reader<'_>) -> Result<String, Malformed> {
    let mut list = vector16(data, "server_name_list")?;
    list.u8("name_type")?;
    let name = vector16(&mut list, "host_name")?.rest();
    Ok(String::from_utf8_lossy(name).into_owned())
}

/// RFC 7301, section 3.1.
fn protocol_names(data: &mut Reader<'_>) -> Result<String, Malformed> {
    let mut list = vector16(data, "protocol_name_list")?;
    let mut names = Vec::new();
    while !list.is_empty() {
        let name = vector8(&mut list, "protocol_name")?.rest();
        names.push(String::from_utf8_lossy(name).into_owned());
    }
    Ok(names.join(", "))
}

fn key_shares(mut list: Reader<'_>) -> Result<String, Malformed> {
    let mut groups = Vec::new();
    while !list.is_empty() {
        groups.push(names::group(list.u16("group")?));
        vector16(&mut list, "key_exchange")?;
    }
    Ok(groups.join(", "))
}

/// TLS 1.2's Certificate (RFC 5246, section 7.4.2); that of 1.3 is encrypted.
fn certificates(body: &mut Reader<'_>, message: &mut Message) -> Result<(), Malformed> {
    let length = body.u24("certificate_list")? as usize;
    let mut list = Reader::new(body.take(length, "certificate_list")?);
    for _ in 0..MAX_CERTIFICATES {
        if list.is_empty() {
            break;
        }
        let length = list.u24("certificate")? as usize;
        let facts = certificate::facts(list.take(length, "certificate")?);
        message.field(
            "certificate",
            format!("{}, signed by {}", facts.subject, facts.issuer),
        );
    }
    if !list.is_empty() {
        message.field(
            "more",
            format!("{} octets of certificates", list.remaining()),
        );
    }
    Ok(())
}

/// ECDHE only (RFC 8422, section 5.4): nothing else is offered.
fn server_key_exchange(body: &mut Reader<'_>, message: &mut Message) -> Result<(), Malformed> {
    if body.u8("curve_type")? != 3 {
        message.field("curve_type", "not a named curve");
        return Ok(());
    }
    message.field("named_curve", names::group(body.u16("named_curve")?));
    message.field("public", hex(vector8(body, "public")?.rest()));
    let scheme = names::signature_scheme(body.u16("signature_algorithm")?);
    message.field("signature_algorithm", scheme);
    let signature = vector16(body, "signature")?;
    message.field("signature", format!("{} octets", signature.remaining()));
    Ok(())
}

/// RFC 8422, section 5.7.
fn client_key_exchange(body: &mut Reader<'_>, message: &mut Message) -> Result<(), Malformed> {
    message.field("ecdh_Yc", hex(vector8(body, "ecdh_Yc")?.rest()));
    Ok(())
}

/// TLS 1.2's (RFC 5077, section 3.3).
fn new_session_ticket(body: &mut Reader<'_>, message: &mut Message) -> Result<(), Malformed> {
    let lifetime = body.u32("ticket_lifetime_hint")?;
    message.field("ticket_lifetime_hint", format!("{lifetime} s"));
    let ticket = vector16(body, "ticket")?;
    message.field("ticket", format!("{} octets", ticket.remaining()));
    Ok(())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_cut_message_is_refused_with_its_place() {
        let refused = decode_message(&[1, 0, 0, 4, 3, 3]).unwrap_err();
        assert_eq!((refused.offset, refused.field), (4, "body"));
    }

    #[test]
    fn a_server_hello_of_tls_1_2_says_so() {
        let mut octets = vec![2, 0, 0, 38, 3, 3];
        octets.extend([7; 32]);
        octets.extend([0, 0xc0, 0x2b, 0]);
        let message = decode_message(&octets).unwrap();
        assert_eq!(message.chosen_version, Some(0x0303));
        let suite = message.fields.last().unwrap();
        assert_eq!(suite.0, "cipher_suite");
        assert_eq!(suite.1, "TLS_ECDHE_ECDSA_WITH_AES_128_GCM_SHA256");
    }

    proptest::proptest! {
        #[test]
        fn no_octets_make_it_panic(octets: Vec<u8>, kind in 0u8..25) {
            let _ = decode_message(&octets);
            let length = (octets.len() as u32).to_be_bytes();
            let mut whole = vec![kind, length[1], length[2], length[3]];
            whole.extend(&octets);
            let _ = decode_message(&whole);
        }
    }
}
