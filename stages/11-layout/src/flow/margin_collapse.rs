//! Adjoining margins become one (CSS 2 section 8.3.1).

use crate::{engine::Engine, style::FloatSide, unit::LayoutUnit};
use thru_render_tree::{BoxId, BoxKind};

/// A set of adjoining margins.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Strut {
    positive: LayoutUnit,
    negative: LayoutUnit,
}

impl Strut {
    /// One margin.
    pub fn of(margin: LayoutUnit) -> Strut {
        Strut {
            positive: margin.max(LayoutUnit::ZERO),
            negative: margin.min(LayoutUnit::ZERO),
        }
    }

    /// Both sets together.
    pub fn with(self, other: Strut) -> Strut {
        Strut {
            positive: self.positive.max(other.positive),
            negative: self.negative.min(other.negative),
        }
    }

    /// The margin that they collapse to.
    pub fn sum(self) -> LayoutUnit {
        self.positive + self.negative
    }
}

impl Engine<'_> {
    /// The margins that collapse at a block's top: its own and those of its first children.
    /// Also whether they go through it to its bottom.
    pub fn top_strut(&mut self, id: BoxId, width: LayoutUnit) -> (Strut, bool) {
        // Each of a box's ancestors asks: without the answer at hand that is depth times children.
        if let Some((known, strut, through)) = self.struts[id.index()]
            && known == width
        {
            return (strut, through);
        }
        let (strut, through) = self.find_top_strut(id, width);
        self.struts[id.index()] = Some((width, strut, through));
        (strut, through)
    }

    fn find_top_strut(&mut self, id: BoxId, width: LayoutUnit) -> (Strut, bool) {
        let style = self.style(id).clone();
        let margin = style.margin(width);
        let padding = style.padding(width);
        let mut strut = Strut::of(margin.top);
        if self.is_independent(id) {
            return (strut, false);
        }
        if style.border.top + padding.top != LayoutUnit::ZERO {
            return (strut, false);
        }
        let inner = width;
        let tree = self.tree;
        let mut through = true;
        if self.has_inline_children(id) {
            through = !self.inline_content(id).has_content;
        } else {
            let mut floats = (false, false);
            for child in tree.get(id).children.iter().copied() {
                let inner_style = self.style(child);
                match inner_style.float {
                    Some(FloatSide::Left) => floats.0 = true,
                    Some(FloatSide::Right) => floats.1 = true,
                    None => {}
                }
                let clear = inner_style.clear;
                let cleared = clear.left && floats.0 || clear.right && floats.1;
                if cleared && self.in_flow(child) {
                    // Clearance keeps its margin from the parent's.
                    through = false;
                    break;
                }
                if !self.in_flow(child) || matches!(tree.get(child).kind, BoxKind::OutsideMarker) {
                    continue;
                }
                let (more, passes) = self.top_strut(child, inner);
                strut = strut.with(more);
                if !passes {
                    through = false;
                    break;
                }
            }
        }
        let flat = style.border.bottom + padding.bottom == LayoutUnit::ZERO
            && self.height_lets_through(id);
        if through && flat {
            return (strut.with(Strut::of(margin.bottom)), true);
        }
        (strut, false)
    }
}
