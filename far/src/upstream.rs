//! Asking the server behind: HTTP/1.1 over connections that are kept for the next request.

use crate::{Limits, fields};
use bytes::{Bytes, BytesMut};
use http::{HeaderMap, HeaderValue, Request, StatusCode, header, response};
use http_body_util::{BodyExt, Full};
use hyper::body::Incoming;
use hyper::client::conn::http1::{self, SendRequest};
use std::{cell::RefCell, fmt, net::SocketAddr, rc::Rc};
use thru_events::Cause;
use thru_http::{IoCauses, StreamIo, port_failure};
use thru_port::{Port, PortFailureKind, with_limit};

/// A server behind another: its name and where it listens.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Backend {
    /// Name, as `web1.shop.lab`.
    pub name: String,
    /// Address.
    pub address: SocketAddr,
}

/// What the server behind answered.
pub struct Reply {
    /// Status and fields; those of the connection alone are taken out.
    pub head: response::Parts,
    /// The body, as far as it came.
    pub body: Bytes,
    /// The declared length, if the body broke off before it.
    pub broken_off: Option<u64>,
    /// The event that delivered the last of it.
    pub cause: Cause,
}

/// Why there is no answer.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum UpstreamFailure {
    /// PeerRefused: it refused the connection.
    Refused,
    /// TimedOut: no connection in the time given.
    ConnectTimedOut,
    /// TimedOut: connected, and no answer in the time given.
    AnswerTimedOut,
    /// No way there.
    Unreachable(String),
    /// PeerMisbehaved: the connection ended before an answer.
    Terminated,
    /// PeerMisbehaved: the answer is not HTTP.
    Protocol(String),
    /// PolicyRefused: more octets than this server takes.
    BodyTooLarge,
}

impl UpstreamFailure {
    /// The error type of RFC 9209, 2.3.
    pub fn proxy_error(&self) -> &'static str {
        match self {
            UpstreamFailure::Refused => "connection_refused",
            UpstreamFailure::ConnectTimedOut => "connection_timeout",
            UpstreamFailure::AnswerTimedOut => "http_response_timeout",
            UpstreamFailure::Unreachable(_) => "destination_ip_unroutable",
            UpstreamFailure::Terminated => "connection_terminated",
            UpstreamFailure::Protocol(_) => "http_protocol_error",
            UpstreamFailure::BodyTooLarge => "http_response_body_size",
        }
    }

    /// The status that tells the asker (RFC 9110, 15.6).
    pub fn status(&self) -> StatusCode {
        match self {
            UpstreamFailure::AnswerTimedOut | UpstreamFailure::ConnectTimedOut => {
                StatusCode::GATEWAY_TIMEOUT
            }
            _ => StatusCode::BAD_GATEWAY,
        }
    }

    /// Whether the server behind certainly never saw the request.
    pub fn never_asked(&self) -> bool {
        matches!(
            self,
            UpstreamFailure::Refused
                | UpstreamFailure::ConnectTimedOut
                | UpstreamFailure::Unreachable(_)
        )
    }
}

impl fmt::Display for UpstreamFailure {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            UpstreamFailure::Refused => f.write_str("it refused the connection"),
            UpstreamFailure::ConnectTimedOut => f.write_str("it did not take the connection"),
            UpstreamFailure::AnswerTimedOut => f.write_str("it did not answer in time"),
            UpstreamFailure::Unreachable(why) => write!(f, "there is no way to it: {why}"),
            UpstreamFailure::Terminated => f.write_str("it closed before it answered"),
            UpstreamFailure::Protocol(why) => write!(f, "its answer is not HTTP: {why}"),
            UpstreamFailure::BodyTooLarge => f.write_str("its answer is too large"),
        }
    }
}

struct Line {
    to: SocketAddr,
    sender: SendRequest<Full<Bytes>>,
    causes: IoCauses,
}

/// The client side of a server: asks others and keeps the connections.
pub struct Upstream {
    port: Rc<dyn Port>,
    limits: Limits,
    kept: RefCell<Vec<Line>>,
}

impl Upstream {
    /// A client without connections.
    pub fn new(port: Rc<dyn Port>, limits: Limits) -> Upstream {
        Upstream {
            port,
            limits,
            kept: RefCell::new(Vec::new()),
        }
    }

    /// Asks the server at `to`, because of `cause`. A kept connection that turns out to be closed
    /// is replaced by a new one, once, if the request may be repeated (RFC 9112, 9.3.1).
    pub async fn ask(
        &self,
        to: SocketAddr,
        request: &Request<Bytes>,
        cause: Cause,
    ) -> Result<Reply, UpstreamFailure> {
        if let Some(line) = self.take_kept(to) {
            match self.ask_on(line, request, cause).await {
                Err(UpstreamFailure::Terminated) if request.method().is_idempotent() => {}
                other => return other,
            }
        }
        let line = self.connect(to, cause).await?;
        self.ask_on(line, request, cause).await
    }

    fn take_kept(&self, to: SocketAddr) -> Option<Line> {
        let mut kept = self.kept.borrow_mut();
        kept.retain(|line| !line.sender.is_closed());
        let at = kept
            .iter()
            .position(|line| line.to == to && line.sender.is_ready())?;
        Some(kept.remove(at))
    }

    async fn connect(&self, to: SocketAddr, cause: Cause) -> Result<Line, UpstreamFailure> {
        let connect = self.port.connect(to, cause);
        let connected = with_limit(&*self.port, self.limits.connect, connect)
            .await
            .map_err(|_| UpstreamFailure::ConnectTimedOut)?
            .map_err(|failure| match failure.kind {
                PortFailureKind::Refused => UpstreamFailure::Refused,
                PortFailureKind::TimedOut => UpstreamFailure::ConnectTimedOut,
                _ => UpstreamFailure::Unreachable(failure.to_string()),
            })?;
        let io = StreamIo::new(connected.stream, connected.opened.or(cause));
        let causes = io.causes();
        let (sender, connection) = http1::Builder::new()
            .max_headers(self.limits.fields)
            .max_header_size(self.limits.head)
            .max_buf_size(self.limits.head.max(8192))
            .handshake(io)
            .await
            .map_err(|error| blame(&error))?;
        // How a connection ends is seen by the request on it.
        let talk = async move { drop(connection.await) };
        self.port.spawn("upstream", Box::pin(talk));
        Ok(Line { to, sender, causes })
    }

    async fn ask_on(
        &self,
        mut line: Line,
        request: &Request<Bytes>,
        cause: Cause,
    ) -> Result<Reply, UpstreamFailure> {
        let request = request.clone().map(Full::new);
        line.causes.write_because(cause);
        let exchange = async {
            let response = line.sender.send_request(request).await;
            let response = response.map_err(|error| blame(&error))?;
            let (mut head, body) = response.into_parts();
            fields::drop_hop_by_hop(&mut head.headers);
            let (body, broken_off) = self.read_body(&head, body).await?;
            let cause = line.causes.read_cause().or(cause);
            Ok(Reply {
                head,
                body,
                broken_off,
                cause,
            })
        };
        let reply = with_limit(&*self.port, self.limits.answer, exchange)
            .await
            .map_err(|_| UpstreamFailure::AnswerTimedOut)??;
        if reply.broken_off.is_none() {
            self.keep(line).await;
        }
        Ok(reply)
    }

    async fn read_body(
        &self,
        head: &response::Parts,
        mut body: Incoming,
    ) -> Result<(Bytes, Option<u64>), UpstreamFailure> {
        let mut whole = BytesMut::new();
        while let Some(frame) = body.frame().await {
            let Ok(frame) = frame else {
                let declared = declared_length(head).unwrap_or(whole.len() as u64 + 1);
                return Ok((whole.freeze(), Some(declared)));
            };
            if let Some(octets) = frame.data_ref() {
                whole.extend_from_slice(octets);
            }
            if whole.len() > self.limits.response_body {
                return Err(UpstreamFailure::BodyTooLarge);
            }
        }
        Ok((whole.freeze(), None))
    }

    async fn keep(&self, mut line: Line) {
        let ready = with_limit(&*self.port, self.limits.connect, line.sender.ready());
        let is_ready = matches!(ready.await, Ok(Ok(())));
        let mut kept = self.kept.borrow_mut();
        if is_ready && kept.len() < self.limits.kept {
            kept.push(line);
        }
    }
}

fn declared_length(head: &response::Parts) -> Option<u64> {
    let length = head.headers.get(header::CONTENT_LENGTH)?;
    length.to_str().ok()?.parse().ok()
}

fn blame(error: &hyper::Error) -> UpstreamFailure {
    let lost = port_failure(error).is_some();
    if lost || error.is_canceled() || error.is_closed() || error.is_incomplete_message() {
        UpstreamFailure::Terminated
    } else {
        UpstreamFailure::Protocol(error.to_string())
    }
}

/// The request as it is passed on: without the fields of the connection it came on, with `Host`
/// and `Via`.
pub fn pass_on(ask: &crate::Ask, by: &str) -> Request<Bytes> {
    let (mut parts, body) = ask.request.clone().into_parts();
    fields::drop_hop_by_hop(&mut parts.headers);
    // The body is here already: nobody has to be told to go on (RFC 9110, 10.1.1).
    parts.headers.remove(header::EXPECT);
    join_cookies(&mut parts.headers);
    if let Some(authority) = parts.uri.authority() {
        let host = fields::value(authority.as_str());
        parts.headers.insert(header::HOST, host);
    }
    parts.uri = fields::target(&parts.uri).parse().unwrap_or_default();
    parts.version = http::Version::HTTP_11;
    fields::add_via(&mut parts.headers, by);
    Request::from_parts(parts, body)
}

/// HTTP/2 may split `Cookie`; HTTP/1.1 has it once (RFC 9113, 8.2.3).
fn join_cookies(headers: &mut HeaderMap) {
    let crumbs = headers.get_all(header::COOKIE).iter();
    let crumbs: Vec<&[u8]> = crumbs.map(HeaderValue::as_bytes).collect();
    if crumbs.len() < 2 {
        return;
    }
    if let Ok(whole) = HeaderValue::from_bytes(&crumbs.join(&b"; "[..])) {
        headers.insert(header::COOKIE, whole);
    }
}
