//! Fonts, words and the places where lines may break.
//!
//! Stage: stage 11, CSS Fonts 4, CSS Text 3, UAX 14.
//! In: font files as bytes, strings. Out: shaped words, break opportunities.
//! Emits: nothing; what it chose is read from [`Fonts::take_notes`].
//! How it works: `face` is one font file, `family` finds it, `word` shapes and remembers, `line_break` says where,
//! `transform` changes letters.
//! Not here: lines (`flow::inline`).

mod face;
mod family;
mod line_break;
mod transform;
mod word;

pub use face::{Face, FaceId, FontBytes, FontSource};
pub use family::{FamilyName, FontNote, FontRequest, Fonts, Slant, WebFont};
pub use line_break::{BreakRules, Strictness, WordRule, break_opportunities};
pub use transform::{CaseLanguage, transform};
pub use word::{Font, FontMetrics, Glyph, Word};

/// "Other space separators" of CSS Text 3 section 4: Unicode's Zs but U+0020 and U+00A0.
pub(crate) fn is_other_space(c: char) -> bool {
    matches!(
        c,
        '\u{1680}' | '\u{2000}'..='\u{200a}' | '\u{202f}' | '\u{205f}' | '\u{3000}'
    )
}
