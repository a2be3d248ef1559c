//! Fonts, words and the places where lines may break.
//!
//! Stage: stage 11, CSS Fonts 4, CSS Text 3, UAX 14.
//! In: font files as bytes, strings. Out: shaped words, break opportunities.
//! Emits: nothing; what it chose is read from [`Fonts::take_notes`].
//! How it works: `face` is one font file, `family` finds it, `instance` places variable ones on their axes, `word`
//! shapes and remembers, `caps` makes small capitals, `upright` stands letters up on vertical lines, `line_break` says
//! where lines end, `transform` changes letters.
//! Not here: lines (`flow::inline`).

mod caps;
mod face;
mod family;
mod instance;
mod line_break;
mod transform;
mod upright;
mod word;

pub use caps::{Caps, SmallCapitals};
pub use face::{Face, FaceId, FontBytes, FontSource};
pub use family::{FamilyName, FontNote, FontRequest, Fonts, Slant, WebFont};
pub use instance::{InstanceId, MAX_INSTANCES};
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

/// What combines with the letter before it, or joins it with the next.
pub(crate) fn is_combining(c: char) -> bool {
    matches!(c as u32, 0x300..=0x36f | 0x200c | 0x200d | 0xfe00..=0xfe0f | 0x20d0..=0x20ff)
}
