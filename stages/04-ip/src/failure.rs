use std::net::IpAddr;
use thru_events::{Blame, Code, Failed};

/// What can go wrong between networks.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Failure {
    /// Refused by this machine's own table: there is no route.
    RouteMissing {
        /// Where to.
        destination: IpAddr,
    },
    /// A peer refused: a router or the host said that the destination cannot be reached.
    Unreachable {
        /// Where to.
        destination: IpAddr,
        /// Who said so.
        router: IpAddr,
        /// In which words.
        meaning: &'static str,
    },
    /// A peer misbehaved: the hop limit ran out, so packets go in circles.
    HopLimitExceeded {
        /// Where to.
        destination: IpAddr,
        /// Who said so.
        router: IpAddr,
    },
    /// Timed out: no DHCP server answered.
    NoLease {
        /// Requests sent.
        attempts: u32,
    },
}

impl From<Failure> for Failed {
    fn from(failure: Failure) -> Failed {
        match failure {
            Failure::RouteMissing { destination } => Failed::new(
                Code::RouteNone,
                Blame::PolicyRefused,
                "this machine",
                format!("This machine has no route to {destination}."),
            ),
            Failure::Unreachable {
                destination,
                router,
                meaning,
            } => Failed::new(
                Code::RouteUnreachable,
                Blame::PeerRefused,
                router.to_string(),
                format!("{router} said about {destination}: {meaning}."),
            ),
            Failure::HopLimitExceeded {
                destination,
                router,
            } => Failed::new(
                Code::RouteTtlExceeded,
                Blame::PeerMisbehaved,
                router.to_string(),
                format!("The hop limit of a packet to {destination} ran out at {router}."),
            ),
            Failure::NoLease { attempts } => Failed::timed_out(
                Code::DhcpNoLease,
                "a DHCP offer",
                "the DHCP server",
                format!("No DHCP server answered {attempts} requests for an address."),
            ),
        }
    }
}
