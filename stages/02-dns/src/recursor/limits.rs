//! How much work one client's question may make. Each limit ends an attack that has a name.

use std::cell::Cell;

/// Most messages sent to servers for one client's question.
pub const EXCHANGE_LIMIT: u32 = 128;
/// Longest time for one client's question, milliseconds: after it the client is told that there is
/// no answer, whatever is still waited for. People and resolvers behind it wait little longer.
pub const TIME_LIMIT_MS: u32 = 20_000;
/// What that limit is called.
pub const TIME_LIMIT: &str = "milliseconds for one question";
/// Most aliases in a row (chains of CNAME, and aliases that lead round in a circle).
pub const ALIAS_LIMIT: usize = 12;
/// Most questions inside each other: the address of a server, of whose zone the server's address ...
pub const DEPTH_LIMIT: u32 = 7;
/// Most referrals followed for one name.
pub const REFERRAL_LIMIT: u32 = 40;
/// Most servers of one zone that are known by name.
pub const SERVER_LIMIT: usize = 32;
/// Most addresses of one server.
pub const ADDRESS_LIMIT: usize = 8;
/// Most names of servers whose address is looked for, for one client's question (NXNSAttack: a
/// referral to many servers without glue).
pub const TARGET_LIMIT: u32 = 32;
/// Most names of one zone's servers that may turn out to have no address (NXNSAttack).
pub const TARGET_MISS_LIMIT: u32 = 5;
/// Most times that one server is asked the same.
pub const TRIES_PER_SERVER: u32 = 3;
/// Most signatures that are checked for one client's question (KeyTrap: many keys with the same
/// tag, and many signatures).
pub const SIGNATURE_LIMIT: u32 = 96;
/// Most keys that are tried for one signature (KeyTrap).
pub const KEYS_PER_SIGNATURE: usize = 4;
/// Most signatures that are tried for one set of records (KeyTrap).
pub const SIGNATURES_PER_SET: usize = 8;
/// Most NSEC3 hashes for one client's question (NSEC3 encloser attack).
pub const HASH_LIMIT: u32 = 256;
/// Most times that an answer which is not authentic is asked for elsewhere.
pub const BOGUS_RETRY_LIMIT: u32 = 4;
/// Most labels that are given away one at a time (RFC 9156, section 2.3).
pub const MINIMISE_LIMIT: u32 = 10;
/// Labels of these that are given away one by one before larger steps.
pub const MINIMISE_ONE_BY_ONE: u32 = 4;

/// Most minimised questions for one client's question: an alias must not multiply them.
pub const MINIMISED_LIMIT: u32 = 24;

/// What is left of the work for one client's question.
#[derive(Debug, Default)]
pub(crate) struct Spent {
    pub exchanges: Cell<u32>,
    pub targets: Cell<u32>,
    pub signatures: Cell<u32>,
    pub hashes: Cell<u32>,
    /// Questions that did not tell the whole name.
    pub minimised: Cell<u32>,
    /// Which limit was reached first.
    pub reached: Cell<Option<(&'static str, u32)>>,
}

impl Spent {
    /// The time for the question is over.
    pub(crate) fn time_is_over(&self) {
        if self.reached.get().is_none() {
            self.reached.set(Some((TIME_LIMIT, TIME_LIMIT_MS)));
        }
    }

    /// Counts one more; `false` if that is above the limit.
    pub(crate) fn take(&self, which: &Cell<u32>, limit: u32, name: &'static str) -> bool {
        if which.get() >= limit {
            if self.reached.get().is_none() {
                self.reached.set(Some((name, limit)));
            }
            return false;
        }
        which.set(which.get() + 1);
        true
    }
}
