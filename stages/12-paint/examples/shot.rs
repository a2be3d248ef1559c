//! Paints a file from disk: `shot ROOT PATH OUT.png OUT.boxes.json WIDTHxHEIGHT FONT...`; for scoring by hand.
//! Linked sheets and images are read below ROOT.

use std::{collections::BTreeMap, fmt::Write, path::Path, rc::Rc, time::Instant};
use thru_cssom::{Screen, StyleSet};
use thru_dom::{Document, FoundSheet, NodeId, Options};
use thru_events::Tap;
use thru_layout::text::{FontSource, Fonts};
use thru_render_tree::{ImageSources, Images};
use url::Url;

fn main() {
    let worker = std::thread::Builder::new().stack_size(1 << 28).spawn(shot);
    let done = worker.map(|w| w.join());
    assert!(matches!(done, Ok(Ok(()))), "painted");
}

fn shot() {
    let args: Vec<String> = std::env::args().skip(1).collect();
    let [root, path, picture, boxes, size, fonts @ ..] = &args[..] else {
        panic!("usage: shot ROOT PATH OUT.png OUT.boxes.json WxH FONT...");
    };
    let (w, h) = size.split_once('x').expect("WxH");
    let (w, h): (u32, u32) = (w.parse().expect("width"), h.parse().expect("height"));
    let read = |f: &String| FontSource::new(f.clone(), std::fs::read(f).expect("font"));
    let fonts = Fonts::new(&fonts.iter().map(read).collect::<Vec<_>>());
    let url = Url::parse("http://site.example/")
        .and_then(|u| u.join(path))
        .expect("URL");
    let get = |url: &Url| {
        let local = url.path().trim_start_matches('/').replace("%20", " ");
        (url.host_str() == Some("site.example"))
            .then(|| std::fs::read(Path::new(root).join(local)).ok())?
    };
    let tap = Tap::off();
    let mut clock = Instant::now();
    let mut spent = processor_time();
    let mut lap = |what: &str| {
        let (wall, now) = (clock.elapsed().as_secs_f64() * 1e3, processor_time());
        eprintln!(
            "{what}: {wall:.1} ms, {:.1} ms of the processor",
            now - spent
        );
        (clock, spent) = (Instant::now(), now);
    };
    let octets = get(&url).expect("the page");
    let (document, _) = thru_dom::parse(&octets, Some("text/html"), Options::default(), &tap, None);
    lap("dom");
    let screen = Screen {
        width: w as f32,
        height: h as f32,
        scale: 1.0,
        print: false,
    };
    let mut set = StyleSet::new(screen, document.quirks, &tap);
    let found = thru_dom::scan(&document, &url, w as f32, &tap, None);
    for sheet in &found.sheets {
        match sheet {
            FoundSheet::Inline { text, media, .. } => {
                set.append(text, &url, media, "<style>", None);
            }
            FoundSheet::Linked { url, media, .. } => {
                if let Some(text) = get(url) {
                    set.append(
                        &String::from_utf8_lossy(&text),
                        url,
                        media,
                        url.as_str(),
                        None,
                    );
                }
            }
        }
    }
    loop {
        let wanted = set.wanted_imports();
        if wanted.is_empty() {
            break;
        }
        for import in wanted {
            let text = get(&import.url).unwrap_or_default();
            let at = import.url.clone();
            set.provide_import(&import, &String::from_utf8_lossy(&text), &at, None);
        }
    }
    let base = found.base.clone().unwrap_or(url.clone());
    let styled = thru_cssom::run(set, &document, &url, &base, &tap, None);
    lap("cssom");
    let mut images = Images::default();
    let database = std::sync::Arc::new(thru_render_tree::fontdb::Database::new());
    let mut by_node = BTreeMap::new();
    let load = |images: &mut Images, url: &Url| {
        if images.by_url(url.as_str()).is_none() {
            let image = get(url)
                .and_then(|octets| thru_render_tree::decode(&octets, || database.clone()).ok());
            if let Some((image, _)) = image {
                images.insert(url.as_str(), image);
            }
        }
    };
    for (node, url, _) in &found.images {
        load(&mut images, url);
        by_node.insert(*node, url.clone());
    }
    for url in styled.image_urls() {
        load(&mut images, &url);
    }
    thru_render_tree::add_inline_svgs(
        &document,
        |node| styled.computed(node),
        &database,
        &mut images,
    );
    let sources = ImageSources {
        by_node,
        ..ImageSources::default()
    };
    let (tree, _) =
        thru_render_tree::build(&document, &styled, Rc::new(images), &sources, &tap, None);
    lap("boxes");
    let (placed, _) = thru_layout::run(&tree, &fonts, (w, h), &tap, None);
    lap("layout");
    let area = thru_paint::Area {
        full_page: false,
        scale: 1.0,
        transparent: false,
    };
    let (shot, _) = thru_paint::paint(&tree, &placed, &fonts, area, &tap, None);
    lap("paint");
    std::fs::write(picture, shot.png()).expect("picture");
    lap("png");
    let mut json = String::new();
    let (dw, dh) = (
        placed.document.width.to_px(),
        placed.document.height.to_px(),
    );
    let _ = write!(
        json,
        "{{\"page\":\"{path}\",\"viewport\":[{w},{h}],\"document\":[{dw},{dh}],\"boxes\":["
    );
    let mut known = BTreeMap::new();
    let mut comma = "";
    for (id, [x, y, w, h]) in thru_paint::transformed_boxes(&tree, &placed) {
        if w > 0.0 && h > 0.0 {
            let name = name(&document, tree.get(id).node, &mut known);
            let _ = write!(json, "{comma}[\"{name}\",{x:.2},{y:.2},{w:.2},{h:.2}]");
            comma = ",\n";
        }
    }
    json.push_str("]}");
    std::fs::write(boxes, json).expect("boxes");
}

/// Milliseconds that this thread ran: other programs do not count.
fn processor_time() -> f64 {
    let line = std::fs::read_to_string("/proc/thread-self/schedstat").unwrap_or_default();
    let nanoseconds: f64 = line
        .split(' ')
        .next()
        .and_then(|n| n.parse().ok())
        .unwrap_or(0.0);
    nanoseconds / 1e6
}

fn name(document: &Document, node: NodeId, known: &mut BTreeMap<NodeId, usize>) -> String {
    let mut parts = Vec::new();
    let mut at = Some(node);
    while let Some(id) = at {
        let Some(element) = document.element(id) else {
            break;
        };
        let parent = document.node(id).parent;
        let local = element.local();
        if let (Some(parent), false) = (parent, known.contains_key(&id)) {
            let mut counts: BTreeMap<&str, usize> = BTreeMap::new();
            for sibling in document.children(parent) {
                if let Some(element) = document.element(sibling) {
                    let count = counts.entry(element.local()).or_default();
                    *count += 1;
                    known.insert(sibling, *count);
                }
            }
        }
        let number = known.get(&id);
        let is_root = Some(id) == document.root_element();
        parts.push(if is_root {
            local.to_owned()
        } else {
            format!("{local}[{}]", number.copied().unwrap_or(1))
        });
        at = parent;
    }
    parts.reverse();
    parts.join(">")
}
