//! Why there is no whole response.

use crate::{content_coding::CodingRefused, stream_io::port_failure};
use std::{fmt, net::SocketAddr, time::Duration};
use thru_events::{Blame, Cause, Code, Failed, Text, named};
use thru_port::{PortFailure, PortFailureKind};
use thru_tls::READ_RECORD;

/// What happened, grouped by blame.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Failure {
    /// Peer misbehaved: what it sent is no response.
    Invalid {
        /// How, in words.
        what: String,
    },
    /// Peer misbehaved: it broke HTTP/2's rules, or ended the stream with an error.
    Protocol {
        /// How, in words.
        what: String,
    },
    /// Peer misbehaved: the body ended too early.
    Truncated {
        /// Octets that came.
        got: u64,
        /// Octets that were announced.
        expected: Option<u64>,
        /// How it ended.
        how: String,
    },
    /// Peer misbehaved: the content coding cannot be undone.
    Coding(CodingRefused),
    /// Peer refused: it closed the connection without an answer.
    Closed,
    /// The connection below broke.
    Connection(PortFailure),
    /// Policy refused: more octets than a page may have.
    TooLarge {
        /// The limit.
        limit: u64,
    },
    /// Timed out.
    TimedOut {
        /// How long nothing came.
        after: Duration,
        /// What was waited for.
        waiting_for: Text,
        /// Octets of body that had come.
        got: u64,
    },
}

/// A failed request: with whom, why, and the event that shows it.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct HttpFailure {
    /// Why.
    pub why: Box<Failure>,
    /// The server's name.
    pub host: String,
    /// The other end.
    pub address: SocketAddr,
    /// What was asked for.
    pub url: String,
    /// Whether the connection had served before and broke before any octet of an answer: the
    /// request may be sent again on a new one (RFC 9112, section 9.3.1).
    pub stale: bool,
    /// `RequestFailed`, when recording.
    pub evidence: Cause,
}

impl Failure {
    /// What hyper or h2 say, before the head has come.
    pub(crate) fn before_head(error: &Error, broken: Option<PortFailure>) -> Failure {
        match below(error, broken) {
            Some(failure) if failure.kind == PortFailureKind::Closed => Failure::Closed,
            Some(failure) => Failure::Connection(failure),
            None => Failure::of_library(error),
        }
    }

    /// What hyper or h2 say in the middle of the body.
    pub(crate) fn in_body(
        error: &Error,
        broken: Option<PortFailure>,
        got: u64,
        expected: Option<u64>,
    ) -> Failure {
        match below(error, broken) {
            Some(failure) if failure.kind != PortFailureKind::Closed => {
                Failure::Connection(failure)
            }
            Some(failure) => Failure::truncated(got, expected, failure.words),
            None if is_bad_chunk(error) => Failure::of_library(error),
            None => Failure::truncated(got, expected, error.words()),
        }
    }

    fn truncated(got: u64, expected: Option<u64>, how: String) -> Failure {
        Failure::Truncated { got, expected, how }
    }

    fn of_library(error: &Error) -> Failure {
        let what = error.words();
        match error {
            Error::Http1(error) if error.is_parse() => Failure::Invalid { what },
            Error::Http1(error) if error.is_incomplete_message() => Failure::Closed,
            Error::Http1(error) if error.is_canceled() || error.is_closed() => Failure::Closed,
            Error::Http1(_) => Failure::Protocol { what },
            Error::Http2(error) if error.is_io() => Failure::Closed,
            Error::Http2(error)
                if error.is_go_away() && error.reason() == Some(h2::Reason::NO_ERROR) =>
            {
                Failure::Closed
            }
            Error::Http2(_) => Failure::Protocol { what },
        }
    }

    /// The stable code.
    pub fn code(&self) -> Code {
        match self {
            Failure::Invalid { .. } => Code::HttpResponseInvalid,
            Failure::Protocol { .. } => Code::HttpProtocolError,
            Failure::Truncated { .. } => Code::HttpResponseTruncated,
            Failure::Coding(_) => Code::HttpContentCoding,
            Failure::Closed => Code::TcpClosed,
            Failure::Connection(failure) => connection_meaning(failure).0,
            Failure::TooLarge { .. } => Code::PageTooLarge,
            Failure::TimedOut { .. } => Code::HttpResponseTimedOut,
        }
    }

    /// Who is to blame.
    pub fn blame(&self) -> Blame {
        match self {
            Failure::Invalid { .. }
            | Failure::Protocol { .. }
            | Failure::Truncated { .. }
            | Failure::Coding(_) => Blame::PeerMisbehaved,
            Failure::Connection(failure) => connection_meaning(failure).1,
            Failure::Closed => Blame::PeerRefused,
            Failure::TooLarge { .. } => Blame::PolicyRefused,
            Failure::TimedOut { .. } => Blame::TimedOut,
        }
    }

    /// Whether the connection went away without an answer.
    pub(crate) fn is_lost_connection(&self) -> bool {
        matches!(self, Failure::Closed | Failure::Connection(_))
    }
}

/// Code and blame of a connection that broke under a request.
fn connection_meaning(failure: &PortFailure) -> (Code, Blame) {
    match failure.kind {
        PortFailureKind::Other if failure.operation == READ_RECORD => {
            (tls_code(failure), Blame::PeerRefused)
        }
        kind => kind.meaning_when_open(),
    }
}

/// TLS broke after its handshake. In TLS 1.3 a server refuses a client without certificate only
/// then.
fn tls_code(failure: &PortFailure) -> Code {
    match failure.words.strip_prefix("received fatal alert: ") {
        Some("CertificateRequired" | "BadCertificate") => Code::TlsBadClientAuthCert,
        Some(_) => Code::TlsAlert,
        None => Code::TlsProtocolError,
    }
}

/// hyper's and h2's errors.
pub(crate) enum Error {
    Http1(hyper::Error),
    Http2(h2::Error),
}

impl Error {
    /// The error and what it is made of.
    fn words(&self) -> String {
        let error: &dyn std::error::Error = match self {
            Error::Http1(error) => error,
            Error::Http2(error) => error,
        };
        let mut words = error.to_string();
        let mut source = error.source();
        while let Some(inner) = source {
            words = format!("{words}: {inner}");
            source = inner.source();
        }
        words
    }
}

/// The failure of the stream, if that is what the library's error is about.
fn below(error: &Error, broken: Option<PortFailure>) -> Option<PortFailure> {
    match error {
        Error::Http1(error) => port_failure(error).cloned().or_else(|| {
            let is_about_octets = error.is_parse() || error.is_body_write_aborted();
            broken.filter(|_| !is_about_octets)
        }),
        Error::Http2(error) => broken.filter(|_| error.is_io() || error.is_go_away()),
    }
}

/// A body whose framing is wrong, as opposed to cut.
fn is_bad_chunk(error: &Error) -> bool {
    match error {
        Error::Http1(error) => {
            !error.is_incomplete_message() && !error.is_closed() && !is_early_end(error)
        }
        Error::Http2(_) => false,
    }
}

/// hyper says so when a chunk is cut.
fn is_early_end(error: &hyper::Error) -> bool {
    let mut source = std::error::Error::source(error);
    while let Some(inner) = source {
        let io = inner.downcast_ref::<std::io::Error>();
        if io.is_some_and(|io| io.kind() == std::io::ErrorKind::UnexpectedEof) {
            return true;
        }
        source = inner.source();
    }
    false
}

impl HttpFailure {
    /// The culprit: name and address, or the address alone where it was typed.
    pub fn culprit(&self) -> String {
        named(&self.host, self.address)
    }

    fn message(&self) -> String {
        let (who, url) = (self.culprit(), &self.url);
        match &*self.why {
            Failure::Invalid { what } => {
                format!("{who} answered {url} with something that is no HTTP response: {what}.")
            }
            Failure::Protocol { what } => {
                format!("{who} broke off the answer to {url} with a protocol error: {what}.")
            }
            Failure::Truncated {
                got,
                expected: Some(expected),
                ..
            } => {
                format!("{who} broke off the answer to {url} after {got} of {expected} octets.")
            }
            Failure::Truncated {
                got,
                expected: None,
                ..
            } => {
                format!("{who} broke off the answer to {url} after {got} octets, before its end.")
            }
            Failure::Coding(refused) => {
                format!("The answer of {who} to {url} cannot be decoded: {refused}.")
            }
            Failure::Closed => format!("{who} closed the connection without answering {url}."),
            Failure::Connection(failure) if failure.kind == PortFailureKind::Reset => {
                format!("{who} reset the connection while {url} was being answered.")
            }
            Failure::Connection(failure) => {
                format!("The connection to {who} broke while {url} was being answered: {failure}.")
            }
            Failure::TooLarge { limit } => {
                format!("The answer of {who} to {url} is larger than {limit} octets.")
            }
            Failure::TimedOut {
                after,
                waiting_for,
                got,
            } => format!(
                "{who} sent nothing for {} ms while {waiting_for} of {url} was waited for; {got} octets of it had come.",
                after.as_millis()
            ),
        }
    }
}

impl From<&HttpFailure> for Failed {
    fn from(failure: &HttpFailure) -> Failed {
        let waiting_for = match &*failure.why {
            Failure::TimedOut { waiting_for, .. } => Some(waiting_for.clone()),
            _ => None,
        };
        let why = &failure.why;
        let (culprit, message) = (failure.culprit(), failure.message());
        Failed::stated(why.code(), why.blame(), waiting_for, culprit, message)
    }
}

impl From<HttpFailure> for Failed {
    fn from(failure: HttpFailure) -> Failed {
        Failed::from(&failure)
    }
}

impl fmt::Display for HttpFailure {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.message())
    }
}

impl std::error::Error for HttpFailure {}
