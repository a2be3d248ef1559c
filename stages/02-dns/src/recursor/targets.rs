//! Addresses of name servers that came without them.

use super::delegation::{Delegation, is_allowed, nearest, socket_addresses};
use super::judge::Judgement;
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
        let found = from_zone(work, &mut above, name, kind, depth, cause).await;
        if !found.is_empty() {
            return found;
        }
    }
    Vec::new()
}

/// The addresses of a server, of which a zone says that it is an alias or what they are. The name
/// of a server must not be an alias (RFC 2181, section 10.3); one step is followed nevertheless.
async fn from_zone(
    work: &Work,
    above: &mut Delegation,
    name: &Name,
    kind: Kind,
    depth: u32,
    cause: Cause,
) -> Vec<SocketAddr> {
    let mut name = name.clone();
    for _ in 0..2 {
        // Of names elsewhere its word does not count.
        if !name.is_within(&above.zone) {
            break;
        }
        let question = ZoneQuestion {
            name: &name,
            kind,
            depth: depth + 1,
            avoid: &[],
            patience: 0,
            whole: true,
            signed: false,
            checking_disabled: false,
        };
        let asking: Step<'_, _> = Box::pin(ask_zone(work, above, &question, cause));
        let Ok(answer) = asking.await else {
            break;
        };
        let scrubbed = &answer.scrubbed;
        let sets = scrubbed.answers.iter().chain(&scrubbed.additionals);
        let own = sets.filter(|set| set.name == name && [Kind::A, Kind::AAAA].contains(&set.kind));
        let found: Vec<SocketAddr> = own.flat_map(|set| socket_addresses(work, set)).collect();
        if !found.is_empty() || answer.judgement != Judgement::Alias {
            return found;
        }
        name = scrubbed.end.clone();
    }
    Vec::new()
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
