//! Others' recordings, read into a journal. Not built.
//!
//! Stage: beside the journal.
//! In: HAR, pcapng, NetLog. Out: a journal.
//! Emits: nothing.
//! How it works: the room stands; nothing is read yet.
//! Not here: writing these formats (`views`).
