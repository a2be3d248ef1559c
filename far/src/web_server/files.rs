//! The map of files that a web server holds, each ready to be sent.

use super::{coding, conditional};
use crate::fields;
use bytes::Bytes;
use http::{HeaderValue, Response, header};
use std::collections::BTreeMap;

/// How long files may be reused, seconds.
const FRESH_S: u32 = 3600;

/// Octets of the largest file.
pub const FILE_LIMIT: usize = 16 * 1024 * 1024;

/// One file.
#[derive(Clone, Debug)]
pub struct StaticFile {
    content_type: &'static str,
    octets: Bytes,
    compressed: Option<Bytes>,
    etag: String,
}

impl StaticFile {
    /// A file of the type that its path says.
    pub fn new(path: &str, octets: impl Into<Bytes>) -> StaticFile {
        let octets = octets.into();
        let content_type = content_type(path);
        let is_text = coding::is_worth_it(content_type);
        StaticFile {
            content_type,
            compressed: is_text.then(|| coding::gzip(&octets)),
            etag: conditional::etag_of(&octets),
            octets,
        }
    }

    /// The file as it is.
    pub fn octets(&self) -> &Bytes {
        &self.octets
    }

    /// The whole file as an answer, compressed if that is taken and of use.
    pub fn response(&self, takes_gzip: bool) -> Response<Bytes> {
        let compressed = self.compressed.as_ref().filter(|_| takes_gzip);
        let mut response = Response::new(compressed.unwrap_or(&self.octets).clone());
        let headers = response.headers_mut();
        let kind = HeaderValue::from_static(self.content_type);
        headers.insert(header::CONTENT_TYPE, kind);
        let cache = fields::value(&format!("public, max-age={FRESH_S}"));
        headers.insert(header::CACHE_CONTROL, cache);
        let mut etag = self.etag.clone();
        if compressed.is_some() {
            headers.insert(header::CONTENT_ENCODING, HeaderValue::from_static("gzip"));
            etag.insert_str(etag.len() - 1, "-gz");
        }
        if self.compressed.is_some() {
            headers.insert(header::VARY, HeaderValue::from_static("accept-encoding"));
        }
        headers.insert(header::ETAG, fields::value(&etag));
        headers.insert(header::ACCEPT_RANGES, HeaderValue::from_static("bytes"));
        response
    }
}

/// Files by path, as `/style.css`.
#[derive(Clone, Debug, Default)]
pub struct Files(BTreeMap<String, StaticFile>);

impl Files {
    /// Puts a file at `path`; files past [`FILE_LIMIT`] are not taken.
    pub fn insert(&mut self, path: &str, octets: impl Into<Bytes>) -> bool {
        let octets = octets.into();
        let fits = octets.len() <= FILE_LIMIT;
        if fits {
            self.0
                .insert(path.to_owned(), StaticFile::new(path, octets));
        }
        fits
    }

    /// Takes the file at `path` away.
    pub fn remove(&mut self, path: &str) -> Option<StaticFile> {
        self.0.remove(path)
    }

    /// The file at `path`.
    pub fn get(&self, path: &str) -> Option<&StaticFile> {
        self.0.get(path)
    }

    /// Every path, in order.
    pub fn paths(&self) -> impl Iterator<Item = &str> {
        self.0.keys().map(String::as_str)
    }
}

/// The built-in shop's style sheet, pictures and font.
pub fn shop_files() -> Files {
    const PICTURES: [&[u8]; 8] = [
        include_bytes!("../../assets/img/1.png"),
        include_bytes!("../../assets/img/2.png"),
        include_bytes!("../../assets/img/3.png"),
        include_bytes!("../../assets/img/4.png"),
        include_bytes!("../../assets/img/5.png"),
        include_bytes!("../../assets/img/6.png"),
        include_bytes!("../../assets/img/7.png"),
        include_bytes!("../../assets/img/8.png"),
    ];
    const STYLE: &[u8] = include_bytes!("../../assets/style.css");
    const FONT: &[u8] = include_bytes!("../../assets/font/shop-serif.otf");
    let mut files = Files::default();
    files.insert("/style.css", STYLE);
    files.insert("/font/shop-serif.otf", FONT);
    for (at, picture) in PICTURES.into_iter().enumerate() {
        files.insert(&format!("/img/{}.png", at + 1), picture);
    }
    files
}

fn content_type(path: &str) -> &'static str {
    match path.rsplit_once('.').map_or("", |(_, ending)| ending) {
        "html" | "htm" => "text/html; charset=utf-8",
        "css" => "text/css; charset=utf-8",
        "js" => "text/javascript; charset=utf-8",
        "json" => "application/json",
        "svg" => "image/svg+xml",
        "txt" => "text/plain; charset=utf-8",
        "png" => "image/png",
        "jpg" | "jpeg" => "image/jpeg",
        "gif" => "image/gif",
        "webp" => "image/webp",
        "ico" => "image/x-icon",
        "otf" => "font/otf",
        "ttf" => "font/ttf",
        "woff" => "font/woff",
        "woff2" => "font/woff2",
        _ => "application/octet-stream",
    }
}
