use super::*;
use crate::{HostClock, capture::limits::FILTERED_ADDRESSES, run};
use thru_events::{CpuWork, Event, EventId, Recorder, Vantage};
use thru_octets::{BytesId, Span};

#[derive(Default)]
struct Lines(RefCell<Vec<Event>>);

impl Recorder for Lines {
    fn record(
        &self,
        _cause: Cause,
        _provenance: Provenance,
        _vantage: Vantage,
        _span: Option<Span>,
        event: Event,
    ) -> Cause {
        self.0.borrow_mut().push(event);
        EventId::from_index(self.0.borrow().len() - 1)
    }

    fn keep(&self, _octets: &[u8]) -> BytesId {
        BytesId(0)
    }

    fn cpu(&self, _event: Cause, _work: CpuWork) {}
}

/// Frames of a ring in which nothing comes, and what they state.
fn frames(locked: bool) -> (Frames, Rc<Lines>) {
    let lines = Rc::new(Lines::default());
    let tap = Tap::new(lines.clone(), Provenance::Observed, Vantage::Near);
    let ring = Ring::stand_in(&mut Filter::default().program(), locked);
    let capture = Capture(Some(Rc::new(RefCell::new(Opened::Ring(ring)))));
    (Frames::new(&capture, &tap, HostClock::start()), lines)
}

/// Addresses of loopback: each is its own next hop.
fn loopback(last: usize) -> IpAddr {
    IpAddr::from([127, 0, 0, last as u8])
}

#[test]
fn a_filter_that_is_refused_is_told_once() {
    for (locked, expected) in [(true, 1), (false, 0)] {
        let (frames, lines) = frames(locked);
        run(async {
            for last in 1..4 {
                frames.expect(loopback(last), None);
            }
        })
        .unwrap();
        let lines = lines.0.borrow();
        let unseen = lines.iter().filter_map(|event| match event {
            Event::Trip(TripEvent::StageUnseen { why, .. }) => Some(why.to_string()),
            _ => None,
        });
        let unseen: Vec<_> = unseen.collect();
        assert_eq!(unseen.len(), expected, "{unseen:?}");
        assert!(unseen.iter().all(|why| why.contains("127.0.0.1")));
    }
}

#[test]
fn the_way_to_addresses_beyond_the_filters_limit_is_expected_too() {
    let (frames, _) = frames(false);
    run(async {
        let mut far = (1..=FILTERED_ADDRESSES + 1).map(|last| IpAddr::from([0, 0, 0, last as u8]));
        far.by_ref()
            .for_each(|address| frames.expect(address, None));
        frames.expect(loopback(1), None);
    })
    .unwrap();
    let inner = frames.0.as_ref().unwrap();
    let state = inner.state.borrow();
    assert!(state.matcher.hops().any(|hop| hop == loopback(1)));
}
