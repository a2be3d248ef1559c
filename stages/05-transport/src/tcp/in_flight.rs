use super::Seq;
use std::collections::VecDeque;
use thru_events::{Cause, Time};

/// One segment that was sent and is not acknowledged.
#[derive(Clone, Debug)]
pub(super) struct Sent {
    pub(super) seq: Seq,
    /// Octets of data.
    pub(super) data: usize,
    pub(super) syn: bool,
    pub(super) fin: bool,
    /// When it was sent last.
    pub(super) at: Time,
    /// Times that it was sent.
    pub(super) attempts: u32,
    /// The peer has it, out of order (RFC 2018).
    pub(super) sacked: bool,
    /// It is to be sent again, and why.
    pub(super) lost: Option<&'static str>,
    /// The event that makes it be sent again.
    pub(super) lost_cause: Cause,
    /// The event of its last sending.
    pub(super) event: Cause,
}

impl Sent {
    pub(super) fn length(&self) -> usize {
        self.data + usize::from(self.syn) + usize::from(self.fin)
    }

    pub(super) fn end(&self) -> Seq {
        self.seq + self.length()
    }

    /// Octets that it counts in the pipe (RFC 6675): neither known to have arrived nor to be lost.
    fn in_pipe(&self) -> usize {
        if self.sacked || self.lost.is_some() {
            0
        } else {
            self.length()
        }
    }
}

/// Everything sent and not acknowledged, in order.
#[derive(Debug, Default)]
pub(super) struct InFlight {
    queue: VecDeque<Sent>,
    pipe: usize,
    lost: usize,
}

impl InFlight {
    pub(super) fn is_empty(&self) -> bool {
        self.queue.is_empty()
    }

    pub(super) fn first(&self) -> Option<&Sent> {
        self.queue.front()
    }

    /// Octets on their way as far as known.
    pub(super) fn pipe(&self) -> usize {
        self.pipe
    }

    pub(super) fn push(&mut self, sent: Sent) {
        self.pipe += sent.in_pipe();
        self.queue.push_back(sent);
    }

    /// Changes one entry and keeps the sums right.
    fn change(&mut self, index: usize, change: impl FnOnce(&mut Sent)) {
        let Some(sent) = self.queue.get_mut(index) else {
            return;
        };
        let (pipe, lost) = (sent.in_pipe(), usize::from(sent.lost.is_some()));
        change(sent);
        self.pipe = self.pipe - pipe + sent.in_pipe();
        self.lost = self.lost - lost + usize::from(sent.lost.is_some());
    }

    /// The first lost segment, for sending again.
    pub(super) fn first_lost(&self) -> Option<(usize, &Sent)> {
        if self.lost == 0 {
            return None;
        }
        self.queue
            .iter()
            .enumerate()
            .find(|(_, sent)| sent.lost.is_some())
    }

    /// Cuts an entry so that its first part has at most `data` octets of data.
    pub(super) fn split(&mut self, index: usize, data: usize) {
        let Some(sent) = self.queue.get(index).filter(|sent| sent.data > data) else {
            return;
        };
        let mut tail = sent.clone();
        tail.seq = tail.seq + data + usize::from(tail.syn);
        tail.data -= data;
        tail.syn = false;
        self.pipe += tail.in_pipe();
        self.lost += usize::from(tail.lost.is_some());
        self.change(index, |head| {
            head.data = data;
            head.fin = false;
        });
        self.queue.insert(index + 1, tail);
    }

    /// An entry was sent again.
    pub(super) fn sent_again(&mut self, index: usize, now: Time, event: Cause) {
        self.change(index, |sent| {
            sent.at = now;
            sent.attempts += 1;
            sent.lost = None;
            sent.event = event;
        });
    }

    /// Marks the first entry as lost, unless it waits for that already.
    pub(super) fn mark_first_lost(&mut self, why: &'static str, cause: Cause) {
        self.change(0, |sent| {
            sent.lost = Some(why);
            sent.lost_cause = cause;
        });
    }

    /// The peer takes data again: everything that it has not goes again, and the times that it was
    /// sent before count as one.
    pub(super) fn begin_again(&mut self, why: &'static str, cause: Cause) {
        for index in 0..self.queue.len() {
            self.change(index, |sent| {
                sent.attempts = sent.attempts.min(2);
                if !sent.sacked {
                    sent.lost = Some(why);
                    sent.lost_cause = cause;
                }
            });
        }
    }

    /// The time ran out: everything is taken as lost, and what SACK said is forgotten
    /// (RFC 2018, section 8).
    pub(super) fn mark_all_lost(&mut self, why: &'static str) {
        for index in 0..self.queue.len() {
            self.change(index, |sent| {
                sent.sacked = false;
                sent.lost = Some(why);
                sent.lost_cause = sent.event;
            });
        }
    }

    /// Marks segments larger than `data` octets as lost.
    pub(super) fn mark_larger_lost(&mut self, data: usize, why: &'static str, cause: Cause) {
        for index in 0..self.queue.len() {
            if self.queue[index].data > data {
                self.change(index, |sent| {
                    sent.lost = Some(why);
                    sent.lost_cause = cause;
                });
            }
        }
    }

    /// The peer has everything from `start` to `end`. Gives whether that is news.
    pub(super) fn mark_sacked(&mut self, start: Seq, end: Seq) -> bool {
        let mut news = false;
        for index in 0..self.queue.len() {
            let sent = &self.queue[index];
            if !sent.sacked && sent.seq.at_or_after(start) && end.at_or_after(sent.end()) {
                news = true;
                self.change(index, |sent| {
                    sent.sacked = true;
                    sent.lost = None;
                });
            }
        }
        news
    }

    /// Marks holes as lost that have at least three arrived segments after them (RFC 6675,
    /// IsLost); each once. Gives whether there were any.
    pub(super) fn mark_holes_lost(&mut self, why: &'static str, cause: Cause) -> bool {
        let (mut arrived, mut any) = (0, false);
        for index in (0..self.queue.len()).rev() {
            let sent = &self.queue[index];
            if sent.sacked {
                arrived += 1;
            } else if arrived >= 3 && sent.lost.is_none() && sent.attempts == 1 {
                any = true;
                self.change(index, |sent| {
                    sent.lost = Some(why);
                    sent.lost_cause = cause;
                });
            }
        }
        any
    }

    /// Takes away everything before `ack`. Gives the newest entry that was sent once (for the
    /// round trip), and whether SYN and FIN were among them.
    pub(super) fn acknowledge(&mut self, ack: Seq) -> Acknowledged {
        let mut done = Acknowledged::default();
        // What waited behind a hole, or was sent twice, tells no round trip (Karn).
        let mut repaired = false;
        while let Some(sent) = self.queue.front() {
            if sent.end().after(ack) {
                // A part of it: what is left stays as an entry of its own.
                if ack.after(sent.seq) {
                    let part = ack.distance(sent.seq);
                    self.change(0, |sent| {
                        sent.data -= part.min(sent.data);
                        sent.seq = ack;
                    });
                }
                break;
            }
            self.pipe -= sent.in_pipe();
            self.lost -= usize::from(sent.lost.is_some());
            done.syn |= sent.syn;
            done.fin |= sent.fin;
            done.segments += 1;
            repaired |= sent.attempts > 1 || sent.sacked;
            done.sent_once_at = Some(sent.at).filter(|_| !repaired);
            self.queue.pop_front();
        }
        done
    }
}

/// What an acknowledgement covers.
#[derive(Debug, Default)]
pub(super) struct Acknowledged {
    pub(super) syn: bool,
    pub(super) fin: bool,
    pub(super) segments: usize,
    /// When the newest of them was sent, if it was sent once.
    pub(super) sent_once_at: Option<Time>,
}
