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

#[test]
fn switches_in_a_circle_are_refused_at_the_wire_that_closes_it() {
    assert!(Topology::parse(&switches(&[("a", "b"), ("b", "c")])).is_ok());
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
        let error = Topology::parse(&switches(wires)).unwrap_err();
        assert_eq!(error.to_string(), expected);
    }
}
