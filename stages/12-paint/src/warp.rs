//! Pictures seen in perspective: drawn flat first, then pixel by pixel.

use crate::projection::Plane;
use vello_cpu::{
    Pixmap,
    color::PremulRgba8,
    kurbo::{Point, Rect},
};

/// Widest or highest flat picture, px; larger areas are drawn smaller.
pub(crate) const FLAT_SIDE_LIMIT: f64 = 2048.0;

/// What of a flat picture is seen in `target` (whole device px). `back` leads from the device to
/// px of the flat picture.
pub(crate) fn warp(flat: &Pixmap, back: &Plane, target: Rect) -> Option<Pixmap> {
    let (width, height) = (target.width() as u16, target.height() as u16);
    if width == 0 || height == 0 {
        return None;
    }
    let mut out = Pixmap::new(width, height);
    let line = usize::from(width);
    for (index, pixel) in out.data_mut().iter_mut().enumerate() {
        let x = target.x0 + (index % line) as f64 + 0.5;
        let y = target.y0 + (index / line) as f64 + 0.5;
        if let Some(p) = seen_at(back, x, y) {
            *pixel = sample(flat, p.x - 0.5, p.y - 0.5);
        }
    }
    out.recompute_may_have_transparency();
    Some(out)
}

fn seen_at(back: &Plane, x: f64, y: f64) -> Option<Point> {
    let [u, v, w] = back.0.map(|row| row[0] * x + row[1] * y + row[2]);
    (w.abs() > 1e-12).then(|| Point::new(u / w, v / w))
}

/// Between four pixels; outside the edge goes on.
fn sample(flat: &Pixmap, x: f64, y: f64) -> PremulRgba8 {
    let (width, height) = (usize::from(flat.width()), usize::from(flat.height()));
    let clamp = |v: f64, most: usize| v.clamp(0.0, most as f64 - 1.0);
    let (x, y) = (clamp(x, width), clamp(y, height));
    let (left, top) = (x.floor() as usize, y.floor() as usize);
    let (right, bottom) = ((left + 1).min(width - 1), (top + 1).min(height - 1));
    let (tx, ty) = (x - left as f64, y - top as f64);
    let at = |x: usize, y: usize| flat.data()[y * width + x];
    let corners = [
        at(left, top),
        at(right, top),
        at(left, bottom),
        at(right, bottom),
    ];
    let weights = [
        (1.0 - tx) * (1.0 - ty),
        tx * (1.0 - ty),
        (1.0 - tx) * ty,
        tx * ty,
    ];
    let mix = |part: fn(&PremulRgba8) -> u8| {
        let sum: f64 = corners
            .iter()
            .zip(weights)
            .map(|(c, w)| f64::from(part(c)) * w)
            .sum();
        sum.round() as u8
    };
    PremulRgba8 {
        r: mix(|c| c.r),
        g: mix(|c| c.g),
        b: mix(|c| c.b),
        a: mix(|c| c.a),
    }
}
