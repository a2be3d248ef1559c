use euclid::{Scale, Size2D};
use style::context::QuirksMode;
use style::device::Device;
use style::device::servo::FontMetricsProvider;
use style::font_metrics::FontMetrics;
use style::media_queries::MediaType;
use style::properties::ComputedValues;
use style::properties::style_structs::Font;
use style::queries::values::PrefersColorScheme;
use style::servo::media_features::PointerCapabilities;
use style::values::computed::font::{GenericFontFamily, SingleFontFamily};
use style::values::computed::{CSSPixelLength, Length};
use style::values::specified::font::QueryFontMetricsFlags;

/// What pages are shown on.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct Screen {
    /// Width of the viewport, CSS px.
    pub width: f32,
    /// Height of the viewport, CSS px.
    pub height: f32,
    /// Device px a CSS px.
    pub scale: f32,
    /// `print` instead of `screen`.
    pub print: bool,
}

/// Makes stylo's device: light scheme, no pointer (as in the pictures that we compare with).
pub(crate) fn device(screen: Screen, quirks: QuirksMode) -> Device {
    let media = if screen.print {
        MediaType::print()
    } else {
        MediaType::screen()
    };
    Device::new(
        media,
        quirks,
        Size2D::new(screen.width, screen.height),
        Size2D::new(screen.width * screen.scale, screen.height * screen.scale),
        Scale::new(screen.scale),
        Box::new(KnownFonts),
        ComputedValues::initial_values_with_font_override(Font::initial_values()),
        PrefersColorScheme::Light,
        PointerCapabilities::empty(),
        PointerCapabilities::empty(),
    )
}

/// Figures of the fonts that pages are shown with, in parts of the em, for `ex`, `ch` and `cap`.
/// GAP: fonts that the page brings are taken for the generic ones.
#[derive(Debug)]
struct KnownFonts;

struct Figures {
    x_height: f32,
    zero: f32,
    cap_height: f32,
    ascent: f32,
}

const SERIF: Figures = Figures {
    x_height: 940.0 / 2048.0,
    zero: 0.5,
    cap_height: 0.655,
    ascent: 1825.0 / 2048.0,
};
const SANS: Figures = Figures {
    x_height: 1082.0 / 2048.0,
    zero: 1139.0 / 2048.0,
    cap_height: 1409.0 / 2048.0,
    ascent: 1854.0 / 2048.0,
};
const MONO: Figures = Figures {
    x_height: 1120.0 / 2048.0,
    zero: 1233.0 / 2048.0,
    cap_height: 0.729,
    ascent: 1901.0 / 2048.0,
};
const COURIER: Figures = Figures {
    x_height: 1082.0 / 2048.0,
    zero: 1229.0 / 2048.0,
    cap_height: 0.66,
    ascent: 0.833,
};
const DEJAVU: Figures = Figures {
    x_height: 1120.0 / 2048.0,
    zero: 1303.0 / 2048.0,
    cap_height: 0.729,
    ascent: 1901.0 / 2048.0,
};
const AHEM: Figures = Figures {
    x_height: 0.8,
    zero: 1.0,
    cap_height: 0.8,
    ascent: 0.8,
};

fn by_name(name: &str) -> Option<&'static Figures> {
    Some(match name.to_ascii_lowercase().as_str() {
        "times" | "times new roman" | "liberation serif" => &SERIF,
        "arial" | "helvetica" | "liberation sans" => &SANS,
        "dejavu sans mono" => &MONO,
        "courier" | "courier new" | "liberation mono" => &COURIER,
        "dejavu sans" => &DEJAVU,
        "ahem" => &AHEM,
        _ => return None,
    })
}

fn by_generic(generic: GenericFontFamily) -> Option<&'static Figures> {
    Some(match generic {
        GenericFontFamily::Serif => &SERIF,
        GenericFontFamily::SansSerif => &SANS,
        GenericFontFamily::Monospace => &MONO,
        GenericFontFamily::SystemUi => &DEJAVU,
        _ => return None,
    })
}

fn figures(font: &Font) -> &'static Figures {
    font.font_family
        .families
        .iter()
        .find_map(|family| match family {
            SingleFontFamily::FamilyName(name) => by_name(&name.name),
            SingleFontFamily::Generic(generic) => by_generic(*generic),
        })
        .unwrap_or(&SERIF)
}

impl FontMetricsProvider for KnownFonts {
    fn query_font_metrics(
        &self,
        _vertical: bool,
        font: &Font,
        base_size: CSSPixelLength,
        _flags: QueryFontMetricsFlags,
    ) -> FontMetrics {
        let figures = figures(font);
        let of = |part: f32| Length::new(base_size.px() * part);
        FontMetrics {
            x_height: Some(of(figures.x_height)),
            zero_advance_measure: Some(of(figures.zero)),
            cap_height: Some(of(figures.cap_height)),
            ic_width: Some(of(1.0)),
            ascent: of(figures.ascent),
            script_percent_scale_down: None,
            script_script_percent_scale_down: None,
        }
    }

    fn base_size_for_generic(&self, generic: GenericFontFamily) -> Length {
        Length::new(if generic == GenericFontFamily::Monospace {
            13.0
        } else {
            16.0
        })
    }
}
