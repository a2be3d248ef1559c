//! Where a line may end (UAX 14; CSS Text 3, section 5).

use icu_segmenter::{
    LineSegmenter,
    options::{LineBreakOptions, LineBreakWordOption},
};

/// `word-break`.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Default, Hash)]
pub enum BreakRules {
    /// `normal`.
    #[default]
    Normal,
    /// `break-all`.
    BreakAll,
    /// `keep-all`.
    KeepAll,
}

/// The byte offsets in `text` where a line may begin, ascending, without 0 and the end.
/// Breaks after spaces are included.
pub fn break_opportunities(text: &str, rules: BreakRules) -> Vec<usize> {
    if text.is_ascii() && rules != BreakRules::BreakAll {
        return ascii_opportunities(text.as_bytes());
    }
    let mut options = LineBreakOptions::default();
    options.word_option = Some(match rules {
        BreakRules::Normal => LineBreakWordOption::Normal,
        BreakRules::BreakAll => LineBreakWordOption::BreakAll,
        BreakRules::KeepAll => LineBreakWordOption::KeepAll,
    });
    let segmenter = LineSegmenter::new_auto(options);
    let bytes = text.as_bytes();
    let plain = |at: usize| bytes[at - 1].is_ascii_graphic() && bytes[at].is_ascii_graphic();
    let mut breaks: Vec<usize> = segmenter
        .segment_str(text)
        .filter(|at| *at > 0 && *at < text.len())
        .filter(|at| rules == BreakRules::BreakAll || !plain(*at))
        .collect();
    if rules != BreakRules::BreakAll {
        let ascii = (1..bytes.len()).filter(|at| plain(*at) && ascii_break(bytes, *at));
        breaks.extend(ascii);
        breaks.sort_unstable();
    }
    breaks
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
