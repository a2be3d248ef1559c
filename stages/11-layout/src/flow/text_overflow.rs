//! `text-overflow` (CSS Overflow 4 section 5).

use super::{
    inline::{Filled, Piece, fitting},
    inline_content::{AtomKind, InlineContent},
};
use crate::{engine::Engine, text::Word};
use std::rc::Rc;
use thru_render_tree::BoxId;

impl Engine<'_> {
    /// Takes off what has no room beside the sign for cut-off text; gives the width and the sign.
    /// GAP: strings other than an ellipsis, and the line's start.
    pub(super) fn ellipsis(
        &mut self,
        id: BoxId,
        content: &InlineContent,
        filled: &mut Filled,
        room: f32,
    ) -> (f32, Rc<Word>) {
        let style = self.style(id).clone();
        let face = self.fonts.face_of(&style.font, '\u{2026}');
        let dots = self.fonts.word(&style.font, face, "\u{2026}", false);
        let room = room - dots.width;
        let (mut x, mut full, mut any) = (0.0, false, false);
        let mut kept = Vec::with_capacity(filled.pieces.len());
        for mut piece in filled.pieces.drain(..) {
            let kind = &content.atoms[piece.atom].kind;
            let edge = matches!(kind, AtomKind::Open(_) | AtomKind::Close(_));
            if full && !edge {
                continue;
            }
            if !edge && x + piece.width > room {
                full = true;
                if !cut(kind, &mut piece, room - x, !any) {
                    continue;
                }
            }
            any |= !edge;
            x += piece.width;
            kept.push(piece);
        }
        filled.pieces = kept;
        (x + dots.width, dots)
    }
}

/// Cuts a piece to what fits; the first character or atomic box of a line stays in any case.
fn cut(kind: &AtomKind, piece: &mut Piece, room: f32, first: bool) -> bool {
    match kind {
        AtomKind::Word(word, ..) => {
            piece.to = fitting(word, piece.from, piece.to, room, first);
            piece.width = word.width_of(word.glyph_range(piece.from, piece.to));
            piece.to > piece.from
        }
        _ => first,
    }
}
