use crate::{Document, Element, NodeData, NodeId, Quirks};
use html5ever::interface::{ElemName, ElementFlags, NodeOrText, QuirksMode, TreeSink};
use html5ever::tendril::StrTendril;
use html5ever::{Attribute, LocalName, Namespace, QualName};
use std::{
    borrow::Cow,
    cell::{Cell, RefCell},
};

/// How many parse errors are kept with their lines; all are counted.
pub const PARSE_ERRORS_KEPT: usize = 100;

/// A parse error and its line.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct ParseError {
    /// Source line, from 1.
    pub line: u32,
    /// What html5ever says.
    pub what: String,
}

/// Builds a [`Document`] at the tree builder's orders.
pub struct Sink {
    pub(crate) document: RefCell<Document>,
    pub(crate) errors: RefCell<Vec<ParseError>>,
    keep_errors: bool,
    line: Cell<u32>,
    current: Cell<NodeId>,
    depths: RefCell<Vec<u32>>,
}

impl Sink {
    /// A sink for a new document; `keep_errors` keeps the text of parse errors.
    pub fn new(is_html: bool, keep_errors: bool) -> Sink {
        Sink {
            document: RefCell::new(Document::new(is_html)),
            errors: RefCell::default(),
            keep_errors,
            line: Cell::new(1),
            current: Cell::new(NodeId::DOCUMENT),
            depths: RefCell::new(vec![0]),
        }
    }

    /// How deep the element is that was opened last and is still open, and its name.
    pub fn innermost(&self) -> (u32, Option<LocalName>) {
        let current = self.current.get();
        let name = self
            .document
            .borrow()
            .element(current)
            .map(|element| element.name.local.clone());
        (self.depth(current), name)
    }

    /// Number of nodes made so far.
    pub fn nodes(&self) -> usize {
        self.document.borrow().len()
    }

    fn depth(&self, node: NodeId) -> u32 {
        self.depths.borrow().get(node.index()).copied().unwrap_or(0)
    }

    fn create(&self, data: NodeData) -> NodeId {
        self.document.borrow_mut().create(data, self.line.get())
    }

    fn placed(&self, parent: NodeId, child: NodeId) {
        let depth = self.depth(parent) + 1;
        let mut depths = self.depths.borrow_mut();
        if depths.len() <= child.index() {
            depths.resize(child.index() + 1, 0);
        }
        depths[child.index()] = depth;
        if self.document.borrow().element(child).is_some() {
            self.current.set(child);
        }
    }

    fn append_text(&self, parent: NodeId, before: Option<NodeId>, text: &str) {
        let mut document = self.document.borrow_mut();
        let neighbour = match before {
            Some(before) => document.node(before).previous,
            None => document.node(parent).last_child,
        };
        if let Some(neighbour) = neighbour
            && let NodeData::Text(existing) = &mut document.node_mut(neighbour).data
        {
            existing.push_str(text);
            return;
        }
        let node = document.create(NodeData::Text(text.to_owned()), self.line.get());
        match before {
            Some(before) => document.insert_before(before, node),
            None => document.append(parent, node),
        }
    }
}

/// A name that the tree builder asks for.
#[derive(Debug)]
pub struct Name {
    namespace: Namespace,
    local: LocalName,
}

impl ElemName for Name {
    fn ns(&self) -> &Namespace {
        &self.namespace
    }

    fn local_name(&self) -> &LocalName {
        &self.local
    }
}

impl TreeSink for Sink {
    type Handle = NodeId;
    type Output = Sink;
    type ElemName<'a> = Name;

    fn finish(self) -> Sink {
        self
    }

    fn parse_error(&self, what: Cow<'static, str>) {
        self.document.borrow_mut().errors += 1;
        if self.keep_errors && self.errors.borrow().len() < PARSE_ERRORS_KEPT {
            self.errors.borrow_mut().push(ParseError {
                line: self.line.get(),
                what: what.into_owned(),
            });
        }
    }

    fn get_document(&self) -> NodeId {
        NodeId::DOCUMENT
    }

    fn elem_name<'a>(&'a self, target: &'a NodeId) -> Name {
        let document = self.document.borrow();
        match document.element(*target) {
            Some(element) => Name {
                namespace: element.name.ns.clone(),
                local: element.name.local.clone(),
            },
            None => Name {
                namespace: Namespace::from(""),
                local: LocalName::from(""),
            },
        }
    }

    fn create_element(
        &self,
        name: QualName,
        attributes: Vec<Attribute>,
        flags: ElementFlags,
    ) -> NodeId {
        let template_contents = flags.template.then(|| self.create(NodeData::Fragment));
        self.create(NodeData::Element(Element {
            name,
            attributes,
            template_contents,
            integration_point: flags.mathml_annotation_xml_integration_point,
        }))
    }

    fn create_comment(&self, text: StrTendril) -> NodeId {
        self.create(NodeData::Comment(text.to_string()))
    }

    fn create_pi(&self, target: StrTendril, data: StrTendril) -> NodeId {
        self.create(NodeData::ProcessingInstruction {
            target: target.to_string(),
            data: data.to_string(),
        })
    }

    fn append(&self, parent: &NodeId, child: NodeOrText<NodeId>) {
        match child {
            NodeOrText::AppendNode(child) => {
                self.document.borrow_mut().append(*parent, child);
                self.placed(*parent, child);
            }
            NodeOrText::AppendText(text) => self.append_text(*parent, None, &text),
        }
    }

    fn append_based_on_parent_node(
        &self,
        element: &NodeId,
        previous: &NodeId,
        child: NodeOrText<NodeId>,
    ) {
        if self.document.borrow().node(*element).parent.is_some() {
            self.append_before_sibling(element, child);
        } else {
            self.append(previous, child);
        }
    }

    fn append_doctype_to_document(&self, name: StrTendril, public: StrTendril, system: StrTendril) {
        let doctype = self.create(NodeData::Doctype {
            name: name.to_string(),
            public_id: public.to_string(),
            system_id: system.to_string(),
        });
        self.document.borrow_mut().append(NodeId::DOCUMENT, doctype);
    }

    fn pop(&self, node: &NodeId) {
        if let Some(parent) = self.document.borrow().node(*node).parent {
            self.current.set(parent);
        }
    }

    fn get_template_contents(&self, target: &NodeId) -> NodeId {
        self.document
            .borrow()
            .element(*target)
            .and_then(|element| element.template_contents)
            .unwrap_or(*target)
    }

    fn same_node(&self, x: &NodeId, y: &NodeId) -> bool {
        x == y
    }

    fn set_quirks_mode(&self, mode: QuirksMode) {
        self.document.borrow_mut().quirks = match mode {
            QuirksMode::Quirks => Quirks::Full,
            QuirksMode::LimitedQuirks => Quirks::Limited,
            QuirksMode::NoQuirks => Quirks::No,
        };
    }

    fn append_before_sibling(&self, sibling: &NodeId, new: NodeOrText<NodeId>) {
        let parent = self.document.borrow().node(*sibling).parent;
        let Some(parent) = parent else { return };
        match new {
            NodeOrText::AppendNode(child) => {
                self.document.borrow_mut().insert_before(*sibling, child);
                self.placed(parent, child);
            }
            NodeOrText::AppendText(text) => self.append_text(parent, Some(*sibling), &text),
        }
    }

    fn add_attrs_if_missing(&self, target: &NodeId, attributes: Vec<Attribute>) {
        let mut document = self.document.borrow_mut();
        let NodeData::Element(element) = &mut document.node_mut(*target).data else {
            return;
        };
        for attribute in attributes {
            if !element
                .attributes
                .iter()
                .any(|known| known.name == attribute.name)
            {
                element.attributes.push(attribute);
            }
        }
    }

    fn remove_from_parent(&self, target: &NodeId) {
        self.document.borrow_mut().detach(*target);
    }

    fn reparent_children(&self, node: &NodeId, new_parent: &NodeId) {
        loop {
            let child = self.document.borrow().node(*node).first_child;
            let Some(child) = child else { return };
            self.document.borrow_mut().append(*new_parent, child);
        }
    }

    fn is_mathml_annotation_xml_integration_point(&self, handle: &NodeId) -> bool {
        self.document
            .borrow()
            .element(*handle)
            .is_some_and(|element| element.integration_point)
    }

    fn set_current_line(&self, line: u64) {
        self.line.set(line as u32);
    }

    fn maybe_clone_an_option_into_selectedcontent(&self, option: &NodeId) {
        crate::selectedcontent::update(&mut self.document.borrow_mut(), *option);
    }
}
