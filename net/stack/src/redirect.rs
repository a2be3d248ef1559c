//! Another first hop is better: said by a router, heard by a host (RFC 792, 1122, 1812; RFC 4861,
//! section 8).

use crate::{Stack, send::Summary};
use std::net::{IpAddr, Ipv6Addr};
use thru_events::{Cause, Time, ip::IpEvent};
use thru_ip::{Before, IcmpMessage, Icmpv6Message, Redirect, Route};
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

    /// Tells who sent `packet`, which came in by `interface` and leaves by `route`, that there is a
    /// shorter way, if it leaves by where it came in and its sender is a neighbour (RFC 1812, section
    /// 5.2.7.2; RFC 4861, section 8.2). GAP: a redirect of IPv6 quotes no packet.
    pub(crate) fn send_redirect(
        &mut self,
        now: Time,
        interface: usize,
        route: Route,
        packet: &[u8],
        cause: Cause,
    ) {
        let Some(Summary {
            source,
            destination,
            ..
        }) = Summary::read(packet).filter(|_| route.interface == interface)
        else {
            return;
        };
        let target = route.via.unwrap_or(destination);
        match (source, destination, target) {
            (IpAddr::V4(sender), IpAddr::V4(_), IpAddr::V4(gateway)) => {
                let neighbours =
                    self.is_neighbour(interface, source) && self.is_neighbour(interface, target);
                let own = self.interfaces[interface].address;
                if let Some(own) = own.filter(|own| neighbours && own.address != sender)
                    && self.may_send_error(now, cause)
                {
                    let message = IcmpMessage::redirect(gateway, packet);
                    self.send_icmp(now, own.address, sender, &message, cause);
                }
            }
            (IpAddr::V6(sender), IpAddr::V6(destination), IpAddr::V6(target)) => {
                let leads = target.is_unicast_link_local() || target == destination;
                if leads && self.is_neighbour_by_ipv6(interface, sender) {
                    self.send_redirect_by_ipv6(
                        now,
                        interface,
                        sender,
                        (destination, target),
                        cause,
                    );
                }
            }
            _ => {}
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
        to: Ipv6Addr,
        (destination, target): (Ipv6Addr, Ipv6Addr),
        cause: Cause,
    ) {
        let ipv6 = self.interfaces[interface].ipv6.as_ref();
        let Some(own) = ipv6.and_then(|ipv6| ipv6.auto.link_local()) else {
            return;
        };
        if !self.may_send_error(now, cause) {
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
