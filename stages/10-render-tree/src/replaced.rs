use crate::inline_svg::Serialiser;
use crate::{
    BoxId, BoxKind, Image, ImageId, Images, NaturalSize, Pixels, RenderTree, Replaced, Vector,
};
use std::collections::{BTreeMap, BTreeSet};
use std::rc::Rc;
use std::sync::Arc;
use thru_dom::{Document, Element, NodeId};
use url::Url;
use usvg::fontdb::Database;

/// Finds the image of every `<img>` and its like.
#[derive(Default)]
pub struct ImageSources {
    /// Absolute URL by element, as `thru_dom::scan` found them.
    pub by_node: BTreeMap<NodeId, Url>,
    /// Those that are still on their way: their boxes wait without a size of their own.
    pub coming: BTreeSet<Url>,
}

impl ImageSources {
    /// Whether the image of an element is on its way.
    fn is_coming(&self, node: NodeId) -> bool {
        let url = self.by_node.get(&node);
        url.is_some_and(|url| self.coming.contains(url))
    }
}

impl RenderTree {
    /// Gives the boxes that wait for an image what came, and says which changed. `None` if one
    /// did not come or is broken: what stands in for it has other boxes, and the tree has to be
    /// built again.
    pub fn images_came(&mut self, sources: &ImageSources) -> Option<Vec<BoxId>> {
        let mut changed = Vec::new();
        for id in self.ids() {
            let source = self.get(id);
            let waits = matches!(&source.kind, BoxKind::Replaced(replaced) if replaced.image.is_none())
                && sources.is_coming(source.node);
            if waits {
                let url = sources.by_node.get(&source.node)?;
                let image = self.images.by_url(url.as_str())?;
                let replaced = of_image(&self.images, image);
                self.get_mut(id).kind = BoxKind::Replaced(replaced);
                changed.push(id);
            }
        }
        Some(changed)
    }
}

impl RenderTree {
    /// Shows what was drawn of the document in a frame, which is so many CSS px wide and high. The box keeps its
    /// size.
    pub fn frame_came(&mut self, id: BoxId, pixels: Rc<Pixels>, (width, height): (f32, f32)) {
        let Some(images) = Rc::get_mut(&mut self.images) else {
            debug_assert!(false, "the tree alone has the images behind layout");
            return;
        };
        let image = images.insert("", Image::Raster(pixels));
        if let BoxKind::Replaced(replaced) = &mut self.get_mut(id).kind {
            replaced.image = Some(image);
            replaced.natural.width = Some(width);
            replaced.natural.height = Some(height);
        }
    }
}

/// Whether an element shows an image and whether the image is there.
pub(crate) enum Shown {
    /// Not a replaced element.
    No,
    /// Replaced.
    Yes(Replaced),
    /// An image that is missing: its alternative text stands in for it.
    Missing,
}

fn sized(width: f32, height: f32) -> Replaced {
    Replaced {
        image: None,
        natural: NaturalSize {
            width: Some(width),
            height: Some(height),
            ratio: (height > 0.0).then(|| width / height),
        },
    }
}

/// A box without an image whose sides have nothing to do with each other.
fn loose(width: f32, height: f32) -> Replaced {
    let mut replaced = sized(width, height);
    replaced.natural.ratio = None;
    replaced
}

fn of_image(images: &Images, id: ImageId) -> Replaced {
    Replaced {
        image: Some(id),
        natural: images.get(id).natural(),
    }
}

/// How an element is replaced (HTML section 15.4).
pub(crate) fn of(
    document: &Document,
    node: NodeId,
    element: &Element,
    sources: &ImageSources,
    images: &Images,
) -> Shown {
    let loaded = || {
        let url = sources.by_node.get(&node)?;
        let here = images.by_url(url.as_str()).map(|id| of_image(images, id));
        here.or_else(|| sources.is_coming(node).then(|| loose(0.0, 0.0)))
    };
    if &*element.name.ns == "http://www.w3.org/2000/svg" {
        // Inline SVGs are registered under a name of their own before boxes are built.
        let id = images.by_url(&inline_name(node));
        return match id {
            Some(id) if element.local() == "svg" => Shown::Yes(of_image(images, id)),
            _ if element.local() == "svg" => Shown::Yes(sized(0.0, 0.0)),
            _ => Shown::No,
        };
    }
    if &*element.name.ns != "http://www.w3.org/1999/xhtml" {
        return Shown::No;
    }
    match element.local() {
        "img" => match loaded() {
            Some(replaced) => Shown::Yes(replaced),
            None => Shown::Missing,
        },
        "input" if is_image_button(element) => loaded().map_or(Shown::Missing, Shown::Yes),
        "iframe" => Shown::Yes(loose(300.0, 150.0)),
        "video" => Shown::Yes(loaded().unwrap_or_else(|| sized(300.0, 150.0))),
        "audio" => Shown::Yes(loose(300.0, 54.0)),
        "embed" => Shown::Yes(loaded().unwrap_or_else(|| loose(300.0, 150.0))),
        "object" => loaded().map_or(Shown::No, Shown::Yes),
        "frame" => Shown::Yes(loose(300.0, 150.0)),
        // A `<canvas>` without scripts is its content (HTML section 4.12.5).
        _ => {
            let _ = document;
            Shown::No
        }
    }
}

pub(crate) fn is_image_button(element: &Element) -> bool {
    element
        .get("type")
        .is_some_and(|kind| kind.eq_ignore_ascii_case("image"))
}

fn inline_name(node: NodeId) -> String {
    format!("inline-svg:{}", node.0)
}

/// Parses every outer `<svg>` of the document, for [`crate::build`]. `style` gives an element's
/// computed values.
pub fn add_inline_svgs(
    document: &Document,
    style: impl Fn(NodeId) -> Option<thru_cssom::Style>,
    fonts: &Arc<Database>,
    images: &mut Images,
) {
    for node in document.descendants(NodeId::DOCUMENT) {
        let Some(element) = document.element(node) else {
            continue;
        };
        if element.local() != "svg" || &*element.name.ns != "http://www.w3.org/2000/svg" {
            continue;
        }
        let is_outer = document
            .node(node)
            .parent
            .and_then(|parent| document.element(parent))
            .is_none_or(|around| &*around.name.ns != "http://www.w3.org/2000/svg");
        if !is_outer || style(node).is_none_or(|style| style.get_box().display.is_none()) {
            continue;
        }
        let serialiser = Serialiser {
            document,
            style: &style,
            text: String::new(),
            shape_only: false,
        };
        let text = serialiser.serialise(node);
        if let Ok(vector) = Vector::inline(text.as_bytes(), fonts) {
            images.insert(&inline_name(node), Image::Vector(Box::new(vector)));
        }
    }
}
