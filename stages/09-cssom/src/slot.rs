use crate::container_query::Marks;
use crate::{container_rules, hints, state};
use html5ever::{local_name, ns};
use selectors::matching::ElementSelectorFlags;
use std::{
    cell::{Cell, UnsafeCell},
    collections::BTreeMap,
};
use style::Atom;
use style::context::QuirksMode;
use style::data::ElementDataWrapper;
use style::properties::{
    Importance, PropertyDeclaration, PropertyDeclarationBlock, parse_style_attribute,
};
use style::servo_arc::Arc;
use style::shared_lock::{Locked, SharedRwLock};
use style::stylesheets::{CssRuleType, UrlExtraData};
use style::values::AtomIdent;
use style::values::specified::font::XLang;
use thru_dom::{Document, Element, NodeId};

/// A shared block of declarations.
pub(crate) type Block = Arc<Locked<PropertyDeclarationBlock>>;

/// What stylo keeps per node. Text nodes have an empty one.
pub(crate) struct Slot {
    pub node: NodeId,
    /// The `StyleTree` that it is in; see `StyleTree::settle`.
    pub tree: Cell<*const ()>,
    pub data: UnsafeCell<Option<ElementDataWrapper>>,
    pub style_attribute: Option<Block>,
    pub hints: Option<Block>,
    pub id: Option<Atom>,
    pub classes: Vec<AtomIdent>,
    pub state: stylo_dom::ElementState,
    pub flags: Cell<ElementSelectorFlags>,
    pub dirty: Cell<bool>,
    /// Width and height of its content box, if it is a size container whose size is known.
    pub container_size: Cell<[Option<f32>; 2]>,
}

impl Slot {
    fn empty(node: NodeId) -> Slot {
        Slot {
            node,
            tree: Cell::new(std::ptr::null()),
            data: UnsafeCell::new(None),
            style_attribute: None,
            hints: None,
            id: None,
            classes: Vec::new(),
            state: stylo_dom::ElementState::empty(),
            flags: Cell::new(ElementSelectorFlags::empty()),
            dirty: Cell::new(false),
            container_size: Cell::new([None; 2]),
        }
    }
}

/// Makes the slots of a document; blocks with the same text are shared.
pub(crate) struct SlotMaker<'a> {
    pub document: &'a Document,
    pub lock: &'a SharedRwLock,
    pub base: &'a UrlExtraData,
    pub quirks: QuirksMode,
    pub target: Option<String>,
    pub blocks: BTreeMap<String, Block>,
    /// The queries that apply to elements.
    pub marks: &'a Marks,
}

impl SlotMaker<'_> {
    pub(crate) fn slots(&mut self) -> Vec<Slot> {
        (0..self.document.len() as u32)
            .map(|index| self.slot(NodeId(index)))
            .collect()
    }

    fn slot(&mut self, node: NodeId) -> Slot {
        let document = self.document;
        let Some(element) = document.element(node) else {
            return Slot::empty(node);
        };
        let id = element.get("id").filter(|id| !id.is_empty());
        Slot {
            style_attribute: element.get("style").map(|text| self.block(text)),
            hints: self.hints(node, element),
            id: id.map(Atom::from),
            classes: element
                .get("class")
                .into_iter()
                .flat_map(str::split_ascii_whitespace)
                .map(AtomIdent::from)
                .chain(self.marked(node))
                .collect(),
            state: state::of(document, node, element, self.target.as_deref()),
            ..Slot::empty(node)
        }
    }

    fn marked(&self, node: NodeId) -> impl Iterator<Item = AtomIdent> {
        let queries = self.marks.get(&node).into_iter().flatten();
        queries.map(|number| AtomIdent::from(container_rules::class(*number).as_str()))
    }

    fn hints(&mut self, node: NodeId, element: &Element) -> Option<Block> {
        let text = hints::declarations(self.document, node, element);
        let language = element.attributes.iter().find(|attribute| {
            attribute.name.local == local_name!("lang")
                && (attribute.name.ns == ns!(xml) || attribute.name.ns == ns!())
        });
        match language {
            Some(language) => Some(self.in_language(&text, &language.value)),
            None => (!text.is_empty()).then(|| self.block(&text)),
        }
    }

    fn block(&mut self, text: &str) -> Block {
        if let Some(block) = self.blocks.get(text) {
            return block.clone();
        }
        let parsed = self.parse(text);
        self.keep(text.to_owned(), parsed)
    }

    /// The language is a property of its own, which no sheet can set.
    fn in_language(&mut self, text: &str, language: &str) -> Block {
        let key = format!("{text}/* {language} */");
        if let Some(block) = self.blocks.get(&key) {
            return block.clone();
        }
        let mut parsed = self.parse(text);
        let language = PropertyDeclaration::XLang(XLang(Atom::from(language)));
        parsed.push(language, Importance::Normal);
        self.keep(key, parsed)
    }

    fn parse(&self, text: &str) -> PropertyDeclarationBlock {
        let carried = crate::carried::declarations(text);
        parse_style_attribute(&carried, self.base, None, self.quirks, CssRuleType::Style)
    }

    fn keep(&mut self, key: String, parsed: PropertyDeclarationBlock) -> Block {
        let block = Arc::new(self.lock.wrap(parsed));
        self.blocks.insert(key, block.clone());
        block
    }
}
