//! The content of an inline formatting context as a row of atoms (CSS Text 3 section 4; UAX 9, 14).

use crate::{
    engine::Engine,
    style::{LayoutStyle, Spaces},
    text::{FaceId, Font, Word, break_opportunities},
};
use std::rc::Rc;
use style::values::specified::text::TextTransform;
use thru_render_tree::{BoxId, BoxKind, Level};
use unicode_bidi::{BidiInfo, Level as BidiLevel};

/// What lines are filled with.
#[derive(Clone, Debug)]
pub enum AtomKind {
    /// Some glyphs of a word, which no line break divides unless it must.
    Word(Rc<Word>, u32, u32),
    /// A space: px, and whether it vanishes at a line's end.
    Space(f32, bool),
    /// A preserved tab.
    Tab,
    /// A forced break.
    Newline,
    /// An inline box begins.
    Open(BoxId),
    /// An inline box ends.
    Close(BoxId),
    /// An inline-level box that is laid out by itself.
    Atomic(BoxId),
    /// A float.
    Float(BoxId),
    /// A box out of flow.
    OutOfFlow(BoxId),
    /// A soft hyphen: shown if the line ends here.
    SoftHyphen(Rc<Word>),
}

/// One atom.
#[derive(Clone, Debug)]
pub struct Atom {
    /// What it is.
    pub kind: AtomKind,
    /// The inline box (or block container) whose style it has.
    pub owner: BoxId,
    /// A line may begin here.
    pub breaks: bool,
    /// Bidi level.
    pub level: u8,
}

/// The whole content.
#[derive(Debug, Default)]
pub struct InlineContent {
    /// The atoms in logical order.
    pub atoms: Vec<Atom>,
    /// Some level is odd.
    pub bidi: bool,
    /// There is something that makes a line box.
    pub has_content: bool,
}

struct Run {
    start: usize,
    end: usize,
    owner: BoxId,
}

enum Item {
    Text(Run),
    Mark(AtomKind, BoxId, usize),
}

struct Collector<'e, 'a> {
    engine: &'e mut Engine<'a>,
    text: String,
    items: Vec<Item>,
    after_space: bool,
    needs_bidi: bool,
    has_content: bool,
}

impl Engine<'_> {
    /// The atoms of a block container's inline content, made once.
    pub fn inline_content(&mut self, id: BoxId) -> Rc<InlineContent> {
        if let Some(content) = &self.inline_contents[id.index()] {
            return content.clone();
        }
        let rtl = self.style(id).rtl;
        let mut collector = Collector {
            engine: self,
            text: String::new(),
            items: Vec::new(),
            after_space: true,
            needs_bidi: rtl,
            has_content: false,
        };
        collector.children(id, id);
        let content = Rc::new(collector.finish(id));
        self.inline_contents[id.index()] = Some(content.clone());
        content
    }
}

impl Collector<'_, '_> {
    fn children(&mut self, id: BoxId, owner: BoxId) {
        let tree = self.engine.tree;
        for child in tree.get(id).children.iter().copied() {
            self.child(child, owner);
        }
    }

    fn mark(&mut self, kind: AtomKind, owner: BoxId) {
        let at = self.text.len();
        self.items.push(Item::Mark(kind, owner, at));
    }

    fn child(&mut self, child: BoxId, owner: BoxId) {
        let tree = self.engine.tree;
        let source = tree.get(child);
        match &source.kind {
            BoxKind::Text(text) => return self.source_text(text, owner),
            BoxKind::LineBreak => {
                self.has_content = true;
                self.text.push('\n');
                self.after_space = true;
                let at = self.text.len() - 1;
                return self.items.push(Item::Text(Run {
                    start: at,
                    end: at + 1,
                    owner,
                }));
            }
            BoxKind::WordBreak => {
                let at = self.text.len();
                self.text.push('\u{200b}');
                return self.items.push(Item::Text(Run {
                    start: at,
                    end: at + 3,
                    owner,
                }));
            }
            BoxKind::OutsideMarker => return,
            _ => {}
        }
        let style = self.engine.style(child).clone();
        if style.out_of_flow() {
            self.mark(AtomKind::OutOfFlow(child), owner);
        } else if style.float.is_some() {
            self.mark(AtomKind::Float(child), owner);
        } else if let (BoxKind::Inline { .. }, Level::Inline) = (&source.kind, source.level) {
            self.inline_box(child, &style, owner);
        } else {
            self.has_content = true;
            self.after_space = false;
            self.mark(AtomKind::Atomic(child), owner);
            self.text.push('\u{fffc}');
        }
    }

    fn inline_box(&mut self, child: BoxId, style: &LayoutStyle, _owner: BoxId) {
        let edges = self.engine.inline_edges_matter(style);
        self.has_content |= edges;
        let control = |rtl| if rtl { '\u{2067}' } else { '\u{2066}' };
        use style::computed_values::unicode_bidi::T as Bidi;
        let isolates = matches!(
            style.bidi,
            Bidi::Isolate | Bidi::IsolateOverride | Bidi::Plaintext
        );
        let embeds = matches!(style.bidi, Bidi::Embed | Bidi::BidiOverride);
        self.mark(AtomKind::Open(child), child);
        let wrapped = isolates || embeds;
        if wrapped {
            self.needs_bidi |= style.rtl;
            self.text.push(match style.bidi {
                Bidi::BidiOverride | Bidi::IsolateOverride if style.rtl => '\u{202e}',
                Bidi::BidiOverride | Bidi::IsolateOverride => '\u{202d}',
                Bidi::Plaintext => '\u{2068}',
                _ => control(style.rtl),
            });
        }
        self.children(child, child);
        if wrapped {
            let overrides = matches!(style.bidi, Bidi::BidiOverride | Bidi::IsolateOverride);
            self.text
                .push(if overrides { '\u{202c}' } else { '\u{2069}' });
        }
        self.mark(AtomKind::Close(child), child);
    }

    /// CSS Text 3 section 4.1.1, phase I.
    fn source_text(&mut self, source: &str, owner: BoxId) {
        let style = self.engine.style(owner).clone();
        let transformed;
        let source = if style.transform.is_empty() {
            source
        } else {
            transformed = transform(source, style.transform, self.text.chars().next_back());
            &transformed
        };
        let start = self.text.len();
        self.text.reserve(source.len());
        for c in source.chars() {
            self.character(c, style.spaces);
        }
        let end = self.text.len();
        if end > start {
            self.items.push(Item::Text(Run { start, end, owner }));
        }
    }

    fn character(&mut self, c: char, spaces: Spaces) {
        let collapses = matches!(spaces, Spaces::Collapse | Spaces::PreserveBreaks);
        match c {
            '\n' if spaces == Spaces::Collapse => self.collapsed_space(),
            '\n' => {
                if collapses {
                    self.drop_trailing_space();
                }
                self.text.push('\n');
                self.after_space = collapses;
                self.has_content = true;
            }
            ' ' | '\t' | '\r' if collapses => self.collapsed_space(),
            '\r' => {}
            _ => {
                self.text.push(c);
                self.after_space = false;
                self.has_content = true;
                self.needs_bidi |= is_right_to_left(c);
            }
        }
    }

    fn collapsed_space(&mut self) {
        if !self.after_space {
            self.text.push(' ');
            self.after_space = true;
        }
    }

    fn drop_trailing_space(&mut self) {
        if self.text.ends_with(' ') {
            let at = self.text.len() - 1;
            let inside = self.items.last().is_none_or(|item| match item {
                Item::Text(run) => run.end <= at,
                Item::Mark(.., place) => *place <= at,
            });
            if inside {
                self.text.pop();
            }
        }
    }

    fn finish(self, id: BoxId) -> InlineContent {
        let Collector {
            engine,
            text,
            items,
            needs_bidi,
            has_content,
            ..
        } = self;
        let base = engine.style(id).rtl;
        let levels: Vec<u8> = if needs_bidi {
            let base = if base {
                BidiLevel::rtl()
            } else {
                BidiLevel::ltr()
            };
            BidiInfo::new(&text, Some(base))
                .levels
                .iter()
                .map(|l| l.number())
                .collect()
        } else {
            Vec::new()
        };
        let rules = engine.style(id).break_rules;
        let breaks = break_opportunities(&text, rules);
        let fonts = items.iter().filter_map(|item| match item {
            Item::Text(run) => Some((run.start, engine.style(run.owner).font.clone())),
            Item::Mark(..) => None,
        });
        let fonts = fonts.collect();
        let mut builder = Builder {
            engine,
            fonts,
            text: &text,
            breaks: &breaks,
            levels: &levels,
            next_break: 0,
            used_break: usize::MAX,
            base: u8::from(base),
            atoms: Vec::with_capacity(items.len() + breaks.len() * 2),
        };
        for item in items {
            match item {
                Item::Text(run) => builder.run(&run),
                Item::Mark(kind, owner, at) => builder.mark(kind, owner, at),
            }
        }
        let bidi = levels.iter().any(|level| level % 2 == 1);
        InlineContent {
            atoms: builder.atoms,
            bidi,
            has_content,
        }
    }
}

struct Builder<'e, 'a, 't> {
    engine: &'e mut Engine<'a>,
    /// Where runs of text begin, and their fonts.
    fonts: Vec<(usize, Rc<Font>)>,
    text: &'t str,
    breaks: &'t [usize],
    levels: &'t [u8],
    next_break: usize,
    used_break: usize,
    base: u8,
    atoms: Vec<Atom>,
}

impl Builder<'_, '_, '_> {
    fn breaks_at(&mut self, at: usize) -> bool {
        while self.breaks.get(self.next_break).is_some_and(|b| *b < at) {
            self.next_break += 1;
        }
        self.breaks.get(self.next_break) == Some(&at) && self.used_break != at
    }

    fn level(&self, at: usize) -> u8 {
        self.levels.get(at).copied().unwrap_or(self.base)
    }

    fn push(&mut self, kind: AtomKind, owner: BoxId, at: usize, breaks: bool) {
        let level = self.level(at);
        self.atoms.push(Atom {
            kind,
            owner,
            breaks,
            level,
        });
    }

    fn mark(&mut self, kind: AtomKind, owner: BoxId, at: usize) {
        let opens = matches!(kind, AtomKind::Open(_) | AtomKind::Atomic(_));
        let outer = match &kind {
            AtomKind::Open(id) => self.engine.tree.get(*id).parent.unwrap_or(owner),
            _ => owner,
        };
        let breaks = opens && self.breaks_at(at) && self.engine.style(outer).wraps;
        if breaks {
            self.used_break = at;
        }
        self.push(kind, owner, at, breaks);
    }

    fn run(&mut self, run: &Run) {
        let style = self.engine.style(run.owner).clone();
        let text = self.text;
        let bytes = text.as_bytes();
        let mut at = run.start;
        let mut space = None;
        while at < run.end {
            match bytes[at] {
                b' ' => {
                    let breaks =
                        self.breaks_at(at) && style.wraps && style.spaces == Spaces::BreakSpaces;
                    let width = *space.get_or_insert_with(|| space_width(self.engine, &style));
                    let hangs = style.spaces != Spaces::BreakSpaces && style.wraps
                        || matches!(style.spaces, Spaces::Collapse | Spaces::PreserveBreaks);
                    let kerning = self.space_kerning(at, &style.font);
                    let kind = AtomKind::Space(width + kerning, hangs);
                    self.push(kind, run.owner, at, breaks);
                    at += 1;
                }
                b'\t' => {
                    self.push(AtomKind::Tab, run.owner, at, false);
                    at += 1;
                }
                b'\n' => {
                    self.push(AtomKind::Newline, run.owner, at, false);
                    at += 1;
                }
                _ => at = self.word(at, run, &style),
            }
        }
    }

    /// The kerning between the space at `at` and its neighbours in the same font.
    fn space_kerning(&self, at: usize, font: &Rc<Font>) -> f32 {
        if !self.levels.is_empty() {
            return 0.0;
        }
        let in_font = |place: usize| {
            let run = self.fonts.partition_point(|(start, _)| *start <= place);
            let run = run.checked_sub(1).and_then(|run| self.fonts.get(run));
            run.is_some_and(|(_, other)| Rc::ptr_eq(other, font))
        };
        let before = self.text[..at].chars().next_back();
        let before = before.filter(|c| in_font(at - c.len_utf8()));
        let after = self.text[at + 1..].chars().next();
        let after = after.filter(|_| in_font(at + 1));
        self.engine.fonts.space_kerning(font, before, after)
    }

    /// A run without white space: one face, one level.
    fn word(&mut self, start: usize, run: &Run, style: &LayoutStyle) -> usize {
        let text = self.text;
        let rest = &text[start..run.end];
        let ascii = rest
            .bytes()
            .position(|b| b <= b' ' || b >= 0x80)
            .unwrap_or(rest.len());
        let level = self.level(start);
        let fonts = self.engine.fonts;
        if ascii > 0 && self.levels.is_empty() {
            let whole = ascii == rest.len() || rest.as_bytes()[ascii] <= b' ';
            let face = fonts.face_of(&style.font, rest.as_bytes()[0] as char);
            if whole
                && style.font.faces.first() == Some(&face)
                && fonts.covers(face, &rest[..ascii])
            {
                self.shaped(start, start + ascii, face, run.owner, style);
                return start + ascii;
            }
        }
        let mut face: Option<FaceId> = None;
        let mut end = start;
        for (i, c) in rest.char_indices() {
            if matches!(c, ' ' | '\t' | '\n') || self.level(start + i) != level {
                break;
            }
            if c == '\u{200b}' || c == '\u{ad}' {
                if i == 0 {
                    return self.invisible(start, c, run.owner, style);
                }
                break;
            }
            let joins = is_joining(c) || is_invisible_control(c);
            let wanted = if joins && face.is_some() {
                face.unwrap_or(FaceId(0))
            } else {
                fonts.face_of(&style.font, c)
            };
            if face.is_some_and(|f| f != wanted) {
                break;
            }
            face = Some(wanted);
            end = start + i + c.len_utf8();
        }
        let end = end.max(start + rest.chars().next().map_or(1, char::len_utf8));
        self.shaped(start, end, face.unwrap_or(FaceId(0)), run.owner, style);
        end
    }

    fn invisible(&mut self, at: usize, c: char, owner: BoxId, style: &LayoutStyle) -> usize {
        if c == '\u{ad}' {
            let fonts = self.engine.fonts;
            let face = fonts.face_of(&style.font, '-');
            let hyphen = fonts.word(&style.font, face, "-", false);
            self.push(AtomKind::SoftHyphen(hyphen), owner, at, false);
        }
        at + c.len_utf8()
    }

    fn shaped(
        &mut self,
        start: usize,
        end: usize,
        face: FaceId,
        owner: BoxId,
        style: &LayoutStyle,
    ) {
        let rtl = self.level(start) % 2 == 1;
        let piece = &self.text[start..end];
        let word = self.engine.fonts.word(&style.font, face, piece, rtl);
        let total = word.glyphs.len() as u32;
        let first = self.breaks_at(start) && style.wraps;
        if rtl || !style.wraps {
            return self.push(AtomKind::Word(word, 0, total), owner, start, first);
        }
        let mut breaks = first;
        let mut from = 0u32;
        while let Some(next) = self.breaks.get(self.next_break).copied() {
            if next >= end {
                break;
            }
            self.next_break += 1;
            if next <= start {
                continue;
            }
            let cluster = (next - start) as u32;
            let to = word.glyphs.partition_point(|g| g.cluster < cluster) as u32;
            if to > from && to < total {
                self.push(AtomKind::Word(word.clone(), from, to), owner, start, breaks);
                from = to;
                breaks = true;
            }
        }
        self.push(AtomKind::Word(word, from, total), owner, start, breaks);
    }
}

fn space_width(engine: &Engine, style: &LayoutStyle) -> f32 {
    let face = engine.fonts.face_of(&style.font, ' ');
    let space = engine.fonts.word(&style.font, face, " ", false).width;
    let more = style
        .word_spacing
        .against(crate::unit::LayoutUnit::from_px(space));
    space + more.to_px()
}

fn is_right_to_left(c: char) -> bool {
    matches!(c as u32, 0x590..=0x8ff | 0xfb1d..=0xfdff | 0xfe70..=0xfeff | 0x10800..=0x10fff | 0x1e800..=0x1efff | 0x200f | 0x202b | 0x202e | 0x2067)
}

fn is_joining(c: char) -> bool {
    matches!(c as u32, 0x300..=0x36f | 0x200c | 0x200d | 0xfe00..=0xfe0f | 0x20d0..=0x20ff)
}

fn is_invisible_control(c: char) -> bool {
    matches!(c as u32, 0x200e | 0x200f | 0x202a..=0x202e | 0x2066..=0x2069 | 0x2060)
}

fn transform(source: &str, how: TextTransform, before: Option<char>) -> String {
    if how.contains(TextTransform::UPPERCASE) {
        source.to_uppercase()
    } else if how.contains(TextTransform::LOWERCASE) {
        source.to_lowercase()
    } else if how.contains(TextTransform::CAPITALIZE) {
        let mut inside = before.is_some_and(char::is_alphanumeric);
        let mut out = String::with_capacity(source.len());
        for c in source.chars() {
            let letter = c.is_alphanumeric() || (inside && (c == '\'' || c == '\u{2019}'));
            if letter && !inside {
                out.extend(c.to_uppercase());
            } else {
                out.push(c);
            }
            inside = letter;
        }
        out
    } else {
        source.to_owned()
    }
}
