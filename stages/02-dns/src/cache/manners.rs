//! What is known of the servers that are asked, as long as the cache lives.

use std::collections::BTreeSet;
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

    pub(crate) fn is_without_edns(&mut self, server: SocketAddr) {
        remember(&mut self.without_edns, server);
    }
}

fn remember(servers: &mut BTreeSet<SocketAddr>, server: SocketAddr) {
    if servers.len() < SERVER_LIMIT {
        servers.insert(server);
    }
}
