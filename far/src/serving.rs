//! The loop that every server shares: take in connections, read requests, send answers.

use crate::{Answer, Ask, Handler, Limits, fields};
use bytes::Bytes;
use futures_util::future::{Either, select};
use http::{Request, Response, StatusCode, Version, header};
use http_body_util::{BodyExt, LengthLimitError, Limited};
use hyper::body::Incoming;
use hyper::server::conn::{http1, http2};
use hyper::service::service_fn;
use std::{
    cell::Cell,
    convert::Infallible,
    future::Future,
    net::SocketAddr,
    pin::{Pin, pin},
    rc::Rc,
    time::Duration,
};
use thru_events::{Cause, Stage, Time, far::FarEvent, trip::TripEvent};
use thru_http::{IoCauses, PortExecutor, StreamIo};
use thru_port::{Listener, Port, PortFailure, Stream, with_limit};
use thru_tls::ServerTls;

/// Pause after a failed accept, so that a lasting failure does not spin.
const ACCEPT_PAUSE: Duration = Duration::from_millis(100);

/// Failed accepts in a row after which a server stops listening.
const ACCEPT_FAILURES: u32 = 100;

/// One listening place of a server.
pub struct Door {
    /// Where.
    pub local: SocketAddr,
    /// With TLS, if so.
    pub tls: Option<ServerTls>,
    /// What it bears.
    pub limits: Limits,
}

/// Listens at `door` and answers by `handler` until the world ends. Returns the address as soon
/// as connections are taken in.
pub fn open(
    port: &Rc<dyn Port>,
    door: Door,
    handler: Rc<dyn Handler>,
) -> Result<SocketAddr, PortFailure> {
    let listener = port.listen(door.local)?;
    let local = listener.local();
    let doorkeeper = Rc::new(Doorkeeper {
        port: port.clone(),
        door,
        handler,
        open: Cell::new(0),
    });
    port.spawn("accept", Box::pin(doorkeeper.accept_all(listener)));
    Ok(local)
}

struct Doorkeeper {
    port: Rc<dyn Port>,
    door: Door,
    handler: Rc<dyn Handler>,
    open: Cell<usize>,
}

impl Doorkeeper {
    async fn accept_all(self: Rc<Self>, listener: Box<dyn Listener>) {
        let mut failures = 0;
        while failures < ACCEPT_FAILURES {
            match listener.accept().await {
                Ok(stream) => {
                    failures = 0;
                    self.clone().take_in(stream);
                }
                Err(_) => {
                    failures += 1;
                    self.port.sleep(ACCEPT_PAUSE).await;
                }
            }
        }
    }

    fn take_in(self: Rc<Self>, mut stream: Box<dyn Stream>) {
        let most = self.door.limits.connections;
        if self.open.get() >= most {
            let tap = self.port.tap();
            tap.emit(stream.read_cause(), || TripEvent::LimitReached {
                stage: Stage::Far,
                limit: "connections of a server".into(),
                value: most as u64,
            });
            stream.abort();
            return;
        }
        self.open.set(self.open.get() + 1);
        let port = self.port.clone();
        port.spawn("connection", Box::pin(self.converse(stream)));
    }

    async fn converse(self: Rc<Self>, stream: Box<dyn Stream>) {
        let cause = stream.read_cause();
        match &self.door.tls {
            None => self.serve_http1(StreamIo::new(stream, cause), false).await,
            Some(server) => {
                let limit = self.door.limits.idle;
                let handshake = thru_tls::accept(&self.port, stream, server, limit, cause);
                // A failed handshake is stated by 06; there is no one left to answer.
                if let Ok(secured) = handshake.await {
                    let is_h2 = secured.alpn.as_deref() == Some("h2");
                    let io = StreamIo::new(Box::new(secured.stream), secured.done);
                    match is_h2 {
                        true => self.serve_http2(io).await,
                        false => self.serve_http1(io, true).await,
                    }
                }
            }
        }
        self.open.set(self.open.get() - 1);
    }

    async fn serve_http1(&self, io: StreamIo, secure: bool) {
        let talk = Rc::new(Talk::new(self, io.causes(), secure));
        let limits = self.door.limits;
        let mut builder = http1::Builder::new();
        builder
            .auto_date_header(false)
            .max_headers(limits.fields)
            .max_header_size(limits.head)
            .max_buf_size(limits.head.max(8192));
        let spoken = talk.clone();
        let service = service_fn(move |request| spoken.clone().exchange(request));
        let connection = builder.serve_connection(io, service);
        drive(&talk, connection, |connection| {
            connection.graceful_shutdown()
        })
        .await;
    }

    async fn serve_http2(&self, io: StreamIo) {
        let talk = Rc::new(Talk::new(self, io.causes(), true));
        let limits = self.door.limits;
        let mut builder = http2::Builder::new(PortExecutor::new(self.port.clone()));
        builder
            .auto_date_header(false)
            .max_concurrent_streams(limits.streams)
            .max_header_list_size(limits.head as u32);
        let spoken = talk.clone();
        let service = service_fn(move |request| spoken.clone().exchange(request));
        let connection = builder.serve_connection(io, service);
        drive(&talk, connection, |connection| {
            connection.graceful_shutdown()
        })
        .await;
    }
}

/// Drives a connection to its end; announces the end when it has been idle for too long.
async fn drive<C: Future>(talk: &Talk, connection: C, announce_end: impl Fn(Pin<&mut C>)) {
    let mut connection = pin!(connection);
    loop {
        let rest = talk.idle_rest();
        match select(connection.as_mut(), talk.port.sleep(rest)).await {
            Either::Left(_) => return,
            Either::Right(_) if !talk.is_idle() => continue,
            Either::Right(_) => break,
        }
    }
    announce_end(connection.as_mut());
    let _ = with_limit(&*talk.port, talk.limits.drain, connection).await;
}

/// One connection's conversation.
struct Talk {
    port: Rc<dyn Port>,
    handler: Rc<dyn Handler>,
    limits: Limits,
    causes: IoCauses,
    secure: bool,
    running: Cell<usize>,
    last: Cell<Time>,
}

impl Talk {
    fn new(keeper: &Doorkeeper, causes: IoCauses, secure: bool) -> Talk {
        Talk {
            port: keeper.port.clone(),
            handler: keeper.handler.clone(),
            limits: keeper.door.limits,
            causes,
            secure,
            running: Cell::new(0),
            last: Cell::new(keeper.port.now()),
        }
    }

    fn is_idle(&self) -> bool {
        self.running.get() == 0 && self.port.now().since(self.last.get()) >= self.limits.idle
    }

    /// Time left until the connection counts as idle for too long.
    fn idle_rest(&self) -> Duration {
        if self.running.get() > 0 {
            return self.limits.idle;
        }
        let passed = self.port.now().since(self.last.get());
        self.limits.idle.saturating_sub(passed)
    }

    async fn exchange(
        self: Rc<Self>,
        request: Request<Incoming>,
    ) -> Result<Response<crate::Payload>, Infallible> {
        let received = self.state_request(&request);
        let _running = Running::start(&self);
        let head_only = request.method() == http::Method::HEAD;
        let whole = match names_one_host(&request) {
            true => self.read_whole(request).await,
            false => Err(StatusCode::BAD_REQUEST),
        };
        let answer = match whole {
            Err(status) => refusal(status, received),
            Ok(request) => {
                let ask = Ask {
                    request,
                    received,
                    from: self.causes.info().remote,
                    secure: self.secure,
                };
                self.handler.clone().answer(ask).await
            }
        };
        Ok(self.finish(answer, head_only))
    }

    fn state_request(&self, request: &Request<Incoming>) -> Cause {
        let tap = self.port.tap();
        tap.emit(self.causes.read_cause(), || FarEvent::RequestReceived {
            server: self.handler.name().to_owned(),
            method: request.method().to_string(),
            target: fields::target(request.uri()).to_owned(),
        })
    }

    /// The body, within its limits of length and time.
    async fn read_whole(&self, request: Request<Incoming>) -> Result<Request<Bytes>, StatusCode> {
        let (parts, body) = request.into_parts();
        let whole = Limited::new(body, self.limits.request_body).collect();
        match with_limit(&*self.port, self.limits.idle, whole).await {
            Err(_) => Err(StatusCode::REQUEST_TIMEOUT),
            Ok(Err(error)) if error.is::<LengthLimitError>() => Err(StatusCode::PAYLOAD_TOO_LARGE),
            Ok(Err(_)) => Err(StatusCode::BAD_REQUEST),
            Ok(Ok(body)) => Ok(Request::from_parts(parts, body.to_bytes())),
        }
    }

    fn finish(&self, answer: Answer, head_only: bool) -> Response<crate::Payload> {
        let mut response = answer.response;
        if !response.headers().contains_key(header::DATE) {
            let date = fields::date(self.port.calendar());
            response.headers_mut().insert(header::DATE, date);
        }
        if head_only {
            *response.body_mut() = crate::Payload::whole(Bytes::new());
        }
        let sent = self
            .port
            .tap()
            .emit(answer.because, || FarEvent::ResponseSent {
                server: self.handler.name().to_owned(),
                status: response.status().as_u16(),
                length: response.body().octets().len() as u64,
            });
        // With several HTTP/2 streams at a time the octets carry the cause of the latest answer.
        self.causes.write_because(sent);
        response
    }
}

/// HTTP/1.1 needs `Host`, once (RFC 9112, 3.2).
fn names_one_host(request: &Request<Incoming>) -> bool {
    let hosts = request.headers().get_all(header::HOST).iter().count();
    request.version() != Version::HTTP_11 || hosts == 1
}

/// Counts a running request, until it ends in whatever way.
struct Running(Rc<Talk>);

impl Running {
    fn start(talk: &Rc<Talk>) -> Running {
        talk.running.set(talk.running.get() + 1);
        Running(talk.clone())
    }
}

impl Drop for Running {
    fn drop(&mut self) {
        self.0.running.set(self.0.running.get() - 1);
        self.0.last.set(self.0.port.now());
    }
}

fn refusal(status: StatusCode, because: Cause) -> Answer {
    let mut response = Response::new(Bytes::new());
    *response.status_mut() = status;
    Answer::whole(response, because)
}
