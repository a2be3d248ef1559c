//! A stateful packet filter before the server network.
//!
//! Stage: the lab world.
//! In: packets that cross the firewall. Out: whether each may go on, and which rule said so.
//! Emits: `Firewall.Allowed`, `Matched`, `Dropped`, `Rejected`.
//! How it works: a packet of a known connection passes; any other is held against the ordered
//! rules; the first that fits decides; what fits none is dropped.
//! Not here: forwarding (`net/stack`). GAP: SYN-flood guard and rate limit are not built.

mod connections;
mod filter;
mod rule;

pub(crate) use filter::{Filter, Verdict};
pub(crate) use rule::{Prefix, Rule};
