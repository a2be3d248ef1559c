//! Our own decoder of HTTP/2 frame headers (RFC 9113, section 4.1), on both ways of a connection.

use std::collections::BTreeMap;
use thru_events::{Cause, ConnectionId, Stage, Tap, Text, http::HttpEvent, trip::TripEvent};

/// Octets of a frame's header.
const HEADER_LENGTH: usize = 9;
/// Octets of the client's connection preface (RFC 9113, section 3.4).
const PREFACE_LENGTH: usize = 24;
/// Octets of payload kept of one frame that is not DATA.
const MAX_KEPT: usize = 16 * 1024;
/// Streams whose causes are remembered at once.
const MAX_STREAMS: usize = 1024;

const DATA: u8 = 0;
const HEADERS: u8 = 1;

/// A frame type, as RFC 9113 section 6 names it.
fn kind_name(kind: u8) -> Text {
    Text::Borrowed(match kind {
        DATA => "DATA",
        HEADERS => "HEADERS",
        2 => "PRIORITY",
        3 => "RST_STREAM",
        4 => "SETTINGS",
        5 => "PUSH_PROMISE",
        6 => "PING",
        7 => "GOAWAY",
        8 => "WINDOW_UPDATE",
        9 => "CONTINUATION",
        other => return Text::Owned(format!("frame type {other}")),
    })
}

/// A frame's header.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) struct FrameHeader {
    pub(crate) length: u32,
    pub(crate) kind: u8,
    pub(crate) flags: u8,
    pub(crate) stream: u32,
}

impl FrameHeader {
    pub(crate) fn decode(octets: &[u8; HEADER_LENGTH]) -> FrameHeader {
        let [a, b, c, kind, flags, d, e, f, g] = *octets;
        FrameHeader {
            length: u32::from_be_bytes([0, a, b, c]),
            kind,
            flags,
            // The first bit is reserved.
            stream: u32::from_be_bytes([d & 0x7f, e, f, g]),
        }
    }
}

/// A whole frame: its header, and the octets kept of it.
struct Frame {
    header: FrameHeader,
    kept: Vec<u8>,
}

/// Cuts one direction into frames.
struct Cutter {
    preface_left: usize,
    kept: Vec<u8>,
    header: Option<FrameHeader>,
    payload_left: usize,
}

impl Cutter {
    fn new(preface_left: usize) -> Cutter {
        Cutter {
            preface_left,
            kept: Vec::new(),
            header: None,
            payload_left: 0,
        }
    }

    fn feed(&mut self, mut octets: &[u8]) -> Vec<Frame> {
        let mut frames = Vec::new();
        let preface = self.preface_left.min(octets.len());
        self.preface_left -= preface;
        octets = &octets[preface..];
        loop {
            if self.header.is_none() && !self.take_header(&mut octets) {
                return frames;
            }
            self.take_payload(&mut octets);
            match self.header.take_if(|_| self.payload_left == 0) {
                Some(header) => frames.push(Frame {
                    header,
                    kept: std::mem::take(&mut self.kept),
                }),
                None => return frames,
            }
        }
    }

    fn take_header(&mut self, octets: &mut &[u8]) -> bool {
        let wanted = HEADER_LENGTH - self.kept.len();
        let (taken, rest) = octets.split_at(wanted.min(octets.len()));
        self.kept.extend_from_slice(taken);
        *octets = rest;
        let Some(whole) = self.kept.first_chunk::<HEADER_LENGTH>() else {
            return false;
        };
        let header = FrameHeader::decode(whole);
        self.payload_left = header.length as usize;
        self.header = Some(header);
        true
    }

    fn take_payload(&mut self, octets: &mut &[u8]) {
        let (taken, rest) = octets.split_at(self.payload_left.min(octets.len()));
        self.payload_left -= taken.len();
        *octets = rest;
        let is_data = self.header.is_some_and(|header| header.kind == DATA);
        // What DATA carries is kept once, as the decoded body.
        if !is_data && self.kept.len() < MAX_KEPT {
            self.kept.extend_from_slice(taken);
        }
    }
}

/// The causes of one stream.
#[derive(Clone, Copy, Debug, Default)]
pub(crate) struct StreamCauses {
    /// `RequestSent`.
    pub(crate) request: Cause,
    /// `FrameSeen` of the HEADERS received last before any DATA.
    pub(crate) head: Cause,
    /// `FrameSeen` of the frame received last.
    pub(crate) last: Cause,
}

/// States the frames of one connection and remembers which brought what.
pub(crate) struct FrameLog {
    tap: Tap,
    connection: ConnectionId,
    sent: Cutter,
    received: Cutter,
    streams: BTreeMap<u32, StreamCauses>,
}

impl FrameLog {
    /// For the end that sends the preface (`is_client`), or the other one.
    pub(crate) fn new(tap: Tap, connection: ConnectionId, is_client: bool) -> FrameLog {
        let (sent, received) = if is_client {
            (PREFACE_LENGTH, 0)
        } else {
            (0, PREFACE_LENGTH)
        };
        FrameLog {
            tap,
            connection,
            sent: Cutter::new(sent),
            received: Cutter::new(received),
            streams: BTreeMap::new(),
        }
    }

    /// Names the event that makes `stream`'s frames leave.
    pub(crate) fn begin(&mut self, stream: u32, request: Cause) {
        if self.streams.len() >= MAX_STREAMS {
            self.tap.emit(request, || TripEvent::LimitReached {
                stage: Stage::Http,
                limit: Text::Borrowed("HTTP/2 streams whose frames are told apart"),
                value: MAX_STREAMS as u64,
            });
            return;
        }
        let causes = StreamCauses {
            request,
            ..StreamCauses::default()
        };
        self.streams.insert(stream, causes);
    }

    /// What is known of `stream`.
    pub(crate) fn causes(&self, stream: u32) -> StreamCauses {
        self.streams.get(&stream).copied().unwrap_or_default()
    }

    /// Forgets `stream`.
    pub(crate) fn end(&mut self, stream: u32) {
        self.streams.remove(&stream);
    }

    /// Octets are about to leave; gives the event that they leave because of.
    pub(crate) fn sent(&mut self, octets: &[u8], cause: Cause) -> Cause {
        let mut because = cause;
        for frame in self.sent.feed(octets) {
            let of_request = matches!(frame.header.kind, DATA | HEADERS);
            let request = self.causes(frame.header.stream).request;
            let cause = request.filter(|_| of_request).or(cause);
            because = self.state("sent", &frame, cause);
        }
        because
    }

    /// Octets arrived; gives the last frame that they completed, or `cause`.
    pub(crate) fn received(&mut self, octets: &[u8], cause: Cause) -> Cause {
        let mut last = cause;
        for frame in self.received.feed(octets) {
            last = self.state("received", &frame, cause);
            if let Some(stream) = self.streams.get_mut(&frame.header.stream) {
                stream.last = last;
                if frame.header.kind == HEADERS {
                    stream.head = stream.head.or(last);
                }
            }
        }
        last
    }

    fn state(&self, direction: &'static str, frame: &Frame, cause: Cause) -> Cause {
        let span = self.tap.keep(&frame.kept);
        let header = frame.header;
        self.tap
            .emit_with_span(cause, span, || HttpEvent::FrameSeen {
                connection: self.connection,
                direction: Text::Borrowed(direction),
                kind: kind_name(header.kind),
                stream: header.stream,
                length: header.length,
                flags: header.flags,
            })
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn cut(pieces: &[&[u8]]) -> Vec<FrameHeader> {
        let mut cutter = Cutter::new(0);
        let frames = pieces.iter().flat_map(|piece| cutter.feed(piece));
        frames.map(|frame| frame.header).collect()
    }

    #[test]
    fn frames_are_found_however_the_octets_are_cut() {
        let octets = [
            0, 0, 0, 4, 1, 0, 0, 0, 0, // SETTINGS ACK
            0, 0, 2, 0, 1, 0, 0, 0, 5, 7, 7, // DATA, stream 5, END_STREAM
        ];
        let whole = cut(&[&octets]);
        assert_eq!((whole[0].kind, whole[0].flags), (4, 1));
        assert_eq!((whole[1].stream, whole[1].length), (5, 2));
        for at in 0..octets.len() {
            let (first, second) = octets.split_at(at);
            assert_eq!(cut(&[first, second]), whole);
        }
    }

    proptest::proptest! {
        #[test]
        fn no_octets_make_it_panic(pieces: Vec<Vec<u8>>) {
            let mut log = FrameLog::new(Tap::off(), ConnectionId(1), false);
            for piece in pieces {
                log.received(&piece, None);
                log.sent(&piece, None);
            }
        }
    }
}
