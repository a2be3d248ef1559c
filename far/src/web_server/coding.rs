//! Content coding: gzip for texts and plain fonts, if the asker takes it (RFC 9110, 8.4, 12.5.3).

use crate::fields;
use bytes::Bytes;
use flate2::{Compression, write::GzEncoder};
use http::{HeaderMap, HeaderValue, Response, header};
use std::io::Write;

/// Bodies below this gain nothing.
const SMALLEST: usize = 256;

/// Whether `Accept-Encoding` allows gzip.
/// GAP: br and zstd are not offered.
pub fn takes_gzip(headers: &HeaderMap) -> bool {
    let mut any = None;
    for value in headers.get_all(header::ACCEPT_ENCODING) {
        for member in value.to_str().unwrap_or("").split(',') {
            let (coding, weight) = member.split_once(';').unwrap_or((member, ""));
            let refused = weight
                .trim()
                .strip_prefix("q=")
                .and_then(|q| q.trim().parse::<f32>().ok())
                .is_some_and(|q| q <= 0.0);
            match coding.trim().to_ascii_lowercase().as_str() {
                "gzip" | "x-gzip" => return !refused,
                "*" => any = Some(!refused),
                _ => {}
            }
        }
    }
    any.unwrap_or(false)
}

/// Whether a type's octets get smaller.
pub fn is_worth_it(content_type: &str) -> bool {
    let kind = content_type.split(';').next().unwrap_or("").trim();
    kind.starts_with("text/")
        || matches!(
            kind,
            "application/json" | "image/svg+xml" | "font/otf" | "font/ttf"
        )
}

/// `octets` as gzip, the same every time: no file name, no date.
pub fn gzip(octets: &[u8]) -> Bytes {
    let mut encoder = GzEncoder::new(Vec::new(), Compression::default());
    // Writing into a Vec cannot fail.
    let _ = encoder.write_all(octets);
    Bytes::from(encoder.finish().unwrap_or_default())
}

/// Compresses a passed-on answer. A strong validator becomes weak, as the octets are others now.
pub fn compress(asked: &HeaderMap, response: &mut Response<Bytes>) {
    let headers = response.headers();
    let kind = headers
        .get(header::CONTENT_TYPE)
        .and_then(|kind| kind.to_str().ok());
    let is_text = kind.is_some_and(is_worth_it) && !headers.contains_key(header::CONTENT_ENCODING);
    if !is_text {
        return;
    }
    fields::add_to_list(response.headers_mut(), &header::VARY, "accept-encoding");
    if response.body().len() < SMALLEST || !takes_gzip(asked) {
        return;
    }
    let packed = gzip(response.body());
    let headers = response.headers_mut();
    headers.remove(header::CONTENT_LENGTH);
    headers.insert(header::CONTENT_ENCODING, HeaderValue::from_static("gzip"));
    let etag = headers
        .get(header::ETAG)
        .and_then(|etag| etag.to_str().ok());
    if let Some(etag) = etag.filter(|etag| !etag.starts_with("W/")) {
        let weak = fields::value(&format!("W/{etag}"));
        headers.insert(header::ETAG, weak);
    }
    *response.body_mut() = packed;
}
