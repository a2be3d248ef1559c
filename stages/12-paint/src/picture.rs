//! Pixels, and PNG.

use image::{
    ExtendedColorType, ImageEncoder,
    codecs::png::{CompressionType, FilterType, PngEncoder},
};

/// The longest side of a picture, px; what lies beyond is cut off and an event says so.
pub const MAX_PICTURE_SIDE: u32 = 32_000;

/// A painted page: RGBA, 8 bits each, opaque, row by row.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Picture {
    /// Columns.
    pub width: u32,
    /// Rows.
    pub height: u32,
    /// `width * height * 4` octets.
    pub rgba: Vec<u8>,
    /// [`MAX_PICTURE_SIDE`] was reached.
    pub cut: bool,
}

impl Picture {
    /// The picture as a PNG file, compressed fast.
    pub fn png(&self) -> Vec<u8> {
        let mut file = Vec::new();
        let encoder =
            PngEncoder::new_with_quality(&mut file, CompressionType::Fast, FilterType::Sub);
        let written = encoder.write_image(
            &self.rgba,
            self.width,
            self.height,
            ExtendedColorType::Rgba8,
        );
        debug_assert!(written.is_ok(), "a picture's buffer has its size");
        file
    }
}
