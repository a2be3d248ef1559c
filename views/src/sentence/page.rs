use crate::{units::count, why};
use thru_events::{
    cssom::CssomEvent, dom::DomEvent, layout::LayoutEvent, paint::PaintEvent,
    render_tree::RenderTreeEvent, script::ScriptEvent,
};

pub fn dom(event: &DomEvent) -> String {
    match event {
        DomEvent::EncodingDecided { encoding, by } => format!("encoding {encoding}, by {by}"),
        DomEvent::ParseError { line, what } => format!("line {line}: {what}"),
        DomEvent::ResourceFound {
            url,
            kind,
            element,
            line,
        } => format!("line {line}: {element} wants {kind} {url}"),
        DomEvent::TreeBuilt {
            elements,
            depth,
            errors,
            mode,
            ..
        } => {
            format!(
                "{}, {depth} deep, {}, {mode} mode",
                count(*elements, "element"),
                count(*errors, "error")
            )
        }
    }
}

pub fn cssom(event: &CssomEvent) -> String {
    match event {
        CssomEvent::SheetParsed {
            source,
            rules,
            length,
        } => format!("{source}: {rules} rules in {length} octets"),
        CssomEvent::DeclarationIgnored { source, line, what } => {
            format!("{source} line {line}: passed over {what}")
        }
        CssomEvent::StylesComputed {
            elements,
            sheets,
            rules,
        } => {
            format!(
                "{} styled by {} of {}, after the browser's own",
                count(*elements, "element"),
                count(*rules, "rule"),
                count(*sheets, "sheet")
            )
        }
        CssomEvent::DeclarationWon {
            element,
            property,
            value,
            rule,
            source,
            line,
            ..
        } => format!(
            "{element}: {property}: {value}, by {}",
            why::place(rule, source, *line)
        ),
        CssomEvent::DeclarationLost {
            element,
            property,
            value,
            rule,
            source,
            line,
            by,
            ..
        } => format!(
            "{element}: {property}: {value} of {} lost to {by}",
            why::place(rule, source, *line)
        ),
        CssomEvent::FontFaceFound { family, url } => format!("font {family} from {url}"),
    }
}

pub fn render_tree(event: &RenderTreeEvent) -> String {
    match event {
        RenderTreeEvent::TreeBuilt {
            boxes,
            hidden,
            anonymous,
            generated,
        } => format!(
            "{boxes} boxes ({hidden} elements are not shown, {anonymous} boxes anonymous, {generated} generated)"
        ),
        RenderTreeEvent::ImageDecoded {
            url,
            width,
            height,
            format,
        } => format!("{url}: {format}, {width} × {height}"),
        RenderTreeEvent::ImageBroken { url, why } => format!("{url}: no picture: {why}"),
        RenderTreeEvent::FeatureUnsupported { what } => format!("not built: {what}"),
    }
}

pub fn layout(event: &LayoutEvent) -> String {
    match event {
        LayoutEvent::FontChosen { family, used } => format!("font {family}: {used}"),
        LayoutEvent::GlyphMissing { character, font } => format!("{font} has no {character:?}"),
        LayoutEvent::FeatureUnsupported { what, count } => {
            format!("not built: {what} ({count} times)")
        }
        LayoutEvent::SizeDecided {
            element,
            kind,
            area: [x, y, width, height],
            width_by,
            height_by,
            ..
        } => format!(
            "{element}: {kind}, {width} × {height} px at {x}, {y}; width: {width_by}; height: {height_by}"
        ),
        LayoutEvent::NoBox { element, why } => format!("{element} has no box: {why}"),
        LayoutEvent::LaidOut {
            boxes,
            laid_out,
            lines,
            fonts,
            width,
            height,
        } => {
            let again = match laid_out < boxes {
                true => format!(" ({laid_out} laid out again)"),
                false => String::new(),
            };
            format!(
                "{boxes} boxes{again}, {lines} lines of text in {fonts} fonts, {width} × {height} px"
            )
        }
    }
}

pub fn paint(event: &PaintEvent) -> String {
    match event {
        PaintEvent::DisplayListBuilt { items } => format!("{items} items to paint"),
        PaintEvent::FirstPainted { items } => format!("first picture with content, {items} items"),
        PaintEvent::PictureCut { limit } => format!("cut off at {limit} pixels"),
        PaintEvent::Painted {
            width,
            height,
            items,
        } => format!("{width} × {height} pixels, {items} items"),
    }
}

pub fn script(event: &ScriptEvent) -> String {
    match event {
        ScriptEvent::Passed { source } => {
            format!("script {source} was passed over: script is not built")
        }
    }
}
