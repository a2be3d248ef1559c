//! From a fetched document to a picture: parse, style, build, place, paint.
//!
//! Stage: 08 to 12, in their order.
//! In: the document, a [`Fetch`] for what it names, [`PageOptions`]. Out: a [`Picture`].
//! Emits: `TripEvent::Found`, `LimitReached`, `RenderTreeEvent::ImageDecoded`, `ImageBroken`; the
//! stages state their own.
//! How it works: [`render`] is the table of contents; `parts` fetches style sheets, fonts and
//! images beside each other, `local` serves suites from a closure.
//! Not here: the network.

mod boxes;
mod containers;
mod encoding;
mod frames;
mod inspect;
mod late;
mod local;
pub(crate) mod media;
mod parts;
mod woff;
mod woff2;
mod work;

pub use inspect::Inspected;
pub use local::LocalFetch;
pub use thru_layout::text::FontSource;
pub use work::{OutOfTime, WorkTime, Working};

use crate::{Fetch, Fetched};
use containers::{Containers, Settled};
use frames::{Framed, Frames};
use parts::Parts;
use std::{cell::OnceCell, fmt, rc::Rc, sync::Arc};
use thru_cssom::{Screen, StyleSet};
use thru_events::{Cause, Failed, Stage, Tap};
use thru_layout::{Layout, text::Fonts};
use thru_port::{CpuClock, Port};
use thru_render_tree::fontdb::{self, Database};
use thru_render_tree::{ImageSources, Images};
use work::Work;

/// The fonts at hand: files as bytes.
#[derive(Default)]
pub struct InstalledFonts {
    sources: Vec<FontSource>,
    for_svg: OnceCell<Arc<Database>>,
}

impl InstalledFonts {
    /// From font files.
    pub fn new(sources: Vec<FontSource>) -> InstalledFonts {
        InstalledFonts {
            sources,
            for_svg: OnceCell::new(),
        }
    }

    /// The files.
    pub fn sources(&self) -> &[FontSource] {
        &self.sources
    }

    /// The same fonts for texts in SVGs, read when the first SVG comes.
    fn for_svg(&self) -> &Arc<Database> {
        self.for_svg.get_or_init(|| {
            let mut database = Database::new();
            for source in &self.sources {
                database.load_font_source(fontdb::Source::Binary(source.bytes.clone()));
            }
            database.set_serif_family("Liberation Serif");
            database.set_sans_serif_family("Liberation Sans");
            database.set_monospace_family("DejaVu Sans Mono");
            Arc::new(database)
        })
    }
}

impl fmt::Debug for InstalledFonts {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_list().entries(&self.sources).finish()
    }
}

/// Window and fonts.
#[derive(Clone, Debug)]
pub struct PageOptions {
    /// Width and height of the viewport, CSS px.
    pub viewport: (u32, u32),
    /// Device px a CSS px.
    pub scale: f32,
    /// Paint the whole document and not only the viewport.
    pub full_page: bool,
    /// Fonts that count as installed.
    pub fonts: Rc<InstalledFonts>,
    /// Selectors of elements whose sizes are wanted in [`Picture::inspected`], and of which the
    /// journal is to say why they are as they are.
    pub inspect: Option<String>,
    /// Whether [`Picture::boxes`] are wanted: the paths of a deep page's elements take much memory.
    pub boxes: bool,
    /// How long the stages may compute.
    pub time: WorkTime,
}

impl PageOptions {
    /// A viewport of 1280 by 1024 at one device px a CSS px.
    pub fn new(fonts: Rc<InstalledFonts>) -> PageOptions {
        PageOptions {
            viewport: (1280, 1024),
            scale: 1.0,
            full_page: false,
            fonts,
            inspect: None,
            boxes: true,
            time: WorkTime::default(),
        }
    }
}

/// The border box of an element: its path as `html>body[1]>p[2]`, then x, y, width and height in
/// CSS px from the document's top left.
#[derive(Clone, Debug, PartialEq)]
pub struct ElementBox {
    /// Path; every step after the root is numbered among the siblings of its tag.
    pub path: String,
    /// x, y, width, height.
    pub area: [f64; 4],
}

/// What was painted.
#[derive(Clone, Default)]
pub struct Picture {
    /// Columns.
    pub width: u32,
    /// Rows.
    pub height: u32,
    /// RGBA, 8 bits each, row by row.
    pub rgba: Vec<u8>,
    /// The title of the document.
    pub title: Option<String>,
    /// Width and height of the whole document, CSS px.
    pub document: (f32, f32),
    /// Border boxes of the elements, in tree order, if [`PageOptions::boxes`] asks for them.
    pub boxes: Vec<ElementBox>,
    /// The elements that [`PageOptions::inspect`] names and everything in them, in tree order.
    pub inspected: Vec<Inspected>,
    /// What went wrong and did not fail the page; `TripEvent::Found` says it too.
    pub findings: Vec<(Stage, Failed)>,
    /// `PaintEvent::Painted`.
    pub painted: Cause,
}

impl Picture {
    /// The picture as a PNG file.
    pub fn png(&self) -> Vec<u8> {
        thru_paint::Picture {
            width: self.width,
            height: self.height,
            rgba: self.rgba.clone(),
            cut: false,
        }
        .png()
    }
}

impl fmt::Debug for Picture {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "Picture({} x {})", self.width, self.height)
    }
}

/// Builds the picture in a world.
pub(crate) async fn build(
    fetch: &dyn Fetch,
    document: Fetched,
    options: &PageOptions,
    port: &dyn Port,
) -> Result<Picture, OutOfTime> {
    render(fetch, document, options, &port.tap(), &*port.cpu()).await
}

/// Builds the picture of a document with whatever `fetch` can get.
///
/// # Errors
/// [`OutOfTime`] if the stages computed longer than [`PageOptions::time`] lets them.
pub async fn render(
    fetch: &dyn Fetch,
    document: Fetched,
    options: &PageOptions,
    tap: &Tap,
    clock: &dyn CpuClock,
) -> Result<Picture, OutOfTime> {
    render_framed(fetch, document, options, tap, clock, Framed::default()).await
}

/// The same of a document that may be in a frame.
async fn render_framed(
    fetch: &dyn Fetch,
    document: Fetched,
    options: &PageOptions,
    tap: &Tap,
    clock: &dyn CpuClock,
    framed: Framed,
) -> Result<Picture, OutOfTime> {
    // 1. The document.
    let url = document.url.clone();
    let work = Work::new(clock, tap, &options.time, crate::local::shown(&url));
    let step = work.begin(Stage::Dom);
    let content_type = document.content_type.as_deref();
    let parse = thru_dom::Options {
        xml: content_type.is_none() && is_xml_name(url.path()),
        srcdoc: framed.srcdoc,
    };
    let (mut dom, parsed) =
        thru_dom::parse(&document.body, content_type, parse, tap, document.cause);
    framed.hand_margins(&mut dom);
    let width = options.viewport.0 as f32;
    let found = thru_dom::scan(&dom, &url, width, tap, parsed);
    let base = found.base.clone().unwrap_or_else(|| url.clone());
    step.end(parsed)?;

    // 2. What it names: style sheets and images beside each other, then what those name.
    let screen = Screen {
        width,
        height: options.viewport.1 as f32,
        scale: options.scale,
        print: false,
    };
    let mut set = StyleSet::new(screen, dom.quirks, tap);
    let mut parts = Parts::new(fetch, &dom, &work, parsed);
    if let Some(finding) = encoding::mismatch(&document.body, &dom, &crate::local::shown(&url)) {
        parts.find(Stage::Dom, finding, parsed);
    }
    parts.ask_images(&found);
    parts.sheets(&mut set, &found, &base).await?;

    // 3. The cascade.
    let step = work.begin(Stage::Cssom);
    let styled = thru_cssom::run(set, &dom, &url, &base, tap, parsed);
    step.end(styled.cause)?;
    let mut fonts = Fonts::new(options.fonts.sources());
    parts.fonts_and_images(&styled, &mut fonts).await;

    // 4. Boxes.
    let coming = parts.first_images().await;
    let step = work.begin(Stage::RenderTree);
    let mut images = Images::default();
    parts.decode(&options.fonts, &mut images);
    if has_svg(&dom) {
        let for_svg = options.fonts.for_svg();
        thru_render_tree::add_inline_svgs(&dom, |node| styled.computed(node), for_svg, &mut images);
    }
    let by_node = found
        .images
        .iter()
        .map(|(node, url, _)| (*node, url.clone()))
        .collect();
    let sources = ImageSources { by_node, coming };
    let (tree, built) =
        thru_render_tree::build(&dom, &styled, Rc::new(images), &sources, tap, styled.cause);
    step.end(built)?;

    // 5. Places, once more for images that come late.
    let step = work.begin(Stage::Layout);
    let mut layout = None;
    let (placed, laid_out) = match sources.coming.is_empty() {
        true => thru_layout::run(&tree, &fonts, options.viewport, tap, built),
        false => layout
            .insert(Layout::new(&tree, &fonts, options.viewport))
            .run(&tree, &fonts, tap, built),
    };
    step.end(laid_out)?;
    let (tree, placed, laid_out) = match layout {
        None => (tree, placed, laid_out),
        Some(layout) => {
            let waiting = late::Waiting {
                dom: &dom,
                styled: &styled,
                fonts: &fonts,
                options,
                tap,
                tree,
                layout,
                sources,
                laid_out,
            };
            waiting.lay_out(&mut parts, &work).await?
        }
    };
    let mut page = Settled {
        styled,
        tree,
        placed,
        laid_out,
    };
    if !page.styled.containers().is_empty() {
        let by_node = found.images.iter();
        let by_node = by_node.map(|(node, url, _)| (*node, url.clone()));
        let containers = Containers {
            dom: &dom,
            urls: (&url, &base),
            fonts: &fonts,
            sources: ImageSources {
                by_node: by_node.collect(),
                ..ImageSources::default()
            },
            options,
            work: &work,
            tap,
        };
        page = containers.settle(page)?;
    }
    let Settled {
        styled,
        mut tree,
        placed,
        laid_out,
    } = page;
    parts.unsupported(&tree, &url);
    let frames = Frames {
        fetch,
        dom: &dom,
        url: &url,
        base: &base,
        placed: &placed,
        options,
        work: &work,
        cause: laid_out,
        depth: framed.depth,
        budget: framed.budget.clone(),
    };
    frames.draw(&mut tree).await?;

    let page = inspect::LaidOut {
        dom: &dom,
        url: &url,
        styled: &styled,
        tree: &tree,
        placed: &placed,
    };
    let inspected = inspect::wanted(&page, options, tap, laid_out);

    // 6. Pixels.
    let step = work.begin(Stage::Paint);
    let area = thru_paint::Area {
        full_page: options.full_page,
        scale: options.scale,
        transparent: framed.depth > 0,
    };
    let (list, built) = thru_paint::listed(&tree, &placed, &fonts, area, tap, laid_out);
    step.end(built)?;
    let step = work.begin(Stage::Paint);
    let (picture, drawn) = thru_paint::drawn(&list, &tree, &placed, &fonts, area, tap, built);
    step.end(drawn)?;
    let step = work.begin(Stage::Paint);
    let painted = thru_paint::stated(&picture, &list, tap, drawn);
    step.end(painted)?;
    Ok(Picture {
        width: picture.width,
        height: picture.height,
        rgba: picture.rgba,
        title: dom.title(),
        document: (
            placed.document.width.to_px(),
            placed.document.height.to_px(),
        ),
        boxes: match options.boxes {
            true => boxes::of_elements(&dom, &tree, &placed),
            false => Vec::new(),
        },
        inspected,
        findings: parts.findings,
        painted,
    })
}

fn is_xml_name(path: &str) -> bool {
    [".xht", ".xhtml", ".xml"]
        .iter()
        .any(|ending| path.ends_with(ending))
}

fn has_svg(dom: &thru_dom::Document) -> bool {
    dom.descendants(thru_dom::NodeId::DOCUMENT).any(|node| {
        dom.element(node)
            .is_some_and(|element| element.local() == "svg")
    })
}
