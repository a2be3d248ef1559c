use crate::{NaturalSize, Pixels};
use resvg::tiny_skia::{Pixmap, Transform};
use usvg::Tree;

/// Widest or highest picture that is drawn of an SVG, in device px.
const DRAWN_SIZE_LIMIT: u32 = 8192;

/// A parsed SVG.
pub struct Vector {
    tree: Tree,
    /// Sizes from `width`, `height` and `viewBox`.
    pub natural: NaturalSize,
}

impl Vector {
    /// Parses an SVG document. `fonts` are the installed fonts.
    pub fn parse(
        source: &[u8],
        fonts: &std::sync::Arc<usvg::fontdb::Database>,
    ) -> Result<Vector, String> {
        let options = usvg::Options {
            fontdb: fonts.clone(),
            // An SVG used as an image loads nothing from outside.
            image_href_resolver: usvg::ImageHrefResolver {
                resolve_data: usvg::ImageHrefResolver::default_data_resolver(),
                resolve_string: Box::new(|_, _| None),
            },
            ..usvg::Options::default()
        };
        let tree = Tree::from_data(source, &options).map_err(|error| error.to_string())?;
        let size = tree.size();
        let natural = natural_size(source, size.width(), size.height());
        Ok(Vector { tree, natural })
    }

    /// Draws it over the whole of a picture of that size.
    pub fn draw(&self, width: u32, height: u32) -> Option<Pixels> {
        let width = width.clamp(1, DRAWN_SIZE_LIMIT);
        let height = height.clamp(1, DRAWN_SIZE_LIMIT);
        let mut pixmap = Pixmap::new(width, height)?;
        let size = self.tree.size();
        let scale =
            Transform::from_scale(width as f32 / size.width(), height as f32 / size.height());
        resvg::render(&self.tree, scale, &mut pixmap.as_mut());
        let rgba = pixmap
            .pixels()
            .iter()
            .flat_map(|pixel| {
                let colour = pixel.demultiply();
                [colour.red(), colour.green(), colour.blue(), colour.alpha()]
            })
            .collect();
        Some(Pixels {
            width,
            height,
            rgba,
        })
    }
}

/// Natural sizes: `width` and `height` as far as the root element gives them in absolute units,
/// and the ratio (CSS Images section 5.1; SVG 2 section 8.12).
fn natural_size(source: &[u8], width: f32, height: f32) -> NaturalSize {
    let text = String::from_utf8_lossy(source);
    let start = text.find("<svg").unwrap_or(0);
    let end = text[start..].find('>').map_or(text.len(), |at| start + at);
    let tag = &text[start..end];
    let given =
        |name: &str| attribute_in(tag, name).is_some_and(|value| !value.trim_end().ends_with('%'));
    let ratio = (height > 0.0).then(|| width / height);
    let has_ratio = attribute_in(tag, "viewBox").is_some() || (given("width") && given("height"));
    NaturalSize {
        width: given("width").then_some(width),
        height: given("height").then_some(height),
        ratio: if has_ratio { ratio } else { None },
    }
}

/// The value of an attribute in the text of one start tag.
fn attribute_in<'a>(tag: &'a str, name: &str) -> Option<&'a str> {
    let mut rest = tag;
    while let Some(at) = rest.find(name) {
        let before = rest[..at].chars().next_back();
        let after = rest[at + name.len()..].trim_start();
        rest = &rest[at + name.len()..];
        if !before.is_some_and(|c| c.is_ascii_whitespace()) {
            continue;
        }
        if let Some(value) = after.strip_prefix('=') {
            let value = value.trim_start();
            let quote = value.chars().next()?;
            return value[1..].split(quote).next();
        }
    }
    None
}
