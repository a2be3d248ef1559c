//! What is drawn, in order.

use crate::{color::Color, projection::Plane};
use thru_layout::text::{FaceId, InstanceId, Word};
use thru_render_tree::ImageId;
use vello_cpu::{
    kurbo::{Affine, BezPath, Rect},
    peniko::{BlendMode, Gradient},
};

/// What glyphs are drawn with.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct GlyphLook {
    /// The face.
    pub face: FaceId,
    /// The place of its variable axes.
    pub instance: InstanceId,
    /// Size, px.
    pub size: f32,
    /// Made bolder.
    pub bold: bool,
    /// Slanted.
    pub oblique: bool,
    /// Each turned by a quarter against the line, so that it stands upright when that runs downwards.
    pub upright: bool,
}

impl GlyphLook {
    /// How a shaped word is drawn.
    pub fn of(word: &Word) -> GlyphLook {
        GlyphLook {
            face: word.face,
            instance: word.instance,
            size: word.size,
            bold: word.synthetic_bold,
            oblique: word.synthetic_oblique,
            upright: word.upright,
        }
    }
}

/// A glyph at its place.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct DrawnGlyph {
    /// Number in the face.
    pub id: u32,
    /// CSS px from the run's origin.
    pub x: f32,
    /// CSS px below the baseline.
    pub y: f32,
}

/// One step of drawing; coordinates are CSS px in the document, or in the innermost transform.
#[derive(Clone, Debug)]
pub enum DisplayItem {
    /// A filled rectangle.
    Rect(Rect, Color),
    /// A filled path, even-odd.
    Path(BezPath, Color),
    /// A line along a path.
    Stroke {
        /// The path.
        path: BezPath,
        /// Width, px.
        width: f64,
        /// Dash and gap; empty is solid.
        dashes: Vec<f64>,
        /// Round ends.
        round: bool,
        /// Colour.
        color: Color,
    },
    /// A shape filled with a gradient.
    Gradient {
        /// The shape.
        path: BezPath,
        /// The gradient in its tile's space.
        gradient: Box<Gradient>,
        /// From the tile's space.
        transform: Affine,
    },
    /// An image, perhaps repeated.
    Image {
        /// The shape that it fills.
        path: BezPath,
        /// Which image.
        image: ImageId,
        /// The part of it that a tile shows, in shares of its sides; `None` is all of it.
        part: Option<Rect>,
        /// One tile.
        tile: Rect,
        /// Repeats along x and y.
        repeat: (bool, bool),
        /// Not smoothed.
        pixelated: bool,
    },
    /// Glyphs of one face.
    Glyphs {
        /// What they are drawn with.
        look: GlyphLook,
        /// Pen start on the baseline.
        origin: (f32, f32),
        /// The glyphs.
        glyphs: Vec<DrawnGlyph>,
        /// Colour.
        color: Color,
    },
    /// A blurred shadow of a rounded rectangle.
    Shadow {
        /// The rectangle.
        rect: Rect,
        /// Corner radius, px.
        radius: f32,
        /// Standard deviation, px.
        deviation: f32,
        /// Inside out.
        inverted: bool,
        /// Colour.
        color: Color,
    },
    /// Only what is inside is drawn until [`DisplayItem::PopClip`]. Even-odd.
    PushClip(BezPath),
    /// Ends a clip.
    PopClip,
    /// A group until [`DisplayItem::PopLayer`].
    PushLayer(Box<Layer>),
    /// Ends a group.
    PopLayer,
    /// What follows, until [`DisplayItem::PopTransform`], lies in this plane: from there to the
    /// document, whatever is around.
    PushTransform(Plane),
    /// Ends a transform.
    PopTransform,
}

/// How a group is put on what is below it: first its filter, then its clip, opacity and blending.
#[derive(Clone, Debug, Default)]
pub struct Layer {
    /// 0 to 1; `None` is 1.
    pub opacity: Option<f32>,
    /// Only what is inside is kept.
    pub clip: Option<BezPath>,
    /// How colours are mixed.
    pub blend: Option<BlendMode>,
    /// A filter of the whole group.
    pub filter: Option<GroupFilter>,
}

/// A filter of a group.
#[derive(Clone, Copy, Debug, PartialEq)]
pub enum GroupFilter {
    /// Standard deviation, px.
    Blur(f32),
    /// A shadow below the group.
    DropShadow {
        /// To the right, px.
        x: f32,
        /// Down, px.
        y: f32,
        /// Standard deviation, px.
        deviation: f32,
        /// Colour.
        color: Color,
    },
}

/// Everything that is drawn.
#[derive(Debug, Default)]
pub struct DisplayList {
    /// The steps.
    pub items: Vec<DisplayItem>,
    /// There is something besides backgrounds.
    pub has_content: bool,
}
