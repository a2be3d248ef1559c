//! What a page asks for and boxes are not built for.

use crate::RenderTree;
use std::collections::BTreeMap;
use thru_dom::Document;
use thru_events::{Cause, Tap, render_tree::RenderTreeEvent};

/// Elements that get an empty box, and what of them is not built.
const EMPTY: [(&str, &str); 5] = [
    ("audio", "<audio>"),
    ("canvas", "<canvas>"),
    ("embed", "<embed>"),
    ("math", "MathML"),
    ("video", "<video>"),
];

/// Something that is not built, stated once for a page.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Unsupported {
    /// What.
    pub what: &'static str,
    /// How often it was met.
    pub count: u32,
    /// `FeatureUnsupported`.
    pub cause: Cause,
}

/// States what the tree has empty boxes for.
pub(crate) fn state(
    document: &Document,
    tree: &RenderTree,
    tap: &Tap,
    cause: Cause,
) -> Vec<Unsupported> {
    let mut counts: BTreeMap<&'static str, u32> = BTreeMap::new();
    for id in tree.ids().filter(|id| tree.get(*id).is_principal()) {
        let element = document.element(tree.get(id).node);
        let name = element.map_or("", |element| element.local());
        let known = EMPTY.iter().find(|(local, _)| *local == name);
        if let Some((_, what)) = known {
            *counts.entry(what).or_default() += 1;
        }
    }
    let stated = counts.into_iter().map(|(what, count)| Unsupported {
        what,
        count,
        cause: tap.emit(cause, || RenderTreeEvent::FeatureUnsupported {
            what: what.to_owned(),
        }),
    });
    stated.collect()
}
