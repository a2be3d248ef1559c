use stylo_dom::ElementState;
use thru_dom::{Document, Element, NodeId};

/// The dynamic state that follows from attributes alone; nobody hovers, focuses or types.
/// `target` is the fragment of the document's URL.
pub(crate) fn of(
    document: &Document,
    node: NodeId,
    element: &Element,
    target: Option<&str>,
) -> ElementState {
    let mut state = ElementState::DEFINED;
    if !element.local().contains('-') || &*element.name.ns != "http://www.w3.org/1999/xhtml" {
        state |= ElementState::DEFINED;
    } else {
        // A custom element that no script defines.
        state -= ElementState::DEFINED;
    }
    if target.is_some() && element.get("id") == target {
        state |= ElementState::URLTARGET;
    }
    if &*element.name.ns != "http://www.w3.org/1999/xhtml" {
        let is_svg_link = element.local() == "a"
            && element
                .attributes
                .iter()
                .any(|attribute| &*attribute.name.local == "href");
        if is_svg_link {
            state |= ElementState::UNVISITED;
        }
        return state | ElementState::READONLY;
    }
    match element.local() {
        "a" | "area" | "link" if element.has("href") => state |= ElementState::UNVISITED,
        "details" | "dialog" if element.has("open") => state |= ElementState::OPEN,
        "option" => state |= option(document, node, element),
        "progress" if !element.has("value") => state |= ElementState::INDETERMINATE,
        _ => {}
    }
    if is_form_control(element.local()) {
        state |= form_control(document, node, element);
    }
    if !state.contains(ElementState::READWRITE) {
        let editable = is_editable(document, node);
        state |= if editable {
            ElementState::READWRITE
        } else {
            ElementState::READONLY
        };
    }
    state
}

fn is_form_control(local: &str) -> bool {
    matches!(
        local,
        "button" | "input" | "select" | "textarea" | "option" | "optgroup" | "fieldset"
    )
}

fn option(document: &Document, node: NodeId, element: &Element) -> ElementState {
    let mut state = ElementState::empty();
    if element.has("selected") {
        state |= ElementState::DEFAULT;
    }
    if element.has("selected") || is_first_option_of_drop_down(document, node) {
        state |= ElementState::CHECKED;
    }
    state
}

/// A drop-down list without a selected option shows its first one.
fn is_first_option_of_drop_down(document: &Document, node: NodeId) -> bool {
    let Some(select) = ancestor(document, node, "select") else {
        return false;
    };
    let is_list = document
        .element(select)
        .is_some_and(|select| select.has("multiple") || select.has("size"));
    if is_list {
        return false;
    }
    let options: Vec<NodeId> = document
        .descendants(select)
        .filter(|node| document.element(*node).is_some_and(|e| e.is_html("option")))
        .collect();
    let any_selected = options
        .iter()
        .any(|option| document.element(*option).is_some_and(|e| e.has("selected")));
    !any_selected && options.first() == Some(&node)
}

fn form_control(document: &Document, node: NodeId, element: &Element) -> ElementState {
    let mut state = if is_disabled(document, node, element) {
        ElementState::DISABLED
    } else {
        ElementState::ENABLED
    };
    let local = element.local();
    let kind = element.get("type").unwrap_or("text").to_ascii_lowercase();
    if local == "input" {
        if matches!(kind.as_str(), "checkbox" | "radio") && element.has("checked") {
            state |= ElementState::CHECKED | ElementState::DEFAULT;
        }
        if kind == "radio" && element.has("name") && !element.has("checked") {
            state |= radio_group(document, node, element);
        }
    }
    let takes_text = local == "textarea" || (local == "input" && is_text_type(&kind));
    if matches!(local, "input" | "select" | "textarea") {
        let required = element.has("required");
        state |= if required {
            ElementState::REQUIRED
        } else {
            ElementState::OPTIONAL_
        };
        state |= validity(document, node, element, required);
    }
    if takes_text {
        let writable = !element.has("readonly") && !state.contains(ElementState::DISABLED);
        state |= if writable {
            ElementState::READWRITE
        } else {
            ElementState::empty()
        };
        if element.has("placeholder") && is_value_empty(document, node, element) {
            state |= ElementState::PLACEHOLDER_SHOWN;
        }
    }
    if local == "input" && (kind == "number" || kind == "range") {
        state |= range(element);
    }
    state
}

/// Whether an input type is a text field.
pub(crate) fn is_text_type(kind: &str) -> bool {
    !matches!(
        kind,
        "hidden"
            | "checkbox"
            | "radio"
            | "file"
            | "submit"
            | "image"
            | "reset"
            | "button"
            | "range"
            | "color"
    )
}

fn is_value_empty(document: &Document, node: NodeId, element: &Element) -> bool {
    if element.local() == "textarea" {
        return document.text_content(node).is_empty();
    }
    element.get("value").is_none_or(str::is_empty)
}

fn validity(document: &Document, node: NodeId, element: &Element, required: bool) -> ElementState {
    let missing = required
        && match element.get("type").unwrap_or("text") {
            "checkbox" | "radio" => !element.has("checked"),
            _ if element.local() == "select" => false,
            _ => is_value_empty(document, node, element),
        };
    if missing {
        ElementState::INVALID
    } else {
        ElementState::VALID
    }
}

fn range(element: &Element) -> ElementState {
    let number = |name: &str| {
        element
            .get(name)
            .and_then(|value| value.trim().parse::<f64>().ok())
    };
    let (min, max) = (number("min"), number("max"));
    if min.is_none() && max.is_none() {
        return ElementState::empty();
    }
    let value = number("value");
    let low = min.zip(value).is_some_and(|(min, value)| value < min);
    let high = max.zip(value).is_some_and(|(max, value)| value > max);
    if low || high {
        ElementState::OUTOFRANGE
    } else {
        ElementState::INRANGE
    }
}

/// A radio button is indeterminate when none of its group is chosen.
fn radio_group(document: &Document, node: NodeId, element: &Element) -> ElementState {
    let form = ancestor(document, node, "form").unwrap_or(NodeId::DOCUMENT);
    let name = element.get("name");
    let any_chosen = document
        .descendants(form)
        .filter_map(|other| document.element(other))
        .filter(|other| other.is_html("input") && other.get("name") == name)
        .any(|other| other.has("checked"));
    if any_chosen {
        ElementState::empty()
    } else {
        ElementState::INDETERMINATE
    }
}

/// HTML section 4.10.19.5: by its own attribute, its optgroup's or a fieldset's around it.
fn is_disabled(document: &Document, node: NodeId, element: &Element) -> bool {
    if element.has("disabled") {
        return true;
    }
    let mut inside = node;
    while let Some(parent) = document.node(inside).parent {
        if let Some(around) = document.element(parent) {
            let by_group = element.local() == "option" && around.is_html("optgroup");
            let by_fieldset =
                around.is_html("fieldset") && !is_first_legend(document, parent, inside);
            if around.has("disabled") && (by_group || by_fieldset) {
                return true;
            }
        }
        inside = parent;
    }
    false
}

fn is_first_legend(document: &Document, fieldset: NodeId, child: NodeId) -> bool {
    document
        .children(fieldset)
        .find(|node| document.element(*node).is_some_and(|e| e.is_html("legend")))
        == Some(child)
}

fn is_editable(document: &Document, node: NodeId) -> bool {
    let mut at = Some(node);
    while let Some(node) = at {
        if let Some(value) = document
            .element(node)
            .and_then(|e| e.get("contenteditable"))
        {
            return !value.eq_ignore_ascii_case("false");
        }
        at = document.node(node).parent;
    }
    false
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
