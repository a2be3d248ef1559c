use std::{fmt, net::SocketAddr};
use thru_events::{Blame, Cause, Code, Time};

/// How a world refuses or loses a connection.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum PortFailureKind {
    /// The other end said no (RST to a SYN, ECONNREFUSED).
    Refused,
    /// An open connection was reset.
    Reset,
    /// Nothing came back in the time given.
    TimedOut,
    /// No route from here.
    NoRoute,
    /// The next hop does not answer ARP or NDP.
    NeighbourSilent,
    /// A router or the system said that the destination cannot be reached.
    Unreachable,
    /// The address or port is taken.
    AddressInUse,
    /// The right is missing.
    NotPermitted,
    /// This end closed it already.
    Closed,
    /// A named limit of the world was reached.
    LimitReached,
    /// The machine has no address (no lease).
    NoAddress,
    /// Anything else the system says; the text has it.
    Other,
}

impl PortFailureKind {
    /// The stable code and who is to blame, whoever met it: one map for opening a connection, for
    /// TLS and for HTTP, so that one loss never has two names.
    pub fn meaning(self) -> (Code, Blame) {
        use PortFailureKind::*;
        match self {
            Refused => (Code::TcpRefused, Blame::PeerRefused),
            Reset => (Code::TcpReset, Blame::PeerRefused),
            TimedOut => (Code::TcpTimedOut, Blame::TimedOut),
            NoRoute | NoAddress => (Code::RouteNone, Blame::PolicyRefused),
            NeighbourSilent => (Code::NeighNoAnswer, Blame::TimedOut),
            Unreachable => (Code::RouteUnreachable, Blame::PeerRefused),
            NotPermitted => (Code::FirewallRejected, Blame::PolicyRefused),
            LimitReached => (Code::TcpAddressUnreachable, Blame::PolicyRefused),
            Closed => (Code::TcpClosed, Blame::PeerRefused),
            AddressInUse | Other => (Code::TcpAddressUnreachable, Blame::PeerRefused),
        }
    }

    /// The same of a connection that was open: one that broke for a reason without a code of its
    /// own was closed.
    pub fn meaning_when_open(self) -> (Code, Blame) {
        match self {
            PortFailureKind::Other => PortFailureKind::Closed.meaning(),
            kind => kind.meaning(),
        }
    }

    /// In words, for messages.
    pub fn words(self) -> &'static str {
        match self {
            PortFailureKind::Refused => "refused",
            PortFailureKind::Reset => "reset",
            PortFailureKind::TimedOut => "timed out",
            PortFailureKind::NoRoute => "no route",
            PortFailureKind::NeighbourSilent => "the next hop does not answer",
            PortFailureKind::Unreachable => "unreachable",
            PortFailureKind::AddressInUse => "the address is taken",
            PortFailureKind::NotPermitted => "not permitted",
            PortFailureKind::Closed => "closed",
            PortFailureKind::LimitReached => "a limit was reached",
            PortFailureKind::NoAddress => "this machine has no address",
            PortFailureKind::Other => "failed",
        }
    }
}

/// A port's failure: what was tried, with whom, what happened, and the event that shows it.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct PortFailure {
    /// What happened.
    pub kind: PortFailureKind,
    /// What was tried, as `connect`.
    pub operation: &'static str,
    /// With whom.
    pub address: Option<SocketAddr>,
    /// The system's own words, if any.
    pub words: String,
    /// When.
    pub at: Time,
    /// The event that shows it, when recording.
    pub evidence: Cause,
}

impl fmt::Display for PortFailure {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{}", self.operation)?;
        if let Some(address) = self.address {
            write!(f, " {address}")?;
        }
        write!(f, ": {}", self.kind.words())?;
        if self.words.is_empty() {
            return Ok(());
        }
        write!(f, " ({})", self.words)
    }
}

impl std::error::Error for PortFailure {}

impl From<PortFailure> for std::io::Error {
    /// Carries a port failure through a library's trait; unpack it with `into_inner` and
    /// `downcast` at the library's other side.
    fn from(failure: PortFailure) -> std::io::Error {
        use std::io::ErrorKind;
        let kind = match failure.kind {
            PortFailureKind::Refused => ErrorKind::ConnectionRefused,
            PortFailureKind::Reset => ErrorKind::ConnectionReset,
            PortFailureKind::TimedOut => ErrorKind::TimedOut,
            PortFailureKind::Closed => ErrorKind::BrokenPipe,
            _ => ErrorKind::Other,
        };
        std::io::Error::new(kind, failure)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_kind_has_one_code_and_an_open_connection_that_broke_was_closed() {
        let kind = PortFailureKind::NotPermitted;
        assert_eq!(kind.meaning(), kind.meaning_when_open());
        assert_eq!(PortFailureKind::TimedOut.meaning().1, Blame::TimedOut);
        assert_eq!(
            PortFailureKind::Other.meaning().0,
            Code::TcpAddressUnreachable
        );
        assert_eq!(
            PortFailureKind::Other.meaning_when_open().0,
            Code::TcpClosed
        );
    }
}
