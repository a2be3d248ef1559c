//! The container as the tree that taffy walks: node 0 is the container, node `n + 1` is item `n`.

use super::container::{Container, Style, px};
use crate::unit::{Point, Size};
use taffy::{
    DetailedGridInfo, LayoutInput, LayoutOutput, LayoutPartialTree, NodeId, RequestedAxis, RunMode,
    TraversePartialTree,
};

/// Measurements kept for one item.
const MAX_MEASURED: usize = 12;

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

impl LayoutPartialTree for Container<'_, '_> {
    type CoreContainerStyle<'i>
        = &'i Style
    where
        Self: 'i;
    type CustomIdent = String;

    fn get_core_container_style(&self, node: NodeId) -> &Style {
        &self.styles[usize::from(node)]
    }

    fn resolve_calc_value(&self, value: *const (), basis: f32) -> f32 {
        self.calcs.resolve(value, basis)
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
        if self.dry {
            return LayoutOutput::HIDDEN;
        }
        if input.run_mode == RunMode::PerformLayout {
            input.axis = RequestedAxis::Both;
            self.last[index] = Some(input);
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

    fn set_detailed_grid_info(&mut self, _node: NodeId, info: DetailedGridInfo<String>) {
        self.lines = Some(info);
    }
}
