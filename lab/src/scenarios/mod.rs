//! Scenarios that are built in: a topology, what is broken in it, and what to load there.
//!
//! Stage: the lab world.
//! In: a name. Out: a topology as text, faults, a URL.
//! Emits: nothing.
//! How it works: most are the built-in internet with a fault; some have a topology of their own.
//! Not here: running one (`app`).

use crate::topology::BUILTIN;

/// One scenario.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Scenario {
    /// Its name.
    pub name: &'static str,
    /// What it shows.
    pub says: &'static str,
    /// Its topology, TOML.
    pub topology: &'static str,
    /// What is broken.
    pub faults: &'static [&'static str],
    /// What to load.
    pub url: &'static str,
}

const fn shop(name: &'static str, says: &'static str, faults: &'static [&'static str]) -> Scenario {
    Scenario {
        name,
        says,
        topology: BUILTIN,
        faults,
        url: "https://shop.lab/",
    }
}

/// Every scenario; the first is the built-in internet as it is.
pub const LIST: &[Scenario] = &[
    shop("shop", "the built-in internet, in order", &[]),
    shop(
        "lossy-line",
        "the line to the provider loses 1 frame in 20",
        &["wire.loss=home-router:wan0/0.05"],
    ),
    shop(
        "slow-uplink",
        "what the home sends goes at 256 kbit/s, what it receives as usual",
        &["wire.rate=home-router:wan0/256 kbit/s/out"],
    ),
    shop(
        "bufferbloat",
        "1 Mbit/s from the provider behind a queue of 1000 frames",
        &[
            "wire.rate=home-router:wan0/1 Mbit/s/in",
            "wire.queue=home-router:wan0/1000/in",
        ],
    ),
    shop(
        "fair-queue",
        "the same line, its queue kept short for each flow (FQ-CoDel)",
        &[
            "wire.rate=home-router:wan0/1 Mbit/s/in",
            "wire.queue=home-router:wan0/1000/in",
            "wire.queue_kind=home-router:wan0/fq-codel/in",
        ],
    ),
    shop(
        "silent-firewall",
        "a filter drops HTTPS without a word",
        &["firewall.drop=443"],
    ),
    shop(
        "full-nat",
        "the home router's translation table has no room",
        &["nat.table=0"],
    ),
    shop(
        "expired-certificate",
        "the shop's certificate is out of date",
        &["certificate.expired=10"],
    ),
    shop(
        "lame-name-server",
        "a name server does not serve the zone that it is named for",
        &["dns.lame=site-dns"],
    ),
    Scenario {
        name: "small",
        says: "a browser, a switch and a web server: the least there is, to be changed",
        topology: include_str!("small.toml"),
        faults: &[],
        url: "http://server.lab/",
    },
    Scenario {
        name: "loop",
        says: "two switches with two cables between them: the storm limit stops what goes round",
        topology: include_str!("loop.toml"),
        faults: &[],
        url: "http://server.lab/",
    },
    Scenario {
        name: "port-forward",
        says: "a web server at home, reached from beside it by the router's outside address",
        topology: include_str!("port-forward.toml"),
        faults: &[],
        url: "http://server.lab/",
    },
];

/// The scenario of that name.
pub fn find(name: &str) -> Option<&'static Scenario> {
    LIST.iter().find(|scenario| scenario.name == name)
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::{Topology, faults};

    #[test]
    fn every_scenario_can_be_built_and_only_the_loop_is_doubtful() {
        for scenario in LIST {
            let parsed = Topology::parse(scenario.topology);
            let mut topology = parsed.unwrap_or_else(|error| panic!("{}: {error}", scenario.name));
            let warnings = topology.warnings(scenario.topology);
            assert_eq!(
                warnings.len(),
                usize::from(scenario.name == "loop"),
                "{}: {warnings:?}",
                scenario.name
            );
            for fault in scenario.faults {
                faults::apply(&mut topology, fault).unwrap_or_else(|error| panic!("{error}"));
            }
        }
    }
}
