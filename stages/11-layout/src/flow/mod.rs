//! Normal flow.
//!
//! Stage: stage 11, CSS 2 chapters 8 to 10.
//! In: block containers. Out: their fragments.
//! Emits: nothing.
//! How it works: `block` stacks blocks, `margin_collapse` says how far apart, `float` keeps the floats of a
//! formatting context, `inline` fills lines with `inline_content`, which `atoms` shapes, `line` builds each: `line_end` cuts and
//! aligns it, `vertical_align` gives the baselines, `bidi` the order, `ruby` places annotations, `balance` makes
//! lines alike,
//! `first_line` goes on after a line of another style.
//! Not here: out-of-flow boxes (`positioned`).

mod atoms;
mod balance;
mod beside_floats;
mod bidi;
pub mod block;
mod break_places;
mod columns;
mod first_line;
pub mod float;
mod fragmentation;
pub mod inline;
pub mod inline_content;
pub mod line;
pub mod line_clamp;
mod line_end;
pub mod margin_collapse;
mod ruby;
mod text_overflow;
mod vertical_align;
