//! The machine's DHCP client and server, and the datagrams around their messages (RFC 2131).

use crate::{
    AddressConfig, Stack,
    send::{Outbound, PendingPacket, QUEUE_FULL},
};
use std::{collections::BTreeMap, net::Ipv4Addr, task::Waker};
use thru_events::{Cause, MacAddress, Time};
use thru_ip::{
    Ipv4Header, PROTOCOL_UDP, Prefix, Route,
    dhcp::{self, CLIENT_PORT, Client, ClientOutput, Lease, Message, SERVER_PORT, Server},
};
use thru_link::ETHERTYPE_IPV4;
use thru_transport::udp::Datagram;

/// How asking for an address ended.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum LeaseOutcome {
    /// The address is lent; `LeaseEvent::Bound`.
    Bound {
        /// The address.
        address: Ipv4Addr,
        /// The event.
        cause: Cause,
    },
    /// No server answered; `LeaseEvent::Unanswered`.
    Unanswered {
        /// The event.
        cause: Cause,
    },
}

pub(crate) struct LeaseState {
    server: Option<Server>,
    clients: BTreeMap<usize, Client>,
    lease: Option<Lease>,
    /// How the last attempt ended; none while one goes on.
    outcome: Option<LeaseOutcome>,
    wakers: Vec<Waker>,
}

impl LeaseState {
    pub(crate) fn new(server: Option<dhcp::ServerConfig>) -> LeaseState {
        LeaseState {
            server: server.map(Server::new),
            clients: BTreeMap::new(),
            lease: None,
            outcome: None,
            wakers: Vec::new(),
        }
    }

    fn tell(&mut self, outcome: LeaseOutcome) {
        self.outcome = Some(outcome);
        self.wakers.drain(..).for_each(Waker::wake);
    }
}

impl Stack {
    /// Asks for an address on every interface that is configured for DHCP and has none.
    pub fn start_dhcp(&mut self, now: Time, cause: Cause) {
        for (index, interface) in self.interfaces.iter().enumerate() {
            if interface.config.address != AddressConfig::Dhcp || interface.address.is_some() {
                continue;
            }
            let xid = self.chance.next_u32();
            let fresh = || {
                let mut client = match interface.config.detect_conflicts {
                    true => Client::verifying(interface.config.mac, xid),
                    false => Client::new(interface.config.mac, xid),
                };
                if let Some(before) = interface.config.remembers {
                    client.remember(before);
                }
                client
            };
            let client = self.lease.clients.entry(index).or_insert_with(fresh);
            if !client.is_started() {
                client.start(now, cause);
                self.lease.outcome = None;
            }
        }
    }

    /// How asking for an address ended, for everybody who waits; `None` while it goes on.
    pub fn lease_outcome(&self) -> Option<LeaseOutcome> {
        self.lease.outcome.clone()
    }

    /// Wakes `waker` when there is a lease outcome; at once if there is one.
    pub fn register_lease_waker(&mut self, waker: &Waker) {
        let wakers = &mut self.lease.wakers;
        if self.lease.outcome.is_some() {
            waker.wake_by_ref();
        } else if !wakers.iter().any(|known| known.will_wake(waker)) {
            wakers.push(waker.clone());
        }
    }

    /// The lease, if the machine has one.
    pub fn lease(&self) -> Option<&Lease> {
        self.lease.lease.as_ref()
    }

    /// DNS servers that the lease named.
    pub fn dns_servers(&self) -> &[Ipv4Addr] {
        self.lease.lease.as_ref().map_or(&[], |lease| &lease.dns)
    }

    pub(crate) fn poll_lease(&mut self, now: Time) -> bool {
        let tap = &self.tap;
        let mut clients = self.lease.clients.iter_mut();
        let due = clients.find_map(|(index, client)| Some((*index, client.poll(now, tap)?)));
        let Some((interface, output)) = due else {
            return false;
        };
        match output {
            ClientOutput::Send { message, to, cause } => {
                self.send_to_server(now, interface, &message, to, cause)
            }
            ClientOutput::Bound { lease, cause } => self.use_lease(interface, lease, cause),
            ClientOutput::Verify { address, cause } => {
                self.interfaces[interface]
                    .defence
                    .probe(now, address, cause);
            }
            ClientOutput::Lost { .. } => {
                self.lease.lease = None;
                self.lease.outcome = None;
                self.interfaces[interface].address = None;
                self.interfaces[interface].defence.forget();
                let of_it = |route: &Route| {
                    route.interface == interface && route.prefix.address().is_ipv4()
                };
                self.routes.remove(of_it);
            }
            ClientOutput::Unanswered { cause } => {
                self.lease.tell(LeaseOutcome::Unanswered { cause })
            }
        }
        true
    }

    fn use_lease(&mut self, interface: usize, lease: Lease, cause: Cause) {
        self.set_address(interface, lease.address, lease.prefix);
        if let Some(router) = lease.router {
            let prefix = Prefix::new(Ipv4Addr::UNSPECIFIED, 0);
            self.routes.add(Route {
                prefix,
                via: Some(router.into()),
                interface,
            });
        }
        let address = lease.address;
        self.lease.lease = Some(lease);
        self.lease.tell(LeaseOutcome::Bound { address, cause });
    }

    fn send_to_server(
        &mut self,
        now: Time,
        interface: usize,
        message: &Message,
        to: Option<Ipv4Addr>,
        cause: Cause,
    ) {
        let payload = message.encode();
        let datagram = Datagram {
            source_port: CLIENT_PORT,
            destination_port: SERVER_PORT,
            payload: &payload,
        };
        match to {
            Some(server) => {
                let source = message.client_address;
                let outbound = Outbound::new(source.into(), server.into(), PROTOCOL_UDP);
                // A renewal that cannot go is tried again when its time comes.
                let _ =
                    self.send_packet(now, outbound, datagram.encode(source, server), true, cause);
            }
            None => {
                let (source, all) = (Ipv4Addr::UNSPECIFIED, Ipv4Addr::BROADCAST);
                self.send_on_interface(
                    interface,
                    source,
                    all,
                    MacAddress::BROADCAST,
                    &datagram,
                    cause,
                );
            }
        }
    }

    /// Sends a datagram without asking the routing table or the neighbour table: one end has no
    /// address yet.
    fn send_on_interface(
        &mut self,
        interface: usize,
        source: Ipv4Addr,
        destination: Ipv4Addr,
        mac: MacAddress,
        datagram: &Datagram<'_>,
        cause: Cause,
    ) {
        let header = Ipv4Header::new(source, destination, PROTOCOL_UDP);
        let packet = header.encode(&datagram.encode(source, destination));
        if let Err(cause) = self.room_for_frame(cause) {
            self.state_dropped(&packet, QUEUE_FULL, cause);
            return;
        }
        let cause = self.state_packet_sent(&packet, cause);
        self.queue_frame(interface, mac, ETHERTYPE_IPV4, packet, cause);
    }

    /// The address that a lease is about is free.
    pub(crate) fn lease_verified(&mut self, interface: usize, cause: Cause) {
        if let Some(client) = self.lease.clients.get_mut(&interface) {
            client.verified(cause, &self.tap);
        }
    }

    /// Somebody else has it.
    pub(crate) fn lease_conflict(&mut self, now: Time, interface: usize, cause: Cause) {
        if let Some(client) = self.lease.clients.get_mut(&interface) {
            client.conflict(now, cause, &self.tap);
        }
    }

    pub(crate) fn lease_wake_at(&self) -> Option<Time> {
        self.lease
            .clients
            .values()
            .filter_map(Client::wake_at)
            .min()
    }

    /// Takes a datagram that is for the DHCP client or server; false if it is not.
    pub(crate) fn on_dhcp_datagram(
        &mut self,
        now: Time,
        interface: Option<usize>,
        datagram: &Datagram<'_>,
        cause: Cause,
    ) -> bool {
        let Some(interface) = interface else {
            return false;
        };
        match (datagram.source_port, datagram.destination_port) {
            (SERVER_PORT, CLIENT_PORT) => self.on_server_message(now, interface, datagram, cause),
            (CLIENT_PORT, SERVER_PORT) => self.on_client_message(now, interface, datagram, cause),
            _ => false,
        }
    }

    fn on_server_message(
        &mut self,
        now: Time,
        interface: usize,
        datagram: &Datagram<'_>,
        cause: Cause,
    ) -> bool {
        let client = self.lease.clients.get_mut(&interface);
        let (Some(client), Ok(message)) = (client, Message::parse(datagram.payload)) else {
            return false;
        };
        client.handle(now, &message, cause, &self.tap);
        true
    }

    fn on_client_message(
        &mut self,
        now: Time,
        interface: usize,
        datagram: &Datagram<'_>,
        cause: Cause,
    ) -> bool {
        let (Some(server), Ok(message)) =
            (&mut self.lease.server, Message::parse(datagram.payload))
        else {
            return false;
        };
        let own = server.config().server;
        if self.interfaces[interface].address.map(|own| own.address) != Some(own) {
            return false;
        }
        let Some((answer, cause)) = server.handle(now, &message, cause, &self.tap) else {
            return true;
        };
        let payload = answer.encode();
        let datagram = Datagram {
            source_port: SERVER_PORT,
            destination_port: CLIENT_PORT,
            payload: &payload,
        };
        // RFC 2131, section 4.1: to an address in use, to everybody, or to the hardware address.
        if !answer.client_address.is_unspecified() {
            let to = answer.client_address;
            let packet = Ipv4Header::new(own, to, PROTOCOL_UDP).encode(&datagram.encode(own, to));
            let pending = PendingPacket {
                packet: packet.into(),
                own: true,
                cause,
            };
            self.send_to_neighbour(now, interface, to.into(), pending, true);
        } else if answer.broadcast {
            let all = Ipv4Addr::BROADCAST;
            self.send_on_interface(interface, own, all, MacAddress::BROADCAST, &datagram, cause);
        } else {
            self.send_on_interface(
                interface,
                own,
                answer.your_address,
                answer.client_mac,
                &datagram,
                cause,
            );
        }
        true
    }
}
