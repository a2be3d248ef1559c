//! A page whose images come late: its layout stays, and counts what it lays out.

use crate::page::{VIEWPORT, boxes, bundled_fonts};
use std::{cell::Cell, rc::Rc};
use thru_events::{Cause, CpuWork, Event, Provenance, Recorder, Tap, Vantage, layout::LayoutEvent};
use thru_layout::{FragmentTree, Layout, text::Fonts};
use thru_octets::{BytesId, Span};
use thru_render_tree::{BoxId, BoxKind, NaturalSize, RenderTree};

/// What the record says of a layout.
#[derive(Default)]
struct Counted(Cell<u32>);

impl Recorder for Counted {
    fn record(&self, _: Cause, _: Provenance, _: Vantage, _: Option<Span>, event: Event) -> Cause {
        if let Event::Layout(LayoutEvent::LaidOut { laid_out, .. }) = event {
            self.0.set(laid_out);
        }
        None
    }
    fn keep(&self, _: &[u8]) -> BytesId {
        BytesId(0)
    }
    fn cpu(&self, _: Cause, _: CpuWork) {}
}

/// A page whose images come late: its layout stays.
pub struct Late {
    tree: RenderTree,
    fonts: Fonts,
    layout: Layout,
    images: Vec<BoxId>,
    counted: u32,
}

impl Late {
    pub fn new(html: &str, css: &str) -> Late {
        // An image without a size of its own has a box already; a video is such a box.
        let html = html.replace("<img>", "<video></video>");
        let (_, tree) = boxes(&html, css);
        let fonts = bundled_fonts();
        let layout = Layout::new(&tree, &fonts, VIEWPORT);
        let is_image = |id: &BoxId| matches!(tree.get(*id).kind, BoxKind::Replaced(_));
        let images = tree.ids().filter(is_image).collect();
        Late {
            tree,
            fonts,
            layout,
            images,
            counted: 0,
        }
    }

    pub fn images(&self) -> usize {
        self.images.len()
    }

    pub fn boxes(&self) -> u32 {
        self.tree.len() as u32
    }

    /// The image turns out to be so large, or to have no size.
    pub fn resize(&mut self, image: usize, size: Option<(f32, f32)>) {
        let id = self.images[image];
        if let BoxKind::Replaced(replaced) = &mut self.tree.get_mut(id).kind {
            replaced.natural = NaturalSize {
                width: size.map(|(width, _)| width),
                height: size.map(|(_, height)| height),
                ratio: size.map(|(width, height)| width / height),
            };
        }
        self.layout.changed(&self.tree, id);
    }

    /// The places of all fragments after the changes.
    pub fn lay_out_again(&mut self) -> String {
        let said = Rc::new(Counted::default());
        let tap = Tap::new(said.clone(), Provenance::Observed, Vantage::Near);
        let (placed, _) = self.layout.run(&self.tree, &self.fonts, &tap, None);
        self.counted = said.0.get();
        places(&placed)
    }

    /// The same by a layout that knows nothing.
    pub fn lay_out_anew(&self) -> String {
        let off = Tap::off();
        let (placed, _) = thru_layout::run(&self.tree, &self.fonts, VIEWPORT, &off, None);
        places(&placed)
    }

    /// Boxes that the last layout laid out, as the record has it.
    pub fn counted(&self) -> u32 {
        self.counted
    }
}

fn places(placed: &FragmentTree) -> String {
    let lines = placed.nodes.iter().map(|node| {
        let source = node.fragment.source;
        format!("{source:?} {:?} {:?}\n", node.rect, node.fragment.kind)
    });
    lines.collect()
}
