use crate::counter_styles::{is_sign, represent, representation_of};
use crate::reversed::{Scope, initial};
use std::rc::Rc;
use thru_cssom::style::values::generics::counters::{Content, ContentItem};
use thru_cssom::style::values::specified::list::Quotes;
use thru_cssom::{Carried, ComputedValues};
use url::Url;

/// Most counters that one element sees, nested or not.
const NESTED_COUNTERS_LIMIT: usize = 256;
/// Most counters of a page; further ones are not made.
const COUNTERS_LIMIT: usize = 1 << 20;

/// A counter that some element made.
struct Counter {
    name: Rc<str>,
    value: i32,
    /// Made by `reversed()`: list items count it down.
    reversed: bool,
    /// Number of the element around the one that made it.
    made_in: u32,
}

/// The counters that an element sees, outermost first, as places in [`Counters::made`].
type Set = Rc<Vec<usize>>;

/// An element whose children are walked.
struct Frame {
    number: u32,
    own: Set,
    /// What the last child saw.
    sibling: Option<Set>,
}

/// All counters and the quotation depth at one place of the document (CSS Lists 3 section 4).
pub(crate) struct Counters {
    made: Vec<Counter>,
    frames: Vec<Frame>,
    entered: u32,
    quotes: usize,
}

impl Default for Counters {
    fn default() -> Counters {
        let outside = Frame {
            number: 0,
            own: Set::default(),
            sibling: None,
        };
        Counters {
            made: Vec::new(),
            frames: vec![outside],
            entered: 0,
            quotes: 0,
        }
    }
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
    /// What the next child of the innermost element inherits (section 4.4.1): the counters of its parent, and those
    /// of its previous sibling whose names the parent does not have. Values need no copies: who comes after in the
    /// document sees the same counter.
    fn inherited(&self) -> Set {
        let Some(frame) = self.frames.last() else {
            return Set::default();
        };
        let Some(sibling) = frame.sibling.as_ref() else {
            return frame.own.clone();
        };
        if Rc::ptr_eq(sibling, &frame.own) {
            return sibling.clone();
        }
        let has = |at: &usize| {
            let name = &self.made[*at].name;
            frame.own.iter().any(|own| self.made[*own].name == *name)
        };
        let mut merged = Vec::clone(&frame.own);
        merged.extend(sibling.iter().copied().filter(|at| !has(at)));
        match merged == **sibling {
            true => sibling.clone(),
            false => Rc::new(merged),
        }
    }

    fn innermost(&self, set: &Set, name: &str) -> Option<usize> {
        let mut inside = set.iter().rev().copied();
        inside.find(|at| *self.made[*at].name == *name)
    }

    /// Section 4.4.2.
    fn instantiate(&mut self, set: &mut Set, name: &str, value: i32, reversed: bool) {
        let around = self.frames.last().map_or(0, |frame| frame.number);
        let innermost = self.innermost(set, name);
        let replaced = innermost.filter(|at| self.made[*at].made_in == around);
        if self.made.len() >= COUNTERS_LIMIT
            || (replaced.is_none() && set.len() >= NESTED_COUNTERS_LIMIT)
        {
            return;
        }
        let counters = Rc::make_mut(set);
        counters.retain(|at| Some(*at) != replaced);
        counters.push(self.made.len());
        self.made.push(Counter {
            name: name.into(),
            value,
            reversed,
            made_in: around,
        });
    }

    fn change(&mut self, set: &mut Set, name: &str, change: impl Fn(&Counter) -> i32) {
        if self.innermost(set, name).is_none() {
            self.instantiate(set, name, 0, false);
        }
        if let Some(at) = self.innermost(set, name) {
            self.made[at].value = change(&self.made[at]);
        }
    }

    fn seen(&self) -> &Set {
        // The outermost frame never ends.
        &self.frames[self.frames.len() - 1].own
    }

    /// The innermost value of a counter.
    pub(crate) fn value(&self, name: &str) -> i32 {
        let innermost = self.innermost(self.seen(), name);
        innermost.map_or(0, |at| self.made[at].value)
    }

    /// The values of all counters of a name, outermost first.
    fn values(&self, name: &str) -> Vec<i32> {
        let counters = self.seen().iter().map(|at| &self.made[*at]);
        let named = counters.filter(|counter| *counter.name == *name);
        named.map(|counter| counter.value).collect()
    }

    /// Applies `counter-reset`, `counter-increment` and `counter-set`, in this order, of an element or (without a
    /// scope) of a pseudo-element.
    pub(crate) fn enter(&mut self, style: &ComputedValues, scope: Option<Scope<'_>>) {
        let mut set = self.inherited();
        let counters = style.get_counters();
        for pair in counters.counter_reset.iter() {
            let is_open = pair.is_reversed && pair.value == i32::MIN;
            let value = match &scope {
                Some(scope) if is_open => {
                    let around = self.frames.last().map(|frame| &frame.own);
                    let known =
                        around.is_some_and(|set| self.innermost(set, &pair.name.0).is_some());
                    initial(scope, style, &pair.name.0, !known)
                }
                _ if is_open => 0,
                _ => pair.value,
            };
            self.instantiate(&mut set, &pair.name.0, value, pair.is_reversed);
        }
        let mut counts_items = false;
        for pair in counters.counter_increment.iter() {
            counts_items |= &*pair.name.0 == "list-item";
            self.change(&mut set, &pair.name.0, |counter| {
                counter.value.saturating_add(pair.value)
            });
        }
        if style.get_box().display.is_list_item() && !counts_items {
            self.change(&mut set, "list-item", |counter| {
                let step = if counter.reversed { -1 } else { 1 };
                counter.value.saturating_add(step)
            });
        }
        for (name, value) in settings(style) {
            self.change(&mut set, &name, |_| value);
        }
        self.entered = self.entered.wrapping_add(1);
        self.frames.push(Frame {
            number: self.entered,
            own: set,
            sibling: None,
        });
    }

    /// Leaves an element: what its children made ends.
    pub(crate) fn leave(&mut self) {
        if self.frames.len() < 2 {
            return;
        }
        let ended = self.frames.pop();
        if let (Some(ended), Some(around)) = (ended, self.frames.last_mut()) {
            around.sibling = Some(ended.own);
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
                    let values = self.values(&name.0);
                    let values: Vec<String> =
                        values.into_iter().map(|v| represent(kind, v)).collect();
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

/// `counter-set`: names with values, in order.
pub(crate) fn settings(style: &ComputedValues) -> Vec<(String, i32)> {
    let mut pairs: Vec<(String, i32)> = Vec::new();
    for word in Carried::CounterSet
        .of(style)
        .unwrap_or_default()
        .split_ascii_whitespace()
    {
        match (word.parse(), pairs.last_mut()) {
            (Ok(value), Some(last)) => last.1 = value,
            (Ok(_), None) => {}
            (Err(_), _) if word.eq_ignore_ascii_case("none") => {}
            (Err(_), _) => pairs.push((word.to_owned(), 0)),
        }
    }
    pairs
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
