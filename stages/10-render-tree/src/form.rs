use crate::Control;
use thru_dom::{Document, Element, NodeId};

/// What a form element becomes.
pub(crate) enum FormBox {
    /// A control sized by its font.
    Control(Control),
    /// A button with this text.
    Button(String),
}

/// The box of a form element, if it is one that is not made of its children.
pub(crate) fn of(document: &Document, node: NodeId, element: &Element) -> Option<FormBox> {
    if &*element.name.ns != "http://www.w3.org/1999/xhtml" {
        return None;
    }
    let control = match element.local() {
        "input" => return input(element),
        "textarea" => text_area(document, node, element),
        "select" => select(document, node, element),
        "progress" => Control::Progress {
            value: number(element, "value")
                .map(|value| share(value, 0.0, number(element, "max").unwrap_or(1.0))),
        },
        "meter" => meter(element),
        _ => return None,
    };
    Some(FormBox::Control(control))
}

fn number(element: &Element, name: &str) -> Option<f32> {
    element
        .get(name)?
        .trim()
        .parse::<f32>()
        .ok()
        .filter(|number| number.is_finite())
}

fn share(value: f32, min: f32, max: f32) -> f32 {
    if max > min {
        ((value - min) / (max - min)).clamp(0.0, 1.0)
    } else {
        0.0
    }
}

fn meter(element: &Element) -> Control {
    let min = number(element, "min").unwrap_or(0.0);
    let max = number(element, "max").unwrap_or(1.0);
    Control::Meter {
        value: share(number(element, "value").unwrap_or(0.0), min, max),
    }
}

fn input(element: &Element) -> Option<FormBox> {
    let kind = element.get("type").unwrap_or("text").to_ascii_lowercase();
    let value = element.get("value");
    let button = |fallback: &str| Some(FormBox::Button(value.unwrap_or(fallback).to_owned()));
    let control = match kind.as_str() {
        "hidden" | "image" => return None,
        "submit" => return button("Submit"),
        "reset" => return button("Reset"),
        "button" => return button(""),
        "checkbox" => Control::Checkbox {
            checked: element.has("checked"),
        },
        "radio" => Control::Radio {
            checked: element.has("checked"),
        },
        "range" => {
            let min = number(element, "min").unwrap_or(0.0);
            let max = number(element, "max").unwrap_or(100.0);
            let value = number(element, "value").unwrap_or(min + (max - min) / 2.0);
            Control::Range {
                value: share(value, min, max),
            }
        }
        "color" => Control::Color {
            value: value.unwrap_or("#000000").to_owned(),
        },
        "file" => Control::File,
        kind => text_field(kind, element),
    };
    Some(FormBox::Control(control))
}

fn text_field(kind: &str, element: &Element) -> Control {
    let value = element.get("value").unwrap_or("");
    let placeholder = value.is_empty();
    let text = match kind {
        "password" => "\u{2022}".repeat(value.chars().count()),
        _ if placeholder => element.get("placeholder").unwrap_or("").to_owned(),
        _ => value.to_owned(),
    };
    let size = element
        .get("size")
        .and_then(|size| size.trim().parse().ok())
        .filter(|size| *size > 0 && kind != "number");
    let digits = number_size(kind, element);
    Control::TextField {
        size: digits.or(size).unwrap_or(20),
        spin: digits.is_some(),
        text: text.replace(['\n', '\r'], ""),
        placeholder,
    }
}

/// How many characters a number between bounds can have.
fn number_size(kind: &str, element: &Element) -> Option<u32> {
    let bound = |name: &str| {
        number(element, name)?;
        Some(element.get(name)?.trim().chars().count() as u32)
    };
    let any = element.get("step") == Some("any");
    let sizes = (kind == "number" && !any).then(|| Some((bound("min")?, bound("max")?)));
    sizes.flatten().map(|(min, max)| min.max(max))
}

fn text_area(document: &Document, node: NodeId, element: &Element) -> Control {
    let text = document.text_content(node);
    let count = |name: &str, fallback: u32| {
        let given = element
            .get(name)
            .and_then(|count| count.trim().parse().ok());
        given.filter(|count| *count > 0).unwrap_or(fallback)
    };
    let placeholder = text.is_empty();
    Control::TextArea {
        columns: count("cols", 20),
        rows: count("rows", 2),
        text: if placeholder {
            element.get("placeholder").unwrap_or("").to_owned()
        } else {
            text
        },
        placeholder,
    }
}

fn select(document: &Document, node: NodeId, element: &Element) -> Control {
    let mut options = Vec::new();
    let mut selected = Vec::new();
    for item in document.descendants(node) {
        let Some(option) = document.element(item) else {
            continue;
        };
        if option.is_html("optgroup") && is_list(element) {
            options.push(option.get("label").unwrap_or("").to_owned());
        }
        if option.is_html("option") {
            if option.has("selected") {
                selected.push(options.len());
            }
            options.push(label(document, item, option));
        }
    }
    if is_list(element) {
        let size = element
            .get("size")
            .and_then(|size| size.trim().parse().ok());
        let rows = size.filter(|size| *size > 0).unwrap_or(4);
        return Control::ListBox {
            options,
            rows,
            selected,
        };
    }
    let selected = selected.last().copied().unwrap_or(0);
    Control::DropDown { options, selected }
}

fn is_list(element: &Element) -> bool {
    let size = element
        .get("size")
        .and_then(|size| size.trim().parse::<u32>().ok());
    element.has("multiple") || size.is_some_and(|size| size > 1)
}

fn label(document: &Document, node: NodeId, option: &Element) -> String {
    if let Some(label) = option.get("label").filter(|label| !label.is_empty()) {
        return label.to_owned();
    }
    let text = document.text_content(node);
    let words: Vec<&str> = text.split_ascii_whitespace().collect();
    words.join(" ")
}
