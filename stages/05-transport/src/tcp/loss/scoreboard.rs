use crate::tcp::{Seq, ranges::Ranges};
use std::collections::{BTreeSet, VecDeque};
use thru_events::{Cause, Time};

/// One segment that was sent and is not acknowledged.
#[derive(Clone, Debug)]
pub(in crate::tcp) struct Sent {
    /// Position in the stream, which does not wrap as sequence numbers do.
    pub(in crate::tcp) start: u64,
    pub(in crate::tcp) seq: Seq,
    /// Octets of data.
    pub(in crate::tcp) data: usize,
    pub(in crate::tcp) syn: bool,
    pub(in crate::tcp) fin: bool,
    /// When it was sent last.
    pub(in crate::tcp) at: Time,
    /// Times that it was sent.
    pub(in crate::tcp) attempts: u32,
    /// The peer has it, out of order (RFC 2018).
    pub(in crate::tcp) sacked: bool,
    /// It is to be sent again, and why.
    pub(in crate::tcp) lost: Option<&'static str>,
    /// The event that makes it be sent again.
    pub(in crate::tcp) lost_cause: Cause,
    /// The event of its last sending.
    pub(in crate::tcp) event: Cause,
}

impl Sent {
    pub(in crate::tcp) fn length(&self) -> usize {
        self.data + usize::from(self.syn) + usize::from(self.fin)
    }

    pub(in crate::tcp) fn end(&self) -> u64 {
        self.start + self.length() as u64
    }

    /// Neither known to have arrived nor taken as lost: it counts in the pipe (RFC 6675).
    fn is_outstanding(&self) -> bool {
        !self.sacked && self.lost.is_none()
    }

    fn in_pipe(&self) -> usize {
        if self.is_outstanding() {
            self.length()
        } else {
            0
        }
    }
}

/// What was taken as lost at once.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub(in crate::tcp) struct Losses {
    pub(in crate::tcp) first: Option<Seq>,
    pub(in crate::tcp) segments: u32,
    pub(in crate::tcp) octets: u32,
}

impl Losses {
    fn count(&mut self, sent: &Sent) {
        self.first = self.first.or(Some(sent.seq));
        self.segments += 1;
        self.octets += sent.length() as u32;
    }
}

/// Everything sent and not acknowledged, in order; found by number, by time and by being lost in
/// O(log n).
#[derive(Debug, Default)]
pub(in crate::tcp) struct Scoreboard {
    queue: VecDeque<Sent>,
    pipe: usize,
    sacked: Ranges,
    sacked_segments: usize,
    lost: BTreeSet<u64>,
    /// Times and positions of what is outstanding, in order; among them some that are so no more,
    /// which are met when they come to the front.
    by_time: VecDeque<(Time, u64)>,
    /// Marked as lost, and the event is not named yet.
    unblamed: Vec<u64>,
    /// SND.UNA, and its position.
    una: (Seq, u64),
}

impl Scoreboard {
    pub(in crate::tcp) fn starting_at(iss: Seq) -> Scoreboard {
        Scoreboard {
            una: (iss, 0),
            ..Scoreboard::default()
        }
    }

    pub(in crate::tcp) fn is_empty(&self) -> bool {
        self.queue.is_empty()
    }

    pub(in crate::tcp) fn first(&self) -> Option<&Sent> {
        self.queue.front()
    }

    pub(in crate::tcp) fn last(&self) -> Option<&Sent> {
        self.queue.back()
    }

    /// Octets on their way as far as known.
    pub(in crate::tcp) fn pipe(&self) -> usize {
        self.pipe
    }

    /// Segments that arrived out of order.
    pub(in crate::tcp) fn sacked_segments(&self) -> usize {
        self.sacked_segments
    }

    /// Position of a number that is not before SND.UNA.
    pub(in crate::tcp) fn position(&self, seq: Seq) -> u64 {
        self.una.1 + seq.distance(self.una.0) as u64
    }

    pub(in crate::tcp) fn push(&mut self, mut sent: Sent) {
        sent.start = self.position(sent.seq);
        self.note(&sent);
        self.queue.push_back(sent);
    }

    fn note(&mut self, sent: &Sent) {
        self.pipe += sent.in_pipe();
        self.sacked_segments += usize::from(sent.sacked);
        if sent.lost.is_some() {
            self.lost.insert(sent.start);
        }
        if sent.is_outstanding() {
            self.note_time((sent.at, sent.start));
        }
    }

    /// What is sent now is the latest; only what was sent before and counts again stands earlier.
    fn note_time(&mut self, entry: (Time, u64)) {
        if self.by_time.back().is_none_or(|last| *last < entry) {
            return self.by_time.push_back(entry);
        }
        if let Err(index) = self.by_time.binary_search(&entry) {
            self.by_time.insert(index, entry);
        }
    }

    /// The index of what was sent longest ago and is neither sacked nor lost.
    fn oldest_index(&mut self) -> Option<usize> {
        while let Some((at, start)) = self.by_time.front() {
            if *start >= self.una.1 {
                let index = self.index_of(*start);
                let known = self.queue.get(index);
                if known.is_some_and(|sent| {
                    sent.start == *start && sent.at == *at && sent.is_outstanding()
                }) {
                    return Some(index);
                }
            }
            self.by_time.pop_front();
        }
        None
    }

    fn forget(&mut self, sent: &Sent) {
        self.pipe -= sent.in_pipe();
        self.sacked_segments -= usize::from(sent.sacked);
        if sent.lost.is_some() {
            self.lost.remove(&sent.start);
        }
    }

    /// Changes one entry and keeps the sums right.
    fn change(&mut self, index: usize, change: impl FnOnce(&mut Sent)) {
        let Some(mut sent) = self.queue.get(index).cloned() else {
            return;
        };
        self.forget(&sent);
        change(&mut sent);
        self.note(&sent);
        self.queue[index] = sent;
    }

    fn index_of(&self, position: u64) -> usize {
        self.queue.partition_point(|sent| sent.end() <= position)
    }

    /// The first lost segment, for sending again.
    pub(in crate::tcp) fn first_lost(&self) -> Option<(usize, &Sent)> {
        let index = self.index_of(*self.lost.first()?);
        Some((index, self.queue.get(index)?))
    }

    /// The segment sent longest ago that is neither sacked nor lost.
    pub(in crate::tcp) fn oldest(&mut self) -> Option<&Sent> {
        let index = self.oldest_index()?;
        self.queue.get(index)
    }

    /// Cuts an entry so that its first part has at most `data` octets of data.
    pub(in crate::tcp) fn split(&mut self, index: usize, data: usize) {
        let Some(sent) = self.queue.get(index).filter(|sent| sent.data > data) else {
            return;
        };
        let mut tail = sent.clone();
        let skipped = data + usize::from(tail.syn);
        tail.seq = tail.seq + skipped;
        tail.start += skipped as u64;
        tail.data -= data;
        tail.syn = false;
        self.change(index, |head| {
            head.data = data;
            head.fin = false;
        });
        self.note(&tail);
        self.queue.insert(index + 1, tail);
    }

    /// Cuts the entry that `position` lies inside of.
    fn split_at(&mut self, position: u64) {
        let index = self.index_of(position);
        if let Some(sent) = self.queue.get(index)
            && sent.start < position
        {
            let data = (position - sent.start) as usize - usize::from(sent.syn);
            self.split(index, data);
        }
    }

    /// An entry was sent again.
    pub(in crate::tcp) fn sent_again(&mut self, index: usize, now: Time, event: Cause) {
        self.change(index, |sent| {
            sent.at = now;
            sent.attempts += 1;
            sent.lost = None;
            sent.event = event;
        });
    }

    /// Marks the first entry as lost.
    pub(in crate::tcp) fn mark_first_lost(&mut self, why: &'static str) -> Losses {
        self.mark_if(0..1, why, |_| true)
    }

    /// Marks the last entry as lost, however the first ones stand.
    pub(in crate::tcp) fn mark_last_lost(&mut self, why: &'static str) -> Losses {
        let last = self.queue.len().saturating_sub(1);
        self.mark_if(last..self.queue.len(), why, |_| true)
    }

    /// The peer takes data again: everything that it has not goes again, and the times that it was
    /// sent before count as one.
    pub(in crate::tcp) fn begin_again(&mut self, why: &'static str) -> Losses {
        for index in 0..self.queue.len() {
            self.change(index, |sent| sent.attempts = sent.attempts.min(2));
        }
        self.mark_if(0..self.queue.len(), why, |sent| !sent.sacked)
    }

    /// The time ran out: everything that did not arrive is taken as lost. If the peer said that it
    /// has the very next segment and does not acknowledge it, it threw away what it told of: all
    /// of that is forgotten (RFC 2018, section 8). DEVIATION: RFC 2018 says to forget it at every
    /// time-out.
    pub(in crate::tcp) fn mark_all_lost(&mut self, why: &'static str) -> Losses {
        let reneged = self.queue.front().is_some_and(|first| first.sacked);
        if reneged {
            self.sacked.clear();
            for index in 0..self.queue.len() {
                self.change(index, |sent| sent.sacked = false);
            }
        }
        self.mark_if(0..self.queue.len(), why, |sent| !sent.sacked)
    }

    /// Marks segments larger than `data` octets as lost.
    pub(in crate::tcp) fn mark_larger_lost(&mut self, data: usize, why: &'static str) -> Losses {
        self.mark_if(0..self.queue.len(), why, |sent| {
            sent.data > data && !sent.sacked
        })
    }

    fn mark_if(
        &mut self,
        range: std::ops::Range<usize>,
        why: &'static str,
        wanted: impl Fn(&Sent) -> bool,
    ) -> Losses {
        let mut losses = Losses::default();
        for index in range {
            if self.queue.get(index).is_some_and(&wanted) {
                self.mark(index, why, &mut losses);
            }
        }
        losses
    }

    /// Marks the oldest outstanding segment as lost.
    pub(in crate::tcp) fn mark_oldest_lost(&mut self, why: &'static str, losses: &mut Losses) {
        if let Some(index) = self.oldest_index() {
            self.mark(index, why, losses);
        }
    }

    fn mark(&mut self, index: usize, why: &'static str, losses: &mut Losses) {
        losses.count(&self.queue[index]);
        self.unblamed.push(self.queue[index].start);
        self.change(index, |sent| sent.lost = Some(why));
    }

    /// Names the event behind everything that was marked since.
    pub(in crate::tcp) fn blame(&mut self, cause: Cause) {
        for start in std::mem::take(&mut self.unblamed) {
            let index = self.index_of(start);
            if let Some(sent) = self.queue.get_mut(index) {
                sent.lost_cause = cause;
            }
        }
    }

    /// The peer has everything from `start` to `end`; `delivered` is called for each segment of
    /// which that is news.
    pub(in crate::tcp) fn mark_sacked(
        &mut self,
        start: Seq,
        end: Seq,
        delivered: &mut dyn FnMut(&Sent),
    ) {
        let (start, end) = (self.position(start), self.position(end));
        for (from, to) in self.sacked.insert(start, end) {
            self.split_at(from);
            self.split_at(to);
            let mut index = self.index_of(from);
            while self.queue.get(index).is_some_and(|sent| sent.end() <= to) {
                if !self.queue[index].sacked {
                    delivered(&self.queue[index]);
                    self.change(index, |sent| {
                        sent.sacked = true;
                        sent.lost = None;
                    });
                }
                index += 1;
            }
        }
    }

    /// Takes away everything before `ack`; `delivered` is called for each segment that was not
    /// known to have arrived.
    pub(in crate::tcp) fn acknowledge(
        &mut self,
        ack: Seq,
        delivered: &mut dyn FnMut(&Sent),
    ) -> Acknowledged {
        let mut done = Acknowledged::default();
        let position = self.position(ack);
        let covered = |sent: &mut Sent| sent.end() <= position;
        while let Some(sent) = self.queue.pop_front_if(covered) {
            self.forget(&sent);
            done.fin |= sent.fin;
            done.segments += 1;
            done.repaired |= sent.attempts > 1;
            if !sent.sacked {
                delivered(&sent);
            }
        }
        // A part of one: what is left stays as an entry of its own.
        if self.queue.front().is_some_and(|sent| sent.start < position) {
            self.change(0, |sent| {
                let part = (position - sent.start) as usize;
                sent.data -= part.min(sent.data);
                sent.syn = false;
                sent.seq = ack;
                sent.start = position;
            });
        }
        self.una = (ack, position);
        self.sacked.forget_before(position);
        if self.queue.is_empty() && self.queue.capacity() > IDLE_ENTRIES {
            self.queue = VecDeque::new();
            self.by_time = VecDeque::new();
        }
        done
    }
}

/// Entries of memory that an idle connection keeps.
const IDLE_ENTRIES: usize = 1;

/// What an acknowledgement covers.
#[derive(Clone, Copy, Debug, Default)]
pub(in crate::tcp) struct Acknowledged {
    pub(in crate::tcp) fin: bool,
    pub(in crate::tcp) segments: usize,
    /// One of them was sent more than once.
    pub(in crate::tcp) repaired: bool,
}
