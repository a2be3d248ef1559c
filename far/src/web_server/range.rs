//! Range requests (RFC 9110, 14), in their plain form: one range of octets.
//! GAP: several ranges at once are answered in full, which the specification allows.

use crate::fields;
use bytes::Bytes;
use http::{HeaderMap, Method, Response, StatusCode, header};

/// Cuts a 200 answer to the range asked for: 206, or 416 if it lies outside.
pub fn apply(method: &Method, asked: &HeaderMap, response: Response<Bytes>) -> Response<Bytes> {
    let range = asked
        .get(header::RANGE)
        .and_then(|range| range.to_str().ok());
    let plain = method == Method::GET && response.status() == StatusCode::OK;
    let Some(range) = range.filter(|_| plain && condition_holds(asked, &response)) else {
        return response;
    };
    let length = response.body().len();
    let Some(range) = read(range, length) else {
        return response;
    };
    let (mut parts, body) = response.into_parts();
    parts.headers.remove(header::CONTENT_LENGTH);
    let (status, said, octets) = match range {
        Range::Part(start, end) => (
            StatusCode::PARTIAL_CONTENT,
            format!("bytes {start}-{}/{length}", end - 1),
            body.slice(start..end),
        ),
        Range::Outside => (
            StatusCode::RANGE_NOT_SATISFIABLE,
            format!("bytes */{length}"),
            Bytes::new(),
        ),
    };
    parts.status = status;
    parts
        .headers
        .insert(header::CONTENT_RANGE, fields::value(&said));
    Response::from_parts(parts, octets)
}

/// `If-Range` holds if it names the strong entity tag; dates never do (GAP).
fn condition_holds(asked: &HeaderMap, response: &Response<Bytes>) -> bool {
    match asked.get(header::IF_RANGE) {
        None => true,
        Some(tag) => {
            !tag.as_bytes().starts_with(b"W/") && Some(tag) == response.headers().get(header::ETAG)
        }
    }
}

#[derive(Debug, PartialEq, Eq)]
enum Range {
    Part(usize, usize),
    Outside,
}

/// `None` for what is no single range of octets: it is ignored (RFC 9110, 14.2).
fn read(range: &str, length: usize) -> Option<Range> {
    let (first, last) = range.strip_prefix("bytes=")?.trim().split_once('-')?;
    let number = |text: &str| text.parse::<usize>().ok();
    if first.is_empty() {
        let wanted = number(last)?;
        return Some(match wanted.min(length) {
            0 => Range::Outside,
            wanted => Range::Part(length - wanted, length),
        });
    }
    let first = number(first)?;
    let last = match last {
        "" => usize::MAX - 1,
        last => number(last)?,
    };
    if last < first {
        return None;
    }
    if first >= length {
        return Some(Range::Outside);
    }
    Some(Range::Part(first, last.saturating_add(1).min(length)))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn one_range_is_read() {
        assert_eq!(read("bytes=2-4", 10), Some(Range::Part(2, 5)));
        assert_eq!(read("bytes=2-", 10), Some(Range::Part(2, 10)));
        assert_eq!(read("bytes=-3", 10), Some(Range::Part(7, 10)));
        assert_eq!(
            read("bytes=0-18446744073709551615", 10),
            Some(Range::Part(0, 10))
        );
    }

    #[test]
    fn what_lies_outside_is_said() {
        assert_eq!(read("bytes=10-", 10), Some(Range::Outside));
        assert_eq!(read("bytes=-0", 10), Some(Range::Outside));
        assert_eq!(read("bytes=-5", 0), Some(Range::Outside));
    }

    #[test]
    fn nonsense_is_ignored() {
        for text in [
            "bytes=5-2",
            "bytes=a-b",
            "lines=1-2",
            "bytes=1-2,4-5",
            "bytes=-",
            "",
        ] {
            assert_eq!(read(text, 10), None, "{text}");
        }
    }
}
