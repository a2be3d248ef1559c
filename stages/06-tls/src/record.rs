//! The tap below TLS: record headers both ways, and the handshake messages that are in the clear.

use crate::{handshake, names};
use thru_events::{Cause, ConnectionId, Stage, Tap, Text, tls::TlsEvent, trip::TripEvent};
use thru_octets::Span;

/// Octets of a record's header (RFC 8446, section 5.1).
pub(crate) const HEADER_LENGTH: usize = 5;

/// Octets of one handshake message that are put together from several records.
const MAX_MESSAGE: usize = 128 * 1024;

pub(crate) const CHANGE_CIPHER_SPEC: u8 = 20;
pub(crate) const ALERT: u8 = 21;
pub(crate) const HANDSHAKE: u8 = 22;
pub(crate) const APPLICATION_DATA: u8 = 23;

/// Which way a record goes.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Way {
    Sent,
    Received,
}

impl Way {
    fn text(self) -> Text {
        Text::Borrowed(match self {
            Way::Sent => "sent",
            Way::Received => "received",
        })
    }
}

/// What is known of one direction.
#[derive(Default)]
struct Direction {
    /// TLS 1.2 from ChangeCipherSpec on; in 1.3 sealed records are application_data.
    sealed: bool,
    /// The beginning of a handshake message whose rest is in the next record.
    pending: Vec<u8>,
}

/// States the records of one connection.
pub(crate) struct RecordTap {
    tap: Tap,
    connection: ConnectionId,
    sent: Direction,
    received: Direction,
    tls13: bool,
}

impl RecordTap {
    pub(crate) fn new(tap: Tap, connection: ConnectionId) -> RecordTap {
        RecordTap {
            tap,
            connection,
            sent: Direction::default(),
            received: Direction::default(),
            tls13: false,
        }
    }

    /// States one whole record and what it says in the clear; gives `RecordSeen`.
    pub(crate) fn record(&mut self, way: Way, record: &[u8], cause: Cause) -> Cause {
        if !self.tap.is_on() || record.len() < HEADER_LENGTH {
            return None;
        }
        let kind = record[0];
        let clear = self.is_clear(way, kind);
        // Ciphertext already lies in the segments; only its header is kept here.
        let kept = if clear {
            record
        } else {
            &record[..HEADER_LENGTH]
        };
        let span = self.tap.keep(kept);
        let (connection, direction) = (self.connection, way.text());
        let seen = self
            .tap
            .emit_with_span(cause, span, || TlsEvent::RecordSeen {
                connection,
                direction,
                content_type: names::content_type(kind),
                length: (record.len() - HEADER_LENGTH) as u32,
            });
        if clear {
            self.clear_fragment(way, kind, &record[HEADER_LENGTH..], span, seen);
        }
        seen
    }

    fn direction(&mut self, way: Way) -> &mut Direction {
        match way {
            Way::Sent => &mut self.sent,
            Way::Received => &mut self.received,
        }
    }

    fn is_clear(&mut self, way: Way, kind: u8) -> bool {
        kind != APPLICATION_DATA && !self.direction(way).sealed
    }

    fn clear_fragment(
        &mut self,
        way: Way,
        kind: u8,
        fragment: &[u8],
        span: Option<Span>,
        seen: Cause,
    ) {
        match kind {
            // In TLS 1.3 it means nothing (RFC 8446, section 5).
            CHANGE_CIPHER_SPEC => self.direction(way).sealed = !self.tls13,
            ALERT if fragment.len() == 2 => self.alert(way, fragment[1], seen),
            HANDSHAKE => self.handshake_fragment(way, fragment, span, seen),
            _ => {}
        }
    }

    /// States an alert.
    pub(crate) fn alert(&self, way: Way, description: u8, cause: Cause) {
        self.tap.emit(cause, || TlsEvent::AlertSeen {
            connection: self.connection,
            direction: way.text(),
            alert: names::alert(description),
        });
    }

    fn handshake_fragment(&mut self, way: Way, fragment: &[u8], span: Option<Span>, seen: Cause) {
        let mut pending = std::mem::take(&mut self.direction(way).pending);
        let before = pending.len();
        pending.extend_from_slice(fragment);
        let mut at = 0;
        while let Some(length) = message_length(&pending[at..]) {
            let octets = &pending[at..at + length];
            // A message that began in an earlier record has no bytes in one piece: keep it.
            let span = match at.checked_sub(before) {
                Some(start) => span
                    .map(|span| span.part(HEADER_LENGTH + start, HEADER_LENGTH + start + length)),
                None => self.tap.keep(octets),
            };
            self.message(way, octets, span, seen);
            at += length;
        }
        pending.drain(..at);
        if pending.len() > MAX_MESSAGE {
            self.tap.emit(seen, || TripEvent::LimitReached {
                stage: Stage::Tls,
                limit: Text::Borrowed("octets of one handshake message"),
                value: MAX_MESSAGE as u64,
            });
            // Nothing after it can be told apart any more.
            self.direction(way).sealed = true;
            return;
        }
        self.direction(way).pending = pending;
    }

    fn message(&mut self, way: Way, octets: &[u8], span: Option<Span>, seen: Cause) {
        let (message, fields) = match handshake::decode_message(octets) {
            Ok(message) => {
                self.tls13 |= message.chosen_version == Some(0x0304);
                (message.name, message.fields)
            }
            Err(malformed) => (
                names::message(octets[0]),
                vec![("malformed".to_owned(), malformed.to_string())],
            ),
        };
        let connection = self.connection;
        self.tap
            .emit_with_span(seen, span, || TlsEvent::MessageSeen {
                connection,
                direction: way.text(),
                message,
                fields,
            });
    }
}

/// Octets of the handshake message at the start of `octets`, if it is whole.
fn message_length(octets: &[u8]) -> Option<usize> {
    let [_, a, b, c] = *octets.first_chunk::<4>()?;
    let length = 4 + u32::from_be_bytes([0, a, b, c]) as usize;
    (octets.len() >= length).then_some(length)
}
