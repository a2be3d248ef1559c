//! Lines of borders and outlines (CSS Backgrounds 3 sections 4.2 and 4.3).

use crate::{
    border::{Radii, inside, px, radii_inside, rounded},
    color::{Color, darker, invisible, lighter, line_color},
    dashes::dashes,
    display_list::DisplayItem,
};
use style::{properties::ComputedValues, values::computed::BorderStyle};
use thru_layout::unit::Edges;
use vello_cpu::kurbo::{BezPath, Point, Rect};

/// One of the four lines.
#[derive(Clone, Copy)]
pub struct Side {
    /// Width, px.
    pub width: f64,
    /// Style.
    pub style: BorderStyle,
    /// Colour.
    pub color: Color,
}

impl Side {
    fn is_seen(&self) -> bool {
        self.width > 0.0
            && !invisible(self.color)
            && !matches!(self.style, BorderStyle::None | BorderStyle::Hidden)
    }
}

/// Whether a line has a lit and a shaded side.
fn is_shaded(style: BorderStyle) -> bool {
    matches!(
        style,
        BorderStyle::Inset | BorderStyle::Outset | BorderStyle::Groove | BorderStyle::Ridge
    )
}

/// A band of a line: from and to, px from the outer edge, and its colour.
type Band = (f64, f64, Color);

/// The border of a box.
pub fn border(
    style: &ComputedValues,
    rect: Rect,
    edges: &Edges,
    radii: &Radii,
    out: &mut Vec<DisplayItem>,
) {
    let b = style.get_border();
    let [top, right, bottom, left] = px(edges);
    let side = |width: f64, kind, color: &style::values::computed::Color| Side {
        width,
        style: kind,
        color: line_color(color, is_shaded(kind), style),
    };
    let sides = [
        side(top, b.border_top_style, &b.border_top_color),
        side(right, b.border_right_style, &b.border_right_color),
        side(bottom, b.border_bottom_style, &b.border_bottom_color),
        side(left, b.border_left_style, &b.border_left_color),
    ];
    frame(&sides, rect, radii, out);
}

/// A piece of a border that several boxes share: `rect` is all of it.
/// In the collapsing model `inset` looks like `ridge` and `outset` like `groove` (CSS 2 section 17.6.3).
pub fn border_line(
    style: &ComputedValues,
    side: thru_layout::Side,
    rect: Rect,
    out: &mut Vec<DisplayItem>,
) {
    use thru_layout::Side as Which;
    let b = style.get_border();
    let (kind, color) = match side {
        Which::Top => (b.border_top_style, &b.border_top_color),
        Which::Right => (b.border_right_style, &b.border_right_color),
        Which::Bottom => (b.border_bottom_style, &b.border_bottom_color),
        Which::Left => (b.border_left_style, &b.border_left_color),
    };
    let level = matches!(side, Which::Top | Which::Bottom);
    let line = Side {
        width: if level { rect.height() } else { rect.width() },
        style: match kind {
            BorderStyle::Inset => BorderStyle::Ridge,
            BorderStyle::Outset => BorderStyle::Groove,
            other => other,
        },
        color: line_color(color, is_shaded(kind), style),
    };
    let nothing = Side {
        width: 0.0,
        style: BorderStyle::None,
        color: line.color,
    };
    let mut sides = [nothing; 4];
    sides[if level { 0 } else { 3 }] = line;
    frame(&sides, rect, &Radii::default(), out);
}

/// Four lines (top, right, bottom, left) around the inside of `rect`.
pub fn frame(sides: &[Side; 4], rect: Rect, radii: &Radii, out: &mut Vec<DisplayItem>) {
    let frame = Frame {
        sides,
        rect,
        widths: [0, 1, 2, 3].map(|i| sides[i].width),
        radii,
        is_round: radii.iter().any(|r| r.0 > 0.0 && r.1 > 0.0),
    };
    if sides.iter().any(Side::is_seen) && !frame.as_rings(out) {
        frame.side_by_side(out);
    }
}

struct Frame<'a> {
    sides: &'a [Side; 4],
    rect: Rect,
    widths: [f64; 4],
    radii: &'a Radii,
    is_round: bool,
}

impl Frame<'_> {
    /// Paints lines that are alike all around as rings; `false` if they are not.
    fn as_rings(&self, out: &mut Vec<DisplayItem>) -> bool {
        let drawn: Vec<(usize, &Side)> = (self.sides.iter().enumerate())
            .filter(|(_, side)| side.width > 0.0)
            .collect();
        let Some((_, first)) = drawn.first() else {
            return true;
        };
        let alike = drawn
            .iter()
            .all(|(_, s)| s.style == first.style && s.color == first.color);
        if !alike || !matches!(first.style, BorderStyle::Solid | BorderStyle::Double) {
            return false;
        }
        let bands: Vec<[Option<Band>; 4]> = (0..2)
            .map(|n| [0, 1, 2, 3].map(|i| bands(i, &self.sides[i]).get(n).copied()))
            .collect();
        let counts = drawn.iter().map(|(i, s)| bands_of(*i, s));
        let count = counts.clone().min().unwrap_or(0);
        if counts.clone().any(|c| c != count) {
            return false;
        }
        for band in bands.iter().take(count) {
            let from = band.map(|b| b.map_or(0.0, |b| b.0));
            let to = band.map(|b| b.map_or(0.0, |b| b.1));
            out.push(DisplayItem::Path(self.ring(from, to), first.color));
        }
        true
    }

    /// The space between two outlines, given by their distances from the border edge.
    fn ring(&self, from: [f64; 4], to: [f64; 4]) -> BezPath {
        let shape = |by| rounded(inside(self.rect, by), &radii_inside(self.radii, by));
        let mut path = shape(from);
        path.extend(shape(to));
        path
    }

    fn side_by_side(&self, out: &mut Vec<DisplayItem>) {
        // Parts of one colour are one shape, so that nothing shines through between them.
        let mut shapes: Vec<(Color, BezPath)> = Vec::new();
        for (index, side) in self.sides.iter().enumerate() {
            if !side.is_seen() {
                continue;
            }
            if matches!(side.style, BorderStyle::Dotted | BorderStyle::Dashed) {
                self.dashed(index, side, out);
                continue;
            }
            for (from, to, color) in bands(index, side) {
                let (from, to) = self.distances(side.width, from, to);
                if self.is_round {
                    out.push(DisplayItem::PushClip(self.corner_to_corner(index)));
                    out.push(DisplayItem::Path(self.ring(from, to), color));
                    out.push(DisplayItem::PopClip);
                    continue;
                }
                let shape = trapezium(index, inside(self.rect, from), inside(self.rect, to));
                match shapes.iter_mut().find(|(c, _)| *c == color) {
                    Some((_, path)) => path.extend(shape),
                    None => shapes.push((color, shape)),
                }
            }
        }
        for (color, path) in shapes {
            out.push(DisplayItem::Path(path, color));
        }
    }

    /// A band's distances on all sides, in proportion to their widths.
    fn distances(&self, width: f64, from: f64, to: f64) -> ([f64; 4], [f64; 4]) {
        let part = |at: f64| self.widths.map(|w| w * (at / width));
        (part(from), part(to))
    }

    fn dashed(&self, index: usize, side: &Side, out: &mut Vec<DisplayItem>) {
        let ring = self.ring([0.0; 4], self.widths);
        if self.is_round {
            out.push(DisplayItem::PushClip(ring));
            out.push(DisplayItem::PushClip(self.corner_to_corner(index)));
        }
        let middle = inside(self.rect, self.widths.map(|w| w / 2.0));
        dashes(index, side, self.rect, middle, out);
        if self.is_round {
            out.push(DisplayItem::PopClip);
            out.push(DisplayItem::PopClip);
        }
    }

    /// Everything that belongs to one side, as far in as the round corners reach.
    fn corner_to_corner(&self, index: usize) -> BezPath {
        let [top, right, bottom, left] = self.widths;
        let o = self.rect;
        let i = inside(o, self.widths);
        // The line between two sides goes on from the inner corner.
        let reach = |outer: Point, inner: Point, (rx, ry): (f64, f64), (wx, wy): (f64, f64)| {
            let further = if wx > 0.0 && wy > 0.0 {
                (rx / wx).max(ry / wy).max(1.0)
            } else {
                1.0
            };
            outer + (inner - outer) * further
        };
        let outer: [Point; 4] = corners(o);
        let inner = corners(i);
        let widths = [(left, top), (right, top), (right, bottom), (left, bottom)];
        let reached = [0, 1, 2, 3].map(|c| reach(outer[c], inner[c], self.radii[c], widths[c]));
        quad(index, outer, reached)
    }
}

/// From the top left, clockwise.
fn corners(r: Rect) -> [Point; 4] {
    [
        (r.x0, r.y0).into(),
        (r.x1, r.y0).into(),
        (r.x1, r.y1).into(),
        (r.x0, r.y1).into(),
    ]
}

/// A side's trapezium between two rectangles.
fn trapezium(index: usize, o: Rect, i: Rect) -> BezPath {
    quad(index, corners(o), corners(i))
}

/// The piece of side `index` between outer and inner corners (from the top left, clockwise).
fn quad(index: usize, outer: [Point; 4], inner: [Point; 4]) -> BezPath {
    let next = (index + 1) % 4;
    let mut path = BezPath::new();
    path.move_to(outer[index]);
    path.line_to(outer[next]);
    path.line_to(inner[next]);
    path.line_to(inner[index]);
    path.close_path();
    path
}

fn bands_of(index: usize, side: &Side) -> usize {
    bands(index, side).len()
}

/// The bands of a line; edges between them lie on whole px, as browsers have them.
fn bands(index: usize, side: &Side) -> Vec<Band> {
    let w = side.width;
    let is_lit_from_outside = index == 0 || index == 3;
    let shadow = |is_darker: bool| {
        if is_darker {
            darker(side.color)
        } else {
            lighter(side.color)
        }
    };
    match side.style {
        BorderStyle::None | BorderStyle::Hidden => Vec::new(),
        BorderStyle::Double if w >= 3.0 => vec![
            (0.0, (w / 3.0).floor(), side.color),
            ((w * 2.0 / 3.0).ceil(), w, side.color),
        ],
        BorderStyle::Inset => vec![(0.0, w, shadow(is_lit_from_outside))],
        BorderStyle::Outset => vec![(0.0, w, shadow(!is_lit_from_outside))],
        BorderStyle::Groove | BorderStyle::Ridge => {
            let outer_is_dark = is_lit_from_outside == (side.style == BorderStyle::Groove);
            let half = (w / 2.0).ceil();
            vec![
                (0.0, half, shadow(outer_is_dark)),
                (half, w, shadow(!outer_is_dark)),
            ]
        }
        _ => vec![(0.0, w, side.color)],
    }
}
