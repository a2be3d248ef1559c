//! Sizes of a box as CSSOM View names them (sections 6 and 7): border box, client box, scrollable
//! size, used margins.

use crate::{
    fragment::{FragmentIndex, FragmentKind, FragmentNode, FragmentTree},
    scrollable::{scrollable_overflow, scrollable_size},
    style::{Length, margins},
    unit::{Edges, LayoutUnit, Rect, Size},
};
use thru_render_tree::{BoxId, RenderTree};

/// The sizes of an element's own box. Lengths are in the document's space, without transforms.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct BoxMetrics {
    /// The box.
    pub id: BoxId,
    /// Border box; an inline's is the union of its lines.
    pub border_box: Rect,
    /// Used border widths.
    pub border: Edges,
    /// Used padding.
    pub padding: Edges,
    /// Used margins.
    pub margin: Edges,
    /// The box around it that its percentages refer to; `None` is the initial containing block.
    pub containing: Option<BoxId>,
    /// Width and height of the containing block.
    pub containing_size: Size,
    /// It is a box of its own and not pieces of lines: it has a client box.
    pub has_client_box: bool,
    /// Width and height of the scrollable overflow area (CSS Overflow 3 section 2.2), the padding
    /// box at least.
    pub scrollable: Size,
}

/// The metrics of the elements' own boxes, in tree order of the boxes.
pub fn metrics(tree: &RenderTree, placed: &FragmentTree) -> Vec<BoxMetrics> {
    let reach = scrollable_overflow(tree, placed);
    let mut found: Vec<Option<BoxMetrics>> = vec![None; tree.len()];
    for (index, node) in placed.nodes.iter().enumerate() {
        let Some(id) = node.fragment.source.map(|id| tree.original(id)) else {
            continue;
        };
        let (border, padding, has_client_box) = match &node.fragment.kind {
            FragmentKind::Box { border, padding } => (*border, *padding, true),
            FragmentKind::Inline { border, padding } => (*border, *padding, false),
            _ => continue,
        };
        match &mut found[id.index()] {
            Some(known) => known.border_box = known.border_box.union(&node.rect),
            empty => {
                let inside = node.rect.inside(&border);
                let (containing, around) = containing_block(tree, placed, index, id);
                *empty = Some(BoxMetrics {
                    id,
                    containing,
                    containing_size: around.size,
                    border_box: node.rect,
                    border,
                    padding,
                    margin: used_margins(tree, &around, node, id),
                    has_client_box,
                    scrollable: scrollable_size(&tree.get(id).style, &reach[index], &inside),
                });
            }
        }
    }
    let own = tree.ids().filter(|id| tree.get(*id).is_principal());
    own.filter_map(|id| found[id.index()]).collect()
}

/// The containing block (CSS 2 section 10.1): the content box of the block around a box in flow,
/// the padding box of what contains one out of flow.
fn containing_block(
    tree: &RenderTree,
    placed: &FragmentTree,
    index: FragmentIndex,
    id: BoxId,
) -> (Option<BoxId>, Rect) {
    let initial = Rect::new(Default::default(), placed.viewport);
    let absolute = tree.get(id).is_absolute();
    let mut at = placed.nodes[index].containing;
    while let Some(container) = at {
        let node = &placed.nodes[container];
        match (&node.fragment.kind, node.fragment.source) {
            (FragmentKind::Box { border, .. }, source) if absolute => {
                return (source, node.rect.inside(border));
            }
            (FragmentKind::Inline { border, .. }, source) if absolute => {
                return (source, node.rect.inside(border));
            }
            (FragmentKind::Box { .. }, source) => {
                let edges = crate::engine::edges_of(&node.fragment);
                return (source, node.rect.inside(&edges));
            }
            _ => at = node.parent,
        }
    }
    (None, initial)
}

/// The used margins: `auto` of a box in flow is what is free beside it.
fn used_margins(tree: &RenderTree, around: &Rect, node: &FragmentNode, id: BoxId) -> Edges {
    let own = &node.rect;
    let basis = node.fragment.basis.unwrap_or(around.size.width);
    let values = margins(&tree.get(id).style);
    let free = [
        LayoutUnit::ZERO,
        around.right() - own.right(),
        LayoutUnit::ZERO,
        own.origin.x - around.origin.x,
    ];
    let used = |side: usize| match &values[side] {
        Some(length) => Length::against(length, basis),
        None => free[side],
    };
    Edges {
        top: used(0),
        right: used(1),
        bottom: used(2),
        left: used(3),
    }
}
