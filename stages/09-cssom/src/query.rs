//! Elements by selector (Selectors 4, section 18.1; DOM `querySelectorAll`).

use crate::container_query::Marks;
use crate::element::ElementRef;
use crate::node::StyleTree;
use crate::sheets::{lock, quirks_of};
use crate::slot::SlotMaker;
use selectors::context::{
    MatchingForInvalidation, MatchingMode, NeedsSelectorFlags, SelectorCaches,
};
use selectors::matching::{MatchingContext, matches_selector_list};
use std::collections::BTreeMap;
use style::selector_parser::SelectorParser;
use style::servo_arc::Arc;
use style::stylesheets::UrlExtraData;
use thru_dom::{Document, NodeId};
use url::Url;

/// Whether the text is a list of selectors that this engine reads.
pub fn is_selector_list(selectors: &str) -> bool {
    let nowhere = Url::parse("about:blank").expect("a URL");
    let base = UrlExtraData(Arc::new(nowhere));
    SelectorParser::parse_author_origin_no_namespace(selectors, &base).is_ok()
}

/// The elements that a list of selectors matches, in tree order. `url` is the document's: its
/// fragment is `:target`. `None` if `selectors` is no selector list.
pub fn query(document: &Document, url: &Url, selectors: &str) -> Option<Vec<NodeId>> {
    let base = UrlExtraData(Arc::new(url.clone()));
    let list = SelectorParser::parse_author_origin_no_namespace(selectors, &base).ok()?;
    let quirks = quirks_of(document.quirks);
    let lock = lock();
    let slots = SlotMaker {
        document,
        lock: &lock,
        base: &base,
        quirks,
        target: url.fragment().map(str::to_owned),
        blocks: BTreeMap::new(),
        marks: &Marks::new(),
    }
    .slots();
    let tree = StyleTree {
        document,
        slots,
        lock: lock.clone(),
        quirks,
    }
    .settle();
    let mut caches = SelectorCaches::default();
    let mut context = MatchingContext::new(
        MatchingMode::Normal,
        None,
        &mut caches,
        quirks,
        NeedsSelectorFlags::No,
        MatchingForInvalidation::No,
    );
    let elements = document
        .descendants(NodeId::DOCUMENT)
        .filter(|node| document.element(*node).is_some());
    let matching = elements
        .filter(|node| matches_selector_list(&list, &ElementRef(tree.node(*node)), &mut context));
    Some(matching.collect())
}
