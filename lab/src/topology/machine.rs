use super::Service;
use serde::{Deserialize, Serialize};
use std::net::Ipv4Addr;

/// A node.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Machine {
    /// Its name, as views show it.
    pub name: String,
    /// What it is.
    #[serde(default)]
    pub kind: MachineKind,
    /// Whether it is alive.
    #[serde(default)]
    pub state: StateName,
    /// Its DNS servers, if no lease names them.
    #[serde(default)]
    pub dns: Vec<Ipv4Addr>,
    /// Its hosts file.
    #[serde(default, skip_serializing_if = "String::is_empty")]
    pub hosts_file: String,
    /// Authorities that it trusts.
    #[serde(default)]
    pub trusts: Vec<String>,
    /// Rules of its packet filter, in order; what fits none is dropped. Without the list there is
    /// no filter.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub firewall: Option<Vec<String>>,
    /// Address translation.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub nat: Option<Nat>,
    /// DHCP server.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub dhcp_server: Option<DhcpServer>,
    /// Network interfaces.
    #[serde(default)]
    pub interface: Vec<Interface>,
    /// Routes beside those to its own networks.
    #[serde(default)]
    pub route: Vec<Route>,
    /// Servers that run on it.
    #[serde(default)]
    pub service: Vec<Service>,
}

/// What a machine is.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum MachineKind {
    /// It has applications and passes nothing on.
    #[default]
    Host,
    /// It passes packets on.
    Router,
    /// It passes frames on.
    Switch,
}

/// Whether a machine is alive.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum StateName {
    /// As it should be.
    #[default]
    On,
    /// It answers ARP and nothing else.
    Hung,
    /// Without power.
    Off,
}

/// A network interface.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Interface {
    /// Its name.
    pub name: String,
    /// `address/prefix length`, or `dhcp`.
    pub address: String,
    /// Largest packet, octets.
    #[serde(default = "mtu")]
    pub mtu: u16,
}

fn mtu() -> u16 {
    1500
}

/// A route.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Route {
    /// `network/prefix length`; `0.0.0.0/0` is the default route.
    pub to: String,
    /// The next router.
    pub via: Ipv4Addr,
}

/// Source address translation.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Nat {
    /// The interface to the outside.
    pub outside: String,
    /// Lines that its table holds.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub table_limit: Option<usize>,
}

/// A DHCP server.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct DhcpServer {
    /// The interface on which it serves.
    pub interface: String,
    /// First address that it lends.
    pub first: Ipv4Addr,
    /// Last address that it lends.
    pub last: Ipv4Addr,
    /// The router that it names.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub router: Option<Ipv4Addr>,
    /// The DNS servers that it names.
    #[serde(default)]
    pub dns: Vec<Ipv4Addr>,
    /// For how long it lends, seconds.
    pub lease_s: u32,
}
