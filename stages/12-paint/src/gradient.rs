//! Gradients (CSS Images 3 section 3, 4 section 3).

use crate::color_stops::{Stops, from_line, from_zero, peniko, places};
use style::{
    color::mix::ColorInterpolationMethod,
    properties::ComputedValues,
    values::{
        computed::{self, Length, image::LineDirection},
        generics::image::{
            Circle, Ellipse, EndingShape, GenericGradient, GradientFlags, ShapeExtent,
        },
        specified::position::{HorizontalPositionKeyword as H, VerticalPositionKeyword as V},
    },
};
use vello_cpu::{
    kurbo::{Affine, Point},
    peniko::{Extend, Gradient},
};

/// A gradient for a tile of `width` by `height`, in the tile's space, and its own transform.
pub fn gradient(
    source: &computed::Gradient,
    style: &ComputedValues,
    width: f64,
    height: f64,
) -> (Gradient, Affine) {
    let stops = |items: &[_], method: &ColorInterpolationMethod, at: &dyn Fn(&_) -> f32| {
        places(items, &style.get_inherited_text().color, method, at)
    };
    let (gradient, flags, transform) = match source {
        GenericGradient::Linear {
            direction,
            items,
            flags,
            color_interpolation_method: method,
            ..
        } => {
            let (from, to) = line(direction, width, height);
            let length = (to - from).hypot() as f32;
            let stops: Stops = stops(items, method, &|p| position(p, length));
            let (low, high, stops) = from_line(stops, flags.contains(GradientFlags::REPEATING));
            let along = to - from;
            let gradient = Gradient::new_linear(
                from + along * f64::from(low),
                from + along * f64::from(high),
            );
            (
                gradient.with_stops(&peniko(&stops)[..]),
                *flags,
                Affine::IDENTITY,
            )
        }
        GenericGradient::Radial {
            shape,
            position: place,
            items,
            flags,
            color_interpolation_method: method,
            ..
        } => {
            let center = point(place, width, height);
            let (rx, ry) = radii(shape, center, width, height);
            let stops: Stops = stops(items, method, &|p| position(p, rx as f32));
            let (high, stops) = from_zero(stops, flags.contains(GradientFlags::REPEATING));
            let squeeze = if rx > 0.0 { ry / rx } else { 1.0 };
            let transform =
                Affine::translate(center.to_vec2()) * Affine::scale_non_uniform(1.0, squeeze);
            let radius = (rx as f32 * high).max(0.001);
            (
                Gradient::new_radial((0.0, 0.0), radius).with_stops(&peniko(&stops)[..]),
                *flags,
                transform,
            )
        }
        GenericGradient::Conic {
            angle,
            position: place,
            items,
            flags,
            color_interpolation_method: method,
            ..
        } => {
            let center = point(place, width, height);
            let turn = |p: &computed::AngleOrPercentage| match p {
                computed::AngleOrPercentage::Angle(a) => a.radians() / std::f32::consts::TAU,
                computed::AngleOrPercentage::Percentage(p) => p.0,
            };
            let current = &style.get_inherited_text().color;
            let stops: Stops = places(items, current, method, &turn);
            let (high, stops) = from_zero(stops, flags.contains(GradientFlags::REPEATING));
            let start = f64::from(angle.radians()) - std::f64::consts::FRAC_PI_2;
            let transform = Affine::translate(center.to_vec2()) * Affine::rotate(start);
            let sweep =
                Gradient::new_sweep((0.0, 0.0), 0.0, high.max(0.0001) * std::f32::consts::TAU);
            (sweep.with_stops(&peniko(&stops)[..]), *flags, transform)
        }
    };
    let extend = if flags.contains(GradientFlags::REPEATING) {
        Extend::Repeat
    } else {
        Extend::Pad
    };
    (gradient.with_extend(extend), transform)
}

fn position(p: &computed::LengthPercentage, length: f32) -> f32 {
    if length <= 0.0 {
        0.0
    } else {
        p.resolve(Length::new(length)).px() / length
    }
}

fn point(place: &computed::Position, width: f64, height: f64) -> Point {
    let x = place.horizontal.resolve(Length::new(width as f32)).px();
    let y = place.vertical.resolve(Length::new(height as f32)).px();
    Point::new(x.into(), y.into())
}

fn line(direction: &LineDirection, w: f64, h: f64) -> (Point, Point) {
    let angle = match direction {
        LineDirection::Angle(a) => f64::from(a.radians()),
        LineDirection::Horizontal(H::Left) => 1.5 * std::f64::consts::PI,
        LineDirection::Horizontal(H::Right) => 0.5 * std::f64::consts::PI,
        LineDirection::Vertical(V::Top) => 0.0,
        LineDirection::Vertical(V::Bottom) => std::f64::consts::PI,
        LineDirection::Corner(x, y) => {
            let right = *x == H::Right;
            let top = *y == V::Top;
            let base = (h / w.max(0.001)).atan();
            match (right, top) {
                (true, true) => base.min(std::f64::consts::FRAC_PI_2),
                (true, false) => std::f64::consts::PI - base,
                (false, false) => std::f64::consts::PI + base,
                (false, true) => -base,
            }
        }
    };
    let (sin, cos) = angle.sin_cos();
    let half = ((w * sin).abs() + (h * cos).abs()) / 2.0;
    let center = Point::new(w / 2.0, h / 2.0);
    let along = vello_cpu::kurbo::Vec2::new(sin, -cos) * half;
    (center - along, center + along)
}

fn radii(
    shape: &EndingShape<computed::NonNegativeLength, computed::NonNegativeLengthPercentage>,
    c: Point,
    w: f64,
    h: f64,
) -> (f64, f64) {
    let (near_x, far_x) = (c.x.min(w - c.x).abs(), c.x.max(w - c.x));
    let (near_y, far_y) = (c.y.min(h - c.y).abs(), c.y.max(h - c.y));
    match shape {
        EndingShape::Circle(Circle::Radius(r)) => (r.0.px().into(), r.0.px().into()),
        EndingShape::Circle(Circle::Extent(extent)) => {
            let r = match extent {
                ShapeExtent::ClosestSide | ShapeExtent::Contain => near_x.min(near_y),
                ShapeExtent::FarthestSide => far_x.max(far_y),
                ShapeExtent::ClosestCorner => near_x.hypot(near_y),
                _ => far_x.hypot(far_y),
            };
            (r, r)
        }
        EndingShape::Ellipse(Ellipse::Radii(x, y)) => (
            x.0.resolve(Length::new(w as f32)).px().into(),
            y.0.resolve(Length::new(h as f32)).px().into(),
        ),
        EndingShape::Ellipse(Ellipse::Extent(extent)) => {
            let root = std::f64::consts::SQRT_2;
            match extent {
                ShapeExtent::ClosestSide | ShapeExtent::Contain => (near_x, near_y),
                ShapeExtent::FarthestSide => (far_x, far_y),
                ShapeExtent::ClosestCorner => (near_x * root, near_y * root),
                _ => (far_x * root, far_y * root),
            }
        }
    }
}
