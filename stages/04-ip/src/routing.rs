//! Which way to a destination: the route with the longest prefix that matches.

use std::{
    fmt,
    net::{IpAddr, Ipv4Addr},
};

/// A network prefix, as `10.0.0.0/24` or `2001:db8::/64`.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub struct Prefix {
    address: IpAddr,
    length: u8,
}

impl Prefix {
    /// A prefix; host bits are cleared, a length over the address's bits means all of them.
    pub fn new(address: impl Into<IpAddr>, length: u8) -> Prefix {
        let address = address.into();
        let length = length.min(width(address));
        let address = match address {
            IpAddr::V4(v4) => IpAddr::V4((v4.to_bits() & mask(length)).into()),
            IpAddr::V6(v6) => IpAddr::V6((v6.to_bits() & wide_mask(length)).into()),
        };
        Prefix { address, length }
    }

    /// Whether `address` lies within. An address of the other family never does.
    pub fn contains(&self, address: impl Into<IpAddr>) -> bool {
        let address = address.into();
        width(address) == width(self.address)
            && Prefix::new(address, self.length).address == self.address
    }

    /// The network: the address with its host bits cleared.
    pub fn address(&self) -> IpAddr {
        self.address
    }

    /// Significant bits.
    pub fn length(&self) -> u8 {
        self.length
    }

    /// The last address of an IPv4 network: its broadcast address. IPv6 has none.
    pub fn broadcast(&self) -> Option<Ipv4Addr> {
        match self.address {
            IpAddr::V4(address) => Some((address.to_bits() | !mask(self.length)).into()),
            IpAddr::V6(_) => None,
        }
    }

    /// The mask of an IPv4 network, as `255.255.255.0`.
    pub fn mask(&self) -> Ipv4Addr {
        mask(self.length).into()
    }
}

fn width(address: IpAddr) -> u8 {
    if address.is_ipv4() { 32 } else { 128 }
}

fn mask(length: u8) -> u32 {
    u32::MAX
        .checked_shl(32_u32.saturating_sub(length.into()))
        .unwrap_or(0)
}

fn wide_mask(length: u8) -> u128 {
    u128::MAX.checked_shl(128 - u32::from(length)).unwrap_or(0)
}

impl fmt::Display for Prefix {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{}/{}", self.address, self.length)
    }
}

/// One line of the table.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Route {
    /// Destinations it serves.
    pub prefix: Prefix,
    /// The router to hand packets to; none on the own network.
    pub via: Option<IpAddr>,
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

    /// Removes every route that `goes`.
    pub fn remove(&mut self, goes: impl Fn(&Route) -> bool) {
        self.routes.retain(|route| !goes(route));
    }

    /// The route with the longest matching prefix.
    pub fn lookup(&self, destination: impl Into<IpAddr>) -> Option<Route> {
        let destination = destination.into();
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
        let router = Some(IpAddr::from([10, 0, 0, 1]));
        let route = |a: [u8; 4], length, via, interface| Route {
            prefix: Prefix::new(a, length),
            via,
            interface,
        };
        table.add(route([0, 0, 0, 0], 0, router, 0));
        table.add(route([10, 1, 2, 9], 24, None, 2));
        table.add(route([10, 1, 0, 0], 16, None, 1));
        let way = |a: [u8; 4]| table.lookup(a).map(|route| route.interface);
        assert_eq!(way([10, 1, 2, 3]), Some(2));
        assert_eq!(way([10, 1, 3, 3]), Some(1));
        assert_eq!(table.lookup([8, 8, 8, 8]).unwrap().via, router);
        assert_eq!(table.routes()[0].prefix.to_string(), "10.1.2.0/24");
    }

    #[test]
    fn an_empty_table_knows_no_way() {
        assert_eq!(RoutingTable::new().lookup([10, 0, 0, 1]), None);
    }

    #[test]
    fn masks_of_all_lengths_come_out() {
        assert_eq!(
            Prefix::new([1, 2, 3, 4], 0).mask(),
            Ipv4Addr::new(0, 0, 0, 0)
        );
        assert_eq!(
            Prefix::new([1, 2, 3, 4], 32).broadcast(),
            Some(Ipv4Addr::new(1, 2, 3, 4))
        );
        assert_eq!(
            Prefix::new([1, 2, 3, 4], 23).broadcast(),
            Some(Ipv4Addr::new(1, 2, 3, 255))
        );
    }

    #[test]
    fn both_families_share_a_table_and_never_meet() {
        let mut table = RoutingTable::new();
        let v6: std::net::Ipv6Addr = "2001:db8:0:5::".parse().unwrap();
        let all = std::net::Ipv6Addr::UNSPECIFIED;
        for (prefix, interface) in [
            (Prefix::new(v6, 64), 1),
            (Prefix::new(all, 0), 2),
            (Prefix::new([0, 0, 0, 0], 0), 3),
        ] {
            table.add(Route {
                prefix,
                via: None,
                interface,
            });
        }
        let way = |text: &str| {
            let to: IpAddr = text.parse().unwrap();
            table.lookup(to).map(|route| route.interface)
        };
        assert_eq!(way("2001:db8:0:5::9"), Some(1));
        assert_eq!(way("2001:db8:0:6::9"), Some(2));
        assert_eq!(way("10.0.0.1"), Some(3));
        assert_eq!(Prefix::new(v6, 64).to_string(), "2001:db8:0:5::/64");
        assert_eq!(Prefix::new(v6, 128).broadcast(), None);
    }
}
