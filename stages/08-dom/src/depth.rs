use crate::sink::Handle;
use crate::{Document, NodeId, Sink};
use html5ever::tokenizer::{EndTag, StartTag, Tag, Token, TokenSink, TokenSinkResult};
use html5ever::tree_builder::TreeBuilder;
use std::cell::Cell;

/// Most elements open at the same time; deeper ones become siblings of the deepest.
pub const OPEN_ELEMENTS_LIMIT: u32 = 512;

/// Most nodes in a document; what follows is left out. A page can make the tree builder repeat
/// all its open formatting elements in every paragraph, which grows with the square of its size.
pub const NODES_LIMIT: usize = 3_000_000;

/// From this depth on, steps up the stack of open elements are counted.
const DEEP: u32 = 64;

/// Most steps up the stack of open elements that tags below [`DEEP`] may cost; what follows is
/// left out. The tree builder looks through the whole stack for nearly every tag that opens a
/// block. The shortest such tag has four octets: no page of less than 7 MB reaches this.
pub const STEPS_LIMIT: u64 = 1_000_000_000;

/// Stands between tokenizer and tree builder and keeps the tree from getting too deep.
pub struct DepthLimiter {
    pub(crate) builder: TreeBuilder<Handle, Sink>,
    pub(crate) deep: Cell<bool>,
    pub(crate) full: Cell<bool>,
    pub(crate) weary: Cell<bool>,
    steps: Cell<u64>,
}

impl DepthLimiter {
    /// Guards `builder`.
    pub fn new(builder: TreeBuilder<Handle, Sink>) -> DepthLimiter {
        DepthLimiter {
            builder,
            deep: Cell::new(false),
            full: Cell::new(false),
            weary: Cell::new(false),
            steps: Cell::new(0),
        }
    }

    /// Counts what a tag costs; whether that is too much by now.
    fn is_weary(&self) -> bool {
        let (depth, _) = self.builder.sink.innermost();
        if depth > DEEP {
            self.steps.set(self.steps.get() + u64::from(depth));
        }
        self.weary.set(self.steps.get() > STEPS_LIMIT);
        self.weary.get()
    }

    /// Closes the deepest element if the next one would be too deep.
    fn make_room(&self, line: u64) {
        let (depth, name) = self.builder.sink.innermost();
        let Some(name) = name.filter(|_| depth >= OPEN_ELEMENTS_LIMIT) else {
            return;
        };
        self.deep.set(true);
        let end = Tag {
            kind: EndTag,
            name,
            self_closing: false,
            attrs: Vec::new(),
            had_duplicate_attributes: false,
        };
        let _ = self.builder.process_token(Token::TagToken(end), line);
    }
}

impl TokenSink for DepthLimiter {
    type Handle = Handle;

    fn process_token(&self, token: Token, line: u64) -> TokenSinkResult<Handle> {
        if self.builder.sink.nodes() > NODES_LIMIT && !matches!(token, Token::EOFToken) {
            self.full.set(true);
            return TokenSinkResult::Continue;
        }
        let left_out = match &token {
            Token::TagToken(_) => self.is_weary(),
            Token::EOFToken => false,
            _ => self.weary.get(),
        };
        if left_out {
            return TokenSinkResult::Continue;
        }
        if matches!(&token, Token::TagToken(tag) if tag.kind == StartTag) {
            self.make_room(line);
        }
        self.builder.process_token(token, line)
    }

    fn end(&self) {
        self.builder.end();
    }

    fn adjusted_current_node_present_but_not_in_html_namespace(&self) -> bool {
        self.builder
            .adjusted_current_node_present_but_not_in_html_namespace()
    }
}

/// Lifts what the tree builder still put deeper than the limit (through formatting elements and
/// foster parents) next to its parent. Gives the depth of the deepest element, and whether
/// anything had to move.
pub fn flatten(document: &mut Document) -> (u32, bool) {
    let mut deepest = 0;
    let mut moved = false;
    let mut open: Vec<(NodeId, u32)> = vec![(NodeId::DOCUMENT, 0)];
    while let Some((node, depth)) = open.pop() {
        deepest = deepest.max(depth);
        let mut next = document.node(node).first_child;
        while let Some(child) = next {
            next = document.node(child).next;
            if document.element(child).is_none() {
                continue;
            }
            if depth >= OPEN_ELEMENTS_LIMIT {
                lift_descendants(document, node, child);
                moved = true;
            }
            open.push((child, depth + 1));
        }
        if let Some(contents) = document.element(node).and_then(|e| e.template_contents) {
            open.push((contents, depth + 1));
        }
    }
    (deepest, moved)
}

/// Makes every element below `child` a child of `node`, in tree order.
fn lift_descendants(document: &mut Document, node: NodeId, child: NodeId) {
    let below: Vec<NodeId> = document
        .descendants(child)
        .skip(1)
        .filter(|descendant| document.element(*descendant).is_some())
        .collect();
    let after = document.node(child).next;
    for element in below {
        match after {
            Some(after) => document.insert_before(after, element),
            None => document.append(node, element),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::{Options, parse_html};
    use thru_events::Tap;

    #[test]
    fn five_megabytes_of_nested_elements_all_stay() {
        const MANY: usize = 1 << 20;
        let parsed = parse_html(&"<div>".repeat(MANY), false);
        assert!(parsed.deep && !parsed.weary && !parsed.full);
        // Beside them the document, html, head and body.
        assert_eq!(parsed.document.len(), MANY + 4);
    }

    #[test]
    fn steps_are_counted_and_end() {
        let builder = TreeBuilder::new(Sink::new(true, false), Default::default());
        let limiter = DepthLimiter::new(builder);
        limiter.steps.set(STEPS_LIMIT);
        assert!(!limiter.is_weary());
        limiter.steps.set(STEPS_LIMIT + 1);
        assert!(limiter.is_weary());
    }

    #[test]
    fn a_flat_page_is_never_cut() {
        let page = "<div><p>a</div>".repeat(50_000);
        let (document, _) =
            crate::parse(page.as_bytes(), None, Options::default(), &Tap::off(), None);
        assert!(document.len() > 150_000);
    }
}
