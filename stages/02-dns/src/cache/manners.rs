//! What is known of the servers that are asked, as long as the cache lives.

use crate::client_cookie::ClientCookie;
use std::collections::VecDeque;
use std::net::SocketAddr;

/// Most servers that one thing is remembered of; the one known longest makes room.
const SERVER_LIMIT: usize = 64;

/// Servers that do not do what others do.
#[derive(Clone, Debug, Default)]
pub(crate) struct Manners {
    /// Write a name back in other letters than it was asked in.
    change_case: Remembered<()>,
    /// Do not know EDNS.
    without_edns: Remembered<()>,
    /// Refuse questions with a cookie.
    without_cookies: Remembered<()>,
    /// What they are shown, and have handed out (RFC 7873).
    cookies: Remembered<ClientCookie>,
}

impl Manners {
    pub(crate) fn keeps_case(&self, server: SocketAddr) -> bool {
        !self.change_case.has(server)
    }

    pub(crate) fn knows_edns(&self, server: SocketAddr) -> bool {
        !self.without_edns.has(server)
    }

    pub(crate) fn changes_case(&mut self, server: SocketAddr) {
        self.change_case.put(server, ());
    }

    /// What a server is shown, if anything is known of it.
    pub(crate) fn cookie(&self, server: SocketAddr) -> Option<ClientCookie> {
        self.cookies.get(server)
    }

    pub(crate) fn keep_cookie(&mut self, server: SocketAddr, cookie: ClientCookie) {
        self.cookies.put(server, cookie);
    }

    /// Another machine may stand at the address of a silent server, which hands out none.
    pub(crate) fn forget_cookie(&mut self, server: SocketAddr) {
        self.cookies.forget(server);
    }

    pub(crate) fn takes_cookies(&self, server: SocketAddr) -> bool {
        !self.without_cookies.has(server)
    }

    pub(crate) fn is_without_cookies(&mut self, server: SocketAddr) {
        self.cookies.forget(server);
        self.without_cookies.put(server, ());
    }

    pub(crate) fn is_without_edns(&mut self, server: SocketAddr) {
        self.without_edns.put(server, ());
    }
}

/// What is known of some servers, the one learnt of last at the end.
#[derive(Clone, Debug)]
struct Remembered<T>(VecDeque<(SocketAddr, T)>);

impl<T> Default for Remembered<T> {
    fn default() -> Remembered<T> {
        Remembered(VecDeque::new())
    }
}

impl<T: Copy> Remembered<T> {
    fn get(&self, server: SocketAddr) -> Option<T> {
        let known = self.0.iter().find(|(known, _)| *known == server);
        known.map(|(_, what)| *what)
    }

    fn has(&self, server: SocketAddr) -> bool {
        self.get(server).is_some()
    }

    fn forget(&mut self, server: SocketAddr) {
        self.0.retain(|(known, _)| *known != server);
    }

    fn put(&mut self, server: SocketAddr, what: T) {
        self.forget(server);
        if self.0.len() >= SERVER_LIMIT {
            self.0.pop_front();
        }
        self.0.push_back((server, what));
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_server_known_longest_makes_room() {
        let mut manners = Manners::default();
        let cookie = ClientCookie::new(|| 7);
        let server = |number: usize| SocketAddr::from(([192, 0, 2, 1], number as u16));
        for number in 0..SERVER_LIMIT {
            manners.keep_cookie(server(number), cookie);
            manners.is_without_edns(server(number));
        }
        // Asked again, it is not the oldest any more.
        manners.keep_cookie(server(0), cookie);
        manners.keep_cookie(server(SERVER_LIMIT), cookie);
        manners.is_without_edns(server(SERVER_LIMIT));
        let kept = [0, 1, SERVER_LIMIT].map(|number| manners.cookie(server(number)).is_some());
        assert_eq!(kept, [true, false, true]);
        assert!(manners.knows_edns(server(0)) && !manners.knows_edns(server(SERVER_LIMIT)));
        assert_eq!(manners.cookies.0.len(), SERVER_LIMIT);
    }
}
