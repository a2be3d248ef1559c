//! Another first hop is better: said by a router, heard by a host (RFC 792, 1122, 1812; RFC 4861,
//! section 8).

use crate::{Stack, ipv6::may_be_redirected};
use std::net::{IpAddr, Ipv6Addr};
use thru_events::{Cause, Time, ip::IpEvent};
use thru_ip::{Before, IcmpMessage, Icmpv6Message, Ipv4Packet, Ipv6Packet, Redirect, Route};
use thru_link::ndp::{NdpMessage, NdpOptions};

impl Stack {
    /// Takes a redirect in; whether it is followed, which is stated as the route that is chosen now.
    /// Why one is not believed is stated as well.
    pub(crate) fn on_redirect(
        &mut self,
        interface: usize,
        redirect: Redirect,
        cause: Cause,
    ) -> bool {
        let Redirect {
            from,
            destination,
            target,
        } = redirect;
        let refused = match self.way_to(destination) {
            // A router's own table is not changed by others.
            _ if self.forward => Err("a redirect to a router"),
            Err(_) => Err("a redirect to where no route leads"),
            Ok(way) => {
                let before = Before {
                    route: way.route,
                    target_is_neighbour: !self.is_own(target)
                        && self.is_neighbour(interface, target),
                    interface,
                };
                self.redirects.handle(redirect, before, cause, &self.tap)
            }
        };
        if let Err(why) = refused {
            self.tap.emit(cause, || IpEvent::PacketDropped {
                source: from,
                destination,
                why: why.into(),
            });
            return false;
        }
        let _ = self.choose_way(destination, cause);
        true
    }

    /// Whether an address lies in a network of the interface.
    fn is_neighbour(&self, interface: usize, address: IpAddr) -> bool {
        let own = self.interfaces.get(interface).and_then(|own| own.address);
        own.is_some_and(|own| own.network.contains(address))
    }

    /// Tells who sent `packet`, which came in so by `interface` and leaves by `route`, that there is a
    /// shorter way, if it leaves by where it came in, its sender is a neighbour, and an error about
    /// it could be told (RFC 1812, section 5.2.7.2; RFC 4861, section 8.2). GAP: a redirect of IPv6
    /// quotes no packet.
    pub(crate) fn send_redirect(
        &mut self,
        now: Time,
        interface: usize,
        route: Route,
        packet: &[u8],
        cause: Cause,
    ) {
        if route.interface != interface {
            return;
        }
        if packet.first().is_some_and(|first| first >> 4 == 6) {
            return self.send_redirect_by_ipv6(now, interface, route, packet, cause);
        }
        let parsed = Ipv4Packet::parse_header(packet).ok();
        let Some(parsed) = parsed.filter(|parsed| self.may_speak_about(parsed)) else {
            return;
        };
        let sender = parsed.header.source;
        let IpAddr::V4(gateway) = route.via.unwrap_or(parsed.header.destination.into()) else {
            return;
        };
        let neighbours = self.is_neighbour(interface, sender.into())
            && self.is_neighbour(interface, gateway.into());
        let own = self.interfaces[interface].address;
        if let Some(own) = own.filter(|own| neighbours && own.address != sender)
            && self.redirects_sent.may_send(now, cause, &self.tap)
        {
            let message = IcmpMessage::redirect(gateway, packet);
            self.send_icmp(now, own.address, sender, &message, cause);
        }
    }

    /// Whether a host of IPv6 is on the link, and none of this machine's addresses.
    fn is_neighbour_by_ipv6(&self, interface: usize, address: Ipv6Addr) -> bool {
        let way = self.way_to(address);
        way.is_ok_and(|way| way.route.via.is_none() && way.route.interface == interface)
            && !self.is_own_ipv6(address)
    }

    fn send_redirect_by_ipv6(
        &mut self,
        now: Time,
        interface: usize,
        route: Route,
        packet: &[u8],
        cause: Cause,
    ) {
        let Some(parsed) = Ipv6Packet::parse_header(packet)
            .ok()
            .filter(may_be_redirected)
        else {
            return;
        };
        let (to, destination) = (parsed.header.source, parsed.header.destination);
        let IpAddr::V6(target) = route.via.unwrap_or(destination.into()) else {
            return;
        };
        let leads = target.is_unicast_link_local() || target == destination;
        let ipv6 = self.interfaces[interface].ipv6.as_ref();
        let Some(own) = ipv6.and_then(|ipv6| ipv6.auto.link_local()) else {
            return;
        };
        let sensible = leads && self.is_neighbour_by_ipv6(interface, to);
        if !sensible || !self.redirects_sent.may_send(now, cause, &self.tap) {
            return;
        }
        let message = NdpMessage::Redirect {
            target,
            destination,
            options: NdpOptions::default(),
        };
        self.send_neighbour_message(now, interface, (own, to), message, cause);
    }

    /// States and sends a message of neighbour discovery to one machine of the link.
    fn send_neighbour_message(
        &mut self,
        now: Time,
        interface: usize,
        (own, to): (Ipv6Addr, Ipv6Addr),
        message: NdpMessage,
        cause: Cause,
    ) {
        let message = Icmpv6Message::Neighbour(message);
        let (kind, code) = message.type_and_code();
        let cause = self.tap.emit(cause, || IpEvent::IcmpSent {
            to: to.into(),
            kind,
            code,
            meaning: message.meaning().into(),
        });
        self.send_to_link(now, interface, (own, to), &message, cause);
    }
}
