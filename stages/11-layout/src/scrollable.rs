//! The scrollable overflow area (CSS Overflow 3 section 2.2).

use crate::{
    engine::edges_of,
    fragment::{FragmentIndex, FragmentKind, FragmentNode, FragmentTree},
    style::{Length, margins},
    unit::{Edges, LayoutUnit, Point, Rect, Size},
    writing_mode::WritingMode,
};
use style::{
    computed_values::direction::T as Direction, properties::ComputedValues,
    values::computed::Overflow,
};
use thru_cssom::matrix::{self, Matrix};
use thru_render_tree::RenderTree;

/// How far the content of each fragment reaches, in the document's space: the union of what is in
/// it, moved by its transform, cut where a box between clips. `None` if it has no area and nothing in it has.
/// GAP: `perspective` around a transform is not counted in.
pub(crate) fn scrollable_overflow(tree: &RenderTree, placed: &FragmentTree) -> Vec<Option<Rect>> {
    let own = |node: &FragmentNode| Some(node.rect).filter(|rect| !is_empty(rect));
    let mut reach: Vec<Option<Rect>> = vec![None; placed.nodes.len()];
    // Fragments stand behind what contains them, but for the boxes out of flow, which stand
    // behind all of the boxes that can contain them.
    for index in (0..placed.nodes.len()).rev() {
        let node = &placed.nodes[index];
        if let Some(content) = content_in_flow(tree, placed, index) {
            reach[index] = joined(reach[index], Some(content));
        }
        let Some(container) = node.containing.filter(|container| *container < index) else {
            continue;
        };
        if matches!(node.fragment.kind, FragmentKind::Placeholder { .. }) {
            continue;
        }
        let id = node
            .fragment
            .source
            .filter(|_| matches!(node.fragment.kind, FragmentKind::Box { .. }));
        let style = id.map(|id| &tree.get(id).style);
        let bounded = id.is_some_and(|id| placed.bounded.contains_key(&id));
        let shown = match style {
            Some(style) if clips(style) || bounded => own(node),
            _ => joined(own(node), reach[index]),
        };
        let Some(mut shown) = shown else { continue };
        if let Some(style) = style {
            shown = transformed(style, &node.rect, shown);
        }
        reach[container] = joined(reach[container], Some(shown));
    }
    reach
}

/// Width and height of the area, counted from where scrolling begins; the padding box at least.
pub(crate) fn scrollable_size(style: &ComputedValues, reach: &Option<Rect>, inside: &Rect) -> Size {
    let reach = reach.map_or(*inside, |reach| reach.union(inside));
    let [right, bottom] = begins_at_end(style);
    Size::new(
        match right {
            true => inside.right() - reach.origin.x,
            false => reach.right() - inside.origin.x,
        },
        match bottom {
            true => inside.bottom() - reach.origin.y,
            false => reach.bottom() - inside.origin.y,
        },
    )
}

fn begins_at_end(style: &ComputedValues) -> [bool; 2] {
    let rtl = style.get_inherited_box().direction == Direction::Rtl;
    WritingMode::of(style).begins_at_end(rtl)
}

fn joined(one: Option<Rect>, other: Option<Rect>) -> Option<Rect> {
    match (one, other) {
        (Some(one), Some(other)) => Some(one.union(&other)),
        (one, other) => one.or(other),
    }
}

fn is_empty(rect: &Rect) -> bool {
    rect.size.width <= LayoutUnit::ZERO || rect.size.height <= LayoutUnit::ZERO
}

/// What is in flow in a scroll container with its margins, and the container's padding behind it.
fn content_in_flow(tree: &RenderTree, placed: &FragmentTree, index: FragmentIndex) -> Option<Rect> {
    let node = &placed.nodes[index];
    let (FragmentKind::Box { padding, .. }, Some(id)) = (&node.fragment.kind, node.fragment.source)
    else {
        return None;
    };
    let style = &tree.get(id).style;
    if !scrolls(style) {
        return None;
    }
    let content = node.rect.inside(&edges_of(&node.fragment));
    let (mut reach, mut moved) = (None, false);
    for child in &node.children {
        let child = &placed.nodes[*child];
        reach = joined(reach, margin_box(tree, child, content.size.width));
        moved |= child
            .fragment
            .source
            .is_some_and(|id| matrix::of(&tree.get(id).style, 0.0, 0.0).is_some());
    }
    let mut reach = reach?;
    let mode = WritingMode::of(style);
    if let (Some(end), false) = (node.fragment.content_end, moved) {
        set_block_end(&mut reach, mode, &node.rect, end);
    }
    let [right, bottom] = begins_at_end(style);
    let zero = LayoutUnit::ZERO;
    let behind = Edges {
        left: if right { -padding.left } else { zero },
        right: if right { zero } else { -padding.right },
        top: if bottom { -padding.top } else { zero },
        bottom: if bottom { zero } else { -padding.bottom },
    };
    Some(reach.inside(&behind))
}

/// Margins that collapse at the end are known to layout only.
fn set_block_end(reach: &mut Rect, mode: WritingMode, around: &Rect, end: LayoutUnit) {
    match mode {
        WritingMode::Horizontal => {
            let top = reach.origin.y.min(around.origin.y + end);
            reach.size.height = around.origin.y + end - top;
            reach.origin.y = top;
        }
        WritingMode::VerticalLr => {
            let left = reach.origin.x.min(around.origin.x + end);
            reach.size.width = around.origin.x + end - left;
            reach.origin.x = left;
        }
        WritingMode::VerticalRl => {
            let right = reach.right().max(around.right() - end);
            reach.origin.x = around.right() - end;
            reach.size.width = right - reach.origin.x;
        }
    }
}

/// The margin box of a child in flow where it would be without being moved relatively, but with its transform; a
/// line's own box.
fn margin_box(tree: &RenderTree, child: &FragmentNode, basis: LayoutUnit) -> Option<Rect> {
    let id = match (&child.fragment.kind, child.fragment.source) {
        (FragmentKind::Line, _) => return Some(child.rect),
        (FragmentKind::Box { .. }, Some(id)) if !tree.get(id).is_absolute() => id,
        _ => return None,
    };
    let [top, right, bottom, left] = margins(&tree.get(id).style)
        .map(|margin| margin.map_or(LayoutUnit::ZERO, |m| Length::against(&m, basis)));
    let outwards = Edges {
        top: -top,
        right: -right,
        bottom: -bottom,
        left: -left,
    };
    let shift = child.fragment.shift;
    let at = Point::new(child.rect.origin.x - shift.x, child.rect.origin.y - shift.y);
    let rect = Rect::new(at, child.rect.size).inside(&outwards);
    Some(transformed(&tree.get(id).style, &child.rect, rect))
}

/// Where a box's transform puts a rectangle of its space.
fn transformed(style: &ComputedValues, own: &Rect, rect: Rect) -> Rect {
    let (width, height) = (px(own.size.width), px(own.size.height));
    let Some(matrix) = matrix::of(style, width, height) else {
        return rect;
    };
    let (x, y, z) = matrix::origin(style, width, height);
    let around: Matrix = matrix.around(px(own.origin.x) + x, px(own.origin.y) + y, z);
    let Some([a, b, c, d, e, f]) = around.flattened().affine() else {
        return rect;
    };
    let corner = |x: LayoutUnit, y: LayoutUnit| {
        let (x, y) = (px(x), px(y));
        (a * x + c * y + e, b * x + d * y + f)
    };
    let corners = [
        corner(rect.origin.x, rect.origin.y),
        corner(rect.right(), rect.origin.y),
        corner(rect.origin.x, rect.bottom()),
        corner(rect.right(), rect.bottom()),
    ];
    let least = |pick: fn(&(f64, f64)) -> f64| corners.iter().map(pick).fold(f64::MAX, f64::min);
    let most = |pick: fn(&(f64, f64)) -> f64| corners.iter().map(pick).fold(f64::MIN, f64::max);
    let (left, top) = (unit(least(|p| p.0)), unit(least(|p| p.1)));
    let (right, bottom) = (unit(most(|p| p.0)), unit(most(|p| p.1)));
    Rect::new(Point::new(left, top), Size::new(right - left, bottom - top))
}

fn px(length: LayoutUnit) -> f64 {
    f64::from(length.0) / 64.0
}

fn unit(px: f64) -> LayoutUnit {
    LayoutUnit::round_px(px as f32)
}

fn clips(style: &ComputedValues) -> bool {
    let style = style.get_box();
    style.overflow_x != Overflow::Visible || style.overflow_y != Overflow::Visible
}

fn scrolls(style: &ComputedValues) -> bool {
    let overflow = style.get_box().overflow_x;
    matches!(
        overflow,
        Overflow::Hidden | Overflow::Auto | Overflow::Scroll
    )
}
