use super::*;

#[test]
fn the_builtin_internet_is_read_and_written_the_same() {
    let builtin = Topology::parse(BUILTIN).unwrap();
    assert_eq!(Topology::parse(&builtin.to_toml()).unwrap(), builtin);
    assert_eq!(builtin.starts_at_unix(), 1_767_225_600);
}

#[test]
fn what_is_wrong_is_said_with_its_place() {
    let cases = [
        ("near = \"pc\"\nmachine = 5\n", "line 2, column 11"),
        (
            "near = \"tv\"\n[[machine]]\nname = \"pc\"\n",
            "line 1, column 9: there is no machine called “tv”",
        ),
        (
            "near = \"pc\"\n[[machine]]\nname = \"pc\"\ncolour = 1\n",
            "line 4, column 1: unknown field `colour`",
        ),
        (
            "near = \"pc\"\n[[machine]]\nname = \"pc\"\nfirewall = [\"permit all\"]\n",
            "line 4, column 14: “permit all”: a rule begins with allow, drop or reject",
        ),
        (
            "near = \"pc\"\n[[machine]]\nname = \"pc\"\n[[wire]]\nfrom = \"pc:eth0\"\nto = \"sw\"\n",
            "line 5, column 9: nothing can be plugged into “pc:eth0”",
        ),
    ];
    for (text, expected) in cases {
        let error = Topology::parse(text).unwrap_err().to_string();
        assert!(error.starts_with(expected), "{error}");
    }
}

#[test]
fn the_calendar_can_be_set() {
    let mut topology = Topology::builtin();
    topology.set_starts_at("2024-02-29T12:30:15Z").unwrap();
    assert_eq!(topology.starts_at_unix(), 1_709_209_815);
    assert!(topology.set_starts_at("soon").is_err());
}

/// `near` and three switches, wired as named.
fn switches(wires: &[(&str, &str)]) -> String {
    let mut text = "near = \"pc\"\n[[machine]]\nname = \"pc\"\n".to_owned();
    for name in ["a", "b", "c"] {
        text += &format!("[[machine]]\nname = \"{name}\"\nkind = \"switch\"\n");
    }
    for (from, to) in wires {
        text += &format!("[[wire]]\nfrom = \"{from}\"\nto = \"{to}\"\n");
    }
    text
}

/// Every warning about a text that can be read, as it is printed.
fn warnings(text: &str) -> Vec<String> {
    let topology = Topology::parse(text).unwrap_or_else(|error| panic!("{error}"));
    let warnings = topology.warnings(text);
    warnings.iter().map(ToString::to_string).collect()
}

#[test]
fn switches_in_a_circle_are_doubted_at_the_wire_that_closes_it() {
    assert!(warnings(&switches(&[("a", "b"), ("b", "c")])).is_empty());
    let cases: [(&[(&str, &str)], &str); 3] = [
        (
            &[("a", "b"), ("b", "c"), ("c", "a")],
            "line 21, column 7: the wire from “c” to “a” closes a loop of switches",
        ),
        // What comes after it does not move the place.
        (
            &[("a", "b"), ("b", "a"), ("a", "c")],
            "line 18, column 7: the wire from “b” to “a” closes a loop of switches",
        ),
        (
            &[("a", "a")],
            "line 14, column 9: the wire from “a” to “a” closes a loop of switches",
        ),
    ];
    for (wires, expected) in cases {
        assert_eq!(warnings(&switches(wires)), [expected]);
    }
}

#[test]
fn nothing_is_doubtful_in_the_builtin_internet() {
    assert_eq!(warnings(BUILTIN), [""; 0]);
}

#[test]
fn the_second_machine_with_an_address_is_doubted() {
    let before = "address = \"203.0.113.83/26\"";
    let text = BUILTIN.replace(before, "address = \"203.0.113.82/26\"");
    let line = 1 + text[..text.rfind("203.0.113.82/26").unwrap()]
        .matches('\n')
        .count();
    let expected =
        format!("line {line}, column 42: “web-2” and “web-1” have the same address, 203.0.113.82");
    assert_eq!(warnings(&text), [expected]);
    // Two homes may use the same private addresses.
    let homes = "near = \"a\"\n[[machine]]\nname = \"a\"\ninterface = [{ name = \"e\", address = \"10.0.0.1/8\" }]\n\
                 [[machine]]\nname = \"b\"\ninterface = [{ name = \"e\", address = \"10.0.0.1/8\" }]\n";
    assert!(warnings(homes).is_empty());
}

#[test]
fn the_second_machine_with_an_address_of_ipv6_is_doubted() {
    let two = |address: &str| {
        let machine = |name| {
            format!(
                "[[machine]]\nname = \"{name}\"\ninterface = [{{ name = \"e\", address = \"none\", ipv6 = [\"{address}\"] }}]\n"
            )
        };
        warnings(&format!("near = \"a\"\n{}{}", machine("a"), machine("b")))
    };
    let expected = "line 7, column 55: “b” and “a” have the same address, 2001:db8::1";
    assert_eq!(two("2001:db8::1/64"), [expected]);
    // Two homes may use the same local addresses.
    assert_eq!(two("fd00::1/64"), [""; 0]);
}

#[test]
fn a_route_over_a_machine_of_no_own_network_is_doubted() {
    let with = |route: &str, own: &str| {
        warnings(&format!(
            "near = \"a\"\n[[machine]]\nname = \"a\"\ninterface = [{{ name = \"e\", {own} }}]\nroute = [{{ {route} }}]\n"
        ))
    };
    let fixed = "address = \"10.0.0.20/24\", ipv6 = [\"2001:db8::20/64\"]";
    for (to, via) in [("0.0.0.0/0", "10.0.1.1"), ("::/0", "2001:db8:0:1::1")] {
        let route = format!("to = \"{to}\", via = \"{via}\"");
        let found = with(&route, fixed);
        let expected = format!("“a” has a route over {via}, which lies in none of its networks");
        assert!(
            matches!(&found[..], [one] if one.starts_with("line 5, ") && one.ends_with(&expected)),
            "{found:?}"
        );
        // Nobody knows yet which network it will be in.
        let lent = with(&route, "address = \"dhcp\", ipv6 = [\"auto\"]");
        assert_eq!(lent, [""; 0]);
    }
    for (to, via) in [
        ("0.0.0.0/0", "10.0.0.1"),
        ("::/0", "2001:db8::1"),
        ("::/0", "fe80::1"),
    ] {
        let route = format!("to = \"{to}\", via = \"{via}\"");
        assert_eq!(with(&route, fixed), [""; 0]);
    }
}

#[test]
fn a_dhcp_server_lends_something_for_some_time() {
    for (lends, expected) in [
        (
            "first = \"10.0.0.9\", last = \"10.0.0.8\", lease_s = 60",
            "line 5, column 43: the first address to lend, 10.0.0.9, is above the last, 10.0.0.8",
        ),
        (
            "first = \"10.0.0.8\", last = \"10.0.0.8\", lease_s = 0",
            "line 5, column 73: an address is lent for 1 s at least",
        ),
    ] {
        let text = format!(
            "near = \"a\"\n[[machine]]\nname = \"a\"\ninterface = [{{ name = \"e\", address = \"10.0.0.1/24\" }}]\n\
             dhcp_server = {{ interface = \"e\", {lends} }}\n"
        );
        assert_eq!(Topology::parse(&text).unwrap_err().to_string(), expected);
    }
}

#[test]
fn a_zone_that_cannot_be_read_is_refused_with_its_line() {
    let good = "@ 900 IN SOA ns admin 1 2 3 4 5\n@ NS ns\nns A 192.0.2.1";
    let with = |text: &str| {
        let zones = format!(
            "[[zone]]\norigin = \"a.\"\ntext = \"\"\"\n{good}\n\"\"\"\n[[zone]]\norigin = \"b.\"\ntext = \"\"\"\n{text}\n\"\"\"\n"
        );
        let read = Topology::parse(&format!(
            "near = \"pc\"\n[[machine]]\nname = \"pc\"\n{zones}"
        ));
        read.map(drop).map_err(|error| error.to_string())
    };
    assert_eq!(with(good), Ok(()));
    // The same words stand in a line before, which is right.
    let bad = format!("{good}\nw-x A 192.0.2.2\nw TXT \"x AAAA zz\"\nx AAAA zz");
    let refused = with(&bad).unwrap_err();
    assert!(
        refused.starts_with("line 19, column 1: the zone “b.”: "),
        "{refused}"
    );
    let refused = with("ns 9 A 192.0.2.1").unwrap_err();
    assert!(
        refused.ends_with("the zone “b.”: the zone has no SOA record"),
        "{refused}"
    );
    assert!(refused.starts_with("line 12, column 11: "), "{refused}");
}

#[test]
fn a_server_that_cannot_be_reached_is_doubted_with_where_the_way_ends() {
    let wire = "[[wire]]\nfrom = \"app:eth0\"\nto = \"site-switch\"\nlatency = \"1 us\"";
    let unplugged = BUILTIN.replace(wire, "");
    assert_ne!(unplugged, BUILTIN);
    let place = unplugged.find("name = \"app\"").unwrap();
    let line = 1 + unplugged[..place].matches('\n').count();
    let expected =
        format!("line {line}, column 9: “app” cannot be reached from “pc”: no wire leads there");
    assert_eq!(warnings(&unplugged), [expected]);
    let route = "    { to = \"203.0.113.64/26\", via = \"203.0.113.2\" },\n";
    let misled = warnings(&BUILTIN.replace(route, ""));
    // The site's router sends packets for the shop back to where they came from.
    assert_eq!(misled.len(), 5, "{misled:?}");
    let circle = |warning: &String| warning.contains("go round in a circle");
    assert!(misled.iter().all(circle), "{misled:?}");
}

#[test]
fn what_is_wrong_is_pointed_at_where_it_stands_and_not_where_it_is_right() {
    // The same rule is right in one machine's list and wrong in none; the same word elsewhere.
    let text = "near = \"pc\"\n[[machine]]\nname = \"pc\"\n[[machine]]\nname = \"sw\"\nkind = \"switch\"\n\
                [[wire]]\nfrom = \"sw\"\nto = \"tv\"\n[[wire]]\nfrom = \"sw\"\nto = \"sw\"\n[[zone]]\norigin = \"tv.\"\ntext = \"tv\"\n";
    let error = Topology::parse(text).unwrap_err().to_string();
    assert_eq!(error, "line 9, column 7: there is no machine called “tv”");
    let text = "near = \"pc\"\n[[machine]]\nname = \"pc\"\nswitch = { storm_limit = 5 }\n";
    let error = Topology::parse(text).unwrap_err().to_string();
    assert_eq!(error, "line 4, column 1: “pc” is no switch");
}

/// A home router that forwards so.
fn forwarding(lines: &str) -> String {
    format!(
        "near = \"pc\"\n[[machine]]\nname = \"pc\"\n[[machine]]\nname = \"home\"\nkind = \"router\"\n\
         interface = [{{ name = \"lan\", address = \"192.168.1.1/24\" }}, {{ name = \"wan\", address = \"198.51.100.2/30\" }}]\n\
         nat = {{ outside = \"wan\", forward = [{lines}] }}\n"
    )
}

#[test]
fn what_is_forwarded_twice_or_at_no_port_is_refused_with_its_line() {
    let web = "{ port = 80, to = \"192.168.1.80:80\" }";
    for (other, expected) in [
        (
            "{ port = 80, to = \"192.168.1.81:80\" }",
            "tcp port 80 is forwarded twice",
        ),
        (
            "{ port = 81, to = \"192.168.1.80:80\" }",
            "two ports are forwarded to tcp 192.168.1.80:80",
        ),
        (
            "{ port = 0, to = \"192.168.1.80:81\" }",
            "port 0 is none that can be forwarded",
        ),
        (
            "{ port = 81, to = \"192.168.1.80:0\" }",
            "port 0 is none that can be forwarded",
        ),
    ] {
        let error = Topology::parse(&forwarding(&format!("{web}, {other}"))).unwrap_err();
        assert_eq!(error.message, expected);
        assert_eq!(error.at.map(|(line, _)| line), Some(8), "{error}");
    }
    // The same port of another protocol is another.
    let both = format!("{web}, {{ protocol = \"udp\", port = 80, to = \"192.168.1.80:80\" }}");
    assert_eq!(warnings(&forwarding(&both)), [""; 0]);
}

#[test]
fn what_is_forwarded_to_nowhere_inside_is_doubted() {
    let away = forwarding(
        "{ port = 80, to = \"203.0.113.80:80\" }, { port = 81, to = \"192.168.1.1:80\" }",
    );
    let [away, own] = &warnings(&away)[..] else {
        panic!("two lines are doubtful");
    };
    let expected =
        "“home” forwards port 80 to 203.0.113.80:80, which lies in none of its networks inside";
    assert!(
        away.starts_with("line 8, ") && away.ends_with(expected),
        "{away}"
    );
    assert!(
        own.ends_with("to 192.168.1.1:80, which is its own"),
        "{own}"
    );
}

#[test]
fn no_wire_of_a_loop_hides_another_in_the_picture() {
    let scenario = crate::scenarios::find("loop").unwrap();
    let topology = Topology::parse(scenario.topology).unwrap();
    let svg = topology.svg();
    let paths = svg.split("<path d=\"").skip(1);
    let drawn: std::collections::BTreeSet<&str> =
        paths.filter_map(|rest| rest.split('"').next()).collect();
    assert_eq!(drawn.len(), topology.wire.len(), "{svg}");
}
