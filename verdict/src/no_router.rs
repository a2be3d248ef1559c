//! No route to an IPv6 address: because no router told of itself, or although one did?

use crate::Failure;
use std::net::IpAddr;
use thru_events::{Certainty, Entry, Event, EventId, ip::IpEvent, link::LinkEvent};
use thru_journal::NearSide;

/// The failure as it is, unless this machine asked for a router and heard of none: then one may be
/// there, whose word was lost.
pub(crate) fn judged(near: NearSide<'_>, entry: &Entry, stated: Failure) -> Failure {
    let Some(destination) = missing(near, entry) else {
        return stated;
    };
    let before = |event: &Entry| event.id < entry.id;
    let asked: Vec<EventId> = near
        .find_all(|event| match event {
            Event::Link(LinkEvent::RouterSolicited { .. }) => Some(()),
            _ => None,
        })
        .filter(|(asked, ())| before(asked))
        .map(|(asked, ())| asked.id)
        .collect();
    let heard = near.find(|event| match event {
        Event::Link(LinkEvent::RouterLearned { .. }) => Some(()),
        _ => None,
    });
    if asked.is_empty() || heard.is_some_and(|(heard, ())| before(heard)) {
        return stated;
    }
    let times = match asked.len() {
        1 => "once".to_owned(),
        times => format!("{times} times"),
    };
    let mut evidence = stated.evidence;
    evidence.extend(asked);
    evidence.sort_unstable();
    evidence.dedup();
    Failure {
        message: format!(
            "This machine has no way to {destination}: it asked for a router {times}, and heard of none."
        ),
        mend: "Load again: one lost message is enough for this. If it stays, look at whether the router announces itself: rdisc6 DEV.".to_owned(),
        culprit: "the router of this machine's network".to_owned(),
        // There may be a router all the same.
        certainty: Certainty::Likely,
        evidence,
        ..stated
    }
}

/// The IPv6 address that there is no route to.
fn missing(near: NearSide<'_>, entry: &Entry) -> Option<IpAddr> {
    let chain = std::iter::successors(Some(entry), |entry| near.entry(entry.cause?));
    let mut missing = chain.filter_map(|entry| match &entry.event {
        Event::Ip(IpEvent::RouteMissing { destination }) => Some(*destination),
        _ => None,
    });
    missing.next().filter(IpAddr::is_ipv6)
}

#[cfg(test)]
mod tests {
    use crate::judge;
    use std::rc::Rc;
    use thru_events::{
        Blame, Cause, Certainty, Clock, Code, Failed, Provenance, Stage, Tap, Time, Vantage,
        ip::IpEvent, link::LinkEvent, trip::TripEvent,
    };
    use thru_journal::{Journal, JournalRecorder, RecorderOptions, TripHeader};

    struct Still;

    impl Clock for Still {
        fn now(&self) -> Time {
            Time::ZERO
        }
    }

    /// A trip without a way, in which a router was asked for and perhaps heard of.
    fn trip(asked: bool, heard: bool) -> Journal {
        let recorder = Rc::new(JournalRecorder::new(
            Rc::new(Still),
            TripHeader::default(),
            RecorderOptions::default(),
        ));
        let tap = Tap::new(recorder.clone(), Provenance::Simulated, Vantage::Near);
        let typed = "x".to_owned();
        let first = tap.emit(None, || TripEvent::KeyPressed { typed });
        if asked {
            tap.emit(first, || LinkEvent::RouterSolicited { attempt: 1 });
        }
        if heard {
            tap.emit(first, || LinkEvent::RouterLearned {
                router: "fe80::1".parse().unwrap(),
                lifetime_s: 1800,
            });
        }
        failed(&tap, first);
        recorder.finish()
    }

    fn failed(tap: &Tap, cause: Cause) {
        let missing = tap.emit(cause, || IpEvent::RouteMissing {
            destination: "2001:db8::1".parse().unwrap(),
        });
        let message = "There is no route.";
        let failure = Failed::new(
            Code::RouteNone,
            Blame::PolicyRefused,
            "this machine",
            message,
        );
        tap.emit(missing, || TripEvent::Failed {
            stage: Stage::Ip,
            failure: failure.clone(),
        });
    }

    fn certainty(asked: bool, heard: bool) -> (Certainty, String) {
        let journal = trip(asked, heard);
        let failure = judge(journal.near_side()).failure.unwrap();
        (failure.certainty, failure.culprit)
    }

    #[test]
    fn a_router_that_was_asked_for_in_vain_may_be_there() {
        let router = "the router of this machine's network".to_owned();
        assert_eq!(certainty(true, false), (Certainty::Likely, router));
    }

    #[test]
    fn a_route_that_is_missing_beside_a_router_is_missing() {
        let own = || "this machine".to_owned();
        assert_eq!(certainty(true, true), (Certainty::Proven, own()));
        assert_eq!(certainty(false, false), (Certainty::Proven, own()));
    }
}
