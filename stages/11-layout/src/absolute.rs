//! Size and place of one absolutely positioned box (CSS 2 sections 10.3.7, 10.3.8, 10.6.4 and 10.6.5; CSS Positioned
//! Layout 3 section 4).

use crate::{
    engine::{Engine, Space},
    fragment::{Fragment, StaticEdge},
    style::{LayoutStyle, Length, Sizing},
    unit::{LayoutUnit, Point, Rect},
    writing_mode::WritingMode,
};
use std::rc::Rc;
use style::values::specified::align::AlignFlags;
use thru_render_tree::{BoxId, BoxKind};

/// Where a box would be if it were in flow, and which of its edges stand there.
#[derive(Clone, Copy, Debug, Default)]
pub(crate) struct StaticPosition {
    pub at: Point,
    pub edges: [StaticEdge; 2],
}

/// The containing block of an absolutely positioned box.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Container {
    /// Its padding box in the document.
    pub area: Rect,
    /// Its `direction` is `rtl`.
    pub rtl: bool,
    /// Which way its content runs.
    pub mode: WritingMode,
}

/// One axis of the equation of section 10.3.7: everything but the size is known.
struct Axis {
    origin: LayoutUnit,
    room: LayoutUnit,
    fallback: LayoutUnit,
    edge: StaticEdge,
    inset: [Option<LayoutUnit>; 2],
    margin: [Option<LayoutUnit>; 2],
    /// The end wins when all values are given.
    reversed: bool,
    /// Equal `auto` margins may be negative.
    negative: bool,
    /// `align-self` or `justify-self`.
    align: Stand,
    safety: Safety,
}

/// Where between its insets a box stands (CSS Box Alignment 3 section 5.1.2).
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Stand {
    Normal,
    Stretch,
    At(StaticEdge),
}

/// What happens to a box that is larger than the room between its insets.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Safety {
    /// It stays in its containing block if it can.
    Default,
    Safe,
    Unsafe,
}

impl Axis {
    /// How much room there is for the margin box when the size is `auto`.
    fn available(&self) -> LayoutUnit {
        let given = match self.inset {
            [None, None] => return self.static_room().at_least_zero(),
            [start, end] => start.unwrap_or_default() + end.unwrap_or_default(),
        };
        (self.room - given).at_least_zero()
    }

    fn static_room(&self) -> LayoutUnit {
        let before = self.fallback - self.origin;
        let after = self.origin + self.room - self.fallback;
        match self.edge {
            StaticEdge::Start => after,
            StaticEdge::End => before,
            StaticEdge::Center => before.min(after) + before.min(after),
        }
    }

    /// Whether an `auto` size fills the room between the insets; `stretchy` is what a box does by itself.
    fn stretches(&self, stretchy: bool) -> bool {
        let given = self.inset[0].is_some() && self.inset[1].is_some();
        given && (self.align == Stand::Stretch || (self.align == Stand::Normal && stretchy))
    }

    /// How far a margin box goes from the start of the room between the insets, which is `free` larger.
    fn aligned(&self, free: LayoutUnit, [start, end]: [LayoutUnit; 2]) -> LayoutUnit {
        let shift = |edge| match edge {
            StaticEdge::Start => LayoutUnit::ZERO,
            StaticEdge::Center => free.half(),
            StaticEdge::End => free,
        };
        let first = match self.reversed {
            true => StaticEdge::End,
            false => StaticEdge::Start,
        };
        let Stand::At(edge) = self.align else {
            return shift(first);
        };
        if free >= LayoutUnit::ZERO || self.safety == Safety::Unsafe {
            return shift(edge);
        }
        if self.safety == Safety::Safe {
            return shift(first);
        }
        // As asked, then back into the containing block (section 4.4.1.2).
        let (least, most) = (-start.at_least_zero(), free + end.at_least_zero());
        if most >= least {
            shift(edge).min(most).max(least)
        } else if self.reversed {
            most
        } else {
            least
        }
    }

    /// Where the border box begins.
    fn start(&self, size: LayoutUnit) -> LayoutUnit {
        let [before, after] = self.margin.map(Option::unwrap_or_default);
        match self.inset {
            [Some(start), Some(end)] => {
                let free = self.room - start - end - size - before - after;
                let shift = match self.margin {
                    [Some(_), Some(_)] => self.aligned(free, [start, end]),
                    _ => self.shift(free),
                };
                self.origin + start + before + shift
            }
            [Some(start), None] => self.origin + start + before,
            [None, Some(end)] => self.origin + self.room - end - after - size,
            [None, None] => match self.edge {
                StaticEdge::Start => self.fallback + before,
                StaticEdge::Center => self.fallback - (size + after - before).half(),
                StaticEdge::End => self.fallback - after - size,
            },
        }
    }

    fn shift(&self, free: LayoutUnit) -> LayoutUnit {
        let lost = free < LayoutUnit::ZERO && !self.negative;
        match (self.margin[0].is_none(), self.margin[1].is_none()) {
            (true, true) if lost && self.reversed => free,
            (true, true) if lost => LayoutUnit::ZERO,
            (true, true) => free.half(),
            (true, false) => free,
            _ => LayoutUnit::ZERO,
        }
    }
}

impl Engine<'_> {
    /// Sizes and places one absolutely positioned box; the answer's point is its border box's corner in the document.
    pub(crate) fn absolute(
        &mut self,
        id: BoxId,
        place: StaticPosition,
        container: Container,
    ) -> (Rc<Fragment>, Point) {
        let style = self.style(id).clone();
        let values = self.tree.get(id).style.get_position();
        let mut axes = axes(&style, place, container);
        let outer = container.mode.begins_at_end(container.rtl);
        let own = WritingMode::of(&self.tree.get(id).style).begins_at_end(style.rtl);
        let mut asked = [values.justify_self.0, values.align_self.0];
        if container.mode.is_vertical() {
            asked.swap(0, 1);
        }
        for (number, axis) in axes.iter_mut().enumerate() {
            (axis.align, axis.safety) = stand(asked[number], [outer[number], own[number]]);
        }
        let [x, y] = axes;
        let (w, h) = (container.area.size.width, container.area.size.height);
        let mut space = Space {
            width: w,
            height: Some(h),
            shrink: true,
            available: Some(x.available()),
            ..Space::default()
        };
        // Form controls fill the room as blocks do (CSS Positioned Layout 3 section 4.3).
        let stretchy = !matches!(self.kind(id), BoxKind::Replaced(_) | BoxKind::Table);
        let fills = style.size[0].is_auto() && x.stretches(stretchy);
        let tall = matches!(style.size[1], Sizing::Auto) && y.stretches(stretchy);
        let padding = style.padding(w);
        if tall && (style.ratio.is_none() || (style.size[0].is_auto() && !fills)) {
            let height = (y.available() - style.margin(w).vertical()).at_least_zero();
            let edges = style.border.vertical() + padding.vertical();
            space.fixed_height = Some(self.bound_height(id, height.max(edges), &space));
        }
        if fills && stretchy && !matches!(self.kind(id), BoxKind::Control(_)) {
            space.shrink = false;
        } else if fills && !matches!(self.kind(id), BoxKind::Table) {
            let width = (x.available() - style.margin(w).horizontal()).at_least_zero();
            let edges = style.border.horizontal() + padding.horizontal();
            space.fixed_width = Some(self.bound_width(id, width.max(edges), &space));
        }
        let fragment = self.lay_out(id, &space);
        let at = Point::new(x.start(fragment.size.width), y.start(fragment.size.height));
        (fragment, at)
    }
}

fn axes(style: &LayoutStyle, place: StaticPosition, container: Container) -> [Axis; 2] {
    let area = container.area;
    let (w, h) = (area.size.width, area.size.height);
    let inset = |side: usize, basis| {
        style.inset[side]
            .as_ref()
            .map(|l: &Length| l.against(basis))
    };
    let margin = |side: usize| style.margin[side].as_ref().map(|l: &Length| l.against(w));
    let x = Axis {
        origin: area.origin.x,
        room: w,
        fallback: place.at.x,
        edge: place.edges[0],
        inset: [inset(3, w), inset(1, w)],
        margin: [margin(3), margin(1)],
        reversed: container.mode.begins_at_end(container.rtl)[0],
        negative: container.mode.is_vertical(),
        align: Stand::Normal,
        safety: Safety::Default,
    };
    let y = Axis {
        origin: area.origin.y,
        room: h,
        fallback: place.at.y,
        edge: place.edges[1],
        inset: [inset(0, h), inset(2, h)],
        margin: [margin(0), margin(2)],
        reversed: container.mode.begins_at_end(container.rtl)[1],
        negative: !container.mode.is_vertical(),
        align: Stand::Normal,
        safety: Safety::Default,
    };
    [x, y]
}

/// Reads a self-alignment; whether the containing block and the box begin at the end of the axis.
fn stand(flags: AlignFlags, [outer, own]: [bool; 2]) -> (Stand, Safety) {
    let safety = if flags.contains(AlignFlags::SAFE) {
        Safety::Safe
    } else if flags.contains(AlignFlags::UNSAFE) {
        Safety::Unsafe
    } else {
        Safety::Default
    };
    let from = |rtl: bool| {
        if rtl {
            StaticEdge::End
        } else {
            StaticEdge::Start
        }
    };
    let at = match flags.value() {
        AlignFlags::START | AlignFlags::FLEX_START | AlignFlags::BASELINE => Stand::At(from(outer)),
        AlignFlags::END | AlignFlags::FLEX_END | AlignFlags::LAST_BASELINE => {
            Stand::At(from(!outer))
        }
        AlignFlags::SELF_START => Stand::At(from(own)),
        AlignFlags::SELF_END => Stand::At(from(!own)),
        AlignFlags::LEFT => Stand::At(StaticEdge::Start),
        AlignFlags::RIGHT => Stand::At(StaticEdge::End),
        AlignFlags::CENTER => Stand::At(StaticEdge::Center),
        AlignFlags::STRETCH => Stand::Stretch,
        _ => Stand::Normal,
    };
    (at, safety)
}
