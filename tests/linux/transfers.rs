//! Bulk in both directions: whole, whatever the wire does.

use crate::{
    Case,
    kernel::{Nginx, tool},
    wired::{Ipv6, Setting, Steps, Wired, at, content},
};
use std::{cell::RefCell, fs, rc::Rc};
use thru_port::{Stream, read, shutdown, write_all};
use thru_tests::situation::digest;

/// Octets of a transfer over a clean wire, and over one that hurts it unless `THRU_LINUX=all`.
const WHOLE: usize = 100_000_000;
const HURT: usize = 5_000_000;

pub fn cases() -> Vec<Case> {
    let wire = |keys: &str| Setting {
        wire: format!("latency = \"500 us\"\nqueue = 1000\n{keys}"),
        ..Setting::default()
    };
    let size = match std::env::var_os("THRU_LINUX") {
        Some(all) if all == "all" => WHOLE,
        _ => HURT,
    };
    let mut cases = Vec::new();
    let mut both = |name: &str, setting: Setting, octets: usize, mss: usize| {
        let again = setting.clone();
        cases.push(Case::new(&format!("curl_fetches_{name}"), move || {
            curl_fetches(&setting, octets, mss);
        }));
        cases.push(Case::new(&format!("nginx_serves_{name}"), move || {
            nginx_serves(&again, octets);
        }));
    };
    both("clean", wire(""), WHOLE, 1448);
    both("loss_0.1_percent", wire("loss = 0.001"), size, 1448);
    both("loss_1_percent", wire("loss = 0.01"), size, 1448);
    both("loss_5_percent", wire("loss = 0.05"), size, 1448);
    let reorder = "reorder = 0.02\nreorder_by = \"800 us\"";
    both("reordered", wire(reorder), size, 1448);
    both("doubled", wire("duplicate = 0.02"), size, 1448);
    both("corrupted", wire("corrupt = 0.005"), size, 1448);
    let without = |tcp, linux| Setting {
        tcp,
        linux,
        ..wire("loss = 0.005")
    };
    both("without_our_sack", without("sack = false", &[]), size, 1448);
    both(
        "without_linux_sack",
        without("", &[("tcp_sack", "0")]),
        size,
        1448,
    );
    both(
        "without_our_timestamps",
        without("timestamps = false", &[]),
        size,
        1460,
    );
    both(
        "without_linux_timestamps",
        without("", &[("tcp_timestamps", "0")]),
        size,
        1460,
    );
    both(
        "with_ecn_by_codel",
        Setting {
            tcp: "ecn = true",
            linux: &[("tcp_ecn", "1")],
            ..wire("rate = \"100 Mbit/s\"\nqueue_kind = \"codel\"")
        },
        size,
        1448,
    );
    let narrow = Setting {
        mtu: Some(1400),
        ..wire("")
    };
    both("narrow_path", narrow.clone(), size, 1348);
    // A header more than IPv4's, by 20 octets.
    let by_ipv6 = |setting: Setting| Setting {
        ipv6: Ipv6::Written,
        ..setting
    };
    both("by_ipv6", by_ipv6(wire("")), WHOLE, 1428);
    both(
        "by_ipv6_with_loss",
        by_ipv6(wire("loss = 0.01")),
        size,
        1428,
    );
    both("by_ipv6_narrow_path", by_ipv6(narrow), size, 1328);
    cases
}

/// Reads a request up to its empty line.
async fn request(stream: &mut dyn Stream) -> String {
    let (mut heard, mut buffer) = (Vec::new(), [0; 2048]);
    while !heard.ends_with(b"\r\n\r\n") {
        match read(stream, &mut buffer).await {
            Ok(count @ 1..) => heard.extend_from_slice(&buffer[..count]),
            ended => panic!("the request ends: {ended:?}"),
        }
    }
    String::from_utf8_lossy(&heard).into_owned()
}

/// We serve, curl fetches.
fn curl_fetches(setting: &Setting, octets: usize, mss: usize) {
    let wired = Wired::new(setting);
    let port = wired.port();
    let ours = at(setting.ours(), 80);
    let steps = Steps::default();
    let (ready, awaited) = (steps.clone(), steps);
    wired.spawn(async move {
        port.ready(None).await.expect("addresses");
        let listener = port.listen(ours).expect("port 80 is free");
        ready.reach(1);
        let mut stream = listener.accept().await.expect("a connection");
        let asked = request(&mut *stream).await;
        assert!(asked.starts_with("GET /file HTTP/1.1\r\n"), "{asked}");
        let head =
            format!("HTTP/1.1 200 OK\r\nContent-Length: {octets}\r\nConnection: close\r\n\r\n");
        write_all(&mut *stream, head.as_bytes())
            .await
            .expect("head");
        write_all(&mut *stream, &content(octets))
            .await
            .expect("body");
        shutdown(&mut *stream).await.expect("the end");
        // curl's own end.
        let ended = read(&mut *stream, &mut [0; 16]).await;
        assert_eq!(ended.expect("an orderly end"), 0);
    });
    let folder = tempfile::tempdir().expect("a temporary folder");
    let file = folder.path().join("file");
    let to = file.clone();
    wired.run(move || {
        awaited.wait(1);
        let url = format!("http://{ours}/file");
        let to = to.display().to_string();
        tool("curl", &["-sS", "--fail", "-o", &to, &url]);
    });
    let came = fs::read(&file).expect("curl wrote it");
    assert_eq!(digest(&came), digest(&content(octets)));
    let (narrowed, again) = (wired.seen.sizes(), wired.seen.retransmitted());
    if setting.mtu.is_some() {
        // The router said how much fits.
        assert_eq!(narrowed.last().copied(), Some(mss as u32));
    }
    if setting.wire.contains("loss") {
        assert!(again > 0, "nothing was lost");
    }
}

/// nginx serves, we fetch.
fn nginx_serves(setting: &Setting, octets: usize) {
    let wired = Wired::new(setting);
    let folder = tempfile::tempdir().expect("a temporary folder");
    let file = folder.path().join("file");
    fs::write(&file, content(octets)).expect("a temporary folder can be written");
    let theirs = at(setting.theirs(), 80);
    let _nginx = Nginx::start(folder.path(), theirs);
    let port = wired.port();
    let came = Rc::new(RefCell::new(Vec::with_capacity(octets)));
    let body = came.clone();
    wired.spawn(async move {
        port.ready(None).await.expect("addresses");
        let connected = port.connect(theirs, None).await;
        let mut stream = connected.expect("a connection").stream;
        let ask = format!("GET /file HTTP/1.1\r\nHost: {theirs}\r\nConnection: close\r\n\r\n");
        write_all(&mut *stream, ask.as_bytes())
            .await
            .expect("asked");
        let mut buffer = vec![0; 65_536];
        loop {
            match read(&mut *stream, &mut buffer).await.expect("an answer") {
                0 => break,
                count => body.borrow_mut().extend_from_slice(&buffer[..count]),
            }
        }
        shutdown(&mut *stream).await.expect("the end");
    });
    wired.run(|| ());
    let came = came.borrow();
    let head = came.windows(4).position(|four| four == b"\r\n\r\n");
    let body = &came[head.expect("a head") + 4..];
    assert_eq!(digest(body), digest(&content(octets)));
}
