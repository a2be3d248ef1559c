use html5ever::{Attribute, LocalName, Namespace, QualName, local_name, ns};
use std::fmt;

/// Number of a node in its [`Document`].
#[derive(Clone, Copy, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub struct NodeId(pub u32);

impl NodeId {
    /// The document node itself.
    pub const DOCUMENT: NodeId = NodeId(0);

    /// As an index.
    pub fn index(self) -> usize {
        self.0 as usize
    }
}

impl fmt::Debug for NodeId {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "#{}", self.0)
    }
}

/// How much of old browsers' behaviour the document asks for (HTML section 13.2.6.4.1).
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Quirks {
    /// None.
    No,
    /// Only table cell line heights.
    Limited,
    /// All.
    Full,
}

impl Quirks {
    /// The name used in events.
    pub fn name(self) -> &'static str {
        match self {
            Quirks::No => "no-quirks",
            Quirks::Limited => "limited-quirks",
            Quirks::Full => "quirks",
        }
    }
}

/// An element's own part of a node.
#[derive(Clone, Debug)]
pub struct Element {
    /// Namespace and local name.
    pub name: QualName,
    /// Attributes in source order.
    pub attributes: Vec<Attribute>,
    /// The fragment that holds a `<template>`'s contents.
    pub template_contents: Option<NodeId>,
    /// `annotation-xml` with an HTML encoding (an HTML integration point).
    pub integration_point: bool,
}

impl Element {
    /// Value of an attribute in no namespace.
    pub fn attribute(&self, name: &LocalName) -> Option<&str> {
        self.attributes
            .iter()
            .find(|attribute| attribute.name.ns == ns!() && attribute.name.local == *name)
            .map(|attribute| &*attribute.value)
    }

    /// Value of an attribute in no namespace, by its name as text.
    pub fn get(&self, name: &str) -> Option<&str> {
        self.attributes
            .iter()
            .find(|attribute| attribute.name.ns == ns!() && &*attribute.name.local == name)
            .map(|attribute| &*attribute.value)
    }

    /// Whether there is an attribute of that name in no namespace.
    pub fn has(&self, name: &str) -> bool {
        self.get(name).is_some()
    }

    /// Whether this is an HTML element of that local name.
    pub fn is_html(&self, local: &str) -> bool {
        self.name.ns == ns!(html) && &*self.name.local == local
    }

    /// Local name, as text.
    pub fn local(&self) -> &str {
        &self.name.local
    }

    /// Namespace.
    pub fn namespace(&self) -> &Namespace {
        &self.name.ns
    }
}

/// What a node is.
#[derive(Clone, Debug)]
pub enum NodeData {
    /// The document.
    Document,
    /// A fragment: contents of a template.
    Fragment,
    /// `<!DOCTYPE ...>`.
    Doctype {
        /// Name.
        name: String,
        /// Public identifier.
        public_id: String,
        /// System identifier.
        system_id: String,
    },
    /// Characters.
    Text(String),
    /// A comment.
    Comment(String),
    /// `<?target data?>` of an XML document.
    ProcessingInstruction {
        /// Target.
        target: String,
        /// Data.
        data: String,
    },
    /// An element.
    Element(Element),
}

/// A node and its neighbours.
#[derive(Clone, Debug)]
pub struct Node {
    /// What it is.
    pub data: NodeData,
    /// Parent.
    pub parent: Option<NodeId>,
    /// First child.
    pub first_child: Option<NodeId>,
    /// Last child.
    pub last_child: Option<NodeId>,
    /// Sibling before.
    pub previous: Option<NodeId>,
    /// Sibling after.
    pub next: Option<NodeId>,
    /// Source line, from 1.
    pub line: u32,
}

/// The document tree, in one arena.
#[derive(Clone, Debug)]
pub struct Document {
    pub(crate) nodes: Vec<Node>,
    /// Quirks mode.
    pub quirks: Quirks,
    /// An HTML document, not XML.
    pub is_html: bool,
    /// Name of the character encoding.
    pub encoding: &'static str,
    /// What decided it, as `HTTP` or `default`.
    pub encoded_by: &'static str,
    /// Parse errors, counted.
    pub errors: u32,
}

impl Document {
    /// An empty document.
    pub fn new(is_html: bool) -> Document {
        let mut document = Document {
            nodes: Vec::new(),
            quirks: Quirks::No,
            is_html,
            encoding: "UTF-8",
            encoded_by: "default",
            errors: 0,
        };
        document.create(NodeData::Document, 1);
        document
    }

    /// Adds a node that is nowhere in the tree yet.
    pub fn create(&mut self, data: NodeData, line: u32) -> NodeId {
        let id = NodeId(self.nodes.len() as u32);
        self.nodes.push(Node {
            data,
            parent: None,
            first_child: None,
            last_child: None,
            previous: None,
            next: None,
            line,
        });
        id
    }

    /// A node.
    pub fn node(&self, id: NodeId) -> &Node {
        &self.nodes[id.index()]
    }

    /// A node, to change.
    pub fn node_mut(&mut self, id: NodeId) -> &mut Node {
        &mut self.nodes[id.index()]
    }

    /// Sets an attribute in no namespace of an element.
    pub fn set_attribute(&mut self, id: NodeId, name: &str, value: &str) {
        let NodeData::Element(element) = &mut self.nodes[id.index()].data else {
            return;
        };
        let name = QualName::new(None, ns!(), LocalName::from(name));
        element.attributes.retain(|known| known.name != name);
        element.attributes.push(Attribute {
            name,
            value: value.into(),
        });
    }

    /// Number of nodes ever made; ids are below it.
    pub fn len(&self) -> usize {
        self.nodes.len()
    }

    /// Whether there is nothing but the document node.
    pub fn is_empty(&self) -> bool {
        self.nodes.len() == 1
    }

    /// The element's part, if the node is one.
    pub fn element(&self, id: NodeId) -> Option<&Element> {
        match &self.node(id).data {
            NodeData::Element(element) => Some(element),
            _ => None,
        }
    }

    /// The characters, if the node is text.
    pub fn text(&self, id: NodeId) -> Option<&str> {
        match &self.node(id).data {
            NodeData::Text(text) => Some(text),
            _ => None,
        }
    }

    /// Children in order.
    pub fn children(&self, id: NodeId) -> Children<'_> {
        Children {
            document: self,
            next: self.node(id).first_child,
        }
    }

    /// The root element.
    pub fn root_element(&self) -> Option<NodeId> {
        self.children(NodeId::DOCUMENT)
            .find(|child| self.element(*child).is_some())
    }

    /// The body element (HTML section 3.1.3): the first `body` or `frameset` of the root.
    pub fn body(&self) -> Option<NodeId> {
        let root = self.root_element()?;
        self.children(root).find(|child| {
            self.element(*child)
                .is_some_and(|element| element.is_html("body") || element.is_html("frameset"))
        })
    }

    /// Every node below `root` in tree order, `root` itself first; template contents left out.
    pub fn descendants(&self, root: NodeId) -> Descendants<'_> {
        Descendants {
            document: self,
            root,
            next: Some(root),
        }
    }

    /// The text of all descendants, joined.
    pub fn text_content(&self, id: NodeId) -> String {
        self.descendants(id)
            .filter_map(|node| self.text(node))
            .collect()
    }

    /// The title (HTML section 3.2.2), white space collapsed.
    pub fn title(&self) -> Option<String> {
        let title = self.descendants(NodeId::DOCUMENT).find(|node| {
            self.element(*node).is_some_and(|element| {
                element.name.local == local_name!("title") && element.name.ns == ns!(html)
            })
        })?;
        let words: Vec<String> = self
            .text_content(title)
            .split_ascii_whitespace()
            .map(str::to_owned)
            .collect();
        Some(words.join(" "))
    }

    /// Takes a node out of its place.
    pub fn detach(&mut self, id: NodeId) {
        let (parent, previous, next) = {
            let node = self.node_mut(id);
            (node.parent.take(), node.previous.take(), node.next.take())
        };
        match previous {
            Some(previous) => self.node_mut(previous).next = next,
            None => {
                if let Some(parent) = parent {
                    self.node_mut(parent).first_child = next;
                }
            }
        }
        match next {
            Some(next) => self.node_mut(next).previous = previous,
            None => {
                if let Some(parent) = parent {
                    self.node_mut(parent).last_child = previous;
                }
            }
        }
    }

    /// Puts a node last under `parent`.
    pub fn append(&mut self, parent: NodeId, child: NodeId) {
        self.detach(child);
        let last = self.node(parent).last_child;
        let node = self.node_mut(child);
        node.parent = Some(parent);
        node.previous = last;
        match last {
            Some(last) => self.node_mut(last).next = Some(child),
            None => self.node_mut(parent).first_child = Some(child),
        }
        self.node_mut(parent).last_child = Some(child);
    }

    /// Puts a node before `sibling`.
    pub fn insert_before(&mut self, sibling: NodeId, child: NodeId) {
        self.detach(child);
        let Some(parent) = self.node(sibling).parent else {
            return;
        };
        let previous = self.node(sibling).previous;
        let node = self.node_mut(child);
        node.parent = Some(parent);
        node.previous = previous;
        node.next = Some(sibling);
        self.node_mut(sibling).previous = Some(child);
        match previous {
            Some(previous) => self.node_mut(previous).next = Some(child),
            None => self.node_mut(parent).first_child = Some(child),
        }
    }
}

/// Children of a node, in order.
pub struct Children<'a> {
    document: &'a Document,
    next: Option<NodeId>,
}

impl Iterator for Children<'_> {
    type Item = NodeId;

    fn next(&mut self) -> Option<NodeId> {
        let id = self.next?;
        self.next = self.document.node(id).next;
        Some(id)
    }
}

/// A subtree in tree order.
pub struct Descendants<'a> {
    document: &'a Document,
    root: NodeId,
    next: Option<NodeId>,
}

impl Iterator for Descendants<'_> {
    type Item = NodeId;

    fn next(&mut self) -> Option<NodeId> {
        let id = self.next?;
        let node = self.document.node(id);
        self.next = node.first_child;
        let mut at = id;
        while self.next.is_none() && at != self.root {
            let node = self.document.node(at);
            self.next = node.next;
            match node.parent {
                Some(parent) => at = parent,
                None => break,
            }
        }
        Some(id)
    }
}
