//! Handshake, certificates, session keys.
//!
//! Stage: stage 06, RFC 8446, 5246, 5280.
//! In: a stream. Out: a secured stream, or why there is none.
//! Emits: `TlsEvent`.
//! How it works: rustls inside; its borders are tapped and decoded.
//! Not here: trust roots of the system (`net/host`), the lab's cryptography (`lab`).
