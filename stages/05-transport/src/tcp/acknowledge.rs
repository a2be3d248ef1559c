//! What the peer's acknowledgements do (RFC 9293 section 3.10.7.4 fifth check, RFC 5681, 6582,
//! 6675).

use super::{Connection, Segment, Seq, State, limits};
use thru_events::{Cause, Time, close::CloseEvent, tcp::TcpEvent};

const THREE_DUPLICATES: &str = "three duplicate acknowledgements";
const PARTIAL: &str = "an acknowledgement stops short of the end of recovery";
const WINDOW_OPEN: &str = "the window is open again";
const HOLE: &str = "selective acknowledgements show a hole";

impl Connection {
    /// False if the segment is to be dropped.
    pub(super) fn on_ack(&mut self, now: Time, segment: &Segment<'_>, cause: Cause) -> bool {
        let header = &segment.header;
        let ack = header.ack;
        if ack.after(self.snd_nxt) {
            self.ignore("it acknowledges something that was never sent", cause);
            self.owe_ack_now(cause);
            return false;
        }
        // RFC 5961, section 5.2.
        if ack.before(self.snd_una - self.largest_snd_wnd.max(1)) {
            self.ignore("its acknowledgement is far too old", cause);
            self.owe_ack_now(cause);
            return false;
        }
        let window = usize::from(header.window) << self.snd_scale;
        // With the window shut such an acknowledgement answers a probe and tells of no loss.
        let duplicate = ack == self.snd_una
            && window > 0
            && segment.sequence_length() == 0
            && window == self.snd_wnd
            && !self.in_flight.is_empty();
        self.unanswered = 0;
        self.update_window(segment, window, cause);
        let news = self.take_sack(segment);
        if ack.after(self.snd_una) {
            self.on_new_ack(now, ack, cause);
        } else if duplicate {
            self.duplicate_acks += 1;
        }
        if self.state != State::Closed {
            self.detect_loss(duplicate, news, cause);
        }
        true
    }

    fn update_window(&mut self, segment: &Segment<'_>, window: usize, cause: Cause) {
        let (seq, ack) = (segment.header.seq, segment.header.ack);
        let newer = self.snd_wl1.before(seq) || self.snd_wl1 == seq && !self.snd_wl2.after(ack);
        if !newer || ack.before(self.snd_una) {
            return;
        }
        let opened = self.snd_wnd == 0 && window > 0;
        self.snd_wnd = window;
        self.largest_snd_wnd = self.largest_snd_wnd.max(window);
        self.snd_wl1 = seq;
        self.snd_wl2 = ack;
        if window > 0 {
            self.probe_at = None;
            // What was sent into the shut window was refused there; it goes again at once.
            if opened && self.probes > 0 {
                self.in_flight.begin_again(WINDOW_OPEN, cause);
            }
            self.probes = 0;
        }
    }

    fn take_sack(&mut self, segment: &Segment<'_>) -> bool {
        if !self.sack {
            return false;
        }
        let mut news = false;
        for (start, end) in segment.header.options.sack.into_iter().flatten() {
            // A block below SND.UNA tells of a duplicate (RFC 2883) and is no news.
            let sane =
                start.before(end) && start.at_or_after(self.snd_una) && !end.after(self.snd_nxt);
            news |= sane && self.in_flight.mark_sacked(start, end);
        }
        news
    }

    /// SND.UNA advances.
    fn on_new_ack(&mut self, now: Time, ack: Seq, cause: Cause) {
        let flight = self.in_flight.pipe();
        let octets = ack.distance(self.snd_una);
        let done = self.in_flight.acknowledge(ack);
        self.send.acknowledge(octets);
        self.snd_una = ack;
        if let Some(at) = done.sent_once_at {
            self.measure(now, at, cause);
        }
        match self.recover {
            Some(end) if ack.before(end) => self.on_partial_ack(done.segments, cause),
            Some(_) => {
                self.recover = None;
                self.duplicate_acks = 0;
                self.congestion.cwnd = self.congestion.ssthresh;
            }
            None => {
                self.duplicate_acks = 0;
                self.congestion.acknowledged(octets, flight);
            }
        }
        // RFC 6298, rules 5.2 and 5.3.
        self.retransmit_at = if self.in_flight.is_empty() {
            None
        } else {
            Some(now.after(self.timeout.current()))
        };
        if done.fin {
            self.on_fin_acknowledged(now, cause);
        }
    }

    /// RFC 6582, section 3.2, step 3: the next hole is lost too.
    fn on_partial_ack(&mut self, segments: usize, cause: Cause) {
        self.duplicate_acks = self
            .duplicate_acks
            .saturating_sub(segments.saturating_sub(1));
        let fresh = |first: &super::in_flight::Sent| first.lost.is_none() && first.attempts == 1;
        if self.in_flight.first().is_some_and(fresh) {
            self.in_flight.mark_first_lost(PARTIAL, cause);
        }
    }

    /// Fast retransmit: three duplicates, or three arrived segments above a hole.
    fn detect_loss(&mut self, duplicate: bool, news: bool, cause: Cause) {
        let holes = news && self.in_flight.mark_holes_lost(HOLE, cause);
        if self.recover.is_some() {
            return;
        }
        let third = duplicate && self.duplicate_acks == 3 && !self.in_flight.is_empty();
        // RFC 6582, section 3.2, step 1: duplicates of what a time-out sent again do not count.
        let stale = third && !self.snd_una.after(self.no_recovery_before) && !holes;
        if !(third || holes) || stale {
            return;
        }
        if !holes {
            self.in_flight.mark_first_lost(THREE_DUPLICATES, cause);
        }
        let flight = self.snd_nxt.distance(self.snd_una);
        self.congestion.lost_one(flight);
        self.recover = Some(self.snd_nxt);
        self.no_recovery_before = self.snd_nxt;
    }

    /// Octets on their way as far as known. Without SACK every duplicate acknowledgement says that
    /// a segment left the network (RFC 5681, section 3.2).
    pub(super) fn pipe(&self) -> usize {
        let left = if self.sack {
            0
        } else {
            self.duplicate_acks * self.mss
        };
        self.in_flight.pipe().saturating_sub(left)
    }

    /// A round trip of a segment that was sent once, at `sent`.
    pub(super) fn measure(&mut self, now: Time, sent: Time, cause: Cause) {
        let round_trip = now.since(sent);
        self.timeout.measured(round_trip);
        let micros = |duration: std::time::Duration| duration.as_micros() as u64;
        let (connection, srtt, rto) = (self.config.id, self.timeout.srtt(), self.timeout.current());
        self.tap().emit(cause, || TcpEvent::RoundTripMeasured {
            connection,
            rtt_us: micros(round_trip),
            srtt_us: micros(srtt.unwrap_or(round_trip)),
            rto_us: micros(rto),
        });
    }

    fn on_fin_acknowledged(&mut self, now: Time, cause: Cause) {
        let connection = self.config.id;
        let event = self
            .tap()
            .emit(cause, || CloseEvent::FinAcknowledged { connection });
        match self.state {
            State::FinWait1 => {
                self.enter(State::FinWait2, "our FIN is acknowledged", event);
                if self.released {
                    self.wait_cause = event;
                    self.wait_until = Some(now.after(limits::FIN_WAIT_2));
                }
            }
            State::Closing => self.wait_for_late_segments(now, "our FIN is acknowledged", event),
            State::LastAck => self.end("fin both ways", event),
            _ => {}
        }
    }
}
