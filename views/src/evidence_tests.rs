use super::*;
use std::rc::Rc;
use thru_events::{Clock, Tap, Time, trip::TripEvent};
use thru_journal::{JournalRecorder, RecorderOptions, TripHeader};

struct Still;

impl Clock for Still {
    fn now(&self) -> Time {
        Time(7)
    }
}

/// What the close row says of a trip with these events.
fn close_row(events: Vec<CloseEvent>) -> String {
    let options = RecorderOptions::default();
    let recorder = JournalRecorder::new(Rc::new(Still), TripHeader::default(), options);
    let recorder = Rc::new(recorder);
    let tap = Tap::new(recorder.clone(), Provenance::Observed, Vantage::Near);
    let typed = "http://shop.test/".to_owned();
    let first = tap.emit(None, || TripEvent::KeyPressed { typed });
    for event in events {
        tap.emit(first, || event);
    }
    evidence(&recorder.finish(), Stage::Close)
}

fn fin(number: u32) -> CloseEvent {
    CloseEvent::PeerFinished {
        connection: ConnectionId(number),
    }
}

fn closed(number: u32, how: &'static str) -> CloseEvent {
    CloseEvent::Closed {
        connection: ConnectionId(number),
        how: how.into(),
    }
}

#[test]
fn the_close_row_tells_a_reset_from_a_fin() {
    let left = "FIN from both ends, the rest is the kernel's";
    assert_eq!(close_row(vec![fin(1), closed(1, left)]), "FIN both ways");
    assert_eq!(close_row(vec![closed(1, RESET)]), RESET);
    assert_eq!(close_row(vec![fin(1), closed(1, RESET)]), RESET);
    assert_eq!(
        close_row(vec![fin(1), closed(1, left), closed(2, RESET)]),
        "FIN both ways, one reset by the peer"
    );
}
