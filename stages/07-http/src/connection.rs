//! One HTTP connection: opened over a stream, used by requests, closed in good order.

use crate::{
    executor::PortExecutor,
    failure::{Error, Failure, HttpFailure},
    frame::FrameLog,
    head::HeadLog,
    request::Request,
    response::{MAX_HEADER_OCTETS, MAX_HEADERS, Response},
    stream_io::{IoCauses, SharedStream, StreamIo, Wire},
    task_end::TaskEnd,
};
use bytes::Bytes;
use http_body_util::Full;
use hyper::{client::conn::http1, rt::Executor};
use std::{
    cell::{Cell, RefCell},
    future::Future,
    rc::Rc,
    task::Waker,
    time::Duration,
};
use thru_events::{Cause, Tap, Text, http::HttpEvent};
use thru_port::{Port, Stream, StreamInfo, with_limit};

/// Octets that a peer may send on one HTTP/2 stream unasked.
const STREAM_WINDOW: u32 = 2 * 1024 * 1024;
/// The same for the whole connection.
const CONNECTION_WINDOW: u32 = 8 * 1024 * 1024;
/// How long the peer's FIN is waited for after our own.
const LINGER: Duration = Duration::from_secs(2);

/// Longer than any connection.
const NEVER: Duration = Duration::from_secs(365 * 24 * 60 * 60);
/// Streams given up on one connection whose late frames are still recognised.
const MAX_RESET_STREAMS: usize = 1024;

/// The versions that are spoken.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Version {
    /// RFC 9112
    Http1,
    /// RFC 9113
    Http2,
}

impl Version {
    /// As people write it.
    pub fn text(self) -> &'static str {
        match self {
            Version::Http1 => "HTTP/1.1",
            Version::Http2 => "HTTP/2",
        }
    }

    /// By the protocol that ALPN chose; none is HTTP/1.1.
    pub fn from_alpn(alpn: Option<&str>) -> Version {
        match alpn {
            Some("h2") => Version::Http2,
            _ => Version::Http1,
        }
    }
}

pub(crate) type Http1Sender = http1::SendRequest<Full<Bytes>>;
pub(crate) type Http2Sender = h2::client::SendRequest<Bytes>;

/// What requests are handed to; `None` once closed, and with HTTP/1.1 while one is on its way.
pub(crate) enum Sender {
    Http1(RefCell<Option<Http1Sender>>),
    Http2(RefCell<Option<Http2Sender>>),
}

pub(crate) struct Shared {
    pub(crate) port: Rc<dyn Port>,
    pub(crate) tap: Tap,
    pub(crate) causes: IoCauses,
    pub(crate) wire: Wire,
    pub(crate) sender: Sender,
    pub(crate) served: Cell<u32>,
    pub(crate) in_flight: Cell<u32>,
    /// Requests that wait for their turn (HTTP/1.1).
    pub(crate) waiting: RefCell<Vec<Waker>>,
    /// Closed, or given up in the middle of an HTTP/1.1 exchange.
    pub(crate) over: Cell<bool>,
    task: TaskEnd,
}

impl Shared {
    /// Whether no further request can be sent.
    pub(crate) fn is_over(&self) -> bool {
        self.over.get() || self.task.has_ended()
    }

    /// Lets those that wait for their turn look again.
    pub(crate) fn wake_waiting(&self) {
        let waiting = std::mem::take(&mut *self.waiting.borrow_mut());
        waiting.into_iter().for_each(Waker::wake);
    }
}

/// Counts a request for as long as it is under way, dropped futures included.
struct UnderWay<'a>(&'a Cell<u32>);

impl UnderWay<'_> {
    fn begin(count: &Cell<u32>) -> UnderWay<'_> {
        count.set(count.get() + 1);
        UnderWay(count)
    }
}

impl Drop for UnderWay<'_> {
    fn drop(&mut self) {
        self.0.set(self.0.get().saturating_sub(1));
    }
}

/// An open connection. Clones are the same connection.
#[derive(Clone)]
pub struct Connection {
    pub(crate) shared: Rc<Shared>,
}

impl Connection {
    /// Opens HTTP over `stream`. With HTTP/2 the preface and SETTINGS leave because of `cause`.
    ///
    /// # Errors
    /// [`HttpFailure`] if the stream breaks at once.
    pub async fn open(
        port: &Rc<dyn Port>,
        stream: Box<dyn Stream>,
        version: Version,
        cause: Cause,
    ) -> Result<Connection, HttpFailure> {
        let tap = port.tap();
        let info = stream.info();
        let wire = watch(version, &tap, info);
        let io = StreamIo::new(stream, cause).watched(wire.clone());
        let (causes, below, task) = (io.causes(), io.shared(), TaskEnd::default());
        let opened = match version {
            Version::Http1 => open_http1(port, io, below, &task).await,
            Version::Http2 => open_http2(port, io, below, &task).await,
        };
        let sender = opened.map_err(|error| {
            let why = Failure::before_head(&error, causes.failure());
            open_failed(info, why, causes.read_cause())
        })?;
        let shared = Shared {
            port: port.clone(),
            tap,
            causes,
            wire,
            sender,
            served: Cell::new(0),
            in_flight: Cell::new(0),
            waiting: RefCell::default(),
            over: Cell::new(false),
            task,
        };
        Ok(Connection {
            shared: Rc::new(shared),
        })
    }

    /// Sends `request` because of `cause` and reads the response to its end. Over HTTP/2 several
    /// may be under way; over HTTP/1.1 the next one waits for its turn.
    ///
    /// # Errors
    /// [`HttpFailure`]
    pub async fn send(&self, request: Request, cause: Cause) -> Result<Response, HttpFailure> {
        let served = self.shared.served.get();
        let cause = self.state_reuse(&request, served, cause);
        self.shared.served.set(served + 1);
        let _under_way = UnderWay::begin(&self.shared.in_flight);
        let sent = crate::exchange::send(&self.shared, &request, served > 0, cause).await;
        sent.map_err(|broken| self.failed(&request, broken, served > 0, cause))
    }

    fn state_reuse(&self, request: &Request, served: u32, cause: Cause) -> Cause {
        if served == 0 || self.shared.in_flight.get() > 0 {
            return cause;
        }
        let connection = self.info().connection;
        let reused = self.shared.tap.emit(cause, || HttpEvent::ConnectionReused {
            request: request.request,
            connection,
        });
        reused.or(cause)
    }

    fn failed(
        &self,
        request: &Request,
        broken: crate::exchange::Broken,
        reused: bool,
        cause: Cause,
    ) -> HttpFailure {
        let mut failure = HttpFailure {
            stale: reused && !broken.head_seen && broken.why.is_lost_connection(),
            why: Box::new(broken.why),
            host: request.url.host_str().unwrap_or_default().to_owned(),
            address: self.info().remote,
            url: request.target().to_string(),
            evidence: None,
        };
        let below = match &*failure.why {
            Failure::Connection(below) => below.evidence,
            _ => None,
        };
        let because = below.or(broken.cause).or(cause);
        failure.evidence = self.shared.tap.emit(because, || HttpEvent::RequestFailed {
            request: request.request,
            why: failure.to_string(),
        });
        failure
    }

    /// Version spoken.
    pub fn version(&self) -> Version {
        match self.shared.sender {
            Sender::Http1(_) => Version::Http1,
            Sender::Http2(_) => Version::Http2,
        }
    }

    /// Number and addresses.
    pub fn info(&self) -> StreamInfo {
        self.shared.causes.info()
    }

    /// Whether requests can still be sent.
    pub fn is_open(&self) -> bool {
        !self.shared.is_over()
    }

    /// Requests under way.
    pub fn in_flight(&self) -> u32 {
        self.shared.in_flight.get()
    }

    /// Requests sent so far.
    pub fn served(&self) -> u32 {
        self.shared.served.get()
    }

    /// What delivered the octets read last.
    pub fn read_cause(&self) -> Cause {
        self.shared.causes.read_cause()
    }

    /// Ends the connection in good order because of `cause`: GOAWAY (HTTP/2), close_notify (TLS)
    /// and FIN leave, and the peer's own end is waited for, for 2 s at most.
    pub async fn close(&self, cause: Cause) {
        self.shared.over.set(true);
        self.shared.causes.write_because(cause);
        match &self.shared.sender {
            Sender::Http1(sender) => drop(sender.borrow_mut().take()),
            Sender::Http2(sender) => drop(sender.borrow_mut().take()),
        }
        self.shared.wake_waiting();
        let end = self.shared.task.wait();
        // A request that is still under way keeps the connection; it is not waited for longer.
        let _ = with_limit(&*self.shared.port, LINGER * 2, end).await;
    }
}

fn open_failed(info: StreamInfo, why: Failure, shown_by: Cause) -> HttpFailure {
    HttpFailure {
        why: Box::new(why),
        host: info.remote.ip().to_string(),
        address: info.remote,
        url: "the first request".to_owned(),
        stale: false,
        evidence: shown_by,
    }
}

fn watch(version: Version, tap: &Tap, info: StreamInfo) -> Wire {
    if !tap.is_on() {
        return Wire::Unwatched;
    }
    match version {
        Version::Http1 => Wire::Http1(Rc::new(RefCell::new(HeadLog::new(tap.clone())))),
        Version::Http2 => {
            let log = FrameLog::new(tap.clone(), info.connection, true);
            Wire::Http2(Rc::new(RefCell::new(log)))
        }
    }
}

async fn open_http1(
    port: &Rc<dyn Port>,
    io: StreamIo,
    below: SharedStream,
    task: &TaskEnd,
) -> Result<Sender, Error> {
    let mut builder = http1::Builder::new();
    builder
        .max_buf_size(MAX_HEADER_OCTETS)
        .max_headers(MAX_HEADERS);
    let (sender, driver) = builder.handshake(io).await.map_err(Error::Http1)?;
    drive(port, below, task, async move {
        // Its errors reach the request that is under way.
        let _ = driver.await;
    });
    Ok(Sender::Http1(RefCell::new(Some(sender))))
}

async fn open_http2(
    port: &Rc<dyn Port>,
    io: StreamIo,
    below: SharedStream,
    task: &TaskEnd,
) -> Result<Sender, Error> {
    let opened = h2::client::Builder::new()
        .enable_push(false)
        .initial_window_size(STREAM_WINDOW)
        .initial_connection_window_size(CONNECTION_WINDOW)
        .max_header_list_size(MAX_HEADER_OCTETS as u32)
        // h2 reads std's clock to forget streams that it reset; they are never forgotten instead.
        .reset_stream_duration(NEVER)
        .max_concurrent_reset_streams(MAX_RESET_STREAMS)
        .handshake::<_, Bytes>(io);
    let (sender, driver) = opened.await.map_err(Error::Http2)?;
    drive(port, below, task, async move {
        let _ = driver.await;
    });
    Ok(Sender::Http2(RefCell::new(Some(sender))))
}

/// Runs the library's driver, then ends the stream below and waits for the peer's end.
fn drive(
    port: &Rc<dyn Port>,
    below: SharedStream,
    task: &TaskEnd,
    driver: impl Future<Output = ()> + 'static,
) {
    let (world, task) = (port.clone(), task.clone());
    PortExecutor::new(port.clone()).execute(async move {
        driver.await;
        let _ = with_limit(&*world, LINGER, drain(&below)).await;
        drop(below);
        task.say();
    });
}

/// Says FIN and reads until the peer's, so that the end of the connection is seen.
async fn drain(below: &SharedStream) {
    use std::future::poll_fn;
    let mut scratch = [0; 1024];
    if poll_fn(|context| below.borrow_mut().poll_shutdown(context))
        .await
        .is_err()
    {
        return;
    }
    loop {
        let read = poll_fn(|context| below.borrow_mut().poll_read(context, &mut scratch)).await;
        if !matches!(read, Ok(length) if length > 0) {
            return;
        }
    }
}

pub(crate) fn version_text(version: Version) -> Text {
    Text::Borrowed(version.text())
}
