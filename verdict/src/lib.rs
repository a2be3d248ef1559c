//! Which step is slow or broken, how sure that is, and what to do.
//!
//! Stage: after the journey.
//! In: the near side of a journal. Out: failure, findings, evidence; the lessons of `thru explain`.
//! Emits: nothing.
//! How it works: rules, one file a stage.
//! Not here: what happened inside a device: it cannot see that.
