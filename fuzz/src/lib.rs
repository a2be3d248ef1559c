//! Entry points for coverage-guided fuzzing, and a short seeded run of each in the tests.
//!
//! Stage: all decoders.
//! In: octets. Out: no panic.
//! Emits: nothing.
//! How it works: one function a decoder.
//! Not here: assertions about meaning.
