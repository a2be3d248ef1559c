//! When each stage worked: from which event to which, on which clock.

use std::collections::BTreeSet;
use thru_events::{
    ConnectionId, Entry, Event, Stage, Time, close::CloseEvent, dns::DnsEvent, far::FarEvent,
    http::HttpEvent, lease::LeaseEvent, link::LinkEvent, paint::PaintEvent, tcp::TcpEvent,
    tls::TlsEvent,
};
use thru_journal::{NearSide, OfNames};

/// Which clock a figure is on.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Clock {
    /// The trip's clock.
    Trip,
    /// CPU time.
    Cpu,
}

/// A stage's time.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct StageSpan {
    /// Which stage.
    pub stage: Stage,
    /// When its work began, on the trip's clock: the first event that begins work of the stage
    /// (datagrams of other stages are none of tcp's); its first event where none does.
    pub start: Time,
    /// Last event that ends its work, on the trip's clock.
    pub end: Time,
    /// Nanoseconds at work: overlapping work counted once, idle time between not at all.
    pub busy: u64,
}

enum Mark {
    Begin,
    End,
    Point,
}

/// The spans of every stage that has events in `entries`, in the order of the stages. What was done to
/// ask name servers is the work of dns alone.
pub fn spans<'a>(names: &OfNames, entries: impl Iterator<Item = &'a Entry>) -> Vec<StageSpan> {
    let mut meters: Vec<Meter> = Stage::ALL.iter().map(|_| Meter::default()).collect();
    let mut attempts = Attempts::default();
    for entry in entries {
        let given_up = attempts.note(names, &entry.event);
        if names.hides(entry) && !given_up {
            continue;
        }
        let stage = match given_up {
            true => Stage::Tcp,
            false => entry.event.stage(),
        };
        if let Some(at) = Stage::ALL.iter().position(|known| *known == stage) {
            let mark = match given_up {
                true => Mark::End,
                false => mark(&entry.event),
            };
            meters[at].note(happened(entry), mark);
        }
    }
    let named = Stage::ALL.iter().zip(meters);
    named
        .filter_map(|(stage, meter)| meter.span(*stage))
        .collect()
}

/// The page's attempts to connect that are under way.
#[derive(Default)]
struct Attempts(BTreeSet<ConnectionId>);

impl Attempts {
    /// Whether the event says that one of them was given up without a word of TCP.
    fn note(&mut self, names: &OfNames, event: &Event) -> bool {
        match event {
            Event::Tcp(TcpEvent::ConnectStarted { connection, .. }) if !names.belongs(event) => {
                self.0.insert(*connection);
                false
            }
            Event::Tcp(
                TcpEvent::Opened { connection, .. } | TcpEvent::Failed { connection, .. },
            ) => {
                self.0.remove(connection);
                false
            }
            Event::Close(CloseEvent::Closed { connection, .. }) => self.0.remove(connection),
            _ => false,
        }
    }
}

/// When it happened: a captured frame is recorded a little later.
fn happened(entry: &Entry) -> Time {
    match entry.event {
        Event::Link(LinkEvent::FramePassed { passed, .. }) => passed,
        _ => entry.at,
    }
}

#[derive(Default)]
struct Meter {
    first: Option<Time>,
    begun: Option<Time>,
    last: Time,
    open: u32,
    since: Time,
    busy: u64,
}

impl Meter {
    fn note(&mut self, at: Time, mark: Mark) {
        self.first.get_or_insert(at);
        match mark {
            Mark::Begin => {
                self.begun.get_or_insert(at);
                if self.open == 0 {
                    self.since = at;
                }
                self.open += 1;
                self.last = at;
            }
            Mark::End if self.open > 0 => {
                self.open -= 1;
                if self.open == 0 {
                    self.busy += at.0.saturating_sub(self.since.0);
                }
                self.last = at;
            }
            Mark::End => self.last = at,
            Mark::Point if self.open > 0 => self.last = at,
            Mark::Point => {}
        }
    }

    fn span(self, stage: Stage) -> Option<StageSpan> {
        let start = self.begun.or(self.first)?;
        let unfinished = if self.open > 0 {
            self.last.0.saturating_sub(self.since.0)
        } else {
            0
        };
        Some(StageSpan {
            stage,
            start,
            end: self.last.max(start),
            busy: self.busy + unfinished,
        })
    }
}

fn mark(event: &Event) -> Mark {
    match event {
        Event::Dns(DnsEvent::LookupStarted { .. })
        | Event::Lease(LeaseEvent::Discovered { .. } | LeaseEvent::Formed { .. })
        | Event::Link(LinkEvent::ArpAsked { attempt: 1, .. })
        | Event::Tcp(TcpEvent::ConnectStarted { .. })
        | Event::Tls(TlsEvent::HandshakeStarted { .. })
        | Event::Http(HttpEvent::RequestSent { .. })
        | Event::Far(FarEvent::RequestReceived { .. })
        | Event::Close(CloseEvent::Started { .. }) => Mark::Begin,
        Event::Dns(DnsEvent::Resolved { .. } | DnsEvent::NotResolved { .. })
        | Event::Lease(
            LeaseEvent::Bound { .. } | LeaseEvent::Verified { .. } | LeaseEvent::Unanswered { .. },
        )
        | Event::Link(LinkEvent::NeighbourLearned { .. } | LinkEvent::NeighbourUnanswered { .. })
        | Event::Tcp(TcpEvent::Opened { .. } | TcpEvent::Failed { .. })
        | Event::Tls(TlsEvent::HandshakeDone { .. } | TlsEvent::HandshakeFailed { .. })
        | Event::Http(HttpEvent::ResponseFinished { .. } | HttpEvent::RequestFailed { .. })
        | Event::Far(FarEvent::ResponseSent { .. })
        | Event::Close(CloseEvent::TimeWaitEntered { .. } | CloseEvent::Closed { .. })
        | Event::Paint(PaintEvent::Painted { .. }) => Mark::End,
        _ => Mark::Point,
    }
}

/// The stage that was at work longest, and for how many nanoseconds. Stages that compute count
/// where their work is on the same clock as waiting.
pub(crate) fn slowest(near: NearSide<'_>) -> Option<(Stage, u64)> {
    let names = OfNames::of(near);
    let candidates = spans(&names, near.entries())
        .into_iter()
        .map(|span| match span.stage {
            stage if stage.is_cpu() => (stage, near.worked(stage)),
            stage => (stage, span.busy),
        })
        .filter(|(stage, nanos)| *stage != Stage::Close && *nanos > 0);
    // The later of two equal ones would be an accident of order: the earlier stage wins.
    candidates.reduce(|best, next| if next.1 > best.1 { next } else { best })
}
