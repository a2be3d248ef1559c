//! A saved trip: whole, cut, no trip at all, and one that Ctrl-C ended.

use super::Line;
use crate::{
    needs::Need::*,
    room::{Room, new_breaks_off},
    thru::{Ran, Running, Thru},
};
use std::fs;

pub const CASES: &[Line] = &[
    (
        "a saved trip opens, whole and cut anywhere",
        &[Nginx, Pages],
        cut_anywhere,
    ),
    ("a PNG named .thru is refused", &[], a_picture),
    (
        "an empty file and one of another version are refused",
        &[],
        no_trips,
    ),
    (
        "Ctrl-C in the middle of a load leaves a readable trip",
        &[Python],
        interrupted,
    ),
    (
        "SIGTERM in the middle of a load leaves a readable trip",
        &[Python],
        terminated,
    ),
    ("Ctrl-C while the page is computed", &[], interrupted_layout),
    (
        "Ctrl-C while a name server is silent",
        &[Namespace],
        interrupted_look_up,
    ),
];

fn record(room: &Room) -> Vec<u8> {
    let port = room.nginx().plain;
    let loaded = Thru::new(room, "recorded")
        .with(["--record", "trip.thru"])
        .load(format!("http://127.0.0.1:{port}/pages/article.html"));
    let loaded = loaded.expect_loaded();
    fs::read(loaded.ran.folder.join("trip.thru")).expect("the trip was saved")
}

fn open(room: &Room, case: &str, octets: &[u8]) -> Ran {
    let thru = Thru::new(room, case);
    fs::write(thru.folder.join("trip.thru"), octets).expect("a temporary folder");
    thru.with(["open", "trip.thru", "--text"]).run()
}

fn cut_anywhere(room: &Room) {
    let whole = record(room);
    let opened = open(room, "whole", &whole);
    assert_eq!(opened.status, 0, "{opened:#?}");
    assert!(opened.stdout.contains("article.html"), "{opened:#?}");
    for length in [whole.len() / 4, whole.len() / 2, whole.len() - 1] {
        let opened = open(room, &format!("cut at {length}"), &whole[..length]);
        assert_eq!(opened.status, 0, "{length} of {}: {opened:#?}", whole.len());
        assert!(opened.stdout.contains("article.html"), "{opened:#?}");
        let words = format!("{}{}", opened.stdout, opened.stderr);
        assert!(words.contains("cut"), "it does not say so: {opened:#?}");
    }
}

fn a_picture(room: &Room) {
    let thru = Thru::new(room, "a picture");
    fs::write(thru.folder.join("page.html"), "<p>text").expect("a temporary folder");
    let ran = thru
        .with(["shot", "page.html", "-o", "trip.thru.png"])
        .run();
    assert_eq!(ran.status, 0, "{ran:#?}");
    let picture = fs::read(ran.folder.join("trip.thru.png")).expect("a picture");
    let opened = open(room, "a picture named thru", &picture);
    assert_eq!(opened.status, 3, "{opened:#?}");
    assert!(opened.stderr.contains("PNG"), "{opened:#?}");
    assert!(opened.stderr.contains("trip.thru"), "{opened:#?}");
}

fn no_trips(room: &Room) {
    for (case, octets) in [("empty", &b""[..]), ("words", b"no trip at all\n")] {
        let opened = open(room, case, octets);
        assert_eq!(opened.status, 3, "{opened:#?}");
        assert!(opened.stderr.contains("trip.thru"), "{opened:#?}");
    }
}

fn interrupted(room: &Room) {
    ended_by(room, "interrupted", Running::interrupt, 130);
}

fn terminated(room: &Room) {
    ended_by(room, "terminated", Running::terminate, 143);
}

fn ended_by(room: &Room, case: &str, signal: fn(&Running), status: i32) {
    let folder = room.folder(&format!("{case}-server"));
    let mut server = new_breaks_off(&folder);
    let url = format!("http://{}/first-byte", server.address);
    let running = Thru::new(room, case)
        .with(["load", "--fresh", "--record", "trip.thru", &url])
        .start();
    server.line_with("sent /first-byte");
    signal(&running);
    let ran = running.end();
    assert_eq!(ran.status, status, "{ran:#?}");
    is_readable(room, &ran, "first-byte");
}

fn interrupted_look_up(room: &Room) {
    let running = Thru::in_a_namespace(room, "interrupted look-up")
        .with(["load", "--fresh", "--record", "trip.thru", "--ndjson"])
        .with(["--dns-server", "192.0.2.9", "http://nobody.test/"])
        .start();
    running.await_stdout("QuerySent");
    running.interrupt();
    let ran = running.end();
    assert_eq!(ran.status, 130, "{ran:#?}");
    is_readable(room, &ran, "nobody.test");
}

/// Nothing waits there: the program ends all the same, and what led there is saved.
fn interrupted_layout(room: &Room) {
    let thru = Thru::new(room, "interrupted layout");
    let mut page = b"<!DOCTYPE html><title>t</title>".to_vec();
    page.extend(b"<div>".repeat(1 << 20));
    fs::write(thru.folder.join("page.html"), page).expect("a temporary folder");
    let running = thru
        .with([
            "load",
            "--fresh",
            "--record",
            "trip.thru",
            "--ndjson",
            "page.html",
        ])
        .start();
    running.await_stdout("\"stage\":\"dom\"");
    running.interrupt();
    let ran = running.end();
    assert_eq!(ran.status, 130, "{ran:#?}");
    let trip = fs::read(ran.folder.join("trip.thru")).expect("the trip was saved");
    let opened = open(room, "interrupted layout opened", &trip);
    assert_eq!(opened.status, 0, "{opened:#?}");
    assert!(opened.stdout.contains("page.html"), "{opened:#?}");
    assert!(
        opened.stdout.contains("FileRead") || opened.stdout.contains("5242911 octets"),
        "{opened:#?}"
    );
}

/// The trip that `ran` left opens and says that it was interrupted.
fn is_readable(room: &Room, ran: &Ran, url: &str) {
    let trip = fs::read(ran.folder.join("trip.thru")).expect("the trip was saved");
    let opened = open(room, &format!("interrupted {url}"), &trip);
    assert_eq!(opened.status, 0, "{opened:#?}");
    assert!(opened.stdout.contains(url), "{opened:#?}");
    assert!(
        opened.stdout.to_lowercase().contains("interrupt"),
        "{opened:#?}"
    );
}
