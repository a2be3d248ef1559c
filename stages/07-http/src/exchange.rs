//! One request and its response over an open connection.

use crate::{
    connection::{Http1Sender, Http2Sender, Sender, Shared, Version, version_text},
    content_coding,
    failure::{Error, Failure},
    request::{Request, fields},
    response::{MAX_BODY, Response},
    stream_io::Wire,
};
use bytes::{Bytes, BytesMut};
use http::{HeaderMap, header::CONTENT_ENCODING, header::CONTENT_LENGTH, header::HOST};
use http_body_util::{BodyExt, Full};
use std::{future::Future, future::poll_fn, task::Poll};
use thru_events::{Cause, Provenance, Text, far::FarEvent, http::HttpEvent};
use thru_octets::Span;
use thru_port::with_limit;

/// Fields in which a server speaks of the way behind it (RFC 9209, RFC 9211, Server Timing).
const SAID_BY_PEER: [&str; 3] = ["proxy-status", "cache-status", "server-timing"];

/// Why an exchange ended early, and what shows it.
pub(crate) struct Broken {
    pub(crate) why: Failure,
    pub(crate) head_seen: bool,
    pub(crate) cause: Cause,
}

/// Where a body comes from.
enum Body {
    Http1(hyper::body::Incoming),
    Http2(h2::RecvStream),
}

impl Body {
    /// The next octets of the body; `None` at its end.
    async fn next(&mut self) -> Option<Result<Bytes, Error>> {
        match self {
            Body::Http1(incoming) => loop {
                let frame = match incoming.frame().await? {
                    Ok(frame) => frame,
                    Err(error) => return Some(Err(Error::Http1(error))),
                };
                // Trailers are read and not used.
                if let Ok(data) = frame.into_data() {
                    return Some(Ok(data));
                }
            },
            Body::Http2(stream) => {
                let data = stream.data().await?.map_err(Error::Http2);
                if let Ok(data) = &data {
                    let _ = stream.flow_control().release_capacity(data.len());
                }
                Some(data)
            }
        }
    }
}

/// A response whose head has come.
struct Head {
    status: u16,
    version: Text,
    headers: HeaderMap,
    body: Body,
    /// HTTP/2 only.
    stream: Option<u32>,
    span: Option<Span>,
    cause: Cause,
}

/// Sends `request` and reads the response to its end.
pub(crate) async fn send(
    shared: &Shared,
    request: &Request,
    reused: bool,
    cause: Cause,
) -> Result<Response, Broken> {
    match &shared.sender {
        Sender::Http1(_) => by_http1(shared, request, reused, cause).await,
        Sender::Http2(_) => by_http2(shared, request, reused, cause).await,
    }
}

async fn by_http1(
    shared: &Shared,
    request: &Request,
    reused: bool,
    cause: Cause,
) -> Result<Response, Broken> {
    let mut turn = Turn::wait(shared).await?;
    let Some(sender) = &mut turn.sender else {
        return Err(closed(shared));
    };
    let head = http1_head(shared, sender, request, reused, cause).await?;
    let response = finish(shared, request, head, Version::Http1).await?;
    turn.give_back().await;
    Ok(response)
}

async fn by_http2(
    shared: &Shared,
    request: &Request,
    reused: bool,
    cause: Cause,
) -> Result<Response, Broken> {
    let head = http2_head(shared, request, reused, cause).await?;
    let stream = head.stream;
    let response = finish(shared, request, head, Version::Http2).await;
    forget_stream(shared, stream);
    response
}

/// The right to send over HTTP/1.1, one request at a time. If it is not given back, the
/// connection is over: an answer was not read to its end.
struct Turn<'a> {
    shared: &'a Shared,
    sender: Option<Http1Sender>,
}

impl<'a> Turn<'a> {
    /// Waits until no other request is under way.
    async fn wait(shared: &'a Shared) -> Result<Turn<'a>, Broken> {
        let Sender::Http1(slot) = &shared.sender else {
            return Err(closed(shared));
        };
        let taken = poll_fn(|context| match slot.borrow_mut().take() {
            _ if shared.is_over() => Poll::Ready(None),
            Some(sender) => Poll::Ready(Some(sender)),
            None => {
                shared.waiting.borrow_mut().push(context.waker().clone());
                Poll::Pending
            }
        });
        let sender = taken.await.ok_or_else(|| closed(shared))?;
        Ok(Turn {
            shared,
            sender: Some(sender),
        })
    }

    async fn give_back(mut self) {
        if let (Sender::Http1(slot), Some(mut sender)) = (&self.shared.sender, self.sender.take())
            && sender.ready().await.is_ok()
            && !self.shared.is_over()
        {
            *slot.borrow_mut() = Some(sender);
        }
    }
}

impl Drop for Turn<'_> {
    fn drop(&mut self) {
        if let Sender::Http1(slot) = &self.shared.sender
            && slot.borrow().is_none()
        {
            self.shared.over.set(true);
        }
        self.shared.wake_waiting();
    }
}

fn closed(shared: &Shared) -> Broken {
    Broken {
        why: Failure::Closed,
        head_seen: false,
        cause: shared.causes.read_cause(),
    }
}

async fn within<T>(
    shared: &Shared,
    request: &Request,
    work: impl Future<Output = Result<T, Error>>,
) -> Result<T, Broken> {
    let why = match with_limit(&*shared.port, request.idle_limit, work).await {
        Ok(Ok(done)) => return Ok(done),
        Ok(Err(error)) => Failure::before_head(&error, shared.causes.failure()),
        Err(_) => Failure::TimedOut {
            after: request.idle_limit,
            waiting_for: Text::Borrowed("the head"),
            got: 0,
        },
    };
    Err(Broken {
        why,
        head_seen: false,
        cause: None,
    })
}

async fn http1_head(
    shared: &Shared,
    sender: &mut Http1Sender,
    request: &Request,
    reused: bool,
    cause: Cause,
) -> Result<Head, Broken> {
    let mut headers = HeaderMap::new();
    if let Ok(host) = request.authority().parse() {
        headers.insert(HOST, host);
    }
    headers.extend(request.headers.clone());
    if let Wire::Http1(log) = &shared.wire {
        let event = sent_event(shared, request, &headers, Version::Http1, reused);
        log.borrow_mut().begin(cause, event);
    }
    let mut message = invalid_uri(
        http::Request::builder()
            .method(&request.method)
            .uri(path_and_query(request))
            .body(Full::new(request.body.clone())),
    )?;
    *message.headers_mut() = headers;
    let answer = sender.send_request(message);
    let answer = async { answer.await.map_err(Error::Http1) };
    let response = within(shared, request, answer)
        .await
        .map_err(|mut broken| {
            broken.cause = http1_sent(shared);
            broken
        })?;
    let (span, cause) = match &shared.wire {
        Wire::Http1(log) => log.borrow().arrived().unwrap_or_default(),
        _ => (None, None),
    };
    let (parts, body) = response.into_parts();
    Ok(Head {
        status: parts.status.as_u16(),
        version: Text::Borrowed(match parts.version {
            http::Version::HTTP_10 => "HTTP/1.0",
            _ => Version::Http1.text(),
        }),
        headers: parts.headers,
        body: Body::Http1(body),
        stream: None,
        span,
        cause,
    })
}

fn http1_sent(shared: &Shared) -> Cause {
    match &shared.wire {
        Wire::Http1(log) => log.borrow().request(),
        _ => None,
    }
}

/// The URL as `:scheme`, `:authority` and `:path`; a `Host` that was set takes the authority's
/// place (RFC 9113, section 8.3.1).
fn absolute_uri(request: &Request) -> Result<http::Uri, Broken> {
    let host = request
        .headers
        .get(HOST)
        .and_then(|host| host.to_str().ok());
    let authority = host.map_or_else(|| request.authority(), str::to_owned);
    invalid_uri(
        http::Uri::builder()
            .scheme(request.url.scheme())
            .authority(authority)
            .path_and_query(path_and_query(request))
            .build(),
    )
}

fn path_and_query(request: &Request) -> String {
    match request.url.query() {
        Some(query) => format!("{}?{query}", request.url.path()),
        None => request.url.path().to_owned(),
    }
}

/// A URL that parsed as one and yet is no request target.
fn invalid_uri<T>(built: http::Result<T>) -> Result<T, Broken> {
    built.map_err(|error| Broken {
        why: Failure::Protocol {
            what: error.to_string(),
        },
        head_seen: false,
        cause: None,
    })
}

async fn http2_head(
    shared: &Shared,
    request: &Request,
    reused: bool,
    cause: Cause,
) -> Result<Head, Broken> {
    let Sender::Http2(slot) = &shared.sender else {
        return Err(closed(shared));
    };
    let sender = slot.borrow().clone().ok_or_else(|| closed(shared))?;
    let ready = async { sender.ready().await.map_err(Error::Http2) };
    let mut sender: Http2Sender = within(shared, request, ready).await?;
    let mut message = invalid_uri(
        http::Request::builder()
            .version(http::Version::HTTP_2)
            .method(&request.method)
            .uri(absolute_uri(request)?)
            .body(()),
    )?;
    *message.headers_mut() = request.headers.clone();
    message.headers_mut().remove(HOST);
    let sent = shared.tap.emit(cause, || {
        sent_event(shared, request, &request.headers, Version::Http2, reused)
    });
    shared.causes.write_because(sent);
    let broken = |error: h2::Error| Broken {
        why: Failure::before_head(&Error::Http2(error), shared.causes.failure()),
        head_seen: false,
        cause: sent,
    };
    let has_no_body = request.body.is_empty();
    let (answer, mut body) = sender.send_request(message, has_no_body).map_err(broken)?;
    let stream = answer.stream_id().as_u32();
    if let Wire::Http2(log) = &shared.wire {
        log.borrow_mut().begin(stream, sent);
    }
    if !has_no_body {
        body.send_data(request.body.clone(), true).map_err(broken)?;
    }
    let answer = async { answer.await.map_err(Error::Http2) };
    let response = within(shared, request, answer)
        .await
        .map_err(|mut broken| {
            broken.cause = last_of_stream(shared, stream).or(sent);
            forget_stream(shared, Some(stream));
            broken
        })?;
    let (parts, body) = response.into_parts();
    let cause = match &shared.wire {
        Wire::Http2(log) => log.borrow().causes(stream).head,
        _ => None,
    };
    Ok(Head {
        status: parts.status.as_u16(),
        version: version_text(Version::Http2),
        headers: parts.headers,
        body: Body::Http2(body),
        stream: Some(stream),
        span: None,
        cause,
    })
}

fn last_of_stream(shared: &Shared, stream: u32) -> Cause {
    match &shared.wire {
        Wire::Http2(log) => log.borrow().causes(stream).last,
        _ => None,
    }
}

fn forget_stream(shared: &Shared, stream: Option<u32>) {
    if let (Wire::Http2(log), Some(stream)) = (&shared.wire, stream) {
        log.borrow_mut().end(stream);
    }
}

fn sent_event(
    shared: &Shared,
    request: &Request,
    headers: &HeaderMap,
    version: Version,
    reused: bool,
) -> HttpEvent {
    HttpEvent::RequestSent {
        request: request.request,
        connection: shared.causes.info().connection,
        version: version_text(version),
        method: request.method.to_string(),
        url: request.target().to_string(),
        headers: fields(headers),
        reused,
    }
}

/// States the head, reads the body to its end and undoes its coding.
async fn finish(
    shared: &Shared,
    request: &Request,
    mut head: Head,
    version: Version,
) -> Result<Response, Broken> {
    let tap = &shared.tap;
    let head_cause = head.cause.or(shared.causes.read_cause());
    let started = tap.emit_with_span(head_cause, head.span, || HttpEvent::ResponseStarted {
        request: request.request,
        status: head.status,
        version: head.version.clone(),
        headers: fields(&head.headers),
    });
    state_said_by_peer(shared, &head.headers, started);
    let broken = |why, cause: Cause| Broken {
        why,
        head_seen: true,
        cause: cause.or(started),
    };
    let body = read_body(shared, request, &mut head).await;
    let last = body_cause(shared, &head);
    let body = body.map_err(|why| broken(why, last))?;
    let encoded_len = body.len() as u64;
    let coding = coding(&head.headers);
    let body = match &coding {
        Some(coding) => content_coding::decode(coding, body.into())
            .map_err(|refused| broken(Failure::Coding(refused), last))?
            .into(),
        None => body,
    };
    let cause = if encoded_len == 0 {
        started
    } else {
        last.or(started)
    };
    let span = tap.keep(&body);
    let finished = tap.emit_with_span(cause, span, || HttpEvent::ResponseFinished {
        request: request.request,
        encoded: encoded_len,
        decoded: body.len() as u64,
        coding: coding.clone(),
    });
    Ok(Response {
        status: head.status,
        version,
        headers: head.headers,
        body,
        encoded_len,
        coding,
        started,
        finished,
    })
}

fn body_cause(shared: &Shared, head: &Head) -> Cause {
    match (&shared.wire, head.stream) {
        (Wire::Http2(log), Some(stream)) => log.borrow().causes(stream).last,
        (Wire::Http1(log), _) => log.borrow().last(),
        _ => None,
    }
}

fn state_said_by_peer(shared: &Shared, headers: &HeaderMap, started: Cause) {
    let tap = shared.tap.known_as(Provenance::Reported);
    for field in SAID_BY_PEER {
        for value in headers.get_all(field) {
            tap.emit(started, || FarEvent::SaidByPeer {
                field: Text::Borrowed(field),
                value: String::from_utf8_lossy(value.as_bytes()).into_owned(),
            });
        }
    }
}

/// The codings of the body, if any but `identity`.
fn coding(headers: &HeaderMap) -> Option<String> {
    let values = headers.get_all(CONTENT_ENCODING).iter();
    let names: Vec<&str> = values.filter_map(|value| value.to_str().ok()).collect();
    let coding = names.join(", ");
    (!coding.is_empty() && !coding.eq_ignore_ascii_case("identity")).then_some(coding)
}

async fn read_body(shared: &Shared, request: &Request, head: &mut Head) -> Result<Bytes, Failure> {
    let length = head.headers.get(CONTENT_LENGTH);
    let expected = length.and_then(|value| value.to_str().ok()?.parse().ok());
    let mut body = BytesMut::new();
    loop {
        let got = body.len() as u64;
        let next = with_limit(&*shared.port, request.idle_limit, head.body.next()).await;
        match next {
            Ok(None) => return Ok(body.freeze()),
            Ok(Some(Ok(data))) if got + data.len() as u64 > MAX_BODY => {
                return Err(Failure::TooLarge { limit: MAX_BODY });
            }
            Ok(Some(Ok(data))) => body.extend_from_slice(&data),
            Ok(Some(Err(error))) => {
                return Err(Failure::in_body(
                    &error,
                    shared.causes.failure(),
                    got,
                    expected,
                ));
            }
            Err(_) => {
                return Err(Failure::TimedOut {
                    after: request.idle_limit,
                    waiting_for: Text::Borrowed("the rest"),
                    got,
                });
            }
        }
    }
}
