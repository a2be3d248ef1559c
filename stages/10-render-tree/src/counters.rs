use crate::counter_styles::{is_sign, represent, representation_of};
use std::collections::BTreeMap;
use thru_cssom::ComputedValues;
use thru_cssom::style::values::generics::counters::{Content, ContentItem};
use thru_cssom::style::values::specified::list::Quotes;
use thru_dom::{Document, NodeId};
use url::Url;

/// Most instances of one counter that nest.
const NESTED_COUNTERS_LIMIT: usize = 256;

/// One counter instance and the depth of the element that made it.
struct Instance {
    depth: u32,
    value: i32,
}

/// All counters and the quotation depth at one place of the document (CSS Lists section 4).
#[derive(Default)]
pub(crate) struct Counters {
    named: BTreeMap<String, Vec<Instance>>,
    quotes: usize,
    /// Of each open list: counts down.
    reversed: Vec<(u32, bool)>,
}

/// One piece of generated content.
#[derive(Debug, PartialEq)]
pub(crate) enum Piece {
    /// Characters.
    Text(String),
    /// An image.
    Image(Url),
}

impl Counters {
    fn reset(&mut self, name: &str, depth: u32, value: i32) {
        let instances = self.named.entry(name.to_owned()).or_default();
        let has_room = instances.len() < NESTED_COUNTERS_LIMIT;
        match instances.last_mut().filter(|last| last.depth == depth) {
            Some(last) => last.value = value,
            None if has_room => instances.push(Instance { depth, value }),
            None => {}
        }
    }

    fn with(&mut self, name: &str, depth: u32, change: impl Fn(i32) -> i32) {
        let instances = self.named.entry(name.to_owned()).or_default();
        if instances.is_empty() {
            instances.push(Instance { depth, value: 0 });
        }
        if let Some(last) = instances.last_mut() {
            last.value = change(last.value);
        }
    }

    /// The innermost value of a counter.
    pub(crate) fn value(&self, name: &str) -> i32 {
        self.named
            .get(name)
            .and_then(|instances| instances.last())
            .map_or(0, |instance| instance.value)
    }

    /// Applies `counter-reset` and `counter-increment` of an element (or, with
    /// `element` `None`, a pseudo-element) at `depth`.
    pub(crate) fn enter(
        &mut self,
        style: &ComputedValues,
        element: Option<(&Document, NodeId)>,
        depth: u32,
    ) {
        let counters = style.get_counters();
        for pair in counters.counter_reset.iter() {
            self.reset(&pair.name.0, depth, pair.value);
        }
        if let Some((document, node)) = element {
            self.enter_list(document, node, depth);
        }
        let mut counts_items = false;
        for pair in counters.counter_increment.iter() {
            counts_items |= &*pair.name.0 == "list-item";
            self.with(&pair.name.0, depth, |value| {
                value.saturating_add(pair.value)
            });
        }
        if style.get_box().display.is_list_item() && !counts_items {
            let down = self.reversed.last().is_some_and(|(_, reversed)| *reversed);
            let step = if down { -1 } else { 1 };
            self.with("list-item", depth, |value| value.saturating_add(step));
        }
        if let Some(value) = element.and_then(|(document, node)| item_value(document, node)) {
            self.with("list-item", depth, |_| value);
        }
        // GAP: stylo's servo build has no `counter-set`.
    }

    /// `start` and `reversed` of a list (HTML section 4.4.5).
    fn enter_list(&mut self, document: &Document, node: NodeId, depth: u32) {
        let Some(element) = document.element(node) else {
            return;
        };
        if !matches!(element.local(), "ol" | "ul" | "menu" | "dir") {
            return;
        }
        let reversed = element.is_html("ol") && element.has("reversed");
        self.reversed.push((depth, reversed));
        let start = element
            .get("start")
            .and_then(|start| start.trim().parse::<i32>().ok());
        if element.is_html("ol") && (reversed || start.is_some()) {
            let start = start.unwrap_or_else(|| count_items(document, node));
            let before = if reversed {
                start.saturating_add(1)
            } else {
                start.saturating_sub(1)
            };
            self.reset("list-item", depth, before);
        }
    }

    /// Leaves an element: what its children made ends.
    pub(crate) fn leave(&mut self, depth: u32) {
        for instances in self.named.values_mut() {
            while instances
                .last()
                .is_some_and(|instance| instance.depth > depth)
            {
                instances.pop();
            }
        }
        if self.reversed.last().is_some_and(|(list, _)| *list == depth) {
            self.reversed.pop();
        }
    }

    /// The pieces of a `content` value; `None` for `normal` and `none`.
    pub(crate) fn content(&mut self, style: &ComputedValues) -> Option<Vec<Piece>> {
        let Content::Items(items) = &style.get_counters().content else {
            return None;
        };
        let mut pieces: Vec<Piece> = Vec::new();
        for item in items.items.iter().take(items.alt_start) {
            let text = match item {
                ContentItem::String(text) => text.to_string(),
                ContentItem::Counter(name, kind) => represent(kind, self.value(&name.0)),
                ContentItem::Counters(name, separator, kind) => {
                    let instances = self.named.get(&*name.0);
                    let values: Vec<String> = instances
                        .into_iter()
                        .flatten()
                        .map(|instance| represent(kind, instance.value))
                        .collect();
                    if values.is_empty() {
                        represent(kind, 0)
                    } else {
                        values.join(separator)
                    }
                }
                ContentItem::OpenQuote => self.open_quote(style),
                ContentItem::CloseQuote => self.close_quote(style),
                ContentItem::NoOpenQuote => {
                    self.quotes += 1;
                    continue;
                }
                ContentItem::NoCloseQuote => {
                    self.quotes = self.quotes.saturating_sub(1);
                    continue;
                }
                ContentItem::Image(image) => {
                    pieces.extend(thru_cssom::image_url(image).map(Piece::Image));
                    continue;
                }
            };
            match pieces.last_mut() {
                Some(Piece::Text(last)) => last.push_str(&text),
                _ => pieces.push(Piece::Text(text)),
            }
        }
        Some(pieces)
    }

    fn open_quote(&mut self, style: &ComputedValues) -> String {
        let text = quote(style, self.quotes, true);
        self.quotes += 1;
        text
    }

    fn close_quote(&mut self, style: &ComputedValues) -> String {
        if self.quotes == 0 {
            return String::new();
        }
        self.quotes -= 1;
        quote(style, self.quotes, false)
    }

    /// Whether the marker is a sign (CSS Counter Styles 3 section 6.3), not text.
    pub(crate) fn marker_is_sign(style: &ComputedValues) -> bool {
        is_sign(&style.get_list().list_style_type.0)
    }

    /// The text of a list item's marker, with its suffix; empty for `none`.
    pub(crate) fn marker(&self, style: &ComputedValues) -> String {
        let (text, suffix) =
            representation_of(&style.get_list().list_style_type.0, self.value("list-item"));
        text + suffix
    }
}

/// GAP: `quotes: auto` is English in every language.
fn quote(style: &ComputedValues, depth: usize, open: bool) -> String {
    match &style.get_list().quotes {
        Quotes::Auto => match (depth, open) {
            (0, true) => "\u{201c}".to_owned(),
            (0, false) => "\u{201d}".to_owned(),
            (_, true) => "\u{2018}".to_owned(),
            (_, false) => "\u{2019}".to_owned(),
        },
        Quotes::QuoteList(list) => {
            let pair = list.0.get(depth).or_else(|| list.0.last());
            pair.map_or(String::new(), |pair| {
                if open {
                    pair.opening.to_string()
                } else {
                    pair.closing.to_string()
                }
            })
        }
    }
}

fn item_value(document: &Document, node: NodeId) -> Option<i32> {
    let element = document
        .element(node)
        .filter(|element| element.is_html("li"))?;
    element.get("value")?.trim().parse().ok()
}

fn count_items(document: &Document, list: NodeId) -> i32 {
    document
        .children(list)
        .filter(|child| document.element(*child).is_some_and(|e| e.is_html("li")))
        .count() as i32
}
