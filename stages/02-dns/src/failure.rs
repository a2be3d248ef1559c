//! Why a name has no address, by blame.

use crate::recursor::Ede;
use crate::stub::Families;
use std::net::SocketAddr;
use thru_events::{Blame, Code, Failed};

/// The zone that denies a name, as the SOA record of the answer tells it (RFC 2308, section 3).
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Denier {
    /// The zone.
    pub zone: String,
    /// Its primary server (MNAME).
    pub primary: String,
}

/// Why a look-up failed.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Failure {
    /// PeerRefused: the name does not exist (NXDOMAIN).
    NameNotResolved {
        /// The name.
        name: String,
        /// Who said so; `None` if the cache did.
        server: Option<SocketAddr>,
        /// Zone that says so, where the answer has its SOA record.
        zone: Option<Denier>,
    },
    /// PeerRefused: the name exists, but has no address.
    NoData {
        /// The name.
        name: String,
        /// Who said so; `None` if the cache did.
        server: Option<SocketAddr>,
        /// Zone that says so.
        zone: Option<Denier>,
        /// Of which family alone an address was looked for.
        only: Families,
    },
    /// PeerRefused: the server answers REFUSED.
    Refused {
        /// The name.
        name: String,
        /// Who.
        server: SocketAddr,
        /// What it says about the reason (RFC 8914).
        said: Option<Ede>,
    },
    /// PeerRefused: the server looks names up for nobody, and does not have this one.
    Referral {
        /// The name.
        name: String,
        /// Who.
        server: SocketAddr,
        /// Whom it refers to.
        to: String,
    },
    /// PeerMisbehaved: the server answers SERVFAIL.
    Servfail {
        /// The name.
        name: String,
        /// Who.
        server: SocketAddr,
        /// What it says about the reason (RFC 8914).
        said: Option<Ede>,
    },
    /// PeerMisbehaved: another response code, or something that is no DNS message.
    Failed {
        /// The name.
        name: String,
        /// Who.
        server: SocketAddr,
        /// Response code, or what is wrong with the message.
        why: String,
    },
    /// PeerMisbehaved: no server that a zone is delegated to serves it, as the server says.
    LameDelegation {
        /// The name.
        name: String,
        /// Who says so.
        server: SocketAddr,
        /// In which words (RFC 8914).
        said: Ede,
    },
    /// PeerMisbehaved: the answer is not authentic, as the server says.
    Bogus {
        /// The name.
        name: String,
        /// Who says so.
        server: SocketAddr,
        /// In which words (RFC 8914).
        said: Ede,
    },
    /// PeerMisbehaved: aliases lead in a circle, or through too many names.
    CnameLoop {
        /// The name.
        name: String,
        /// The alias that leads back.
        alias: String,
        /// Who said so; `None` if the cache did.
        server: Option<SocketAddr>,
    },
    /// PeerMisbehaved: the answer does not fit in a datagram, and the server has no TCP.
    TruncatedNoTcp {
        /// The name.
        name: String,
        /// Who.
        server: SocketAddr,
    },
    /// TimedOut: no server answered.
    Unreachable {
        /// The name.
        name: String,
        /// Whom, in the order asked.
        tried: Vec<SocketAddr>,
        /// What was heard of them.
        why: String,
    },
    /// PolicyRefused: this machine names no server, or its order of sources leaves DNS out.
    NobodyToAsk {
        /// The name.
        name: String,
    },
    /// PolicyRefused: the machine's order of sources ends before DNS is asked.
    SourcesEnd {
        /// The name.
        name: String,
    },
    /// PolicyRefused: only multicast DNS could know it, which is not built.
    OfMulticast {
        /// The name.
        name: String,
    },
    /// PolicyRefused: a named limit of work was reached.
    LimitReached {
        /// The name.
        name: String,
        /// Which.
        limit: &'static str,
    },
    /// PolicyRefused: this cannot be a name in the DNS (RFC 1035, section 2.3.4).
    NotAName {
        /// The name.
        name: String,
    },
}

impl Failure {
    /// The stable code.
    pub fn code(&self) -> Code {
        match self {
            Failure::NameNotResolved { .. }
            | Failure::NotAName { .. }
            | Failure::SourcesEnd { .. }
            | Failure::OfMulticast { .. } => Code::DnsNameNotResolved,
            Failure::NoData { .. } => Code::DnsNoData,
            Failure::Refused { .. } | Failure::Referral { .. } => Code::DnsRefused,
            Failure::Servfail { .. } => Code::DnsServfail,
            Failure::Failed { .. } | Failure::LimitReached { .. } => Code::DnsFailed,
            Failure::LameDelegation { .. } => Code::DnsLameDelegation,
            Failure::Bogus { .. } => Code::DnsBogus,
            Failure::CnameLoop { .. } => Code::DnsCnameLoop,
            Failure::TruncatedNoTcp { .. } => Code::DnsTruncatedNoTcp,
            Failure::Unreachable { .. } | Failure::NobodyToAsk { .. } => Code::DnsUnreachable,
        }
    }

    fn blame(&self) -> Blame {
        match self {
            Failure::NameNotResolved { .. }
            | Failure::NoData { .. }
            | Failure::Refused { .. }
            | Failure::Referral { .. } => Blame::PeerRefused,
            Failure::Unreachable { .. } => Blame::TimedOut,
            Failure::NobodyToAsk { .. }
            | Failure::SourcesEnd { .. }
            | Failure::OfMulticast { .. }
            | Failure::LimitReached { .. }
            | Failure::NotAName { .. } => Blame::PolicyRefused,
            _ => Blame::PeerMisbehaved,
        }
    }

    /// The server and zone that it is about.
    fn culprit(&self) -> String {
        match self {
            Failure::NameNotResolved { server, zone, name }
            | Failure::NoData {
                server, zone, name, ..
            } => match (zone, server) {
                (Some(denier), _) => format!("{} (zone {})", denier.primary, denier.zone),
                // The server that was asked need not be the one that decides: it passed it on.
                (None, Some(server)) => {
                    format!("the zone of {name}, asked through {}", address(server))
                }
                (None, None) => format!("the zone of {name}"),
            },
            Failure::LameDelegation { name, server, said } => lame_server(&said.text)
                .unwrap_or_else(|| {
                    format!(
                        "the servers of the zone of {name}, as {} says",
                        address(server)
                    )
                }),
            Failure::Bogus { name, server, said } => match signer(&said.text) {
                Some(zone) => format!("the signatures of {zone}, as {} says", address(server)),
                None => format!(
                    "the signatures of {name} or of a zone above it, as {} says",
                    address(server)
                ),
            },
            // Whom it asked in vain, if it says so (RFC 8914, sections 4.23 and 4.24).
            Failure::Servfail {
                server,
                said: Some(said),
                ..
            } if [22, 23].contains(&said.code) => match asked_in_vain(&said.text) {
                Some(silent) => format!("{silent}, as {} says", address(server)),
                None => format!("{}, or whom it asked", address(server)),
            },
            Failure::Refused { server, .. }
            | Failure::Referral { server, .. }
            | Failure::Servfail { server, .. }
            | Failure::Failed { server, .. }
            | Failure::TruncatedNoTcp { server, .. } => address(server),
            Failure::CnameLoop { alias, .. } => alias.clone(),
            Failure::Unreachable { tried, .. } => addresses(tried),
            Failure::NobodyToAsk { .. } => "this machine".into(),
            Failure::SourcesEnd { .. } => "nsswitch.conf of this machine".into(),
            Failure::OfMulticast { .. } => "multicast DNS".into(),
            Failure::LimitReached { name, .. } | Failure::NotAName { name } => name.clone(),
        }
    }

    /// One sentence: who said what of which name.
    fn message(&self) -> String {
        let by = |server: &Option<SocketAddr>| match server {
            Some(server) => format!("the name server {} answered", address(server)),
            None => "the cache knows".into(),
        };
        match self {
            Failure::NameNotResolved { name, server, zone } => {
                let zone = zone
                    .as_ref()
                    .map(|denier| format!(" in the zone {}", denier.zone))
                    .unwrap_or_default();
                format!("There is no name {name}{zone}: {} NXDOMAIN.", by(server))
            }
            Failure::NoData {
                name, server, only, ..
            } => {
                let missing = match only {
                    Families::Any => "exists but has no address",
                    Families::Ipv4 => "has no IPv4 address, and no other is looked for here",
                    Families::Ipv6 => "has no IPv6 address, and no other is looked for here",
                };
                format!(
                    "The name {name} {missing}: {} without a record.",
                    by(server)
                )
            }
            Failure::Refused { name, server, said } => {
                format!(
                    "The name server {} refused to answer for {name}.{}",
                    address(server),
                    in_its_words(said.as_ref())
                )
            }
            Failure::Referral { name, server, to } => format!(
                "The name server {} looks names up for nobody: for {name} it refers to {to}.",
                address(server)
            ),
            Failure::Servfail { name, server, said } => {
                format!(
                    "The name server {} could not find {name} (SERVFAIL).{}",
                    address(server),
                    in_its_words(said.as_ref())
                )
            }
            Failure::Failed { name, server, why } => {
                format!(
                    "The name server {} answered for {name} with {why}.",
                    address(server)
                )
            }
            Failure::LameDelegation { name, server, said } => format!(
                "The servers that the zone of {name} is delegated to do not serve it: {} answered SERVFAIL.{}",
                address(server),
                in_its_words(Some(said))
            ),
            Failure::Bogus { name, server, said } => format!(
                "The answer for {name} is not authentic: {} checked its signatures and answered SERVFAIL.{}",
                address(server),
                in_its_words(Some(said))
            ),
            Failure::CnameLoop { name, alias, .. } => {
                format!("The aliases of {name} lead in a circle, back to {alias}.")
            }
            Failure::TruncatedNoTcp { name, server } => format!(
                "The answer of {} for {name} is too long for a datagram, and it takes no TCP connection.",
                address(server)
            ),
            Failure::Unreachable { name, tried, why } => {
                let one = tried.windows(2).all(|pair| pair[0] == pair[1]);
                let (who, verb) = match one {
                    true => ("The name server", " gave no"),
                    false => ("None of the name servers", " gave an"),
                };
                format!("{who} {}{verb} answer for {name}: {why}.", addresses(tried))
            }
            Failure::NobodyToAsk { name } => {
                format!("This machine knows no name server to ask for {name}.")
            }
            Failure::SourcesEnd { name } => format!(
                "The sources that nsswitch.conf names do not have {name}, and it ends the search before DNS is asked."
            ),
            Failure::OfMulticast { name } => format!(
                "{name} is a name of multicast DNS (RFC 6762): machines of this network answer for names below .local themselves. Multicast DNS is not supported here, and no other source has the name."
            ),
            Failure::LimitReached { name, limit } => {
                format!("The search for {name} was given up at a limit: {limit}.")
            }
            Failure::NotAName { name } => {
                format!(
                    "{name:?} cannot be a name in the DNS: a label has 1 to 63 octets, a name at most 255."
                )
            }
        }
    }
}

impl From<&Failure> for Failed {
    fn from(failure: &Failure) -> Failed {
        let (code, culprit, message) = (failure.code(), failure.culprit(), failure.message());
        match failure {
            Failure::Unreachable { .. } => {
                Failed::timed_out(code, "a name server's answer", culprit, message)
            }
            // Without the zone's SOA record nobody has said whose answer it is.
            // What a server says of others (RFC 8914) is its word only.
            Failure::NameNotResolved { zone: None, .. }
            | Failure::NoData { zone: None, .. }
            | Failure::LameDelegation { .. }
            | Failure::Servfail { said: Some(_), .. }
            | Failure::Bogus { .. } => {
                Failed::new(code, failure.blame(), culprit, message).likely()
            }
            _ => Failed::new(code, failure.blame(), culprit, message),
        }
    }
}

impl std::fmt::Display for Failure {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.write_str(&self.message())
    }
}

impl std::error::Error for Failure {}

fn in_its_words(said: Option<&Ede>) -> String {
    said.map(|said| format!(" It says: {}.", said.in_words().trim_end_matches('.')))
        .unwrap_or_default()
}

/// The server that is told of, and its zone if that is said, where the words are those of our own
/// recursor: they begin with its address.
fn lame_server(words: &str) -> Option<String> {
    let (server, rest) = words.split_once(' ')?;
    let server: SocketAddr = server.parse().ok()?;
    let zone = rest.strip_prefix("does not serve ")?.split(':').next()?;
    Some(format!("{} for the zone {zone}", address(&server)))
}

/// Whom our own recursor asked in vain: its words begin so.
fn asked_in_vain(words: &str) -> Option<String> {
    let (server, _) = words.split_once(": ")?;
    let server: SocketAddr = server.parse().ok()?;
    Some(address(&server))
}

/// Whose signature is told of, where the words are those of our own recursor.
fn signer(words: &str) -> Option<&str> {
    let (_, rest) = words.split_once("signature over ")?;
    let mut rest = rest.split(' ').skip(1);
    rest.next()
}

/// The address, with its port if that is not 53.
pub(crate) fn address(server: &SocketAddr) -> String {
    match server.port() {
        53 => server.ip().to_string(),
        _ => server.to_string(),
    }
}

fn addresses(servers: &[SocketAddr]) -> String {
    let mut shown: Vec<String> = Vec::new();
    for server in servers {
        let text = address(server);
        if !shown.contains(&text) {
            shown.push(text);
        }
    }
    shown.join(", ")
}
