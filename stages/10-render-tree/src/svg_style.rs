//! Computed values of elements inside an SVG of the page, as presentation attributes for usvg.

use std::fmt::Write;
use style_traits::ToCss;
use thru_cssom::style::color::{AbsoluteColor, ColorSpace};
use thru_cssom::style::computed_values::mix_blend_mode::T as Blend;
use thru_cssom::style::values::computed::{Color, SVGPaint, Size};
use thru_cssom::style::values::generics::basic_shape::GenericClipPath;
use thru_cssom::style::values::generics::effects::GenericFilter;
use thru_cssom::style::values::generics::svg::{
    SVGLength, SVGOpacity, SVGPaintFallback, SVGPaintKind, SVGStrokeDashArray,
};
use thru_cssom::{Carried, ComputedValues};

/// Attributes that the computed values stand for: they are written anew.
pub(crate) fn is_from_style(name: &str) -> bool {
    matches!(
        name,
        "style"
            | "class"
            | "color"
            | "display"
            | "visibility"
            | "opacity"
            | "fill"
            | "fill-opacity"
            | "fill-rule"
            | "stroke"
            | "stroke-width"
            | "stroke-opacity"
            | "stroke-linecap"
            | "stroke-linejoin"
            | "stroke-miterlimit"
            | "stroke-dasharray"
            | "stroke-dashoffset"
            | "stop-color"
            | "stop-opacity"
            | "clip-path"
            | "clip-rule"
            | "filter"
            | "font-family"
            | "font-size"
            | "font-style"
            | "font-weight"
            | "letter-spacing"
            | "word-spacing"
            | "text-anchor"
            | "dominant-baseline"
            | "paint-order"
            | "transform"
            | "gradientTransform"
            | "patternTransform"
            | "transform-origin"
            | "transform-box"
    )
}

/// A colour as usvg reads it.
pub(crate) fn rgba(color: &AbsoluteColor) -> String {
    let srgb = color.to_color_space(ColorSpace::Srgb);
    let octet = |part: f32| (part.clamp(0.0, 1.0) * 255.0).round() as u8;
    let (r, g, b) = (
        octet(srgb.components.0),
        octet(srgb.components.1),
        octet(srgb.components.2),
    );
    if color.alpha >= 1.0 {
        format!("rgb({r},{g},{b})")
    } else {
        format!("rgba({r},{g},{b},{})", color.alpha)
    }
}

struct Writer<'a> {
    style: &'a ComputedValues,
    text: &'a mut String,
}

impl Writer<'_> {
    fn put(&mut self, name: &str, value: &str) {
        let _ = write!(self.text, " {name}=\"");
        crate::inline_svg::escape(value, self.text);
        self.text.push('"');
    }

    fn color(&self, color: &Color) -> String {
        rgba(&color.resolve_to_absolute(&self.style.get_inherited_text().color))
    }

    fn paint(&mut self, name: &str, paint: &SVGPaint) {
        let value = match &paint.kind {
            SVGPaintKind::None => "none".to_owned(),
            SVGPaintKind::Color(color) => self.color(color),
            SVGPaintKind::PaintServer(url) => {
                let fallback = match &paint.fallback {
                    SVGPaintFallback::None => " none".to_owned(),
                    SVGPaintFallback::Unset => String::new(),
                    SVGPaintFallback::Color(color) => format!(" {}", self.color(color)),
                };
                match local_reference(&url.to_css_string()) {
                    Some(reference) => format!("{reference}{fallback}"),
                    None => "none".to_owned(),
                }
            }
            SVGPaintKind::ContextFill => "context-fill".to_owned(),
            SVGPaintKind::ContextStroke => "context-stroke".to_owned(),
        };
        self.put(name, &value);
    }

    fn carried(&mut self, which: Carried, name: &str) {
        if let Some(value) = which.of(self.style) {
            self.put(name, &value);
        }
    }
}

/// `url("http://page#a")` as `url(#a)`; `None` without a fragment.
fn local_reference(url: &str) -> Option<String> {
    let fragment = url.rsplit_once('#')?.1.trim_end_matches([')', '"']);
    (!fragment.is_empty()).then(|| format!("url(#{fragment})"))
}

/// What an element's values are written for.
#[derive(Clone, Copy)]
pub(crate) struct Purpose {
    /// The root of the SVG is a box of the page: what CSS does to boxes is done there.
    pub is_root: bool,
    /// Only the shape counts: paint servers are not there.
    pub shape_only: bool,
    /// A group around has the fill and the opacity.
    pub bare: bool,
}

/// Writes what an element's values say.
pub(crate) fn write(style: &ComputedValues, local: &str, purpose: Purpose, text: &mut String) {
    let mut out = Writer { style, text };
    let color = rgba(&style.get_inherited_text().color);
    out.put("color", &color);
    if purpose.shape_only {
        out.put("fill", "black");
        shape(&mut out);
    } else {
        let svg = style.get_inherited_svg();
        match purpose.bare {
            true => out.put("fill", "none"),
            false => out.paint("fill", &svg.fill),
        }
        out.paint("stroke", &svg.stroke);
        inherited(&mut out);
    }
    fonts(&mut out);
    if !purpose.is_root {
        if !purpose.shape_only && !purpose.bare {
            effects(&mut out);
        }
        sizes(&mut out, local);
    }
    if local == "stop" {
        let stop = Carried::StopColor.of(style);
        out.put("stop-color", stop.as_deref().unwrap_or("black"));
        out.carried(Carried::StopOpacity, "stop-opacity");
    }
}

/// The stroke's outline without its paint.
fn shape(out: &mut Writer) {
    let svg = out.style.get_inherited_svg();
    if !matches!(svg.stroke.kind, SVGPaintKind::None) {
        out.put("stroke", "black");
    }
    if let SVGLength::LengthPercentage(width) = &svg.stroke_width {
        out.put("stroke-width", &width.to_css_string());
    }
}

fn inherited(out: &mut Writer) {
    let svg = out.style.get_inherited_svg();
    if let SVGOpacity::Opacity(opacity) = svg.fill_opacity {
        out.put("fill-opacity", &opacity.to_string());
    }
    if let SVGOpacity::Opacity(opacity) = svg.stroke_opacity {
        out.put("stroke-opacity", &opacity.to_string());
    }
    out.put("fill-rule", &svg.fill_rule.to_css_string());
    if let SVGLength::LengthPercentage(width) = &svg.stroke_width {
        out.put("stroke-width", &width.to_css_string());
    }
    out.put("stroke-linecap", &svg.stroke_linecap.to_css_string());
    out.put("stroke-linejoin", &svg.stroke_linejoin.to_css_string());
    out.put("stroke-miterlimit", &svg.stroke_miterlimit.0.to_string());
    if let SVGStrokeDashArray::Values(_) = &svg.stroke_dasharray {
        out.put("stroke-dasharray", &svg.stroke_dasharray.to_css_string());
    }
    if let SVGLength::LengthPercentage(offset) = &svg.stroke_dashoffset {
        out.put("stroke-dashoffset", &offset.to_css_string());
    }
    let visibility = out.style.get_inherited_box().visibility.to_css_string();
    out.put("visibility", &visibility);
    out.carried(Carried::ClipRule, "clip-rule");
    out.carried(Carried::PaintOrder, "paint-order");
    out.carried(Carried::TextAnchor, "text-anchor");
    out.carried(Carried::DominantBaseline, "dominant-baseline");
}

fn fonts(out: &mut Writer) {
    let font = out.style.get_font();
    out.put("font-family", &font.font_family.to_css_string());
    out.put("font-size", &font.font_size.used_size().px().to_string());
    out.put("font-style", &font.font_style.to_css_string());
    out.put("font-weight", &font.font_weight.to_css_string());
    let text = out.style.get_inherited_text();
    out.put("letter-spacing", &text.letter_spacing.to_css_string());
    out.put("word-spacing", &text.word_spacing.to_css_string());
}

fn effects(out: &mut Writer) {
    let effects = out.style.get_effects();
    if out.style.get_box().display.is_none() {
        out.put("display", "none");
    }
    if effects.opacity < 1.0 {
        out.put("opacity", &effects.opacity.to_string());
    }
    if effects.mix_blend_mode != Blend::Normal {
        let mode = format!("mix-blend-mode:{}", effects.mix_blend_mode.to_css_string());
        out.put("style", &mode);
    }
    if let GenericClipPath::Url(url) = &out.style.get_svg().clip_path
        && let Some(reference) = local_reference(&url.to_css_string())
    {
        out.put("clip-path", &reference);
    }
    let filters: Vec<String> = effects
        .filter
        .0
        .iter()
        .filter_map(|filter| match filter {
            GenericFilter::Url(url) => local_reference(&url.to_css_string()),
            other => Some(other.to_css_string()),
        })
        .collect();
    if !filters.is_empty() {
        out.put("filter", &filters.join(" "));
    }
}

/// `width` and `height` as properties (SVG 2 section 7.2).
fn sizes(out: &mut Writer, local: &str) {
    if !matches!(local, "rect" | "image" | "svg") {
        return;
    }
    let place = out.style.get_position();
    for (name, size) in [("width", &place.width), ("height", &place.height)] {
        if let Size::LengthPercentage(size) = size {
            out.put(name, &size.to_css_string());
        }
    }
}
