//! What answers: name servers, authority, cache, balancer, web server, application.
//!
//! Stage: the far side.
//! In: connections through `Port`. Out: answers.
//! Emits: `FarEvent`, `DnsEvent`, `TripEvent::LimitReached`.
//! How it works: each part is a folder with a `serve` that listens and returns; [`serving`] reads
//! requests and sends what a [`Handler`] answers; [`upstream`] asks the server behind. The same
//! code runs on lab hosts and on the real system.
//! Not here: topologies (`lab`), opening files (`app`).

pub mod app_server;
pub mod cache_server;
pub mod certificate_authority;
pub mod dns_server;
pub mod fields;
pub mod load_balancer;
pub mod serving;
pub mod upstream;
pub mod web_server;

mod answer;
mod limits;

pub use answer::{Answer, Ask, BrokenOff, Handler, Payload};
pub use limits::Limits;
pub use serving::Door;
pub use upstream::Backend;

use bytes::Bytes;
use http::{HeaderValue, Response, StatusCode, header};

/// A short page for an answer that a server makes itself because it has no other.
pub fn page_of_failure(status: StatusCode, words: &str) -> Response<Bytes> {
    let reason = status.canonical_reason().unwrap_or("No answer");
    let html = format!(
        "<!DOCTYPE html>\n<html lang=\"en\">\n<head><meta charset=\"utf-8\"><title>{code} {reason}</title></head>\n\
         <body>\n<h1>{code} {reason}</h1>\n<p>{words}</p>\n</body>\n</html>\n",
        code = status.as_u16(),
        words = app_server::page::escape(words),
    );
    let mut response = Response::new(Bytes::from(html));
    *response.status_mut() = status;
    let kind = HeaderValue::from_static("text/html; charset=utf-8");
    response.headers_mut().insert(header::CONTENT_TYPE, kind);
    let cache = HeaderValue::from_static("no-store");
    response.headers_mut().insert(header::CACHE_CONTROL, cache);
    response
}
