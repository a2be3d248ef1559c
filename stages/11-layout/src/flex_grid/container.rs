//! One container and its items, as taffy sees them.

use super::{
    absolute::{self, GridLines},
    baseline::{self, Sharing},
    convert::{self, Around, Calcs, Sort},
    subgrid::Lines,
    subgrid_items::Adopted,
};
use crate::{
    engine::{Engine, Space},
    fragment::{Child, Fragment},
    intrinsic::MinMax,
    style::{LayoutStyle, Length, Position, Sizing},
    unit::{Edges, LayoutUnit, Point, Size},
    writing_mode::WritingMode,
};
use std::rc::Rc;
use taffy::{
    AvailableSpace, Baselines, DetailedGridInfo, LayoutInput, LayoutOutput, NodeId, RequestedAxis,
    RunMode, SizingMode,
};
use thru_render_tree::{BoxId, BoxKind};

pub(super) type Style = taffy::Style<String>;

/// The container is node 0, item `n` is node `n + 1`.
pub(super) struct Container<'e, 'a> {
    pub(super) engine: &'e mut Engine<'a>,
    /// The container.
    pub(super) id: BoxId,
    pub(super) grid: bool,
    /// Whether the container's width and height do not depend on its content.
    pub(super) definite: [bool; 2],
    /// Children in the order of `order`, also those out of flow.
    pub(super) items: Vec<BoxId>,
    /// How each node is aligned by baselines.
    pub(super) sharing: Vec<Sharing>,
    pub(super) styles: Vec<Style>,
    pub(super) calcs: Calcs,
    pub(super) placed: Vec<(Point, Size)>,
    pub(super) measured: Vec<Vec<(LayoutInput, LayoutOutput)>>,
    /// How each item was laid out last.
    pub(super) last: Vec<Option<LayoutInput>>,
    pub(super) lines: Option<DetailedGridInfo<String>>,
    /// The gaps between columns and between rows.
    pub(super) gaps: [LayoutUnit; 2],
    /// Nothing is measured: only places are found.
    pub(super) dry: bool,
    /// The subgrids in it know their tracks.
    pub(super) handed: bool,
    /// The lines of each item in flow, where there are subgrids.
    pub(super) places: Vec<(BoxId, [Lines; 2])>,
    /// Items of subgrids; their nodes come after those of `items`.
    pub(super) adopted: Vec<Adopted>,
}

pub(super) fn px(value: f32) -> LayoutUnit {
    LayoutUnit::round_px(value)
}

impl Engine<'_> {
    /// `inner` is the content box's size as far as it is definite.
    pub(super) fn with_container<T>(
        &mut self,
        id: BoxId,
        inner: [Option<LayoutUnit>; 2],
        run: impl FnOnce(&mut Container, bool) -> T,
    ) -> T {
        let grid = matches!(self.kind(id), BoxKind::Grid);
        let tree = self.tree;
        let mut items = tree.get(id).children.clone();
        items.sort_by_key(|item| tree.get(*item).style.get_position().order);
        let mut calcs = Calcs::default();
        let own = self.style(id).clone();
        let made = convert::container(&own, &tree.get(id).style, grid, &mut calcs);
        let mut styles = vec![made];
        let mut sharing = vec![Sharing::default()];
        let axes = baseline::axes(grid, &tree.get(id).style);
        for item in &items {
            let mut made = self.item_style(id, *item, inner[0], &mut calcs);
            sharing.push(self.sharing(id, *item, axes, &mut made));
            styles.push(made);
        }
        let count = styles.len();
        let mut container = Container {
            engine: self,
            id,
            grid,
            definite: [false, inner[1].is_some()],
            items,
            sharing,
            styles,
            calcs,
            placed: vec![Default::default(); count],
            measured: vec![Vec::new(); count],
            last: vec![None; count],
            lines: None,
            gaps: [LayoutUnit::ZERO; 2],
            dry: false,
            handed: false,
            places: Vec::new(),
            adopted: Vec::new(),
        };
        container.take_over(inner);
        run(&mut container, grid)
    }

    /// An item as taffy sees it.
    fn item_style(
        &mut self,
        id: BoxId,
        item: BoxId,
        inner: Option<LayoutUnit>,
        calcs: &mut Calcs,
    ) -> Style {
        let style = self.style(item).clone();
        let grid = matches!(self.kind(id), BoxKind::Grid);
        let kind = self.kind(item);
        let sort = Sort {
            replaced: matches!(kind, BoxKind::Replaced(_)),
            control: matches!(kind, BoxKind::Control(_)),
            table: matches!(kind, BoxKind::Table),
        };
        let values = &self.tree.get(item).style;
        // Flex items that are replaced keep their ratio themselves, with what it transfers of their bounds.
        let ratio = match sort.replaced && !grid {
            true => None,
            false => self.used_ratio(item),
        };
        let around = Around {
            rtl: self.style(id).rtl,
            own: self.begins_at_end_of(id, item),
        };
        let mut made = convert::item(&style, values, sort, ratio, around, calcs);
        self.keyword_bounds(item, &style, inner, &mut made);
        if grid {
            self.span_by_names(item, &mut made);
        }
        made
    }

    /// Whether an item's `self-start` is the container's `end`: along its inline axis, along its block axis.
    fn begins_at_end_of(&self, id: BoxId, item: BoxId) -> [bool; 2] {
        let mode = self.known.modes.inner(id);
        let outer = mode.begins_at_end(self.style(id).rtl);
        let values = &self.tree.get(item).style;
        let own = WritingMode::of(values).begins_at_end(self.style(item).rtl);
        let mut differ = [outer[0] != own[0], outer[1] != own[1]];
        if mode.is_vertical() {
            differ.swap(0, 1);
        }
        differ
    }

    /// `min-width` and `max-width` that ask for the content: taffy knows lengths only.
    /// GAP: the same of `min-height` and `max-height` count as `auto`.
    fn keyword_bounds(
        &mut self,
        id: BoxId,
        style: &LayoutStyle,
        inner: Option<LayoutUnit>,
        made: &mut Style,
    ) {
        let basis = inner.unwrap_or_default();
        let edges = if style.border_box {
            LayoutUnit::ZERO
        } else {
            style.border.horizontal() + style.padding(basis).horizontal()
        };
        let mut width = |sizing: &Sizing| {
            let own = |engine: &mut Self| engine.intrinsic(id);
            let room = inner.map(|w| (w - style.margin(w).horizontal()).at_least_zero());
            let outer = match sizing {
                Sizing::MinContent => own(self).min,
                Sizing::MaxContent => own(self).max,
                Sizing::FitContent(None) => own(self).fit(room?),
                Sizing::FitContent(Some(limit)) => own(self).fit(limit.maybe(inner)?),
                Sizing::Stretch => room?,
                _ => return None,
            };
            let length = (outer - edges).at_least_zero().to_px();
            Some(taffy::LengthPercentageAuto::length(length))
        };
        if let Some(min) = width(&style.min[0]) {
            made.min_size.width = min;
        }
        if let Some(max) = width(&style.max[0]) {
            made.max_size.width = max;
        }
    }

    pub(crate) fn flex_or_grid(&mut self, id: BoxId, space: &Space) -> Fragment {
        let width = self.used_width(id, space);
        let definite = self.definite_height(id, space);
        let style = self.style(id).clone();
        let padding = style.padding(space.width);
        let edges = style.border + padding;
        let inner = (width - edges.horizontal()).at_least_zero();
        let inner_height = self
            .percentage_height(id, width, space)
            .map(|h| (h - edges.vertical()).at_least_zero());
        let bounds = [
            self.used_height(id, LayoutUnit(i32::MIN / 4), width, space),
            self.bound_height(id, LayoutUnit::MAX, space),
        ];
        let input = LayoutInput {
            run_mode: RunMode::PerformLayout,
            sizing_mode: SizingMode::InherentSize,
            axis: RequestedAxis::Both,
            known_dimensions: taffy::Size {
                width: Some(width.to_px()),
                height: definite.map(LayoutUnit::to_px),
            },
            known_dimensions_are_definite: taffy::Size {
                width: true,
                height: !space.loose_height,
            },
            parent_size: taffy::Size {
                width: Some(space.width.to_px()),
                height: space.height.map(LayoutUnit::to_px),
            },
            available_space: taffy::Size {
                width: AvailableSpace::Definite(width.to_px()),
                height: definite.map_or(AvailableSpace::MaxContent, |h| {
                    AvailableSpace::Definite(h.to_px())
                }),
            },
            vertical_margins_are_collapsible: taffy::Line::FALSE,
        };
        let fills = !space.shrink || !style.size[0].is_auto();
        let flex = !matches!(self.kind(id), BoxKind::Grid);
        let around = flex.then_some((inner, inner_height));
        let run = |container: &mut Container, grid| {
            container.definite[0] = fills;
            container.bounds(bounds);
            container.own_edges(&style.border, &padding);
            container.adopt(input);
            let mut output = container.sized(grid, input);
            if container.collapse_items(around) {
                output = container.sized(grid, input);
            }
            if container.share_baselines(around) {
                output = container.sized(grid, input);
            }
            let baselines = container.own_baselines(around);
            let found = Found {
                baselines,
                items: std::mem::take(&mut container.items),
                placed: std::mem::take(&mut container.placed),
                last: std::mem::take(&mut container.last),
                lines: container.lines.take(),
            };
            (output, found)
        };
        let (output, found) = self.with_container(id, [Some(inner), inner_height], run);
        let content = match style.contains_size[1] {
            true => style.contained_size[1],
            false => (px(output.size.height) - edges.vertical()).at_least_zero(),
        };
        let height = self.used_height(id, content, width, space);
        let mut fragment = self.boxed(id, Size::new(width, height), space);
        [fragment.first_baseline, fragment.last_baseline] = found.baselines;
        self.take_places(&output, &found, around, &mut fragment);
        if style.position != Position::Static || style.contains_all {
            let rtl = style.rtl;
            fragment.grid = found.lines.map(|info| Rc::new(GridLines { info, rtl }));
        }
        fragment
    }

    /// Lays every item out as taffy decided. `around` is the containing block of the items; `None` is
    /// the grid area of each.
    fn take_places(
        &mut self,
        output: &LayoutOutput,
        found: &Found,
        around: ItemsAround,
        fragment: &mut Fragment,
    ) {
        for (number, item) in found.items.iter().enumerate() {
            let node = number + 1;
            if self.style(*item).out_of_flow() {
                let of = NodeId::from(node);
                let candidate = output.oof_candidates.iter().find(|c| c.node == of);
                let child = candidate.map(|c| absolute::placeholder(*item, c));
                fragment.children.extend(child);
                continue;
            }
            let (at, size) = found.placed[node];
            let space = final_space(around, size, found.last[node].as_ref());
            let laid = self.lay_out(*item, &space);
            fragment.children.push(Child { at, fragment: laid });
        }
    }

    pub(crate) fn flex_or_grid_intrinsic(&mut self, id: BoxId) -> MinMax {
        let style = self.style(id).clone();
        let padding = style.padding(LayoutUnit::ZERO);
        let height = match &style.size[1] {
            Sizing::Length(Length::Px(_)) => self.definite_height(id, &Space::default()),
            _ => None,
        };
        let inner = height.map(|h| h - style.border.vertical() - padding.vertical());
        self.with_container(id, [None, inner], |container, grid| {
            container.own_edges(&style.border, &padding);
            container.width_bounds(&style);
            container.adopt(intrinsic_input(AvailableSpace::MaxContent, height));
            if container.sharing.iter().any(|sharing| sharing[0].is_some()) {
                container.share_widths(height);
            }
            let mut width = |available| {
                let input = intrinsic_input(available, height);
                LayoutUnit::ceil_px(container.compute(grid, input).size.width - 0.001)
            };
            let max = width(AvailableSpace::MaxContent);
            let min = width(AvailableSpace::MinContent).min(max);
            MinMax { min, max }
        })
    }
}

/// Asks for a width by the content.
fn intrinsic_input(available: AvailableSpace, height: Option<LayoutUnit>) -> LayoutInput {
    LayoutInput {
        run_mode: RunMode::ComputeSize,
        sizing_mode: SizingMode::InherentSize,
        axis: RequestedAxis::Horizontal,
        known_dimensions: taffy::Size {
            width: None,
            height: height.map(LayoutUnit::to_px),
        },
        known_dimensions_are_definite: taffy::Size {
            width: true,
            height: true,
        },
        parent_size: taffy::Size::NONE,
        available_space: taffy::Size {
            width: available,
            height: AvailableSpace::MaxContent,
        },
        vertical_margins_are_collapsible: taffy::Line::FALSE,
    }
}

/// The containing block of flex items; `None` is the grid area of each.
pub(super) type ItemsAround = Option<(LayoutUnit, Option<LayoutUnit>)>;

/// The space that an item is laid out in at its final size.
pub(super) fn final_space(around: ItemsAround, size: Size, last: Option<&LayoutInput>) -> Space {
    let (width, height) = around.unwrap_or_else(|| {
        let area = last.map_or(taffy::Size::NONE, |input| input.parent_size);
        (px(area.width.unwrap_or(0.0)), area.height.map(px))
    });
    Space {
        width,
        height,
        fixed_width: Some(size.width),
        fixed_height: Some(size.height),
        loose_height: last.is_some_and(|l| !l.known_dimensions_are_definite.height),
        ..Space::default()
    }
}

/// What taffy found out.
struct Found {
    baselines: [Option<LayoutUnit>; 2],
    items: Vec<BoxId>,
    placed: Vec<(Point, Size)>,
    last: Vec<Option<LayoutInput>>,
    lines: Option<DetailedGridInfo<String>>,
}

impl Container<'_, '_> {
    /// Finds out how baselines move items along the inline axis, before the width is known.
    fn share_widths(&mut self, height: Option<LayoutUnit>) {
        let input = LayoutInput {
            run_mode: RunMode::PerformLayout,
            axis: RequestedAxis::Both,
            ..intrinsic_input(AvailableSpace::MaxContent, height)
        };
        self.compute(self.grid, input);
        let around = (!self.grid).then_some((LayoutUnit::ZERO, None));
        self.share_baselines(around);
    }

    pub(super) fn compute(&mut self, grid: bool, input: LayoutInput) -> LayoutOutput {
        let root = NodeId::from(0u64);
        if grid {
            taffy::compute_grid_layout(self, root, input)
        } else {
            taffy::compute_flexbox_layout(self, root, input)
        }
    }

    /// A layout, and a second one where subgrids have to know their tracks for it.
    fn sized(&mut self, grid: bool, input: LayoutInput) -> LayoutOutput {
        let output = self.compute(grid, input);
        if self.adopted.is_empty() {
            return output;
        }
        self.hand_down();
        let output = self.compute(grid, input);
        self.hand_down();
        output
    }

    /// The style of something in a subgrid.
    pub(super) fn adopted_item_style(&mut self, of: BoxId, item: BoxId) -> Style {
        let mut made = self.engine.item_style(of, item, None, &mut self.calcs);
        let around = &self.engine.tree.get(of).style;
        let [justify, align] = convert::items_alignment(around, self.engine.style(of).rtl);
        made.justify_self = made.justify_self.or(Some(justify));
        made.align_self = made.align_self.or(Some(align));
        made
    }

    /// Gaps, and for a subgrid the lines and tracks that it takes over.
    fn take_over(&mut self, inner: [Option<LayoutUnit>; 2]) {
        if !self.grid {
            return;
        }
        let id = self.id;
        let mut subgridded = self.engine.subgridded(id);
        let taken = self
            .engine
            .known
            .subgrids
            .get(&id)
            .cloned()
            .unwrap_or_default();
        let mut counts = [None; 2];
        for axis in [0, 1] {
            let Some(taken) = taken[axis].as_ref().filter(|_| subgridded[axis]) else {
                subgridded[axis] = false;
                self.gaps[axis] = self.engine.own_gap(id, axis, inner[axis], LayoutUnit::ZERO);
                continue;
            };
            let gap = self
                .engine
                .own_gap(id, axis, inner[axis], taken.gap_around());
            self.gaps[axis] = gap;
            counts[axis] = Some(taken.count());
            let style = &mut self.styles[0];
            let start = taffy::AlignContent::START;
            let gutter = |length: LayoutUnit| taffy::LengthPercentage::length(length.to_px());
            if axis == 0 {
                let (template, names) = (
                    &mut style.grid_template_columns,
                    &mut style.grid_template_column_names,
                );
                style.gap.width = gutter(taken.write(gap, template, names));
                style.justify_content = start;
            } else {
                let (template, names) = (
                    &mut style.grid_template_rows,
                    &mut style.grid_template_row_names,
                );
                style.gap.height = gutter(taken.write(gap, template, names));
                style.align_content = start;
            }
        }
        if subgridded != [false; 2] {
            let input = self.input_for(inner[0]);
            self.keep_within(counts, input);
        }
    }

    /// Asks for a layout in a content box of this width.
    pub(super) fn input_for(&self, inner: Option<LayoutUnit>) -> LayoutInput {
        let style = self.engine.style(self.id);
        let edges = style.border.horizontal() + style.padding(LayoutUnit::ZERO).horizontal();
        let width = inner.map(|width| (width + edges).to_px());
        LayoutInput {
            run_mode: RunMode::PerformLayout,
            axis: RequestedAxis::Both,
            known_dimensions: taffy::Size {
                width,
                height: None,
            },
            ..intrinsic_input(
                width.map_or(AvailableSpace::MaxContent, AvailableSpace::Definite),
                None,
            )
        }
    }

    /// The container's used edges; percentages of the size around it are gone.
    fn own_edges(&mut self, border: &Edges, padding: &Edges) {
        let rect = |e: &Edges| taffy::Rect {
            left: taffy::LengthPercentage::length(e.left.to_px()),
            right: taffy::LengthPercentage::length(e.right.to_px()),
            top: taffy::LengthPercentage::length(e.top.to_px()),
            bottom: taffy::LengthPercentage::length(e.bottom.to_px()),
        };
        self.styles[0].border = rect(border);
        self.styles[0].padding = rect(padding);
    }

    /// The least and the largest height of the container's border box.
    fn bounds(&mut self, [least, most]: [LayoutUnit; 2]) {
        let length = |u: LayoutUnit| taffy::LengthPercentageAuto::length(u.to_px());
        let style = &mut self.styles[0];
        style.box_sizing = taffy::BoxSizing::BorderBox;
        style.min_size.height = length(least.at_least_zero());
        style.max_size.height = if most < LayoutUnit::MAX {
            length(most)
        } else {
            taffy::LengthPercentageAuto::auto()
        };
    }

    /// The bounds of the width decide how often tracks are repeated (CSS Grid 2 section 7.2.3.2).
    fn width_bounds(&mut self, style: &LayoutStyle) {
        let length = |sizing: &Sizing| match sizing {
            Sizing::Length(Length::Px(px)) => taffy::LengthPercentageAuto::length(px.to_px()),
            _ => taffy::LengthPercentageAuto::auto(),
        };
        self.styles[0].min_size.width = length(&style.min[0]);
        self.styles[0].max_size.width = length(&style.max[0]);
    }

    pub(super) fn measure(&mut self, index: usize, input: &LayoutInput) -> LayoutOutput {
        match self
            .grid
            .then(|| self.measure_adopted(index, input))
            .flatten()
        {
            Some(output) => output,
            None => self.measure_item(self.items[index - 1], input),
        }
    }

    pub(super) fn measure_item(&mut self, id: BoxId, input: &LayoutInput) -> LayoutOutput {
        let style = self.engine.style(id).clone();
        let around = input.parent_size;
        let hanging = around.width.is_none() && percentage(&style.size[0]);
        let mut space = Space {
            width: px(around.width.unwrap_or(0.0)),
            height: around.height.map(px),
            fixed_width: input.known_dimensions.width.map(px),
            fixed_height: input.known_dimensions.height.map(px),
            shrink: true,
            by_content: input.sizing_mode == SizingMode::ContentSize,
            loose_height: !input.known_dimensions_are_definite.height,
            indefinite: around.width.is_none(),
            available: None,
        };
        let sized_by_itself = matches!(
            self.engine.kind(id),
            BoxKind::Replaced(_) | BoxKind::Control(_)
        );
        if sized_by_itself && space.fixed_width.is_none() {
            space.by_content |= hanging;
            space.available = match input.available_space.width {
                AvailableSpace::Definite(width) => Some(px(width)),
                _ => None,
            };
        } else if space.fixed_width.is_none() {
            space.fixed_width = Some(self.width(id, &style, input, &space, hanging));
        }
        if let (RequestedAxis::Horizontal, RunMode::ComputeSize, Some(width)) =
            (input.axis, input.run_mode, space.fixed_width)
        {
            return output(Size::new(width, LayoutUnit::ZERO), None);
        }
        let fragment = self.engine.lay_out(id, &space);
        output(fragment.size, fragment.first_baseline)
    }

    /// The width of an item whose lines cross those of the container: how far they reach in the height at hand.
    fn across(&mut self, id: BoxId, input: &LayoutInput, space: &Space) -> LayoutUnit {
        let height = match (space.fixed_height, input.available_space.height) {
            (Some(height), _) => Some(height),
            // The margins are taken off by taffy, and once more inside.
            (None, AvailableSpace::Definite(height)) => {
                let margin = self.engine.style(id).margin(space.width);
                Some(px(height) + margin.vertical())
            }
            _ => space.height,
        };
        let space = Space {
            width: space.width,
            height,
            fixed_height: space.fixed_height,
            indefinite: space.indefinite,
            shrink: true,
            by_content: true,
            ..Space::default()
        };
        self.engine.lay_out(id, &space).size.width
    }

    fn width(
        &mut self,
        id: BoxId,
        style: &LayoutStyle,
        input: &LayoutInput,
        space: &Space,
        hanging: bool,
    ) -> LayoutUnit {
        let table = matches!(self.engine.kind(id), BoxKind::Table);
        let least = if table {
            self.engine.intrinsic(id).min
        } else {
            LayoutUnit::ZERO
        };
        if !space.by_content && !style.size[0].is_auto() && !hanging {
            return self.engine.used_width(id, space).max(least);
        }
        let known = match space.by_content {
            true => space.fixed_height,
            false => self.engine.definite_height(id, space),
        };
        if self.engine.is_seen_across(id) && (known.is_none() || style.ratio.is_none()) {
            let width = self.across(id, input, space);
            return self.engine.bound_width(id, width, space).max(least);
        }
        let own = self.engine.intrinsic_at(id, space);
        let width = match (
            self.engine.ratio(id, space),
            known,
            input.available_space.width,
        ) {
            (Some(ratio), Some(height), _) => ratio.width(height),
            (_, _, AvailableSpace::MinContent) => own.min,
            (_, _, AvailableSpace::MaxContent) => own.max,
            (_, _, AvailableSpace::Definite(width)) => own.fit(px(width)),
        };
        self.engine.bound_width(id, width, space).max(least)
    }
}

pub(super) fn percentage(sizing: &Sizing) -> bool {
    matches!(sizing, Sizing::Length(Length::Percent(_) | Length::Calc(_)))
}

pub(super) fn output(size: Size, baseline: Option<LayoutUnit>) -> LayoutOutput {
    let size = taffy::Size {
        width: size.width.to_px(),
        height: size.height.to_px(),
    };
    let reach = taffy::Rect {
        left: 0.0,
        right: size.width,
        top: 0.0,
        bottom: size.height,
    };
    LayoutOutput::from_sizes_and_baselines(
        size,
        reach,
        Baselines::from_first(baseline.map(LayoutUnit::to_px)),
    )
}
