//! A page from a text, laid out 400 px wide in DejaVu Sans Mono: 20 px lines, 12.04 px a letter.

use std::{cell::RefCell, rc::Rc};
use thru_cssom::{Screen, StyleSet};
use thru_dom::{Document, Options};
use thru_events::{Cause, CpuWork, Event, Provenance, Recorder, Tap, Vantage, layout::LayoutEvent};
use thru_layout::{
    FragmentTree, element_boxes,
    text::{FontSource, Fonts},
};
use thru_octets::{BytesId, Span};
use thru_render_tree::{ImageSources, Images, RenderTree};
use url::Url;

pub const VIEWPORT: (u32, u32) = (400, 300);

const SHEET: &str =
    "*{font:20px/20px DejaVu Sans Mono;font-style:normal} body{margin:0} p,h2{margin:0}";

pub struct Page {
    html: String,
    document: Document,
    tree: RenderTree,
    placed: FragmentTree,
    said: Vec<(String, u32)>,
}

#[derive(Default)]
struct Said(RefCell<Vec<(String, u32)>>);

impl Recorder for Said {
    fn record(&self, _: Cause, _: Provenance, _: Vantage, _: Option<Span>, event: Event) -> Cause {
        if let Event::Layout(LayoutEvent::FeatureUnsupported { what, count }) = event {
            self.0.borrow_mut().push((what, count));
        }
        None
    }
    fn keep(&self, _: &[u8]) -> BytesId {
        BytesId(0)
    }
    fn cpu(&self, _: Cause, _: CpuWork) {}
}

impl Page {
    pub fn new(html: &str) -> Page {
        Page::laid_out(html, "")
    }

    /// The same page with more style.
    pub fn css(self, css: &str) -> Page {
        Page::laid_out(&self.html, css)
    }

    fn laid_out(html: &str, css: &str) -> Page {
        let (document, tree) = boxes(html, css);
        let said = Rc::new(Said::default());
        let tap = Tap::new(said.clone(), Provenance::Observed, Vantage::Near);
        let fonts = bundled_fonts();
        let (placed, _) = thru_layout::run(&tree, &fonts, VIEWPORT, &tap, None);
        Page {
            html: html.to_owned(),
            document,
            tree,
            placed,
            said: said.0.take(),
        }
    }

    /// x, y, width, height of the border box of the element with this id.
    pub fn at(&self, id: &str) -> [f32; 4] {
        let is_it = |node| {
            let element = self.document.element(node);
            element.is_some_and(|e| e.get("id") == Some(id))
        };
        let area = element_boxes(&self.tree, &self.placed)
            .into_iter()
            .find(|area| is_it(self.tree.get(area.id).node));
        let rect = area.unwrap_or_else(|| panic!("no box for {id}")).rect;
        [
            rect.origin.x.to_px(),
            rect.origin.y.to_px(),
            rect.size.width.to_px(),
            rect.size.height.to_px(),
        ]
    }

    /// What layout said it does not do.
    pub fn unsupported(&self) -> &[(String, u32)] {
        &self.said
    }
}

/// The boxes of a page.
pub fn boxes(html: &str, css: &str) -> (Document, RenderTree) {
    let url = Url::parse("http://page.example/").expect("URL");
    let off = Tap::off();
    let source = format!("<!DOCTYPE html><body>{html}");
    let (document, _) = thru_dom::parse(
        source.as_bytes(),
        Some("text/html"),
        Options::default(),
        &off,
        None,
    );
    let screen = Screen {
        width: 400.0,
        height: 300.0,
        scale: 1.0,
        print: false,
    };
    let mut set = StyleSet::new(screen, document.quirks, &off);
    for text in [SHEET, css] {
        set.append(text, &url, "", "<style>", None);
    }
    let styled = thru_cssom::run(set, &document, &url, &url, &off, None);
    let images = Rc::new(Images::default());
    let sources = ImageSources::default();
    let (tree, _) = thru_render_tree::build(&document, &styled, images, &sources, &off, None);
    (document, tree)
}

/// The fonts that every machine has.
pub fn bundled_fonts() -> Fonts {
    let files: Vec<FontSource> = typst_assets::fonts()
        .map(|bytes| FontSource::new("bundled", bytes))
        .collect();
    Fonts::new(&files)
}
