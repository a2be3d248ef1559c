//! `thru serve` and what real programs find at it.

use super::Line;
use crate::{
    needs::Need::*,
    room::Room,
    served::{self, START_EXPORTED, exported, in_namespaces, output, serve},
    witness,
};

pub const CASES: &[Line] = &[
    (
        "dig +trace, dig +dnssec and delv find the way through the exported lab",
        &[Namespace, Dig, Delv],
        exported_lab,
    ),
    (
        "kdig +tls and kdig +https, GET and POST, are answered where the certificate is trusted",
        &[Kdig],
        secured,
    ),
    (
        "dig is given a cookie, and a rate limit does not hold who shows it",
        &[Dig],
        cookies_and_rate,
    ),
    (
        "several questions on one connection are all answered",
        &[Dig],
        pipelined,
    ),
    (
        "a forwarder asks through TLS and HTTPS alone, and nobody whom it does not trust",
        &[Dig],
        forwards_secured,
    ),
    (
        "a forwarder asks unbound through TLS and HTTPS",
        &[Dig, Unbound],
        forwards_to_unbound,
    ),
    (
        "SIGHUP reads zones again, and says what waits for a new start",
        &[Dig],
        hang_up,
    ),
    (
        "our recursor and unbound say the same of signed, unsigned and wrongly signed zones of NSD, Knot and unbound",
        &[Namespace, Dig, Nsd, Knot, Unbound, Ldns],
        witness::agree,
    ),
];

/// Delegations, signatures and denials as tools that we did not write see them.
fn exported_lab(room: &Room) {
    let folder = exported(room, "exported");
    let script = format!(
        "{START_EXPORTED}\
        echo '= trace'; dig +trace +nodnssec +tries=1 @192.0.2.2 shop.lab A
        echo '= signed'; dig +dnssec @198.51.100.50 shop.lab A
        echo '= home'; dig @192.168.1.1 www.shop.lab A
        echo '= delv'; delv -a $DIR/bind.keys @198.51.100.50 shop.lab A
        echo '= alias'; delv -a $DIR/bind.keys @198.51.100.50 www.shop.lab A
        echo '= none'; delv -a $DIR/bind.keys @198.51.100.50 nobody.shop.lab A
        echo '= transfer'; dig +tcp @192.0.2.18 shop.lab AXFR
        echo '= any'; dig @192.0.2.18 shop.lab ANY
        kill $SERVE; wait $SERVE; echo \"= ended $?\""
    );
    let text = in_namespaces(&folder, "nameserver 198.51.100.50\n", &script);
    let part = |name: &str| {
        let from = text
            .find(&format!("= {name}"))
            .unwrap_or_else(|| panic!("{name}: {text}"));
        let rest = &text[from + 2..];
        &rest[..rest.find("\n= ").unwrap_or(rest.len())]
    };
    let has = |name: &str, wanted: &[&str]| {
        for wanted in wanted {
            assert!(
                part(name).contains(wanted),
                "{wanted:?} is not in {}",
                part(name)
            );
        }
    };
    let asked = [
        "192.0.2.2#53",
        "192.0.2.10#53",
        "192.0.2.18#53",
        "203.0.113.80",
    ];
    has("trace", &asked);
    has(
        "signed",
        &["status: NOERROR", " ad", "RRSIG", "203.0.113.80"],
    );
    has("home", &["status: NOERROR", "CNAME", "203.0.113.80"]);
    has("delv", &["; fully validated", "203.0.113.80"]);
    has("alias", &["; fully validated", "CNAME"]);
    has(
        "none",
        &["$NXDOMAIN", "; negative response, fully validated"],
    );
    has("transfer", &["Transfer failed"]);
    has("any", &["status: NOERROR", "ANSWER: 1"]);
    has("ended", &["ended 0"]);
}

fn secured(room: &Room) {
    let served = serve(room, "serve-secured", "", true);
    let root = &room.certificates().root;
    let (tls, https) = (served.tls.expect("a door"), served.https.expect("a door"));
    let ca = format!("+tls-ca={}", root.display());
    let ask = |port: u16, options: &[&str]| {
        let port = port.to_string();
        let mut words = vec!["@127.0.0.1", "-p", &port, "served.test", "A", ca.as_str()];
        words.extend(options);
        words.push("+tls-hostname=localhost");
        output("kdig", &words)
    };
    let good = |text: String| {
        assert!(
            text.contains("status: NOERROR") && text.contains("192.0.2.80"),
            "{text}"
        );
        text
    };
    let text = good(ask(tls.port(), &["+tls"]));
    assert!(text.contains("TLS session"), "{text}");
    good(ask(https.port(), &["+https"]));
    let text = good(ask(https.port(), &["+https-get"]));
    assert!(
        text.contains("HTTP session") && text.contains("/dns-query"),
        "{text}"
    );
    // RFC 8467: who pads its question gets a padded answer.
    let text = good(ask(tls.port(), &["+tls", "+padding"]));
    assert!(text.contains("PADDING"), "{text}");
    // A client that trusts somebody else does not ask.
    let stranger = format!(
        "+tls-ca={}",
        room.certificates().self_signed.chain.display()
    );
    let port = tls.port().to_string();
    let words = [
        "@127.0.0.1",
        "-p",
        &port,
        "served.test",
        "A",
        "+tls",
        &stranger,
        "+retry=0",
    ];
    let ran = crate::server::tool("kdig", words)
        .output()
        .expect("kdig runs");
    let text = String::from_utf8_lossy(&ran.stdout);
    assert!(!text.contains("192.0.2.80"), "{text}");
}

/// A forwarder of ours that asks `to`, whose certificate `trust` vouches for; what dig is told.
fn through(room: &Room, case: &str, to: &str, trust: &std::path::Path, name: &str) -> String {
    let folder = room.folder(case);
    let file = folder.join("servers.toml");
    let text = format!(
        "[[dns]]\nname = \"forwarder\"\nlisten = \"127.0.0.1:0\"\nkind = \"forwarder\"\nto = [{to:?}]\ntrust = {trust:?}\n"
    );
    std::fs::write(&file, text).expect("a temporary folder can be written");
    let mut command = std::process::Command::new(env!("CARGO_BIN_EXE_thru"));
    command.arg("serve").arg(&file);
    let log = folder.join("serve.log");
    let ready = "ready forwarder 127.0.0.1:";
    let server = crate::server::Server::that_says_its_port(command, ready, &log);
    let port = server.port().to_string();
    let words = ["@127.0.0.1", "-p", &port, name, "A", "+tries=1", "+time=25"];
    output("dig", &words)
}

fn forwards_secured(room: &Room) {
    let served = serve(room, "serve-behind", "", true);
    let root = &room.certificates().root;
    let (tls, https) = (served.tls.expect("a door"), served.https.expect("a door"));
    let doors = [
        ("through-tls", format!("tls://{tls}#localhost")),
        (
            "through-https",
            format!("https://{https}/dns-query#localhost"),
        ),
        (
            "through-get",
            format!("https://{https}/dns-query{{?dns}}#localhost"),
        ),
    ];
    for (case, to) in &doors {
        let text = through(room, case, to, root, "served.test");
        assert!(text.contains("192.0.2.80"), "{to}: {text}");
    }
    let stranger = &room.certificates().self_signed.chain;
    for (case, to) in &doors[..2] {
        let text = through(
            room,
            &format!("{case}-stranger"),
            to,
            stranger,
            "served.test",
        );
        assert!(text.contains("status: SERVFAIL"), "{to}: {text}");
    }
}

fn forwards_to_unbound(room: &Room) {
    let folder = room.folder("unbound-behind");
    let (_unbound, tls, https) =
        crate::name_server::unbound_with_doors(&folder, &room.certificates().good);
    let root = &room.certificates().root;
    let name = crate::certificates::NAME;
    for (case, to) in [
        ("unbound-tls", format!("tls://127.0.0.1:{tls}#localhost")),
        (
            "unbound-https",
            format!("https://127.0.0.1:{https}/dns-query#localhost"),
        ),
    ] {
        let text = through(room, case, &to, root, name);
        assert!(text.contains("127.0.0.1\n"), "{to}: {text}");
    }
}

fn cookies_and_rate(room: &Room) {
    let served = serve(room, "serve-rate", "rate = 3\nworkers = 4", false);
    let port = served.server.port().to_string();
    let ask = |options: &[&str]| {
        let mut words = vec![
            "@127.0.0.1",
            "-p",
            &port,
            "served.test",
            "A",
            "+tries=1",
            "+time=1",
        ];
        words.extend(options);
        let ran = crate::server::tool("dig", words)
            .output()
            .expect("dig runs");
        String::from_utf8_lossy(&ran.stdout).into_owned()
    };
    let first = ask(&[]);
    let line = first
        .lines()
        .find_map(|line| line.strip_prefix("; COOKIE: "));
    let cookie = line.unwrap_or_else(|| panic!("no cookie: {first}"));
    assert!(cookie.ends_with("(good)"), "{cookie}");
    let cookie = format!("+cookie={}", cookie.split(' ').next().unwrap_or_default());
    // Without a cookie at most a second's worth is whole; a cut answer is asked for again by TCP.
    let bare: Vec<String> = (0..12).map(|_| ask(&["+nocookie", "+ignore"])).collect();
    let whole = bare
        .iter()
        .filter(|text| text.contains("192.0.2.80"))
        .count();
    let cut = bare
        .iter()
        .filter(|text| text.contains("flags: qr aa tc") || text.contains(" tc "))
        .count();
    assert!(
        whole < bare.len() && cut > 0,
        "{whole} whole, {cut} cut of 12"
    );
    // Who shows his cookie is answered every time.
    for _ in 0..12 {
        let text = ask(&[&cookie]);
        assert!(text.contains("192.0.2.80"), "{text}");
    }
}

fn pipelined(room: &Room) {
    let served = serve(room, "serve-tcp", "", false);
    let port = served.server.port().to_string();
    let mut words = vec!["@127.0.0.1", "-p", &port, "+tcp", "+keepopen", "+short"];
    let names: Vec<String> = (0..40)
        .map(|number| format!("n{number}.served.test"))
        .collect();
    for name in &names {
        words.extend([name.as_str(), "A"]);
    }
    let text = output("dig", &words);
    assert_eq!(
        text.lines().filter(|line| *line == "192.0.2.99").count(),
        40,
        "{text}"
    );
    // Forty at once, written before anything is read.
    let mut stream = std::net::TcpStream::connect(served.server.address).expect("it listens");
    let mut sent = Vec::new();
    for id in 0..40_u16 {
        let mut message = id.to_be_bytes().to_vec();
        message.extend([0, 0, 0, 1, 0, 0, 0, 0, 0, 0]);
        message.extend(b"\x06served\x04test\x00\x00\x01\x00\x01");
        sent.extend((message.len() as u16).to_be_bytes());
        sent.extend(message);
    }
    use std::io::{Read, Write};
    stream.write_all(&sent).expect("it reads");
    stream
        .shutdown(std::net::Shutdown::Write)
        .expect("a half that is done");
    let mut came = Vec::new();
    stream.read_to_end(&mut came).expect("it answers and ends");
    let (mut rest, mut ids) = (came.as_slice(), Vec::new());
    while let [high, low, after @ ..] = rest {
        let (message, after) = after.split_at(usize::from(u16::from_be_bytes([*high, *low])));
        ids.push(u16::from_be_bytes([message[0], message[1]]));
        rest = after;
    }
    ids.sort_unstable();
    assert_eq!(ids, (0..40).collect::<Vec<u16>>());
}

fn hang_up(room: &Room) {
    let mut served = serve(room, "serve-again", "workers = 4", false);
    let port = served.server.port().to_string();
    // From so many ports that each worker is asked, and knows what it was told.
    let ask = || {
        let words = [
            "@127.0.0.1",
            "-p",
            &port,
            "+noedns",
            "+short",
            "served.test",
            "A",
        ];
        let mut said: Vec<String> = (0..16).map(|_| output("dig", &words)).collect();
        said.dedup();
        said.join("and ")
    };
    assert_eq!(ask().trim(), "192.0.2.80");
    let zone = served.file.with_file_name("zone");
    let write = |text: &str| std::fs::write(&zone, text).expect("a temporary folder");
    write(&served::ZONE.replace("192.0.2.80", "192.0.2.81"));
    served.server.signal("HUP");
    served.server.line_with("again zones");
    assert_eq!(ask().trim(), "192.0.2.81");
    // What waits for a new start is said.
    let file = std::fs::read_to_string(&served.file).expect("it is there");
    let fewer = file.replace("workers = 4", "workers = 2");
    std::fs::write(&served.file, fewer).expect("a temporary folder");
    served.server.signal("HUP");
    served
        .server
        .await_log("zones: it goes on with 4 workers until a new start, not with 2 workers");
    // What cannot be read changes nothing.
    write("nonsense\n");
    served.server.signal("HUP");
    served.server.await_log("not read again");
    assert_eq!(ask().trim(), "192.0.2.81");
}
