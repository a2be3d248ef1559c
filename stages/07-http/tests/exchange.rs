//! Our client against hyper's server through TLS, and against scripts that break off, in virtual
//! time.

#[path = "../../06-tls/tests/authority/mod.rs"]
mod authority;

use authority::{Authority, client};
use bytes::Bytes;
use http_body_util::{BodyExt, Full};
use hyper::{body::Incoming, service::service_fn};
use std::{convert::Infallible, rc::Rc, time::Duration};
use thru_events::{
    Cause, Code, Event, Failed, NodeId, RequestId, Vantage, far::FarEvent, http::HttpEvent,
};
use thru_http::{
    Connection, Destination, HttpFailure, MAX_HEADERS, PortExecutor, Request, Response, StreamIo,
    Version,
};
use thru_memory::World;
use thru_port::{Port, Stream, read, shutdown, write_all};
use thru_tls::TlsVersion;
use url::Url;

const LIMIT: Duration = Duration::from_secs(10);

struct Two {
    world: Rc<World>,
    near: Rc<dyn Port>,
    far: Rc<dyn Port>,
}

impl Two {
    fn new() -> Two {
        let world = World::new();
        let near = world.machine(Vantage::Near, [10, 0, 0, 23]);
        let far = world.machine(Vantage::Node(NodeId(1)), [203, 0, 113, 10]);
        Two { world, near, far }
    }

    /// A connection through TLS to hyper's server, which `answer` speaks for.
    async fn https(&self, tls: TlsVersion, alpn: &str) -> (Connection, Cause) {
        let authority = Authority::new();
        let server = authority.issue(&["shop.lab"], |_| {}).server(&[alpn]);
        let client = client(vec![authority.root()], tls, false);
        let (near, far) = self.world.pair(&self.near, &self.far);
        let cause = self.world.start();
        let (port, is_h2) = (self.far.clone(), alpn == "h2");
        self.far.spawn(
            "server",
            Box::pin(async move {
                let secured = thru_tls::accept(&port, far, &server, LIMIT, cause)
                    .await
                    .unwrap();
                serve(&port, Box::new(secured.stream), secured.done, is_h2).await;
            }),
        );
        let near = thru_tls::connect(&self.near, near, &client, "shop.lab", LIMIT, cause);
        let near = near.await.unwrap();
        let version = Version::from_alpn(near.alpn.as_deref());
        let stream = Box::new(near.stream);
        let opened = Connection::open(&self.near, stream, version, near.done).await;
        (opened.unwrap(), near.done)
    }

    /// One request in the clear to an end that `script` plays after it has read the request.
    fn scripted(
        &self,
        version: Version,
        script: impl AsyncFnOnce(&mut dyn Stream),
    ) -> Result<Response, HttpFailure> {
        let (near, mut far) = self.world.pair(&self.near, &self.far);
        let cause = self.world.start();
        far.write_because(cause);
        self.world.run(async {
            let asking = async {
                let connection = Connection::open(&self.near, near, version, cause).await?;
                let answer = connection.send(get("/"), cause).await;
                connection.close(cause).await;
                answer
            };
            let playing = async {
                read(&mut *far, &mut [0; 4096]).await.unwrap();
                script(&mut *far).await;
                let mut rest = [0; 4096];
                while matches!(read(&mut *far, &mut rest).await, Ok(length) if length > 0) {}
            };
            futures_util::join!(asking, playing).0
        })
    }
}

async fn serve(port: &Rc<dyn Port>, stream: Box<dyn Stream>, cause: Cause, is_h2: bool) {
    let io = StreamIo::new(stream, cause);
    let service = service_fn(answer);
    if is_h2 {
        let _ = hyper::server::conn::http2::Builder::new(PortExecutor::new(port.clone()))
            .auto_date_header(false)
            .serve_connection(io, service)
            .await;
    } else {
        let _ = hyper::server::conn::http1::Builder::new()
            .auto_date_header(false)
            .serve_connection(io, service)
            .await;
    }
}

async fn answer(
    request: http::Request<Incoming>,
) -> Result<http::Response<Full<Bytes>>, Infallible> {
    let path = request.uri().path().to_owned();
    let coding = request.headers()["accept-encoding"]
        .to_str()
        .unwrap()
        .to_owned();
    let has_agent = request.headers()["user-agent"] == "throughline/0.1";
    let method = request.method().clone();
    let by_field = request
        .headers()
        .get("host")
        .map(|host| host.to_str().unwrap());
    let host = by_field.or(request.uri().host()).unwrap().to_owned();
    let body = request.into_body().collect().await.unwrap().to_bytes();
    let response = http::Response::builder().header("proxy-status", "lb; error=none");
    let response = match path.as_str() {
        "/gzip" => response
            .header("content-encoding", "gzip")
            .body(gzip(b"packed page").into()),
        "/bad-gzip" => response
            .header("content-encoding", "gzip")
            .body("no gzip".into()),
        "/large" => response.body(vec![b'x'; 300_000].into()),
        "/host" => response.body(host.into()),
        "/echo" => response.body(body.into()),
        "/many" => {
            let fields = 0..MAX_HEADERS + 10;
            let add = |r: http::response::Builder, n| r.header(format!("x-{n}"), "v");
            fields.fold(response, add).body(Bytes::new().into())
        }
        "/cookie" => response.header("set-cookie", "id=7").body("set".into()),
        _ => {
            let text = format!("{method} {path} {coding} {has_agent}");
            response.body(Full::from(text))
        }
    };
    Ok(response.unwrap())
}

fn gzip(octets: &[u8]) -> Vec<u8> {
    use std::io::Write;
    let mut encoder = flate2::write::GzEncoder::new(Vec::new(), flate2::Compression::fast());
    encoder.write_all(octets).unwrap();
    encoder.finish().unwrap()
}

fn get(path: &str) -> Request {
    let url = Url::parse("https://shop.lab/").unwrap().join(path).unwrap();
    Request::get(RequestId(1), url, Destination::Document, LIMIT)
}

fn code(result: Result<Response, HttpFailure>) -> Code {
    result.expect_err("a failed request").why.code()
}

#[test]
fn a_page_comes_over_every_version_and_every_step_has_its_cause() {
    for (tls, alpn, version) in [
        (TlsVersion::Tls13, "h2", Version::Http2),
        (TlsVersion::Tls12, "h2", Version::Http2),
        (TlsVersion::Tls13, "http/1.1", Version::Http1),
        (TlsVersion::Tls12, "http/1.1", Version::Http1),
    ] {
        let two = Two::new();
        let journal = &two.world.record;
        two.world.run(async {
            let (connection, cause) = two.https(tls, alpn).await;
            assert_eq!(connection.version(), version);
            let page = connection
                .send(get("/list?page=2#top"), cause)
                .await
                .unwrap();
            assert_eq!(page.body, "GET /list gzip, br, zstd true");
            let again = connection.send(get("/gzip"), page.finished).await.unwrap();
            assert_eq!(
                (again.body.as_ref(), again.coding.as_deref()),
                (&b"packed page"[..], Some("gzip"))
            );
            assert!(again.encoded_len > again.body.len() as u64);
            assert_eq!(connection.served(), 2);
            connection.close(again.finished).await;
            assert!(!connection.is_open());
            let path = journal.path(page.started);
            let expected: &[&str] = match version {
                Version::Http2 => &["ResponseStarted", "FrameSeen", "RecordSeen", "DataArrived"],
                Version::Http1 => &["ResponseStarted", "RecordSeen", "DataArrived"],
            };
            assert_eq!(&path[..expected.len()], expected);
        });
        journal.check_causes();
        let names = journal.names();
        assert!(
            names.contains(&"Http.ConnectionReused".to_owned()),
            "{alpn}"
        );
        let closes = journal.all(|entry| match &entry.event {
            Event::Tls(thru_events::tls::TlsEvent::AlertSeen {
                direction, alert, ..
            }) if entry.vantage == Vantage::Near => Some(format!("{direction} {alert}")),
            _ => None,
        });
        assert_eq!(
            closes,
            ["sent close_notify", "received close_notify"],
            "{alpn} {tls:?}"
        );
    }
}

#[test]
fn http_2_states_each_frame_and_says_goaway() {
    let two = Two::new();
    two.world.run(async {
        let (connection, cause) = two.https(TlsVersion::Tls13, "h2").await;
        let page = connection.send(get("/"), cause).await.unwrap();
        connection.close(page.finished).await;
    });
    let frames = two.world.record.all(|entry| match &entry.event {
        Event::Http(HttpEvent::FrameSeen {
            direction,
            kind,
            stream,
            ..
        }) => Some(format!("{direction} {kind} {stream}")),
        _ => None,
    });
    for frame in [
        "sent SETTINGS 0",
        "sent HEADERS 1",
        "received SETTINGS 0",
        "received HEADERS 1",
        "received DATA 1",
        "sent GOAWAY 0",
    ] {
        assert!(frames.contains(&frame.to_owned()), "{frame} in {frames:?}");
    }
}

#[test]
fn several_requests_share_one_http_2_connection_and_keep_their_causes_apart() {
    let two = Two::new();
    let journal = &two.world.record;
    two.world.run(async {
        let (connection, cause) = two.https(TlsVersion::Tls13, "h2").await;
        let mut order = get("/large");
        order.request = RequestId(2);
        let mut third = get("/echo");
        third.request = RequestId(3);
        third.method = http::Method::POST;
        third.body = Bytes::from(vec![7; 200_000]);
        let (first, second, third) = futures_util::join!(
            connection.send(get("/a"), cause),
            connection.send(order, cause),
            connection.send(third, cause)
        );
        assert_eq!(first.unwrap().status, 200);
        assert_eq!(second.as_ref().unwrap().body.len(), 300_000);
        assert_eq!(third.unwrap().body, vec![7; 200_000]);
        let cause = journal.entries.borrow()[second.unwrap().started.unwrap().index()].cause;
        let Event::Http(HttpEvent::FrameSeen { kind, stream, .. }) = journal.of(cause) else {
            panic!("a response starts because of a frame");
        };
        assert_eq!((kind.as_ref(), stream), ("HEADERS", 3));
    });
    journal.check_causes();
}

#[test]
fn http_1_requests_wait_for_their_turn() {
    let two = Two::new();
    two.world.run(async {
        let (connection, cause) = two.https(TlsVersion::Tls13, "http/1.1").await;
        let (first, second, third) = futures_util::join!(
            connection.send(get("/a"), cause),
            connection.send(get("/b"), cause),
            connection.send(get("/c"), cause)
        );
        for (answer, path) in [(first, "/a"), (second, "/b"), (third, "/c")] {
            assert!(
                answer
                    .unwrap()
                    .body
                    .starts_with(format!("GET {path}").as_bytes())
            );
        }
    });
}

#[test]
fn heads_are_kept_with_their_bytes_and_secrets_stay_secret() {
    let two = Two::new();
    let journal = &two.world.record;
    two.world.run(async {
        let (connection, cause) = two.https(TlsVersion::Tls13, "http/1.1").await;
        let mut request = get("/cookie");
        assert!(request.set("cookie", "id=6"));
        assert!(!request.set("bad name", "x"));
        let answer = connection.send(request, cause).await.unwrap();
        assert_eq!(answer.set_cookies().collect::<Vec<_>>(), ["id=7"]);
        let entries = journal.entries.borrow();
        let started = &entries[answer.started.unwrap().index()];
        assert!(
            journal
                .octets(started.span.unwrap())
                .starts_with(b"HTTP/1.1 200 OK\r\n")
        );
        let text = format!("{:?}", started.event);
        assert!(
            text.contains("(redacted)") && !text.contains("id=7"),
            "{text}"
        );
        let sent = entries
            .iter()
            .find(|entry| entry.event.name() == "RequestSent")
            .unwrap();
        assert!(
            journal
                .octets(sent.span.unwrap())
                .starts_with(b"GET /cookie HTTP/1.1\r\n")
        );
        assert!(!format!("{:?}", sent.event).contains("id=6"));
    });
    let said = journal.all(|entry| match &entry.event {
        Event::Far(FarEvent::SaidByPeer { field, value }) => Some(format!("{field}: {value}")),
        _ => None,
    });
    assert_eq!(said, ["proxy-status: lb; error=none"]);
}

#[test]
fn a_body_that_cannot_be_decoded_is_named() {
    let two = Two::new();
    two.world.run(async {
        let (connection, cause) = two.https(TlsVersion::Tls13, "h2").await;
        let broken = connection.send(get("/bad-gzip"), cause).await;
        assert_eq!(code(broken), Code::HttpContentCoding);
    });
}

#[test]
fn a_cut_body_is_truncated_whatever_framed_it() {
    for (head, message) in [
        (
            "HTTP/1.1 200 OK\r\nContent-Length: 100\r\n\r\nonly this",
            "after 9 of 100 octets.",
        ),
        (
            "HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n5\r\nhello\r\n",
            "after 5 octets, before its end.",
        ),
        (
            "HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n50\r\nhello",
            "after 5 octets, before its end.",
        ),
    ] {
        let two = Two::new();
        let failure = two
            .scripted(Version::Http1, async |far| {
                write_all(far, head.as_bytes()).await.unwrap();
                shutdown(far).await.unwrap();
            })
            .unwrap_err();
        assert_eq!(failure.why.code(), Code::HttpResponseTruncated);
        assert!(failure.to_string().ends_with(message), "{failure}");
        assert_eq!(two.world.record.path(failure.evidence)[0], "RequestFailed");
        two.world.record.check_causes();
    }
}

#[test]
fn a_reset_http_2_stream_is_truncated_in_its_body_and_an_error_before_it() {
    // SETTINGS, HEADERS ":status: 200", then with or without some DATA, RST_STREAM.
    let settings = [0, 0, 0, 4, 0, 0, 0, 0, 0];
    let headers = [0, 0, 1, 1, 4, 0, 0, 0, 1, 0x88];
    let data = [0, 0, 2, 0, 0, 0, 0, 0, 1, b'h', b'i'];
    let reset = [0, 0, 4, 3, 0, 0, 0, 0, 1, 0, 0, 0, 2];
    let in_body = [&settings[..], &headers, &data, &reset].concat();
    let before = [&settings[..], &reset].concat();
    for (octets, expected) in [
        (in_body, Code::HttpResponseTruncated),
        (before, Code::HttpProtocolError),
    ] {
        let two = Two::new();
        let failed = two.scripted(Version::Http2, async |far| {
            write_all(far, &settings).await.unwrap();
            while !has_sent_headers(&two) {
                read(far, &mut [0; 4096]).await.unwrap();
            }
            write_all(far, &octets[settings.len()..]).await.unwrap();
        });
        assert_eq!(code(failed), expected);
    }
}

fn has_sent_headers(two: &Two) -> bool {
    let sent = two.world.record.all(|entry| match &entry.event {
        Event::Http(HttpEvent::FrameSeen { kind, .. }) if kind == "HEADERS" => Some(()),
        _ => None,
    });
    !sent.is_empty()
}

#[test]
fn silence_is_timed_out_with_how_far_it_got() {
    let two = Two::new();
    let failure = two.scripted(Version::Http1, async |_| {}).unwrap_err();
    assert_eq!(failure.why.code(), Code::HttpResponseTimedOut);
    assert_eq!(
        Failed::from(&failure).waiting_for.as_deref(),
        Some("the head")
    );
    let failure = two
        .scripted(Version::Http1, async |far| {
            write_all(far, b"HTTP/1.1 200 OK\r\nContent-Length: 9\r\n\r\nhi")
                .await
                .unwrap();
        })
        .unwrap_err();
    assert_eq!(failure.why.code(), Code::HttpResponseTimedOut);
    assert!(
        failure.to_string().contains("2 octets of it had come"),
        "{failure}"
    );
}

#[test]
fn what_is_no_response_is_invalid_and_no_answer_is_closed() {
    let answered = |octets: &'static [u8]| {
        code(Two::new().scripted(Version::Http1, async |far| {
            write_all(far, octets).await.unwrap();
            shutdown(far).await.unwrap();
        }))
    };
    assert_eq!(
        answered(b"220 smtp.lab ready\r\n\r\n"),
        Code::HttpResponseInvalid
    );
    assert_eq!(answered(b""), Code::TcpClosed);
    let reset = Two::new().scripted(Version::Http1, async |far| far.abort());
    assert_eq!(code(reset), Code::TcpReset);
    let alien = Two::new().scripted(Version::Http2, async |far| {
        write_all(far, b"HTTP/1.1 400 Bad Request\r\n\r\n")
            .await
            .unwrap();
        shutdown(far).await.unwrap();
    });
    assert_eq!(code(alien), Code::HttpProtocolError);
}

#[test]
fn header_sections_without_end_are_refused() {
    let two = Two::new();
    let many = two.world.run(async {
        let (connection, cause) = two.https(TlsVersion::Tls13, "http/1.1").await;
        connection.send(get("/many"), cause).await
    });
    assert_eq!(code(many), Code::HttpResponseInvalid);
    let endless = Two::new().scripted(Version::Http1, async |far| {
        write_all(far, b"HTTP/1.1 200 OK\r\nX: ").await.unwrap();
        write_all(far, &vec![b'x'; 200_000]).await.unwrap();
    });
    assert_eq!(code(endless), Code::HttpResponseInvalid);
}

#[test]
fn a_connection_that_was_closed_while_idle_is_stale() {
    let two = Two::new();
    let (near, mut far) = two.world.pair(&two.near, &two.far);
    let cause = two.world.start();
    far.write_because(cause);
    two.world.run(async {
        let connection = Connection::open(&two.near, near, Version::Http1, cause)
            .await
            .unwrap();
        let answering = async {
            read(&mut *far, &mut [0; 4096]).await.unwrap();
            write_all(&mut *far, b"HTTP/1.1 204 No Content\r\n\r\n")
                .await
                .unwrap();
        };
        let (first, ()) = futures_util::join!(connection.send(get("/"), cause), answering);
        assert_eq!(first.unwrap().status, 204);
        let breaking = async {
            read(&mut *far, &mut [0; 4096]).await.unwrap();
            shutdown(&mut *far).await.unwrap();
        };
        let (second, ()) = futures_util::join!(connection.send(get("/"), cause), breaking);
        assert!(second.unwrap_err().stale);
    });
}

#[test]
fn an_http_1_0_body_ends_with_its_connection() {
    let two = Two::new();
    let page = two.scripted(Version::Http1, async |far| {
        write_all(far, b"HTTP/1.0 200 OK\r\n\r\nhello")
            .await
            .unwrap();
        shutdown(far).await.unwrap();
    });
    assert_eq!(page.unwrap().body, "hello");
    let versions = two.world.record.all(|entry| match &entry.event {
        Event::Http(HttpEvent::ResponseStarted { version, .. }) => Some(version.clone()),
        _ => None,
    });
    assert_eq!(versions, ["HTTP/1.0"]);
}

#[test]
fn a_host_that_was_set_takes_the_authoritys_place() {
    for alpn in ["h2", "http/1.1"] {
        let two = Two::new();
        two.world.run(async {
            let (connection, cause) = two.https(TlsVersion::Tls13, alpn).await;
            let mut request = get("/host");
            assert!(request.set("host", "other.lab"));
            let answer = connection.send(request, cause).await.unwrap();
            assert_eq!(answer.body, "other.lab", "{alpn}");
        });
    }
}

proptest::proptest! {
    #![proptest_config(proptest::prelude::ProptestConfig::with_cases(64))]
    #[test]
    fn no_octets_make_the_client_panic_or_hang(octets: Vec<u8>, is_h2: bool, head: bool) {
        let version = if is_h2 { Version::Http2 } else { Version::Http1 };
        let start: &[u8] = match (head, is_h2) {
            (false, _) => b"",
            (true, true) => &[0, 0, 0, 4, 0, 0, 0, 0, 0],
            (true, false) => b"HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n",
        };
        let two = Two::new();
        let _ = two.scripted(version, async |far| {
            let _ = write_all(far, start).await;
            let _ = write_all(far, &octets).await;
        });
        two.world.record.check_causes();
    }
}
