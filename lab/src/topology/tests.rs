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
