use crate::{Journal, World};
use thru_events::{Entry, Event, EventId, Stage, Vantage};
use thru_octets::Span;

/// The near side's events only. It is all that the verdict gets to see: not the header with its
/// faults and topology, and not what happened inside a device.
#[derive(Clone, Copy)]
pub struct NearSide<'a> {
    journal: &'a Journal,
}

impl<'a> NearSide<'a> {
    pub(crate) fn new(journal: &'a Journal) -> NearSide<'a> {
        NearSide { journal }
    }

    /// All near events, in order.
    pub fn entries(self) -> impl DoubleEndedIterator<Item = &'a Entry> {
        let entries = self.journal.entries.iter();
        entries.filter(|entry| entry.vantage == Vantage::Near)
    }

    /// CPU nanoseconds of a stage where the trip's time is that of this machine. None in the lab:
    /// its time stands still while a stage computes.
    pub fn worked(self, stage: Stage) -> u64 {
        match self.journal.header.world {
            World::Host => self
                .journal
                .cpu_nanos(|entry| entry.vantage == Vantage::Near && entry.event.stage() == stage),
            World::Lab => 0,
        }
    }

    /// The near event with this id.
    pub fn entry(self, id: EventId) -> Option<&'a Entry> {
        let entry = self.journal.entry(id)?;
        (entry.vantage == Vantage::Near).then_some(entry)
    }

    /// Near events of one stage.
    pub fn stage(self, stage: Stage) -> impl DoubleEndedIterator<Item = &'a Entry> {
        self.entries()
            .filter(move |entry| entry.event.stage() == stage)
    }

    /// What `pick` finds in near events, with the entry.
    pub fn find_all<T>(
        self,
        pick: impl Fn(&'a Event) -> Option<T>,
    ) -> impl Iterator<Item = (&'a Entry, T)> {
        self.entries()
            .filter_map(move |entry| pick(&entry.event).map(|found| (entry, found)))
    }

    /// The first that `pick` finds.
    pub fn find<T>(self, pick: impl Fn(&'a Event) -> Option<T>) -> Option<(&'a Entry, T)> {
        self.find_all(pick).next()
    }

    /// The octets of a span.
    pub fn octets(self, span: Span) -> &'a [u8] {
        self.journal.octets(span)
    }

    /// CPU nanoseconds of a stage.
    pub fn cpu_nanos(self, stage: Stage) -> u64 {
        self.journal.cpu_nanos(|entry| entry.event.stage() == stage)
    }
}
