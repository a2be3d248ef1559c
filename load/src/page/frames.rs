//! Documents in frames (HTML section 4.8.5): each is a page of its own, drawn as large as the frame's content box.
//! GAP: what happens in a frame is not stated; only its requests are.

use super::{OutOfTime, PageOptions, render_framed, work::Work};
use crate::{Destination, Fetch, FetchOrder, Fetched};
use bytes::Bytes;
use std::{cell::Cell, rc::Rc};
use thru_dom::{Document, Element};
use thru_events::{Cause, Stage, Tap, trip::TripEvent};
use thru_layout::{FragmentKind, FragmentTree};
use thru_render_tree::{BoxId, Pixels, RenderTree};
use url::Url;

/// Frames in frames that are loaded.
const MAX_FRAME_DEPTH: u32 = 3;
/// Frames of one page that are loaded, those in frames among them.
const MAX_FRAMES: u32 = 64;
/// Pixels of all frames of one page together.
const MAX_FRAME_PIXELS: u64 = 1 << 25;
/// The largest side of a frame that is drawn, CSS px.
const MAX_FRAME_SIDE: f32 = 4096.0;

/// What a frame says of the document in it.
#[derive(Clone, Debug, Default)]
pub(super) struct Framed {
    /// How many frames it is in.
    pub depth: u32,
    /// It is the text of the frame itself.
    pub srcdoc: bool,
    /// Margins of its body where the body says nothing: attribute names and values.
    margins: Vec<(&'static str, String)>,
    /// What is left for further frames of the page.
    pub budget: Rc<Budget>,
}

/// What the frames of one page may take together.
#[derive(Debug)]
pub(super) struct Budget {
    frames: Cell<u32>,
    pixels: Cell<u64>,
}

impl Default for Budget {
    fn default() -> Budget {
        Budget {
            frames: Cell::new(MAX_FRAMES),
            pixels: Cell::new(MAX_FRAME_PIXELS),
        }
    }
}

impl Budget {
    /// Takes a frame of so many pixels; else the limit that forbids it.
    fn take(&self, pixels: u64) -> Result<(), (&'static str, u64)> {
        let frames = self.frames.get().checked_sub(1);
        let frames = frames.ok_or(("frames of a page", MAX_FRAMES.into()))?;
        let left = self.pixels.get().checked_sub(pixels);
        let left = left.ok_or(("pixels of a page's frames", MAX_FRAME_PIXELS))?;
        self.frames.set(frames);
        self.pixels.set(left);
        Ok(())
    }
}

impl Framed {
    /// The frame's margins become the body's (HTML section 15.3.2).
    pub(super) fn hand_margins(&self, document: &mut Document) {
        let Some(body) = document.body() else { return };
        for (name, value) in &self.margins {
            let own = match *name {
                "marginwidth" => ["marginwidth", "leftmargin", "rightmargin"],
                _ => ["marginheight", "topmargin", "bottommargin"],
            };
            let says = |element: &Element| own.iter().any(|name| element.has(name));
            if document.element(body).is_some_and(|element| !says(element)) {
                document.set_attribute(body, name, value);
            }
        }
    }
}

/// A page with its places, and how to get what is in its frames.
pub(super) struct Frames<'p> {
    pub fetch: &'p dyn Fetch,
    pub dom: &'p Document,
    /// The page's URL, and what its links refer to.
    pub url: &'p Url,
    pub base: &'p Url,
    pub placed: &'p FragmentTree,
    pub options: &'p PageOptions,
    pub work: &'p Work<'p>,
    pub cause: Cause,
    pub depth: u32,
    pub budget: Rc<Budget>,
}

impl Frames<'_> {
    /// Draws what is in the frames of a page.
    pub(super) async fn draw(&self, tree: &mut RenderTree) -> Result<(), OutOfTime> {
        let frames = tree.ids().filter(|id| tree.get(*id).is_principal());
        let frames: Vec<BoxId> = frames
            .filter(|id| {
                let element = self.dom.element(tree.get(*id).node);
                element.is_some_and(|element| element.is_html("iframe"))
            })
            .collect();
        if self.depth >= MAX_FRAME_DEPTH && !frames.is_empty() {
            self.limit_reached("frames in frames", MAX_FRAME_DEPTH.into());
            return Ok(());
        }
        for id in frames {
            let Some((width, height)) = self.content_size(id) else {
                continue;
            };
            let Some(element) = self.dom.element(tree.get(id).node) else {
                continue;
            };
            let scale = f64::from(self.options.scale).max(1.0);
            let pixels = f64::from(width) * f64::from(height) * scale * scale;
            if let Err((limit, value)) = self.budget.take(pixels as u64) {
                self.limit_reached(limit, value);
                return Ok(());
            }
            let Some(document) = self.document(element).await else {
                continue;
            };
            let margins = ["marginwidth", "marginheight"]
                .into_iter()
                .filter_map(|name| Some((name, element.get(name)?.to_owned())));
            let framed = Framed {
                depth: self.depth + 1,
                srcdoc: element.has("srcdoc"),
                margins: margins.collect(),
                budget: self.budget.clone(),
            };
            let options = PageOptions {
                viewport: (width, height),
                full_page: false,
                inspect: None,
                boxes: false,
                time: self.work.left(),
                ..self.options.clone()
            };
            let step = self.work.begin(Stage::Paint);
            let tap = Tap::off();
            let inside = render_framed(
                self.fetch,
                document,
                &options,
                &tap,
                self.work.clock,
                framed,
            );
            let picture = Box::pin(inside).await?;
            step.end(self.cause)?;
            let pixels = Pixels {
                width: picture.width,
                height: picture.height,
                rgba: picture.rgba,
            };
            tree.frame_came(id, Rc::new(pixels), (width as f32, height as f32));
        }
        Ok(())
    }

    fn limit_reached(&self, limit: &'static str, value: u64) {
        self.work.tap.emit(self.cause, || TripEvent::LimitReached {
            stage: Stage::Paint,
            limit: limit.into(),
            value,
        });
    }

    /// Width and height of a frame's content box, whole CSS px; `None` if there is nothing to see.
    fn content_size(&self, id: BoxId) -> Option<(u32, u32)> {
        let mut nodes = self.placed.nodes.iter();
        let node = nodes.find(|node| node.fragment.source == Some(id))?;
        let FragmentKind::Box { border, padding } = &node.fragment.kind else {
            return None;
        };
        let inside = node.rect.inside(border).inside(padding).size;
        let side =
            |length: f32| (length > 0.0).then(|| length.round().clamp(1.0, MAX_FRAME_SIDE) as u32);
        Some((side(inside.width.to_px())?, side(inside.height.to_px())?))
    }

    async fn document(&self, frame: &Element) -> Option<Fetched> {
        if let Some(source) = frame.get("srcdoc") {
            return Some(Fetched {
                url: self.url.clone(),
                status: 200,
                content_type: Some("text/html;charset=utf-8".to_owned()),
                body: Bytes::from(source.to_owned()),
                cause: self.cause,
            });
        }
        let mut url = self.base.join(frame.get("src")?.trim()).ok()?;
        url.set_fragment(None);
        // A document in itself never ends.
        if url.scheme() == "about" || url == *self.url {
            return None;
        }
        let order = FetchOrder {
            url,
            destination: Destination::Frame,
            initiator: "<iframe>".into(),
            cause: self.cause,
        };
        self.fetch.fetch(order).await.ok()
    }
}
