//! The border of a fieldset, which its legend interrupts (HTML section 15.3.13).

use crate::{
    display_list::DisplayItem,
    stacking::{Painter, snap},
    transform::px_rect,
};
use thru_layout::{FragmentIndex, unit::LayoutUnit};
use vello_cpu::kurbo::{BezPath, Rect, Shape};

impl Painter<'_> {
    /// A clip that leaves out of a fieldset's top border, which is painted in `rect`, what is behind its legend.
    pub(crate) fn legend_gap(
        &self,
        index: FragmentIndex,
        rect: Rect,
        border: LayoutUnit,
    ) -> Option<DisplayItem> {
        let id = self.boxed(index)?;
        if !self.tree.get(id).manner.fieldset {
            return None;
        }
        let nodes = &self.placed.nodes;
        let children = nodes[index].children.iter().copied();
        let legend = children
            .filter(|child| *child != usize::MAX)
            .find(|child| {
                let id = self.boxed(*child);
                id.is_some_and(|id| self.tree.get(id).manner.legend)
            })?;
        let legend = snap(px_rect(&nodes[legend].rect));
        let below = rect.y0 + f64::from(border.to_px());
        // Around the gap: to its left, to its right and below the border.
        let (far, around) = (rect.inflate(1.0, 1.0), legend.y1.max(below));
        let parts = [
            Rect::new(far.x0, far.y0, legend.x0.max(far.x0), around),
            Rect::new(legend.x1.min(far.x1), far.y0, far.x1, around),
            Rect::new(far.x0, around, far.x1, far.y1.max(around)),
        ];
        let mut path = BezPath::new();
        for part in parts
            .into_iter()
            .filter(|part| part.width() > 0.0 && part.height() > 0.0)
        {
            path.extend(part.path_elements(0.1));
        }
        Some(DisplayItem::PushClip(path))
    }
}
