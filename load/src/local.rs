//! What needs no network: `file:` and `data:` URLs.

use crate::{FetchOrder, Fetched, World, broken::Broken};
use bytes::Bytes;
use data_encoding::{BASE64_NOPAD, Encoding};
use std::path::{Path, PathBuf};
use std::sync::LazyLock;
use thru_events::{Blame, Code, Failed, RequestId, http::HttpEvent};
use thru_url::OnDisk;
use url::Url;

/// Largest file that is read, octets.
pub const MAX_FILE: u64 = 256 * 1024 * 1024;

/// The user's files: the loader touches none itself.
pub trait Files {
    /// The whole file, or the system's words why not.
    fn read(&self, path: &Path, limit: u64) -> Result<Vec<u8>, String>;

    /// What stands at a path that was typed.
    fn on_disk(&self, typed: &str) -> OnDisk;
}

/// A world without files (the lab).
#[derive(Clone, Copy, Debug, Default)]
pub struct NoFiles;

impl Files for NoFiles {
    fn read(&self, path: &Path, _limit: u64) -> Result<Vec<u8>, String> {
        let _ = path;
        Err("the lab has no files; load it without --lab".to_owned())
    }

    fn on_disk(&self, typed: &str) -> OnDisk {
        let below_root = typed.trim_start_matches(['.', '/']);
        OnDisk::Nothing(format!("/{below_root}"))
    }
}

/// Reads a `file:` URL.
pub(crate) fn file(
    world: &World,
    order: &FetchOrder,
    request: RequestId,
) -> Result<Fetched, Broken> {
    let path = order
        .url
        .to_file_path()
        .unwrap_or_else(|()| PathBuf::from(order.url.path()));
    let body = world.files.read(&path, MAX_FILE).map_err(|words| {
        let message = format!("The file {} could not be read: {words}.", path.display());
        let culprit = path.display().to_string();
        let failed = Failed::new(Code::HttpError, Blame::PeerRefused, culprit, message);
        Broken::new(failed, order.cause)
    })?;
    let tap = world.port.tap();
    let span = tap.keep(&body);
    let read = tap.emit_with_span(order.cause, span, || HttpEvent::FileRead {
        request,
        path: path.display().to_string(),
        length: body.len() as u64,
    });
    Ok(Fetched {
        url: order.url.clone(),
        status: 200,
        content_type: type_of(&path).map(str::to_owned),
        body: Bytes::from(body),
        cause: read.or(order.cause),
    })
}

/// The type that a file's name stands for; `None` lets the reader look at the octets.
fn type_of(path: &Path) -> Option<&'static str> {
    let end = path.extension()?.to_str()?.to_ascii_lowercase();
    Some(match end.as_str() {
        "html" | "htm" => "text/html",
        "xhtml" | "xht" => "application/xhtml+xml",
        "css" => "text/css",
        "svg" => "image/svg+xml",
        "png" => "image/png",
        "jpg" | "jpeg" => "image/jpeg",
        "gif" => "image/gif",
        "webp" => "image/webp",
        "txt" => "text/plain",
        _ => return None,
    })
}

/// Reads a `data:` URL (Fetch, section 6).
pub(crate) fn data(
    world: &World,
    order: &FetchOrder,
    request: RequestId,
) -> Result<Fetched, Broken> {
    let read = read_data(&order.url).ok_or_else(|| {
        let message = "The data: URL cannot be decoded.";
        let failed = Failed::new(
            Code::UrlInvalid,
            Blame::PeerMisbehaved,
            shown(&order.url),
            message,
        );
        Broken::new(failed, order.cause)
    })?;
    let (content_type, body) = read;
    let tap = world.port.tap();
    let span = tap.keep(&body);
    let stated = tap.emit_with_span(order.cause, span, || HttpEvent::FileRead {
        request,
        path: shown(&order.url),
        length: body.len() as u64,
    });
    Ok(Fetched {
        url: order.url.clone(),
        status: 200,
        content_type: Some(content_type),
        body: Bytes::from(body),
        cause: stated.or(order.cause),
    })
}

/// A URL cut to what a reader needs.
pub(crate) fn shown(url: &Url) -> String {
    const LONGEST: usize = 120;
    let text = thru_url::without_credentials(url.as_str());
    match text.char_indices().nth(LONGEST) {
        Some((end, _)) => format!("{}…", &text[..end]),
        None => text,
    }
}

/// Type and body of a `data:` URL (Fetch, "data: URL processor").
pub(crate) fn read_data(url: &Url) -> Option<(String, Vec<u8>)> {
    let whole = url.as_str().strip_prefix("data:")?;
    let whole = whole.split('#').next().unwrap_or(whole);
    let (head, body) = whole.split_once(',')?;
    let body: Vec<u8> = percent_encoding::percent_decode_str(body).collect();
    let head = head.trim_matches(' ');
    let (kind, body) = match strip_base64(head) {
        Some(kind) => (kind, forgiving_base64(&body)?),
        None => (head, body),
    };
    let kind = match kind {
        "" => "text/plain;charset=US-ASCII".to_owned(),
        parameters if parameters.starts_with(';') => format!("text/plain{parameters}"),
        kind => kind.to_owned(),
    };
    Some((kind, body))
}

fn strip_base64(head: &str) -> Option<&str> {
    let at = head.len().checked_sub("base64".len())?;
    let (kind, word) = (head.get(..at)?, head.get(at..)?);
    let kind = kind.trim_end_matches(' ').strip_suffix(';')?;
    word.eq_ignore_ascii_case("base64").then_some(kind)
}

/// Infra, "forgiving-base64 decode".
fn forgiving_base64(octets: &[u8]) -> Option<Vec<u8>> {
    let mut digits: Vec<u8> = Vec::with_capacity(octets.len());
    digits.extend(octets.iter().filter(|octet| !octet.is_ascii_whitespace()));
    if digits.len().is_multiple_of(4) {
        for _ in 0..2 {
            digits.pop_if(|last| *last == b'=');
        }
    }
    FORGIVING.decode(&digits).ok()
}

/// Digits of base 64 whose last one may hold bits that belong to no octet.
static FORGIVING: LazyLock<Encoding> = LazyLock::new(|| {
    let mut rules = BASE64_NOPAD.specification();
    rules.check_trailing_bits = false;
    rules.encoding().expect("the rules of base 64 are sound")
});

#[cfg(test)]
mod tests {
    use super::*;

    fn read(text: &str) -> Option<(String, String)> {
        let (kind, body) = read_data(&Url::parse(text).unwrap())?;
        Some((kind, String::from_utf8_lossy(&body).into_owned()))
    }

    #[test]
    fn data_urls_as_fetch_reads_them() {
        let table = [
            ("data:,a%20b", "text/plain;charset=US-ASCII", "a b"),
            ("data:text/css,a%7B%7D", "text/css", "a{}"),
            ("data:text/plain;base64,aGVsbG8=", "text/plain", "hello"),
            (
                "data:;BASE64,aGVs bG8",
                "text/plain;charset=US-ASCII",
                "hello",
            ),
            (
                "data:;charset=utf-8,%C3%A4",
                "text/plain;charset=utf-8",
                "ä",
            ),
            ("data:image/svg+xml,%3Csvg/%3E#x", "image/svg+xml", "<svg/>"),
            ("data:,100%", "text/plain;charset=US-ASCII", "100%"),
        ];
        for (text, kind, body) in table {
            assert_eq!(read(text), Some((kind.into(), body.into())), "{text}");
        }
        assert_eq!(read("data:text/html"), None);
        assert_eq!(read("data:;base64,a"), None);
    }
}
