//! From a document to a picture, with parts from a map.

use bytes::Bytes;
use futures_util::FutureExt;
use std::{rc::Rc, time::Duration};
use thru_events::{Code, Stage, Tap};
use thru_load::{InstalledFonts, LocalFetch, PageOptions, Picture, WorkTime, render};
use thru_port::CpuClock;
use url::Url;

struct Still;

impl CpuClock for Still {
    fn nanos(&self) -> u64 {
        0
    }
}

fn picture(parts: &'static [(&'static str, &'static str, &'static str)]) -> Picture {
    let fetch = LocalFetch::new(move |url| {
        let (_, kind, body) = parts.iter().find(|(path, ..)| *path == url.path())?;
        Some((Bytes::from(*body), Some((*kind).to_owned())))
    });
    let url = Url::parse("http://a.example/").expect("a constant URL parses");
    let document = fetch.document(&url).expect("the map has the page");
    let options = PageOptions {
        viewport: (200, 100),
        ..PageOptions::new(Rc::new(InstalledFonts::default()))
    };
    render(&fetch, document, &options, &Tap::off(), &Still)
        .now_or_never()
        .expect("local parts are there at once")
        .expect("the page can be shown")
}

/// Each look at the clock finds a second gone.
struct Busy(std::cell::Cell<u64>);

impl CpuClock for Busy {
    fn nanos(&self) -> u64 {
        self.0.set(self.0.get() + 1_000_000_000);
        self.0.get()
    }
}

#[test]
fn work_ends_with_the_stage_that_takes_it_beyond_the_limit() {
    let fetch = LocalFetch::new(|_| Some((Bytes::from("<p>text"), Some("text/html".to_owned()))));
    let url = Url::parse("http://a.example/").expect("a constant URL parses");
    let document = fetch.document(&url).expect("the map has the page");
    let heard: Rc<std::cell::RefCell<Vec<Option<Stage>>>> = Rc::default();
    let hear = heard.clone();
    let options = PageOptions {
        time: WorkTime {
            limit: Some(Duration::from_millis(2_500)),
            working: Some(Rc::new(move |now| {
                hear.borrow_mut().push(now.map(|(stage, _)| stage));
            })),
        },
        ..PageOptions::new(Rc::new(InstalledFonts::default()))
    };
    let clock = Busy(std::cell::Cell::new(0));
    let ended = render(&fetch, document, &options, &Tap::off(), &clock)
        .now_or_never()
        .expect("local parts are there at once");
    let late = ended.expect_err("three stages need three seconds");
    assert_eq!(
        (late.stage, late.failed.code),
        (Stage::RenderTree, Code::PageTooLarge)
    );
    let stages: Vec<Stage> = heard.borrow().iter().copied().flatten().collect();
    assert_eq!(stages, [Stage::Dom, Stage::Cssom, Stage::RenderTree]);
    assert_eq!(heard.borrow().last(), Some(&None));
}

#[test]
fn an_imported_sheet_and_an_image_reach_the_picture() {
    let shown = picture(&[
        (
            "/",
            "text/html",
            "<!doctype html><title>T</title><link rel=stylesheet href=a.css><div></div><img src=c.svg>",
        ),
        ("/a.css", "text/css", "@import 'b.css'; body { margin: 0 }"),
        (
            "/b.css",
            "text/css",
            "div { width: 50px; height: 20px; background: #ff0000 }",
        ),
        (
            "/c.svg",
            "image/svg+xml",
            "<svg xmlns='http://www.w3.org/2000/svg' width='30' height='10'/>",
        ),
    ]);
    assert_eq!((shown.width, shown.height), (200, 100));
    assert_eq!(&shown.rgba[..4], &[255, 0, 0, 255]);
    assert_eq!(shown.title.as_deref(), Some("T"));
    let area = |path: &str| {
        shown
            .boxes
            .iter()
            .find(|one| one.path == path)
            .map(|one| one.area)
    };
    assert_eq!(area("html>body[1]>div[1]"), Some([0.0, 0.0, 50.0, 20.0]));
    assert_eq!(
        area("html>body[1]>img[1]").map(|area| (area[2], area[3])),
        Some((30.0, 10.0))
    );
}

#[test]
fn an_image_that_is_none_is_a_finding() {
    let shown = picture(&[
        ("/", "text/html", "<!doctype html><img src=a.bmp alt=x>"),
        ("/a.bmp", "image/bmp", "BM no picture at all"),
    ]);
    assert_eq!(shown.findings.len(), 1);
}

/// The head of a PNG that claims 100,000 by 100,000 px.
const HUGE: &[u8] = b"\x89PNG\r\n\x1a\n\0\0\0\x0dIHDR\0\x01\x86\xa0\0\x01\x86\xa0\x08\x02\0\0\0";

#[test]
fn an_image_that_claims_a_hundred_thousand_px_is_named_and_not_decoded() {
    let mut file = HUGE.to_vec();
    file.extend(crc(&HUGE[12..]).to_be_bytes());
    file.extend(b"\0\0\0\0IDAT\x35\xaf\x06\x1e");
    let decoded = thru_render_tree::decode(&file, Default::default);
    let broken = decoded.err().expect("nobody decodes 40 GB");
    assert_eq!(
        broken.to_string(),
        format!(
            "it is larger than image side ({})",
            thru_render_tree::IMAGE_SIDE_LIMIT
        )
    );
}

fn crc(octets: &[u8]) -> u32 {
    !octets.iter().fold(!0u32, |crc, octet| {
        (0..8).fold(crc ^ u32::from(*octet), |crc, _| {
            crc >> 1 ^ (0xedb8_8320 & 0u32.wrapping_sub(crc & 1))
        })
    })
}

#[test]
fn what_is_not_built_is_named_once() {
    let shown = picture(&[(
        "/",
        "text/html",
        "<!doctype html><video></video><video></video>",
    )]);
    assert_eq!(shown.findings.len(), 1);
    assert_eq!(
        shown.findings[0].1.message.to_string(),
        "<video> is not built; boxes of it on this page: 2."
    );
}

#[test]
fn a_frame_shows_its_document_as_large_as_its_box() {
    let shown = picture(&[
        (
            "/",
            "text/html",
            "<!doctype html><body style='margin:0'><iframe src=in.html width=50 height=20 \
             style='border:0;display:block'></iframe><iframe srcdoc='<body bgcolor=blue>' \
             style='border:0;display:block;width:50px;height:20px'></iframe>",
        ),
        (
            "/in.html",
            "text/html",
            "<body bgcolor=lime><iframe src=in.html>",
        ),
    ]);
    let at = |x: usize, y: usize| &shown.rgba[(y * 200 + x) * 4..][..4];
    assert_eq!(at(49, 19), [0, 255, 0, 255]);
    assert_eq!(at(0, 20), [0, 0, 255, 255]);
    assert_eq!(at(51, 1), [255, 255, 255, 255]);
}

#[test]
fn rules_in_a_container_query_wait_for_the_containers_size() {
    let shown = picture(&[(
        "/",
        "text/html",
        "<!doctype html><style>body{margin:0} div{container:box/inline-size;width:60px} \
         p{margin:0;height:1px} @container box (width > 50px){p{height:20px} p div{width:40px}} \
         @container (max-width: 45px){b{display:block;height:7px}}</style>\
         <div><p><div><b></b></div></div>",
    )]);
    let height = |path: &str| {
        let found = shown.boxes.iter().find(|one| one.path == path);
        found.map(|one| one.area[3])
    };
    assert_eq!(height("html>body[1]>div[1]>p[1]"), Some(20.0));
}
