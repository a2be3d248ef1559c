//! Where a counter that counts down begins (CSS Lists 3 section 4.4.3).

use crate::counters::settings;
use thru_cssom::style::values::generics::counters::Content;
use thru_cssom::{ComputedValues, Pseudo, Styled};
use thru_dom::{Document, NodeId};

/// Most elements that are counted for one counter.
const COUNTED_LIMIT: usize = 1 << 17;

/// The element that makes a counter, and what is around it.
pub(crate) struct Scope<'a> {
    pub document: &'a Document,
    pub styled: &'a Styled,
    pub node: NodeId,
}

/// What is counted next.
enum Next {
    Element(NodeId),
    Pseudo(NodeId, Pseudo),
}

struct Count<'n> {
    name: &'n str,
    sum: i64,
    /// The last step that is not zero, upwards.
    step: i64,
}

/// The value before the first of what counts a `reversed()` counter: the steps of all in its scope, and the last one
/// once more. `siblings` says whether the elements after its maker see it too.
pub(crate) fn initial(
    scope: &Scope<'_>,
    style: &ComputedValues,
    name: &str,
    siblings: bool,
) -> i32 {
    let mut count = Count {
        name,
        sum: 0,
        step: 0,
    };
    // Counting ends early where something sets the counter.
    let _ = count.all_of(scope, style, siblings);
    let value = count.sum + count.step;
    value.clamp(i32::MIN.into(), i32::MAX.into()) as i32
}

impl Count<'_> {
    /// Counts the maker, what is in it and what is after it; `None` when something sets the counter.
    fn all_of(&mut self, scope: &Scope<'_>, style: &ComputedValues, siblings: bool) -> Option<()> {
        self.one(style)?;
        let mut left = COUNTED_LIMIT;
        self.inside(scope, scope.node, &mut left)?;
        let mut after = scope.document.node(scope.node).next;
        while let Some(node) = after.filter(|_| siblings && left > 0) {
            let own = scope.styled.computed(node);
            if own.is_some_and(|own| self.resets(&own)) {
                return Some(());
            }
            self.walk(scope, vec![Next::Element(node)], &mut left)?;
            after = scope.document.node(node).next;
        }
        Some(())
    }

    fn inside(&mut self, scope: &Scope<'_>, node: NodeId, left: &mut usize) -> Option<()> {
        let mut rest = Vec::new();
        push_inside(scope, node, &mut rest);
        self.walk(scope, rest, left)
    }

    fn walk(&mut self, scope: &Scope<'_>, mut rest: Vec<Next>, left: &mut usize) -> Option<()> {
        while let Some(next) = rest.pop() {
            if *left == 0 {
                return Some(());
            }
            *left -= 1;
            let (style, node) = match next {
                Next::Element(node) => (scope.styled.computed(node), Some(node)),
                Next::Pseudo(node, which) => {
                    let style = scope.styled.pseudo(node, which);
                    (style.filter(|style| is_generated(style)), None)
                }
            };
            let Some(style) = style else { continue };
            let display = style.get_box().display;
            if display.is_none() || (!display.is_contents() && self.resets(&style)) {
                continue;
            }
            if !display.is_contents() {
                self.one(&style)?;
            }
            if let Some(node) = node {
                push_inside(scope, node, &mut rest);
            }
        }
        Some(())
    }

    fn resets(&self, style: &ComputedValues) -> bool {
        let resets = style.get_counters().counter_reset.iter();
        resets.into_iter().any(|pair| *pair.name.0 == *self.name)
    }

    fn one(&mut self, style: &ComputedValues) -> Option<()> {
        let increments = style.get_counters().counter_increment.iter();
        let own = increments.filter(|pair| *pair.name.0 == *self.name);
        let own: Vec<i64> = own.map(|pair| i64::from(pair.value)).collect();
        let is_item = self.name == "list-item" && style.get_box().display.is_list_item();
        let up = match own.is_empty() && is_item {
            true => 1,
            false => -own.iter().sum::<i64>(),
        };
        if up != 0 {
            self.step = up;
        }
        let set = settings(style).into_iter().rev();
        let mut set = set.filter(|(name, _)| *name == self.name);
        if let Some((_, value)) = set.next() {
            self.sum += i64::from(value);
            return None;
        }
        self.sum += up;
        Some(())
    }
}

/// The children of an element with its pseudo-elements, the first on top.
fn push_inside(scope: &Scope<'_>, node: NodeId, rest: &mut Vec<Next>) {
    rest.push(Next::Pseudo(node, Pseudo::After));
    let from = rest.len();
    rest.extend(scope.document.children(node).map(Next::Element));
    rest[from..].reverse();
    rest.push(Next::Pseudo(node, Pseudo::Before));
}

/// Whether a pseudo-element has content: others count nothing.
pub(crate) fn is_generated(style: &ComputedValues) -> bool {
    matches!(style.get_counters().content, Content::Items(_)) && !style.get_box().display.is_none()
}
