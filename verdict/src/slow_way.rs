//! A name server that took long because the way is: a round trip to the page's server takes long too.

use crate::Finding;
use thru_events::{Certainty, Code, Event, dns::DnsEvent, tcp::TcpEvent};
use thru_journal::{NearSide, OfNames};

/// A shorter round trip makes nobody wait, microseconds.
const LONG_ROUND_TRIP_US: u64 = 100_000;
/// Round trips that an answer may need by itself: that to the name server, and its own to root, top-level
/// domain and zone.
const ROUND_TRIPS: u64 = 4;

/// Says so of findings about slow name servers, where the record supports it.
pub(crate) fn named(near: NearSide<'_>, findings: &mut [Finding]) {
    let Some(round_trip_us) = round_trip(near) else {
        return;
    };
    let slow = findings
        .iter_mut()
        .filter(|finding| finding.code == Code::DnsSlowServer);
    for finding in slow {
        let explained = longest_answer(near, &finding.culprit)
            .is_some_and(|answer_us| answer_us <= round_trip_us * ROUND_TRIPS);
        if round_trip_us >= LONG_ROUND_TRIP_US && explained {
            finding.certainty = Certainty::Likely;
            finding.culprit = "the way out of this network".to_owned();
            finding.message = format!(
                "{} A round trip to the page's server takes {} ms by itself: it is the way that is slow, not the name server.",
                finding.message,
                round_trip_us / 1000
            );
            finding.mend = "Look for the hop that takes long: mtr ADDRESS.".to_owned();
        }
    }
}

/// The shortest round trip of the page's connections.
fn round_trip(near: NearSide<'_>) -> Option<u64> {
    let names = OfNames::of(near);
    let opened = near.find_all(|event| match event {
        Event::Tcp(TcpEvent::Opened { rtt_us, .. }) => Some(*rtt_us),
        _ => None,
    });
    let of_page = opened.filter(|(entry, _)| !names.belongs(&entry.event));
    of_page.map(|(_, rtt_us)| rtt_us).min()
}

/// How long the server's slowest answer took.
fn longest_answer(near: NearSide<'_>, culprit: &str) -> Option<u64> {
    let answers = near.find_all(|event| match event {
        Event::Dns(DnsEvent::ResponseReceived { server, rtt_us, .. }) => Some((server, *rtt_us)),
        _ => None,
    });
    let own = answers.filter(|(_, (server, _))| {
        server.to_string() == culprit || server.ip().to_string() == culprit
    });
    own.map(|(_, (_, rtt_us))| rtt_us).max()
}
