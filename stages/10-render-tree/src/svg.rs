use crate::{NaturalSize, Pixels};
use resvg::tiny_skia::{Pixmap, Transform};
use std::sync::Arc;
use usvg::{Tree, fontdb::Database};

/// Widest or highest picture that is drawn of an SVG, in device px.
const DRAWN_SIZE_LIMIT: u32 = 8192;

/// A parsed SVG.
pub struct Vector {
    tree: Tree,
    /// Sizes from `width`, `height` and `viewBox`.
    pub natural: NaturalSize,
    /// Its text, where the place that it is drawn in is its viewport: kept to be parsed again for each size.
    fitted: Option<Fitted>,
}

struct Fitted {
    source: String,
    fonts: Arc<Database>,
}

impl Vector {
    /// Parses an SVG document. `fonts` are the installed fonts.
    pub fn parse(source: &[u8], fonts: &Arc<Database>) -> Result<Vector, String> {
        let tree = tree(source, fonts)?;
        let size = tree.size();
        let text = String::from_utf8_lossy(source);
        let natural = natural_size(root_tag(&text).1, size.width(), size.height());
        let whole = natural.width.is_some() && natural.height.is_some();
        let fitted = (!whole).then(|| Fitted {
            source: text.into_owned(),
            fonts: fonts.clone(),
        });
        Ok(Vector {
            tree,
            natural,
            fitted,
        })
    }

    /// Parses an `<svg>` element of a page: its box is its viewport (SVG 2 section 8.2), whatever its own sizes are.
    pub fn parse_inline(source: String, fonts: &Arc<Database>) -> Result<Vector, String> {
        let mut vector = Vector::parse(source.as_bytes(), fonts)?;
        vector.fitted = Some(Fitted {
            source,
            fonts: fonts.clone(),
        });
        Ok(vector)
    }

    /// Draws it over the whole of a picture of that size, `density` device px to a CSS px.
    pub fn draw(&self, width: u32, height: u32, density: f32) -> Option<Pixels> {
        let width = width.clamp(1, DRAWN_SIZE_LIMIT);
        let height = height.clamp(1, DRAWN_SIZE_LIMIT);
        let viewport = (width as f32 / density, height as f32 / density);
        let refitted = self.fitted.as_ref().and_then(|f| f.at(viewport));
        let tree = refitted.as_ref().unwrap_or(&self.tree);
        let mut pixmap = Pixmap::new(width, height)?;
        let size = tree.size();
        let scale =
            Transform::from_scale(width as f32 / size.width(), height as f32 / size.height());
        resvg::render(tree, scale, &mut pixmap.as_mut());
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

impl Fitted {
    /// The same picture in a viewport of that size, CSS px.
    fn at(&self, (width, height): (f32, f32)) -> Option<Tree> {
        let (start, tag) = root_tag(&self.source);
        let name = start + "<svg".len();
        let mut kept = self.source[name..start + tag.len()].to_owned();
        for attribute in ["width", "height"] {
            if let Some(range) = attribute_range(&kept, attribute) {
                kept.replace_range(range, "");
            }
        }
        let before = &self.source[..name];
        let after = &self.source[start + tag.len()..];
        let text = format!("{before} width=\"{width}\" height=\"{height}\"{kept}{after}");
        tree(text.as_bytes(), &self.fonts).ok()
    }
}

fn tree(source: &[u8], fonts: &Arc<Database>) -> Result<Tree, String> {
    let options = usvg::Options {
        fontdb: fonts.clone(),
        // An SVG used as an image loads nothing from outside.
        image_href_resolver: usvg::ImageHrefResolver {
            resolve_data: usvg::ImageHrefResolver::default_data_resolver(),
            resolve_string: Box::new(|_, _| None),
        },
        ..usvg::Options::default()
    };
    Tree::from_data(source, &options).map_err(|error| error.to_string())
}

/// Where the root's start tag begins, and the tag without its end.
fn root_tag(text: &str) -> (usize, &str) {
    let start = text.find("<svg").unwrap_or(0);
    let end = text[start..].find('>').map_or(text.len(), |at| start + at);
    (start, &text[start..end])
}

/// Natural sizes: `width` and `height` as far as the root element gives them in absolute units,
/// and the ratio (CSS Images section 5.1; SVG 2 section 8.12).
fn natural_size(tag: &str, width: f32, height: f32) -> NaturalSize {
    let given =
        |name: &str| attribute_in(tag, name).is_some_and(|value| !value.trim_end().ends_with('%'));
    let (has_width, has_height) = (given("width"), given("height"));
    let ratio = if has_width && has_height {
        (height > 0.0).then(|| width / height)
    } else {
        attribute_in(tag, "viewBox").and_then(view_box_ratio)
    };
    NaturalSize {
        width: has_width.then_some(width),
        height: has_height.then_some(height),
        ratio,
    }
}

fn view_box_ratio(value: &str) -> Option<f32> {
    let mut numbers = value
        .split(|c: char| c == ',' || c.is_ascii_whitespace())
        .filter(|part| !part.is_empty())
        .skip(2)
        .map(str::parse::<f32>);
    let (width, height) = (numbers.next()?.ok()?, numbers.next()?.ok()?);
    (width > 0.0 && height > 0.0).then(|| width / height)
}

/// The value of an attribute in the text of one start tag.
fn attribute_in<'a>(tag: &'a str, name: &str) -> Option<&'a str> {
    let text = &tag[attribute_range(tag, name)?];
    let value = text[text.find('=')? + 1..].trim_start();
    Some(&value[1..value.len() - 1])
}

/// Where an attribute with its value stands in the text of one start tag.
fn attribute_range(tag: &str, name: &str) -> Option<std::ops::Range<usize>> {
    let mut from = 0;
    while let Some(found) = tag[from..].find(name) {
        let start = from + found;
        from = start + name.len();
        if !tag[..start].ends_with(|c: char| c.is_ascii_whitespace()) {
            continue;
        }
        let after = tag[from..].trim_start();
        if let Some(value) = after.strip_prefix('=') {
            let value = value.trim_start();
            let quote = value.chars().next().filter(|c| matches!(c, '"' | '\''))?;
            let begin = tag.len() - value.len();
            let end = begin + 1 + value[1..].find(quote)?;
            return Some(start..end + 1);
        }
    }
    None
}
