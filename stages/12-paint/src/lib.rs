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
mod column_rule;
mod control;
mod dashes;
mod display_list;
mod effects;
mod fieldset;
mod gradient;
mod groups;
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
use thru_layout::{FragmentTree, text::Fonts, unit::Size};
use thru_render_tree::RenderTree;

/// What of the page is painted.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct Area {
    /// The whole document and not only the viewport.
    pub full_page: bool,
    /// Device px a CSS px.
    pub scale: f32,
    /// What has no background lets through what is behind the picture: it is in a frame.
    pub transparent: bool,
}

impl Area {
    fn of(self, placed: &FragmentTree) -> Size {
        match self.full_page {
            true => placed.document,
            false => placed.viewport,
        }
    }
}

/// Paints a laid-out page: [`listed`], [`drawn`], [`stated`]. `cause` is the event that completed
/// the layout. The second value is the id of the event `Painted`.
pub fn paint(
    tree: &RenderTree,
    placed: &FragmentTree,
    fonts: &Fonts,
    area: Area,
    tap: &Tap,
    cause: Cause,
) -> (Picture, Cause) {
    let (list, built) = listed(tree, placed, fonts, area, tap, cause);
    let (picture, drawn) = drawn(&list, tree, placed, fonts, area, tap, built);
    let painted = stated(&picture, &list, tap, drawn);
    (picture, painted)
}

/// The display list of a laid-out page, and the id of `DisplayListBuilt`.
pub fn listed(
    tree: &RenderTree,
    placed: &FragmentTree,
    fonts: &Fonts,
    area: Area,
    tap: &Tap,
    cause: Cause,
) -> (DisplayList, Cause) {
    let list = display_list(tree, placed, fonts, area.of(placed));
    let items = list.items.len() as u32;
    let built = tap.emit(cause, || PaintEvent::DisplayListBuilt { items });
    (list, built)
}

/// The pixels of a display list, and the id of `FirstPainted` if there is something to see.
pub fn drawn(
    list: &DisplayList,
    tree: &RenderTree,
    placed: &FragmentTree,
    fonts: &Fonts,
    area: Area,
    tap: &Tap,
    built: Cause,
) -> (Picture, Cause) {
    let picture = raster::draw(list, fonts, &tree.images, area.of(placed), area);
    if picture.cut {
        tap.emit(built, || PaintEvent::PictureCut {
            limit: MAX_PICTURE_SIDE,
        });
    }
    if !list.has_content {
        return (picture, built);
    }
    let items = list.items.len() as u32;
    let first = tap.emit(built, || PaintEvent::FirstPainted { items });
    (picture, first)
}

/// States that a picture was drawn, with the picture; gives the id of `Painted`.
pub fn stated(picture: &Picture, list: &DisplayList, tap: &Tap, drawn: Cause) -> Cause {
    let span = if tap.is_on() {
        tap.keep(&picture.png())
    } else {
        None
    };
    tap.emit_with_span(drawn, span, || PaintEvent::Painted {
        width: picture.width,
        height: picture.height,
        items: list.items.len() as u32,
    })
}
