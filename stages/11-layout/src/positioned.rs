//! Out-of-flow boxes, and everything's place in the document (CSS 2 sections 10.3.7 and 10.6.4).

use crate::{
    engine::{Engine, Space, edges_of},
    fragment::{Fragment, FragmentIndex, FragmentKind, FragmentNode, FragmentTree},
    style::{Length, Position, Sizing},
    unit::{Edges, LayoutUnit, Point, Rect, Size},
};
use std::rc::Rc;
use thru_render_tree::BoxId;

struct Pending {
    id: BoxId,
    at: Point,
    parent: FragmentIndex,
    slot: usize,
}

/// The most out-of-flow boxes of one page.
pub const MAX_OUT_OF_FLOW: usize = 1 << 18;

impl Engine<'_> {
    /// Puts the root's fragment and all that hangs out of flow into document coordinates.
    pub(crate) fn place_all(&mut self, root: Rc<Fragment>, at: Point) -> FragmentTree {
        let mut tree = FragmentTree {
            viewport: self.viewport,
            ..FragmentTree::default()
        };
        tree.nodes.reserve(self.tree.len() * 2);
        let mut pending = Vec::new();
        flatten(&mut tree, root, at, None, None, &mut pending);
        let mut done = 0;
        while done < pending.len() && done < MAX_OUT_OF_FLOW {
            let Pending {
                id,
                at,
                parent,
                slot,
            } = pending[done];
            done += 1;
            self.place_one(&mut tree, id, at, parent, slot, &mut pending);
        }
        tree.document = document_size(self, &tree);
        tree
    }

    fn place_one(
        &mut self,
        tree: &mut FragmentTree,
        id: BoxId,
        at: Point,
        parent: FragmentIndex,
        slot: usize,
        pending: &mut Vec<Pending>,
    ) {
        let fixed = self.style(id).position == Position::Fixed;
        let container = self.containing(tree, parent, fixed);
        let area = match container {
            Some(index) => self.padding_area(tree, index),
            None => Rect::new(Point::default(), self.viewport),
        };
        let (fragment, corner) = self.absolute(id, at, area);
        let index = tree.nodes.len();
        flatten(
            tree,
            fragment,
            corner,
            Some(parent),
            Some(container),
            pending,
        );
        if let Some(place) = tree.nodes[parent].children.get_mut(slot) {
            *place = index;
        }
    }

    /// The node whose padding box is the containing block.
    fn containing(
        &self,
        tree: &FragmentTree,
        from: FragmentIndex,
        fixed: bool,
    ) -> Option<FragmentIndex> {
        let mut at = Some(from);
        while let Some(index) = at {
            let node = &tree.nodes[index];
            if let (Some(id), false) = (
                node.fragment.source,
                matches!(node.fragment.kind, FragmentKind::Text(_)),
            ) {
                let style = self.style(id);
                if style.contains_all || (!fixed && style.position != Position::Static) {
                    return Some(index);
                }
            }
            at = node.parent;
        }
        None
    }

    fn padding_area(&self, tree: &FragmentTree, index: FragmentIndex) -> Rect {
        let node = &tree.nodes[index];
        let border = match &node.fragment.kind {
            FragmentKind::Box { border, .. } | FragmentKind::Inline { border, .. } => *border,
            _ => Edges::default(),
        };
        node.rect.inside(&border)
    }

    /// Sizes and places one absolutely positioned box; `at` is its static position.
    fn absolute(&mut self, id: BoxId, at: Point, area: Rect) -> (Rc<Fragment>, Point) {
        let style = self.style(id).clone();
        let (w, h) = (area.size.width, area.size.height);
        let side = |i: usize, basis: LayoutUnit| {
            style.inset[i].as_ref().map(|l: &Length| l.against(basis))
        };
        let (top, bottom) = (side(0, h), side(2, h));
        let (right, left) = (side(1, w), side(3, w));
        let margin = style.margin(w);
        let mut space = Space {
            width: w,
            height: Some(h),
            shrink: true,
            ..Space::default()
        };
        let given = left.unwrap_or_default() + right.unwrap_or_default();
        let static_room = if left.is_none() && right.is_none() {
            area.right() - at.x
        } else {
            w
        };
        space.available = Some((static_room.min(w) - given).at_least_zero());
        let auto_width = style.size[0].is_auto();
        let stretchy = !matches!(
            self.kind(id),
            thru_render_tree::BoxKind::Replaced(_)
                | thru_render_tree::BoxKind::Control(_)
                | thru_render_tree::BoxKind::Table
        ) && !self.tree.get(id).manner.button;
        if auto_width && left.is_some() && right.is_some() && stretchy {
            space.shrink = false;
        }
        let auto_height = matches!(style.size[1], Sizing::Auto);
        if let (true, Some(t), Some(b), true, None) =
            (auto_height, top, bottom, stretchy, style.ratio)
        {
            let height = (h - t - b - margin.vertical()).at_least_zero();
            space.fixed_height = Some(self.bound_height(id, height, &space));
        }
        let fragment = self.lay_out(id, &space);
        let size = fragment.size;
        let rtl = style.rtl;
        let auto = |i: usize| style.margin[i].is_none();
        let x = along(
            area.origin.x,
            w,
            at.x,
            left,
            right,
            margin.left,
            margin.right,
            size.width,
            (auto(3), auto(1)),
            rtl,
        );
        let y = along(
            area.origin.y,
            h,
            at.y,
            top,
            bottom,
            margin.top,
            margin.bottom,
            size.height,
            (auto(0), auto(2)),
            false,
        );
        (fragment, Point::new(x, y))
    }
}

#[allow(clippy::too_many_arguments)]
fn along(
    origin: LayoutUnit,
    room: LayoutUnit,
    fallback: LayoutUnit,
    start: Option<LayoutUnit>,
    end: Option<LayoutUnit>,
    before: LayoutUnit,
    after: LayoutUnit,
    size: LayoutUnit,
    auto: (bool, bool),
    reversed: bool,
) -> LayoutUnit {
    match (start, end) {
        (Some(start), Some(end)) => {
            let free = room - start - end - size - before - after;
            let shift = match auto {
                (true, true) => free.half().at_least_zero(),
                (true, false) => free,
                (false, false) if reversed => free,
                _ => LayoutUnit::ZERO,
            };
            origin + start + before + shift
        }
        (Some(start), None) => origin + start + before,
        (None, Some(end)) => origin + room - end - after - size,
        (None, None) => fallback + before,
    }
}

fn flatten(
    tree: &mut FragmentTree,
    fragment: Rc<Fragment>,
    at: Point,
    parent: Option<FragmentIndex>,
    container: Option<Option<FragmentIndex>>,
    pending: &mut Vec<Pending>,
) {
    struct Frame {
        fragment: Rc<Fragment>,
        at: Point,
        parent: Option<FragmentIndex>,
        containing: Option<FragmentIndex>,
        slot: usize,
    }
    let containing = container.unwrap_or(parent);
    let mut stack = vec![Frame {
        fragment,
        at,
        parent,
        containing,
        slot: usize::MAX,
    }];
    while let Some(frame) = stack.pop() {
        let index = tree.nodes.len();
        let origin = frame.at + frame.fragment.shift;
        if let (Some(parent), true) = (frame.parent, frame.slot != usize::MAX) {
            tree.nodes[parent].children[frame.slot] = index;
        }
        if matches!(frame.fragment.kind, FragmentKind::Line) {
            tree.lines += 1;
        }
        if let (FragmentKind::Placeholder { .. }, Some(id), Some(parent)) =
            (&frame.fragment.kind, frame.fragment.source, frame.parent)
        {
            pending.push(Pending {
                id,
                at: origin,
                parent,
                slot: frame.slot,
            });
        }
        let count = frame.fragment.children.len();
        for (slot, child) in frame.fragment.children.iter().enumerate().rev() {
            stack.push(Frame {
                fragment: child.fragment.clone(),
                at: origin + child.at,
                parent: Some(index),
                containing: Some(index),
                slot,
            });
        }
        tree.nodes.push(FragmentNode {
            rect: Rect::new(origin, frame.fragment.size),
            fragment: frame.fragment,
            parent: frame.parent,
            containing: frame.containing,
            children: vec![usize::MAX; count],
        });
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
        clipped.push(by_parent);
        if !by_parent && !matches!(node.fragment.kind, FragmentKind::Placeholder { .. }) {
            size.width = size.width.max(node.rect.right());
            size.height = size.height.max(node.rect.bottom());
        }
    }
    let _ = edges_of;
    size
}

fn propagates(engine: &Engine, id: BoxId) -> bool {
    // The body's overflow is the viewport's (CSS Overflow 3 section 3.3).
    engine
        .tree
        .get(id)
        .parent
        .is_some_and(|parent| engine.tree.root == Some(parent) && !engine.style(parent).clips)
}
