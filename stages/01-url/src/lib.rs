//! From what was typed to a URL.
//!
//! Stage: stage 01, WHATWG URL.
//! In: what was typed. Out: a URL with the span of each part, or the place of the wrong character.
//! Emits: `UrlEvent`.
//! How it works: [`complete`] adds what an address bar adds and says so; [`parse`] is a pass
//! around the url crate. When that crate refuses, `wrong_character` walks the same steps of the
//! specification again to find the character and the words.
//! [`HstsList`] remembers which hosts are spoken to over TLS only.
//! Not here: when it is asked (`load`), name resolution (02).

mod complete;
mod credentials;
mod hsts;
mod parse;
mod port_blocking;
mod registrable_domain;
mod wrong_character;

pub use complete::{Completion, OnDisk, complete};
pub use credentials::{Credentials, without_credentials};
pub use hsts::{HstsList, HstsPolicy, HstsReason};
pub use parse::{ParsedUrl, Part, PartKind, UrlRefused, parse};
pub use port_blocking::is_blocked;
pub use registrable_domain::{public_suffix, registrable_domain};
