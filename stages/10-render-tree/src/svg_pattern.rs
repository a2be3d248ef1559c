//! Patterns inside an SVG of the page, laid out tile by tile (SVG 2 section 14.3): as many copies
//! as the shape needs, cut at its outline. Drawn that way their edges are as sharp as the shape's.

use crate::inline_svg::Serialiser;
use crate::svg_transform;
use std::fmt::Write;
use style_traits::ToCss;
use thru_cssom::Style;
use thru_cssom::style::computed_values::mix_blend_mode::T as Blend;
use thru_cssom::style::values::generics::basic_shape::GenericClipPath;
use thru_cssom::style::values::generics::svg::SVGPaintKind;
use thru_dom::{Document, Element, NodeId};

/// The most tiles of one shape; with more usvg draws the pattern as a picture.
const TILES_LIMIT: usize = 1024;

/// A pattern whose tiles are given in the shape's own coordinates.
struct Pattern {
    node: NodeId,
    tile: [f64; 4],
    /// Tiles across and down, as first and past-the-last numbers.
    across: (i64, i64),
    down: (i64, i64),
}

impl Serialiser<'_> {
    /// Writes the tiles of a shape that is filled with a pattern; `true` if it did, and the
    /// shape's own fill is to be left out.
    pub(crate) fn pattern_fill(&mut self, node: NodeId, element: &Element, style: &Style) -> bool {
        let is_shape = matches!(
            element.local(),
            "rect" | "circle" | "ellipse" | "path" | "polygon" | "polyline"
        );
        let effects = style.get_effects();
        let has_effects = !effects.filter.0.is_empty()
            || effects.mix_blend_mode != Blend::Normal
            || !matches!(style.get_svg().clip_path, GenericClipPath::None)
            || element.has("mask");
        if self.shape_only || !is_shape || has_effects {
            return false;
        }
        let SVGPaintKind::PaintServer(url) = &style.get_inherited_svg().fill.kind else {
            return false;
        };
        let Some(pattern) = self.pattern(node, &url.to_css_string()) else {
            return false;
        };
        let name = format!("thru-tiles-{}", node.0);
        let shape = Serialiser {
            document: self.document,
            style: self.style,
            text: String::new(),
            shape_only: true,
        }
        .inside(node);
        let _ = write!(self.text, "<clipPath id=\"{name}\">{shape}</clipPath>");
        let _ = write!(self.text, "<g clip-path=\"url(#{name})\">");
        let [x, y, w, h] = pattern.tile;
        for row in pattern.down.0..pattern.down.1 {
            for column in pattern.across.0..pattern.across.1 {
                let (left, top) = (x + column as f64 * w, y + row as f64 * h);
                let _ = write!(
                    self.text,
                    "<svg x=\"{left}\" y=\"{top}\" width=\"{w}\" height=\"{h}\" \
                     viewBox=\"{x} {y} {w} {h}\" preserveAspectRatio=\"none\">"
                );
                for child in self.document.children(pattern.node) {
                    self.node(child, None);
                }
                self.text.push_str("</svg>");
            }
        }
        self.text.push_str("</g>");
        true
    }

    fn pattern(&self, shape: NodeId, url: &str) -> Option<Pattern> {
        let id = url.rsplit_once('#')?.1.trim_end_matches([')', '"']);
        let node = by_id(self.document, id)?;
        let element = self.document.element(node)?;
        let is_plain = element.local() == "pattern"
            && element.get("patternUnits") == Some("userSpaceOnUse")
            && !element.has("viewBox")
            && element.get("patternContentUnits") != Some("objectBoundingBox")
            && !element.attributes.iter().any(|a| &*a.name.local == "href")
            && (self.style)(node).is_none_or(|s| thru_cssom::matrix::of(&s, 0.0, 0.0).is_none());
        if !is_plain || holds(self.document, node, shape) {
            return None;
        }
        let number = |name: &str| element.get(name).unwrap_or("0").trim().parse::<f64>().ok();
        let tile = [
            number("x")?,
            number("y")?,
            number("width")?,
            number("height")?,
        ];
        if !(tile[2] > 0.0 && tile[3] > 0.0) {
            return None;
        }
        let [x, y, w, h] = svg_transform::own_area(self.document, self.style, shape, false);
        let range = |from: f64, size: f64, start: f64, step: f64| {
            let first = ((from - start) / step).floor();
            (first as i64, ((from + size - start) / step).ceil() as i64)
        };
        let across = range(x, w, tile[0], tile[2]);
        let down = range(y, h, tile[1], tile[3]);
        let count = (across.1 - across.0).saturating_mul(down.1 - down.0);
        (0..=TILES_LIMIT as i64)
            .contains(&count)
            .then_some(Pattern {
                node,
                tile,
                across,
                down,
            })
    }
}

fn by_id(document: &Document, id: &str) -> Option<NodeId> {
    document.descendants(NodeId::DOCUMENT).find(|node| {
        document
            .element(*node)
            .is_some_and(|e| e.get("id") == Some(id))
    })
}

/// Whether `outer` is around `inner`, or the pattern paints with a pattern itself: both could go
/// on for ever.
fn holds(document: &Document, outer: NodeId, inner: NodeId) -> bool {
    document.descendants(outer).any(|node| {
        node == inner
            || document.element(node).is_some_and(|e| {
                e.attributes
                    .iter()
                    .any(|a| matches!(&*a.name.local, "fill" | "style") && a.value.contains("url("))
            })
    })
}
