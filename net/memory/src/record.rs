//! A recorder that keeps everything and lets a test look.

use std::{cell::RefCell, rc::Rc};
use thru_events::{Cause, Clock, CpuWork, Entry, Event, EventId, Provenance, Recorder, Vantage};
use thru_octets::{BytesId, Span};

/// Events and octets as they came.
pub struct Record {
    clock: Rc<dyn Clock>,
    /// The events.
    pub entries: RefCell<Vec<Entry>>,
    /// The octets that spans are of.
    pub bytes: RefCell<Vec<Vec<u8>>>,
}

impl Recorder for Record {
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

impl Record {
    /// An empty record on a clock.
    pub fn new(clock: Rc<dyn Clock>) -> Record {
        Record {
            clock,
            entries: RefCell::default(),
            bytes: RefCell::default(),
        }
    }

    /// Names of the events, as `Tls.RecordSeen`, in order.
    pub fn names(&self) -> Vec<String> {
        let entries = self.entries.borrow();
        let name = |entry: &Entry| format!("{:?}.{}", entry.event.stage(), entry.event.name());
        entries.iter().map(name).collect()
    }

    /// What `pick` takes of each event.
    pub fn all<T>(&self, pick: impl Fn(&Entry) -> Option<T>) -> Vec<T> {
        self.entries.borrow().iter().filter_map(pick).collect()
    }

    /// The event of `cause`.
    ///
    /// # Panics
    /// If there is none.
    pub fn of(&self, cause: Cause) -> Event {
        let at = cause.map(EventId::index);
        let entries = self.entries.borrow();
        let entry = at.and_then(|at| entries.get(at));
        entry.map(|entry| entry.event.clone()).expect("an event")
    }

    /// Names from `cause` back to the first event.
    pub fn path(&self, cause: Cause) -> Vec<&'static str> {
        let entries = self.entries.borrow();
        let entry = |cause: Cause| entries.get(cause?.index());
        std::iter::successors(entry(cause), |known| entry(known.cause))
            .map(|known| known.event.name())
            .collect()
    }

    /// The octets of a span.
    pub fn octets(&self, span: Span) -> Vec<u8> {
        let bytes = self.bytes.borrow();
        bytes[span.bytes.0 as usize][span.start as usize..span.end as usize].to_vec()
    }

    /// Every event but the first of each end has an earlier cause.
    ///
    /// # Panics
    /// If one has not.
    pub fn check_causes(&self) {
        for entry in self.entries.borrow().iter() {
            match entry.cause {
                Some(cause) => assert!(cause < entry.id, "{entry:?}"),
                None => assert!(matches!(entry.event, Event::Trip(_)), "no cause: {entry:?}"),
            }
        }
    }
}
