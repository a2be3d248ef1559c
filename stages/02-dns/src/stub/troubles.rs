//! What was heard of servers instead of an answer, and which of it says most.

use crate::failure::Failure;
use crate::recursor::Ede;
use crate::wire::rcode;
use std::net::SocketAddr;
use std::time::Duration;

/// What was heard of one server.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) enum Trouble {
    Silent {
        after: Duration,
    },
    Unreachable {
        why: String,
    },
    Malformed {
        why: String,
    },
    NoTcp,
    Said {
        rcode: u16,
        said: Option<Ede>,
    },
    /// It serves zones, and says whom else to ask.
    Refers {
        to: String,
    },
}

/// The failure that says most, of what was heard of all servers.
pub(super) fn failure(name: String, troubles: &[(SocketAddr, Trouble)]) -> Failure {
    let by_rank = |(_, trouble): &&(SocketAddr, Trouble)| match trouble {
        Trouble::Said { .. } | Trouble::Refers { .. } => 0,
        Trouble::NoTcp | Trouble::Malformed { .. } => 1,
        _ => 2,
    };
    match troubles.iter().min_by_key(by_rank) {
        None => Failure::NobodyToAsk { name },
        Some((server, Trouble::Said { rcode, said })) => {
            said_no(name, *server, *rcode, said.clone())
        }
        Some((server, Trouble::Refers { to })) => Failure::Referral {
            name,
            server: *server,
            to: to.clone(),
        },
        Some((server, Trouble::NoTcp)) => Failure::TruncatedNoTcp {
            name,
            server: *server,
        },
        Some((server, Trouble::Malformed { why })) => Failure::Failed {
            name,
            server: *server,
            why: format!("something that is no answer ({why})"),
        },
        Some(_) => unreachable(name, troubles),
    }
}

fn said_no(name: String, server: SocketAddr, code: u16, said: Option<Ede>) -> Failure {
    match (code, said) {
        (rcode::SERVFAIL, Some(said)) if said.is_about_signatures() => {
            Failure::Bogus { name, server, said }
        }
        (rcode::SERVFAIL, Some(said)) if said.is_about_zone_servers() => {
            Failure::LameDelegation { name, server, said }
        }
        (rcode::SERVFAIL, Some(said)) if said.is_about_endless_aliases() => Failure::CnameLoop {
            alias: name.clone(),
            name,
            server: Some(server),
        },
        (rcode::SERVFAIL, said) => Failure::Servfail { name, server, said },
        (rcode::REFUSED, said) => Failure::Refused { name, server, said },
        (code, _) => Failure::Failed {
            name,
            server,
            why: rcode::text(code),
        },
    }
}

/// With a tenth at most: a clock's last digits say nothing.
fn seconds(time: Duration) -> f64 {
    (time.as_secs_f64() * 10.0).round() / 10.0
}

fn unreachable(name: String, troubles: &[(SocketAddr, Trouble)]) -> Failure {
    let mut why: Vec<String> = Vec::new();
    for (_, trouble) in troubles {
        let word = match trouble {
            Trouble::Unreachable { why } => why.clone(),
            Trouble::Silent { after } => format!("nothing came within {} s", seconds(*after)),
            _ => continue,
        };
        if !why.contains(&word) {
            why.push(word);
        }
    }
    Failure::Unreachable {
        name,
        tried: troubles.iter().map(|(server, _)| *server).collect(),
        why: why.join("; "),
    }
}
