//! What is out of flow in a flex or grid container (CSS Flexbox 1 section 4.1, CSS Grid 2 section 10).

use super::convert;
use crate::{
    fragment::{Child, Fragment, StaticEdge},
    unit::{LayoutUnit, Point, Rect, Size},
};
use std::rc::Rc;
use style::properties::ComputedValues;
use taffy::{AxisStaticEdge, AxisStaticPosition, DetailedGridInfo, OofCandidate};
use thru_render_tree::BoxId;

/// The lines of a grid that is the containing block of something.
#[derive(Debug)]
pub struct GridLines {
    pub(super) info: DetailedGridInfo<String>,
    pub(super) rtl: bool,
}

impl GridLines {
    /// The grid area that a box's grid placement names; `padding` is the grid's padding box relative to its
    /// border box, and stands for what is `auto` (CSS Grid 2 section 10.1).
    pub(crate) fn area(&self, values: &ComputedValues, padding: Rect) -> Rect {
        let [rows, columns] = convert::grid_placement(values);
        let direction = if self.rtl {
            taffy::Direction::Rtl
        } else {
            taffy::Direction::Ltr
        };
        let area = self.info.resolve_absolute_grid_area(
            rows,
            columns,
            direction,
            taffy::Rect {
                left: padding.origin.x.to_px(),
                right: padding.right().to_px(),
                top: padding.origin.y.to_px(),
                bottom: padding.bottom().to_px(),
            },
        );
        let px = LayoutUnit::round_px;
        Rect::new(
            Point::new(px(area.left), px(area.top)),
            Size::new(px(area.right - area.left), px(area.bottom - area.top)),
        )
    }
}

/// Keeps the place of a box out of flow: the point of its static-position rectangle where it would stand.
pub(super) fn placeholder(id: BoxId, candidate: &OofCandidate) -> Child {
    let (x, left) = stand(&candidate.static_position.x);
    let (y, top) = stand(&candidate.static_position.y);
    Child {
        at: Point::new(x, y),
        fragment: Rc::new(Fragment::placeholder(id, [left, top])),
    }
}

/// GAP: `safe` is not asked.
fn stand(axis: &AxisStaticPosition) -> (LayoutUnit, StaticEdge) {
    let (start, end) = (axis.area.start, axis.area.end);
    let (at, edge) = match axis.align.keyword {
        AxisStaticEdge::Start => (start, StaticEdge::Start),
        AxisStaticEdge::Center => ((start + end) / 2.0, StaticEdge::Center),
        AxisStaticEdge::End => (end, StaticEdge::End),
    };
    (LayoutUnit::round_px(at), edge)
}
