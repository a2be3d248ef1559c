//! Style sheets and the cascade.
//!
//! Stage: stage 09, CSS Cascade, CSS Syntax, Selectors, Media Queries.
//! In: the tree, style sheets. Out: computed values of every element and pseudo-element, font
//! faces, the URLs of images.
//! Emits: `CssomEvent`.
//! How it works: stylo inside, on one thread. [`StyleSet`] takes the sheets in order, [`style`]
//! runs the cascade over our arena (`node`, `element`: stylo's view of it; `slot`: what it keeps)
//! and hands the results out as [`Styled`]. Old attributes become declarations in `hints`; what stylo does
//! not parse goes through it under other names (`carried`).
//! Not here: boxes (10), fetching (`load`).

mod carried;
mod charset;
mod container_query;
mod container_rules;
mod device;
mod element;
mod font_face;
mod hints;
mod image_urls;
pub mod matrix;
mod node;
mod preferences;
mod query;
mod sheets;
mod slot;
mod state;
mod styled;
mod svg_hints;
mod traversal;
mod why;

pub use carried::Carried;
pub use charset::decode;
pub use device::Screen;
pub use font_face::FontFace;
pub use image_urls::url_of as image_url;
pub use query::{is_selector_list, query};
pub use servo_arc::Arc;
pub use sheets::{IGNORED_DECLARATIONS_STATED, IMPORTS_LIMIT, StyleSet, WantedImport};
pub use style;
pub use style::properties::ComputedValues;
pub use style_traits;
pub use styled::{Anonymous, ContainerSizes, Pseudo, Styled, style as run};
pub use why::{DECLARATIONS_STATED, Declared, Place};

/// The computed values of one element or pseudo-element, shared.
pub type Style = Arc<ComputedValues>;
