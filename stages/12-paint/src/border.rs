//! The shapes of borders: rounded corners, rectangles in each other (CSS Backgrounds 3 section 5).

use style::properties::ComputedValues;
use thru_layout::unit::{Edges, LayoutUnit};
use vello_cpu::kurbo::{BezPath, Rect, RoundedRect, RoundedRectRadii, Shape};

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
    radii_inside(radii, px(e))
}

/// Edges in px: top, right, bottom, left.
pub fn px(e: &Edges) -> [f64; 4] {
    [e.top, e.right, e.bottom, e.left].map(|u: LayoutUnit| f64::from(u.to_px()))
}

/// The radii of the shape inside edges of these widths: top, right, bottom, left.
pub fn radii_inside(radii: &Radii, [top, right, bottom, left]: [f64; 4]) -> Radii {
    let cut = |r: (f64, f64), x: f64, y: f64| {
        let inner = ((r.0 - x).max(0.0), (r.1 - y).max(0.0));
        if inner.0 == 0.0 || inner.1 == 0.0 {
            (0.0, 0.0)
        } else {
            inner
        }
    };
    [
        cut(radii[0], left, top),
        cut(radii[1], right, top),
        cut(radii[2], right, bottom),
        cut(radii[3], left, bottom),
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
    inside(rect, px(e))
}

/// `rect` without edges of these widths: top, right, bottom, left.
pub fn inside(rect: Rect, [top, right, bottom, left]: [f64; 4]) -> Rect {
    let (x0, y0) = (rect.x0 + left, rect.y0 + top);
    Rect::new(
        x0,
        y0,
        (rect.x1 - right).max(x0),
        (rect.y1 - bottom).max(y0),
    )
}
