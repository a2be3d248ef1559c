//! Names that do not become addresses.

use super::Line;
use crate::{
    certificates::NAME,
    kept_names, name_server, names,
    needs::Need::*,
    room::Room,
    served,
    server::{Server, free_port},
    thru::Thru,
};

pub const CASES: &[Line] = &[
    (
        "dnsmasq says that a name does not exist",
        &[Dnsmasq],
        not_in_dnsmasq,
    ),
    (
        "unbound says that a name does not exist",
        &[Unbound],
        not_in_unbound,
    ),
    ("a name server's port is closed", &[], closed),
    ("a name server does not answer", &[Namespace], silent),
    (
        "names are found as getent finds them",
        &[Namespace, Dnsmasq],
        names::as_getent,
    ),
    (
        "names come through doors with TLS, of unbound and of ours, only from who proves who it is",
        &[Unbound],
        through_doors,
    ),
    (
        "answers are kept between trips, by several processes, and forgotten on demand",
        &[Unbound],
        kept_names::kept,
    ),
];

fn not_in_dnsmasq(room: &Room) {
    let server = room.dnsmasq();
    let culprit = format!("the zone of nobody.test, asked through {}", server.address);
    does_not_exist(room, "dnsmasq", server, &culprit, "likely");
}

/// Its answer has the zone's SOA record, which names the server that the zone belongs to.
fn not_in_unbound(room: &Room) {
    does_not_exist(
        room,
        "unbound",
        room.unbound(),
        "ns.test (zone test)",
        "proven",
    );
}

fn does_not_exist(room: &Room, case: &str, server: &Server, culprit: &str, certainty: &str) {
    Thru::new(room, case)
        .with(["--dns-server", &server.address.to_string()])
        .load("http://nobody.test/")
        .failed_with(20, "dns.name_not_resolved", culprit, certainty);
}

fn closed(room: &Room) {
    let address = format!("127.0.0.1:{}", free_port());
    Thru::new(room, "dns closed")
        .with(["--dns-server", &address])
        .load("http://nobody.test/")
        .failed_with(20, "dns.unreachable", &address, "likely");
}

fn silent(room: &Room) {
    Thru::in_a_namespace(room, "dns silent")
        .with(["--dns-server", "192.0.2.9", "-m", "5"])
        .load("http://nobody.test/")
        .failed_with(20, "dns.unreachable", "192.0.2.9", "likely");
}

/// A name that is found leads to a port where nobody listens; the questions say how they went.
fn through_doors(room: &Room) {
    let certificates = room.certificates();
    let folder = room.folder("doors-unbound");
    let (_unbound, tls, https) = name_server::unbound_with_doors(&folder, &certificates.good);
    let ours = served::serve(room, "doors-ours", "", true);
    let (own_tls, own_https) = (ours.tls.expect("a door"), ours.https.expect("a door"));
    let table = [
        ("tls", NAME, format!("tls://127.0.0.1:{tls}#{NAME}")),
        (
            "https",
            NAME,
            format!("https://127.0.0.1:{https}/dns-query#{NAME}"),
        ),
        (
            "https",
            NAME,
            format!("https://127.0.0.1:{https}/dns-query{{?dns}}"),
        ),
        ("tls", "here.served.test", format!("tls://{own_tls}")),
        (
            "https",
            "here.served.test",
            format!("https://{own_https}#localhost"),
        ),
        (
            "https",
            "here.served.test",
            format!("https://{own_https}{{?dns}}"),
        ),
    ];
    let root = certificates.root.display().to_string();
    for (index, (by, name, server)) in table.iter().enumerate() {
        let case = format!("door {index}");
        let trip = room.folder(&case.replace(' ', "-")).join("trip.thru");
        let file = trip.display().to_string();
        let loaded = Thru::new(room, &case)
            .with(["--dns-server", server, "--cacert", &root, "--record", &file])
            .load(format!("http://{name}:3/"))
            .failed_with(
                40,
                "tcp.refused",
                &format!("{name} (127.0.0.1:3)"),
                "proven",
            );
        // What asks a name server is no request of the page.
        let requests = loaded.document["requests"].to_string();
        assert!(!requests.contains("dns-query"), "{requests}");
        let events = Thru::new(room, &format!("{case} events"))
            .with(["open", "--ndjson", &file])
            .run()
            .stdout;
        let count = |name: &str| events.matches(&format!("\"event\":\"{name}\"")).count();
        assert!(count("Opened") > 0, "{server}");
        assert_eq!(
            count("Closed"),
            count("Opened"),
            "{server}: every door is closed"
        );
        let ran = Thru::new(room, &format!("{case} opened"))
            .with(["open", &file, "--names", "--json"])
            .run();
        let document: serde_json::Value = serde_json::from_str(&ran.stdout).expect("a document");
        let steps = document["steps"].as_array().expect("steps");
        let asked: Vec<_> = steps
            .iter()
            .filter(|step| step["step"] == "asked")
            .collect();
        assert!(asked.len() >= 2, "{server}: {document:#}");
        assert!(
            asked.iter().all(|step| step["by"] == *by),
            "{server}: {document:#}"
        );
    }
    // Nothing is asked of who shows a certificate for another name, nor in the open instead.
    let stranger = format!("127.0.0.1:{tls}");
    let loaded = Thru::new(room, "door of a stranger")
        .with([
            "--dns-server",
            &format!("tls://{stranger}#dns.example"),
            "--cacert",
            &root,
            "-k",
        ])
        .load(format!("http://{NAME}:3/"))
        .failed_with(20, "dns.unreachable", &stranger, "likely");
    let message = loaded.document["failure"]["message"].to_string();
    assert!(message.contains("dns.example"), "{message}");
    let mend = loaded.document["failure"]["mend"].to_string();
    assert!(mend.contains(&format!("TCP port {tls}")), "{mend}");
}
