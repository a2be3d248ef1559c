//! Transforms (CSS Transforms 1).

use crate::space::Space;
use style::properties::ComputedValues;
use thru_cssom::matrix;
use thru_layout::{FragmentKind, FragmentTree, unit::LayoutUnit};
use thru_render_tree::{BoxId, Generated, RenderTree};
use vello_cpu::kurbo::Rect;

/// Whether a style has a transform at all.
pub(crate) fn has_transform(style: &ComputedValues) -> bool {
    matrix::of(style, 0.0, 0.0).is_some()
}

/// The box of the element around a box's element: anonymous boxes are passed over.
pub(crate) fn element_parent(tree: &RenderTree, id: BoxId) -> Option<BoxId> {
    let mut up = tree.get(id).parent;
    while let Some(at) = up {
        if tree.get(at).generated != Some(Generated::Anonymous) {
            return Some(at);
        }
        up = tree.get(at).parent;
    }
    None
}

/// A layout rectangle in CSS px.
pub fn px_rect(rect: &thru_layout::unit::Rect) -> Rect {
    let px = |u: LayoutUnit| f64::from(u.0) / 64.0;
    Rect::new(
        px(rect.origin.x),
        px(rect.origin.y),
        px(rect.right()),
        px(rect.bottom()),
    )
}

/// The border boxes of the elements' own boxes with transforms applied: x, y, w, h in CSS px from
/// the document's top left. What `--boxes` writes.
pub fn transformed_boxes(tree: &RenderTree, placed: &FragmentTree) -> Vec<(BoxId, [f64; 4])> {
    let mut areas: Vec<Option<Rect>> = vec![None; tree.len()];
    let mut spaces: Vec<Space> = Vec::with_capacity(placed.nodes.len());
    for (index, node) in placed.nodes.iter().enumerate() {
        let around = node
            .containing
            .filter(|c| *c < index)
            .map_or(Space::DOCUMENT, |c| spaces[c]);
        let rect = px_rect(&node.rect);
        let source = node.fragment.source;
        let space = around.enter(tree, placed, index);
        spaces.push(space);
        let Some(id) = source else { continue };
        if matches!(
            node.fragment.kind,
            FragmentKind::Text(_) | FragmentKind::Placeholder { .. }
        ) {
            continue;
        }
        let shown = space.plane().bounds_or(rect);
        let area = &mut areas[id.index()];
        *area = Some(area.map_or(shown, |a| a.union(shown)));
    }
    tree.ids()
        .filter(|id| tree.get(*id).is_principal())
        .filter_map(|id| areas[id.index()].map(|a| (id, [a.x0, a.y0, a.width(), a.height()])))
        .collect()
}
