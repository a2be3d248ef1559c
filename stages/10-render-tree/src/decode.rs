use crate::{Image, Pixels, Vector};
use image::{ImageDecoder, ImageReader, Limits};
use std::{io::Cursor, rc::Rc, sync::Arc};
use usvg::fontdb::Database;

/// Widest or highest image that is decoded, px.
pub const IMAGE_SIDE_LIMIT: u32 = 20_000;

/// Most memory that decoding one image may take, octets.
pub const IMAGE_MEMORY_LIMIT: u64 = 256 << 20;

/// Why there is no picture.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Broken {
    /// The format is not known.
    UnknownFormat,
    /// It breaks the format's rules; in the decoder's words.
    Malformed(String),
    /// It claims to be larger than a named limit allows.
    TooLarge {
        /// The limit's name.
        limit: &'static str,
        /// Its value.
        value: u64,
    },
}

impl std::fmt::Display for Broken {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        match self {
            Broken::UnknownFormat => write!(f, "its format is not known"),
            Broken::Malformed(why) => write!(f, "{why}"),
            Broken::TooLarge { limit, value } => write!(f, "it is larger than {limit} ({value})"),
        }
    }
}

/// Decodes an image of any format that is known; gives the format's name too. An animation gives
/// its first picture. `fonts` is asked for when it is an SVG.
pub fn decode(
    octets: &[u8],
    fonts: impl FnOnce() -> Arc<Database>,
) -> Result<(Image, String), Broken> {
    if is_svg(octets) {
        let vector = Vector::parse(octets, &fonts()).map_err(Broken::Malformed)?;
        return Ok((Image::Vector(Box::new(vector)), "SVG".to_owned()));
    }
    let reader = ImageReader::new(Cursor::new(octets))
        .with_guessed_format()
        .map_err(|error| Broken::Malformed(error.to_string()))?;
    let format = reader.format().ok_or(Broken::UnknownFormat)?;
    let mut decoder = reader.into_decoder().map_err(broken)?;
    let (width, height) = decoder.dimensions();
    if width > IMAGE_SIDE_LIMIT || height > IMAGE_SIDE_LIMIT {
        return Err(too_large("image side", u64::from(IMAGE_SIDE_LIMIT)));
    }
    if u64::from(width) * u64::from(height) * 4 > IMAGE_MEMORY_LIMIT {
        return Err(too_large("image memory", IMAGE_MEMORY_LIMIT));
    }
    let mut limits = Limits::default();
    limits.max_alloc = Some(IMAGE_MEMORY_LIMIT);
    decoder.set_limits(limits).map_err(broken)?;
    let orientation = decoder.orientation().map_err(broken)?;
    let mut picture = image::DynamicImage::from_decoder(decoder).map_err(broken)?;
    picture.apply_orientation(orientation);
    let picture = picture.into_rgba8();
    let pixels = Pixels {
        width: picture.width(),
        height: picture.height(),
        rgba: picture.into_raw(),
    };
    let name = format!("{format:?}").to_uppercase();
    Ok((Image::Raster(Rc::new(pixels)), name))
}

fn too_large(limit: &'static str, value: u64) -> Broken {
    Broken::TooLarge { limit, value }
}

fn broken(error: image::ImageError) -> Broken {
    match error {
        image::ImageError::Limits(_) => too_large("image memory", IMAGE_MEMORY_LIMIT),
        image::ImageError::Decoding(error) => Broken::Malformed(in_words(&error)),
        other => Broken::Malformed(other.to_string()),
    }
}

/// Which format's rules are broken; how, if the decoder says it in words and not in its own terms.
fn in_words(error: &image::error::DecodingError) -> String {
    let why = std::error::Error::source(error).map(ToString::to_string);
    let format = format!("{:#}", error.format_hint()).to_uppercase();
    match why.filter(|why| why.is_ascii() && !why.contains('{')) {
        Some(why) => {
            let why = why.trim_end_matches('.');
            format!("its data break the rules of {format} ({why})")
        }
        None => format!("its data break the rules of {format}"),
    }
}

/// Whether it is text that has an `<svg` near its beginning.
fn is_svg(octets: &[u8]) -> bool {
    let head = &octets[..octets.len().min(4096)];
    let first = head
        .iter()
        .find(|octet| !octet.is_ascii_whitespace() && **octet > 0x20);
    let is_text = matches!(first, Some(b'<' | 0xef));
    is_text && head.windows(4).any(|window| window == b"<svg")
}
