//! Aliases within one set of records (RFC 1034, section 3.6.2).

use crate::wire::{Kind, Name, Record};

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
pub(crate) fn follow(records: &[Record], name: &Name, kind: Kind) -> Chain {
    let mut chain = Chain {
        aliases: Vec::new(),
        end: name.clone(),
        records: Vec::new(),
        endless: false,
    };
    let mut seen = vec![name.clone()];
    loop {
        let of_end: Vec<&Record> = records
            .iter()
            .filter(|record| record.name == chain.end)
            .collect();
        let found = of_end.iter().filter(|record| record.kind == kind);
        chain.records = found.map(|record| (*record).clone()).collect();
        if !chain.records.is_empty() {
            return chain;
        }
        let alias = of_end.iter().find(|record| record.kind == Kind::CNAME);
        let Some((record, target)) = alias.and_then(|record| Some((*record, record.target()?)))
        else {
            return chain;
        };
        chain.endless = seen.contains(&target) || seen.len() > ALIAS_LIMIT;
        chain.aliases.push(record.clone());
        chain.end = target;
        if chain.endless {
            return chain;
        }
        seen.push(chain.end.clone());
    }
}
