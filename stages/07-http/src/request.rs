//! A request, and the header fields that every request carries.

use bytes::Bytes;
use http::{
    HeaderMap, HeaderName, HeaderValue, Method,
    header::{ACCEPT, ACCEPT_ENCODING, ACCEPT_LANGUAGE, USER_AGENT as USER_AGENT_FIELD},
};
use std::time::Duration;
use thru_events::{RequestId, http::FieldValue, http::HeaderField};
use url::Url;

/// What every request says of itself.
pub const USER_AGENT: &str = "throughline/0.1";

/// Content codings that `content_coding` undoes.
const CODINGS: &str = "gzip, br, zstd";
const LANGUAGES: &str = "en-US,en;q=0.9";

/// What the resource is for (WHATWG Fetch, request destination); decides `Accept`.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Destination {
    /// The page itself.
    Document,
    /// A style sheet.
    Stylesheet,
    /// An image.
    Image,
    /// A font, or anything else.
    Other,
}

impl Destination {
    fn accept(self) -> &'static str {
        match self {
            Destination::Document => {
                "text/html,application/xhtml+xml,application/xml;q=0.9,*/*;q=0.8"
            }
            Destination::Stylesheet => "text/css,*/*;q=0.1",
            Destination::Image => {
                "image/png,image/jpeg,image/gif,image/webp,image/svg+xml,*/*;q=0.5"
            }
            Destination::Other => "*/*",
        }
    }
}

/// One request.
#[derive(Clone, Debug)]
pub struct Request {
    /// Which of the trip.
    pub request: RequestId,
    /// Method.
    pub method: Method,
    /// Absolute URL; the fragment is not sent.
    pub url: Url,
    /// Header fields beside `Host` and `:authority`.
    pub headers: HeaderMap,
    /// Content.
    pub body: Bytes,
    /// How long nothing may arrive.
    pub idle_limit: Duration,
}

impl Request {
    /// A GET with the fields that every request carries.
    pub fn get(
        request: RequestId,
        url: Url,
        destination: Destination,
        idle_limit: Duration,
    ) -> Request {
        let mut headers = HeaderMap::new();
        headers.insert(USER_AGENT_FIELD, HeaderValue::from_static(USER_AGENT));
        headers.insert(ACCEPT, HeaderValue::from_static(destination.accept()));
        headers.insert(ACCEPT_ENCODING, HeaderValue::from_static(CODINGS));
        headers.insert(ACCEPT_LANGUAGE, HeaderValue::from_static(LANGUAGES));
        Request {
            request,
            method: Method::GET,
            url,
            headers,
            body: Bytes::new(),
            idle_limit,
        }
    }

    /// Sets a field (`-H`, cookies); an empty value takes it away. Gives whether name and value
    /// may stand in a request.
    pub fn set(&mut self, name: &str, value: &str) -> bool {
        let Ok(name) = HeaderName::from_bytes(name.as_bytes()) else {
            return false;
        };
        if value.is_empty() {
            self.headers.remove(name);
            return true;
        }
        let Ok(mut octets) = HeaderValue::from_str(value) else {
            return false;
        };
        // h2 then keeps it out of the compression table (RFC 7541, section 7.1.3).
        let field = HeaderField::new(name.as_str(), value);
        octets.set_sensitive(matches!(field.value, FieldValue::Secret(_)));
        self.headers.insert(name, octets);
        true
    }

    /// URL without fragment.
    pub(crate) fn target(&self) -> Url {
        let mut url = self.url.clone();
        url.set_fragment(None);
        url
    }

    /// Host and port as `Host` and `:authority` write them.
    pub(crate) fn authority(&self) -> String {
        let host = self.url.host_str().unwrap_or_default();
        match self.url.port() {
            Some(port) => format!("{host}:{port}"),
            None => host.to_owned(),
        }
    }
}

/// Fields for events, in their order.
pub(crate) fn fields(headers: &HeaderMap) -> Vec<HeaderField> {
    let field = |(name, value): (&HeaderName, &HeaderValue)| {
        HeaderField::new(name.as_str(), &String::from_utf8_lossy(value.as_bytes()))
    };
    headers.iter().map(field).collect()
}
