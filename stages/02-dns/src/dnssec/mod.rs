//! DNSSEC without the network: keys, signatures, proofs that there is nothing.
//!
//! Stage: stage 02, RFC 4034, 4035, 5155, 6840, 8624, 9276.
//! In: sets of records with their signatures, keys, a time. Out: whether they hold, and why not.
//! Emits: nothing; the recursor states its verdicts.
//! How it works: a file for each thing that can be wrong: the key's digest (`ds`), the signature (`signature`, `algorithm`), the
//! denial (`nsec`, `nsec3`, put together in `denial`). `sign` makes signatures.
//! Not here: who is asked for keys (`recursor/trust.rs`). GAP: RFC 5011, Ed448, GOST.

mod algorithm;
mod anchor;
mod denial;
mod ds;
mod key;
mod nsec;
mod nsec3;
mod sign;
mod signature;

pub use anchor::{Anchor, AnchorRefused};
pub(crate) use denial::{Denied, DsProof, no_data, no_ds, no_name, no_wildcard_match};
pub(crate) use ds::{is_digest_known, strongest};
pub(crate) use key::Key;
pub(crate) use nsec::covers as nsec_covers;
pub(crate) use nsec3::{ITERATION_LIMIT, Nsec3, hash as nsec3_hash, owner_of as owner_of_hash};
pub(crate) use sign::is_made_by_signing;
pub use sign::{SigningKey, Validity};
pub(crate) use signature::{Checker, Invalid, Signature, canonical};
