//! Whatever comes in, an answer goes out: no field and no body makes a server fall over.

use crate::machine;
use bytes::Bytes;
use http::{Request, Response, StatusCode, header::HeaderValue};
use proptest::prelude::*;
use std::{net::SocketAddr, rc::Rc, time::Duration};
use thru_far::{
    Answer, Ask, Backend, Door, Handler, Limits,
    app_server::{self, AppServerConfig, shop},
    cache_server::{self, CacheServerConfig, store::StoreLimits},
    serving,
    upstream::Upstream,
    web_server::{self, WebServerConfig, files::shop_files},
};
use thru_memory::World;
use thru_port::LocalFuture;

const SERVER: &str = "10.0.0.1:80";
const BEHIND: &str = "10.0.0.2:80";

fn at(name: &str, address: &str) -> Backend {
    Backend {
        name: name.to_owned(),
        address: address.parse().expect("an address"),
    }
}

fn ask(world: &Rc<World>, request: Request<Bytes>) -> StatusCode {
    let client = Upstream::new(machine(world, 9, "10.0.0.98"), Limits::default());
    let to: SocketAddr = SERVER.parse().expect("an address");
    let reply = world.run(async move { client.ask(to, &request, None).await });
    reply.expect("an answer").head.status
}

fn field(octets: &[u8]) -> HeaderValue {
    HeaderValue::from_bytes(octets).unwrap_or(HeaderValue::from_static("?"))
}

/// A web server that answers with fields of the test's making.
struct Strange {
    fields: Vec<(&'static str, HeaderValue)>,
}

impl Handler for Strange {
    fn name(&self) -> &str {
        "strange.lab"
    }

    fn answer(self: Rc<Self>, ask: Ask) -> LocalFuture<Answer> {
        let mut response = Response::new(Bytes::from_static(b"strange"));
        for (name, value) in &self.fields {
            response.headers_mut().append(*name, value.clone());
        }
        Box::pin(async move { Answer::whole(response, ask.received) })
    }
}

/// Fields that a cache reads, with likely and unlikely values.
fn cache_field() -> impl Strategy<Value = (&'static str, HeaderValue)> {
    let names = ["cache-control", "age", "date", "expires", "vary", "etag"];
    let name = prop::sample::select(names.to_vec());
    let value = prop_oneof![
        "[ -~]{0,40}".prop_map(|text| field(text.as_bytes())),
        "(max-age|s-maxage|stale-while-revalidate)=[0-9]{0,30}"
            .prop_map(|text| field(text.as_bytes())),
        "-?[0-9]{1,25}".prop_map(|text| field(text.as_bytes())),
        "[A-Z][a-z]{2}, [0-9]{2} (Jan|Feb|Foo) [0-9]{4} [0-9]{2}:[0-9]{2}:[0-9]{2} GMT"
            .prop_map(|text| field(text.as_bytes())),
        prop::collection::vec(0x80..=0xffu8, 0..8).prop_map(|octets| field(&octets)),
    ];
    (name, value)
}

proptest! {
    #![proptest_config(ProptestConfig {
        cases: 128,
        failure_persistence: None,
        ..ProptestConfig::default()
    })]

    #[test]
    fn any_form_is_an_order_or_is_asked_for_again(body in prop::collection::vec(any::<u8>(), 0..200)) {
        let world = World::new();
        let config = AppServerConfig {
            own: at("app1", SERVER),
            database: shop::create_in_memory().expect("the shop's rows"),
            statement_time: Duration::ZERO,
            fail: None,
            limits: Limits::default(),
        };
        let port = machine(&world, 1, "10.0.0.1");
        world.run(async move { app_server::serve(port, config).await }).expect("it listens");
        let request = Request::post("/order").header("host", "shop.lab").body(Bytes::from(body)).expect("a request");
        let status = ask(&world, request);
        let right = [StatusCode::SEE_OTHER, StatusCode::UNPROCESSABLE_ENTITY];
        prop_assert!(right.contains(&status), "{}", status);
    }

    #[test]
    fn any_range_condition_and_coding_get_an_answer(
        range in "(bytes=)?[0-9,-]{0,24}",
        condition in "(W/)?[ -~]{0,20}",
        coding in "[a-z*]{0,6}(;q=[0-9.]{0,5})?",
    ) {
        let world = World::new();
        let config = WebServerConfig {
            own: at("web1", SERVER),
            files: shop_files(),
            app: None,
            faults: Vec::new(),
            limits: Limits::default(),
        };
        let port = machine(&world, 1, "10.0.0.1");
        world.run(async move { web_server::serve(port, config).await }).expect("it listens");
        let request = Request::get("/style.css")
            .header("host", "shop.lab")
            .header("range", field(range.as_bytes()))
            .header("if-none-match", field(condition.as_bytes()))
            .header("if-range", field(condition.as_bytes()))
            .header("accept-encoding", field(coding.as_bytes()))
            .body(Bytes::new())
            .expect("a request");
        let status = ask(&world, request).as_u16();
        prop_assert!([200, 206, 304, 416].contains(&status), "{}", status);
    }

    #[test]
    fn any_field_of_a_server_behind_passes_the_cache(
        fields in prop::collection::vec(cache_field(), 0..5),
        asked in prop::collection::vec(cache_field(), 0..3),
    ) {
        let world = World::new();
        let port = machine(&world, 2, "10.0.0.2");
        let door = Door {
            local: BEHIND.parse().expect("an address"),
            tls: None,
            limits: Limits::default(),
        };
        serving::open(&port, door, Rc::new(Strange { fields })).expect("it listens");
        let config = CacheServerConfig {
            own: at("cache1", SERVER),
            web: vec![at("strange.lab", BEHIND)],
            store: StoreLimits::default(),
            limits: Limits::default(),
        };
        let port = machine(&world, 1, "10.0.0.1");
        world.run(async move { cache_server::serve(port, config).await }).expect("it listens");
        for _ in 0..3 {
            let mut request = Request::get("/a").header("host", "shop.lab").body(Bytes::new()).expect("a request");
            for (name, value) in &asked {
                request.headers_mut().append(*name, value.clone());
            }
            let status = ask(&world, request).as_u16();
            prop_assert!([200, 304].contains(&status), "{}", status);
            world.pass(Duration::from_secs(7));
        }
    }
}
