//! A step that failed: what, where, and the event that shows it.

use std::net::SocketAddr;
use thru_events::{Blame, Cause, Failed, Stage, named};
use thru_port::{PortFailure, PortFailureKind};

/// What a step of the pipeline gives when it fails.
#[derive(Clone, Debug)]
pub(crate) struct Broken {
    pub failed: Failed,
    pub stage: Stage,
    pub cause: Cause,
    /// Whom the probe should look for.
    pub unreached: Option<SocketAddr>,
}

impl Broken {
    pub fn new(failed: impl Into<Failed>, cause: Cause) -> Broken {
        let failed = failed.into();
        Broken {
            stage: failed.code.stage(),
            failed,
            cause,
            unreached: None,
        }
    }

    /// A connection that did not open, to `remote`.
    pub fn unopened(
        failure: &PortFailure,
        remote: SocketAddr,
        host: &str,
        before: Cause,
    ) -> Broken {
        let ((code, blame), words) = (failure.kind.meaning(), words(failure.kind));
        let culprit = match failure.kind {
            PortFailureKind::NoRoute
            | PortFailureKind::NoAddress
            | PortFailureKind::NotPermitted
            | PortFailureKind::LimitReached => "this machine".to_owned(),
            _ => named(host, remote),
        };
        let message = match failure.kind {
            _ if is_of_an_unnamed_link(remote) => format!(
                "{} is an address of one link, and nothing says of which: a URL has no place for the interface.",
                remote.ip()
            ),
            PortFailureKind::NoRoute | PortFailureKind::NoAddress => {
                format!("This machine {words} {}.", remote.ip())
            }
            PortFailureKind::NotPermitted | PortFailureKind::LimitReached => {
                format!("This machine {words} {remote}: {}.", failure.words)
            }
            PortFailureKind::Other => format!("{remote} {words}: {}.", failure.words),
            _ => format!("{} {words}.", named(host, remote)),
        };
        let failed = match blame {
            Blame::TimedOut => Failed::timed_out(code, "SYN-ACK", culprit, message),
            _ => Failed::new(code, blame, culprit, message),
        };
        // Silence and refusal leave a question open that a probe can answer: who?
        let open = matches!(
            failure.kind,
            PortFailureKind::TimedOut | PortFailureKind::Refused
        );
        Broken {
            unreached: open.then_some(remote),
            ..Broken::new(failed, failure.evidence.or(before))
        }
    }
}

/// A link-local address (RFC 4291, section 2.5.6) without the interface that it is meant at.
fn is_of_an_unnamed_link(remote: SocketAddr) -> bool {
    match remote {
        SocketAddr::V6(remote) => remote.ip().is_unicast_link_local() && remote.scope_id() == 0,
        SocketAddr::V4(_) => false,
    }
}

/// What happened, between who it happened to and whom it was about.
pub(crate) fn words(kind: PortFailureKind) -> &'static str {
    use PortFailureKind::*;
    match kind {
        Refused => {
            "refused the connection: nobody listens on that port, or a filter answers in its place"
        }
        Reset => "reset the connection while it was being opened",
        TimedOut => "did not answer the request for a connection",
        NoRoute => "has no route to",
        NoAddress => "has no address of its own to reach",
        NeighbourSilent => "could not be reached: the next hop does not answer",
        Unreachable => "cannot be reached, a router on the way says",
        NotPermitted => "does not permit a connection to",
        LimitReached => "has reached a limit and opens no connection to",
        Closed => "closed the connection while it was being opened",
        AddressInUse | Other => "could not be connected to",
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use thru_events::{Code, Time};

    fn broken(kind: PortFailureKind) -> Broken {
        let remote = SocketAddr::from(([127, 0, 0, 1], 3));
        let failure = PortFailure {
            kind,
            operation: "connect",
            address: Some(remote),
            words: "words".into(),
            at: Time::ZERO,
            evidence: None,
        };
        Broken::unopened(&failure, remote, "127.0.0.1", None)
    }

    #[test]
    fn refused_names_the_address_once() {
        let broken = broken(PortFailureKind::Refused);
        assert_eq!(broken.failed.code, Code::TcpRefused);
        assert_eq!(broken.failed.culprit, "127.0.0.1:3");
        assert_eq!(
            broken.failed.message,
            "127.0.0.1:3 refused the connection: nobody listens on that port, or a filter answers in its place."
        );
    }

    #[test]
    fn an_address_of_a_link_lacks_the_link() {
        let remote: SocketAddr = "[fe80::1]:80".parse().unwrap();
        let failure = PortFailure {
            kind: PortFailureKind::Other,
            operation: "connect",
            address: Some(remote),
            words: "Invalid argument".into(),
            at: Time::ZERO,
            evidence: None,
        };
        let broken = Broken::unopened(&failure, remote, "fe80::1", None);
        assert!(
            broken.failed.message.contains("of one link"),
            "{}",
            broken.failed.message
        );
    }

    #[test]
    fn a_missing_route_is_this_machines() {
        let broken = broken(PortFailureKind::NoRoute);
        assert_eq!(
            (broken.failed.code, broken.stage),
            (Code::RouteNone, Stage::Ip)
        );
        assert_eq!(broken.failed.culprit, "this machine");
    }
}
