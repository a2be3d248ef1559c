//! A map whose entries have an end, and of which there are never more than a limit.

use std::collections::{BTreeMap, BTreeSet};
use thru_events::Time;

/// Entries by key; when there are too many, the one that ends first makes room.
#[derive(Clone, Debug)]
pub(crate) struct Bounded<K, V> {
    entries: BTreeMap<K, (V, Time)>,
    by_end: BTreeSet<(Time, K)>,
    limit: usize,
}

impl<K: Ord + Clone, V> Bounded<K, V> {
    pub(crate) fn new(limit: usize) -> Bounded<K, V> {
        Bounded {
            entries: BTreeMap::new(),
            by_end: BTreeSet::new(),
            limit,
        }
    }

    pub(crate) fn get(&self, key: &K) -> Option<&V> {
        self.entries.get(key).map(|(value, _)| value)
    }

    /// Puts in an entry that ends at `end`. Gives whether another had to make room.
    pub(crate) fn insert(&mut self, key: K, value: V, end: Time) -> bool {
        if let Some((_, old_end)) = self.entries.insert(key.clone(), (value, end)) {
            self.by_end.remove(&(old_end, key.clone()));
        }
        self.by_end.insert((end, key));
        let full = self.entries.len() > self.limit;
        while self.entries.len() > self.limit {
            match self.by_end.pop_first() {
                Some((_, first)) => self.entries.remove(&first),
                None => break,
            };
        }
        full
    }

    pub(crate) fn remove(&mut self, key: &K) -> Option<V> {
        let (value, end) = self.entries.remove(key)?;
        self.by_end.remove(&(end, key.clone()));
        Some(value)
    }

    #[cfg(test)]
    fn len(&self) -> usize {
        self.entries.len()
    }

    /// The last entry whose key is at most `key`.
    pub(crate) fn at_or_before(&self, key: &K) -> Option<(&K, &V)> {
        let (key, (value, _)) = self.entries.range(..=key).next_back()?;
        Some((key, value))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_ends_first_makes_room() {
        let mut map = Bounded::new(2);
        assert!(!map.insert("long", 1, Time(30)));
        assert!(!map.insert("short", 2, Time(10)));
        assert!(map.insert("new", 3, Time(20)));
        assert_eq!((map.get(&"short"), map.len()), (None, 2));
        map.insert("long", 4, Time(5));
        map.insert("last", 5, Time(40));
        assert_eq!((map.get(&"long"), map.get(&"new")), (None, Some(&3)));
    }
}
