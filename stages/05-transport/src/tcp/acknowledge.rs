//! What the peer's acknowledgements do (RFC 9293 section 3.10.7.4 fifth check, RFC 5681, 6582,
//! 6675, 8985).

use super::{
    Connection, Segment, Seq, State, congestion::Progress, limits, loss::scoreboard::Sent,
};
use thru_events::{Cause, Time, close::CloseEvent, tcp::TcpEvent};

const THREE_DUPLICATES: &str = "three duplicate acknowledgements";
const PARTIAL: &str = "an acknowledgement stops short of the end of recovery";
const WINDOW_OPEN: &str = "the window is open again";
const LATER_ARRIVED: &str = "segments sent later have arrived";

/// What is being mended, and up to which number.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Recovery {
    None,
    /// Fast recovery: a loss among others that got through.
    Fast(Seq),
    /// The window came down for another reason; it does so once for what was on its way then.
    Reduced(Seq),
    /// After a time-out.
    AfterTimeOut(Seq),
}

impl Recovery {
    pub(super) fn end(self) -> Option<Seq> {
        match self {
            Recovery::None => None,
            Recovery::Fast(end) | Recovery::Reduced(end) | Recovery::AfterTimeOut(end) => Some(end),
        }
    }

    /// Lost segments are going again.
    pub(super) fn is_going_on(self) -> bool {
        matches!(self, Recovery::Fast(_) | Recovery::AfterTimeOut(_))
    }
}

/// What one acknowledgement delivered.
#[derive(Clone, Copy, Debug, Default)]
struct Delivery {
    octets: usize,
    /// When the latest of the segments that were sent once was sent.
    sent_once_at: Option<Time>,
    /// Data of the largest segment.
    largest: usize,
    /// It told of something that was not known.
    news: bool,
    /// It told of something that arrived twice (RFC 2883).
    twice: bool,
}

impl Connection {
    /// False if the segment is to be dropped.
    pub(super) fn on_ack(&mut self, now: Time, segment: &Segment<'_>, cause: Cause) -> bool {
        let header = &segment.header;
        let ack = header.ack;
        // RFC 5961, section 5.2: both are answered with where we are, but not too often.
        if ack.after(self.snd_nxt) {
            self.ignore("it acknowledges something that was never sent", cause);
            self.challenge(now, cause);
            return false;
        }
        if ack.before(self.snd_una - self.largest_snd_wnd.max(1)) {
            self.ignore("its acknowledgement is far too old", cause);
            self.challenge(now, cause);
            return false;
        }
        let window = usize::from(header.window) << self.snd_scale;
        // With the window shut such an acknowledgement answers a probe and tells of no loss.
        let idle = ack == self.snd_una && segment.sequence_length() == 0;
        let duplicate = idle && window > 0 && window == self.snd_wnd && !self.board.is_empty();
        self.unanswered = 0;
        self.update_window(segment, window, cause);
        let mut delivery = self.take_sack(now, segment, cause);
        let advances = ack.after(self.snd_una);
        if advances {
            self.on_new_ack(now, segment, &mut delivery, cause);
        } else if duplicate {
            self.duplicate_acks += 1;
        }
        self.note_size_passed(delivery.largest, cause);
        if self.state == State::Closed {
            return true;
        }
        self.on_echoed_mark(segment, cause);
        let plain = idle && header.options.sack[0].is_none();
        self.on_ack_of_tail_probe(delivery.twice, plain, cause);
        let lost = self.detect_loss(now, duplicate, delivery.news || advances, cause);
        if self.sack && (delivery.octets > 0 || lost) {
            let (pipe, safe) = (self.pipe(), advances && !lost);
            self.congestion.proportion(delivery.octets, pipe, safe);
        }
        if advances || delivery.news {
            self.arm_tail_probe(now);
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
                self.board.begin_again(WINDOW_OPEN);
                self.board.blame(cause);
            }
            self.probes = 0;
        }
    }

    /// Notes for a segment that arrived what RACK and the time-out want to know.
    fn note_delivery<'a>(
        rack: &'a mut super::loss::rack::Rack,
        delivery: &'a mut Delivery,
        now: Time,
        echo: Option<Time>,
    ) -> impl FnMut(&Sent) + 'a {
        move |sent: &Sent| {
            delivery.news = true;
            delivery.octets += sent.data;
            delivery.largest = delivery.largest.max(sent.data);
            rack.delivered(
                now,
                sent,
                echo.map(|stamped| stamped >= millisecond_of(sent.at)),
            );
            if sent.attempts == 1 {
                delivery.sent_once_at = delivery.sent_once_at.max(Some(sent.at));
            }
        }
    }

    fn take_sack(&mut self, now: Time, segment: &Segment<'_>, cause: Cause) -> Delivery {
        let mut delivery = Delivery::default();
        if !self.sack {
            return delivery;
        }
        let echo = self.echoed_at(now, segment);
        let blocks = segment.header.options.sack;
        for (index, (start, end)) in blocks.into_iter().flatten().enumerate() {
            if index == 0 && self.tells_of_twice(segment) {
                delivery.twice = true;
                let una = self.board.position(self.snd_una);
                let next = self.board.position(self.snd_nxt);
                self.rack.on_duplicate_report(una, next);
                let connection = self.config.id;
                self.tap().emit(cause, || TcpEvent::DuplicateReported {
                    connection,
                    seq: start.0,
                    length: end.distance(start) as u32,
                });
                continue;
            }
            // Below what is acknowledged, or beyond what was sent, a block tells nothing.
            let start = start.max(self.snd_una);
            let floor = start.max(segment.header.ack);
            let sane = floor.before(end) && !end.after(self.snd_nxt);
            if sane {
                let mut note = Connection::note_delivery(&mut self.rack, &mut delivery, now, echo);
                self.board.mark_sacked(start, end, &mut note);
            }
        }
        delivery
    }

    /// Whether the first block tells of something that arrived twice: below the acknowledgement,
    /// or inside of the second block (RFC 2883, section 4).
    fn tells_of_twice(&self, segment: &Segment<'_>) -> bool {
        let header = &segment.header;
        let Some((start, end)) = header.options.sack[0] else {
            return false;
        };
        let inside = header.options.sack[1]
            .is_some_and(|(from, to)| start.at_or_after(from) && !end.after(to));
        start.before(end) && !end.after(self.snd_nxt) && (start.before(header.ack) || inside)
    }

    /// When the segment left here whose timestamp comes back (RFC 7323, section 4.1).
    fn echoed_at(&self, now: Time, segment: &Segment<'_>) -> Option<Time> {
        let (_, echo) = segment.header.options.timestamps?;
        let ago = self.timestamp(now).wrapping_sub(echo);
        let sane = self.timestamps && echo != 0 && ago < 1 << 31;
        let ago = u64::from(ago) * 1_000_000;
        sane.then(|| Time((now.0 - now.0 % 1_000_000).saturating_sub(ago)))
    }

    /// SND.UNA advances.
    fn on_new_ack(
        &mut self,
        now: Time,
        segment: &Segment<'_>,
        delivery: &mut Delivery,
        cause: Cause,
    ) {
        let ack = segment.header.ack;
        let limited = self.is_window_limited();
        let echo = self.echoed_at(now, segment);
        let octets = ack.distance(self.snd_una);
        let mut note = Connection::note_delivery(&mut self.rack, delivery, now, echo);
        let done = self.board.acknowledge(ack, &mut note);
        drop(note);
        self.send.acknowledge(octets);
        self.acknowledged += octets as u64;
        self.snd_una = ack;
        // Karn's algorithm (RFC 6298, rule 3): without SACK what waited behind a hole tells
        // nothing, and of what was sent twice only an echoed timestamp does.
        let sent_at = match delivery.sent_once_at {
            Some(at) if self.sack || !done.repaired => Some(at),
            _ if done.repaired => echo,
            other => other.filter(|_| !done.repaired),
        };
        if let Some(at) = sent_at {
            self.measure(now, at, cause);
        }
        self.go_on_after(now, ack, done.segments, (octets, limited), cause);
        // RFC 6298, rules 5.2 and 5.3.
        self.retransmit_at = if self.board.is_empty() {
            None
        } else {
            Some(now.after(self.timeout.current()))
        };
        if done.fin {
            self.on_fin_acknowledged(now, cause);
        }
    }

    /// Whether the congestion window, and not the owner or the peer, holds us back.
    fn is_window_limited(&self) -> bool {
        let used = self.board.pipe();
        if self.congestion.in_slow_start() {
            used * 2 >= self.congestion.cwnd
        } else {
            used + self.mss >= self.congestion.cwnd
        }
    }

    fn go_on_after(
        &mut self,
        now: Time,
        ack: Seq,
        segments: usize,
        (octets, limited): (usize, bool),
        cause: Cause,
    ) {
        match self.recovery {
            Recovery::Fast(end) if ack.before(end) => {
                return self.on_partial_ack(segments, cause);
            }
            Recovery::Fast(_) => {
                self.recovery = Recovery::None;
                self.duplicate_acks = 0;
                self.congestion.recovered();
                self.rack.recovered();
                self.state_window("everything lost was mended", cause);
                return;
            }
            // What a mark lowered does not grow before the next window.
            Recovery::Reduced(end) if ack.before(end) => return,
            Recovery::AfterTimeOut(end) | Recovery::Reduced(end) if !ack.before(end) => {
                self.recovery = Recovery::None;
            }
            _ => {}
        }
        self.duplicate_acks = 0;
        let srtt = self.timeout.srtt().unwrap_or_default();
        self.congestion.acknowledged(Progress {
            now,
            octets,
            limited,
            srtt,
        });
    }

    /// RFC 6582, section 3.2, step 3: without SACK the next hole is lost too.
    fn on_partial_ack(&mut self, segments: usize, cause: Cause) {
        if self.sack {
            return;
        }
        self.duplicate_acks = self
            .duplicate_acks
            .saturating_sub(segments.saturating_sub(1));
        let fresh = |first: &Sent| first.lost.is_none() && first.attempts == 1;
        if self.board.first().is_some_and(fresh) {
            let losses = self.board.mark_first_lost(PARTIAL);
            let lost = self.state_losses(&losses, PARTIAL, cause);
            self.board.blame(lost);
            self.send_lost_now = true;
        }
    }

    /// Fast retransmit: by RACK with SACK, else by three duplicates. Gives whether anything is
    /// taken as lost now.
    fn detect_loss(&mut self, now: Time, duplicate: bool, news: bool, cause: Cause) -> bool {
        if self.sack {
            return news && self.detect_by_rack(now, cause);
        }
        if self.recovery.is_going_on() && matches!(self.recovery, Recovery::Fast(_)) {
            return false;
        }
        let third = duplicate && self.duplicate_acks == 3 && !self.board.is_empty();
        // RFC 6582, section 3.2, step 1: duplicates of what a time-out sent again do not count.
        if !third || !self.snd_una.after(self.no_recovery_before) && self.has_timed_out() {
            return false;
        }
        let losses = self.board.mark_first_lost(THREE_DUPLICATES);
        let lost = self.state_losses(&losses, THREE_DUPLICATES, cause);
        self.board.blame(lost);
        self.enter_recovery(THREE_DUPLICATES, lost);
        true
    }

    fn has_timed_out(&self) -> bool {
        self.no_recovery_before != Seq(self.config.iss)
    }

    /// RFC 8985, section 6.2, step 5.
    pub(super) fn detect_by_rack(&mut self, now: Time, cause: Cause) -> bool {
        let (recovering, srtt) = (self.recovery.is_going_on(), self.timeout.srtt());
        let (losses, next) = self.rack.detect(now, &mut self.board, recovering, srtt);
        self.reordering_at = next;
        if losses.segments == 0 {
            return false;
        }
        let lost = self.state_losses(&losses, LATER_ARRIVED, cause);
        self.board.blame(lost);
        if !recovering {
            self.enter_recovery(LATER_ARRIVED, lost);
        }
        true
    }

    /// RFC 5681, section 3.2; RFC 6675, section 5, step 4.
    fn enter_recovery(&mut self, why: &'static str, cause: Cause) {
        let reduced = matches!(self.recovery, Recovery::Reduced(end) if self.snd_una.before(end));
        self.recovery = Recovery::Fast(self.snd_nxt);
        self.no_recovery_before = self.snd_nxt;
        self.send_lost_now = true;
        self.tail_probe_at = None;
        // What a mark lowered already is not lowered again for the same window.
        if !reduced {
            let flight = self.snd_nxt.distance(self.snd_una);
            self.congestion.reduce(flight, self.sack);
            self.state_window(why, cause);
        }
    }

    /// The window comes down without a loss to mend, once for each window.
    pub(super) fn reduce_once(&mut self, why: &'static str, cause: Cause) {
        if self
            .recovery
            .end()
            .is_some_and(|end| self.snd_una.before(end))
        {
            return;
        }
        let flight = self.snd_nxt.distance(self.snd_una);
        self.congestion.reduce(flight.max(self.mss), false);
        self.recovery = Recovery::Reduced(self.snd_nxt);
        self.ecn.told = self.ecn.agreed;
        self.state_window(why, cause);
    }

    /// Octets on their way as far as known. Without SACK every duplicate acknowledgement says that
    /// a segment left the network (RFC 5681, section 3.2; RFC 3042).
    pub(super) fn pipe(&self) -> usize {
        let left = if self.sack {
            0
        } else {
            self.duplicate_acks * self.mss
        };
        self.board.pipe().saturating_sub(left)
    }

    /// A round trip of a segment that was sent once, at `sent`.
    pub(super) fn measure(&mut self, now: Time, sent: Time, cause: Cause) {
        let round_trip = now.since(sent);
        self.timeout.measured(round_trip);
        let micros = |duration: std::time::Duration| duration.as_micros() as u64;
        let (connection, srtt, rto) = (self.config.id, self.timeout.srtt(), self.timeout.current());
        let event = self.tap().emit(cause, || TcpEvent::RoundTripMeasured {
            connection,
            rtt_us: micros(round_trip),
            srtt_us: micros(srtt.unwrap_or(round_trip)),
            rto_us: micros(rto),
        });
        let (una, next) = (
            self.board.position(self.snd_una),
            self.board.position(self.snd_nxt),
        );
        if !self.recovery.is_going_on() && self.congestion.measured(round_trip, una, next) {
            self.state_window("round trips grow: slow start ends (HyStart++)", event);
        }
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

/// The timestamp clock counts whole milliseconds.
fn millisecond_of(at: Time) -> Time {
    Time(at.0 - at.0 % 1_000_000)
}
