//! The machines of a link: neighbour discovery between the cache, the own addresses and the wire.

use crate::{Stack, send::PendingPacket, send::QUEUE_FULL};
use std::net::{IpAddr, Ipv6Addr};
use thru_events::{Cause, MacAddress, Time, link::LinkEvent};
use thru_ip::{
    IPV6_LEAST_MTU, Icmpv6Message, Ipv6Header, PROTOCOL_ICMPV6, Redirect,
    autoconfiguration::OwnIpv6,
};
use thru_link::{
    Released,
    ndp::{
        ALL_NODES, Advertisement, CacheOutput, Envelope, NDP_HOP_LIMIT, NdpMessage, NdpOptions,
        group_mac, solicited_node,
    },
};

/// To everybody of the link.
const TO_ALL: (Ipv6Addr, MacAddress) = (ALL_NODES, MacAddress([0x33, 0x33, 0, 0, 0, 1]));

impl Stack {
    /// Takes in a message whose checksum and form were right.
    pub(super) fn on_ndp(
        &mut self,
        now: Time,
        (interface, sender): (usize, MacAddress),
        message: &NdpMessage,
        envelope: Envelope,
        cause: Cause,
    ) {
        if self.interfaces[interface].ipv6.is_none() {
            return;
        }
        let from = envelope.source;
        match message {
            NdpMessage::RouterSolicitation { options } if self.forward => {
                self.learn_neighbour(now, interface, from, options.source_mac, Some(false), cause);
                if let Some(ipv6) = &mut self.interfaces[interface].ipv6
                    && let Some(advertiser) = &mut ipv6.advertiser
                {
                    advertiser.handle_solicitation(now, cause);
                }
            }
            NdpMessage::RouterSolicitation { .. } => {}
            NdpMessage::RouterAdvertisement { options, .. } => {
                self.learn_neighbour(now, interface, from, options.source_mac, Some(true), cause);
                self.hear_router(now, interface, from, message, cause);
            }
            NdpMessage::NeighbourSolicitation { target, options } => {
                let mac = options.source_mac;
                let from = (interface, sender);
                self.on_solicitation(now, from, *target, mac, envelope, cause);
            }
            NdpMessage::NeighbourAdvertisement {
                router,
                solicited,
                replace,
                target,
                options,
            } => {
                let advertisement = Advertisement {
                    address: *target,
                    mac: options.target_mac,
                    router: *router,
                    solicited: *solicited,
                    replace: *replace,
                };
                let from = (interface, sender);
                self.on_neighbour_advertisement(now, from, advertisement, cause);
            }
            NdpMessage::Redirect {
                target,
                destination,
                options,
            } => {
                let redirect = Redirect {
                    from: from.into(),
                    destination: (*destination).into(),
                    target: (*target).into(),
                };
                if self.on_redirect(interface, redirect, cause) {
                    // Whoever is no destination is a router (RFC 4861, section 8.3).
                    let router = (target != destination).then_some(true);
                    self.learn_neighbour(
                        now,
                        interface,
                        *target,
                        options.target_mac,
                        router,
                        cause,
                    );
                }
            }
        }
    }

    fn hear_router(
        &mut self,
        now: Time,
        interface: usize,
        router: Ipv6Addr,
        message: &NdpMessage,
        cause: Cause,
    ) {
        let NdpMessage::RouterAdvertisement {
            hop_limit,
            reachable_ms,
            retransmit_ms,
            options,
            ..
        } = message
        else {
            return;
        };
        let Some(ipv6) = &mut self.interfaces[interface].ipv6 else {
            return;
        };
        if ipv6.config.autoconfigure {
            if *hop_limit != 0 {
                ipv6.hop_limit = *hop_limit;
            }
            ipv6.cache.use_times(*reachable_ms, *retransmit_ms);
            let largest = usize::from(self.interfaces[interface].config.mtu);
            let told = options.mtu.and_then(|mtu| usize::try_from(mtu).ok());
            let told = told.filter(|mtu| (IPV6_LEAST_MTU..=largest).contains(mtu));
            if let Some(ipv6) = &mut self.interfaces[interface].ipv6 {
                ipv6.mtu = told.unwrap_or(ipv6.mtu);
            }
        }
        if let Some(ipv6) = &mut self.interfaces[interface].ipv6 {
            ipv6.auto
                .handle_advertisement(now, router, message, cause, &self.tap);
        }
    }

    /// RFC 4861, section 7.2.3; RFC 4862, section 5.4.3.
    fn on_solicitation(
        &mut self,
        now: Time,
        (interface, sender): (usize, MacAddress),
        target: Ipv6Addr,
        mac: Option<MacAddress>,
        envelope: Envelope,
        cause: Cause,
    ) {
        let from = envelope.source;
        let own = self.own_on(interface, target);
        let Some(own) = own else {
            return;
        };
        if own.is_tentative() {
            // Who asks from no address wants to use it too. One that has an address only looks for
            // its owner, and there is none yet.
            if from.is_unspecified()
                && let Some(ipv6) = &mut self.interfaces[interface].ipv6
            {
                // A probe names no link-layer address: its frame does (RFC 4861, section 4.3).
                ipv6.auto.handle_claim(target, sender, cause, &self.tap);
            }
            return;
        }
        if !own.is_usable() {
            return;
        }
        self.learn_neighbour(now, interface, from, mac, None, cause);
        self.advertise(now, interface, target, from, cause);
    }

    /// Says that `target` is this machine's: to who asked, or to all if the asker has no address.
    fn advertise(
        &mut self,
        now: Time,
        interface: usize,
        target: Ipv6Addr,
        asker: Ipv6Addr,
        cause: Cause,
    ) {
        let own_mac = self.interfaces[interface].config.mac;
        let solicited = !asker.is_unspecified();
        let to = if solicited { asker } else { ALL_NODES };
        let message = NdpMessage::NeighbourAdvertisement {
            router: self.forward,
            solicited,
            replace: true,
            target,
            options: NdpOptions {
                target_mac: Some(own_mac),
                ..NdpOptions::default()
            },
        };
        let cause = self.tap.emit(cause, || LinkEvent::NeighbourAdvertised {
            address: target.into(),
            to: to.into(),
        });
        let packet = ndp_packet(&message, target, to);
        if solicited {
            let pending = PendingPacket {
                packet: packet.into(),
                own: true,
                cause,
            };
            return self.send_to_neighbour(now, interface, IpAddr::V6(to), pending, false);
        }
        self.send_ndp(interface, packet, TO_ALL.1, cause);
    }

    fn on_neighbour_advertisement(
        &mut self,
        now: Time,
        (interface, sender): (usize, MacAddress),
        advertisement: Advertisement,
        cause: Cause,
    ) {
        let claimed_by = advertisement.mac.unwrap_or(sender);
        let Some(ipv6) = &mut self.interfaces[interface].ipv6 else {
            return;
        };
        let address = advertisement.address;
        if ipv6
            .auto
            .handle_claim(address, claimed_by, cause, &self.tap)
        {
            return;
        }
        let released = ipv6
            .cache
            .handle_advertisement(now, advertisement, cause, &self.tap);
        self.send_all_released(interface, released);
    }

    fn learn_neighbour(
        &mut self,
        now: Time,
        interface: usize,
        address: Ipv6Addr,
        mac: Option<MacAddress>,
        router: Option<bool>,
        cause: Cause,
    ) {
        let (Some(mac), Some(ipv6)) = (mac, &mut self.interfaces[interface].ipv6) else {
            return;
        };
        let released = ipv6
            .cache
            .learn(now, address, mac, router, cause, &self.tap);
        self.send_all_released(interface, released);
    }

    /// TCP heard that what was sent to `remote` arrived: its next hop is there.
    pub(crate) fn confirm_neighbour(&mut self, now: Time, remote: IpAddr, cause: Cause) {
        let IpAddr::V6(address) = remote else {
            return;
        };
        let Ok(way) = self.ipv6_way_to(address) else {
            return;
        };
        let next_hop = match way.route.via {
            Some(IpAddr::V6(router)) => router,
            _ => address,
        };
        let interface = self.interfaces.get_mut(way.route.interface);
        if let Some(ipv6) = interface.and_then(|own| own.ipv6.as_mut()) {
            ipv6.cache.confirm(now, next_hop, cause, &self.tap);
        }
    }

    fn send_all_released(&mut self, interface: usize, released: Vec<Released<PendingPacket>>) {
        for one in released {
            self.send_released(interface, one);
        }
    }

    fn own_on(&self, interface: usize, address: Ipv6Addr) -> Option<OwnIpv6> {
        let mut own = self.own_ipv6();
        let found = own.find(|(index, own)| *index == interface && own.address == address);
        found.map(|(_, own)| *own)
    }

    /// Does what is due on one interface.
    pub(super) fn poll_interface(&mut self, now: Time, interface: usize) {
        let tap = &self.tap;
        let Some(ipv6) = &mut self.interfaces[interface].ipv6 else {
            return;
        };
        if let Some(due) = ipv6.auto.poll(now, tap) {
            let packet = ndp_packet(&due.message, due.source, due.destination);
            return self.send_ndp(interface, packet, group_mac(due.destination), due.cause);
        }
        if let Some(own) = ipv6.auto.link_local()
            && let Some(advertiser) = &mut ipv6.advertiser
            && let Some((message, cause)) = advertiser.poll(now, tap)
        {
            let packet = ndp_packet(&message, own, TO_ALL.0);
            return self.send_ndp(interface, packet, TO_ALL.1, cause);
        }
        match ipv6.cache.poll(now, tap) {
            Some(CacheOutput::Solicit { address, to, cause }) => {
                self.solicit(interface, address, to, cause);
            }
            Some(CacheOutput::GaveUp {
                address,
                packets,
                cause,
            }) => {
                self.redirects.forget(address.into());
                for pending in packets {
                    self.give_up(now, pending, cause);
                }
            }
            None => {}
        }
    }

    /// Asks who is behind `address`: its group, or one machine whether it is still there.
    fn solicit(
        &mut self,
        interface: usize,
        address: Ipv6Addr,
        to: Option<MacAddress>,
        cause: Cause,
    ) {
        let Some(ipv6) = &self.interfaces[interface].ipv6 else {
            return;
        };
        let own = ipv6.auto.addresses().iter();
        let any = own
            .into_iter()
            .find(|own| own.is_usable())
            .map(|own| own.address);
        let Some(source) = ipv6.auto.link_local().or(any) else {
            return;
        };
        let message = NdpMessage::NeighbourSolicitation {
            target: address,
            options: NdpOptions::from(self.interfaces[interface].config.mac),
        };
        let (destination, mac) = match to {
            Some(mac) => (address, mac),
            None => (solicited_node(address), group_mac(solicited_node(address))),
        };
        let packet = ndp_packet(&message, source, destination);
        self.send_ndp(interface, packet, mac, cause);
    }

    /// Sends a message of neighbour discovery to one machine of the link.
    pub(crate) fn send_to_link(
        &mut self,
        now: Time,
        interface: usize,
        (own, to): (Ipv6Addr, Ipv6Addr),
        message: &Icmpv6Message,
        cause: Cause,
    ) {
        let header = Ipv6Header {
            hop_limit: NDP_HOP_LIMIT,
            ..Ipv6Header::new(own, to)
        };
        let packet = header.encode(PROTOCOL_ICMPV6, &message.encode(own, to));
        let pending = PendingPacket {
            packet: packet.into(),
            own: true,
            cause,
        };
        self.send_to_neighbour(now, interface, to.into(), pending, false);
    }

    fn send_ndp(&mut self, interface: usize, packet: Vec<u8>, mac: MacAddress, cause: Cause) {
        if let Err(cause) = self.room_for_frame(cause) {
            self.state_dropped(&packet, QUEUE_FULL, cause);
            return;
        }
        let pending = PendingPacket {
            packet: packet.into(),
            own: true,
            cause,
        };
        self.send_frame(interface, mac, pending);
    }
}

fn ndp_packet(message: &NdpMessage, source: Ipv6Addr, destination: Ipv6Addr) -> Vec<u8> {
    let octets = Icmpv6Message::Neighbour(message.clone()).encode(source, destination);
    let header = Ipv6Header {
        hop_limit: NDP_HOP_LIMIT,
        ..Ipv6Header::new(source, destination)
    };
    header.encode(PROTOCOL_ICMPV6, &octets)
}
