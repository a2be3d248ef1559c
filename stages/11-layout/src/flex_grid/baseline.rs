//! Baseline alignment of flex and grid items (CSS Box Alignment 3 section 9) and the baselines of the
//! containers (CSS Flexbox 1 section 8.5, CSS Grid 2 section 11.6).
//!
//! taffy places the items once by the edges that they would fall back to; the items that share a row, column or
//! line are then moved to a common baseline by a longer margin, and taffy places all of them again.

use super::container::{Container, ItemsAround, Style, final_space, percentage, px};
use crate::{
    engine::Engine,
    fragment::Fragment,
    style::LayoutStyle,
    unit::{LayoutUnit, Size},
    writing_mode::WritingMode,
};
use std::{collections::BTreeMap, rc::Rc};
use style::{
    properties::ComputedValues,
    values::specified::{align::AlignFlags, position::FlexWrap},
};
use taffy::style::{AlignItems, AlignItemsKeyword, AlignmentSafety};
use thru_render_tree::BoxId;

/// Along an axis: at which edges the items of a group stand that have nothing to be moved for.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub(super) enum Edge {
    /// Left or top.
    Low,
    /// Right or bottom.
    High,
}

/// How an item takes part along the inline axis and along the block axis of its container.
pub(super) type Sharing = [Option<Share>; 2];

/// An item's part in baseline alignment along an axis.
#[derive(Clone, Copy, Debug)]
pub(super) struct Share {
    edge: Edge,
    last: bool,
}

/// Which property aligns items along the inline axis and along the block axis.
#[derive(Clone, Copy, PartialEq)]
pub(super) enum AlignedBy {
    Nothing,
    Align,
    Justify,
}

const X: usize = 0;
const Y: usize = 1;

/// The properties that align the items of a container.
pub(super) fn axes(grid: bool, values: &ComputedValues) -> [AlignedBy; 2] {
    match (grid, is_column(values)) {
        (true, _) => [AlignedBy::Justify, AlignedBy::Align],
        (false, true) => [AlignedBy::Align, AlignedBy::Nothing],
        (false, false) => [AlignedBy::Nothing, AlignedBy::Align],
    }
}

fn is_column(values: &ComputedValues) -> bool {
    use style::computed_values::flex_direction::T as Direction;
    matches!(
        values.get_position().flex_direction,
        Direction::Column | Direction::ColumnReverse
    )
}

impl Engine<'_> {
    /// How an item is aligned by its baselines; `made` is told the edge to stand at.
    pub(super) fn sharing(
        &self,
        container: BoxId,
        item: BoxId,
        axes: [AlignedBy; 2],
        made: &mut Style,
    ) -> Sharing {
        let mut found = [None; 2];
        let wrap = self.tree.get(container).style.get_position().flex_wrap;
        let made_reverse = wrap.contains(FlexWrap::WRAP_REVERSE);
        if self.style(item).out_of_flow() {
            return found;
        }
        for axis in [X, Y] {
            let Some(last) = self.asks_baseline(container, item, axes[axis]) else {
                continue;
            };
            let style = self.style(item);
            let sides = if axis == X { [3, 1] } else { [0, 2] };
            if sides.iter().any(|side| style.margin[*side].is_none()) {
                continue;
            }
            let turned = made_reverse && axes[X] != AlignedBy::Justify;
            let edge = match self.flows_up(container, item, axis) != (last != turned) {
                true => Edge::Low,
                false => Edge::High,
            };
            let starts_high = axis == X && self.style(container).rtl;
            let keyword = match (edge == Edge::High) != starts_high {
                true => AlignItemsKeyword::End,
                false => AlignItemsKeyword::Start,
            };
            let align = Some(AlignItems {
                keyword,
                safety: AlignmentSafety::Default,
            });
            match axes[axis] {
                AlignedBy::Justify => made.justify_self = align,
                _ => made.align_self = align,
            }
            found[axis] = Some(Share { edge, last });
        }
        found
    }

    /// Whether an item asks for its last baseline; `None` if for none.
    fn asks_baseline(&self, container: BoxId, item: BoxId, by: AlignedBy) -> Option<bool> {
        let own = self.tree.get(item).style.get_position();
        let around = self.tree.get(container).style.get_position();
        let (own, around) = match by {
            AlignedBy::Nothing => return None,
            AlignedBy::Align => (own.align_self.0, around.align_items.0),
            AlignedBy::Justify => (own.justify_self.0, around.justify_items.computed.0.0),
        };
        let flags = match own.value() {
            AlignFlags::AUTO => around.value(),
            own => own,
        };
        match flags {
            AlignFlags::BASELINE => Some(false),
            AlignFlags::LAST_BASELINE => Some(true),
            _ => None,
        }
    }

    /// Whether blocks of the writing mode that an item's baselines are taken in run with the axis and not against it
    /// (CSS Box Alignment 3 section 9.1).
    fn flows_up(&self, container: BoxId, item: BoxId, axis: usize) -> bool {
        let (around, own) = (
            self.known.modes.inner(container),
            self.known.modes.inner(item),
        );
        match (axis, around.crosses(own)) {
            (Y, false) => around == own,
            (X, true) => own != WritingMode::VerticalRl,
            _ => true,
        }
    }

    /// An item's first or last baseline from its low edge, made from its border box if it has none
    /// (CSS Box Alignment 3 section 9.1).
    fn item_baseline(
        &self,
        container: BoxId,
        item: BoxId,
        laid: &Fragment,
        axis: usize,
        last: bool,
    ) -> LayoutUnit {
        let length = along(laid.size, axis);
        let own = match (axis, last) {
            (X, last) => laid.across[usize::from(last)],
            (_, false) => laid.first_baseline,
            (_, true) => laid.last_baseline.or(laid.first_baseline),
        };
        match own {
            // What scrolls is taken as if at its beginning, but within its box.
            Some(own) if self.style(item).scrolls => own.min(length).at_least_zero(),
            Some(own) => own,
            None => self.synthesized_baseline(container, length, axis),
        }
    }

    /// CSS Inline 3 appendix A.3: the edge under the text, or the middle.
    fn synthesized_baseline(
        &self,
        container: BoxId,
        length: LayoutUnit,
        axis: usize,
    ) -> LayoutUnit {
        let mode = self.known.modes.inner(container);
        if self.style(container).central {
            return length.half();
        }
        match (mode, axis) {
            (WritingMode::Horizontal, Y) | (WritingMode::VerticalRl, Y) => length,
            (WritingMode::Horizontal, _) | (WritingMode::VerticalLr, Y) => LayoutUnit::ZERO,
            _ => length,
        }
    }
}

fn along(size: Size, axis: usize) -> LayoutUnit {
    if axis == X { size.width } else { size.height }
}

/// Items that are aligned together, of the first pass.
struct Group {
    members: Vec<(usize, LayoutUnit)>,
}

/// By the edge that they stand at and the track or line.
type Groups = BTreeMap<(Edge, u32), Group>;

impl Container<'_, '_> {
    /// Moves the items that share baselines; whether one has to move.
    pub(super) fn share_baselines(&mut self, around: ItemsAround) -> bool {
        let mut moved = false;
        for axis in [X, Y] {
            if self.sharing.iter().all(|sharing| sharing[axis].is_none()) {
                continue;
            }
            let (groups, cyclic) = self.groups(axis, around);
            for node in cyclic {
                self.fall_back(node, axis);
                moved = true;
            }
            for ((edge, _), group) in groups {
                let reach = group.members.iter().map(|(_, own)| *own);
                let most = reach.max().unwrap_or_default();
                for (node, own) in group.members {
                    if own != most {
                        if axis == X && self.grid {
                            self.keep_width(node, around);
                        }
                        self.lengthen(node, axis, edge, most - own, around);
                        moved = true;
                    }
                }
            }
        }
        moved
    }

    /// The groups along an axis: each member with its reach from its margin edge to its baseline.
    /// Also what takes no part as its size depends on its own.
    fn groups(&mut self, axis: usize, around: ItemsAround) -> (Groups, Vec<usize>) {
        let tracks = self.tracks_of_items(axis, around);
        let intrinsic = self.intrinsic_tracks(axis);
        let (mut found, mut cyclic) = (Groups::new(), Vec::new());
        for (node, track) in tracks.into_iter().enumerate().skip(1) {
            let (Some(share), Some(track)) = (self.sharing[node][axis], track) else {
                continue;
            };
            if self.is_cyclic(node, axis, &intrinsic, track) {
                cyclic.push(node);
                continue;
            }
            let laid = self.laid(node, around);
            let item = self.items[node - 1];
            let own = self
                .engine
                .item_baseline(self.id, item, &laid, axis, share.last);
            let margin = self.margin(node, axis, share.edge, around);
            let (key, reach) = match share.edge {
                Edge::Low => (track.0, margin + own),
                Edge::High => (track.1, margin + along(laid.size, axis) - own),
            };
            let group = found.entry((share.edge, key));
            let group = group.or_insert_with(|| Group {
                members: Vec::new(),
            });
            group.members.push((node, reach));
        }
        (found, cyclic)
    }

    /// The alignment of what takes no part (CSS Box Alignment 3 section 4.2).
    fn fall_back(&mut self, node: usize, axis: usize) {
        let Some(share) = self.sharing[node][axis].take() else {
            return;
        };
        let align = Some(AlignItems {
            keyword: match share.last {
                true => AlignItemsKeyword::End,
                false => AlignItemsKeyword::Start,
            },
            safety: AlignmentSafety::Safe,
        });
        match axis {
            X => self.styles[node].justify_self = align,
            _ => self.styles[node].align_self = align,
        }
    }

    /// What is moved along the inline axis fits the room that it had before.
    fn keep_width(&mut self, node: usize, around: ItemsAround) {
        let style = self.engine.style(self.items[node - 1]);
        if !style.size[X].is_auto() {
            return;
        }
        let edges = match style.border_box {
            true => LayoutUnit::ZERO,
            false => {
                let padding = style.padding(self.basis(node, around));
                style.border.horizontal() + padding.horizontal()
            }
        };
        let width = (self.placed[node].1.width - edges).at_least_zero();
        self.styles[node].size.width = taffy::Dimension::length(width.to_px());
    }

    /// Whether an item's size depends on tracks whose size depends on the item (CSS Grid 2 section 11.5).
    fn is_cyclic(&self, node: usize, axis: usize, intrinsic: &[bool], track: (u32, u32)) -> bool {
        let style = self.engine.style(self.items[node - 1]);
        let (low, high) = (track.0.min(track.1), track.0.max(track.1));
        let mut spanned = (low..high).filter_map(|line| intrinsic.get(line as usize - 1));
        percentage(&style.size[axis]) && spanned.any(|is| *is)
    }

    /// Which tracks along an axis are sized by their content; flexible ones are where the container is not definite.
    fn intrinsic_tracks(&self, axis: usize) -> Vec<bool> {
        let (true, Some(info)) = (self.grid, &self.lines) else {
            return Vec::new();
        };
        let style = &self.styles[0];
        let (template, auto, info) = match axis {
            X => (
                &style.grid_template_columns,
                &style.grid_auto_columns,
                &info.columns,
            ),
            _ => (&style.grid_template_rows, &style.grid_auto_rows, &info.rows),
        };
        let definite = self.definite[axis];
        let of = |track: &taffy::TrackSizingFunction| {
            let loose =
                track.max.is_fr() || track.max.uses_percentage() || track.min.uses_percentage();
            track.min.is_intrinsic() && !track.max.is_fr()
                || track.max.is_intrinsic()
                || loose && !definite
        };
        let explicit = usize::from(info.explicit_tracks);
        let fixed = template.iter().map(|part| match part {
            taffy::GridTemplateComponent::Single(_) => 1,
            taffy::GridTemplateComponent::Repeat(part) => match part.count {
                taffy::RepetitionCount::Count(n) => usize::from(n) * part.tracks.len(),
                _ => 0,
            },
        });
        let rest = explicit.saturating_sub(fixed.sum());
        let mut named: Vec<bool> = Vec::with_capacity(explicit);
        for part in template {
            match part {
                taffy::GridTemplateComponent::Single(track) => named.push(of(track)),
                taffy::GridTemplateComponent::Repeat(part) => {
                    let count = match part.count {
                        taffy::RepetitionCount::Count(n) => usize::from(n) * part.tracks.len(),
                        _ => rest,
                    };
                    named.extend(part.tracks.iter().cycle().take(count).map(of));
                }
            }
        }
        let auto: Vec<bool> = match auto.is_empty() {
            true => vec![true],
            false => auto.iter().map(of).collect(),
        };
        named.truncate(explicit);
        named.resize(explicit, auto[0]);
        let before = usize::from(info.negative_implicit_tracks);
        let mut all: Vec<bool> = auto.iter().rev().cycle().take(before).copied().collect();
        all.reverse();
        all.extend(named);
        let after = usize::from(info.positive_implicit_tracks);
        all.extend(auto.iter().cycle().take(after));
        all
    }

    /// An item at its size of the last pass.
    fn laid(&mut self, node: usize, around: ItemsAround) -> Rc<Fragment> {
        let space = final_space(around, self.placed[node].1, self.last[node].as_ref());
        self.engine.lay_out(self.items[node - 1], &space)
    }

    fn basis(&self, node: usize, around: ItemsAround) -> LayoutUnit {
        let area = self.last[node].as_ref().and_then(|l| l.parent_size.width);
        around.map_or_else(|| area.map_or(LayoutUnit::ZERO, px), |(width, _)| width)
    }

    pub(super) fn margin(
        &self,
        node: usize,
        axis: usize,
        edge: Edge,
        around: ItemsAround,
    ) -> LayoutUnit {
        let style: &LayoutStyle = self.engine.style(self.items[node - 1]);
        let margin = style.margin(self.basis(node, around));
        match (axis, edge) {
            (X, Edge::Low) => margin.left,
            (X, Edge::High) => margin.right,
            (_, Edge::Low) => margin.top,
            (_, Edge::High) => margin.bottom,
        }
    }

    fn lengthen(
        &mut self,
        node: usize,
        axis: usize,
        edge: Edge,
        by: LayoutUnit,
        around: ItemsAround,
    ) {
        let length = self.margin(node, axis, edge, around) + by;
        let length = taffy::LengthPercentageAuto::length(length.to_px());
        let margin = &mut self.styles[node].margin;
        match (axis, edge) {
            (X, Edge::Low) => margin.left = length,
            (X, Edge::High) => margin.right = length,
            (_, Edge::Low) => margin.top = length,
            (_, Edge::High) => margin.bottom = length,
        }
    }

    /// The lowest and the highest track of each node along an axis, or its flex line; `None` for what is not in flow.
    fn tracks_of_items(&self, axis: usize, around: ItemsAround) -> Vec<Option<(u32, u32)>> {
        if !self.grid {
            return self.flex_lines(around);
        }
        let mut tracks = vec![None; self.styles.len()];
        let Some(info) = &self.lines else {
            return tracks;
        };
        let rtl = self.engine.style(self.id).rtl;
        let mut places = info.items.iter();
        for (node, item) in self.items.iter().enumerate() {
            if self.engine.style(*item).out_of_flow() {
                continue;
            }
            let Some(place) = places.next() else { break };
            tracks[node + 1] = Some(match (axis, rtl) {
                (X, false) => (place.column_start.into(), place.column_end.into()),
                (X, true) => (place.column_end.into(), place.column_start.into()),
                _ => (place.row_start.into(), place.row_end.into()),
            });
        }
        tracks
    }

    /// The number of each node's flex line: a line begins where an item does not stand behind the one before.
    pub(super) fn flex_lines(&self, around: ItemsAround) -> Vec<Option<(u32, u32)>> {
        use taffy::FlexDirection;
        let direction = self.styles[0].flex_direction;
        let axis = match direction {
            FlexDirection::Row | FlexDirection::RowReverse => X,
            _ => Y,
        };
        let reversed = matches!(
            direction,
            FlexDirection::RowReverse | FlexDirection::ColumnReverse
        );
        let backwards = reversed != (axis == X && self.engine.style(self.id).rtl);
        let wraps = self.styles[0].flex_wrap != taffy::FlexWrap::NoWrap;
        let mut lines = vec![None; self.styles.len()];
        let (mut line, mut end) = (0, None::<LayoutUnit>);
        for (node, number) in lines.iter_mut().enumerate().skip(1) {
            if self.engine.style(self.items[node - 1]).out_of_flow() {
                continue;
            }
            let (at, size) = self.placed[node];
            let at = if axis == X { at.x } else { at.y };
            let low = at - self.margin(node, axis, Edge::Low, around);
            let high = at + along(size, axis) + self.margin(node, axis, Edge::High, around);
            let (from, to) = match backwards {
                true => (-high, -low),
                false => (low, high),
            };
            if wraps && end.is_some_and(|end| from + LayoutUnit(ROUNDED) < end) {
                line += 1;
            }
            end = Some(to);
            *number = Some((line, line));
        }
        lines
    }

    /// The container's first and last baseline below its border box's top.
    pub(super) fn own_baselines(&mut self, around: ItemsAround) -> [Option<LayoutUnit>; 2] {
        let tracks = self.tracks_of_items(Y, around);
        let reversed = self.styles[0].flex_wrap == taffy::FlexWrap::WrapReverse && !self.grid;
        let low = |track: &(u32, u32)| {
            if reversed {
                u32::MAX - track.0
            } else {
                track.0
            }
        };
        let high = |track: &(u32, u32)| {
            if reversed {
                u32::MAX - track.1
            } else {
                track.1
            }
        };
        let Some(first) = tracks.iter().flatten().map(low).min() else {
            return [None; 2];
        };
        let last = tracks.iter().flatten().map(high).max().unwrap_or(first);
        use taffy::FlexDirection as Direction;
        let direction = self.styles[0].flex_direction;
        let backwards = matches!(direction, Direction::RowReverse | Direction::ColumnReverse);
        let beginning: Vec<usize> = self.where_track(&tracks, |t| low(t) == first);
        let ending: Vec<usize> = self.where_track(&tracks, |t| high(t) == last);
        let shares = |node: &&usize, edge| {
            self.sharing[**node][Y].is_some_and(|share: Share| share.edge == edge)
        };
        let pick = |nodes: &[usize], edges: [Edge; 2], rest: Option<usize>| {
            let shared = edges
                .iter()
                .find_map(|edge| nodes.iter().find(|node| shares(node, *edge)).copied());
            shared.or(rest)
        };
        let (startmost, endmost) = match backwards && !self.grid {
            true => (beginning.last().copied(), ending.first().copied()),
            false => (beginning.first().copied(), ending.last().copied()),
        };
        let chosen = [
            pick(&beginning, [Edge::Low, Edge::High], startmost),
            pick(&ending, [Edge::High, Edge::Low], endmost),
        ];
        let mut found = [None; 2];
        for (number, node) in chosen.into_iter().enumerate() {
            let Some(node) = node else { continue };
            let last = self.sharing[node][Y].map_or(number == 1, |share| share.last);
            let laid = self.laid(node, around);
            let item = self.items[node - 1];
            let own = self.engine.item_baseline(self.id, item, &laid, Y, last);
            found[number] = Some(self.placed[node].0.y + own);
        }
        found
    }

    /// The nodes at a track, in the order of the columns or of the line.
    fn where_track(
        &self,
        tracks: &[Option<(u32, u32)>],
        at: impl Fn(&(u32, u32)) -> bool,
    ) -> Vec<usize> {
        let here = tracks.iter().enumerate();
        let here = here.filter(|(_, track)| track.as_ref().is_some_and(&at));
        let mut nodes: Vec<usize> = here.map(|(node, _)| node).collect();
        if self.grid {
            let columns = self.tracks_of_items(X, None);
            let rtl = self.engine.style(self.id).rtl;
            nodes.sort_by_key(|node| columns[*node].map_or(0, |c| if rtl { c.1 } else { c.0 }));
        }
        nodes
    }
}

/// How far places may be off by rounding, 1/64 px.
const ROUNDED: i32 = 2;
