//! Groups: opacity, filters, blending, clip paths (Filter Effects 1, Compositing 1, CSS Masking 1).

use crate::{
    border::rounded,
    color::resolve,
    display_list::{GroupFilter, Layer},
};
use style::{
    computed_values::mix_blend_mode::T as Mode,
    properties::ComputedValues,
    values::{
        computed::{
            Length, LengthPercentage, Position,
            basic_shape::{BasicShape, InsetRect, ShapeRadius},
        },
        generics::{
            basic_shape::{GenericBasicShape, GenericClipPath, GenericShapeRadius},
            effects::GenericFilter,
            position::GenericPositionOrAuto,
        },
    },
};
use vello_cpu::{
    kurbo::{BezPath, Ellipse, Point, Rect, Shape},
    peniko::{BlendMode, Compose, Mix},
};

/// Whether a style makes a group at all.
pub fn makes_group(style: &ComputedValues) -> bool {
    let effects = style.get_effects();
    effects.opacity < 1.0
        || !effects.filter.0.is_empty()
        || effects.mix_blend_mode != Mode::Normal
        || !matches!(style.get_svg().clip_path, GenericClipPath::None)
}

/// The groups around a box, outermost first.
/// GAP: filters that change colours, and filters by reference, are left out.
pub fn layers(style: &ComputedValues, rect: Rect) -> Vec<Layer> {
    let mut layers = Vec::new();
    if !makes_group(style) {
        return layers;
    }
    let effects = style.get_effects();
    let outer = Layer {
        opacity: (effects.opacity < 1.0).then_some(effects.opacity),
        clip: clip_path(style, rect),
        blend: blend(effects.mix_blend_mode),
        filter: None,
    };
    if outer.opacity.is_some() || outer.clip.is_some() || outer.blend.is_some() {
        layers.push(outer);
    }
    for filter in effects.filter.0.iter().rev() {
        let mut layer = Layer::default();
        match filter {
            GenericFilter::Blur(radius) if radius.0.px() > 0.0 => {
                layer.filter = Some(GroupFilter::Blur(radius.0.px()));
            }
            GenericFilter::Opacity(opacity) => layer.opacity = Some(opacity.0),
            GenericFilter::DropShadow(shadow) => {
                layer.filter = Some(GroupFilter::DropShadow {
                    x: shadow.horizontal.px(),
                    y: shadow.vertical.px(),
                    deviation: shadow.blur.0.px(),
                    color: resolve(&shadow.color, style),
                });
            }
            _ => continue,
        }
        layers.push(layer);
    }
    layers
}

/// The mode of a keyword; `None` is `normal`.
pub(crate) fn blend_named(keyword: &str) -> Option<BlendMode> {
    let mode = match keyword.to_ascii_lowercase().as_str() {
        "multiply" => Mode::Multiply,
        "screen" => Mode::Screen,
        "overlay" => Mode::Overlay,
        "darken" => Mode::Darken,
        "lighten" => Mode::Lighten,
        "color-dodge" => Mode::ColorDodge,
        "color-burn" => Mode::ColorBurn,
        "hard-light" => Mode::HardLight,
        "soft-light" => Mode::SoftLight,
        "difference" => Mode::Difference,
        "exclusion" => Mode::Exclusion,
        "hue" => Mode::Hue,
        "saturation" => Mode::Saturation,
        "color" => Mode::Color,
        "luminosity" => Mode::Luminosity,
        _ => return None,
    };
    blend(mode)
}

fn blend(mode: Mode) -> Option<BlendMode> {
    let mix = match mode {
        Mode::Normal => return None,
        Mode::PlusLighter => {
            return Some(BlendMode::new(Mix::Normal, Compose::PlusLighter));
        }
        Mode::Multiply => Mix::Multiply,
        Mode::Screen => Mix::Screen,
        Mode::Overlay => Mix::Overlay,
        Mode::Darken => Mix::Darken,
        Mode::Lighten => Mix::Lighten,
        Mode::ColorDodge => Mix::ColorDodge,
        Mode::ColorBurn => Mix::ColorBurn,
        Mode::HardLight => Mix::HardLight,
        Mode::SoftLight => Mix::SoftLight,
        Mode::Difference => Mix::Difference,
        Mode::Exclusion => Mix::Exclusion,
        Mode::Hue => Mix::Hue,
        Mode::Saturation => Mix::Saturation,
        Mode::Color => Mix::Color,
        Mode::Luminosity => Mix::Luminosity,
    };
    Some(BlendMode::new(mix, Compose::SrcOver))
}

/// The clip path in the border box; DEVIATION: other reference boxes are taken as the border box.
fn clip_path(style: &ComputedValues, rect: Rect) -> Option<BezPath> {
    match &style.get_svg().clip_path {
        GenericClipPath::Shape(shape, _) => basic_shape(shape, rect),
        GenericClipPath::Box(_) => Some(rect.to_path(0.1)),
        _ => None,
    }
}

fn px(length: &LengthPercentage, basis: f64) -> f64 {
    f64::from(length.resolve(Length::new(basis as f32)).px())
}

fn basic_shape(shape: &BasicShape, rect: Rect) -> Option<BezPath> {
    Some(match shape {
        GenericBasicShape::Rect(inset) => inset_path(inset, rect),
        GenericBasicShape::Circle(circle) => {
            let center = center(&circle.position, rect);
            let basis = (rect.width().powi(2) + rect.height().powi(2)).sqrt() / 2f64.sqrt();
            let radius = match &circle.radius {
                GenericShapeRadius::Length(l) => px(&l.0, basis),
                other => {
                    let (x, y) = sides(other, center, rect);
                    match other {
                        GenericShapeRadius::FarthestSide => x.max(y),
                        GenericShapeRadius::ClosestSide => x.min(y),
                        _ => x.hypot(y),
                    }
                }
            };
            Ellipse::new(center, (radius, radius), 0.0).to_path(0.05)
        }
        GenericBasicShape::Ellipse(ellipse) => {
            let center = center(&ellipse.position, rect);
            let radius = |r: &ShapeRadius, basis: f64, across: bool| match r {
                GenericShapeRadius::Length(l) => px(&l.0, basis),
                other => {
                    let (x, y) = sides(other, center, rect);
                    if across { x } else { y }
                }
            };
            let x = radius(&ellipse.semiaxis_x, rect.width(), true);
            let y = radius(&ellipse.semiaxis_y, rect.height(), false);
            Ellipse::new(center, (x, y), 0.0).to_path(0.05)
        }
        GenericBasicShape::Polygon(polygon) => {
            let mut path = BezPath::new();
            for (i, point) in polygon.coordinates.iter().enumerate() {
                let at = Point::new(
                    rect.x0 + px(&point.0, rect.width()),
                    rect.y0 + px(&point.1, rect.height()),
                );
                if i == 0 {
                    path.move_to(at);
                } else {
                    path.line_to(at);
                }
            }
            path.close_path();
            path
        }
        GenericBasicShape::PathOrShape(_) => return None,
    })
}

fn center(position: &GenericPositionOrAuto<Position>, rect: Rect) -> Point {
    match position {
        GenericPositionOrAuto::Auto => rect.center(),
        GenericPositionOrAuto::Position(p) => Point::new(
            rect.x0 + px(&p.horizontal, rect.width()),
            rect.y0 + px(&p.vertical, rect.height()),
        ),
    }
}

/// Distances to the closest or farthest sides along both axes.
fn sides(which: &ShapeRadius, center: Point, rect: Rect) -> (f64, f64) {
    let (left, right) = ((center.x - rect.x0).abs(), (rect.x1 - center.x).abs());
    let (top, bottom) = ((center.y - rect.y0).abs(), (rect.y1 - center.y).abs());
    match which {
        GenericShapeRadius::FarthestSide | GenericShapeRadius::FarthestCorner => {
            (left.max(right), top.max(bottom))
        }
        _ => (left.min(right), top.min(bottom)),
    }
}

fn inset_path(inset: &InsetRect, rect: Rect) -> BezPath {
    let (w, h) = (rect.width(), rect.height());
    let shape = Rect::new(
        rect.x0 + px(&inset.rect.3, w),
        rect.y0 + px(&inset.rect.0, h),
        rect.x1 - px(&inset.rect.1, w),
        rect.y1 - px(&inset.rect.2, h),
    );
    let shape = Rect::new(
        shape.x0,
        shape.y0,
        shape.x1.max(shape.x0),
        shape.y1.max(shape.y0),
    );
    let round = &inset.round;
    let radii = [
        &round.top_left,
        &round.top_right,
        &round.bottom_right,
        &round.bottom_left,
    ]
    .map(|corner| (px(&corner.0.width.0, w), px(&corner.0.height.0, h)));
    rounded(shape, &radii)
}
