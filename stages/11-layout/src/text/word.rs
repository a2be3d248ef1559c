//! Shaping: each word once per font.

use super::{
    caps::SmallCapitals,
    face::{Face, FaceId, Measures},
    family::{FontRequest, Fonts, Slant},
    instance::InstanceId,
    upright::{Upright, WithoutMeasures},
};
use crate::unit::LayoutUnit;
use harfrust::{Direction, Feature, ShapeOptions, ShaperInstance, Tag, UnicodeBuffer};
use skrifa::instance::Location;
use std::{
    collections::HashMap,
    hash::{BuildHasherDefault, Hasher},
    ops::Range,
    rc::Rc,
};

/// Vertical measures of a font at a size: each rounded to whole px, as Chromium does.
#[derive(Clone, Copy, Debug, Default, PartialEq)]
pub struct FontMetrics {
    /// Above the baseline.
    pub ascent: LayoutUnit,
    /// Below the baseline.
    pub descent: LayoutUnit,
    /// What `line-height: normal` adds.
    pub line_gap: LayoutUnit,
    /// How much of an em of the font's height is above the baseline, whole px: where annotations stand.
    pub em_ascent: LayoutUnit,
    /// Height of an x, px.
    pub x_height: f32,
    /// Underline: px below the baseline to its top, thickness.
    pub underline: (f32, f32),
    /// Line-through: px above the baseline of its top, thickness.
    pub strikeout: (f32, f32),
}

impl FontMetrics {
    pub(super) fn of(face: Option<&Face>, size: f32) -> FontMetrics {
        let Some(face) = face else {
            return FontMetrics {
                ascent: LayoutUnit::round_px((size * 0.8).round()),
                descent: LayoutUnit::round_px((size * 0.2).round()),
                ..FontMetrics::default()
            };
        };
        FontMetrics::by(&face.measures, size)
    }

    /// The measures of a face at a place of its variable axes.
    pub(super) fn of_instance(face: &Face, location: &Location, size: f32) -> FontMetrics {
        match location.coords().is_empty() {
            true => FontMetrics::by(&face.measures, size),
            false => FontMetrics::by(&face.measures_at(location), size),
        }
    }

    fn by(face: &Measures, size: f32) -> FontMetrics {
        let whole = |share: f32| LayoutUnit::px((share * size).round() as i32);
        FontMetrics {
            ascent: whole(face.ascent),
            descent: whole(face.descent),
            line_gap: whole(face.line_gap),
            em_ascent: LayoutUnit::px((face.em_ascent * size).ceil() as i32),
            x_height: face.x_height * size,
            underline: (-face.underline.0 * size, face.underline.1 * size),
            strikeout: (face.strikeout.0 * size, face.strikeout.1 * size),
        }
    }

    /// `line-height: normal`.
    pub fn normal_line_height(&self) -> LayoutUnit {
        self.ascent + self.descent + self.line_gap
    }
}

/// Faces at a size with features: what text is shaped with.
#[derive(Debug)]
pub struct Font {
    number: u32,
    /// Faces in order of preference; never empty unless no font is at hand.
    pub faces: Vec<FaceId>,
    /// CSS px.
    pub size: f32,
    /// 1 to 1000.
    pub weight: f32,
    /// Upright or not.
    pub slant: Slant,
    /// CSS px after each letter.
    pub letter_spacing: f32,
    /// Vertical measures of the first face.
    pub metrics: FontMetrics,
    /// What stands for small capitals that the faces do not have.
    pub small: Option<SmallCapitals>,
    /// Letters stand upright on a vertical line.
    pub upright: bool,
    /// The place of each face's variable axes.
    instances: Vec<InstanceId>,
    features: Vec<Feature>,
}

impl Font {
    pub(super) fn new(
        number: u32,
        request: &FontRequest,
        faces: Vec<FaceId>,
        instances: Vec<InstanceId>,
        metrics: FontMetrics,
        caps: Result<&[&[u8; 4]], SmallCapitals>,
    ) -> Font {
        let mut features: Vec<Feature> = Vec::new();
        let mut feature =
            |tag: &[u8; 4], value| features.push(Feature::new(Tag::new(tag), value, ..));
        if !request.kerning {
            feature(b"kern", 0);
        }
        if request.letter_spacing != 0.0 {
            feature(b"liga", 0);
            feature(b"clig", 0);
        }
        for tag in caps.as_ref().copied().unwrap_or_default() {
            feature(tag, 1);
        }
        for (tag, value) in &request.features {
            feature(&tag.to_be_bytes(), *value);
        }
        Font {
            number,
            faces,
            size: request.size,
            weight: request.weight,
            slant: request.slant,
            letter_spacing: request.letter_spacing,
            metrics,
            small: caps.err(),
            upright: request.upright,
            instances,
            features,
        }
    }

    /// The place of a face's variable axes; a fallback face stays as it is.
    fn instance(&self, face: FaceId) -> InstanceId {
        let at = self.faces.iter().position(|id| *id == face);
        at.and_then(|at| self.instances.get(at).copied())
            .unwrap_or_default()
    }
}

/// One glyph of a word.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct Glyph {
    /// Number in the face.
    pub id: u32,
    /// Byte in the word where its cluster begins.
    pub cluster: u32,
    /// px.
    pub advance: f32,
    /// Shift from the pen, px, right and up.
    pub offset: (f32, f32),
}

/// A shaped run of characters in one face.
#[derive(Debug)]
pub struct Word {
    /// The face.
    pub face: FaceId,
    /// The place of its variable axes.
    pub instance: InstanceId,
    /// Its letters stand upright on a vertical line: offsets and advances are along that line, and each glyph is
    /// turned back by a quarter.
    pub upright: bool,
    /// The face is not bold but should be.
    pub synthetic_bold: bool,
    /// The face is not slanted but should be.
    pub synthetic_oblique: bool,
    /// CSS px.
    pub size: f32,
    /// Glyphs from left to right.
    pub glyphs: Vec<Glyph>,
    /// Sum of the advances, px.
    pub width: f32,
    /// It runs from right to left.
    pub rtl: bool,
    /// Its first character is of a script that is justified between letters.
    pub ideographic: bool,
}

impl Word {
    /// px of the glyphs in `range`.
    pub fn width_of(&self, range: Range<usize>) -> f32 {
        self.glyphs[range].iter().map(|g| g.advance).sum()
    }

    /// As [`Word::width_of`], but counts no further when it is past `room`.
    pub fn width_until(&self, range: Range<usize>, room: f32) -> f32 {
        let mut sum = 0.0;
        for glyph in &self.glyphs[range] {
            if sum > 0.0 && sum > room {
                break;
            }
            sum += glyph.advance;
        }
        sum
    }

    /// The glyph at a place in logical order.
    pub fn glyph(&self, at: u32) -> &Glyph {
        let last = self.glyphs.len() - 1;
        let at = (at as usize).min(last);
        &self.glyphs[if self.rtl { last - at } else { at }]
    }

    /// The glyphs of a logical range, from left to right.
    pub fn glyph_range(&self, from: u32, to: u32) -> Range<usize> {
        let (from, to) = (from as usize, to as usize);
        match self.rtl {
            true => self.glyphs.len() - to..self.glyphs.len() - from,
            false => from..to,
        }
    }

    /// How many glyphs in logical order belong to the text before a byte.
    pub fn glyphs_before(&self, byte: u32) -> u32 {
        let at = match self.rtl {
            true => self.glyphs.len() - self.glyphs.partition_point(|glyph| glyph.cluster >= byte),
            false => self.glyphs.partition_point(|glyph| glyph.cluster < byte),
        };
        at as u32
    }

    /// The clusters in a range of glyphs, from left to right.
    pub fn clusters(&self, range: Range<usize>) -> impl Iterator<Item = Range<usize>> + '_ {
        let mut at = range.start;
        std::iter::from_fn(move || {
            let first = self.glyphs.get(at).filter(|_| at < range.end)?;
            let from = at;
            while at < range.end && self.glyphs[at].cluster == first.cluster {
                at += 1;
            }
            Some(from..at)
        })
    }
}

/// The most words remembered for one page; past it words are shaped anew.
pub const MAX_WORDS: usize = 1 << 20;
/// Longer runs are not remembered, bytes.
pub const MAX_REMEMBERED_WORD: usize = 256;

type Quick = BuildHasherDefault<WordHasher>;

/// A quick hash of short texts; nobody outside chooses words to make them collide but slows only
/// their own page.
#[derive(Default)]
struct WordHasher(u64);

impl Hasher for WordHasher {
    fn finish(&self) -> u64 {
        self.0
    }

    fn write(&mut self, bytes: &[u8]) {
        for chunk in bytes.chunks(8) {
            let mut eight = [0; 8];
            eight[..chunk.len()].copy_from_slice(chunk);
            self.write_u64(u64::from_le_bytes(eight));
        }
    }

    fn write_u8(&mut self, n: u8) {
        self.write_u64(n.into());
    }

    fn write_u32(&mut self, n: u32) {
        self.write_u64(n.into());
    }

    fn write_u64(&mut self, n: u64) {
        let mixed = (self.0.rotate_left(5) ^ n).wrapping_mul(0x9e37_79b9_7f4a_7c15);
        self.0 = mixed ^ (mixed >> 29);
    }
}

#[derive(Default)]
pub(super) struct WordCache {
    words: HashMap<(u32, u32, bool), HashMap<Box<str>, Rc<Word>, Quick>, Quick>,
    spaces: HashMap<(u32, char, bool), f32, Quick>,
    count: usize,
    buffer: Option<UnicodeBuffer>,
    /// How many times the shaper ran.
    pub(super) shaped: usize,
}

impl Fonts {
    /// How many runs were shaped so far, repeated words not counted.
    pub fn shaped(&self) -> usize {
        self.words.borrow().shaped
    }

    /// The face that shows `c` in this font.
    pub fn face_of(&self, font: &Font, c: char) -> FaceId {
        self.face_for(font, c)
    }

    /// How wide a 0 is, px; half an em where there is none.
    pub fn zero_width(&self, font: &Font) -> f32 {
        let face = self.face_for(font, '0');
        match font.faces.first() == Some(&face) {
            true => self.word(font, face, "0", false).width,
            false => font.size / 2.0,
        }
    }

    /// How much nearer the characters on both sides of a space stand than their widths say, px:
    /// fonts have kerning pairs with the space too. Both characters are in the same font.
    pub fn space_kerning(&self, font: &Font, before: Option<char>, after: Option<char>) -> f32 {
        let before = before.map_or(0.0, |c| self.kerning_with_space(font, c, false));
        before + after.map_or(0.0, |c| self.kerning_with_space(font, c, true))
    }

    fn kerning_with_space(&self, font: &Font, c: char, after: bool) -> f32 {
        if c.is_whitespace() || c.is_control() {
            return 0.0;
        }
        let key = (font.number, c, after);
        if let Some(known) = self.words.borrow().spaces.get(&key) {
            return *known;
        }
        let face = self.face_for(font, c);
        let mut kerning = 0.0;
        if face == self.face_for(font, ' ') {
            let alone = c.to_string();
            let pair = match after {
                true => format!(" {c}"),
                false => format!("{c} "),
            };
            let width = |text: &str| self.word(font, face, text, false).width;
            kerning = width(&pair) - width(&alone) - width(" ");
        }
        self.words.borrow_mut().spaces.insert(key, kerning);
        kerning
    }

    /// Shapes `text`, all of which `face` shows.
    pub fn word(&self, font: &Font, face: FaceId, text: &str, rtl: bool) -> Rc<Word> {
        let key = (font.number, face.0, rtl);
        let mut cache = self.words.borrow_mut();
        if let Some(word) = cache.words.get(&key).and_then(|words| words.get(text)) {
            return word.clone();
        }
        cache.shaped += 1;
        let buffer = cache.buffer.take().unwrap_or_default();
        let (word, buffer) = self.shape(font, face, text, rtl, ("", ""), buffer);
        cache.buffer = Some(buffer);
        let word = Rc::new(word);
        if text.len() <= MAX_REMEMBERED_WORD && cache.count < MAX_WORDS {
            cache.count += 1;
            cache
                .words
                .entry(key)
                .or_default()
                .insert(text.into(), word.clone());
        }
        word
    }

    /// As [`Fonts::word`], with what stands before and after, which letters may join.
    pub fn word_between(
        &self,
        font: &Font,
        face: FaceId,
        text: &str,
        rtl: bool,
        beside: (&str, &str),
    ) -> Rc<Word> {
        if beside == ("", "") {
            return self.word(font, face, text, rtl);
        }
        let mut cache = self.words.borrow_mut();
        cache.shaped += 1;
        let buffer = cache.buffer.take().unwrap_or_default();
        let (word, buffer) = self.shape(font, face, text, rtl, beside, buffer);
        cache.buffer = Some(buffer);
        Rc::new(word)
    }

    fn shape(
        &self,
        font: &Font,
        id: FaceId,
        text: &str,
        rtl: bool,
        beside: (&str, &str),
        mut buffer: UnicodeBuffer,
    ) -> (Word, UnicodeBuffer) {
        let instance = font.instance(id);
        let mut word = Word {
            face: id,
            instance,
            upright: font.upright,
            synthetic_bold: false,
            synthetic_oblique: false,
            size: font.size,
            glyphs: Vec::new(),
            width: 0.0,
            rtl,
            ideographic: text.chars().next().is_some_and(is_ideographic),
        };
        let Some((face, reference)) = self.face(id).and_then(|f| Some((f, f.font()?))) else {
            return (word, buffer);
        };
        word.synthetic_bold = font.weight >= 600.0 && face.weights.1 < 600.0;
        word.synthetic_oblique = font.slant == Slant::Italic && !face.leans();
        let location = self.location(instance);
        let place = (!location.coords().is_empty())
            .then(|| ShaperInstance::from_coords(&reference, location.coords().iter().copied()));
        let shaper = face.shaper.shaper(&reference);
        let shaper = shaper.instance(place.as_ref()).build();
        buffer.push_str(text);
        buffer.set_pre_context(beside.0);
        buffer.set_post_context(beside.1);
        buffer.guess_segment_properties();
        buffer.set_direction(match (font.upright, rtl) {
            (true, _) => Direction::TopToBottom,
            (false, true) => Direction::RightToLeft,
            (false, false) => Direction::LeftToRight,
        });
        let mut options = ShapeOptions::new().features(&font.features);
        let mut without = WithoutMeasures;
        if font.upright && !face.has_vertical_measures {
            options = options.font_funcs(Some(&mut without));
        }
        let shaped = shaper.shape(buffer, options);
        let upright = font.upright.then(|| Upright::of(face, &location, font));
        let scale = font.size / face.units_per_em;
        let infos = shaped.glyph_infos();
        word.glyphs.reserve_exact(infos.len());
        for (at, (info, position)) in infos.iter().zip(shaped.glyph_positions()).enumerate() {
            let ends_cluster = infos
                .get(at + 1)
                .is_none_or(|next| next.cluster != info.cluster);
            let spacing = if ends_cluster {
                font.letter_spacing
            } else {
                0.0
            };
            let (advance, offset) = match &upright {
                Some(upright) => upright.place(position, scale),
                None => (
                    position.x_advance as f32 * scale,
                    (
                        position.x_offset as f32 * scale,
                        position.y_offset as f32 * scale,
                    ),
                ),
            };
            let advance = advance + spacing;
            word.width += advance;
            word.glyphs.push(Glyph {
                id: info.glyph_id,
                cluster: info.cluster,
                advance,
                offset,
            });
        }
        (word, shaped.clear())
    }
}

/// Scripts without spaces between words, where justification goes between the letters.
fn is_ideographic(c: char) -> bool {
    matches!(c as u32, 0x2e80..=0xa4cf | 0xf900..=0xfaff | 0xfe30..=0xfe4f | 0xff00..=0xff9f | 0x20000..=0x3fffd)
}
