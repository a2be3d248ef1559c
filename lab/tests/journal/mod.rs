//! A lab with a journal that keeps everything, for tests.
#![allow(dead_code)]

use std::{cell::Cell, rc::Rc};
use thru_events::{Cause, Entry, Recorder, trip::TripEvent};
use thru_lab::{Lab, LabClock, LabConfig, Topology};
use thru_memory::Record;
use thru_port::CpuClock;

#[derive(Default)]
struct Still(Cell<u64>);

impl CpuClock for Still {
    fn nanos(&self) -> u64 {
        self.0.get()
    }
}

pub struct World {
    pub lab: Lab,
    pub journal: Rc<Record>,
    pub pressed: Cause,
}

/// A lab at its key press, and the event that says so.
pub fn world(text: &str, seed: u64) -> World {
    build(text, seed, true)
}

/// The same without a recorder.
pub fn unrecorded(text: &str, seed: u64) -> World {
    build(text, seed, false)
}

fn build(text: &str, seed: u64, record: bool) -> World {
    let clock = LabClock::new();
    let journal = Rc::new(Record::new(clock.clone()));
    let recorder: Rc<dyn Recorder> = journal.clone();
    let lab = Lab::new(LabConfig {
        topology: Topology::parse(text).unwrap(),
        seed,
        clock,
        recorder: record.then_some(recorder),
        cpu: Rc::new(Still::default()),
    });
    let lab = lab.unwrap();
    assert!(
        journal.entries.borrow().is_empty(),
        "nothing is recorded before the key press"
    );
    assert!(journal.bytes.borrow().is_empty(), "nor is a frame kept");
    let pressed = lab.near().tap().emit(None, || TripEvent::KeyPressed {
        typed: String::new(),
    });
    World {
        lab,
        journal,
        pressed,
    }
}

impl World {
    /// Every event but the first has a cause before it.
    pub fn every_cause_is_earlier(&self) {
        for entry in &self.journal.entries.borrow()[1..] {
            let cause = entry.cause.unwrap_or_else(|| panic!("no cause: {entry:?}"));
            assert!(cause < entry.id, "{entry:?}");
        }
    }

    /// Events of a kind.
    pub fn count(&self, what: impl Fn(&Entry) -> bool) -> usize {
        self.journal
            .entries
            .borrow()
            .iter()
            .filter(|entry| what(entry))
            .count()
    }
}
