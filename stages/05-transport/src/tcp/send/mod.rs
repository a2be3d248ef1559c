//! What is sent, and when.
//!
//! Stage: stage 05, RFC 9293 section 3.8.6, RFC 5681, 896, 3042.
//! In: what the owner wrote, windows, what is owed. Out: segments.
//! Emits: `TcpEvent::SegmentSent`, `SegmentRetransmitted`, `TimerExpired`,
//! `CongestionWindowChanged`.
//! How it works: resets and SYN first, then what was lost, then new data, then acknowledgements.
//! Not here: what is lost (`loss`), how much may be on its way (`congestion`).

pub(super) mod buffer;

use super::{
    Connection, Flags, Options, SegmentHeader, Seq, State, Transmit, connection::AckOwed, limits,
    loss::scoreboard::Sent,
};
use thru_events::{Cause, Time, tcp::TcpEvent};
use thru_octets::PacketBuffer;

/// Why a segment goes again.
pub(super) struct Again {
    pub(super) why: &'static str,
    pub(super) attempt: u32,
}

/// What a segment is made of.
pub(super) struct Parts {
    pub(super) seq: Seq,
    pub(super) flags: Flags,
    /// Octets of data from `seq` on.
    pub(super) data: usize,
    pub(super) cause: Cause,
    pub(super) again: Option<Again>,
}

impl Connection {
    /// The next segment to send. Call it after every order, every segment and at
    /// [`Connection::wake_at`], until it gives `None`.
    pub fn poll(&mut self, now: Time) -> Option<Transmit> {
        self.run_timers(now);
        if let Some((seq, cause)) = self.reset_due.take() {
            return Some(self.reset(now, seq, cause));
        }
        if self.state == State::Closed {
            return None;
        }
        if self.syn_unsent {
            return Some(self.send_syn(now));
        }
        if let Some(question) = self.send_question(now) {
            return Some(question);
        }
        if let Some(again) = self.send_lost(now) {
            return Some(again);
        }
        self.restart_after_idling(now);
        if let Some((data, fin)) = self.next_new_data() {
            let data = self.try_larger(now, data);
            return Some(self.send_new(now, data, fin));
        }
        self.arm_window_probe(now);
        if let AckOwed::By(at) = self.ack_owed
            && at <= now
        {
            self.ack_cause = self.state_timer("delayed acknowledgement", self.ack_cause);
            self.ack_owed = AckOwed::Now;
        }
        (self.ack_owed == AckOwed::Now).then(|| self.send_ack(now))
    }

    /// RFC 5681, section 4.1: after silence for longer than the time-out.
    fn restart_after_idling(&mut self, now: Time) {
        let idle = self.board.is_empty()
            && self.unsent() > 0
            && now.since(self.last_sent) > self.timeout.current();
        if idle && self.congestion.idle() {
            let cause = self.send.cause_at(0);
            self.state_window("nothing was sent for a while", cause);
        }
    }

    fn send_syn(&mut self, now: Time) -> Transmit {
        self.syn_unsent = false;
        let iss = Seq(self.config.iss);
        let cause = self.syn_due;
        let transmit = self.make(
            now,
            Parts {
                seq: iss,
                flags: self.syn_flags(),
                data: 0,
                cause,
                again: None,
            },
        );
        self.snd_nxt = iss + 1;
        self.track(now, iss, (0, true, false), transmit.cause);
        transmit
    }

    pub(super) fn syn_flags(&self) -> Flags {
        let flags = match self.state {
            State::SynSent => Flags::SYN,
            _ => Flags::SYN.and(Flags::ACK),
        };
        flags.and(self.ecn_syn_flags())
    }

    /// How much new data may go now, and whether FIN goes with it.
    pub(super) fn next_new_data(&self) -> Option<(usize, bool)> {
        let may_send = matches!(
            self.state,
            State::Established
                | State::CloseWait
                | State::FinWait1
                | State::Closing
                | State::LastAck
        );
        if !may_send || self.fin_seq.is_some() {
            return None;
        }
        let unsent = self.unsent();
        let in_window = (self.snd_una + self.snd_wnd).distance(self.snd_nxt);
        // A window that was taken back leaves us ahead of it.
        let usable = if in_window > self.snd_wnd {
            0
        } else {
            in_window
        };
        let beyond = if self.one_beyond_window { self.mss } else { 0 };
        let uncongested = (self.congestion.cwnd + beyond).saturating_sub(self.pipe());
        let wanted = unsent.min(self.mss);
        let length = wanted.min(usable);
        if length > 0 {
            if !self.is_worth_sending(length, unsent) || length > uncongested {
                return None;
            }
        } else if unsent > 0 {
            return None;
        }
        let fin = self.fin_wanted.is_some() && length == unsent;
        (length > 0 || fin).then_some((length, fin))
    }

    /// RFC 9293, section 3.8.6.2.1: no silly small segments. With Nagle's algorithm a small one
    /// waits while anything is on its way (section 3.7.4), unless it is the last.
    fn is_worth_sending(&self, length: usize, unsent: usize) -> bool {
        let large = length == self.mss || length >= self.largest_snd_wnd.div_ceil(2);
        if large || self.small_one_now {
            return true;
        }
        let waits = self.config.settings.nagle
            && self.fin_wanted.is_none()
            && self.snd_nxt.after(self.snd_una);
        length == unsent && !waits
    }

    fn send_new(&mut self, now: Time, length: usize, fin: bool) -> Transmit {
        let seq = self.snd_nxt;
        let from = seq.distance(self.snd_una);
        let cause = match length {
            0 => self.fin_wanted.flatten(),
            _ => self.send.cause_at(from),
        };
        let last = from + length == self.send.len();
        let mut flags = Flags::ACK;
        if last && length > 0 {
            flags = flags.and(Flags::PSH);
        }
        if fin {
            flags = flags.and(Flags::FIN);
            self.fin_seq = Some(seq + length);
        }
        let transmit = self.make(
            now,
            Parts {
                seq,
                flags,
                data: length,
                cause,
                again: None,
            },
        );
        self.one_beyond_window = false;
        self.small_one_now = false;
        self.snd_nxt = seq + length + usize::from(fin);
        self.congestion.sent(length);
        self.track(now, seq, (length, false, fin), transmit.cause);
        transmit
    }

    fn track(&mut self, now: Time, seq: Seq, (data, syn, fin): (usize, bool, bool), event: Cause) {
        self.last_sent = now;
        self.board.push(Sent {
            start: 0,
            seq,
            data,
            syn,
            fin,
            at: now,
            attempts: 1,
            sacked: false,
            lost: None,
            lost_cause: None,
            event,
        });
        // RFC 6298, rule 5.1.
        if self.retransmit_at.is_none() {
            self.retransmit_at = Some(now.after(self.timeout.current()));
        }
        self.arm_tail_probe(now);
    }

    fn send_ack(&mut self, now: Time) -> Transmit {
        let (seq, cause) = (self.snd_nxt, self.ack_cause);
        self.make(
            now,
            Parts {
                seq,
                flags: Flags::ACK,
                data: 0,
                cause,
                again: None,
            },
        )
    }

    fn reset(&mut self, now: Time, seq: Seq, cause: Cause) -> Transmit {
        let flags = if self.rcv_nxt == Seq(0) {
            Flags::RST
        } else {
            Flags::RST.and(Flags::ACK)
        };
        self.make(
            now,
            Parts {
                seq,
                flags,
                data: 0,
                cause,
                again: None,
            },
        )
    }

    /// Writes the header, states the event, and notes that the acknowledgement went along.
    pub(super) fn make(&mut self, now: Time, parts: Parts) -> Transmit {
        let Parts {
            seq,
            flags,
            data,
            cause,
            again,
        } = parts;
        let syn = flags.has(Flags::SYN);
        let acks = flags.has(Flags::ACK);
        let new_data = again.is_none() && data > 0;
        let flags = match syn || flags.has(Flags::RST) {
            true => flags,
            false => flags.and(self.ecn_flags(new_data)),
        };
        let (field, window) = self.window_to_tell(syn);
        if acks {
            self.ack_owed = AckOwed::No;
            self.unacknowledged_segments = 0;
            self.last_ack_sent = self.rcv_nxt;
        }
        let options = if flags.has(Flags::RST) {
            Options::default()
        } else if syn {
            self.syn_options(now)
        } else {
            self.options(now, data)
        };
        let header = SegmentHeader {
            source_port: self.config.local.port(),
            destination_port: self.config.remote.port(),
            seq,
            ack: if acks { self.rcv_nxt } else { Seq(0) },
            flags,
            window: field,
            options,
        };
        let headroom = self.config.headroom + header.length();
        let mut payload = PacketBuffer::with_room(headroom, data);
        if data > 0 {
            let from = seq.distance(self.snd_una);
            self.send.copy_to(from, data, &mut payload);
        }
        let cause = self.state_sent(&header, window, data, again, cause);
        self.last_event = cause;
        Transmit {
            header,
            payload,
            // RFC 3168, sections 6.1.4 and 6.1.5: new data only.
            ecn_capable: self.ecn.agreed && new_data,
            cause,
        }
    }

    fn state_sent(
        &self,
        header: &SegmentHeader,
        window: usize,
        length: usize,
        again: Option<Again>,
        cause: Cause,
    ) -> Cause {
        let connection = self.config.id;
        match again {
            None => self.tap().emit(cause, || TcpEvent::SegmentSent {
                connection,
                flags: header.flags.text(),
                seq: header.seq.0,
                ack: header.ack.0,
                window: window as u32,
                length: length as u32,
            }),
            Some(Again { why, attempt }) => {
                self.tap().emit(cause, || TcpEvent::SegmentRetransmitted {
                    connection,
                    seq: header.seq.0,
                    length: length as u32,
                    why: why.into(),
                    attempt,
                })
            }
        }
    }

    /// What the window field can tell of the room that there is.
    pub(super) fn room_to_tell(&self) -> usize {
        self.receive.room().min(0xffff << self.rcv_scale)
    }

    /// The window field and the window that it tells. The right edge never moves back, and moves
    /// on only by a worthwhile step (RFC 9293, section 3.8.6.2.2).
    fn window_to_tell(&mut self, syn: bool) -> (u16, usize) {
        if self.state == State::SynSent {
            let window = self.receive.room().min(0xffff);
            return (window as u16, window);
        }
        let shift = if syn { 0 } else { self.rcv_scale };
        let told = self.rcv_edge.distance(self.rcv_nxt);
        let room = self.room_to_tell();
        let step = self.mss.min(self.receive.size() / 2);
        let window = if room >= told + step { room } else { told };
        // Rounding must not take back what was told.
        let up = window.div_ceil(1 << shift);
        let fits = up << shift <= room;
        let field = if fits { up } else { window >> shift }.min(0xffff);
        if field << shift > told {
            self.rcv_edge = self.rcv_nxt + (field << shift);
        }
        (field as u16, field << shift)
    }

    /// Something is to be said, nothing is on its way, and so nothing will come back by itself.
    pub(super) fn waits_for_window(&self) -> bool {
        self.unsent() > 0 && self.board.is_empty() && !self.state.is_opening()
    }

    /// A closed window is asked about, again and again (RFC 9293, section 3.8.6.1).
    fn arm_window_probe(&mut self, now: Time) {
        if !self.waits_for_window() {
            self.probe_at = None;
        } else if self.probe_at.is_none() {
            let wait = self
                .timeout
                .current()
                .saturating_mul(1 << self.probes.min(10));
            self.probe_at = Some(now.after(wait.min(limits::LONGEST_PROBE_WAIT)));
        }
    }
}
