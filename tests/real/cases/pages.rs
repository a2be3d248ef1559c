//! The five pages from servers that are not ours, to PNG.

use super::{Line, picture, shows_something};
use crate::{
    certificates::NAME,
    needs::Need::{self, *},
    room::{Room, openssl_server},
    thru::{Loaded, Thru},
};
use std::fs;

/// The pages of `THRU_PAGES`.
const PAGES: [&str; 5] = ["hello", "article", "grid", "big", "feat"];

const NGINX: &[Need] = &[Nginx, Dnsmasq, Pages];

pub const CASES: &[Line] = &[
    (
        "five pages from nginx by HTTP/2 and TLS, name from dnsmasq",
        NGINX,
        by_http2,
    ),
    (
        "five pages from nginx, name from unbound",
        &[Nginx, Unbound, Pages],
        by_unbound,
    ),
    (
        "five pages from python's http.server",
        &[Python, Pages],
        from_python,
    ),
    ("a page from nginx by HTTP/1.1 and TLS", NGINX, by_http1),
    ("a page from openssl s_server", &[Openssl], from_openssl),
    ("a shot needs no record", NGINX, shot),
    ("a redirect to a page", &[Nginx, Pages], moved),
];

fn by_http2(room: &Room) {
    let (port, server) = (room.nginx().secure, room.dnsmasq().port());
    for page in PAGES {
        let url = format!("https://{NAME}:{port}/pages/{page}.html");
        let loaded = Thru::new(room, &format!("http2 {page}"))
            .with(["--screenshot", "page.png"])
            .with(["--dns-server", &format!("127.0.0.1:{server}"), "--cacert"])
            .with([&room.certificates().root])
            .load(url);
        painted(loaded, "h2");
    }
}

fn by_unbound(room: &Room) {
    let (port, server) = (room.nginx().plain, room.unbound().port());
    for page in PAGES {
        let url = format!("http://{NAME}:{port}/pages/{page}.html");
        let loaded = Thru::new(room, &format!("unbound {page}"))
            .with(["--screenshot", "page.png"])
            .with(["--dns-server", &format!("127.0.0.1:{server}")])
            .load(url);
        painted(loaded, "http/1.1");
    }
}

fn from_python(room: &Room) {
    let port = room.http_server().port();
    for page in PAGES {
        let url = format!("http://127.0.0.1:{port}/{page}.html");
        let loaded = Thru::new(room, &format!("python {page}"))
            .with(["--screenshot", "page.png"])
            .load(url);
        painted(loaded, "http/1.0");
    }
}

fn by_http1(room: &Room) {
    let (port, server) = (room.nginx().secure, room.dnsmasq().port());
    let loaded = Thru::new(room, "http1 hello")
        .with(["--screenshot", "page.png", "--http1.1"])
        .with(["--dns-server", &format!("127.0.0.1:{server}"), "--cacert"])
        .with([&room.certificates().root])
        .load(format!("https://{NAME}:{port}/pages/hello.html"));
    painted(loaded, "http/1.1");
}

fn from_openssl(room: &Room) {
    let certificates = room.certificates();
    let folder = room.folder("openssl-pages");
    fs::write(
        folder.join("page.html"),
        "<!DOCTYPE html><title>t</title><p>text",
    )
    .expect("a file");
    for version in ["-tls1_3", "-tls1_2"] {
        let server = openssl_server(&folder, &certificates.good, &[version]);
        let loaded = Thru::new(room, &format!("openssl {version}"))
            .with(["--screenshot", "page.png", "--cacert"])
            .with([&certificates.root])
            .load(format!("https://127.0.0.1:{}/page.html", server.port()));
        painted(loaded, "http/1.0");
    }
}

fn shot(room: &Room) {
    let port = room.nginx().plain;
    let ran = Thru::new(room, "shot of nginx")
        .with([
            "shot",
            &format!("http://127.0.0.1:{port}/pages/article.html"),
        ])
        .with(["-o", "page.png", "--viewport", "640x480", "--fresh"])
        .run();
    assert_eq!(ran.status, 0, "{ran:#?}");
    let picture = picture(&ran.folder.join("page.png"));
    assert_eq!(picture.dimensions(), (640, 480));
    assert!(shows_something(&picture));
    assert_eq!(ran.stdout, "");
}

fn moved(room: &Room) {
    let port = room.nginx().plain;
    let loaded = Thru::new(room, "moved").load(format!("http://127.0.0.1:{port}/moved"));
    let loaded = loaded.expect_loaded();
    let requests = &loaded.document["requests"];
    assert_eq!(requests[0]["status"], 301, "{requests:#}");
    assert_eq!(requests[1]["status"], 200, "{requests:#}");
    assert!(
        loaded.document["url"]
            .as_str()
            .is_some_and(|url| url.contains("127.0.0.1"))
    );
}

/// It loaded by `protocol` and there is a picture of it.
fn painted(loaded: Loaded, protocol: &str) {
    let loaded = loaded.expect_loaded();
    let request = &loaded.document["requests"][0];
    assert_eq!(request["status"], 200, "{request:#}");
    assert_eq!(request["nextHopProtocol"], protocol, "{request:#}");
    let picture = picture(&loaded.ran.folder.join("page.png"));
    assert_eq!(picture.dimensions(), (1280, 1024));
    assert!(
        shows_something(&picture),
        "{:?} is empty",
        loaded.ran.folder
    );
}
