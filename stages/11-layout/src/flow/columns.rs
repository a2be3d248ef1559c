//! Multi-column layout (CSS Multi-column 1), plain.

use super::{
    block::{Content, Place},
    float::Floats,
};
use crate::{
    engine::Engine,
    unit::{LayoutUnit, Point},
};
use thru_render_tree::BoxId;

impl Engine<'_> {
    /// Lays the content out in one tall column and cuts it between its blocks or lines.
    /// GAP: a single block is cut only at its own children's edges when they are direct children.
    pub(crate) fn columns(
        &mut self,
        id: BoxId,
        width: LayoutUnit,
        height: Option<LayoutUnit>,
    ) -> Content {
        let style = self.style(id).clone();
        let gap = style
            .column_gap
            .as_ref()
            .map_or(LayoutUnit::from_px(style.font_size), |g| g.against(width));
        let by_width = style
            .columns
            .1
            .map(|w| ((width + gap).0 / (w + gap).0.max(1)).max(1));
        let count = match (style.columns.0, by_width) {
            (Some(count), Some(fit)) => (count as i32).min(fit),
            (Some(count), None) => count as i32,
            (None, Some(fit)) => fit,
            (None, None) => 1,
        };
        let column = LayoutUnit(((width + gap).0 / count - gap.0).max(0));
        let mut floats = Floats::default();
        let mut place = Place {
            width: column,
            height: None,
            origin: Point::default(),
            floats: &mut floats,
            collapses_start: false,
        };
        let mut content = self.block_content(id, &mut place);
        let total = content.height;
        let tallest = content
            .children
            .iter()
            .map(|c| c.fragment.size.height)
            .max()
            .unwrap_or_default();
        let goal = height.unwrap_or(LayoutUnit(total.0 / count).max(tallest));
        let step = column + gap;
        let (mut number, mut start, mut lowest) = (0, LayoutUnit::ZERO, LayoutUnit::ZERO);
        for child in &mut content.children {
            let bottom = child.at.y + child.fragment.size.height;
            if bottom - start > goal && child.at.y > start && number + 1 < count {
                number += 1;
                start = child.at.y;
            }
            child.at.y -= start;
            child.at.x += LayoutUnit(step.0 * number);
            lowest = lowest.max(bottom - start);
        }
        content.height = lowest;
        content
    }
}
