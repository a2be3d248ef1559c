//! Requests and responses.
//!
//! Stage: stage 07, RFC 9110 (semantics), 9112 (HTTP/1.1), 9113 (HTTP/2), 6265 (cookies).
//! In: requests; a stream. Out: responses, read to their end and decoded, or an [`HttpFailure`].
//! Emits: `HttpEvent`; `FarEvent::SaidByPeer` for what a server says of the way behind it.
//! How it works: hyper does HTTP/1.1, h2 does HTTP/2, both over [`StreamIo`]. The plaintext passes
//! our own decoders on its way (`frame`, `head`), which state frames and heads and remember which
//! of them brought a response; `redirect`, `cookies` and `content_coding` are ours.
//! Not here: who asks for what and when (`load`), servers (`far`), the cache.
//! GAP: no HTTP/3, no trailers' use, no informational responses, no proxies, no authentication.

mod connection;
mod content_coding;
mod cookies;
mod exchange;
mod executor;
mod failure;
mod frame;
mod head;
mod redirect;
mod request;
mod response;
mod stream_io;
mod task_end;

pub use connection::{Connection, Version};
pub use content_coding::{CodingRefused, MAX_DECODED, decode};
pub use cookies::{CookieJar, Kept, MAX_COOKIES};
pub use executor::PortExecutor;
pub use failure::{Failure, HttpFailure};
pub use http::Method;
pub use redirect::{RedirectRefused, Redirection, follow, is_redirect};
pub use request::{Destination, Request, USER_AGENT};
pub use response::{MAX_BODY, MAX_HEADER_OCTETS, MAX_HEADERS, Response};
pub use stream_io::{IoCauses, StreamIo, port_failure};
