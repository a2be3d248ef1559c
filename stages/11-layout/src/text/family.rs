//! From a list of family names to faces (CSS Fonts 4, section 5).

use super::{
    caps::Caps,
    face::{Face, FaceId, FontBytes, FontSource},
    instance::Instances,
    word::{Font, FontMetrics, WordCache},
};
use icu_properties::{CodePointSetData, props::DefaultIgnorableCodePoint};
use std::{
    cell::{Cell, RefCell},
    collections::HashMap,
    rc::Rc,
};

/// One entry of `font-family`.
#[derive(Clone, Debug, PartialEq, Eq, Hash)]
pub enum FamilyName {
    /// By name.
    Named(String),
    /// `serif`.
    Serif,
    /// `sans-serif`.
    SansSerif,
    /// `monospace`.
    Monospace,
    /// `system-ui`.
    SystemUi,
    /// Any other generic name: no font of its own here.
    Other,
}

/// `font-style`.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub enum Slant {
    /// Upright.
    Normal,
    /// Italic or oblique.
    Italic,
}

/// What an element asks for.
#[derive(Clone, Debug, PartialEq)]
pub struct FontRequest {
    /// Names in order of preference.
    pub families: Vec<FamilyName>,
    /// CSS px.
    pub size: f32,
    /// 1 to 1000.
    pub weight: f32,
    /// Per cent.
    pub stretch: f32,
    /// Upright or not.
    pub slant: Slant,
    /// CSS px between letters.
    pub letter_spacing: f32,
    /// `font-kerning` is not `none`.
    pub kerning: bool,
    /// OpenType features: tag and value.
    pub features: Vec<(u32, u32)>,
    /// `font-variant-caps`.
    pub caps: Caps,
    /// Axes of variable fonts by `font-variation-settings`: tag and value.
    pub variations: Vec<(u32, f32)>,
    /// `font-optical-sizing` is not `none`.
    pub optical: bool,
    /// Letters stand upright on a vertical line.
    pub upright: bool,
}

impl Default for FontRequest {
    /// The first font at hand in 16 px.
    fn default() -> FontRequest {
        FontRequest {
            families: Vec::new(),
            size: 16.0,
            weight: 400.0,
            stretch: 100.0,
            slant: Slant::Normal,
            letter_spacing: 0.0,
            kerning: true,
            features: Vec::new(),
            caps: Caps::Normal,
            variations: Vec::new(),
            optical: true,
            upright: false,
        }
    }
}

impl FontRequest {
    /// The request as something that can be looked up.
    fn key(&self) -> RequestKey {
        let bits = |(tag, value): &(u32, f32)| (*tag, value.to_bits());
        RequestKey {
            families: self.families.clone(),
            numbers: [self.size, self.weight, self.stretch, self.letter_spacing].map(f32::to_bits),
            flags: [self.kerning, self.optical, self.upright],
            slant: self.slant,
            caps: self.caps,
            features: self.features.clone(),
            variations: self.variations.iter().map(bits).collect(),
        }
    }
}

/// A font that the page brings (`@font-face`).
pub struct WebFont {
    /// Its name in the page.
    pub family: String,
    /// The file, already decompressed to OpenType.
    pub bytes: FontBytes,
    /// Declared weight range.
    pub weight: Option<(f32, f32)>,
    /// Declared style.
    pub italic: Option<bool>,
    /// `unicode-range`; empty is all.
    pub ranges: Vec<(u32, u32)>,
}

/// What was chosen, for the journal.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum FontNote {
    /// A family was looked for and this face was taken.
    Chosen {
        /** Asked for. */
        family: String,
        /** Used. */
        used: String,
    },
    /// No font has a character.
    Missing {
        /** The character. */
        character: char,
        /** The first font. */
        font: String,
    },
}

/// The most notes kept for one page.
pub const MAX_NOTES: usize = 256;
/// The most distinct fonts (face list, size, features) of one page.
pub const MAX_FONTS: usize = 65_536;

#[derive(PartialEq, Eq, Hash)]
struct RequestKey {
    families: Vec<FamilyName>,
    numbers: [u32; 4],
    flags: [bool; 3],
    slant: Slant,
    caps: Caps,
    features: Vec<(u32, u32)>,
    variations: Vec<(u32, u32)>,
}

/// Every font at hand, and what was shaped with them.
pub struct Fonts {
    faces: Vec<Face>,
    families: HashMap<String, Vec<FaceId>>,
    web: HashMap<String, Vec<FaceId>>,
    fallback: Vec<FaceId>,
    fonts: RefCell<HashMap<RequestKey, Rc<Font>>>,
    /// How many fonts were made: none has another's number.
    made: Cell<u32>,
    pub(super) instances: RefCell<Instances>,
    notes: RefCell<Vec<FontNote>>,
    pub(super) words: RefCell<WordCache>,
}

impl Fonts {
    /// Reads the files; those that are no fonts are left out.
    pub fn new(sources: &[FontSource]) -> Fonts {
        let mut fonts = Fonts {
            faces: Vec::new(),
            families: HashMap::new(),
            web: HashMap::new(),
            fallback: Vec::new(),
            fonts: RefCell::default(),
            made: Cell::new(0),
            instances: RefCell::default(),
            notes: RefCell::default(),
            words: RefCell::default(),
        };
        for source in sources {
            for face in Face::read(&source.bytes) {
                let name = face.family.to_lowercase();
                let id = fonts.push(face);
                fonts.families.entry(name).or_default().push(id);
            }
        }
        fonts.fallback = fonts.fallback_order();
        fonts
    }

    fn push(&mut self, face: Face) -> FaceId {
        let id = FaceId(self.faces.len() as u32);
        self.faces.push(face);
        id
    }

    /// Adds a font of the page.
    pub fn add_web_font(&mut self, font: WebFont) -> bool {
        let mut any = false;
        for mut face in Face::read(&font.bytes) {
            if let Some((low, high)) = font.weight {
                face.weight = face.weight.clamp(low, high);
                face.weights = (low, high);
            }
            face.italic = font.italic.unwrap_or(face.italic);
            face.ranges = font.ranges.clone();
            let id = self.push(face);
            let name = font.family.to_lowercase();
            self.web.entry(name).or_default().push(id);
            any = true;
        }
        self.fonts.borrow_mut().clear();
        any
    }

    /// How many faces there are.
    pub fn len(&self) -> usize {
        self.faces.len()
    }

    /// Whether no font is at hand.
    pub fn is_empty(&self) -> bool {
        self.faces.is_empty()
    }

    /// A face.
    pub fn face(&self, id: FaceId) -> Option<&Face> {
        self.faces.get(id.0 as usize)
    }

    /// What was chosen since the last call.
    pub fn take_notes(&self) -> Vec<FontNote> {
        std::mem::take(&mut self.notes.borrow_mut())
    }

    pub(super) fn note(&self, note: FontNote) {
        let mut notes = self.notes.borrow_mut();
        if notes.len() < MAX_NOTES && !notes.contains(&note) {
            notes.push(note);
        }
    }

    /// How many different faces came first for what was asked, whatever the size.
    pub fn used(&self) -> usize {
        let fonts = self.fonts.borrow();
        let mut first: Vec<u32> = fonts
            .values()
            .filter_map(|font| Some(font.faces.first()?.0))
            .collect();
        first.sort_unstable();
        first.dedup();
        first.len()
    }

    /// DejaVu Sans first: it has the most characters of the fonts that are usual here.
    fn fallback_order(&self) -> Vec<FaceId> {
        let rank = |id: &FaceId| {
            let face = &self.faces[id.0 as usize];
            let regular = face.weight == 400.0 && !face.italic && face.stretch == 100.0;
            (face.family != "DejaVu Sans", !regular, id.0)
        };
        let mut order: Vec<FaceId> = (0..self.faces.len() as u32).map(FaceId).collect();
        order.sort_by_key(rank);
        order
    }

    /// The font for a request; the same request gives the same font.
    pub fn font(&self, request: &FontRequest) -> Rc<Font> {
        let key = request.key();
        if let Some(font) = self.fonts.borrow().get(&key) {
            return font.clone();
        }
        let faces = self.face_list(request);
        let caps = self.caps_features(request.caps, &faces);
        let caps = caps.ok_or_else(|| self.small_capitals(request));
        let instances = faces.iter().map(|id| self.instance(*id, request)).collect();
        let metrics = self.first_metrics(&faces, request);
        let number = self.made.replace(self.made.get().wrapping_add(1));
        let font = Font::new(number, request, faces, instances, metrics, caps);
        let font = Rc::new(font);
        let mut fonts = self.fonts.borrow_mut();
        if fonts.len() < MAX_FONTS {
            fonts.insert(key, font.clone());
        }
        font
    }

    fn first_metrics(&self, faces: &[FaceId], request: &FontRequest) -> FontMetrics {
        let face = faces.first().and_then(|id| Some((*id, self.face(*id)?)));
        let Some((id, face)) = face else {
            return FontMetrics::of(None, request.size);
        };
        let location = self.location(self.instance(id, request));
        FontMetrics::of_instance(face, &location, request.size)
    }

    fn face_list(&self, request: &FontRequest) -> Vec<FaceId> {
        let mut list = Vec::new();
        for family in &request.families {
            for id in self.family(family, request) {
                if !list.contains(&id) {
                    list.push(id);
                }
            }
        }
        let last = self.family(&FamilyName::Serif, request);
        if list.is_empty() {
            list.extend(last);
        }
        if list.is_empty() {
            list.extend(self.fallback.first());
        }
        if let (Some(first), Some(asked)) = (list.first(), request.families.first()) {
            let used = self.face(*first).map(|f| f.family.clone());
            self.note(FontNote::Chosen {
                family: asked.css_name().to_owned(),
                used: used.unwrap_or_default(),
            });
        }
        list
    }

    fn family(&self, name: &FamilyName, request: &FontRequest) -> Vec<FaceId> {
        let candidates: &[&str] = match name {
            FamilyName::Named(name) => {
                let name = name.to_lowercase();
                if let Some(ids) = self.web.get(&name) {
                    return self.web_faces(ids, request);
                }
                return self.named(&name, request).into_iter().collect();
            }
            FamilyName::Serif => &[
                "liberation serif",
                "times new roman",
                "libertinus serif",
                "dejavu serif",
            ],
            FamilyName::SansSerif => &["liberation sans", "arial", "ubuntu", "dejavu sans"],
            FamilyName::Monospace => &["dejavu sans mono", "liberation mono", "hack"],
            FamilyName::SystemUi => &["dejavu sans", "liberation sans", "ubuntu"],
            FamilyName::Other => &[],
        };
        let mut found = candidates
            .iter()
            .filter_map(|name| self.exact(name, request));
        found.next().into_iter().collect()
    }

    /// A name, or the metric-compatible font that stands for it on a system without it.
    fn named(&self, name: &str, request: &FontRequest) -> Option<FaceId> {
        let stand_in = match name {
            "times" | "times new roman" => "liberation serif",
            "arial" | "helvetica" => "liberation sans",
            "courier" | "courier new" => "liberation mono",
            _ => "",
        };
        self.exact(name, request)
            .or_else(|| self.exact(stand_in, request))
    }

    fn exact(&self, name: &str, request: &FontRequest) -> Option<FaceId> {
        let ids = self.families.get(name)?;
        ids.iter()
            .copied()
            .min_by_key(|id| self.distance(*id, request))
    }

    /// All faces of the page's family that match equally well: they differ in `unicode-range`.
    fn web_faces(&self, ids: &[FaceId], request: &FontRequest) -> Vec<FaceId> {
        let Some(best) = ids.iter().map(|id| self.distance(*id, request)).min() else {
            return Vec::new();
        };
        let mut list: Vec<FaceId> = ids.to_vec();
        list.retain(|id| self.distance(*id, request) == best);
        list.reverse();
        list
    }

    /// Width before style before weight (CSS Fonts 4, section 5.2).
    fn distance(&self, id: FaceId, request: &FontRequest) -> (u32, bool, u32) {
        let face = &self.faces[id.0 as usize];
        let stretch = request.stretch.clamp(face.stretches.0, face.stretches.1);
        let stretch = (stretch - request.stretch).abs() as u32;
        let slant = match request.slant {
            Slant::Normal => face.italic,
            Slant::Italic => !face.leans(),
        };
        let weight = request.weight.clamp(face.weights.0, face.weights.1);
        (stretch, slant, weight_distance(request.weight, weight))
    }

    pub(super) fn face_for(&self, font: &Font, c: char) -> FaceId {
        let has = |id: &&FaceId| {
            let face = &self.faces[id.0 as usize];
            face.has(c) || is_made_of_space(c) && face.has(' ')
        };
        let listed = font.faces.iter().find(has);
        if let Some(id) = listed {
            return *id;
        }
        let bold = self.fallback.iter().filter(|id| {
            let face = &self.faces[id.0 as usize];
            font.weight >= 600.0 && face.weight >= 600.0 && !face.italic && face.stretch == 100.0
        });
        if let Some(id) = bold.chain(&self.fallback).find(has) {
            return *id;
        }
        let first = font.faces.first().copied().unwrap_or(FaceId(0));
        let ignorable = CodePointSetData::new::<DefaultIgnorableCodePoint>().contains(c);
        if !c.is_control() && !c.is_whitespace() && !ignorable {
            let font = self
                .face(first)
                .map(|f| f.family.clone())
                .unwrap_or_default();
            self.note(FontNote::Missing { character: c, font });
        }
        first
    }
}

/// Spaces of other widths, which the shaper makes of U+0020 where the font has none.
fn is_made_of_space(c: char) -> bool {
    matches!(
        c,
        '\u{a0}' | '\u{2000}'..='\u{200a}' | '\u{202f}' | '\u{205f}' | '\u{3000}'
    )
}

impl FamilyName {
    fn css_name(&self) -> &str {
        match self {
            FamilyName::Named(name) => name,
            FamilyName::Serif => "serif",
            FamilyName::SansSerif => "sans-serif",
            FamilyName::Monospace => "monospace",
            FamilyName::SystemUi => "system-ui",
            FamilyName::Other => "generic",
        }
    }
}

/// How far `have` is from `want`: the order of CSS Fonts 4, section 5.2, step 4.
fn weight_distance(want: f32, have: f32) -> u32 {
    let far = (want - have).abs() as u32;
    let wrong_way = 2000;
    if (400.0..=500.0).contains(&want) {
        if have >= want && have <= 500.0 {
            far
        } else if have < want {
            500 + far
        } else {
            wrong_way + far
        }
    } else if (want < 400.0) == (have < want) || have == want {
        far
    } else {
        wrong_way + far
    }
}

impl Fonts {
    /// Whether a face has every character of an ASCII text.
    pub fn covers(&self, face: FaceId, text: &str) -> bool {
        self.face(face).is_some_and(|face| face.covers_ascii(text))
    }

    /// The vertical measures of one face at a size.
    pub fn metrics(&self, face: FaceId, size: f32) -> FontMetrics {
        FontMetrics::of(self.face(face), size)
    }
}
