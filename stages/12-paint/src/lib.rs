//! From places to pixels.
//!
//! Stage: stage 12, CSS 2 appendix E.
//! In: fragments. Out: a display list, a picture.
//! Emits: `PaintEvent`.
//! How it works: a pass; vello_cpu draws.
//! Not here: files (`app`).

mod background;
mod background_tiles;
mod border;
mod border_image;
mod border_lines;
mod clip;
mod color;
mod color_stops;
mod control;
mod dashes;
mod display_list;
mod effects;
mod gradient;
mod hinting;
mod native;
mod outline;
mod picture;
mod projection;
mod raster;
mod scene;
mod space;
mod stacking;
mod table;
mod text;
mod transform;
mod warp;

pub use display_list::{DisplayItem, DisplayList};
pub use picture::{MAX_PICTURE_SIDE, Picture};
pub use projection::Plane;
pub use stacking::display_list;
pub use transform::transformed_boxes;

use thru_events::{Cause, Tap, paint::PaintEvent};
use thru_layout::{FragmentTree, text::Fonts};
use thru_render_tree::RenderTree;

/// What of the page is painted.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct Area {
    /// The whole document and not only the viewport.
    pub full_page: bool,
    /// Device px a CSS px.
    pub scale: f32,
}

/// Paints a laid-out page. `cause` is the event that completed the layout. The second value is the
/// id of the event `Painted`.
pub fn paint(
    tree: &RenderTree,
    placed: &FragmentTree,
    fonts: &Fonts,
    area: Area,
    tap: &Tap,
    cause: Cause,
) -> (Picture, Cause) {
    let size = if area.full_page {
        placed.document
    } else {
        placed.viewport
    };
    let list = display_list(tree, placed, fonts, size);
    let items = list.items.len() as u32;
    let cause = tap.emit(cause, || PaintEvent::DisplayListBuilt { items });
    let picture = raster::draw(&list, fonts, &tree.images, size, area.scale);
    if picture.cut {
        tap.emit(cause, || PaintEvent::PictureCut {
            limit: MAX_PICTURE_SIDE,
        });
    }
    let cause = if list.has_content {
        tap.emit(cause, || PaintEvent::FirstPainted { items })
    } else {
        cause
    };
    let span = if tap.is_on() {
        tap.keep(&picture.png())
    } else {
        None
    };
    let painted = tap.emit_with_span(cause, span, || PaintEvent::Painted {
        width: picture.width,
        height: picture.height,
        items,
    });
    (picture, painted)
}
