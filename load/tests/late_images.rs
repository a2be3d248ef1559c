//! Images that come after the first layout lead to the page that images in time lead to.

use bytes::Bytes;
use std::{net::Ipv4Addr, rc::Rc, time::Duration};
use thru_events::{Event, Failed, Vantage, layout::LayoutEvent, render_tree::RenderTreeEvent};
use thru_load::{
    Destination, Fetch, FetchOrder, Fetched, InstalledFonts, LocalFetch, PageOptions, Picture,
    render,
};
use thru_memory::World;
use thru_port::{LocalFuture, Port};
use url::Url;

const SVG: &str = "<svg xmlns='http://www.w3.org/2000/svg' width='30' height='10'/>";

/// Gives images only after a second.
struct Late {
    parts: LocalFetch,
    port: Rc<dyn Port>,
}

impl Fetch for Late {
    fn fetch(&self, order: FetchOrder) -> LocalFuture<Result<Fetched, Failed>> {
        let wait = match order.destination {
            Destination::Image => Duration::from_secs(1),
            _ => Duration::ZERO,
        };
        let (wait, got) = (self.port.sleep(wait), self.parts.fetch(order));
        Box::pin(async move {
            wait.await;
            got.await
        })
    }
}

fn parts(html: &'static str) -> LocalFetch {
    LocalFetch::new(move |url| {
        let (kind, body) = match url.path() {
            "/" => ("text/html", html),
            "/good.svg" => ("image/svg+xml", SVG),
            "/broken.bmp" => ("image/bmp", "BM no picture at all"),
            _ => return None,
        };
        Some((Bytes::from(body), Some(kind.to_owned())))
    })
}

/// The page's boxes, and how often boxes were built and laid out.
fn shown(html: &'static str, late: bool) -> (Picture, usize, usize) {
    let world = World::new();
    let port = world.machine(Vantage::Near, Ipv4Addr::LOCALHOST);
    let cause = world.start();
    let url = Url::parse("http://a.example/").expect("a constant URL parses");
    let mut document = parts(html).document(&url).expect("there is the page");
    document.cause = cause;
    let fetch: Box<dyn Fetch> = match late {
        true => Box::new(Late {
            parts: parts(html),
            port: port.clone(),
        }),
        false => Box::new(parts(html)),
    };
    let options = PageOptions::new(Rc::new(InstalledFonts::default()));
    let (tap, clock) = (port.tap(), port.cpu());
    let picture = world.run(render(&*fetch, document, &options, &tap, &*clock));
    let count = |is: fn(&Event) -> bool| {
        let of = |entry: &thru_events::Entry| is(&entry.event).then_some(());
        world.record.all(of).len()
    };
    let built =
        count(|event| matches!(event, Event::RenderTree(RenderTreeEvent::TreeBuilt { .. })));
    let laid_out = count(|event| matches!(event, Event::Layout(LayoutEvent::LaidOut { .. })));
    (picture.expect("the page can be shown"), built, laid_out)
}

fn same(html: &'static str, times: (usize, usize)) {
    let (in_time, built, laid_out) = shown(html, false);
    assert_eq!((built, laid_out), (1, 1), "{html}");
    let (late, built, laid_out) = shown(html, true);
    assert_eq!(late.boxes, in_time.boxes, "{html}");
    assert!(late.rgba == in_time.rgba, "{html}: the pictures differ");
    assert_eq!((built, laid_out), times, "{html}");
}

#[test]
fn one_that_comes_late_takes_its_place() {
    same("<!doctype html><p>a <img src=good.svg> b<p>c", (1, 2));
}

#[test]
fn one_that_is_broken_or_missing_gives_way_to_its_words() {
    same(
        "<!doctype html><p>a <img src=broken.bmp alt=words> b",
        (2, 2),
    );
    same(
        "<!doctype html><p>a <img src=missing.png alt=words><img src=good.svg>",
        (2, 2),
    );
}

#[test]
fn an_object_and_what_a_style_shows_are_waited_for() {
    same(
        "<!doctype html><object data=missing.png>instead</object>",
        (1, 1),
    );
    same(
        "<!doctype html><img src=good.svg><ul style='list-style-image:url(good.svg)'><li>a</ul>",
        (1, 1),
    );
}
