//! The limits of every server. Reaching one is an answer with a status, or a closed connection.

use std::time::Duration;

/// What one server bears.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Limits {
    /// Open connections; one more is reset at once.
    pub connections: usize,
    /// Octets of a request's head.
    pub head: usize,
    /// Fields of a request's head.
    pub fields: usize,
    /// Octets of a request's body; more is answered by 413.
    pub request_body: usize,
    /// Octets of a body taken from the server behind; more is answered by 502.
    pub response_body: usize,
    /// HTTP/2 streams at a time on one connection.
    pub streams: u32,
    /// How long a connection without a request stays open, and how long a request may take to
    /// arrive.
    pub idle: Duration,
    /// How long open answers may take after the end of a connection was announced.
    pub drain: Duration,
    /// How long to wait for a connection to the server behind.
    pub connect: Duration,
    /// How long to wait for an answer of the server behind.
    pub answer: Duration,
    /// Idle connections kept to the servers behind.
    pub kept: usize,
}

impl Default for Limits {
    fn default() -> Limits {
        Limits {
            connections: 1024,
            head: 32 * 1024,
            fields: 100,
            request_body: 1024 * 1024,
            response_body: 16 * 1024 * 1024,
            streams: 100,
            idle: Duration::from_secs(30),
            drain: Duration::from_secs(5),
            connect: Duration::from_secs(3),
            answer: Duration::from_secs(60),
            kept: 16,
        }
    }
}
