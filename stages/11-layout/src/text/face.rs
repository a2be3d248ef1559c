//! One font file, read once.

use harfrust::ShaperData;
use skrifa::{
    FontRef, MetadataProvider, Tag,
    instance::{Location, LocationRef, Size},
    raw::TableProvider,
    string::StringId,
};
use std::sync::Arc;

/// The bytes of a font file; a mapped file serves too.
pub type FontBytes = Arc<dyn AsRef<[u8]> + Send + Sync>;

/// A font file that was handed in.
#[derive(Clone)]
pub struct FontSource {
    /// Where it is from, for people: a file's name.
    pub name: String,
    /// Its bytes.
    pub bytes: FontBytes,
}

impl FontSource {
    /// A font file from bytes in memory.
    pub fn new(name: impl Into<String>, bytes: impl AsRef<[u8]> + Send + Sync + 'static) -> Self {
        FontSource {
            name: name.into(),
            bytes: Arc::new(bytes),
        }
    }

    /// Whether a face can be read from it.
    pub fn is_a_font(&self) -> bool {
        Face::read_one(&self.bytes, 0).is_some()
    }
}

impl std::fmt::Debug for FontSource {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        write!(f, "FontSource({})", self.name)
    }
}

/// Index of a face in [`super::Fonts`].
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub struct FaceId(pub u32);

/// The most faces of one collection file that are read.
pub const MAX_FACES_IN_FILE: u32 = 64;

/// One face of a font file.
pub struct Face {
    bytes: FontBytes,
    index: u32,
    /// The family's name as the file states it.
    pub family: String,
    /// 1 to 1000.
    pub weight: f32,
    /// The weights that it can be asked for: one, those of its axis, or those that the page declares.
    pub weights: (f32, f32),
    /// Per cent of the normal width.
    pub stretch: f32,
    /// The widths that it can be asked for.
    pub stretches: (f32, f32),
    /// Whether it is italic or oblique.
    pub italic: bool,
    /// Only these characters are to be taken from it (`unicode-range`); empty is all.
    pub ranges: Vec<(u32, u32)>,
    pub(super) shaper: ShaperData,
    pub(super) units_per_em: f32,
    pub(super) measures: Measures,
    /// It says how far its glyphs reach down a vertical line.
    pub(super) has_vertical_measures: bool,
    /// The tags of its variable axes.
    axes: Vec<Tag>,
    /// Average advance, em.
    pub average_width: f32,
    /// From the leftmost to the rightmost point of any glyph, em.
    pub extent: f32,
    ascii: u128,
}

/// Vertical measures, em.
#[derive(Clone, Copy, Debug)]
pub(super) struct Measures {
    pub ascent: f32,
    pub descent: f32,
    pub line_gap: f32,
    pub x_height: f32,
    /// The typographic ascent where ascent and descent together are an em.
    pub em_ascent: f32,
    pub underline: (f32, f32),
    pub strikeout: (f32, f32),
}

impl Measures {
    fn of(metrics: &skrifa::metrics::Metrics, font: &FontRef) -> Measures {
        let upem = f32::from(metrics.units_per_em.max(1));
        let line = |d: Option<skrifa::metrics::Decoration>, offset: f32| {
            d.map_or((offset * upem, upem / 20.0), |d| (d.offset, d.thickness))
        };
        Measures {
            ascent: metrics.ascent / upem,
            descent: -metrics.descent / upem,
            line_gap: metrics.leading / upem,
            x_height: metrics.x_height.unwrap_or(upem * 0.5) / upem,
            em_ascent: em_ascent(metrics, font),
            underline: scale(line(metrics.underline, -0.1), upem),
            strikeout: scale(line(metrics.strikeout, 0.3), upem),
        }
    }
}

impl Face {
    /// Reads every face of a file. An unreadable file gives none.
    pub fn read(bytes: &FontBytes) -> Vec<Face> {
        (0..MAX_FACES_IN_FILE)
            .map_while(|index| Face::read_one(bytes, index))
            .collect()
    }

    fn read_one(bytes: &FontBytes, index: u32) -> Option<Face> {
        let owner = bytes.clone();
        let data: &[u8] = (*bytes).as_ref().as_ref();
        let font = FontRef::from_index(data, index).ok()?;
        let attributes = font.attributes();
        let metrics = font.metrics(Size::unscaled(), LocationRef::default());
        let upem = f32::from(metrics.units_per_em.max(1));
        let charmap = font.charmap();
        let ascii = (0x20u32..0x7f)
            .filter(|c| charmap.map(*c).is_some())
            .fold(0u128, |set, c| set | 1 << c);
        let axes = font.axes();
        let range = |tag: &[u8; 4], own: f32| {
            let axis = axes.get_by_tag(Tag::new(tag));
            axis.map_or((own, own), |a| {
                (a.min_value(), a.max_value().max(a.min_value()))
            })
        };
        Some(Face {
            index,
            family: family_name(&font),
            weight: attributes.weight.value(),
            weights: range(b"wght", attributes.weight.value()),
            stretch: attributes.stretch.percentage(),
            stretches: range(b"wdth", attributes.stretch.percentage()),
            italic: attributes.style != skrifa::attribute::Style::Normal,
            ranges: Vec::new(),
            shaper: ShaperData::new(&font),
            units_per_em: upem,
            measures: Measures::of(&metrics, &font),
            has_vertical_measures: font.vhea().is_ok() && font.vmtx().is_ok(),
            axes: axes.iter().map(|axis| axis.tag()).collect(),
            average_width: metrics.average_width.unwrap_or(upem * 0.5) / upem,
            extent: metrics.bounds.map_or(1.0, |b| (b.x_max - b.x_min) / upem),
            ascii,
            bytes: owner,
        })
    }

    /// The parsed file.
    pub fn font(&self) -> Option<FontRef<'_>> {
        FontRef::from_index((*self.bytes).as_ref(), self.index).ok()
    }

    /// Whether it has axes along which it varies.
    pub fn is_variable(&self) -> bool {
        !self.axes.is_empty()
    }

    /// Whether it can be slanted without being bent.
    pub(super) fn leans(&self) -> bool {
        let axes = [Tag::new(b"slnt"), Tag::new(b"ital")];
        self.italic || self.axes.iter().any(|axis| axes.contains(axis))
    }

    /// Its vertical measures at a place on its axes.
    pub(super) fn measures_at(&self, location: &Location) -> Measures {
        match self.font() {
            Some(font) => {
                let place = LocationRef::from(location);
                Measures::of(&font.metrics(Size::unscaled(), place), &font)
            }
            None => self.measures,
        }
    }

    /// Whether its glyphs can be substituted by an OpenType feature.
    pub(super) fn has_feature(&self, tag: &[u8; 4]) -> bool {
        let has = |font: FontRef| {
            let list = font.gsub().ok()?.feature_list().ok()?;
            let tag = Tag::new(tag);
            Some(
                list.feature_records()
                    .iter()
                    .any(|r| r.feature_tag() == tag),
            )
        };
        self.font().and_then(has).unwrap_or(false)
    }

    /// Whether it has every character of an ASCII text.
    pub(super) fn covers_ascii(&self, text: &str) -> bool {
        self.ranges.is_empty() && text.bytes().all(|b| b < 0x7f && self.ascii >> b & 1 == 1)
    }

    /// Whether the face has a glyph for `c` and may be used for it.
    pub fn has(&self, c: char) -> bool {
        let code = c as u32;
        if !self.ranges.is_empty() && !self.ranges.iter().any(|r| (r.0..=r.1).contains(&code)) {
            return false;
        }
        if code < 0x7f {
            return self.ascii >> code & 1 == 1;
        }
        self.font()
            .is_some_and(|font| font.charmap().map(code).is_some())
    }
}

fn em_ascent(metrics: &skrifa::metrics::Metrics, font: &FontRef) -> f32 {
    let typographic = font.os2().ok().map(|os2| {
        (
            f32::from(os2.s_typo_ascender()),
            -f32::from(os2.s_typo_descender()),
        )
    });
    let usable = |(up, down): &(f32, f32)| *up > 0.0 && up + down > 0.0;
    let (up, down) = typographic
        .filter(usable)
        .unwrap_or((metrics.ascent, -metrics.descent));
    match usable(&(up, down)) {
        true => (up / (up + down)).clamp(0.0, 1.0),
        false => 1.0,
    }
}

fn scale(pair: (f32, f32), upem: f32) -> (f32, f32) {
    (pair.0 / upem, pair.1 / upem)
}

fn family_name(font: &FontRef) -> String {
    let name = |id| font.localized_strings(id).english_or_first();
    name(StringId::TYPOGRAPHIC_FAMILY_NAME)
        .or_else(|| name(StringId::FAMILY_NAME))
        .map(|name| name.chars().collect())
        .unwrap_or_default()
}
