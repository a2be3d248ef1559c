//! Adjoining margins become one (CSS 2 section 8.3.1).

use super::{
    float::{Floats, FloatsMark},
    inline_content::AtomKind,
};
use crate::{
    engine::{Engine, Space},
    style::{Clears, FloatSide},
    unit::LayoutUnit,
};
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

/// Where a block would begin: margins that are still collapsing, below a height in the formatting context.
#[derive(Clone, Copy, Debug, Default)]
pub(crate) struct Opening {
    /// Height in the formatting context.
    pub base: LayoutUnit,
    /// The margins below it so far.
    pub strut: Strut,
    /// The floats there were: those after it move with the margins.
    pub floats: FloatsMark,
}

impl Opening {
    pub fn with(self, more: Strut) -> Opening {
        Opening {
            strut: self.strut.with(more),
            ..self
        }
    }

    /// The height that it comes to if no more margins follow.
    pub fn y(self) -> LayoutUnit {
        self.base + self.strut.sum()
    }
}

/// What collapses at a block's top.
#[derive(Clone, Copy, Debug, Default, PartialEq)]
pub(crate) struct Top {
    /// Its own margin and those of its first children.
    pub strut: Strut,
    /// They go through it: its bottom margin is adjoining too.
    pub through: bool,
    /// The answer depends on the floats that there are.
    depends: bool,
    /// The floats that stand where the margins end: they move with them.
    floats: Moving,
}

/// Floats whose height is not known before the margins around them are.
#[derive(Clone, Copy, Debug, Default, PartialEq)]
struct Moving {
    sides: Clears,
    /// How wide they are together.
    width: LayoutUnit,
}

impl Moving {
    fn with(self, other: Moving) -> Moving {
        Moving {
            sides: Clears {
                left: self.sides.left || other.sides.left,
                right: self.sides.right || other.sides.right,
            },
            width: self.width + other.width,
        }
    }
}

impl Top {
    /// All margins that a box without height passes on.
    fn passed_on(self, bottom: LayoutUnit) -> Strut {
        if self.through {
            self.strut.with(Strut::of(bottom))
        } else {
            self.strut
        }
    }
}

/// The known answer for a box in a containing block of this size.
#[derive(Clone, Copy, Debug)]
pub(crate) struct KnownTop {
    width: LayoutUnit,
    height: Option<LayoutUnit>,
    top: Top,
}

impl Engine<'_> {
    /// The margins that collapse at a block's top, in a containing block of this size.
    pub(crate) fn top_strut(
        &mut self,
        id: BoxId,
        around: (LayoutUnit, Option<LayoutUnit>),
        opening: Opening,
        floats: &Floats,
    ) -> Top {
        let (width, height) = around;
        // Each of a box's ancestors asks: without the answer at hand that is depth times children.
        if let Some(known) = self.known.struts[id.index()]
            && known.width == width
            && known.height == height
        {
            return known.top;
        }
        if self.depth >= crate::engine::MAX_DEPTH {
            return Top::default();
        }
        self.depth += 1;
        let top = self.find_top_strut(id, around, opening, floats);
        self.depth -= 1;
        if !top.depends {
            self.known.struts[id.index()] = Some(KnownTop { width, height, top });
        }
        top
    }

    fn find_top_strut(
        &mut self,
        id: BoxId,
        (width, height): (LayoutUnit, Option<LayoutUnit>),
        opening: Opening,
        floats: &Floats,
    ) -> Top {
        let style = self.style(id).clone();
        let padding = style.padding(width);
        let mut top = Top {
            strut: Strut::of(style.margin(width).top),
            ..Top::default()
        };
        if self.is_independent(id) || style.border.top + padding.top != LayoutUnit::ZERO {
            return top;
        }
        let space = Space {
            width,
            height,
            ..Space::default()
        };
        let flat = style.border.bottom + padding.bottom == LayoutUnit::ZERO
            && self.height_lets_through(id, height);
        if self.has_inline_children(id) {
            let content = self.inline_content(id);
            top.through = flat && !content.has_content;
            if !top.through {
                return top;
            }
            let around = self.around_children(id, &space);
            for atom in &content.atoms {
                if let AtomKind::Float(float) = atom.kind {
                    top.floats = top.floats.with(self.moving_float(float, around));
                }
            }
            return top;
        }
        let around = self.around_children(id, &space);
        let passes = self.first_children(id, around, opening, floats, &mut top);
        top.through = passes && flat;
        top
    }

    /// The containing block that a box is for its children, as far as it is known before its content is.
    fn around_children(&mut self, id: BoxId, space: &Space) -> (LayoutUnit, Option<LayoutUnit>) {
        let style = self.style(id).clone();
        let padding = style.padding(space.width);
        let edges = style.border.horizontal() + padding.horizontal();
        let width = self.used_width(id, space);
        let down = style.border.vertical() + padding.vertical();
        let height = self.percentage_height(id, width, space);
        (
            (width - edges).at_least_zero(),
            height.map(|h| (h - down).at_least_zero()),
        )
    }

    /// Adds the margins of the first children; whether all of the children let margins through.
    fn first_children(
        &mut self,
        id: BoxId,
        around: (LayoutUnit, Option<LayoutUnit>),
        opening: Opening,
        floats: &Floats,
        top: &mut Top,
    ) -> bool {
        let tree = self.tree;
        for child in tree.get(id).children.iter().copied() {
            let style = self.style(child).clone();
            if !self.in_flow(child) || matches!(tree.get(child).kind, BoxKind::OutsideMarker) {
                if !style.out_of_flow() {
                    top.floats = top.floats.with(self.moving_float(child, around));
                }
                continue;
            }
            if self.goes_below(child, around, top.floats) {
                return false;
            }
            let more = self.top_strut(child, around, opening.with(top.strut), floats);
            top.depends |= more.depends;
            let sides = top.floats.sides;
            if style.clear.left || style.clear.right {
                top.depends = true;
                let here = opening.with(top.strut).with(more.strut).y();
                let past = floats.clearance(style.clear).is_some_and(|y| y > here);
                let past_own = style.clear.left && sides.left || style.clear.right && sides.right;
                if past || past_own {
                    return false;
                }
            }
            let bottom = style.margin(around.0).bottom;
            top.strut = top.strut.with(more.passed_on(bottom));
            top.floats = top.floats.with(more.floats);
            if !more.through {
                return false;
            }
        }
        true
    }

    /// A float as one that moves with the margins around it, if its margin box has height.
    fn moving_float(
        &mut self,
        float: BoxId,
        (width, height): (LayoutUnit, Option<LayoutUnit>),
    ) -> Moving {
        let Some(side) = self.style(float).float else {
            return Moving::default();
        };
        let space = Space {
            width,
            height,
            shrink: true,
            ..Space::default()
        };
        let margin = self.style(float).margin(width);
        let size = self.lay_out(float, &space).size;
        if size.height + margin.vertical() <= LayoutUnit::ZERO {
            return Moving::default();
        }
        Moving {
            sides: Clears {
                left: side == FloatSide::Left,
                right: side == FloatSide::Right,
            },
            width: (size.width + margin.horizontal()).at_least_zero(),
        }
    }

    /// Whether a block with a formatting context of its own does not fit beside floats that its margin would move: then
    /// it goes below them as one with clearance does (CSS 2 section 9.5).
    fn goes_below(
        &mut self,
        child: BoxId,
        (width, height): (LayoutUnit, Option<LayoutUnit>),
        floats: Moving,
    ) -> bool {
        if floats.width <= LayoutUnit::ZERO || !self.is_independent(child) {
            return false;
        }
        let space = Space {
            width,
            height,
            ..Space::default()
        };
        floats.width + self.least_width(child, &space) > width
    }
}
