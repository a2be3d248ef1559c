//! Lines of the same length: `text-wrap-style: balance` (CSS Text 4 section 6.4.2).

use super::{
    block::{Content, Place},
    float::Floats,
    inline::{Cut, Filling, LineSpace},
    inline_content::{AtomKind, InlineContent},
    ruby::Above,
};
use crate::{
    engine::Engine,
    unit::{LayoutUnit, Point},
};
use thru_render_tree::BoxId;

/// More lines than these stay as they are.
const MAX_BALANCED_LINES: u32 = 10;
/// How near the width is sought: 1/8 px.
const PRECISION: LayoutUnit = LayoutUnit(8);

impl Engine<'_> {
    /// The least width in which a block's lines are as few as in all its width. GAP: lines beside floats, lines that
    /// are clamped and text with forced breaks are not balanced.
    pub(super) fn balanced_width(
        &mut self,
        id: BoxId,
        content: &InlineContent,
        place: &Place,
    ) -> Option<LayoutUnit> {
        let style = self.style(id);
        let clamped = self.clamping.is_some();
        if !style.balances || !style.wraps || clamped || place.floats.reach_below(place.origin.y) {
            return None;
        }
        let breaks = |kind: &AtomKind| matches!(kind, AtomKind::Newline | AtomKind::Float(_));
        if content.atoms.iter().any(|atom| breaks(&atom.kind)) {
            return None;
        }
        let indent = style.indent.against(place.width);
        let count = self.lines_in(content, place, place.width, indent)?;
        if count < 2 {
            return None;
        }
        let (mut low, mut high) = (LayoutUnit(place.width.0 / count as i32), place.width);
        while high - low > PRECISION {
            let middle = LayoutUnit((low.0 + high.0) / 2);
            match self.lines_in(content, place, middle, indent) {
                Some(lines) if lines <= count => high = middle,
                _ => low = middle,
            }
        }
        Some(high)
    }

    /// How many lines there are in a width; `None` if too many.
    fn lines_in(
        &mut self,
        content: &InlineContent,
        place: &Place,
        width: LayoutUnit,
        indent: LayoutUnit,
    ) -> Option<u32> {
        let mut floats = Floats::default();
        let mut tried = Place {
            width: place.width,
            height: place.height,
            origin: Point::default(),
            floats: &mut floats,
            start: None,
            above: Above::default(),
        };
        let (mut cut, mut lines, mut floats_done) = (Cut { atom: 0, glyph: 0 }, 0, 0);
        while cut.atom < content.atoms.len() {
            let mut line = LineSpace {
                y: LayoutUnit::ZERO,
                left: LayoutUnit::ZERO,
                right: width,
                indent: if lines == 0 { indent } else { LayoutUnit::ZERO },
                strut: LayoutUnit::ZERO,
                clamps: false,
            };
            let filling = Filling {
                content,
                start: cut,
                floats_done: &mut floats_done,
            };
            let mut out = Content::default();
            let filled = self.fill(filling, &mut line, &mut tried, &mut out, &mut Vec::new());
            if filled.next <= cut || lines >= MAX_BALANCED_LINES {
                return None;
            }
            cut = filled.next;
            lines += 1;
        }
        Some(lines)
    }
}
