use std::net::Ipv4Addr;
use thru_events::MacAddress;
use thru_ip::dhcp;
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
}

/// One line of the routing table beside those of the interfaces' own networks.
#[derive(Clone, Copy, Debug)]
pub struct RouteConfig {
    /// Destination network.
    pub prefix: Ipv4Addr,
    /// Significant bits.
    pub len: u8,
    /// Router; none if the destinations are neighbours.
    pub via: Option<Ipv4Addr>,
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
