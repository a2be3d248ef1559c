use crate::svg_style::{Purpose, is_from_style, write};
use crate::svg_transform;
use std::fmt::Write;
use thru_cssom::Style;
use thru_dom::{Document, Element, NodeData, NodeId};

/// Gives an element's computed values.
pub(crate) type StyleOf<'a> = &'a dyn Fn(NodeId) -> Option<Style>;

/// Writes `<svg>` elements of the document as SVG documents of their own, for usvg: the computed
/// values of the page's cascade become presentation attributes.
pub(crate) struct Serialiser<'a> {
    pub document: &'a Document,
    pub style: StyleOf<'a>,
    pub text: String,
    /// Only for the shape: every fill is there, and the outermost element is not transformed.
    pub shape_only: bool,
}

/// Elements that cannot be drawn, or have been read already.
fn is_left_out(element: &Element) -> bool {
    matches!(element.local(), "foreignObject" | "script" | "style")
}

const NAMESPACES: &str =
    " xmlns=\"http://www.w3.org/2000/svg\" xmlns:xlink=\"http://www.w3.org/1999/xlink\"";

impl Serialiser<'_> {
    /// The text of one `<svg>`.
    pub fn serialise(mut self, root: NodeId) -> String {
        self.node(root, Some(root));
        self.text
    }

    /// The text of one element that is not an outer `<svg>`, without its own transform.
    pub fn inside(mut self, node: NodeId) -> String {
        self.node(node, Some(node));
        self.text
    }

    /// Depth is bounded by `thru_dom::OPEN_ELEMENTS_LIMIT`.
    pub fn node(&mut self, node: NodeId, root: Option<NodeId>) {
        let document = self.document;
        match &document.node(node).data {
            NodeData::Text(characters) => escape(characters, &mut self.text),
            NodeData::Element(element) if !is_left_out(element) => {
                let style = (self.style)(node).filter(|_| root != Some(node));
                if let Some(style) = style
                    && self.tiled(node, element, &style)
                {
                    return;
                }
                self.start_tag(node, element, root, false);
                for child in document.children(node) {
                    self.node(child, root);
                }
                let _ = write!(self.text, "</{}>", element.local());
            }
            _ => {}
        }
    }

    /// A shape filled with a pattern, as a group of its tiles and its stroke.
    fn tiled(&mut self, node: NodeId, element: &Element, style: &Style) -> bool {
        let before = self.text.len();
        self.text.push_str("<g");
        self.transform(node, element, style);
        let _ = write!(
            self.text,
            " opacity=\"{}\">",
            style.get_effects().opacity.clamp(0.0, 1.0)
        );
        if style.get_box().display.is_none() || !self.pattern_fill(node, element, style) {
            self.text.truncate(before);
            return false;
        }
        self.start_tag(node, element, None, true);
        let _ = write!(self.text, "</{}></g>", element.local());
        true
    }

    /// `bare` leaves fill, opacity and transform to a group around.
    fn start_tag(&mut self, node: NodeId, element: &Element, root: Option<NodeId>, bare: bool) {
        let is_root = root == Some(node);
        let _ = write!(self.text, "<{}", element.local());
        if is_root && element.local() == "svg" {
            self.text.push_str(NAMESPACES);
        }
        let style = (self.style)(node);
        self.attributes(element, style.is_some(), is_root);
        let Some(style) = style else { return };
        let purpose = Purpose {
            is_root: is_root && !self.shape_only,
            shape_only: self.shape_only,
            bare,
        };
        write(&style, element.local(), purpose, &mut self.text);
        if !is_root && !bare {
            self.transform(node, element, &style);
        }
        self.text.push('>');
    }

    fn transform(&mut self, node: NodeId, element: &Element, style: &Style) {
        let Some(m) = svg_transform::matrix(self.document, self.style, node, style) else {
            return;
        };
        let name = match element.local() {
            "linearGradient" | "radialGradient" => "gradientTransform",
            "pattern" => "patternTransform",
            _ => "transform",
        };
        let [a, b, c, d, e, f] = m;
        let _ = write!(self.text, " {name}=\"matrix({a} {b} {c} {d} {e} {f})\"");
    }

    fn attributes(&mut self, element: &Element, is_styled: bool, is_root: bool) {
        for attribute in &element.attributes {
            let local = &*attribute.name.local;
            let is_ours = matches!(local, "xmlns" | "xmlns:xlink") || local.contains(['"', '<']);
            if is_ours || (local == "xlink" && attribute.name.prefix.is_some()) {
                continue;
            }
            if is_styled && attribute.name.ns.is_empty() && is_from_style(local) {
                continue;
            }
            let is_sized = match element.local() {
                "svg" => !is_root,
                local => matches!(local, "rect" | "image"),
            };
            if is_styled && is_sized && matches!(local, "width" | "height") {
                continue;
            }
            let prefix = match &*attribute.name.ns {
                "http://www.w3.org/1999/xlink" => "xlink:",
                "http://www.w3.org/XML/1998/namespace" => "xml:",
                _ => "",
            };
            if local.contains(':') && prefix.is_empty() {
                continue;
            }
            let _ = write!(self.text, " {prefix}{local}=\"");
            escape(&attribute.value, &mut self.text);
            self.text.push('"');
        }
        if !is_styled {
            self.text.push('>');
        }
    }
}

/// Writes characters with references where XML wants them; what XML cannot hold is dropped.
pub(crate) fn escape(characters: &str, text: &mut String) {
    for c in characters.chars() {
        match c {
            '&' => text.push_str("&amp;"),
            '<' => text.push_str("&lt;"),
            '>' => text.push_str("&gt;"),
            '"' => text.push_str("&quot;"),
            '\u{0}'..='\u{8}' | '\u{b}' | '\u{c}' | '\u{e}'..='\u{1f}' => {}
            _ => text.push(c),
        }
    }
}
