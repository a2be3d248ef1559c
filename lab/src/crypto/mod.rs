//! TLS on seeded chance: the same seed gives the same handshake, octet for octet.
//!
//! Stage: the lab world; beside 06-tls.
//! In: a machine's stream of chance, the lab's calendar. Out: a rustls `CryptoProvider`, keys,
//! certificates.
//! Emits: nothing.
//! How it works: ring's cipher suites and verification; random values and key exchange (x25519,
//! secp256r1) from the stream; signatures by ECDSA P-256 with RFC 6979, which draws nothing.
//! Not here: the host world, which cannot reach this (tidy).

mod key_exchange;
mod provider;
mod signing;
#[cfg(test)]
mod tests;

pub(crate) use provider::provider;
pub(crate) use signing::SigningKey;
