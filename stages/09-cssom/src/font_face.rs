use style::font_face::{FontFaceRule, FontStyleRange, Source};
use style::shared_lock::SharedRwLockReadGuard;
use style::stylist::Stylist;
use style::values::computed::font::FontStyle;
use url::Url;

/// An `@font-face` rule (CSS Fonts section 4).
#[derive(Clone, Debug, PartialEq)]
pub struct FontFace {
    /// Family that it is a face of.
    pub family: String,
    /// Where it can be had, in order of preference.
    pub urls: Vec<Url>,
    /// Installed fonts that would do, in order.
    pub local: Vec<String>,
    /// Lightest and boldest weight, 1 to 1000.
    pub weight: (f32, f32),
    /// Narrowest and widest width, per cent.
    pub width: (f32, f32),
    /// Slanted or italic.
    pub italic: bool,
    /// First and last code point of each range; empty is all.
    pub unicode_range: Vec<(u32, u32)>,
}

/// Every `@font-face` rule of the style sheets, in cascade order.
pub(crate) fn collect(stylist: &Stylist, guard: &SharedRwLockReadGuard<'_>) -> Vec<FontFace> {
    let mut faces = Vec::new();
    for (extra, _) in stylist.iter_extra_data_origins() {
        for (rule, _) in extra.font_faces.iter() {
            faces.extend(face(rule.read_with(guard)));
        }
    }
    faces
}

fn face(rule: &FontFaceRule) -> Option<FontFace> {
    let descriptors = &rule.descriptors;
    let family = descriptors.font_family.as_ref()?.name.to_string();
    let sources = &descriptors.src.as_ref()?.0;
    let url = |source: &Source| match source {
        Source::Url(source) if is_readable(source) => source.url.url().map(|url| Url::clone(url)),
        _ => None,
    };
    let local = |source: &Source| match source {
        Source::Local(name) => Some(name.name.to_string()),
        Source::Url(_) => None,
    };
    let weight = descriptors
        .font_weight
        .as_ref()
        .and_then(|range| range.compute());
    let width = descriptors
        .font_width
        .as_ref()
        .and_then(|range| range.compute());
    Some(FontFace {
        family,
        urls: sources.iter().filter_map(url).collect(),
        local: sources.iter().filter_map(local).collect(),
        weight: weight.map_or((400.0, 400.0), |range| (range.0.value(), range.1.value())),
        width: width.map_or((100.0, 100.0), |range| {
            (
                range.0.to_percentage().0 * 100.0,
                range.1.to_percentage().0 * 100.0,
            )
        }),
        italic: descriptors.font_style.as_ref().is_some_and(is_italic),
        unicode_range: descriptors
            .unicode_range
            .iter()
            .flatten()
            .map(|range| (range.start, range.end))
            .collect(),
    })
}

fn is_italic(style: &FontStyleRange) -> bool {
    match style {
        FontStyleRange::Italic => true,
        FontStyleRange::Oblique(..) => {
            FontStyleRange::compute(style).is_some_and(|range| range.1 != FontStyle::NORMAL)
        }
    }
}

/// EOT and SVG fonts are nobody's any more.
fn is_readable(source: &style::font_face::UrlSource) -> bool {
    use style::font_face::{FontFaceSourceFormat, FontFaceSourceFormatKeyword};
    match &source.format_hint {
        None => true,
        Some(FontFaceSourceFormat::Keyword(keyword)) => !matches!(
            keyword,
            FontFaceSourceFormatKeyword::EmbeddedOpentype | FontFaceSourceFormatKeyword::Svg
        ),
        Some(FontFaceSourceFormat::String(name)) => !matches!(
            name.to_ascii_lowercase().as_str(),
            "embedded-opentype" | "svg"
        ),
    }
}
