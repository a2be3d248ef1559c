//! A lab trip of the tests: always the shop, seed 7, a CPU clock that stands still.

use sha2::{Digest, Sha256};
use std::{fmt::Write, net::IpAddr, time::Duration};
use throughline::{Lab, Options, Trip, World};
use thru_dns::Override;
use thru_events::{Code, Event, Stage};
use thru_journal::Journal;
use thru_lab::{FrameDamage, Topology, faults};

/// The page of the trips.
pub const SHOP: &str = "https://shop.lab/";

/// The seed of the trips.
pub const SEED: u64 = 7;

/// One trip in the lab.
#[derive(Clone, Debug)]
pub struct Situation {
    /// What is typed.
    pub typed: String,
    /// The world: seed, damage by fault, file or frame.
    pub lab: Lab,
    /// `--resolve`: hosts and their addresses.
    pub resolve: Vec<(String, IpAddr)>,
    /// `--full-page`.
    pub full_page: bool,
    /// `-k`.
    pub insecure: bool,
    /// Selectors of elements that are asked about, as `thru why` does.
    pub inspect: Option<String>,
    /// `--connect-timeout`, if another than usual.
    pub connect_timeout: Option<Duration>,
}

impl Default for Situation {
    fn default() -> Situation {
        Situation {
            typed: SHOP.to_owned(),
            lab: Lab {
                seed: SEED,
                still_cpu: true,
                ..Lab::default()
            },
            resolve: Vec::new(),
            full_page: false,
            insecure: false,
            inspect: None,
            connect_timeout: None,
        }
    }
}

impl Situation {
    /// With these faults.
    pub fn with_faults(faults: &[&str]) -> Situation {
        let mut situation = Situation::default();
        situation.lab.faults = faults.iter().map(|fault| (*fault).to_owned()).collect();
        situation
    }

    /// With the same damage done by a topology file, and no fault named.
    ///
    /// # Panics
    /// If there is no such fault.
    pub fn with_file_of(fault: &str) -> Situation {
        let mut topology = Topology::builtin();
        faults::apply(&mut topology, fault).expect("the fault is in the list");
        let mut situation = Situation::default();
        situation.lab.topology = Some(topology.to_toml());
        situation
    }

    /// With one frame of the trip lost or garbled.
    pub fn with_damage(damage: FrameDamage) -> Situation {
        let mut situation = Situation::default();
        situation.lab.damage = vec![damage];
        situation
    }

    /// Makes the trip.
    ///
    /// # Panics
    /// If there is no trip at all, which is a fault of the program or of the test.
    pub fn run(self) -> Trip {
        let mut options = Options::new(self.typed.clone());
        options.world = World::Lab(self.lab);
        options.page.full_page = self.full_page;
        options.network.insecure = self.insecure;
        options.page.inspect = self.inspect;
        if let Some(limit) = self.connect_timeout {
            options.network.connect_timeout = limit;
            options.network.max_time = limit * 2;
        }
        let named = self.resolve.into_iter().map(|(host, address)| Override {
            host,
            port: 0,
            addresses: vec![address],
        });
        options.network.overrides = named.collect();
        let trip = throughline::load(options);
        trip.unwrap_or_else(|failure| panic!("no trip to {}: {failure}", self.typed))
    }
}

/// The code of a trip's failure.
pub fn failure(trip: &Trip) -> Option<Code> {
    let verdict = trip.verdict.as_ref()?;
    verdict.failure.as_ref().map(|failure| failure.code)
}

/// The pixels of the picture (RGBA); empty if there is none.
pub fn picture(trip: &Trip) -> &[u8] {
    let picture = trip.loaded.picture.as_ref();
    picture.map_or(&[][..], |picture| &picture.rgba[..])
}

/// Every kind of event of a journal, a line each: stage, name, and how often if that is wanted.
pub fn kinds(journal: &Journal, counted: bool) -> String {
    let mut out = String::new();
    for (stage, name) in Event::all_names() {
        // Two processes race to close: which goodbyes are seen differs from run to run.
        if stage == Stage::Close && !counted {
            continue;
        }
        let is = |event: &Event| event.stage() == stage && event.name() == name;
        let entries = journal.entries.iter();
        let count = entries.filter(|entry| is(&entry.event)).count();
        if count > 0 {
            let _ = match counted {
                true => writeln!(out, "{} {name} {count}", stage.id()),
                false => writeln!(out, "{} {name}", stage.id()),
            };
        }
    }
    out
}

/// SHA-256 in hexadecimal digits.
pub fn digest(octets: &[u8]) -> String {
    let mut text = String::new();
    for octet in Sha256::digest(octets) {
        let _ = write!(text, "{octet:02x}");
    }
    text
}
