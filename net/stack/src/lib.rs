//! One machine's protocol stack: 03, 04 and 05 put together.
//!
//! Stage: between stages 03-05 and a wire; RFC 1122 (hosts), RFC 1812 (routers).
//! In: frames; socket orders; time. Out: frames; socket results.
//! Emits: what 03-05 emit: `LinkEvent`, `IpEvent`, `TcpEvent`, `CloseEvent`, `LeaseEvent`;
//! `TripEvent::LimitReached`.
//! How it works: one machine without I/O. A frame goes up through `receive`, an order goes down
//! through `send`; [`Stack::poll`] hands out frames, [`Stack::wake_at`] says when to come again.
//! Not here: the wire, switches, NAT and filters (`lab`, by [`Forwarding`]).

mod chance;
mod config;
mod conflict;
mod forward;
mod icmp;
mod ipv6;
mod lease;
mod probe;
mod receive;
mod redirect;
mod segments;
mod send;
mod socket;
mod stack;
mod tcp_sockets;
mod udp_sockets;

pub use config::{AddressConfig, InterfaceConfig, Ipv6Config, RouteConfig, StackConfig};
pub use forward::{Forwarding, PathVerdict, Rejection};
pub use lease::LeaseOutcome;
pub use probe::{ProbeAnswer, ProbeId};
pub use send::Outgoing;
pub use socket::{
    ConnectError, ConnectionLost, Interest, LostHow, ReadOutcome, SendError, SocketError, SocketId,
    TcpStatus, UdpError,
};
pub use stack::{Stack, limits};
pub use thru_ip::autoconfiguration::AdvertiserConfig;
pub use thru_ip::{UnreachableCode, dhcp::ServerConfig as DhcpServerConfig};
pub use thru_link::ndp::PrefixInformation;
pub use thru_transport::tcp::{
    CongestionControl as TcpCongestion, Ecn as TcpEcn, Figures as TcpFigures,
    Settings as TcpSettings,
};
