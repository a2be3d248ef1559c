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

/// The shaded edge of `inset` and the like: a third of full brightness less, as in Chromium.
pub fn darker(color: Color) -> Color {
    let [r, g, b, a] = color.components;
    let most = r.max(g).max(b);
    let by = if most > 0.0 {
        ((most - 0.33) / most).max(0.0)
    } else {
        0.0
    };
    Color::new([r * by, g * by, b * by, a])
}

/// The lit edge: the colour itself, unless it is too near its own shade to be told from it.
pub fn lighter(color: Color) -> Color {
    const LEAST_CONTRAST: f32 = 1.75;
    let contrast = (luminance(color) + 0.05) / (luminance(darker(color)) + 0.05);
    if contrast >= LEAST_CONTRAST {
        return color;
    }
    let [r, g, b, a] = color.components;
    let most = r.max(g).max(b);
    if most <= 0.0 {
        return Color::new([0.33, 0.33, 0.33, a]);
    }
    let by = (most + 0.33).min(1.0) / most;
    Color::new([r * by, g * by, b * by, a])
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
