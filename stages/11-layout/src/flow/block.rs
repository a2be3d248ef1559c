//! Blocks one below the other (CSS 2 sections 9.4.1 and 10.6.3).

use super::{
    float::Floats,
    margin_collapse::{Opening, Strut},
    ruby::Above,
};
use crate::{
    engine::{Engine, Space},
    fragment::{Child, Fragment, StaticEdge},
    style::{Align, Clears, FloatSide},
    unit::{Edges, LayoutUnit, Point, Size},
};
use std::rc::Rc;
use thru_render_tree::{BoxId, BoxKind};

/// The content of a block container.
#[derive(Debug, Default)]
pub struct Content {
    /// Fragments relative to the content box.
    pub children: Vec<Child>,
    /// Height, px.
    pub height: LayoutUnit,
    /// Margins at the end that may collapse with the parent's.
    pub end: Strut,
    /// Nothing in it has height: margins go through.
    pub empty: bool,
    /// First baseline below the content box's top.
    pub first_baseline: Option<LayoutUnit>,
    /// Last baseline.
    pub last_baseline: Option<LayoutUnit>,
}

/// Where a block's content goes.
pub(crate) struct Place<'f> {
    pub width: LayoutUnit,
    pub height: Option<LayoutUnit>,
    /// The content box's corner in the formatting context.
    pub origin: Point,
    pub floats: &'f mut Floats,
    /// Set where the top margin of the first child is the parent's already: what collapsed there.
    pub start: Option<Opening>,
    /// What annotations over the first line may reach into.
    pub above: Above,
}

/// What a block in a common formatting context gave, wherever it stands.
#[derive(Clone)]
pub(crate) struct Flowed {
    /// The containing block's width and definite height.
    pub width: LayoutUnit,
    pub height: Option<LayoutUnit>,
    /// How far content reaches above its top: not above 0.
    pub rises: LayoutUnit,
    pub fragment: Rc<Fragment>,
    pub end: Strut,
    pub empty: bool,
}

/// A fieldset's legend.
struct Legend {
    child: Child,
    /// What it takes below the border.
    room: LayoutUnit,
    /// How far down the border is painted, so that it runs through the legend's middle.
    above: LayoutUnit,
}

struct BlockResult {
    x: LayoutUnit,
    fragment: Rc<Fragment>,
    end: Strut,
    empty: bool,
}

impl Engine<'_> {
    /// A block container that begins a formatting context.
    pub(crate) fn block_root(&mut self, id: BoxId, space: &Space) -> Fragment {
        let width = self.used_width(id, space);
        let style = self.style(id).clone();
        let edges = style.border + style.padding(space.width);
        let definite = self.percentage_height(id, width, space);
        let mut floats = Floats::default();
        let inner = (width - edges.horizontal()).at_least_zero();
        let content = if let Some(clamp) = &style.clamp {
            let inside = |h: LayoutUnit| (h - edges.vertical()).at_least_zero();
            let most = self.bound_height(id, definite.unwrap_or(LayoutUnit::MAX), space);
            let limit = (most < LayoutUnit::MAX).then(|| inside(most));
            let size = (inner, definite.map(inside));
            self.clamped_content(id, clamp, size, limit, &mut floats)
        } else if style.columns.0.is_some() || style.columns.1.is_some() {
            self.columns(
                id,
                inner,
                definite.map(|h| (h - edges.vertical()).at_least_zero()),
            )
        } else {
            let mut place = Place {
                width: inner,
                height: definite.map(|h| (h - edges.vertical()).at_least_zero()),
                origin: Point::default(),
                floats: &mut floats,
                start: None,
                above: Above::from(-style.padding(space.width).top),
            };
            self.block_content(id, &mut place)
        };
        let mut natural = (content.height + content.end.sum()).max(floats.bottom());
        let content_end = edges.top + natural;
        if style.contains_size[1] {
            natural = style.contained_size[1];
        }
        let legend = self.legend(id, inner, edges);
        let room = legend.as_ref().map_or(LayoutUnit::ZERO, |l| l.room);
        natural += room;
        let height = self.used_height(id, natural, width, space);
        let mut fragment = self.boxed(id, Size::new(width, height), space);
        let mut offset = room;
        if self.tree.get(id).manner.button {
            offset = (height - edges.vertical() - natural).half().at_least_zero();
        }
        adopt(&mut fragment, content, edges, offset);
        fragment.content_end = Some(content_end + offset);
        self.attach_marker(id, &mut fragment, edges);
        if let Some(legend) = legend {
            fragment.outside.top = legend.above;
            fragment.children.push(legend.child);
        }
        fragment
    }

    /// The legend of a fieldset, which stands on its top border (HTML section 15.3.13).
    fn legend(&mut self, id: BoxId, inner: LayoutUnit, edges: Edges) -> Option<Legend> {
        let source = self.tree.get(id);
        let mut children = source.children.iter().copied();
        let legend = children.find(|child| self.tree.get(*child).manner.legend)?;
        let space = Space {
            width: inner,
            shrink: true,
            ..Space::default()
        };
        let fragment = self.lay_out(legend, &space);
        let margin = self.style(legend).margin(inner);
        let border = self.style(id).border.top;
        let height = fragment.size.height + margin.vertical();
        let room = (height - border).at_least_zero();
        let y = match room > LayoutUnit::ZERO {
            true => margin.top,
            false => (border - height).half() + margin.top,
        };
        let middle = y + fragment.size.height.half();
        let x = self.block_x(
            legend,
            fragment.size.width,
            margin.left,
            inner - margin.right,
        );
        Some(Legend {
            child: Child {
                at: Point::new(edges.left + x, y),
                fragment,
            },
            room,
            above: (middle - border.half()).at_least_zero(),
        })
    }

    /// The inside of a block container.
    pub(crate) fn block_content(&mut self, id: BoxId, place: &mut Place) -> Content {
        if self.has_inline_children(id) {
            return self.lines(id, place);
        }
        let tree = self.tree;
        self.stack(&tree.get(id).children, place)
    }

    /// Blocks one below the other.
    pub(crate) fn stack(&mut self, children: &[BoxId], place: &mut Place) -> Content {
        let tree = self.tree;
        let mut stack = Stack {
            cursor: LayoutUnit::ZERO,
            strut: Strut::default(),
            at_start: place.start.is_some(),
            after_clearance: false,
            last: None,
            content: Content {
                empty: true,
                ..Content::default()
            },
        };
        for child in children.iter().copied() {
            let source = tree.get(child);
            if matches!(source.kind, BoxKind::OutsideMarker) || source.manner.legend {
                continue;
            }
            let style = self.style(child).clone();
            if self.is_clamped() && !style.out_of_flow() {
                self.hide(child, stack.here(), &mut stack.content.children);
                continue;
            }
            if style.out_of_flow() {
                let y = stack.here();
                let (left, right) = self.beside_floats(child, place, y);
                let (x, edges) = self.static_start(child, right - left);
                stack.content.children.push(Child {
                    at: Point::new(left + x, y),
                    fragment: Rc::new(Fragment::placeholder(child, edges)),
                });
            } else if let Some(side) = style.float {
                let y = place.origin.y + stack.here();
                let child = self.float(child, side, y, place);
                stack.content.children.push(child);
            } else {
                let points = self.clamp_points();
                self.in_flow_block(child, place, &mut stack);
                if self.clamp_points() == points && !stack.content.empty {
                    self.note_clamp_point(place.origin.y + stack.cursor, false);
                }
            }
        }
        let mut content = stack.content;
        content.height = stack.cursor;
        content.end = stack.strut;
        if stack.after_clearance {
            // Margins that were kept apart by clearance do not join the parent's (section 8.3.1).
            content.height += content.end.sum();
            content.end = Strut::default();
        }
        content
    }

    /// The room for the line that an inline-level box out of flow would be on; for others the whole width.
    fn beside_floats(
        &self,
        child: BoxId,
        place: &Place,
        y: LayoutUnit,
    ) -> (LayoutUnit, LayoutUnit) {
        if !self.was_inline(child) {
            return (LayoutUnit::ZERO, place.width);
        }
        let top = place.origin.y + y;
        let (left, right) = (place.origin.x, place.origin.x + place.width);
        let (left, right) = place.floats.band(top, top + LayoutUnit(1), left, right);
        (left - place.origin.x, right - place.origin.x)
    }

    /// Where the inline start of an absolutely positioned box would be on a line of its own, and which edge of it.
    pub(crate) fn static_start(
        &self,
        child: BoxId,
        width: LayoutUnit,
    ) -> (LayoutUnit, [StaticEdge; 2]) {
        let source = self.tree.get(child);
        let around = source.parent.map(|parent| self.style(parent));
        let rtl = around.is_some_and(|style| style.rtl);
        let edges = if rtl {
            [StaticEdge::End, StaticEdge::Start]
        } else {
            [StaticEdge::Start; 2]
        };
        let align = match around {
            Some(style) if self.was_inline(child) => style.align,
            _ if rtl => Align::Right,
            _ => Align::Left,
        };
        let x = match align {
            Align::Center => width.half(),
            Align::Right => width,
            Align::Justify if rtl => width,
            _ => LayoutUnit::ZERO,
        };
        (x, edges)
    }

    /// Whether a box would be inline-level if it were not out of flow.
    pub(crate) fn was_inline(&self, id: BoxId) -> bool {
        use style::values::specified::box_::DisplayOutside;
        let display = self.tree.get(id).style.get_box().original_display;
        display.outside() == DisplayOutside::Inline
    }

    /// Lays a float out and places it; its corner is relative to the content box.
    pub(crate) fn float(
        &mut self,
        child: BoxId,
        side: FloatSide,
        y: LayoutUnit,
        place: &mut Place,
    ) -> Child {
        let space = Space {
            width: place.width,
            height: place.height,
            shrink: true,
            ..Space::default()
        };
        let fragment = self.lay_out(child, &space);
        let style = self.style(child).clone();
        let margin = style.margin(place.width);
        let size = Size::new(
            fragment.size.width + margin.horizontal(),
            (fragment.size.height + margin.vertical()).at_least_zero(),
        );
        let y = place
            .floats
            .clearance(style.clear)
            .map_or(y, |clear| clear.max(y));
        let (left, right) = (place.origin.x, place.origin.x + place.width);
        let corner = place.floats.place(side, size, y, left, right);
        let at = Point::new(
            corner.x - place.origin.x + margin.left,
            corner.y - place.origin.y + margin.top,
        );
        Child { at, fragment }
    }

    fn in_flow_block(&mut self, child: BoxId, place: &mut Place, stack: &mut Stack) {
        let style = self.style(child).clone();
        let margin = style.margin(place.width);
        let opening = stack.opening(place);
        let top = self.top_strut(child, (place.width, place.height), opening, place.floats);
        let mut y = if stack.at_start {
            LayoutUnit::ZERO
        } else {
            opening.with(top.strut).y() - place.origin.y
        };
        let mut cleared = false;
        if let Some(clear) = place.floats.clearance(style.clear)
            && (clear > opening.with(top.strut).y()
                || clear > place.origin.y && moving(place, stack, style.clear))
        {
            y = clear - place.origin.y;
            cleared = true;
            self.note_cleared();
        }
        let result = if self.is_independent(child) {
            self.independent_block(child, place, &mut y, margin)
        } else {
            let start = Opening {
                base: place.origin.y + y,
                strut: Strut::default(),
                floats: place.floats.mark(),
            };
            let start = if cleared {
                start
            } else {
                opening.with(Strut::of(margin.top))
            };
            let above = stack.above(place);
            self.dependent_block(child, place, y, margin, (start, above))
        };
        stack.content.note_baselines(&result.fragment, y);
        let height = result.fragment.size.height;
        if !result.empty {
            stack.last = Some(result.fragment.clone());
        }
        stack.content.children.push(Child {
            at: Point::new(result.x, y),
            fragment: result.fragment,
        });
        let passed_on = top.strut.with(Strut::of(margin.bottom));
        if !result.empty {
            stack.cursor = y + height;
            stack.strut = result.end;
            stack.at_start = false;
            stack.after_clearance = false;
            stack.content.empty = false;
        } else if cleared {
            stack.cursor = y - top.strut.sum();
            stack.strut = passed_on;
            stack.at_start = false;
            stack.after_clearance = true;
            stack.content.empty = false;
        } else {
            stack.strut = stack.strut.with(passed_on);
        }
    }

    /// Where the border box's left edge goes between `left` and `right` (CSS 2 section 10.3.3), which leave out the
    /// margins.
    fn block_x(
        &self,
        child: BoxId,
        width: LayoutUnit,
        left: LayoutUnit,
        right: LayoutUnit,
    ) -> LayoutUnit {
        let style = self.style(child);
        let free = right - left - width;
        let parent = self.tree.get(child).parent;
        let rtl = parent.is_some_and(|p| self.style(p).rtl);
        match (style.margin[3].is_none(), style.margin[1].is_none()) {
            _ if rtl && free < LayoutUnit::ZERO => left + free,
            (true, true) => left + free.half().at_least_zero(),
            (true, false) => left + free.at_least_zero(),
            (false, true) => left,
            (false, false) if rtl => left + free,
            _ => left + self.legacy_align(child, free),
        }
    }

    /// `<center>` and `align=` move blocks too (HTML section 15.3.3).
    fn legacy_align(&self, child: BoxId, free: LayoutUnit) -> LayoutUnit {
        use style::values::specified::TextAlignKeyword as Keyword;
        let parent = self.tree.get(child).parent;
        let keyword = parent.map(|p| self.tree.get(p).style.get_inherited_text().text_align);
        match keyword {
            Some(Keyword::MozCenter) => free.half().at_least_zero(),
            Some(Keyword::MozRight) => free.at_least_zero(),
            _ => LayoutUnit::ZERO,
        }
    }

    fn independent_block(
        &mut self,
        child: BoxId,
        place: &mut Place,
        y: &mut LayoutUnit,
        margin: Edges,
    ) -> BlockResult {
        let (fragment, left, right) = if place.floats.reach_below(place.origin.y + *y) {
            let stand = self.stand_beside_floats(child, place, *y, margin);
            *y = stand.y;
            (stand.fragment, stand.left, stand.right)
        } else {
            let space = self.independent_space(child, place);
            let fragment = self.lay_out(child, &space);
            (fragment, margin.left, place.width - margin.right)
        };
        BlockResult {
            x: self.block_x(child, fragment.size.width, left, right),
            fragment,
            end: Strut::of(margin.bottom),
            empty: false,
        }
    }

    fn dependent_block(
        &mut self,
        child: BoxId,
        place: &mut Place,
        y: LayoutUnit,
        margin: Edges,
        (start, above): (Opening, Above),
    ) -> BlockResult {
        let style = self.style(child).clone();
        let space = Space {
            width: place.width,
            height: place.height,
            ..Space::default()
        };
        let known = match self.clamping {
            None => self.flowed(child, place, y),
            Some(_) => None,
        };
        if let Some(flowed) = known {
            let width = flowed.fragment.size.width;
            return BlockResult {
                x: self.block_x(child, width, margin.left, place.width - margin.right),
                fragment: flowed.fragment,
                end: flowed.end,
                empty: flowed.empty,
            };
        }
        self.note_laid_out(child);
        let before = self.before_flow(place);
        let width = self.used_width(child, &space);
        let edges = style.border + style.padding(place.width);
        let definite = self.percentage_height(child, width, &space);
        let x = self.block_x(child, width, margin.left, place.width - margin.right);
        let mut inner = Place {
            width: (width - edges.horizontal()).at_least_zero(),
            height: if self.is_anonymous(child) {
                // Percentages look through anonymous boxes (section 9.2.1.1).
                place.height
            } else {
                definite.map(|h| (h - edges.vertical()).at_least_zero())
            },
            origin: place.origin + Point::new(x + edges.left, y + edges.top),
            floats: place.floats,
            start: (edges.top == LayoutUnit::ZERO).then_some(start),
            above: match style.border.top > LayoutUnit::ZERO {
                true => Above::from(place.origin.y + y + style.border.top),
                false => above,
            },
        };
        if self.depth >= crate::engine::MAX_DEPTH {
            self.too_deep += 1;
            return BlockResult {
                x,
                fragment: Rc::new(self.boxed(child, Size::new(width, LayoutUnit::ZERO), &space)),
                end: Strut::default(),
                empty: true,
            };
        }
        self.depth += 1;
        let content = self.block_content(child, &mut inner);
        self.depth -= 1;
        let open_end = edges.bottom == LayoutUnit::ZERO && definite.is_none();
        let empty = content.empty
            && edges.top == LayoutUnit::ZERO
            && edges.bottom == LayoutUnit::ZERO
            && self.height_lets_through(child, place.height);
        let mut end = Strut::of(margin.bottom);
        let mut natural = content.height;
        if open_end {
            let bounded = self.bound_height(child, natural + edges.vertical(), &space);
            if bounded == natural.at_least_zero() + edges.vertical() {
                end = end.with(content.end);
            }
        } else if !(empty || content.empty && edges.top == LayoutUnit::ZERO) {
            natural += content.end.sum();
        }
        if style.contains_size[1] {
            natural = style.contained_size[1];
        }
        let height = self.used_height(child, natural, width, &space);
        let mut fragment = self.boxed(child, Size::new(width, height), &space);
        fragment.shift = self.relative_shift(child, &space);
        adopt(&mut fragment, content, edges, LayoutUnit::ZERO);
        self.attach_marker(child, &mut fragment, edges);
        let fragment = Rc::new(fragment);
        let flowed = || Flowed {
            width: place.width,
            height: place.height,
            rises: LayoutUnit::ZERO,
            fragment: fragment.clone(),
            end,
            empty,
        };
        if self.known.memory.is_some() && self.clamping.is_none() {
            self.keep_flowed(child, place, y, before, flowed());
        }
        BlockResult {
            x,
            fragment,
            end,
            empty,
        }
    }

    fn is_anonymous(&self, id: BoxId) -> bool {
        self.tree.get(id).generated == Some(thru_render_tree::Generated::Anonymous)
    }

    /// An outside marker stands before the first line (CSS Lists 3 section 4).
    fn attach_marker(&mut self, id: BoxId, fragment: &mut Fragment, edges: Edges) {
        let first = self.tree.get(id).children.first().copied();
        let Some(marker) = first.filter(|m| matches!(self.kind(*m), BoxKind::OutsideMarker)) else {
            return;
        };
        let space = Space {
            width: LayoutUnit::px(10_000),
            shrink: true,
            ..Space::default()
        };
        let laid = self.lay_out(marker, &space);
        let own = laid.first_baseline.unwrap_or_default();
        let y = fragment.first_baseline.map_or(edges.top, |line| line - own);
        let margin = self.style(marker).margin(LayoutUnit::ZERO);
        let x = if self.style(id).rtl {
            fragment.size.width - edges.right + margin.left
        } else {
            edges.left - laid.size.width - margin.right
        };
        fragment.children.push(Child {
            at: Point::new(x, y),
            fragment: laid,
        });
    }
}

/// Whether floats that a block must be below would move with its margin: then clearance keeps them apart.
fn moving(place: &Place, stack: &Stack, clears: Clears) -> bool {
    let Some(start) = place.start.filter(|_| stack.at_start) else {
        return false;
    };
    let moved = place.floats.since(start.floats);
    moved.left && clears.left || moved.right && clears.right
}

struct Stack {
    cursor: LayoutUnit,
    strut: Strut,
    at_start: bool,
    /// The margins at the end are those of a box without height that has clearance.
    after_clearance: bool,
    /// The last block with height.
    last: Option<Rc<Fragment>>,
    content: Content,
}

impl Stack {
    /// What is collapsing above the next child.
    fn opening(&self, place: &Place) -> Opening {
        match place.start {
            Some(start) if self.at_start => start.with(self.strut),
            _ => Opening {
                base: place.origin.y + self.cursor,
                strut: self.strut,
                floats: place.floats.mark(),
            },
        }
    }

    /// What is above the next child.
    fn above(&self, place: &Place) -> Above {
        match &self.last {
            Some(last) => Above::below(place.origin.y + self.cursor, last),
            None => place.above.clone(),
        }
    }

    fn here(&self) -> LayoutUnit {
        if self.at_start {
            LayoutUnit::ZERO
        } else {
            self.cursor + self.strut.sum()
        }
    }
}

impl Content {
    pub(crate) fn note_baselines(&mut self, fragment: &Fragment, y: LayoutUnit) {
        if let Some(first) = fragment.first_baseline {
            self.first_baseline.get_or_insert(y + first);
        }
        if let Some(last) = fragment.last_baseline {
            self.last_baseline = Some(y + last);
        }
    }
}

/// Moves a content into its box's fragment.
pub(crate) fn adopt(fragment: &mut Fragment, content: Content, edges: Edges, offset: LayoutUnit) {
    let shift = Point::new(edges.left, edges.top + offset);
    fragment.first_baseline = content.first_baseline.map(|b| b + shift.y);
    fragment.last_baseline = content.last_baseline.map(|b| b + shift.y);
    fragment.children = content.children;
    for child in &mut fragment.children {
        child.at = child.at + shift;
    }
}
