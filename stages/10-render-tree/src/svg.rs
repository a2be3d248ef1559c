use crate::svg_root::SvgRoot;
use crate::{NaturalSize, Pixels};
use resvg::tiny_skia::{Color, Pixmap, Transform};
use std::sync::Arc;
use usvg::{Options, Tree, fontdb::Database};

/// Widest or highest picture that is drawn of an SVG, in device px.
const DRAWN_SIZE_LIMIT: u32 = 8192;

/// What an SVG is drawn in.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct DrawnSize {
    /// The SVG viewport, CSS px.
    pub viewport: (f32, f32),
    /// Device px.
    pub device: (u32, u32),
}

/// A parsed SVG. Percentages and `preserveAspectRatio` depend on the viewport, so the tree is made
/// for each size that it is drawn in.
pub struct Vector {
    root: Option<SvgRoot>,
    /// For its natural size.
    tree: Tree,
    fonts: Arc<Database>,
    /// What the root element of an image has behind it.
    background: Option<Color>,
    /// Sizes from `width`, `height` and `viewBox`.
    pub natural: NaturalSize,
}

fn options(fonts: &Arc<Database>) -> Options<'static> {
    Options {
        fontdb: fonts.clone(),
        // An SVG used as an image loads nothing from outside.
        image_href_resolver: usvg::ImageHrefResolver {
            resolve_data: usvg::ImageHrefResolver::default_data_resolver(),
            resolve_string: Box::new(|_, _| None),
        },
        ..Options::default()
    }
}

impl Vector {
    /// Parses an SVG document that is an image. `fonts` are the installed fonts.
    pub fn parse(source: &[u8], fonts: &Arc<Database>) -> Result<Vector, String> {
        let mut vector = Vector::inline(source, fonts)?;
        vector.background = vector.root.as_ref().and_then(background);
        // Without a view box an image is scaled as a whole (SVG 2 section 8.2).
        let size = (vector.natural.width, vector.natural.height);
        let root = vector.root.as_mut().filter(|r| r.get("viewBox").is_none());
        if let (Some(root), (Some(w), Some(h))) = (root, size) {
            root.set("viewBox", format!("0 0 {w} {h}"));
        }
        Ok(vector)
    }

    /// Parses an SVG that is a part of the page.
    pub fn inline(source: &[u8], fonts: &Arc<Database>) -> Result<Vector, String> {
        let tree = Tree::from_data(source, &options(fonts)).map_err(|error| error.to_string())?;
        // Packed ones (SVGZ) are scaled as a whole.
        let root = std::str::from_utf8(source).ok().and_then(SvgRoot::find);
        let size = tree.size();
        let natural = match &root {
            Some(root) => natural_size(root, size.width(), size.height()),
            None => NaturalSize {
                width: Some(size.width()),
                height: Some(size.height()),
                ratio: Some(size.width() / size.height()),
            },
        };
        Ok(Vector {
            root,
            tree,
            fonts: fonts.clone(),
            background: None,
            natural,
        })
    }

    /// Draws it over the whole of a picture.
    pub fn draw(&self, size: DrawnSize) -> Option<Pixels> {
        let width = size.device.0.clamp(1, DRAWN_SIZE_LIMIT);
        let height = size.device.1.clamp(1, DRAWN_SIZE_LIMIT);
        let own = self.tree.size();
        let is_natural = (own.width(), own.height()) == size.viewport
            && (self.natural.width, self.natural.height) == (Some(own.width()), Some(own.height()));
        let resized = match &self.root {
            Some(root) if !is_natural => Some(self.resized(root, size.viewport)?),
            _ => None,
        };
        let tree = resized.as_ref().unwrap_or(&self.tree);
        let mut pixmap = Pixmap::new(width, height)?;
        if let Some(color) = self.background {
            pixmap.fill(color);
        }
        let drawn = tree.size();
        let scale =
            Transform::from_scale(width as f32 / drawn.width(), height as f32 / drawn.height());
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

/// The background of a root element, which is a CSS box (CSS Backgrounds 3 section 2.11). GAP: only a colour in its
/// `style`.
fn background(root: &SvgRoot) -> Option<Color> {
    let declarations = root.get("style")?.split(';');
    let found = declarations.filter_map(|declaration| declaration.split_once(':'));
    let value = found
        .filter(|(name, _)| matches!(name.trim(), "background" | "background-color"))
        .map(|(_, value)| value.trim())
        .next_back()?;
    let plain = |c: char| c.is_ascii_alphanumeric() || "#(),.% ".contains(c);
    if !value.chars().all(plain) || value.contains("url(") {
        return None;
    }
    // What reads the colour of a shape reads this one.
    let probe = format!(
        "<svg xmlns='http://www.w3.org/2000/svg' width='1' height='1'>\
         <rect width='1' height='1' fill='none' style='fill:{value}'/></svg>"
    );
    let tree = Tree::from_str(&probe, &Options::default()).ok()?;
    let usvg::Node::Path(shape) = tree.root().children().first()? else {
        return None;
    };
    let fill = shape.fill()?;
    let usvg::Paint::Color(color) = fill.paint() else {
        return None;
    };
    let alpha = (fill.opacity().get() * 255.0).round() as u8;
    Some(Color::from_rgba8(color.red, color.green, color.blue, alpha))
}

impl Vector {
    fn resized(&self, root: &SvgRoot, viewport: (f32, f32)) -> Option<Tree> {
        let mut root = root.clone();
        root.set("width", viewport.0.to_string());
        root.set("height", viewport.1.to_string());
        Tree::from_str(&root.text(), &options(&self.fonts)).ok()
    }
}

/// Natural sizes: `width` and `height` as far as the root element gives them in absolute units,
/// and the ratio (CSS Images section 5.1; SVG 2 section 8.12).
fn natural_size(root: &SvgRoot, width: f32, height: f32) -> NaturalSize {
    let given = |name: &str| root.get(name).is_some_and(|value| !value.ends_with('%'));
    let has_box = root.get("viewBox").is_some();
    let ratio = (height > 0.0).then(|| width / height);
    let own_ratio = root.get("viewBox").and_then(ratio_of_box);
    NaturalSize {
        width: given("width").then_some(width),
        height: given("height").then_some(height),
        ratio: match (given("width") && given("height"), has_box) {
            (true, _) => ratio,
            (false, true) => own_ratio,
            (false, false) => None,
        },
    }
}

fn ratio_of_box(view_box: &str) -> Option<f32> {
    let parts: Vec<f32> = view_box
        .split(|c: char| c.is_ascii_whitespace() || c == ',')
        .filter(|part| !part.is_empty())
        .map_while(|part| part.parse().ok())
        .collect();
    match parts[..] {
        [_, _, w, h] if w > 0.0 && h > 0.0 => Some(w / h),
        _ => None,
    }
}
