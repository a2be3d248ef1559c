//! The certificate authority: a root, an intermediate below it, and what they sign for servers.
//!
//! Stage: the far side (J22), RFC 5280.
//! In: signing keys and dates, both handed in. Out: certificates in DER.
//! Emits: nothing; what a server shows is stated by the TLS of the one who looks at it.
//! How it works: rcgen writes the certificates; serial numbers count up from 1.
//! Not here: revocation (GAP: no CRL and no OCSP), keys (`lab` seeds them, `app` makes them).

use rcgen::{
    BasicConstraints, CertificateParams, DistinguishedName, DnType, ExtendedKeyUsagePurpose, IsCa,
    Issuer, KeyUsagePurpose, PublicKeyData, SerialNumber, SigningKey, date_time_ymd,
};
use rustls_pki_types::CertificateDer;
use std::{cell::Cell, fmt, time::Duration};
use thru_port::UnixTime;

/// From when until when a certificate holds.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Validity {
    /// First second.
    pub not_before: UnixTime,
    /// Last second.
    pub not_after: UnixTime,
}

impl Validity {
    /// `days` days from `start` on.
    pub fn days_from(start: UnixTime, days: u32) -> Validity {
        Validity {
            not_before: start,
            not_after: start.after(Duration::from_secs(u64::from(days) * 86_400)),
        }
    }
}

/// Why there is no certificate.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum AuthorityFailure {
    /// PolicyRefused: a name that no certificate can hold.
    Name(String),
    /// PolicyRefused: a date before 1970.
    Date,
    /// PeerMisbehaved: the key that was handed in did not sign.
    Signing(String),
}

impl fmt::Display for AuthorityFailure {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            AuthorityFailure::Name(name) => write!(f, "no certificate can be for {name}"),
            AuthorityFailure::Date => f.write_str("a certificate cannot hold before 1970"),
            AuthorityFailure::Signing(why) => write!(f, "the key did not sign: {why}"),
        }
    }
}

impl std::error::Error for AuthorityFailure {}

/// A root and its intermediate, ready to sign.
pub struct Authority<K: SigningKey> {
    root: CertificateDer<'static>,
    intermediate: CertificateDer<'static>,
    issuer: Issuer<'static, K>,
    next_serial: Cell<u64>,
}

/// A server's certificate with the one that signed it.
#[derive(Clone, Debug)]
pub struct Issued {
    /// Leaf first, then the intermediate: what a server sends.
    pub chain: Vec<CertificateDer<'static>>,
}

/// Names of the two certificates of an authority.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct AuthorityNames {
    /// Common name of the root.
    pub root: String,
    /// Common name of the intermediate.
    pub intermediate: String,
}

impl<K: SigningKey> Authority<K> {
    /// Signs a root with its own key and an intermediate below it.
    pub fn found(
        names: AuthorityNames,
        root_key: K,
        intermediate_key: K,
        validity: Validity,
    ) -> Result<Authority<K>, AuthorityFailure> {
        let root_params =
            authority_params(&names.root, 1, BasicConstraints::Constrained(1), validity)?;
        let root = root_params.self_signed(&root_key).map_err(signing)?;
        let root_issuer = Issuer::new(root_params, root_key);
        let params = authority_params(
            &names.intermediate,
            2,
            BasicConstraints::Constrained(0),
            validity,
        )?;
        let intermediate = params
            .signed_by(&intermediate_key, &root_issuer)
            .map_err(signing)?;
        Ok(Authority {
            root: root.der().clone(),
            intermediate: intermediate.der().clone(),
            issuer: Issuer::new(params, intermediate_key),
            next_serial: Cell::new(3),
        })
    }

    /// The intermediate's certificate, which servers send along.
    pub fn intermediate(&self) -> &CertificateDer<'static> {
        &self.intermediate
    }

    /// The root, for trust stores.
    pub fn root(&self) -> &CertificateDer<'static> {
        &self.root
    }

    /// Signs a certificate for a server's key and names (DNS names or addresses; `*.` allowed).
    pub fn issue(
        &self,
        names: &[&str],
        key: &impl PublicKeyData,
        validity: Validity,
    ) -> Result<Issued, AuthorityFailure> {
        let owned: Vec<String> = names.iter().map(|name| (*name).to_owned()).collect();
        let subject = owned.first().cloned().unwrap_or_default();
        let mut params =
            CertificateParams::new(owned).map_err(|_| AuthorityFailure::Name(names.join(", ")))?;
        let serial = self.next_serial.get();
        fill(&mut params, &subject, serial, validity)?;
        params.key_usages = vec![KeyUsagePurpose::DigitalSignature];
        params.extended_key_usages = vec![ExtendedKeyUsagePurpose::ServerAuth];
        params.use_authority_key_identifier_extension = true;
        let leaf = params.signed_by(key, &self.issuer).map_err(signing)?;
        self.next_serial.set(serial + 1);
        Ok(Issued {
            chain: vec![leaf.der().clone(), self.intermediate.clone()],
        })
    }
}

fn authority_params(
    name: &str,
    serial: u64,
    constraints: BasicConstraints,
    validity: Validity,
) -> Result<CertificateParams, AuthorityFailure> {
    let mut params = CertificateParams::default();
    fill(&mut params, name, serial, validity)?;
    params.is_ca = IsCa::Ca(constraints);
    params.key_usages = vec![
        KeyUsagePurpose::KeyCertSign,
        KeyUsagePurpose::CrlSign,
        KeyUsagePurpose::DigitalSignature,
    ];
    params.use_authority_key_identifier_extension = true;
    Ok(params)
}

fn fill(
    params: &mut CertificateParams,
    subject: &str,
    serial: u64,
    validity: Validity,
) -> Result<(), AuthorityFailure> {
    params.distinguished_name = DistinguishedName::new();
    params
        .distinguished_name
        .push(DnType::CommonName, subject.to_owned());
    params.serial_number = Some(SerialNumber::from(serial));
    let moment = |time: UnixTime| {
        let seconds = u64::try_from(time.seconds).map_err(|_| AuthorityFailure::Date)?;
        Ok(date_time_ymd(1970, 1, 1) + Duration::from_secs(seconds))
    };
    params.not_before = moment(validity.not_before)?;
    params.not_after = moment(validity.not_after)?;
    Ok(())
}

fn signing(error: rcgen::Error) -> AuthorityFailure {
    AuthorityFailure::Signing(error.to_string())
}
