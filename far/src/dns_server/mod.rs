//! The name servers: authoritative, caching (recursive) and forwarding.
//!
//! Stage: the far side, RFC 1034, 1035, 7766 (TCP), 7858 (TLS), 8484 (HTTPS), 7873 (cookies).
//! In: questions through four doors: UDP, TCP, TLS, HTTPS. Out: answers from zones, from the cache, from other servers.
//! Emits: `DnsEvent`, `TripEvent::LimitReached`.
//! How it works: a task for each door takes in datagrams or connections (`connection`, `https`); each question that has to
//! be asked on gets a task of its own, which drives a machine of 02-dns over the port (`carrier`). `rate` bounds what is
//! sent to addresses that nobody has proven to be at. A `worker` of another thread answers what was answered before, out of
//! what all share (`front`), and passes on the rest.
//! Not here: the machines (02-dns), who has which zone (`lab`, `thru serve`).

mod asks;
mod carrier;
mod connection;
mod datagrams;
mod front;
mod https;
mod rate;
mod worker;

use crate::dns_server::{
    asks::Asks,
    carrier::Until,
    connection::serve_connections,
    datagrams::serve_datagrams,
    front::{Front, Gate},
    https::OverHttps,
    rate::{Pass, RateLimit},
    worker::FromWorkers,
};
use crate::{Limits, serving};
pub use https::PATH as HTTPS_PATH;
use std::cell::{Cell, RefCell};
use std::net::SocketAddr;
use std::rc::Rc;
use std::sync::Arc;
use std::time::Duration;
pub use thru_dns::{AccessRule, Admission, Network, Reception};
use thru_dns::{
    By, Caller, Cookie, CookieSecret, Join, Question, Received, Recursion, RecursorConfig,
    StoredAnswers, Zone, ZoneRefused, Zones, failure_response, read_question,
};
use thru_dns::{Machine, Reply};
use thru_events::{Cause, Stage, dns::DnsEvent, trip::TripEvent};
use thru_port::{Datagrams, Port, PortFailure};
use thru_secured_dns::{NameServer, SecuredDns};
use thru_tls::{ClientTls, ServerTls};
pub use worker::Worker;

/// A question and how it came.
struct Asked<'a> {
    question: &'a Question,
    client: SocketAddr,
    door: Door,
    cookie: &'a Cookie,
}

impl Asked<'_> {
    fn caller(&self) -> Caller<'_> {
        Caller {
            question: self.question,
            client: self.client.ip(),
            by: match self.door {
                Door::Udp => By::Datagram,
                Door::Tcp | Door::Tls => By::Connection,
                Door::Https => By::Https,
            },
            cookie: self.cookie,
        }
    }
}

/// Most questions that are worked on at once; a further one is answered SERVFAIL.
pub const QUESTION_LIMIT: u32 = 512;

/// How long a server behind a door with TLS is waited for before it is asked again: the door has to
/// be opened first, which takes three ways there and back.
const SECURED_TIMEOUT: Duration = Duration::from_millis(2500);

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
    /// Asks from the root down, and remembers; in every detail as it is told: trust anchors, routes,
    /// what is over.
    Resolver {
        /// How.
        config: Box<RecursorConfig>,
    },
    /// Asks other servers, of which some are asked through doors with TLS alone, and remembers.
    SecuredForwarder {
        /// Whom.
        to: Vec<NameServer>,
        /// Whom it believes that they are who they say; boxed as the others are small.
        tls: Box<ClientTls>,
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
    /// What it does with clients, what it says of itself, and its own records.
    pub reception: Reception,
    /// Whether it listens by TCP too.
    pub by_tcp: bool,
    /// Doors with TLS, beside the plain ones.
    pub secured: Vec<SecuredDoor>,
    /// Most answers by UDP in a second to a network of clients (/24, /56); any number without.
    pub rate: Option<u32>,
    /// Threads that take in questions by UDP, 1 for the server's own only. Each other one has to be
    /// started by who has threads: see [`Running::worker`].
    pub workers: usize,
}

impl DnsServerConfig {
    /// A server for everybody, by UDP and TCP.
    pub fn new(name: String, listen: SocketAddr, role: DnsRole) -> DnsServerConfig {
        DnsServerConfig {
            name,
            listen,
            role,
            reception: Reception::default(),
            by_tcp: true,
            secured: Vec::new(),
            rate: None,
            workers: 1,
        }
    }
}

/// A door with TLS.
#[derive(Clone)]
pub struct SecuredDoor {
    /// Where.
    pub local: SocketAddr,
    /// Certificate and key.
    pub tls: ServerTls,
    /// HTTPS (RFC 8484) at [`HTTPS_PATH`]; else the messages themselves (RFC 7858).
    pub https: bool,
}

impl std::fmt::Debug for SecuredDoor {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        let kind = if self.https { "https" } else { "tls" };
        write!(f, "{kind} {}", self.local)
    }
}

/// How a question came in.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Door {
    Udp,
    Tcp,
    Tls,
    Https,
}

/// Why a message gets no answer.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Silence {
    /// It is no question.
    NoQuestion,
    /// A rule for the client or the name, or the rate, has it so.
    Ruled,
}

/// An answer that is ready.
struct Answered {
    octets: Vec<u8>,
    /// `DnsEvent::ResponseSent`.
    sent: Cause,
    /// Seconds that it is true for.
    fresh_s: u32,
    /// It was worked on, and nothing was left out for want of room: it may be sent again to others.
    keeps: bool,
}

/// A server that listens.
#[derive(Clone)]
pub struct Running {
    /// Where, by UDP and TCP.
    pub local: SocketAddr,
    /// Where, by TLS and HTTPS, in the order of the configuration.
    pub secured: Vec<SocketAddr>,
    server: Rc<Server>,
}

impl Running {
    /// One more of its workers, for another thread; of use if the configuration has several.
    pub fn worker(&self) -> Worker {
        Worker {
            front: self.server.front.clone(),
            local: self.local,
        }
    }

    /// Questions that are being worked on.
    pub fn open(&self) -> u32 {
        self.server.open.get()
    }

    /// Answers that were given as they had been sent before.
    pub fn given_again(&self) -> u64 {
        self.server.front.stored.given()
    }

    /// Does something else from now on, receives clients in another way and at this rate, as after its files were read
    /// again. What is worked on goes on as it began. What is remembered stays, unless it would not be believed now: other trust anchors, private networks,
    /// zones of its own.
    ///
    /// # Errors
    /// A zone cannot be read; everything stays as it was then.
    pub fn replace(
        &self,
        role: DnsRole,
        own: Reception,
        rate: Option<u32>,
    ) -> Result<(), DnsServerRefused> {
        let work = work(role, &self.server.port)?;
        let work = Rc::new(work.after(&self.server.work.borrow()));
        let reception = reception(own, &work);
        self.server.work.replace(work);
        let same = self
            .server
            .rate
            .borrow()
            .as_ref()
            .map(|rate| rate.per_second)
            == rate;
        if !same {
            self.server.rate.replace(rate.map(RateLimit::new));
        }
        self.server.front.change(|gate| {
            gate.reception = reception;
            gate.counted = rate.is_some();
        });
        Ok(())
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
    Asks(Asks),
}

impl Work {
    /// The same, with what is remembered by what the server did before.
    fn after(self, before: &Work) -> Work {
        match (self, before) {
            (Work::Asks(asks), Work::Asks(before)) => Work::Asks(asks.remembering(before)),
            (work, _) => work,
        }
    }
}

/// A question that is worked on. It counts until it is answered or given up: a client that goes away takes its questions
/// with it.
struct Open<'a>(&'a Cell<u32>);

impl Open<'_> {
    fn count(open: &Cell<u32>) -> Open<'_> {
        open.set(open.get() + 1);
        Open(open)
    }
}

impl Drop for Open<'_> {
    fn drop(&mut self) {
        self.0.set(self.0.get() - 1);
    }
}

struct Server {
    port: Rc<dyn Port>,
    work: RefCell<Rc<Work>>,
    open: Cell<u32>,
    rate: RefCell<Option<RateLimit>>,
    /// Not looked at, but for who may ask, while what happens is recorded.
    front: Arc<Front>,
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
    let mut secret = [0; 16];
    port.random(&mut secret);
    let mut seed = [0; 16];
    if !port.tap().is_on() {
        port.random(&mut seed);
    }
    let work = Rc::new(work(config.role, &port)?);
    let gate = Gate {
        counted: config.rate.is_some(),
        reception: reception(config.reception, &work),
    };
    let server = Rc::new(Server {
        work: RefCell::new(work),
        open: Cell::new(0),
        rate: RefCell::new(config.rate.map(RateLimit::new)),
        front: Arc::new(Front::new(
            StoredAnswers::new(STORED_LIMIT, seed),
            CookieSecret::new(secret),
            gate,
        )),
        port: port.clone(),
    });
    let local = open_datagrams(&server, config.listen, config.workers)?;
    if config.by_tcp {
        let listener = port.listen(SocketAddr::new(config.listen.ip(), local.port()))?;
        let task = serve_connections(server.clone(), listener, None);
        port.spawn("dns server, tcp", Box::pin(task));
    }
    let mut secured = Vec::new();
    for door in config.secured {
        secured.push(open_secured(&server, &config.name, door)?);
    }
    Ok(Running {
        local,
        secured,
        server,
    })
}

/// What the server says by itself, as its role and its doors have it.
fn reception(own: Reception, work: &Work) -> Arc<Reception> {
    let idle = connection::IDLE_LIMIT.as_millis() / 100;
    Arc::new(Reception {
        asks_on: !matches!(work, Work::Zones(_)),
        idle: u16::try_from(idle).ok(),
        ..own
    })
}

/// The door by UDP; with several workers a shared one, and one for what they pass on.
fn open_datagrams(
    server: &Rc<Server>,
    listen: SocketAddr,
    workers: usize,
) -> Result<SocketAddr, PortFailure> {
    let port = &server.port;
    let socket: Rc<dyn Datagrams> = Rc::from(match workers > 1 {
        true => port.shared_datagrams(listen)?,
        false => port.datagrams(listen)?,
    });
    let local = socket.local();
    if workers > 1 {
        let passed = FromWorkers {
            front: server.front.clone(),
            socket: socket.clone(),
        };
        let task = serve_datagrams(server.clone(), Rc::new(passed));
        port.spawn("dns server, from workers", Box::pin(task));
    }
    let task = serve_datagrams(server.clone(), socket);
    port.spawn("dns server, udp", Box::pin(task));
    Ok(local)
}

fn open_secured(
    server: &Rc<Server>,
    name: &str,
    door: SecuredDoor,
) -> Result<SocketAddr, PortFailure> {
    let port = &server.port;
    if !door.https {
        let listener = port.listen(door.local)?;
        let local = listener.local();
        let task = serve_connections(server.clone(), listener, Some(door.tls));
        port.spawn("dns server, tls", Box::pin(task));
        return Ok(local);
    }
    let handler = OverHttps {
        name: name.to_owned(),
        server: server.clone(),
    };
    let place = serving::Door {
        local: door.local,
        tls: Some(door.tls),
        limits: Limits::default(),
    };
    serving::open(port, place, Rc::new(handler))
}

fn work(role: DnsRole, port: &Rc<dyn Port>) -> Result<Work, DnsServerRefused> {
    let asks = |config| Work::Asks(Asks::new(port.as_ref(), config, None));
    Ok(match role {
        DnsRole::SecuredForwarder { to, tls } => {
            let servers = to.iter().map(|server| server.address).collect();
            let config = RecursorConfig {
                timeout: SECURED_TIMEOUT,
                ..RecursorConfig::forwarding(servers)
            };
            let doors = SecuredDns::new(port.clone(), *tls, &to);
            Work::Asks(Asks::new(port.as_ref(), Some(config), doors))
        }
        DnsRole::Resolver { config } => asks(Some(*config)),
        DnsRole::Forwarder { to } if to.is_empty() => asks(None),
        DnsRole::Forwarder { to } => asks(Some(RecursorConfig::forwarding(to))),
        DnsRole::Authoritative { zones } => {
            let read = zones.iter().enumerate().map(|(index, text)| {
                Zone::parse(text).map_err(|refused| DnsServerRefused::Zone { index, refused })
            });
            Work::Zones(Zones::new(read.collect::<Result<_, _>>()?))
        }
    })
}

impl Server {
    /// The answer to one message, or why none is due. Who gets none at all is not read first.
    async fn answer(
        self: &Rc<Server>,
        octets: &[u8],
        client: SocketAddr,
        door: Door,
        cause: Cause,
    ) -> Result<Answered, Silence> {
        let tap = self.port.tap();
        let ignore = |why: &'static str, cause| {
            tap.emit(cause, || DnsEvent::ResponseIgnored {
                server: client,
                why: why.into(),
            });
        };
        // Answering responses could make two servers talk for ever.
        if octets.get(2).is_none_or(|flags| flags & 0x80 != 0) {
            ignore("a server was sent something that is no question", cause);
            return Err(Silence::NoQuestion);
        }
        let reception = self.front.gate().reception.clone();
        let admission = reception.admission(client.ip());
        if admission == Admission::Drops {
            ignore("this address gets no answers", cause);
            return Err(Silence::Ruled);
        }
        let question = match read_question(octets) {
            Ok(question) => question,
            Err(malformed) => {
                let code = match admission {
                    Admission::Refuses => "REFUSED",
                    _ => "FORMERR",
                };
                let answer = match self.pass(client, door, &Cookie::Absent, cause) {
                    Pass::Whole => failure_response(octets, code),
                    _ => return Err(Silence::Ruled),
                };
                let answer = answer.ok_or(Silence::NoQuestion)?;
                return Ok(self.refuse(answer, code, client, &malformed.to_string(), cause));
            }
        };
        let received = tap.emit_with_span(cause, tap.keep(octets), || DnsEvent::QueryReceived {
            id: question.id,
            name: question.name.clone(),
            record_type: question.record_type.clone(),
            client,
        });
        let cause = received.or(cause);
        let now = self.port.calendar().seconds as u32;
        let cookie = self.front.cookies.judge(&question, client.ip(), now);
        let pass = self.pass(client, door, &cookie, cause);
        if pass == Pass::Dropped {
            return Err(Silence::Ruled);
        }
        let asked = Asked {
            question: &question,
            client,
            door,
            cookie: &cookie,
        };
        let (mut reply, keeps) = match self.turned_away(&asked, &reception, pass, cause) {
            Received::Reply(reply) => (*reply, false),
            Received::Dropped(why) => {
                ignore(why, cause);
                return Err(Silence::Ruled);
            }
            Received::Work => {
                let _open = Open::count(&self.open);
                (self.work_on(question.clone(), cause).await, true)
            }
        };
        reception.finish(&mut reply, &asked.caller());
        // RFC 8467, section 4.1: what is asked under cover is answered in lengths that tell little.
        if matches!(door, Door::Tls | Door::Https) && question.is_padded() {
            reply.pad();
        }
        Ok(self.send_off(&reply, &asked, keeps))
    }

    fn send_off(&self, reply: &Reply, asked: &Asked<'_>, keeps: bool) -> Answered {
        let tap = self.port.tap();
        let octets = reply.octets(asked.door == Door::Udp);
        let sent = tap.emit_with_span(reply.cause, tap.keep(&octets), || DnsEvent::ResponseSent {
            id: asked.question.id,
            client: asked.client,
            rcode: reply.rcode(),
            answers: reply.answers(),
            source: reply.source.clone(),
        });
        let whole = reply.is_whole(&octets);
        Answered {
            octets,
            sent: sent.or(reply.cause),
            fresh_s: reply.fresh_s(),
            keeps: keeps && whole,
        }
    }

    /// Whether there is to be an answer. Whoever has a cookie of ours, or a connection, is where he
    /// says that he is.
    fn pass(&self, client: SocketAddr, door: Door, cookie: &Cookie, cause: Cause) -> Pass {
        let rate = self.rate.borrow();
        let Some(rate) = &*rate else {
            return Pass::Whole;
        };
        if door != Door::Udp || matches!(cookie, Cookie::Known(_)) {
            return Pass::Whole;
        }
        let pass = rate.count(client.ip(), self.port.now());
        if pass != Pass::Whole {
            self.port.tap().emit(cause, || TripEvent::LimitReached {
                stage: Stage::Dns,
                limit: "answers by UDP in a second to a network of clients".into(),
                value: rate.per_second.into(),
            });
        }
        pass
    }

    /// What becomes of a question before it is worked on.
    fn turned_away(
        &self,
        asked: &Asked<'_>,
        reception: &Reception,
        pass: Pass,
        cause: Cause,
    ) -> Received {
        let question = asked.question;
        // Who may not ask, or has to show a cookie, is told so in as few octets.
        let admission = reception.admission(asked.client.ip());
        if pass == Pass::Cut && admission == Admission::Answers {
            return Received::Reply(Box::new(Reply::cut(question, cause)));
        }
        match reception.receive(&asked.caller(), cause) {
            Received::Work => {}
            other => return other,
        }
        if self.open.get() < QUESTION_LIMIT {
            return Received::Work;
        }
        let reached = self.port.tap().emit(cause, || TripEvent::LimitReached {
            stage: Stage::Dns,
            limit: "questions that a name server works on".into(),
            value: QUESTION_LIMIT.into(),
        });
        let why = "too many questions at once";
        let reply = Reply::refusing(question, "SERVFAIL", None, why, reached.or(cause));
        Received::Reply(Box::new(reply))
    }

    /// Says that a message is malformed, or that who sent it may not ask.
    fn refuse(
        &self,
        answer: Vec<u8>,
        code: &'static str,
        client: SocketAddr,
        why: &str,
        cause: Cause,
    ) -> Answered {
        let tap = self.port.tap();
        let sent = tap.emit_with_span(cause, tap.keep(&answer), || DnsEvent::ResponseSent {
            id: u16::from_be_bytes([answer[0], answer[1]]),
            client,
            rcode: code.into(),
            answers: Vec::new(),
            source: format!("the question is malformed: {why}").into(),
        });
        Answered {
            octets: answer,
            sent: sent.or(cause),
            fresh_s: 0,
            keeps: false,
        }
    }

    /// The answer to a question of the client's; what the machine has to do after it goes on by
    /// itself.
    async fn work_on(self: &Rc<Server>, question: Question, cause: Cause) -> Reply {
        let port = &self.port;
        let work = self.work.borrow().clone();
        let asks = match &*work {
            Work::Zones(zones) => return zones.answer(&question, cause),
            Work::Asks(asks) => asks.clone(),
        };
        let config = asks.config(port.as_ref());
        if let Some(reply) = Recursion::without_search(&question, &config, cause) {
            return reply;
        }
        let (now, tap, chance) = (port.now(), port.tap(), thru_port::chance(port.clone()));
        loop {
            match asks.searches.join(&question, &tap, cause) {
                Join::Alone => break,
                Join::Waits(waiting) => {
                    if let Some(answer) = waiting.await {
                        return answer.reply(&question);
                    }
                }
                Join::Full(reached) => {
                    let why = "too many clients wait for this answer";
                    return Reply::refusing(&question, "SERVFAIL", None, why, reached);
                }
            }
        }
        let mut machine = Recursion::begin(
            now,
            question.clone(),
            config,
            chance,
            &mut asks.cache.borrow_mut(),
            &tap,
            cause,
        );
        if machine.reply().is_none() {
            let begun = asks.searches.begin(&question);
            carrier::drive(port, (&asks.cache, &asks.doors), &mut machine, Until::Reply).await;
            begun.end(&machine);
        }
        let reply = machine.reply().cloned();
        if !machine.is_done() {
            let server = self.clone();
            let rest = async move {
                let (cache, doors) = (&asks.cache, &asks.doors);
                carrier::drive(&server.port, (cache, doors), &mut machine, Until::Done).await;
            };
            port.spawn("dns refresh", Box::pin(rest));
        }
        reply.unwrap_or_else(|| unreachable!("invariant: a machine is driven until it has a reply"))
    }
}
