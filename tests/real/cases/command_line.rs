//! What a person types, and what the exit status says.

use super::Line;
use crate::{room::Room, thru::Thru};
use std::fs;

pub const CASES: &[Line] = &[
    ("a port where nobody listens is refused", &[], port_3),
    (
        "a bad URL gets a caret under the wrong character",
        &[],
        caret,
    ),
    ("a bad URL as JSON", &[], bad_url_as_json),
    ("an unknown option is a usage error", &[], unknown_option),
    ("a scheme that nobody speaks", &[], unknown_scheme),
    ("a file becomes a picture", &[], shot_of_a_file),
    ("a file that is not there", &[], missing_file),
    (
        "a picture into a folder that cannot be made",
        &[],
        unwritable,
    ),
    ("a root that is not PEM", &[], bad_cacert),
    ("a font that is none", &[], no_font),
    ("what can be no host is told", &[], no_host),
    (
        "a shot that fails in the lab says what load says",
        &[],
        shot_in_the_lab,
    ),
    ("a picture of an earlier trip is named as such", &[], older_picture),
    ("lessons are found in any case of letters", &[], lessons),
];

fn port_3(room: &Room) {
    let ran = Thru::new(room, "port 3")
        .with(["--fresh", "http://127.0.0.1:3/"])
        .run();
    assert_eq!(ran.status, 40, "{ran:#?}");
    assert!(ran.stdout.contains("tcp.refused"), "{ran:#?}");
    Thru::new(room, "port 3 json")
        .load("http://127.0.0.1:3/")
        .failed_with(40, "tcp.refused", "127.0.0.1:3", "proven");
}

fn caret(room: &Room) {
    let ran = Thru::new(room, "caret")
        .with(["--fresh", "http://[::bad/"])
        .run();
    assert_eq!(ran.status, 10, "{ran:#?}");
    let text = format!("{}{}", ran.stdout, ran.stderr);
    assert!(text.contains("url.invalid"), "{ran:#?}");
    let lines: Vec<&str> = text.lines().collect();
    let typed = lines
        .windows(2)
        .find(|pair| pair[0].contains("http://[::bad/") && pair[1].trim() == "^")
        .unwrap_or_else(|| panic!("no caret: {ran:#?}"));
    let start = typed[0].find("http://[::bad/").expect("it was found");
    let under = typed[1].find('^').expect("it was found") - start;
    // The bracket that never closes, or the first character that no IPv6 address has ('/').
    assert!(
        [7, 13].contains(&under),
        "the caret is under {under}: {text}"
    );
}

fn bad_url_as_json(room: &Room) {
    let loaded = Thru::new(room, "bad url").load("http://[::bad/");
    loaded.failed_with(10, "url.invalid", "http://[::bad/", "proven");
}

fn unknown_option(room: &Room) {
    let ran = Thru::new(room, "no such option")
        .with(["--no-such-option"])
        .run();
    assert_eq!(ran.status, 2, "{ran:#?}");
    assert!(ran.stderr.contains("--no-such-option"), "{ran:#?}");
    assert_eq!(ran.stdout, "");
}

fn unknown_scheme(room: &Room) {
    let ran = Thru::new(room, "scheme")
        .with(["gopher://127.0.0.1/", "--json"])
        .run();
    assert_eq!(ran.status, 10, "{ran:#?}");
    assert!(ran.stdout.contains("url.scheme_unsupported"), "{ran:#?}");
}

fn shot_of_a_file(room: &Room) {
    let thru = Thru::new(room, "shot of a file");
    let page = "<!DOCTYPE html><title>t</title><body style='background:#00f'><p>text";
    fs::write(thru.folder.join("page.html"), page).expect("a temporary folder");
    let ran = thru.with(["shot", "./page.html", "-o", "page.png"]).run();
    assert_eq!(ran.status, 0, "{ran:#?}");
    let picture = super::picture(&ran.folder.join("page.png"));
    assert_eq!(picture.dimensions(), (1280, 1024));
    assert_eq!(picture.get_pixel(1279, 1023).0, [0, 0, 255, 255]);
}

fn missing_file(room: &Room) {
    let ran = Thru::new(room, "missing file")
        .with(["shot", "file:///no/such/page.html", "-o", "p.png"])
        .run();
    assert_eq!(ran.status, 3, "{ran:#?}");
    assert!(ran.stderr.contains("/no/such/page.html"), "{ran:#?}");
    assert!(!ran.folder.join("p.png").exists());
}

fn unwritable(room: &Room) {
    let thru = Thru::new(room, "unwritable");
    fs::write(thru.folder.join("page.html"), "<p>text").expect("a temporary folder");
    let ran = thru
        .with(["shot", "./page.html", "-o", "page.html/p.png"])
        .run();
    assert_eq!(ran.status, 3, "{ran:#?}");
    assert!(ran.stderr.contains("page.html"), "{ran:#?}");
}

fn bad_cacert(room: &Room) {
    let thru = Thru::new(room, "bad cacert");
    fs::write(thru.folder.join("root.pem"), "no certificate").expect("a temporary folder");
    let ran = thru
        .with(["https://127.0.0.1:3/", "--cacert", "root.pem"])
        .run();
    assert_eq!(ran.status, 3, "{ran:#?}");
    assert!(ran.stderr.contains("root.pem"), "{ran:#?}");
}

fn no_host(room: &Room) {
    let typed = |word: &str, name: &str| {
        let ran = Thru::new(room, name).with(["--fresh", word]).run();
        (ran.status, format!("{}{}", ran.stdout, ran.stderr))
    };
    let (status, text) = typed("ht!tp://x", "wrong scheme");
    assert_eq!(status, 10, "{text}");
    assert!(text.contains("ht!tp://x\n  ^"), "{text}");
    let (status, text) = typed("nothing-here.html", "missing page");
    assert_eq!(status, 3, "{text}");
    assert!(text.contains("could not be read"), "{text}");
    let (status, text) = typed(".", "folder");
    assert_eq!(status, 3, "{text}");
    assert!(text.contains("it is a folder"), "{text}");
    let (status, text) = typed("/dev/zero", "device");
    assert_eq!(status, 3, "{text}");
    let ran = Thru::new(room, "path in the lab")
        .with(["load", "./page.html", "--lab"])
        .run();
    assert_eq!(ran.status, 3, "{ran:#?}");
    assert!(ran.stdout.contains("the lab has no files"), "{ran:#?}");
}

fn shot_in_the_lab(room: &Room) {
    let words = ["https://shop.lab/", "--lab", "--fault", "firewall.drop=443"];
    let loaded = Thru::new(room, "load that fails")
        .with(["load"])
        .with(words)
        .run();
    let shot = Thru::new(room, "shot that fails")
        .with(["shot"])
        .with(words)
        .with(["-o", "page.png"])
        .run();
    assert_eq!((loaded.status, shot.status), (30, 30), "{shot:#?}");
    let line = "see how: thru load https://shop.lab/ --lab --fault firewall.drop=443\n";
    assert!(shot.stderr.ends_with(line), "{shot:#?}");
    assert!(
        shot.stderr.contains("thru: firewall.dropped: "),
        "{shot:#?}"
    );
}

fn no_font(room: &Room) {
    let thru = Thru::new(room, "no font");
    let file = thru.folder.join("font.ttf");
    fs::write(&file, "not a font").expect("a temporary folder");
    let ran = thru
        .with(["shot", "https://shop.lab/", "--lab", "-o", "page.png"])
        .with(["--font", "font.ttf"])
        .run();
    assert_eq!(ran.status, 3, "{ran:#?}");
    assert!(ran.stderr.contains("--font font.ttf: "), "{ran:#?}");
}

fn older_picture(room: &Room) {
    let thru = Thru::new(room, "older picture");
    fs::write(thru.folder.join("page.png"), "of an earlier trip").expect("a temporary folder");
    let ran = thru.with(["demo", "--fault", "tcp.reset"]).run();
    assert_eq!(ran.status, 40, "{ran:#?}");
    let picture = fs::read_to_string(ran.folder.join("page.png"));
    assert_eq!(picture.expect("nobody's file is removed"), "of an earlier trip");
    let told = "page.png is of an earlier one";
    assert!(ran.stderr.contains(told), "{ran:#?}");
}

fn lessons(room: &Room) {
    let explain = |topic| Thru::new(room, topic).with(["explain", topic]).run();
    let ran = explain("TLS.Not_TLS");
    assert_eq!(ran.status, 0, "{ran:#?}");
    let ran = explain("tls.not_tsl");
    assert_eq!(ran.status, 2, "{ran:#?}");
    assert!(ran.stderr.contains("did you mean tls.not_tls"), "{ran:#?}");
}
