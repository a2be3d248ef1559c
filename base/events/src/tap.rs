use crate::{Cause, Event, Provenance, Time, Vantage};
use serde::{Deserialize, Serialize};
use std::rc::Rc;
use thru_octets::{BytesId, Span};

/// The trip's clock: virtual in the lab, monotonic in the host world.
pub trait Clock {
    /// Time since the key press.
    fn now(&self) -> Time;
}

/// Where events go. The journal implements it; tests may count.
pub trait Recorder {
    /// Appends one event and gives its id. `None` when the recorder is full (a named limit).
    fn record(
        &self,
        cause: Cause,
        provenance: Provenance,
        vantage: Vantage,
        span: Option<Span>,
        event: Event,
    ) -> Cause;

    /// Keeps a run of bytes, once, and names it.
    fn keep(&self, octets: &[u8]) -> BytesId;

    /// Notes CPU work done for an event; kept apart from the events.
    fn cpu(&self, event: Cause, work: CpuWork);
}

/// CPU work, measured on the CPU clock.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct CpuWork {
    /// Nanoseconds of CPU time.
    pub nanos: u64,
}

/// A stage's way to say what happened. Cheap to clone; a tap that is off does nothing.
#[derive(Clone)]
pub struct Tap {
    recorder: Option<Rc<dyn Recorder>>,
    provenance: Provenance,
    vantage: Vantage,
}

impl Tap {
    /// A tap that records nothing.
    pub fn off() -> Tap {
        Tap {
            recorder: None,
            provenance: Provenance::Observed,
            vantage: Vantage::Near,
        }
    }

    /// A tap into `recorder`, for events seen at `vantage` and known by `provenance`.
    pub fn new(recorder: Rc<dyn Recorder>, provenance: Provenance, vantage: Vantage) -> Tap {
        Tap {
            recorder: Some(recorder),
            provenance,
            vantage,
        }
    }

    /// The same recorder from another vantage.
    pub fn at(&self, vantage: Vantage) -> Tap {
        Tap {
            vantage,
            ..self.clone()
        }
    }

    /// The same recorder with another provenance. In the lab everything stays Simulated, unless
    /// it is Inferred.
    pub fn known_as(&self, provenance: Provenance) -> Tap {
        let simulated = self.provenance == Provenance::Simulated;
        Tap {
            provenance: if simulated && provenance != Provenance::Inferred {
                Provenance::Simulated
            } else {
                provenance
            },
            ..self.clone()
        }
    }

    /// Whether events are recorded. Guards work that only serves events.
    #[inline]
    pub fn is_on(&self) -> bool {
        !cfg!(feature = "unrecorded") && self.recorder.is_some()
    }

    /// Where this tap's events happen.
    pub fn vantage(&self) -> Vantage {
        self.vantage
    }

    /// States an event; `build` runs only when recording is on.
    #[inline]
    pub fn emit<E: Into<Event>>(&self, cause: Cause, build: impl FnOnce() -> E) -> Cause {
        self.emit_with_span(cause, None, build)
    }

    /// States an event together with the bytes that show it.
    #[inline]
    pub fn emit_with_span<E: Into<Event>>(
        &self,
        cause: Cause,
        span: Option<Span>,
        build: impl FnOnce() -> E,
    ) -> Cause {
        if cfg!(feature = "unrecorded") {
            return None;
        }
        let recorder = self.recorder.as_ref()?;
        recorder.record(cause, self.provenance, self.vantage, span, build().into())
    }

    /// Keeps bytes as evidence and gives their span; `None` when recording is off.
    #[inline]
    pub fn keep(&self, octets: &[u8]) -> Option<Span> {
        if cfg!(feature = "unrecorded") {
            return None;
        }
        let recorder = self.recorder.as_ref()?;
        Some(Span::whole(recorder.keep(octets), octets.len()))
    }

    /// Notes CPU work done for `event`.
    #[inline]
    pub fn cpu(&self, event: Cause, nanos: u64) {
        if let Some(recorder) = self
            .recorder
            .as_ref()
            .filter(|_| !cfg!(feature = "unrecorded"))
        {
            recorder.cpu(event, CpuWork { nanos });
        }
    }
}

impl std::fmt::Debug for Tap {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        write!(f, "Tap(on: {}, {:?})", self.is_on(), self.vantage)
    }
}
