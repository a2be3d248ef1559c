//! Borders and outlines (CSS Backgrounds 3 sections 4 and 5).

use crate::{
    color::{Color, invisible, resolve, shade},
    display_list::DisplayItem,
};
use style::{properties::ComputedValues, values::computed::BorderStyle};
use thru_layout::unit::{Edges, LayoutUnit};
use vello_cpu::kurbo::{BezPath, Point, Rect, RoundedRect, RoundedRectRadii, Shape};

/// Corner radii: top left, top right, bottom right, bottom left; x and y.
pub type Radii = [(f64, f64); 4];

/// The used radii of a box (overlapping curves reduced, section 4.5).
pub fn radii(style: &ComputedValues, rect: Rect) -> Radii {
    let b = style.get_border();
    let corners = [
        &b.border_top_left_radius,
        &b.border_top_right_radius,
        &b.border_bottom_right_radius,
        &b.border_bottom_left_radius,
    ];
    let length = |l: &style::values::computed::NonNegativeLengthPercentage, basis: f64| {
        f64::from(
            l.0.resolve(style::values::computed::Length::new(basis as f32))
                .px(),
        )
    };
    let mut out = corners.map(|c| {
        (
            length(&c.0.width, rect.width()),
            length(&c.0.height, rect.height()),
        )
    });
    let mut factor: f64 = 1.0;
    let mut limit = |sum: f64, room: f64| {
        if sum > room && sum > 0.0 {
            factor = factor.min(room / sum);
        }
    };
    limit(out[0].0 + out[1].0, rect.width());
    limit(out[3].0 + out[2].0, rect.width());
    limit(out[0].1 + out[3].1, rect.height());
    limit(out[1].1 + out[2].1, rect.height());
    for corner in &mut out {
        corner.0 *= factor;
        corner.1 *= factor;
    }
    out
}

/// The radii of the shape inside `edges`.
pub fn inner_radii(radii: &Radii, e: &Edges) -> Radii {
    let px = |u: LayoutUnit| f64::from(u.to_px());
    let cut = |r: (f64, f64), x: f64, y: f64| {
        let inner = ((r.0 - x).max(0.0), (r.1 - y).max(0.0));
        if inner.0 == 0.0 || inner.1 == 0.0 {
            (0.0, 0.0)
        } else {
            inner
        }
    };
    [
        cut(radii[0], px(e.left), px(e.top)),
        cut(radii[1], px(e.right), px(e.top)),
        cut(radii[2], px(e.right), px(e.bottom)),
        cut(radii[3], px(e.left), px(e.bottom)),
    ]
}

/// A rounded rectangle as a path.
pub fn rounded(rect: Rect, radii: &Radii) -> BezPath {
    if radii.iter().all(|r| r.0 == 0.0 || r.1 == 0.0) {
        return rect.to_path(0.1);
    }
    if radii.iter().all(|r| (r.0 - r.1).abs() < 0.01) {
        let r = RoundedRectRadii::new(radii[0].0, radii[1].0, radii[2].0, radii[3].0);
        return RoundedRect::from_rect(rect, r).to_path(0.05);
    }
    const K: f64 = 0.552_284_75;
    let [tl, tr, br, bl] = *radii;
    let mut path = BezPath::new();
    path.move_to((rect.x0 + tl.0, rect.y0));
    path.line_to((rect.x1 - tr.0, rect.y0));
    path.curve_to(
        (rect.x1 - tr.0 * (1.0 - K), rect.y0),
        (rect.x1, rect.y0 + tr.1 * (1.0 - K)),
        (rect.x1, rect.y0 + tr.1),
    );
    path.line_to((rect.x1, rect.y1 - br.1));
    path.curve_to(
        (rect.x1, rect.y1 - br.1 * (1.0 - K)),
        (rect.x1 - br.0 * (1.0 - K), rect.y1),
        (rect.x1 - br.0, rect.y1),
    );
    path.line_to((rect.x0 + bl.0, rect.y1));
    path.curve_to(
        (rect.x0 + bl.0 * (1.0 - K), rect.y1),
        (rect.x0, rect.y1 - bl.1 * (1.0 - K)),
        (rect.x0, rect.y1 - bl.1),
    );
    path.line_to((rect.x0, rect.y0 + tl.1));
    path.curve_to(
        (rect.x0, rect.y0 + tl.1 * (1.0 - K)),
        (rect.x0 + tl.0 * (1.0 - K), rect.y0),
        (rect.x0 + tl.0, rect.y0),
    );
    path.close_path();
    path
}

/// `rect` without `edges`.
pub fn inset(rect: Rect, e: &Edges) -> Rect {
    let px = |u: LayoutUnit| f64::from(u.to_px());
    let (x0, y0) = (rect.x0 + px(e.left), rect.y0 + px(e.top));
    Rect::new(
        x0,
        y0,
        (rect.x1 - px(e.right)).max(x0),
        (rect.y1 - px(e.bottom)).max(y0),
    )
}

struct Side {
    width: f64,
    style: BorderStyle,
    color: Color,
}

/// The border of a box.
pub fn border(
    style: &ComputedValues,
    rect: Rect,
    edges: &Edges,
    radii: &Radii,
    out: &mut Vec<DisplayItem>,
) {
    let b = style.get_border();
    let px = |u: LayoutUnit| f64::from(u.to_px());
    let side = |width: LayoutUnit, kind, color: &style::values::computed::Color| Side {
        width: px(width),
        style: kind,
        color: resolve(color, style),
    };
    let sides = [
        side(edges.top, b.border_top_style, &b.border_top_color),
        side(edges.right, b.border_right_style, &b.border_right_color),
        side(edges.bottom, b.border_bottom_style, &b.border_bottom_color),
        side(edges.left, b.border_left_style, &b.border_left_color),
    ];
    let seen: Vec<&Side> = sides.iter().filter(|s| s.width > 0.0).collect();
    let Some(first) = seen.first() else { return };
    let alike = seen
        .iter()
        .all(|s| s.style == first.style && s.color == first.color);
    if alike && first.style == BorderStyle::Solid {
        if !invisible(first.color) {
            let mut ring = rounded(rect, radii);
            ring.extend(rounded(inset(rect, edges), &inner_radii(radii, edges)));
            out.push(DisplayItem::Path(ring, first.color));
        }
        return;
    }
    let inner = inset(rect, edges);
    let round = radii.iter().any(|r| r.0 > 0.0);
    if round {
        let mut ring = rounded(rect, radii);
        ring.extend(rounded(inner, &inner_radii(radii, edges)));
        out.push(DisplayItem::PushClip(ring));
    }
    for (index, side) in sides.iter().enumerate() {
        if side.width > 0.0 && !invisible(side.color) {
            paint_side(index, side, rect, inner, out);
        }
    }
    if round {
        out.push(DisplayItem::PopClip);
    }
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
        color: resolve(color, style),
    };
    if line.width <= 0.0 || invisible(line.color) {
        return;
    }
    let (index, inner) = if level {
        (0, Rect::new(rect.x0, rect.y1, rect.x1, rect.y1))
    } else {
        (3, Rect::new(rect.x1, rect.y0, rect.x1, rect.y1))
    };
    paint_side(index, &line, rect, inner, out);
}

/// A side's trapezium between two rectangles.
fn trapezium(index: usize, o: Rect, i: Rect) -> BezPath {
    let points: [Point; 4] = match index {
        0 => [
            (o.x0, o.y0).into(),
            (o.x1, o.y0).into(),
            (i.x1, i.y0).into(),
            (i.x0, i.y0).into(),
        ],
        1 => [
            (o.x1, o.y0).into(),
            (o.x1, o.y1).into(),
            (i.x1, i.y1).into(),
            (i.x1, i.y0).into(),
        ],
        2 => [
            (o.x1, o.y1).into(),
            (o.x0, o.y1).into(),
            (i.x0, i.y1).into(),
            (i.x1, i.y1).into(),
        ],
        _ => [
            (o.x0, o.y1).into(),
            (o.x0, o.y0).into(),
            (i.x0, i.y0).into(),
            (i.x0, i.y1).into(),
        ],
    };
    let mut path = BezPath::new();
    path.move_to(points[0]);
    for point in &points[1..] {
        path.line_to(*point);
    }
    path.close_path();
    path
}

fn between(o: Rect, i: Rect, t: f64) -> Rect {
    let mix = |a: f64, b: f64| a + (b - a) * t;
    Rect::new(
        mix(o.x0, i.x0),
        mix(o.y0, i.y0),
        mix(o.x1, i.x1),
        mix(o.y1, i.y1),
    )
}

fn paint_side(index: usize, side: &Side, o: Rect, i: Rect, out: &mut Vec<DisplayItem>) {
    let dark_first = index == 0 || index == 3;
    let mut part = |a: f64, b: f64, color: Color| {
        out.push(DisplayItem::Path(
            trapezium(index, between(o, i, a), between(o, i, b)),
            color,
        ));
    };
    let dark = shade(side.color, 0.5);
    match side.style {
        BorderStyle::None | BorderStyle::Hidden => {}
        BorderStyle::Solid => part(0.0, 1.0, side.color),
        BorderStyle::Double => {
            part(0.0, 1.0 / 3.0, side.color);
            part(2.0 / 3.0, 1.0, side.color);
        }
        BorderStyle::Inset => part(0.0, 1.0, if dark_first { dark } else { side.color }),
        BorderStyle::Outset => part(0.0, 1.0, if dark_first { side.color } else { dark }),
        BorderStyle::Groove | BorderStyle::Ridge => {
            let outer_dark = dark_first == (side.style == BorderStyle::Groove);
            let (outer, inner) = if outer_dark {
                (dark, side.color)
            } else {
                (side.color, dark)
            };
            part(0.0, 0.5, outer);
            part(0.5, 1.0, inner);
        }
        BorderStyle::Dotted | BorderStyle::Dashed => dashes(index, side, o, i, out),
    }
}

fn dashes(index: usize, side: &Side, o: Rect, i: Rect, out: &mut Vec<DisplayItem>) {
    let middle = between(o, i, 0.5);
    let (from, to): (Point, Point) = match index {
        0 => ((o.x0, middle.y0).into(), (o.x1, middle.y0).into()),
        1 => ((middle.x1, o.y0).into(), (middle.x1, o.y1).into()),
        2 => ((o.x0, middle.y1).into(), (o.x1, middle.y1).into()),
        _ => ((middle.x0, o.y0).into(), (middle.x0, o.y1).into()),
    };
    let dotted = side.style == BorderStyle::Dotted;
    let w = side.width;
    let length = (to - from).hypot();
    let dash = if dotted {
        w
    } else if w <= 2.0 {
        w * 3.0
    } else {
        w * 2.0
    };
    let gaps = ((length - dash) / (dash * 2.0)).round().max(1.0);
    let gap = if dotted || w > 0.0 {
        ((length - dash * (gaps + 1.0)) / gaps).max(0.5)
    } else {
        dash
    };
    let round = dotted && w > 1.0;
    let (a, b, pattern) = if round {
        let unit = (to - from) / length.max(1.0);
        (
            from + unit * (w / 2.0),
            to - unit * (w / 2.0),
            vec![0.001, dash + gap],
        )
    } else {
        (from, to, vec![dash, gap])
    };
    let mut path = BezPath::new();
    path.move_to(a);
    path.line_to(b);
    out.push(DisplayItem::Stroke {
        path,
        width: w,
        dashes: pattern,
        round,
        color: side.color,
    });
}
