//! Conditional requests (RFC 9110, 13): an answer that the asker has already is 304.
//! GAP: dates (`If-Modified-Since`) and `If-Match` are not read; every file has an entity tag.

use crate::fields;
use bytes::Bytes;
use http::{HeaderMap, Response, StatusCode, header};

/// A strong entity tag of these octets (64-bit FNV-1a; equal octets, equal tag).
pub fn etag_of(octets: &[u8]) -> String {
    let hash = octets
        .iter()
        .fold(0xcbf2_9ce4_8422_2325_u64, |hash, octet| {
            (hash ^ u64::from(*octet)).wrapping_mul(0x0100_0000_01b3)
        });
    format!("\"{hash:016x}\"")
}

/// Turns a 200 answer into 304 if `If-None-Match` names its entity tag (weak comparison).
pub fn apply(asked: &HeaderMap, response: Response<Bytes>) -> Response<Bytes> {
    let etag = response.headers().get(header::ETAG);
    let Some(etag) = etag.and_then(|etag| etag.to_str().ok()) else {
        return response;
    };
    if response.status() != StatusCode::OK || !names(asked, etag) {
        return response;
    }
    let (mut parts, _) = response.into_parts();
    parts.status = StatusCode::NOT_MODIFIED;
    for name in [
        header::CONTENT_TYPE,
        header::CONTENT_LENGTH,
        header::CONTENT_ENCODING,
    ] {
        parts.headers.remove(name);
    }
    Response::from_parts(parts, Bytes::new())
}

fn names(asked: &HeaderMap, etag: &str) -> bool {
    let opaque = |tag: &str| tag.trim().trim_start_matches("W/").to_owned();
    let own = opaque(etag);
    asked
        .get_all(header::IF_NONE_MATCH)
        .iter()
        .filter_map(|value| value.to_str().ok())
        .flat_map(|value| value.split(','))
        .any(|tag| tag.trim() == "*" || opaque(tag) == own)
}

/// Takes the asker's conditions away, so that the server behind answers in full.
pub fn drop_conditions(headers: &mut HeaderMap) {
    for name in [
        header::IF_NONE_MATCH,
        header::IF_MODIFIED_SINCE,
        header::IF_MATCH,
        header::IF_UNMODIFIED_SINCE,
        header::IF_RANGE,
        header::RANGE,
    ] {
        headers.remove(name);
    }
}

/// Asks the server behind whether what is stored still holds.
pub fn add_condition(headers: &mut HeaderMap, etag: &str) {
    headers.insert(header::IF_NONE_MATCH, fields::value(etag));
}
