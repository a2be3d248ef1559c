use crate::{Document, Element, NodeData, NodeId, Quirks};
use html5ever::interface::{ElementFlags, NodeOrText, QuirksMode, TreeSink};
use html5ever::tendril::StrTendril;
use html5ever::{Attribute, ExpandedName, LocalName, Namespace, QualName, local_name};
use std::{
    borrow::Cow,
    cell::{Cell, RefCell},
    rc::Rc,
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
    no_name: Rc<QualName>,
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
            no_name: Rc::new(QualName::new(
                None,
                Namespace::from(""),
                LocalName::from(""),
            )),
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

    fn unnamed(&self, id: NodeId) -> Handle {
        Handle {
            id,
            name: self.no_name.clone(),
        }
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

/// A node as the tree builder holds it: with its name beside it, as it asks for names at every
/// step up its stack.
#[derive(Clone, Debug)]
pub struct Handle {
    pub(crate) id: NodeId,
    name: Rc<QualName>,
}

impl TreeSink for Sink {
    type Handle = Handle;
    type Output = Sink;
    type ElemName<'a> = ExpandedName<'a>;

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

    fn get_document(&self) -> Handle {
        self.unnamed(NodeId::DOCUMENT)
    }

    fn elem_name<'a>(&'a self, target: &'a Handle) -> ExpandedName<'a> {
        target.name.expanded()
    }

    fn create_element(
        &self,
        name: QualName,
        attributes: Vec<Attribute>,
        flags: ElementFlags,
    ) -> Handle {
        let template_contents = flags.template.then(|| self.create(NodeData::Fragment));
        let shared = Rc::new(name.clone());
        let id = self.create(NodeData::Element(Element {
            name,
            attributes,
            template_contents,
            integration_point: flags.mathml_annotation_xml_integration_point,
        }));
        Handle { id, name: shared }
    }

    fn create_comment(&self, text: StrTendril) -> Handle {
        let id = self.create(NodeData::Comment(text.to_string()));
        self.unnamed(id)
    }

    fn create_pi(&self, target: StrTendril, data: StrTendril) -> Handle {
        let id = self.create(NodeData::ProcessingInstruction {
            target: target.to_string(),
            data: data.to_string(),
        });
        self.unnamed(id)
    }

    fn append(&self, parent: &Handle, child: NodeOrText<Handle>) {
        match child {
            NodeOrText::AppendNode(child) => {
                self.document.borrow_mut().append(parent.id, child.id);
                self.placed(parent.id, child.id);
            }
            NodeOrText::AppendText(text) => self.append_text(parent.id, None, &text),
        }
    }

    fn append_based_on_parent_node(
        &self,
        element: &Handle,
        previous: &Handle,
        child: NodeOrText<Handle>,
    ) {
        if self.document.borrow().node(element.id).parent.is_some() {
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

    fn pop(&self, node: &Handle) {
        // At the end of the file the tree builder pops without asking for the copy.
        if node.name.local == local_name!("option") {
            crate::selectedcontent::update(&mut self.document.borrow_mut(), node.id);
        }
        if let Some(parent) = self.document.borrow().node(node.id).parent {
            self.current.set(parent);
        }
    }

    fn get_template_contents(&self, target: &Handle) -> Handle {
        let document = self.document.borrow();
        let contents = document
            .element(target.id)
            .and_then(|element| element.template_contents);
        self.unnamed(contents.unwrap_or(target.id))
    }

    fn same_node(&self, x: &Handle, y: &Handle) -> bool {
        x.id == y.id
    }

    fn set_quirks_mode(&self, mode: QuirksMode) {
        self.document.borrow_mut().quirks = match mode {
            QuirksMode::Quirks => Quirks::Full,
            QuirksMode::LimitedQuirks => Quirks::Limited,
            QuirksMode::NoQuirks => Quirks::No,
        };
    }

    fn append_before_sibling(&self, sibling: &Handle, new: NodeOrText<Handle>) {
        let parent = self.document.borrow().node(sibling.id).parent;
        let Some(parent) = parent else { return };
        match new {
            NodeOrText::AppendNode(child) => {
                self.document
                    .borrow_mut()
                    .insert_before(sibling.id, child.id);
                self.placed(parent, child.id);
            }
            NodeOrText::AppendText(text) => self.append_text(parent, Some(sibling.id), &text),
        }
    }

    fn add_attrs_if_missing(&self, target: &Handle, attributes: Vec<Attribute>) {
        let mut document = self.document.borrow_mut();
        let NodeData::Element(element) = &mut document.node_mut(target.id).data else {
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

    fn remove_from_parent(&self, target: &Handle) {
        self.document.borrow_mut().detach(target.id);
    }

    fn reparent_children(&self, node: &Handle, new_parent: &Handle) {
        loop {
            let child = self.document.borrow().node(node.id).first_child;
            let Some(child) = child else { return };
            self.document.borrow_mut().append(new_parent.id, child);
        }
    }

    fn is_mathml_annotation_xml_integration_point(&self, handle: &Handle) -> bool {
        self.document
            .borrow()
            .element(handle.id)
            .is_some_and(|element| element.integration_point)
    }

    fn set_current_line(&self, line: u64) {
        self.line.set(line as u32);
    }

    fn maybe_clone_an_option_into_selectedcontent(&self, option: &Handle) {
        crate::selectedcontent::update(&mut self.document.borrow_mut(), option.id);
    }
}
