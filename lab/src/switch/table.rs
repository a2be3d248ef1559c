//! Who is behind which port: found by address and by age in O(log n).

use std::{
    collections::{BTreeMap, BTreeSet},
    time::Duration,
};
use thru_events::{Cause, MacAddress, Time};

/// How long a learned line lives (IEEE 802.1D, table 7-5), if nothing else is said.
pub(crate) const AGEING_TIME: Duration = Duration::from_secs(300);

/// Lines that the table holds at most, if nothing else is said.
pub(crate) const TABLE_LIMIT: usize = 4096;

struct Line {
    port: u8,
    seen: Time,
    learned: Cause,
}

/// A line that is no more.
pub(super) struct Forgotten {
    pub(super) mac: MacAddress,
    pub(super) port: u8,
    /// `PortLearned`.
    pub(super) learned: Cause,
}

pub(super) struct Table {
    lines: BTreeMap<MacAddress, Line>,
    by_age: BTreeSet<(Time, MacAddress)>,
    limit: usize,
    ageing: Duration,
}

impl Table {
    pub(super) fn new(limit: usize, ageing: Duration) -> Table {
        Table {
            lines: BTreeMap::new(),
            by_age: BTreeSet::new(),
            limit: limit.max(1),
            ageing,
        }
    }

    #[cfg(test)]
    pub(super) fn len(&self) -> usize {
        self.lines.len()
    }

    pub(super) fn find(&self, mac: MacAddress) -> Option<u8> {
        self.lines.get(&mac).map(|line| line.port)
    }

    /// Whether the line was there as it is; it is young again.
    pub(super) fn hear(&mut self, now: Time, mac: MacAddress, port: u8) -> bool {
        let Some(line) = self.lines.get_mut(&mac).filter(|line| line.port == port) else {
            return false;
        };
        if line.seen != now {
            self.by_age.remove(&(line.seen, mac));
            self.by_age.insert((now, mac));
            line.seen = now;
        }
        true
    }

    /// The next line that was not heard for too long, taken away.
    pub(super) fn take_old(&mut self, now: Time) -> Option<Forgotten> {
        let (seen, mac) = self.by_age.first().copied()?;
        (now.since(seen) > self.ageing)
            .then(|| self.take(mac))
            .flatten()
    }

    /// Takes away every line of that port.
    pub(super) fn take_port(&mut self, port: u8) -> Vec<Forgotten> {
        let lines = self.lines.iter();
        let behind = lines.filter(|(_, line)| line.port == port);
        let behind: Vec<MacAddress> = behind.map(|(mac, _)| *mac).collect();
        behind
            .into_iter()
            .filter_map(|mac| self.take(mac))
            .collect()
    }

    /// Takes the oldest line away if a new one for `mac` would not fit.
    pub(super) fn make_room(&mut self, mac: MacAddress) -> Option<Forgotten> {
        if self.lines.len() < self.limit || self.lines.contains_key(&mac) {
            return None;
        }
        let (_, oldest) = self.by_age.first().copied()?;
        self.take(oldest)
    }

    pub(super) fn insert(&mut self, now: Time, mac: MacAddress, port: u8, learned: Cause) {
        self.take(mac);
        self.by_age.insert((now, mac));
        let line = Line {
            port,
            seen: now,
            learned,
        };
        self.lines.insert(mac, line);
    }

    fn take(&mut self, mac: MacAddress) -> Option<Forgotten> {
        let line = self.lines.remove(&mac)?;
        self.by_age.remove(&(line.seen, mac));
        Some(Forgotten {
            mac,
            port: line.port,
            learned: line.learned,
        })
    }
}
