//! Properties and a pseudo-element that the published stylo does not parse, carried through its
//! cascade under other names.
//!
//! Stage: stage 09, CSS Cascade, CSS Variables.
//! In: the text of a sheet or of a `style` attribute. Out: text that stylo understands; later the
//! computed value of a carried property.
//! Emits: nothing.
//! How it works: before a sheet is parsed, `rewrite` turns `hyphens: auto` into a registered custom
//! property `--thru-hyphens: auto` if the value is valid, so that cascade, inheritance, `var()`,
//! `inherit` and `@supports` are stylo's; [`Carried::of`] reads the computed value. `::first-line`
//! goes under the name of `::backdrop`, which no element of a page without scripts can have.
//! Not here: what the properties do (10, 11, 12).

mod grammar;
mod rewrite;
mod table;

pub(crate) use rewrite::{declarations, sheet};
pub use table::Carried;
pub(crate) use table::registrations;

use style::color::AbsoluteColor;
use style::properties::ComputedValues;
use style_traits::ToCss;
use stylo_atoms::Atom;

impl Carried {
    /// The computed value as text; `None` is the initial value.
    pub fn of(self, style: &ComputedValues) -> Option<String> {
        let all = style.custom_properties();
        if all.is_empty() {
            return None;
        }
        let entry = self.entry();
        let name = Atom::from(format!("thru-{}", entry.name));
        let map = if entry.inherits {
            &all.inherited
        } else {
            &all.non_inherited
        };
        let text = map.get(&name)?.to_css_string();
        Some(text.trim().to_owned()).filter(|text| !text.is_empty())
    }

    /// Whether the computed value is this keyword.
    pub fn is(self, style: &ComputedValues, keyword: &str) -> bool {
        self.of(style)
            .is_some_and(|value| value.eq_ignore_ascii_case(keyword))
    }

    /// The computed value as a colour.
    pub fn color(self, style: &ComputedValues) -> Option<AbsoluteColor> {
        let text = self.of(style)?.to_ascii_lowercase();
        if text == "currentcolor" {
            return Some(style.get_inherited_text().color);
        }
        // What a computed `<color>` of sRGB is written as (CSS Color 4 section 15.1).
        let inside = text.strip_suffix(')')?;
        let inside = inside
            .strip_prefix("rgba(")
            .or(inside.strip_prefix("rgb("))?;
        let parts: Vec<f32> = inside
            .split(',')
            .map_while(|part| part.trim().parse().ok())
            .collect();
        match parts[..] {
            [r, g, b] => Some(AbsoluteColor::srgb_legacy(r as u8, g as u8, b as u8, 1.0)),
            [r, g, b, a] => Some(AbsoluteColor::srgb_legacy(r as u8, g as u8, b as u8, a)),
            _ => None,
        }
    }

    /// The computed value as a string, without its quotation marks and escapes.
    pub fn string(self, style: &ComputedValues) -> Option<String> {
        let text = self.of(style)?;
        let mut parser = cssparser::Parser::new(&text);
        let string = parser.expect_string().ok()?;
        Some(string.as_ref().to_owned())
    }

    /// The computed value as a length in px.
    pub fn px(self, style: &ComputedValues) -> Option<f32> {
        self.of(style)?.strip_suffix("px")?.parse().ok()
    }
}
