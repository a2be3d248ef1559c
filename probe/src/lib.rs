//! Active questions that decide between explanations.
//!
//! Stage: after a failure.
//! In: a failed trip's target. Out: events that say who answered.
//! Emits: `IpEvent`.
//! How it works: bounded probes with a small hop limit.
//! Not here: judgement (`verdict`).
