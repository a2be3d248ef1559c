use crate::{
    AddressConfig, Forwarding, InterfaceConfig, Outgoing, StackConfig,
    chance::Chance,
    fast_open::FastOpens,
    icmp::Budget,
    ipv6::Ipv6,
    lease::LeaseState,
    probe::Probes,
    send::{PendingPacket, Transmission},
    tcp_sockets::TcpSockets,
    udp_sockets::UdpSockets,
};
use std::{
    collections::VecDeque,
    net::{IpAddr, Ipv4Addr},
    task::Waker,
};
use thru_events::{Cause, Tap, Time};
use thru_ip::{PathMtus, Prefix, Reassembler, Redirects, Route, RoutingTable};
use thru_link::{AddressDefence, NeighbourTable};
use thru_transport::tcp::{InitialSequence, Settings, SynCookies};

/// Named limits of a stack.
pub mod limits {
    /// Sockets of one machine, of each kind.
    pub const SOCKETS: usize = 16_384;
    /// Datagrams held for one UDP socket; later ones are dropped.
    pub const DATAGRAMS: usize = 1024;
    /// Largest UDP payload, octets.
    pub const DATAGRAM_LENGTH: usize = 65_507;
    /// First port of the dynamic range (RFC 6335, section 6).
    pub const FIRST_DYNAMIC_PORT: u16 = 49_152;
    /// Largest packet to oneself, octets.
    pub const LOOPBACK_MTU: usize = 65_535;
    /// Frames ready to be handed out; a further one is dropped.
    pub const FRAMES: usize = 4096;
    /// Packets to oneself not yet delivered; a further one is dropped.
    pub const LOOPBACK_PACKETS: usize = 4096;
    /// Servers whose cookies for fast opens are kept; the one that was met first goes first.
    pub const COOKIES: usize = 1024;
    /// How long a server is not asked for fast opens after it, or the way, refused one.
    pub const FAST_OPEN_REFUSED: std::time::Duration = std::time::Duration::from_secs(3600);
    /// Connections that are served before their handshake is over (RFC 7413, section 5.1); further
    /// ones open as usual.
    pub const EARLY_CONNECTIONS: usize = 64;
    /// Probes under way or not yet asked about.
    pub const PROBES: usize = 256;
}

/// Keeps the chance of fast opens apart from that of everything else.
const FAST_OPENS: u64 = 7413;

/// An address and how many of its bits name the network.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) struct InterfaceAddress {
    pub(crate) address: Ipv4Addr,
    pub(crate) network: Prefix,
}

pub(crate) struct Interface {
    pub(crate) config: InterfaceConfig,
    pub(crate) address: Option<InterfaceAddress>,
    pub(crate) neighbours: NeighbourTable<PendingPacket>,
    pub(crate) ipv6: Option<Ipv6>,
    pub(crate) defence: AddressDefence,
}

/// One machine's protocol stack.
pub struct Stack {
    pub(crate) name: String,
    pub(crate) tap: Tap,
    pub(crate) interfaces: Vec<Interface>,
    pub(crate) routes: RoutingTable,
    pub(crate) forward: bool,
    pub(crate) forwarding: Option<Box<dyn Forwarding>>,
    pub(crate) chance: Chance,
    pub(crate) initial_sequence: InitialSequence,
    pub(crate) cookies: SynCookies,
    pub(crate) fast_opens: FastOpens,
    pub(crate) tcp_settings: Settings,
    pub(crate) identification: u16,
    pub(crate) reassembler: Reassembler,
    pub(crate) transmissions: VecDeque<Transmission>,
    pub(crate) loopback: VecDeque<(Vec<u8>, Cause)>,
    pub(crate) next_socket: u32,
    pub(crate) udp: UdpSockets,
    pub(crate) tcp: TcpSockets,
    pub(crate) lease: LeaseState,
    pub(crate) probes: Probes,
    pub(crate) path_mtus: PathMtus,
    pub(crate) redirects: Redirects,
    pub(crate) errors: Budget,
    pub(crate) redirects_sent: Budget,
    pub(crate) ipv6_wakers: Vec<Waker>,
}

impl Stack {
    /// A machine that has said nothing yet. Its events go to `tap`.
    pub fn new(config: StackConfig, tap: Tap) -> Stack {
        let mut chance = Chance::from_seed(config.seed);
        let mut of_fast_opens = Chance::from_seed(config.seed ^ FAST_OPENS);
        let fast_opens = FastOpens::new([of_fast_opens.next_u64(), of_fast_opens.next_u64()]);
        let mut stack = Stack {
            name: config.name,
            tap,
            interfaces: Vec::new(),
            routes: RoutingTable::new(),
            forward: config.forward,
            forwarding: None,
            identification: chance.next_u32() as u16,
            initial_sequence: InitialSequence::new([chance.next_u64(), chance.next_u64()]),
            cookies: SynCookies::new([chance.next_u64(), chance.next_u64()]),
            tcp_settings: config.tcp,
            fast_opens,
            chance,
            reassembler: Reassembler::default(),
            transmissions: VecDeque::new(),
            loopback: VecDeque::new(),
            next_socket: 0,
            udp: UdpSockets::default(),
            tcp: TcpSockets::default(),
            lease: LeaseState::new(config.dhcp_server),
            probes: Probes::default(),
            path_mtus: PathMtus::default(),
            redirects: Redirects::default(),
            errors: Budget::of_errors(),
            redirects_sent: Budget::of_redirects(),
            ipv6_wakers: Vec::new(),
        };
        for interface in config.interfaces {
            stack.add_interface(interface);
        }
        for route in config.routes {
            stack.routes.add(Route {
                prefix: Prefix::new(route.prefix, route.len),
                via: route.via,
                interface: route.interface,
            });
        }
        stack
    }

    fn add_interface(&mut self, config: InterfaceConfig) {
        let index = self.interfaces.len();
        let address = config.address;
        let ipv6 = config
            .ipv6
            .as_ref()
            .map(|ipv6| Ipv6::new(ipv6, config.mac, config.mtu));
        self.interfaces.push(Interface {
            defence: AddressDefence::new(config.mac),
            config,
            address: None,
            neighbours: NeighbourTable::new(),
            ipv6,
        });
        let detects = self.interfaces[index].config.detect_conflicts;
        match address {
            AddressConfig::Static { address, .. } if detects => {
                self.interfaces[index]
                    .defence
                    .probe(Time::ZERO, address, None);
            }
            AddressConfig::Static { address, prefix } => self.set_address(index, address, prefix),
            AddressConfig::Dhcp | AddressConfig::None => {}
        }
    }

    pub(crate) fn set_address(&mut self, interface: usize, address: Ipv4Addr, prefix: u8) {
        let network = Prefix::new(address, prefix);
        let own = &mut self.interfaces[interface];
        if own.defence.address() != Some(address) {
            own.defence.watch(address, None);
        }
        self.interfaces[interface].address = Some(InterfaceAddress { address, network });
        self.routes.add(Route {
            prefix: network,
            via: None,
            interface,
        });
    }

    /// The machine's name.
    pub fn name(&self) -> &str {
        &self.name
    }

    /// What new TCP connections do, from now on.
    pub fn set_tcp(&mut self, settings: Settings) {
        self.tcp_settings = settings;
    }

    /// Where its events go.
    pub fn tap(&self) -> &Tap {
        &self.tap
    }

    /// Its first address, if it has one.
    pub fn address(&self) -> Option<Ipv4Addr> {
        let mut addresses = self
            .interfaces
            .iter()
            .filter_map(|interface| interface.address);
        addresses.next().map(|own| own.address)
    }

    /// The address of one interface.
    pub fn interface_address(&self, interface: usize) -> Option<Ipv4Addr> {
        Some(self.interfaces.get(interface)?.address?.address)
    }

    /// Gives the router or host a filter or address translation.
    pub fn set_forwarding(&mut self, forwarding: Box<dyn Forwarding>) {
        self.forwarding = Some(forwarding);
    }

    /// The next frame to put on the wire. Call it after every order, every frame and at
    /// [`Stack::wake_at`], until it gives `None`.
    pub fn poll(&mut self, now: Time) -> Option<Outgoing> {
        loop {
            if let Some(transmission) = self.transmissions.pop_front() {
                return Some(self.hand_out(transmission));
            }
            if !self.work(now) {
                return None;
            }
        }
    }

    /// Does one thing that is due; false if nothing is.
    fn work(&mut self, now: Time) -> bool {
        self.deliver_loopback(now)
            || self.poll_neighbours(now)
            || self.poll_defence(now)
            || self.poll_ipv6(now)
            || self.poll_reassembly(now)
            || self.poll_lease(now)
            || self.poll_tcp(now)
    }

    /// When [`Stack::poll`] has something to do; a moment that is over means at once.
    pub fn wake_at(&self) -> Option<Time> {
        if !self.transmissions.is_empty() || !self.loopback.is_empty() {
            return Some(Time::ZERO);
        }
        let neighbours = self
            .interfaces
            .iter()
            .filter_map(|interface| interface.neighbours.wake_at())
            .chain(self.ipv6_wake_at())
            .chain(self.defence_wake_at());
        let others = [
            self.reassembler.wake_at(),
            self.lease_wake_at(),
            self.tcp_wake_at(),
        ];
        neighbours.chain(others.into_iter().flatten()).min()
    }

    pub(crate) fn is_own(&self, address: impl Into<IpAddr>) -> bool {
        let address = match address.into() {
            IpAddr::V4(address) => address,
            IpAddr::V6(address) => return self.is_own_ipv6(address),
        };
        let owns =
            |interface: &Interface| interface.address.is_some_and(|own| own.address == address);
        address.is_loopback() || self.interfaces.iter().any(owns)
    }

    /// Whether an address is for all machines of a network. IPv6 has groups instead.
    pub(crate) fn is_broadcast(&self, address: impl Into<IpAddr>) -> bool {
        let IpAddr::V4(address) = address.into() else {
            return false;
        };
        let broadcasts = |interface: &Interface| {
            let own = interface.address;
            own.is_some_and(|own| {
                own.network.length() < 31 && own.network.broadcast() == Some(address)
            })
        };
        address.is_broadcast() || self.interfaces.iter().any(broadcasts)
    }
}
