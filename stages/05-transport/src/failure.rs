use crate::tcp::LostHow;
use std::{fmt, net::SocketAddr};
use thru_events::{Blame, Code, Failed};

/// What can go wrong with a connection: how it was lost, and to whom it led.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Failure {
    /// How.
    pub how: LostHow,
    /// The other end.
    pub remote: SocketAddr,
}

impl Failure {
    /// Who is to blame, and the stable code.
    fn code(&self) -> (Code, Blame) {
        match self.how {
            LostHow::Refused => (Code::TcpRefused, Blame::PeerRefused),
            LostHow::Reset => (Code::TcpReset, Blame::PeerRefused),
            LostHow::TimedOut => (Code::TcpTimedOut, Blame::TimedOut),
            LostHow::Unreachable(_) => (Code::RouteUnreachable, Blame::PeerRefused),
            LostHow::NeighbourSilent => (Code::NeighNoAnswer, Blame::TimedOut),
            LostHow::Aborted => (Code::TcpClosed, Blame::PolicyRefused),
        }
    }
}

impl fmt::Display for Failure {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let remote = self.remote;
        match self.how {
            LostHow::Refused => write!(f, "{remote} refused the connection"),
            LostHow::Reset => write!(f, "{remote} reset the connection"),
            LostHow::TimedOut => write!(f, "{remote} acknowledged nothing in time"),
            LostHow::Unreachable(error) => {
                write!(f, "{remote} cannot be reached: {}", error.meaning())
            }
            LostHow::NeighbourSilent => write!(f, "the next hop to {remote} does not answer"),
            LostHow::Aborted => write!(f, "this end gave up the connection to {remote}"),
        }
    }
}

impl From<Failure> for Failed {
    fn from(failure: Failure) -> Failed {
        let (code, blame) = failure.code();
        let (culprit, message) = (failure.remote.to_string(), format!("{failure}."));
        match failure.how {
            LostHow::TimedOut => Failed::timed_out(code, "an acknowledgement", culprit, message),
            LostHow::NeighbourSilent => {
                Failed::timed_out(code, "an ARP answer", "the next hop", message)
            }
            LostHow::Aborted => Failed::new(code, blame, "this machine", message),
            _ => Failed::new(code, blame, culprit, message),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use thru_ip::{IcmpError, UnreachableCode};

    #[test]
    fn every_loss_has_its_code_blame_and_words() {
        let unreachable = IcmpError::Unreachable(UnreachableCode::Host);
        let table = [
            (
                LostHow::Refused,
                "tcp.refused: 10.0.0.2:80 refused the connection.",
            ),
            (
                LostHow::Reset,
                "tcp.reset: 10.0.0.2:80 reset the connection.",
            ),
            (
                LostHow::TimedOut,
                "tcp.timed_out: 10.0.0.2:80 acknowledged nothing in time.",
            ),
            (
                LostHow::Unreachable(unreachable),
                "route.unreachable: 10.0.0.2:80 cannot be reached: host unreachable.",
            ),
            (
                LostHow::NeighbourSilent,
                "neigh.no_answer: the next hop to 10.0.0.2:80 does not answer.",
            ),
            (
                LostHow::Aborted,
                "tcp.closed: this end gave up the connection to 10.0.0.2:80.",
            ),
        ];
        let remote = SocketAddr::from(([10, 0, 0, 2], 80));
        for (how, expected) in table {
            let failed = Failed::from(Failure { how, remote });
            assert_eq!(failed.to_string(), expected);
            assert_eq!(
                failed.waiting_for.is_some(),
                failed.blame == Blame::TimedOut
            );
        }
    }
}
