//! Which names a host stands for (resolv.conf(5), `search` and `ndots`).

use super::StubConfig;
use crate::question::absolute;
use crate::wire::Name;

/// Most search domains that are used. glibc has no limit since 2.26; a message for each has its cost.
const SEARCH_LIMIT: usize = 32;

/// The names to be tried, in order; each is made when its turn comes.
#[derive(Debug, Default)]
pub(super) struct Candidates {
    /// As it was typed; `None` if the host cannot be a name.
    typed: Option<Name>,
    /// Which turn is next: each search domain has one, and the typed name one before or behind them.
    turn: usize,
    /// Turns that there are.
    turns: usize,
    /// The typed name is tried before the search domains.
    typed_first: bool,
    /// What was handed out.
    tried: Vec<Name>,
}

impl Candidates {
    pub(super) fn new(host: &str, config: &StubConfig) -> Candidates {
        let typed = absolute(host);
        let domains = match host.ends_with('.') {
            true => 0,
            false => config.search.len().min(SEARCH_LIMIT),
        };
        let dots = || host.matches('.').count();
        Candidates {
            turns: if typed.is_some() { domains + 1 } else { 0 },
            typed,
            turn: 0,
            typed_first: host.ends_with('.') || dots() >= usize::from(config.ndots),
            tried: Vec::new(),
        }
    }

    /// The name as it was typed, absolute; `None` if the host cannot be a name.
    pub(super) fn typed(&self) -> Option<&Name> {
        self.typed.as_ref()
    }

    /// The name whose turn is next.
    pub(super) fn next(&mut self, host: &str, config: &StubConfig) -> Option<Name> {
        while self.turn < self.turns {
            let turn = self.turn;
            self.turn += 1;
            let typed_turn = if self.typed_first { 0 } else { self.turns - 1 };
            let name = match turn {
                turn if turn == typed_turn => self.typed.clone(),
                turn => {
                    let domain = turn - usize::from(self.typed_first);
                    self.below(host, &config.search[domain])
                }
            };
            if let Some(name) = name.filter(|name| !self.tried.contains(name)) {
                if self.turn < self.turns {
                    self.tried.push(name.clone());
                }
                return Some(name);
            }
        }
        None
    }

    /// No name is tried any more.
    pub(super) fn end(&mut self) {
        self.turn = self.turns;
    }

    fn below(&self, host: &str, domain: &str) -> Option<Name> {
        match domain.trim_matches('.') {
            "" => self.typed.clone(),
            domain => absolute(&format!("{host}.{domain}")),
        }
    }
}

/// RFC 6761, section 6.3.
pub(super) fn is_localhost(host: &str) -> bool {
    is_below(host, "localhost")
}

/// RFC 6762, section 3: names of multicast DNS.
pub(super) fn is_of_multicast(host: &str) -> bool {
    is_below(host, "local")
}

fn is_below(host: &str, top: &str) -> bool {
    let last = host.trim_end_matches('.').rsplit('.').next();
    last.is_some_and(|last| last.eq_ignore_ascii_case(top))
}
