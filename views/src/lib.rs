//! What the journal looks like: text, JSON, pcapng, HTML.
//!
//! Stage: after the journey.
//! In: a journal and its verdict. Out: bytes.
//! Emits: nothing.
//! How it works: pure functions, one folder a form.
//! Not here: judgement.

pub mod sentence;
mod units;
