//! The driver of a page load: from what was typed to a picture, in whichever world it is given.
//!
//! Stage: the whole journey.
//! In: what was typed, a [`World`], [`LoadOptions`]. Out: [`Loaded`], and a journal full of events.
//! Emits: `TripEvent`; `HttpEvent::Initiated`, `Redirected`, `FileRead`; `TcpEvent::RaceWon`.
//! How it works: `pipeline` is the table of contents; `establish` goes from a name to a connection,
//! `connect` races addresses, `pool` keeps connections by origin, `network` follows redirects and
//! keeps the limits, `hsts` says which hosts are asked over TLS only, `page` builds the picture; `secured_dns` carries questions through doors with TLS.
//! Not here: the worlds: it knows neither. Files: they are read through [`Files`]. GAP: no HTTP
//! cache, and cookies live as long as the trip; every load asks anew.

mod broken;
mod connect;
mod establish;
mod fetch;
mod hsts;
mod local;
mod look_up;
mod network;
mod options;
mod outcome;
mod page;
mod pipeline;
mod pool;
mod resolve;
mod secured_dns;
mod slots;
mod waiting;

pub use fetch::{Destination, Fetch, FetchOrder, Fetched};
pub use local::{Files, MAX_FILE, NoFiles};
pub use network::{MAX_PAGE_OCTETS, MAX_REQUESTS};
pub use options::{AfterFailure, LoadOptions, World};
pub use outcome::Loaded;
pub use page::{
    ElementBox, FontSource, Inspected, InstalledFonts, LocalFetch, OutOfTime, PageOptions, Picture,
    WorkTime, Working, render,
};
pub use pipeline::load;
pub use pool::MAX_CONNECTIONS_PER_ORIGIN;
pub use resolve::{
    DNS_CACHE_FILE, ResolveOptions, Resolved, Unresolved, empty_cache, keep_cache, kept_cache,
    resolve,
};
pub use secured_dns::{DnsDoor, NameServer, OverHttps};
