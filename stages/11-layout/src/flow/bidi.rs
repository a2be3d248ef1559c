//! The visual order of a line and the parts that boxes fall into (UAX 9 section 3.4; CSS 2
//! section 8.6; CSS Writing Modes 4 section 2.4).

use super::{
    inline::Piece,
    inline_content::{AtomKind, InlineContent},
};
use crate::engine::Engine;
use thru_render_tree::BoxId;
use unicode_bidi::{BidiInfo, Level};

/// What a line is built of, from left to right.
#[derive(Clone, Copy, Debug, PartialEq)]
pub(super) enum Step {
    /// A part of an inline box begins; with the box's left edge or without.
    Open(BoxId, bool),
    /// A piece of the line.
    Piece(usize),
    /// The part ends; with the box's right edge or without.
    Close(BoxId, bool),
}

/// The steps of a line, and the boxes that go on after it.
pub(super) fn steps(
    engine: &Engine,
    content: &InlineContent,
    pieces: &[Piece],
    open: &[BoxId],
) -> (Vec<Step>, Vec<BoxId>) {
    if content.bidi {
        return Reordering::new(pieces.len()).steps(engine, content, pieces, open);
    }
    let mut steps = Vec::with_capacity(pieces.len() + open.len() * 2);
    let mut still = open.to_vec();
    steps.extend(open.iter().map(|id| Step::Open(*id, false)));
    for (index, piece) in pieces.iter().enumerate() {
        match content.atoms[piece.atom].kind {
            AtomKind::Open(id) => {
                still.push(id);
                steps.push(Step::Open(id, true));
            }
            AtomKind::Close(id) => {
                still.pop();
                steps.push(Step::Close(id, true));
            }
            _ => steps.push(Step::Piece(index)),
        }
    }
    steps.extend(still.iter().rev().map(|id| Step::Close(*id, false)));
    (steps, still)
}

/// An inline box on the line.
struct Node {
    id: BoxId,
    parent: usize,
    depth: u32,
    opens: bool,
    closes: bool,
    /// The first and the last leaf in it, from left to right.
    first: usize,
    last: usize,
    filled: bool,
}

/// What is reordered: a piece, or an empty box's place.
struct Leaf {
    piece: Option<usize>,
    node: usize,
    level: u8,
    space: bool,
}

const NONE: usize = usize::MAX;

struct Reordering {
    nodes: Vec<Node>,
    leaves: Vec<Leaf>,
}

impl Reordering {
    fn new(pieces: usize) -> Reordering {
        Reordering {
            nodes: Vec::new(),
            leaves: Vec::with_capacity(pieces),
        }
    }

    fn steps(
        mut self,
        engine: &Engine,
        content: &InlineContent,
        pieces: &[Piece],
        open: &[BoxId],
    ) -> (Vec<Step>, Vec<BoxId>) {
        let base = pieces.first().map_or(0, |p| content.atoms[p.atom].base);
        let mut at = NONE;
        for id in open {
            at = self.enter(*id, at, false);
        }
        for (index, piece) in pieces.iter().enumerate() {
            let atom = &content.atoms[piece.atom];
            match atom.kind {
                AtomKind::Open(id) => at = self.enter(id, at, true),
                AtomKind::Close(_) if at != NONE => {
                    self.nodes[at].closes = true;
                    at = self.leave(at, atom.level);
                }
                AtomKind::Close(_) => {}
                _ => {
                    let space = matches!(
                        atom.kind,
                        AtomKind::Space(..)
                            | AtomKind::Separator(..)
                            | AtomKind::Newline
                            | AtomKind::OutOfFlow(_)
                    );
                    let level = match atom.kind {
                        AtomKind::Tab => base,
                        _ => atom.level,
                    };
                    self.leaf(Some(index), at, level, space);
                }
            }
        }
        let mut still = Vec::new();
        while at != NONE {
            still.push(self.nodes[at].id);
            at = self.leave(at, base);
        }
        still.reverse();
        self.reset_spaces(base);
        (self.ordered(engine), still)
    }

    fn enter(&mut self, id: BoxId, parent: usize, opens: bool) -> usize {
        let depth = self.nodes.get(parent).map_or(0, |parent| parent.depth + 1);
        self.nodes.push(Node {
            id,
            parent,
            depth,
            opens,
            closes: false,
            first: NONE,
            last: NONE,
            filled: false,
        });
        self.nodes.len() - 1
    }

    fn leave(&mut self, at: usize, level: u8) -> usize {
        if !self.nodes[at].filled {
            self.leaf(None, at, level, false);
        }
        self.nodes[at].parent
    }

    fn leaf(&mut self, piece: Option<usize>, node: usize, level: u8, space: bool) {
        self.leaves.push(Leaf {
            piece,
            node,
            level,
            space,
        });
        let mut at = node;
        while at != NONE && !self.nodes[at].filled {
            self.nodes[at].filled = true;
            at = self.nodes[at].parent;
        }
    }

    /// Rule L1: white space at the line's end and before a tab has the paragraph's level.
    fn reset_spaces(&mut self, base: u8) {
        for leaf in self.leaves.iter_mut().rev() {
            if !leaf.space && leaf.piece.is_some() {
                break;
            }
            leaf.level = base;
        }
    }

    /// Rule L2, then the boxes around the leaves.
    fn ordered(mut self, engine: &Engine) -> Vec<Step> {
        let level = |leaf: &Leaf| Level::new(leaf.level).unwrap_or(Level::ltr());
        let levels: Vec<Level> = self.leaves.iter().map(level).collect();
        let order = BidiInfo::reorder_visual(&levels);
        for (place, index) in order.iter().enumerate() {
            self.reach(self.leaves[*index].node, place);
        }
        let mut steps = Vec::with_capacity(order.len() * 2);
        let mut at = NONE;
        for (place, index) in order.iter().enumerate() {
            let leaf = &self.leaves[*index];
            at = self.go(engine, at, leaf.node, place, &mut steps);
            steps.extend(leaf.piece.map(Step::Piece));
        }
        self.go(engine, at, NONE, order.len(), &mut steps);
        steps
    }

    fn reach(&mut self, node: usize, place: usize) {
        let mut at = node;
        while at != NONE {
            let node = &mut self.nodes[at];
            if node.first == NONE {
                node.first = place;
            }
            node.last = place;
            at = node.parent;
        }
    }

    /// Closes and opens boxes on the way from one leaf's box to another's; `place` is what comes.
    fn go(
        &self,
        engine: &Engine,
        from: usize,
        to: usize,
        place: usize,
        steps: &mut Vec<Step>,
    ) -> usize {
        let depth = |at: usize| self.nodes.get(at).map_or(0, |node| node.depth + 1);
        let (mut from, mut up) = (from, to);
        let mut opened = Vec::new();
        while from != up {
            if depth(from) >= depth(up) {
                let node = &self.nodes[from];
                let edge = self.has_edge(engine, node, false) && node.last + 1 == place;
                steps.push(Step::Close(node.id, edge));
                from = node.parent;
            } else {
                opened.push(up);
                up = self.nodes[up].parent;
            }
        }
        for at in opened.into_iter().rev() {
            let node = &self.nodes[at];
            let edge = self.has_edge(engine, node, true) && node.first == place;
            steps.push(Step::Open(node.id, edge));
        }
        to
    }

    /// Whether the box's left or right end is on this line.
    fn has_edge(&self, engine: &Engine, node: &Node, left: bool) -> bool {
        if engine.style(node.id).rtl == left {
            node.closes
        } else {
            node.opens
        }
    }
}
