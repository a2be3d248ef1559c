//! From bytes to the document tree.
//!
//! Stage: stage 08, HTML standard section 13.
//! In: bytes of a document. Out: the tree.
//! Emits: `DomEvent`.
//! How it works: html5ever inside; the sink keeps lines and errors.
//! Not here: scripts (13).

mod tree;

pub use tree::{Children, Descendants, Document, Element, Node, NodeData, NodeId, Quirks};
