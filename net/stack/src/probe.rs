//! Probes with a small hop limit: who is on the way?

use crate::Stack;
use std::net::{IpAddr, SocketAddr};
use thru_events::{Cause, Time};
use thru_ip::{IcmpError, Quoted};

/// A probe of one stack.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub struct ProbeId(pub u32);

/// What came back for a probe.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum ProbeAnswer {
    /// A router on the way said that the hop limit ran out.
    Hop(IpAddr),
    /// The destination itself answered.
    Destination(IpAddr),
    /// Someone said that it cannot be reached.
    Unreachable(IpAddr),
}

#[derive(Default)]
pub(crate) struct Probes {}

impl Stack {
    /// Sends a SYN with hop limit `ttl` towards `remote`.
    pub fn probe(
        &mut self,
        _now: Time,
        _remote: SocketAddr,
        _ttl: u8,
        _cause: Cause,
    ) -> Result<ProbeId, crate::SendError> {
        todo!()
    }

    /// What came back so far, and the event that says so.
    pub fn probe_answer(&self, _id: ProbeId) -> Option<(ProbeAnswer, Cause)> {
        todo!()
    }

    /// The asker waits no longer: a probe without answer is stated as silent, and forgotten.
    pub fn probe_give_up(&mut self, _id: ProbeId) {
        todo!()
    }

    pub(crate) fn probe_hop(
        &mut self,
        _now: Time,
        _from: std::net::Ipv4Addr,
        _error: IcmpError,
        _quoted: &Quoted,
        _cause: Cause,
    ) -> bool {
        false
    }
}
