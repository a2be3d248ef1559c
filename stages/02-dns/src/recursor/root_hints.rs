//! The addresses of the root's name servers (IANA's list, as of 2024).

use std::net::{IpAddr, SocketAddr};

/// From a to m, IPv4 and then IPv6 of each.
const ADDRESSES: [&str; 26] = [
    "198.41.0.4",
    "2001:503:ba3e::2:30",
    "170.247.170.2",
    "2801:1b8:10::b",
    "192.33.4.12",
    "2001:500:2::c",
    "199.7.91.13",
    "2001:500:2d::d",
    "192.203.230.10",
    "2001:500:a8::e",
    "192.5.5.241",
    "2001:500:2f::f",
    "192.112.36.4",
    "2001:500:12::d0d",
    "198.97.190.53",
    "2001:500:1::53",
    "192.36.148.17",
    "2001:7fe::53",
    "192.58.128.30",
    "2001:503:c27::2:30",
    "193.0.14.129",
    "2001:7fd::1",
    "199.7.83.42",
    "2001:500:9f::42",
    "202.12.27.33",
    "2001:dc3::35",
];

/// The root's servers of the real internet.
pub fn root_hints() -> Vec<SocketAddr> {
    let addresses = ADDRESSES
        .iter()
        .filter_map(|text| text.parse::<IpAddr>().ok());
    addresses
        .map(|address| SocketAddr::new(address, 53))
        .collect()
}

#[test]
fn every_address_is_one() {
    assert_eq!(root_hints().len(), ADDRESSES.len());
}
