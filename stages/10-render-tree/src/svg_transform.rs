//! CSS transforms of elements inside an SVG of the page, around the box that `transform-box`
//! names (CSS Transforms 1 section 5; SVG 2 section 8).

use crate::inline_svg::{Serialiser, StyleOf};
use std::sync::Arc;
use thru_cssom::{Carried, Style, matrix};
use thru_dom::{Document, NodeId};
use usvg::fontdb::Database;

/// A rectangle: x, y, width, height.
type Area = [f64; 4];

/// The matrix of an element, `[a, b, c, d, e, f]`; `None` if it has no transform.
pub(crate) fn matrix(
    document: &Document,
    style_of: StyleOf<'_>,
    node: NodeId,
    style: &Style,
) -> Option<[f64; 6]> {
    // Whether there is one at all does not depend on the box.
    matrix::of(style, 0.0, 0.0)?;
    let [x, y, width, height] = match Carried::TransformBox.of(style).as_deref() {
        Some("fill-box" | "content-box") => own_area(document, style_of, node, false),
        Some("stroke-box" | "border-box") => own_area(document, style_of, node, true),
        _ => view_area(document, style_of, node),
    };
    let origin = matrix::origin(style, width, height);
    let own = matrix::of(style, width, height)?;
    let whole = own.around(x + origin.0, y + origin.1, origin.2);
    // Inside an SVG there is no third dimension.
    whole.flattened().affine()
}

/// The nearest SVG viewport: the size of the view box at the origin, or the viewport's own size.
fn view_area(document: &Document, style_of: StyleOf<'_>, node: NodeId) -> Area {
    let mut at = document.node(node).parent;
    while let Some(around) = at {
        let element = document.element(around);
        if let Some(svg) = element.filter(|e| e.local() == "svg") {
            let numbers: Vec<f64> = svg
                .get("viewBox")
                .unwrap_or("")
                .split(|c: char| c.is_ascii_whitespace() || c == ',')
                .filter_map(|part| part.parse().ok())
                .collect();
            if let [_, _, width, height] = numbers[..] {
                return [0.0, 0.0, width, height];
            }
            return viewport(style_of(around));
        }
        at = document.node(around).parent;
    }
    [0.0; 4]
}

/// GAP: sizes of an `<svg>` that are not given in px are taken as 300 by 150.
fn viewport(style: Option<Style>) -> Area {
    let Some(style) = style else { return [0.0; 4] };
    let place = style.get_position();
    let px = |size: &thru_cssom::style::values::computed::Size, fallback: f64| match size {
        thru_cssom::style::values::computed::Size::LengthPercentage(length) => length
            .0
            .to_length()
            .map_or(fallback, |length| f64::from(length.px())),
        _ => fallback,
    };
    [0.0, 0.0, px(&place.width, 300.0), px(&place.height, 150.0)]
}

/// The bounding box of the element's shape, as usvg finds it.
pub(crate) fn own_area(
    document: &Document,
    style_of: StyleOf<'_>,
    node: NodeId,
    stroked: bool,
) -> Area {
    let [_, _, width, height] = view_area(document, style_of, node);
    let mut text = format!(
        "<svg xmlns=\"http://www.w3.org/2000/svg\" xmlns:xlink=\"http://www.w3.org/1999/xlink\" \
         width=\"{width}\" height=\"{height}\"><g>"
    );
    let serialiser = Serialiser {
        document,
        style: style_of,
        text: String::new(),
        shape_only: true,
    };
    text.push_str(&serialiser.inside(node));
    text.push_str("</g></svg>");
    let options = usvg::Options {
        fontdb: Arc::new(Database::new()),
        ..usvg::Options::default()
    };
    let Ok(tree) = usvg::Tree::from_str(&text, &options) else {
        return [0.0; 4];
    };
    let area = match stroked {
        true => tree.root().stroke_bounding_box(),
        false => tree.root().bounding_box(),
    };
    [area.x(), area.y(), area.width(), area.height()].map(f64::from)
}
