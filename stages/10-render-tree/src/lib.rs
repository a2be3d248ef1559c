//! Which boxes there are.
//!
//! Stage: stage 10, CSS Display, CSS 2 sections 9.2 and 17.2, CSS Lists, CSS Generated Content.
//! In: the styled tree, images. Out: the box tree.
//! Emits: `RenderTreeEvent`.
//! How it works: a pass from styled elements to boxes.
//! Not here: places (11).

mod boxes;
mod control;
mod images;
mod svg;

pub use boxes::{
    BoxId, BoxKind, Counts, Generated, Level, Manner, NaturalSize, RenderBox, RenderTree, Replaced,
};
pub use control::Control;
pub use images::{Image, ImageId, Images, Pixels};
pub use svg::Vector;
