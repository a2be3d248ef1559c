//! A lab with a journal that keeps everything, for tests.
#![allow(dead_code)]

use std::{
    cell::{Cell, RefCell},
    rc::Rc,
};
use thru_events::{
    Cause, Clock, CpuWork, Entry, Event, EventId, Provenance, Recorder, Vantage, trip::TripEvent,
};
use thru_lab::{Lab, LabClock, LabConfig, Topology};
use thru_octets::{BytesId, Span};
use thru_port::CpuClock;

/// Keeps everything, in order.
pub struct Journal {
    clock: Rc<LabClock>,
    pub entries: RefCell<Vec<Entry>>,
    pub bytes: RefCell<Vec<Vec<u8>>>,
}

impl Recorder for Journal {
    fn record(
        &self,
        cause: Cause,
        provenance: Provenance,
        vantage: Vantage,
        span: Option<Span>,
        event: Event,
    ) -> Cause {
        let mut entries = self.entries.borrow_mut();
        let id = EventId::from_index(entries.len())?;
        entries.push(Entry {
            id,
            at: self.clock.now(),
            cause,
            provenance,
            vantage,
            span,
            event,
        });
        Some(id)
    }

    fn keep(&self, octets: &[u8]) -> BytesId {
        let mut bytes = self.bytes.borrow_mut();
        bytes.push(octets.to_vec());
        BytesId(bytes.len() as u32 - 1)
    }

    fn cpu(&self, _: Cause, _: CpuWork) {}
}

#[derive(Default)]
struct Still(Cell<u64>);

impl CpuClock for Still {
    fn nanos(&self) -> u64 {
        self.0.get()
    }
}

pub struct World {
    pub lab: Lab,
    pub journal: Rc<Journal>,
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
    let journal = Rc::new(Journal {
        clock: clock.clone(),
        entries: RefCell::default(),
        bytes: RefCell::default(),
    });
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
