use super::ElementBox;
use std::collections::BTreeMap;
use thru_dom::{Document, NodeId};
use thru_layout::FragmentTree;
use thru_render_tree::RenderTree;

/// The border boxes of the elements in tree order, without those of no extent or outside the
/// document.
pub(super) fn of_elements(
    dom: &Document,
    tree: &RenderTree,
    placed: &FragmentTree,
) -> Vec<ElementBox> {
    let mut areas: BTreeMap<NodeId, [f64; 4]> = BTreeMap::new();
    for (id, area) in thru_paint::transformed_boxes(tree, placed) {
        let node = tree.get(id).node;
        areas
            .entry(node)
            .and_modify(|known| *known = union(*known, area))
            .or_insert(area);
    }
    let width = f64::from(placed.document.width.to_px());
    let height = f64::from(placed.document.height.to_px());
    let mut boxes = Vec::new();
    let mut open: Vec<(NodeId, String)> = Vec::new();
    open.extend(dom.root_element().map(|root| (root, name(dom, root))));
    while let Some((node, path)) = open.pop() {
        let area = areas.get(&node).copied();
        let mut children = paths(dom, node, &path);
        children.reverse();
        open.extend(children);
        if let Some(area) = area.filter(|area| is_shown(*area, width, height)) {
            boxes.push(ElementBox { path, area });
        }
    }
    boxes
}

fn is_shown([x, y, w, h]: [f64; 4], width: f64, height: f64) -> bool {
    w > 0.0 && h > 0.0 && x + w > 0.0 && y + h > 0.0 && x < width && y < height
}

pub(super) fn union(a: [f64; 4], b: [f64; 4]) -> [f64; 4] {
    let left = a[0].min(b[0]);
    let top = a[1].min(b[1]);
    let right = (a[0] + a[2]).max(b[0] + b[2]);
    let bottom = (a[1] + a[3]).max(b[1] + b[3]);
    [left, top, right - left, bottom - top]
}

/// The paths of some elements, which stand in tree order.
pub(super) fn paths_of(dom: &Document, wanted: &[NodeId]) -> Vec<String> {
    let mut known: BTreeMap<NodeId, String> = BTreeMap::new();
    let mut open: Vec<(NodeId, String)> = Vec::new();
    open.extend(dom.root_element().map(|root| (root, name(dom, root))));
    while let Some((node, path)) = open.pop() {
        open.extend(paths(dom, node, &path));
        known.insert(node, path);
    }
    let path = |node| known.get(node).cloned().unwrap_or_default();
    wanted.iter().map(path).collect()
}

fn name(dom: &Document, node: NodeId) -> String {
    dom.element(node)
        .map_or(String::new(), |element| element.local().to_owned())
}

/// The element children with their paths; what is inside an `<svg>` is left out.
fn paths(dom: &Document, node: NodeId, path: &str) -> Vec<(NodeId, String)> {
    if dom
        .element(node)
        .is_some_and(|element| element.local() == "svg")
    {
        return Vec::new();
    }
    let mut counts: BTreeMap<String, u32> = BTreeMap::new();
    let elements = dom
        .children(node)
        .filter(|child| dom.element(*child).is_some());
    elements
        .map(|child| {
            let name = name(dom, child);
            let count = counts.entry(name.clone()).or_insert(0);
            *count += 1;
            (child, format!("{path}>{name}[{count}]"))
        })
        .collect()
}
