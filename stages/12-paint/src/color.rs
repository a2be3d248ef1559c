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

/// Darker or lighter, for `groove` and the like.
pub fn shade(color: Color, factor: f32) -> Color {
    let [r, g, b, a] = color.components;
    Color::new([r * factor, g * factor, b * factor, a])
}
