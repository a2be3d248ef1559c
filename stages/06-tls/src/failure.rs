//! Why there is no secured stream.

use crate::{chain::CertificateFault, names, session::Broken};
use rustls::{AlertDescription, Error};
use std::{fmt, net::SocketAddr, time::Duration};
use thru_events::{Blame, Cause, Code, Failed, Text, named};
use thru_port::{PortFailure, PortFailureKind};

/// What happened, grouped by blame.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Failure {
    /// Peer misbehaved: its first octets are no TLS record.
    NotTls {
        /// The beginning of what came, printable.
        came: String,
    },
    /// Peer misbehaved: it broke the protocol.
    Protocol {
        /// How, in rustls's words.
        what: String,
    },
    /// Peer refused: it sent a fatal alert.
    Alert {
        /// Its name in RFC 8446.
        name: String,
    },
    /// Peer refused: it ended the stream in the middle of the handshake.
    Closed,
    /// The connection below broke.
    Connection(PortFailure),
    /// Peer incompatible: no version, suite, group or protocol in common.
    NothingInCommon {
        /// What is missing.
        what: String,
    },
    /// Policy refused: its certificate is not accepted.
    Certificate(CertificateFault),
    /// Timed out.
    TimedOut {
        /// The limit.
        after: Duration,
        /// What was waited for.
        waiting_for: Text,
    },
    /// Unsupported: rustls cannot do what was asked.
    Unsupported {
        /// What.
        what: String,
    },
}

/// A failed handshake: with whom, why, and the event that shows it.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct TlsFailure {
    /// Why.
    pub why: Box<Failure>,
    /// The server's name, or `the client`.
    pub host: String,
    /// The other end.
    pub address: SocketAddr,
    /// `HandshakeFailed`, when recording.
    pub evidence: Cause,
}

impl Failure {
    pub(crate) fn from_broken(broken: Broken, fault: Option<CertificateFault>) -> Failure {
        match broken {
            Broken::Port(failure) => Failure::Connection(failure),
            Broken::Ended => Failure::Closed,
            Broken::NotTls(octets) => Failure::NotTls {
                came: printable(&octets),
            },
            Broken::Tls(Error::InvalidCertificate(_)) if fault.is_some() => {
                fault.map_or(Failure::Closed, Failure::Certificate)
            }
            Broken::Tls(error) => Failure::from_rustls(error),
        }
    }

    fn from_rustls(error: Error) -> Failure {
        use AlertDescription as Alert;
        let what = error.to_string();
        match error {
            Error::AlertReceived(
                alert @ (Alert::HandshakeFailure
                | Alert::ProtocolVersion
                | Alert::InsufficientSecurity
                | Alert::NoApplicationProtocol),
            ) => Failure::NothingInCommon {
                what: format!("it sent the alert {}", names::alert_of(alert)),
            },
            Error::AlertReceived(alert) => Failure::Alert {
                name: names::alert_of(alert),
            },
            Error::PeerIncompatible(_) | Error::NoApplicationProtocol => {
                Failure::NothingInCommon { what }
            }
            _ => Failure::Protocol { what },
        }
    }

    /// The stable code.
    pub fn code(&self) -> Code {
        match self {
            Failure::NotTls { .. } => Code::TlsNotTls,
            Failure::Protocol { .. } => Code::TlsProtocolError,
            Failure::Alert { name } if name == "certificate_required" => Code::TlsBadClientAuthCert,
            Failure::Alert { .. } => Code::TlsAlert,
            Failure::Closed => Code::TcpClosed,
            Failure::Connection(failure) => failure.kind.meaning_when_open().0,
            Failure::NothingInCommon { .. } => Code::TlsVersionOrCipherMismatch,
            Failure::Certificate(fault) => fault.code(),
            Failure::TimedOut { .. } => Code::TlsTimedOut,
            Failure::Unsupported { .. } => Code::TlsProtocolError,
        }
    }

    /// Who is to blame.
    pub fn blame(&self) -> Blame {
        match self {
            Failure::NotTls { .. } | Failure::Protocol { .. } => Blame::PeerMisbehaved,
            Failure::Alert { .. } | Failure::Closed => Blame::PeerRefused,
            Failure::Connection(failure) => failure.kind.meaning_when_open().1,
            Failure::NothingInCommon { .. } => Blame::PeerIncompatible,
            Failure::Certificate(_) => Blame::PolicyRefused,
            Failure::TimedOut { .. } => Blame::TimedOut,
            Failure::Unsupported { .. } => Blame::Unsupported,
        }
    }
}

/// Octets of an unknown protocol that are shown.
const MAX_SHOWN: usize = 60;

/// The first line, as far as it can be printed.
fn printable(octets: &[u8]) -> String {
    let line = octets.split(|octet| matches!(octet, b'\r' | b'\n')).next();
    let line = line.unwrap_or_default();
    let shown = &line[..line.len().min(MAX_SHOWN)];
    let text = shown.iter().all(|octet| (0x20..0x7f).contains(octet));
    match std::str::from_utf8(shown) {
        Ok(line) if text && !line.is_empty() => format!("\"{line}\""),
        _ => format!(
            "octets {}",
            crate::key_log::hex(&octets[..octets.len().min(16)])
        ),
    }
}

impl TlsFailure {
    /// The culprit: name and address, or the address alone where it was typed.
    pub fn culprit(&self) -> String {
        named(&self.host, self.address)
    }

    fn message(&self) -> String {
        let who = self.culprit();
        match &*self.why {
            Failure::NotTls { came } => {
                format!("{who} does not speak TLS on this port: it answered {came}.")
            }
            Failure::Protocol { what } => format!("{who} broke the TLS protocol: {what}."),
            Failure::Alert { name } => {
                format!("{who} ended the TLS handshake with the alert {name}.")
            }
            Failure::Closed => format!("{who} closed the connection during the TLS handshake."),
            Failure::Connection(failure) => match failure.kind {
                PortFailureKind::Reset => {
                    format!("{who} reset the connection during the TLS handshake.")
                }
                _ => format!("The connection to {who} broke during the TLS handshake: {failure}."),
            },
            Failure::NothingInCommon { what } => format!(
                "{who} and this end share no TLS version, cipher suite, group or protocol: {what}."
            ),
            Failure::Certificate(CertificateFault::MissingIntermediate { subject, issuer }) => {
                format!(
                    "The server {who} does not send its intermediate certificate: it sent 1 certificate, \"{subject}\", signed by \"{issuer}\", which is neither sent nor trusted here."
                )
            }
            Failure::Certificate(fault) => format!("The certificate of {who} {}.", fault.words()),
            Failure::TimedOut { after, waiting_for } => format!(
                "{who} did not send {waiting_for} within {} ms of the TLS handshake's start.",
                after.as_millis()
            ),
            Failure::Unsupported { what } => format!("TLS with {who} is not possible: {what}."),
        }
    }
}

impl From<&TlsFailure> for Failed {
    fn from(failure: &TlsFailure) -> Failed {
        let waiting_for = match &*failure.why {
            Failure::TimedOut { waiting_for, .. } => Some(waiting_for.clone()),
            _ => None,
        };
        let why = &failure.why;
        let (culprit, message) = (failure.culprit(), failure.message());
        Failed::stated(why.code(), why.blame(), waiting_for, culprit, message)
    }
}

impl From<TlsFailure> for Failed {
    fn from(failure: TlsFailure) -> Failed {
        Failed::from(&failure)
    }
}

impl fmt::Display for TlsFailure {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.message())
    }
}

impl std::error::Error for TlsFailure {}
