//! Filling lines (CSS 2 section 9.4.2, CSS Text 3 section 5).

use super::{
    block::{Content, Place},
    inline_content::{Atom, AtomKind, InlineContent},
};
use crate::{
    engine::{Engine, Space},
    fragment::{Child, Fragment},
    style::FloatSide,
    text::Word,
    unit::{LayoutUnit, Point},
};
use std::rc::Rc;
use thru_render_tree::BoxId;

/// A place between atoms, or inside a word that had to be divided.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub(crate) struct Cut {
    pub atom: usize,
    pub glyph: u32,
}

/// Room for so many pieces is made for a line at first.
const PIECES_AT_FIRST: usize = 40;

/// An atom on a line.
#[derive(Clone, Debug)]
pub(crate) struct Piece {
    pub atom: usize,
    pub from: u32,
    pub to: u32,
    pub width: f32,
    pub fragment: Option<Rc<Fragment>>,
}

/// One line before it has its height.
pub(crate) struct Filled {
    pub pieces: Vec<Piece>,
    pub next: Cut,
    pub forced: bool,
    pub hyphen: Option<Rc<Word>>,
}

impl Engine<'_> {
    /// The lines of a block container.
    pub(crate) fn lines(&mut self, id: BoxId, place: &mut Place) -> Content {
        let content = self.inline_content(id);
        let mut out = Content {
            empty: !content.has_content,
            ..Content::default()
        };
        let style = self.style(id).clone();
        let mut cut = Cut { atom: 0, glyph: 0 };
        let mut y = LayoutUnit::ZERO;
        let indent = style.indent.against(place.width);
        let mut open: Vec<BoxId> = Vec::new();
        let mut waiting: Vec<(BoxId, FloatSide)> = Vec::new();
        let mut first = true;
        while cut.atom < content.atoms.len() {
            for (float, side) in waiting.drain(..) {
                let child = self.float(float, side, place.origin.y + y, place);
                out.children.push(child);
            }
            let strut = style.used_line_height();
            let needed = self.first_width(&content, cut, place.width);
            let (left, right) = (place.origin.x, place.origin.x + place.width);
            let (top, l, r) = place
                .floats
                .find(needed, strut, place.origin.y + y, left, right);
            let mut line = LineSpace {
                y: top - place.origin.y,
                left: l - place.origin.x,
                right: r - place.origin.x,
                indent: if first { indent } else { LayoutUnit::ZERO },
                strut,
            };
            let filled = self.fill(id, &content, cut, &mut line, place, &mut out, &mut waiting);
            let last = filled.next.atom >= content.atoms.len();
            let end_of_paragraph = last || filled.forced;
            cut = filled.next;
            if filled.pieces.is_empty() && last && !filled.forced {
                break;
            }
            let laid = self.line(
                id,
                &content,
                filled,
                &line,
                &mut open,
                end_of_paragraph,
                place,
            );
            let blank = laid.blank;
            let at = Point::new(LayoutUnit::ZERO, line.y);
            let bottom = line.y + laid.fragment.size.height;
            if !blank {
                out.note_baselines(&laid.fragment, line.y);
                y = bottom;
                first = false;
            }
            out.children.push(Child {
                at,
                fragment: Rc::new(laid.fragment),
            });
        }
        for (float, side) in waiting.drain(..) {
            let child = self.float(float, side, place.origin.y + y, place);
            out.children.push(child);
        }
        out.height = y;
        // A box whose intrinsic widths nobody asked for is hardly laid out twice.
        if self.intrinsic[id.index()].is_none() {
            self.inline_contents[id.index()] = None;
        }
        out
    }

    /// The width of what comes first, which must fit beside floats.
    fn first_width(&mut self, content: &InlineContent, cut: Cut, width: LayoutUnit) -> LayoutUnit {
        let mut sum = LayoutUnit::ZERO;
        for atom in &content.atoms[cut.atom..] {
            match &atom.kind {
                AtomKind::Word(word, from, to) => {
                    return sum + LayoutUnit::ceil_px(word.width_of(*from as usize..*to as usize));
                }
                AtomKind::Atomic(id) => return sum + self.atomic(*id, width, None).1,
                AtomKind::Open(_) | AtomKind::Close(_) => {
                    sum += LayoutUnit::from_px(self.edge_width(atom, width))
                }
                AtomKind::Newline => return sum,
                _ => {}
            }
        }
        sum
    }

    /// An atomic inline box and the width of its margin box.
    pub(crate) fn atomic(
        &mut self,
        id: BoxId,
        width: LayoutUnit,
        height: Option<LayoutUnit>,
    ) -> (Rc<Fragment>, LayoutUnit) {
        let space = Space {
            width,
            height,
            shrink: true,
            ..Space::default()
        };
        let fragment = self.lay_out(id, &space);
        let margin = self.style(id).margin(width);
        let total = fragment.size.width + margin.horizontal();
        (fragment, total)
    }

    /// What an inline box's start or end adds to the line.
    pub(crate) fn edge_width(&self, atom: &Atom, width: LayoutUnit) -> f32 {
        let (id, start) = match atom.kind {
            AtomKind::Open(id) => (id, true),
            AtomKind::Close(id) => (id, false),
            _ => return 0.0,
        };
        let (left, right) = self.inline_sides(id);
        let style = self.style(id);
        let ltr_start = start != style.rtl;
        if ltr_start && left {
            (style.margin(width).left + style.border.left + style.padding[3].against(width)).to_px()
        } else if !ltr_start && right {
            (style.margin(width).right + style.border.right + style.padding[1].against(width))
                .to_px()
        } else {
            0.0
        }
    }

    /// Whether an inline box (one part of a broken one) has its left and right edges.
    pub(crate) fn inline_sides(&self, id: BoxId) -> (bool, bool) {
        match self.kind(id) {
            thru_render_tree::BoxKind::Inline { starts, ends } if self.style(id).rtl => {
                (*ends, *starts)
            }
            thru_render_tree::BoxKind::Inline { starts, ends } => (*starts, *ends),
            _ => (true, true),
        }
    }

    pub(crate) fn tab_width(&self, atom: &Atom, x: f32) -> f32 {
        let style = self.style(atom.owner);
        let stop = match style.tab {
            Ok(px) => px,
            Err(spaces) => {
                let face = self.fonts.face_of(&style.font, ' ');
                spaces * self.fonts.word(&style.font, face, " ", false).width
            }
        };
        if stop <= 0.0 {
            return 0.0;
        }
        let next = ((x / stop).floor() + 1.0) * stop;
        next - x
    }

    #[allow(clippy::too_many_arguments)]
    fn fill(
        &mut self,
        id: BoxId,
        content: &InlineContent,
        start: Cut,
        line: &mut LineSpace,
        place: &mut Place,
        out: &mut Content,
        waiting: &mut Vec<(BoxId, FloatSide)>,
    ) -> Filled {
        let mut pieces: Vec<Piece> = Vec::with_capacity(PIECES_AT_FIRST);
        let mut x = line.indent.to_px();
        let mut at = start;
        let mut last_break: Option<(usize, Cut, Option<Rc<Word>>)> = None;
        let mut has_content = false;
        let mut soft: Option<Rc<Word>> = None;
        while at.atom < content.atoms.len() {
            let atom = &content.atoms[at.atom];
            let room = (line.right - line.left).to_px();
            if atom.breaks && at.glyph == 0 && has_content {
                last_break = Some((pieces.len(), at, None));
            }
            if let Some(hyphen) = soft.take()
                && x + hyphen.width <= room
            {
                last_break = Some((pieces.len(), at, Some(hyphen)));
            }
            let mut piece = Piece {
                atom: at.atom,
                from: 0,
                to: 0,
                width: 0.0,
                fragment: None,
            };
            match &atom.kind {
                AtomKind::Word(word, from, to) => {
                    piece.from = *from + at.glyph;
                    piece.to = *to;
                    piece.width = if piece.from == 0 && *to as usize == word.glyphs.len() {
                        word.width
                    } else {
                        word.width_of(piece.from as usize..piece.to as usize)
                    };
                }
                AtomKind::Space(width, hangs) => {
                    let at_line_start = !has_content && *hangs && self.collapses(atom.owner);
                    if at_line_start {
                        at = Cut {
                            atom: at.atom + 1,
                            glyph: 0,
                        };
                        continue;
                    }
                    piece.width = *width;
                    if *hangs {
                        x += piece.width;
                        pieces.push(piece);
                        at = Cut {
                            atom: at.atom + 1,
                            glyph: 0,
                        };
                        continue;
                    }
                }
                AtomKind::Tab => piece.width = self.tab_width(atom, x),
                AtomKind::Newline => {
                    pieces.push(piece);
                    let next = Cut {
                        atom: at.atom + 1,
                        glyph: 0,
                    };
                    return Filled {
                        pieces,
                        next,
                        forced: true,
                        hyphen: None,
                    };
                }
                AtomKind::Open(_) | AtomKind::Close(_) => {
                    piece.width = self.edge_width(atom, place.width)
                }
                AtomKind::Atomic(child) => {
                    let (fragment, width) = self.atomic(*child, place.width, place.height);
                    piece.fragment = Some(fragment);
                    piece.width = width.to_px();
                }
                AtomKind::Float(child) => {
                    let side = self.style(*child).float.unwrap_or(FloatSide::Left);
                    self.float_in_line(*child, side, x, line, place, out, waiting);
                    at = Cut {
                        atom: at.atom + 1,
                        glyph: 0,
                    };
                    continue;
                }
                AtomKind::OutOfFlow(_) => {
                    pieces.push(piece);
                    at = Cut {
                        atom: at.atom + 1,
                        glyph: 0,
                    };
                    continue;
                }
                AtomKind::SoftHyphen(hyphen) => {
                    soft = Some(hyphen.clone());
                    at = Cut {
                        atom: at.atom + 1,
                        glyph: 0,
                    };
                    continue;
                }
            }
            if x + piece.width > room + 1.0 / 64.0 && piece.width > 0.0 {
                if let Some((count, cut, hyphen)) = last_break {
                    pieces.truncate(count);
                    return Filled {
                        pieces,
                        next: cut,
                        forced: false,
                        hyphen,
                    };
                }
                if let (AtomKind::Word(word, ..), true) = (&atom.kind, self.divides(atom.owner)) {
                    let fits = fitting(word, piece.from, piece.to, room - x, !has_content);
                    if fits < piece.to && (fits > piece.from || has_content) {
                        let next = Cut {
                            atom: at.atom,
                            glyph: at.glyph + (fits - piece.from),
                        };
                        if fits > piece.from {
                            piece.to = fits;
                            piece.width = word.width_of(piece.from as usize..fits as usize);
                            pieces.push(piece);
                        }
                        return Filled {
                            pieces,
                            next,
                            forced: false,
                            hyphen: None,
                        };
                    }
                }
            }
            x += piece.width;
            has_content |= !matches!(atom.kind, AtomKind::Open(_) | AtomKind::Close(_));
            pieces.push(piece);
            at = Cut {
                atom: at.atom + 1,
                glyph: 0,
            };
        }
        let _ = id;
        Filled {
            pieces,
            next: at,
            forced: false,
            hyphen: None,
        }
    }

    fn collapses(&self, owner: BoxId) -> bool {
        use crate::style::Spaces;
        matches!(
            self.style(owner).spaces,
            Spaces::Collapse | Spaces::PreserveBreaks
        )
    }

    fn divides(&self, owner: BoxId) -> bool {
        let style = self.style(owner);
        style.wraps && style.break_anywhere
    }

    #[allow(clippy::too_many_arguments)]
    fn float_in_line(
        &mut self,
        child: BoxId,
        side: FloatSide,
        x: f32,
        line: &mut LineSpace,
        place: &mut Place,
        out: &mut Content,
        waiting: &mut Vec<(BoxId, FloatSide)>,
    ) {
        let (_, width) = self.atomic(child, place.width, place.height);
        let room = line.right - line.left - LayoutUnit::from_px(x);
        if !waiting.is_empty() || (width > room && x > 0.0) {
            waiting.push((child, side));
            return;
        }
        let placed = self.float(child, side, place.origin.y + line.y, place);
        out.children.push(placed);
        let (left, right) = (place.origin.x, place.origin.x + place.width);
        let top = place.origin.y + line.y;
        let (l, r) = place.floats.band(top, top + line.strut, left, right);
        line.left = l - place.origin.x;
        line.right = r - place.origin.x;
    }
}

/// How many glyphs of a word fit; at least one cluster if nothing else is on the line.
fn fitting(word: &Word, from: u32, to: u32, room: f32, at_least_one: bool) -> u32 {
    let mut x = 0.0;
    let mut end = from;
    let mut at = from as usize;
    while at < to as usize {
        let cluster = word.glyphs[at].cluster;
        let mut next = at;
        while next < to as usize && word.glyphs[next].cluster == cluster {
            x += word.glyphs[next].advance;
            next += 1;
        }
        if x > room && !(at_least_one && end == from) {
            break;
        }
        end = next as u32;
        at = next;
    }
    end
}

/// Where a line may be.
pub(crate) struct LineSpace {
    pub y: LayoutUnit,
    pub left: LayoutUnit,
    pub right: LayoutUnit,
    pub indent: LayoutUnit,
    pub strut: LayoutUnit,
}
