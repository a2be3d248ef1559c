use crate::{Document, NodeData, NodeId};

/// "Maybe clone an option into selectedcontent" (HTML section 4.10.10): what a closed `<select>`
/// with a `<selectedcontent>` shows is a copy of its selected option's children.
pub(crate) fn update(document: &mut Document, option: NodeId) {
    let Some(select) = ancestor(document, option, "select") else {
        return;
    };
    let multiple = document
        .element(select)
        .is_some_and(|element| element.has("multiple"));
    if multiple || selected_option(document, select) != Some(option) {
        return;
    }
    let target = document.descendants(select).find(|node| {
        document
            .element(*node)
            .is_some_and(|element| element.is_html("selectedcontent"))
    });
    let Some(target) = target else { return };
    while let Some(child) = document.node(target).first_child {
        document.detach(child);
    }
    let children: Vec<NodeId> = document.children(option).collect();
    for child in children {
        let copy = clone_subtree(document, child);
        document.append(target, copy);
    }
}

fn ancestor(document: &Document, node: NodeId, local: &str) -> Option<NodeId> {
    let mut at = document.node(node).parent;
    while let Some(node) = at {
        if document
            .element(node)
            .is_some_and(|element| element.is_html(local))
        {
            return Some(node);
        }
        at = document.node(node).parent;
    }
    None
}

/// The last option with `selected`, else the first one that is not disabled.
fn selected_option(document: &Document, select: NodeId) -> Option<NodeId> {
    let options: Vec<NodeId> = document
        .descendants(select)
        .filter(|node| {
            document
                .element(*node)
                .is_some_and(|element| element.is_html("option"))
        })
        .collect();
    let has = |node: &NodeId, name: &str| document.element(*node).is_some_and(|e| e.has(name));
    options
        .iter()
        .rev()
        .find(|option| has(option, "selected"))
        .or_else(|| options.iter().find(|option| !has(option, "disabled")))
        .copied()
}

/// Copies a subtree; an explicit stack, as the depth is the page's choice.
fn clone_subtree(document: &mut Document, root: NodeId) -> NodeId {
    let copy_one = |document: &mut Document, node: NodeId| {
        let (data, line) = (document.node(node).data.clone(), document.node(node).line);
        document.create(data, line)
    };
    let copy = copy_one(document, root);
    let mut open = vec![(root, copy)];
    while let Some((from, to)) = open.pop() {
        let children: Vec<NodeId> = document.children(from).collect();
        for child in children {
            if matches!(document.node(child).data, NodeData::Document) {
                continue;
            }
            let child_copy = copy_one(document, child);
            document.append(to, child_copy);
            open.push((child, child_copy));
        }
    }
    copy
}
