//! Tail loss probes (RFC 8985, section 7): silence after the end of a flight is asked about before
//! the time-out comes.

use crate::tcp::Connection;
use std::time::Duration;
use thru_events::{Cause, Time};

/// Longest that a peer holds back an acknowledgement (RFC 8985, section 7.2).
const WORST_DELAYED_ACK: Duration = Duration::from_millis(200);
/// Before anything was measured.
const UNMEASURED: Duration = Duration::from_secs(1);
/// On a path without delay.
const SHORTEST: Duration = Duration::from_millis(10);
const TAIL: &str = "nothing was heard since the end of the flight (tail loss probe)";

/// A probe that was sent.
#[derive(Clone, Copy, Debug)]
pub(in crate::tcp) struct TailProbe {
    /// SND.NXT when it was sent.
    end: u64,
    /// It was an old segment, not a new one.
    again: bool,
}

impl Connection {
    /// Sets the clock (section 7.2): after new data and after every step forward.
    pub(in crate::tcp) fn arm_tail_probe(&mut self, now: Time) {
        self.tail_probe_at = None;
        let quiet = self.sack
            && !self.recovery.is_going_on()
            && self.tail_probe.is_none()
            && !self.state.is_opening()
            && self.board.sacked_segments() == 0
            && !self.board.is_empty()
            && self.board.first_lost().is_none()
            && self.snd_wnd > 0;
        if !quiet {
            return;
        }
        let mut wait = match self.timeout.srtt() {
            Some(srtt) => (srtt * 2).max(SHORTEST),
            None => UNMEASURED,
        };
        // DEVIATION: RFC 8985 means a flight of one segment; a peer may hold back its answer to
        // anything under two full ones (RFC 5681, section 4.2).
        if self.board.pipe() < 2 * self.mss && self.timeout.srtt().is_some() {
            wait += WORST_DELAYED_ACK;
        }
        // Never later than the time-out, which it takes the place of.
        let at = now.after(wait);
        self.tail_probe_at = Some(self.retransmit_at.map_or(at, |time_out| at.min(time_out)));
    }

    /// The clock ran out (section 7.3): a new segment if there is one, or the last one again.
    pub(in crate::tcp) fn on_tail_probe_due(&mut self, now: Time) {
        self.tail_probe_at = None;
        let event = self.board.last().and_then(|last| last.event);
        let fired = self.state_timer("tail loss probe", event);
        if self.board.is_empty() {
            return;
        }
        self.one_beyond_window = true;
        let new = self.next_new_data().is_some();
        if !new {
            self.one_beyond_window = false;
            self.board.mark_last_lost(TAIL);
            self.board.blame(fired);
            self.send_lost_now = true;
        }
        let end = self.board.position(self.snd_nxt) + u64::from(new);
        self.tail_probe = Some(TailProbe { end, again: !new });
        self.retransmit_at = Some(now.after(self.timeout.current()));
    }

    /// Whether an acknowledgement ends the episode, and whether the probe mended a loss
    /// (section 7.4). `twice` tells that it reports something that arrived twice, `idle` that it
    /// moves nothing, tells nothing and carries nothing.
    pub(in crate::tcp) fn on_ack_of_tail_probe(&mut self, twice: bool, idle: bool, cause: Cause) {
        let Some(probe) = self.tail_probe else { return };
        let acknowledged = self.board.position(self.snd_una);
        if acknowledged < probe.end {
            return;
        }
        if !probe.again || twice || acknowledged == probe.end && idle {
            self.tail_probe = None;
        } else if acknowledged > probe.end {
            self.tail_probe = None;
            self.reduce_once("a tail loss probe mended a loss", cause);
        }
    }
}
