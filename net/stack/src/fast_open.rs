//! What a machine keeps for fast opens (RFC 7413): cookies that it gives and cookies that it got.

use crate::{SocketId, limits};
use std::{
    collections::{BTreeMap, BTreeSet, VecDeque},
    net::IpAddr,
};
use thru_transport::tcp::{Connection, FastOpenCookies, FastOpenMemory};

pub(crate) struct FastOpens {
    cookies: FastOpenCookies,
    known: BTreeMap<IpAddr, FastOpenMemory>,
    /// Peers in the order in which they were met, for making room.
    met: VecDeque<IpAddr>,
    /// Connections whose data came with SYN and whose handshake is not over.
    early: BTreeSet<SocketId>,
}

impl FastOpens {
    /// `secret` comes by chance.
    pub(crate) fn new(secret: [u64; 2]) -> FastOpens {
        FastOpens {
            cookies: FastOpenCookies::new(secret),
            known: BTreeMap::new(),
            met: VecDeque::new(),
            early: BTreeSet::new(),
        }
    }

    /// What a server gave.
    pub(crate) fn of_server(&self, server: IpAddr) -> Option<FastOpenMemory> {
        self.known.get(&server).copied()
    }

    /// What a client was given. `None` while too many of those whose address is not proven by a
    /// handshake are served: theirs may be forged (section 5.1).
    pub(crate) fn of_client(&self, client: IpAddr) -> Option<FastOpenMemory> {
        let cookie = self.cookies.cookie(client);
        let room = self.early.len() < limits::EARLY_CONNECTIONS;
        room.then_some(FastOpenMemory { cookie, mss: 0 })
    }

    /// After anything happened to a connection.
    pub(crate) fn note(&mut self, id: SocketId, connection: &Connection) {
        let (_, _, remote) = connection.ends();
        if connection.is_passive() {
            match connection.is_open_early() {
                true => self.early.insert(id),
                false => self.early.remove(&id),
            };
        } else if connection.fast_open_given_up() {
            self.known.remove(&remote.ip());
            self.met.retain(|met| *met != remote.ip());
        } else if let Some(given) = connection.fast_open_given() {
            self.learn(remote.ip(), given);
        }
    }

    fn learn(&mut self, server: IpAddr, given: FastOpenMemory) {
        if self.known.insert(server, given).is_none() {
            self.met.push_back(server);
        }
        if self.known.len() > limits::COOKIES
            && let Some(first) = self.met.pop_front()
        {
            self.known.remove(&first);
        }
    }

    /// A connection is forgotten.
    pub(crate) fn forget(&mut self, id: SocketId) {
        self.early.remove(&id);
    }
}
