//! What the system's error numbers mean for a port.

use std::{io, net::SocketAddr};
use thru_events::{Cause, Time};
use thru_port::{PortFailure, PortFailureKind};

/// The kind of failure that an error of the system stands for.
pub(crate) fn kind_of(error: &io::Error) -> PortFailureKind {
    use PortFailureKind::*;
    match error.raw_os_error() {
        Some(libc::ECONNREFUSED) => Refused,
        Some(libc::ECONNRESET | libc::ECONNABORTED) => Reset,
        Some(libc::ETIMEDOUT) => TimedOut,
        Some(libc::ENETUNREACH) => NoRoute,
        Some(libc::EHOSTUNREACH | libc::EHOSTDOWN | libc::ENETDOWN | libc::ENONET) => Unreachable,
        Some(libc::EADDRINUSE) => AddressInUse,
        Some(libc::EACCES | libc::EPERM) => NotPermitted,
        Some(libc::EADDRNOTAVAIL) => NoAddress,
        Some(libc::EPIPE | libc::ENOTCONN | libc::ESHUTDOWN) => Closed,
        Some(libc::EMFILE | libc::ENFILE | libc::ENOBUFS | libc::ENOMEM) => LimitReached,
        _ => Other,
    }
}

/// The word that `TcpEvent::Failed` has for it.
pub(crate) fn how(kind: PortFailureKind) -> &'static str {
    match kind {
        PortFailureKind::Refused => "refused",
        PortFailureKind::Reset => "reset",
        PortFailureKind::TimedOut => "timed_out",
        PortFailureKind::NoRoute | PortFailureKind::NoAddress => "no_route",
        PortFailureKind::NotPermitted => "not_permitted",
        PortFailureKind::Closed => "closed",
        _ => "unreachable",
    }
}

/// A port failure out of a system error.
pub(crate) fn failure(
    error: &io::Error,
    operation: &'static str,
    address: Option<SocketAddr>,
    at: Time,
    evidence: Cause,
) -> PortFailure {
    PortFailure {
        kind: kind_of(error),
        operation,
        address,
        words: error.to_string(),
        at,
        evidence,
    }
}
