//! From bytes to the document tree.
//!
//! Stage: stage 08, HTML standard section 13.
//! In: bytes of a document. Out: the tree, and the resources that it names.
//! Emits: `DomEvent`, `ScriptEvent::Passed`, `TripEvent::LimitReached`.
//! How it works: html5ever inside (xml5ever for XML); the sink builds our own arena and keeps
//! lines and errors. A guard between tokenizer and tree builder keeps the tree from getting deep.
//! Not here: scripts (13), style (09).

mod depth;
pub mod encoding;
mod parse;
mod resources;
mod selectedcontent;
mod sink;
mod srcset;
mod tree;

pub use depth::{NODES_LIMIT, OPEN_ELEMENTS_LIMIT, STEPS_LIMIT};
/// The tokenizer, for the suites.
pub use html5ever;
pub use parse::{Options, Parsed, is_xml_type, parse, parse_fragment, parse_html, parse_xml};
pub use resources::{FoundSheet, Resources, image_source, scan};
pub use sink::{PARSE_ERRORS_KEPT, ParseError, Sink};
pub use tree::{Children, Descendants, Document, Element, Node, NodeData, NodeId, Quirks};
