//! The name servers: authoritative, caching (recursive) and forwarding.
//!
//! Stage: the far side, RFC 1034, 1035, 7766.
//! In: questions by UDP and TCP. Out: answers from zones, from the cache, from other servers.
//! Emits: `DnsEvent`, `TripEvent::LimitReached`.
//! How it works: a task takes in datagrams and another connections; each question that has to be
//! asked on gets a task of its own, which drives a machine of 02-dns over the port.
//! Not here: the machines (02-dns), who has which zone (`lab`, `thru serve`).

mod carrier;
mod connection;
mod datagrams;

use crate::dns_server::{
    carrier::Until, connection::serve_connections, datagrams::serve_datagrams,
};
use std::cell::{Cell, RefCell};
use std::net::{IpAddr, SocketAddr};
use std::rc::Rc;
use thru_dns::{
    CacheLimits, DnsCache, Question, Recursion, RecursorConfig, StoredAnswers, Zone, ZoneRefused,
    Zones, failure_response, read_question,
};
use thru_dns::{Machine, Reply};
use thru_events::{Cause, Stage, Text, dns::DnsEvent, trip::TripEvent};
use thru_port::{Datagrams, Port, PortFailure};

/// Most questions that are worked on at once; a further one is answered SERVFAIL.
pub const QUESTION_LIMIT: u32 = 512;

/// Most answers that are kept as they were sent.
pub const STORED_LIMIT: usize = 65_536;

/// What the server does with a question.
#[derive(Clone, Debug)]
pub enum DnsRole {
    /// Answers from its zones.
    Authoritative {
        /// Master files, as text.
        zones: Vec<String>,
    },
    /// Asks from the root down, and remembers.
    Recursive {
        /// Addresses of the root's name servers.
        root_hints: Vec<SocketAddr>,
    },
    /// Finds answers as it is told in every detail: trust anchors, routes, what is over.
    Resolver {
        /// How.
        config: Box<RecursorConfig>,
    },
    /// Asks other servers, and remembers.
    Forwarder {
        /// Whom; empty for those that the machine itself is told to ask (its lease).
        to: Vec<SocketAddr>,
    },
}

/// A name server.
#[derive(Clone, Debug)]
pub struct DnsServerConfig {
    /// Its name, for people.
    pub name: String,
    /// Where it listens, by UDP and TCP; port 0 asks for any.
    pub listen: SocketAddr,
    /// What it does.
    pub role: DnsRole,
    /// Who may ask; everybody without.
    pub allowed: Option<Vec<Network>>,
}

/// Addresses with the same beginning.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Network {
    /// One of them.
    pub address: IpAddr,
    /// Bits that are the same.
    pub bits: u8,
}

impl Network {
    /// Whether an address begins so.
    pub fn has(&self, address: IpAddr) -> bool {
        match (self.address, address.to_canonical()) {
            (IpAddr::V4(own), IpAddr::V4(other)) => {
                let differ = u32::from(own) ^ u32::from(other);
                differ.leading_zeros() >= u32::from(self.bits.min(32))
            }
            (IpAddr::V6(own), IpAddr::V6(other)) => {
                let differ = u128::from(own) ^ u128::from(other);
                differ.leading_zeros() >= u32::from(self.bits.min(128))
            }
            _ => false,
        }
    }
}

/// A server that listens.
#[derive(Clone, Debug)]
pub struct Running {
    /// Where.
    pub local: SocketAddr,
    open: Rc<Cell<u32>>,
}

impl Running {
    /// Questions that are being worked on.
    pub fn open(&self) -> u32 {
        self.open.get()
    }
}

/// Why a name server does not run.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum DnsServerRefused {
    /// It cannot listen.
    Port(PortFailure),
    /// The zone of this number (from 0) cannot be read.
    Zone {
        /// Which of the configuration's zones.
        index: usize,
        /// Where and why.
        refused: ZoneRefused,
    },
}

impl std::fmt::Display for DnsServerRefused {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        match self {
            DnsServerRefused::Port(failure) => failure.fmt(f),
            DnsServerRefused::Zone { index, refused } => write!(f, "zone {index}, {refused}"),
        }
    }
}

impl std::error::Error for DnsServerRefused {}

impl From<PortFailure> for DnsServerRefused {
    fn from(failure: PortFailure) -> DnsServerRefused {
        DnsServerRefused::Port(failure)
    }
}

enum Work {
    Zones(Zones),
    Recursor(Rc<RecursorConfig>),
    /// Whom; empty for those that the machine itself is told to ask.
    Forwarder(Vec<SocketAddr>),
}

struct Server {
    port: Rc<dyn Port>,
    work: Work,
    cache: RefCell<DnsCache>,
    open: Rc<Cell<u32>>,
    allowed: Option<Vec<Network>>,
    /// Answers as they were sent. Not looked at while what happens is recorded.
    stored: RefCell<StoredAnswers>,
}

/// Listens and serves; returns the address once it listens.
///
/// # Errors
/// If the address cannot be had, or a zone cannot be read.
pub async fn serve(
    port: Rc<dyn Port>,
    config: DnsServerConfig,
) -> Result<SocketAddr, DnsServerRefused> {
    Ok(run(port, config).await?.local)
}

/// The same; the server that runs can be asked what it does.
///
/// # Errors
/// If the address cannot be had, or a zone cannot be read.
pub async fn run(port: Rc<dyn Port>, config: DnsServerConfig) -> Result<Running, DnsServerRefused> {
    let open = Rc::new(Cell::new(0));
    let calendar = port.calendar().seconds - (port.now().0 / 1_000_000_000) as i64;
    let mut seed = [0; 16];
    if !port.tap().is_on() {
        port.random(&mut seed);
    }
    let server = Rc::new(Server {
        work: work(config.role)?,
        cache: RefCell::new(DnsCache::new(CacheLimits::default(), calendar)),
        open: open.clone(),
        allowed: config.allowed,
        stored: RefCell::new(StoredAnswers::new(STORED_LIMIT, seed)),
        port: port.clone(),
    });
    let socket: Rc<dyn Datagrams> = Rc::from(port.datagrams(config.listen)?);
    let local = socket.local();
    let listener = port.listen(SocketAddr::new(config.listen.ip(), local.port()))?;
    port.spawn(
        "dns server, udp",
        Box::pin(serve_datagrams(server.clone(), socket)),
    );
    port.spawn(
        "dns server, tcp",
        Box::pin(serve_connections(server, listener)),
    );
    Ok(Running { local, open })
}

fn work(role: DnsRole) -> Result<Work, DnsServerRefused> {
    Ok(match role {
        DnsRole::Recursive { root_hints } => {
            Work::Recursor(Rc::new(RecursorConfig::new(root_hints)))
        }
        DnsRole::Resolver { config } => Work::Recursor(Rc::from(config)),
        DnsRole::Forwarder { to } => Work::Forwarder(to),
        DnsRole::Authoritative { zones } => {
            let read = zones.iter().enumerate().map(|(index, text)| {
                Zone::parse(text).map_err(|refused| DnsServerRefused::Zone { index, refused })
            });
            Work::Zones(Zones::new(read.collect::<Result<_, _>>()?))
        }
    })
}

impl Server {
    /// The answer to one message and `DnsEvent::ResponseSent`; `None` if none is due.
    async fn answer(
        self: &Rc<Server>,
        octets: &[u8],
        client: SocketAddr,
        by_udp: bool,
        cause: Cause,
    ) -> Option<(Vec<u8>, Cause)> {
        let tap = self.port.tap();
        // Answering responses could make two servers talk for ever.
        if octets.get(2).is_none_or(|flags| flags & 0x80 != 0) {
            tap.emit(cause, || DnsEvent::ResponseIgnored {
                server: client,
                why: "a server was sent something that is no question".into(),
            });
            return None;
        }
        let question = match read_question(octets) {
            Ok(question) => question,
            Err(malformed) => return self.refuse(octets, client, &malformed.to_string(), cause),
        };
        let received = tap.emit_with_span(cause, tap.keep(octets), || DnsEvent::QueryReceived {
            id: question.id,
            name: question.name.clone(),
            record_type: question.record_type.clone(),
            client,
        });
        if !self.may_ask(client) {
            let why = "this address may not ask".into();
            return self.turn_away(octets, client, "REFUSED", why, received.or(cause));
        }
        if self.open.get() >= QUESTION_LIMIT {
            let reached = tap.emit(received.or(cause), || TripEvent::LimitReached {
                stage: Stage::Dns,
                limit: "questions that a name server works on".into(),
                value: QUESTION_LIMIT.into(),
            });
            let why = "none: too many questions at once".into();
            return self.turn_away(
                octets,
                client,
                "SERVFAIL",
                why,
                reached.or(received).or(cause),
            );
        }
        self.open.set(self.open.get() + 1);
        let id = question.id;
        let reply = self.work_on(question, received.or(cause)).await;
        self.open.set(self.open.get() - 1);
        let octets = reply.octets(by_udp);
        let sent = tap.emit_with_span(reply.cause, tap.keep(&octets), || DnsEvent::ResponseSent {
            id,
            client,
            rcode: reply.rcode(),
            answers: reply.answers(),
            source: reply.source.clone(),
        });
        Some((octets, sent.or(reply.cause)))
    }

    fn may_ask(&self, client: SocketAddr) -> bool {
        let has = |allowed: &Vec<Network>| allowed.iter().any(|one| one.has(client.ip()));
        self.allowed.as_ref().is_none_or(has)
    }

    fn refuse(
        &self,
        octets: &[u8],
        client: SocketAddr,
        why: &str,
        cause: Cause,
    ) -> Option<(Vec<u8>, Cause)> {
        let answer = failure_response(octets, "FORMERR")?;
        let tap = self.port.tap();
        let sent = tap.emit_with_span(cause, tap.keep(&answer), || DnsEvent::ResponseSent {
            id: u16::from_be_bytes([answer[0], answer[1]]),
            client,
            rcode: "FORMERR".into(),
            answers: Vec::new(),
            source: format!("the question is malformed: {why}").into(),
        });
        Some((answer, sent.or(cause)))
    }

    /// The answer to a question that is not worked on.
    fn turn_away(
        &self,
        question: &[u8],
        client: SocketAddr,
        rcode: &'static str,
        source: Text,
        cause: Cause,
    ) -> Option<(Vec<u8>, Cause)> {
        let tap = self.port.tap();
        let answer = failure_response(question, rcode)?;
        let sent = tap.emit_with_span(cause, tap.keep(&answer), || DnsEvent::ResponseSent {
            id: u16::from_be_bytes([answer[0], answer[1]]),
            client,
            rcode: rcode.into(),
            answers: Vec::new(),
            source,
        });
        Some((answer, sent.or(cause)))
    }

    /// The answer to a question of the client's; what the machine has to do after it goes on by
    /// itself.
    async fn work_on(self: &Rc<Server>, question: Question, cause: Cause) -> Reply {
        let (port, cache) = (&self.port, &self.cache);
        let config = match &self.work {
            Work::Zones(zones) => return zones.answer(&question, cause),
            Work::Recursor(config) => config.clone(),
            Work::Forwarder(to) => {
                let to = match to.is_empty() {
                    true => port.resolver_config().servers,
                    false => to.clone(),
                };
                Rc::new(RecursorConfig::forwarding(to))
            }
        };
        let (now, tap, chance) = (port.now(), port.tap(), carrier::chance(port.clone()));
        let mut machine = Recursion::begin(
            now,
            question,
            config,
            chance,
            &mut cache.borrow_mut(),
            &tap,
            cause,
        );
        carrier::drive(port, cache, &mut machine, Until::Reply).await;
        let reply = machine.reply().cloned();
        if !machine.is_done() {
            let server = self.clone();
            let rest = async move {
                let (port, cache) = (&server.port, &server.cache);
                carrier::drive(port, cache, &mut machine, Until::Done).await;
            };
            port.spawn("dns refresh", Box::pin(rest));
        }
        reply.unwrap_or_else(|| unreachable!("invariant: a machine is driven until it has a reply"))
    }
}
