//! Damage to names that takes more than one line of the topology.

use super::apply::{Done, every, zone};
use crate::{
    Topology,
    topology::{Service, Signed},
};
use std::fmt::Write as _;

/// Addresses that do not fit into one datagram (1232 octets, 16 for each).
const TOO_MANY: u8 = 90;

/// Signs every zone and lets every resolver check it; one zone is signed wrongly.
fn wrongly_signed(topology: &mut Topology, origin: &str, how: Signed) -> Done {
    zone(topology, origin)?;
    for zone in &mut topology.zone {
        zone.signed = Some(match zone.origin == origin {
            true => how,
            false => Signed::Good,
        });
    }
    every(topology, "caching DNS server", |machine| {
        let mut services = machine.service.iter_mut();
        services.find_map(|service| match service {
            Service::CachingDns(server) => {
                server.validates = true;
                Some(())
            }
            _ => None,
        })
    })
}

pub(super) fn dns_expired_signature(topology: &mut Topology, origin: &str) -> Done {
    wrongly_signed(topology, origin, Signed::Expired)
}

pub(super) fn dns_stranger_key(topology: &mut Topology, origin: &str) -> Done {
    wrongly_signed(topology, origin, Signed::Stranger)
}

/// An answer that is too large for UDP, and no TCP to ask for it again.
pub(super) fn dns_no_tcp(topology: &mut Topology, origin: &str) -> Done {
    let zone = zone(topology, origin)?;
    for number in 1..=TOO_MANY {
        let _ = writeln!(zone.text, "@ IN A 203.0.113.{number}");
    }
    every(topology, "DNS forwarder", |machine| {
        let mut services = machine.service.iter_mut();
        services.find_map(|service| match service {
            Service::DnsForwarder(server) => {
                server.only_udp = true;
                Some(())
            }
            _ => None,
        })
    })
}
