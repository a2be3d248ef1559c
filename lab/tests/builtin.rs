//! The built-in internet: the shop answers over all its wires.

mod journal;

use journal::{World, world};
use std::{net::SocketAddr, rc::Rc, time::Duration};
use thru_events::{Event, dns::DnsEvent};
use thru_lab::{FrameDamage, Topology, faults, topology::BUILTIN};
use thru_port::{Port, Stream, read, with_limit, write_all};
use thru_tls::{ClientSettings, ClientTls, TlsVersion};

const SHOP: ([u8; 4], u16) = ([203, 0, 113, 80], 443);

/// Asks the shop for a path over TLS; the answer as it came.
async fn get(
    port: Rc<dyn Port>,
    tls: &ClientTls,
    path: &str,
    cause: thru_events::Cause,
) -> Result<Vec<u8>, String> {
    let cause = port
        .ready(cause)
        .await
        .map_err(|failure| format!("{:?}", failure.kind))?;
    let connected = port.connect(SocketAddr::from(SHOP), cause).await;
    let connected = connected.map_err(|failure| format!("{:?}", failure.kind))?;
    let limit = Duration::from_secs(10);
    let secured = thru_tls::connect(
        &port,
        connected.stream,
        tls,
        "shop.lab",
        limit,
        connected.opened,
    );
    let mut stream = secured
        .await
        .map_err(|failure| thru_events::Failed::from(&failure).code.to_string())?
        .stream;
    let request = format!(
        "GET {path} HTTP/1.1\r\nHost: shop.lab\r\nAccept-Encoding: gzip, br, zstd\r\nConnection: close\r\n\r\n"
    );
    stream.write_because(connected.opened);
    write_all(&mut stream, request.as_bytes())
        .await
        .map_err(|failure| failure.to_string())?;
    let (mut heard, mut buffer) = (Vec::new(), [0; 4096]);
    while let Ok(length @ 1..) = read(&mut stream, &mut buffer).await {
        heard.extend_from_slice(&buffer[..length]);
    }
    Ok(heard)
}

fn tls(world: &World) -> ClientTls {
    let trust = world.lab.near_trust();
    let settings = ClientSettings {
        provider: trust.provider,
        roots: trust.roots,
        alpn: vec!["http/1.1".to_owned()],
        insecure: false,
        max_version: TlsVersion::Tls13,
    };
    ClientTls::new(settings).unwrap()
}

fn head(answer: &[u8]) -> String {
    let end = answer
        .windows(4)
        .position(|four| four == b"\r\n\r\n")
        .unwrap_or(answer.len());
    String::from_utf8_lossy(&answer[..end]).into_owned()
}

fn ask(world: &World, path: &str) -> Result<String, String> {
    let tls = tls(world);
    let asked = world
        .lab
        .run_until(get(world.lab.near(), &tls, path, world.pressed))
        .unwrap();
    asked.map(|answer| head(&answer))
}

#[test]
fn the_shop_answers_through_nat_firewall_tls_balancer_and_application() {
    let world = world(BUILTIN, 7);
    let answer = ask(&world, "/").unwrap();
    assert!(answer.starts_with("HTTP/1.1 200"), "{answer}");
    assert!(
        answer.contains("date: Thu, 01 Jan 2026 00:00:00 GMT"),
        "{answer}"
    );
}

#[test]
fn the_neighbour_has_filled_the_cache_server() {
    let world = world(BUILTIN, 7);
    let picture = ask(&world, "/img/1.png").unwrap();
    assert!(picture.contains("cache-status: cache; hit"), "{picture}");
    let other = ask(&world, "/img/8.png").unwrap();
    assert!(other.contains("fwd=uri-miss"), "{other}");
}

/// A question for the shop's address.
const QUESTION: &[u8] =
    b"\x12\x34\x01\x00\x00\x01\x00\x00\x00\x00\x00\x00\x04shop\x03lab\x00\x00\x01\x00\x01";

/// Asks the DNS server of the lease; the response code, and what is said if there is no answer.
fn resolve(world: &World) -> Result<(u8, Vec<u8>), String> {
    let port = world.lab.near();
    let asked = async {
        let cause = port
            .ready(world.pressed)
            .await
            .map_err(|failure| failure.to_string())?;
        let server = port.resolver_config().servers[0];
        let socket = port.datagrams(SocketAddr::from(([0, 0, 0, 0], 0))).unwrap();
        socket
            .send(QUESTION, server, cause)
            .await
            .map_err(|failure| failure.to_string())?;
        let received = with_limit(&*port, Duration::from_secs(20), socket.receive()).await;
        let received = received.map_err(|_| "silence".to_owned())?;
        let received = received.map_err(|failure| format!("{:?}", failure.kind))?;
        Ok((received.octets[3] & 0xf, received.octets))
    };
    world.lab.run_until(asked).unwrap()
}

#[test]
fn the_name_is_resolved_from_the_root_down() {
    let world = world(BUILTIN, 7);
    let (rcode, answer) = resolve(&world).unwrap();
    assert_eq!(rcode, 0);
    assert!(
        answer.windows(4).any(|octets| octets == SHOP.0),
        "{answer:?}"
    );
    let zones: Vec<String> = world
        .journal
        .entries
        .borrow()
        .iter()
        .filter_map(|entry| match &entry.event {
            Event::Dns(DnsEvent::ReferralFollowed { zone, .. }) => Some(zone.clone()),
            _ => None,
        })
        .collect();
    assert_eq!(zones, ["lab", "shop.lab"]);
}

#[test]
fn damaged_names_are_told_apart() {
    for (order, seen) in [
        ("dns.name_not_resolved", Ok(3)),
        ("dns.unreachable", Err("Unreachable".to_owned())),
    ] {
        let mut topology = Topology::builtin();
        faults::apply(&mut topology, order).unwrap();
        let world = world(&topology.to_toml(), 7);
        assert_eq!(resolve(&world).map(|(rcode, _)| rcode), seen, "{order}");
    }
}

fn damaged(order: &str) -> String {
    let mut topology = Topology::builtin();
    faults::apply(&mut topology, order).unwrap();
    let world = world(&topology.to_toml(), 7);
    match ask(&world, "/") {
        Ok(answer) => answer.lines().next().unwrap_or_default().to_owned(),
        Err(why) => why,
    }
}

#[test]
fn each_damage_shows_at_the_browser() {
    for (order, seen) in [
        ("dhcp.no_lease", "NoAddress"),
        ("neigh.no_answer", "NeighbourSilent"),
        ("route.none", "NoRoute"),
        ("firewall.dropped", "TimedOut"),
        ("tcp.refused", "Refused"),
        ("tcp.timed_out", "TimedOut"),
        ("tcp.reset", "tcp.reset"),
        ("tls.not_tls", "tls.not_tls"),
        ("tls.cert.name_invalid", "tls.cert.name_invalid"),
        ("tls.cert.date_invalid", "tls.cert.date_invalid"),
        ("tls.cert.authority_invalid", "tls.cert.authority_invalid"),
        ("http.error", "HTTP/1.1 404 Not Found"),
        ("http.response.redirect_loop", "HTTP/1.1 302 Found"),
        ("balancer.no_backend", "HTTP/1.1 503 Service Unavailable"),
        ("app.error", "HTTP/1.1 500 Internal Server Error"),
    ] {
        assert_eq!(damaged(order), seen, "{order}");
    }
}

#[test]
fn an_answer_that_breaks_off_is_shorter_than_it_said() {
    let mut topology = Topology::builtin();
    faults::apply(&mut topology, "http.response.truncated").unwrap();
    let world = world(&topology.to_toml(), 7);
    let tls = tls(&world);
    let asked = world
        .lab
        .run_until(get(world.lab.near(), &tls, "/", world.pressed))
        .unwrap();
    let answer = asked.unwrap();
    let head = head(&answer);
    assert!(head.starts_with("HTTP/1.1 200"), "{head}");
    let length = head
        .lines()
        .find_map(|line| line.strip_prefix("content-length: "));
    let declared: usize = length.unwrap().parse().unwrap();
    assert!(answer.len() - head.len() - 4 < declared, "{head}");
}

#[test]
fn a_silent_server_lets_the_balancer_wait_for_a_minute() {
    let mut topology = Topology::builtin();
    faults::apply(&mut topology, "http.response.timed_out").unwrap();
    let world = world(&topology.to_toml(), 7);
    let answer = ask(&world, "/").unwrap();
    assert!(answer.starts_with("HTTP/1.1 504"), "{answer}");
    assert!(world.lab.near().now().as_ms() > 60_000.0);
}

#[test]
fn every_event_of_the_trip_has_an_earlier_cause() {
    let world = world(BUILTIN, 7);
    resolve(&world).unwrap();
    ask(&world, "/").unwrap();
    world.lab.settle(Duration::from_secs(200)).unwrap();
    for entry in &world.journal.entries.borrow()[1..] {
        let stated = format!("{entry:?}");
        assert!(
            entry.cause.is_some_and(|cause| cause < entry.id),
            "{stated}"
        );
    }
}

#[test]
fn the_same_seed_gives_the_same_journal_tls_included() {
    let run = |seed| {
        let world = world(BUILTIN, seed);
        resolve(&world).unwrap();
        ask(&world, "/").unwrap();
        ask(&world, "/style.css").unwrap();
        (
            world.journal.entries.borrow().clone(),
            world.journal.bytes.borrow().clone(),
        )
    };
    let (first, second) = (run(7), run(7));
    let differs = first
        .0
        .iter()
        .zip(&second.0)
        .find(|(one, other)| one != other);
    assert!(differs.is_none(), "{differs:?}");
    assert!(first == second);
    assert!(first != run(8));
}

/// Every so many-th frame is hurt in `cargo test`; a prime, so that all kinds come in turn.
const STEP: usize = 37;

#[test]
fn a_page_arrives_whole_whichever_frame_is_lost_or_damaged() {
    let fetch = |damage: Option<FrameDamage>| {
        let world = world(BUILTIN, 7);
        world.lab.damage_frames(damage.into_iter().collect());
        let tls = tls(&world);
        let asked = world
            .lab
            .run_until(get(world.lab.near(), &tls, "/style.css", world.pressed));
        let answer = asked.unwrap_or_else(|stuck| panic!("{damage:?}: {stuck}"));
        (answer, world.lab.frames())
    };
    let body = |answer: &[u8]| answer[head(answer).len()..].to_vec();
    let (whole, frames) = fetch(None);
    let whole = body(&whole.unwrap());
    for frame in (1..=frames).step_by(STEP) {
        for damage in [
            FrameDamage::Drop { frame },
            FrameDamage::FlipBit {
                frame,
                bit: frame as usize * 131,
            },
        ] {
            let (answer, _) = fetch(Some(damage));
            let answer = answer.unwrap_or_else(|why| panic!("{damage:?}: {why}"));
            assert!(body(&answer) == whole, "{damage:?}");
        }
    }
}

#[test]
fn recording_changes_nothing_that_happens() {
    let fetch = |world: World| {
        let name = resolve(&world).unwrap();
        let page = ask(&world, "/").unwrap();
        (name, page, world.lab.frames(), world.lab.near().now())
    };
    assert_eq!(
        fetch(world(BUILTIN, 7)),
        fetch(journal::unrecorded(BUILTIN, 7))
    );
}

#[test]
fn a_lab_that_is_taken_down_says_nothing_more() {
    let world = world(BUILTIN, 7);
    ask(&world, "/").unwrap();
    let (journal, before) = (world.journal.clone(), world.count(|_| true));
    drop(world);
    assert_eq!(journal.entries.borrow().len(), before);
}
