//! Finds the heads of HTTP/1.1 messages (RFC 9112, section 2) in the plaintext of a connection.

use thru_events::{Cause, Tap, http::HttpEvent};
use thru_octets::Span;

/// Octets of one head that are looked through.
const MAX_HEAD: usize = 256 * 1024;

/// One exchange at a time: what is to be stated when the head leaves, what came back.
pub(crate) struct HeadLog {
    tap: Tap,
    leaving: Option<(Cause, HttpEvent)>,
    request: Cause,
    head: Vec<u8>,
    arrived: Option<(Option<Span>, Cause)>,
    last: Cause,
}

impl HeadLog {
    pub(crate) fn new(tap: Tap) -> HeadLog {
        HeadLog {
            tap,
            leaving: None,
            request: None,
            head: Vec::new(),
            arrived: None,
            last: None,
        }
    }

    /// A request is handed over: `event` is stated when its octets leave.
    pub(crate) fn begin(&mut self, cause: Cause, event: HttpEvent) {
        self.leaving = Some((cause, event));
        self.request = None;
        self.head.clear();
        self.arrived = None;
    }

    /// `RequestSent`, once it has left.
    pub(crate) fn request(&self) -> Cause {
        self.request
    }

    /// The response's head: its octets and what brought them.
    pub(crate) fn arrived(&self) -> Option<(Option<Span>, Cause)> {
        self.arrived
    }

    /// What brought the octets read last.
    pub(crate) fn last(&self) -> Cause {
        self.last
    }

    /// Octets are about to leave; gives the event that they leave because of.
    pub(crate) fn sent(&mut self, octets: &[u8], cause: Cause) -> Cause {
        if let Some((because, event)) = self.leaving.take() {
            let end = head_end(octets).unwrap_or(octets.len());
            let span = self.tap.keep(&octets[..end]);
            self.request = self.tap.emit_with_span(because, span, || event);
        }
        self.request.or(cause)
    }

    /// Octets arrived.
    pub(crate) fn received(&mut self, octets: &[u8], cause: Cause) -> Cause {
        self.last = cause;
        if self.arrived.is_none() && self.head.len() < MAX_HEAD {
            self.head.extend_from_slice(octets);
            self.find_head(cause);
        }
        cause
    }

    fn find_head(&mut self, cause: Cause) {
        while let Some(end) = head_end(&self.head) {
            // 1xx: the response is still to come (RFC 9110, section 15.2).
            if is_informational(&self.head[..end]) {
                self.head.drain(..end);
                continue;
            }
            self.arrived = Some((self.tap.keep(&self.head[..end]), cause));
            self.head.clear();
            return;
        }
    }
}

/// One past the empty line that ends a head.
fn head_end(octets: &[u8]) -> Option<usize> {
    let crlf = octets.windows(4).position(|four| four == b"\r\n\r\n");
    crlf.map(|at| at + 4)
}

/// 1xx but 101, which is final.
fn is_informational(head: &[u8]) -> bool {
    head.get(8..10) == Some(b" 1") && !head[9..].starts_with(b"101")
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_head_ends_at_its_empty_line_and_100_is_passed_over() {
        let mut log = HeadLog::new(Tap::off());
        log.received(b"HTTP/1.1 100 Continue\r\n\r\nHTTP/1.1 200", None);
        assert_eq!(log.arrived(), None);
        log.received(b" OK\r\nA: b\r\n\r\nbody", None);
        assert_eq!(log.arrived(), Some((None, None)));
    }
}
