//! A response, read to its end.

use crate::connection::Version;
use bytes::Bytes;
use http::HeaderMap;
use thru_events::Cause;

/// Octets of body on the wire.
pub const MAX_BODY: u64 = 64 * 1024 * 1024;
/// Octets of one header section.
pub const MAX_HEADER_OCTETS: usize = 64 * 1024;
/// Fields of one header section.
pub const MAX_HEADERS: usize = 256;

/// A whole response with its content coding undone.
#[derive(Clone, Debug)]
pub struct Response {
    /// Status code.
    pub status: u16,
    /// Version spoken.
    pub version: Version,
    /// Header fields.
    pub headers: HeaderMap,
    /// The decoded body.
    pub body: Bytes,
    /// Octets of body on the wire.
    pub encoded_len: u64,
    /// Content coding that was undone.
    pub coding: Option<String>,
    /// `ResponseStarted`, when recording.
    pub started: Cause,
    /// `ResponseFinished`, when recording.
    pub finished: Cause,
}

impl Response {
    /// The first value of a field, as text.
    pub fn header(&self, name: &str) -> Option<&str> {
        self.headers.get(name)?.to_str().ok()
    }

    /// Every `Set-Cookie`, in order.
    pub fn set_cookies(&self) -> impl Iterator<Item = &str> {
        let values = self.headers.get_all(http::header::SET_COOKIE).iter();
        values.filter_map(|value| value.to_str().ok())
    }
}
