//! Which box decides whether a line may end at a place (CSS Text 3 section 5.1).

use super::inline_content::{AtomKind, Item};
use crate::{
    engine::Engine,
    style::{LayoutStyle, Spaces},
    text::{BreakRules, break_opportunities, is_other_space},
};
use thru_render_tree::BoxId;

/// A part of the text that belongs to one box.
struct Part {
    start: usize,
    end: usize,
    owner: BoxId,
}

/// The byte offsets where a line may begin, ascending.
pub(super) fn break_places(engine: &Engine, root: BoxId, text: &str, items: &[Item]) -> Vec<usize> {
    let parts: Vec<Part> = items
        .iter()
        .filter_map(|item| match item {
            Item::Text(run) => Some(Part {
                start: run.start,
                end: run.end,
                owner: run.owner,
            }),
            Item::Mark(AtomKind::Atomic(_), owner, at) => Some(Part {
                start: *at,
                end: at + '\u{fffc}'.len_utf8(),
                owner: *owner,
            }),
            Item::Mark(..) => None,
        })
        .collect();
    let style = engine.style(root);
    let alike = |part: &Part| {
        let own = engine.style(part.owner);
        own.wraps == style.wraps
            && own.break_rules == style.break_rules
            && own.spaces != Spaces::BreakSpaces
    };
    if parts.iter().all(alike) {
        return match style.wraps {
            true => visible_breaks(text, style.break_rules),
            false => Vec::new(),
        };
    }
    Deciding {
        engine,
        root,
        text,
        known: Vec::new(),
        places: Vec::new(),
    }
    .places(&parts)
}

struct Deciding<'e, 'a, 't> {
    engine: &'e Engine<'a>,
    root: BoxId,
    text: &'t str,
    known: Vec<(BreakRules, Vec<usize>)>,
    places: Vec<usize>,
}

impl Deciding<'_, '_, '_> {
    fn places(mut self, parts: &[Part]) -> Vec<usize> {
        let mut before: Option<&Part> = None;
        for part in parts {
            if let Some(before) = before {
                self.between(before, part);
            }
            self.inside(part);
            before = Some(part);
        }
        self.places.sort_unstable();
        self.places.dedup();
        self.places
    }

    fn of(&mut self, rules: BreakRules) -> &[usize] {
        if let Some(at) = self.known.iter().position(|known| known.0 == rules) {
            return &self.known[at].1;
        }
        let breaks = visible_breaks(self.text, rules);
        self.known.push((rules, breaks));
        &self.known[self.known.len() - 1].1
    }

    fn inside(&mut self, part: &Part) {
        let style = self.engine.style(part.owner).clone();
        if !style.wraps {
            return;
        }
        let breaks = self.of(style.break_rules);
        let from = breaks.partition_point(|at| *at <= part.start);
        let to = breaks.partition_point(|at| *at < part.end);
        let found = breaks[from..to.max(from)].to_vec();
        self.places.extend(found);
        if style.spaces == Spaces::BreakSpaces {
            let after = self.text[part.start..part.end]
                .char_indices()
                .filter(|(_, c)| is_preserved(*c))
                .map(|(at, c)| part.start + at + c.len_utf8())
                .filter(|at| *at < part.end);
            self.places.extend(after);
        }
    }

    /// A space decides about the place after it, else the box around both.
    fn between(&mut self, before: &Part, after: &Part) {
        let last = self.text[..before.end].chars().next_back();
        let decides = match last.is_some_and(is_preserved) {
            true => before.owner,
            false => self.around(before.owner, after.owner),
        };
        let style = self.engine.style(decides).clone();
        if !style.wraps {
            return;
        }
        let place = after.start;
        let spaces = style.spaces == Spaces::BreakSpaces && last.is_some_and(is_preserved);
        if spaces || self.of(style.break_rules).binary_search(&place).is_ok() {
            self.places.push(place);
        }
    }

    /// The nearest box around both.
    fn around(&self, one: BoxId, other: BoxId) -> BoxId {
        if one == other {
            return one;
        }
        let up = |id: BoxId| self.engine.tree.get(id).parent.filter(|_| id != self.root);
        let chain: Vec<BoxId> = std::iter::successors(Some(one), |id| up(*id)).collect();
        std::iter::successors(Some(other), |id| up(*id))
            .find(|id| chain.contains(id))
            .unwrap_or(self.root)
    }
}

fn is_preserved(c: char) -> bool {
    matches!(c, ' ' | '\t') || is_other_space(c)
}

/// Break opportunities as if bidi controls were not there: a place beside a control is before it if
/// it opens and after it if it closes.
fn visible_breaks(text: &str, rules: BreakRules) -> Vec<usize> {
    let opens = |c: char| {
        matches!(
            c,
            '\u{202a}' | '\u{202b}' | '\u{202d}' | '\u{202e}' | '\u{2066}'..='\u{2068}'
        )
    };
    let closes = |c: char| matches!(c, '\u{202c}' | '\u{2069}');
    if text.is_ascii() {
        return break_opportunities(text, rules);
    }
    let mut plain = String::with_capacity(text.len());
    // Where a character of `plain` begins in `text`: pairs of both offsets where they part.
    let mut offsets: Vec<(usize, usize)> = vec![(0, 0)];
    let mut opened: Option<usize> = None;
    for (at, c) in text.char_indices() {
        if opens(c) {
            opened.get_or_insert(at);
            continue;
        }
        if closes(c) {
            continue;
        }
        let first = opened.take();
        let last = offsets[offsets.len() - 1];
        if first.is_some() || at - last.1 != plain.len() - last.0 {
            offsets.push((plain.len(), first.unwrap_or(at)));
        }
        if first.is_some() {
            offsets.push((plain.len() + 1, at + 1));
        }
        plain.push(c);
    }
    let mut breaks = break_opportunities(&plain, rules);
    if plain.contains('\u{fffc}') {
        around_atomic_boxes(&plain, &mut breaks);
    }
    if plain.len() == text.len() {
        return breaks;
    }
    let original = |place: usize| {
        let after = offsets.partition_point(|(plain, _)| *plain <= place);
        let (plain, original) = offsets[after.max(1) - 1];
        original + (place - plain)
    };
    breaks.into_iter().map(original).collect()
}

/// A line may end before and after an atomic box, whatever stands there, but for glue: only a
/// U+00A0 does not hold it (CSS Text 3 section 5.1).
fn around_atomic_boxes(text: &str, breaks: &mut Vec<usize>) {
    let holds = |c: Option<char>| {
        c.is_none_or(|c| {
            matches!(
                c,
                '\u{202f}'
                    | '\u{2007}'
                    | '\u{2011}'
                    | '\u{2060}'
                    | '\u{feff}'
                    | '\u{200d}'
                    | '\u{34f}'
                    | '\u{f08}'
                    | '\u{f0c}'
                    | '\u{f12}'
            )
        })
    };
    let white = |c: Option<char>| c.is_some_and(|c| matches!(c, ' ' | '\t' | '\n'));
    let boxes: Vec<usize> = text
        .match_indices('\u{fffc}')
        .map(|found| found.0)
        .collect();
    let mut more = Vec::new();
    breaks.retain(|at| {
        let begins = boxes.binary_search(at).is_ok();
        let ends = at
            .checked_sub(3)
            .is_some_and(|at| boxes.binary_search(&at).is_ok());
        !begins && !ends
    });
    for at in boxes {
        let end = at + '\u{fffc}'.len_utf8();
        if !holds(text[..at].chars().next_back()) {
            more.push(at);
        }
        let after = text[end..].chars().next();
        if !holds(after) && !white(after) {
            more.push(end);
        }
    }
    breaks.extend(more);
    breaks.sort_unstable();
    breaks.dedup();
}

impl LayoutStyle {
    /// Whether its white space collapses.
    pub(crate) fn collapses(&self) -> bool {
        matches!(self.spaces, Spaces::Collapse | Spaces::PreserveBreaks)
    }
}
