use std::{
    cell::{Ref, RefCell},
    rc::Rc,
};
use thru_events::{Cause, CpuWork, Event, EventId, NodeId, Provenance, Recorder, Tap, Vantage};
use thru_octets::{BytesId, Span};

/// Keeps what is stated, each with its cause. Octets are not kept.
#[derive(Default)]
pub struct Notes(RefCell<Vec<(Cause, Event)>>);

impl Notes {
    /// Where a machine states what goes into these notes.
    pub fn tap(notes: &Rc<Notes>) -> Tap {
        let node = Vantage::Node(NodeId(0));
        Tap::new(notes.clone(), Provenance::Simulated, node)
    }

    /// All of it, in order.
    pub fn events(&self) -> Ref<'_, Vec<(Cause, Event)>> {
        self.0.borrow()
    }

    /// The names of the events from the one of that number on.
    pub fn names(&self, from: usize) -> Vec<&'static str> {
        let events = self.0.borrow();
        events[from..]
            .iter()
            .map(|(_, event)| event.name())
            .collect()
    }

    /// Where an event of that name stands, counted from `from`.
    ///
    /// # Panics
    /// If it was not stated.
    pub fn find(&self, from: usize, name: &str) -> usize {
        let names = self.names(from);
        let found = names.iter().position(|stated| *stated == name);
        found.unwrap_or_else(|| panic!("{name} was not said, but {names:?}"))
    }
}

impl Recorder for Notes {
    fn record(
        &self,
        cause: Cause,
        _: Provenance,
        _: Vantage,
        _: Option<Span>,
        event: Event,
    ) -> Cause {
        let mut events = self.0.borrow_mut();
        let id = EventId::from_index(events.len());
        assert!(cause < id, "a cause is earlier");
        events.push((cause, event));
        id
    }

    fn keep(&self, _: &[u8]) -> BytesId {
        BytesId(0)
    }

    fn cpu(&self, _: Cause, _: CpuWork) {}
}
