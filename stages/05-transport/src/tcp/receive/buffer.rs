use crate::tcp::{limits, octet_queue::OctetQueue, ranges::Ranges};
use std::collections::{BTreeMap, VecDeque};
use thru_events::Cause;

/// Octets that arrived: those in order wait to be read, those out of order wait for the hole
/// before them. Positions are stream offsets; `next` is that of RCV.NXT.
#[derive(Debug, Default)]
pub(in crate::tcp) struct ReceiveBuffer {
    ready: OctetQueue,
    next: u64,
    /// For each arrival its end as stream offset, and its event.
    arrivals: VecDeque<(u64, Cause)>,
    out_of_order: BTreeMap<u64, Vec<u8>>,
    /// What is held out of order, joined.
    runs: Ranges,
    /// Where pieces arrived last, the latest first.
    recent: VecDeque<u64>,
    room: usize,
}

/// Arrivals remembered for the order of SACK blocks.
const RECENT: usize = 8;

impl ReceiveBuffer {
    pub(in crate::tcp) fn with_room(room: usize) -> ReceiveBuffer {
        ReceiveBuffer {
            room: room.min(limits::RECEIVE_BUFFER),
            ..ReceiveBuffer::default()
        }
    }

    /// Octets that it holds at most.
    pub(in crate::tcp) fn size(&self) -> usize {
        self.room
    }

    /// Octets that can be read.
    pub(in crate::tcp) fn readable(&self) -> usize {
        self.ready.len()
    }

    /// Room for octets from RCV.NXT on: the largest window.
    pub(in crate::tcp) fn room(&self) -> usize {
        self.room.saturating_sub(self.ready.len())
    }

    /// Whether there are holes.
    pub(in crate::tcp) fn has_holes(&self) -> bool {
        !self.out_of_order.is_empty()
    }

    /// Takes in `octets`, which begin `ahead` octets after RCV.NXT. Gives how many octets became
    /// readable, or `None` if too many pieces are held.
    pub(in crate::tcp) fn insert(&mut self, ahead: usize, octets: &[u8]) -> Option<usize> {
        if ahead > 0 {
            let start = self.next + ahead as u64;
            let held = self.hold(start, octets);
            if held {
                self.runs.insert(start, start + octets.len() as u64);
                self.recent.push_front(start);
                self.recent.truncate(RECENT);
            }
            return held.then_some(0);
        }
        let before = self.next;
        self.ready.extend(octets);
        self.next += octets.len() as u64;
        self.join_held();
        self.runs.forget_before(self.next);
        Some((self.next - before) as usize)
    }

    /// Names the event that made the last octets readable.
    pub(in crate::tcp) fn state_arrival(&mut self, cause: Cause) {
        self.arrivals.push_back((self.next, cause));
    }

    fn hold(&mut self, mut start: u64, mut octets: &[u8]) -> bool {
        // What is held already stays; only the new parts are added.
        if let Some((known, piece)) = self.out_of_order.range(..=start).next_back() {
            let end = known + piece.len() as u64;
            let doubled = (end.saturating_sub(start) as usize).min(octets.len());
            octets = &octets[doubled..];
            start += doubled as u64;
        }
        while !octets.is_empty() {
            if self.out_of_order.len() >= limits::OUT_OF_ORDER_PIECES {
                return false;
            }
            let end = start + octets.len() as u64;
            let following = self.out_of_order.range(start..end).next();
            let Some((known, piece)) = following.map(|(known, piece)| (*known, piece.len())) else {
                self.out_of_order.insert(start, octets.to_vec());
                return true;
            };
            let gap = (known - start) as usize;
            if gap > 0 {
                self.out_of_order.insert(start, octets[..gap].to_vec());
            }
            let skip = (gap + piece).min(octets.len());
            octets = &octets[skip..];
            start += skip as u64;
        }
        true
    }

    fn join_held(&mut self) {
        while let Some(entry) = self.out_of_order.first_entry() {
            let start = *entry.key();
            if start > self.next {
                return;
            }
            let piece = entry.remove();
            let doubled = ((self.next - start) as usize).min(piece.len());
            self.ready.extend(&piece[doubled..]);
            self.next += (piece.len() - doubled) as u64;
        }
    }

    /// Reads; gives how many octets and the event that delivered the last of them.
    pub(in crate::tcp) fn read(&mut self, buffer: &mut [u8]) -> (usize, Cause) {
        let count = self.ready.read(buffer);
        let position = self.next - self.ready.len() as u64;
        let mut cause = None;
        while let Some((end, event)) = self.arrivals.front() {
            cause = *event;
            if *end > position {
                break;
            }
            let exact = *end == position;
            self.arrivals.pop_front();
            if exact {
                break;
            }
        }
        (count, cause)
    }

    /// Whether all of `length` octets, `ahead` octets after RCV.NXT, are held already.
    pub(in crate::tcp) fn holds(&self, ahead: usize, length: usize) -> bool {
        let start = self.next + ahead as u64;
        let run = self.runs.around(start);
        run.is_some_and(|(_, end)| end >= start + length as u64)
    }

    /// Up to four runs held out of order, as distances from RCV.NXT: what SACK tells. The run that
    /// the latest piece belongs to comes first, then those before it (RFC 2018, section 4).
    pub(in crate::tcp) fn held_runs(&self) -> Vec<(usize, usize)> {
        let mut runs = Vec::with_capacity(4);
        let latest = self.recent.iter().filter_map(|at| self.runs.around(*at));
        for (start, end) in latest.chain(self.runs.iter().take(4)) {
            let run = ((start - self.next) as usize, (end - self.next) as usize);
            if runs.len() < 4 && !runs.contains(&run) {
                runs.push(run);
            }
        }
        runs
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn read_all(buffer: &mut ReceiveBuffer) -> Vec<u8> {
        let mut octets = vec![0; buffer.readable()];
        buffer.read(&mut octets);
        octets
    }

    #[test]
    fn a_hole_is_filled_and_everything_behind_it_becomes_readable() {
        let mut buffer = ReceiveBuffer::with_room(1000);
        assert_eq!(buffer.insert(3, b"def"), Some(0));
        assert_eq!(buffer.insert(8, b"ij"), Some(0));
        assert_eq!(buffer.held_runs(), [(8, 10), (3, 6)], "the latest first");
        assert_eq!(buffer.insert(0, b"abc"), Some(6));
        assert_eq!(buffer.insert(0, b"gh"), Some(4));
        assert_eq!(read_all(&mut buffer), b"abcdefghij");
    }

    #[test]
    fn overlapping_pieces_count_once() {
        let mut buffer = ReceiveBuffer::with_room(1000);
        buffer.insert(4, b"ef");
        buffer.insert(2, b"cdefgh");
        buffer.insert(3, b"defghi");
        buffer.insert(0, b"abcde");
        assert_eq!(read_all(&mut buffer), b"abcdefghi");
        assert!(!buffer.has_holes());
    }
}
