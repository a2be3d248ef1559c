//! From a first line of another style to what follows it (CSS Pseudo-Elements 4 section 2.1.2).
//!
//! The block has two contents of the same boxes: one in the style of its first line, one in its own. They have the
//! same marks (boxes that begin and end, atomic boxes, floats) in the same order, and the same text between them but
//! for changes of case.

use super::{
    inline::Cut,
    inline_content::{AtomKind, InlineContent, Source},
};

fn is_mark(kind: &AtomKind) -> bool {
    matches!(
        kind,
        AtomKind::Open(_)
            | AtomKind::Close(_)
            | AtomKind::Atomic(_)
            | AtomKind::Float(_)
            | AtomKind::OutOfFlow(_)
    )
}

/// The place in `to` behind as many marks as are before an atom in `from`.
pub(super) fn same_mark(from: &InlineContent, to: &InlineContent, atom: usize) -> usize {
    let before = &from.atoms[..atom.min(from.atoms.len())];
    let marks = before.iter().filter(|atom| is_mark(&atom.kind)).count();
    if marks == 0 {
        return 0;
    }
    let all = to.atoms.iter().enumerate();
    let mut all = all.filter(|(_, atom)| is_mark(&atom.kind));
    all.nth(marks - 1).map_or(0, |(at, _)| at + 1)
}

/// The place in `to` that is the same as one in `from`.
pub(super) fn same_place(from: &InlineContent, to: &InlineContent, cut: Cut) -> Cut {
    let end = Cut {
        atom: to.atoms.len(),
        glyph: 0,
    };
    let (Some(source), Some(target)) = (&from.source, &to.source) else {
        return cut;
    };
    if cut.atom >= from.atoms.len() {
        return end;
    }
    let byte = in_text(source, target, byte_of(from, source, cut));
    let mut at = same_mark(from, to, cut.atom);
    while let Some(atom) = to.atoms.get(at) {
        let start = target.starts[at];
        if is_mark(&atom.kind) {
            break;
        }
        if let AtomKind::Word(word, from, to) = &atom.kind {
            let glyph = word.glyphs_before(byte.saturating_sub(start) as u32);
            if glyph < *to {
                let glyph = glyph.saturating_sub(*from);
                return Cut { atom: at, glyph };
            }
        } else if start >= byte {
            break;
        }
        at += 1;
    }
    Cut { atom: at, glyph: 0 }
}

/// The byte of the text at a place.
fn byte_of(content: &InlineContent, source: &Source, cut: Cut) -> usize {
    let start = source.starts[cut.atom];
    match &content.atoms[cut.atom].kind {
        AtomKind::Word(word, from, to) if *to > *from => {
            start + word.glyph((from + cut.glyph).min(to - 1)).cluster as usize
        }
        _ => start,
    }
}

/// The same place in a text that differs by case alone: as many characters after the beginning.
fn in_text(source: &Source, target: &Source, byte: usize) -> usize {
    if source.text.len() == target.text.len() {
        return byte;
    }
    let before = source.text.char_indices().take_while(|(at, _)| *at < byte);
    let characters = before.count();
    let mut all = target.text.char_indices();
    all.nth(characters).map_or(target.text.len(), |(at, _)| at)
}
