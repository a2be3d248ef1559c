//! Handshake, certificates, session keys: a stream becomes a secured stream, or it is said why not.
//!
//! Stage: stage 06, RFC 8446 (TLS 1.3), 5246 (TLS 1.2), 5280 (certificates), 7301 (ALPN).
//! In: a stream, a server name, trust roots, cryptography. Out: [`Secured`], or a [`TlsFailure`].
//! Emits: `TlsEvent`.
//! How it works: rustls inside, fed one record at a time, so that every plaintext octet knows the
//! record that brought it (`session`). Its borders are tapped: records and clear handshake
//! messages below it are decoded by `record` and `handshake`, the key log beside it, and the chain
//! that it asks to be judged (`chain`, `certificate`).
//! Not here: trust roots of the system (`net/host`), the lab's cryptography (`lab`).
//! GAP: no client certificates, no 0-RTT, no revocation (CRL, OCSP).

mod accept;
mod calendar;
mod certificate;
mod chain;
mod connect;
mod failure;
mod handshake;
mod key_log;
mod names;
mod record;
mod secured;
mod session;
mod stream;

pub use accept::{ServerSettings, ServerTls, accept};
pub use certificate::{facts, rfc3339};
pub use chain::{CertificateFault, Verdict};
pub use connect::{ClientSettings, ClientTls, connect};
pub use failure::{Failure, TlsFailure};
pub use handshake::{Message, decode_message};
pub use secured::{Secured, TlsVersion};
pub use stream::{READ_RECORD, TlsStream};
