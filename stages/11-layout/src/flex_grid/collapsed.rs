//! Flex items with `visibility: collapse` (CSS Flexbox 1 section 4.4).

use super::{
    baseline::Edge,
    container::{Container, ItemsAround},
};
use crate::unit::LayoutUnit;
use taffy::{Dimension, FlexDirection, LengthPercentage, LengthPercentageAuto, Rect, Size};

impl Container<'_, '_> {
    /// Makes struts of collapsed items: no longer than nothing, and as wide as the line that each was in. Says whether
    /// there are any; the container is laid out again then.
    pub(super) fn collapse_items(&mut self, around: ItemsAround) -> bool {
        let is_collapsed = |id: &_| {
            let style = self.engine.style(*id);
            style.collapses && !style.out_of_flow()
        };
        let collapsed: Vec<bool> = self.items.iter().map(is_collapsed).collect();
        if self.grid || !collapsed.contains(&true) {
            return false;
        }
        let across = match self.styles[0].flex_direction {
            FlexDirection::Row | FlexDirection::RowReverse => 1,
            _ => 0,
        };
        let lines = self.flex_lines(around);
        let mut widths = std::collections::BTreeMap::<u32, LayoutUnit>::new();
        for (node, line) in lines.iter().enumerate() {
            let Some((line, _)) = line else { continue };
            let size = self.placed[node].1;
            let own = if across == 1 { size.height } else { size.width };
            let margins = [Edge::Low, Edge::High].map(|e| self.margin(node, across, e, around));
            let width = widths.entry(*line).or_default();
            *width = (*width).max(own + margins[0] + margins[1]);
        }
        for (number, _) in collapsed.iter().enumerate().filter(|(_, is)| **is) {
            let node = number + 1;
            let line = lines[node].map_or(0, |(line, _)| line);
            let width = widths.get(&line).copied().unwrap_or_default().to_px();
            let [w, h] = if across == 1 {
                [0.0, width]
            } else {
                [width, 0.0]
            };
            let none = LengthPercentageAuto::length(0.0);
            let style = &mut self.styles[node];
            style.size = Size {
                width: Dimension::length(w),
                height: Dimension::length(h),
            };
            style.min_size = Size {
                width: none,
                height: none,
            };
            style.max_size = Size {
                width: LengthPercentageAuto::auto(),
                height: LengthPercentageAuto::auto(),
            };
            style.flex_basis = Dimension::auto();
            (style.flex_grow, style.flex_shrink) = (0.0, 0.0);
            style.aspect_ratio = None;
            style.margin = Rect {
                left: none,
                right: none,
                top: none,
                bottom: none,
            };
            let bare = LengthPercentage::length(0.0);
            let edges = Rect {
                left: bare,
                right: bare,
                top: bare,
                bottom: bare,
            };
            (style.padding, style.border) = (edges, edges);
            self.measured[node].clear();
            self.sharing[node] = Default::default();
        }
        true
    }
}
