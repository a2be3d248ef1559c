//! The machine's name, its addresses, and the way out.

use std::{
    ffi::{CStr, CString},
    net::{IpAddr, Ipv4Addr, Ipv6Addr},
    ptr,
};
use thru_port::OwnAddress;

/// Most addresses that are looked at.
const ADDRESS_LIMIT: usize = 256;
/// Octets of a host's name on Linux and elsewhere.
const NAME_OCTETS: usize = 256;

/// The machine's own name; empty if the system has none.
pub(crate) fn hostname() -> String {
    let mut octets = [0_u8; NAME_OCTETS];
    // SAFETY: the buffer is as long as said, and one octet of it is left for the end.
    let failed = unsafe { libc::gethostname(octets.as_mut_ptr().cast(), octets.len() - 1) };
    let name = CStr::from_bytes_until_nul(&octets).unwrap_or_default();
    match failed {
        0 => name.to_string_lossy().into_owned(),
        _ => String::new(),
    }
}

/// Addresses of the interfaces that are up.
pub(crate) fn own_addresses() -> Vec<OwnAddress> {
    let mut list: *mut libc::ifaddrs = ptr::null_mut();
    // SAFETY: the system writes a list there, which is freed below.
    if unsafe { libc::getifaddrs(&mut list) } != 0 {
        return Vec::new();
    }
    let flags = std::fs::read_to_string("/proc/net/if_inet6").unwrap_or_default();
    let (mut found, mut tunnels, mut next) = (Vec::new(), Vec::new(), list);
    while !next.is_null() && found.len() < ADDRESS_LIMIT {
        // SAFETY: the pointer is one of the list's, which lives until it is freed.
        let line = unsafe { &*next };
        let up = line.ifa_flags & libc::IFF_UP as libc::c_uint != 0;
        // SAFETY: both point to a socket address of the family that it names, or are null; the name is
        // a text that ends with a nought.
        let (address, mask, name, tunnel) = unsafe {
            (
                address(line.ifa_addr),
                address(line.ifa_netmask),
                CStr::from_ptr(line.ifa_name).to_owned(),
                is_tunnel(line.ifa_addr),
            )
        };
        if tunnel {
            tunnels.push(name.clone());
        }
        if let (true, Some(address), Some(mask)) = (up, address, mask) {
            let own = OwnAddress {
                deprecated: has_flag(&flags, address, DEPRECATED),
                home: has_flag(&flags, address, HOME),
                ..OwnAddress::new(address, bits(mask))
            };
            found.push((own, name));
        }
        next = line.ifa_next;
    }
    // SAFETY: freed once, and nothing of it is used after.
    unsafe { libc::freeifaddrs(list) };
    let with_tunnel = |(own, name): (OwnAddress, CString)| OwnAddress {
        tunnel: tunnels.contains(&name),
        ..own
    };
    found.into_iter().map(with_tunnel).collect()
}

/// Flags of /proc/net/if_inet6 (linux/if_addr.h).
const DEPRECATED: u32 = 0x20;
const HOME: u32 = 0x10;

/// Whether the kernel's list of its IPv6 addresses has one with this flag.
fn has_flag(list: &str, address: IpAddr, flag: u32) -> bool {
    let IpAddr::V6(address) = address else {
        return false;
    };
    let address = format!("{:032x}", u128::from(address));
    list.lines().any(|line| {
        let words: Vec<&str> = line.split_ascii_whitespace().collect();
        let flags = words
            .get(4)
            .and_then(|word| u32::from_str_radix(word, 16).ok());
        words.first() == Some(&&*address) && flags.is_some_and(|flags| flags & flag != 0)
    })
}

/// Whether it is the hardware address of the end of a tunnel: IP in IP, IPv6 in IPv4, anything in IPv6
/// (linux/if_arp.h).
///
/// # Safety
/// As [`address`].
#[cfg(target_os = "linux")]
unsafe fn is_tunnel(at: *const libc::sockaddr) -> bool {
    // SAFETY: as the caller says; the family tells that it is one of a link.
    let kind = unsafe {
        if at.is_null() || i32::from((*at).sa_family) != libc::AF_PACKET {
            return false;
        }
        ptr::read_unaligned(at.cast::<libc::sockaddr_ll>()).sll_hatype
    };
    [libc::ARPHRD_TUNNEL, libc::ARPHRD_TUNNEL6, libc::ARPHRD_SIT].contains(&kind)
}

/// Elsewhere nothing is known of tunnels.
#[cfg(not(target_os = "linux"))]
unsafe fn is_tunnel(_: *const libc::sockaddr) -> bool {
    false
}

/// # Safety
/// `at` is null or points to a socket address as long as its family says.
unsafe fn address(at: *const libc::sockaddr) -> Option<IpAddr> {
    if at.is_null() {
        return None;
    }
    // SAFETY: as the caller says; the family tells which of the two it is.
    unsafe {
        match i32::from((*at).sa_family) {
            libc::AF_INET => {
                let at = ptr::read_unaligned(at.cast::<libc::sockaddr_in>());
                Some(Ipv4Addr::from(u32::from_be(at.sin_addr.s_addr)).into())
            }
            libc::AF_INET6 => {
                let at = ptr::read_unaligned(at.cast::<libc::sockaddr_in6>());
                Some(Ipv6Addr::from(at.sin6_addr.s6_addr).into())
            }
            _ => None,
        }
    }
}

fn bits(mask: IpAddr) -> u8 {
    let ones = match mask {
        IpAddr::V4(mask) => u32::from(mask).leading_ones(),
        IpAddr::V6(mask) => u128::from(mask).leading_ones(),
    };
    ones as u8
}

/// The number of an interface.
pub(crate) fn index_of(name: &str) -> Option<u32> {
    let name = CString::new(name).ok()?;
    // SAFETY: a text that ends with a nought.
    let index = unsafe { libc::if_nametoindex(name.as_ptr()) };
    (index > 0).then_some(index)
}

/// The routers of the default routes, of both families.
pub(crate) fn default_routers() -> Vec<IpAddr> {
    let ipv4 = std::fs::read_to_string("/proc/net/route").unwrap_or_default();
    let ipv6 = std::fs::read_to_string("/proc/net/ipv6_route").unwrap_or_default();
    let ways = [default_route(&ipv4), default_route_ipv6(&ipv6)];
    let routers = ways.into_iter().flatten();
    routers
        .filter_map(|way| way.rsplit(' ').next()?.parse().ok())
        .collect()
}

/// Whether an address lies in the network of `own`, `prefix` bits long.
pub(crate) fn is_in_network(address: IpAddr, own: IpAddr, prefix: u8) -> bool {
    let different = match (address, own) {
        (IpAddr::V4(one), IpAddr::V4(other)) => (u32::from(one) ^ u32::from(other)).leading_zeros(),
        (IpAddr::V6(one), IpAddr::V6(other)) => {
            (u128::from(one) ^ u128::from(other)).leading_zeros()
        }
        _ => return false,
    };
    different >= u32::from(prefix)
}

/// The interface of the default route and the router there. GAP: only Linux says so in a file;
/// elsewhere networks are told apart by their name servers alone.
pub(crate) fn way_out() -> String {
    let ipv4 = std::fs::read_to_string("/proc/net/route").unwrap_or_default();
    let ipv6 = std::fs::read_to_string("/proc/net/ipv6_route").unwrap_or_default();
    default_route(&ipv4)
        .or_else(|| default_route_ipv6(&ipv6))
        .unwrap_or_default()
}

/// Lines of `interface destination gateway flags ... mask ...`, numbers in the machine's order.
fn default_route(table: &str) -> Option<String> {
    table.lines().skip(1).find_map(|line| {
        let words: Vec<&str> = line.split_whitespace().collect();
        let [interface, destination, gateway, _, _, _, _, mask, ..] = words[..] else {
            return None;
        };
        let number = |word| u32::from_str_radix(word, 16).ok();
        let default = number(destination)? == 0 && number(mask)? == 0;
        let gateway = Ipv4Addr::from(number(gateway)?.to_ne_bytes());
        default.then(|| format!("{interface} via {gateway}"))
    })
}

/// Lines of `destination bits source bits gateway metric ... interface`.
fn default_route_ipv6(table: &str) -> Option<String> {
    table.lines().find_map(|line| {
        let words: Vec<&str> = line.split_whitespace().collect();
        let [destination, bits, _, _, gateway, .., interface] = words[..] else {
            return None;
        };
        let number = |word| u128::from_str_radix(word, 16).ok();
        let default = number(destination)? == 0 && number(bits)? == 0 && interface != "lo";
        let gateway = Ipv6Addr::from(number(gateway)?);
        default.then(|| format!("{interface} via {gateway}"))
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_network_has_as_many_bits_as_its_prefix() {
        let own = IpAddr::from([192, 0, 2, 1]);
        assert!(is_in_network([192, 0, 2, 254].into(), own, 24));
        assert!(!is_in_network([192, 0, 3, 1].into(), own, 24));
        assert!(is_in_network([198, 51, 100, 1].into(), own, 0));
        assert!(is_in_network(own, own, 32));
        let six = "2001:db8::1".parse().unwrap();
        assert!(is_in_network("2001:db8::2".parse().unwrap(), six, 64));
        assert!(!is_in_network(own, six, 0), "another family");
    }

    #[test]
    fn the_machine_has_a_loopback_address() {
        let own = own_addresses();
        let loopback = OwnAddress::new(IpAddr::from([127, 0, 0, 1]), 8);
        assert!(own.contains(&loopback), "{own:?}");
    }

    #[test]
    fn the_default_route_names_interface_and_router() {
        let head =
            "Iface\tDestination\tGateway \tFlags\tRefCnt\tUse\tMetric\tMask\t\tMTU\tWindow\tIRTT\n";
        let near = "eth0\t0000A8C0\t00000000\t0001\t0\t0\t0\t00FFFFFF\t0\t0\t0\n";
        let out = format!(
            "eth0\t00000000\t{:08X}\t0003\t0\t0\t0\t00000000\t0\t0\t0\n",
            u32::from_ne_bytes([192, 168, 0, 1])
        );
        let table = format!("{head}{near}{out}");
        assert_eq!(default_route(&table).unwrap(), "eth0 via 192.168.0.1");
        assert_eq!(default_route(&format!("{head}{near}")), None);
        let zero = "0".repeat(32);
        let ipv6 = format!(
            "{zero} 00 {zero} 00 fe80000000000000000000000000000a 00000400 1 0 00000003 wlan0\n"
        );
        assert_eq!(default_route_ipv6(&ipv6).unwrap(), "wlan0 via fe80::a");
        assert_eq!(default_route_ipv6(""), None);
    }
}
