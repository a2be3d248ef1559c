//! The items of subgrids take part in sizing the tracks of the grid around (CSS Grid 2 sections 9 and 12.1).
//!
//! taffy knows one grid at a time. So the items of subgrids are shown to it as further items of the outermost grid,
//! which have no other use: their margins are longer by what the subgrids' edges and gaps take. The tracks that come of
//! it are handed to the subgrids, which are grids with fixed tracks then.
//! taffy runs three times: for the places of the items, for the columns, and for the rows of subgrids that have rows
//! of their own, whose heights need the columns.

use super::{
    container::{Container, Style, output, px},
    subgrid::{AxisLines, Lines, TakenAxis, Tracks},
};
use crate::{
    engine::{Engine, Space},
    unit::{Edges, LayoutUnit, Size},
};
use std::collections::HashMap;
use taffy::{
    GridPlacement, LayoutInput, LayoutOutput, Line, RequestedAxis, RunMode, style_helpers,
};
use thru_render_tree::BoxId;

/// The deepest nesting of subgrids whose items take part in the outermost grid.
pub(crate) const MAX_SUBGRIDS: u32 = 64;
/// The most items of subgrids that take part in one grid.
pub(crate) const MAX_ADOPTED: usize = 1 << 16;

/// An item of a subgrid, or the edge of one, as an item of the grid around.
pub(super) struct Adopted {
    /// `None` stands at a subgrid's edge (section 9: edges count without items, too).
    id: Option<BoxId>,
    /// The subgrid that it is an item of.
    of: BoxId,
    /// Along which axes it takes part.
    axes: [bool; 2],
    /// Lines of the grid around.
    lines: [Lines; 2],
    /// What subgrids' edges and gaps add to its margins.
    extra: Edges,
    /// The width of its area where the subgrid's columns are its own.
    width: Option<LayoutUnit>,
}

/// A subgrid that takes part along some axes.
struct Region {
    id: BoxId,
    axes: [bool; 2],
    /// Lines of the grid around.
    lines: [Lines; 2],
    /// Along the inline axis the subgrid's lines are counted from the other end.
    reversed: bool,
    /// What the subgrids around add to its margins.
    outer: Edges,
    depth: u32,
}

/// What a container says of its items.
pub(super) struct Placed {
    items: Vec<(BoxId, [Lines; 2])>,
    lines: [AxisLines; 2],
}

impl Container<'_, '_> {
    /// Finds out where the items stand, and takes the items of subgrids in.
    pub(super) fn adopt(&mut self, input: LayoutInput) {
        let subgridded = |id: &BoxId| self.engine.subgridded(*id) != [false; 2];
        if !self.grid || !self.items.iter().any(subgridded) {
            return;
        }
        let placed = self.placed_items(input);
        self.engine.name_lines(self.id, &placed);
        let mut adopted = Vec::new();
        let rtl = self.engine.style(self.id).rtl;
        let gaps = self.gaps;
        let nodes = self.nodes();
        for (id, lines) in &placed.items {
            let Some(node) = nodes.get(id).copied() else {
                continue;
            };
            self.pin(node, *lines);
            let axes = self.engine.subgridded(*id);
            if axes != [false; 2] {
                self.tame(node, axes);
                let region = Region {
                    id: *id,
                    axes,
                    lines: *lines,
                    reversed: self.engine.style(*id).rtl != rtl,
                    outer: Edges::default(),
                    depth: 0,
                };
                self.engine.adopt_items(&region, gaps, &mut adopted);
            }
        }
        self.places = placed.items;
        for one in &adopted {
            let style = self.adopted_style(one);
            self.styles.push(style);
            self.sharing.push(Default::default());
            self.placed.push(Default::default());
            self.measured.push(Vec::new());
            self.last.push(None);
        }
        self.adopted = adopted;
    }

    /// Runs the placement alone.
    pub(super) fn placed_items(&mut self, input: LayoutInput) -> Placed {
        self.dry = true;
        self.compute(
            true,
            LayoutInput {
                run_mode: RunMode::PerformLayout,
                axis: RequestedAxis::Both,
                ..input
            },
        );
        self.dry = false;
        let lines = self.axis_lines();
        let mut items = Vec::new();
        if let Some(info) = &self.lines {
            let mut places = info.items.iter();
            for id in &self.items {
                if self.engine.style(*id).out_of_flow() {
                    continue;
                }
                let Some(place) = places.next() else { break };
                let line = |n: u16| usize::from(n).saturating_sub(1);
                let columns = (line(place.column_start), line(place.column_end));
                let rows = (line(place.row_start), line(place.row_end));
                items.push((*id, [columns, rows]));
            }
        }
        Placed { items, lines }
    }

    /// Keeps the items of a subgrid within its tracks (section 9: there are no implicit ones).
    pub(super) fn keep_within(&mut self, taken: [Option<usize>; 2], input: LayoutInput) {
        let mut placed = self.placed_items(input);
        let Some(info) = &self.lines else { return };
        let before = [&info.columns, &info.rows].map(|t| usize::from(t.negative_implicit_tracks));
        let nodes = self.nodes();
        for (id, lines) in &mut placed.items {
            for axis in [0, 1] {
                if let Some(count) = taken[axis] {
                    let (from, to) = lines[axis];
                    let (first, last) = (before[axis], before[axis] + count);
                    let from = from.clamp(first, last - 1);
                    lines[axis] = (from, to.clamp(from + 1, last));
                }
            }
            if let Some(node) = nodes.get(id) {
                self.pin(*node, *lines);
            }
        }
    }

    /// A subgrid fills its area, and only what is in it asks for room.
    fn tame(&mut self, node: usize, axes: [bool; 2]) {
        let style = &mut self.styles[node];
        let stretch = Some(taffy::AlignItems::STRETCH);
        let zero = taffy::LengthPercentageAuto::length(0.0);
        let pinned = |side: &mut taffy::LengthPercentageAuto| {
            if side.is_auto() {
                *side = zero;
            }
        };
        style.aspect_ratio = None;
        if axes[0] {
            style.size.width = taffy::Dimension::auto();
            style.min_size.width = zero;
            style.max_size.width = taffy::LengthPercentageAuto::auto();
            style.justify_self = stretch;
            pinned(&mut style.margin.left);
            pinned(&mut style.margin.right);
        }
        if axes[1] {
            style.size.height = taffy::Dimension::auto();
            style.min_size.height = zero;
            style.max_size.height = taffy::LengthPercentageAuto::auto();
            style.align_self = stretch;
            pinned(&mut style.margin.top);
            pinned(&mut style.margin.bottom);
        }
    }

    /// How taffy names lines that are counted from the first of all, implicit ones too.
    fn named_lines(&self, lines: [Lines; 2]) -> [Line<GridPlacement<String>>; 2] {
        let counts = self.lines.as_ref().map_or([(0, 0); 2], |info| {
            [&info.columns, &info.rows].map(|tracks| {
                let before = i32::from(tracks.negative_implicit_tracks);
                (before, i32::from(tracks.explicit_tracks))
            })
        });
        let number = |axis: usize, line: usize| -> GridPlacement<String> {
            let (before, explicit) = counts[axis];
            style_helpers::line(match line as i32 - before {
                line @ 0.. => line + 1,
                // Lines before the first are counted from the last.
                line => line - explicit - 1,
            } as i16)
        };
        [0, 1].map(|axis| Line {
            start: number(axis, lines[axis].0),
            end: number(axis, lines[axis].1),
        })
    }

    /// The node of each item.
    fn nodes(&self) -> HashMap<BoxId, usize> {
        let items = self.items.iter().enumerate();
        items.map(|(number, id)| (*id, number + 1)).collect()
    }

    /// Keeps an item between these lines.
    fn pin(&mut self, node: usize, lines: [Lines; 2]) {
        let [columns, rows] = self.named_lines(lines);
        self.styles[node].grid_column = columns;
        self.styles[node].grid_row = rows;
    }

    fn adopted_style(&mut self, one: &Adopted) -> Style {
        let mut style = match one.id {
            Some(id) => self.adopted_item_style(one.of, id),
            None => Style::default(),
        };
        [style.grid_column, style.grid_row] = self.named_lines(one.lines);
        if one.axes != [true; 2] {
            style.aspect_ratio = None;
        }
        let (zero, none) = (
            taffy::LengthPercentageAuto::length(0.0),
            taffy::LengthPercentage::length(0.0),
        );
        let longer = |side: &mut taffy::LengthPercentageAuto, by: LayoutUnit| {
            let own = match side.into_raw().tag() {
                taffy::CompactLength::LENGTH_TAG => side.into_raw().value(),
                _ => 0.0,
            };
            *side = taffy::LengthPercentageAuto::length(own + by.to_px());
        };
        if one.axes[0] {
            longer(&mut style.margin.left, one.extra.left);
            longer(&mut style.margin.right, one.extra.right);
        } else {
            style.size.width = taffy::Dimension::length(0.0);
            (style.min_size.width, style.max_size.width) = (zero, zero);
            (style.margin.left, style.margin.right) = (zero, zero);
            (style.padding.left, style.padding.right) = (none, none);
            (style.border.left, style.border.right) = (none, none);
        }
        if one.axes[1] {
            longer(&mut style.margin.top, one.extra.top);
            longer(&mut style.margin.bottom, one.extra.bottom);
        } else {
            style.size.height = taffy::Dimension::length(0.0);
            (style.min_size.height, style.max_size.height) = (zero, zero);
            (style.margin.top, style.margin.bottom) = (zero, zero);
            (style.padding.top, style.padding.bottom) = (none, none);
            (style.border.top, style.border.bottom) = (none, none);
        }
        style
    }

    /// Hands the tracks to the subgrids; what was measured without them is forgotten.
    pub(super) fn hand_down(&mut self) {
        let Some(info) = self.lines.clone() else {
            return;
        };
        self.handed = true;
        let rtl = self.engine.style(self.id).rtl;
        let gaps = self.gaps;
        for (id, lines) in self.places.clone() {
            let axes = self.engine.subgridded(id);
            if axes == [false; 2] {
                continue;
            }
            let area = area_width(&info.columns, lines[0]);
            let edges = self.engine.all_edges(id, area);
            let reversed = self.engine.style(id).rtl != rtl;
            for (axis, around) in [&info.columns, &info.rows].into_iter().enumerate() {
                if !axes[axis] {
                    continue;
                }
                let inner = match axis {
                    0 => (area - edges.horizontal()).at_least_zero(),
                    _ => LayoutUnit::ZERO,
                };
                let own_gap = self.engine.own_gap(id, axis, Some(inner), gaps[axis]);
                let own = match axis {
                    0 if self.engine.style(id).rtl => (edges.right, edges.left),
                    0 => (edges.left, edges.right),
                    _ => (edges.top, edges.bottom),
                };
                let turned = reversed && axis == 0;
                let tracks =
                    Tracks::between(around, lines[axis], own, own_gap - gaps[axis], turned);
                self.engine.hand_tracks(id, axis, tracks);
            }
            if axes == [false, true] {
                let mut widths = HashMap::new();
                let width = (area - edges.horizontal()).at_least_zero();
                self.engine.area_widths(id, width, 0, &mut widths);
                for one in &mut self.adopted {
                    one.width = one.id.and_then(|id| widths.get(&id).copied()).or(one.width);
                }
            }
        }
        for (node, known) in self.measured.iter_mut().enumerate().skip(1) {
            let adopted = node > self.items.len();
            if adopted || self.engine.subgridded(self.items[node - 1]) != [false; 2] {
                known.clear();
            }
        }
    }

    /// The size that a subgrid or an item of one has for the tracks here; `None` is measured as any other.
    pub(super) fn measure_adopted(
        &mut self,
        index: usize,
        input: &LayoutInput,
    ) -> Option<LayoutOutput> {
        let known = input.known_dimensions;
        let Some(number) = (index - 1).checked_sub(self.items.len()) else {
            return self.measure_subgrid(self.items[index - 1], input);
        };
        let one = &self.adopted[number];
        let nothing = Size::new(
            known.width.map_or(LayoutUnit::ZERO, px),
            known.height.map_or(LayoutUnit::ZERO, px),
        );
        let Some(id) = one.id else {
            return Some(output(Size::default(), None));
        };
        if input.run_mode == RunMode::PerformLayout {
            return Some(output(nothing, None));
        }
        match (one.axes, input.axis) {
            ([true, true], _) | ([true, false], RequestedAxis::Horizontal) => {
                Some(self.measure_item(id, input))
            }
            ([false, true], RequestedAxis::Vertical | RequestedAxis::Both) => {
                let Some(width) = one.width else {
                    return Some(output(Size::default(), None));
                };
                let height = self.engine.height_in_area(one.of, id, width);
                Some(output(Size::new(LayoutUnit::ZERO, height), None))
            }
            _ => Some(output(nothing, None)),
        }
    }

    fn measure_subgrid(&mut self, id: BoxId, input: &LayoutInput) -> Option<LayoutOutput> {
        let axes = self.engine.subgridded(id);
        if axes == [false; 2] {
            return None;
        }
        let known = input.known_dimensions;
        let style = self.engine.style(id);
        let basis = px(input.parent_size.width.unwrap_or(0.0));
        let edges = style.border + style.padding(basis);
        let bare = |known: Option<f32>, edges| known.map_or(edges, px);
        let bare = Size::new(
            bare(known.width, edges.horizontal()),
            bare(known.height, edges.vertical()),
        );
        let asks_own = match input.axis {
            RequestedAxis::Horizontal => !axes[0],
            _ if input.run_mode == RunMode::PerformLayout => {
                known.width.is_none() || known.height.is_none()
            }
            _ => !axes[1],
        };
        if !asks_own || (!self.handed && input.axis != RequestedAxis::Horizontal) {
            return Some(output(bare, None));
        }
        let mut input = *input;
        if axes[0] && known.width.is_none() {
            let area = input.parent_size.width?;
            let margin = self.engine.style(id).margin(basis).horizontal().to_px();
            input.known_dimensions.width = Some((area - margin).max(0.0));
        }
        Some(self.measure_item(id, &input))
    }
}

fn area_width(columns: &taffy::DetailedGridTracksInfo<String>, lines: Lines) -> LayoutUnit {
    let track = |line: usize| columns.positions.get(line);
    let (Some(first), Some(last)) = (track(lines.0), track(lines.1.saturating_sub(1))) else {
        return LayoutUnit::ZERO;
    };
    px(first.end.max(last.end) - first.start.min(last.start))
}

impl Engine<'_> {
    /// Tells the subgrids among the items of a grid their lines.
    fn name_lines(&mut self, id: BoxId, placed: &Placed) {
        let rtl = self.style(id).rtl;
        for (item, lines) in &placed.items {
            let axes = self.subgridded(*item);
            if axes == [false; 2] {
                continue;
            }
            let own = self.own_line_names(*item);
            let turned = self.style(*item).rtl != rtl;
            for axis in [0, 1] {
                if axes[axis] {
                    let (around, names) = (&placed.lines[axis], &own[axis]);
                    let turned = turned && axis == 0;
                    let taken = TakenAxis::new(around, lines[axis], names, turned);
                    self.hand_names(*item, axis, taken);
                }
            }
        }
    }

    /// The gap of a grid along an axis; `around` is that of the grid around it, if it is a subgrid there.
    pub(super) fn own_gap(
        &self,
        id: BoxId,
        axis: usize,
        inner: Option<LayoutUnit>,
        around: LayoutUnit,
    ) -> LayoutUnit {
        let style = self.style(id);
        let gap = if axis == 0 {
            &style.column_gap
        } else {
            &style.row_gap
        };
        match gap {
            None => around,
            Some(length) => length.maybe(inner).unwrap_or_default(),
        }
    }

    /// Takes the items of a subgrid, and of the subgrids among them.
    fn adopt_items(
        &mut self,
        region: &Region,
        gaps_around: [LayoutUnit; 2],
        out: &mut Vec<Adopted>,
    ) {
        if region.depth >= MAX_SUBGRIDS || out.len() >= MAX_ADOPTED {
            return;
        }
        let (placed, gaps) = self.with_container(region.id, [None; 2], |container, _| {
            let input = container.input_for(None);
            (container.placed_items(input), container.gaps)
        });
        self.name_lines(region.id, &placed);
        let extras = Extras {
            counts: region.lines.map(|(from, to)| to - from),
            outer: region.outer,
            own: self.all_edges(region.id, LayoutUnit::ZERO),
            half: [0, 1].map(|axis| (gaps[axis] - gaps_around[axis]).half()),
            rtl: self.style(region.id).rtl,
        };
        for edge in [false, true] {
            let at = |count: usize| match edge {
                false => (0, 1),
                true => (count.saturating_sub(1), count),
            };
            out.push(self.adopted(region, None, extras.counts.map(at), region.axes, &extras));
        }
        for (id, lines) in placed.items {
            let inside = self.subgridded(id);
            let axes = [0, 1].map(|axis| region.axes[axis] && !inside[axis]);
            let one = self.adopted(region, Some(id), lines, axes, &extras);
            let deeper = [0, 1].map(|axis| region.axes[axis] && inside[axis]);
            if deeper != [false; 2] {
                let nested = Region {
                    id,
                    axes: deeper,
                    lines: one.lines,
                    reversed: region.reversed != (self.style(id).rtl != self.style(region.id).rtl),
                    outer: one.extra,
                    depth: region.depth + 1,
                };
                self.adopt_items(&nested, gaps_around, out);
            }
            if axes != [false; 2] && out.len() < MAX_ADOPTED {
                out.push(one);
            }
        }
    }

    /// Something in a subgrid, between lines of the subgrid.
    fn adopted(
        &self,
        region: &Region,
        id: Option<BoxId>,
        lines: [Lines; 2],
        axes: [bool; 2],
        extras: &Extras,
    ) -> Adopted {
        let outside = |axis: usize| {
            let (from, to) = region.lines[axis];
            if !region.axes[axis] {
                return (from, to);
            }
            let (start, end) = lines[axis];
            if axis == 0 && region.reversed {
                (to.saturating_sub(end), to.saturating_sub(start))
            } else {
                (from + start, from + end)
            }
        };
        Adopted {
            id,
            of: region.id,
            axes,
            lines: [outside(0), outside(1)],
            extra: extras.of(lines),
            width: None,
        }
    }

    /// The widths of the areas of a subgrid's items where its columns are its own.
    fn area_widths(
        &mut self,
        id: BoxId,
        width: LayoutUnit,
        depth: u32,
        out: &mut HashMap<BoxId, LayoutUnit>,
    ) {
        if depth >= MAX_SUBGRIDS {
            return;
        }
        let areas = self.with_container(id, [Some(width), None], |container, _| {
            let input = container.input_for(Some(width));
            container.adopt(input);
            container.compute(true, input);
            container.hand_down();
            let info = container.lines.clone();
            let areas = container.places.iter().map(|(item, lines)| {
                let width = info
                    .as_ref()
                    .map(|info| area_width(&info.columns, lines[0]));
                (*item, width.unwrap_or_default())
            });
            let areas: Vec<_> = areas.collect();
            if areas.is_empty() {
                let placed = container.placed_items(input);
                container.compute(true, input);
                let info = container.lines.clone();
                let width = |lines: Lines| {
                    let info = info.as_ref();
                    info.map_or(LayoutUnit::ZERO, |info| area_width(&info.columns, lines))
                };
                let widths = placed.items.iter();
                return widths.map(|(id, lines)| (*id, width(lines[0]))).collect();
            }
            areas
        });
        for (item, area) in areas {
            out.insert(item, area);
            if self.subgridded(item)[1] {
                let inside = area - self.all_edges(item, area).horizontal();
                self.area_widths(item, inside.at_least_zero(), depth + 1, out);
            }
        }
    }

    /// The height that a subgrid's item asks for in an area of this width.
    fn height_in_area(&mut self, of: BoxId, id: BoxId, width: LayoutUnit) -> LayoutUnit {
        use style::values::specified::align::AlignFlags;
        let own = self.tree.get(id).style.get_position().justify_self.0;
        let around = &self.tree.get(of).style.get_position().justify_items;
        let flags = match own.value() {
            AlignFlags::AUTO => around.computed.0.0.value(),
            own => own,
        };
        let style = self.style(id);
        let fills = matches!(
            flags,
            AlignFlags::NORMAL | AlignFlags::STRETCH | AlignFlags::AUTO
        ) && style.margin[1].is_some()
            && style.margin[3].is_some();
        let space = Space {
            width,
            shrink: !fills,
            ..Space::default()
        };
        self.lay_out(id, &space).size.height
    }
}

/// How the edges and gaps of a subgrid lengthen the margins of its items (section 9).
struct Extras {
    counts: [usize; 2],
    outer: Edges,
    own: Edges,
    /// Half of how much wider the gaps are than those of the grid around.
    half: [LayoutUnit; 2],
    rtl: bool,
}

impl Extras {
    fn of(&self, lines: [Lines; 2]) -> Edges {
        let at_start = |axis: usize| lines[axis].0 == 0;
        let at_end = |axis: usize| lines[axis].1 >= self.counts[axis];
        let side = |at_edge: bool, outer: LayoutUnit, own: LayoutUnit, axis: usize| match at_edge {
            true => outer + own,
            false => self.half[axis],
        };
        let (mut at_left, mut at_right) = (at_start(0), at_end(0));
        if self.rtl {
            std::mem::swap(&mut at_left, &mut at_right);
        }
        Edges {
            left: side(at_left, self.outer.left, self.own.left, 0),
            right: side(at_right, self.outer.right, self.own.right, 0),
            top: side(at_start(1), self.outer.top, self.own.top, 1),
            bottom: side(at_end(1), self.outer.bottom, self.own.bottom, 1),
        }
    }
}
