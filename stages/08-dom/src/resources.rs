use crate::srcset::{candidates, pick};
use crate::{Document, Element, NodeId};
use thru_events::{Cause, Tap, dom::DomEvent, script::ScriptEvent};
use url::Url;

/// A style sheet that the document names or holds, in document order.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum FoundSheet {
    /// `<link rel=stylesheet>` or `<?xml-stylesheet?>`.
    Linked {
        /// Element.
        node: NodeId,
        /// Absolute URL.
        url: Url,
        /// Its `media` attribute.
        media: String,
        /// Source line.
        line: u32,
    },
    /// `<style>`.
    Inline {
        /// Element.
        node: NodeId,
        /// Its text.
        text: String,
        /// Its `media` attribute.
        media: String,
        /// Source line.
        line: u32,
    },
}

/// What a document needs from outside.
#[derive(Clone, Debug, Default)]
pub struct Resources {
    /// Base of relative URLs (`<base href>`).
    pub base: Option<Url>,
    /// Style sheets in order.
    pub sheets: Vec<FoundSheet>,
    /// Images: element, absolute URL, line.
    pub images: Vec<(NodeId, Url, u32)>,
    /// `<meta http-equiv=refresh>`: what it says. It is noted, never followed.
    pub refresh: Option<String>,
}

/// Finds what the document needs from outside. `viewport_width` (CSS px) decides `srcset`.
/// Causes of the events are `cause`.
pub fn scan(
    document: &Document,
    url: &Url,
    viewport_width: f32,
    tap: &Tap,
    cause: Cause,
) -> Resources {
    let base = base_url(document, url);
    let mut found = Resources::default();
    for node in document.descendants(NodeId::DOCUMENT) {
        if let Some(element) = document.element(node) {
            scan_element(document, node, element, &base, viewport_width, &mut found);
            report_script(element, tap, cause);
        } else {
            xml_stylesheet(document, node, &base, &mut found);
        }
    }
    found.base = Some(base);
    report(document, &found, tap, cause);
    found
}

/// The document base URL (HTML section 2.4.3).
fn base_url(document: &Document, url: &Url) -> Url {
    document
        .descendants(NodeId::DOCUMENT)
        .filter_map(|node| document.element(node))
        .filter(|element| element.is_html("base"))
        .find_map(|element| element.get("href"))
        .and_then(|href| url.join(href.trim()).ok())
        .unwrap_or_else(|| url.clone())
}

fn scan_element(
    document: &Document,
    node: NodeId,
    element: &Element,
    base: &Url,
    viewport_width: f32,
    found: &mut Resources,
) {
    let line = document.node(node).line;
    let is_svg_style =
        &*element.name.ns == "http://www.w3.org/2000/svg" && element.local() == "style";
    if element.is_html("link") {
        found.sheets.extend(linked_sheet(node, element, base, line));
    } else if element.is_html("style") || is_svg_style {
        found
            .sheets
            .extend(inline_sheet(document, node, element, line));
    } else if element.is_html("meta") {
        let refresh = element
            .get("http-equiv")
            .is_some_and(|v| v.eq_ignore_ascii_case("refresh"));
        if refresh && found.refresh.is_none() {
            found.refresh = element.get("content").map(str::to_owned);
        }
    } else if let Some(url) = image_source(document, node, base, viewport_width) {
        found.images.push((node, url, line));
    }
}

fn linked_sheet(node: NodeId, element: &Element, base: &Url, line: u32) -> Option<FoundSheet> {
    let rel = element.get("rel")?.to_ascii_lowercase();
    let mut words = rel.split_ascii_whitespace();
    let is_sheet = words.clone().any(|word| word == "stylesheet");
    let is_alternate = words.any(|word| word == "alternate");
    let is_css = element.get("type").is_none_or(is_css_type);
    if !is_sheet || is_alternate || !is_css || element.has("disabled") {
        return None;
    }
    let href = element
        .get("href")
        .map(str::trim)
        .filter(|href| !href.is_empty())?;
    Some(FoundSheet::Linked {
        node,
        url: base.join(href).ok()?,
        media: element.get("media").unwrap_or("").to_owned(),
        line,
    })
}

fn is_css_type(value: &str) -> bool {
    let essence = value.split(';').next().unwrap_or("").trim();
    essence.is_empty() || essence.eq_ignore_ascii_case("text/css")
}

fn inline_sheet(
    document: &Document,
    node: NodeId,
    element: &Element,
    line: u32,
) -> Option<FoundSheet> {
    if !element.get("type").is_none_or(is_css_type) {
        return None;
    }
    let text = document
        .children(node)
        .filter_map(|child| document.text(child))
        .collect();
    Some(FoundSheet::Inline {
        node,
        text,
        media: element.get("media").unwrap_or("").to_owned(),
        line,
    })
}

fn xml_stylesheet(document: &Document, node: NodeId, base: &Url, found: &mut Resources) {
    let crate::NodeData::ProcessingInstruction { target, data } = &document.node(node).data else {
        return;
    };
    if target != "xml-stylesheet" {
        return;
    }
    let value = |name: &str| -> Option<&str> {
        let rest = data
            .split_once(name)?
            .1
            .trim_start()
            .strip_prefix('=')?
            .trim_start();
        let quote = rest.chars().next()?;
        rest[1..].split(quote).next()
    };
    let alternate = value("alternate").is_some_and(|v| v == "yes");
    let url = value("href").and_then(|href| base.join(href).ok());
    if let Some(url) = url.filter(|_| !alternate && value("type").is_none_or(is_css_type)) {
        found.sheets.push(FoundSheet::Linked {
            node,
            url,
            media: value("media").unwrap_or("").to_owned(),
            line: document.node(node).line,
        });
    }
}

/// The image that an element shows, if it shows one: `img` (with `srcset` and `picture`),
/// `input type=image`, `video poster`, `object` and `embed` data, SVG `image`.
pub fn image_source(
    document: &Document,
    node: NodeId,
    base: &Url,
    viewport_width: f32,
) -> Option<Url> {
    let element = document.element(node)?;
    if &*element.name.ns != "http://www.w3.org/1999/xhtml" {
        return None;
    }
    let relative = match element.local() {
        "img" => return img_source(document, node, element, base, viewport_width),
        "input" => {
            let is_image = element
                .get("type")
                .is_some_and(|v| v.eq_ignore_ascii_case("image"));
            element.get("src").filter(|_| is_image)?
        }
        "video" => element.get("poster")?,
        "object" => {
            let kind = element.get("type").unwrap_or("image/").to_ascii_lowercase();
            element.get("data").filter(|_| kind.starts_with("image/"))?
        }
        "embed" => {
            let kind = element.get("type").unwrap_or("image/").to_ascii_lowercase();
            element.get("src").filter(|_| kind.starts_with("image/"))?
        }
        _ => return None,
    };
    let relative = relative.trim();
    if relative.is_empty() {
        return None;
    }
    base.join(relative).ok()
}

fn img_source(
    document: &Document,
    node: NodeId,
    element: &Element,
    base: &Url,
    viewport_width: f32,
) -> Option<Url> {
    let from_picture = picture_source(document, node, base, viewport_width);
    let from_srcset = || {
        let list = candidates(element.get("srcset")?, slot_width(element, viewport_width));
        base.join(pick(&list)?.url).ok()
    };
    let from_src = || {
        let src = element.get("src")?.trim();
        if src.is_empty() {
            None
        } else {
            base.join(src).ok()
        }
    };
    from_picture.or_else(from_srcset).or_else(from_src)
}

/// The first `<source>` of the `<picture>` around that fits (HTML section 4.8.4.3.6).
/// GAP: of `media` only `(min-width: Npx)`, `(max-width: Npx)` and light scheme are understood.
fn picture_source(
    document: &Document,
    img: NodeId,
    base: &Url,
    viewport_width: f32,
) -> Option<Url> {
    let picture = document.node(img).parent?;
    if !document.element(picture)?.is_html("picture") {
        return None;
    }
    document
        .children(picture)
        .take_while(|child| *child != img)
        .filter_map(|child| document.element(child))
        .filter(|element| element.is_html("source"))
        .filter(|element| element.get("type").is_none_or(is_image_type))
        .filter(|element| {
            element
                .get("media")
                .is_none_or(|m| media_fits(m, viewport_width))
        })
        .find_map(|element| {
            let list = candidates(element.get("srcset")?, slot_width(element, viewport_width));
            base.join(pick(&list)?.url).ok()
        })
}

fn is_image_type(value: &str) -> bool {
    matches!(
        value.trim().to_ascii_lowercase().as_str(),
        "" | "image/png"
            | "image/jpeg"
            | "image/gif"
            | "image/webp"
            | "image/svg+xml"
            | "image/bmp"
    )
}

fn media_fits(media: &str, viewport_width: f32) -> bool {
    let media = media.trim().to_ascii_lowercase();
    if media.is_empty() || media == "all" || media == "screen" {
        return true;
    }
    media.split(',').any(|query| {
        query.split("and").all(|part| {
            let part = part.trim().trim_matches(['(', ')']);
            let Some((name, value)) = part.split_once(':') else {
                return matches!(part, "screen" | "all" | "only screen" | "");
            };
            let px = |unit: &str, scale: f32| {
                value
                    .trim()
                    .strip_suffix(unit)?
                    .trim()
                    .parse::<f32>()
                    .ok()
                    .map(|n| n * scale)
            };
            let width = px("px", 1.0)
                .or_else(|| px("rem", 16.0))
                .or_else(|| px("em", 16.0));
            match (name.trim(), width) {
                ("min-width", Some(width)) => viewport_width >= width,
                ("max-width", Some(width)) => viewport_width <= width,
                ("prefers-color-scheme", _) => value.trim() == "light",
                _ => false,
            }
        })
    })
}

/// What `sizes` says about the width, CSS px. GAP: only `px`, `vw` and `(max|min-width: Npx)`.
fn slot_width(element: &Element, viewport_width: f32) -> f32 {
    let sizes = element.get("sizes").unwrap_or("100vw");
    for entry in sizes.split(',') {
        let entry = entry.trim();
        let (condition, length) = match entry.rfind(')') {
            Some(at) => (&entry[..=at], entry[at + 1..].trim()),
            None => ("", entry),
        };
        if !condition.is_empty() && !media_fits(condition, viewport_width) {
            continue;
        }
        if let Some(px) = length
            .strip_suffix("px")
            .and_then(|n| n.trim().parse::<f32>().ok())
        {
            return px;
        }
        if let Some(vw) = length
            .strip_suffix("vw")
            .and_then(|n| n.trim().parse::<f32>().ok())
        {
            return viewport_width * vw / 100.0;
        }
    }
    viewport_width
}

fn report_script(element: &Element, tap: &Tap, cause: Cause) {
    if element.local() != "script" || !is_script_type(element.get("type")) {
        return;
    }
    tap.emit(cause, || ScriptEvent::Passed {
        source: element.get("src").unwrap_or("inline").to_owned(),
    });
}

/// Data blocks (`application/ld+json` and the like) are no scripts.
fn is_script_type(kind: Option<&str>) -> bool {
    kind.is_none_or(|kind| {
        let kind = kind.trim().to_ascii_lowercase();
        kind.is_empty()
            || kind == "module"
            || kind.ends_with("javascript")
            || kind.ends_with("ecmascript")
    })
}

fn report(document: &Document, found: &Resources, tap: &Tap, cause: Cause) {
    if !tap.is_on() {
        return;
    }
    let name = |node: NodeId| {
        document
            .element(node)
            .map_or("?", Element::local)
            .to_owned()
    };
    for sheet in &found.sheets {
        if let FoundSheet::Linked {
            node, url, line, ..
        } = sheet
        {
            tap.emit(cause, || DomEvent::ResourceFound {
                url: url.to_string(),
                kind: "stylesheet".into(),
                element: name(*node).into(),
                line: *line,
            });
        }
    }
    for (node, url, line) in &found.images {
        tap.emit(cause, || DomEvent::ResourceFound {
            url: url.to_string(),
            kind: "image".into(),
            element: name(*node).into(),
            line: *line,
        });
    }
    if let Some(refresh) = &found.refresh {
        tap.emit(cause, || DomEvent::ResourceFound {
            url: refresh.clone(),
            kind: "refresh".into(),
            element: "meta".into(),
            line: 0,
        });
    }
}
