//! How connections open, are used, and end: both ends' states side by side.

use crate::{
    Case, kernel,
    wired::{LINUX, OURS, Setting, Steps, Wired, at},
};
use std::{
    io::{Read, Write},
    net::{Shutdown, TcpListener, TcpStream},
    rc::Rc,
};
use thru_port::{Port, Stream, read, shutdown, write_all};

pub fn cases() -> Vec<Case> {
    vec![
        Case::new("open_and_figures", open_and_figures),
        Case::new("linux_closes_first", linux_closes_first),
        Case::new("we_close_first", we_close_first),
        Case::new("both_close_at_once", both_close_at_once),
        Case::new("we_connect_to_linux", we_connect_to_linux),
    ]
}

const OCTETS: usize = 1_000_000;

/// Linux connects to us; each side tells the other a megaoctet. What `ss` says then.
fn open_and_figures() {
    let wired = Wired::new(&Setting::default());
    let listener = wired.port().listen(at(OURS, 7)).expect("it is free");
    wired.spawn(async move {
        let mut stream = listener.accept().await.expect("a connection");
        hear(&mut *stream, OCTETS).await;
        write_all(&mut *stream, &vec![1; OCTETS])
            .await
            .expect("said");
        assert_eq!(read(&mut *stream, &mut [0; 1]).await.expect("an end"), 0);
        shutdown(&mut *stream).await.expect("our end");
    });
    let said = wired.run(|| {
        let mut stream = TcpStream::connect((OURS, 7)).expect("open");
        stream.write_all(&vec![2; OCTETS]).expect("said");
        stream.read_exact(&mut vec![0; OCTETS]).expect("heard");
        kernel::await_state(7, "ESTAB")
    });
    assert_eq!(wired.seen.states()[..2], ["SYN-RECEIVED", "ESTABLISHED"]);
    let words: Vec<&str> = said.split_whitespace().collect();
    assert!(words.contains(&"ts") && words.contains(&"sack"), "{said}");
    let figure = |key| kernel::figure(&said, key).unwrap_or_else(|| panic!("no {key}: {said}"));
    assert_eq!(figure("mss"), "1448");
    assert_eq!(figure("pmtu"), "1500");
    // The SYN counts as one.
    assert_eq!(figure("bytes_acked"), (OCTETS + 1).to_string());
    assert_eq!(figure("bytes_received"), OCTETS.to_string());
    assert!(kernel::figure(&said, "retrans").is_none(), "{said}");
}

async fn hear(stream: &mut dyn Stream, octets: usize) {
    let (mut heard, mut buffer) = (0, vec![0; 65_536]);
    while heard < octets {
        heard += read(stream, &mut buffer).await.expect("octets");
    }
    assert_eq!(heard, octets);
}

/// Our end of a connection that Linux opens: follows the steps.
fn serve(
    wired: &Wired,
    number: u16,
    then: impl AsyncFnOnce(Rc<dyn Port>, Box<dyn Stream>) + 'static,
) {
    let port = wired.port();
    let listener = port.listen(at(OURS, number)).expect("it is free");
    wired.spawn(async move {
        let stream = listener.accept().await.expect("a connection");
        then(port, stream).await;
    });
}

fn linux_closes_first() {
    let wired = Wired::new(&Setting::default());
    let steps = Steps::default();
    let (ours, theirs) = (steps.clone(), steps);
    serve(&wired, 8, async move |port, mut stream| {
        assert_eq!(read(&mut *stream, &mut [0; 1]).await.expect("its end"), 0);
        ours.reach(1);
        ours.await_in(&*port, 2).await;
        // Half closed: this way still works.
        write_all(&mut *stream, b"still here").await.expect("said");
        shutdown(&mut *stream).await.expect("our end");
    });
    let heard = wired.run(move || {
        let mut stream = TcpStream::connect((OURS, 8)).expect("open");
        stream.shutdown(Shutdown::Write).expect("half closed");
        theirs.wait(1);
        kernel::await_state(8, "FIN-WAIT-2");
        theirs.reach(2);
        let mut heard = String::new();
        stream.read_to_string(&mut heard).expect("the rest");
        kernel::await_state(8, "TIME-WAIT");
        heard
    });
    assert_eq!(heard, "still here");
    let states = wired.seen.states();
    assert_eq!(
        states,
        [
            "SYN-RECEIVED",
            "ESTABLISHED",
            "CLOSE-WAIT",
            "LAST-ACK",
            "CLOSED"
        ]
    );
}

fn we_close_first() {
    let wired = Wired::new(&Setting::default());
    let steps = Steps::default();
    let (ours, theirs) = (steps.clone(), steps);
    serve(&wired, 9, async move |port, mut stream| {
        shutdown(&mut *stream).await.expect("our end");
        ours.await_in(&*port, 1).await;
        let mut heard = [0; 64];
        let count = read(&mut *stream, &mut heard).await.expect("the rest");
        assert_eq!(&heard[..count], b"still here");
        assert_eq!(read(&mut *stream, &mut heard).await.expect("its end"), 0);
    });
    wired.run(move || {
        let mut stream = TcpStream::connect((OURS, 9)).expect("open");
        assert_eq!(stream.read(&mut [0; 1]).expect("our end"), 0);
        kernel::await_state(9, "CLOSE-WAIT");
        stream.write_all(b"still here").expect("said");
        drop(stream);
        theirs.reach(1);
        kernel::await_that(|| kernel::connections(9).is_empty()).expect("all gone");
    });
    let states = wired.seen.states();
    assert_eq!(
        states,
        [
            "SYN-RECEIVED",
            "ESTABLISHED",
            "FIN-WAIT-1",
            "FIN-WAIT-2",
            "TIME-WAIT"
        ]
    );
}

fn both_close_at_once() {
    // The way is long enough for both ends to be under way.
    let setting = Setting {
        wire: "latency = \"200 ms\"".to_owned(),
        ..Setting::default()
    };
    let wired = Wired::new(&setting);
    let steps = Steps::default();
    let (ours, theirs) = (steps.clone(), steps);
    let seen = wired.seen.clone();
    serve(&wired, 10, async move |port, mut stream| {
        ours.await_in(&*port, 1).await;
        shutdown(&mut *stream).await.expect("our end");
        assert_eq!(read(&mut *stream, &mut [0; 1]).await.expect("its end"), 0);
        while seen.state() != "TIME-WAIT" {
            port.sleep(kernel::LOOK_AGAIN).await;
        }
    });
    wired.run(move || {
        let stream = TcpStream::connect((OURS, 10)).expect("open");
        // Its acknowledgement of our SYN is there when its end is.
        theirs.reach(1);
        stream.shutdown(Shutdown::Write).expect("its end");
        kernel::await_state(10, "TIME-WAIT");
    });
    let states = wired.seen.states();
    assert!(
        states.ends_with(&["CLOSING".to_owned(), "TIME-WAIT".to_owned()]),
        "{states:?}"
    );
}

fn we_connect_to_linux() {
    let wired = Wired::new(&Setting::default());
    let listener = TcpListener::bind((LINUX, 11)).expect("it is free");
    let port = wired.port();
    wired.spawn(async move {
        let connected = port.connect(at(LINUX, 11), None).await;
        let mut stream = connected.expect("open").stream;
        write_all(&mut *stream, b"hello").await.expect("said");
        shutdown(&mut *stream).await.expect("our end");
        hear(&mut *stream, 5).await;
        assert_eq!(read(&mut *stream, &mut [0; 1]).await.expect("its end"), 0);
    });
    wired.run(move || {
        let (mut stream, _) = listener.accept().expect("a connection");
        let mut heard = Vec::new();
        stream.read_to_end(&mut heard).expect("heard");
        kernel::await_state(11, "CLOSE-WAIT");
        stream.write_all(&heard).expect("said");
    });
    let states = wired.seen.states();
    assert_eq!(
        states,
        [
            "SYN-SENT",
            "ESTABLISHED",
            "FIN-WAIT-1",
            "FIN-WAIT-2",
            "TIME-WAIT"
        ]
    );
}
