//! Colours of CSS as colours of the rasteriser.

use style::{
    color::{AbsoluteColor, ColorSpace},
    properties::ComputedValues,
    values::computed::Color as Computed,
};
use vello_cpu::color::{AlphaColor, Srgb};

/// A colour in sRGB, alpha not multiplied in.
pub type Color = AlphaColor<Srgb>;

/// An absolute colour in sRGB, within gamut.
pub fn absolute(color: &AbsoluteColor) -> Color {
    let srgb = color.to_color_space(ColorSpace::Srgb);
    let [r, g, b, a] = *srgb.raw_components();
    let part = |v: f32| if v.is_nan() { 0.0 } else { v.clamp(0.0, 1.0) };
    Color::new([part(r), part(g), part(b), part(a)])
}

/// A computed colour of an element.
pub fn resolve(color: &Computed, style: &ComputedValues) -> Color {
    absolute(&color.resolve_to_absolute(&style.get_inherited_text().color))
}

/// Whether nothing of it can be seen.
pub fn invisible(color: Color) -> bool {
    color.components[3] <= 0.0
}

/// Colours that are lighter are not lit further.
const BRIGHT: f32 = 0.83;
/// Colours that are darker have no shade of their own.
const DIM: f32 = 0.0125;

/// The shaded edge of `inset` and the like: a third of full brightness less, as in Chromium; what is nearly black
/// is lit instead.
pub fn darker(color: Color) -> Color {
    match luminance(color) < DIM {
        true => moved(color, 0.33),
        false => moved(color, -0.33),
    }
}

/// The lit edge: a third of full brightness more, unless the colour is bright.
pub fn lighter(color: Color) -> Color {
    match luminance(color) {
        dim if dim < DIM => moved(moved(color, 0.33), 0.33),
        bright if bright > BRIGHT => color,
        _ => moved(color, 0.33),
    }
}

/// The colour with its greatest part larger by `by`, and the others in proportion.
fn moved(color: Color, by: f32) -> Color {
    let [r, g, b, a] = color.components;
    let most = r.max(g).max(b);
    if most <= 0.0 {
        let part = by.max(0.0);
        return Color::new([part, part, part, a]);
    }
    let times = (most + by).clamp(0.0, 1.0) / most;
    Color::new([r * times, g * times, b * times, a])
}

/// What `currentcolor` is in lines with two shades: a light grey, as in Chromium.
pub fn line_color(color: &Computed, is_shaded: bool, style: &ComputedValues) -> Color {
    match color {
        Computed::CurrentColor if is_shaded => Color::from_rgba8(238, 238, 238, 255),
        _ => resolve(color, style),
    }
}

/// Relative luminance (WCAG 2 definition).
fn luminance(color: Color) -> f32 {
    let linear = |c: f32| {
        if c <= 0.040_45 {
            c / 12.92
        } else {
            ((c + 0.055) / 1.055).powf(2.4)
        }
    };
    let [r, g, b, _] = color.components;
    0.2126 * linear(r) + 0.7152 * linear(g) + 0.0722 * linear(b)
}
