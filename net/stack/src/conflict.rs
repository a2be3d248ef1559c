//! Two machines, one address: asked, announced, defended, given up (RFC 5227).

use crate::{AddressConfig, Stack};
use std::net::Ipv4Addr;
use thru_events::{Cause, MacAddress, Time};
use thru_ip::Route;
use thru_link::{ArpOperation, ArpPacket, Conflict, DefenceOutput, ETHERTYPE_ARP};

impl Stack {
    /// Whether an ARP packet says that somebody else has the address of an interface, or the one
    /// that it asks about.
    pub(crate) fn look_for_conflict(
        &mut self,
        now: Time,
        interface: usize,
        arp: &ArpPacket,
        cause: Cause,
    ) {
        let own = &mut self.interfaces[interface];
        match own.defence.handle_arp(now, arp, cause, &self.tap) {
            // An address that is written down and taken is not used; nobody asks for another.
            Some(Conflict::Taken { cause }) => self.lease_conflict(now, interface, cause),
            Some(Conflict::GiveUp { cause }) => {
                self.lease_conflict(now, interface, cause);
                let ipv4 = |route: &Route| {
                    route.interface == interface && route.prefix.address().is_ipv4()
                };
                self.interfaces[interface].address = None;
                self.routes.remove(ipv4);
            }
            Some(Conflict::Defended | Conflict::Silence) | None => {}
        }
    }

    /// Does one thing about an own address that is due; false if nothing is.
    pub(crate) fn poll_defence(&mut self, now: Time) -> bool {
        for interface in 0..self.interfaces.len() {
            let own = &mut self.interfaces[interface];
            let Some(output) = own.defence.poll(now, &self.tap) else {
                continue;
            };
            match output {
                DefenceOutput::Probe { address, cause } => {
                    self.tell_all(interface, Ipv4Addr::UNSPECIFIED, address, cause);
                }
                DefenceOutput::Announce { address, cause } => {
                    self.tell_all(interface, address, address, cause);
                }
                DefenceOutput::Usable { cause, .. } => self.take_into_use(interface, cause),
            }
            return true;
        }
        false
    }

    fn take_into_use(&mut self, interface: usize, cause: Cause) {
        match self.interfaces[interface].config.address {
            AddressConfig::Static { address, prefix } => {
                self.set_address(interface, address, prefix);
            }
            _ => self.lease_verified(interface, cause),
        }
    }

    /// A request to everybody: a probe is from no address, an announcement from its own.
    fn tell_all(&mut self, interface: usize, from: Ipv4Addr, address: Ipv4Addr, cause: Cause) {
        let packet = ArpPacket {
            operation: ArpOperation::Request,
            sender_mac: self.interfaces[interface].config.mac,
            sender_ip: from,
            target_mac: MacAddress([0; 6]),
            target_ip: address,
        };
        let all = MacAddress::BROADCAST;
        self.queue_frame(interface, all, ETHERTYPE_ARP, packet.encode(), cause);
    }

    pub(crate) fn defence_wake_at(&self) -> impl Iterator<Item = Time> + '_ {
        let interfaces = self.interfaces.iter();
        interfaces.filter_map(|own| own.defence.wake_at())
    }
}
