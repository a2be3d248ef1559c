use crate::element::ElementRef;
use crate::slot::Slot;
use std::fmt;
use style::context::QuirksMode;
use style::dom::{LayoutIterator, NodeInfo, OpaqueNode, TDocument, TNode, TShadowRoot};
use style::shared_lock::SharedRwLock;
use style::stylist::CascadeData;
use thru_dom::{Document, NodeId};

/// The document together with what stylo keeps per element.
pub(crate) struct StyleTree<'a> {
    pub document: &'a Document,
    pub slots: Vec<Slot>,
    pub lock: SharedRwLock,
    pub quirks: QuirksMode,
}

/// A node as stylo sees it: one pointer, as its cache of shared styles demands.
#[derive(Clone, Copy)]
pub(crate) struct NodeRef<'a>(&'a Slot);

impl<'a> StyleTree<'a> {
    /// Tells the slots where their tree is; it stays in its box from then on.
    pub(crate) fn settle(self) -> Box<StyleTree<'a>> {
        let tree = Box::new(self);
        let place: *const StyleTree<'a> = &*tree;
        for slot in &tree.slots {
            slot.tree.set(place.cast());
        }
        tree
    }

    /// A node of a settled tree.
    pub(crate) fn node(&'a self, id: NodeId) -> NodeRef<'a> {
        NodeRef(&self.slots[id.index()])
    }
}

impl<'a> NodeRef<'a> {
    pub(crate) fn tree(self) -> &'a StyleTree<'a> {
        // SAFETY: a NodeRef borrows its slot from a settled tree for 'a (`StyleTree::node`), and
        // `settle` put the address of that boxed tree into the slot.
        unsafe { &*self.0.tree.get().cast::<StyleTree<'a>>() }
    }

    pub(crate) fn id(self) -> NodeId {
        self.0.node
    }

    pub(crate) fn document(self) -> &'a Document {
        self.tree().document
    }

    fn at(self, id: NodeId) -> NodeRef<'a> {
        self.tree().node(id)
    }

    pub(crate) fn slot(self) -> &'a Slot {
        self.0
    }

    pub(crate) fn as_element_ref(self) -> Option<ElementRef<'a>> {
        self.document().element(self.id()).map(|_| ElementRef(self))
    }
}

impl PartialEq for NodeRef<'_> {
    fn eq(&self, other: &Self) -> bool {
        self.id() == other.id()
    }
}

impl Eq for NodeRef<'_> {}

impl std::hash::Hash for NodeRef<'_> {
    fn hash<H: std::hash::Hasher>(&self, state: &mut H) {
        self.id().hash(state);
    }
}

impl fmt::Debug for NodeRef<'_> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{:?}", self.id())
    }
}

impl NodeInfo for NodeRef<'_> {
    fn is_element(&self) -> bool {
        self.document().element(self.id()).is_some()
    }

    fn is_text_node(&self) -> bool {
        self.document().text(self.id()).is_some()
    }
}

impl<'a> TDocument for NodeRef<'a> {
    type ConcreteNode = NodeRef<'a>;

    fn as_node(&self) -> NodeRef<'a> {
        *self
    }

    fn is_html_document(&self) -> bool {
        self.document().is_html
    }

    fn quirks_mode(&self) -> QuirksMode {
        self.tree().quirks
    }

    fn shared_lock(&self) -> &SharedRwLock {
        &self.tree().lock
    }
}

/// There are no shadow trees: scripts make them, and scripts are not run.
impl<'a> TShadowRoot for NodeRef<'a> {
    type ConcreteNode = NodeRef<'a>;

    fn as_node(&self) -> NodeRef<'a> {
        *self
    }

    fn host(&self) -> ElementRef<'a> {
        ElementRef(*self)
    }

    fn style_data<'b>(&self) -> Option<&'b CascadeData>
    where
        Self: 'b,
    {
        None
    }
}

impl<'a> TNode for NodeRef<'a> {
    type ConcreteElement = ElementRef<'a>;
    type ConcreteDocument = NodeRef<'a>;
    type ConcreteShadowRoot = NodeRef<'a>;

    fn parent_node(&self) -> Option<Self> {
        self.document().node(self.id()).parent.map(|id| self.at(id))
    }

    fn first_child(&self) -> Option<Self> {
        self.document()
            .node(self.id())
            .first_child
            .map(|id| self.at(id))
    }

    fn last_child(&self) -> Option<Self> {
        self.document()
            .node(self.id())
            .last_child
            .map(|id| self.at(id))
    }

    fn prev_sibling(&self) -> Option<Self> {
        self.document()
            .node(self.id())
            .previous
            .map(|id| self.at(id))
    }

    fn next_sibling(&self) -> Option<Self> {
        self.document().node(self.id()).next.map(|id| self.at(id))
    }

    fn owner_doc(&self) -> NodeRef<'a> {
        self.at(NodeId::DOCUMENT)
    }

    fn is_in_document(&self) -> bool {
        true
    }

    fn traversal_parent(&self) -> Option<ElementRef<'a>> {
        self.parent_node().and_then(NodeRef::as_element_ref)
    }

    fn opaque(&self) -> OpaqueNode {
        OpaqueNode(self.id().index() + 1)
    }

    fn debug_id(self) -> usize {
        self.id().index()
    }

    fn as_element(&self) -> Option<ElementRef<'a>> {
        self.as_element_ref()
    }

    fn as_document(&self) -> Option<NodeRef<'a>> {
        (self.id() == NodeId::DOCUMENT).then_some(*self)
    }

    fn as_shadow_root(&self) -> Option<NodeRef<'a>> {
        None
    }
}

/// Children in tree order, for stylo's traversal.
pub(crate) struct ChildNodes<'a>(Option<NodeRef<'a>>);

impl<'a> ChildNodes<'a> {
    pub(crate) fn of(parent: NodeRef<'a>) -> LayoutIterator<ChildNodes<'a>> {
        LayoutIterator(ChildNodes(parent.first_child()))
    }
}

impl<'a> Iterator for ChildNodes<'a> {
    type Item = NodeRef<'a>;

    fn next(&mut self) -> Option<NodeRef<'a>> {
        let node = self.0?;
        self.0 = node.next_sibling();
        Some(node)
    }
}
