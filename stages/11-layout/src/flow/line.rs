//! One line: its height, its alignment, its fragments (CSS 2 section 10.8, CSS Inline 3).

use super::{
    bidi::{Step, steps},
    block::Place,
    inline::{Filled, LineSpace, Piece},
    inline_content::{AtomKind, InlineContent},
    line_end::{is_blank, justify, line_align, trim},
    vertical_align::Baselines,
};
use crate::{
    engine::Engine,
    fragment::{Child, Fragment, FragmentKind, PlacedWord, TextRun},
    style::Align,
    text::Word,
    unit::{Edges, LayoutUnit, Point, Rect, Size},
};
use std::{ops::Range, rc::Rc};
use thru_render_tree::BoxId;

/// Room for so many words is made for a run at first.
const WORDS_AT_FIRST: usize = 8;

/// A line's fragment.
pub(crate) struct Laid {
    pub fragment: Fragment,
    pub blank: bool,
}

/// An inline box that is open.
struct Open {
    id: BoxId,
    /// Its baseline below the line's.
    shift: LayoutUnit,
    x: LayoutUnit,
    right: LayoutUnit,
    children: Vec<Child>,
    /// It has its left edge.
    edge: bool,
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
    baselines: Baselines,
    /// There is nothing on the line.
    blank: bool,
    /// Something stands on the line already.
    started: bool,
    /// Its side over the text is where blocks end.
    after: bool,
}

impl Engine<'_> {
    #[allow(clippy::too_many_arguments)]
    pub(crate) fn line(
        &mut self,
        (id, root): (BoxId, BoxId),
        content: &InlineContent,
        mut filled: Filled,
        space: &LineSpace,
        open: &mut Vec<BoxId>,
        paragraph_end: bool,
        place: &Place,
    ) -> Laid {
        let style = self.style(id).clone();
        let room = space.right - space.left - space.indent;
        let end = trim(self, content, &mut filled, room.to_px(), paragraph_end);
        let blank = is_blank(self, content, &filled.pieces) && !filled.forced;
        let rtl = filled.base(content, style.rtl);
        let mut used = end.used;
        let cut_off = style.cut_off_sign.is_some() && style.clips && used > room.to_px() + 0.02;
        let dots = match (space.clamps && !blank, cut_off) {
            (true, _) => self.block_ellipsis(id, content, &mut filled, room.to_px()),
            (_, true) => Some(self.ellipsis(id, content, &mut filled, room.to_px())),
            _ => None,
        };
        if let Some((width, _)) = dots {
            used = width;
        }
        let free = room - LayoutUnit::from_px(used);
        let mut x = space.left + if rtl { LayoutUnit::ZERO } else { space.indent };
        let ruby = self.ruby_align(id).filter(|_| free > LayoutUnit::ZERO);
        if let Some(align) = ruby {
            x += self.spread_ruby(align, content, &mut filled.pieces, free);
        }
        match line_align(&style, rtl, paragraph_end) {
            _ if ruby.is_some() => {}
            _ if free < LayoutUnit::ZERO => x += if rtl { free } else { LayoutUnit::ZERO },
            Align::Left | Align::Start | Align::End => {}
            Align::Right => x += free,
            Align::Center => x += free.half(),
            Align::Justify => {
                let spread = justify(self, content, &mut filled.pieces, free.to_px());
                if rtl && !spread {
                    x += free
                }
            }
        }
        if rtl {
            x -= LayoutUnit::from_px(end.hangs);
        }
        let mut baselines = self.baselines(root, content, &filled.pieces, open, place.width);
        if blank {
            baselines.flatten(self.style(root).line_metrics().ascent);
        }
        let (steps, still) = steps(self, content, &filled.pieces, open);
        *open = still;
        let after = self.known.modes.inner(id).over_is_after();
        let mut builder = LineBuilder {
            engine: self,
            stack: Vec::new(),
            run: None,
            x,
            width: place.width,
            baselines,
            blank,
            started: false,
            after,
        };
        builder.begin(root);
        let dots = dots.map(|(_, word)| word);
        if let (Some(dots), true) = (&dots, rtl) {
            builder.whole(root, dots.clone());
        }
        for step in steps {
            match step {
                Step::Open(id, edge) => builder.open(id, edge),
                Step::Piece(index) => builder.piece(content, &filled.pieces[index]),
                Step::Close(_, edge) => builder.close(edge),
            }
        }
        if let (Some(dots), false) = (dots, rtl) {
            builder.whole(root, dots);
        }
        if root != id {
            builder.wrap(root);
        }
        builder.finish(blank)
    }
}

impl LineBuilder<'_, '_> {
    fn begin(&mut self, root: BoxId) {
        self.push(root, LayoutUnit::ZERO, false);
    }

    /// A part of an inline box begins.
    fn open(&mut self, id: BoxId, edge: bool) {
        self.flush();
        let edge = edge && self.engine.inline_sides(id).0;
        let start = self.x;
        let shift = self.baselines.shift(id);
        if edge {
            let style = self.engine.style(id);
            let (margin, padding) = (style.margin(self.width), style.padding(self.width));
            let inside = style.border.left + padding.left;
            self.x = start + margin.left;
            self.push(id, shift, true);
            self.x += inside;
        } else {
            self.push(id, shift, false);
        }
        let x = self.x;
        if let Some(top) = self.stack.last_mut() {
            top.right = x;
        }
    }

    fn push(&mut self, id: BoxId, shift: LayoutUnit, edge: bool) {
        let x = self.x;
        self.stack.push(Open {
            id,
            shift,
            x,
            right: x,
            children: Vec::new(),
            edge,
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

    fn piece(&mut self, content: &InlineContent, piece: &Piece) {
        let atom = &content.atoms[piece.atom];
        match &atom.kind {
            AtomKind::Word(word, ..) | AtomKind::Separator(_, word) => {
                let glyphs = word.glyph_range(piece.from, piece.to);
                self.word(atom.owner, word.clone(), glyphs, piece);
            }
            AtomKind::SoftHyphen(word) if piece.to > 0 => {
                let glyphs = 0..word.glyphs.len();
                self.word(atom.owner, word.clone(), glyphs, piece);
            }
            AtomKind::Space(..) | AtomKind::Tab | AtomKind::Newline => {
                self.advance(atom.owner, piece.width)
            }
            AtomKind::Atomic(id) => {
                self.flush();
                self.atomic(*id, piece);
            }
            AtomKind::OutOfFlow(id) => {
                self.flush();
                self.out_of_flow(*id);
            }
            AtomKind::Open(_)
            | AtomKind::Close(_)
            | AtomKind::Float(_)
            | AtomKind::SoftHyphen(_) => {}
        }
    }

    /// The static position: beside what is before it on the line; of a block-level box below that.
    fn out_of_flow(&mut self, id: BoxId) {
        let (start, edges) = self.engine.static_start(id, self.width);
        let reach = self.baselines.reach;
        let at = if self.engine.was_inline(id) {
            Point::new(self.x, -reach.ascent)
        } else if self.started {
            Point::new(start, reach.descent)
        } else {
            Point::new(start, -reach.ascent)
        };
        let fragment = Rc::new(Fragment::placeholder(id, edges));
        if let Some(top) = self.top() {
            top.children.push(Child { at, fragment });
        }
    }

    fn whole(&mut self, owner: BoxId, word: Rc<Word>) {
        let glyphs = 0..word.glyphs.len();
        let run = self.run(owner);
        let x = run.width;
        run.width += word.width;
        run.words.push(PlacedWord { x, word, glyphs });
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

    /// A word; justification may have moved its letters apart.
    fn word(&mut self, owner: BoxId, word: Rc<Word>, glyphs: Range<usize>, piece: &Piece) {
        self.started = true;
        let run = self.run(owner);
        let x = run.width;
        run.width += piece.width;
        if piece.spread <= 0.0 {
            run.words.push(PlacedWord { x, word, glyphs });
            return;
        }
        let mut pen = x;
        for cluster in word.clusters(glyphs) {
            let advance = word.width_of(cluster.clone());
            run.words.push(PlacedWord {
                x: pen,
                word: word.clone(),
                glyphs: cluster,
            });
            pen += advance + piece.spread;
        }
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
            across: [None; 2],
            content_end: None,
            basis: None,
            shift: Point::default(),
            grid: None,
            outside: Edges::default(),
            table: None,
        };
        let at = Point::new(run.x, shift - style.line_metrics().ascent);
        let right = self.x;
        self.add(
            Child {
                at,
                fragment: Rc::new(fragment),
            },
            right,
        );
    }

    fn atomic(&mut self, id: BoxId, piece: &Piece) {
        let Some(fragment) = piece.fragment.clone() else {
            return;
        };
        self.started = true;
        let margin = self.engine.style(id).margin(self.width);
        let own = self.engine.atomic_reach(id, &fragment, self.width);
        let over = match self.engine.known.modes.outer(id).over_is_after() {
            true => margin.bottom,
            false => margin.top,
        };
        let y = self.baselines.shift(id) - own.ascent + over;
        let overhang = LayoutUnit::from_px(piece.overhang);
        let at = Point::new(self.x + margin.left - overhang, y);
        self.x += LayoutUnit::from_px(piece.width);
        let right = self.x;
        self.add(Child { at, fragment }, right);
    }

    /// The innermost part of an inline box ends.
    fn close(&mut self, edge: bool) {
        self.flush();
        if self.stack.len() < 2 {
            return;
        }
        let Some(open) = self.stack.pop() else { return };
        if self.blank && !open.edge && open.children.is_empty() {
            // It ended on the line before: no line box is made for the break at its end.
            return;
        }
        let style = self.engine.style(open.id).clone();
        let edge = edge && self.engine.inline_sides(open.id).1;
        let (mut border, mut padding) = (style.border, style.padding(self.width));
        if !open.edge {
            border.left = LayoutUnit::ZERO;
            padding.left = LayoutUnit::ZERO;
        }
        let end;
        if edge {
            end = self.x + padding.right + border.right;
            self.x = end + style.margin(self.width).right;
        } else {
            border.right = LayoutUnit::ZERO;
            padding.right = LayoutUnit::ZERO;
            end = self.x.max(open.right);
        }
        let metrics = style.line_metrics();
        let edges: Edges = border + padding;
        let over = match self.engine.known.modes.outer(open.id).over_is_after() {
            true => edges.bottom,
            false => edges.top,
        };
        let origin = Point::new(open.x, open.shift - metrics.ascent - over);
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
            across: [None; 2],
            content_end: None,
            basis: None,
            shift: self.engine.relative_shift(open.id, &space),
            grid: None,
            outside: Edges::default(),
            table: None,
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

    /// Puts the whole line into the inline box of its style (CSS Pseudo-Elements 4 section 2.1.2).
    fn wrap(&mut self, root: BoxId) {
        self.flush();
        let metrics = self.engine.style(root).line_metrics();
        let Some(line) = self.stack.last_mut() else {
            return;
        };
        let mut children = std::mem::take(&mut line.children);
        let visible =
            |child: &&Child| !matches!(child.fragment.kind, FragmentKind::Placeholder { .. });
        let ends = children.iter().filter(visible);
        let ends = ends.map(|c| (c.at.x, c.at.x + c.fragment.size.width));
        let Some((left, right)) = ends.reduce(|a, b| (a.0.min(b.0), a.1.max(b.1))) else {
            line.children = children;
            return;
        };
        let origin = Point::new(left, -metrics.ascent);
        for child in &mut children {
            child.at = Point::new(child.at.x - origin.x, child.at.y - origin.y);
        }
        let size = Size::new(right - left, metrics.ascent + metrics.descent);
        let mut fragment = Fragment::of_box(root, size, Edges::default(), Edges::default());
        fragment.kind = FragmentKind::Inline {
            border: Edges::default(),
            padding: Edges::default(),
        };
        fragment.children = children;
        line.children.push(Child {
            at: origin,
            fragment: Rc::new(fragment),
        });
    }

    fn finish(mut self, blank: bool) -> Laid {
        self.flush();
        let children = self.stack.pop().map(|o| o.children).unwrap_or_default();
        let mut bounds: Option<Rect> = None;
        let children: Vec<Child> = children
            .into_iter()
            .map(|mut child| {
                child.at.y += self.baselines.reach.ascent;
                let rect = Rect::new(child.at, child.fragment.size);
                bounds = Some(bounds.map_or(rect, |b| b.union(&rect)));
                child
            })
            .collect();
        let height = (self.baselines.reach.ascent + self.baselines.reach.descent).at_least_zero();
        let below_start = match self.after {
            true => self.baselines.reach.descent,
            false => self.baselines.reach.ascent,
        };
        let baseline = (!blank).then_some(below_start);
        let fragment = Fragment {
            source: None,
            size: Size::new(bounds.map_or(LayoutUnit::ZERO, |b| b.right()), height),
            kind: FragmentKind::Line,
            children,
            first_baseline: baseline,
            last_baseline: baseline,
            across: [None; 2],
            content_end: None,
            basis: None,
            shift: Point::default(),
            grid: None,
            outside: Edges::default(),
            table: None,
        };
        Laid { fragment, blank }
    }
}
