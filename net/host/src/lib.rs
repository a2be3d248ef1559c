//! The real operating system, and the only place that touches it besides `app`.
//!
//! Stage: the host world.
//! In: orders through `Port`. Out: sockets, files, clocks, fonts, trust roots.
//! Emits: what the kernel reports.
//! How it works: tokio on one thread.
//! Not here: decisions: those are the stages'.
