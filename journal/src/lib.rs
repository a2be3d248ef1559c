//! The one record: append-only, checksummed, indexed.
//!
//! Stage: beside the journey.
//! In: events through `Recorder`. Out: entries, bytes, `.thru` files.
//! Emits: nothing.
//! How it works: batches with a length and a checksum, see docs.
//! Not here: meaning (`verdict`), words (`views`).
