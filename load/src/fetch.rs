//! What the page asks of the network: one resource at a time.

use bytes::Bytes;
use thru_events::{Cause, Failed, Text};
use thru_port::LocalFuture;

/// What a resource is for; decides headers, priority and what its failure means.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub enum Destination {
    /// The page itself.
    Document,
    /// A style sheet.
    Stylesheet,
    /// An image.
    Image,
    /// A font.
    Font,
    /// A document in a frame of the page.
    Frame,
}

/// An order for one resource.
#[derive(Clone, Debug)]
pub struct FetchOrder {
    /// Where; without fragment.
    pub url: url::Url,
    /// What for.
    pub destination: Destination,
    /// What asked for it, as `<link> line 5`.
    pub initiator: Text,
    /// The event that made it necessary.
    pub cause: Cause,
}

/// A whole response, redirects followed, content coding undone.
#[derive(Clone, Debug)]
pub struct Fetched {
    /// Where it came from in the end.
    pub url: url::Url,
    /// Status code; 200 for files and `data:`.
    pub status: u16,
    /// `Content-Type` as sent.
    pub content_type: Option<String>,
    /// The decoded body.
    pub body: Bytes,
    /// `HttpEvent::ResponseFinished` (or `FileRead`).
    pub cause: Cause,
}

/// Gets resources; the loader's network implements it, tests may hand in a map.
pub trait Fetch {
    /// Gets one resource. A 4xx or 5xx with a whole body is a [`Fetched`], not a failure.
    fn fetch(&self, order: FetchOrder) -> LocalFuture<Result<Fetched, Failed>>;
}
