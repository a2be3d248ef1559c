use std::net::IpAddr;
use thru_events::{Blame, Code, Failed};

/// What can go wrong between neighbours.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Failure {
    /// Timed out: nobody answered ARP for the address.
    NeighbourSilent {
        /// Who was asked for.
        address: IpAddr,
        /// Requests sent.
        attempts: u32,
    },
    /// A peer misbehaved: two machines claim the same address (RFC 5227).
    AddressConflict {
        /// The address.
        address: IpAddr,
    },
}

impl From<Failure> for Failed {
    fn from(failure: Failure) -> Failed {
        match failure {
            Failure::NeighbourSilent { address, attempts } => Failed::timed_out(
                Code::NeighNoAnswer,
                "an ARP reply",
                address.to_string(),
                format!("{address} did not answer {attempts} ARP requests."),
            ),
            Failure::AddressConflict { address } => Failed::new(
                Code::NeighConflict,
                Blame::PeerMisbehaved,
                address.to_string(),
                format!("Another machine also uses {address}."),
            ),
        }
    }
}
