//! The wire format of DNS, with records as they are on the wire.
//!
//! Stage: stage 02, RFC 1035 (sections 3, 4, 5.1), 3597, 4034, 6891.
//! In: messages as octets, records as text. Out: the same as values, and back.
//! Emits: nothing.
//! How it works: one table ([`fields`]) says for each type which fields its data has. Reading, compression, canonical form,
//! text and the check of lengths all follow it, so that a type is added in one line. Data is kept as uncompressed octets:
//! they are what is signed.
//! Not here: what an answer means (`recursor`), signatures (`dnssec`).

pub mod fields;
mod kind;
mod message;
mod name;
mod presentation;
mod record;

pub use kind::Kind;
pub use message::{Asked, Edns, Flags, Message, rcode};
pub use name::{Name, NameRefused};
pub use presentation::{
    DataRefused, Word, data_from_words, data_to_text, time_to_live, words_of_line,
};
pub(crate) use presentation::{kind_windows, kinds_in, octets_of_base32, to_base32};
pub use record::{Record, Rrset};
