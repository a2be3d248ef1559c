//! From what was typed to a URL.
//!
//! Stage: stage 01, WHATWG URL.
//! In: what was typed. Out: a URL with the span of each part, or the place of the wrong character.
//! Emits: `UrlEvent`.
//! How it works: a pass around the url crate; completion and explanations are ours.
//! Not here: HSTS (07 asks for it), name resolution (02).
