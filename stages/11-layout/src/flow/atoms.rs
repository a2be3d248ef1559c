//! From collected text to atoms: words are shaped, spaces measured (CSS Text 3 section 7, UAX 50).

use super::inline_content::{Atom, AtomKind, Item, Run};
use crate::{
    engine::Engine,
    style::{Clears, LayoutStyle, Spaces},
    text::{FaceId, Font, Word, is_combining, is_other_space},
};
use icu_properties::CodePointMapData;
use std::rc::Rc;
use thru_render_tree::BoxId;

/// The most characters beside a word that its letters are joined with.
const MAX_CONTEXT: usize = 4;

/// How the text of a run is set.
struct Setting<'s> {
    owner: BoxId,
    style: &'s LayoutStyle,
    small: bool,
}

impl Setting<'_> {
    /// The font of letters that stand upright, or that lie with the line.
    fn font(&self, upright: bool) -> &Rc<Font> {
        let font = match &self.style.upright {
            Some(font) if upright => font,
            _ => &self.style.font,
        };
        match &font.small {
            Some(small) if self.small => &small.font,
            _ => font,
        }
    }

    /// Whether a character stands upright in its line.
    fn stands(&self, c: char) -> bool {
        self.style.upright.is_some() && (self.style.all_upright || is_upright(c))
    }
}

/// Whether a character stands upright in vertical lines of mixed orientation (UAX 50).
fn is_upright(c: char) -> bool {
    use icu_properties::props::VerticalOrientation as Vertical;
    !c.is_ascii() && CodePointMapData::<Vertical>::new().get(c) != Vertical::Rotated
}

/// Makes atoms of collected items in their order.
pub(super) struct Builder<'e, 'a, 't> {
    pub engine: &'e mut Engine<'a>,
    /// Where runs of text begin, and their fonts.
    fonts: Vec<(usize, Rc<Font>)>,
    /// Where margins, borders or padding keep letters apart, ascending.
    barriers: Vec<usize>,
    text: &'t str,
    breaks: &'t [usize],
    levels: &'t [u8],
    bases: &'t [(usize, u8)],
    next_break: usize,
    used_break: usize,
    base: u8,
    pub atoms: Vec<Atom>,
    /// Where in the text line breaks clear, those that are to come.
    clears: std::iter::Peekable<std::vec::IntoIter<(usize, Clears)>>,
    /// The atoms of those that came.
    pub clearing: Vec<(usize, Clears)>,
    /// Where each atom begins in the text, if that is asked.
    pub starts: Option<Vec<usize>>,
}

impl<'e, 'a, 't> Builder<'e, 'a, 't> {
    /// With the places in the text of line breaks that clear.
    pub fn clearing_at(mut self, clears: Vec<(usize, Clears)>) -> Self {
        self.clears = clears.into_iter().peekable();
        self
    }

    /// For the items of a block's text; `levels` are the embedding levels of its octets and the paragraphs with theirs.
    pub fn new(
        engine: &'e mut Engine<'a>,
        id: BoxId,
        (text, items): (&'t str, &[Item]),
        breaks: &'t [usize],
        (levels, bases): (&'t [u8], &'t [(usize, u8)]),
    ) -> Builder<'e, 'a, 't> {
        let font = |run: &Run| engine.style(run.owner).font_of(run.small).clone();
        let fonts = items.iter().filter_map(|item| match item {
            Item::Text(run) => Some((run.start, font(run))),
            Item::Mark(..) => None,
        });
        let fonts = fonts.collect();
        let barriers = items.iter().filter_map(|item| match item {
            Item::Mark(AtomKind::Open(id) | AtomKind::Close(id), _, at) => {
                let style = engine.style(*id);
                engine.inline_edges_matter(style).then_some(*at)
            }
            _ => None,
        });
        let barriers = barriers.collect();
        Builder {
            base: u8::from(engine.style(id).rtl),
            engine,
            fonts,
            barriers,
            text,
            breaks,
            levels,
            bases,
            next_break: 0,
            used_break: usize::MAX,
            atoms: Vec::with_capacity(items.len() + breaks.len() * 2),
            clears: Vec::new().into_iter().peekable(),
            clearing: Vec::new(),
            starts: None,
        }
    }

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
        if let Some(starts) = &mut self.starts {
            starts.push(at);
        }
        let level = self.level(at);
        let paragraph = self.bases.partition_point(|(start, _)| *start <= at);
        let base = paragraph.checked_sub(1).and_then(|at| self.bases.get(at));
        self.atoms.push(Atom {
            kind,
            owner,
            breaks,
            level,
            base: base.map_or(self.base, |base| base.1),
        });
    }

    /// Adds a box's begin, end or place.
    pub fn mark(&mut self, kind: AtomKind, owner: BoxId, at: usize) {
        let opens = matches!(kind, AtomKind::Open(_) | AtomKind::Atomic(_));
        let breaks = opens && self.breaks_at(at);
        if breaks {
            self.used_break = at;
        }
        self.push(kind, owner, at, breaks);
    }

    /// Adds a run of text.
    pub fn run(&mut self, run: &Run) {
        let style = self.engine.style(run.owner).clone();
        let setting = Setting {
            owner: run.owner,
            style: &style,
            small: run.small,
        };
        let text = self.text;
        let bytes = text.as_bytes();
        let mut at = run.start;
        let mut space = None;
        while at < run.end {
            match bytes[at] {
                b' ' => {
                    let breaks = self.breaks_at(at);
                    let font = setting.font(style.all_upright);
                    let width =
                        *space.get_or_insert_with(|| space_width(self.engine, &style, font));
                    let hangs = style.spaces != Spaces::BreakSpaces && style.wraps
                        || matches!(style.spaces, Spaces::Collapse | Spaces::PreserveBreaks);
                    let kerning = self.space_kerning(at, font);
                    let kind = AtomKind::Space(width + kerning, hangs);
                    self.push(kind, run.owner, at, breaks);
                    at += 1;
                }
                b'\t' => {
                    let breaks = self.breaks_at(at);
                    self.push(AtomKind::Tab, run.owner, at, breaks);
                    at += 1;
                }
                b'\n' => {
                    if let Some((_, clear)) = self.clears.next_if(|(place, _)| *place == at) {
                        self.clearing.push((self.atoms.len(), clear));
                    }
                    self.push(AtomKind::Newline, run.owner, at, false);
                    at += 1;
                }
                _ => at = self.word(at, run.end, &setting),
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

    /// A run without white space: one face, one level, one orientation.
    fn word(&mut self, start: usize, run_end: usize, setting: &Setting<'_>) -> usize {
        let text = self.text;
        let rest = &text[start..run_end];
        let ascii = rest
            .bytes()
            .position(|b| b <= b' ' || b >= 0x80)
            .unwrap_or(rest.len());
        let level = self.level(start);
        let fonts = self.engine.fonts;
        let mut font = setting.font(false);
        if ascii > 0 && self.levels.is_empty() && !setting.style.all_upright {
            let whole = ascii == rest.len() || rest.as_bytes()[ascii] <= b' ';
            let face = fonts.face_of(font, rest.as_bytes()[0] as char);
            if whole && font.faces.first() == Some(&face) && fonts.covers(face, &rest[..ascii]) {
                self.shaped(start, start + ascii, (face, font), setting);
                return start + ascii;
            }
        }
        let mut face: Option<FaceId> = None;
        let mut stands = false;
        let mut end = start;
        for (i, c) in rest.char_indices() {
            if matches!(c, ' ' | '\t' | '\n') || self.level(start + i) != level {
                break;
            }
            if is_other_space(c) {
                if i == 0 {
                    return self.separator(start, c, setting);
                }
                break;
            }
            if c == '\u{200b}' || c == '\u{ad}' {
                if i == 0 {
                    return self.invisible(start, c, setting);
                }
                break;
            }
            let joins = (is_combining(c) || is_invisible_control(c)) && face.is_some();
            if !joins && setting.stands(c) != stands {
                if face.is_some() {
                    break;
                }
                stands = !stands;
                font = setting.font(stands);
            }
            let wanted = match face.filter(|_| joins) {
                Some(face) => face,
                None => fonts.face_of(font, c),
            };
            if face.is_some_and(|f| f != wanted) {
                break;
            }
            face = Some(wanted);
            end = start + i + c.len_utf8();
        }
        let end = end.max(start + rest.chars().next().map_or(1, char::len_utf8));
        self.shaped(start, end, (face.unwrap_or(FaceId(0)), font), setting);
        end
    }

    fn separator(&mut self, at: usize, c: char, setting: &Setting<'_>) -> usize {
        let fonts = self.engine.fonts;
        let end = at + c.len_utf8();
        let font = setting.font(setting.stands(c));
        let face = fonts.face_of(font, c);
        let word = fonts.word(font, face, &self.text[at..end], false);
        let breaks = self.breaks_at(at);
        self.push(AtomKind::Separator(c, word), setting.owner, at, breaks);
        end
    }

    fn invisible(&mut self, at: usize, c: char, setting: &Setting<'_>) -> usize {
        if c == '\u{ad}' && setting.style.hyphenates {
            let hyphen = self.hyphen(setting);
            self.push(AtomKind::SoftHyphen(hyphen), setting.owner, at, false);
        } else if c == '\u{ad}' {
            self.used_break = at + c.len_utf8();
        }
        at + c.len_utf8()
    }

    /// What is shown at the end of a line that ends at a soft hyphen (CSS Text 4 section 6.3).
    fn hyphen(&self, setting: &Setting<'_>) -> Rc<Word> {
        let font = setting.font(setting.style.all_upright);
        if let Some(text) = &setting.style.hyphen {
            return self.engine.sign(font, text);
        }
        let first = font
            .faces
            .first()
            .and_then(|id| self.engine.fonts.face(*id));
        let has = first.is_some_and(|face| face.has('\u{2010}'));
        self.engine.sign(font, if has { "\u{2010}" } else { "-" })
    }

    /// A word of a cursive script, whose letters join those beside it also in other elements
    /// (CSS Text 3 section 7.3).
    fn joined(&self, start: usize, end: usize, face: FaceId, font: &Rc<Font>) -> Rc<Word> {
        let rtl = self.level(start) % 2 == 1;
        let apart = |at: usize| self.barriers.binary_search(&at).is_ok();
        let beside = |c: &char| is_cursive(*c) || is_combining(*c);
        let before: String = {
            let rest = self.text[..start].chars().rev().take_while(beside);
            let near: Vec<char> = rest.take(MAX_CONTEXT).collect();
            near.into_iter().rev().filter(|_| !apart(start)).collect()
        };
        let after = self.text[end..]
            .chars()
            .take_while(beside)
            .take(MAX_CONTEXT);
        let after: String = after.filter(|_| !apart(end)).collect();
        let piece = &self.text[start..end];
        let fonts = self.engine.fonts;
        fonts.word_between(font, face, piece, rtl, (&before, &after))
    }

    fn shaped(
        &mut self,
        start: usize,
        end: usize,
        (face, font): (FaceId, &Rc<Font>),
        setting: &Setting<'_>,
    ) {
        let owner = setting.owner;
        let rtl = self.level(start) % 2 == 1;
        let piece = &self.text[start..end];
        let word = match piece.chars().next().is_some_and(is_cursive) {
            true => self.joined(start, end, face, font),
            false => self.engine.fonts.word(font, face, piece, rtl),
        };
        let total = word.glyphs.len() as u32;
        let first = self.breaks_at(start);
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
            let to = word.glyphs_before((next - start) as u32);
            if to > from && to < total {
                self.push(AtomKind::Word(word.clone(), from, to), owner, start, breaks);
                from = to;
                breaks = true;
            }
        }
        self.push(AtomKind::Word(word, from, total), owner, start, breaks);
    }
}

fn space_width(engine: &Engine, style: &LayoutStyle, font: &Font) -> f32 {
    let face = engine.fonts.face_of(font, ' ');
    let space = engine.fonts.word(font, face, " ", false).width;
    let more = style
        .word_spacing
        .against(crate::unit::LayoutUnit::from_px(space));
    space + more.to_px()
}

/// Scripts whose letters join.
fn is_cursive(c: char) -> bool {
    matches!(c as u32, 0x600..=0x8ff | 0x1800..=0x18af | 0xa840..=0xa87f | 0xfb50..=0xfdff | 0xfe70..=0xfefc | 0x10ac0..=0x10aff | 0x1e900..=0x1e95f)
}

fn is_invisible_control(c: char) -> bool {
    matches!(c as u32, 0x200e | 0x200f | 0x202a..=0x202e | 0x2066..=0x2069 | 0x2060)
}
