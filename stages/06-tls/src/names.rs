//! Names of numbers, as the registries of TLS write them.

use rustls::{AlertDescription, CipherSuite, NamedGroup, ProtocolVersion};
use thru_events::Text;

/// GREASE (RFC 8701): values that mean nothing, sent to keep peers tolerant.
fn is_grease(value: u16) -> bool {
    value & 0x0f0f == 0x0a0a && value >> 8 == value & 0xff
}

fn named(value: u16, name: Option<&str>) -> String {
    match name {
        Some(name) => name.to_owned(),
        None if is_grease(value) => format!("GREASE 0x{value:04x}"),
        None => format!("0x{value:04x}"),
    }
}

/// A cipher suite, as `TLS_AES_128_GCM_SHA256`.
pub(crate) fn suite(value: u16) -> String {
    named(value, CipherSuite::from(value).as_str()).replace("TLS13_", "TLS_")
}

/// A key exchange group, as `X25519`.
pub(crate) fn group(value: u16) -> String {
    named(value, NamedGroup::from(value).as_str())
}

/// A protocol version, as `TLS 1.3`.
pub(crate) fn version(value: u16) -> String {
    match ProtocolVersion::from(value) {
        ProtocolVersion::TLSv1_3 => "TLS 1.3".to_owned(),
        ProtocolVersion::TLSv1_2 => "TLS 1.2".to_owned(),
        ProtocolVersion::TLSv1_1 => "TLS 1.1".to_owned(),
        ProtocolVersion::TLSv1_0 => "TLS 1.0".to_owned(),
        ProtocolVersion::SSLv3 => "SSL 3.0".to_owned(),
        _ => named(value, None),
    }
}

/// An alert, as RFC 8446 section 6 names it: `unknown_ca`.
pub(crate) fn alert(description: u8) -> String {
    let known = match description {
        0 => "close_notify",
        10 => "unexpected_message",
        20 => "bad_record_mac",
        22 => "record_overflow",
        40 => "handshake_failure",
        42 => "bad_certificate",
        43 => "unsupported_certificate",
        44 => "certificate_revoked",
        45 => "certificate_expired",
        46 => "certificate_unknown",
        47 => "illegal_parameter",
        48 => "unknown_ca",
        49 => "access_denied",
        50 => "decode_error",
        51 => "decrypt_error",
        70 => "protocol_version",
        71 => "insufficient_security",
        80 => "internal_error",
        86 => "inappropriate_fallback",
        90 => "user_canceled",
        100 => "no_renegotiation",
        109 => "missing_extension",
        110 => "unsupported_extension",
        112 => "unrecognized_name",
        113 => "bad_certificate_status_response",
        115 => "unknown_psk_identity",
        116 => "certificate_required",
        120 => "no_application_protocol",
        other => return format!("alert {other}"),
    };
    known.to_owned()
}

/// An alert by rustls's own value.
pub(crate) fn alert_of(description: AlertDescription) -> String {
    alert(u8::from(description))
}

/// A record's content type (RFC 8446, section 5.1).
pub(crate) fn content_type(value: u8) -> Text {
    match value {
        20 => Text::Borrowed("change_cipher_spec"),
        21 => Text::Borrowed("alert"),
        22 => Text::Borrowed("handshake"),
        23 => Text::Borrowed("application_data"),
        24 => Text::Borrowed("heartbeat"),
        other => Text::Owned(format!("content type {other}")),
    }
}

/// A handshake message's name (RFC 8446 section 4, RFC 5246 section 7.4).
pub(crate) fn message(value: u8) -> Text {
    Text::Borrowed(match value {
        0 => "HelloRequest",
        1 => "ClientHello",
        2 => "ServerHello",
        4 => "NewSessionTicket",
        8 => "EncryptedExtensions",
        11 => "Certificate",
        12 => "ServerKeyExchange",
        13 => "CertificateRequest",
        14 => "ServerHelloDone",
        15 => "CertificateVerify",
        16 => "ClientKeyExchange",
        20 => "Finished",
        22 => "CertificateStatus",
        24 => "KeyUpdate",
        other => return Text::Owned(format!("handshake message {other}")),
    })
}

/// A signature scheme, as `ecdsa_secp256r1_sha256`.
pub(crate) fn signature_scheme(value: u16) -> String {
    let known = match value {
        0x0201 => "rsa_pkcs1_sha1",
        0x0203 => "ecdsa_sha1",
        0x0401 => "rsa_pkcs1_sha256",
        0x0403 => "ecdsa_secp256r1_sha256",
        0x0501 => "rsa_pkcs1_sha384",
        0x0503 => "ecdsa_secp384r1_sha384",
        0x0601 => "rsa_pkcs1_sha512",
        0x0603 => "ecdsa_secp521r1_sha512",
        0x0804 => "rsa_pss_rsae_sha256",
        0x0805 => "rsa_pss_rsae_sha384",
        0x0806 => "rsa_pss_rsae_sha512",
        0x0807 => "ed25519",
        0x0808 => "ed448",
        _ => return named(value, None),
    };
    known.to_owned()
}

/// An extension (RFC 8446, section 4.2).
pub(crate) fn extension(value: u16) -> String {
    let known = match value {
        0 => "server_name",
        5 => "status_request",
        10 => "supported_groups",
        11 => "ec_point_formats",
        13 => "signature_algorithms",
        16 => "application_layer_protocol_negotiation",
        18 => "signed_certificate_timestamp",
        21 => "padding",
        23 => "extended_master_secret",
        27 => "compress_certificate",
        35 => "session_ticket",
        41 => "pre_shared_key",
        42 => "early_data",
        43 => "supported_versions",
        44 => "cookie",
        45 => "psk_key_exchange_modes",
        47 => "certificate_authorities",
        49 => "post_handshake_auth",
        50 => "signature_algorithms_cert",
        51 => "key_share",
        0xff01 => "renegotiation_info",
        _ => return named(value, None),
    };
    known.to_owned()
}
