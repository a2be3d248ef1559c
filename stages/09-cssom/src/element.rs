use crate::node::{ChildNodes, NodeRef};
use html5ever::{local_name, ns};
use selectors::OpaqueElement;
use selectors::attr::{AttrSelectorOperation, CaseSensitivity, NamespaceConstraint};
use selectors::bloom::{BLOOM_HASH_MASK, BloomFilter};
use selectors::matching::{ElementSelectorFlags, MatchingContext, VisitedHandlingMode};
use selectors::sink::Push;
use std::fmt;
use style::applicable_declarations::ApplicableDeclarationBlock;
use style::bloom::each_relevant_element_hash;
use style::context::SharedStyleContext;
use style::data::{ElementDataMut, ElementDataRef, ElementDataWrapper};
use style::dom::{LayoutIterator, TElement, TNode};
use style::properties::PropertyDeclarationBlock;
use style::rule_tree::{CascadeLevel, CascadeOrigin};
use style::selector_parser::{
    AttrValue, Lang, NonTSPseudoClass, PseudoElement, SelectorImpl, extended_filtering,
};
use style::servo_arc::{Arc, ArcBorrow};
use style::shared_lock::Locked;
use style::stylesheets::layer_rule::LayerOrder;
use style::values::computed::Display;
use style::values::{AtomIdent, AtomString};
use style::{CaseSensitivityExt, LocalName, Namespace};
use stylo_atoms::Atom;
use stylo_dom::ElementState;
use thru_dom::Element;

/// An element as stylo sees it.
#[derive(Clone, Copy, PartialEq, Eq, Hash)]
pub(crate) struct ElementRef<'a>(pub NodeRef<'a>);

impl fmt::Debug for ElementRef<'_> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "<{}>{:?}", self.element().local(), self.0.id())
    }
}

impl<'a> ElementRef<'a> {
    pub(crate) fn element(self) -> &'a Element {
        self.0
            .document()
            .element(self.0.id())
            .expect("an ElementRef is only made of element nodes")
    }

    fn sibling(self, step: fn(&NodeRef<'a>) -> Option<NodeRef<'a>>) -> Option<ElementRef<'a>> {
        let mut at = step(&self.0);
        while let Some(node) = at {
            if let Some(element) = node.as_element_ref() {
                return Some(element);
            }
            at = step(&node);
        }
        None
    }

    fn is_html_in_html_document(self) -> bool {
        self.0.document().is_html && self.element().name.ns == ns!(html)
    }

    /// The language of the element (HTML section 3.2.6.2).
    fn language(self) -> Option<&'a str> {
        let mut at = Some(self);
        while let Some(element) = at {
            let found = element.element().attributes.iter().find(|attribute| {
                attribute.name.local == local_name!("lang")
                    && (attribute.name.ns == ns!(xml) || attribute.name.ns == ns!())
            });
            if let Some(attribute) = found {
                return Some(&attribute.value);
            }
            at = element.0.parent_element();
        }
        None
    }
}

impl selectors::Element for ElementRef<'_> {
    type Impl = SelectorImpl;

    fn opaque(&self) -> OpaqueElement {
        OpaqueElement::new(self.0.slot())
    }

    fn parent_element(&self) -> Option<Self> {
        self.0.parent_node()?.as_element_ref()
    }

    fn parent_node_is_shadow_root(&self) -> bool {
        false
    }

    fn containing_shadow_host(&self) -> Option<Self> {
        None
    }

    fn is_pseudo_element(&self) -> bool {
        false
    }

    fn prev_sibling_element(&self) -> Option<Self> {
        self.sibling(NodeRef::prev_sibling)
    }

    fn next_sibling_element(&self) -> Option<Self> {
        self.sibling(NodeRef::next_sibling)
    }

    fn first_element_child(&self) -> Option<Self> {
        let first = self.0.first_child()?;
        first
            .as_element_ref()
            .or_else(|| first_element_after(first))
    }

    fn is_html_element_in_html_document(&self) -> bool {
        self.is_html_in_html_document()
    }

    fn has_local_name(&self, local_name: &web_atoms::LocalName) -> bool {
        self.element().name.local == *local_name
    }

    fn has_namespace(&self, namespace: &web_atoms::Namespace) -> bool {
        self.element().name.ns == *namespace
    }

    fn is_same_type(&self, other: &Self) -> bool {
        self.element().name.expanded() == other.element().name.expanded()
    }

    fn attr_matches(
        &self,
        namespace: &NamespaceConstraint<&Namespace>,
        local_name: &LocalName,
        operation: &AttrSelectorOperation<&AtomString>,
    ) -> bool {
        self.element()
            .attributes
            .iter()
            .filter(|attribute| attribute.name.local == local_name.0)
            .filter(|attribute| match namespace {
                NamespaceConstraint::Any => true,
                NamespaceConstraint::Specific(wanted) => attribute.name.ns == wanted.0,
            })
            .any(|attribute| operation.eval_str(&attribute.value))
    }

    fn match_non_ts_pseudo_class(
        &self,
        class: &NonTSPseudoClass,
        _: &mut MatchingContext<SelectorImpl>,
    ) -> bool {
        match class {
            NonTSPseudoClass::Lang(lang) => self.match_element_lang(None, lang),
            NonTSPseudoClass::CustomState(_) => false,
            NonTSPseudoClass::ServoNonZeroBorder => self
                .element()
                .get("border")
                .is_some_and(|border| border != "0"),
            other => self.0.slot().state.intersects(other.state_flag()),
        }
    }

    fn match_pseudo_element(
        &self,
        _: &PseudoElement,
        _: &mut MatchingContext<SelectorImpl>,
    ) -> bool {
        false
    }

    fn apply_selector_flags(&self, flags: ElementSelectorFlags) {
        let own = flags.for_self();
        if !own.is_empty() {
            let slot = self.0.slot();
            slot.flags.set(slot.flags.get() | own);
        }
        let parents = flags.for_parent();
        if let Some(parent) = self.0.parent_node().filter(|_| !parents.is_empty()) {
            let slot = parent.slot();
            slot.flags.set(slot.flags.get() | parents);
        }
    }

    fn is_link(&self) -> bool {
        self.0
            .slot()
            .state
            .intersects(ElementState::VISITED_OR_UNVISITED)
    }

    fn is_html_slot_element(&self) -> bool {
        false
    }

    fn has_id(&self, id: &AtomIdent, case_sensitivity: CaseSensitivity) -> bool {
        self.0
            .slot()
            .id
            .as_ref()
            .is_some_and(|own| case_sensitivity.eq_atom(own, &id.0))
    }

    fn has_class(&self, name: &AtomIdent, case_sensitivity: CaseSensitivity) -> bool {
        self.0
            .slot()
            .classes
            .iter()
            .any(|class| case_sensitivity.eq_atom(&class.0, &name.0))
    }

    fn has_custom_state(&self, _: &AtomIdent) -> bool {
        false
    }

    fn imported_part(&self, _: &AtomIdent) -> Option<AtomIdent> {
        None
    }

    fn is_part(&self, _: &AtomIdent) -> bool {
        false
    }

    fn is_empty(&self) -> bool {
        self.0.dom_children().all(|child| {
            child.as_element_ref().is_none()
                && child.document().text(child.id()).is_none_or(str::is_empty)
        })
    }

    fn is_root(&self) -> bool {
        self.0
            .parent_node()
            .is_some_and(|parent| parent.id() == thru_dom::NodeId::DOCUMENT)
    }

    fn add_element_unique_hashes(&self, filter: &mut BloomFilter) -> bool {
        each_relevant_element_hash(*self, |hash| filter.insert_hash(hash & BLOOM_HASH_MASK));
        true
    }
}

fn first_element_after(node: NodeRef<'_>) -> Option<ElementRef<'_>> {
    let mut at = node.next_sibling();
    while let Some(node) = at {
        if let Some(element) = node.as_element_ref() {
            return Some(element);
        }
        at = node.next_sibling();
    }
    None
}

impl<'a> TElement for ElementRef<'a> {
    type ConcreteNode = NodeRef<'a>;
    type TraversalChildrenIterator = ChildNodes<'a>;

    fn as_node(&self) -> NodeRef<'a> {
        self.0
    }

    fn traversal_children(&self) -> LayoutIterator<ChildNodes<'a>> {
        ChildNodes::of(self.0)
    }

    fn is_html_element(&self) -> bool {
        self.element().name.ns == ns!(html)
    }

    fn is_mathml_element(&self) -> bool {
        self.element().name.ns == ns!(mathml)
    }

    fn is_svg_element(&self) -> bool {
        self.element().name.ns == ns!(svg)
    }

    fn style_attribute(&self) -> Option<ArcBorrow<'_, Locked<PropertyDeclarationBlock>>> {
        self.0
            .slot()
            .style_attribute
            .as_ref()
            .map(|block| block.borrow_arc())
    }

    fn animation_rule(
        &self,
        _: &SharedStyleContext,
    ) -> Option<Arc<Locked<PropertyDeclarationBlock>>> {
        None
    }

    fn transition_rule(
        &self,
        _: &SharedStyleContext,
    ) -> Option<Arc<Locked<PropertyDeclarationBlock>>> {
        None
    }

    fn state(&self) -> ElementState {
        self.0.slot().state
    }

    fn has_part_attr(&self) -> bool {
        false
    }

    fn exports_any_part(&self) -> bool {
        false
    }

    fn id(&self) -> Option<&Atom> {
        self.0.slot().id.as_ref()
    }

    fn each_class<F: FnMut(&AtomIdent)>(&self, mut callback: F) {
        self.0.slot().classes.iter().for_each(&mut callback);
    }

    fn each_custom_state<F: FnMut(&AtomIdent)>(&self, _: F) {}

    fn each_attr_name<F: FnMut(&LocalName)>(&self, mut callback: F) {
        for attribute in &self.element().attributes {
            callback(LocalName::cast(&attribute.name.local));
        }
    }

    fn has_dirty_descendants(&self) -> bool {
        self.0.slot().dirty.get()
    }

    fn has_snapshot(&self) -> bool {
        false
    }

    fn handled_snapshot(&self) -> bool {
        true
    }

    unsafe fn set_handled_snapshot(&self) {}

    unsafe fn set_dirty_descendants(&self) {
        self.0.slot().dirty.set(true);
    }

    unsafe fn unset_dirty_descendants(&self) {
        self.0.slot().dirty.set(false);
    }

    fn store_children_to_process(&self, _: isize) {}

    fn did_process_child(&self) -> isize {
        0
    }

    unsafe fn ensure_data(&self) -> ElementDataMut<'_> {
        // SAFETY: styling runs on one thread, and no reference into the cell outlives the
        // guards that ElementDataWrapper hands out; the option is only set here, when empty.
        let data = unsafe { &mut *self.0.slot().data.get() };
        data.get_or_insert_with(ElementDataWrapper::default)
            .borrow_mut()
    }

    unsafe fn clear_data(&self) {
        // SAFETY: as above; stylo calls this when it holds no guard of this element.
        unsafe { *self.0.slot().data.get() = None };
    }

    fn has_data(&self) -> bool {
        // SAFETY: a read on the one thread.
        unsafe { (*self.0.slot().data.get()).is_some() }
    }

    fn borrow_data(&self) -> Option<ElementDataRef<'_>> {
        // SAFETY: a shared read; the wrapper guards its inside.
        let data = unsafe { &*self.0.slot().data.get() };
        data.as_ref().map(ElementDataWrapper::borrow)
    }

    fn mutate_data(&self) -> Option<ElementDataMut<'_>> {
        // SAFETY: as above.
        let data = unsafe { &*self.0.slot().data.get() };
        data.as_ref().map(ElementDataWrapper::borrow_mut)
    }

    fn skip_item_display_fixup(&self) -> bool {
        false
    }

    fn may_have_animations(&self) -> bool {
        false
    }

    fn has_animations(&self, _: &SharedStyleContext) -> bool {
        false
    }

    fn has_css_animations(&self, _: &SharedStyleContext, _: Option<PseudoElement>) -> bool {
        false
    }

    fn has_css_transitions(&self, _: &SharedStyleContext, _: Option<PseudoElement>) -> bool {
        false
    }

    fn shadow_root(&self) -> Option<NodeRef<'a>> {
        None
    }

    fn containing_shadow(&self) -> Option<NodeRef<'a>> {
        None
    }

    fn lang_attr(&self) -> Option<AttrValue> {
        self.element().get("lang").map(AtomString::from)
    }

    fn match_element_lang(&self, over: Option<Option<AttrValue>>, value: &Lang) -> bool {
        match over {
            Some(Some(lang)) => extended_filtering(&lang, value),
            Some(None) => false,
            None => self
                .language()
                .is_some_and(|lang| extended_filtering(lang, value)),
        }
    }

    fn is_html_document_body_element(&self) -> bool {
        self.is_html_in_html_document() && self.0.document().body() == Some(self.0.id())
    }

    fn synthesize_presentational_hints_for_legacy_attributes<V>(
        &self,
        _: VisitedHandlingMode,
        hints: &mut V,
    ) where
        V: Push<ApplicableDeclarationBlock>,
    {
        if let Some(block) = &self.0.slot().hints {
            hints.push(ApplicableDeclarationBlock::from_declarations(
                block.clone(),
                CascadeLevel::new(CascadeOrigin::PresHints),
                LayerOrder::root(),
            ));
        }
    }

    fn local_name(&self) -> &web_atoms::LocalName {
        &self.element().name.local
    }

    fn namespace(&self) -> &web_atoms::Namespace {
        &self.element().name.ns
    }

    /// Of the last layout; before the first no size is known, and nothing matches.
    fn query_container_size(&self, _: &Display) -> euclid::default::Size2D<Option<app_units::Au>> {
        let size = self.0.slot().container_size.get();
        let [width, height] = size.map(|side| side.map(app_units::Au::from_f32_px));
        euclid::default::Size2D::new(width, height)
    }

    fn has_selector_flags(&self, flags: ElementSelectorFlags) -> bool {
        self.0.slot().flags.get().contains(flags)
    }

    fn relative_selector_search_direction(&self) -> ElementSelectorFlags {
        self.0.slot().flags.get()
            & ElementSelectorFlags::RELATIVE_SELECTOR_SEARCH_DIRECTION_ANCESTOR_SIBLING
    }

    fn get_attr(&self, name: &LocalName, namespace: &Namespace) -> Option<String> {
        self.element()
            .attributes
            .iter()
            .find(|attribute| attribute.name.local == name.0 && attribute.name.ns == namespace.0)
            .map(|attribute| attribute.value.to_string())
    }
}
