use std::{cmp::Ordering, collections::BinaryHeap};
use thru_events::Time;

/// What shall happen, ordered by time and then by the order in which it was asked for.
pub(crate) struct EventQueue<T> {
    heap: BinaryHeap<Pending<T>>,
    sequence: u64,
}

struct Pending<T> {
    at: Time,
    sequence: u64,
    what: T,
}

impl<T> EventQueue<T> {
    pub(crate) fn new() -> EventQueue<T> {
        EventQueue {
            heap: BinaryHeap::new(),
            sequence: 0,
        }
    }

    pub(crate) fn push(&mut self, at: Time, what: T) {
        self.sequence += 1;
        self.heap.push(Pending {
            at,
            sequence: self.sequence,
            what,
        });
    }

    /// Puts back what was taken out, before everything else of its moment.
    pub(crate) fn push_first(&mut self, at: Time, what: T) {
        self.heap.push(Pending {
            at,
            sequence: 0,
            what,
        });
    }

    /// How many there are of a kind, if fewer than `most`; else `most`.
    pub(crate) fn count_up_to(&self, most: usize, wanted: impl Fn(&T) -> bool) -> usize {
        let found = self.heap.iter().filter(|pending| wanted(&pending.what));
        found.take(most).count()
    }

    pub(crate) fn pop(&mut self) -> Option<(Time, T)> {
        self.heap.pop().map(|next| (next.at, next.what))
    }
}

impl<T> PartialEq for Pending<T> {
    fn eq(&self, other: &Self) -> bool {
        self.cmp(other) == Ordering::Equal
    }
}

impl<T> Eq for Pending<T> {}

impl<T> PartialOrd for Pending<T> {
    fn partial_cmp(&self, other: &Self) -> Option<Ordering> {
        Some(self.cmp(other))
    }
}

impl<T> Ord for Pending<T> {
    /// Reversed, as the heap gives the greatest first.
    fn cmp(&self, other: &Self) -> Ordering {
        (other.at, other.sequence).cmp(&(self.at, self.sequence))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn same_moment_keeps_the_order_of_asking() {
        let mut queue = EventQueue::new();
        for (at, what) in [(5, "c"), (1, "a"), (5, "d"), (1, "b")] {
            queue.push(Time(at), what);
        }
        let order: Vec<_> = std::iter::from_fn(|| queue.pop())
            .map(|(_, what)| what)
            .collect();
        assert_eq!(order, ["a", "b", "c", "d"]);
    }
}
