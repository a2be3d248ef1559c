//! Active questions that decide between explanations.
//!
//! Stage: after a failure, before the trip ends.
//! In: whom the trip could not reach. Out: events that say who on the way answered.
//! Emits: nothing itself; the world behind the port states `IpEvent::HopAnswered`, `HopSilent`,
//! `DestinationAnswered` and what else its own layers see.
//! How it works: probes with a growing hop limit, as traceroute sends them, to the port in question
//! and then to another port of the same machine. A filter of one port lets the second path get
//! further than the first. Bounded: see [`TOTAL_LIMIT`].
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

/// Paths that are asked after one failure.
const PATHS: u32 = 2;

/// Longest time that all questions after one failure take together: 60 s.
pub const TOTAL_LIMIT: Duration =
    Duration::from_secs(PROBE_LIMIT.as_secs() * (MAX_HOPS as u64) * (PATHS as u64));

/// Well-known port of HTTP.
const HTTP: u16 = 80;

/// Well-known port of HTTPS.
const HTTPS: u16 = 443;

/// Nothing came back from `remote`, because of `cause`: is it the machine, or that port only? Asks
/// the path to `remote`, then the path to another port of the same machine.
pub async fn silence(port: &dyn Port, remote: SocketAddr, cause: Cause) {
    path(port, remote, cause).await;
    path(port, other_port(remote), cause).await;
}

/// The port beside the one in question: the other one of a web server.
fn other_port(remote: SocketAddr) -> SocketAddr {
    let other = if remote.port() == HTTP { HTTPS } else { HTTP };
    SocketAddr::new(remote.ip(), other)
}

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

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_other_port_is_a_web_servers_other_one() {
        let asked = |port| other_port(SocketAddr::from(([192, 0, 2, 1], port))).port();
        assert_eq!((asked(443), asked(8080), asked(80)), (80, 80, 443));
        assert_eq!(TOTAL_LIMIT, Duration::from_secs(60));
    }
}
