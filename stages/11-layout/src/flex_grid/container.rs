//! One container and its items, as taffy sees them.

use super::convert::{self, Basis};
use crate::{
    engine::{Engine, Space},
    fragment::{Child, Fragment, StaticEdge},
    intrinsic::MinMax,
    unit::{LayoutUnit, Point, Size},
};
use std::rc::Rc;
use taffy::{
    AvailableSpace, Baselines, LayoutInput, LayoutOutput, LayoutPartialTree, NodeId, RequestedAxis,
    RunMode, SizingMode, TraversePartialTree,
};
use thru_render_tree::{BoxId, BoxKind};

type Style = taffy::Style<String>;

/// The container is node 0, item `n` is node `n + 1`.
struct Container<'e, 'a> {
    engine: &'e mut Engine<'a>,
    items: Vec<BoxId>,
    styles: Vec<Style>,
    placed: Vec<(Point, Size)>,
    measured: Vec<Vec<(LayoutInput, LayoutOutput)>>,
}

fn px(value: f32) -> LayoutUnit {
    LayoutUnit::round_px(value)
}

impl Engine<'_> {
    fn with_container<T>(
        &mut self,
        id: BoxId,
        basis: Basis,
        run: impl FnOnce(&mut Container, bool) -> T,
    ) -> T {
        let grid = matches!(self.kind(id), BoxKind::Grid);
        let tree = self.tree;
        let mut items: Vec<BoxId> = tree
            .get(id)
            .children
            .iter()
            .copied()
            .filter(|c| !self.style(*c).out_of_flow())
            .collect();
        items.sort_by_key(|item| tree.get(*item).style.get_position().order);
        let mut styles = vec![convert::container(
            self.style(id),
            &tree.get(id).style,
            grid,
            basis,
        )];
        for item in &items {
            let kind = self.kind(*item);
            let replaced = matches!(kind, BoxKind::Replaced(_) | BoxKind::Control(_));
            let table = matches!(kind, BoxKind::Table);
            styles.push(convert::item(
                self.style(*item),
                &tree.get(*item).style,
                replaced,
                table,
                basis,
            ));
        }
        let count = styles.len();
        let mut container = Container {
            engine: self,
            items,
            styles,
            placed: vec![Default::default(); count],
            measured: vec![Vec::new(); count],
        };
        run(&mut container, grid)
    }

    pub(crate) fn flex_or_grid(&mut self, id: BoxId, space: &Space) -> Fragment {
        let width = self.used_width(id, space);
        let definite = self.definite_height(id, space);
        let style = self.style(id).clone();
        let edges = style.border + style.padding(space.width);
        let inner = (width - edges.horizontal()).at_least_zero();
        let inner_height = definite.map(|h| (h - edges.vertical()).at_least_zero());
        let basis = Basis {
            width: Some(inner),
            height: inner_height,
        };
        let own = [
            self.bound_height(id, LayoutUnit::ZERO, space),
            self.bound_height(id, LayoutUnit::MAX, space),
        ];
        let (output, items, placed) = self.with_container(id, basis, |container, grid| {
            container.bounds(own, edges);
            let padding = style.padding(space.width);
            container.own_edges(&style.border, &padding);
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
                    height: true,
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
            let output = container.compute(grid, input);
            (
                output,
                std::mem::take(&mut container.items),
                std::mem::take(&mut container.placed),
            )
        });
        let content = px(output.size.height) - edges.vertical();
        let height = self.used_height(id, content.at_least_zero(), width, space);
        let mut fragment = self.boxed(id, Size::new(width, height), space);
        for (item, (at, size)) in items.iter().zip(placed.iter().skip(1)) {
            let space = Space {
                width: inner,
                height: inner_height,
                fixed_width: Some(size.width),
                fixed_height: Some(size.height),
                ..Space::default()
            };
            let laid = self.lay_out(*item, &space);
            if fragment.first_baseline.is_none() {
                fragment.first_baseline = laid.first_baseline.map(|b| at.y + b);
            }
            fragment.children.push(Child {
                at: *at,
                fragment: laid,
            });
        }
        fragment.last_baseline = fragment.first_baseline;
        self.out_of_flow_items(id, &mut fragment, edges);
        fragment
    }

    /// DEVIATION: the static position is the content box's corner; alignment is not asked.
    fn out_of_flow_items(&mut self, id: BoxId, fragment: &mut Fragment, edges: crate::unit::Edges) {
        let tree = self.tree;
        for child in tree.get(id).children.iter().copied() {
            if self.style(child).out_of_flow() {
                let placeholder = Fragment::placeholder(child, [StaticEdge::Start; 2]);
                let at = Point::new(edges.left, edges.top);
                fragment.children.push(Child {
                    at,
                    fragment: Rc::new(placeholder),
                });
            }
        }
    }

    pub(crate) fn flex_or_grid_intrinsic(&mut self, id: BoxId) -> MinMax {
        let basis = Basis {
            width: None,
            height: None,
        };
        let style = self.style(id).clone();
        self.with_container(id, basis, |container, grid| {
            container.own_edges(&style.border, &style.padding(LayoutUnit::ZERO));
            let mut width = |available| {
                let input = LayoutInput {
                    run_mode: RunMode::ComputeSize,
                    sizing_mode: SizingMode::InherentSize,
                    axis: RequestedAxis::Horizontal,
                    known_dimensions: taffy::Size::NONE,
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
                };
                LayoutUnit::ceil_px(container.compute(grid, input).size.width - 0.001)
            };
            let max = width(AvailableSpace::MaxContent);
            let min = width(AvailableSpace::MinContent).min(max);
            MinMax { min, max }
        })
    }
}

impl Container<'_, '_> {
    fn compute(&mut self, grid: bool, input: LayoutInput) -> LayoutOutput {
        let root = NodeId::from(0u64);
        if grid {
            taffy::compute_grid_layout(self, root, input)
        } else {
            taffy::compute_flexbox_layout(self, root, input)
        }
    }

    /// The container's used edges; percentages of the size around it are gone.
    fn own_edges(&mut self, border: &crate::unit::Edges, padding: &crate::unit::Edges) {
        let rect = |e: &crate::unit::Edges| taffy::Rect {
            left: taffy::LengthPercentage::length(e.left.to_px()),
            right: taffy::LengthPercentage::length(e.right.to_px()),
            top: taffy::LengthPercentage::length(e.top.to_px()),
            bottom: taffy::LengthPercentage::length(e.bottom.to_px()),
        };
        self.styles[0].border = rect(border);
        self.styles[0].padding = rect(padding);
    }

    /// The container's `min-height` and `max-height` as border-box px.
    fn bounds(&mut self, own: [LayoutUnit; 2], _edges: crate::unit::Edges) {
        let length = |u: LayoutUnit| taffy::LengthPercentageAuto::length(u.to_px());
        let style = &mut self.styles[0];
        style.box_sizing = taffy::BoxSizing::BorderBox;
        style.min_size.height = length(own[0]);
        style.max_size.height = if own[1] < LayoutUnit::MAX {
            length(own[1])
        } else {
            taffy::LengthPercentageAuto::auto()
        };
    }

    fn measure(&mut self, index: usize, input: &LayoutInput) -> LayoutOutput {
        let id = self.items[index - 1];
        let style = self.engine.style(id).clone();
        let around = input.parent_size;
        let mut space = Space {
            width: px(around.width.unwrap_or(0.0)),
            height: around.height.map(px),
            fixed_width: input.known_dimensions.width.map(px),
            fixed_height: input.known_dimensions.height.map(px),
            shrink: true,
            ..Space::default()
        };
        let sized_by_itself = matches!(
            self.engine.kind(id),
            BoxKind::Replaced(_) | BoxKind::Control(_)
        );
        if space.fixed_width.is_none() && !sized_by_itself {
            space.fixed_width = Some(self.width(id, &style, input, &space));
        }
        if sized_by_itself && space.fixed_width.is_none() {
            space.available = match input.available_space.width {
                AvailableSpace::Definite(width) => Some(px(width)),
                _ => None,
            };
        }
        if let (RequestedAxis::Horizontal, RunMode::ComputeSize, Some(width)) =
            (input.axis, input.run_mode, space.fixed_width)
        {
            return output(Size::new(width, LayoutUnit::ZERO), None);
        }
        let fragment = self.engine.lay_out(id, &space);
        output(fragment.size, fragment.first_baseline)
    }

    fn width(
        &mut self,
        id: BoxId,
        style: &crate::style::LayoutStyle,
        input: &LayoutInput,
        space: &Space,
    ) -> LayoutUnit {
        if input.sizing_mode == SizingMode::InherentSize
            && !style.size[0].is_auto()
            && (input.parent_size.width.is_some() || !percentage(style))
        {
            return self.engine.used_width(id, space);
        }
        if let (Some(ratio), Some(height)) = (style.ratio, space.fixed_height) {
            return height.scaled(ratio);
        }
        let own = self.engine.intrinsic(id);
        let margin = style.margin(space.width).horizontal();
        match input.available_space.width {
            AvailableSpace::MinContent => own.min,
            AvailableSpace::MaxContent => own.max,
            AvailableSpace::Definite(width) => own.fit(px(width) - margin),
        }
    }
}

fn percentage(style: &crate::style::LayoutStyle) -> bool {
    use crate::style::{Length, Sizing};
    matches!(
        style.size[0],
        Sizing::Length(Length::Percent(_) | Length::Calc(_))
    )
}

fn output(size: Size, baseline: Option<LayoutUnit>) -> LayoutOutput {
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

impl TraversePartialTree for Container<'_, '_> {
    type ChildIter<'i>
        = std::iter::Map<std::ops::Range<u64>, fn(u64) -> NodeId>
    where
        Self: 'i;

    fn child_ids(&self, parent: NodeId) -> Self::ChildIter<'_> {
        let count = self.child_count(parent) as u64;
        (1..count + 1).map(NodeId::from as fn(u64) -> NodeId)
    }

    fn child_count(&self, parent: NodeId) -> usize {
        if usize::from(parent) == 0 {
            self.styles.len() - 1
        } else {
            0
        }
    }

    fn get_child_id(&self, _parent: NodeId, index: usize) -> NodeId {
        NodeId::from(index + 1)
    }
}

/// Measurements kept for one item.
const MAX_MEASURED: usize = 12;

impl LayoutPartialTree for Container<'_, '_> {
    type CoreContainerStyle<'i>
        = &'i Style
    where
        Self: 'i;
    type CustomIdent = String;

    fn get_core_container_style(&self, node: NodeId) -> &Style {
        &self.styles[usize::from(node)]
    }

    fn set_unrounded_layout(&mut self, node: NodeId, layout: &taffy::Layout) {
        let at = Point::new(px(layout.location.x), px(layout.location.y));
        let size = Size::new(px(layout.size.width), px(layout.size.height));
        self.placed[usize::from(node)] = (at, size);
    }

    fn compute_child_layout(&mut self, node: NodeId, mut input: LayoutInput) -> LayoutOutput {
        let index = usize::from(node);
        if input.run_mode == RunMode::PerformHiddenLayout {
            return LayoutOutput::HIDDEN;
        }
        if input.run_mode == RunMode::PerformLayout {
            input.axis = RequestedAxis::Both;
        }
        if let Some((_, known)) = self.measured[index].iter().find(|(i, _)| *i == input) {
            return known.clone();
        }
        let output = self.measure(index, &input);
        if self.measured[index].len() < MAX_MEASURED {
            self.measured[index].push((input, output.clone()));
        }
        output
    }
}

impl taffy::LayoutFlexboxContainer for Container<'_, '_> {
    type FlexboxContainerStyle<'i>
        = &'i Style
    where
        Self: 'i;
    type FlexboxItemStyle<'i>
        = &'i Style
    where
        Self: 'i;

    fn get_flexbox_container_style(&self, node: NodeId) -> &Style {
        &self.styles[usize::from(node)]
    }

    fn get_flexbox_child_style(&self, node: NodeId) -> &Style {
        &self.styles[usize::from(node)]
    }
}

impl taffy::LayoutGridContainer for Container<'_, '_> {
    type GridContainerStyle<'i>
        = &'i Style
    where
        Self: 'i;
    type GridItemStyle<'i>
        = &'i Style
    where
        Self: 'i;

    fn get_grid_container_style(&self, node: NodeId) -> &Style {
        &self.styles[usize::from(node)]
    }

    fn get_grid_child_style(&self, node: NodeId) -> &Style {
        &self.styles[usize::from(node)]
    }
}
