//! Timers, and sending again (RFC 6298, RFC 5681).

use super::{
    Connection, Flags, LostHow, State, Transmit, limits,
    send::{Again, Parts},
};
use thru_events::{Cause, Time};

const TIME_OUT: &str = "time-out";
const SMALLER_MTU: &str = "the path takes smaller packets only";
const WINDOW_PROBE: &str = "window probe";

impl Connection {
    pub(super) fn run_timers(&mut self, now: Time) {
        let due = |timer: Option<Time>| timer.is_some_and(|at| at <= now);
        if due(self.wait_until) {
            self.wait_until = None;
            let how = match self.state {
                State::TimeWait => "fin both ways",
                _ => "the peer did not close in time",
            };
            self.end(how, self.wait_cause);
        }
        if due(self.retransmit_at) {
            self.on_time_out(now);
        }
        if due(self.probe_at) {
            self.probe_at = None;
            self.probe_due = self.count_probe(self.last_event);
        }
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
        let Some(first) = self.in_flight.first() else {
            return;
        };
        let (attempts, event) = (first.attempts, first.event);
        // The peer took its window back over what is on its way: the oldest segment asks for it.
        if self.snd_wnd == 0 && !self.state.is_opening() {
            if self.count_probe(event) {
                self.timeout.back_off();
                self.in_flight.mark_first_lost(WINDOW_PROBE, event);
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
            return self.lose(LostHow::TimedOut, event);
        }
        if !self.state.is_opening() {
            let flight = self.snd_nxt.distance(self.snd_una);
            // RFC 5681, section 3.1: ssthresh is set at the first time-out of a segment only.
            if attempts == 1 {
                self.congestion.timed_out(flight);
            } else {
                self.congestion.cwnd = self.mss;
            }
        }
        self.timeout.back_off();
        self.duplicate_acks = 0;
        self.recover = None;
        self.no_recovery_before = self.snd_nxt;
        self.in_flight.mark_all_lost(TIME_OUT);
        self.retransmit_at = Some(now.after(self.timeout.current()));
    }

    /// Whether a lost segment may go again now.
    pub(super) fn may_send_lost(&self) -> bool {
        if self.probe_due {
            return true;
        }
        let Some((index, sent)) = self.in_flight.first_lost() else {
            return false;
        };
        // The first hole goes at once (RFC 5681, section 3.2, step 2); others as the window allows.
        let length = sent.data.min(self.mss);
        index == 0 || self.pipe() + length <= self.congestion.cwnd
    }

    pub(super) fn send_lost(&mut self, now: Time) -> Option<Transmit> {
        if self.probe_due {
            return Some(self.send_window_probe(now));
        }
        if !self.may_send_lost() {
            return None;
        }
        let index = self.in_flight.first_lost()?.0;
        self.in_flight.split(index, self.mss);
        let (_, sent) = self.in_flight.first_lost()?;
        let (seq, data, syn, fin) = (sent.seq, sent.data, sent.syn, sent.fin);
        let again = Again {
            why: sent.lost.unwrap_or(TIME_OUT),
            attempt: sent.attempts,
        };
        let cause = sent.lost_cause;
        let payload = match data {
            0 => Vec::new(),
            _ => self.send.copy(seq.distance(self.snd_una), data),
        };
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
                payload,
                cause,
                again: Some(again),
            },
        );
        self.in_flight.sent_again(index, now, transmit.cause);
        // RFC 6298, rule 5.1; and a hole that goes again restarts the clock (RFC 6675, section 5.1).
        if self.retransmit_at.is_none() || index == 0 {
            self.retransmit_at = Some(now.after(self.timeout.current()));
        }
        Some(transmit)
    }

    /// DEVIATION: RFC 9293 section 3.8.6.1 lets a probe carry a new octet; as other systems do,
    /// ours repeats the number before SND.UNA, which the peer must answer with its window.
    fn send_window_probe(&mut self, now: Time) -> Transmit {
        self.probe_due = false;
        let again = Some(Again {
            why: WINDOW_PROBE,
            attempt: self.probes,
        });
        let (seq, cause) = (self.snd_una - 1, self.last_event);
        self.make(
            now,
            Parts {
                seq,
                flags: Flags::ACK,
                payload: Vec::new(),
                cause,
                again,
            },
        )
    }

    /// A router says that packets over `mtu` octets do not pass (RFC 1191). `seq` is what it
    /// quotes: it must be on its way (RFC 5927, section 4).
    pub fn on_smaller_mtu(&mut self, mtu: u16, seq: Option<u32>, cause: Cause) {
        if !self.is_quoted(seq) {
            return;
        }
        // A router that does not say how much means an old one: take what every host takes.
        let mtu = if mtu < 68 { 576 } else { usize::from(mtu) };
        let options = if self.timestamps { 12 } else { 0 };
        let mss = mtu.saturating_sub(40 + options).max(1);
        if mss >= self.mss {
            return;
        }
        self.mss = mss;
        self.congestion.set_mss(mss);
        self.in_flight.mark_larger_lost(mss, SMALLER_MTU, cause);
    }

    /// The way to the peer is broken, says ICMP or the neighbour table. While opening that is the
    /// end; an open connection goes on trying (RFC 1122, section 4.2.3.9; RFC 5461).
    pub fn on_path_failed(&mut self, how: LostHow, seq: Option<u32>, cause: Cause) {
        if self.state.is_opening() && self.is_quoted(seq) {
            self.lose(how, cause);
        }
    }

    fn is_quoted(&self, seq: Option<u32>) -> bool {
        seq.is_some_and(|seq| {
            let seq = super::Seq(seq);
            seq.at_or_after(self.snd_una) && seq.before(self.snd_nxt)
        })
    }
}
