//! Tests that need more than one room.
//!
//! Stage: all.
//! In: what the rooms give. Out: verdicts of the test runner.
//! Emits: nothing.
//! How it works: one folder a kind: golden, conformance, sim, real.
//! Not here: unit tests: those stand beside their code.

pub mod situation;
pub mod suites;
