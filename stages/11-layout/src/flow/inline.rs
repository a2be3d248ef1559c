//! Filling lines (CSS 2 section 9.4.2, CSS Text 3 section 5).

use super::{
    block::{Content, Place},
    first_line::{same_mark, same_place},
    inline_content::{Atom, AtomKind, InlineContent},
};
use crate::{
    engine::{Engine, Space},
    fragment::{Child, Fragment},
    style::{FloatSide, LayoutStyle, Spaces},
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
/// What is wider by less fits, px.
const EPSILON: f32 = 1.0 / 64.0;
/// How often a line that turns out higher is filled anew beside floats.
const MAX_LINE_TRIES: u32 = 8;

/// An atom on a line.
#[derive(Clone, Debug)]
pub(crate) struct Piece {
    pub atom: usize,
    pub from: u32,
    pub to: u32,
    pub width: f32,
    pub fragment: Option<Rc<Fragment>>,
    /// Justification moves its letters apart by so much, px.
    pub spread: f32,
    /// An atomic box begins so much before its place, px.
    pub overhang: f32,
}

impl Piece {
    fn of(atom: usize) -> Piece {
        Piece {
            atom,
            from: 0,
            to: 0,
            width: 0.0,
            fragment: None,
            spread: 0.0,
            overhang: 0.0,
        }
    }
}

/// One line before it has its height.
pub(crate) struct Filled {
    pub pieces: Vec<Piece>,
    pub next: Cut,
    pub forced: bool,
}

impl Filled {
    /// Whether the line's paragraph runs from right to left.
    pub fn base(&self, content: &InlineContent, block: bool) -> bool {
        let first = self.pieces.first();
        first.map_or(block, |piece| content.atoms[piece.atom].base % 2 == 1)
    }
}

/// A place where the line may end: how many pieces it has then, where the next begins, and which
/// piece is a hyphen that shows.
struct Break {
    pieces: usize,
    next: Cut,
    hyphen: Option<usize>,
}

impl Engine<'_> {
    /// The lines of a block container.
    pub(crate) fn lines(&mut self, id: BoxId, place: &mut Place) -> Content {
        self.note_lines(id);
        let first_line = self.tree.first_lines.get(&id);
        let (content, mut current, mut root) = match first_line {
            Some(line) => {
                let content = Rc::new(self.collect(id, None, true));
                (
                    content,
                    Rc::new(self.collect(id, Some(line), true)),
                    line.root,
                )
            }
            None => {
                let content = self.inline_content(id);
                (content.clone(), content, id)
            }
        };
        let mut out = Content {
            empty: !content.has_content,
            ..Content::default()
        };
        let style = self.style(id).clone();
        let mut cut = Cut { atom: 0, glyph: 0 };
        let mut y = LayoutUnit::ZERO;
        let indent = style.indent.against(place.width);
        let mut paragraph_start = true;
        let mut open: Vec<BoxId> = Vec::new();
        let mut waiting: Vec<(BoxId, FloatSide)> = Vec::new();
        let mut first = true;
        let mut floats_done = 0;
        let narrow = self.balanced_width(id, &current, place);
        // Where annotations under the last line end.
        let mut reaches = LayoutUnit::ZERO;
        let mut room = content.has_ruby.then(|| self.room_above(place));
        'lines: while cut.atom < current.atoms.len() {
            for (float, side) in waiting.drain(..) {
                let child = self.float(float, side, place.origin.y + y, place);
                out.children.push(child);
            }
            let strut = self.style(root).used_line_height();
            let needed = match place.floats.reach_below(place.origin.y + y) {
                true => self.first_width(&current, cut, place.width),
                false => LayoutUnit::ZERO,
            };
            let indents =
                (first || (style.indent_each_line && paragraph_start)) != style.indent_hanging;
            let (left, right) = (place.origin.x, place.origin.x + place.width);
            let (top, l, r) = place
                .floats
                .find(needed, strut, place.origin.y + y, left, right);
            let mut line = LineSpace {
                y: top - place.origin.y,
                left: l - place.origin.x,
                right: r - place.origin.x,
                indent: if indents { indent } else { LayoutUnit::ZERO },
                strut,
                clamps: self.ends_at_this_line(),
            };
            let before = (cut, floats_done, out.children.len(), place.floats.mark());
            let open_before = open.clone();
            let mut tries = 0;
            let (laid, end_of_paragraph) = loop {
                let filling = Filling {
                    content: &current,
                    start: cut,
                    floats_done: &mut floats_done,
                };
                let right = line.right;
                if let Some(narrow) = narrow {
                    line.right = right.min(line.left + narrow);
                }
                let filled = self.fill(filling, &mut line, place, &mut out, &mut waiting);
                if narrow.is_some() {
                    line.right = right;
                }
                let last = filled.next.atom >= current.atoms.len();
                let end_of_paragraph = last || filled.forced;
                cut = filled.next;
                if filled.pieces.is_empty() && last && !filled.forced {
                    break 'lines;
                }
                let laid = self.line(
                    (id, root),
                    &current,
                    filled,
                    &line,
                    &mut open,
                    end_of_paragraph,
                    place,
                );
                let height = laid.fragment.size.height;
                if laid.blank || tries >= MAX_LINE_TRIES || !line.is_too_wide(place, height) {
                    break (laid, end_of_paragraph);
                }
                // Higher than was thought, and beside more floats: once more, in the room for this height.
                tries += 1;
                (cut, floats_done) = (before.0, before.1);
                out.children.truncate(before.2);
                place.floats.back_to(before.3);
                waiting.clear();
                open.clone_from(&open_before);
                line.strut = height;
                line.go_below(needed, place);
            };
            let blank = laid.blank;
            let notes_end = match &mut room {
                Some(room) if !blank => room.make(self, &laid.fragment, &mut line.y),
                _ => LayoutUnit::ZERO,
            };
            let at = Point::new(LayoutUnit::ZERO, line.y);
            let bottom = line.y + laid.fragment.size.height;
            if !blank {
                out.note_baselines(&laid.fragment, line.y);
                y = bottom.max(self.behind_break(&current, cut, place));
                first = false;
                paragraph_start = end_of_paragraph;
                reaches = notes_end;
                if root != id {
                    // What is after the first line is as without its style.
                    cut = same_place(&current, &content, cut);
                    floats_done = same_mark(&current, &content, floats_done);
                    open.iter_mut().for_each(|id| *id = self.tree.original(*id));
                    (current, root) = (content.clone(), id);
                }
            }
            out.children.push(Child {
                at,
                fragment: Rc::new(laid.fragment),
            });
            if !blank {
                self.note_clamp_point(place.origin.y + y, true);
                if self.is_clamped() {
                    self.hide_atoms(&content, cut, y, &mut out.children);
                    waiting.clear();
                    break;
                }
            }
        }
        for (float, side) in waiting.drain(..) {
            let child = self.float(float, side, place.origin.y + y, place);
            out.children.push(child);
        }
        out.height = y.max(reaches);
        // A box whose intrinsic widths nobody asked for is hardly laid out twice.
        if self.known.intrinsic[id.index()].is_none() {
            self.known.inline_contents[id.index()] = None;
        }
        out
    }

    /// How far down the break before `cut` goes, as it is a `<br>` that clears floats (`clear` applies to it in all
    /// browsers).
    fn behind_break(&self, content: &InlineContent, cut: Cut, place: &Place) -> LayoutUnit {
        let least = LayoutUnit(i32::MIN);
        let Some(last) = cut.atom.checked_sub(1).filter(|_| cut.glyph == 0) else {
            return least;
        };
        let found = content
            .clears
            .binary_search_by_key(&last, |(atom, _)| *atom);
        let clear = found.ok().map(|at| content.clears[at].1);
        let below = clear.and_then(|clear| place.floats.clearance(clear));
        below.map_or(least, |below| below - place.origin.y)
    }

    /// The width of what comes first and cannot be divided, which must fit beside floats.
    fn first_width(&mut self, content: &InlineContent, cut: Cut, width: LayoutUnit) -> LayoutUnit {
        let mut sum = 0.0;
        let mut has_content = false;
        // Preserved spaces at the end may stand under a float.
        let mut trailing = 0.0;
        for (index, atom) in content.atoms[cut.atom..].iter().enumerate() {
            if (atom.breaks && has_content) || sum > width.to_px() {
                break;
            }
            if matches!(atom.kind, AtomKind::Word(..) | AtomKind::Atomic(_)) {
                sum += std::mem::take(&mut trailing);
            }
            match &atom.kind {
                AtomKind::Word(word, from, to) => {
                    let from = from + if index == 0 { cut.glyph } else { 0 };
                    if self.divides(atom.owner) {
                        let one = fitting(word, from, *to, 0.0, true);
                        sum += word.width_of(word.glyph_range(from, one));
                        break;
                    }
                    let room = width.to_px() - sum;
                    sum += word.width_until(word.glyph_range(from, *to), room);
                }
                AtomKind::Atomic(id) => sum += self.atomic(*id, width, None).1.to_px(),
                AtomKind::Open(_) | AtomKind::Close(_) => {
                    sum += self.edge_width(atom, width);
                    continue;
                }
                AtomKind::Space(_, true) if self.collapses(atom.owner) && !has_content => continue,
                AtomKind::Newline | AtomKind::Space(_, true) => break,
                AtomKind::Space(space, false) => {
                    trailing += space;
                    continue;
                }
                AtomKind::Separator(_, word) => sum += word.width,
                _ => continue,
            }
            has_content = true;
        }
        LayoutUnit::ceil_px(sum)
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
        let face = self.fonts.face_of(&style.font, ' ');
        let stop = match style.tab {
            Ok(px) => px,
            Err(spaces) => spaces * self.fonts.word(&style.font, face, " ", false).width,
        };
        if stop <= 0.0 {
            return 0.0;
        }
        let next = ((x / stop).floor() + 1.0) * stop;
        let half = self.fonts.zero_width(&style.font) / 2.0;
        // CSS Text 3 section 4.2: a stop that is too near is passed over.
        if next - x < half {
            next + stop - x
        } else {
            next - x
        }
    }

    pub(super) fn fill(
        &mut self,
        filling: Filling,
        line: &mut LineSpace,
        place: &mut Place,
        out: &mut Content,
        waiting: &mut Vec<(BoxId, FloatSide)>,
    ) -> Filled {
        let Filling {
            content,
            start,
            floats_done,
        } = filling;
        let mut pieces: Vec<Piece> = Vec::with_capacity(PIECES_AT_FIRST);
        let mut x = line.indent.to_px();
        let mut at = start;
        let mut last_break: Option<Break> = None;
        let mut has_content = false;
        let mut soft: Option<usize> = None;
        // The width of the collapsible spaces at the end so far.
        let mut vanishing = 0.0;
        while at.atom < content.atoms.len() {
            let atom = &content.atoms[at.atom];
            let room = (line.right - line.left).to_px();
            let next = Cut {
                atom: at.atom + 1,
                glyph: 0,
            };
            if atom.breaks && at.glyph == 0 && has_content {
                let hyphen = soft.take();
                let shown = hyphen.map_or(0.0, |h| self.hyphen_width(content, &pieces[h]));
                if hyphen.is_none() || x + shown <= room + EPSILON {
                    last_break = Some(Break {
                        pieces: pieces.len(),
                        next: at,
                        hyphen,
                    });
                }
            }
            let mut piece = Piece::of(at.atom);
            let mut hangs = false;
            match &atom.kind {
                AtomKind::Word(word, from, to) => {
                    piece.from = *from + at.glyph;
                    piece.to = *to;
                    piece.width = if piece.from == 0 && *to as usize == word.glyphs.len() {
                        word.width
                    } else {
                        let range = word.glyph_range(piece.from, piece.to);
                        match last_break.is_some() || self.divides(atom.owner) {
                            true => word.width_until(range, room - x + EPSILON),
                            false => word.width_of(range),
                        }
                    };
                }
                AtomKind::Space(width, vanishes) => {
                    if !has_content && *vanishes && self.collapses(atom.owner) {
                        at = next;
                        continue;
                    }
                    piece.width = *width;
                    hangs = *vanishes;
                }
                AtomKind::Separator(_, word) => {
                    piece.to = word.glyphs.len() as u32;
                    piece.width = word.width;
                    let style = self.style(atom.owner);
                    hangs = self.collapses(atom.owner) || self.hangs(style);
                }
                AtomKind::Tab => {
                    piece.width = self.tab_width(atom, x);
                    hangs = self.hangs(self.style(atom.owner));
                }
                AtomKind::Newline => {
                    pieces.push(piece);
                    return Filled {
                        pieces,
                        next,
                        forced: true,
                    };
                }
                AtomKind::Open(_) | AtomKind::Close(_) => {
                    piece.width = self.edge_width(atom, place.width)
                }
                AtomKind::Atomic(child) => {
                    let (fragment, width) = self.atomic(*child, place.width, place.height);
                    piece.width = width.to_px();
                    if content.has_ruby && self.is_ruby_column(*child) {
                        let (start, end) = self.overhang(content, at.atom, &pieces, &fragment);
                        piece.overhang = start;
                        piece.width -= start + end;
                    }
                    piece.fragment = Some(fragment);
                }
                AtomKind::Float(child) => {
                    at = next;
                    // A float is placed once, also if its line ends before it after all.
                    if at.atom > *floats_done {
                        *floats_done = at.atom;
                        let side = self.style(*child).float.unwrap_or(FloatSide::Left);
                        self.float_in_line(*child, side, x - vanishing, line, place, out, waiting);
                        if !has_content {
                            let needed = self.first_width(content, at, place.width);
                            line.go_below(needed, place);
                        }
                    }
                    continue;
                }
                AtomKind::OutOfFlow(_) => {
                    pieces.push(piece);
                    at = next;
                    continue;
                }
                AtomKind::SoftHyphen(_) => {
                    soft = Some(pieces.len());
                    pieces.push(piece);
                    at = next;
                    continue;
                }
            }
            if hangs {
                x += piece.width;
                vanishing += piece.width;
                has_content = true;
                pieces.push(piece);
                at = next;
                continue;
            }
            if x + piece.width > room + EPSILON && piece.width > 0.0 {
                if let Some(end) = last_break {
                    return self.cut_back(content, pieces, end);
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
                            piece.width = word.width_of(word.glyph_range(piece.from, fits));
                            pieces.push(piece);
                        }
                        return Filled {
                            pieces,
                            next,
                            forced: false,
                        };
                    }
                }
                if let AtomKind::Word(word, ..) = &atom.kind {
                    piece.width = word.width_of(word.glyph_range(piece.from, piece.to));
                }
                let divides = has_content && self.divides(atom.owner);
                if divides && matches!(atom.kind, AtomKind::Space(..) | AtomKind::Separator(..)) {
                    return Filled {
                        pieces,
                        next: at,
                        forced: false,
                    };
                }
            }
            x += piece.width;
            if !matches!(atom.kind, AtomKind::Open(_) | AtomKind::Close(_)) {
                has_content = true;
                vanishing = 0.0;
                soft = None;
            }
            pieces.push(piece);
            at = next;
        }
        Filled {
            pieces,
            next: at,
            forced: false,
        }
    }

    /// The line as it was at an earlier place where it may end.
    fn cut_back(&self, content: &InlineContent, mut pieces: Vec<Piece>, end: Break) -> Filled {
        pieces.truncate(end.pieces);
        if let Some(hyphen) = end.hyphen {
            let width = self.hyphen_width(content, &pieces[hyphen]);
            pieces[hyphen].width = width;
            pieces[hyphen].to = 1;
        }
        Filled {
            pieces,
            next: end.next,
            forced: false,
        }
    }

    fn hyphen_width(&self, content: &InlineContent, piece: &Piece) -> f32 {
        match &content.atoms[piece.atom].kind {
            AtomKind::SoftHyphen(hyphen) => hyphen.width,
            _ => 0.0,
        }
    }

    /// Whether preserved white space hangs at the line's end (CSS Text 3 section 4.1.3).
    fn hangs(&self, style: &LayoutStyle) -> bool {
        style.wraps && style.spaces == Spaces::Preserve
    }

    fn collapses(&self, owner: BoxId) -> bool {
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

/// How far into a word one gets with `room` px, in glyphs in logical order; at least one cluster
/// if asked.
pub(super) fn fitting(word: &Word, from: u32, to: u32, room: f32, at_least_one: bool) -> u32 {
    let mut x = 0.0;
    let mut end = from;
    let mut at = from;
    while at < to {
        let cluster = word.glyph(at).cluster;
        let mut next = at;
        while next < to && word.glyph(next).cluster == cluster {
            x += word.glyph(next).advance;
            next += 1;
        }
        if x > room + EPSILON && !(at_least_one && end == from) {
            break;
        }
        end = next;
        at = next;
    }
    end
}

/// What a line is filled with.
pub(super) struct Filling<'c> {
    pub content: &'c InlineContent,
    pub start: Cut,
    /// Floats before this atom are placed.
    pub floats_done: &'c mut usize,
}

/// Where a line may be.
pub(crate) struct LineSpace {
    pub y: LayoutUnit,
    pub left: LayoutUnit,
    pub right: LayoutUnit,
    pub indent: LayoutUnit,
    pub strut: LayoutUnit,
    /// It is the last that is shown of a container that clamps its lines.
    pub clamps: bool,
}

impl LineSpace {
    /// Whether floats take some of the room when the line is as high as that.
    fn is_too_wide(&self, place: &Place, height: LayoutUnit) -> bool {
        let top = place.origin.y + self.y;
        let (left, right) = (place.origin.x + self.left, place.origin.x + self.right);
        place.floats.band(top, top + height, left, right) != (left, right)
    }

    /// Moves the line to the first height where so much fits beside the floats.
    fn go_below(&mut self, needed: LayoutUnit, place: &Place) {
        let (left, right) = (place.origin.x, place.origin.x + place.width);
        let y = place.origin.y + self.y;
        let (top, l, r) = place.floats.find(needed, self.strut, y, left, right);
        self.y = top - place.origin.y;
        (self.left, self.right) = (l - place.origin.x, r - place.origin.x);
    }
}
