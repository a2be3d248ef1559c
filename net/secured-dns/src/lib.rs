//! Questions to name servers through a door with TLS: the messages themselves (RFC 7858) or as HTTP
//! requests (RFC 8484).
//!
//! Stage: between the port and whoever asks names: the browser (`load`) and a forwarder (`far`).
//! In: servers with their doors, questions. Out: answers.
//! Emits: `DnsEvent::ResponseIgnored` and `TripEvent::LimitReached` of a line; connections, TLS and HTTP state their own events.
//! How it works: [`SecuredDns`] keeps a connection for each door, opened by the first who asks and shared by all; `line`
//! carries several questions at a time. The server has to prove who it is, also with `-k`; nothing is asked in the open
//! instead.
//! Not here: what is asked (02-dns), whom (`load`, `far`). GAP: a door is an address; its name is not looked up.

mod line;

use data_encoding::BASE64URL_NOPAD;
use line::Line;
use std::{
    cell::{Cell, RefCell},
    future::poll_fn,
    net::SocketAddr,
    rc::Rc,
    task::{Poll, Waker},
    time::Duration,
};
use thru_dns::Transport;
use thru_events::{Cause, RequestId, Time};
use thru_http::{Connection, Destination, Request, Version};
use thru_port::{Carried, Port, PortFailure, PortFailureKind};
use thru_tls::{ClientTls, TlsFailure};
use url::Url;

/// How long a door may take to open.
const OPENING_LIMIT: Duration = Duration::from_secs(5);
/// How long an answer over HTTP may stop in the middle.
const SILENCE_LIMIT: Duration = Duration::from_secs(5);
/// Unanswered questions in a row after which a connection is given up, and the next question opens a new one (RFC 7766,
/// section 6.2.3): a way that died says nothing.
const UNANSWERED_LIMIT: u32 = 2;
/// How long a question has to be waited for to count as unanswered: who asks may have gone away before.
const PATIENCE: Duration = Duration::from_secs(1);
/// The type of questions and answers (RFC 8484, section 6).
const MEDIA_TYPE: &str = "application/dns-message";

/// A name server and how it is asked.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct NameServer {
    /// Where it is.
    pub address: SocketAddr,
    /// The door with TLS through which alone it is asked; without one by UDP and TCP.
    pub door: Option<DnsDoor>,
}

/// A door with TLS.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct DnsDoor {
    /// The name or address that the certificate has to be for.
    pub name: String,
    /// The resource that is asked over HTTPS; without one the messages are sent themselves.
    pub over_https: Option<OverHttps>,
}

/// A resource of RFC 8484.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct OverHttps {
    /// Path, as `/dns-query`.
    pub path: String,
    /// By GET, with the question in the query; else by POST.
    pub by_get: bool,
}

impl DnsDoor {
    /// How the stub calls it.
    pub fn transport(&self) -> Transport {
        match self.over_https {
            None => Transport::Tls,
            Some(_) => Transport::Https,
        }
    }
}

/// The doors of a trip, with the connections through them.
pub struct SecuredDns {
    port: Rc<dyn Port>,
    tls: ClientTls,
    doors: Vec<Place>,
    requests: Cell<u32>,
}

/// The connection through a door.
enum Slot {
    Closed,
    /// Somebody opens it; these wait.
    Opening(Vec<Waker>),
    Open(Talk),
}

impl Slot {
    fn holds(&self, talk: &Talk) -> bool {
        matches!(self, Slot::Open(own) if own.is(talk))
    }
}

/// A server, its door, and the connection through it.
struct Place {
    address: SocketAddr,
    door: DnsDoor,
    slot: RefCell<Slot>,
    /// Questions in a row that nobody answered.
    unanswered: Cell<u32>,
}

/// A question that is out. Given up after [`PATIENCE`], it counts against its connection.
struct Out<'a> {
    port: &'a dyn Port,
    place: &'a Place,
    talk: Talk,
    since: Time,
    answered: bool,
}

impl Drop for Out<'_> {
    fn drop(&mut self) {
        let (place, waited) = (self.place, self.port.now().since(self.since));
        if !place.slot.borrow().holds(&self.talk) {
            return;
        }
        if self.answered {
            place.unanswered.set(0);
        } else if waited >= PATIENCE {
            place.unanswered.set(place.unanswered.get() + 1);
        }
        if place.unanswered.get() >= UNANSWERED_LIMIT {
            place.unanswered.set(0);
            place.slot.replace(Slot::Closed);
        }
    }
}

#[derive(Clone)]
enum Talk {
    Messages(Line),
    Requests(Rc<Connection>),
}

impl Talk {
    /// Whether it is the same connection.
    fn is(&self, other: &Talk) -> bool {
        match (self, other) {
            (Talk::Messages(own), Talk::Messages(other)) => own.is(other),
            (Talk::Requests(own), Talk::Requests(other)) => Rc::ptr_eq(own, other),
            _ => false,
        }
    }

    fn is_open(&self) -> bool {
        match self {
            Talk::Messages(line) => line.is_open(),
            Talk::Requests(connection) => connection.is_open(),
        }
    }
}

impl SecuredDns {
    /// The doors of these servers; `None` if none of them has one.
    pub fn new(
        port: Rc<dyn Port>,
        tls: ClientTls,
        servers: &[NameServer],
    ) -> Option<Rc<SecuredDns>> {
        let doors = servers.iter().filter_map(|server| {
            let door = server.door.clone()?;
            Some(Place {
                address: server.address,
                door,
                slot: RefCell::new(Slot::Closed),
                unanswered: Cell::new(0),
            })
        });
        let doors: Vec<_> = doors.collect();
        (!doors.is_empty()).then(|| {
            Rc::new(SecuredDns {
                port,
                tls,
                doors,
                requests: Cell::new(RequestId::FIRST_OF_NAMES.0),
            })
        })
    }

    /// Whether a server is asked through a door.
    pub fn has(&self, server: SocketAddr) -> bool {
        self.doors.iter().any(|place| place.address == server)
    }

    /// Closes what is open: the trip is over.
    pub async fn close(&self, cause: Cause) {
        for place in &self.doors {
            match place.slot.replace(Slot::Closed) {
                Slot::Open(Talk::Messages(line)) => line.close(&*self.port).await,
                Slot::Open(Talk::Requests(connection)) => connection.close(cause).await,
                waiting => wake(waiting),
            }
        }
    }

    /// Asks a server through its door.
    ///
    /// # Errors
    /// The connection, the handshake or the conversation failed.
    pub async fn exchange(
        self: Rc<Self>,
        server: SocketAddr,
        question: Vec<u8>,
        cause: Cause,
    ) -> Result<Carried, PortFailure> {
        let place = self.doors.iter().find(|place| place.address == server);
        let Some(place) = place else {
            return Err(self.failed(server, "it has no door with TLS".into(), cause));
        };
        let door = &place.door;
        let talk = self.talk(server, door, &place.slot, cause).await?;
        let mut out = Out {
            port: &*self.port,
            place,
            talk: talk.clone(),
            since: self.port.now(),
            answered: false,
        };
        let exchanged = match (talk, &door.over_https) {
            (Talk::Messages(line), _) => line.exchange(server, question, cause).await,
            (Talk::Requests(connection), Some(resource)) => {
                let url = self.url(server, door, resource, &question);
                let url = url.map_err(|why| self.failed(server, why, cause))?;
                let request = self.request(url, resource, question);
                self.ask(server, &connection, request, cause).await
            }
            (Talk::Requests(_), None) => {
                Err(self.failed(server, "it is not asked over HTTPS".into(), cause))
            }
        };
        out.answered = exchanged.is_ok();
        exchanged
    }

    /// The connection through a door: the open one, or a new one that the first who needs it opens.
    async fn talk(
        &self,
        server: SocketAddr,
        door: &DnsDoor,
        slot: &RefCell<Slot>,
        cause: Cause,
    ) -> Result<Talk, PortFailure> {
        let there = poll_fn(|context| {
            let mut slot = slot.borrow_mut();
            match &mut *slot {
                Slot::Open(talk) if talk.is_open() => Poll::Ready(Some(talk.clone())),
                Slot::Opening(waiting) => {
                    waiting.push(context.waker().clone());
                    Poll::Pending
                }
                _ => {
                    *slot = Slot::Opening(Vec::new());
                    Poll::Ready(None)
                }
            }
        });
        if let Some(talk) = there.await {
            return Ok(talk);
        }
        let opening = Opening { slot };
        let talk = self.open(server, door, cause).await?;
        opening.opened(talk.clone());
        Ok(talk)
    }

    async fn open(
        &self,
        server: SocketAddr,
        door: &DnsDoor,
        cause: Cause,
    ) -> Result<Talk, PortFailure> {
        let connected = self.port.connect(server, cause).await?;
        let opened = connected.opened.or(cause);
        let offered: &[&str] = match door.over_https {
            None => &["dot"],
            Some(_) => &["h2", "http/1.1"],
        };
        let tls = self.tls.offering(offered);
        let (port, stream) = (&self.port, connected.stream);
        let secured = thru_tls::connect(port, stream, &tls, &door.name, OPENING_LIMIT, opened);
        let secured = secured.await.map_err(|failure| self.insecure(&failure))?;
        if let Some(fault) = &secured.let_pass {
            return Err(self.insecure(fault));
        }
        let done = secured.done.or(opened);
        if door.over_https.is_none() {
            let line = Line::open(port, Box::new(secured.stream));
            return Ok(Talk::Messages(line));
        }
        let version = Version::from_alpn(secured.alpn.as_deref());
        let connection = Connection::open(port, Box::new(secured.stream), version, done).await;
        let connection = connection.map_err(|failure| {
            let evidence = failure.evidence.or(done);
            self.failed(server, failure.to_string(), evidence)
        })?;
        Ok(Talk::Requests(Rc::new(connection)))
    }

    fn insecure(&self, failure: &TlsFailure) -> PortFailure {
        if let thru_tls::Failure::Connection(below) = &*failure.why {
            return below.clone();
        }
        self.failed(failure.address, failure.to_string(), failure.evidence)
    }

    fn failed(&self, server: SocketAddr, words: String, evidence: Cause) -> PortFailure {
        PortFailure {
            kind: PortFailureKind::Other,
            operation: SECURE,
            address: Some(server),
            words,
            at: self.port.now(),
            evidence,
        }
    }

    fn url(
        &self,
        server: SocketAddr,
        door: &DnsDoor,
        resource: &OverHttps,
        question: &[u8],
    ) -> Result<Url, String> {
        let host = match door.name.contains(':') {
            true => format!("[{}]", door.name),
            false => door.name.clone(),
        };
        let query = match resource.by_get {
            true => format!("?dns={}", BASE64URL_NOPAD.encode(question)),
            false => String::new(),
        };
        let text = format!("https://{host}:{}{}{query}", server.port(), resource.path);
        Url::parse(&text).map_err(|why| format!("{text} is no URL: {why}"))
    }

    fn request(&self, url: Url, resource: &OverHttps, question: Vec<u8>) -> Request {
        let number = self.requests.get();
        self.requests.set(number + 1);
        let id = RequestId(number);
        let mut request = Request::get(id, url, Destination::Other, SILENCE_LIMIT);
        request.set("accept", MEDIA_TYPE);
        // Who asks for a name does not say which languages are spoken here (RFC 8484, section 8.2).
        for field in ["accept-language", "accept-encoding", "user-agent"] {
            request.set(field, "");
        }
        if !resource.by_get {
            request.method = thru_http::Method::POST;
            request.set("content-type", MEDIA_TYPE);
            request.body = question.into();
        }
        request
    }

    async fn ask(
        &self,
        server: SocketAddr,
        connection: &Connection,
        request: Request,
        cause: Cause,
    ) -> Result<Carried, PortFailure> {
        let response = connection.send(request, cause).await.map_err(|failure| {
            let evidence = failure.evidence.or(cause);
            self.failed(server, failure.to_string(), evidence)
        })?;
        let kind = response.header("content-type").unwrap_or_default();
        let is_message = kind.split(';').next().map(str::trim) == Some(MEDIA_TYPE);
        if response.status != 200 || !is_message {
            let why = format!("it answers with status {} and {kind:?}", response.status);
            return Err(self.failed(server, why, response.finished.or(cause)));
        }
        Ok(Carried {
            octets: response.body.to_vec(),
            from: server,
            cause: response.finished.or(cause),
        })
    }
}

/// The operation of a failure that is this room's.
pub const SECURE: &str = "ask under cover";

/// Lets the others know what became of an opening, also when it was given up.
struct Opening<'a> {
    slot: &'a RefCell<Slot>,
}

impl Opening<'_> {
    fn opened(self, talk: Talk) {
        let before = self.slot.replace(Slot::Open(talk));
        wake(before);
    }
}

impl Drop for Opening<'_> {
    fn drop(&mut self) {
        let is_opening = matches!(*self.slot.borrow(), Slot::Opening(_));
        if is_opening {
            wake(self.slot.replace(Slot::Closed));
        }
    }
}

fn wake(slot: Slot) {
    if let Slot::Opening(waiting) = slot {
        waiting.into_iter().for_each(Waker::wake);
    }
}
