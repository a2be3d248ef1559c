//! The machine's DHCP client and server, and the datagrams around them.

use crate::Stack;
use std::{net::Ipv4Addr, task::Waker};
use thru_events::{Cause, Time};
use thru_ip::dhcp;
use thru_transport::udp::Datagram;

/// How asking for an address ended.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum LeaseOutcome {
    /// The address is lent; `LeaseEvent::Bound`.
    Bound {
        /// The address.
        address: Ipv4Addr,
        /// The event.
        cause: Cause,
    },
    /// No server answered; `LeaseEvent::Unanswered`.
    Unanswered {
        /// The event.
        cause: Cause,
    },
}

pub(crate) struct LeaseState {
    _server: Option<dhcp::ServerConfig>,
}

impl LeaseState {
    pub(crate) fn new(server: Option<dhcp::ServerConfig>) -> LeaseState {
        LeaseState { _server: server }
    }
}

impl Stack {
    /// Asks for an address on every interface that is configured for DHCP and has none.
    pub fn start_dhcp(&mut self, _now: Time, _cause: Cause) {
        todo!()
    }

    /// How it ended, once; `None` while it goes on.
    pub fn take_lease_outcome(&mut self) -> Option<LeaseOutcome> {
        todo!()
    }

    /// Wakes `waker` when there is a lease outcome.
    pub fn register_lease_waker(&mut self, _waker: &Waker) {
        todo!()
    }

    /// DNS servers that the lease named.
    pub fn dns_servers(&self) -> &[Ipv4Addr] {
        &[]
    }

    pub(crate) fn poll_lease(&mut self, _now: Time) -> bool {
        false
    }

    pub(crate) fn lease_wake_at(&self) -> Option<Time> {
        None
    }

    pub(crate) fn on_dhcp_datagram(
        &mut self,
        _now: Time,
        _interface: Option<usize>,
        _datagram: &Datagram<'_>,
        _cause: Cause,
    ) -> bool {
        false
    }
}
