use super::{Delay, Service};
use serde::{Deserialize, Serialize};
use std::net::{IpAddr, Ipv4Addr, Ipv6Addr};

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
    pub dns: Vec<IpAddr>,
    /// Its search domains.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub search: Vec<String>,
    /// Its hosts file.
    #[serde(default, skip_serializing_if = "String::is_empty")]
    pub hosts_file: String,
    /// Most answers that its browser keeps of names; 10 000 if nothing is said.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub names_kept: Option<usize>,
    /// Where it looks names up, in order, as nsswitch.conf(5) names them; files and dns if empty.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub sources: Vec<String>,
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
    /// What its switching does; for a switch.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub switch: Option<Switching>,
    /// What its TCP does.
    #[serde(default, skip_serializing_if = "Tcp::is_usual")]
    pub tcp: Tcp,
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

impl MachineKind {
    /// Whether it has ports instead of interfaces, and runs no program.
    pub(crate) fn has_ports(self) -> bool {
        matches!(self, MachineKind::Switch | MachineKind::Outside)
    }
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
    /// It is no part of the lab: whoever is plugged in from outside (`thru lab up --tap-device`).
    Outside,
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

/// What a machine's TCP does; what is not named is as usual.
#[derive(Clone, Debug, Default, PartialEq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Tcp {
    /// Connections that wait at a listener before it answers by SYN cookies.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub backlog: Option<usize>,
    /// Who decides how much may be on its way.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub congestion: Option<Congestion>,
    /// Explicit congestion notification: asked for (true), or refused (false).
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub ecn: Option<bool>,
    /// Data may go with SYN to who gave a cookie before, and is taken from who brings one
    /// (RFC 7413).
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub fast_open: Option<bool>,
    /// Timestamps.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub timestamps: Option<bool>,
    /// Selective acknowledgement.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub sack: Option<bool>,
    /// Small segments wait for what is on its way (Nagle).
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub nagle: Option<bool>,
}

impl Tcp {
    fn is_usual(&self) -> bool {
        *self == Tcp::default()
    }
}

/// Who decides how much may be on its way.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum Congestion {
    /// RFC 9438.
    Cubic,
    /// RFC 5681.
    Reno,
}

/// A network interface.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Interface {
    /// Its name.
    pub name: String,
    /// `address/prefix length`, `dhcp`, or `none`.
    pub address: String,
    /// Its address is asked about before it is used, and given up when another machine insists on
    /// it (RFC 5227).
    #[serde(default, skip_serializing_if = "std::ops::Not::not")]
    pub detect_conflicts: bool,
    /// An address that was lent to it before, here or in another network: it asks for that first
    /// (RFC 2131, section 3.2). Only with `address = "dhcp"`.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub remembers: Option<Ipv4Addr>,
    /// IPv6: each `address/prefix length`, or `auto` for those that routers name (RFC 4862). With
    /// none in the list the interface does not speak IPv6.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub ipv6: Vec<String>,
    /// What it says to the machines of its link as a router of IPv6.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub advertise: Option<Advertise>,
    /// Largest packet, octets.
    #[serde(default = "mtu")]
    pub mtu: u16,
}

fn mtu() -> u16 {
    1500
}

/// A router's advertisements on one link (RFC 4861, section 6.2). The networks are those of the
/// interface's own addresses.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Advertise {
    /// How long it is a default router, seconds.
    #[serde(default = "router_lifetime")]
    pub lifetime_s: u16,
    /// How long addresses of its networks are valid, seconds.
    #[serde(default = "valid")]
    pub valid_s: u32,
    /// How long they are preferred, seconds.
    #[serde(default = "preferred")]
    pub preferred_s: u32,
    /// Largest packet of the link, octets.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub mtu: Option<u32>,
    /// DNS servers (RFC 8106).
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub dns: Vec<Ipv6Addr>,
}

fn router_lifetime() -> u16 {
    1800
}

fn valid() -> u32 {
    86_400
}

fn preferred() -> u32 {
    14_400
}

/// A route.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Route {
    /// `network/prefix length`; `0.0.0.0/0` and `::/0` are the default routes.
    pub to: String,
    /// The next router, on a network of one of the machine's own addresses.
    pub via: IpAddr,
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
    /// How long an open TCP connection may be silent.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub tcp_idle: Option<Delay>,
    /// How long a line of UDP may be silent.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub udp_idle: Option<Delay>,
    /// Ports of the outside address that lead to machines inside.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub forward: Vec<Forward>,
}

/// A line of the translation table that is always there.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Forward {
    /// For which protocol.
    #[serde(default)]
    pub protocol: ForwardProtocol,
    /// The port outside.
    pub port: u16,
    /// Address and port inside.
    pub to: std::net::SocketAddrV4,
}

/// What is forwarded.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum ForwardProtocol {
    /// TCP.
    #[default]
    Tcp,
    /// UDP.
    Udp,
}

impl ForwardProtocol {
    /// Its word in a file.
    pub(crate) fn word(self) -> &'static str {
        match self {
            ForwardProtocol::Tcp => "tcp",
            ForwardProtocol::Udp => "udp",
        }
    }
}

/// What a switch's switching does; what is not named is as usual.
#[derive(Clone, Debug, Default, PartialEq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Switching {
    /// Lines that its table holds.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub table_limit: Option<usize>,
    /// How long a line lives after its machine was heard last.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub ageing: Option<Delay>,
    /// Frames a second that one port may have flooded.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub storm_limit: Option<u32>,
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
