use super::*;
use crate::topology::Way;

#[test]
fn every_fault_damages_the_builtin_internet_and_leaves_a_valid_topology() {
    let whole = Topology::builtin();
    for fault in LIST {
        let mut damaged = whole.clone();
        apply(&mut damaged, fault.id).unwrap_or_else(|error| panic!("{error}"));
        assert_ne!(damaged, whole, "{}", fault.id);
        // The same damage can be written into a file.
        let read = Topology::parse(&damaged.to_toml())
            .unwrap_or_else(|error| panic!("{}: {error}", fault.id));
        assert_eq!(read, damaged, "{}", fault.id);
    }
}

#[test]
fn every_code_has_its_own_damage() {
    let whole = Topology::builtin();
    let mut seen = Vec::new();
    for (code, _) in BY_CODE {
        let mut damaged = whole.clone();
        apply(&mut damaged, code.as_str()).unwrap();
        assert!(!seen.contains(&damaged), "{code}");
        seen.push(damaged);
    }
}

#[test]
fn an_unknown_fault_is_refused_with_what_may_be_meant() {
    let mut topology = Topology::builtin();
    let error = apply(&mut topology, "firewal.drop=443")
        .unwrap_err()
        .to_string();
    assert_eq!(
        error,
        "there is no fault “firewal.drop”; did you mean firewall.drop?"
    );
    assert!(
        apply(&mut topology, "xyz")
            .unwrap_err()
            .to_string()
            .contains("thru lab faults")
    );
}

#[test]
fn a_bad_value_is_refused_with_the_reason() {
    let mut topology = Topology::builtin();
    for (text, reason) in [
        ("firewall.drop=x", "“x” is no port"),
        ("node.off=tv", "there is no machine “tv”"),
        ("dhcp.off=1", "it takes no value"),
        ("wire.loss=pc:eth0/2", "“2” is no share from 0 to 1"),
        ("wire.rate=pc:eth0/fast", "“fast” is no rate like 1 Mbit/s"),
        ("wire.queue=pc:eth0/x", "“x” is no number of frames"),
        ("wire.lose=pc:eth0/1,x", "“1,x” is no list of numbers"),
        (
            "wire.latency=pc:eth9/5 ms",
            "no wire is plugged into “pc:eth9”",
        ),
        ("web.missing=style.css", "it must begin with /"),
        ("web.status=/", "not like /:404"),
        ("dns.no_delegation=example.", "does not know “example.”"),
    ] {
        let error = apply(&mut topology, text).unwrap_err().to_string();
        assert!(error.contains(reason), "{error}");
    }
}

#[test]
fn without_its_delegation_the_zone_above_does_not_name_it() {
    let mut topology = Topology::builtin();
    apply(&mut topology, "dns.no_delegation").unwrap();
    let above = topology
        .zone
        .iter()
        .find(|zone| zone.origin == "lab.")
        .unwrap();
    assert!(!above.text.contains("shop"), "{}", above.text);
    assert!(above.text.contains("ns.tld"), "{}", above.text);
}

#[test]
fn a_port_is_dropped_whatever_the_rules_say_of_it() {
    let mut topology = Topology::builtin();
    for machine in &mut topology.machine {
        if let Some(rules) = &mut machine.firewall {
            *rules = vec!["allow tcp".into()];
        }
    }
    apply(&mut topology, "firewall.drop=8080").unwrap();
    let rules = topology.machine.iter().find_map(|own| own.firewall.clone());
    assert_eq!(rules.unwrap(), ["drop tcp port 8080", "allow tcp"]);
}

#[test]
fn a_wire_can_be_damaged_in_one_direction() {
    let mut topology = Topology::builtin();
    let before = topology.clone();
    let find = |topology: &Topology| {
        let wires = topology.wire.iter();
        let mut named = wires.filter(|wire| wire.from.to_string() == "home-router:wan0");
        named.next().cloned().unwrap()
    };
    apply(&mut topology, "wire.loss=home-router:wan0/0.5/out").unwrap();
    let wire = find(&topology);
    assert_eq!(wire.one_way(Way::There).loss, 0.5);
    assert_eq!(wire.one_way(Way::Back), find(&before).one_way(Way::Back));
    apply(&mut topology, "wire.rate=home-router:wan0/1 Mbit/s/in").unwrap();
    let wire = find(&topology);
    assert_eq!(wire.one_way(Way::Back).rate.bits_per_second, 1_000_000);
    assert_eq!(wire.one_way(Way::There).rate.bits_per_second, 100_000_000);
    // Both ways it says the same as the key does.
    apply(&mut topology, "wire.loss=home-router:wan0/0.25").unwrap();
    let wire = find(&topology);
    assert_eq!(wire.loss, 0.25);
    assert_eq!(wire.one_way(Way::Back).loss, 0.25);
    assert_eq!(Topology::parse(&topology.to_toml()).unwrap(), topology);
}
