//! What text asks of a style: fonts, breaks, annotations.

use crate::text::{BreakRules, Caps, FamilyName, FontRequest, Slant, Strictness, WordRule};
use style::{
    properties::ComputedValues,
    values::{
        computed::{
            self,
            font::{GenericFontFamily, SingleFontFamily},
        },
        specified::text::{LineBreak, WordBreak},
    },
};
use thru_cssom::Carried;

/// `ruby-position` (CSS Ruby 1 section 4.1).
#[derive(Clone, Copy, Debug, PartialEq, Eq, Default)]
pub struct RubyPosition {
    /// The first level stands under the base.
    pub under: bool,
    /// Further levels stand on the other side in turn.
    pub alternates: bool,
}

/// `ruby-align` (CSS Ruby 1 section 4.3).
#[derive(Clone, Copy, Debug, PartialEq, Eq, Default)]
pub enum RubyAlign {
    /// At the start.
    Start,
    /// In the middle.
    Center,
    /// Spread, ends at the ends.
    SpaceBetween,
    /// Spread, with half as much at the ends.
    #[default]
    SpaceAround,
}

pub(crate) fn break_rules(style: &ComputedValues) -> BreakRules {
    let words = style.get_inherited_text();
    let language = &style.get_font()._x_lang.0;
    let primary = language.split(['-', '_']).next().unwrap_or_default();
    BreakRules {
        words: match words.word_break {
            WordBreak::BreakAll => WordRule::BreakAll,
            WordBreak::KeepAll => WordRule::KeepAll,
            _ => WordRule::Normal,
        },
        strictness: match words.line_break {
            LineBreak::Auto | LineBreak::Normal => Strictness::Normal,
            LineBreak::Loose => Strictness::Loose,
            LineBreak::Strict => Strictness::Strict,
            LineBreak::Anywhere => Strictness::Anywhere,
        },
        japanese_or_chinese: ["ja", "zh"].iter().any(|l| primary.eq_ignore_ascii_case(l)),
    }
}

pub(crate) fn ruby_position(style: &ComputedValues) -> RubyPosition {
    let value = Carried::RubyPosition.of(style).unwrap_or_default();
    let has = |word: &str| value.split(' ').any(|w| w.eq_ignore_ascii_case(word));
    RubyPosition {
        under: has("under"),
        alternates: value.is_empty() || has("alternate"),
    }
}

pub(crate) fn ruby_align(style: &ComputedValues) -> RubyAlign {
    match Carried::RubyAlign.of(style).as_deref() {
        Some("start") => RubyAlign::Start,
        Some("center") => RubyAlign::Center,
        Some("space-between") => RubyAlign::SpaceBetween,
        _ => RubyAlign::SpaceAround,
    }
}

pub(crate) fn indent_keyword(style: &ComputedValues, keyword: &str) -> bool {
    let keywords = Carried::TextIndentKeywords.of(style);
    keywords.is_some_and(|words| words.split(' ').any(|word| word == keyword))
}

/// Stylo parses `small-caps`, the others are carried beside it.
fn caps(style: &ComputedValues) -> Caps {
    use style::computed_values::font_variant_caps::T;
    if style.get_font().font_variant_caps == T::Normal {
        return match Carried::FontVariantCaps.is(style, "titling-caps") {
            true => Caps::Titling,
            false => Caps::Normal,
        };
    }
    match Carried::FontVariantCaps.of(style).as_deref() {
        Some("all-small-caps") => Caps::AllSmall,
        Some("petite-caps") => Caps::Petite,
        Some("all-petite-caps") => Caps::AllPetite,
        Some("unicase") => Caps::Unicase,
        _ => Caps::Small,
    }
}

pub(crate) fn font_request(style: &ComputedValues) -> FontRequest {
    let font = style.get_font();
    let families = font.font_family.families.iter().map(|family| match family {
        SingleFontFamily::FamilyName(name) => match name.name.as_ref() {
            "system-ui" => FamilyName::SystemUi,
            name => FamilyName::Named(name.to_owned()),
        },
        SingleFontFamily::Generic(generic) => match generic {
            GenericFontFamily::Serif => FamilyName::Serif,
            GenericFontFamily::SansSerif => FamilyName::SansSerif,
            GenericFontFamily::Monospace => FamilyName::Monospace,
            GenericFontFamily::SystemUi => FamilyName::SystemUi,
            _ => FamilyName::Other,
        },
    });
    let size = font.font_size.used_size().px();
    let basis = computed::Length::new(size);
    FontRequest {
        families: families.collect(),
        size,
        weight: font.font_weight.value(),
        stretch: font.font_width.to_percentage().0 * 100.0,
        slant: if font.font_style == computed::FontStyle::NORMAL {
            Slant::Normal
        } else {
            Slant::Italic
        },
        letter_spacing: style
            .get_inherited_text()
            .letter_spacing
            .0
            .resolve(basis)
            .px(),
        kerning: font.font_kerning != style::computed_values::font_kerning::T::None,
        features: font
            .font_feature_settings
            .0
            .iter()
            .map(|f| (f.tag.0, f.value as u32))
            .collect(),
        caps: caps(style),
        variations: font
            .font_variation_settings
            .0
            .iter()
            .map(|f| (f.tag.0, f.value))
            .collect(),
        optical: font.font_optical_sizing == style::computed_values::font_optical_sizing::T::Auto,
        upright: false,
    }
}
