//! The driver of a page load.
//!
//! Stage: the whole journey.
//! In: a URL and a `Port`. Out: a picture and a journal full of events.
//! Emits: `TripEvent`, `HttpEvent`.
//! How it works: `pipeline.rs` is the table of contents.
//! Not here: the worlds: it knows neither.

mod fetch;
mod resolve;

pub use fetch::{Destination, Fetch, FetchOrder, Fetched};
pub use resolve::{
    DNS_CACHE_FILE, ResolveOptions, Resolved, Unresolved, empty_cache, keep_cache, kept_cache,
    resolve,
};
