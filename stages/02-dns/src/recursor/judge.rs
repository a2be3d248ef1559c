//! What an answer amounts to (RFC 1034, section 5.3.3, step 4; RFC 2308, section 2).

use super::scrub::Scrubbed;
use crate::wire::{Kind, Message, Name, rcode};

/// What an answer amounts to.
#[derive(Debug, PartialEq, Eq)]
pub(super) enum Judgement {
    /// Records of the type asked, perhaps behind aliases.
    Records,
    /// Aliases, and their end is not known.
    Alias,
    /// The name does not exist.
    NoName,
    /// The name has no such record.
    NoData,
    /// The zone of this name has other servers.
    Referral(Name),
    /// The server is of no use for this zone.
    Lame(&'static str),
    /// The server says that it failed.
    Failed(u16),
}

/// Judges the answer of a server of `zone`; `forwarded` if the server asks on itself.
pub(super) fn judge(
    message: &Message,
    scrubbed: &Scrubbed,
    name: &Name,
    kind: Kind,
    zone: &Name,
    forwarded: bool,
) -> Judgement {
    let code = message.rcode;
    if code != rcode::NOERROR && code != rcode::NXDOMAIN && code != rcode::YXDOMAIN {
        return Judgement::Failed(code);
    }
    if scrubbed.found {
        return Judgement::Records;
    }
    if !scrubbed.answers.is_empty() {
        return Judgement::Alias;
    }
    if code == rcode::NXDOMAIN {
        return Judgement::NoName;
    }
    let has_soa = scrubbed
        .authorities
        .iter()
        .any(|set| set.kind == Kind::SOA && name.is_within(&set.name));
    let denied = scrubbed
        .authorities
        .iter()
        .any(|set| [Kind::NSEC, Kind::NSEC3].contains(&set.kind));
    let has_servers = scrubbed.authorities.iter().any(|set| set.kind == Kind::NS);
    let refers = message
        .authorities
        .iter()
        .any(|record| record.kind == Kind::NS);
    if forwarded && refers && !has_soa && !denied && !message.flags.aa {
        return Judgement::Lame("it refers to others, and was asked to ask on itself");
    }
    if has_soa || forwarded || denied && !has_servers {
        return Judgement::NoData;
    }
    let servers = scrubbed.authorities.iter().find(|set| set.kind == Kind::NS);
    let Some(servers) = servers else {
        return match (
            message.flags.aa,
            message.flags.ra,
            scrubbed.refers_upwards(),
        ) {
            (_, _, true) => Judgement::Lame("it refers upwards"),
            (true, _, _) => Judgement::NoData,
            (_, true, _) => Judgement::Lame("it asks on for others, and does not have the zone"),
            _ => Judgement::Lame("it knows nothing of the name"),
        };
    };
    let below = servers.name.is_below(zone) && name.is_within(&servers.name);
    // A DS record stands above the cut; a referral to its own name is the answer of the zone below.
    if below && !(kind == Kind::DS && servers.name == *name) {
        return Judgement::Referral(servers.name.clone());
    }
    match message.flags.aa || kind == Kind::DS && servers.name == *name {
        true => Judgement::NoData,
        false => Judgement::Lame("it refers to the zone which it should have"),
    }
}
