//! The floats of a block formatting context (CSS 2 section 9.5).

use crate::{
    style::{Clears, FloatSide},
    unit::{LayoutUnit, Point, Size},
};

/// A float's margin box, as far as it is in others' way.
#[derive(Clone, Copy, Debug)]
struct Placed {
    side: FloatSide,
    top: LayoutUnit,
    bottom: LayoutUnit,
    edge: LayoutUnit,
}

/// What floats leave from one height to the next band's; the last band has no end.
#[derive(Clone, Copy, Debug, PartialEq)]
struct Band {
    top: LayoutUnit,
    left: Option<LayoutUnit>,
    right: Option<LayoutUnit>,
}

impl Band {
    fn between(&self, left: LayoutUnit, right: LayoutUnit) -> (LayoutUnit, LayoutUnit) {
        (
            self.left.map_or(left, |l| l.max(left)),
            self.right.map_or(right, |r| r.min(right)),
        )
    }
}

/// Single numbers about the floats so far.
#[derive(Clone, Copy, Debug, Default, PartialEq)]
struct Marks {
    lowest: LayoutUnit,
    last_top: LayoutUnit,
    left: Option<LayoutUnit>,
    right: Option<LayoutUnit>,
}

/// The floats so far, in the formatting context's coordinates.
#[derive(Clone, Debug, Default)]
pub struct Floats {
    placed: Vec<Placed>,
    /// In order of their tops; above the first is nothing. Found by bisection, so that many floats cost no more each.
    bands: Vec<Band>,
    marks: Marks,
}

/// A state of [`Floats`] to go back to.
#[derive(Clone, Copy, Debug, Default, PartialEq)]
pub struct FloatsMark {
    count: usize,
    marks: Marks,
}

impl Floats {
    /// Whether any float reaches below `y`.
    pub fn reach_below(&self, y: LayoutUnit) -> bool {
        self.marks.lowest > y
    }

    /// The state to go back to with [`Floats::back_to`].
    pub fn mark(&self) -> FloatsMark {
        FloatsMark {
            count: self.placed.len(),
            marks: self.marks,
        }
    }

    /// Forgets the floats placed since the mark was taken.
    pub fn back_to(&mut self, mark: FloatsMark) {
        self.marks = mark.marks;
        if self.placed.len() > mark.count {
            self.placed.truncate(mark.count);
            self.bands.clear();
            for at in 0..self.placed.len() {
                self.band_in(self.placed[at]);
            }
        }
    }

    /// The free band between `left` and `right` from `top` to `bottom`.
    pub fn band(
        &self,
        top: LayoutUnit,
        bottom: LayoutUnit,
        left: LayoutUnit,
        right: LayoutUnit,
    ) -> (LayoutUnit, LayoutUnit) {
        if !self.reach_below(top) {
            return (left, right);
        }
        let bottom = bottom.max(top + LayoutUnit(1));
        let (mut l, mut r) = (left, right);
        for band in &self.bands[self.first_band(top)..] {
            if band.top >= bottom {
                break;
            }
            let (from, to) = band.between(left, right);
            l = l.max(from);
            r = r.min(to);
        }
        (l, r)
    }

    /// Index of the first band that reaches below `y`.
    fn first_band(&self, y: LayoutUnit) -> usize {
        self.bands.partition_point(|b| b.top <= y).saturating_sub(1)
    }

    /// The next height below `y` at which the free room changes.
    pub fn next_edge(&self, y: LayoutUnit) -> Option<LayoutUnit> {
        let next = self.bands.partition_point(|b| b.top <= y);
        self.bands.get(next).map(|band| band.top)
    }

    /// The first height from `y` on where `width` by `height` fits beside the floats, and its left and right edge.
    pub fn find(
        &self,
        width: LayoutUnit,
        height: LayoutUnit,
        mut y: LayoutUnit,
        left: LayoutUnit,
        right: LayoutUnit,
    ) -> (LayoutUnit, LayoutUnit, LayoutUnit) {
        loop {
            let (l, r) = self.band(y, y + height, left, right);
            let free = l <= left && r >= right;
            if r - l >= width || free {
                return (y, l, r);
            }
            match self.next_edge(y) {
                Some(next) => y = next,
                None => return (y, l, r),
            }
        }
    }

    /// Puts a float's margin box in; gives its corner.
    pub fn place(
        &mut self,
        side: FloatSide,
        size: Size,
        y: LayoutUnit,
        left: LayoutUnit,
        right: LayoutUnit,
    ) -> Point {
        let from = y.max(self.marks.last_top);
        let (top, l, r) = self.find(size.width, LayoutUnit(1), from, left, right);
        let bottom = top + size.height;
        self.marks.last_top = top;
        self.marks.lowest = self.marks.lowest.max(bottom);
        let (x, edge) = match side {
            FloatSide::Left => {
                self.marks.left = self.marks.left.max(Some(bottom));
                (l, l + size.width)
            }
            FloatSide::Right => {
                self.marks.right = self.marks.right.max(Some(bottom));
                (r - size.width, r - size.width)
            }
        };
        if size.height > LayoutUnit::ZERO && size.width > LayoutUnit::ZERO {
            let placed = Placed {
                side,
                top,
                bottom,
                edge,
            };
            self.placed.push(placed);
            self.band_in(placed);
        }
        Point::new(x, top)
    }

    /// Narrows the bands beside a float.
    fn band_in(&mut self, float: Placed) {
        let from = self.split(float.top);
        let to = self.split(float.bottom);
        for band in &mut self.bands[from..to] {
            match float.side {
                FloatSide::Left => band.left = band.left.max(Some(float.edge)),
                FloatSide::Right => {
                    band.right = Some(band.right.map_or(float.edge, |r| r.min(float.edge)));
                }
            }
        }
    }

    /// The index of the band that begins at `y`, which is made if there is none.
    fn split(&mut self, y: LayoutUnit) -> usize {
        let at = self.bands.partition_point(|b| b.top < y);
        if self.bands.get(at).is_some_and(|b| b.top == y) {
            return at;
        }
        let (left, right) = match at.checked_sub(1) {
            Some(above) => (self.bands[above].left, self.bands[above].right),
            None => (None, None),
        };
        self.bands.insert(
            at,
            Band {
                top: y,
                left,
                right,
            },
        );
        at
    }

    /// The height below the floats that `clears` names; `None` if there are none.
    pub fn clearance(&self, clears: Clears) -> Option<LayoutUnit> {
        let left = self.marks.left.filter(|_| clears.left);
        left.max(self.marks.right.filter(|_| clears.right))
    }

    /// The sides on which floats were placed since the mark was taken that reach lower than those before.
    pub fn since(&self, mark: FloatsMark) -> Clears {
        Clears {
            left: self.marks.left > mark.marks.left,
            right: self.marks.right > mark.marks.right,
        }
    }

    /// The bottom of the lowest float.
    pub fn bottom(&self) -> LayoutUnit {
        self.marks.lowest
    }
}
