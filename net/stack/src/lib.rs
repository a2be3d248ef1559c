//! One machine's protocol stack: 03, 04 and 05 put together.
//!
//! Stage: between stages 03-05 and a wire.
//! In: frames; socket orders. Out: frames; socket results.
//! Emits: what 03-05 emit.
//! How it works: one machine without I/O; the lab and TAP give it frames and time.
//! Not here: the wire, the devices (`lab`).
