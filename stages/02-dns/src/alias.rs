//! Aliases within one set of records (RFC 1034, section 3.6.2).

use hickory_proto::rr::{Name, RData, Record, RecordType};

/// Most aliases that are followed for one question, over all its messages.
pub(crate) const ALIAS_LIMIT: usize = 16;

/// Where a chain of aliases leads.
#[derive(Debug)]
pub(crate) struct Chain {
    /// The CNAME records on the way, in order.
    pub aliases: Vec<Record>,
    /// The last name.
    pub end: Name,
    /// Its records of the type asked.
    pub records: Vec<Record>,
    /// The chain comes back to itself or is longer than [`ALIAS_LIMIT`].
    pub endless: bool,
}

/// Follows the aliases of `name` in `records`.
pub(crate) fn follow(records: &[Record], name: &Name, record_type: RecordType) -> Chain {
    let mut chain = Chain {
        aliases: Vec::new(),
        end: name.clone(),
        records: Vec::new(),
        endless: false,
    };
    let mut seen = vec![name.clone()];
    loop {
        let of_end = |record: &&Record| record.name == chain.end;
        let found = records
            .iter()
            .filter(of_end)
            .filter(|record| record.record_type() == record_type);
        chain.records = found.cloned().collect();
        if !chain.records.is_empty() {
            return chain;
        }
        let alias = records
            .iter()
            .filter(of_end)
            .find_map(|record| match &record.data {
                RData::CNAME(target) => Some((record.clone(), target.0.clone())),
                _ => None,
            });
        let Some((record, mut target)) = alias else {
            return chain;
        };
        target.set_fqdn(true);
        chain.endless = seen.contains(&target) || seen.len() > ALIAS_LIMIT;
        chain.aliases.push(record);
        chain.end = target;
        if chain.endless {
            return chain;
        }
        seen.push(chain.end.clone());
    }
}
