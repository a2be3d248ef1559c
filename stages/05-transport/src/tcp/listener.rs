use std::{
    collections::{BTreeSet, VecDeque},
    net::SocketAddr,
};

/// LISTEN: counts half-open connections and keeps open ones until they are accepted. `K` names a
/// connection.
#[derive(Debug)]
pub struct Listener<K> {
    local: SocketAddr,
    backlog: usize,
    half_open: BTreeSet<K>,
    open: VecDeque<K>,
}

impl<K: Ord + Copy> Listener<K> {
    /// Listens at `local` with room for `backlog` connections that are not accepted yet.
    pub fn new(local: SocketAddr, backlog: usize) -> Listener<K> {
        Listener {
            local,
            backlog: backlog.max(1),
            half_open: BTreeSet::new(),
            open: VecDeque::new(),
        }
    }

    /// Where it listens.
    pub fn local(&self) -> SocketAddr {
        self.local
    }

    /// Whether another SYN is taken in.
    pub fn has_room(&self) -> bool {
        self.half_open.len() + self.open.len() < self.backlog
    }

    /// Whether those that are open and not accepted fill it: then even a cookie is of no use.
    pub fn is_crowded(&self) -> bool {
        self.open.len() >= self.backlog
    }

    /// A SYN came.
    pub fn begin(&mut self, connection: K) {
        self.half_open.insert(connection);
    }

    /// A connection opened; false if it is not one of this listener's half-open ones.
    pub fn opened(&mut self, connection: K) -> bool {
        let known = self.half_open.remove(&connection);
        if known {
            self.open.push_back(connection);
        }
        known
    }

    /// A connection ended before it was accepted; false if it is not one of these.
    pub fn forget(&mut self, connection: K) -> bool {
        let before = self.open.len();
        self.open.retain(|known| *known != connection);
        self.half_open.remove(&connection) || self.open.len() < before
    }

    /// The next open connection.
    pub fn accept(&mut self) -> Option<K> {
        self.open.pop_front()
    }

    /// Whether [`Listener::accept`] gives one.
    pub fn has_open(&self) -> bool {
        !self.open.is_empty()
    }

    /// Every connection that was not accepted.
    pub fn pending(&self) -> impl Iterator<Item = K> + '_ {
        self.half_open.iter().chain(self.open.iter()).copied()
    }
}
