use crate::flow::{ACK, FIN, Flow, Kind, RST, SYN, TCP};
use std::{
    collections::{BTreeMap, BTreeSet},
    time::Duration,
};
use thru_events::Time;

/// Connections that the table holds at most; when it is full, new ones are dropped.
pub(crate) const TABLE_LIMIT: usize = 65_536;

/// An open TCP connection may be silent this long.
const ESTABLISHED: Duration = Duration::from_secs(2 * 3600 + 4 * 60);

/// A TCP connection that opens or closes.
const TRANSITORY: Duration = Duration::from_secs(4 * 60);

/// Anything else.
const OTHER: Duration = Duration::from_secs(120);

/// The connections that a rule let in, keyed by their first packet's flow.
#[derive(Default)]
pub(crate) struct Connections {
    lines: BTreeMap<Flow, Line>,
    by_age: BTreeSet<(Time, Flow)>,
}

struct Line {
    expires: Time,
    closing: bool,
    /// Only its first SYN, and answers to it, were seen.
    half_open: bool,
}

impl Connections {
    /// The connection that a packet belongs to, in either direction.
    pub(crate) fn find(&mut self, now: Time, flow: Flow, kind: Kind) -> Option<Flow> {
        let key = [flow, flow.reversed()]
            .into_iter()
            .find(|key| self.lines.contains_key(key))?;
        let line = self.lines.get_mut(&key)?;
        let before = line.expires;
        self.by_age.remove(&(before, key));
        if before < now {
            self.lines.remove(&key);
            return None;
        }
        // The third segment of the handshake, by who began.
        line.half_open &= key != flow || opens(kind);
        line.touch(now, flow.protocol, kind);
        self.by_age.insert((line.expires, key));
        Some(key)
    }

    /// Whether a connection is known, without keeping it alive.
    pub(crate) fn knows(&self, flow: Flow) -> bool {
        self.lines.contains_key(&flow) || self.lines.contains_key(&flow.reversed())
    }

    /// Whether a connection has not opened.
    pub(crate) fn is_half_open(&self, flow: &Flow) -> bool {
        self.lines.get(flow).is_some_and(|line| line.half_open)
    }

    /// Takes a connection in; `false` if the table is full.
    pub(crate) fn insert(&mut self, now: Time, flow: Flow, kind: Kind) -> bool {
        while let Some((expires, old)) = self.by_age.first().copied() {
            if expires >= now {
                break;
            }
            self.by_age.pop_first();
            self.lines.remove(&old);
        }
        if self.lines.len() >= TABLE_LIMIT {
            return false;
        }
        let mut line = Line {
            expires: now,
            closing: true,
            half_open: opens(kind),
        };
        line.touch(now, flow.protocol, kind);
        self.by_age.insert((line.expires, flow));
        self.lines.insert(flow, line);
        true
    }
}

fn opens(kind: Kind) -> bool {
    matches!(kind, Kind::Segment { flags } if flags & (SYN | ACK) == SYN)
}

impl Line {
    fn touch(&mut self, now: Time, protocol: u8, kind: Kind) {
        if let Kind::Segment { flags } = kind {
            self.closing = flags & (FIN | RST) != 0 || (self.closing && flags & ACK == 0);
        }
        self.expires = now.after(match protocol {
            TCP if self.closing => TRANSITORY,
            TCP => ESTABLISHED,
            _ => OTHER,
        });
    }
}
