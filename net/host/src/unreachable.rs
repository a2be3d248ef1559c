//! Why the system says "no route to host" (EHOSTUNREACH): it says the same of three things.

use crate::{HostPort, netlink};
use std::net::IpAddr;
use thru_port::PortFailureKind;

/// A next hop that does not answer ARP or NDP.
#[derive(Clone, Copy, Debug)]
pub(crate) struct SilentNeighbour {
    pub hop: IpAddr,
    /// The kernel's word for it.
    pub state: &'static str,
}

/// The machine's own table forbids the way, the next hop is silent, or else a router said so.
pub(crate) async fn why(
    port: &HostPort,
    remote: IpAddr,
) -> (PortFailureKind, Option<SilentNeighbour>) {
    let Some(netlink) = port.netlink() else {
        return (PortFailureKind::Unreachable, None);
    };
    let Ok(route) = netlink::route(&netlink, remote).await else {
        return (PortFailureKind::NoRoute, None);
    };
    let hop = route.next_hop.unwrap_or(remote);
    match netlink::neighbour(&netlink, route.index, hop).await {
        Some(found) if matches!(found.state, "FAILED" | "INCOMPLETE") => {
            let state = found.state;
            let silent = SilentNeighbour { hop, state };
            (PortFailureKind::NeighbourSilent, Some(silent))
        }
        _ => (PortFailureKind::Unreachable, None),
    }
}
