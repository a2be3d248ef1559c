//! A stateful packet filter before the server network.
//!
//! Stage: the lab world.
//! In: packets that cross the firewall. Out: whether each may go on, and which rule said so.
//! Emits: `Firewall.Allowed`, `Matched`, `Dropped`, `Rejected`.
//! How it works: a packet of a known connection passes; any other is held against the ordered
//! rules; the first that fits decides; what fits none is dropped.
//! A rule may let in so many new connections a second, and hold so many half-open ones.
//! Not here: forwarding (`net/stack`).

mod connections;
mod filter;
mod limits;
mod rule;
#[cfg(test)]
mod tests;

pub(crate) use filter::{Filter, Verdict};
pub(crate) use rule::{Prefix, Rule};
