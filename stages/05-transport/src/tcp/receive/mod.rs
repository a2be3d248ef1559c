//! Segments that arrive.
//!
//! Stage: stage 05, RFC 9293 section 3.10.7, RFC 5961, 7323, 2883, 1337, 6191.
//! In: segments. Out: octets in order, what is owed to the peer.
//! Emits: `TcpEvent::SegmentReceived`, `SegmentIgnored`, `DataArrived`; `CloseEvent::PeerFinished`.
//! How it works: the checks of section 3.10.7.4 in their order; `acceptable` holds the first one.
//! Not here: acknowledgements (`acknowledge`), SYN-SENT (`open`). GAP: urgent data is delivered in
//! its place among the other octets and not told of (RFC 6093 advises against more).

mod acceptable;
pub(super) mod buffer;

use super::{Connection, Flags, LostHow, Segment, Seq, State, connection::AckOwed, limits};
use thru_events::{Cause, Time, close::CloseEvent, tcp::TcpEvent};
use thru_octets::Span;

impl Connection {
    /// Takes in a segment; `cause` is the packet that brought it, `span` the segment's octets.
    pub fn handle(&mut self, now: Time, segment: &Segment<'_>, span: Option<Span>, cause: Cause) {
        let cause = self.state_received(segment, span, cause);
        let data_span = span.map(|span| span.part(segment.data_offset, span.len()));
        match self.state {
            State::Closed => self.ignore("the connection is closed", cause),
            State::SynSent => self.on_syn_sent(now, segment, cause),
            _ => self.on_synchronised(now, segment, data_span, cause),
        }
    }

    pub(super) fn state_received(
        &self,
        segment: &Segment<'_>,
        span: Option<Span>,
        cause: Cause,
    ) -> Cause {
        let header = &segment.header;
        let syn = header.flags.has(Flags::SYN);
        let shift = if syn { 0 } else { self.snd_scale };
        self.tap()
            .emit_with_span(cause, span, || TcpEvent::SegmentReceived {
                connection: self.config.id,
                flags: header.flags.text(),
                seq: header.seq.0,
                ack: header.ack.0,
                window: u32::from(header.window) << shift,
                length: segment.payload.len() as u32,
            })
    }

    /// The other states (RFC 9293, section 3.10.7.4), in its order of checks.
    fn on_synchronised(
        &mut self,
        now: Time,
        segment: &Segment<'_>,
        span: Option<Span>,
        cause: Cause,
    ) {
        let header = &segment.header;
        let syn_again = header.flags.has(Flags::SYN) && header.seq == self.irs;
        if self.state == State::SynReceived && syn_again {
            return self.on_syn_again(now, segment, cause);
        }
        // First, the window; RFC 7323, section 5.3: an old timestamp is an old duplicate.
        if let Some(refusal) = self.unacceptable(now, segment) {
            self.ignore(refusal.why, cause);
            if header.flags.has(Flags::RST) || refusal.silent {
                return;
            }
            return self.on_unacceptable(now, segment, cause);
        }
        self.note_timestamp(now, segment);
        self.last_heard = now;
        if self.keepalive_at.is_some() {
            self.arm_keepalive(now);
        }
        // Second, RST. RFC 5961, section 3.2: only the very next number resets.
        if header.flags.has(Flags::RST) {
            return self.on_reset(now, header.seq, cause);
        }
        // Fourth, SYN. RFC 5961, section 4.2: never believed, always answered.
        if header.flags.has(Flags::SYN) {
            self.ignore("SYN on a connection that is open", cause);
            return self.challenge(now, cause);
        }
        // Fifth, ACK.
        if !header.flags.has(Flags::ACK) {
            return self.ignore("no ACK bit", cause);
        }
        if self.state == State::SynReceived && !self.on_syn_received(now, segment, cause) {
            return;
        }
        if !self.on_ack(now, segment, cause) || self.state == State::Closed {
            return;
        }
        self.note_mark(segment);
        // Seventh, the data; eighth, FIN.
        self.on_text(now, segment, span, cause);
        if header.flags.has(Flags::FIN) {
            let end = header.seq + segment.payload.len();
            self.peer_fin_at(end, cause);
        }
        self.on_fin_in_order(now, cause);
    }

    /// An unacceptable segment is answered with where we are, and otherwise dropped.
    fn on_unacceptable(&mut self, now: Time, segment: &Segment<'_>, cause: Cause) {
        if self.state == State::TimeWait && segment.header.flags.has(Flags::FIN) {
            // The peer missed our last ACK: it is sent again and the wait begins anew.
            self.wait_until = Some(now.after(limits::TIME_WAIT));
        }
        self.note_twice(segment.header.seq, segment.payload.len());
        // A SYN-ACK that comes again means that the ACK was lost.
        if segment.sequence_length() > 0 {
            self.owe_ack_now(cause);
        } else {
            self.challenge(now, cause);
        }
    }

    /// Says where we are, but not too often (RFC 5961, section 7): two ends that both find each
    /// other's segments unacceptable would never stop.
    pub(in crate::tcp) fn challenge(&mut self, now: Time, cause: Cause) {
        let recent = |last: Time| now.since(last) < limits::BETWEEN_CHALLENGES;
        if !self.last_challenge.is_some_and(recent) {
            self.last_challenge = Some(now);
            self.owe_ack_now(cause);
        }
    }

    pub(super) fn owe_ack_now(&mut self, cause: Cause) {
        self.ack_owed = AckOwed::Now;
        self.ack_cause = cause;
    }

    fn on_reset(&mut self, now: Time, seq: Seq, cause: Cause) {
        if seq != self.rcv_nxt {
            self.ignore("a reset that is not the very next number", cause);
            return self.challenge(now, cause);
        }
        match self.state {
            // RFC 1337: a reset does not cut TIME-WAIT short.
            State::TimeWait => self.ignore("a reset in TIME-WAIT", cause),
            State::SynReceived if !self.passive => self.lose(LostHow::Refused, cause),
            _ => self.lose(LostHow::Reset, cause),
        }
    }

    /// SYN-RECEIVED: the peer repeats its SYN, or answers ours when both opened at once.
    fn on_syn_again(&mut self, now: Time, segment: &Segment<'_>, cause: Cause) {
        let header = &segment.header;
        if header.flags.has(Flags::ACK) && header.ack == self.snd_nxt {
            self.acknowledge_syn(now, header.ack, cause);
            self.owe_ack_now(cause);
            return self.establish(now, "SYN-ACK came", cause);
        }
        self.ignore("SYN came again", cause);
        self.board.mark_first_lost("the peer repeats its SYN");
        self.board.blame(cause);
        self.send_lost_now = true;
    }

    /// SYN-RECEIVED: the ACK of our SYN opens the connection. False if it is another ACK.
    fn on_syn_received(&mut self, now: Time, segment: &Segment<'_>, cause: Cause) -> bool {
        let header = &segment.header;
        if !header.ack.after(self.snd_una) || header.ack.after(self.snd_nxt) {
            self.reset_due = Some((header.ack, cause));
            self.ignore("it acknowledges something that was never sent", cause);
            return false;
        }
        self.snd_wnd = usize::from(header.window) << self.snd_scale;
        self.largest_snd_wnd = self.largest_snd_wnd.max(self.snd_wnd);
        self.snd_wl1 = header.seq;
        self.snd_wl2 = header.ack;
        self.acknowledge_syn(now, header.ack, cause);
        if !self.board.is_empty() {
            self.retransmit_at = Some(now.after(self.timeout.current()));
        }
        self.establish(now, "our SYN is acknowledged", cause);
        true
    }

    /// Takes in the data that is new and inside the window.
    fn on_text(&mut self, now: Time, segment: &Segment<'_>, span: Option<Span>, cause: Cause) {
        if segment.payload.is_empty() {
            return;
        }
        if !self.state.may_receive() {
            // RFC 9293: this should not occur after the peer's FIN.
            return self.ignore("data after the peer's FIN", cause);
        }
        let seq = segment.header.seq;
        let old = if seq.before(self.rcv_nxt) {
            self.rcv_nxt.distance(seq)
        } else {
            0
        };
        self.note_twice(seq, old.min(segment.payload.len()));
        let fresh = segment.payload.get(old..).unwrap_or(&[]);
        let ahead = (seq + old).distance(self.rcv_nxt);
        let room = self.rcv_edge.distance(self.rcv_nxt).saturating_sub(ahead);
        let fresh = &fresh[..fresh.len().min(room)];
        if fresh.is_empty() {
            let why = if old > 0 {
                "all of its data was here already"
            } else {
                "the receive window is closed"
            };
            self.ignore(why, cause);
            return self.owe_ack_now(cause);
        }
        let had_holes = self.receive.has_holes();
        if ahead > 0 && self.receive.holds(ahead, fresh.len()) {
            self.note_twice(seq + old, fresh.len());
        }
        let Some(arrived) = self.receive.insert(ahead, fresh) else {
            self.ignore("too many pieces are held out of order", cause);
            return self.owe_ack_now(cause);
        };
        if arrived > 0 {
            self.state_arrived(
                arrived,
                span.filter(|_| arrived == segment.payload.len()),
                cause,
            );
        }
        if arrived == 0 || had_holes {
            // RFC 5681, section 4.2: a hole, or its filling, is told at once.
            return self.owe_ack_now(cause);
        }
        self.owe_ack(now, segment.payload.len(), cause);
    }

    pub(in crate::tcp) fn state_arrived(
        &mut self,
        arrived: usize,
        span: Option<Span>,
        cause: Cause,
    ) {
        self.rcv_nxt = self.rcv_nxt + arrived;
        let (connection, length) = (self.config.id, arrived as u32);
        let event = self
            .tap()
            .emit_with_span(cause, span, || TcpEvent::DataArrived { connection, length });
        self.receive.state_arrival(event);
        if self.released {
            // Nobody will read it. DEVIATION: RFC 9293 section 3.6.1 lets a reset go out; the
            // orderly close is kept so that the peer's last words (a TLS close_notify) harm nobody.
            let mut nobody = vec![0; arrived];
            self.receive.read(&mut nobody);
        }
    }

    /// RFC 9293, section 3.8.6.3: every second full segment at once, others within a short time.
    fn owe_ack(&mut self, now: Time, length: usize, cause: Cause) {
        self.ack_cause = cause;
        self.unacknowledged_segments += if length >= self.mss / 2 { 1 } else { 0 };
        if self.unacknowledged_segments >= 2 {
            self.ack_owed = AckOwed::Now;
        } else if self.ack_owed == AckOwed::No {
            self.ack_owed = AckOwed::By(now.after(limits::DELAYED_ACK));
        }
    }

    /// Whether a SYN may open a new connection in place of this one, which only waits for late
    /// segments (RFC 9293, section 3.6.1; RFC 6191, section 2): it must be newer than everything
    /// seen, by its timestamp or by its number.
    pub fn gives_way_to(&self, segment: &Segment<'_>) -> bool {
        let header = &segment.header;
        let fresh = header.flags.has(Flags::SYN) && !header.flags.has(Flags::ACK);
        if self.state != State::TimeWait || !fresh || header.flags.has(Flags::RST) {
            return false;
        }
        let later = header.seq.after(self.rcv_nxt);
        match header.options.timestamps {
            Some((value, _)) if self.timestamps => {
                match value.wrapping_sub(self.ts_recent) as i32 {
                    0 => later,
                    newer => newer > 0,
                }
            }
            _ => later,
        }
    }

    fn peer_fin_at(&mut self, end: Seq, cause: Cause) {
        if self.peer_fin.is_none() && self.state.may_receive() {
            self.fin_expected = Some(end);
            if end != self.rcv_nxt {
                // A hole in front of it is told at once (RFC 5681, section 4.2).
                self.owe_ack_now(cause);
            }
        }
    }

    /// The peer's FIN counts once everything before it is here.
    fn on_fin_in_order(&mut self, now: Time, cause: Cause) {
        if self.fin_expected != Some(self.rcv_nxt) || !self.state.may_receive() {
            return;
        }
        self.peer_fin = self.fin_expected.take();
        self.rcv_nxt = self.rcv_nxt + 1;
        self.rcv_edge = self.rcv_edge.max(self.rcv_nxt);
        self.owe_ack_now(cause);
        let connection = self.config.id;
        let finished = self
            .tap()
            .emit(cause, || CloseEvent::PeerFinished { connection });
        self.end_cause = finished;
        match self.state {
            State::FinWait1 => {
                self.enter(
                    State::Closing,
                    "the peer closed too; our FIN is not acknowledged",
                    finished,
                );
            }
            State::FinWait2 => self.wait_for_late_segments(now, "the peer's FIN came", finished),
            _ => {
                self.enter(State::CloseWait, "the peer's FIN came", finished);
            }
        }
    }
}
