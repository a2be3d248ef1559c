//! Labs of the bench, as topology files.

use std::{fmt::Write as _, rc::Rc};
use thru_lab::{Lab, LabClock, LabConfig, Topology};
use thru_port::CpuClock;

/// A lab of that topology, not recorded.
pub fn lab(topology: &str, seed: u64) -> Lab {
    struct Still;
    impl CpuClock for Still {
        fn nanos(&self) -> u64 {
            0
        }
    }
    let topology = Topology::parse(topology).unwrap_or_else(|error| panic!("{error}"));
    Lab::new(LabConfig {
        topology,
        seed,
        clock: LabClock::new(),
        recorder: None,
        cpu: Rc::new(Still),
    })
    .unwrap_or_else(|error| panic!("{error}"))
}

/// The address of the host of that number in [`town`].
pub fn address(host: usize) -> std::net::Ipv4Addr {
    std::net::Ipv4Addr::new(10, 0, (host / 250) as u8, (host % 250) as u8 + 1)
}

/// One network: hosts, evenly on switches that hang on the first.
pub fn town(hosts: usize, switches: usize) -> String {
    let mut text = String::from("near = \"h0\"\n");
    for switch in 0..switches {
        let _ = writeln!(
            text,
            "[[machine]]\nname = \"s{switch}\"\nkind = \"switch\"\nswitch = {{ storm_limit = 1000000 }}"
        );
        if switch > 0 {
            let _ = writeln!(text, "[[wire]]\nfrom = \"s0\"\nto = \"s{switch}\"");
            text += "rate = \"10 Gbit/s\"\nqueue = 100000\nlatency = \"5 us\"\n";
        }
    }
    for host in 0..hosts {
        let (on, address) = (host % switches, address(host));
        let _ = writeln!(
            text,
            "[[machine]]\nname = \"h{host}\"\ntcp = {{ backlog = 20000 }}\n\
             interface = [{{ name = \"eth0\", address = \"{address}/16\" }}]\n\
             [[wire]]\nfrom = \"h{host}:eth0\"\nto = \"s{on}\"\nqueue = 100000\nlatency = \"1 us\""
        );
    }
    text
}

/// Two ends and a wire between them. `kind` is `host`, or `outside` for ends that are no part of
/// the lab.
pub fn pair(kind: &str, wire: &str) -> String {
    let mut text = String::new();
    for (name, address) in [("a", "10.0.0.1/24"), ("b", "10.0.0.2/24")] {
        let _ = writeln!(text, "[[machine]]\nname = \"{name}\"\nkind = \"{kind}\"");
        if kind == "host" {
            let _ = writeln!(
                text,
                "interface = [{{ name = \"eth0\", address = \"{address}\" }}]"
            );
        }
    }
    let port = if kind == "host" { ":eth0" } else { "" };
    let near = match kind {
        "host" => "near = \"a\"\n".to_owned(),
        // Somebody has to be near; nobody is there.
        _ => "near = \"nobody\"\n[[machine]]\nname = \"nobody\"\n".to_owned(),
    };
    format!("{near}{text}[[wire]]\nfrom = \"a{port}\"\nto = \"b{port}\"\n{wire}\n")
}
