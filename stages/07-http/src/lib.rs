//! Requests and responses.
//!
//! Stage: stage 07, RFC 9110, 9112, 9113.
//! In: requests; a stream. Out: responses.
//! Emits: `HttpEvent`; `FarEvent::SaidByPeer` for what a server says of the way behind it.
//! How it works: hyper and h2 inside; the plaintext is tapped and decoded.
//! Not here: who asks for what and when (`load`).

mod executor;
mod stream_io;

pub use executor::PortExecutor;
pub use stream_io::{IoCauses, StreamIo, port_failure};
