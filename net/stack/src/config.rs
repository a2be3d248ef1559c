use std::net::{IpAddr, Ipv4Addr, Ipv6Addr};
use thru_events::MacAddress;
use thru_ip::{autoconfiguration::AdvertiserConfig, dhcp};
use thru_transport::tcp::Settings;

/// How an interface gets its address.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum AddressConfig {
    /// Written down.
    Static {
        /// The address.
        address: Ipv4Addr,
        /// Significant bits of its network.
        prefix: u8,
    },
    /// Lent by a DHCP server; see [`crate::Stack::start_dhcp`].
    Dhcp,
    /// None.
    None,
}

/// What an interface does with IPv6, beside the address of the link that it makes itself.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Ipv6Config {
    /// Addresses that are written down, with their prefix lengths.
    pub addresses: Vec<(Ipv6Addr, u8)>,
    /// It asks for routers, and makes addresses of the networks that they name (RFC 4862).
    pub autoconfigure: bool,
    /// What it says as a router.
    pub advertise: Option<AdvertiserConfig>,
}

/// One interface.
#[derive(Clone, Debug)]
pub struct InterfaceConfig {
    /// Name, as `eth0`.
    pub name: String,
    /// Hardware address.
    pub mac: MacAddress,
    /// Largest packet, octets.
    pub mtu: u16,
    /// Address.
    pub address: AddressConfig,
    /// Whether an address is asked about before it is used, and given up when somebody else
    /// insists on it (RFC 5227). DEVIATION: off unless asked for, as it takes four seconds.
    pub detect_conflicts: bool,
    /// An address that it had before: it asks for that first. With [`AddressConfig::Dhcp`].
    pub remembers: Option<Ipv4Addr>,
    /// Whether it speaks IPv6, and how; see [`crate::Stack::start_ipv6`].
    pub ipv6: Option<Ipv6Config>,
}

/// One line of the routing table beside those of the interfaces' own networks.
#[derive(Clone, Copy, Debug)]
pub struct RouteConfig {
    /// Destination network.
    pub prefix: IpAddr,
    /// Significant bits.
    pub len: u8,
    /// Router; none if the destinations are neighbours.
    pub via: Option<IpAddr>,
    /// Index of the interface to leave by.
    pub interface: usize,
}

/// A machine.
#[derive(Clone, Debug)]
pub struct StackConfig {
    /// The machine's name.
    pub name: String,
    /// Its interfaces.
    pub interfaces: Vec<InterfaceConfig>,
    /// Its routes.
    pub routes: Vec<RouteConfig>,
    /// Whether it passes packets on (a router).
    pub forward: bool,
    /// Where its ports, identifiers and initial sequence numbers come from.
    pub seed: u64,
    /// What its TCP connections do, unless their owner says otherwise.
    pub tcp: Settings,
    /// Its DHCP server, if it runs one. The interface that has the server's address serves.
    pub dhcp_server: Option<dhcp::ServerConfig>,
}
