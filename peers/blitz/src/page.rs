//! A page from its URL to its pixels.

use crate::queue::Queue;
use crate::source::{Answer, Source};
use crate::stages::timed;
use anyrender::{ImageRenderer, PaintScene};
use anyrender_vello_cpu::VelloCpuImageRenderer;
use blitz_dom::{DocumentConfig, FontContext};
use blitz_html::{HtmlDocument, HtmlProvider};
use blitz_traits::net::{Bytes, Url};
use blitz_traits::shell::{ColorScheme, Viewport};
use std::path::Path;
use std::sync::Arc;

/// Rounds of loading parts and laying out: a style sheet asks for images, a frame for a page.
const MAX_ROUNDS: usize = 32;

/// Parts of one page.
const MAX_PARTS: usize = 10_000;

/// The pixels of a page.
pub struct Drawn {
    /// Width, px.
    pub width: u32,
    /// Height, px.
    pub height: u32,
    /// Rows of red, green, blue, alpha.
    pub rgba: Vec<u8>,
}

impl Drawn {
    /// Writes a PNG file.
    pub fn write(&self, path: &Path) -> image::ImageResult<()> {
        let colour = image::ExtendedColorType::Rgba8;
        let format = image::ImageFormat::Png;
        image::save_buffer_with_format(path, &self.rgba, self.width, self.height, colour, format)
    }
}

/// Draws the viewport of a page. Without `fonts` Blitz takes those of the system.
pub fn draw(
    source: &Source,
    url: &Url,
    (width, height): (u32, u32),
    fonts: Option<FontContext>,
) -> Result<Drawn, String> {
    let answer = source.get(url).ok_or("there is no such page")?;
    let queue = Arc::new(Queue::default());
    let config = DocumentConfig {
        viewport: Some(Viewport::new(width, height, 1.0, ColorScheme::Light)),
        base_url: Some(url.to_string()),
        net_provider: Some(queue.clone()),
        html_parser_provider: Some(Arc::new(HtmlProvider)),
        font_ctx: fonts,
        ..DocumentConfig::default()
    };
    let is_xml = answer
        .kind
        .split(';')
        .next()
        .is_some_and(|kind| kind.trim().ends_with("xml"));
    let text = timed("decode", || decoded(&answer));
    let mut document = timed("parse", || match is_xml {
        true => HtmlDocument::from_xml(&text, config),
        false => HtmlDocument::from_html(&text, config),
    });
    resolve(&mut document, source, &queue);
    Ok(raster(&mut document, width, height))
}

/// Blitz takes text, so that its encoding is told from outside: a mark, else UTF-8, else Latin-1.
/// What a page itself says of its encoding is not read.
fn decoded(answer: &Answer) -> String {
    let bytes = &answer.bytes[..];
    let wide = |rest: &[u8], unit: fn([u8; 2]) -> u16| {
        let units: Vec<u16> = rest
            .chunks_exact(2)
            .map(|two| unit([two[0], two[1]]))
            .collect();
        String::from_utf16_lossy(&units)
    };
    match bytes {
        [0xff, 0xfe, rest @ ..] => wide(rest, u16::from_le_bytes),
        [0xfe, 0xff, rest @ ..] => wide(rest, u16::from_be_bytes),
        _ => match std::str::from_utf8(bytes) {
            Ok(text) => text.trim_start_matches('\u{feff}').to_owned(),
            Err(_) => bytes.iter().map(|octet| char::from(*octet)).collect(),
        },
    }
}

/// Loads parts, styles and lays out until nothing more is asked for.
fn resolve(document: &mut HtmlDocument, source: &Source, queue: &Queue) {
    let mut parts = 0;
    for _ in 0..MAX_ROUNDS {
        while let Some((request, handler)) = queue.next() {
            parts += 1;
            // A part that is missing is answered with nothing: Blitz waits for style sheets.
            let found = source.get(&request.url).filter(|_| parts <= MAX_PARTS);
            let is_sheet = found
                .as_ref()
                .is_some_and(|part| part.kind.starts_with("text/css"));
            let bytes = found.map_or_else(Bytes::new, |part| part.bytes);
            let phase = if is_sheet { "sheets" } else { "media" };
            timed(phase, || handler.bytes(request.url.to_string(), bytes));
        }
        timed("attach", || document.handle_messages());
        if queue.is_empty() {
            document.resolve(0.0);
        }
        if queue.is_empty() {
            return;
        }
    }
}

fn raster(document: &mut HtmlDocument, width: u32, height: u32) -> Drawn {
    let mut renderer = timed("renderer", || VelloCpuImageRenderer::new(width, height));
    let mut rgba = Vec::new();
    renderer.render_to_vec(
        |scene| {
            let page = kurbo::Rect::new(0.0, 0.0, f64::from(width), f64::from(height));
            let white = peniko::Color::WHITE;
            scene.fill(
                peniko::Fill::NonZero,
                kurbo::Affine::IDENTITY,
                white,
                None,
                &page,
            );
            blitz_paint::paint_scene(scene, document, 1.0, width, height, 0, 0);
        },
        &mut rgba,
    );
    Drawn {
        width,
        height,
        rgba,
    }
}
