//! Where everything goes.
//!
//! Stage: stage 11, CSS 2, CSS Inline, Flexbox, Grid.
//! In: the box tree, fonts, a viewport. Out: fragments with places.
//! Emits: `LayoutEvent`.
//! How it works: a pass; taffy for flex and grid, block and inline are ours. `incremental` keeps a
//! layout and does again only what a change reaches.
//! Not here: pixels (12).

mod absolute;
mod aspect_ratio;
mod baseline;
mod containment;
mod content_visibility;
pub mod engine;
mod flex_grid;
pub mod flow;
pub mod fragment;
mod incremental;
pub mod intrinsic;
mod metrics;
mod orthogonal;
mod positioned;
mod replaced;
mod run;
mod scrollable;
mod sticky;
pub mod style;
mod table;
pub mod text;
mod text_style;
pub mod unit;
mod unsupported;
mod why;
pub mod writing_mode;

pub use containment::container_sizes;
pub use content_visibility::Skipping;
pub use fragment::{
    BorderLine, Fragment, FragmentIndex, FragmentKind, FragmentNode, FragmentTree, PlacedWord,
    Side, StaticEdge, TableGround, TableParts, TextRun,
};
pub use incremental::Layout;
pub use metrics::{BoxMetrics, metrics};
pub use positioned::MAX_OUT_OF_FLOW;
pub use run::{BoxArea, element_boxes, run};
pub use why::{Decided, decided};
