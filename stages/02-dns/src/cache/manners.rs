//! What is known of the servers that are asked, as long as the cache lives.

use crate::client_cookie::ClientCookie;
use std::collections::{BTreeMap, BTreeSet};
use std::net::SocketAddr;

/// Most servers that something is remembered of.
const SERVER_LIMIT: usize = 64;

/// Servers that do not do what others do.
#[derive(Clone, Debug, Default)]
pub(crate) struct Manners {
    /// Write a name back in other letters than it was asked in.
    change_case: BTreeSet<SocketAddr>,
    /// Do not know EDNS.
    without_edns: BTreeSet<SocketAddr>,
    /// Refuse questions with a cookie.
    without_cookies: BTreeSet<SocketAddr>,
    /// What they are shown, and have handed out (RFC 7873).
    cookies: BTreeMap<SocketAddr, ClientCookie>,
}

impl Manners {
    pub(crate) fn keeps_case(&self, server: SocketAddr) -> bool {
        !self.change_case.contains(&server)
    }

    pub(crate) fn knows_edns(&self, server: SocketAddr) -> bool {
        !self.without_edns.contains(&server)
    }

    pub(crate) fn changes_case(&mut self, server: SocketAddr) {
        remember(&mut self.change_case, server);
    }

    /// What a server is shown, if anything is known of it.
    pub(crate) fn cookie(&self, server: SocketAddr) -> Option<ClientCookie> {
        self.cookies.get(&server).copied()
    }

    pub(crate) fn keep_cookie(&mut self, server: SocketAddr, cookie: ClientCookie) {
        if self.cookies.len() < SERVER_LIMIT || self.cookies.contains_key(&server) {
            self.cookies.insert(server, cookie);
        }
    }

    /// Another machine may stand at the address of a silent server, which hands out none.
    pub(crate) fn forget_cookie(&mut self, server: SocketAddr) {
        self.cookies.remove(&server);
    }

    pub(crate) fn takes_cookies(&self, server: SocketAddr) -> bool {
        !self.without_cookies.contains(&server)
    }

    pub(crate) fn is_without_cookies(&mut self, server: SocketAddr) {
        self.cookies.remove(&server);
        remember(&mut self.without_cookies, server);
    }

    pub(crate) fn is_without_edns(&mut self, server: SocketAddr) {
        remember(&mut self.without_edns, server);
    }
}

fn remember(servers: &mut BTreeSet<SocketAddr>, server: SocketAddr) {
    if servers.len() < SERVER_LIMIT {
        servers.insert(server);
    }
}
