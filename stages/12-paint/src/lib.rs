//! From places to pixels.
//!
//! Stage: stage 12, CSS 2 appendix E.
//! In: fragments. Out: a display list, a picture.
//! Emits: `PaintEvent`.
//! How it works: a pass; vello_cpu draws.
//! Not here: files (`app`).
