//! Parts of a page that are missing: findings of a trip that loaded.

use super::Line;
use crate::{
    needs::Need::{self, *},
    room::Room,
    thru::{Loaded, Thru},
};
use std::fs;

const NGINX: &[Need] = &[Nginx];

pub const CASES: &[Line] = &[
    ("a style sheet is not there", NGINX, no_style_sheet),
    ("an image is not there", NGINX, no_image),
    ("an image is no image", NGINX, no_real_image),
    ("--strict makes a broken image exit 70", NGINX, strict),
    ("a style sheet's server refuses", NGINX, refused_style_sheet),
];

/// A page with `head` and `body`, served by nginx as `/NAME.html`, and its port.
fn load(room: &Room, name: &str, head: &str, body: &str, options: &[&str]) -> (Loaded, String) {
    let page = format!("<!DOCTYPE html><title>t</title>{head}<p>text</p>{body}");
    fs::write(room.site().join(format!("{name}.html")), page).expect("a temporary folder");
    let origin = format!("http://127.0.0.1:{}", room.nginx().plain);
    let loaded = Thru::new(room, name)
        .with(options)
        .load(format!("{origin}/{name}.html"));
    (loaded, origin)
}

fn no_style_sheet(room: &Room) {
    let head = "<link rel=stylesheet href=nobody.css>";
    let (loaded, origin) = load(room, "no-style-sheet", head, "", &[]);
    let culprit = format!("{origin}/nobody.css");
    loaded
        .expect_loaded()
        .found("page.stylesheet_missing", &culprit, "proven");
}

fn no_image(room: &Room) {
    let (loaded, origin) = load(room, "no-image", "", "<img src=nobody.png>", &[]);
    let culprit = format!("{origin}/nobody.png");
    loaded
        .expect_loaded()
        .found("page.image_broken", &culprit, "proven");
}

fn no_real_image(room: &Room) {
    fs::write(room.site().join("words.png"), "no picture").expect("a temporary folder");
    let (loaded, origin) = load(room, "no-real-image", "", "<img src=words.png>", &[]);
    let culprit = format!("{origin}/words.png");
    loaded
        .expect_loaded()
        .found("page.image_broken", &culprit, "proven");
}

fn strict(room: &Room) {
    let (loaded, origin) = load(room, "strict", "", "<img src=nobody.png>", &["--strict"]);
    assert_eq!(loaded.ran.status, 70);
    assert_eq!(loaded.document["outcome"], "loaded");
    loaded.found(
        "page.image_broken",
        &format!("{origin}/nobody.png"),
        "proven",
    );
}

fn refused_style_sheet(room: &Room) {
    let head = "<link rel=stylesheet href=http://127.0.0.1:3/x.css>";
    let (loaded, _) = load(room, "refused-style-sheet", head, "", &[]);
    let culprit = "http://127.0.0.1:3/x.css";
    loaded
        .expect_loaded()
        .found("page.stylesheet_missing", culprit, "proven");
}
