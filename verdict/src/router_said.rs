//! A router said by ICMP that the machine cannot be reached: which router, and what it said.

use crate::Failure;
use std::net::IpAddr;
use thru_events::{Entry, Event, ip::IpEvent};
use thru_journal::NearSide;

/// ICMP: no machine of that address answers on the router's own network (RFC 1812, section 5.3.4;
/// RFC 4443, section 3.1, code 3).
const HOST: [(u8, u8); 2] = [(3, 1), (1, 3)];

/// ICMP: the router knows no way there (RFC 792; RFC 4443, section 3.1, code 0).
const NETWORK: [(u8, u8); 2] = [(3, 0), (1, 0)];

/// The failure with the router's address, its words, and what they call for. Where the kernel told
/// of the error without saying who sent it, the failure stays as it is.
pub(crate) fn named(near: NearSide<'_>, entry: &Entry, stated: Failure) -> Failure {
    let mut chain = std::iter::successors(Some(entry), |entry| near.entry(entry.cause?));
    let said = chain.find_map(|entry| match &entry.event {
        Event::Ip(IpEvent::IcmpReceived {
            from,
            kind,
            code,
            meaning,
            ..
        }) => Some((*from, (*kind, *code), meaning)),
        _ => None,
    });
    let Some((from, numbers, meaning)) = said else {
        return stated;
    };
    Failure {
        message: format!(
            "{} cannot be reached: the router {from} says by ICMP \"{meaning}\".",
            stated.culprit
        ),
        culprit: match NETWORK.contains(&numbers) {
            true => format!("the router {from}"),
            false => stated.culprit,
        },
        mend: advice(from, numbers),
        ..stated
    }
}

fn advice(from: IpAddr, numbers: (u8, u8)) -> String {
    if HOST.contains(&numbers) {
        return format!(
            "See whether the machine is switched on and plugged in: {from} is on its network and gets no answer from it. Else ask the operator of {from}."
        );
    }
    if NETWORK.contains(&numbers) {
        return format!("Ask the operator of {from}: it has no route there.");
    }
    format!("Ask the operator of {from}.")
}
