//! Which way to a destination: the route with the longest prefix that matches.

use std::{fmt, net::Ipv4Addr};

/// A network prefix, as `10.0.0.0/24`.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub struct Prefix {
    address: Ipv4Addr,
    length: u8,
}

impl Prefix {
    /// A prefix; host bits are cleared, a length over 32 means 32.
    pub fn new(address: Ipv4Addr, length: u8) -> Prefix {
        let length = length.min(32);
        let address = (u32::from(address) & mask(length)).into();
        Prefix { address, length }
    }

    /// Whether `address` lies within.
    pub fn contains(&self, address: Ipv4Addr) -> bool {
        u32::from(address) & mask(self.length) == u32::from(self.address)
    }

    /// Significant bits.
    pub fn length(&self) -> u8 {
        self.length
    }

    /// The last address: the network's broadcast address.
    pub fn broadcast(&self) -> Ipv4Addr {
        (u32::from(self.address) | !mask(self.length)).into()
    }

    /// The mask, as `255.255.255.0`.
    pub fn mask(&self) -> Ipv4Addr {
        mask(self.length).into()
    }
}

fn mask(length: u8) -> u32 {
    u32::MAX.checked_shl(32 - u32::from(length)).unwrap_or(0)
}

impl fmt::Display for Prefix {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{}/{}", self.address, self.length)
    }
}

/// An address of one of this machine's interfaces with its prefix length.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct ConnectedAddress {
    /// The address.
    pub address: Ipv4Addr,
    /// Significant bits of its network.
    pub prefix: u8,
}

/// One line of the table.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Route {
    /// Destinations it serves.
    pub prefix: Prefix,
    /// The router to hand packets to; none on the own network.
    pub via: Option<Ipv4Addr>,
    /// Interface to leave by.
    pub interface: usize,
}

/// The routing table.
#[derive(Clone, Debug, Default)]
pub struct RoutingTable {
    routes: Vec<Route>,
}

impl RoutingTable {
    /// An empty table.
    pub fn new() -> RoutingTable {
        RoutingTable::default()
    }

    /// Adds a route. A route of the same prefix is replaced.
    pub fn add(&mut self, route: Route) {
        self.routes.retain(|known| known.prefix != route.prefix);
        self.routes.push(route);
        // Longest first, so that the first match is the longest (RFC 1812, section 5.2.4.3).
        self.routes
            .sort_by_key(|route| (std::cmp::Reverse(route.prefix.length), route.prefix));
    }

    /// Removes every route of an interface.
    pub fn remove_interface(&mut self, interface: usize) {
        self.routes.retain(|route| route.interface != interface);
    }

    /// The route with the longest matching prefix.
    pub fn lookup(&self, destination: Ipv4Addr) -> Option<Route> {
        let fits = |route: &&Route| route.prefix.contains(destination);
        self.routes.iter().find(fits).copied()
    }

    /// All routes, longest prefix first.
    pub fn routes(&self) -> &[Route] {
        &self.routes
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_longest_prefix_wins_whatever_the_order() {
        let mut table = RoutingTable::new();
        let router = Some(Ipv4Addr::new(10, 0, 0, 1));
        let route = |a: [u8; 4], length, via, interface| Route {
            prefix: Prefix::new(a.into(), length),
            via,
            interface,
        };
        table.add(route([0, 0, 0, 0], 0, router, 0));
        table.add(route([10, 1, 2, 9], 24, None, 2));
        table.add(route([10, 1, 0, 0], 16, None, 1));
        let way = |a: [u8; 4]| table.lookup(a.into()).map(|route| route.interface);
        assert_eq!(way([10, 1, 2, 3]), Some(2));
        assert_eq!(way([10, 1, 3, 3]), Some(1));
        assert_eq!(table.lookup([8, 8, 8, 8].into()).unwrap().via, router);
        assert_eq!(table.routes()[0].prefix.to_string(), "10.1.2.0/24");
    }

    #[test]
    fn an_empty_table_knows_no_way() {
        assert_eq!(RoutingTable::new().lookup([10, 0, 0, 1].into()), None);
    }

    #[test]
    fn masks_of_all_lengths_come_out() {
        assert_eq!(
            Prefix::new([1, 2, 3, 4].into(), 0).mask(),
            Ipv4Addr::new(0, 0, 0, 0)
        );
        assert_eq!(
            Prefix::new([1, 2, 3, 4].into(), 32).broadcast(),
            Ipv4Addr::new(1, 2, 3, 4)
        );
        assert_eq!(
            Prefix::new([1, 2, 3, 4].into(), 23).broadcast(),
            Ipv4Addr::new(1, 2, 3, 255)
        );
    }
}
