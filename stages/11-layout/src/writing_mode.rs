//! Writing modes (CSS Writing Modes 4): which way lines and blocks run.
//!
//! Layout works along the inline axis (`x`, "width") and the block axis (`y`, "height") of the box at hand. A box
//! whose content runs otherwise than its surroundings is turned on the way in and on the way out (`orthogonal`);
//! places become physical when fragments are put into the document.
//! GAP: upright glyphs are painted sideways; `sideways-rl` and `sideways-lr` are not known to the style engine.

use crate::{
    fragment::{Fragment, FragmentKind, Side, StaticEdge, TableParts},
    style::LayoutStyle,
    unit::{Edges, LayoutUnit, Point, Rect, Size},
};
use style::{computed_values::writing_mode::T as Computed, properties::ComputedValues};

/// Which way blocks are stacked.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Hash)]
pub enum WritingMode {
    /// Lines run horizontally, blocks downwards.
    #[default]
    Horizontal,
    /// Lines run downwards, blocks to the left.
    VerticalRl,
    /// Lines run downwards, blocks to the right.
    VerticalLr,
}

impl WritingMode {
    /// The mode of a style.
    pub fn of(values: &ComputedValues) -> WritingMode {
        match values.get_inherited_box().writing_mode {
            Computed::HorizontalTb => WritingMode::Horizontal,
            Computed::VerticalRl => WritingMode::VerticalRl,
            Computed::VerticalLr => WritingMode::VerticalLr,
        }
    }

    /// Lines run downwards.
    pub fn is_vertical(self) -> bool {
        self != WritingMode::Horizontal
    }

    /// Whether inline axes cross.
    pub fn crosses(self, other: WritingMode) -> bool {
        self.is_vertical() != other.is_vertical()
    }

    /// The other axis's value first where lines run downwards; this is its own reverse.
    pub(crate) fn size(self, size: Size) -> Size {
        match self.is_vertical() {
            true => Size::new(size.height, size.width),
            false => size,
        }
    }

    /// Physical edges as this mode's: `top` is where blocks begin.
    pub(crate) fn edges(self, e: Edges) -> Edges {
        let [top, right, bottom, left] = self.sides([e.top, e.right, e.bottom, e.left]);
        Edges {
            top,
            right,
            bottom,
            left,
        }
    }

    /// Four physical sides (top, right, bottom, left) as this mode's.
    pub(crate) fn sides<T>(self, [top, right, bottom, left]: [T; 4]) -> [T; 4] {
        match self {
            WritingMode::Horizontal => [top, right, bottom, left],
            WritingMode::VerticalRl => [right, bottom, left, top],
            WritingMode::VerticalLr => [left, bottom, right, top],
        }
    }

    /// This mode's edges as physical ones.
    pub(crate) fn physical_edges(self, e: Edges) -> Edges {
        match self {
            WritingMode::Horizontal => e,
            WritingMode::VerticalRl => Edges {
                top: e.left,
                right: e.top,
                bottom: e.right,
                left: e.bottom,
            },
            WritingMode::VerticalLr => Edges {
                top: e.left,
                right: e.bottom,
                bottom: e.right,
                left: e.top,
            },
        }
    }

    /// The physical side behind this mode's.
    pub(crate) fn physical_side(self, side: Side) -> Side {
        match (self, side) {
            (WritingMode::Horizontal, side) => side,
            (_, Side::Left) => Side::Top,
            (_, Side::Right) => Side::Bottom,
            (WritingMode::VerticalRl, Side::Top) | (WritingMode::VerticalLr, Side::Bottom) => {
                Side::Right
            }
            _ => Side::Left,
        }
    }

    /// Where something at `at` in this mode's axes is in a physical rectangle.
    pub(crate) fn place(self, around: &Rect, at: Point, size: Size) -> Rect {
        let inside = self.physical(around.size, &Rect::new(at, size));
        Rect::new(around.origin + inside.origin, inside.size)
    }

    /// A rectangle in this mode's axes as a physical one, in a box of a physical size.
    pub(crate) fn physical(self, around: Size, rect: &Rect) -> Rect {
        let (at, size) = (rect.origin, self.size(rect.size));
        let origin = match self {
            WritingMode::Horizontal => at,
            WritingMode::VerticalRl => Point::new(around.width - at.y - size.width, at.x),
            WritingMode::VerticalLr => Point::new(at.y, at.x),
        };
        Rect::new(origin, size)
    }

    /// A physical rectangle in this mode's axes.
    pub(crate) fn logical(self, around: Size, rect: &Rect) -> Rect {
        let (at, size) = (rect.origin, self.size(rect.size));
        let origin = match self {
            WritingMode::Horizontal => at,
            WritingMode::VerticalRl => Point::new(at.y, around.width - at.x - rect.size.width),
            WritingMode::VerticalLr => Point::new(at.y, at.x),
        };
        Rect::new(origin, size)
    }

    /// A place along the block axis of a box so long as a physical one (or the other way round): from where blocks
    /// begin, or from the top or the left.
    pub(crate) fn block_offset(self, at: LayoutUnit, length: LayoutUnit) -> LayoutUnit {
        match self {
            WritingMode::VerticalRl => length - at,
            _ => at,
        }
    }

    /// Which edge stands at a static position, physically.
    pub(crate) fn physical_stand(self, [x, y]: [StaticEdge; 2]) -> [StaticEdge; 2] {
        match self {
            WritingMode::Horizontal => [x, y],
            WritingMode::VerticalLr => [y, x],
            WritingMode::VerticalRl => {
                let turned = match y {
                    StaticEdge::Start => StaticEdge::End,
                    StaticEdge::Center => StaticEdge::Center,
                    StaticEdge::End => StaticEdge::Start,
                };
                [turned, x]
            }
        }
    }

    /// Whether text or blocks begin at the right or at the bottom: along `x` and along `y`, physically.
    pub(crate) fn begins_at_end(self, rtl: bool) -> [bool; 2] {
        match self {
            WritingMode::Horizontal => [rtl, false],
            WritingMode::VerticalRl => [true, rtl],
            WritingMode::VerticalLr => [false, rtl],
        }
    }

    /// A style in this mode's axes as a physical one.
    pub(crate) fn unturned(self, style: &LayoutStyle) -> LayoutStyle {
        // Three quarter turns and one, or a mirror twice.
        fn back<T>(mode: WritingMode, [top, right, bottom, left]: [T; 4]) -> [T; 4] {
            match mode {
                WritingMode::Horizontal => [top, right, bottom, left],
                WritingMode::VerticalRl => [left, top, right, bottom],
                WritingMode::VerticalLr => [left, bottom, right, top],
            }
        }
        let mut out = style.turned(self);
        if self.is_vertical() {
            out.margin = back(self, style.margin.clone());
            out.padding = back(self, style.padding.clone());
            out.inset = back(self, style.inset.clone());
            out.border = self.physical_edges(style.border);
        }
        out
    }

    /// The side over the text is where blocks end.
    pub(crate) fn over_is_after(self) -> bool {
        self == WritingMode::VerticalLr
    }

    /// In what direction the inside of a line is placed: its first side is over the text, which in vertical lines is
    /// to the right.
    pub(crate) fn in_line(self) -> WritingMode {
        match self {
            WritingMode::Horizontal => WritingMode::Horizontal,
            _ => WritingMode::VerticalRl,
        }
    }
}

impl LayoutStyle {
    /// A physical style in a mode's axes.
    pub(crate) fn turned(&self, mode: WritingMode) -> LayoutStyle {
        let mut out = self.clone();
        if mode == WritingMode::Horizontal {
            return out;
        }
        out.size.swap(0, 1);
        out.min.swap(0, 1);
        out.max.swap(0, 1);
        out.spacing.swap(0, 1);
        out.contained_size.swap(0, 1);
        out.ratio = out.ratio.map(|ratio| 1.0 / ratio);
        out.margin = mode.sides(out.margin);
        out.padding = mode.sides(out.padding);
        out.inset = mode.sides(out.inset);
        out.border = mode.edges(out.border);
        out
    }
}

/// The fragment with what painting reads in physical terms; its children stay as they are.
pub(crate) fn physical(fragment: &Fragment, outer: WritingMode, inner: WritingMode) -> Fragment {
    let kind = match &fragment.kind {
        FragmentKind::Box { border, padding } => FragmentKind::Box {
            border: outer.physical_edges(*border),
            padding: outer.physical_edges(*padding),
        },
        FragmentKind::Inline { border, padding } => FragmentKind::Inline {
            border: outer.physical_edges(*border),
            padding: outer.physical_edges(*padding),
        },
        FragmentKind::Line => FragmentKind::Line,
        FragmentKind::ColumnRule => FragmentKind::ColumnRule,
        FragmentKind::Text(run) => FragmentKind::Text(run.clone()),
        FragmentKind::Placeholder { edges } => FragmentKind::Placeholder {
            edges: outer.physical_stand(*edges),
        },
    };
    let size = outer.size(fragment.size);
    let turn = |rect: &mut Rect| *rect = inner.physical(size, rect);
    let table = fragment.table.as_ref().map(|parts| {
        let mut parts = TableParts {
            collapsed: parts.collapsed,
            grounds: parts.grounds.clone(),
            lines: parts.lines.clone(),
        };
        for ground in &mut parts.grounds {
            turn(&mut ground.rect);
            ground.cells.iter_mut().for_each(|(_, rect)| turn(rect));
        }
        parts.lines.iter_mut().for_each(|line| turn(&mut line.rect));
        std::rc::Rc::new(parts)
    });
    Fragment {
        source: fragment.source,
        size,
        kind,
        children: Vec::new(),
        first_baseline: fragment.first_baseline,
        last_baseline: fragment.last_baseline,
        across: fragment.across,
        content_end: fragment.content_end,
        basis: fragment.basis,
        shift: fragment.shift,
        grid: fragment.grid.clone(),
        outside: outer.physical_edges(fragment.outside),
        table,
    }
}
