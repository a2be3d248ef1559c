//! Blocks that begin a formatting context of their own do not overlap floats: they stand beside or below (CSS 2
//! section 9.5).

use super::block::Place;
use crate::{
    engine::{Engine, Space},
    fragment::Fragment,
    unit::{Edges, LayoutUnit},
};
use std::rc::Rc;
use thru_render_tree::{BoxId, BoxKind};

/// Places that are tried for one block; after that it stands where it is, over what is there.
const MAX_TRIES: u32 = 1024;
/// Layouts that are made for one block while a place is sought; after that the width is kept.
const MAX_LAYOUTS: u32 = 16;

/// Where a block with a formatting context of its own stands.
pub(super) struct Stand {
    pub fragment: Rc<Fragment>,
    /// Top of the border box in the parent's content box.
    pub y: LayoutUnit,
    /// The room for the border box, from and to, in the parent's content box.
    pub left: LayoutUnit,
    pub right: LayoutUnit,
}

/// The room beside floats at some height.
#[derive(Clone, Copy, PartialEq)]
struct Room {
    left: LayoutUnit,
    right: LayoutUnit,
    /// The widest border box that fits: a margin on the far side may be over a float.
    fits: LayoutUnit,
    /// No float takes any of it.
    whole: bool,
}

impl Engine<'_> {
    /// Seeks the first height from `y` on where the box fits between the floats, and lays it out there.
    pub(super) fn stand_beside_floats(
        &mut self,
        child: BoxId,
        place: &Place,
        y: LayoutUnit,
        margin: Edges,
    ) -> Stand {
        let space = self.independent_space(child, place);
        let mut top = place.origin.y + y;
        let least = self.least_width(child, &space);
        let mut layouts = 0;
        let mut last: Option<(Room, Rc<Fragment>)> = None;
        for tries in 0..=MAX_TRIES {
            let mut room = self.room(place, top, LayoutUnit(1), margin);
            let next = place.floats.next_edge(top);
            let over = tries >= MAX_TRIES || next.is_none();
            if !room.whole && !over && least > room.fits {
                top = next.unwrap_or(top);
                continue;
            }
            // At one height a box may be wide and low, or narrow and tall.
            loop {
                let known = last.take().filter(|(r, _)| *r == room).map(|(_, f)| f);
                let fragment = match known {
                    Some(fragment) => fragment,
                    None => {
                        layouts += 1;
                        self.lay_out_in(child, &space, room, margin)
                    }
                };
                let tall = self.room(place, top, fragment.size.height, margin);
                let enough = fragment.size.width <= tall.fits || tall.whole;
                if tall == room || (enough && !self.fills(child, &space)) || layouts > MAX_LAYOUTS {
                    if enough || over || layouts > MAX_LAYOUTS {
                        return Stand {
                            fragment,
                            y: top - place.origin.y,
                            left: tall.left - place.origin.x,
                            right: tall.right - place.origin.x,
                        };
                    }
                    last = Some((room, fragment));
                    break;
                }
                if least > tall.fits {
                    if over {
                        room = tall;
                        continue;
                    }
                    break;
                }
                room = tall;
            }
            top = next.unwrap_or(top);
        }
        Stand {
            fragment: self.lay_out(child, &space),
            y,
            left: margin.left,
            right: place.width - margin.right,
        }
    }

    fn room(&self, place: &Place, top: LayoutUnit, height: LayoutUnit, margin: Edges) -> Room {
        let start = place.origin.x + margin.left;
        let end = place.origin.x + place.width - margin.right;
        let (left, right) = place.floats.band(top, top + height, start, end);
        let whole = left <= start && right >= end;
        let outer = (
            start - margin.left.at_least_zero(),
            end + margin.right.at_least_zero(),
        );
        let (far_left, far_right) = place.floats.band(top, top + height, outer.0, outer.1);
        Room {
            left,
            right,
            fits: (far_right - left).max(right - far_left),
            whole,
        }
    }

    fn lay_out_in(
        &mut self,
        child: BoxId,
        space: &Space,
        room: Room,
        margin: Edges,
    ) -> Rc<Fragment> {
        let mut space = *space;
        if !room.whole {
            let width = (room.right - room.left).at_least_zero();
            space.available = Some(width + margin.horizontal());
        }
        self.lay_out(child, &space)
    }

    /// What a block-level box with its own formatting context is laid out in.
    pub(super) fn independent_space(&self, child: BoxId, place: &Place) -> Space {
        let manner = self.tree.get(child).manner;
        Space {
            width: place.width,
            height: place.height,
            shrink: matches!(self.kind(child), BoxKind::Table) || manner.button || manner.legend,
            ..Space::default()
        }
    }

    /// Whether its width follows the room that there is.
    fn fills(&self, child: BoxId, space: &Space) -> bool {
        let sized = matches!(self.kind(child), BoxKind::Replaced(_) | BoxKind::Control(_));
        !sized && !matches!(self.style(child).size[0], crate::style::Sizing::Length(_))
            || space.shrink
    }

    /// The narrowest border box that it can have.
    pub(super) fn least_width(&mut self, child: BoxId, space: &Space) -> LayoutUnit {
        let flows = matches!(
            self.kind(child),
            BoxKind::BlockContainer | BoxKind::Flex | BoxKind::Grid
        );
        if !flows {
            let mut space = *space;
            if matches!(self.kind(child), BoxKind::Table) {
                space.available = Some(LayoutUnit::ZERO);
            }
            return self.lay_out(child, &space).size.width;
        }
        let mut space = *space;
        space.available = Some(LayoutUnit::ZERO);
        self.used_width(child, &space)
    }
}
