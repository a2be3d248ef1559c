//! What becomes of a filled line: white space at its end, alignment, justification (CSS Text 3
//! sections 4.1.2, 6 and 7).

use super::{
    inline::{Filled, Piece},
    inline_content::{AtomKind, InlineContent},
};
use crate::{
    engine::Engine,
    style::{Align, Justify, LayoutStyle, Spaces},
};

/// U+1680 OGHAM SPACE MARK, which vanishes where it would collapse.
const OGHAM: char = '\u{1680}';

/// The measures of a line's content, px.
pub(super) struct LineEnd {
    /// Without what hangs.
    pub used: f32,
    /// What stands out at the end.
    pub hangs: f32,
}

/// Collapsible spaces at a line's end vanish, preserved ones hang.
pub(super) fn trim(
    engine: &Engine,
    content: &InlineContent,
    filled: &mut Filled,
    room: f32,
    paragraph_end: bool,
) -> LineEnd {
    let (mut hangs, mut conditionally) = (0.0, false);
    for piece in filled.pieces.iter_mut().rev() {
        let atom = &content.atoms[piece.atom];
        let style = engine.style(atom.owner);
        let collapses = matches!(style.spaces, Spaces::Collapse | Spaces::PreserveBreaks);
        match atom.kind {
            AtomKind::Space(_, true) if collapses && hangs == 0.0 => piece.width = 0.0,
            AtomKind::Space(_, true) => {
                hangs += piece.width;
                conditionally |= !collapses;
            }
            AtomKind::Separator(OGHAM, _) if collapses && hangs == 0.0 => {
                piece.width = 0.0;
                piece.to = 0;
            }
            AtomKind::Separator(..) if collapses => hangs += piece.width,
            AtomKind::Separator(..) | AtomKind::Tab
                if style.spaces == Spaces::Preserve && style.wraps =>
            {
                hangs += piece.width;
                conditionally = true;
            }
            AtomKind::Open(_) | AtomKind::Close(_) | AtomKind::OutOfFlow(_) | AtomKind::Newline => {
            }
            AtomKind::SoftHyphen(_) if piece.to == 0 => {}
            _ => break,
        }
    }
    let all: f32 = filled.pieces.iter().map(|p| p.width).sum();
    if paragraph_end && conditionally {
        hangs = hangs.min((all - room).max(0.0));
    }
    LineEnd {
        used: all - hangs,
        hangs,
    }
}

/// Whether a line has nothing that makes it a line (CSS 2 section 9.4.2).
pub(super) fn is_blank(engine: &Engine, content: &InlineContent, pieces: &[Piece]) -> bool {
    pieces
        .iter()
        .all(|piece| match content.atoms[piece.atom].kind {
            AtomKind::Open(id) | AtomKind::Close(id) => {
                piece.width == 0.0 && !engine.inline_edges_matter(engine.style(id))
            }
            AtomKind::Space(..) => piece.width == 0.0,
            AtomKind::OutOfFlow(_) => true,
            AtomKind::SoftHyphen(_) => piece.to == 0,
            _ => false,
        })
}

/// `text-align` of one line, with logical values resolved; `Justify` only where it applies.
pub(super) fn line_align(style: &LayoutStyle, rtl: bool, paragraph_end: bool) -> Align {
    let align = match (paragraph_end, style.align_last, style.align) {
        (true, Some(last), _) => last,
        (true, None, Align::Justify) => Align::Start,
        (_, _, align) => align,
    };
    match align {
        Align::Start if rtl => Align::Right,
        Align::Start => Align::Left,
        Align::End if rtl => Align::Left,
        Align::End => Align::Right,
        Align::Justify if style.justify == Justify::None && rtl => Align::Right,
        Align::Justify if style.justify == Justify::None => Align::Left,
        align => align,
    }
}

/// Spreads `free` px over the justification opportunities; whether there were any.
pub(super) fn justify(
    engine: &Engine,
    content: &InlineContent,
    pieces: &mut [Piece],
    free: f32,
) -> bool {
    if free <= 0.0 {
        return true;
    }
    let end = pieces
        .iter()
        .rposition(|piece| is_visible(content, piece))
        .map_or(0, |last| last + 1);
    // What stands before a tab keeps its place, so that the tab does.
    let is_tab = |piece: &Piece| matches!(content.atoms[piece.atom].kind, AtomKind::Tab);
    let start = pieces[..end].iter().rposition(is_tab).map_or(0, |t| t + 1);
    let counts: Vec<u32> = (start..end)
        .map(|at| opportunities(engine, content, &pieces[start..end], at - start))
        .collect();
    let all: u32 = counts.iter().sum();
    if all == 0 {
        return false;
    }
    let gap = free / all as f32;
    for (piece, count) in pieces[start..end].iter_mut().zip(counts) {
        if count == 0 {
            continue;
        }
        piece.width += gap * count as f32;
        if matches!(content.atoms[piece.atom].kind, AtomKind::Word(..)) {
            piece.spread = gap;
        }
    }
    true
}

/// How many justification opportunities a line without tabs has.
pub(super) fn opportunities_of(engine: &Engine, content: &InlineContent, pieces: &[Piece]) -> u32 {
    let last = pieces.iter().rposition(|piece| is_visible(content, piece));
    let pieces = &pieces[..last.map_or(0, |last| last + 1)];
    let count = |at| opportunities(engine, content, pieces, at);
    (0..pieces.len()).map(count).sum()
}

fn is_visible(content: &InlineContent, piece: &Piece) -> bool {
    matches!(
        content.atoms[piece.atom].kind,
        AtomKind::Word(..) | AtomKind::Atomic(_) | AtomKind::Tab
    )
}

/// How many gaps a piece has in it and after it.
fn opportunities(engine: &Engine, content: &InlineContent, pieces: &[Piece], at: usize) -> u32 {
    let atom = &content.atoms[pieces[at].atom];
    let how = engine.style(atom.owner).justify;
    match &atom.kind {
        AtomKind::Space(..) => u32::from(how != Justify::None),
        AtomKind::Word(word, ..)
            if how == Justify::InterCharacter || (how == Justify::Auto && word.ideographic) =>
        {
            let range = word.glyph_range(pieces[at].from, pieces[at].to);
            let clusters = word.clusters(range).count() as u32;
            let more = pieces[at + 1..].iter().any(|p| is_visible(content, p));
            clusters.saturating_sub(u32::from(!more))
        }
        _ => 0,
    }
}
