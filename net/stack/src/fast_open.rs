//! What a machine keeps for fast opens (RFC 7413): cookies that it gives and cookies that it got.

use crate::{SocketId, limits};
use std::{
    collections::{BTreeMap, BTreeSet, VecDeque},
    net::IpAddr,
};
use thru_events::Time;
use thru_transport::tcp::{Connection, FastOpenCookies, FastOpenMemory, FastOpenNews};

/// What is known of a server.
#[derive(Clone, Copy)]
enum Known {
    Cookie(FastOpenMemory),
    /// It is not tried until then.
    RefusedUntil(Time),
}

/// What a connection that begins may do.
pub(crate) enum Begins {
    /// It asks for a cookie, or brings the one that is known.
    Fast(Option<FastOpenMemory>),
    /// As usual: it was refused not long ago.
    Plain,
}

pub(crate) struct FastOpens {
    cookies: FastOpenCookies,
    known: BTreeMap<IpAddr, Known>,
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

    /// How a connection to `server` begins.
    pub(crate) fn of_server(&self, now: Time, server: IpAddr) -> Begins {
        match self.known.get(&server) {
            Some(Known::RefusedUntil(until)) if *until > now => Begins::Plain,
            Some(Known::Cookie(memory)) => Begins::Fast(Some(*memory)),
            _ => Begins::Fast(None),
        }
    }

    /// What a client was given. `None` while too many of those whose address is not proven by a
    /// handshake are served: theirs may be forged (section 5.1).
    pub(crate) fn of_client(&self, client: IpAddr) -> Option<FastOpenMemory> {
        let cookie = self.cookies.cookie(client);
        let room = self.early.len() < limits::EARLY_CONNECTIONS;
        room.then_some(FastOpenMemory { cookie, mss: 0 })
    }

    /// After anything happened to a connection. Gives whether a server had to be forgotten.
    pub(crate) fn note(&mut self, id: SocketId, connection: &mut Connection) -> bool {
        if connection.is_passive() {
            match connection.is_open_early() {
                true => self.early.insert(id),
                false => self.early.remove(&id),
            };
            return false;
        }
        let (_, _, remote) = connection.ends();
        match connection.take_fast_open_news() {
            Some(FastOpenNews::Given(memory)) => self.learn(remote.ip(), Known::Cookie(memory)),
            Some(FastOpenNews::Refused { at }) => {
                let until = at.after(limits::FAST_OPEN_REFUSED);
                self.learn(remote.ip(), Known::RefusedUntil(until))
            }
            None => false,
        }
    }

    fn learn(&mut self, server: IpAddr, known: Known) -> bool {
        if self.known.insert(server, known).is_none() {
            self.met.push_back(server);
        }
        let full = self.known.len() > limits::COOKIES;
        if full && let Some(first) = self.met.pop_front() {
            self.known.remove(&first);
        }
        full
    }

    /// A connection is forgotten.
    pub(crate) fn forget(&mut self, id: SocketId) {
        self.early.remove(&id);
    }
}
