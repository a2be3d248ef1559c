//! The end of a connection (RFC 9293, section 3.6), and what its owner reads and writes until then.

use super::{Connection, Lost, LostHow, State, connection::AckOwed, limits};
use thru_events::{Cause, Time, close::CloseEvent};

impl Connection {
    /// Takes octets for sending; 0 if there is no room yet. `Err` if the connection is lost or
    /// this end said already that it is done.
    pub fn write(&mut self, octets: &[u8], cause: Cause) -> Result<usize, Lost> {
        if let Some(lost) = self.lost {
            return Err(lost);
        }
        if self.fin_wanted.is_some() || !self.state.may_write() {
            return Err(Lost {
                how: LostHow::Aborted,
                evidence: self.last_event,
            });
        }
        let taken = self.send.write(octets, cause);
        if taken > 0 {
            self.end_fast_open_wait();
        }
        Ok(taken)
    }

    /// Reads octets that arrived in order: how many. 0 is the end if [`Connection::at_end`], or
    /// nothing yet. What arrived before a loss can still be read.
    pub fn read(&mut self, buffer: &mut [u8]) -> Result<usize, Lost> {
        self.end_fast_open_wait();
        let (count, cause) = self.receive.read(buffer);
        if count > 0 {
            self.read_cause = cause;
            self.tell_larger_window();
            return Ok(count);
        }
        if self.peer_fin.is_some() && self.receive.readable() == 0 {
            self.read_cause = self.end_cause;
            return Ok(0);
        }
        match self.lost {
            Some(lost) => Err(lost),
            None => Ok(0),
        }
    }

    /// A window that was nearly closed and opened again is told at once.
    fn tell_larger_window(&mut self) {
        if !self.state.may_receive() {
            return;
        }
        let (told, room) = (self.rcv_edge.distance(self.rcv_nxt), self.room_to_tell());
        let growth = room.saturating_sub(told);
        let nearly_closed = told < 2 * self.mss && growth >= self.mss.min(self.receive.size() / 2);
        if nearly_closed || growth >= self.receive.size() / 4 {
            self.ack_owed = AckOwed::Now;
            self.ack_cause = self.read_cause;
        }
    }

    /// This end has nothing more to say: FIN follows what was written.
    pub fn shutdown(&mut self, why: &'static str, cause: Cause) {
        if self.fin_wanted.is_some() || !self.state.may_write() {
            return;
        }
        let connection = self.config.id;
        let started = self.tap().emit(cause, || CloseEvent::Started {
            connection,
            why: why.into(),
        });
        self.fin_wanted = Some(started);
        match self.state {
            State::Established => {
                self.enter(State::FinWait1, why, started);
            }
            State::CloseWait => {
                self.enter(State::LastAck, why, started);
            }
            // Nothing was agreed yet.
            State::SynSent => self.end("closed before it opened", started),
            _ => {}
        }
    }

    /// Ends the connection at once: RST, and nothing is kept.
    pub fn abort(&mut self, cause: Cause) {
        if self.state == State::Closed {
            return;
        }
        let connection = self.config.id;
        let started = self.tap().emit(cause, || CloseEvent::Started {
            connection,
            why: "aborted".into(),
        });
        if !matches!(self.state, State::SynSent | State::TimeWait) {
            self.reset_due = Some((self.snd_nxt, started));
        }
        self.lost = Some(Lost {
            how: LostHow::Aborted,
            evidence: started,
        });
        self.end("aborted", started);
    }

    /// The owner dropped it: an orderly close, with nobody reading.
    pub fn release(&mut self, now: Time, cause: Cause) {
        if self.released {
            return;
        }
        self.released = true;
        let mut nobody = vec![0; self.receive.readable()];
        self.receive.read(&mut nobody);
        self.tell_larger_window();
        self.shutdown("the owner is done with it", cause);
        if self.state == State::FinWait2 {
            self.wait_cause = cause;
            self.wait_until = Some(now.after(limits::FIN_WAIT_2));
        }
    }

    /// TIME-WAIT: the last ACK may have been lost, and old segments may be on their way.
    pub(super) fn wait_for_late_segments(&mut self, now: Time, why: &'static str, cause: Cause) {
        let entered = self.enter(State::TimeWait, why, cause);
        let (connection, wait_s) = (self.config.id, limits::TIME_WAIT.as_secs() as u32);
        let event = self.tap().emit(entered, || CloseEvent::TimeWaitEntered {
            connection,
            wait_s,
        });
        self.wait_cause = event;
        self.retransmit_at = None;
        self.wait_until = Some(now.after(limits::TIME_WAIT));
    }
}
