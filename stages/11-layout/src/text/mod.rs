//! Fonts, words and the places where lines may break.
//!
//! Stage: stage 11, CSS Fonts 4, CSS Text 3, UAX 14.
//! In: font files as bytes, strings. Out: shaped words, break opportunities.
//! Emits: nothing; what it chose is read from [`Fonts::take_notes`].
//! How it works: `face` is one font file, `family` finds it, `word` shapes and remembers, `line_break` says where.
//! Not here: lines (`flow::inline`).

mod face;
mod family;
mod line_break;
mod word;

pub use face::{Face, FaceId, FontBytes, FontSource};
pub use family::{FamilyName, FontNote, FontRequest, Fonts, Slant, WebFont};
pub use line_break::{BreakRules, break_opportunities};
pub use word::{Font, FontMetrics, Glyph, Word};
