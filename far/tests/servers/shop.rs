//! The shop's servers in a row, in memory: balancer, cache server, web servers, application.

use crate::machine;
use bytes::Bytes;
use http::{HeaderMap, Method, Request, StatusCode, header};
use std::{net::SocketAddr, rc::Rc, time::Duration};
use thru_events::{Cause, Entry, Event, Time, far::FarEvent, trip::TripEvent};
use thru_far::{
    Backend, Limits,
    app_server::{self, AppFault, AppServerConfig, shop},
    cache_server::{self, CacheServerConfig, store::StoreLimits},
    load_balancer::{self, CacheRoute, LoadBalancerConfig},
    upstream::{Reply, Upstream, UpstreamFailure},
    web_server::{self, WebServerConfig, faults::StaticFault, files::shop_files},
};
use thru_memory::World;
use thru_port::PortFailureKind;

fn backend(name: &str, address: &str) -> Backend {
    Backend {
        name: name.to_owned(),
        address: address.parse().expect("an address"),
    }
}

fn app1() -> Backend {
    backend("app1.shop.lab", "10.0.0.5:8080")
}

fn web(number: u8) -> Backend {
    backend(
        &format!("web{number}.shop.lab"),
        &format!("10.0.0.1{number}:80"),
    )
}

fn cache1() -> Backend {
    backend("cache1.shop.lab", "10.0.0.20:80")
}

fn lb() -> Backend {
    backend("lb.shop.lab", "10.0.0.10:80")
}

#[derive(Default)]
struct Damage {
    app: Option<AppFault>,
    web: Vec<StaticFault>,
}

struct Site {
    world: Rc<World>,
    client: Rc<Upstream>,
    key_press: Cause,
}

impl Site {
    fn open(damage: Damage) -> Site {
        let world = World::new();
        let port = machine(&world, 0, "10.0.0.99");
        let key_press = port.tap().emit(None, || TripEvent::KeyPressed {
            typed: "shop.lab".to_owned(),
        });
        let client = Rc::new(Upstream::new(port, Limits::default()));
        let inner = world.clone();
        world.run(async move { start(&inner, damage).await });
        Site {
            world,
            client,
            key_press,
        }
    }

    fn ask_at(&self, to: SocketAddr, request: Request<Bytes>) -> Result<Reply, UpstreamFailure> {
        let (client, cause) = (self.client.clone(), self.key_press);
        self.world
            .run(async move { client.ask(to, &request, cause).await })
    }

    fn get(&self, path: &str) -> Reply {
        self.get_with(path, &[])
    }

    fn get_with(&self, path: &str, fields: &[(&str, &str)]) -> Reply {
        let mut request = Request::get(path).header("host", "shop.lab");
        for (name, value) in fields {
            request = request.header(*name, *value);
        }
        let request = request.body(Bytes::new()).expect("a request");
        self.ask_at(lb().address, request).expect("an answer")
    }

    fn far_events(&self) -> Vec<FarEvent> {
        self.world.record.all(|entry| match &entry.event {
            Event::Far(event) => Some(event.clone()),
            _ => None,
        })
    }

    fn count(&self, wanted: impl Fn(&FarEvent) -> bool) -> usize {
        self.far_events()
            .iter()
            .filter(|event| wanted(event))
            .count()
    }
}

async fn start(world: &Rc<World>, damage: Damage) {
    let machine = |node, at: &Backend| machine(world, node, &at.address.ip().to_string());
    let app = AppServerConfig {
        own: app1(),
        database: shop::create_in_memory().expect("the shop's rows"),
        statement_time: Duration::from_millis(2),
        fail: damage.app,
        limits: Limits::default(),
    };
    let listens = "the address is free";
    app_server::serve(machine(5, &app1()), app)
        .await
        .expect(listens);
    for number in [1, 2] {
        let config = WebServerConfig {
            own: web(number),
            files: shop_files(),
            app: Some(app1()),
            faults: damage.web.clone(),
            limits: Limits::default(),
        };
        let port = machine(u16::from(number), &web(number));
        web_server::serve(port, config).await.expect(listens);
    }
    let cache = CacheServerConfig {
        own: cache1(),
        web: vec![web(1), web(2)],
        store: StoreLimits::default(),
        limits: Limits::default(),
    };
    cache_server::serve(machine(4, &cache1()), cache)
        .await
        .expect(listens);
    let balancer = LoadBalancerConfig {
        own: lb(),
        tls: None,
        plain: Some("10.0.0.10:8080".parse().expect("an address")),
        cache: Some(CacheRoute::shop(cache1())),
        web: vec![web(1), web(2)],
        hsts: None,
        limits: Limits::default(),
    };
    load_balancer::serve(machine(3, &lb()), balancer)
        .await
        .expect(listens);
}

fn field<'a>(headers: &'a HeaderMap, name: &str) -> &'a str {
    let value = headers.get(name).map(|value| value.to_str());
    value.and_then(Result::ok).unwrap_or("")
}

fn text(reply: &Reply) -> String {
    String::from_utf8(reply.body.to_vec()).expect("UTF-8")
}

#[test]
fn the_list_is_made_from_the_database() {
    let site = Site::open(Damage::default());
    let reply = site.get("/");
    assert_eq!(reply.head.status, StatusCode::OK);
    let headers = &reply.head.headers;
    assert_eq!(field(headers, "content-type"), "text/html; charset=utf-8");
    assert_eq!(field(headers, "via"), "1.1 web1.shop.lab, 1.1 lb.shop.lab");
    assert_eq!(field(headers, "date"), "Thu, 01 Jan 2026 00:00:00 GMT");
    assert_eq!(
        field(headers, "server-timing"),
        "db;dur=2.000;desc=\"database\", app;dur=2.000;desc=\"app1.shop.lab\", \
         web;dur=2.000;desc=\"web1.shop.lab\", lb;dur=2.000;desc=\"lb.shop.lab\""
    );
    let page = text(&reply);
    assert_eq!(page.matches("<li class=\"card\">").count(), 8);
    assert!(page.contains("Dots &amp; dashes bowl"));
    assert!(page.contains("€26.00"));
    let rows = |event: &FarEvent| matches!(event, FarEvent::DatabaseQueried { rows: 8, .. });
    assert_eq!(site.count(rows), 1);
}

#[test]
fn a_product_page_escapes_what_customers_said() {
    let site = Site::open(Damage::default());
    let page = text(&site.get("/product/4"));
    assert!(page.contains("My fountain pen &lt;3 this paper."));
    assert!(!page.contains("<3"));
    assert_eq!(site.get("/product/99").head.status, StatusCode::NOT_FOUND);
    assert_eq!(site.get("/product/x").head.status, StatusCode::NOT_FOUND);
}

#[test]
fn an_order_is_written_down_once() {
    let site = Site::open(Damage::default());
    let order = |quantity: u32| {
        let form = format!("product=5&quantity={quantity}&customer=%3Cb%3EAda");
        let request = Request::post("/order").header("host", "shop.lab");
        let request = request.body(Bytes::from(form)).expect("a request");
        site.ask_at(lb().address, request).expect("an answer")
    };
    let bought = order(2);
    assert_eq!(bought.head.status, StatusCode::SEE_OTHER);
    assert_eq!(field(&bought.head.headers, "location"), "/order/1");
    let thanks = text(&site.get("/order/1"));
    assert!(thanks.contains("Thank you, &lt;b&gt;Ada"));
    assert!(thanks.contains("2 × Patient cactus, €37.50 in all."));
    assert!(text(&site.get("/product/5")).contains("only 7 left"));
    assert_eq!(order(8).head.status, StatusCode::UNPROCESSABLE_ENTITY);
    assert_eq!(order(0).head.status, StatusCode::UNPROCESSABLE_ENTITY);
    assert!(text(&site.get("/product/5")).contains("only 7 left"));
}

#[test]
fn the_second_request_for_a_file_is_a_cache_hit() {
    let site = Site::open(Damage::default());
    let first = site.get("/style.css");
    assert_eq!(
        field(&first.head.headers, "cache-status"),
        "cache1.shop.lab; fwd=uri-miss; fwd-status=200; stored"
    );
    site.world.pass(Duration::from_secs(10));
    let second = site.get("/style.css");
    assert_eq!(
        field(&second.head.headers, "cache-status"),
        "cache1.shop.lab; hit; ttl=3590"
    );
    assert_eq!(field(&second.head.headers, "age"), "10");
    assert_eq!(first.body, second.body);
    let served = |event: &FarEvent| matches!(event, FarEvent::FileServed { .. });
    assert_eq!(site.count(served), 1);
    let hit = |event: &FarEvent| matches!(event, FarEvent::CacheHit { age_s: 10, .. });
    assert_eq!(site.count(hit), 1);
}

#[test]
fn a_coding_that_is_not_taken_is_not_reused() {
    let site = Site::open(Damage::default());
    let packed = site.get_with("/style.css", &[("accept-encoding", "gzip")]);
    assert_eq!(field(&packed.head.headers, "content-encoding"), "gzip");
    let plain = site.get("/style.css");
    assert_eq!(field(&plain.head.headers, "content-encoding"), "");
    assert!(field(&plain.head.headers, "cache-status").contains("fwd=vary-miss"));
    assert!(plain.body.len() > packed.body.len());
    let again = site.get_with("/style.css", &[("accept-encoding", "gzip")]);
    assert!(field(&again.head.headers, "cache-status").contains("; hit"));
    assert_eq!(again.body, packed.body);
}

#[test]
fn a_stale_answer_is_asked_for_again_and_kept() {
    let site = Site::open(Damage::default());
    let first = site.get("/img/1.png");
    site.world.pass(Duration::from_secs(4000));
    let second = site.get("/img/1.png");
    assert_eq!(
        field(&second.head.headers, "cache-status"),
        "cache1.shop.lab; fwd=stale; fwd-status=304; stored"
    );
    assert_eq!(second.head.status, StatusCode::OK);
    assert_eq!(first.body, second.body);
    let third = site.get("/img/1.png");
    assert!(field(&third.head.headers, "cache-status").contains("; hit"));
}

#[test]
fn what_the_asker_has_is_not_sent_again() {
    let site = Site::open(Damage::default());
    for path in ["/img/2.png", "/"] {
        let first = site.get(path);
        let etag = field(&first.head.headers, "etag").to_owned();
        assert!(!etag.is_empty());
        let second = site.get_with(path, &[("if-none-match", &etag)]);
        assert_eq!(second.head.status, StatusCode::NOT_MODIFIED, "{path}");
        assert!(second.body.is_empty());
    }
}

#[test]
fn a_range_is_cut_from_the_whole() {
    let site = Site::open(Damage::default());
    let whole = site.get("/img/3.png");
    let part = site.get_with("/img/3.png", &[("range", "bytes=1-3")]);
    assert_eq!(part.head.status, StatusCode::PARTIAL_CONTENT);
    assert_eq!(&part.body[..], b"PNG");
    let said = format!("bytes 1-3/{}", whole.body.len());
    assert_eq!(field(&part.head.headers, "content-range"), said);
    let outside = site.get_with("/img/3.png", &[("range", "bytes=999999-")]);
    assert_eq!(outside.head.status, StatusCode::RANGE_NOT_SATISFIABLE);
}

#[test]
fn head_gives_fields_and_no_body() {
    let site = Site::open(Damage::default());
    for path in ["/", "/style.css"] {
        let whole = site.get(path).body.len().to_string();
        let request = Request::head(path).header("host", "shop.lab");
        let request = request.body(Bytes::new()).expect("a request");
        let reply = site.ask_at(lb().address, request).expect("an answer");
        assert_eq!(reply.head.status, StatusCode::OK);
        assert_eq!(
            field(&reply.head.headers, "content-length"),
            whole,
            "{path}"
        );
        assert!(reply.body.is_empty());
    }
}

#[test]
fn the_web_servers_take_turns_and_one_may_die() {
    let site = Site::open(Damage::default());
    let by = |reply: &Reply| field(&reply.head.headers, "via").to_owned();
    assert!(by(&site.get("/")).contains("web1"));
    assert!(by(&site.get("/")).contains("web2"));
    let fresh = Site::open(Damage::default());
    fresh.world.kill(web(1).address);
    let reply = fresh.get("/");
    assert_eq!(reply.head.status, StatusCode::OK);
    assert!(by(&reply).contains("web2"));
    assert!(by(&fresh.get("/")).contains("web2"));
    let failed = |event: &FarEvent| matches!(event, FarEvent::BackendFailed { .. });
    assert_eq!(fresh.count(failed), 1, "the dead one is left alone");
}

#[test]
fn without_web_servers_the_balancer_says_so() {
    let site = Site::open(Damage::default());
    site.world.kill(web(1).address);
    site.world.kill(web(2).address);
    let reply = site.get("/");
    assert_eq!(reply.head.status, StatusCode::SERVICE_UNAVAILABLE);
    assert_eq!(
        field(&reply.head.headers, "proxy-status"),
        "lb.shop.lab; error=destination_unavailable; details=\"web1.shop.lab: it refused the \
         connection, web2.shop.lab: it refused the connection\""
    );
    let none = |event: &FarEvent| matches!(event, FarEvent::NoBackend { .. });
    assert_eq!(site.count(none), 1);
}

#[test]
fn without_a_cache_server_files_come_from_a_web_server() {
    let site = Site::open(Damage::default());
    site.world.kill(cache1().address);
    let reply = site.get("/style.css");
    assert_eq!(reply.head.status, StatusCode::OK);
    assert_eq!(field(&reply.head.headers, "cache-status"), "");
}

#[test]
fn an_exception_is_told_by_the_web_server_and_its_text_stays_inside() {
    let text_inside = "cart.rs: index out of bounds";
    let site = Site::open(Damage {
        app: Some(AppFault::Exception(text_inside.to_owned())),
        ..Damage::default()
    });
    let reply = site.get("/");
    assert_eq!(reply.head.status, StatusCode::INTERNAL_SERVER_ERROR);
    assert_eq!(
        field(&reply.head.headers, "proxy-status"),
        "web1.shop.lab; next-hop=\"app1.shop.lab\"; received-status=500, \
         lb.shop.lab; next-hop=\"web1.shop.lab\"; received-status=500"
    );
    assert_eq!(field(&reply.head.headers, "server"), "shop (app1.shop.lab)");
    assert!(!text(&reply).contains("cart.rs"));
    let failed = |event: &FarEvent| matches!(event, FarEvent::ApplicationFailed { why } if why == text_inside);
    assert_eq!(site.count(failed), 1);
}

#[test]
fn a_lost_database_is_told_by_server_timing() {
    let site = Site::open(Damage {
        app: Some(AppFault::DatabaseMissing),
        ..Damage::default()
    });
    let reply = site.get("/");
    assert_eq!(reply.head.status, StatusCode::INTERNAL_SERVER_ERROR);
    let timing = field(&reply.head.headers, "server-timing");
    assert!(
        timing.starts_with("db;dur=0.000;desc=\"unavailable\""),
        "{timing}"
    );
    let missing = |event: &FarEvent| matches!(event, FarEvent::ApplicationFailed { why } if why.contains("no such table"));
    assert_eq!(site.count(missing), 1);
}

#[test]
fn a_dead_application_is_told_by_the_web_server() {
    let site = Site::open(Damage::default());
    site.world.kill(app1().address);
    let reply = site.get("/");
    assert_eq!(reply.head.status, StatusCode::BAD_GATEWAY);
    assert_eq!(
        field(&reply.head.headers, "proxy-status"),
        "web1.shop.lab; error=connection_refused; next-hop=\"app1.shop.lab\", \
         lb.shop.lab; next-hop=\"web1.shop.lab\"; received-status=502"
    );
}

#[test]
fn a_damaged_disk_shows() {
    let site = Site::open(Damage {
        web: vec![
            StaticFault::Missing("/style.css".to_owned()),
            StaticFault::Garbled("/img/3.png".to_owned()),
            StaticFault::RedirectLoop("/order".to_owned()),
        ],
        ..Damage::default()
    });
    assert_eq!(site.get("/style.css").head.status, StatusCode::NOT_FOUND);
    let picture = site.get("/img/3.png");
    let right = shop_files();
    let right = right.get("/img/3.png").expect("the picture");
    assert_eq!(picture.head.status, StatusCode::OK);
    assert_eq!(picture.body.len(), right.octets().len());
    assert_ne!(&picture.body, right.octets());
    let around = site.get("/order");
    assert_eq!(around.head.status, StatusCode::FOUND);
    assert_eq!(field(&around.head.headers, "location"), "/order");
}

#[test]
fn an_answer_that_breaks_off_stays_broken_all_the_way() {
    let site = Site::open(Damage {
        web: vec![
            StaticFault::Truncated("/".to_owned()),
            StaticFault::Truncated("/img/1.png".to_owned()),
        ],
        ..Damage::default()
    });
    for path in ["/", "/img/1.png"] {
        let reply = site.get(path);
        let declared = reply.broken_off.expect("the body breaks off");
        assert_eq!(reply.body.len() as u64, declared / 2, "{path}");
    }
    let stored = |event: &FarEvent| matches!(event, FarEvent::CacheStored { .. });
    assert_eq!(site.count(stored), 0);
}

#[test]
fn a_silent_server_is_waited_for_and_then_told() {
    let site = Site::open(Damage {
        web: vec![StaticFault::Silent("/".to_owned())],
        ..Damage::default()
    });
    let client = Limits {
        answer: Duration::from_secs(10),
        ..Limits::default()
    };
    let client = Upstream::new(machine(&site.world, 9, "10.0.0.98"), client);
    let request = Request::get("/")
        .header("host", "shop.lab")
        .body(Bytes::new())
        .expect("a request");
    let answer = site
        .world
        .run(async move { client.ask(lb().address, &request, None).await });
    assert_eq!(answer.err(), Some(UpstreamFailure::AnswerTimedOut));
}

#[test]
fn plain_http_leads_to_https() {
    let site = Site::open(Damage::default());
    let request = Request::get("/product/2?a=b").header(header::HOST, "shop.lab:80");
    let request = request.body(Bytes::new()).expect("a request");
    let plain = "10.0.0.10:8080".parse().expect("an address");
    let reply = site.ask_at(plain, request).expect("an answer");
    assert_eq!(reply.head.status, StatusCode::PERMANENT_REDIRECT);
    let to = field(&reply.head.headers, "location");
    assert_eq!(to, "https://shop.lab/product/2?a=b");
}

#[test]
fn a_body_past_the_limit_is_refused() {
    let site = Site::open(Damage::default());
    let request = Request::builder().method(Method::POST).uri("/order");
    let request = request.header("host", "shop.lab");
    let body = Bytes::from(vec![b'a'; Limits::default().request_body + 1]);
    let request = request.body(body).expect("a request");
    let reply = site.ask_at(lb().address, request).expect("an answer");
    assert_eq!(reply.head.status, StatusCode::PAYLOAD_TOO_LARGE);
}

#[test]
fn idle_connections_are_closed_and_opened_anew() {
    let site = Site::open(Damage::default());
    site.get("/");
    let opened = site.world.connections();
    site.get("/");
    site.get("/");
    let kept = site.world.connections();
    assert_eq!(kept, opened + 2, "web2 and its way to the application");
    site.world
        .pass(Limits::default().idle + Limits::default().drain);
    assert_eq!(site.get("/").head.status, StatusCode::OK);
    assert_eq!(site.world.connections(), kept + 3);
}

#[test]
fn every_event_has_an_earlier_cause() {
    let site = Site::open(Damage::default());
    site.get("/");
    site.get("/style.css");
    site.get("/style.css");
    let record = &site.world.record;
    let events = record.entries.borrow();
    assert!(events.len() > 20);
    for entry in &events[1..] {
        let cause = entry
            .cause
            .unwrap_or_else(|| panic!("{entry:?} has no cause"));
        assert!(cause < entry.id, "{entry:?}");
    }
    let asked = events.iter().find(|entry| {
        matches!(&entry.event, Event::Far(FarEvent::RequestReceived { server, .. }) if server == "web1.shop.lab")
    });
    let path = record.path(asked.expect("web1 was asked").cause);
    assert_eq!(path[..2], ["DataArrived", "BackendChosen"]);
}

#[test]
fn the_same_questions_give_the_same_events() {
    let run = || {
        let site = Site::open(Damage::default());
        for path in ["/", "/style.css", "/img/1.png", "/product/3", "/style.css"] {
            site.get_with(path, &[("accept-encoding", "gzip, br")]);
        }
        site.world.record.entries.take()
    };
    assert_eq!(run(), run());
}

/// Sends `octets` to the balancer and reads until it closes or is silent for good.
fn say(site: &Site, octets: &'static [u8]) -> (String, Result<(), PortFailureKind>) {
    let port = machine(&site.world, 9, "10.0.0.98");
    site.world.run(async move {
        let mut stream = port
            .connect(lb().address, None)
            .await
            .expect("a connection")
            .stream;
        let mut heard = Vec::new();
        let mut buffer = [0; 1024];
        thru_port::write_all(&mut *stream, octets)
            .await
            .expect("it is taken");
        loop {
            match thru_port::read(&mut *stream, &mut buffer).await {
                Ok(0) => return (String::from_utf8_lossy(&heard).into_owned(), Ok(())),
                Ok(count) => heard.extend_from_slice(&buffer[..count]),
                Err(failure) => {
                    return (
                        String::from_utf8_lossy(&heard).into_owned(),
                        Err(failure.kind),
                    );
                }
            }
        }
    })
}

#[test]
fn a_request_that_never_ends_is_cut_at_the_idle_limit() {
    let site = Site::open(Damage::default());
    let (heard, end) = say(&site, b"GET / HTTP/1.1\r\nHost: shop.lab\r\nX-Slow: ");
    assert_eq!((heard.as_str(), end), ("", Ok(())));
    let waited = machine(&site.world, 9, "10.0.0.98").now().since(Time::ZERO);
    let limits = Limits::default();
    assert!(waited >= limits.idle && waited <= limits.idle + limits.drain);
}

#[test]
fn what_is_no_http_is_answered_400() {
    let site = Site::open(Damage::default());
    for octets in [
        &b"\x16\x03\x01\x02\x00\x01\x00\x01\xfc\x03\x03\r\n\r\n"[..],
        b"GET / HTTP/1.1\r\n\r\n",
        b"GET / HTTP/1.1\r\nHost: a.lab\r\nHost: b.lab\r\n\r\n",
        b"GET /\xff HTTP/9.9\r\n\r\n",
        b"POST /order HTTP/1.1\r\nContent-Length: -1\r\n\r\n",
    ] {
        let (heard, _) = say(&site, octets);
        assert!(heard.starts_with("HTTP/1.1 400 "), "{heard}");
    }
}

#[test]
fn a_head_past_the_limit_is_answered_431() {
    let site = Site::open(Damage::default());
    let head = format!(
        "GET / HTTP/1.1\r\nX: {}\r\n\r\n",
        "a".repeat(Limits::default().head)
    );
    let (heard, _) = say(&site, Box::leak(head.into_bytes().into_boxed_slice()));
    assert!(heard.starts_with("HTTP/1.1 431 "), "{heard}");
}

#[test]
fn one_connection_too_many_is_reset() {
    let site = Site::open(Damage::default());
    let port = machine(&site.world, 9, "10.0.0.98");
    let held = site.world.run(async move {
        let mut held = Vec::new();
        for _ in 0..Limits::default().connections {
            let connected = port.connect(lb().address, None).await;
            held.push(connected.expect("a connection").stream);
        }
        held
    });
    site.world.pass(Duration::from_millis(1));
    let (heard, end) = say(&site, b"GET / HTTP/1.1\r\n\r\n");
    assert_eq!((heard.as_str(), end), ("", Err(PortFailureKind::Reset)));
    let limit = |entry: &Entry| match entry.event {
        Event::Trip(TripEvent::LimitReached { value: 1024, .. }) => Some(()),
        _ => None,
    };
    assert_eq!(site.world.record.all(limit).len(), 1);
    drop(held);
    site.world.pass(Duration::from_millis(1));
    assert_eq!(site.get("/").head.status, StatusCode::OK);
}

#[test]
fn a_method_that_a_page_has_not_is_refused() {
    let site = Site::open(Damage::default());
    for path in ["/", "/style.css"] {
        let request = Request::delete(path).header("host", "shop.lab");
        let request = request.body(Bytes::new()).expect("a request");
        let reply = site.ask_at(lb().address, request).expect("an answer");
        assert_eq!(reply.head.status, StatusCode::METHOD_NOT_ALLOWED);
        assert_eq!(field(&reply.head.headers, "allow"), "GET, HEAD");
    }
}

#[test]
fn a_client_that_leaves_is_forgotten() {
    let world = World::new();
    let config = WebServerConfig {
        own: web(1),
        files: shop_files(),
        app: None,
        faults: vec![StaticFault::Silent("/style.css".to_owned())],
        limits: Limits {
            connections: 1,
            ..Limits::default()
        },
    };
    let port = machine(&world, 1, "10.0.0.11");
    world
        .run(async move { web_server::serve(port, config).await })
        .expect("the address is free");
    let near = machine(&world, 9, "10.0.0.98");
    world.run(async move {
        let connected = near.connect(web(1).address, None).await;
        let mut stream = connected.expect("a connection").stream;
        let asked = b"GET /style.css HTTP/1.1\r\nHost: shop.lab\r\n\r\n";
        thru_port::write_all(&mut *stream, asked)
            .await
            .expect("it is taken");
        near.sleep(Duration::from_secs(1)).await;
    });
    world.pass(Duration::from_millis(1));
    let client = Upstream::new(machine(&world, 9, "10.0.0.98"), Limits::default());
    let request = Request::get("/img/1.png")
        .header("host", "shop.lab")
        .body(Bytes::new())
        .expect("a request");
    let reply = world.run(async move { client.ask(web(1).address, &request, None).await });
    assert_eq!(reply.expect("an answer").head.status, StatusCode::OK);
}
