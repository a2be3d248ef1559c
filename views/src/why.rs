//! Why elements are as they are: `thru why`.
//!
//! Stage: 09 and 11.
//! In: a journal that was told to look at some elements. Out: text.
//! Emits: nothing.
//! How it works: an element's declarations and its sizes, in the order in which they were stated.
//! Not here: the cascade (09), sizes (11).

use thru_events::{Event, cssom::CssomEvent, layout::LayoutEvent};
use thru_journal::Journal;

/// What the journal says of the elements that were asked for; empty if it has none.
pub fn why(journal: &Journal) -> String {
    let mut text = String::new();
    let mut current = String::new();
    let mut declarations = String::new();
    for entry in journal.near_side().entries() {
        let event = &entry.event;
        match event {
            Event::Cssom(CssomEvent::DeclarationWon { element, .. })
            | Event::Cssom(CssomEvent::DeclarationLost { element, .. })
                if *element != current =>
            {
                current.clone_from(element);
                declarations.clear();
            }
            _ => {}
        }
        match event {
            Event::Cssom(event) => declarations += &declaration(event),
            Event::Layout(LayoutEvent::NoBox { element, why }) => {
                text += &format!("{element}\n  no box    {why}\n{declarations}\n");
                declarations.clear();
            }
            Event::Layout(LayoutEvent::SizeDecided { element, .. }) => {
                text += &format!("{element}\n{}{declarations}\n", sizes(event));
                declarations.clear();
            }
            _ => {}
        }
    }
    text
}

fn sizes(event: &Event) -> String {
    let Event::Layout(LayoutEvent::SizeDecided {
        kind,
        area: [x, y, width, height],
        margin,
        border,
        padding,
        containing,
        containing_size: [around_width, around_height],
        width_by,
        height_by,
        ..
    }) = event
    else {
        return String::new();
    };
    let around = match containing.is_empty() {
        true => "the initial containing block",
        false => containing,
    };
    let (left, right) = (border[3] + padding[3], border[1] + padding[1]);
    let (top, bottom) = (border[0] + padding[0], border[2] + padding[2]);
    let (inner_width, inner_height) = (width - left - right, height - top - bottom);
    format!(
        "  box       {kind}\n  \
           place     {width} × {height} px at {x}, {y} (border box); content {inner_width} × {inner_height}\n  \
           inside    {around}, {around_width} × {around_height} px\n  \
           width     {width_by}   inferred\n  \
           height    {height_by}   inferred\n  \
           margin {} · border {} · padding {}   (top right bottom left)\n",
        edges(margin),
        edges(border),
        edges(padding),
    )
}

fn edges(edges: &[f32; 4]) -> String {
    let [top, right, bottom, left] = edges;
    format!("{top} {right} {bottom} {left}")
}

fn declaration(event: &CssomEvent) -> String {
    match event {
        CssomEvent::DeclarationWon {
            property,
            value,
            computed,
            important,
            rule,
            origin,
            source,
            line,
            ..
        } => {
            let computed = match computed == value || computed.is_empty() {
                true => String::new(),
                false => format!("  → {computed}"),
            };
            format!(
                "  {property}: {value}{}{computed}\n      {}, {origin}\n",
                mark(*important),
                place(rule, source, *line)
            )
        }
        CssomEvent::DeclarationLost {
            property,
            value,
            important,
            rule,
            origin,
            source,
            line,
            by,
            ..
        } => format!(
            "    lost: {property}: {value}{}\n      {}, {origin}; to {by}\n",
            mark(*important),
            place(rule, source, *line)
        ),
        _ => String::new(),
    }
}

fn mark(important: bool) -> &'static str {
    if important { " !important" } else { "" }
}

/// A rule, its sheet and line, in words.
pub(crate) fn place(rule: &str, source: &str, line: u32) -> String {
    match source.is_empty() {
        true => rule.to_owned(),
        false => format!("{rule} in {source} line {line}"),
    }
}
