//! Which boxes there are.
//!
//! Stage: stage 10, CSS Display.
//! In: the styled tree, images. Out: the box tree.
//! Emits: `RenderTreeEvent`.
//! How it works: a pass from styled elements to boxes.
//! Not here: places (11).
