//! Answers that are errors, break off, go round in circles or never come.

use super::{Line, picture};
use crate::{
    needs::Need::{self, *},
    room::Room,
    thru::{Loaded, Thru},
};

const NGINX: &[Need] = &[Nginx];

pub const CASES: &[Line] = &[
    ("nginx does not find the page", NGINX, not_found),
    ("nginx answers with 500", NGINX, server_error),
    (
        "python's http.server does not find the page",
        &[Python, Pages],
        python_not_found,
    ),
    ("nginx sends round in a circle", NGINX, circle),
    (
        "ever new redirects stop at --max-redirs",
        &[Python],
        on_and_on,
    ),
    (
        "a header field stays with the origin that was asked first",
        &[Python],
        header_stays,
    ),
    (
        "a user name and password go to the server and are shown nowhere",
        &[Python],
        credentials,
    ),
    ("an answer is cut", &[Python], cut),
    ("a chunked answer is cut", &[Python], cut_chunked),
    (
        "a reset in the middle of an answer",
        &[Python],
        reset_in_body,
    ),
    ("an answer never comes", &[Python], silent),
    ("an answer that is not HTTP", &[Python], not_http),
    ("a length that is no number", &[Python], bad_length),
    ("gzip that is not gzip", &[Python], bad_gzip),
];

fn from_nginx(room: &Room, case: &str, path: &str) -> Loaded {
    let port = room.nginx().plain;
    Thru::new(room, case)
        .with(["--screenshot", "page.png"])
        .load(format!("http://127.0.0.1:{port}{path}"))
}

fn from_script(room: &Room, path: &str, options: &[&str]) -> Loaded {
    let address = room.breaks_off().address;
    Thru::new(room, &path.replace('/', " http "))
        .with(options)
        .load(format!("http://{address}{path}"))
}

/// Whom the near side blames: nginx, the script.
fn nginx(room: &Room) -> String {
    format!("127.0.0.1:{}", room.nginx().plain)
}

fn script(room: &Room) -> String {
    room.breaks_off().address.to_string()
}

/// Answered with an error, and painted all the same.
fn not_found(room: &Room) {
    let loaded = from_nginx(room, "404", "/nobody.html");
    let loaded = loaded.failed_with(60, "http.error", &nginx(room), "proven");
    picture(&loaded.ran.folder.join("page.png"));
}

fn server_error(room: &Room) {
    from_nginx(room, "500", "/broken").failed_with(60, "http.error", &nginx(room), "proven");
}

fn python_not_found(room: &Room) {
    let address = room.http_server().address;
    Thru::new(room, "python 404")
        .load(format!("http://{address}/nobody.html"))
        .failed_with(60, "http.error", &address.to_string(), "proven");
}

fn circle(room: &Room) {
    from_nginx(room, "circle", "/around").failed_with(
        60,
        "http.response.redirect_loop",
        &nginx(room),
        "proven",
    );
}

fn on_and_on(room: &Room) {
    from_script(room, "/on/1", &["--max-redirs", "3"]).failed_with(
        60,
        "http.response.redirect_loop",
        &script(room),
        "proven",
    );
}

/// The script's second page refuses whoever brings the token.
fn header_stays(room: &Room) {
    let token = ["-H", "X-Token: 1"];
    from_script(room, "/without-token", &token).failed_with(
        60,
        "http.error",
        &script(room),
        "proven",
    );
    from_script(room, "/to-another-origin", &token).expect_loaded();
}

/// The page and its style sheet are for who shows ann's password only.
fn credentials(room: &Room) {
    let script = room.breaks_off().address;
    let plain = format!("http://{script}/for-ann");
    Thru::new(room, "without credentials")
        .load(&plain)
        .failed_with(60, "http.error", &script.to_string(), "proven");
    let thru = Thru::new(room, "credentials by option");
    thru.with(["-u", "ann:s3cret"]).load(&plain).expect_loaded();
    for url in [
        format!("http://ann:s3cret@{script}/for-ann"),
        format!("ann:s3cret@{script}/for-ann"),
    ] {
        let thru = Thru::new(room, &format!("credentials in {}", &url[..4]));
        let ran = thru.with(["--json", "--record", "trip.thru", &url]).run();
        assert_eq!(ran.status, 0, "{ran:#?}");
        assert!(!ran.stdout.contains("s3cret"), "{}", ran.stdout);
        assert!(!ran.stdout.contains("401"), "{}", ran.stdout);
        let record = std::fs::read(ran.folder.join("trip.thru")).expect("the record");
        let told = record.windows(6).any(|octets| octets == b"s3cret");
        assert!(!told, "the record has the password in the open");
    }
}

fn cut(room: &Room) {
    from_script(room, "/cut", &[]).failed_with(
        60,
        "http.response.truncated",
        &script(room),
        "proven",
    );
}

fn cut_chunked(room: &Room) {
    from_script(room, "/cut-chunked", &[]).failed_with(
        60,
        "http.response.truncated",
        &script(room),
        "proven",
    );
}

fn reset_in_body(room: &Room) {
    from_script(room, "/reset-in-body", &[]).failed_with(40, "tcp.reset", &script(room), "proven");
}

fn silent(room: &Room) {
    from_script(room, "/silent", &["-m", "2"]).failed_with(
        60,
        "http.response.timed_out",
        &script(room),
        "likely",
    );
}

fn not_http(room: &Room) {
    from_script(room, "/not-http", &[]).failed_with(
        60,
        "http.response.invalid",
        &script(room),
        "proven",
    );
}

fn bad_length(room: &Room) {
    from_script(room, "/bad-length", &[]).failed_with(
        60,
        "http.response.invalid",
        &script(room),
        "proven",
    );
}

fn bad_gzip(room: &Room) {
    from_script(room, "/bad-gzip", &[]).failed_with(
        60,
        "http.content_coding",
        &script(room),
        "proven",
    );
}
