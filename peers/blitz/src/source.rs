//! Where pages, style sheets, images and fonts come from.

use blitz_traits::net::{Bytes, Url};
use std::io::{Read, Write};
use std::net::TcpStream;
use std::path::{Path, PathBuf};
use std::time::Duration;

/// The largest answer that is read, octets.
const LARGEST: u64 = 256 << 20;

/// Longest wait for an answer.
const PATIENCE: Duration = Duration::from_secs(30);

/// What answers requests.
pub enum Source {
    /// Files by `file:` URLs.
    Disk,
    /// The files below a folder, as those of `http://127.0.0.1:8000/`; other hosts have nothing.
    Folder(PathBuf),
    /// A server on this machine; other hosts have nothing.
    Loopback,
}

/// A body and its content type.
pub struct Answer {
    /// The body.
    pub bytes: Bytes,
    /// The content type as it was stated or follows from the file's name.
    pub kind: String,
}

impl Source {
    /// What is at `url`.
    pub fn get(&self, url: &Url) -> Option<Answer> {
        match (url.scheme(), self) {
            ("data", _) => data(url),
            ("file", Source::Disk) => file(&url.to_file_path().ok()?),
            ("http", Source::Folder(root)) if url.host_str() == Some("127.0.0.1") => {
                file(&below(root, url)?)
            }
            ("http", Source::Loopback) => loopback(url),
            _ => None,
        }
    }
}

fn data(url: &Url) -> Option<Answer> {
    let parsed = data_url::DataUrl::process(url.as_str()).ok()?;
    let (bytes, _) = parsed.decode_to_vec().ok()?;
    let kind = parsed.mime_type().to_string();
    Some(Answer {
        bytes: Bytes::from(bytes),
        kind,
    })
}

fn file(path: &Path) -> Option<Answer> {
    let path = match path.is_dir() {
        true => path.join("index.html"),
        false => path.to_owned(),
    };
    let bytes = Bytes::from(std::fs::read(&path).ok()?);
    let kind = stated_type(&path).unwrap_or_else(|| named_type(&path).to_owned());
    Some(Answer { bytes, kind })
}

/// The file of a URL's path; `..` was taken away when the URL was parsed.
fn below(root: &Path, url: &Url) -> Option<PathBuf> {
    let mut path = root.to_owned();
    for segment in url.path_segments()? {
        let segment = percent_encoding::percent_decode_str(segment);
        let segment = segment.decode_utf8().ok()?;
        if segment.contains('/') || segment == ".." {
            return None;
        }
        path.push(&*segment);
    }
    Some(path)
}

/// The content type that a file `NAME.headers` states.
fn stated_type(path: &Path) -> Option<String> {
    let mut name = path.as_os_str().to_owned();
    name.push(".headers");
    let text = std::fs::read_to_string(name).ok()?;
    header(text.lines(), "content-type")
}

fn header<'a>(mut lines: impl Iterator<Item = &'a str>, name: &str) -> Option<String> {
    lines.find_map(|line| {
        let (found, value) = line.split_once(':')?;
        let value = value.trim().to_owned();
        found.trim().eq_ignore_ascii_case(name).then_some(value)
    })
}

/// Only what Blitz asks about: whether a page is XML.
fn named_type(path: &Path) -> &'static str {
    let ending = path.extension().and_then(|ending| ending.to_str());
    match ending.unwrap_or_default() {
        "html" | "htm" => "text/html",
        "xht" | "xhtml" => "application/xhtml+xml",
        "xml" => "application/xml",
        "svg" => "image/svg+xml",
        "css" => "text/css",
        _ => "application/octet-stream",
    }
}

/// HTTP/1.0 to a server on this machine.
fn loopback(url: &Url) -> Option<Answer> {
    let host = url.host_str()?;
    if !["127.0.0.1", "localhost", "[::1]"].contains(&host) {
        return None;
    }
    let address = url.socket_addrs(|| None).ok()?;
    let mut stream = TcpStream::connect(&address[..]).ok()?;
    stream.set_read_timeout(Some(PATIENCE)).ok()?;
    let target = &url[url::Position::BeforePath..url::Position::AfterQuery];
    let request = format!("GET {target} HTTP/1.0\r\nHost: {host}\r\n\r\n");
    stream.write_all(request.as_bytes()).ok()?;
    let mut octets = Vec::new();
    stream.take(LARGEST).read_to_end(&mut octets).ok()?;
    let answer = Bytes::from(octets);
    let end = answer.windows(4).position(|four| four == b"\r\n\r\n")?;
    let head = std::str::from_utf8(&answer[..end]).ok()?;
    let status = head.split(' ').nth(1)?;
    let kind = header(head.lines().skip(1), "content-type").unwrap_or_default();
    let bytes = answer.slice(end + 4..);
    (status == "200").then_some(Answer { bytes, kind })
}
