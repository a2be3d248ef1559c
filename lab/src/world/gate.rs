use std::{cell::Cell, rc::Rc};
use thru_events::{Cause, CpuWork, Event, Provenance, Recorder, Vantage};
use thru_octets::{BytesId, Span};

/// Names bytes from before the key press, which nobody keeps.
const NOT_KEPT: BytesId = BytesId(u32::MAX);

/// Stands before the journal. A journal is the events of one trip: nothing before the key press
/// goes in, and nothing in other machines that no event of the trip caused (their own timers,
/// the neighbour's old connections).
pub(crate) struct Gate {
    journal: Rc<dyn Recorder>,
    open: Cell<bool>,
    left_out: Cell<u64>,
    /// The key press. What comes to the browser's machine by itself (a router's advertisement, a
    /// neighbour's question to all) is put under it: the trip is why it is looked at.
    first: Cell<Cause>,
}

impl Gate {
    pub(crate) fn new(journal: Rc<dyn Recorder>) -> Gate {
        Gate {
            journal,
            open: Cell::new(false),
            left_out: Cell::new(0),
            first: Cell::new(None),
        }
    }

    pub(crate) fn open(&self) {
        self.open.set(true);
    }

    /// Nothing more is recorded: the lab is taken down.
    pub(crate) fn close(&self) {
        self.open.set(false);
    }

    /// Events after the key press that were no part of the trip.
    pub(crate) fn left_out(&self) -> u64 {
        self.left_out.get()
    }
}

impl Recorder for Gate {
    fn record(
        &self,
        cause: Cause,
        provenance: Provenance,
        vantage: Vantage,
        span: Option<Span>,
        event: Event,
    ) -> Cause {
        if !self.open.get() {
            return None;
        }
        if cause.is_none() && vantage != Vantage::Near {
            self.left_out.set(self.left_out.get() + 1);
            return None;
        }
        let span = span.filter(|span| span.bytes != NOT_KEPT);
        // DEVIATION: what the near machine's interfaces hear and do of their own accord (a frame for
        // all, an address made up) is put under the first event. Above them a cause is never missing.
        debug_assert!(
            cause.is_some()
                || self.first.get().is_none()
                || matches!(event, Event::Link(_) | Event::Ip(_) | Event::Lease(_)),
            "no cause: {event:?}"
        );
        let cause = cause.or(self.first.get());
        let recorded = self.journal.record(cause, provenance, vantage, span, event);
        if self.first.get().is_none() {
            self.first.set(recorded);
        }
        recorded
    }

    fn keep(&self, octets: &[u8]) -> BytesId {
        match self.open.get() {
            true => self.journal.keep(octets),
            false => NOT_KEPT,
        }
    }

    fn cpu(&self, event: Cause, work: CpuWork) {
        if event.is_some() {
            self.journal.cpu(event, work);
        }
    }
}
