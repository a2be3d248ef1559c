//! Addresses of name servers that came without them.

use super::delegation::{is_allowed, nearest, socket_addresses};
use super::limits::DEPTH_LIMIT;
use super::resolve::{Wish, resolve};
use super::task::{Step, Work};
use super::zone_round::{ZoneQuestion, ask_zone};
use crate::wire::{Kind, Name};
use std::net::SocketAddr;
use thru_events::Cause;

/// The addresses of a server, found by asking for them. None if that is under way already: then
/// the zone's servers can only be found by asking themselves.
pub(super) async fn addresses_of_server(
    work: &Work,
    name: &Name,
    kind: Kind,
    depth: u32,
    cause: Cause,
) -> Vec<SocketAddr> {
    if depth >= DEPTH_LIMIT {
        return Vec::new();
    }
    let Some(_under_way) = UnderWay::begin(work, name, kind) else {
        return Vec::new();
    };
    let wish = Wish {
        checking: false,
        depth: depth + 1,
        ..Wish::default()
    };
    let found = resolve(work, name.clone(), kind, wish, cause).await;
    let Ok(answer) = found else {
        return Vec::new();
    };
    let sets = answer.answers.iter().filter(|set| set.kind == kind);
    let addresses = sets.flat_map(|set| socket_addresses(work, set));
    addresses
        .filter(|address| is_allowed(work, address.ip()))
        .collect()
}

/// The addresses of a server of `zone`, as the servers of the zone above tell them.
pub(super) async fn addresses_from_above(
    work: &Work,
    zone: &Name,
    name: &Name,
    depth: u32,
    cause: Cause,
) -> Vec<SocketAddr> {
    let mut found = Vec::new();
    let families = [
        (Kind::A, work.config.by_ipv4),
        (Kind::AAAA, work.config.by_ipv6),
    ];
    for (kind, allowed) in families {
        // The DS record of a zone is asked of the zone above: so is this.
        let above = nearest(work, zone, Kind::DS, false);
        let Some(mut above) = above.filter(|_| allowed && depth < DEPTH_LIMIT) else {
            continue;
        };
        let question = ZoneQuestion {
            name,
            kind,
            depth: depth + 1,
            avoid: &[],
            whole: true,
            signed: false,
            checking_disabled: false,
        };
        let asking: Step<'_, _> = Box::pin(ask_zone(work, &mut above, &question, cause));
        let Ok(answer) = asking.await else {
            continue;
        };
        let scrubbed = &answer.scrubbed;
        let sets = scrubbed.answers.iter().chain(&scrubbed.additionals);
        let own = sets.filter(|set| set.name == *name && [Kind::A, Kind::AAAA].contains(&set.kind));
        found.extend(own.flat_map(|set| socket_addresses(work, set)));
    }
    found
}

/// A search that is under way; it ends when this is dropped.
struct UnderWay {
    work: Work,
    search: (Name, Kind),
}

impl UnderWay {
    fn begin(work: &Work, name: &Name, kind: Kind) -> Option<UnderWay> {
        let search = (name.clone(), kind);
        let mut searches = work.searches.borrow_mut();
        if searches.contains(&search) {
            return None;
        }
        searches.push(search.clone());
        Some(UnderWay {
            work: work.clone(),
            search,
        })
    }
}

impl Drop for UnderWay {
    fn drop(&mut self) {
        self.work
            .searches
            .borrow_mut()
            .retain(|search| *search != self.search);
    }
}
