//! Everything ends at this machine's own router: does the router have a way out itself?

use crate::{Failure, mend, reach::Hop};
use std::time::Duration;
use thru_events::{Blame, Code, Event, EventId, Stage, dns::DnsEvent, ip::IpEvent};
use thru_journal::NearSide;

/// A DNS answer that took so many times the router's own round trip was fetched by it.
const FETCHED_RATIO: u64 = 10;

/// And took at least this long.
const FETCHED_LEAST: Duration = Duration::from_millis(1);

/// Whether the hop that answered last is the next hop of this machine.
pub(crate) fn is_last(near: NearSide<'_>, hop: &Hop) -> bool {
    let is_next_hop = near.find(|event| match event {
        Event::Ip(IpEvent::RouteChosen { next_hop, .. }) if *next_hop == Some(hop.address) => {
            Some(())
        }
        _ => None,
    });
    hop.ttl == 1 && is_next_hop.is_some()
}

/// Probes of every port end at the own router: it, or the line behind it, is the culprit and not
/// the server. If it answered a question of this trip with what it had to fetch, its line works,
/// and only what it passes on for others is lost.
pub(crate) fn ends_here(near: NearSide<'_>, hop: &Hop, ports: &str, stated: Failure) -> Failure {
    let router = hop.address;
    let ends = format!(
        "{} Not the cause: the server, as far as can be seen: probes of {ports} all end at {router} (hop 1), the router of this machine.",
        stated.message
    );
    let Some((name, rtt_us, shown_by)) = fetched_by(near, hop) else {
        return Failure {
            message: format!("{ends} Probably it passes nothing on, or its line is cut."),
            culprit: format!("{router}, the router of this machine, or the line behind it"),
            mend: "Restart the router, and look at its line and its rules.".to_owned(),
            ..stated
        };
    };
    let took_ms = rtt_us as f64 / 1e3;
    let mut evidence = stated.evidence;
    evidence.push(shown_by);
    evidence.sort_unstable();
    evidence.dedup();
    Failure {
        code: Code::NatTableFull,
        stage: Stage::Ip,
        blame: Blame::PolicyRefused,
        message: format!(
            "{ends} It reaches the outside itself: it fetched the answer about {name} in {took_ms:.1} ms. Probably its translation table has no line left for this machine, or a rule of it drops connections."
        ),
        culprit: router.to_string(),
        evidence,
        mend: mend(Code::NatTableFull).to_owned(),
        ..stated
    }
}

/// A DNS answer that the router cannot have had ready: the name, its microseconds, the event.
fn fetched_by(near: NearSide<'_>, hop: &Hop) -> Option<(String, u64, EventId)> {
    let least = (hop.rtt_us * FETCHED_RATIO).max(FETCHED_LEAST.as_micros() as u64);
    let (entry, (id, rtt_us)) = near.find(|event| match event {
        Event::Dns(DnsEvent::ResponseReceived {
            id,
            server,
            answers,
            rtt_us,
            ..
        }) if server.ip() == hop.address && !answers.is_empty() && *rtt_us >= least => {
            Some((*id, *rtt_us))
        }
        _ => None,
    })?;
    let (_, name) = near.find(|event| match event {
        Event::Dns(DnsEvent::QuerySent {
            id: asked, name, ..
        }) if *asked == id => Some(name.clone()),
        _ => None,
    })?;
    Some((name, rtt_us, entry.id))
}
