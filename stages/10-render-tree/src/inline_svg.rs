use std::fmt::Write;
use thru_dom::{Document, NodeData, NodeId};

/// Writes an `<svg>` element of the document as an SVG document of its own, for usvg.
/// GAP: of the page's own style sheets only the colour (`currentColor`) reaches the inside.
pub(crate) fn serialise(document: &Document, root: NodeId, colour: &str) -> String {
    let mut text = String::new();
    write_node(document, root, Some(colour), &mut text);
    text
}

fn write_node(document: &Document, node: NodeId, colour: Option<&str>, text: &mut String) {
    match &document.node(node).data {
        NodeData::Text(characters) => escape(characters, text),
        NodeData::Element(element) => {
            if element.local() == "foreignObject" || element.local() == "script" {
                return;
            }
            let _ = write!(text, "<{}", element.local());
            if let Some(colour) = colour {
                text.push_str(
                    " xmlns=\"http://www.w3.org/2000/svg\" \
                     xmlns:xlink=\"http://www.w3.org/1999/xlink\"",
                );
                if !element.has("color") {
                    let _ = write!(text, " color=\"{colour}\"");
                }
            }
            for attribute in &element.attributes {
                let local = &*attribute.name.local;
                let is_ours =
                    matches!(local, "xmlns" | "xmlns:xlink") || local.contains(['"', '<']);
                if is_ours || (local == "xlink" && attribute.name.prefix.is_some()) {
                    continue;
                }
                let is_xlink = &*attribute.name.ns == "http://www.w3.org/1999/xlink";
                let is_xml = &*attribute.name.ns == "http://www.w3.org/XML/1998/namespace";
                let prefix = if is_xlink {
                    "xlink:"
                } else if is_xml {
                    "xml:"
                } else {
                    ""
                };
                if local.contains(':') && prefix.is_empty() {
                    continue;
                }
                let _ = write!(text, " {prefix}{local}=\"");
                escape(&attribute.value, text);
                text.push('"');
            }
            text.push('>');
            for child in document.children(node) {
                write_node(document, child, None, text);
            }
            let _ = write!(text, "</{}>", element.local());
        }
        _ => {}
    }
}

fn escape(characters: &str, text: &mut String) {
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
