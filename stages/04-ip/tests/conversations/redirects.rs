//! RFC 1122 section 3.2.2.2, RFC 4861 section 8: another first hop is better.

conversations! {
    a_better_router_of_the_network_is_followed: "
        route 10.0.0.0/24 via - if 0
        route 0.0.0.0/0 via 10.0.0.1 if 0
        >> redirect 203.0.113.80 by 10.0.0.1 to 10.0.0.2 on 0
        next 203.0.113.80 is 10.0.0.2
        next 203.0.113.81 is 10.0.0.1";
    the_destination_itself_is_a_neighbour: "
        route 10.0.0.0/24 via - if 0
        route 0.0.0.0/0 via 10.0.0.1 if 0
        route ::/0 via fe80::1 if 0
        >> redirect 10.0.0.77 by 10.0.0.1 to 10.0.0.77 on 0
        << refused: a redirect that is not from the first hop to its destination
        >> redirect 2001:db8::77 by fe80::1 to 2001:db8::77 on 0
        next 2001:db8::77 is neighbour";
    one_from_another_than_the_first_hop_is_not_believed: "
        route 10.0.0.0/24 via - if 0
        route 0.0.0.0/0 via 10.0.0.1 if 0
        >> redirect 203.0.113.80 by 10.0.0.9 to 10.0.0.2 on 0
        << refused: a redirect that is not from the first hop to its destination
        next 203.0.113.80 is 10.0.0.1";
    one_that_comes_in_elsewhere_is_not_believed: "
        route 10.0.0.0/24 via - if 0
        route 10.0.1.0/24 via - if 1
        route 0.0.0.0/0 via 10.0.0.1 if 0
        >> redirect 203.0.113.80 by 10.0.0.1 to 10.0.1.2 on 1
        << refused: a redirect that is not from the first hop to its destination
        next 203.0.113.80 is 10.0.0.1";
    a_router_that_is_no_neighbour_is_no_first_hop: "
        route 10.0.0.0/24 via - if 0
        route 0.0.0.0/0 via 10.0.0.1 if 0
        route ::/0 via fe80::1 if 0
        >> redirect 203.0.113.80 by 10.0.0.1 to 198.51.100.1 on 0
        << refused: a redirect to who is not on the link
        >> redirect 2001:db8::80 by fe80::1 to 2001:db8::2 on 0
        << refused: a redirect to who is not on the link
        next 203.0.113.80 is 10.0.0.1
        next 2001:db8::80 is fe80::1";
    nobody_is_redirected_to_no_machine: "
        route 10.0.0.0/24 via - if 0
        route 0.0.0.0/0 via 10.0.0.1 if 0
        route ::/0 via fe80::1 if 0
        >> redirect 203.0.113.80 by 10.0.0.1 to 0.0.0.0 on 0
        << refused: a redirect to no machine
        >> redirect 203.0.113.80 by 10.0.0.1 to 224.0.0.1 on 0
        << refused: a redirect to no machine
        >> redirect 203.0.113.80 by 10.0.0.1 to fe80::2 on 0
        << refused: a redirect to no machine
        >> redirect ff02::1 by fe80::1 to fe80::2 on 0
        << refused: a redirect about a group";
    one_redirect_may_follow_another: "
        route ::/0 via fe80::1 if 0
        >> redirect 2001:db8::80 by fe80::1 to fe80::2 on 0
        next 2001:db8::80 is fe80::2
        >> redirect 2001:db8::80 by fe80::1 to fe80::4 on 0
        << refused: a redirect that is not from the first hop to its destination
        >> redirect 2001:db8::80 by fe80::2 to fe80::3 on 0
        next 2001:db8::80 is fe80::3";
    who_does_not_answer_is_no_better: "
        route 10.0.0.0/24 via - if 0
        route 0.0.0.0/0 via 10.0.0.1 if 0
        >> redirect 203.0.113.80 by 10.0.0.1 to 10.0.0.2 on 0
        silence 10.0.0.2
        next 203.0.113.80 is 10.0.0.1";
    another_table_ends_what_its_router_said: "
        route 0.0.0.0/0 via 10.0.0.1 if 0
        route 10.0.0.0/24 via - if 0
        >> redirect 203.0.113.80 by 10.0.0.1 to 10.0.0.2 on 0
        forget 0
        route 0.0.0.0/0 via 10.0.0.3 if 0
        next 203.0.113.80 is 10.0.0.3";
}

/// The one heard of longest ago goes.
#[test]
fn more_are_redirected_than_are_remembered() {
    let mut script = "route 10.0.0.0/8 via - if 0\nroute 0.0.0.0/0 via 10.0.0.1 if 0\n".to_owned();
    for n in 0..=thru_ip::redirect_limits::DESTINATIONS {
        if n == thru_ip::redirect_limits::DESTINATIONS {
            script += "silent LimitReached\n";
        }
        let (high, low) = (n / 250, n % 250 + 1);
        script += &format!(">> redirect 203.0.{high}.{low} by 10.0.0.1 to 10.0.0.2 on 0\n");
    }
    script += "says LimitReached\nnext 203.0.0.1 is 10.0.0.1\nnext 203.0.0.2 is 10.0.0.2\n";
    crate::talk::talk(&script);
}
