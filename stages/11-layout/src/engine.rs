//! The state of one layout, and the way into it for any box.

use crate::{
    flex_grid::subgrid::Taken,
    flow::{inline_content::InlineContent, line_clamp::Clamping, margin_collapse::KnownTop},
    fragment::{Fragment, FragmentKind},
    incremental::Memory,
    intrinsic::MinMax,
    orthogonal::Modes,
    style::{LayoutStyle, Length, Position, Sizing},
    table::CollapsedEdges,
    text::Fonts,
    unit::{Edges, LayoutUnit, Point, Size},
    writing_mode::WritingMode,
};
use std::{collections::HashMap, rc::Rc};
use thru_render_tree::{BoxId, BoxKind, Level, RenderTree};

/// What a box is laid out in.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Hash)]
pub struct Space {
    /// Containing block's width: percentages refer to it.
    pub width: LayoutUnit,
    /// Containing block's height, if definite.
    pub height: Option<LayoutUnit>,
    /// Border-box width that is decided already.
    pub fixed_width: Option<LayoutUnit>,
    /// Border-box height that is decided already.
    pub fixed_height: Option<LayoutUnit>,
    /// `auto` width shrinks to fit instead of filling.
    pub shrink: bool,
    /// Width at hand for the margin box, if other than the containing block's.
    pub available: Option<LayoutUnit>,
    /// `width` is not known: percentages of it count as `auto` (CSS Sizing 3 section 5.2.1).
    pub indefinite: bool,
    /// Percentages of heights inside do not refer to `fixed_height`: it is not definite.
    pub loose_height: bool,
    /// `width`, `height` and their bounds are not asked: the size is that of the content.
    pub by_content: bool,
}

/// The deepest nesting of boxes that is laid out; what is deeper gets no place.
pub const MAX_DEPTH: u32 = 1024;
/// Layout results kept for one box.
const MAX_RESULTS: usize = 6;

/// One layout.
pub struct Engine<'a> {
    pub(crate) tree: &'a RenderTree,
    pub(crate) fonts: &'a Fonts,
    pub(crate) viewport: Size,
    pub(crate) known: Known,
    /// Boxes that are laid out in their own axes at the moment, and what is known of them there.
    pub(crate) turning: std::collections::HashSet<BoxId>,
    pub(crate) known_inside: HashMap<BoxId, Option<MinMax>>,
    /// The container whose lines are being counted.
    pub(crate) clamping: Option<Clamping>,
    pub(crate) depth: u32,
    pub(crate) too_deep: u32,
}

/// What a layout found out, without the boxes and fonts that it is about.
#[derive(Default)]
pub(crate) struct Known {
    /// Styles in the axes that their boxes are placed in.
    pub styles: Vec<Rc<LayoutStyle>>,
    pub modes: Modes,
    pub inline_contents: Vec<Option<Rc<InlineContent>>>,
    pub intrinsic: Vec<Option<MinMax>>,
    /// What collapses at a box's top, for the containing width it was asked for last.
    pub struts: Vec<Option<KnownTop>>,
    results: Vec<Vec<(Space, Rc<Fragment>)>>,
    /// The shared borders of tables.
    pub collapsed: HashMap<BoxId, Rc<CollapsedEdges>>,
    /// What subgrids take over from the grids around them.
    pub subgrids: HashMap<BoxId, Taken>,
    pub unsupported: std::collections::BTreeMap<&'static str, u32>,
    /// What a layout that stays keeps beside.
    pub memory: Option<Memory>,
}

impl Known {
    /// Forgets what depends on the content of a box: it and all around it.
    pub fn forget(&mut self, tree: &RenderTree, id: BoxId) {
        let mut next = Some(id);
        while let Some(id) = next {
            let at = id.index();
            self.inline_contents[at] = None;
            self.intrinsic[at] = None;
            self.struts[at] = None;
            self.results[at].clear();
            if let Some(memory) = &mut self.memory {
                memory.forget(id);
            }
            next = tree.get(id).parent;
        }
    }
}

impl<'a> Engine<'a> {
    /// Goes on with what an earlier layout of the same boxes found out.
    pub(crate) fn resumed(
        tree: &'a RenderTree,
        fonts: &'a Fonts,
        viewport: Size,
        known: Known,
    ) -> Engine<'a> {
        Engine {
            tree,
            fonts,
            viewport,
            known,
            turning: Default::default(),
            known_inside: Default::default(),
            clamping: None,
            depth: 0,
            too_deep: 0,
        }
    }

    /// Reads every style once.
    pub fn new(tree: &'a RenderTree, fonts: &'a Fonts, viewport: Size) -> Engine<'a> {
        type Key = (*const style::properties::ComputedValues, WritingMode);
        let mut known: HashMap<Key, Rc<LayoutStyle>> = HashMap::new();
        let modes = Modes::read(tree);
        let styles: Vec<Rc<LayoutStyle>> = tree
            .ids()
            .map(|id| {
                let values = &tree.get(id).style;
                let pointer: *const style::properties::ComputedValues = &**values;
                let mode = modes.outer(id);
                let read = || Rc::new(LayoutStyle::read(values, fonts).turned(mode));
                known.entry((pointer, mode)).or_insert_with(read).clone()
            })
            .collect();
        let unsupported = unsupported(tree, &styles);
        let known = Known {
            styles,
            modes,
            inline_contents: vec![None; tree.len()],
            intrinsic: vec![None; tree.len()],
            struts: vec![None; tree.len()],
            results: vec![Vec::new(); tree.len()],
            collapsed: Default::default(),
            subgrids: Default::default(),
            unsupported,
            memory: None,
        };
        let mut engine = Engine::resumed(tree, fonts, viewport, known);
        engine.collapse_all_borders();
        engine
    }

    /// Forgets how a box was laid out.
    pub(crate) fn forget_result(&mut self, id: BoxId) {
        self.known.results[id.index()].clear();
        self.known.intrinsic[id.index()] = None;
    }

    /// A box has other values from now on.
    pub(crate) fn set_style(&mut self, id: BoxId, style: Rc<LayoutStyle>) {
        self.known.styles[id.index()] = style;
    }

    pub(crate) fn style(&self, id: BoxId) -> &Rc<LayoutStyle> {
        &self.known.styles[id.index()]
    }

    pub(crate) fn kind(&self, id: BoxId) -> &'a BoxKind {
        &self.tree.get(id).kind
    }

    pub(crate) fn in_flow(&self, id: BoxId) -> bool {
        let style = self.style(id);
        self.tree.get(id).is_text() || (!style.out_of_flow() && style.float.is_none())
    }

    pub(crate) fn has_inline_children(&self, id: BoxId) -> bool {
        let children = &self.tree.get(id).children;
        children.iter().any(|child| {
            let source = self.tree.get(*child);
            !matches!(source.kind, BoxKind::OutsideMarker)
                && source.level == Level::Inline
                && self.in_flow(*child)
        })
    }

    /// Whether the box begins a formatting context of its own.
    pub(crate) fn is_independent(&self, id: BoxId) -> bool {
        let source = self.tree.get(id);
        let style = self.style(id);
        !matches!(source.kind, BoxKind::BlockContainer)
            || style.scrolls
            || style.flow_root
            || style.out_of_flow()
            || style.float.is_some()
            || source.level == Level::Inline
            || self.is_turned(id)
            || source.manner.button
            || source.manner.fieldset
            || source.manner.legend
            || style.columns.0.is_some()
            || style.columns.1.is_some()
            || style.spans_columns
            || style.clamp.is_some()
            || source
                .parent
                .is_none_or(|parent| matches!(self.kind(parent), BoxKind::Flex | BoxKind::Grid))
    }

    /// Whether a block's height can be zero, in a containing block of this height.
    pub(crate) fn height_lets_through(&self, id: BoxId, around: Option<LayoutUnit>) -> bool {
        let style = self.style(id);
        let zero = |sizing: &Sizing| match sizing {
            Sizing::Length(length) => length
                .maybe(around)
                .is_none_or(|height| height <= LayoutUnit::ZERO),
            Sizing::Stretch => around.is_none(),
            _ => true,
        };
        zero(&style.size[1]) && zero(&style.min[1]) && style.ratio.is_none()
    }

    pub(crate) fn inline_edges_matter(&self, style: &LayoutStyle) -> bool {
        let some = |l: &Length| *l != Length::ZERO;
        style.border.left != LayoutUnit::ZERO
            || style.border.right != LayoutUnit::ZERO
            || some(&style.padding[1])
            || some(&style.padding[3])
            || style.margin[1].as_ref().is_some_and(some)
            || style.margin[3].as_ref().is_some_and(some)
    }

    /// Lays a box out by itself: nothing outside reaches into it.
    pub fn lay_out(&mut self, id: BoxId, space: &Space) -> Rc<Fragment> {
        let kept = self.known.results[id.index()]
            .iter()
            .find(|(s, _)| s == space);
        if let Some((_, fragment)) = kept {
            return fragment.clone();
        }
        if self.depth >= MAX_DEPTH {
            self.too_deep += 1;
            return Rc::new(Fragment::of_box(
                id,
                Size::default(),
                Edges::default(),
                Edges::default(),
            ));
        }
        self.note_laid_out(id);
        self.depth += 1;
        // Lines in other formatting contexts do not count (CSS Overflow 4 section 5.1).
        let clamping = self.clamping.take();
        let mut fragment = if self.is_turned(id) {
            self.lay_out_turned(id, space)
        } else {
            self.lay_out_inside(id, space)
        };
        self.clamping = clamping;
        self.depth -= 1;
        fragment.shift = self.relative_shift(id, space);
        fragment.basis = Some(space.width);
        if self.style(id).contains_layout {
            fragment.first_baseline = None;
            fragment.last_baseline = None;
            fragment.across = [None; 2];
        }
        let fragment = Rc::new(fragment);
        let kept = &mut self.known.results[id.index()];
        if kept.len() >= MAX_RESULTS {
            kept.remove(0);
        }
        kept.push((*space, fragment.clone()));
        fragment
    }

    /// Lays a box out in the axes of its content, which its style and the space are in.
    pub(crate) fn lay_out_inside(&mut self, id: BoxId, space: &Space) -> Fragment {
        match self.kind(id) {
            BoxKind::Replaced(_) => self.replaced(id, space),
            BoxKind::Control(_) => self.control(id, space),
            BoxKind::Flex | BoxKind::Grid => self.flex_or_grid(id, space),
            BoxKind::Table => {
                self.note_table_parts(id);
                self.table(id, space)
            }
            BoxKind::RubyColumn => self.ruby_column(id, space),
            _ => self.block_root(id, space),
        }
    }

    /// CSS 2 section 9.4.3: a block that broke an inline box moves with it too.
    pub(crate) fn relative_shift(&self, id: BoxId, space: &Space) -> Point {
        let mut shift = self.own_shift(id, space);
        let mut around = self.tree.get(id).broke;
        while let Some(inline) = around.filter(|id| self.is_inline(*id)) {
            shift = shift + self.own_shift(inline, space);
            around = self.tree.get(inline).parent;
        }
        shift
    }

    fn is_inline(&self, id: BoxId) -> bool {
        matches!(self.kind(id), BoxKind::Inline { .. })
    }

    fn own_shift(&self, id: BoxId, space: &Space) -> Point {
        let style = self.style(id);
        if style.position != Position::Relative {
            return Point::default();
        }
        let side = |i: usize, basis| {
            style.inset[i]
                .as_ref()
                .and_then(|l: &Length| l.maybe(basis))
        };
        let (top, bottom) = (side(0, space.height), side(2, space.height));
        let (right, left) = (side(1, Some(space.width)), side(3, Some(space.width)));
        let x = if style.rtl {
            right.map(|r| -r).or(left)
        } else {
            left.or(right.map(|r| -r))
        };
        let y = top.or(bottom.map(|b| -b));
        Point::new(x.unwrap_or_default(), y.unwrap_or_default())
    }

    /// The border-box width of a block-level or shrink-to-fit box that is not replaced.
    pub(crate) fn used_width(&mut self, id: BoxId, space: &Space) -> LayoutUnit {
        if let Some(width) = space.fixed_width {
            return width;
        }
        let style = self.style(id).clone();
        let margin = style.margin(space.width);
        let edges = style.border.horizontal() + style.padding(space.width).horizontal();
        let available = space.available.unwrap_or(space.width) - margin.horizontal();
        let size = style.size[0].clone();
        if space.by_content {
            return self.intrinsic_at(id, space).fit(available).max(edges);
        }
        let width = match self.width_from(&size, id, space, available, edges) {
            Some(width) => width,
            None => match self.width_by_ratio(id, space) {
                Some(width) => width,
                None => {
                    let width = if space.shrink {
                        self.intrinsic_at(id, space).fit(available)
                    } else {
                        available.max(edges)
                    };
                    self.within_transferred(id, width, space)
                }
            },
        };
        self.bound_width(id, width, space)
    }

    /// A border-box width within `min-width` and `max-width`, and not less than its edges.
    pub(crate) fn bound_width(
        &mut self,
        id: BoxId,
        mut width: LayoutUnit,
        space: &Space,
    ) -> LayoutUnit {
        let style = self.style(id).clone();
        let edges = style.border.horizontal() + style.padding(space.width).horizontal();
        if space.by_content {
            return width.max(edges);
        }
        let margin = style.margin(space.width);
        let available = space.available.unwrap_or(space.width) - margin.horizontal();
        let max = style.max[0].clone();
        if let Some(max) = self.width_from(&max, id, space, available, edges) {
            width = width.min(max);
        }
        let min = style.min[0].clone();
        if let Some(min) = self.width_from(&min, id, space, available, edges) {
            width = width.max(min);
        }
        width.max(edges)
    }

    fn width_from(
        &mut self,
        sizing: &Sizing,
        id: BoxId,
        space: &Space,
        available: LayoutUnit,
        edges: LayoutUnit,
    ) -> Option<LayoutUnit> {
        let basis = space.width;
        let border_box = self.style(id).border_box;
        Some(match sizing {
            Sizing::Auto => return None,
            Sizing::Length(length) => {
                let length = length.against(basis).at_least_zero();
                if border_box {
                    length.max(edges)
                } else {
                    length + edges
                }
            }
            Sizing::MinContent => self.intrinsic_in(id, space).min,
            Sizing::MaxContent => self.intrinsic_in(id, space).max,
            Sizing::FitContent(limit) => {
                let limit = limit.as_ref().map_or(available, |l| l.against(basis));
                self.intrinsic_in(id, space).fit(limit)
            }
            Sizing::Stretch => available,
        })
    }

    /// The border-box height if it does not depend on the content.
    pub(crate) fn definite_height(&self, id: BoxId, space: &Space) -> Option<LayoutUnit> {
        if space.fixed_height.is_some() {
            return space.fixed_height;
        }
        if space.by_content {
            return None;
        }
        let height = self.height_from(&self.style(id).size[1], id, space)?;
        Some(self.bound_height(id, height, space))
    }

    /// The aspect ratio that a box has by its style or by itself (CSS Sizing 4 section 5.1).
    pub(crate) fn used_ratio(&self, id: BoxId) -> Option<f32> {
        let style = self.style(id);
        let natural = match self.kind(id) {
            BoxKind::Replaced(replaced) => replaced.natural.ratio.filter(|r| *r > 0.0),
            _ => None,
        };
        let crosses = self.is_seen_across(id);
        let natural = natural.map(|ratio| if crosses { 1.0 / ratio } else { ratio });
        if style.ratio_rules {
            style.ratio
        } else {
            natural.or(style.ratio)
        }
    }

    pub(crate) fn height_from(
        &self,
        sizing: &Sizing,
        id: BoxId,
        space: &Space,
    ) -> Option<LayoutUnit> {
        let style = self.style(id);
        let edges = style.border.vertical() + style.padding(space.width).vertical();
        match sizing {
            Sizing::Length(length) => {
                let length = length.maybe(space.height)?.at_least_zero();
                Some(if style.border_box {
                    length.max(edges)
                } else {
                    length + edges
                })
            }
            Sizing::Stretch => {
                let margin = style.margin(space.width).vertical();
                Some((space.height? - margin).max(edges))
            }
            _ => None,
        }
    }

    /// A border-box height within `min-height` and `max-height`.
    pub(crate) fn bound_height(
        &self,
        id: BoxId,
        mut height: LayoutUnit,
        space: &Space,
    ) -> LayoutUnit {
        if space.by_content {
            return height;
        }
        let style = self.style(id);
        if let Some(max) = self.height_from(&style.max[1], id, space) {
            height = height.min(max);
        }
        if let Some(min) = self.height_from(&style.min[1], id, space) {
            height = height.max(min);
        }
        height
    }

    /// The used border-box height, given the content's.
    pub(crate) fn used_height(
        &self,
        id: BoxId,
        content: LayoutUnit,
        width: LayoutUnit,
        space: &Space,
    ) -> LayoutUnit {
        if let Some(height) = space.fixed_height {
            return height;
        }
        let style = self.style(id);
        let edges = style.border.vertical() + style.padding(space.width).vertical();
        let natural = content.at_least_zero() + edges;
        let own = match space.by_content {
            true => None,
            false => self.height_from(&style.size[1], id, space),
        };
        let mut height = own.unwrap_or(natural);
        let by_content = own.is_none();
        // What `min-content` and the like mean in this direction.
        let mut asked = natural;
        if let (Some(ratio), true) = (self.ratio(id, space), by_content) {
            asked = ratio.height(width).max(edges);
            let minimum = style.min[1].is_auto() && !style.scrolls;
            height = if minimum { height.max(asked) } else { asked };
        }
        if asks_content(&style.max[1]) {
            height = height.min(asked);
        }
        height = self.bound_height(id, height, space);
        if asks_content(&style.min[1]) {
            height = height.max(asked);
        }
        height
    }

    /// An empty box's fragment with its own edges.
    pub(crate) fn boxed(&self, id: BoxId, size: Size, space: &Space) -> Fragment {
        let style = self.style(id);
        Fragment::of_box(id, size, style.border, style.padding(space.width))
    }
}

/// In the block direction all of these are the height of the content (CSS Sizing 3 section 5.1).
fn asks_content(sizing: &Sizing) -> bool {
    matches!(
        sizing,
        Sizing::MinContent | Sizing::MaxContent | Sizing::FitContent(_)
    )
}

/// What the boxes ask for and is not built, each with the number of boxes.
fn unsupported(
    tree: &RenderTree,
    styles: &[Rc<LayoutStyle>],
) -> std::collections::BTreeMap<&'static str, u32> {
    let mut found = std::collections::BTreeMap::new();
    for id in tree.ids() {
        let asked = &styles[id.index()].unsupported;
        if asked.is_empty() || !tree.get(id).is_principal() {
            continue;
        }
        for what in asked {
            *found.entry(*what).or_default() += 1;
        }
    }
    found
}

/// Edges of a fragment's box.
pub(crate) fn edges_of(fragment: &Fragment) -> Edges {
    match &fragment.kind {
        FragmentKind::Box { border, padding } | FragmentKind::Inline { border, padding } => {
            *border + *padding
        }
        _ => Edges::default(),
    }
}
