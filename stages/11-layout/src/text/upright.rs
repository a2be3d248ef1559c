//! Glyphs that stand upright on vertical lines (CSS Writing Modes 4 section 5.1.1).

use super::{
    face::Face,
    word::{Font, FontMetrics},
};
use harfrust::{
    GlyphPosition,
    font::{BuiltinFontFuncs, FontFuncs},
};
use skrifa::{GlyphId, instance::Location};

/// How upright glyphs of a face are placed: by the vertical measures of the face, or, where it has none, each as
/// high as the font and with its baseline where that of the font is.
pub(super) struct Upright {
    /// px from the top of a glyph's place to its baseline; 0 where the face says.
    ascent: f32,
    /// px down to the next glyph; 0 where the face says.
    height: f32,
    /// px from the line's alphabetic baseline to the middle of the font.
    middle: f32,
}

impl Upright {
    pub fn of(face: &Face, location: &Location, font: &Font) -> Upright {
        let own = FontMetrics::of_instance(face, location, font.size);
        let made_up = match face.has_vertical_measures {
            true => (0.0, 0.0),
            false => (own.ascent.to_px(), (own.ascent + own.descent).to_px()),
        };
        Upright {
            ascent: made_up.0,
            height: made_up.1,
            middle: (font.metrics.ascent - font.metrics.descent).to_px() / 2.0,
        }
    }

    /// A glyph's advance down the line, and its origin from the pen: down the line, and over its baseline; px.
    pub fn place(&self, position: &GlyphPosition, scale: f32) -> (f32, (f32, f32)) {
        let advance = self.height - position.y_advance as f32 * scale;
        let down = self.ascent - position.y_offset as f32 * scale;
        let over = self.middle + position.x_offset as f32 * scale;
        (advance, (down, over))
    }
}

/// Asked by the shaper for a face without vertical measures: no advance of its own, the origin in the middle of the
/// baseline.
pub(super) struct WithoutMeasures;

impl FontFuncs for WithoutMeasures {
    fn advance_height(&mut self, _: &BuiltinFontFuncs, _: GlyphId) -> i32 {
        0
    }

    fn vertical_origin(&mut self, face: &BuiltinFontFuncs, glyph: GlyphId) -> (i32, i32) {
        (face.advance_width(glyph) / 2, 0)
    }
}
