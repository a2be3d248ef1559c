//! What of a box does not depend on its content (CSS Containment 2 section 3, CSS Conditional 5 section 5.1), and the
//! sizes of containers that sheets ask for.

use crate::{
    content_visibility::Skipping,
    engine::edges_of,
    fragment::{FragmentKind, FragmentTree},
    unit::LayoutUnit,
};
use std::collections::{BTreeMap, BTreeSet};
use style::{
    properties::ComputedValues,
    values::{computed::Contain, specified::box_::ContainerType},
};
use thru_cssom::{Carried, ContainerSizes};
use thru_dom::NodeId;
use thru_render_tree::RenderTree;

/// What is contained, with what `container-type` brings.
pub(crate) fn contained(style: &ComputedValues) -> Contain {
    let boxed = style.get_box();
    let mut contain = boxed.contain;
    if boxed.container_type.contains(ContainerType::SIZE) {
        contain.insert(Contain::STYLE | Contain::SIZE);
    } else if boxed.container_type.contains(ContainerType::INLINE_SIZE) {
        contain.insert(Contain::STYLE | Contain::INLINE_SIZE);
    }
    contain
}

/// Whether a size container is a formatting context of its own.
pub(crate) fn is_size_container(style: &ComputedValues) -> bool {
    style.get_box().container_type.is_size_container_type()
}

/// The size of contained content.
pub(crate) fn contained_size(style: &ComputedValues, side: Carried) -> LayoutUnit {
    if contained(style).is_empty() && Skipping::of(style).is_none() {
        return LayoutUnit::ZERO;
    }
    side.px(style).map_or(LayoutUnit::ZERO, LayoutUnit::from_px)
}

/// The content boxes of the principal boxes of these elements, along the axes that queries may ask for.
pub fn container_sizes(
    tree: &RenderTree,
    placed: &FragmentTree,
    containers: &[NodeId],
) -> ContainerSizes {
    let wanted: BTreeSet<NodeId> = containers.iter().copied().collect();
    let mut sizes: ContainerSizes = BTreeMap::new();
    for node in &placed.nodes {
        let Some(id) = node.fragment.source else {
            continue;
        };
        let source = tree.get(id);
        let is_box = matches!(node.fragment.kind, FragmentKind::Box { .. });
        if !is_box || !source.is_principal() || !wanted.contains(&source.node) {
            continue;
        }
        let size = node.rect.inside(&edges_of(&node.fragment)).size;
        let both = source
            .style
            .get_box()
            .container_type
            .contains(ContainerType::SIZE);
        let vertical = crate::writing_mode::WritingMode::of(&source.style).is_vertical();
        sizes.entry(source.node).or_insert([
            (both || !vertical).then(|| size.width.to_px()),
            (both || vertical).then(|| size.height.to_px()),
        ]);
    }
    sizes
}
