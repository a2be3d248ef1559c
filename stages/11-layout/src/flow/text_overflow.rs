//! `text-overflow` (CSS Overflow 4 section 5).

use super::{
    inline::{Filled, Piece, fitting},
    inline_content::{AtomKind, InlineContent},
};
use crate::{
    engine::Engine,
    text::{Font, Word},
};
use std::rc::Rc;
use thru_render_tree::BoxId;

impl Engine<'_> {
    /// Takes off what has no room beside the sign for cut-off text; gives the width and the sign. At the line's
    /// start nothing is cut off, as nothing is scrolled.
    pub(super) fn ellipsis(
        &mut self,
        id: BoxId,
        content: &InlineContent,
        filled: &mut Filled,
        room: f32,
    ) -> (f32, Rc<Word>) {
        let style = self.style(id).clone();
        let sign = style.cut_off_sign.as_deref().unwrap_or_default();
        let dots = self.sign(&style.font, sign);
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

    /// A short text of the style in the font of its first character.
    pub(super) fn sign(&self, font: &Rc<Font>, text: &str) -> Rc<Word> {
        let first = text.chars().next().unwrap_or(' ');
        let face = self.fonts.face_of(font, first);
        self.fonts.word(font, face, text, false)
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
