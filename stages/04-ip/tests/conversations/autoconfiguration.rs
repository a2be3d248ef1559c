//! RFC 4861 section 6.3 and RFC 4862: own addresses of IPv6, and routers.

conversations! {
    the_address_of_the_link_is_asked_about_first: "
        starts
        << who has fe80::ff:fe00:1 from :: to ff02::1:ff00:1
        says Formed
        says AddressProbed
        own fe80::ff:fe00:1 tentative
        settled no
        timer 1s
        own fe80::ff:fe00:1 preferred
        says Verified
        settled yes
        no timer";
    one_that_somebody_has_is_never_used: "
        starts
        << who has fe80::ff:fe00:1 from :: to ff02::1:ff00:1
        >> claim fe80::ff:fe00:1 9
        own fe80::ff:fe00:1 duplicate
        says NeighbourConflict
        says Expired
        after 2s
        own fe80::ff:fe00:1 duplicate
        silent Verified";
    the_own_question_that_comes_back_is_no_claim: "
        starts
        << who has fe80::ff:fe00:1 from :: to ff02::1:ff00:1
        >> claim fe80::ff:fe00:1 1
        own fe80::ff:fe00:1 tentative";
    a_claim_on_an_address_in_use_is_stated_and_it_stays: "
        starts
        << who has fe80::ff:fe00:1 from :: to ff02::1:ff00:1
        timer 1s
        >> claim fe80::ff:fe00:1 9
        says NeighbourConflict
        own fe80::ff:fe00:1 preferred";
    a_claim_on_another_address_is_nothing: "
        starts
        << who has fe80::ff:fe00:1 from :: to ff02::1:ff00:1
        >> claim fe80::9 9
        own fe80::ff:fe00:1 tentative
        silent NeighbourConflict";
    addresses_that_are_written_down_are_asked_about_too: "
        starts 2001:db8::5
        << who has fe80::ff:fe00:1 from :: to ff02::1:ff00:1
        << who has 2001:db8::5 from :: to ff02::1:ff00:5
        own 2001:db8::5 tentative
        timer 1s
        own 2001:db8::5 preferred";
    a_host_asks_for_a_router_three_times: "
        starts listens
        << who has fe80::ff:fe00:1 from :: to ff02::1:ff00:1
        << router solicitation from :: to ff02::2
        says RouterSolicited
        timer 1s
        timer 3s
        << router solicitation from fe80::ff:fe00:1 to ff02::2
        timer 4s
        << router solicitation from fe80::ff:fe00:1 to ff02::2
        no timer";
    a_router_ends_the_question: "
        starts listens
        << who has fe80::ff:fe00:1 from :: to ff02::1:ff00:1
        << router solicitation from :: to ff02::2
        >> router fe80::9 life 1800
        says RouterLearned
        default fe80::9 yes
        timer 1s
        timer 1799s
        default fe80::9 no
        says RouterLost";
    a_network_gives_an_address: "
        starts listens
        << who has fe80::ff:fe00:1 from :: to ff02::1:ff00:1
        << router solicitation from :: to ff02::2
        >> router fe80::9 life 1800 2001:db8:1::/64 7200 3600
        << who has 2001:db8:1::ff:fe00:1 from :: to ff02::1:ff00:1
        says Formed
        on link 2001:db8:1::77 yes
        on link 2001:db8:2::77 no
        timer 1s
        own 2001:db8:1::ff:fe00:1 preferred";
    a_network_that_is_not_on_the_link_gives_an_address_and_no_neighbours: "
        starts listens
        << who has fe80::ff:fe00:1 from :: to ff02::1:ff00:1
        << router solicitation from :: to ff02::2
        >> router fe80::9 life 1800 -2001:db8:1::/64 7200 3600
        << who has 2001:db8:1::ff:fe00:1 from :: to ff02::1:ff00:1
        on link 2001:db8:1::77 no";
    another_length_gives_no_address: "
        starts listens
        << who has fe80::ff:fe00:1 from :: to ff02::1:ff00:1
        << router solicitation from :: to ff02::2
        >> router fe80::9 life 1800 2001:db8:1::/56 7200 3600
        own 2001:db8:1::ff:fe00:1 none
        on link 2001:db8:1:77::1 yes";
    preferred_for_longer_than_valid_is_not_believed: "
        starts listens
        << who has fe80::ff:fe00:1 from :: to ff02::1:ff00:1
        << router solicitation from :: to ff02::2
        >> router fe80::9 life 1800 2001:db8:1::/64 3600 7200
        own 2001:db8:1::ff:fe00:1 none";
    a_network_of_the_link_itself_is_not_named_by_routers: "
        starts listens
        << who has fe80::ff:fe00:1 from :: to ff02::1:ff00:1
        << router solicitation from :: to ff02::2
        >> router fe80::9 life 9000 fe80::/64 7200 3600
        own fe80::ff:fe00:1 tentative
        on link fe80::77 no
        after 7300s
        own fe80::ff:fe00:1 preferred
        silent Deprecated";
    no_life_at_all_gives_no_address: "
        starts listens
        << who has fe80::ff:fe00:1 from :: to ff02::1:ff00:1
        << router solicitation from :: to ff02::2
        >> router fe80::9 life 1800 2001:db8:1::/64 0 0
        own 2001:db8:1::ff:fe00:1 none
        on link 2001:db8:1::77 no";
    an_address_ages: "
        starts listens
        << who has fe80::ff:fe00:1 from :: to ff02::1:ff00:1
        << router solicitation from :: to ff02::2
        >> router fe80::9 life 9000 2001:db8:1::/64 20 10
        << who has 2001:db8:1::ff:fe00:1 from :: to ff02::1:ff00:1
        timer 1s
        own 2001:db8:1::ff:fe00:1 preferred
        timer 9s
        own 2001:db8:1::ff:fe00:1 deprecated
        says Deprecated
        timer 10s
        own 2001:db8:1::ff:fe00:1 none
        says Expired
        on link 2001:db8:1::77 no";
    a_router_that_speaks_again_keeps_it_young: "
        starts listens
        << who has fe80::ff:fe00:1 from :: to ff02::1:ff00:1
        << router solicitation from :: to ff02::2
        >> router fe80::9 life 9000 2001:db8:1::/64 20 10
        << who has 2001:db8:1::ff:fe00:1 from :: to ff02::1:ff00:1
        after 12s
        own 2001:db8:1::ff:fe00:1 preferred
        says Verified
        after 1s
        own 2001:db8:1::ff:fe00:1 deprecated
        >> router fe80::9 life 9000 2001:db8:1::/64 20 10
        own 2001:db8:1::ff:fe00:1 preferred";
    nobody_cuts_a_life_to_less_than_two_hours: "
        starts listens
        << who has fe80::ff:fe00:1 from :: to ff02::1:ff00:1
        << router solicitation from :: to ff02::2
        >> router fe80::9 life 9000 2001:db8:1::/64 86400 86400
        << who has 2001:db8:1::ff:fe00:1 from :: to ff02::1:ff00:1
        after 2s
        >> router fe80::9 life 9000 2001:db8:1::/64 1 1
        after 7100s
        own 2001:db8:1::ff:fe00:1 deprecated
        after 100s
        own 2001:db8:1::ff:fe00:1 none";
    a_router_that_says_that_it_is_none: "
        starts listens
        << who has fe80::ff:fe00:1 from :: to ff02::1:ff00:1
        << router solicitation from :: to ff02::2
        >> router fe80::9 life 1800
        says RouterLearned
        >> router fe80::9 life 0
        default fe80::9 no
        silent RouterLearned
        says RouterLost";
    two_routers_and_the_first_goes: "
        starts listens
        << who has fe80::ff:fe00:1 from :: to ff02::1:ff00:1
        << router solicitation from :: to ff02::2
        >> router fe80::9 life 1800
        >> router fe80::8 life 1800
        >> router fe80::9 life 0
        default fe80::9 no
        default fe80::8 yes";
    a_router_names_dns_servers_for_a_while: "
        starts listens
        << who has fe80::ff:fe00:1 from :: to ff02::1:ff00:1
        << router solicitation from :: to ff02::2
        >> router fe80::9 life 9000 dns 2001:db8::53 60
        dns 2001:db8::53 yes
        after 60s
        dns 2001:db8::53 no";
    a_router_does_not_listen_to_routers: "
        starts
        << who has fe80::ff:fe00:1 from :: to ff02::1:ff00:1
        >> router fe80::9 life 1800 2001:db8:1::/64 7200 3600
        default fe80::9 no
        own 2001:db8:1::ff:fe00:1 none";
    more_routers_than_an_interface_takes: "
        starts listens
        << who has fe80::ff:fe00:1 from :: to ff02::1:ff00:1
        << router solicitation from :: to ff02::2
        >> router fe80::a life 1800
        >> router fe80::b life 1800
        >> router fe80::c life 1800
        >> router fe80::d life 1800
        >> router fe80::e life 1800
        >> router fe80::f life 1800
        >> router fe80::10 life 1800
        >> router fe80::11 life 1800
        silent LimitReached
        >> router fe80::12 life 1800
        says LimitReached
        default fe80::11 yes
        default fe80::12 no
        >> router fe80::a life 0
        >> router fe80::12 life 1800
        default fe80::12 yes";
    more_dns_servers_than_an_interface_takes: "
        starts listens
        << who has fe80::ff:fe00:1 from :: to ff02::1:ff00:1
        << router solicitation from :: to ff02::2
        >> router fe80::9 life 9000 dns 2001:db8::1 60
        >> router fe80::9 life 9000 dns 2001:db8::2 60
        >> router fe80::9 life 9000 dns 2001:db8::3 60
        >> router fe80::9 life 9000 dns 2001:db8::4 60
        >> router fe80::9 life 9000 dns 2001:db8::5 60
        >> router fe80::9 life 9000 dns 2001:db8::6 60
        >> router fe80::9 life 9000 dns 2001:db8::7 60
        >> router fe80::9 life 9000 dns 2001:db8::8 60
        silent LimitReached
        >> router fe80::9 life 9000 dns 2001:db8::9 60
        says LimitReached
        dns 2001:db8::8 yes
        dns 2001:db8::9 no";
    more_networks_than_an_interface_takes: "
        starts 2001:db8::1 2001:db8::2 2001:db8::3 2001:db8::4 2001:db8::5 2001:db8::6 2001:db8::7 2001:db8::8 2001:db8::9 2001:db8::a 2001:db8::b 2001:db8::c 2001:db8::d 2001:db8::e 2001:db8::f listens
        << who has fe80::ff:fe00:1 from :: to ff02::1:ff00:1
        << who has 2001:db8::1 from :: to ff02::1:ff00:1
        << who has 2001:db8::2 from :: to ff02::1:ff00:2
        << who has 2001:db8::3 from :: to ff02::1:ff00:3
        << who has 2001:db8::4 from :: to ff02::1:ff00:4
        << who has 2001:db8::5 from :: to ff02::1:ff00:5
        << who has 2001:db8::6 from :: to ff02::1:ff00:6
        << who has 2001:db8::7 from :: to ff02::1:ff00:7
        << who has 2001:db8::8 from :: to ff02::1:ff00:8
        << who has 2001:db8::9 from :: to ff02::1:ff00:9
        << who has 2001:db8::a from :: to ff02::1:ff00:a
        << who has 2001:db8::b from :: to ff02::1:ff00:b
        << who has 2001:db8::c from :: to ff02::1:ff00:c
        << who has 2001:db8::d from :: to ff02::1:ff00:d
        << who has 2001:db8::e from :: to ff02::1:ff00:e
        << who has 2001:db8::f from :: to ff02::1:ff00:f
        << router solicitation from :: to ff02::2
        >> router fe80::9 life 1800 2001:db8:1::/64 7200 3600
        says LimitReached
        own 2001:db8:1::ff:fe00:1 none";
}
