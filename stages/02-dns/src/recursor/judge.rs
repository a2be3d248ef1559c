//! What an authoritative server's answer means. Only what lies within the zone that was asked is
//! believed (bailiwick).

use crate::alias;
use crate::message::{shown, soa};
use hickory_proto::op::{Message, ResponseCode};
use hickory_proto::rr::{Name, RData, Record, RecordType};

pub(super) enum Judgement {
    /// The records asked for, perhaps at the end of aliases.
    Records {
        aliases: Vec<Record>,
        records: Vec<Record>,
    },
    /// Aliases that lead to a name of which this server says nothing.
    Alias { aliases: Vec<Record> },
    /// Aliases that come back to themselves.
    Endless { alias: String },
    /// No such name, or no such record.
    Denied { aliases: Vec<Record> },
    /// The servers of a zone below know more.
    Referral {
        zone: Name,
        servers: Vec<Record>,
        glue: Vec<Record>,
    },
    /// The server does not serve the zone, or says nothing that helps.
    Lame,
}

/// Judges the answer of a server of `zone` to the question for `name`.
pub(super) fn judge(
    message: &Message,
    name: &Name,
    record_type: RecordType,
    zone: &Name,
) -> Judgement {
    let within = |record: &&Record| zone.zone_of(&record.name);
    let believed: Vec<Record> = message.answers.iter().filter(within).cloned().collect();
    let chain = alias::follow(&believed, name, record_type);
    if chain.endless {
        return Judgement::Endless {
            alias: shown(&chain.end),
        };
    }
    let aliases = chain.aliases;
    if !chain.records.is_empty() {
        return Judgement::Records {
            aliases,
            records: chain.records,
        };
    }
    // RFC 6604, section 3: the response code is that of the last name.
    let own_end = zone.zone_of(&chain.end);
    let no_name = message.metadata.response_code == ResponseCode::NXDomain;
    let denied = soa(message)
        .is_some_and(|record| record.name.zone_of(&chain.end) && zone.zone_of(&record.name));
    if own_end && (no_name || denied) {
        return Judgement::Denied { aliases };
    }
    if !aliases.is_empty() {
        return Judgement::Alias { aliases };
    }
    match referral(message, name, zone) {
        Some(referral) => referral,
        None if message.metadata.authoritative => Judgement::Denied { aliases },
        None => Judgement::Lame,
    }
}

/// Name servers of a zone that lies below the one asked and holds the name.
fn referral(message: &Message, name: &Name, zone: &Name) -> Option<Judgement> {
    let below = |record: &&Record| {
        let owner = &record.name;
        record.record_type() == RecordType::NS
            && owner != zone
            && zone.zone_of(owner)
            && owner.zone_of(name)
    };
    let first = message.authorities.iter().find(below)?;
    let cut = first.name.to_lowercase();
    let servers: Vec<Record> = message
        .authorities
        .iter()
        .filter(|record| record.record_type() == RecordType::NS && record.name == cut)
        .cloned()
        .collect();
    let named = |owner: &Name| {
        servers
            .iter()
            .any(|record| matches!(&record.data, RData::NS(server) if server.0 == *owner))
    };
    let address =
        |record: &&Record| matches!(record.record_type(), RecordType::A | RecordType::AAAA);
    let glue = message
        .additionals
        .iter()
        .filter(address)
        .filter(|record| zone.zone_of(&record.name) && named(&record.name));
    Some(Judgement::Referral {
        glue: glue.cloned().collect(),
        zone: cut,
        servers,
    })
}
