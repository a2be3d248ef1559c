//! Where everything goes.
//!
//! Stage: stage 11, CSS 2, CSS Inline, Flexbox, Grid.
//! In: the box tree, fonts, a viewport. Out: fragments with places.
//! Emits: `LayoutEvent`.
//! How it works: a pass; taffy for flex and grid, block and inline are ours.
//! Not here: pixels (12).

pub mod text;
pub mod style;
pub mod unit;
