//! The frames of the host world: captured where the right exists, else put together; tshark reads
//! both. What the kernel says of route, neighbour and interface beside what `ip` and `ss` say.

use super::Line;
use crate::{
    needs::Need::{self, *},
    room::Room,
    thru::{Loaded, Ran, Thru},
    wireshark,
};
use serde_json::Value;
use std::path::Path;

const TWO: &[Need] = &[Namespace, Nginx, Curl, Tshark];

pub const CASES: &[Line] = &[
    ("frames are captured over a cable", TWO, captured),
    ("captured frames of HTTP/2 are decrypted", TWO, captured_tls),
    ("frames are captured over IPv6", TWO, captured_ipv6),
    (
        "without the right frames are put together",
        TWO,
        put_together,
    ),
    ("frames put together are decrypted", TWO, put_together_tls),
    ("keys go along only when they are asked for", TWO, no_keys),
    ("a saved trip gives its frames", TWO, saved),
    ("a large page is captured whole", TWO, large),
    ("names and who refuses them are captured", TWO, names),
    (
        "frames cost nothing where nobody wants them",
        TWO,
        not_wanted,
    ),
    (
        "loopback shows each frame once",
        &[Namespace, Nginx, Tshark],
        loopback,
    ),
    ("route and neighbour are those of ip", TWO, as_ip_says),
    ("doctor says how to capture", &[Namespace], doctor),
];

/// `thru` without the right to capture.
const WITHOUT: &[&str] = &["setpriv", "--bounding-set=-net_raw"];

fn between(room: &Room, case: &str, before: &[&str]) -> Thru {
    Thru::between_two_machines(room, case, before)
}

fn over_tls(room: &Room, thru: Thru) -> Loaded {
    let root = &room.certificates().root;
    thru.with(["--resolve", "pages.test:443:192.0.2.2", "--cacert"])
        .with([root])
        .load("https://pages.test/")
        .expect_loaded()
}

/// The events of a trip that was saved.
fn events(room: &Room, trip: &Path) -> Vec<Value> {
    let ran = Thru::new(room, "events of a trip")
        .with(["open", "--ndjson"])
        .with([trip])
        .run();
    let lines = ran.stdout.lines().map(serde_json::from_str);
    lines.map(|line| line.expect("a line of JSON")).collect()
}

fn of<'a>(events: &'a [Value], name: &'a str) -> impl Iterator<Item = &'a Value> {
    events.iter().filter(move |event| event["event"] == name)
}

/// Nobody's frames but the load's: all of TCP belongs to connections that the record tells of.
fn only_ours(room: &Room, capture: &Path, trip: &Path) {
    let events = events(room, trip);
    let port = |event: &Value| {
        let local = event["fields"]["local"].as_str()?;
        local.rsplit(':').next().map(str::to_owned)
    };
    let ours: Vec<String> = of(&events, "Opened").filter_map(port).collect();
    let seen = wireshark::lines(capture, "tcp", &["tcp.srcport", "tcp.dstport"]);
    assert!(!seen.is_empty() && !ours.is_empty());
    for line in seen {
        let is_ours = line
            .split('\t')
            .any(|port| ours.iter().any(|own| own == port));
        assert!(is_ours, "{line} is none of {ours:?}");
    }
}

fn captured(room: &Room) {
    let loaded = between(room, "captured", &[])
        .with(["--pcapng", "t.pcapng", "--record", "t.thru"])
        .load("http://192.0.2.2/")
        .expect_loaded();
    let (capture, trip) = (
        loaded.ran.folder.join("t.pcapng"),
        loaded.ran.folder.join("t.thru"),
    );
    assert_eq!(wireshark::wrong(&capture, false), [""; 0]);
    only_ours(room, &capture, &trip);
    let lines = |filter: &str, field: &str| wireshark::lines(&capture, filter, &[field]);
    assert_eq!(
        lines("http.request.uri == \"/\"", "http.request.method"),
        ["GET"]
    );
    assert_eq!(
        lines("http.request.uri contains \"other\"", "frame.number"),
        [""; 0]
    );
    // Both ends said that they are done.
    assert_eq!(
        lines("tcp.flags.fin == 1 && ip.src == 192.0.2.1", "frame.number").len(),
        1
    );
    assert_eq!(
        lines("tcp.flags.fin == 1 && ip.src == 192.0.2.2", "frame.number").len(),
        1
    );
    // Real numbers, not made up.
    let first = lines("tcp.flags.syn == 1 && tcp.flags.ack == 0", "tcp.seq_raw");
    assert_ne!(first[0], "0");
    assert_eq!(lines("frame.number == 1", "frame.interface_name"), ["v0"]);
    let comments = lines("http.request", "frame.comment").join(" ");
    assert!(
        comments.contains("out by v0") && comments.contains("because:"),
        "{comments}"
    );
    // What leaves by a virtual cable has no checksum yet, which is said and is nothing wrong.
    assert!(comments.contains("left to the adapter"), "{comments}");
    let events = events(room, &trip);
    let observed = of(&events, "FramePassed").all(|event| event["provenance"] == "Observed");
    assert!(observed && of(&events, "FramePassed").count() > 5);
    assert_eq!(of(&events, "LimitReached").count(), 0);
    let text = Thru::new(room, "captured text")
        .with(["open"])
        .with([&trip])
        .run()
        .stdout;
    assert!(text.contains("frames captured on v0"), "{text}");
}

fn captured_tls(room: &Room) {
    let thru = between(room, "captured tls", &[]);
    let thru = thru.with(["--pcapng", "t.pcapng", "--record", "t.thru", "--secrets"]);
    let loaded = over_tls(room, thru);
    let (capture, trip) = (
        loaded.ran.folder.join("t.pcapng"),
        loaded.ran.folder.join("t.thru"),
    );
    assert_eq!(wireshark::wrong(&capture, false), [""; 0]);
    only_ours(room, &capture, &trip);
    decrypted(&capture);
}

/// HTTP/2 inside of TLS is visible.
fn decrypted(capture: &Path) {
    let requests = wireshark::lines(
        capture,
        "http2.headers.path == \"/\"",
        &["http2.headers.authority"],
    );
    assert_eq!(requests, ["pages.test"]);
    let answers = wireshark::lines(capture, "http2.headers.status", &["http2.headers.status"]);
    assert_eq!(answers[0], "200");
}

fn captured_ipv6(room: &Room) {
    let loaded = between(room, "captured ipv6", &[])
        .with(["--pcapng", "t.pcapng"])
        .load("http://[2001:db8::2]/")
        .expect_loaded();
    let capture = loaded.ran.folder.join("t.pcapng");
    assert_eq!(wireshark::wrong(&capture, false), [""; 0]);
    let lines = |filter: &str, field: &str| wireshark::lines(&capture, filter, &[field]);
    assert_eq!(
        lines("http.request && ipv6", "http.request.method")[0],
        "GET"
    );
    assert_eq!(
        lines("icmpv6.type == 135", "icmpv6.nd.ns.target_address")[0],
        "2001:db8::2"
    );
    assert_eq!(
        lines("ip", "frame.number"),
        [""; 0],
        "the other client speaks IPv4"
    );
}

/// What frames that were put together have to be like.
fn made_up(room: &Room, ran: &Ran) {
    let (capture, trip) = (ran.folder.join("t.pcapng"), ran.folder.join("t.thru"));
    assert_eq!(wireshark::wrong(&capture, true), [""; 0]);
    only_ours(room, &capture, &trip);
    let fields = ["frame.interface_name", "frame.comment", "tcp.seq_raw"];
    let first = wireshark::lines(&capture, "frame.number == 1", &fields).remove(0);
    assert!(
        first.starts_with("put together (not captured)\t"),
        "{first}"
    );
    assert!(
        first.contains("not seen") && first.ends_with("\t0"),
        "{first}"
    );
    let whole = std::fs::read(&capture).expect("it was written");
    let head = String::from_utf8_lossy(&whole[..whole.len().min(600)]).into_owned();
    assert!(head.contains("put together, not captured") && head.contains("sequence numbers"));
    let events = events(room, &trip);
    let inferred = of(&events, "FramePassed").all(|event| event["provenance"] == "Inferred");
    assert!(inferred && of(&events, "FramePassed").count() > 5);
    let why = of(&events, "StageUnseen").filter_map(|event| event["text"].as_str());
    let why: Vec<&str> = why.filter(|text| text.starts_with("link")).collect();
    assert!(
        why[0].contains("CAP_NET_RAW") && why[0].contains("thru doctor"),
        "{why:?}"
    );
    let open = Thru::new(room, "made up")
        .with(["open", "--text"])
        .with([&trip])
        .run()
        .stdout;
    assert!(
        open.contains("frames unseen, ") && open.contains(" put together"),
        "{open}"
    );
    assert!(open.contains("not seen) (inferred)"), "{open}");
}

fn put_together(room: &Room) {
    let loaded = between(room, "put together", WITHOUT)
        .with(["--pcapng", "t.pcapng", "--record", "t.thru"])
        .load("http://192.0.2.2/")
        .expect_loaded();
    made_up(room, &loaded.ran);
    let capture = loaded.ran.folder.join("t.pcapng");
    let answers = wireshark::lines(&capture, "http.response", &["http.response.code"]);
    assert_eq!(answers[0], "200");
}

fn put_together_tls(room: &Room) {
    let thru = between(room, "put together tls", WITHOUT);
    let thru = thru.with(["--pcapng", "t.pcapng", "--record", "t.thru", "--secrets"]);
    let loaded = over_tls(room, thru);
    made_up(room, &loaded.ran);
    decrypted(&loaded.ran.folder.join("t.pcapng"));
}

fn no_keys(room: &Room) {
    let thru = between(room, "no keys", &[]).with(["--pcapng", "t.pcapng"]);
    let loaded = over_tls(room, thru);
    let capture = loaded.ran.folder.join("t.pcapng");
    assert_eq!(
        wireshark::lines(&capture, "http2", &["frame.number"]),
        [""; 0]
    );
    assert!(!wireshark::lines(&capture, "tls", &["frame.number"]).is_empty());
}

fn saved(room: &Room) {
    let loaded = between(room, "saved", &[])
        .with(["--record", "t.thru", "--pcapng", "now.pcapng"])
        .load("http://192.0.2.3/")
        .expect_loaded();
    let folder = &loaded.ran.folder;
    let opened = Thru::new(room, "saved")
        .with(["open", "t.thru", "--pcapng", "later.pcapng"])
        .run();
    assert_eq!(opened.status, 0, "{}", opened.stderr);
    let read = |name: &str| std::fs::read(folder.join(name)).expect("it was written");
    assert_eq!(read("now.pcapng"), read("later.pcapng"));
    // Nobody has spoken with this machine before: its hardware address is asked for.
    let capture = folder.join("now.pcapng");
    let asked = wireshark::lines(&capture, "arp.opcode == 1", &["arp.dst.proto_ipv4"]);
    assert_eq!(asked.first().map(String::as_str), Some("192.0.2.3"));
    let answered = wireshark::lines(&capture, "arp.opcode == 2", &["arp.src.proto_ipv4"]);
    assert!(
        answered.iter().any(|who| who == "192.0.2.3"),
        "{answered:?}"
    );
}

/// Runs of segments come as one frame, and none is missing.
fn large(room: &Room) {
    let loaded = between(room, "large", &[])
        .with(["--pcapng", "t.pcapng", "--record", "t.thru"])
        .load("http://192.0.2.2/large.html")
        .expect_loaded();
    let capture = loaded.ran.folder.join("t.pcapng");
    assert_eq!(wireshark::wrong(&capture, false), [""; 0]);
    let lines = |filter: &str, field: &str| wireshark::lines(&capture, filter, &[field]);
    let missing = "tcp.analysis.lost_segment || tcp.analysis.ack_lost_segment";
    assert_eq!(lines(missing, "frame.number"), [""; 0]);
    let length = lines("http.response", "http.content_length");
    assert_eq!(
        length.len(),
        1,
        "the whole answer is put together: {length:?}"
    );
    let long = lines("frame.len > 1514", "frame.comment");
    assert!(
        long.iter().all(|words| words.contains("(GSO, GRO)")),
        "{long:?}"
    );
    assert!(!long.is_empty(), "a virtual cable carries runs of segments");
    let events = events(room, &loaded.ran.folder.join("t.thru"));
    let limits = of(&events, "LimitReached").filter_map(|event| event["text"].as_str());
    assert_eq!(limits.collect::<Vec<_>>(), [""; 0], "nothing was dropped");
}

/// Nobody answers at the name server's port: the question and what ICMP says of it are the load's.
fn names(room: &Room) {
    for (case, before) in [("names captured", &[][..]), ("names put together", WITHOUT)] {
        let loaded = between(room, case, before)
            .with(["--pcapng", "t.pcapng", "--dns-server", "192.0.2.3"])
            .load("http://name.test/");
        assert_eq!(loaded.ran.status, 20, "{}", loaded.ran.stderr);
        let capture = loaded.ran.folder.join("t.pcapng");
        assert_eq!(wireshark::wrong(&capture, before == WITHOUT), [""; 0]);
        let asked = wireshark::lines(&capture, "dns && !icmp", &["dns.qry.name", "udp.dstport"]);
        assert!(
            asked
                .iter()
                .any(|line| line.eq_ignore_ascii_case("name.test\t53")),
            "{asked:?}"
        );
        let refused = wireshark::lines(&capture, "icmp.type == 3", &["icmp.code"]);
        assert_eq!(refused.is_empty(), before == WITHOUT, "{refused:?}");
        // Nobody has spoken with this machine before.
        let filter = "arp.opcode == 1 && arp.dst.proto_ipv4 == 192.0.2.3";
        let asked = wireshark::lines(&capture, filter, &["frame.number"]);
        assert_eq!(asked.is_empty(), before == WITHOUT, "{asked:?}");
    }
}

fn not_wanted(room: &Room) {
    let ran = between(room, "not wanted", &[])
        .with(["load", "--ndjson", "--fresh", "http://192.0.2.2/"])
        .run();
    assert_eq!(ran.status, 0, "{}", ran.stderr);
    assert!(ran.stdout.contains("\"Opened\"") && !ran.stdout.contains("FramePassed"));
}

fn loopback(room: &Room) {
    let port = room.nginx().plain;
    let ran = Thru::new(room, "loopback frames")
        .with(["--pcapng", "t.pcapng"])
        .load(format!("http://127.0.0.1:{port}/moved"));
    let capture = ran.ran.folder.join("t.pcapng");
    assert_eq!(wireshark::wrong(&capture, false), [""; 0]);
    let filter = "http.request.uri == \"/moved\"";
    assert_eq!(
        wireshark::lines(&capture, filter, &["frame.number"]).len(),
        1
    );
    let again = "tcp.analysis.retransmission || tcp.analysis.duplicate_ack";
    assert_eq!(
        wireshark::lines(&capture, again, &["frame.number"]),
        [""; 0]
    );
}

fn as_ip_says(room: &Room) {
    const AND_ASK: &str = "\"$0\" \"$@\"; status=$?; \
         { ip route get 192.0.2.3; ip neigh show; ip link show v0; ss -tanH; } >said; exit $status";
    let loaded = between(room, "as ip says", &["sh", "-c", AND_ASK])
        .with(["--record", "t.thru"])
        .load("http://192.0.2.3/")
        .expect_loaded();
    let folder = &loaded.ran.folder;
    let events = events(room, &folder.join("t.thru"));
    let fields = |name| {
        of(&events, name)
            .map(|event| event["fields"].clone())
            .collect::<Vec<_>>()
    };
    // What the script writes: `ip route get`, `ip neigh show`, `ip link show`, `ss` on the same machine.
    let said = std::fs::read_to_string(folder.join("said")).expect("the script wrote it");
    let route = &fields("RouteChosen")[0];
    let (interface, source) = (route["interface"].as_str(), route["source"].as_str());
    let words = format!(
        "192.0.2.3 dev {} src {}",
        interface.unwrap(),
        source.unwrap()
    );
    assert!(said.contains(&words), "{words} is not in {said}");
    // The five-tuple, while the kernel remembers it (TIME-WAIT).
    let opened = &fields("Opened")[0];
    let ends = ["local", "remote"].map(|end| opened[end].as_str().unwrap_or_default());
    let is_told =
        |line: &str| line.starts_with("TIME-WAIT") && ends.iter().all(|end| line.contains(end));
    assert!(said.lines().any(is_told), "{ends:?} is not in {said}");
    let reported = fields("NeighbourReported");
    let mac = reported
        .iter()
        .find_map(|line| line["mac"].as_array().cloned());
    let mac: Vec<String> = mac
        .expect("the kernel learned it")
        .iter()
        .map(|octet| format!("{:02x}", octet.as_u64().unwrap()))
        .collect();
    let words = format!("192.0.2.3 dev v0 lladdr {}", mac.join(":"));
    assert!(said.contains(&words), "{words} is not in {said}");
    let seen = &fields("InterfaceReported")[0];
    let words = format!("mtu {}", seen["mtu"]);
    assert!(
        seen["interface"] == "v0" && said.contains(&words),
        "{words} is not in {said}"
    );
}

fn doctor(room: &Room) {
    let ran = Thru::in_a_namespace(room, "doctor").with(["doctor"]).run();
    assert!(ran.stdout.contains("✓ frames"), "{}", ran.stdout);
    let ran = Thru::in_a_namespace_without_the_right(room, "doctor without")
        .with(["doctor"])
        .run();
    let text = ran.stdout;
    assert!(
        text.contains("~ frames") && text.contains("CAP_NET_RAW"),
        "{text}"
    );
    assert!(text.contains("--cap-add NET_RAW"), "{text}");
}
