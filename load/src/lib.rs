//! The driver of a page load.
//!
//! Stage: the whole journey.
//! In: a URL and a `Port`. Out: a picture and a journal full of events.
//! Emits: `TripEvent`, `HttpEvent`.
//! How it works: `pipeline.rs` is the table of contents.
//! Not here: the worlds: it knows neither.

mod fetch;

pub use fetch::{Destination, Fetch, FetchOrder, Fetched};
