//! Timers, and sending again (RFC 6298, RFC 5681).

use crate::tcp::{
    Connection, Flags, LostHow, Transmit,
    acknowledge::Recovery,
    limits,
    send::{Again, Parts},
};
use thru_events::{Cause, Time, tcp::TcpEvent};

use super::scoreboard::Losses;

const TIME_OUT: &str = "time-out";
const WINDOW_PROBE: &str = "window probe";

impl Connection {
    pub(in crate::tcp) fn run_timers(&mut self, now: Time) {
        let due = |timer: Option<Time>| timer.is_some_and(|at| at <= now);
        if due(self.wait_until) {
            self.on_wait_over();
        }
        if due(self.tail_probe_at) {
            self.on_tail_probe_due(now);
        } else if due(self.retransmit_at) {
            self.on_time_out(now);
        }
        if due(self.reordering_at) {
            self.reordering_at = None;
            let cause = self.state_timer("reordering", self.last_event);
            self.detect_by_rack(now, cause);
        }
        if due(self.probe_at) {
            self.probe_at = None;
            let cause = self.state_timer("window probe", self.last_event);
            self.last_event = cause;
            if self.snd_wnd > 0 {
                self.small_one_now = true;
            } else if self.count_probe(cause) {
                self.question_due = Some(WINDOW_PROBE);
            }
        }
        if due(self.keepalive_at) {
            self.on_keepalive_due(now);
        }
    }

    fn on_wait_over(&mut self) {
        self.wait_until = None;
        let (timer, how) = match self.state {
            crate::tcp::State::TimeWait => ("TIME-WAIT", "fin both ways"),
            _ => ("FIN-WAIT-2", "the peer did not close in time"),
        };
        let cause = self.state_timer(timer, self.wait_cause);
        self.end(how, cause);
    }

    /// Counts one more question about the window. Who keeps answering may keep it shut as long as
    /// it likes; who no longer answers is given up (RFC 9293, section 3.8.6.1).
    fn count_probe(&mut self, event: Cause) -> bool {
        if self.unanswered >= limits::PROBE_ATTEMPTS {
            self.lose(LostHow::TimedOut, event);
            return false;
        }
        self.unanswered += 1;
        self.probes += 1;
        true
    }

    /// The oldest segment was not acknowledged in time (RFC 6298, rules 5.4 to 5.6).
    fn on_time_out(&mut self, now: Time) {
        self.retransmit_at = None;
        self.give_up_fast_open(now);
        let Some(first) = self.board.first() else {
            return;
        };
        let (attempts, data, event) = (first.attempts, first.data, first.event);
        let cause = self.state_timer("retransmission", event);
        // The peer took its window back over what is on its way: the oldest segment asks for it.
        if self.snd_wnd == 0 && !self.state.is_opening() {
            if self.count_probe(cause) {
                self.timeout.back_off();
                self.board.mark_first_lost(WINDOW_PROBE);
                self.board.blame(cause);
                self.send_lost_now = true;
                self.retransmit_at = Some(now.after(self.timeout.current()));
            }
            return;
        }
        let most = if self.state.is_opening() {
            limits::SYN_ATTEMPTS
        } else {
            limits::DATA_ATTEMPTS
        };
        if attempts >= most {
            return self.lose(LostHow::TimedOut, cause);
        }
        self.timeout.back_off();
        self.begin_again_after_time_out(attempts, cause);
        self.suspect_black_hole(data, cause);
        self.retransmit_at = Some(now.after(self.timeout.current()));
    }

    fn begin_again_after_time_out(&mut self, attempts: u32, cause: Cause) {
        let mut cause = cause;
        if !self.state.is_opening() {
            let flight = self.snd_nxt.distance(self.snd_una);
            // RFC 5681, section 3.1: ssthresh is set at the first time-out of a segment only.
            let first = attempts == 1 && self.recovery != Recovery::AfterTimeOut(self.snd_nxt);
            self.congestion.timed_out(flight, first);
            self.state_window("the time ran out: slow start begins again", cause);
            self.recovery = Recovery::AfterTimeOut(self.snd_nxt);
        }
        self.duplicate_acks = 0;
        self.no_recovery_before = self.snd_nxt;
        self.tail_probe = None;
        self.tail_probe_at = None;
        self.reordering_at = None;
        let losses = self.board.mark_all_lost(TIME_OUT);
        if !self.state.is_opening() {
            cause = self.state_losses(&losses, TIME_OUT, cause);
        }
        self.board.blame(cause);
        self.send_lost_now = true;
    }

    /// States what was taken as lost at once.
    pub(in crate::tcp) fn state_losses(
        &self,
        losses: &Losses,
        why: &'static str,
        cause: Cause,
    ) -> Cause {
        let Some(first) = losses.first else {
            return cause;
        };
        let (connection, segments) = (self.config.id, losses.segments);
        self.tap().emit(cause, || TcpEvent::LossDetected {
            connection,
            seq: first.0,
            length: losses.octets,
            segments,
            why: why.into(),
        })
    }

    /// Whether a lost segment may go again now.
    pub(in crate::tcp) fn may_send_lost(&self) -> bool {
        let Some((_, sent)) = self.board.first_lost() else {
            return false;
        };
        // An early answer (RFC 7413) waits for the handshake.
        if self.state.is_opening() && !sent.syn {
            return false;
        }
        let length = sent.data.min(self.largest_again().0);
        self.send_lost_now || self.pipe() + length <= self.congestion.cwnd
    }

    pub(in crate::tcp) fn send_lost(&mut self, now: Time) -> Option<Transmit> {
        if !self.may_send_lost() {
            return None;
        }
        self.send_lost_now = false;
        let index = self.board.first_lost()?.0;
        let (most, smaller) = self.largest_again();
        self.board.split(index, most);
        let (_, sent) = self.board.first_lost()?;
        let (seq, data, syn, fin) = (sent.seq, sent.data, sent.syn, sent.fin);
        let again = Again {
            why: smaller
                .filter(|_| data > 0)
                .or(sent.lost)
                .unwrap_or(TIME_OUT),
            attempt: sent.attempts,
        };
        let cause = sent.lost_cause;
        let mut flags = if syn { self.syn_flags() } else { Flags::ACK };
        if data > 0 {
            flags = flags.and(Flags::PSH);
        }
        if fin {
            flags = flags.and(Flags::FIN);
        }
        let transmit = self.make(
            now,
            Parts {
                seq,
                flags,
                data,
                cause,
                again: Some(again),
            },
        );
        self.board.sent_again(index, now, transmit.cause);
        self.retransmitted += 1;
        self.congestion.sent(data);
        // RFC 6298, rule 5.1; and a hole that goes again restarts the clock (RFC 6675, section 5.1).
        if self.retransmit_at.is_none() || index == 0 {
            self.retransmit_at = Some(now.after(self.timeout.current()));
        }
        Some(transmit)
    }

    /// DEVIATION: RFC 9293 section 3.8.6.1 lets a probe carry a new octet; as other systems do,
    /// ours repeats the number before SND.UNA, which the peer must answer with its window. The same
    /// asks an idle peer (section 3.8.4).
    pub(in crate::tcp) fn send_question(&mut self, now: Time) -> Option<Transmit> {
        let why = self.question_due.take()?;
        let attempt = if why == WINDOW_PROBE {
            self.probes
        } else {
            self.keepalive_probes
        };
        let (seq, cause) = (self.snd_una - 1, self.last_event);
        Some(self.make(
            now,
            Parts {
                seq,
                flags: Flags::ACK,
                data: 0,
                cause,
                again: Some(Again { why, attempt }),
            },
        ))
    }

    /// The way to the peer is broken, says ICMP or the neighbour table. While opening that is the
    /// end; an open connection goes on trying (RFC 1122, section 4.2.3.9; RFC 5461).
    pub fn on_path_failed(&mut self, how: LostHow, seq: Option<u32>, cause: Cause) {
        if self.state.is_opening() && self.is_quoted(seq) {
            self.lose(how, cause);
        }
    }
}
