//! The floats of a block formatting context (CSS 2 section 9.5).

use crate::{
    style::{Clears, FloatSide},
    unit::{LayoutUnit, Point, Size},
};

#[derive(Clone, Copy, Debug)]
struct Placed {
    top: LayoutUnit,
    bottom: LayoutUnit,
    edge: LayoutUnit,
}

/// The floats so far, in the formatting context's coordinates.
#[derive(Clone, Debug, Default)]
pub struct Floats {
    left: Vec<Placed>,
    right: Vec<Placed>,
    lowest: LayoutUnit,
    last_top: LayoutUnit,
}

impl Floats {
    /// Whether any float reaches below `y`.
    pub fn reach_below(&self, y: LayoutUnit) -> bool {
        self.lowest > y
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
        let beside = |f: &&Placed| f.top < bottom && f.bottom > top;
        let l = self
            .left
            .iter()
            .filter(beside)
            .map(|f| f.edge)
            .fold(left, LayoutUnit::max);
        let r = self
            .right
            .iter()
            .filter(beside)
            .map(|f| f.edge)
            .fold(right, LayoutUnit::min);
        (l, r)
    }

    /// The next height below `y` at which a float ends.
    pub fn next_edge(&self, y: LayoutUnit) -> Option<LayoutUnit> {
        let all = self.left.iter().chain(&self.right);
        all.map(|f| f.bottom).filter(|b| *b > y).min()
    }

    /// The first height from `y` on where `width` by `height` fits beside the floats, and its left edge.
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
        let from = y.max(self.last_top);
        let (top, l, r) = self.find(size.width, LayoutUnit(1), from, left, right);
        self.last_top = top;
        let bottom = top + size.height;
        self.lowest = self.lowest.max(bottom);
        match side {
            FloatSide::Left => {
                if size.height > LayoutUnit::ZERO {
                    self.left.push(Placed {
                        top,
                        bottom,
                        edge: l + size.width,
                    });
                }
                Point::new(l, top)
            }
            FloatSide::Right => {
                if size.height > LayoutUnit::ZERO {
                    self.right.push(Placed {
                        top,
                        bottom,
                        edge: r - size.width,
                    });
                }
                Point::new(r - size.width, top)
            }
        }
    }

    /// The height below the floats that `clears` names; `None` if there are none.
    pub fn clearance(&self, clears: Clears) -> Option<LayoutUnit> {
        let of =
            |on: bool, list: &[Placed]| on.then(|| list.iter().map(|f| f.bottom).max()).flatten();
        of(clears.left, &self.left).max(of(clears.right, &self.right))
    }

    /// The bottom of the lowest float.
    pub fn bottom(&self) -> LayoutUnit {
        self.lowest
    }
}
