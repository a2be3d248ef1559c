//! Input without measure: each is bounded, and what was reached has a name.

use super::Line;
use crate::{
    needs::Need::{self, *},
    room::Room,
    thru::{Loaded, Thru},
};
use std::fs;

const NGINX: &[Need] = &[Nginx];

pub const CASES: &[Line] = &[
    ("one byte a minute ends with -m", &[Python], drip),
    ("an endless answer", &[Python], endless),
    ("an endless head of an answer", &[Python], endless_head),
    ("an endless picture", &[Python], endless_picture),
    ("a style sheet that never comes", &[Python], slow_style),
    (
        "an image that claims 100,000 x 100,000 pixels",
        NGINX,
        huge_image,
    ),
    ("5 MB of div in each other", NGINX, deep),
    ("a style sheet of 10 MB", NGINX, big_style_sheet),
    ("a page of random octets", NGINX, random_octets),
];

fn from_script(room: &Room, path: &str, options: &[&str]) -> Loaded {
    let address = room.breaks_off().address;
    Thru::new(room, &path.replace('/', "bad input "))
        .with(options)
        .load(format!("http://{address}{path}"))
}

/// Whom the near side blames.
fn script(room: &Room) -> String {
    room.breaks_off().address.to_string()
}

fn from_nginx(room: &Room, name: &str, page: &[u8]) -> Loaded {
    // In a build for tests stylo's own assertions walk to the root for each element.
    const ENOUGH: &str = "900";
    fs::write(room.site().join(format!("{name}.html")), page).expect("a temporary folder");
    let port = room.nginx().plain;
    Thru::new(room, name)
        .with(["-m", ENOUGH])
        .load(format!("http://127.0.0.1:{port}/{name}.html"))
}

fn drip(room: &Room) {
    from_script(room, "/drip", &["-m", "2"]).failed_with(
        60,
        "http.response.timed_out",
        &script(room),
        "likely",
    );
}

fn endless(room: &Room) {
    from_script(room, "/endless", &[]).failed_with(70, "page.too_large", &script(room), "proven");
}

fn endless_head(room: &Room) {
    from_script(room, "/endless-head", &[]).failed_with(
        60,
        "http.response.invalid",
        &script(room),
        "proven",
    );
}

fn endless_picture(room: &Room) {
    let culprit = format!("http://{}/endless-picture.png", room.breaks_off().address);
    from_script(room, "/endless-picture", &[])
        .expect_loaded()
        .found("page.image_broken", &culprit, "proven");
}

fn slow_style(room: &Room) {
    let loaded = from_script(room, "/slow-style", &["-m", "3"]);
    loaded.failed_with(60, "http.response.timed_out", &script(room), "likely");
}

fn huge_image(room: &Room) {
    // The signature and an IHDR chunk, its CRC in order; then the end.
    let mut picture = b"\x89PNG\r\n\x1a\n\0\0\0\rIHDR".to_vec();
    for side in [100_000_u32; 2] {
        picture.extend(side.to_be_bytes());
    }
    picture.extend([8, 6, 0, 0, 0]);
    picture.extend(0xa852_0bc8_u32.to_be_bytes());
    picture.extend(b"\0\0\0\0IDAT\x35\xaf\x06\x1e\0\0\0\0IEND\xae\x42\x60\x82");
    fs::write(room.site().join("huge.png"), picture).expect("a temporary folder");
    let culprit = format!("http://127.0.0.1:{}/huge.png", room.nginx().plain);
    from_nginx(
        room,
        "huge-image",
        b"<!DOCTYPE html><title>t</title><p>text<img src=huge.png>",
    )
    .expect_loaded()
    .found("page.image_broken", &culprit, "proven");
}

fn deep(room: &Room) {
    let mut page = b"<!DOCTYPE html><title>t</title>".to_vec();
    page.extend(b"<div>".repeat(1 << 20));
    page.extend(b"the bottom");
    from_nginx(room, "deep", &page).expect_loaded();
}

fn big_style_sheet(room: &Room) {
    let mut sheet = String::new();
    let mut number = 0;
    while sheet.len() < 10_000_000 {
        sheet += &format!(".class-number-{number}>p:nth-child({number}){{margin:{number}px}}\n");
        number += 1;
    }
    fs::write(room.site().join("big.css"), sheet).expect("a temporary folder");
    let page = b"<!DOCTYPE html><title>t</title><link rel=stylesheet href=big.css><p>text";
    from_nginx(room, "big-style-sheet", page).expect_loaded();
}

fn random_octets(room: &Room) {
    // A linear congruential generator: the same octets at each run.
    let mut state = 7_u32;
    let octets: Vec<u8> = std::iter::repeat_with(|| {
        state = state.wrapping_mul(1_664_525).wrapping_add(1_013_904_223);
        (state >> 24) as u8
    })
    .take(200_000)
    .collect();
    from_nginx(room, "random-octets", &octets).expect_loaded();
}
