//! What a certificate says of itself (RFC 5280), read by x509-parser.

use thru_events::tls::CertificateFacts;
use x509_parser::{
    certificate::X509Certificate,
    extensions::{GeneralName, ParsedExtension},
    prelude::FromDer,
    public_key::PublicKey,
    time::ASN1Time,
    x509::{SubjectPublicKeyInfo, X509Name},
};

/// Names listed of one certificate.
const MAX_NAMES: usize = 100;

/// The facts of one certificate in DER; one that cannot be read says so as its subject.
pub fn facts(der: &[u8]) -> CertificateFacts {
    match X509Certificate::from_der(der) {
        Ok((_, certificate)) => read(&certificate),
        Err(error) => unreadable(&error.to_string()),
    }
}

fn read(certificate: &X509Certificate<'_>) -> CertificateFacts {
    let validity = certificate.validity();
    CertificateFacts {
        subject: name(certificate.subject()),
        issuer: name(certificate.issuer()),
        names: names(certificate),
        not_before: rfc3339(validity.not_before.timestamp()),
        not_after: rfc3339(validity.not_after.timestamp()),
        serial: crate::key_log::hex(certificate.raw_serial()),
        key: key(certificate.public_key()),
        signature: signature(&certificate.signature_algorithm.algorithm.to_id_string()),
        is_ca: certificate.is_ca(),
    }
}

fn unreadable(why: &str) -> CertificateFacts {
    CertificateFacts {
        subject: format!("unreadable certificate: {why}"),
        issuer: String::new(),
        names: Vec::new(),
        not_before: String::new(),
        not_after: String::new(),
        serial: String::new(),
        key: String::new(),
        signature: String::new(),
        is_ca: false,
    }
}

/// The common name where there is one, else the whole name.
fn name(name: &X509Name<'_>) -> String {
    let common = name.iter_common_name().next();
    match common.and_then(|value| value.as_str().ok()) {
        Some(common) => common.to_owned(),
        None => name.to_string(),
    }
}

fn names(certificate: &X509Certificate<'_>) -> Vec<String> {
    let Ok(Some(extension)) = certificate.subject_alternative_name() else {
        return Vec::new();
    };
    let all = &extension.value.general_names;
    let mut names: Vec<String> = all
        .iter()
        .filter_map(general_name)
        .take(MAX_NAMES)
        .collect();
    if all.len() > MAX_NAMES {
        names.push(format!("and more, {} in all", all.len()));
    }
    names
}

fn general_name(name: &GeneralName<'_>) -> Option<String> {
    match name {
        GeneralName::DNSName(name) => Some((*name).to_owned()),
        GeneralName::IPAddress(octets) => address(octets),
        _ => None,
    }
}

fn address(octets: &[u8]) -> Option<String> {
    if let Ok(v4) = <[u8; 4]>::try_from(octets) {
        return Some(std::net::Ipv4Addr::from(v4).to_string());
    }
    let v6 = <[u8; 16]>::try_from(octets).ok()?;
    Some(std::net::Ipv6Addr::from(v6).to_string())
}

fn key(info: &SubjectPublicKeyInfo<'_>) -> String {
    match info.parsed() {
        Ok(PublicKey::RSA(rsa)) => format!("RSA {} bits", rsa.key_size()),
        Ok(PublicKey::EC(point)) => format!("EC {} bits", point.key_size()),
        Ok(PublicKey::DSA(_)) => "DSA".to_owned(),
        _ => match info.algorithm.algorithm.to_id_string().as_str() {
            "1.3.101.112" => "Ed25519".to_owned(),
            other => format!("key of kind {other}"),
        },
    }
}

fn signature(oid: &str) -> String {
    let known = match oid {
        "1.2.840.113549.1.1.4" => "RSA with MD5",
        "1.2.840.113549.1.1.5" => "RSA with SHA-1",
        "1.2.840.113549.1.1.11" => "RSA with SHA-256",
        "1.2.840.113549.1.1.12" => "RSA with SHA-384",
        "1.2.840.113549.1.1.13" => "RSA with SHA-512",
        "1.2.840.113549.1.1.10" => "RSA-PSS",
        "1.2.840.10045.4.1" => "ECDSA with SHA-1",
        "1.2.840.10045.4.3.2" => "ECDSA with SHA-256",
        "1.2.840.10045.4.3.3" => "ECDSA with SHA-384",
        "1.2.840.10045.4.3.4" => "ECDSA with SHA-512",
        "1.3.101.112" => "Ed25519",
        other => other,
    };
    known.to_owned()
}

/// A moment as `2026-01-01T00:00:00Z` (RFC 3339); `seconds` since 1970.
pub fn rfc3339(seconds: i64) -> String {
    let Ok(time) = ASN1Time::from_timestamp(seconds) else {
        return format!("{seconds} s since 1970");
    };
    let t = time.to_datetime();
    format!(
        "{:04}-{:02}-{:02}T{:02}:{:02}:{:02}Z",
        t.year(),
        u8::from(t.month()),
        t.day(),
        t.hour(),
        t.minute(),
        t.second()
    )
}

/// Whether subject and issuer are the same name, and who the issuer is, and whether it is too
/// weak a key; what `chain` needs beside the facts.
pub(crate) struct Issuing {
    /// Subject's name, DER.
    pub(crate) subject: Vec<u8>,
    /// Issuer's name, DER.
    pub(crate) issuer: Vec<u8>,
    /// Valid from, seconds since 1970.
    pub(crate) not_before: i64,
    /// Valid until, seconds since 1970.
    pub(crate) not_after: i64,
    /// Bits of an RSA key.
    pub(crate) rsa_bits: Option<usize>,
    /// It says where its issuer's certificate can be had (RFC 5280, section 4.2.2.1, caIssuers).
    pub(crate) names_issuers_place: bool,
}

/// Reads [`Issuing`]; `None` if the certificate cannot be read.
pub(crate) fn issuing(der: &[u8]) -> Option<Issuing> {
    let (_, certificate) = X509Certificate::from_der(der).ok()?;
    let rsa_bits = match certificate.public_key().parsed() {
        Ok(PublicKey::RSA(rsa)) => Some(rsa.key_size()),
        _ => None,
    };
    Some(Issuing {
        subject: certificate.subject().as_raw().to_vec(),
        issuer: certificate.issuer().as_raw().to_vec(),
        not_before: certificate.validity().not_before.timestamp(),
        not_after: certificate.validity().not_after.timestamp(),
        rsa_bits,
        names_issuers_place: names_issuers_place(&certificate),
    })
}

fn names_issuers_place(certificate: &X509Certificate<'_>) -> bool {
    const CA_ISSUERS: &str = "1.3.6.1.5.5.7.48.2";
    certificate
        .iter_extensions()
        .any(|extension| match extension.parsed_extension() {
            ParsedExtension::AuthorityInfoAccess(access) => access
                .iter()
                .any(|place| place.access_method.to_id_string() == CA_ISSUERS),
            _ => false,
        })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn moments_are_written_as_rfc_3339_writes_them() {
        assert_eq!(rfc3339(1_767_225_600), "2026-01-01T00:00:00Z");
        assert_eq!(rfc3339(0), "1970-01-01T00:00:00Z");
    }

    proptest::proptest! {
        #[test]
        fn no_octets_make_it_panic(octets: Vec<u8>) {
            assert!(facts(&octets).subject.starts_with("unreadable"));
        }
    }
}
