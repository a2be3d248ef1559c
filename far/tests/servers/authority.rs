//! The authority's certificates, used by the balancer's TLS, judged by the near side's.

use crate::machine;
use bytes::Bytes;
use http::{Request, StatusCode};
use http_body_util::{BodyExt, Full};
use rcgen::KeyPair;
use rustls::crypto::ring;
use rustls_pki_types::{CertificateDer, PrivateKeyDer};
use std::{rc::Rc, sync::Arc, time::Duration};
use thru_events::{Event, tls::TlsEvent};
use thru_far::{
    Backend, Limits,
    app_server::{self, AppServerConfig, shop},
    certificate_authority::{Authority, AuthorityNames, Validity},
    load_balancer::{self, LoadBalancerConfig},
    web_server::{self, WebServerConfig, faults::StaticFault, files::shop_files},
};
use thru_http::{PortExecutor, StreamIo};
use thru_memory::{STARTS_AT, World};
use thru_port::{Port, UnixTime};
use thru_tls::{
    CertificateFault, ClientSettings, ClientTls, Failure, ServerSettings, ServerTls, TlsFailure,
    TlsVersion,
};

const LIMIT: Duration = Duration::from_secs(5);

fn start() -> UnixTime {
    UnixTime {
        seconds: STARTS_AT - 86_400,
        nanos: 0,
    }
}

fn authority() -> Authority<KeyPair> {
    let names = AuthorityNames {
        root: "Lab Root".to_owned(),
        intermediate: "Lab Intermediate 1".to_owned(),
    };
    let key = || KeyPair::generate().expect("a key");
    let validity = Validity::days_from(start(), 3650);
    Authority::found(names, key(), key(), validity).expect("an authority")
}

/// A balancer in front of one application, with a certificate for `names`.
struct Site {
    world: Rc<World>,
    near: Rc<dyn Port>,
    root: CertificateDer<'static>,
}

impl Site {
    fn open(names: &[&str], validity: Validity) -> Site {
        let world = World::new();
        let near = machine(&world, 0, "10.0.0.99");
        let authority = authority();
        let key = KeyPair::generate().expect("a key");
        let issued = authority
            .issue(names, &key, validity)
            .expect("a certificate");
        let key = PrivateKeyDer::Pkcs8(key.serialize_der().into());
        let settings = ServerSettings {
            provider: Arc::new(ring::default_provider()),
            chain: issued.chain,
            key: ring::sign::any_supported_type(&key).expect("a signing key"),
            alpn: vec!["h2".to_owned(), "http/1.1".to_owned()],
            max_version: TlsVersion::Tls13,
        };
        let tls = ServerTls::new(settings).expect("a server");
        let inner = world.clone();
        world.run(async move { serve(&inner, tls).await });
        let root = authority.root().clone();
        Site { world, near, root }
    }

    fn trusting(&self, root: CertificateDer<'static>, alpn: &[&str]) -> ClientTls {
        let settings = ClientSettings {
            provider: Arc::new(ring::default_provider()),
            roots: vec![root],
            alpn: alpn.iter().map(|name| (*name).to_owned()).collect(),
            insecure: false,
            max_version: TlsVersion::Tls13,
        };
        ClientTls::new(settings).expect("a client")
    }

    /// Asks for `path`: status, body, and whether the body broke off.
    fn get(
        &self,
        client: ClientTls,
        path: &str,
    ) -> Result<(StatusCode, Vec<u8>, bool), TlsFailure> {
        let near = self.near.clone();
        let uri = format!("https://shop.lab{path}");
        self.world.run(async move {
            let to = "10.0.0.10:443".parse().expect("an address");
            let stream = near.connect(to, None).await.expect("a connection").stream;
            let secured =
                thru_tls::connect(&near, stream, &client, "shop.lab", LIMIT, None).await?;
            let is_h2 = secured.alpn.as_deref() == Some("h2");
            let io = StreamIo::new(Box::new(secured.stream), secured.done);
            let request = Request::get(uri).header("host", "shop.lab");
            let request = request.body(Full::<Bytes>::default()).expect("a request");
            let response = if is_h2 {
                use hyper::client::conn::http2;
                let executor = PortExecutor::new(near.clone());
                let (mut sender, connection) =
                    http2::handshake(executor, io).await.expect("HTTP/2");
                near.spawn("near", Box::pin(async move { drop(connection.await) }));
                sender.send_request(request).await
            } else {
                use hyper::client::conn::http1;
                let (mut sender, connection) = http1::handshake(io).await.expect("HTTP/1.1");
                near.spawn("near", Box::pin(async move { drop(connection.await) }));
                sender.send_request(request).await
            };
            let response = response.expect("a response");
            let (head, mut body) = response.into_parts();
            let mut whole = Vec::new();
            while let Some(frame) = body.frame().await {
                match frame {
                    Ok(frame) => whole.extend_from_slice(frame.data_ref().expect("data")),
                    Err(_) => return Ok((head.status, whole, true)),
                }
            }
            Ok((head.status, whole, false))
        })
    }
}

async fn serve(world: &Rc<World>, tls: ServerTls) {
    let at = |name: &str, address: &str| Backend {
        name: name.to_owned(),
        address: address.parse().expect("an address"),
    };
    let app1 = at("app1.shop.lab", "10.0.0.5:8080");
    let app = AppServerConfig {
        own: app1.clone(),
        database: shop::create_in_memory().expect("the shop's rows"),
        statement_time: Duration::ZERO,
        fail: None,
        limits: Limits::default(),
    };
    let listens = "the address is free";
    app_server::serve(machine(world, 5, "10.0.0.5"), app)
        .await
        .expect(listens);
    let web1 = at("web1.shop.lab", "10.0.0.11:80");
    let web = WebServerConfig {
        own: web1.clone(),
        files: shop_files(),
        app: Some(app1),
        faults: vec![StaticFault::Truncated("/img/1.png".to_owned())],
        limits: Limits::default(),
    };
    web_server::serve(machine(world, 1, "10.0.0.11"), web)
        .await
        .expect(listens);
    let balancer = LoadBalancerConfig {
        own: at("lb.shop.lab", "10.0.0.10:443"),
        tls: Some(tls),
        plain: None,
        cache: None,
        web: vec![web1],
        hsts: None,
        limits: Limits::default(),
    };
    load_balancer::serve(machine(world, 3, "10.0.0.10"), balancer)
        .await
        .expect(listens);
}

/// What the near side holds against the certificate.
fn fault(site: &Site, root: CertificateDer<'static>) -> CertificateFault {
    let client = site.trusting(root, &["h2"]);
    let failure = site.get(client, "/").expect_err("the certificate is wrong");
    match *failure.why {
        Failure::Certificate(fault) => fault,
        other => panic!("another failure: {other:?}"),
    }
}

#[test]
fn the_shop_answers_by_both_versions_over_tls() {
    let site = Site::open(
        &["shop.lab", "www.shop.lab"],
        Validity::days_from(start(), 90),
    );
    for alpn in [&["h2", "http/1.1"][..], &["http/1.1"][..]] {
        let client = site.trusting(site.root.clone(), alpn);
        let (status, body, _) = site.get(client, "/").expect("a trusted connection");
        assert_eq!(status, StatusCode::OK);
        assert!(String::from_utf8_lossy(&body).contains("Ember mug"));
    }
    let agreed = site.world.record.all(|entry| match &entry.event {
        Event::Tls(TlsEvent::HandshakeDone { alpn, .. }) => Some(alpn.clone()),
        _ => None,
    });
    assert!(agreed.contains(&Some("h2".to_owned())), "{agreed:?}");
    assert!(agreed.contains(&Some("http/1.1".to_owned())), "{agreed:?}");
}

#[test]
fn a_broken_off_answer_is_broken_off_by_both_versions() {
    let site = Site::open(&["shop.lab"], Validity::days_from(start(), 90));
    for alpn in ["h2", "http/1.1"] {
        let client = site.trusting(site.root.clone(), &[alpn]);
        let (status, body, broken_off) = site.get(client, "/img/1.png").expect("an answer");
        assert_eq!(status, StatusCode::OK);
        assert!(broken_off, "{alpn}: {} octets", body.len());
        assert!(!body.is_empty(), "{alpn}");
    }
}

#[test]
fn a_wrong_name_is_seen() {
    let site = Site::open(&["other.lab"], Validity::days_from(start(), 90));
    let fault = fault(&site, site.root.clone());
    assert!(
        matches!(fault, CertificateFault::NameInvalid { .. }),
        "{fault:?}"
    );
}

#[test]
fn a_past_date_is_seen() {
    let seconds = STARTS_AT - 400 * 86_400;
    let long_ago = UnixTime { seconds, nanos: 0 };
    let site = Site::open(&["shop.lab"], Validity::days_from(long_ago, 90));
    let fault = fault(&site, site.root.clone());
    assert!(
        matches!(fault, CertificateFault::DateInvalid { .. }),
        "{fault:?}"
    );
}

#[test]
fn a_coming_date_is_seen() {
    let seconds = STARTS_AT + 86_400;
    let soon = UnixTime { seconds, nanos: 0 };
    let site = Site::open(&["shop.lab"], Validity::days_from(soon, 90));
    let fault = fault(&site, site.root.clone());
    assert!(
        matches!(fault, CertificateFault::NotYetValid { .. }),
        "{fault:?}"
    );
}

#[test]
fn an_unknown_root_is_seen() {
    let site = Site::open(&["shop.lab"], Validity::days_from(start(), 90));
    let other = authority();
    let fault = fault(&site, other.root().clone());
    assert!(
        matches!(fault, CertificateFault::AuthorityInvalid { .. }),
        "{fault:?}"
    );
}

#[test]
fn serial_numbers_count_up() {
    let authority = authority();
    let key = KeyPair::generate().expect("a key");
    for (name, serial) in [("a.lab", 3), ("b.lab", 4)] {
        let validity = Validity::days_from(start(), 1);
        let issued = authority
            .issue(&[name], &key, validity)
            .expect("a certificate");
        assert_eq!(issued.chain.len(), 2);
        // RFC 5280, section 4.1: the serial number is an INTEGER behind the version (2).
        let field = [0xa0, 3, 2, 1, 2, 2, 1, serial];
        let leaf = issued.chain[0].as_ref();
        assert!(leaf.windows(field.len()).any(|octets| octets == field));
    }
}

#[test]
fn impossible_wishes_are_refused_by_name() {
    let authority = authority();
    let key = KeyPair::generate().expect("a key");
    let validity = Validity::days_from(start(), 1);
    assert!(authority.issue(&["käse.lab"], &key, validity).is_err());
    let before = UnixTime {
        seconds: -1,
        nanos: 0,
    };
    let validity = Validity::days_from(before, 1);
    assert!(authority.issue(&["a.lab"], &key, validity).is_err());
}
