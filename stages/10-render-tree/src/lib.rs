//! Which boxes there are.
//!
//! Stage: stage 10, CSS Display, CSS 2 sections 9.2 and 17.2, CSS Lists, CSS Generated Content.
//! In: the styled tree, images. Out: the box tree.
//! Emits: `RenderTreeEvent`.
//! How it works: [`build`] is a pass from styled elements to boxes in one arena; `fixup` adds the
//! anonymous ones; `counters` keeps numbers and quotation marks. Images are decoded here.
//! Not here: places (11).

mod boxes;
mod build;
mod control;
mod counter_styles;
mod counters;
mod decode;
mod first_letter;
mod first_line;
mod fixup;
mod form;
mod images;
mod inline_svg;
mod replaced;
mod reversed;
mod ruby;
mod svg;
mod svg_pattern;
mod svg_root;
mod svg_style;
mod svg_transform;
mod unsupported;

pub use boxes::{
    BoxId, BoxKind, Counts, Generated, Level, Manner, NaturalSize, RenderBox, RenderTree, Replaced,
};
pub use build::build;
pub use control::Control;
pub use decode::{Broken, IMAGE_MEMORY_LIMIT, IMAGE_SIDE_LIMIT, decode};
pub use first_line::FirstLine;
pub use images::{Image, ImageId, Images, Pixels};
pub use replaced::{ImageSources, add_inline_svgs};
pub use ruby::RubyPart;
pub use svg::{DrawnSize, Vector};
pub use unsupported::Unsupported;
/// The font database that SVG texts are drawn with.
pub use usvg::fontdb;
