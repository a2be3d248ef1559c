//! One line: its height, its alignment, its fragments (CSS 2 section 10.8, CSS Inline 3).

use super::{
    block::Place,
    inline::{Filled, LineSpace, Piece},
    inline_content::{AtomKind, InlineContent},
};
use crate::{
    engine::Engine,
    fragment::{Child, Fragment, FragmentKind, PlacedWord, TextRun},
    style::{Align, LayoutStyle, VerticalAlign},
    text::FontMetrics,
    unit::{Edges, LayoutUnit, Point, Rect, Size},
};
use std::rc::Rc;
use thru_render_tree::BoxId;

/// Room for so many words is made for a run at first.
const WORDS_AT_FIRST: usize = 8;

/// A line's fragment.
pub(crate) struct Laid {
    pub fragment: Fragment,
    pub blank: bool,
}

/// Reach above and below a baseline.
#[derive(Clone, Copy, Debug, Default)]
struct Reach {
    ascent: LayoutUnit,
    descent: LayoutUnit,
}

impl Reach {
    fn of(metrics: &FontMetrics, line_height: Option<LayoutUnit>) -> Reach {
        let text = metrics.ascent + metrics.descent;
        let line = line_height.unwrap_or_else(|| metrics.normal_line_height());
        let half = LayoutUnit((line - text).0 >> 1).floor();
        Reach {
            ascent: metrics.ascent + half,
            descent: line - metrics.ascent - half,
        }
    }

    fn include(&mut self, other: Reach, shift: LayoutUnit) {
        self.ascent = self.ascent.max(other.ascent - shift);
        self.descent = self.descent.max(other.descent + shift);
    }
}

/// An inline box that is open.
struct Open {
    id: BoxId,
    /// Its baseline below the line's.
    shift: LayoutUnit,
    x: LayoutUnit,
    right: LayoutUnit,
    children: Vec<Child>,
    first: bool,
}

struct Run {
    owner: BoxId,
    x: LayoutUnit,
    width: f32,
    words: Vec<PlacedWord>,
}

struct LineBuilder<'e, 'a> {
    engine: &'e mut Engine<'a>,
    stack: Vec<Open>,
    run: Option<Run>,
    x: LayoutUnit,
    width: LayoutUnit,
    reach: Reach,
    /// Something stands on the line already.
    started: bool,
}

impl Engine<'_> {
    #[allow(clippy::too_many_arguments)]
    pub(crate) fn line(
        &mut self,
        id: BoxId,
        content: &InlineContent,
        mut filled: Filled,
        space: &LineSpace,
        open: &mut Vec<BoxId>,
        paragraph_end: bool,
        place: &Place,
    ) -> Laid {
        let style = self.style(id).clone();
        trim(self, content, &mut filled.pieces);
        let blank = is_blank(content, &filled.pieces) && !filled.forced;
        let mut used: f32 = filled.pieces.iter().map(|p| p.width).sum();
        used += filled.hyphen.as_ref().map_or(0.0, |h| h.width);
        let room = space.right - space.left - space.indent;
        let cut_off = style.ellipsis && style.clips && used > room.to_px() + 0.02;
        if cut_off {
            used = self.ellipsis(id, content, &mut filled, room.to_px());
        }
        let free = (room - LayoutUnit::from_px(used)).at_least_zero();
        let align = match (paragraph_end, style.align_last, style.align) {
            (true, Some(last), _) => last,
            (true, None, Align::Justify) if style.rtl => Align::Right,
            (true, None, Align::Justify) => Align::Left,
            (_, _, align) => align,
        };
        let mut gap = 0.0;
        let mut x = space.left + space.indent;
        match align {
            Align::Left => {}
            Align::Right => x += free,
            Align::Center => x += free.half(),
            Align::Justify => gap = justify_gap(content, &filled.pieces, free),
        }
        if used > room.to_px() && style.rtl {
            x = space.left + room - LayoutUnit::from_px(used);
        }
        let (reach, shifts) = self.line_reach(id, content, &filled.pieces, open, blank);
        let mut builder = LineBuilder {
            engine: self,
            stack: Vec::new(),
            run: None,
            x,
            width: place.width,
            reach,
            started: false,
        };
        builder.begin(id, open, &shifts);
        let order = visual_order(content, &filled.pieces);
        for index in order {
            builder.piece(content, &filled.pieces[index], gap, &shifts);
        }
        if let Some(hyphen) = &filled.hyphen {
            let owner = filled
                .pieces
                .last()
                .map_or(id, |p| content.atoms[p.atom].owner);
            let count = hyphen.glyphs.len();
            builder.word(owner, hyphen.clone(), 0..count, hyphen.width);
        }
        builder.finish(open, blank)
    }

    /// How far a line reaches, and each inline box's baseline.
    fn line_reach(
        &mut self,
        id: BoxId,
        content: &InlineContent,
        pieces: &[Piece],
        open: &[BoxId],
        blank: bool,
    ) -> (Reach, Vec<(BoxId, LayoutUnit)>) {
        let root = self.style(id).clone();
        let mut reach = Reach::of(&root.font.metrics, root.line_height);
        let mut shifts: Vec<(BoxId, LayoutUnit)> = vec![(id, LayoutUnit::ZERO)];
        let mut stack: Vec<(BoxId, LayoutUnit)> = vec![(id, LayoutUnit::ZERO)];
        let mut tall: Vec<(LayoutUnit, bool)> = Vec::new();
        for inline in open {
            self.enter(*inline, &mut stack, &mut shifts, &mut reach);
        }
        for piece in pieces {
            let atom = &content.atoms[piece.atom];
            match &atom.kind {
                AtomKind::Open(inline) => self.enter(*inline, &mut stack, &mut shifts, &mut reach),
                AtomKind::Close(_) => {
                    stack.pop();
                }
                AtomKind::Word(word, ..) => {
                    let style = self.style(atom.owner);
                    if style.line_height.is_none() && style.font.faces.first() != Some(&word.face) {
                        let metrics = self.fonts.metrics(word.face, style.font_size);
                        let shift = stack.last().map_or(LayoutUnit::ZERO, |s| s.1);
                        reach.include(Reach::of(&metrics, None), shift);
                    }
                }
                AtomKind::Atomic(child) => {
                    let Some(fragment) = &piece.fragment else {
                        continue;
                    };
                    let (parent, base) = *stack.last().unwrap_or(&(id, LayoutUnit::ZERO));
                    let own = self.atomic_reach(*child, fragment);
                    match self.style(*child).vertical_align {
                        VerticalAlign::Top => tall.push((own.ascent + own.descent, true)),
                        VerticalAlign::Bottom => tall.push((own.ascent + own.descent, false)),
                        _ => {
                            let shift = base + self.shift_of(*child, own, parent);
                            reach.include(own, shift);
                            shifts.push((*child, shift));
                        }
                    }
                }
                _ => {}
            }
        }
        for (height, top) in tall {
            let missing = height - reach.ascent - reach.descent;
            if missing > LayoutUnit::ZERO {
                if top {
                    reach.descent += missing
                } else {
                    reach.ascent += missing
                }
            }
        }
        if blank {
            reach = Reach {
                ascent: root.font.metrics.ascent,
                descent: LayoutUnit::ZERO - root.font.metrics.ascent,
            };
        }
        (reach, shifts)
    }

    fn enter(
        &self,
        inline: BoxId,
        stack: &mut Vec<(BoxId, LayoutUnit)>,
        shifts: &mut Vec<(BoxId, LayoutUnit)>,
        reach: &mut Reach,
    ) {
        let (parent, base) = *stack.last().unwrap_or(&(inline, LayoutUnit::ZERO));
        let style = self.style(inline);
        let own = Reach::of(&style.font.metrics, style.line_height);
        let shift = base + self.shift_of(inline, own, parent);
        reach.include(own, shift);
        stack.push((inline, shift));
        shifts.push((inline, shift));
    }

    fn atomic_reach(&self, id: BoxId, fragment: &Fragment) -> Reach {
        let style = self.style(id);
        let margin = style.margin(LayoutUnit::ZERO);
        use thru_render_tree::BoxKind;
        let baseline = match self.kind(id) {
            BoxKind::BlockContainer if style.clips && !self.tree.get(id).manner.button => None,
            BoxKind::BlockContainer => fragment.last_baseline,
            _ => fragment.first_baseline,
        };
        match baseline {
            Some(baseline) => Reach {
                ascent: margin.top + baseline,
                descent: fragment.size.height - baseline + margin.bottom,
            },
            None => Reach {
                ascent: margin.vertical() + fragment.size.height,
                descent: LayoutUnit::ZERO,
            },
        }
    }

    /// How far a box's baseline is below its parent's (CSS 2 section 10.8.1).
    fn shift_of(&self, id: BoxId, own: Reach, parent: BoxId) -> LayoutUnit {
        let style = self.style(id);
        let around: &LayoutStyle = self.style(parent);
        let font = &around.font.metrics;
        match &style.vertical_align {
            VerticalAlign::Baseline | VerticalAlign::Top | VerticalAlign::Bottom => {
                LayoutUnit::ZERO
            }
            VerticalAlign::Raised(length) => -length.against(style.used_line_height()),
            VerticalAlign::Sub => LayoutUnit::from_px(around.font_size / 5.0 + 1.0),
            VerticalAlign::Super => -LayoutUnit::from_px(around.font_size / 3.0 + 1.0),
            VerticalAlign::TextTop => own.ascent - font.ascent,
            VerticalAlign::TextBottom => font.descent - own.descent,
            VerticalAlign::Middle => {
                let middle = (own.ascent - own.descent).half();
                middle - LayoutUnit::from_px(font.x_height / 2.0)
            }
        }
    }

    fn ellipsis(
        &mut self,
        id: BoxId,
        content: &InlineContent,
        filled: &mut Filled,
        room: f32,
    ) -> f32 {
        let style = self.style(id).clone();
        let face = self.fonts.face_of(&style.font, '\u{2026}');
        let dots = self.fonts.word(&style.font, face, "\u{2026}", false);
        let room = room - dots.width;
        let mut x = 0.0;
        let mut kept = Vec::new();
        let mut full = false;
        for mut piece in filled.pieces.drain(..) {
            let edge = matches!(
                content.atoms[piece.atom].kind,
                AtomKind::Open(_) | AtomKind::Close(_)
            );
            if full && !edge {
                continue;
            }
            if !edge && x + piece.width > room {
                full = true;
                let AtomKind::Word(word, ..) = &content.atoms[piece.atom].kind else {
                    continue;
                };
                let mut to = piece.from;
                let mut width = 0.0;
                while to < piece.to && x + width + word.glyphs[to as usize].advance <= room {
                    width += word.glyphs[to as usize].advance;
                    to += 1;
                }
                piece.to = to;
                piece.width = width;
            }
            x += piece.width;
            kept.push(piece);
        }
        filled.pieces = kept;
        filled.hyphen = Some(dots.clone());
        x + dots.width
    }
}

impl LineBuilder<'_, '_> {
    fn begin(&mut self, root: BoxId, open: &[BoxId], shifts: &[(BoxId, LayoutUnit)]) {
        self.push(root, false, shifts);
        for id in open {
            self.push(*id, false, shifts);
        }
    }

    fn push(&mut self, id: BoxId, first: bool, shifts: &[(BoxId, LayoutUnit)]) {
        let shift = shifts
            .iter()
            .find(|(s, _)| *s == id)
            .map_or(LayoutUnit::ZERO, |s| s.1);
        let margin = self.engine.style(id).margin(self.width);
        let has_left = first && self.engine.inline_sides(id).0 && !self.engine.style(id).rtl;
        let x = if has_left {
            self.x + margin.left
        } else {
            self.x
        };
        self.stack.push(Open {
            id,
            shift,
            x,
            right: x,
            children: Vec::new(),
            first,
        });
    }

    fn top(&mut self) -> Option<&mut Open> {
        self.stack.last_mut()
    }

    fn add(&mut self, child: Child, right: LayoutUnit) {
        if let Some(top) = self.stack.last_mut() {
            top.x = if top.children.is_empty() {
                top.x
            } else {
                top.x.min(child.at.x)
            };
            top.right = top.right.max(right);
            top.children.push(child);
        }
    }

    fn piece(
        &mut self,
        content: &InlineContent,
        piece: &Piece,
        gap: f32,
        shifts: &[(BoxId, LayoutUnit)],
    ) {
        let atom = &content.atoms[piece.atom];
        match &atom.kind {
            AtomKind::Word(word, ..) => {
                let glyphs = piece.from as usize..piece.to as usize;
                self.word(atom.owner, word.clone(), glyphs, piece.width);
            }
            AtomKind::Space(..) => {
                let gap = if piece.width > 0.0 { gap } else { 0.0 };
                self.advance(atom.owner, piece.width + gap);
            }
            AtomKind::Tab => self.advance(atom.owner, piece.width),
            AtomKind::Newline => {
                self.advance(atom.owner, 0.0);
            }
            AtomKind::Open(id) => {
                self.flush();
                self.push(*id, true, shifts);
                self.x += LayoutUnit::from_px(piece.width);
                let x = self.x;
                if let Some(top) = self.top() {
                    top.right = x;
                }
            }
            AtomKind::Close(id) => {
                self.flush();
                self.x += LayoutUnit::from_px(piece.width);
                self.close(*id, true);
            }
            AtomKind::Atomic(id) => {
                self.flush();
                self.atomic(*id, piece, shifts);
            }
            AtomKind::OutOfFlow(id) => {
                self.flush();
                self.out_of_flow(*id);
            }
            AtomKind::Float(_) | AtomKind::SoftHyphen(_) => {}
        }
    }

    /// The static position: beside what is before it on the line; of a block-level box below that.
    fn out_of_flow(&mut self, id: BoxId) {
        let (start, edges) = self.engine.static_start(id, self.width);
        let at = if self.engine.was_inline(id) {
            Point::new(self.x, -self.reach.ascent)
        } else if self.started {
            Point::new(start, self.reach.descent)
        } else {
            Point::new(start, -self.reach.ascent)
        };
        let fragment = Rc::new(Fragment::placeholder(id, edges));
        if let Some(top) = self.top() {
            top.children.push(Child { at, fragment });
        }
    }

    fn run(&mut self, owner: BoxId) -> &mut Run {
        if self.run.as_ref().is_some_and(|run| run.owner != owner) {
            self.flush();
        }
        let x = self.x;
        self.run.get_or_insert_with(|| Run {
            owner,
            x,
            width: 0.0,
            words: Vec::with_capacity(WORDS_AT_FIRST),
        })
    }

    fn word(
        &mut self,
        owner: BoxId,
        word: Rc<crate::text::Word>,
        glyphs: std::ops::Range<usize>,
        width: f32,
    ) {
        self.started = true;
        let run = self.run(owner);
        run.words.push(PlacedWord {
            x: run.width,
            word,
            glyphs,
        });
        run.width += width;
    }

    fn advance(&mut self, owner: BoxId, width: f32) {
        self.started |= width > 0.0;
        self.run(owner).width += width;
    }

    fn flush(&mut self) {
        let Some(run) = self.run.take() else { return };
        let style = self.engine.style(run.owner).clone();
        let metrics = style.font.metrics;
        let width = LayoutUnit::ceil_px(run.width);
        self.x = run.x + width;
        if run.words.is_empty() && width == LayoutUnit::ZERO {
            return;
        }
        let shift = self.stack.last().map_or(LayoutUnit::ZERO, |o| o.shift);
        let fragment = Fragment {
            source: Some(run.owner),
            size: Size::new(width, metrics.ascent + metrics.descent),
            kind: FragmentKind::Text(TextRun {
                font: style.font.clone(),
                baseline: metrics.ascent,
                words: run.words,
            }),
            children: Vec::new(),
            first_baseline: None,
            last_baseline: None,
            shift: Point::default(),
        };
        let at = Point::new(run.x, shift - metrics.ascent);
        let right = self.x;
        self.add(
            Child {
                at,
                fragment: Rc::new(fragment),
            },
            right,
        );
    }

    fn atomic(&mut self, id: BoxId, piece: &Piece, shifts: &[(BoxId, LayoutUnit)]) {
        let Some(fragment) = piece.fragment.clone() else {
            return;
        };
        self.started = true;
        let margin = self.engine.style(id).margin(self.width);
        let own = self.engine.atomic_reach(id, &fragment);
        let y = match self.engine.style(id).vertical_align {
            VerticalAlign::Top => margin.top - self.reach.ascent,
            VerticalAlign::Bottom => self.reach.descent - margin.bottom - fragment.size.height,
            _ => {
                let shift = shifts
                    .iter()
                    .find(|(s, _)| *s == id)
                    .map_or(LayoutUnit::ZERO, |s| s.1);
                shift - own.ascent + margin.top
            }
        };
        let at = Point::new(self.x + margin.left, y);
        self.x += LayoutUnit::from_px(piece.width);
        let right = self.x;
        self.add(Child { at, fragment }, right);
    }

    /// The top inline box ends on this line, or goes on on the next.
    fn close(&mut self, id: BoxId, ends: bool) {
        if self.stack.len() < 2 {
            return;
        }
        let Some(open) = self.stack.pop() else { return };
        debug_assert_eq!(open.id, id);
        let style = self.engine.style(open.id).clone();
        let (left, right) = self.engine.inline_sides(open.id);
        let (starts, ends) = if style.rtl {
            (ends, open.first)
        } else {
            (open.first, ends)
        };
        let margin = style.margin(self.width);
        let (mut border, mut padding) = (style.border, style.padding(self.width));
        if !(left && starts) {
            border.left = LayoutUnit::ZERO;
            padding.left = LayoutUnit::ZERO;
        }
        let mut end = self.x;
        if right && ends {
            end -= margin.right;
        } else {
            border.right = LayoutUnit::ZERO;
            padding.right = LayoutUnit::ZERO;
            end = end.max(open.right);
        }
        let metrics = style.font.metrics;
        let edges: Edges = border + padding;
        let origin = Point::new(open.x, open.shift - metrics.ascent - edges.top);
        let size = Size::new(
            (end - open.x).at_least_zero(),
            metrics.ascent + metrics.descent + edges.vertical(),
        );
        let mut children = open.children;
        for child in &mut children {
            child.at = Point::new(child.at.x - origin.x, child.at.y - origin.y);
        }
        let space = crate::engine::Space {
            width: self.width,
            ..Default::default()
        };
        let fragment = Fragment {
            source: Some(open.id),
            size,
            kind: FragmentKind::Inline { border, padding },
            children,
            first_baseline: None,
            last_baseline: None,
            shift: self.engine.relative_shift(open.id, &space),
        };
        let reach = self.x;
        self.add(
            Child {
                at: origin,
                fragment: Rc::new(fragment),
            },
            reach,
        );
    }

    fn finish(mut self, open: &mut Vec<BoxId>, blank: bool) -> Laid {
        self.flush();
        open.clear();
        open.extend(self.stack.iter().skip(1).map(|o| o.id));
        while self.stack.len() > 1 {
            let id = self.stack[self.stack.len() - 1].id;
            self.close(id, false);
        }
        let children = self.stack.pop().map(|o| o.children).unwrap_or_default();
        let mut bounds: Option<Rect> = None;
        let children: Vec<Child> = children
            .into_iter()
            .map(|mut child| {
                child.at.y += self.reach.ascent;
                let rect = Rect::new(child.at, child.fragment.size);
                bounds = Some(bounds.map_or(rect, |b| b.union(&rect)));
                child
            })
            .collect();
        let height = (self.reach.ascent + self.reach.descent).at_least_zero();
        let baseline = (!blank).then_some(self.reach.ascent);
        let fragment = Fragment {
            source: None,
            size: Size::new(bounds.map_or(LayoutUnit::ZERO, |b| b.right()), height),
            kind: FragmentKind::Line,
            children,
            first_baseline: baseline,
            last_baseline: baseline,
            shift: Point::default(),
        };
        Laid { fragment, blank }
    }
}

/// Collapsible spaces at a line's end vanish (CSS Text 3 section 4.1.2).
fn trim(engine: &Engine, content: &InlineContent, pieces: &mut [Piece]) {
    use crate::style::Spaces;
    for piece in pieces.iter_mut().rev() {
        let atom = &content.atoms[piece.atom];
        match atom.kind {
            AtomKind::Space(_, true) => {
                let spaces = engine.style(atom.owner).spaces;
                if matches!(spaces, Spaces::Collapse | Spaces::PreserveBreaks) {
                    piece.width = 0.0;
                }
            }
            AtomKind::Open(_) | AtomKind::Close(_) | AtomKind::OutOfFlow(_) | AtomKind::Newline => {
            }
            _ => break,
        }
    }
}

fn is_blank(content: &InlineContent, pieces: &[Piece]) -> bool {
    pieces
        .iter()
        .all(|piece| match content.atoms[piece.atom].kind {
            AtomKind::Open(_) | AtomKind::Close(_) | AtomKind::Space(..) => piece.width == 0.0,
            AtomKind::OutOfFlow(_) => true,
            _ => false,
        })
}

fn justify_gap(content: &InlineContent, pieces: &[Piece], free: LayoutUnit) -> f32 {
    let gaps = pieces
        .iter()
        .filter(|p| matches!(content.atoms[p.atom].kind, AtomKind::Space(..)) && p.width > 0.0)
        .count();
    if gaps == 0 {
        0.0
    } else {
        free.to_px() / gaps as f32
    }
}

/// UAX 9 rule L2.
fn visual_order(content: &InlineContent, pieces: &[Piece]) -> Vec<usize> {
    let mut order: Vec<usize> = (0..pieces.len()).collect();
    if !content.bidi {
        return order;
    }
    // DEVIATION: the edges of inline boxes take part with the level of the text after them; a box that
    // is torn apart by reordering is drawn as one.
    let level = |i: usize| content.atoms[pieces[i].atom].level;
    let highest = (0..pieces.len()).map(level).max().unwrap_or(0);
    let nested = pieces.iter().any(|p| {
        matches!(
            content.atoms[p.atom].kind,
            AtomKind::Open(_) | AtomKind::Close(_)
        )
    });
    if nested {
        return order;
    }
    for low in (1..=highest).rev() {
        let mut at = 0;
        while at < order.len() {
            if level(order[at]) < low {
                at += 1;
                continue;
            }
            let from = at;
            while at < order.len() && level(order[at]) >= low {
                at += 1;
            }
            order[from..at].reverse();
        }
    }
    order
}
