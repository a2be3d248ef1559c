use crate::{
    Journal, TripHeader,
    format::{Kind, batch, preamble},
};
use std::{cell::RefCell, rc::Rc, time::Duration};
use thru_events::{
    Cause, Clock, CpuWork, Entry, Event, EventId, Provenance, Recorder, Stage, Time, Vantage,
    trip::TripEvent,
};
use thru_octets::{BytesId, Span};

/// Most events of one trip; the last one says that there would have been more.
pub const MAX_ENTRIES: usize = 8_000_000;

/// Most octets kept of one trip. Further ones are kept as nothing, and an event says so.
pub const MAX_KEPT_OCTETS: usize = 2 << 30;

/// Entries after which a batch goes out to the sink.
const BATCH_ENTRIES: usize = 512;

/// Time on the trip's clock after which a batch goes out, so that a crash costs little.
const BATCH_AGE: Duration = Duration::from_millis(100);

/// Stages that compute and do not wait.
const COMPUTING: [Stage; 4] = [Stage::Dom, Stage::Cssom, Stage::Layout, Stage::Paint];

/// Takes the octets of a `.thru` file as they come.
pub type BatchSink = Box<dyn FnMut(&[u8])>;

/// Is shown every entry as it is recorded, with the names of the lab's nodes.
pub type Observer = Box<dyn FnMut(&Entry, &[String])>;

/// What a recorder does beside keeping the journal in memory.
#[derive(Default)]
pub struct RecorderOptions {
    /// Gets the `.thru` file batch by batch, so that a crash leaves a readable trip.
    pub sink: Option<BatchSink>,
    /// Sees every entry (`--ndjson`, progress).
    pub observer: Option<Observer>,
    /// Most octets that are kept, where it is not [`MAX_KEPT_OCTETS`].
    pub most_kept_octets: Option<usize>,
}

/// Appends events to a journal; the recorder of both worlds.
pub struct JournalRecorder {
    clock: Rc<dyn Clock>,
    state: RefCell<State>,
}

struct State {
    journal: Journal,
    kept_octets: usize,
    octets: Octets,
    full: bool,
    entries_sent: usize,
    bytes_sent: usize,
    sent_at: Time,
    options: RecorderOptions,
}

/// Whether octets are still kept.
#[derive(PartialEq)]
enum Octets {
    Kept,
    /// Some were left out; no event says so yet.
    LeftOut,
    /// An event says that no more are kept.
    Stated,
}

impl JournalRecorder {
    /// An empty journal with `header`, on `clock`.
    pub fn new(
        clock: Rc<dyn Clock>,
        header: TripHeader,
        mut options: RecorderOptions,
    ) -> JournalRecorder {
        if let Some(sink) = &mut options.sink {
            sink(&preamble());
            sink(&batch(Kind::Header, &header));
        }
        let journal = Journal {
            header,
            ..Journal::default()
        };
        let state = State {
            journal,
            kept_octets: 0,
            octets: Octets::Kept,
            full: false,
            entries_sent: 0,
            bytes_sent: 0,
            sent_at: Time::ZERO,
            options,
        };
        JournalRecorder {
            clock,
            state: RefCell::new(state),
        }
    }

    /// Replaces the header, for what is known only later (node names, calendar).
    pub fn set_header(&self, change: impl FnOnce(&mut TripHeader)) {
        let state = &mut *self.state.borrow_mut();
        change(&mut state.journal.header);
        if let Some(sink) = &mut state.options.sink {
            sink(&batch(Kind::Header, &state.journal.header));
        }
    }

    /// Looks at the journal so far.
    pub fn with_journal<T>(&self, look: impl FnOnce(&Journal) -> T) -> T {
        look(&self.state.borrow().journal)
    }

    /// Ends the journal: writes what is left to the sink and gives the journal away.
    pub fn finish(&self) -> Journal {
        let state = &mut *self.state.borrow_mut();
        state.journal.complete = true;
        state.send_batch();
        if let Some(sink) = &mut state.options.sink {
            sink(&batch(Kind::Cpu, &state.journal.cpu));
            sink(&batch(Kind::End, &()));
        }
        state.options = RecorderOptions::default();
        std::mem::take(&mut state.journal)
    }
}

impl State {
    fn send_batch(&mut self) {
        let Some(sink) = &mut self.options.sink else {
            return;
        };
        let bytes = &self.journal.bytes[self.bytes_sent..];
        if !bytes.is_empty() {
            sink(&batch(Kind::Bytes, bytes));
        }
        let entries = &self.journal.entries[self.entries_sent..];
        if !entries.is_empty() {
            sink(&batch(Kind::Entries, entries));
        }
        self.bytes_sent = self.journal.bytes.len();
        self.entries_sent = self.journal.entries.len();
    }

    /// Says once that octets were left out, after the event that they belong to.
    fn state_octets_left_out(&mut self, vantage: Vantage, at: Time) {
        if self.octets != Octets::LeftOut {
            return;
        }
        self.octets = Octets::Stated;
        let of = self.journal.entries.last().map(|entry| entry.id);
        let Some(id) = EventId::from_index(self.journal.entries.len()) else {
            return;
        };
        let limit = "octets kept of a trip".into();
        let value = self.options.most_kept_octets.unwrap_or(MAX_KEPT_OCTETS) as u64;
        self.append(Entry {
            id,
            at,
            cause: of,
            provenance: Provenance::Observed,
            vantage,
            span: None,
            event: TripEvent::LimitReached {
                stage: Stage::Trip,
                limit,
                value,
            }
            .into(),
        });
    }

    /// The first entry of a stage that computes: what follows may take long, and be broken off.
    fn begins_computing(&self, entry: &Entry) -> bool {
        let stage = entry.event.stage();
        let before = self.journal.entries.last().map(|entry| entry.event.stage());
        COMPUTING.contains(&stage) && before != Some(stage)
    }

    fn append(&mut self, entry: Entry) {
        if let Some(observer) = &mut self.options.observer {
            observer(&entry, &self.journal.header.nodes);
        }
        let begins = self.begins_computing(&entry);
        let at = entry.at;
        self.journal.entries.push(entry);
        let full = self.journal.entries.len() - self.entries_sent >= BATCH_ENTRIES;
        if begins || full || at.since(self.sent_at) >= BATCH_AGE {
            self.sent_at = at;
            self.send_batch();
        }
    }
}

impl Recorder for JournalRecorder {
    fn record(
        &self,
        cause: Cause,
        provenance: Provenance,
        vantage: Vantage,
        span: Option<Span>,
        event: Event,
    ) -> Cause {
        let state = &mut *self.state.borrow_mut();
        if state.full {
            return cause;
        }
        let count = state.journal.entries.len();
        state.full = count + 1 >= MAX_ENTRIES;
        let event = if state.full {
            let limit = "events of a trip".into();
            TripEvent::LimitReached {
                stage: Stage::Trip,
                limit,
                value: MAX_ENTRIES as u64,
            }
            .into()
        } else {
            event
        };
        let id = EventId::from_index(count)?;
        debug_assert!(
            (cause.is_none()) == (count == 0),
            "invariant 3: every event but the first has a cause; {} {} has {cause:?}",
            event.stage().id(),
            event.name()
        );
        state.append(Entry {
            id,
            at: self.clock.now(),
            cause,
            provenance,
            vantage,
            span,
            event,
        });
        state.state_octets_left_out(vantage, self.clock.now());
        Some(id)
    }

    fn keep(&self, octets: &[u8]) -> BytesId {
        let state = &mut *self.state.borrow_mut();
        let most = state.options.most_kept_octets.unwrap_or(MAX_KEPT_OCTETS);
        let fits = state.kept_octets + octets.len() <= most;
        let kept = if fits { octets.to_vec() } else { Vec::new() };
        if !fits && state.octets == Octets::Kept {
            state.octets = Octets::LeftOut;
        }
        state.kept_octets += kept.len();
        state.journal.bytes.push(kept);
        BytesId(state.journal.bytes.len() as u32 - 1)
    }

    fn cpu(&self, event: Cause, work: CpuWork) {
        self.state.borrow_mut().journal.cpu.push((event, work));
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::{OpenError, encode, open};
    use thru_events::Tap;

    struct Still;

    impl Clock for Still {
        fn now(&self) -> Time {
            Time(7)
        }
    }

    fn recorded(options: RecorderOptions) -> Journal {
        let recorder = Rc::new(JournalRecorder::new(
            Rc::new(Still),
            TripHeader::default(),
            options,
        ));
        let tap = Tap::new(recorder.clone(), Provenance::Simulated, Vantage::Near);
        let typed = "shop.lab".to_owned();
        let first = tap.emit(None, || TripEvent::KeyPressed { typed });
        let span = tap.keep(b"bytes");
        tap.emit_with_span(first, span, || TripEvent::Interrupted {});
        for _ in 0..600 {
            tap.emit(first, || TripEvent::Ended { loaded: true });
        }
        tap.cpu(first, 5);
        recorder.finish()
    }

    #[test]
    fn octets_beyond_the_limit_are_left_out_and_the_record_says_so_once() {
        let options = RecorderOptions {
            most_kept_octets: Some(6),
            ..RecorderOptions::default()
        };
        let recorder = Rc::new(JournalRecorder::new(
            Rc::new(Still),
            TripHeader::default(),
            options,
        ));
        let tap = Tap::new(recorder.clone(), Provenance::Simulated, Vantage::Near);
        let mut last = None;
        for octets in [b"bytes".as_slice(), b"more", b"even more"] {
            let span = tap.keep(octets);
            last = tap.emit_with_span(last, span, || TripEvent::Interrupted {});
        }
        let journal = recorder.finish();
        let kept: Vec<&[u8]> = journal
            .entries
            .iter()
            .filter_map(|entry| entry.span)
            .map(|span| journal.octets(span))
            .collect();
        assert_eq!(kept, [b"bytes".as_slice(), b"", b""]);
        let limits: Vec<_> = journal
            .entries
            .iter()
            .filter(|entry| {
                matches!(
                    &entry.event,
                    Event::Trip(TripEvent::LimitReached { value: 6, .. })
                )
            })
            .collect();
        assert_eq!(limits.len(), 1, "said once");
        assert_eq!(limits[0].cause, Some(journal.entries[1].id));
    }

    #[test]
    fn a_file_opens_as_it_was_written() {
        let journal = recorded(RecorderOptions::default());
        let opened = open(&encode(&journal, true)).unwrap();
        assert_eq!(opened.journal, journal);
        assert_eq!(opened.cut_off, None);
        let span = journal.entries[1].span.unwrap();
        assert_eq!(opened.journal.octets(span), b"bytes");
    }

    #[test]
    fn a_file_cut_anywhere_opens_up_to_its_last_whole_batch() {
        let file = Rc::new(RefCell::new(Vec::new()));
        let into = file.clone();
        let sink: BatchSink = Box::new(move |octets| into.borrow_mut().extend_from_slice(octets));
        let journal = recorded(RecorderOptions {
            sink: Some(sink),
            observer: None,
            ..RecorderOptions::default()
        });
        let file = file.borrow();
        assert_eq!(open(&file).unwrap().journal, journal);
        let mut seen_part = false;
        for end in 0..file.len() {
            match open(&file[..end]) {
                Ok(opened) => {
                    assert!(opened.cut_off.is_some(), "cut at {end} goes unsaid");
                    let entries = opened.journal.entries.len();
                    assert_eq!(opened.journal.entries[..], journal.entries[..entries]);
                    seen_part |= entries > 0 && entries < journal.entries.len();
                }
                Err(error) => assert!(
                    matches!(error, OpenError::NoHeader | OpenError::NotATrip { .. }),
                    "{error}"
                ),
            }
        }
        assert!(seen_part);
    }

    #[test]
    fn a_flipped_bit_is_noticed() {
        let whole = encode(&recorded(RecorderOptions::default()), true);
        for at in 10..whole.len() {
            let mut broken = whole.clone();
            broken[at] ^= 0x10;
            let noticed = open(&broken).map_or(true, |opened| opened.cut_off.is_some());
            assert!(noticed, "octet {at}");
        }
    }

    #[test]
    fn other_files_are_refused_by_name() {
        let png = open(b"\x89PNG\r\n\x1a\n....").unwrap_err();
        assert!(png.to_string().contains("PNG"), "{png}");
        let mut later = preamble();
        later[9] = 9;
        assert_eq!(open(&later), Err(OpenError::OtherVersion { found: 9 }));
    }
}
