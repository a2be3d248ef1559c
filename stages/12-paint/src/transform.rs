//! Transforms (CSS Transforms 1).

use style::{properties::ComputedValues, values::computed::Length};
use thru_layout::{FragmentKind, FragmentTree, unit::LayoutUnit};
use thru_render_tree::{BoxId, RenderTree};
use vello_cpu::kurbo::{Affine, Rect};

/// The transform of a box with this border box, around its origin; `None` without one.
/// GAP: 3D transforms are flattened; perspective is left out.
pub fn transform(style: &ComputedValues, rect: Rect) -> Option<Affine> {
    use style::values::{
        computed::{Rotate, Scale, Translate},
        generics::transform as generic,
    };
    let boxed = style.get_box();
    let none = boxed.transform.0.is_empty()
        && matches!(boxed.translate, Translate::None)
        && matches!(boxed.rotate, Rotate::None)
        && matches!(boxed.scale, Scale::None);
    if none {
        return None;
    }
    let (w, h) = (
        Length::new(rect.width() as f32),
        Length::new(rect.height() as f32),
    );
    let zero = Length::new(0.0);
    let reference = euclid::default::Rect::new(
        euclid::default::Point2D::new(zero, zero),
        euclid::default::Size2D::new(w, h),
    );
    let origin = &boxed.transform_origin;
    let x = rect.x0 + f64::from(origin.horizontal.resolve(w).px());
    let y = rect.y0 + f64::from(origin.vertical.resolve(h).px());
    let mut matrix = Affine::translate((x, y));
    if let generic::Translate::Translate(tx, ty, _) = &boxed.translate {
        matrix *= Affine::translate((f64::from(tx.resolve(w).px()), f64::from(ty.resolve(h).px())));
    }
    if let generic::Rotate::Rotate(angle) = &boxed.rotate {
        matrix *= Affine::rotate(f64::from(angle.radians()));
    }
    if let generic::Scale::Scale(sx, sy, _) = &boxed.scale {
        matrix *= Affine::scale_non_uniform(f64::from(*sx), f64::from(*sy));
    }
    if let Ok((m, _)) = boxed.transform.to_transform_3d_matrix(Some(&reference)) {
        let part = [m.m11, m.m12, m.m21, m.m22, m.m41, m.m42].map(f64::from);
        matrix *= Affine::new(part);
    }
    Some(matrix * Affine::translate((-x, -y)))
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
    let mut matrices: Vec<Option<Affine>> = Vec::with_capacity(placed.nodes.len());
    for (index, node) in placed.nodes.iter().enumerate() {
        let around = node
            .containing
            .filter(|c| *c < index)
            .and_then(|c| matrices[c]);
        let rect = px_rect(&node.rect);
        let source = node.fragment.source;
        let is_box = matches!(node.fragment.kind, FragmentKind::Box { .. });
        let own = source
            .filter(|_| is_box)
            .and_then(|id| transform(&tree.get(id).style, rect));
        let matrix = match (around, own) {
            (Some(a), Some(b)) => Some(a * b),
            (a, b) => a.or(b),
        };
        matrices.push(matrix);
        let Some(id) = source else { continue };
        if matches!(
            node.fragment.kind,
            FragmentKind::Text(_) | FragmentKind::Placeholder { .. }
        ) {
            continue;
        }
        let shown = matrix.map_or(rect, |m| m.transform_rect_bbox(rect));
        let area = &mut areas[id.index()];
        *area = Some(area.map_or(shown, |a| a.union(shown)));
    }
    tree.ids()
        .filter(|id| tree.get(*id).is_principal())
        .filter_map(|id| areas[id.index()].map(|a| (id, [a.x0, a.y0, a.width(), a.height()])))
        .collect()
}
