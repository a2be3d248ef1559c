//! Whether a segment is taken in at all (RFC 9293, section 3.10.7.4, first check; RFC 7323).

use crate::tcp::{Connection, Flags, Segment, Seq, State};
use std::time::Duration;
use thru_events::Time;

/// A timestamp that was seen longer ago says nothing: the peer's clock may have gone round
/// (RFC 7323, section 5.5).
const TIMESTAMP_AGE: Duration = Duration::from_secs(24 * 86_400);

/// Why a segment is dropped.
pub(super) struct Refusal {
    pub(super) why: &'static str,
    /// The peer is not told.
    pub(super) silent: bool,
}

const fn told(why: &'static str) -> Refusal {
    Refusal { why, silent: false }
}

impl Connection {
    pub(super) fn unacceptable(&self, now: Time, segment: &Segment<'_>) -> Option<Refusal> {
        self.refused_by_timestamp(now, segment)
            .or_else(|| self.outside_window(segment).map(told))
    }

    /// RFC 7323, section 5.3, and section 3.2 for a segment without the option. Resets are judged
    /// by their number alone.
    fn refused_by_timestamp(&self, now: Time, segment: &Segment<'_>) -> Option<Refusal> {
        let header = &segment.header;
        if !self.timestamps || header.flags.has(Flags::RST) {
            return None;
        }
        let Some((value, _)) = header.options.timestamps else {
            return Some(Refusal {
                why: "it carries no timestamp, as was agreed on",
                silent: true,
            });
        };
        let older = (value.wrapping_sub(self.ts_recent) as i32) < 0;
        let known = now.since(self.ts_recent_at) < TIMESTAMP_AGE;
        (older && known).then_some(told("its timestamp is older than one seen before (PAWS)"))
    }

    fn outside_window(&self, segment: &Segment<'_>) -> Option<&'static str> {
        let seq = segment.header.seq;
        let (length, window) = (
            segment.sequence_length(),
            self.rcv_edge.distance(self.rcv_nxt),
        );
        let within = |seq: Seq| seq.at_or_after(self.rcv_nxt) && seq.before(self.rcv_nxt + window);
        let acceptable = match (length, window) {
            // Even with a closed window, ACK and RST of what stands next count.
            (_, 0) => seq == self.rcv_nxt,
            (0, _) => within(seq),
            (length, _) => within(seq) || within(seq + (length - 1)),
        };
        if acceptable {
            return None;
        }
        Some(match (seq.before(self.rcv_nxt), self.state) {
            (true, State::TimeWait) => "a late segment of a connection that is closed both ways",
            (true, _) => "an old duplicate",
            (false, _) => "outside the receive window",
        })
    }

    /// RFC 7323, section 4.3: the timestamp of what stands at the left edge of what was
    /// acknowledged is remembered.
    pub(super) fn note_timestamp(&mut self, now: Time, segment: &Segment<'_>) {
        let header = &segment.header;
        if let Some((value, _)) = header.options.timestamps
            && self.timestamps
            && !header.flags.has(Flags::RST)
            && !header.seq.after(self.last_ack_sent)
        {
            self.ts_recent = value;
            self.ts_recent_at = now;
        }
    }

    /// Octets that were here already are told of (RFC 2883, section 4).
    pub(super) fn note_twice(&mut self, seq: Seq, length: usize) {
        if self.sack && length > 0 {
            self.twice = Some((seq, seq + length));
        }
    }
}
