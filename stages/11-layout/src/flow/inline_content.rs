//! The content of an inline formatting context as a row of atoms (CSS Text 3 section 4; UAX 9, 14).

use crate::{
    engine::Engine,
    flow::{atoms::Builder, break_places::break_places},
    style::{Clears, LayoutStyle, Spaces},
    text::{Word, transform},
};
use icu_properties::{
    CodePointMapData, CodePointSetData,
    props::{DefaultIgnorableCodePoint, EastAsianWidth, GeneralCategory, GeneralCategoryGroup},
};
use std::rc::Rc;
use style::values::specified::text::TextTransform;
use thru_render_tree::{BoxId, BoxKind, FirstLine, Level};
use unicode_bidi::{BidiInfo, Level as BidiLevel};

/// What lines are filled with.
#[derive(Clone, Debug)]
pub enum AtomKind {
    /// Some glyphs of a word in logical order, which no line break divides unless it must.
    Word(Rc<Word>, u32, u32),
    /// A space: px, and whether it vanishes or hangs at a line's end.
    Space(f32, bool),
    /// A space separator other than U+0020, which hangs at a line's end.
    Separator(char, Rc<Word>),
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
    /// Bidi level of its paragraph.
    pub base: u8,
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
    /// There are annotations.
    pub has_ruby: bool,
    /// The line breaks that go below floats, ascending.
    pub clears: Vec<(usize, Clears)>,
    /// What it was made of, where it has to be held against another content of the same block.
    pub(super) source: Option<Source>,
}

/// The text of a content.
#[derive(Debug, Default)]
pub(super) struct Source {
    pub text: String,
    /// The byte that each atom begins at.
    pub starts: Vec<usize>,
}

/// Text of one box.
pub(super) struct Run {
    pub start: usize,
    pub end: usize,
    pub owner: BoxId,
    /// Capitals in it are to be small ones.
    pub small: bool,
}

impl Run {
    fn new(start: usize, end: usize, owner: BoxId) -> Run {
        Run {
            start,
            end,
            owner,
            small: false,
        }
    }
}

/// What was collected.
pub(super) enum Item {
    Text(Run),
    Mark(AtomKind, BoxId, usize),
}

struct Collector<'e, 'a> {
    engine: &'e mut Engine<'a>,
    /// The boxes that stand in for others on this line.
    first_line: Option<&'a FirstLine>,
    text: String,
    items: Vec<Item>,
    after_space: bool,
    /// The space at the text's end stands for a line feed in the source.
    segment_break: bool,
    /// Bidi controls that are open: how each begins and ends.
    controls: Vec<(&'static str, &'static str)>,
    needs_bidi: bool,
    has_content: bool,
    has_ruby: bool,
    /// Where in the text a `<br>` stands that clears.
    clears: Vec<(usize, Clears)>,
}

impl<'a> Engine<'a> {
    /// The atoms of a block container's inline content, made once.
    pub fn inline_content(&mut self, id: BoxId) -> Rc<InlineContent> {
        if let Some(content) = &self.known.inline_contents[id.index()] {
            return content.clone();
        }
        let content = Rc::new(self.collect(id, None, false));
        self.known.inline_contents[id.index()] = Some(content.clone());
        content
    }

    /// The atoms of a block container's inline content, as on its first line if asked.
    pub(super) fn collect(
        &mut self,
        id: BoxId,
        first_line: Option<&'a FirstLine>,
        keep_source: bool,
    ) -> InlineContent {
        let rtl = self.style(id).rtl;
        let mut collector = Collector {
            engine: self,
            first_line,
            text: String::new(),
            items: Vec::new(),
            after_space: true,
            segment_break: false,
            controls: Vec::new(),
            needs_bidi: rtl,
            has_content: false,
            has_ruby: false,
            clears: Vec::new(),
        };
        let overrides = collector.engine.override_of(id);
        overrides
            .into_iter()
            .for_each(|control| collector.control(control));
        collector.children(id, first_line.map_or(id, |line| line.root));
        collector.finish(id, keep_source)
    }
}

impl Engine<'_> {
    /// How a block container's `unicode-bidi` overrides the text in it, also in anonymous boxes.
    fn override_of(&self, id: BoxId) -> Option<(&'static str, &'static str)> {
        let mut at = id;
        while self.tree.get(at).generated == Some(thru_render_tree::Generated::Anonymous) {
            at = self.tree.get(at).parent?;
        }
        use style::computed_values::unicode_bidi::T as Bidi;
        let style = self.style(at);
        let overrides = matches!(style.bidi, Bidi::BidiOverride | Bidi::IsolateOverride);
        let start = if style.rtl { "\u{202e}" } else { "\u{202d}" };
        overrides.then_some((start, "\u{202c}"))
    }
}

/// The bidi controls that stand for an inline box (CSS Writing Modes 4 section 2.4.2).
fn controls_of(style: &LayoutStyle) -> Option<(&'static str, &'static str)> {
    use style::computed_values::unicode_bidi::T as Bidi;
    Some(match (style.bidi, style.rtl) {
        (Bidi::Isolate, true) => ("\u{2067}", "\u{2069}"),
        (Bidi::Isolate, false) => ("\u{2066}", "\u{2069}"),
        (Bidi::IsolateOverride, true) => ("\u{2067}\u{202e}", "\u{202c}\u{2069}"),
        (Bidi::IsolateOverride, false) => ("\u{2066}\u{202d}", "\u{202c}\u{2069}"),
        (Bidi::Embed, true) => ("\u{202b}", "\u{202c}"),
        (Bidi::Embed, false) => ("\u{202a}", "\u{202c}"),
        (Bidi::BidiOverride, true) => ("\u{202e}", "\u{202c}"),
        (Bidi::BidiOverride, false) => ("\u{202d}", "\u{202c}"),
        (Bidi::Plaintext, _) => ("\u{2068}", "\u{2069}"),
        _ => return None,
    })
}

impl Collector<'_, '_> {
    fn control(&mut self, control: (&'static str, &'static str)) {
        self.text.push_str(control.0);
        self.controls.push(control);
        self.needs_bidi |= control.0 != "\u{202a}" && control.0 != "\u{2066}";
    }

    fn end_control(&mut self) {
        if let Some(control) = self.controls.pop() {
            self.text.push_str(control.1);
        }
    }

    /// A forced break ends a bidi paragraph: what is open ends and begins anew.
    fn paragraph_end(&mut self, owner: BoxId) {
        for (_, end) in self.controls.iter().rev() {
            self.text.push_str(end);
        }
        let start = self.text.len();
        self.text.push('\n');
        let end = start + 1;
        self.items.push(Item::Text(Run::new(start, end, owner)));
        for (begin, _) in &self.controls {
            self.text.push_str(begin);
        }
    }

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
            BoxKind::Text(text) => {
                // Text in `display: contents` has values of its own.
                let own = match self.first_line {
                    Some(_) => source.parent.is_some_and(|parent| {
                        std::ptr::eq(&*source.style, &*tree.get(parent).style)
                    }),
                    None => Rc::ptr_eq(self.engine.style(child), self.engine.style(owner)),
                };
                return self.source_text(text, if own { owner } else { child });
            }
            BoxKind::LineBreak => {
                self.has_content = true;
                self.after_space = true;
                self.paragraph_end(owner);
                let clear = self.engine.style(child).clear;
                if let (true, Some(Item::Text(run))) =
                    (clear != Clears::default(), self.items.last())
                {
                    self.clears.push((run.start, clear));
                }
                return;
            }
            BoxKind::WordBreak => {
                let at = self.text.len();
                self.text.push('\u{200b}');
                return self.items.push(Item::Text(Run::new(at, at + 3, owner)));
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
            self.inline_box(child);
        } else {
            self.has_content = true;
            self.after_space = false;
            self.has_ruby |= matches!(source.kind, BoxKind::RubyColumn);
            self.mark(AtomKind::Atomic(child), owner);
            self.text.push('\u{fffc}');
        }
    }

    fn inline_box(&mut self, child: BoxId) {
        let instead = self.first_line.and_then(|line| line.instead.get(&child));
        let shown = instead.copied().unwrap_or(child);
        let style = self.engine.style(shown).clone();
        let edges = self.engine.inline_edges_matter(&style);
        self.has_content |= edges;
        self.mark(AtomKind::Open(shown), shown);
        self.needs_bidi |= style.rtl;
        let control = controls_of(&style);
        control
            .into_iter()
            .for_each(|control| self.control(control));
        self.children(child, shown);
        if control.is_some() {
            self.end_control();
        }
        self.mark(AtomKind::Close(shown), shown);
    }

    /// CSS Text 3 section 4.1.1, phase I.
    fn source_text(&mut self, source: &str, owner: BoxId) {
        let style = self.engine.style(owner).clone();
        let transformed;
        let source = if style.transform.is_empty() {
            source
        } else {
            let before = self.text.chars().next_back();
            transformed = transform(source, style.transform, style.case_language, before);
            &transformed
        };
        let Some(small) = &style.font.small else {
            return self.part(source, owner, &style, false);
        };
        for (part, is_small) in small.parts(source) {
            if is_small {
                let upper = TextTransform::UPPERCASE;
                let capitals = transform(part, upper, style.case_language, None);
                self.part(&capitals, owner, &style, true);
            } else {
                self.part(part, owner, &style, false);
            }
        }
    }

    fn part(&mut self, source: &str, owner: BoxId, style: &LayoutStyle, small: bool) {
        // Spaces collapse before they become wide.
        let wide = style.transform.contains(TextTransform::FULL_WIDTH);
        self.text.reserve(source.len());
        let mut start = self.text.len();
        let mut rest = source.chars();
        while let Some(c) = rest.next() {
            if c == '\n' && style.spaces != Spaces::Collapse {
                if style.collapses() {
                    self.drop_trailing_space();
                }
                self.text_since(start, owner, small);
                self.after_space = style.collapses();
                self.has_content = true;
                self.paragraph_end(owner);
                start = self.text.len();
            } else {
                let cjk = style.break_rules.japanese_or_chinese;
                if self.segment_break && (cjk || !c.is_ascii()) && !c.is_whitespace() {
                    self.join_lines(c, rest.as_str(), start, cjk);
                }
                self.character(c, style.collapses(), wide);
            }
        }
        self.text_since(start, owner, small);
    }

    fn text_since(&mut self, start: usize, owner: BoxId, small: bool) {
        let end = self.text.len();
        if end > start {
            self.items.push(Item::Text(Run {
                small,
                ..Run::new(start, end, owner)
            }));
        }
    }

    fn character(&mut self, c: char, collapses: bool, wide: bool) {
        match c {
            ' ' | '\t' | '\r' | '\n' if collapses => self.collapsed_space(c == '\n', wide),
            '\r' => {}
            ' ' if wide => self.text.push('\u{3000}'),
            _ => {
                self.segment_break = false;
                self.text.push(c);
                self.after_space = false;
                self.has_content = true;
                self.needs_bidi |= is_right_to_left(c);
            }
        }
    }

    fn collapsed_space(&mut self, segment_break: bool, wide: bool) {
        if !self.after_space {
            self.text.push(if wide { '\u{3000}' } else { ' ' });
            self.after_space = true;
            self.segment_break = false;
        }
        self.segment_break |= segment_break;
    }

    /// CSS Text 4 section 4.3: a line feed between two wide characters is no space.
    fn join_lines(&mut self, next: char, rest: &str, start: usize, cjk: bool) {
        let at = self.text.len();
        if at <= start || !self.text.ends_with(' ') {
            return;
        }
        let before = self.text[..at - 1]
            .chars()
            .rev()
            .find(|c| !is_ignorable(*c));
        let next = std::iter::once(next)
            .chain(rest.chars())
            .find(|c| !is_ignorable(*c));
        if let (Some(before), Some(next)) = (before, next)
            && vanishes_between(before, next, cjk)
        {
            self.text.pop();
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

    fn finish(self, id: BoxId, keep_source: bool) -> InlineContent {
        let Collector {
            engine,
            text,
            items,
            needs_bidi,
            has_content,
            has_ruby,
            clears,
            ..
        } = self;
        let (levels, bases) = match needs_bidi {
            true => levels(engine.style(id), &text),
            false => (Vec::new(), Vec::new()),
        };
        let breaks = break_places(engine, id, &text, &items);
        let starts = keep_source.then(Vec::new);
        let mut builder = Builder::new(engine, id, (&text, &items), &breaks, (&levels, &bases))
            .clearing_at(clears);
        builder.starts = starts;
        for item in items {
            match item {
                Item::Text(run) => builder.run(&run),
                Item::Mark(kind, owner, at) => builder.mark(kind, owner, at),
            }
        }
        let bidi = needs_bidi
            && (levels
                .iter()
                .chain(&bases_only(&bases))
                .any(|level| level % 2 == 1)
                || builder
                    .atoms
                    .iter()
                    .any(|atom| builder.engine.style(atom.owner).rtl));
        let starts = builder.starts;
        InlineContent {
            atoms: builder.atoms,
            bidi,
            has_content,
            has_ruby,
            clears: builder.clearing,
            source: starts.map(|starts| Source { text, starts }),
        }
    }
}

/// The embedding level of every byte, and where paragraphs begin with the level of each.
type Levels = (Vec<u8>, Vec<(usize, u8)>);

fn levels(style: &LayoutStyle, text: &str) -> Levels {
    let base = match style.rtl {
        true => BidiLevel::rtl(),
        false => BidiLevel::ltr(),
    };
    let plain = style.bidi == style::computed_values::unicode_bidi::T::Plaintext;
    let info = BidiInfo::new(text, (!plain).then_some(base));
    let bases = info.paragraphs.iter();
    let bases = bases.map(|p| (p.range.start, p.level.number())).collect();
    (info.levels.iter().map(|l| l.number()).collect(), bases)
}

fn bases_only(bases: &[(usize, u8)]) -> Vec<u8> {
    bases.iter().map(|base| base.1).collect()
}

fn is_ignorable(c: char) -> bool {
    c != '\u{200b}' && CodePointSetData::new::<DefaultIgnorableCodePoint>().contains(c)
}

/// Whether a line feed between two characters vanishes: both are wide and not Hangul; in Chinese and
/// Japanese also beside wide punctuation, and between a wide character and punctuation of ambiguous
/// width. Signs of currencies are none of these.
fn vanishes_between(before: char, after: char, cjk: bool) -> bool {
    use EastAsianWidth as Width;
    let category = |c: char| CodePointMapData::<GeneralCategory>::new().get(c);
    let width = |c: char| CodePointMapData::<Width>::new().get(c);
    let wide = |c: char| {
        let hangul = matches!(c as u32, 0x1100..=0x11ff | 0x3130..=0x318f | 0xa960..=0xa97f | 0xac00..=0xd7ff | 0xffa0..=0xffdc);
        !hangul
            && category(c) != GeneralCategory::CurrencySymbol
            && matches!(width(c), Width::Wide | Width::Fullwidth | Width::Halfwidth)
    };
    let sign = |c: char| {
        let signs = GeneralCategoryGroup::Punctuation.union(GeneralCategoryGroup::Symbol);
        signs.contains(category(c)) && category(c) != GeneralCategory::CurrencySymbol
    };
    let ambiguous = |c: char| width(c) == Width::Ambiguous && sign(c);
    let beside =
        |one: char, other: char| (wide(one) && sign(one)) || (wide(one) && ambiguous(other));
    before == '\u{200b}'
        || after == '\u{200b}'
        || (wide(before) && wide(after))
        || (cjk && (beside(before, after) || beside(after, before)))
}

fn is_right_to_left(c: char) -> bool {
    matches!(c as u32, 0x590..=0x8ff | 0xfb1d..=0xfdff | 0xfe70..=0xfeff | 0x10800..=0x10fff | 0x1e800..=0x1efff | 0x200f | 0x202b | 0x202e | 0x2067)
}
