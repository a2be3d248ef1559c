//! The one record: append-only, checksummed, indexed.
//!
//! Stage: beside the journey.
//! In: events through [`JournalRecorder`] (a `Recorder`); the octets of a `.thru` file.
//! Out: a [`Journal`]: header, entries, kept bytes, CPU figures; the octets of a `.thru` file.
//! Emits: `TripEvent::LimitReached`, once, when it is full.
//! How it works: a file is a magic, a version and batches; each batch has a kind, a length and a
//! CRC-32. A file that was cut off opens up to its last whole batch and says so.
//! Not here: meaning (`verdict`), words (`views`), files (`app` reads and writes the octets).

mod format;
mod header;
mod index;
mod of_names;
mod recorder;

pub use format::{FORMAT_VERSION, MAGIC, OpenError, Opened, encode, open};
pub use header::{TripHeader, World};
pub use index::NearSide;
pub use of_names::OfNames;
pub use recorder::{
    BatchSink, JournalRecorder, MAX_ENTRIES, MAX_KEPT_OCTETS, Observer, RecorderOptions,
};

use thru_events::{Cause, CpuWork, Entry, EventId};
use thru_octets::{BytesId, Span};

/// All that is known of one trip.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct Journal {
    /// What was asked for, and in which world. Not visible to the verdict.
    pub header: TripHeader,
    /// What happened, in order.
    pub entries: Vec<Entry>,
    /// Kept bytes, by [`BytesId`].
    pub bytes: Vec<Vec<u8>>,
    /// CPU work by the event it was done for: a section of its own, not reproducible.
    pub cpu: Vec<(Cause, CpuWork)>,
    /// Whether the trip was written to its end.
    pub complete: bool,
}

impl Journal {
    /// The entry with this id.
    pub fn entry(&self, id: EventId) -> Option<&Entry> {
        self.entries.get(id.index())
    }

    /// The octets of a span; empty if they were not kept.
    pub fn octets(&self, span: Span) -> &[u8] {
        let whole = self.kept(span.bytes);
        let end = (span.end as usize).min(whole.len());
        whole.get(span.start as usize..end).unwrap_or_default()
    }

    /// A whole run of kept bytes.
    pub fn kept(&self, id: BytesId) -> &[u8] {
        self.bytes
            .get(id.0 as usize)
            .map(Vec::as_slice)
            .unwrap_or_default()
    }

    /// From `id` back to the first event, by cause alone; `id` itself first.
    pub fn causes(&self, id: EventId) -> impl Iterator<Item = &Entry> {
        std::iter::successors(self.entry(id), |entry| {
            let cause = entry.cause.filter(|cause| *cause < entry.id)?;
            self.entry(cause)
        })
    }

    /// What the near side could know (DESIGN, invariant 11): its own events, without the header.
    pub fn near_side(&self) -> NearSide<'_> {
        NearSide::new(self)
    }

    /// CPU nanoseconds noted for events that `of` accepts.
    pub fn cpu_nanos(&self, of: impl Fn(&Entry) -> bool) -> u64 {
        let noted = self.cpu.iter().filter(|(cause, _)| {
            let entry = cause.and_then(|id| self.entry(id));
            entry.is_some_and(&of)
        });
        noted.map(|(_, work)| work.nanos).sum()
    }
}
