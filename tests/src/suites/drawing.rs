//! One page, drawn in this process from files.

use bytes::Bytes;
use futures_util::FutureExt;
use std::path::{Path, PathBuf};
use std::rc::Rc;
use std::sync::mpsc::{RecvTimeoutError, channel};
use std::time::Duration;
use thru_events::Tap;
use thru_load::{ElementBox, FontSource, InstalledFonts, LocalFetch, PageOptions, Picture, render};
use thru_port::CpuClock;
use url::Url;

/// Longest time that one page may take.
const CASE_LIMIT: Duration = Duration::from_secs(60);

/// Stack of a case: that of a program's first thread.
const STACK: usize = 8 << 20;

/// The viewport of the pages and sites.
const VIEWPORT: (u32, u32) = (1280, 1024);

/// Font files that Chromium did not see: they came with fonts-dejavu-extra or a narrow cut.
const NOT_SEEN: [&str; 4] = ["DejaVuMath", "Oblique", "ExtraLight", "Condensed"];

/// A clock that stands still: the suites measure no work.
struct Still;

impl CpuClock for Still {
    fn nanos(&self) -> u64 {
        0
    }
}

/// The fonts that Chromium's pictures were taken with.
pub(super) fn fonts() -> Vec<FontSource> {
    let installed = thru_host::fonts::installed().into_iter();
    let sources = installed.filter_map(|file| {
        let name = file.path.file_name()?.to_str()?.to_owned();
        let fits = name.starts_with("Liberation")
            || name.starts_with("DejaVu")
                && !NOT_SEEN.iter().any(|part| name.contains(part))
                && !(name.starts_with("DejaVuSerif") && name.contains("Italic"));
        fits.then_some(FontSource {
            name,
            bytes: file.bytes,
        })
    });
    sources.collect()
}

/// Draws `path` of a document root on a thread of its own; a panic or a page past [`CASE_LIMIT`]
/// is an error. A thread past the limit is left to itself.
pub(super) fn draw(root: &Path, path: &str, fonts: &[FontSource]) -> Result<Drawn, String> {
    let (sender, receiver) = channel();
    let (root, path, fonts) = (root.to_owned(), path.to_owned(), fonts.to_vec());
    let work = move || {
        let drawn = draw_here(&root, &path, fonts);
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
    /// The same as a file.
    pub png: Vec<u8>,
    /// Width and height of the whole document.
    pub document: (f32, f32),
    /// Border boxes.
    pub boxes: Vec<ElementBox>,
}

impl Drawn {
    fn of(picture: Picture) -> Drawn {
        Drawn {
            size: (picture.width as usize, picture.height as usize),
            png: picture.png(),
            rgba: picture.rgba,
            document: picture.document,
            boxes: picture.boxes,
        }
    }
}

fn draw_here(root: &Path, path: &str, fonts: Vec<FontSource>) -> Result<Picture, String> {
    let url = Url::parse("http://127.0.0.1:8000/").and_then(|base| base.join(path));
    let url = url.map_err(|why| why.to_string())?;
    let root = root.to_owned();
    let fetch = LocalFetch::new(move |url| resource(&root, url));
    let document = fetch.document(&url).ok_or("there is no such page")?;
    let options = PageOptions {
        viewport: VIEWPORT,
        ..PageOptions::new(Rc::new(InstalledFonts::new(fonts)))
    };
    render(&fetch, document, &options, &Tap::off(), &Still)
        .now_or_never()
        .ok_or("local parts were waited for")?
        .map_err(|failed| failed.message.to_string())
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
    Some((Bytes::from(octets), Some(content_type(&file).to_owned())))
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
