//! The library: load, shot, open in ten lines.
//!
//! Stage: the near side.
//! In: options. Out: a trip.
//! Emits: nothing.
//! How it works: picks a world and runs `load` in it.
//! Not here: arguments (`app/cli`).
