use super::grammar::{self, Expand};
use std::fmt::Write;

/// A property that is carried through the cascade under the name of a custom property.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Carried {
    /// CSS Text 3 section 5.4.
    Hyphens,
    /// CSS Text 4 section 6.3.
    HyphenateCharacter,
    /// CSS Text 4 section 6.4.2: of the shorthand `text-wrap` too.
    TextWrapStyle,
    /// CSS Multi-column 1 section 7.1.
    ColumnFill,
    /// CSS Multi-column 1 section 4.4; px.
    ColumnRuleWidth,
    /// CSS Multi-column 1 section 4.3.
    ColumnRuleStyle,
    /// CSS Multi-column 1 section 4.2.
    ColumnRuleColor,
    /// CSS Fragmentation 3 section 3.1; `page-break-before` too.
    BreakBefore,
    /// CSS Fragmentation 3 section 3.1; `page-break-after` too.
    BreakAfter,
    /// CSS Fragmentation 3 section 3.2; `page-break-inside` too.
    BreakInside,
    /// CSS Lists 3 section 4.2.
    CounterSet,
    /// CSS Sizing 4 section 5.2; px, without `auto`.
    ContainIntrinsicWidth,
    /// CSS Sizing 4 section 5.2; px, without `auto`.
    ContainIntrinsicHeight,
    /// CSS Containment 2 section 4.
    ContentVisibility,
    /// CSS Overflow 3 section 3.4.
    ScrollbarGutter,
    /// CSS Transforms 1 section 5.
    TransformBox,
    /// Compatibility standard section 3.3: the colour of glyphs.
    TextFillColor,
    /// CSS Text Decoration 4 section 2.9.
    TextDecorationSkipInk,
    /// SVG 2 section 11.10.1.
    TextAnchor,
    /// SVG 2 section 14.2.4.
    StopColor,
    /// SVG 2 section 14.2.4.
    StopOpacity,
    /// CSS Masking 1 section 5.2.
    ClipRule,
    /// SVG 2 section 13.8.
    PaintOrder,
    /// CSS Inline 3 section 4.2.
    DominantBaseline,
    /// CSS Writing Modes 4 section 5.1.
    TextOrientation,
    /// CSS Fonts 4 section 6.6: which of the values that are more than `small-caps`, beside stylo's own.
    FontVariantCaps,
    /// CSS Ruby 1 section 2: which box of a ruby an element makes; `display` then is `inline` or `table-column`.
    RubyDisplay,
    /// CSS Ruby 1 section 4.1.
    RubyPosition,
    /// CSS Ruby 1 section 4.3.
    RubyAlign,
    /// CSS Text 3 section 8.1: `hanging` and `each-line`, beside stylo's length.
    TextIndentKeywords,
    /// CSS Text 3 section 8.2.
    HangingPunctuation,
    /// CSS Overflow 4 section 5.1; `-webkit-line-clamp` is this with `-webkit-legacy`.
    LineClamp,
    /// Compatibility standard section 3.4: says that `display` was `-webkit-box` or `-webkit-inline-box`.
    WebkitBox,
    /// CSS Overflow 4 section 5.5: what `-webkit-line-clamp` asks for.
    WebkitBoxOrient,
    /// Compositing 1 section 7: a mode for each layer.
    BackgroundBlendMode,
}

/// How a property is carried.
pub(crate) struct Entry {
    pub which: Carried,
    /// Name in CSS; the custom property is `--thru-` with it.
    pub name: &'static str,
    pub inherits: bool,
    /// Syntax of the custom property and its initial value (CSS Properties and Values section 2).
    pub syntax: &'static str,
    pub initial: &'static str,
    /// Which values are valid.
    pub valid: fn(&str) -> bool,
}

const fn entry(
    which: Carried,
    name: &'static str,
    inherits: bool,
    syntax: (&'static str, &'static str),
    valid: fn(&str) -> bool,
) -> Entry {
    Entry {
        which,
        name,
        inherits,
        syntax: syntax.0,
        initial: syntax.1,
        valid,
    }
}

const ANY: (&str, &str) = ("*", "");
const LENGTH: (&str, &str) = ("none | <length>", "none");

const ENTRIES: [Entry; 35] = {
    use Carried as C;
    [
        entry(C::Hyphens, "hyphens", true, ANY, grammar::hyphens),
        entry(
            C::HyphenateCharacter,
            "hyphenate-character",
            true,
            ANY,
            grammar::auto_or_string,
        ),
        entry(
            C::TextWrapStyle,
            "text-wrap-style",
            true,
            ANY,
            grammar::text_wrap_style,
        ),
        entry(
            C::ColumnFill,
            "column-fill",
            false,
            ANY,
            grammar::column_fill,
        ),
        entry(
            C::ColumnRuleWidth,
            "column-rule-width",
            false,
            ("<length>", "3px"),
            grammar::line_width,
        ),
        entry(
            C::ColumnRuleStyle,
            "column-rule-style",
            false,
            ANY,
            grammar::line_style,
        ),
        entry(
            C::ColumnRuleColor,
            "column-rule-color",
            false,
            ("<color>", "currentcolor"),
            grammar::color,
        ),
        entry(
            C::BreakBefore,
            "break-before",
            false,
            ANY,
            grammar::break_between,
        ),
        entry(
            C::BreakAfter,
            "break-after",
            false,
            ANY,
            grammar::break_between,
        ),
        entry(
            C::BreakInside,
            "break-inside",
            false,
            ANY,
            grammar::break_inside,
        ),
        entry(C::CounterSet, "counter-set", false, ANY, grammar::counters),
        entry(
            C::ContainIntrinsicWidth,
            "contain-intrinsic-width",
            false,
            LENGTH,
            grammar::none_or_length,
        ),
        entry(
            C::ContainIntrinsicHeight,
            "contain-intrinsic-height",
            false,
            LENGTH,
            grammar::none_or_length,
        ),
        entry(
            C::ContentVisibility,
            "content-visibility",
            false,
            ANY,
            grammar::content_visibility,
        ),
        entry(
            C::ScrollbarGutter,
            "scrollbar-gutter",
            false,
            ANY,
            grammar::scrollbar_gutter,
        ),
        entry(
            C::TransformBox,
            "transform-box",
            false,
            ANY,
            grammar::transform_box,
        ),
        entry(
            C::TextFillColor,
            "-webkit-text-fill-color",
            true,
            ("<color>", "currentcolor"),
            grammar::color,
        ),
        entry(
            C::TextDecorationSkipInk,
            "text-decoration-skip-ink",
            true,
            ANY,
            grammar::skip_ink,
        ),
        entry(
            C::TextAnchor,
            "text-anchor",
            true,
            ANY,
            grammar::text_anchor,
        ),
        entry(
            C::StopColor,
            "stop-color",
            false,
            ("<color>", "black"),
            grammar::color,
        ),
        entry(C::StopOpacity, "stop-opacity", false, ANY, grammar::number),
        entry(C::ClipRule, "clip-rule", true, ANY, grammar::fill_rule),
        entry(
            C::PaintOrder,
            "paint-order",
            true,
            ANY,
            grammar::paint_order,
        ),
        entry(
            C::DominantBaseline,
            "dominant-baseline",
            true,
            ANY,
            grammar::dominant_baseline,
        ),
        entry(
            C::TextOrientation,
            "text-orientation",
            true,
            ANY,
            grammar::text_orientation,
        ),
        entry(
            C::FontVariantCaps,
            "caps-kind",
            true,
            ANY,
            grammar::keyword_part,
        ),
        entry(
            C::RubyDisplay,
            "ruby-display",
            false,
            ANY,
            grammar::keyword_part,
        ),
        entry(
            C::RubyPosition,
            "ruby-position",
            true,
            ANY,
            grammar::ruby_position,
        ),
        entry(C::RubyAlign, "ruby-align", true, ANY, grammar::ruby_align),
        entry(
            C::TextIndentKeywords,
            "indent-keywords",
            true,
            ANY,
            grammar::keyword_part,
        ),
        entry(
            C::HangingPunctuation,
            "hanging-punctuation",
            true,
            ANY,
            grammar::hanging_punctuation,
        ),
        entry(C::LineClamp, "line-clamp", false, ANY, grammar::line_clamp),
        entry(C::WebkitBox, "webkit-box", false, ANY, grammar::is_box),
        entry(
            C::WebkitBoxOrient,
            "-webkit-box-orient",
            false,
            ANY,
            grammar::box_orient,
        ),
        entry(
            C::BackgroundBlendMode,
            "background-blend-mode",
            false,
            ANY,
            grammar::blend_modes,
        ),
    ]
};

/// Names above that no sheet can write: they hold a part of a property that stylo knows.
const PARTS: [&str; 3] = ["caps-kind", "ruby-display", "indent-keywords"];

/// Names that stand for one or more carried properties, and what becomes of their values.
const OTHER_NAMES: [(&str, Expand); 15] = [
    ("text-align", grammar::justify_all),
    ("font-variant-caps", grammar::font_variant_caps),
    ("font-variant", grammar::font_variant),
    ("text-indent", grammar::text_indent),
    ("display", grammar::display),
    ("text-wrap", grammar::text_wrap),
    ("column-rule", grammar::column_rule),
    ("page-break-before", grammar::page_break_before),
    ("page-break-after", grammar::page_break_after),
    ("page-break-inside", grammar::page_break_inside),
    ("contain-intrinsic-size", grammar::contain_intrinsic_size),
    // DEVIATION: the inline axis is taken as horizontal in every writing mode.
    ("contain-intrinsic-inline-size", grammar::contain_width),
    ("contain-intrinsic-block-size", grammar::contain_height),
    ("-webkit-line-clamp", grammar::webkit_line_clamp),
    ("container", grammar::container),
];

/// Names under which browsers also know properties that stylo knows (Compatibility standard;
/// the logical ones are older than CSS Logical 1). They take the same values.
const ALIASES: [(&str, &str); 14] = [
    ("-webkit-padding-start", "padding-inline-start"),
    ("-webkit-padding-end", "padding-inline-end"),
    ("-webkit-padding-before", "padding-block-start"),
    ("-webkit-padding-after", "padding-block-end"),
    ("-webkit-margin-start", "margin-inline-start"),
    ("-webkit-margin-end", "margin-inline-end"),
    ("-webkit-margin-before", "margin-block-start"),
    ("-webkit-margin-after", "margin-block-end"),
    ("-webkit-border-start", "border-inline-start"),
    ("-webkit-border-end", "border-inline-end"),
    ("-webkit-border-before", "border-block-start"),
    ("-webkit-border-after", "border-block-end"),
    ("-webkit-logical-width", "inline-size"),
    ("-webkit-logical-height", "block-size"),
];

impl Carried {
    pub(crate) fn entry(self) -> &'static Entry {
        &ENTRIES[self as usize]
    }
}

fn is_css_wide(value: &str) -> bool {
    ["inherit", "initial", "unset", "revert", "revert-layer"]
        .iter()
        .any(|keyword| value.eq_ignore_ascii_case(keyword))
}

/// The declarations that stand for `name: value`, as names and values; `None` if the property is
/// not carried or the value is not valid.
pub(super) fn expand(name: &str, value: &str) -> Option<Vec<(String, String)>> {
    let own = |entry: &Entry, value: &str| (format!("--thru-{}", entry.name), value.to_owned());
    let open = is_css_wide(value) || value.to_ascii_lowercase().contains("var(");
    let by_name = |e: &&Entry| e.name.eq_ignore_ascii_case(name) && !PARTS.contains(&e.name);
    if let Some(entry) = ENTRIES.iter().find(by_name) {
        let value = grammar::normal(entry.which, value);
        return (open || (entry.valid)(&value)).then(|| vec![own(entry, &value)]);
    }
    let alias = ALIASES
        .iter()
        .find(|(other, _)| other.eq_ignore_ascii_case(name));
    if let Some((_, name)) = alias {
        return Some(vec![((*name).to_owned(), value.to_owned())]);
    }
    let (_, expand) = OTHER_NAMES
        .iter()
        .find(|(other, _)| other.eq_ignore_ascii_case(name))?;
    // A whole value that is open goes to every part.
    let probe = if open { "" } else { value };
    let parts = expand(probe)?;
    let carried = |name: &str| ENTRIES.iter().find(|e| e.name == name);
    Some(
        parts
            .into_iter()
            .map(|(name, part)| {
                let part = if open { value.to_owned() } else { part };
                match carried(name) {
                    Some(entry) => own(entry, &part),
                    None => (name.to_owned(), part),
                }
            })
            .collect(),
    )
}

/// `@property` rules for all of them.
pub(crate) fn registrations() -> String {
    let mut css = String::new();
    for entry in &ENTRIES {
        let _ = write!(
            css,
            "@property --thru-{}{{syntax:\"{}\";inherits:{};",
            entry.name, entry.syntax, entry.inherits
        );
        if !entry.initial.is_empty() {
            let _ = write!(css, "initial-value:{};", entry.initial);
        }
        css.push('}');
    }
    css
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn an_entry_stands_at_its_number() {
        for entry in &ENTRIES {
            assert_eq!(entry.which.entry().name, entry.name);
        }
    }

    #[test]
    fn values_are_judged_before_they_are_carried() {
        assert!(expand("hyphens", "auto").is_some());
        assert!(expand("HYPHENS", "Inherit").is_some());
        assert!(expand("hyphens", "perhaps").is_none());
        assert!(expand("color", "red").is_none());
    }

    #[test]
    fn shorthands_fall_apart() {
        let parts = expand("column-rule", "solid red").expect("valid");
        let text: Vec<String> = parts.iter().map(|(n, v)| format!("{n}:{v}")).collect();
        assert_eq!(
            text,
            [
                "--thru-column-rule-width:3px",
                "--thru-column-rule-style:solid",
                "--thru-column-rule-color:red"
            ]
        );
        assert!(expand("column-rule", "solid dashed").is_none());
        let wrap = expand("text-wrap", "nowrap").expect("valid");
        assert_eq!(wrap[0], ("text-wrap-mode".to_owned(), "nowrap".to_owned()));
    }
}
