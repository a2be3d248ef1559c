//! One page, drawn in this process from files.

use bytes::Bytes;
use futures_util::FutureExt;
use std::path::{Path, PathBuf};
use std::rc::Rc;
use std::sync::mpsc::{RecvTimeoutError, channel};
use std::time::Duration;
use thru_events::Tap;
use thru_load::{
    ElementBox, FontSource, Inspected, InstalledFonts, LocalFetch, PageOptions, Picture, render,
};
use thru_port::CpuClock;
use url::Url;

/// Longest time that one page may take.
const CASE_LIMIT: Duration = Duration::from_secs(60);

/// Stack of a case: that of a program's first thread.
const STACK: usize = 8 << 20;

/// A page and how it is looked at.
#[derive(Clone, Debug)]
pub(super) struct Page {
    /// The document root.
    pub root: PathBuf,
    /// The page's path with its slash; perhaps with a query.
    pub path: String,
    /// Width and height of the viewport, CSS px.
    pub viewport: (u32, u32),
    /// Selectors of elements whose sizes are wanted.
    pub inspect: Option<String>,
}

/// Font files that Chromium did not see: they came with fonts-dejavu-extra or a narrow cut.
const NOT_SEEN: [&str; 4] = ["DejaVuMath", "Oblique", "ExtraLight", "Condensed"];

/// A clock that stands still: the suites measure no work.
struct Still;

impl CpuClock for Still {
    fn nanos(&self) -> u64 {
        0
    }
}

/// The files of the fonts that Chromium's pictures were taken with.
fn font_files() -> impl Iterator<Item = (String, thru_host::fonts::FontFile)> {
    let installed = thru_host::fonts::installed().into_iter();
    installed.filter_map(|file| {
        let name = file.path.file_name()?.to_str()?.to_owned();
        let fits = name.starts_with("Liberation")
            || name.starts_with("DejaVu")
                && !NOT_SEEN.iter().any(|part| name.contains(part))
                && !(name.starts_with("DejaVuSerif") && name.contains("Italic"));
        fits.then_some((name, file))
    })
}

/// The fonts that Chromium's pictures were taken with.
pub(super) fn fonts() -> Vec<FontSource> {
    let sources = font_files().map(|(name, file)| FontSource {
        name,
        bytes: file.bytes,
    });
    sources.collect()
}

/// Where they are.
pub(super) fn font_paths() -> Vec<PathBuf> {
    font_files().map(|(_, file)| file.path).collect()
}

/// Draws a page on a thread of its own; a panic or a page past [`CASE_LIMIT`] is an error. A
/// thread past the limit is left to itself.
pub(super) fn draw(page: &Page, fonts: &[FontSource]) -> Result<Drawn, String> {
    let (sender, receiver) = channel();
    let (page, fonts) = (page.clone(), fonts.to_vec());
    let work = move || {
        let drawn = draw_here(&page, fonts);
        // Nobody listens any more if the time is over.
        let _ = sender.send(drawn.map(Drawn::of));
    };
    let thread = std::thread::Builder::new().stack_size(STACK);
    thread.spawn(work).map_err(|why| why.to_string())?;
    match receiver.recv_timeout(CASE_LIMIT) {
        Ok(drawn) => drawn,
        Err(RecvTimeoutError::Timeout) => Err(format!("it took over {CASE_LIMIT:?}")),
        Err(RecvTimeoutError::Disconnected) => Err("it panicked".to_owned()),
    }
}

/// What was drawn, without what only belongs to its thread.
pub(super) struct Drawn {
    /// Columns and rows.
    pub size: (usize, usize),
    /// The pixels.
    pub rgba: Vec<u8>,
    /// Width and height of the whole document.
    pub document: (f32, f32),
    /// Border boxes.
    pub boxes: Vec<ElementBox>,
    /// The elements that were asked for and what is in them.
    pub inspected: Vec<Inspected>,
}

impl Drawn {
    /// The picture as a PNG file.
    pub fn png(&self) -> Vec<u8> {
        let (width, height) = (self.size.0 as u32, self.size.1 as u32);
        let mut file = std::io::Cursor::new(Vec::new());
        let format = image::ImageFormat::Png;
        let colour = image::ExtendedColorType::Rgba8;
        // Writing into memory fails only for sizes that do not fit the pixels.
        let _ =
            image::write_buffer_with_format(&mut file, &self.rgba, width, height, colour, format);
        file.into_inner()
    }

    /// A picture of which nothing else is known.
    pub fn pixels(size: (usize, usize), rgba: Vec<u8>) -> Drawn {
        Drawn {
            size,
            rgba,
            document: (0.0, 0.0),
            boxes: Vec::new(),
            inspected: Vec::new(),
        }
    }

    fn of(picture: Picture) -> Drawn {
        Drawn {
            size: (picture.width as usize, picture.height as usize),
            rgba: picture.rgba,
            document: picture.document,
            boxes: picture.boxes,
            inspected: picture.inspected,
        }
    }
}

fn draw_here(page: &Page, fonts: Vec<FontSource>) -> Result<Picture, String> {
    let url = Url::parse("http://127.0.0.1:8000/").and_then(|base| base.join(&page.path));
    let url = url.map_err(|why| why.to_string())?;
    let root = page.root.clone();
    let fetch = LocalFetch::new(move |url| resource(&root, url));
    let document = fetch.document(&url).ok_or("there is no such page")?;
    let options = PageOptions {
        viewport: page.viewport,
        inspect: page.inspect.clone(),
        ..PageOptions::new(Rc::new(InstalledFonts::new(fonts)))
    };
    render(&fetch, document, &options, &Tap::off(), &Still)
        .now_or_never()
        .ok_or("local parts were waited for")?
        .map_err(|late| late.failed.message)
}

/// What the page's own server has at a URL; other hosts have nothing. A folder stands for its
/// `index.html`.
fn resource(root: &Path, url: &Url) -> Option<(Bytes, Option<String>)> {
    if url.host_str() != Some("127.0.0.1") {
        return None;
    }
    let mut file = url_path(root, url)?;
    if file.is_dir() {
        file.push("index.html");
    }
    let octets = std::fs::read(&file).ok()?;
    let kind = stated_type(&file).unwrap_or_else(|| content_type(&file).to_owned());
    Some((Bytes::from(octets), Some(kind)))
}

/// The content type that a file `NAME.headers` beside the file states.
fn stated_type(file: &Path) -> Option<String> {
    let mut name = file.as_os_str().to_owned();
    name.push(".headers");
    let text = std::fs::read_to_string(name).ok()?;
    let mut fields = text.lines().filter_map(|line| line.split_once(':'));
    let (_, value) = fields.find(|(name, _)| name.eq_ignore_ascii_case("content-type"))?;
    Some(value.trim().to_owned())
}

/// The file of a URL's path; the path never leaves the root, since the URL parser takes `..` away.
fn url_path(root: &Path, url: &Url) -> Option<PathBuf> {
    let mut file = root.to_owned();
    for segment in url.path_segments()? {
        let octets = percent_decoded(segment)?;
        if octets.contains('/') || octets == ".." {
            return None;
        }
        file.push(octets);
    }
    Some(file)
}

fn percent_decoded(segment: &str) -> Option<String> {
    let mut octets = Vec::new();
    let mut rest = segment.bytes();
    while let Some(octet) = rest.next() {
        octets.push(match octet {
            b'%' => {
                let digits = [rest.next()?, rest.next()?];
                u8::from_str_radix(std::str::from_utf8(&digits).ok()?, 16).ok()?
            }
            octet => octet,
        });
    }
    String::from_utf8(octets).ok()
}

/// The content type that the server of Chromium's pictures gave.
fn content_type(file: &Path) -> &'static str {
    let ending = file.extension().and_then(|ending| ending.to_str());
    match ending.unwrap_or("").to_ascii_lowercase().as_str() {
        "html" | "htm" => "text/html",
        "xht" | "xhtml" => "application/xhtml+xml",
        "xml" => "application/xml",
        "svg" => "image/svg+xml",
        "css" => "text/css",
        "js" => "text/javascript",
        "txt" => "text/plain",
        "png" => "image/png",
        "jpg" | "jpeg" => "image/jpeg",
        "gif" => "image/gif",
        "webp" => "image/webp",
        "ico" => "image/x-icon",
        "ttf" => "font/ttf",
        "otf" => "font/otf",
        "woff" => "font/woff",
        "woff2" => "font/woff2",
        _ => "application/octet-stream",
    }
}
