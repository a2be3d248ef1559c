use std::collections::BTreeMap;

/// Ranges of stream positions, each `start..end`, never touching each other. Adding costs
/// O(log n), spread over all additions.
#[derive(Debug, Default)]
pub(super) struct Ranges {
    by_start: BTreeMap<u64, u64>,
}

impl Ranges {
    pub(super) fn clear(&mut self) {
        self.by_start.clear();
    }

    /// The range that `at` lies in.
    pub(super) fn around(&self, at: u64) -> Option<(u64, u64)> {
        let (start, end) = self.by_start.range(..=at).next_back()?;
        (*end > at).then_some((*start, *end))
    }

    /// In order.
    pub(super) fn iter(&self) -> impl Iterator<Item = (u64, u64)> + '_ {
        self.by_start.iter().map(|(start, end)| (*start, *end))
    }

    /// Adds `start..end`; gives the parts of it that were not in.
    pub(super) fn insert(&mut self, start: u64, end: u64) -> Vec<(u64, u64)> {
        let (mut first, mut last, mut at) = (start, end, start);
        let mut fresh = Vec::new();
        // What begins before and reaches up to here.
        if let Some((known, known_end)) = self.by_start.range(..start).next_back()
            && *known_end >= start
        {
            first = *known;
            at = at.max(*known_end);
            last = last.max(*known_end);
            self.by_start.remove(&first);
        }
        while let Some((known, known_end)) = self.next_from(start, end) {
            if known > at {
                fresh.push((at, known));
            }
            at = at.max(known_end);
            last = last.max(known_end);
            self.by_start.remove(&known);
        }
        if end > at {
            fresh.push((at, end));
        }
        self.by_start.insert(first, last);
        fresh
    }

    fn next_from(&self, start: u64, end: u64) -> Option<(u64, u64)> {
        let (known, known_end) = self.by_start.range(start..=end).next()?;
        Some((*known, *known_end))
    }

    /// Forgets everything before `at`.
    pub(super) fn forget_before(&mut self, at: u64) {
        while let Some(entry) = self.by_start.first_entry() {
            if *entry.key() >= at {
                return;
            }
            let end = entry.remove();
            if end > at {
                self.by_start.insert(at, end);
            }
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn only_new_parts_are_given_and_neighbours_join() {
        let mut ranges = Ranges::default();
        assert_eq!(ranges.insert(10, 20), [(10, 20)]);
        assert_eq!(ranges.insert(30, 40), [(30, 40)]);
        assert_eq!(ranges.insert(5, 35), [(5, 10), (20, 30)]);
        assert_eq!(ranges.insert(40, 41), [(40, 41)]);
        assert!(ranges.insert(6, 40).is_empty());
        assert_eq!(ranges.iter().collect::<Vec<_>>(), [(5, 41)]);
        ranges.forget_before(38);
        assert_eq!(ranges.around(40), Some((38, 41)));
        assert_eq!(ranges.around(41), None);
    }
}
