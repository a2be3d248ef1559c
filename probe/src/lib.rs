//! Active questions that decide between explanations.
//!
//! Stage: after a failure, before the trip ends.
//! In: whom the trip could not reach. Out: events that say who on the way answered.
//! Emits: nothing itself; the world behind the port states `IpEvent::HopAnswered`, `HopSilent`
//! and what else its own layers see.
//! How it works: probes with a growing hop limit, as traceroute sends them; bounded.
//! Not here: judgement (`verdict`).

use std::{net::SocketAddr, time::Duration};
use thru_events::Cause;
use thru_port::{Port, ProbeAnswer};

/// Largest hop limit that is tried.
pub const MAX_HOPS: u8 = 30;

/// Silent hops in a row after which nothing further is asked.
pub const MAX_SILENT: u8 = 3;

/// How long each hop may take.
pub const PROBE_LIMIT: Duration = Duration::from_secs(1);

/// Asks each hop towards `remote` in turn, because of `cause`, until the destination answers, someone
/// says that it cannot be reached, or [`MAX_SILENT`] hops in a row say nothing.
pub async fn path(port: &dyn Port, remote: SocketAddr, cause: Cause) {
    let mut silent = 0;
    for ttl in 1..=MAX_HOPS {
        match port.probe(remote, ttl, PROBE_LIMIT, cause).await {
            ProbeAnswer::Hop(_) => silent = 0,
            ProbeAnswer::Silence => silent += 1,
            ProbeAnswer::Destination(_)
            | ProbeAnswer::Unreachable(_)
            | ProbeAnswer::Impossible(_) => return,
        }
        if silent >= MAX_SILENT {
            return;
        }
    }
}
