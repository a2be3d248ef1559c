//! Judging the chain: does it end in a trusted root, at this time, for this name, and if not, why.

use crate::{certificate, certificate::Issuing};
use rustls::{
    CertificateError, DigitallySignedStruct, Error, RootCertStore, SignatureScheme,
    client::{
        danger::{HandshakeSignatureValid, ServerCertVerified, ServerCertVerifier},
        verify_server_cert_signed_by_trust_anchor, verify_server_name,
    },
    crypto::{CryptoProvider, verify_tls12_signature, verify_tls13_signature},
    pki_types::{CertificateDer, ServerName, UnixTime},
    server::ParsedCertificate,
};
use std::sync::{Arc, Mutex, PoisonError};
use thru_events::Code;

/// Smallest RSA key that is not weak, bits (CA/Browser Forum Baseline Requirements, 6.1.5).
const MIN_RSA_BITS: usize = 2048;

/// What is wrong with a chain.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum CertificateFault {
    /// Not for this name.
    NameInvalid {
        /// The names it is for.
        names: Vec<String>,
    },
    /// Expired.
    DateInvalid {
        /// Whose certificate.
        subject: String,
        /// When it ended, RFC 3339.
        not_after: String,
        /// What the calendar says, RFC 3339.
        now: String,
    },
    /// Not valid yet.
    NotYetValid {
        /// Whose certificate.
        subject: String,
        /// When it begins, RFC 3339.
        not_before: String,
        /// What the calendar says, RFC 3339.
        now: String,
    },
    /// It ends in a root that is not trusted, or signs itself.
    AuthorityInvalid {
        /// The last issuer that is neither sent nor trusted.
        issuer: String,
        /// Whether the leaf signs itself.
        self_signed: bool,
    },
    /// Only the leaf was sent, and its issuer is not known here.
    MissingIntermediate {
        /// The leaf's subject.
        subject: String,
        /// The issuer that is neither sent nor trusted.
        issuer: String,
    },
    /// A rule of the certificates (purpose, path length, name constraints) forbids this use.
    Constraint {
        /// Which, in rustls's words.
        what: String,
    },
    /// A key or signature that is too weak.
    Weak {
        /// Which.
        what: String,
    },
    /// It cannot be read, or its signature is wrong.
    Malformed {
        /// What.
        what: String,
    },
}

impl CertificateFault {
    /// The stable code.
    pub fn code(&self) -> Code {
        match self {
            CertificateFault::NameInvalid { .. } => Code::TlsCertNameInvalid,
            CertificateFault::DateInvalid { .. } => Code::TlsCertDateInvalid,
            CertificateFault::NotYetValid { .. } => Code::TlsCertNotYetValid,
            CertificateFault::AuthorityInvalid { .. } => Code::TlsCertAuthorityInvalid,
            CertificateFault::MissingIntermediate { .. } => Code::TlsCertMissingIntermediate,
            CertificateFault::Constraint { .. } => Code::TlsCertConstraint,
            CertificateFault::Weak { .. } => Code::TlsCertWeak,
            CertificateFault::Malformed { .. } => Code::TlsProtocolError,
        }
    }

    /// What is wrong, in words that follow "The certificate of (server)".
    pub fn words(&self) -> String {
        match self {
            CertificateFault::NameInvalid { names } if names.is_empty() => {
                "names no host".to_owned()
            }
            CertificateFault::NameInvalid { names } => {
                format!("is for {}, not for this name", names.join(", "))
            }
            CertificateFault::DateInvalid {
                subject,
                not_after,
                now,
            } => {
                format!("has expired: \"{subject}\" was valid until {not_after}, now it is {now}")
            }
            CertificateFault::NotYetValid {
                subject,
                not_before,
                now,
            } => {
                format!(
                    "is not valid yet: \"{subject}\" is valid from {not_before}, now it is {now}"
                )
            }
            CertificateFault::AuthorityInvalid {
                self_signed: true, ..
            } => "signs itself and is not trusted here".to_owned(),
            CertificateFault::AuthorityInvalid { issuer, .. } => {
                format!("leads to \"{issuer}\", which is not trusted here")
            }
            CertificateFault::MissingIntermediate { subject, issuer } => format!(
                "came without its intermediate: \"{subject}\" is signed by \"{issuer}\", which is neither sent nor trusted here"
            ),
            CertificateFault::Constraint { what } => format!("may not be used for this: {what}"),
            CertificateFault::Weak { what } => format!("is too weak: {what}"),
            CertificateFault::Malformed { what } => format!("cannot be used: {what}"),
        }
    }
}

/// The chain as received, and what was found.
#[derive(Clone, Debug)]
pub struct Verdict {
    /// DER, leaf first.
    pub chain: Vec<Vec<u8>>,
    /// The root that it ends in, as far as its name is known, or what is wrong.
    pub found: Result<String, CertificateFault>,
}

/// The wrapper around rustls's webpki verification: records chain and verdict.
#[derive(Debug)]
pub(crate) struct ChainVerifier {
    roots: Arc<RootCertStore>,
    /// Roots in DER, to tell a trusted leaf and to name the root.
    root_ders: Vec<CertificateDer<'static>>,
    provider: Arc<CryptoProvider>,
    insecure: bool,
    last: Mutex<Option<Verdict>>,
}

impl ChainVerifier {
    pub(crate) fn new(
        root_ders: Vec<CertificateDer<'static>>,
        provider: Arc<CryptoProvider>,
        insecure: bool,
    ) -> ChainVerifier {
        let mut roots = RootCertStore::empty();
        roots.add_parsable_certificates(root_ders.iter().cloned());
        ChainVerifier {
            roots: Arc::new(roots),
            root_ders,
            provider,
            insecure,
            last: Mutex::new(None),
        }
    }

    /// The verdict of the step just done.
    pub(crate) fn take(&self) -> Option<Verdict> {
        let mut last = self.last.lock().unwrap_or_else(PoisonError::into_inner);
        last.take()
    }

    fn judge(
        &self,
        leaf: &CertificateDer<'_>,
        others: &[CertificateDer<'_>],
        name: &ServerName<'_>,
        now: UnixTime,
    ) -> Result<String, Box<(CertificateFault, CertificateError)>> {
        let issuing = certificate::issuing(leaf).ok_or_else(|| malformed("it cannot be read"))?;
        let by_path = self.trusted(leaf, others, &issuing, now);
        let root =
            by_path.map_err(|error| Box::new((classify(&error, leaf, others, now), error)))?;
        let parsed = ParsedCertificate::try_from(leaf).map_err(|e| malformed(&e.to_string()))?;
        verify_server_name(&parsed, name).map_err(|_| wrong_name(leaf))?;
        match issuing.rsa_bits {
            Some(bits) if bits < MIN_RSA_BITS => Err(weak(format!("its RSA key has {bits} bits"))),
            _ => Ok(root),
        }
    }

    /// Looks for a path to a root; gives the root's name.
    fn trusted(
        &self,
        leaf: &CertificateDer<'_>,
        others: &[CertificateDer<'_>],
        issuing: &Issuing,
        now: UnixTime,
    ) -> Result<String, CertificateError> {
        if self
            .root_ders
            .iter()
            .any(|root| root.as_ref() == leaf.as_ref())
        {
            return in_time(issuing, now).map(|()| certificate::facts(leaf).subject);
        }
        if issuing.subject == issuing.issuer {
            return Err(CertificateError::UnknownIssuer);
        }
        let parsed = ParsedCertificate::try_from(leaf).map_err(certificate_error)?;
        let algorithms = self.provider.signature_verification_algorithms.all;
        verify_server_cert_signed_by_trust_anchor(&parsed, &self.roots, others, now, algorithms)
            .map_err(certificate_error)?;
        Ok(self.root_of(leaf, others))
    }

    /// Follows issuers by name to the root that ends the chain.
    fn root_of(&self, leaf: &CertificateDer<'_>, others: &[CertificateDer<'_>]) -> String {
        let end = last_issuer(leaf, others);
        let named = self.root_ders.iter().find(|root| {
            certificate::issuing(root).is_some_and(|root| root.subject == end.name_der)
        });
        named.map_or(end.name, |root| certificate::facts(root).subject)
    }
}

fn classify(
    error: &CertificateError,
    leaf: &CertificateDer<'_>,
    others: &[CertificateDer<'_>],
    now: UnixTime,
) -> CertificateFault {
    match error {
        CertificateError::Expired | CertificateError::ExpiredContext { .. } => {
            expired(leaf, others, now)
        }
        CertificateError::NotValidYet | CertificateError::NotValidYetContext { .. } => {
            not_yet_valid(leaf, others, now)
        }
        CertificateError::UnknownIssuer => unknown_issuer(leaf, others),
        CertificateError::UnsupportedSignatureAlgorithmContext { .. }
        | CertificateError::UnsupportedSignatureAlgorithmForPublicKeyContext { .. } => {
            let facts = certificate::facts(leaf);
            CertificateFault::Weak {
                what: format!("{} is not accepted", facts.signature),
            }
        }
        // An issuer of a known name with another key: an authority that is not trusted.
        CertificateError::BadSignature => CertificateFault::AuthorityInvalid {
            issuer: last_issuer(leaf, others).name,
            self_signed: false,
        },
        CertificateError::BadEncoding => CertificateFault::Malformed {
            what: error.to_string(),
        },
        other => CertificateFault::Constraint {
            what: other.to_string(),
        },
    }
}

fn malformed(what: &str) -> Box<(CertificateFault, CertificateError)> {
    let fault = CertificateFault::Malformed {
        what: what.to_owned(),
    };
    Box::new((fault, CertificateError::BadEncoding))
}

fn weak(what: String) -> Box<(CertificateFault, CertificateError)> {
    let fault = CertificateFault::Weak { what };
    Box::new((fault, CertificateError::ApplicationVerificationFailure))
}

fn wrong_name(leaf: &CertificateDer<'_>) -> Box<(CertificateFault, CertificateError)> {
    let names = certificate::facts(leaf).names;
    let fault = CertificateFault::NameInvalid { names };
    Box::new((fault, CertificateError::NotValidForName))
}

fn certificate_error(error: Error) -> CertificateError {
    match error {
        Error::InvalidCertificate(error) => error,
        _ => CertificateError::BadEncoding,
    }
}

fn in_time(issuing: &Issuing, now: UnixTime) -> Result<(), CertificateError> {
    let now = now.as_secs() as i64;
    if now > issuing.not_after {
        Err(CertificateError::Expired)
    } else if now < issuing.not_before {
        Err(CertificateError::NotValidYet)
    } else {
        Ok(())
    }
}

/// The first certificate of the chain for which `wrong` holds, or the leaf.
fn culprit<'a>(
    leaf: &'a CertificateDer<'a>,
    others: &'a [CertificateDer<'a>],
    wrong: impl Fn(&Issuing) -> bool,
) -> &'a [u8] {
    let mut all = std::iter::once(leaf).chain(others);
    let found = all.find(|der| certificate::issuing(der).as_ref().is_some_and(&wrong));
    found.unwrap_or(leaf)
}

fn expired(
    leaf: &CertificateDer<'_>,
    others: &[CertificateDer<'_>],
    now: UnixTime,
) -> CertificateFault {
    let seconds = now.as_secs() as i64;
    let facts = certificate::facts(culprit(leaf, others, |c| seconds > c.not_after));
    CertificateFault::DateInvalid {
        subject: facts.subject,
        not_after: facts.not_after,
        now: certificate::rfc3339(seconds),
    }
}

fn not_yet_valid(
    leaf: &CertificateDer<'_>,
    others: &[CertificateDer<'_>],
    now: UnixTime,
) -> CertificateFault {
    let seconds = now.as_secs() as i64;
    let facts = certificate::facts(culprit(leaf, others, |c| seconds < c.not_before));
    CertificateFault::NotYetValid {
        subject: facts.subject,
        not_before: facts.not_before,
        now: certificate::rfc3339(seconds),
    }
}

/// A leaf that came alone and says where its issuer's certificate can be had lacks its
/// intermediate, as certificates of public authorities do; any other unknown end is an authority
/// that is not trusted, as a private root that signs leaves directly.
fn unknown_issuer(leaf: &CertificateDer<'_>, others: &[CertificateDer<'_>]) -> CertificateFault {
    let facts = certificate::facts(leaf);
    let issuing = certificate::issuing(leaf);
    let self_signed = issuing.as_ref().is_some_and(|i| i.subject == i.issuer);
    let names_place = issuing.is_some_and(|i| i.names_issuers_place);
    if others.is_empty() && !self_signed && names_place {
        return CertificateFault::MissingIntermediate {
            subject: facts.subject,
            issuer: facts.issuer,
        };
    }
    CertificateFault::AuthorityInvalid {
        issuer: last_issuer(leaf, others).name,
        self_signed,
    }
}

struct Issuer {
    name: String,
    name_der: Vec<u8>,
}

/// Follows issuers by name as far as the sent certificates go.
fn last_issuer(leaf: &CertificateDer<'_>, others: &[CertificateDer<'_>]) -> Issuer {
    let mut at: &[u8] = leaf;
    for _ in 0..others.len() {
        let Some(here) = certificate::issuing(at) else {
            break;
        };
        let above = others.iter().find(|other| {
            other.as_ref() != at
                && certificate::issuing(other).is_some_and(|other| other.subject == here.issuer)
        });
        match above {
            Some(above) => at = above,
            None => break,
        }
    }
    Issuer {
        name: certificate::facts(at).issuer,
        name_der: certificate::issuing(at).map_or_else(Vec::new, |here| here.issuer),
    }
}

impl ServerCertVerifier for ChainVerifier {
    fn verify_server_cert(
        &self,
        leaf: &CertificateDer<'_>,
        others: &[CertificateDer<'_>],
        name: &ServerName<'_>,
        _ocsp_response: &[u8],
        now: UnixTime,
    ) -> Result<ServerCertVerified, Error> {
        let judged = self.judge(leaf, others, name, now);
        let all = std::iter::once(leaf).chain(others);
        let verdict = Verdict {
            chain: all.map(|der| der.to_vec()).collect(),
            found: judged.clone().map_err(|refused| refused.0),
        };
        let mut last = self.last.lock().unwrap_or_else(PoisonError::into_inner);
        *last = Some(verdict);
        match judged {
            Err(refused) if !self.insecure => Err(Error::InvalidCertificate(refused.1)),
            _ => Ok(ServerCertVerified::assertion()),
        }
    }

    fn verify_tls12_signature(
        &self,
        message: &[u8],
        certificate: &CertificateDer<'_>,
        signed: &DigitallySignedStruct,
    ) -> Result<HandshakeSignatureValid, Error> {
        let algorithms = &self.provider.signature_verification_algorithms;
        verify_tls12_signature(message, certificate, signed, algorithms)
    }

    fn verify_tls13_signature(
        &self,
        message: &[u8],
        certificate: &CertificateDer<'_>,
        signed: &DigitallySignedStruct,
    ) -> Result<HandshakeSignatureValid, Error> {
        let algorithms = &self.provider.signature_verification_algorithms;
        verify_tls13_signature(message, certificate, signed, algorithms)
    }

    fn supported_verify_schemes(&self) -> Vec<SignatureScheme> {
        self.provider
            .signature_verification_algorithms
            .supported_schemes()
    }
}
