//! What passes between the serving loop and a server: an [`Ask`] in, an [`Answer`] out.

use bytes::Bytes;
use http::{Request, Response, StatusCode, header};
use hyper::body::{Body, Frame, SizeHint};
use std::{
    fmt,
    net::SocketAddr,
    pin::Pin,
    task::{Context, Poll},
};
use thru_events::Cause;
use thru_port::LocalFuture;

/// One request, whole.
pub struct Ask {
    /// The request.
    pub request: Request<Bytes>,
    /// `FarEvent::RequestReceived`, when recording.
    pub received: Cause,
    /// Who asks.
    pub from: SocketAddr,
    /// Whether it came over TLS.
    pub secure: bool,
}

/// What a server says to one request, and the event that makes it say so.
pub struct Answer {
    /// The response.
    pub response: Response<Payload>,
    /// Cause of `FarEvent::ResponseSent`.
    pub because: Cause,
}

/// A server's work on one request.
pub trait Handler {
    /// The server's name, as `web1.shop.lab`.
    fn name(&self) -> &str;

    /// Answers.
    fn answer(self: std::rc::Rc<Self>, ask: Ask) -> LocalFuture<Answer>;
}

impl Answer {
    /// An answer with a whole body; says its length.
    pub fn whole(mut response: Response<Bytes>, because: Cause) -> Answer {
        let length = response.body().len();
        let bodiless = matches!(
            response.status(),
            StatusCode::NO_CONTENT | StatusCode::NOT_MODIFIED
        );
        if !bodiless {
            let length = header::HeaderValue::from(length);
            response
                .headers_mut()
                .entry(header::CONTENT_LENGTH)
                .or_insert(length);
        }
        Answer {
            response: response.map(Payload::whole),
            because,
        }
    }

    /// An answer whose body breaks off before the length that it declares.
    pub fn broken_off(mut response: Response<Bytes>, declared: u64, because: Cause) -> Answer {
        let value = header::HeaderValue::from(declared);
        response.headers_mut().insert(header::CONTENT_LENGTH, value);
        Answer {
            response: response.map(|octets| Payload::broken_off(octets, declared)),
            because,
        }
    }
}

/// A response's body: whole, or shorter than declared (then it ends in an error, so that the
/// connection or stream is broken off instead of ended).
#[derive(Debug)]
pub struct Payload {
    octets: Bytes,
    missing: u64,
    paused: bool,
}

impl Payload {
    /// All of it.
    pub fn whole(octets: Bytes) -> Payload {
        Payload {
            octets,
            missing: 0,
            paused: false,
        }
    }

    /// Only `octets` of `declared`.
    pub fn broken_off(octets: Bytes, declared: u64) -> Payload {
        let missing = declared.saturating_sub(octets.len() as u64);
        Payload {
            octets,
            missing,
            paused: false,
        }
    }

    /// The octets there are.
    pub fn octets(&self) -> &Bytes {
        &self.octets
    }

    /// Octets declared and not there.
    pub fn missing(&self) -> u64 {
        self.missing
    }
}

/// The body ended before its declared length.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct BrokenOff;

impl fmt::Display for BrokenOff {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("the body ends before its declared length")
    }
}

impl std::error::Error for BrokenOff {}

impl Body for Payload {
    type Data = Bytes;
    type Error = BrokenOff;

    fn poll_frame(
        mut self: Pin<&mut Self>,
        context: &mut Context<'_>,
    ) -> Poll<Option<Result<Frame<Bytes>, BrokenOff>>> {
        if !self.octets.is_empty() {
            let octets = std::mem::take(&mut self.octets);
            return Poll::Ready(Some(Ok(Frame::data(octets))));
        }
        if self.missing > 0 && !self.paused {
            // hyper writes what it has while it waits, and throws it away at an error.
            self.paused = true;
            context.waker().wake_by_ref();
            return Poll::Pending;
        }
        if self.missing > 0 {
            self.missing = 0;
            return Poll::Ready(Some(Err(BrokenOff)));
        }
        Poll::Ready(None)
    }

    fn is_end_stream(&self) -> bool {
        self.octets.is_empty() && self.missing == 0
    }

    fn size_hint(&self) -> SizeHint {
        SizeHint::with_exact(self.octets.len() as u64 + self.missing)
    }
}
