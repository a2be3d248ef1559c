//! Neighbours of IPv6: who is behind an address, who is the router.
//!
//! Stage: stage 03, RFC 4861, 8106 (DNS servers); RFC 4862 lies in `04-ip`.
//! In: ICMPv6 messages 133 to 137 whose checksum was right; packets to send. Out: packets;
//! messages to send.
//! Emits: `LinkEvent`, `TripEvent::LimitReached`.
//! How it works: [`NdpMessage`] is the codec with the checks of sections 6.1 and 7.1;
//! [`NeighbourCache`] is the machine of section 7.3.
//! Not here: the checksum (`04-ip`), own addresses and routers (`04-ip`), frames (`net/stack`).

mod cache;
mod message;
mod options;

pub use cache::{Advertisement, CacheOutput, NeighbourCache, Reachability, limits};
pub use message::{Envelope, NDP_HOP_LIMIT, NdpMessage};
pub use options::{NdpOptions, PrefixInformation};

use std::net::Ipv6Addr;
use thru_events::MacAddress;

/// All machines of a link.
pub const ALL_NODES: Ipv6Addr = Ipv6Addr::new(0xff02, 0, 0, 0, 0, 0, 0, 1);
/// All routers of a link.
pub const ALL_ROUTERS: Ipv6Addr = Ipv6Addr::new(0xff02, 0, 0, 0, 0, 0, 0, 2);

/// The group whose members may be behind `address` (RFC 4291, section 2.7.1): its last 24 bits.
pub fn solicited_node(address: Ipv6Addr) -> Ipv6Addr {
    let group = Ipv6Addr::new(0xff02, 0, 0, 0, 0, 1, 0xff00, 0);
    Ipv6Addr::from_bits(group.to_bits() | address.to_bits() & 0xff_ffff)
}

/// The hardware address of a group: `33:33` and the group's last 32 bits (RFC 2464, section 7).
pub fn group_mac(group: Ipv6Addr) -> MacAddress {
    let [.., a, b, c, d] = group.octets();
    MacAddress([0x33, 0x33, a, b, c, d])
}

/// The part of an own address that a hardware address gives (RFC 4291, appendix A).
pub fn interface_identifier(mac: MacAddress) -> u64 {
    let [a, b, c, d, e, f] = mac.0;
    u64::from_be_bytes([a ^ 2, b, c, 0xff, 0xfe, d, e, f])
}

/// The address that a machine has on every link by itself (RFC 4862, section 5.3).
pub fn link_local(mac: MacAddress) -> Ipv6Addr {
    Ipv6Addr::from_bits(0xfe80 << 112 | u128::from(interface_identifier(mac)))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn groups_and_own_addresses_come_out_as_published() {
        // RFC 4291, section 2.7.1.
        let address: Ipv6Addr = "4037::01:800:200e:8c6c".parse().unwrap();
        let group: Ipv6Addr = "ff02::1:ff0e:8c6c".parse().unwrap();
        assert_eq!(solicited_node(address), group);
        assert_eq!(group_mac(group).to_string(), "33:33:ff:0e:8c:6c");
        // RFC 2464, section 4.
        let mac = MacAddress([0x34, 0x56, 0x78, 0x9a, 0xbc, 0xde]);
        let own: Ipv6Addr = "fe80::3656:78ff:fe9a:bcde".parse().unwrap();
        assert_eq!(link_local(mac), own);
    }
}
