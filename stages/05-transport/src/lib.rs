//! Segments and datagrams.
//!
//! Stage: stage 05, RFC 9293, 768.
//! In: segments; orders of the socket's owner. Out: ordered octets; segments to send.
//! Emits: `TcpEvent`, `CloseEvent`.
//! How it works: a machine per connection, one file per concern.
//! Not here: sockets of the operating system (`net/host`).
