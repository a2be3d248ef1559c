//! The unit of layout: 1/64 CSS px in 32 bits, so that sums are exact and never overflow silently.

use std::{
    iter::Sum,
    ops::{Add, AddAssign, Neg, Sub, SubAssign},
};

/// A length in 1/64 CSS px. Arithmetic stays at the ends of the range instead of wrapping.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct LayoutUnit(pub i32);

impl LayoutUnit {
    /// 0 px.
    pub const ZERO: LayoutUnit = LayoutUnit(0);
    /// Stands for "as much as there could be".
    pub const MAX: LayoutUnit = LayoutUnit(i32::MAX / 2);

    /// The nearest unit towards zero.
    pub fn from_px(px: f32) -> LayoutUnit {
        LayoutUnit((f64::from(px) * 64.0).clamp(-1e9, 1e9) as i32)
    }

    /// The next unit that is not smaller.
    pub fn ceil_px(px: f32) -> LayoutUnit {
        LayoutUnit((f64::from(px) * 64.0).ceil().clamp(-1e9, 1e9) as i32)
    }

    /// The nearest unit.
    pub fn round_px(px: f32) -> LayoutUnit {
        LayoutUnit((f64::from(px) * 64.0).round().clamp(-1e9, 1e9) as i32)
    }

    /// Whole px.
    pub fn px(px: i32) -> LayoutUnit {
        LayoutUnit(px.saturating_mul(64))
    }

    /// CSS px.
    pub fn to_px(self) -> f32 {
        self.0 as f32 / 64.0
    }

    /// The whole px not above this.
    pub fn floor(self) -> LayoutUnit {
        LayoutUnit(self.0 & !63)
    }

    /// The larger of this and zero.
    pub fn at_least_zero(self) -> LayoutUnit {
        self.max(LayoutUnit::ZERO)
    }

    /// This times a factor.
    pub fn scaled(self, factor: f32) -> LayoutUnit {
        LayoutUnit((f64::from(self.0) * f64::from(factor)).clamp(-1e9, 1e9) as i32)
    }

    /// Half of this.
    pub fn half(self) -> LayoutUnit {
        LayoutUnit(self.0 / 2)
    }
}

impl Add for LayoutUnit {
    type Output = LayoutUnit;
    fn add(self, other: LayoutUnit) -> LayoutUnit {
        LayoutUnit(self.0.saturating_add(other.0))
    }
}
impl Sub for LayoutUnit {
    type Output = LayoutUnit;
    fn sub(self, other: LayoutUnit) -> LayoutUnit {
        LayoutUnit(self.0.saturating_sub(other.0))
    }
}
impl Neg for LayoutUnit {
    type Output = LayoutUnit;
    fn neg(self) -> LayoutUnit {
        LayoutUnit(self.0.saturating_neg())
    }
}
impl AddAssign for LayoutUnit {
    fn add_assign(&mut self, other: LayoutUnit) {
        *self = *self + other;
    }
}
impl SubAssign for LayoutUnit {
    fn sub_assign(&mut self, other: LayoutUnit) {
        *self = *self - other;
    }
}
impl Sum for LayoutUnit {
    fn sum<I: Iterator<Item = LayoutUnit>>(iter: I) -> LayoutUnit {
        iter.fold(LayoutUnit::ZERO, |a, b| a + b)
    }
}

/// A place relative to some origin.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Point {
    /// To the right.
    pub x: LayoutUnit,
    /// Downwards.
    pub y: LayoutUnit,
}

impl Point {
    /// The point at `x`, `y`.
    pub fn new(x: LayoutUnit, y: LayoutUnit) -> Point {
        Point { x, y }
    }
}

impl Add for Point {
    type Output = Point;
    fn add(self, other: Point) -> Point {
        Point::new(self.x + other.x, self.y + other.y)
    }
}

/// A width and a height.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Size {
    /// Width.
    pub width: LayoutUnit,
    /// Height.
    pub height: LayoutUnit,
}

impl Size {
    /// The size `width` by `height`.
    pub fn new(width: LayoutUnit, height: LayoutUnit) -> Size {
        Size { width, height }
    }
}

/// A rectangle.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Rect {
    /// Top left corner.
    pub origin: Point,
    /// Extent.
    pub size: Size,
}

impl Rect {
    /// The rectangle with this corner and extent.
    pub fn new(origin: Point, size: Size) -> Rect {
        Rect { origin, size }
    }
    /// Right edge.
    pub fn right(&self) -> LayoutUnit {
        self.origin.x + self.size.width
    }
    /// Bottom edge.
    pub fn bottom(&self) -> LayoutUnit {
        self.origin.y + self.size.height
    }
    /// The rectangle inside `edges`.
    pub fn inside(&self, edges: &Edges) -> Rect {
        let origin = self.origin + Point::new(edges.left, edges.top);
        let size = Size::new(
            (self.size.width - edges.horizontal()).at_least_zero(),
            (self.size.height - edges.vertical()).at_least_zero(),
        );
        Rect { origin, size }
    }
    /// The smallest rectangle around both.
    pub fn union(&self, other: &Rect) -> Rect {
        let origin = Point::new(
            self.origin.x.min(other.origin.x),
            self.origin.y.min(other.origin.y),
        );
        let size = Size::new(
            self.right().max(other.right()) - origin.x,
            self.bottom().max(other.bottom()) - origin.y,
        );
        Rect { origin, size }
    }
}

/// Four widths: margins, borders or padding.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Edges {
    /// Top.
    pub top: LayoutUnit,
    /// Right.
    pub right: LayoutUnit,
    /// Bottom.
    pub bottom: LayoutUnit,
    /// Left.
    pub left: LayoutUnit,
}

impl Edges {
    /// Left plus right.
    pub fn horizontal(&self) -> LayoutUnit {
        self.left + self.right
    }
    /// Top plus bottom.
    pub fn vertical(&self) -> LayoutUnit {
        self.top + self.bottom
    }
}

impl Add for Edges {
    type Output = Edges;
    fn add(self, other: Edges) -> Edges {
        Edges {
            top: self.top + other.top,
            right: self.right + other.right,
            bottom: self.bottom + other.bottom,
            left: self.left + other.left,
        }
    }
}
