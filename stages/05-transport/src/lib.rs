//! Segments and datagrams: octets in order between two programs, or messages without promise.
//!
//! Stage: stage 05, RFC 9293, 768, 1122, 5681, 5961, 6298, 6582, 6675, 7323.
//! In: segments; orders of the socket's owner. Out: ordered octets; segments to send.
//! Emits: `TcpEvent`, `CloseEvent`.
//! How it works: codecs, and a machine per connection, one file per concern.
//! Not here: sockets and ports (`net/stack`), sockets of the operating system (`net/host`).

mod failure;
pub mod tcp;
pub mod udp;

pub use failure::Failure;
