//! Everything's place in the document, and the containing blocks of out-of-flow boxes (CSS 2 section 10.1).

use crate::{
    absolute::{Container, StaticPosition},
    engine::Engine,
    fragment::{Fragment, FragmentIndex, FragmentKind, FragmentNode, FragmentTree},
    style::Position,
    unit::{Edges, Point, Rect, Size},
    writing_mode::{WritingMode, physical},
};
use std::{collections::HashMap, rc::Rc};
use thru_render_tree::{BoxId, BoxKind, Generated};

#[derive(Clone, Copy)]
struct Pending {
    id: BoxId,
    place: StaticPosition,
    parent: FragmentIndex,
    slot: usize,
}

/// Whose inline boxes these are: a node of the document, or what is generated for it.
type InlineOwner = (usize, Option<Generated>);

/// What is being put together.
#[derive(Default)]
struct Placement {
    tree: FragmentTree,
    pending: Vec<Pending>,
    /// The first and the last part of each inline element that can be a containing block.
    inlines: HashMap<InlineOwner, (FragmentIndex, FragmentIndex)>,
    /// The first fragment of each box that can be a containing block.
    boxes: HashMap<BoxId, FragmentIndex>,
}

/// The most out-of-flow boxes of one page.
pub const MAX_OUT_OF_FLOW: usize = 1 << 18;

impl Engine<'_> {
    /// Puts the root's fragment and all that hangs out of flow into document coordinates.
    pub(crate) fn place_all(
        &mut self,
        root: Rc<Fragment>,
        at: Point,
        mode: WritingMode,
    ) -> FragmentTree {
        let mut placement = Placement::default();
        placement.tree.viewport = self.viewport;
        placement.tree.nodes.reserve(self.tree.len() * 2);
        self.flatten(&mut placement, root, (at, mode), None, None);
        let mut done = 0;
        while done < placement.pending.len() && done < MAX_OUT_OF_FLOW {
            let next = placement.pending[done];
            done += 1;
            self.place_one(&mut placement, next);
        }
        let mut tree = placement.tree;
        tree.document = document_size(self, &tree);
        tree
    }

    fn place_one(&mut self, placement: &mut Placement, pending: Pending) {
        let Pending {
            id, parent, slot, ..
        } = pending;
        let fixed = self.style(id).position == Position::Fixed;
        let index = self.containing(placement, id, parent, fixed);
        let container = match index {
            Some(index) => self.container(placement, index, id),
            None => self.viewport_container(),
        };
        let (fragment, corner) = self.absolute(id, pending.place, container);
        let at = placement.tree.nodes.len();
        let place = (corner, WritingMode::Horizontal);
        self.flatten(placement, fragment, place, Some(parent), Some(index));
        if let Some(place) = placement.tree.nodes[parent].children.get_mut(slot) {
            *place = at;
        }
    }

    /// The initial containing block.
    pub(crate) fn viewport_container(&self) -> Container {
        Container {
            area: Rect::new(Point::default(), self.viewport),
            rtl: self.tree.root.is_some_and(|root| self.style(root).rtl),
            mode: self
                .tree
                .root
                .map_or(WritingMode::Horizontal, |root| self.known.modes.inner(root)),
        }
    }

    /// The node whose padding box is the containing block. The boxes say which it is: a float is not among the
    /// fragments of the inline box that it is in.
    fn containing(
        &self,
        placement: &Placement,
        child: BoxId,
        from: FragmentIndex,
        fixed: bool,
    ) -> Option<FragmentIndex> {
        let above = |id: BoxId| {
            let source = self.tree.get(id);
            source.broke.or(source.parent)
        };
        let mut around = above(child)?;
        while !self.is_containing_block(around, fixed) {
            around = above(around)?;
        }
        let mut at = Some(from);
        while let Some(index) = at {
            let node = &placement.tree.nodes[index];
            let text = matches!(node.fragment.kind, FragmentKind::Text(_));
            let source = node.fragment.source.map(|id| self.tree.original(id));
            if source == Some(around) && !text {
                return Some(index);
            }
            at = node.parent;
        }
        placement.boxes.get(&around).copied()
    }

    /// Whether absolutely positioned boxes (or fixed ones) in a box refer to it.
    pub(crate) fn is_containing_block(&self, id: BoxId, fixed: bool) -> bool {
        let style = self.style(id);
        let source = self.tree.get(id);
        if source.generated == Some(Generated::Anonymous) {
            return false;
        }
        let contains_all = style.contains_all && !matches!(source.kind, BoxKind::Inline { .. });
        contains_all || (!fixed && style.position != Position::Static)
    }

    /// The containing block that a node makes for the box `of`: its padding box; for a grid the grid area that the box
    /// names; for an inline box what lies between the start of its
    /// first part and the end of its last.
    fn container(&self, placement: &Placement, index: FragmentIndex, of: BoxId) -> Container {
        let nodes = &placement.tree.nodes;
        let source = nodes[index].fragment.source;
        let rtl = source.is_some_and(|id| self.style(id).rtl);
        let mut area = self.padding_area(&placement.tree, index);
        if let Some(lines) = &nodes[index].fragment.grid {
            let corner = nodes[index].rect.origin;
            area.origin = area.origin + Point::new(-corner.x, -corner.y);
            let mode = source.map_or(WritingMode::Horizontal, |id| self.known.modes.inner(id));
            let whole = nodes[index].rect.size;
            area = lines.area(&self.tree.get(of).style, mode.logical(whole, &area));
            area = mode.physical(whole, &area);
            area.origin = area.origin + corner;
        }
        let owner = source.map(|id| self.inline_owner(id));
        let parts = owner.and_then(|owner| placement.inlines.get(&owner));
        if let (FragmentKind::Inline { .. }, Some((first, last))) =
            (&nodes[index].fragment.kind, parts)
        {
            let first = self.padding_area(&placement.tree, *first);
            let last = self.padding_area(&placement.tree, *last);
            let (left, right) = if rtl {
                (last.origin.x, first.right())
            } else {
                (first.origin.x, last.right())
            };
            area.origin = Point::new(left, first.origin.y);
            area.size.width = (right - left).at_least_zero();
            area.size.height = (last.bottom() - first.origin.y).at_least_zero();
        }
        let mode = source.map_or(WritingMode::Horizontal, |id| self.known.modes.inner(id));
        Container { area, rtl, mode }
    }

    fn inline_owner(&self, id: BoxId) -> InlineOwner {
        let source = self.tree.get(id);
        (source.node.index(), source.generated)
    }

    fn padding_area(&self, tree: &FragmentTree, index: FragmentIndex) -> Rect {
        let node = &tree.nodes[index];
        let border = match &node.fragment.kind {
            FragmentKind::Box { border, .. } | FragmentKind::Inline { border, .. } => *border,
            _ => Edges::default(),
        };
        node.rect.inside(&border)
    }

    /// A fragment with physical edges.
    fn physical(&self, fragment: Rc<Fragment>, mode: WritingMode) -> Rc<Fragment> {
        if !self.known.modes.any() {
            return fragment;
        }
        let (outer, inner) = match fragment.source {
            Some(id) => (self.known.modes.outer(id), self.known.modes.inner(id)),
            None => (mode, mode),
        };
        if outer.is_vertical() || inner.is_vertical() {
            Rc::new(physical(&fragment, outer, inner))
        } else {
            fragment
        }
    }

    /// Puts a fragment and all in it into the document, in tree order.
    fn flatten(
        &self,
        placement: &mut Placement,
        fragment: Rc<Fragment>,
        (at, mode): (Point, WritingMode),
        parent: Option<FragmentIndex>,
        container: Option<Option<FragmentIndex>>,
    ) {
        struct Frame {
            fragment: Rc<Fragment>,
            at: Point,
            /// The axes of `at`, and the rectangle that it lies in.
            mode: WritingMode,
            around: Rect,
            parent: Option<FragmentIndex>,
            containing: Option<FragmentIndex>,
            slot: usize,
        }
        let containing = container.unwrap_or(parent);
        let mut stack = vec![Frame {
            fragment,
            at,
            mode,
            around: Rect::new(Point::default(), self.viewport),
            parent,
            containing,
            slot: usize::MAX,
        }];
        while let Some(frame) = stack.pop() {
            let tree = &mut placement.tree;
            let index = tree.nodes.len();
            let at = frame.at + frame.fragment.shift;
            let mut rect = frame.mode.place(&frame.around, at, frame.fragment.size);
            if let Some(id) = frame.fragment.source.filter(|_| frame.fragment.is_boxed()) {
                rect.origin = rect.origin + self.sticky_shift(id, &rect, tree, frame.parent);
            }
            if let (Some(parent), true) = (frame.parent, frame.slot != usize::MAX) {
                tree.nodes[parent].children[frame.slot] = index;
            }
            match (&frame.fragment.kind, frame.fragment.source, frame.parent) {
                (FragmentKind::Line, ..) => tree.lines += 1,
                (FragmentKind::Placeholder { edges }, Some(id), Some(parent)) => {
                    placement.pending.push(Pending {
                        id,
                        place: StaticPosition {
                            at: rect.origin,
                            edges: frame.mode.physical_stand(*edges),
                        },
                        parent,
                        slot: frame.slot,
                    });
                }
                (FragmentKind::Box { .. }, Some(id), _) if self.is_containing_block(id, false) => {
                    placement
                        .boxes
                        .entry(self.tree.original(id))
                        .or_insert(index);
                }
                (FragmentKind::Inline { .. }, Some(id), _)
                    if self.style(id).position != Position::Static =>
                {
                    placement
                        .boxes
                        .entry(self.tree.original(id))
                        .or_insert(index);
                    let parts = placement.inlines.entry(self.inline_owner(id));
                    parts.or_insert((index, index)).1 = index;
                }
                _ => {}
            }
            let count = frame.fragment.children.len();
            let inside = match (&frame.fragment.kind, frame.fragment.source) {
                (FragmentKind::Line, _) => frame.mode.in_line(),
                (FragmentKind::Box { .. }, Some(id)) => self.known.modes.inner(id),
                _ => frame.mode,
            };
            for (slot, child) in frame.fragment.children.iter().enumerate().rev() {
                stack.push(Frame {
                    fragment: child.fragment.clone(),
                    at: child.at,
                    mode: inside,
                    around: rect,
                    parent: Some(index),
                    containing: Some(index),
                    slot,
                });
            }
            tree.nodes.push(FragmentNode {
                rect,
                vertical: frame.mode.is_vertical(),
                fragment: self.physical(frame.fragment, frame.mode),
                parent: frame.parent,
                containing: frame.containing,
                children: vec![usize::MAX; count],
            });
        }
    }
}

/// The scrollable size: what boxes reach, except where an ancestor clips.
fn document_size(engine: &Engine, tree: &FragmentTree) -> Size {
    let mut size = engine.viewport;
    let mut clipped: Vec<bool> = Vec::with_capacity(tree.nodes.len());
    for (index, node) in tree.nodes.iter().enumerate() {
        let by_parent = node.containing.filter(|c| *c < index).is_some_and(|c| {
            let container = &tree.nodes[c];
            let clips = container.parent.is_some()
                && container.fragment.source.is_some_and(|id| {
                    engine.style(id).clips
                        && !propagates(engine, id)
                        && !matches!(container.fragment.kind, FragmentKind::Text(_))
                });
            clipped[c] || clips
        });
        // What is fixed to the viewport cannot be scrolled to (CSS Overflow 3 section 2.2).
        let fixed = node.containing.is_none()
            && matches!(node.fragment.kind, FragmentKind::Box { .. })
            && node
                .fragment
                .source
                .is_some_and(|id| engine.style(id).position == Position::Fixed);
        let by_parent = by_parent || fixed;
        clipped.push(by_parent);
        if !by_parent && !matches!(node.fragment.kind, FragmentKind::Placeholder { .. }) {
            size.width = size.width.max(node.rect.right());
            size.height = size.height.max(node.rect.bottom());
        }
    }
    size
}

pub(crate) fn propagates(engine: &Engine, id: BoxId) -> bool {
    // The body's overflow is the viewport's (CSS Overflow 3 section 3.3).
    engine
        .tree
        .get(id)
        .parent
        .is_some_and(|parent| engine.tree.root == Some(parent) && !engine.style(parent).clips)
}
