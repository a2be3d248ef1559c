//! Backgrounds of a table's rows and columns, and the borders that its cells share (CSS 2 chapter 17).

use crate::{
    background::Ground,
    border::{Radii, rounded},
    border_lines::border_line,
    display_list::DisplayItem,
    stacking::{Painter, Phase, hidden, snap},
    transform::px_rect,
};
use thru_layout::{FragmentIndex, unit::Edges};
use vello_cpu::kurbo::BezPath;

impl Painter<'_> {
    /// The backgrounds of a table's columns, row groups and rows, each seen in its cells.
    pub(crate) fn table_grounds(&mut self, index: FragmentIndex) {
        let placed = self.placed;
        let node = &placed.nodes[index];
        let Some(parts) = &node.fragment.table else {
            return;
        };
        let here = |rect: &thru_layout::unit::Rect| {
            let origin = rect.origin + node.rect.origin;
            snap(px_rect(&thru_layout::unit::Rect::new(origin, rect.size)))
        };
        for part in &parts.grounds {
            let style = self.style(part.source);
            let mut clip = BezPath::new();
            for (cell, rect) in &part.cells {
                if !self.skips(*cell) {
                    clip.extend(rounded(here(rect), &Radii::default()));
                }
            }
            if hidden(style) || clip.elements().is_empty() {
                continue;
            }
            self.out.push(DisplayItem::PushClip(clip));
            let ground = Ground {
                style,
                rect: here(&part.rect),
                border: Edges::default(),
                padding: Edges::default(),
                radii: Radii::default(),
                images: &self.tree.images,
                canvas: None,
                viewport: None,
            };
            ground.paint(&mut self.out);
            self.out.push(DisplayItem::PopClip);
        }
    }

    /// The borders that a table's cells share, above the backgrounds of all of them.
    pub(crate) fn shared_borders(&mut self, index: FragmentIndex, phase: Phase) {
        let placed = self.placed;
        let node = &placed.nodes[index];
        let (Some(parts), Phase::Blocks) = (&node.fragment.table, phase) else {
            return;
        };
        for line in &parts.lines {
            let style = self.style(line.source);
            let origin = line.rect.origin + node.rect.origin;
            let rect = snap(px_rect(&thru_layout::unit::Rect::new(
                origin,
                line.rect.size,
            )));
            if self.seen(rect) && !hidden(style) {
                border_line(style, line.side, rect, &mut self.out);
            }
        }
    }
}
