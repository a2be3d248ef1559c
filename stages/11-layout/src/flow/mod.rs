//! Normal flow.
//!
//! Stage: stage 11, CSS 2 chapters 8 to 10.
//! In: block containers. Out: their fragments.
//! Emits: nothing.
//! How it works: `block` stacks blocks, `margin_collapse` says how far apart, `float` keeps the floats of a
//! formatting context, `inline` makes lines of `inline_content`.
//! Not here: out-of-flow boxes (`positioned`).

mod beside_floats;
pub mod block;
mod columns;
pub mod float;
mod fragmentation;
pub mod inline;
pub mod inline_content;
pub mod line;
pub mod margin_collapse;
