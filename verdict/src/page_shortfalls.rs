//! What layout could not do for the page: characters that no font at hand has, and what is not
//! built.

use crate::{Finding, Severity, mend};
use std::collections::BTreeSet;
use thru_events::{Certainty, Code, Event, EventId, Stage, http::HttpEvent, layout::LayoutEvent};
use thru_journal::NearSide;

/// Characters that are named; of the rest only their number is told.
const MOST_NAMED: usize = 5;

/// Events that the finding names as its evidence at most.
const MOST_EVIDENCE: usize = 5;

/// `page.font_missing` and `page.unsupported_feature`, where there is something to say.
pub(crate) fn found(near: NearSide<'_>) -> impl Iterator<Item = Finding> {
    let not_built = near.find_all(|event| match event {
        Event::Layout(LayoutEvent::FeatureUnsupported { what, count }) => Some((what, *count)),
        _ => None,
    });
    let not_built = not_built.map(move |(entry, (what, count))| Finding {
        code: Code::PageUnsupportedFeature,
        severity: Severity::Hint,
        stage: Stage::Layout,
        culprit: page(near),
        certainty: Certainty::Proven,
        cost_ms: 0.0,
        evidence: vec![entry.id],
        message: format!("{what} is not built; met on this page: {count}."),
        mend: mend(Code::PageUnsupportedFeature).to_owned(),
    });
    glyphs(near).into_iter().chain(not_built)
}

/// The document: the first thing that was asked for or read.
fn page(near: NearSide<'_>) -> String {
    let found = near.find(|event| match event {
        Event::Http(HttpEvent::Initiated { url, .. }) => Some(url.clone()),
        _ => None,
    });
    found.map_or_else(|| "the page".to_owned(), |(_, url)| url)
}

/// One finding for all characters without a glyph.
fn glyphs(near: NearSide<'_>) -> Option<Finding> {
    let mut characters = BTreeSet::new();
    let mut evidence: Vec<EventId> = Vec::new();
    for (entry, character) in near.find_all(|event| match event {
        Event::Layout(LayoutEvent::GlyphMissing { character, .. }) => Some(*character),
        _ => None,
    }) {
        characters.insert(character);
        evidence.push(entry.id);
    }
    if characters.is_empty() {
        return None;
    }
    evidence.truncate(MOST_EVIDENCE);
    let named = characters.iter().take(MOST_NAMED);
    let named: Vec<String> = named
        .map(|character| format!("U+{:04X}", u32::from(*character)))
        .collect();
    let more = match characters.len().saturating_sub(MOST_NAMED) {
        0 => String::new(),
        more => format!(" and {more} more characters"),
    };
    Some(Finding {
        code: Code::PageFontMissing,
        severity: Severity::Hint,
        stage: Stage::Layout,
        culprit: "the fonts at hand".to_owned(),
        certainty: Certainty::Proven,
        cost_ms: 0.0,
        evidence,
        message: format!(
            "No font at hand has {}{more}: an empty box stands in the place of each.",
            named.join(", ")
        ),
        mend: "Install a font that has these characters, or name one with --font.".to_owned(),
    })
}
