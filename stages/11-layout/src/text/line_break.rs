//! Where a line may end (UAX 14; CSS Text 3, section 5).

use icu_locale_core::langid;
use icu_properties::{CodePointMapData, props::LineBreak};
use icu_segmenter::{
    GraphemeClusterSegmenter, LineSegmenter,
    options::{LineBreakOptions, LineBreakStrictness, LineBreakWordOption},
};

/// `word-break`.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Default, Hash)]
pub enum WordRule {
    /// `normal`.
    #[default]
    Normal,
    /// `break-all`.
    BreakAll,
    /// `keep-all`.
    KeepAll,
}

/// `line-break`; `auto` is `normal`.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Default, Hash)]
pub enum Strictness {
    /// `loose`.
    Loose,
    /// `normal`.
    #[default]
    Normal,
    /// `strict`.
    Strict,
    /// `anywhere`.
    Anywhere,
}

/// What decides where a line may end.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Default, Hash)]
pub struct BreakRules {
    /// `word-break`.
    pub words: WordRule,
    /// `line-break`.
    pub strictness: Strictness,
    /// The language is Chinese or Japanese.
    pub japanese_or_chinese: bool,
}

impl BreakRules {
    /// Whether lines may end inside words of letters.
    fn inside_words(self) -> bool {
        self.words == WordRule::BreakAll || self.strictness == Strictness::Anywhere
    }
}

/// The byte offsets in `text` where a line may begin, ascending, without 0 and the end.
/// Breaks after spaces are included.
pub fn break_opportunities(text: &str, rules: BreakRules) -> Vec<usize> {
    if text.is_ascii() && !rules.inside_words() {
        return ascii_opportunities(text.as_bytes());
    }
    if rules.strictness == Strictness::Anywhere {
        return GraphemeClusterSegmenter::new()
            .segment_str(text)
            .filter(|at| *at > 0 && *at < text.len())
            .collect();
    }
    let mut options = LineBreakOptions::default();
    options.word_option = Some(match rules.words {
        WordRule::Normal => LineBreakWordOption::Normal,
        WordRule::BreakAll => LineBreakWordOption::BreakAll,
        WordRule::KeepAll => LineBreakWordOption::KeepAll,
    });
    options.strictness = Some(match rules.strictness {
        Strictness::Loose => LineBreakStrictness::Loose,
        Strictness::Strict => LineBreakStrictness::Strict,
        _ => LineBreakStrictness::Normal,
    });
    let japanese = langid!("ja");
    options.content_locale = rules.japanese_or_chinese.then_some(&japanese);
    let segmenter = LineSegmenter::new_auto(options);
    let bytes = text.as_bytes();
    let plain = |at: usize| bytes[at - 1].is_ascii_graphic() && bytes[at].is_ascii_graphic();
    let mut breaks: Vec<usize> = segmenter
        .segment_str(text)
        .filter(|at| *at > 0 && *at < text.len())
        .filter(|at| rules.inside_words() || !plain(*at))
        .collect();
    if rules.strictness == Strictness::Loose {
        breaks.extend(before_hyphens(text));
        breaks.sort_unstable();
        breaks.dedup();
    }
    if !rules.inside_words() {
        let ascii = (1..bytes.len()).filter(|at| plain(*at) && ascii_break(bytes, *at));
        breaks.extend(ascii);
        breaks.sort_unstable();
    }
    breaks
}

/// `line-break: loose` lets a line begin with a hyphen after an ideograph, in every language.
fn before_hyphens(text: &str) -> impl Iterator<Item = usize> + '_ {
    let hyphens = text.match_indices(['\u{2010}', '\u{2013}']);
    hyphens.map(|found| found.0).filter(|at| {
        let before = text[..*at].chars().next_back();
        before
            .is_some_and(|c| CodePointMapData::<LineBreak>::new().get(c) == LineBreak::Ideographic)
    })
}

fn ascii_opportunities(bytes: &[u8]) -> Vec<usize> {
    let mut breaks = Vec::with_capacity(bytes.len() / 4);
    for (at, pair) in bytes.windows(2).enumerate() {
        let &[before, after] = pair else { continue };
        if after.is_ascii_whitespace() {
            continue;
        }
        let letters = before.is_ascii_alphanumeric() && after.is_ascii_alphanumeric();
        if before.is_ascii_whitespace() || (!letters && ascii_break(bytes, at + 1)) {
            breaks.push(at + 1);
        }
    }
    breaks
}

/// DEVIATION: between two visible ASCII characters browsers break less than UAX 14 allows: only
/// after `-` and `?`, and before an opening bracket that follows a closing sign.
fn ascii_break(bytes: &[u8], at: usize) -> bool {
    let (before, after) = (bytes[at - 1], bytes[at]);
    let earlier = at.checked_sub(2).map(|i| bytes[i]);
    let closing = b"!\"'),.:;?]}>/-|".contains(&after);
    match before {
        b'-' if after.is_ascii_digit() => earlier.is_some_and(|c| c.is_ascii_alphanumeric()),
        b'-' | b'?' => !closing && earlier.is_some_and(|c| !c.is_ascii_whitespace()),
        b'!' | b'%' | b')' | b',' | b'.' | b':' | b';' | b'>' | b']' | b'}' => {
            b"([{<".contains(&after)
        }
        _ => false,
    }
}
