//! RFC 1812 section 5.2.4.3: the longest prefix; RFC 1191 and 8201: what a way takes.

conversations! {
    the_longest_prefix_wins: "
        route 0.0.0.0/0 via 10.0.0.1 if 0
        route 10.1.0.0/16 via - if 1
        route 10.1.2.0/24 via - if 2
        way 10.1.2.3 is 10.1.2.0/24 if 2
        way 10.1.3.3 is 10.1.0.0/16 if 1
        way 192.0.2.1 is 0.0.0.0/0 if 0";
    a_single_address_is_longer_than_any_network: "
        route 10.1.2.0/24 via - if 2
        route 10.1.2.3/32 via 10.0.0.9 if 0
        way 10.1.2.3 is 10.1.2.3/32 if 0
        way 10.1.2.4 is 10.1.2.0/24 if 2";
    without_a_route_there_is_none: "
        route 10.1.2.0/24 via - if 2
        way 10.1.3.1 is none";
    a_second_route_to_a_network_replaces_the_first: "
        route 10.1.2.0/24 via - if 2
        route 10.1.2.0/24 via 10.0.0.1 if 0
        way 10.1.2.3 is 10.1.2.0/24 if 0
        forget 0
        way 10.1.2.3 is none";
    the_families_do_not_meet: "
        route 0.0.0.0/0 via 10.0.0.1 if 0
        way 2001:db8::1 is none
        route ::/0 via fe80::1 if 1
        way 2001:db8::1 is ::/0 if 1
        way 10.0.0.9 is 0.0.0.0/0 if 0";
    the_longest_prefix_of_ipv6: "
        route 2001:db8::/32 via fe80::1 if 0
        route 2001:db8:1::/48 via - if 1
        route 2001:db8:1:2::/64 via - if 2
        way 2001:db8:1:2::9 is 2001:db8:1:2::/64 if 2
        way 2001:db8:1:3::9 is 2001:db8:1::/48 if 1
        way 2001:db8:2::9 is 2001:db8::/32 if 0
        way 2001:db9::9 is none";
    an_interface_that_goes_takes_its_routes_with_it: "
        route 0.0.0.0/0 via 10.0.0.1 if 0
        route 10.1.2.0/24 via - if 2
        forget 0
        way 192.0.2.1 is none
        way 10.1.2.3 is 10.1.2.0/24 if 2";
    a_router_tells_what_passes: "
        mtu 192.0.2.1 unknown
        told 192.0.2.1 1400 of 1500
        says PathMtuLearned
        mtu 192.0.2.1 1400
        mtu 192.0.2.2 unknown";
    it_never_makes_larger: "
        told 192.0.2.1 1400 of 1500
        says PathMtuLearned
        told 192.0.2.1 1450 of 1500
        silent PathMtuLearned
        mtu 192.0.2.1 1400
        told 192.0.2.1 1600 of 1500
        mtu 192.0.2.1 1400";
    it_is_forgotten_after_ten_minutes: "
        told 192.0.2.1 1400 of 1500
        after 599s
        mtu 192.0.2.1 1400
        after 1s
        mtu 192.0.2.1 unknown
        told 192.0.2.1 1450 of 1500
        mtu 192.0.2.1 1450";
    less_than_every_link_of_ipv6_takes_is_not_believed: "
        told 2001:db8::1 1279 of 1500
        silent PathMtuLearned
        mtu 2001:db8::1 unknown
        told 2001:db8::1 1280 of 1500
        mtu 2001:db8::1 1280";
    less_than_every_link_takes_is_not_believed: "
        told 192.0.2.1 67 of 1500
        mtu 192.0.2.1 unknown
        told 192.0.2.1 68 of 1500
        mtu 192.0.2.1 68";
}

/// The one whose time is over first goes, and that is stated.
#[test]
fn more_ways_than_are_remembered() {
    let most = thru_ip::path_mtu_limits::DESTINATIONS;
    let told = |n: usize| {
        format!(
            "told 10.0.{}.{} 1400 of 1500\nafter 1ms\n",
            n / 250,
            n % 250
        )
    };
    let mut script: String = (0..most).map(told).collect();
    script += "silent LimitReached\nmtu 10.0.0.0 1400\n";
    script += &told(most);
    script += "says LimitReached\nmtu 10.0.0.0 unknown\nmtu 10.0.0.1 1400\n";
    crate::talk::talk(&script);
}
