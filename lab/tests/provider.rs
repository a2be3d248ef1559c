//! A provider's hop as it was chosen: latency, bandwidth, loss, queue, and all that goes wrong.

mod journal;

use journal::{World, world};
use std::{collections::BTreeMap, net::SocketAddr, time::Duration};
use thru_events::{
    Entry, Event, NodeId, Time, Vantage, ip::IpEvent, link::LinkEvent, tcp::TcpEvent,
};
use thru_port::{read, shutdown, write_all};

/// A machine, a hop with these properties, a server.
fn topology(hop: &str, machine: &str) -> String {
    format!(
        r#"
near = "pc"
[[machine]]
name = "pc"
interface = [{{ name = "eth0", address = "10.0.0.2/24" }}]
route = [{{ to = "0.0.0.0/0", via = "10.0.0.1" }}]
{machine}
[[machine]]
name = "provider"
kind = "router"
interface = [{{ name = "in", address = "10.0.0.1/24" }}, {{ name = "out", address = "10.0.1.1/24" }}]
[[machine]]
name = "server"
interface = [{{ name = "eth0", address = "10.0.1.2/24" }}]
route = [{{ to = "0.0.0.0/0", via = "10.0.1.1" }}]
{machine}
[[wire]]
from = "pc:eth0"
to = "provider:in"
rate = "100 Gbit/s"
[[wire]]
from = "provider:out"
to = "server:eth0"
{hop}
"#
    )
}

const SERVER: SocketAddr = SocketAddr::new(
    std::net::IpAddr::V4(std::net::Ipv4Addr::new(10, 0, 1, 2)),
    7,
);

/// Packets of one measurement.
const PACKETS: usize = 10_000;

/// Octets that a datagram is longer with UDP, IP, Ethernet, its check sequence, preamble and gap.
const AROUND: usize = 8 + 20 + 14 + 4 + 20;

/// Sends `packets` numbered datagrams of `octets`, `gap` apart, and lets them arrive.
fn send(world: &World, packets: usize, octets: usize, gap: Duration) {
    let (port, pressed) = (world.lab.near(), world.pressed);
    let server = world.lab.port("server").unwrap();
    // Somebody listens, or each would be answered by ICMP.
    let _heard = server.datagrams(SERVER).unwrap();
    let sending = async move {
        let socket = port.datagrams(SocketAddr::from(([0, 0, 0, 0], 0))).unwrap();
        // The first makes the neighbours known.
        socket.send(b"hello", SERVER, pressed).await.unwrap();
        port.sleep(Duration::from_secs(5)).await;
        for number in 0..packets as u32 {
            let mut words = number.to_be_bytes().to_vec();
            words.resize(octets, 0);
            socket.send(&words, SERVER, pressed).await.unwrap();
            if !gap.is_zero() {
                port.sleep(gap).await;
            }
        }
        port.sleep(Duration::from_secs(5)).await;
    };
    world.lab.run_until(sending).unwrap();
}

/// When each packet of `octets` data left the near machine, and when such packets arrived at the
/// server, by number.
struct Seen {
    sent: Vec<Time>,
    arrived: Vec<(u32, Time)>,
}

fn seen(world: &World, octets: usize) -> Seen {
    let bytes = world.journal.bytes.borrow();
    let wanted = octets + AROUND - 24;
    let mut seen = Seen {
        sent: Vec::new(),
        arrived: Vec::new(),
    };
    // Machines are numbered as they are listed.
    let server = Vantage::Node(NodeId(2));
    for entry in world.journal.entries.borrow().iter() {
        match &entry.event {
            Event::Link(LinkEvent::FrameSent { length, .. })
                if entry.vantage == Vantage::Near && *length as usize == wanted =>
            {
                seen.sent.push(entry.at)
            }
            Event::Link(LinkEvent::FrameReceived { length, .. })
                if entry.vantage == server && *length as usize == wanted =>
            {
                let span = entry.span.unwrap();
                let frame = &bytes[span.bytes.0 as usize];
                let number = frame[42..46].try_into().unwrap();
                seen.arrived.push((u32::from_be_bytes(number), entry.at));
            }
            _ => {}
        }
    }
    seen
}

#[test]
fn latency_comes_out_within_a_thousandth() {
    for (latency, nanos) in [("20 ms", 20_000_000.0), ("137 us", 137_000.0)] {
        let hop = format!("rate = \"1 Gbit/s\"\nlatency = \"{latency}\"");
        let world = world(&topology(&hop, ""), 1);
        send(&world, PACKETS, 100, Duration::from_micros(50));
        let seen = seen(&world, 100);
        assert_eq!(seen.arrived.len(), PACKETS);
        // On two lines, and then the way.
        let on_lines = (100 + AROUND) as f64 * 8.0 * (1.0 + 0.01);
        for (sent, (number, arrived)) in seen.sent.iter().zip(&seen.arrived) {
            let took = arrived.since(*sent).as_nanos() as f64;
            let off = (took - on_lines - nanos).abs() / nanos;
            assert!(off < 0.001, "packet {number} took {took} ns");
        }
    }
}

#[test]
fn bandwidth_comes_out_within_a_thousandth() {
    for (rate, bits) in [
        ("1 Mbit/s", 1e6),
        ("37 Mbit/s", 37e6),
        ("9.7 Gbit/s", 9.7e9),
    ] {
        let hop = format!("rate = \"{rate}\"\nqueue = 20000");
        let world = world(&topology(&hop, ""), 1);
        // They come faster than they can go.
        send(&world, PACKETS, 1000, Duration::from_nanos(700));
        world.lab.settle(Duration::from_secs(90)).unwrap();
        let seen = seen(&world, 1000);
        assert_eq!(seen.arrived.len(), PACKETS);
        let (first, last) = (seen.arrived[0].1, seen.arrived[PACKETS - 1].1);
        let octets = (PACKETS - 1) * (1000 + AROUND);
        let found = octets as f64 * 8.0 / last.since(first).as_secs_f64();
        let off = (found - bits).abs() / bits;
        assert!(off < 0.001, "{rate} came out as {found} bit/s");
    }
}

/// Which of the packets were lost.
fn lost(seed: u64, hop: &str) -> Vec<u32> {
    let hop = format!("rate = \"10 Gbit/s\"\n{hop}");
    let world = world(&topology(&hop, ""), seed);
    send(&world, PACKETS, 100, Duration::from_micros(1));
    let arrived: Vec<u32> = seen(&world, 100)
        .arrived
        .iter()
        .map(|(number, _)| *number)
        .collect();
    let mut arrived = arrived.into_iter().peekable();
    (0..PACKETS as u32)
        .filter(|number| arrived.next_if_eq(number).is_none())
        .collect()
}

#[test]
fn random_loss_is_random() {
    let by_seed: Vec<Vec<u32>> = (1..=20).map(|seed| lost(seed, "loss = 0.01")).collect();
    for (seed, lost) in by_seed.iter().enumerate() {
        // 100 are expected of 10 000; the standard deviation is 10.
        let count = lost.len();
        assert!((70..=130).contains(&count), "seed {}: {count}", seed + 1);
    }
    for (one, other) in by_seed.iter().zip(&by_seed[1..]) {
        assert_ne!(one, other);
    }
    let gaps = by_seed.iter().flat_map(|lost| lost.windows(2));
    let gaps: Vec<u32> = gaps.map(|two| two[1] - two[0]).collect();
    geometric(&gaps, 0.01);
}

/// The gaps between losses are those of independent draws: a goodness-of-fit test over ten
/// classes that are equally likely if they are.
fn geometric(gaps: &[u32], share: f64) {
    const CLASSES: usize = 10;
    let below = |gap: f64| 1.0 - (1.0 - share).powf(gap);
    let edges: Vec<u32> = (1..CLASSES)
        .map(|class| {
            let quantile = class as f64 / CLASSES as f64;
            ((1.0 - quantile).ln() / (1.0 - share).ln()).round() as u32
        })
        .collect();
    let mut counts = [0.0; CLASSES];
    for gap in gaps {
        counts[edges.iter().filter(|edge| *gap > **edge).count()] += 1.0;
    }
    let bounds = edges.iter().map(|edge| below(f64::from(*edge)));
    let bounds: Vec<f64> = [0.0].into_iter().chain(bounds).chain([1.0]).collect();
    let distance: f64 = counts
        .iter()
        .zip(bounds.windows(2))
        .map(|(count, bound)| {
            let expected = gaps.len() as f64 * (bound[1] - bound[0]);
            (count - expected) * (count - expected) / expected
        })
        .sum();
    // Chi-square with nine degrees of freedom is above 27.9 once in a thousand times. Even
    // spacing would give thousands.
    assert!(distance < 27.9, "{distance}: {counts:?}");
}

#[test]
fn loss_by_number_hits_these_and_no_others() {
    // The datagram before is the first frame but one: ARP asked before it.
    let by_number = lost(1, "lose = [3, 10, 5000]");
    assert_eq!(by_number, [0, 7, 4997]);
    let every = lost(1, "lose_every = 1000");
    let expected: Vec<u32> = (1..=10).map(|n| n * 1000 - 3).collect();
    assert_eq!(every, expected);
}

#[test]
fn what_is_held_back_is_overtaken_and_what_is_doubled_comes_twice() {
    let hop = "rate = \"10 Gbit/s\"\nreorder = 0.02\nreorder_by = \"10 us\"\nduplicate = 0.01";
    let world = world(&topology(hop, ""), 1);
    send(&world, PACKETS, 100, Duration::from_micros(3));
    let arrived = seen(&world, 100).arrived;
    // Three standard deviations of 100 and of 200 out of 10 000.
    let twice = arrived.len() - PACKETS;
    assert!((70..=130).contains(&twice), "{twice}");
    let back = arrived.windows(2).filter(|two| two[1].0 < two[0].0).count();
    assert!((150..=250).contains(&back), "{back}");
    let said = |entry: &Entry| matches!(entry.event, Event::Link(LinkEvent::FrameDisturbed { .. }));
    assert!(world.count(said) >= twice + back);
}

#[test]
fn corruption_passes_the_frame_check_and_is_found_by_the_checksums() {
    let world = world(&topology("rate = \"10 Gbit/s\"\ncorrupt = 0.1", ""), 1);
    send(&world, 1000, 1000, Duration::from_micros(10));
    let failed =
        |entry: &Entry| matches!(entry.event, Event::Link(LinkEvent::FrameCheckFailed { .. }));
    assert_eq!(world.count(failed), 0);
    let dropped = |entry: &Entry| {
        matches!(
            entry.event,
            Event::Ip(IpEvent::PacketDropped { .. }) | Event::Tcp(TcpEvent::SegmentIgnored { .. })
        )
    };
    let disturbed =
        |entry: &Entry| matches!(entry.event, Event::Link(LinkEvent::FrameDisturbed { .. }));
    let disturbed = world.count(disturbed);
    assert!((70..=130).contains(&disturbed), "{disturbed}");
    // A bit of the frame's own header is no matter of a checksum.
    let dropped = world.count(dropped);
    assert!(dropped >= disturbed * 9 / 10, "{dropped} of {disturbed}");
}

/// Octets of a bulk transfer, and how long it took.
fn bulk(world: &World, octets: usize) -> Duration {
    let server = world.lab.port("server").unwrap();
    let listener = server.listen(SERVER).unwrap();
    let task = async move {
        let Ok(mut stream) = listener.accept().await else {
            return;
        };
        let mut buffer = [0; 65_536];
        while let Ok(1..) = read(&mut *stream, &mut buffer).await {}
        let _ = shutdown(&mut *stream).await;
    };
    server.spawn("sink", Box::pin(task));
    let (port, pressed) = (world.lab.near(), world.pressed);
    let begun = port.now();
    let talk = async {
        let mut connected = port.connect(SERVER, pressed).await.unwrap();
        write_all(&mut *connected.stream, &vec![7; octets])
            .await
            .unwrap();
        shutdown(&mut *connected.stream).await.unwrap();
        let mut buffer = [0; 16];
        assert_eq!(read(&mut *connected.stream, &mut buffer).await.unwrap(), 0);
    };
    world.lab.run_until(talk).unwrap();
    port.now().since(begun)
}

/// The longest that a frame waited before the hop's line, milliseconds, in the second half of a
/// bulk transfer.
fn longest_wait(kind: &str, machine: &str) -> f64 {
    let hop =
        format!("rate = \"20 Mbit/s\"\nlatency = \"10 ms\"\nqueue = 1000\nqueue_kind = \"{kind}\"");
    let world = world(&topology(&hop, machine), 1);
    let took = bulk(&world, 8_000_000);
    let half = took.as_secs_f64() * 500.0;
    waits(&world, half)
}

/// Milliseconds from a frame's sending by the provider to its arrival, less the way.
fn waits(world: &World, from_ms: f64) -> f64 {
    let (provider, server) = (NodeId(1), NodeId(2));
    let mut sent = BTreeMap::new();
    let mut longest = 0.0;
    for entry in world.journal.entries.borrow().iter() {
        let Some(span) = entry.span else { continue };
        match &entry.event {
            Event::Link(LinkEvent::FrameSent { .. })
                if entry.vantage == Vantage::Node(provider) =>
            {
                sent.insert(span.bytes.0, entry.at);
            }
            Event::Link(LinkEvent::FrameReceived { .. })
                if entry.vantage == Vantage::Node(server) && entry.at.as_ms() > from_ms =>
            {
                let way = sent.get(&span.bytes.0).map(|sent| entry.at.since(*sent));
                let way = way.unwrap_or_default().as_secs_f64() * 1000.0;
                longest = f64::max(longest, way - 10.0);
            }
            _ => {}
        }
    }
    longest
}

#[test]
fn managed_queues_keep_waits_short_where_a_plain_one_lets_them_grow() {
    let plain = longest_wait("tail-drop", "");
    assert!(plain > 200.0, "{plain} ms");
    for kind in ["codel", "fq-codel"] {
        let managed = longest_wait(kind, "");
        assert!(managed < 20.0, "{kind}: {managed} ms");
    }
}

#[test]
fn packets_of_ends_that_understand_it_are_marked_instead_of_dropped() {
    let hop = "rate = \"20 Mbit/s\"\nlatency = \"10 ms\"\nqueue = 1000\nqueue_kind = \"codel\"";
    let world = world(&topology(hop, "tcp = { ecn = true }"), 1);
    bulk(&world, 10_000_000);
    let lost = |entry: &Entry| matches!(entry.event, Event::Link(LinkEvent::FrameLost { .. }));
    let marked =
        |entry: &Entry| matches!(entry.event, Event::Link(LinkEvent::FrameDisturbed { .. }));
    assert_eq!(world.count(lost), 0);
    assert!(world.count(marked) > 0);
}

#[test]
fn the_same_seed_gives_the_same_capture() {
    let hop = "rate = \"50 Mbit/s\"\nlatency = \"5 ms\"\njitter = \"2 ms\"\nqueue = 40\n\
               queue_kind = \"fq-codel\"\nloss = 0.01\nbit_error = 0.005\ncorrupt = 0.005\n\
               duplicate = 0.01\nreorder = 0.02\nreorder_by = \"3 ms\"";
    let capture = |seed| {
        let world = world(&topology(hop, ""), seed);
        bulk(&world, 2_000_000);
        let entries = world.journal.entries.borrow().clone();
        (entries, world.journal.bytes.borrow().clone())
    };
    let first = capture(1);
    assert!(first == capture(1));
    assert!(first != capture(2));
}
