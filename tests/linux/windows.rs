//! Who does not read makes the other wait: closed windows, and their probes.

use crate::{
    Case, kernel,
    wired::{LINUX, OURS, Setting, Steps, Wired, at, content},
};
use std::{
    io::{Read, Write},
    net::{TcpListener, TcpStream},
};
use thru_port::{read, shutdown, write_all};
use thru_tests::situation::digest;

pub fn cases() -> Vec<Case> {
    vec![
        Case::new("linux_does_not_read", linux_does_not_read),
        Case::new("we_do_not_read", we_do_not_read),
    ]
}

/// More than the buffers of both ends hold.
const OCTETS: usize = 20_000_000;

fn linux_does_not_read() {
    let wired = Wired::new(&Setting::default());
    let listener = TcpListener::bind((LINUX, 13)).expect("it is free");
    let (port, seen) = (wired.port(), wired.seen.clone());
    let steps = Steps::default();
    let (ours, theirs) = (steps.clone(), steps);
    let writer = wired.port();
    wired.spawn(async move {
        // Linux reads again when the closed window was probed twice.
        while seen.expired("window probe") < 2 {
            port.sleep(kernel::LOOK_AGAIN).await;
        }
        ours.reach(1);
    });
    wired.spawn(async move {
        let connected = writer.connect(at(LINUX, 13), None).await;
        let mut stream = connected.expect("open").stream;
        let sent = write_all(&mut *stream, &content(OCTETS)).await;
        sent.expect("all is said");
        shutdown(&mut *stream).await.expect("our end");
        assert_eq!(read(&mut *stream, &mut [0; 1]).await.expect("its end"), 0);
    });
    let heard = wired.run(move || {
        let (mut stream, _) = listener.accept().expect("a connection");
        theirs.wait(1);
        let mut heard = Vec::new();
        stream.read_to_end(&mut heard).expect("all");
        heard
    });
    assert_eq!(digest(&heard), digest(&content(OCTETS)));
}

fn we_do_not_read() {
    let wired = Wired::new(&Setting::default());
    let port = wired.port();
    let listener = port.listen(at(OURS, 14)).expect("it is free");
    let steps = Steps::default();
    let (ours, theirs) = (steps.clone(), steps);
    wired.spawn(async move {
        let mut stream = listener.accept().await.expect("a connection");
        ours.await_in(&*port, 1).await;
        let (mut heard, mut buffer) = (Vec::new(), vec![0; 65_536]);
        loop {
            match read(&mut *stream, &mut buffer).await.expect("octets") {
                0 => break,
                count => heard.extend_from_slice(&buffer[..count]),
            }
        }
        assert_eq!(digest(&heard), digest(&content(OCTETS)));
        shutdown(&mut *stream).await.expect("our end");
    });
    wired.run(move || {
        let mut stream = TcpStream::connect((OURS, 14)).expect("open");
        let watch = std::thread::spawn(move || {
            // Linux says that it probes a closed window.
            let probes = || {
                let mut all = kernel::connections(14).into_iter();
                all.any(|(_, said)| said.contains("timer:(persist"))
            };
            kernel::await_that(probes).expect("a closed window is probed");
            theirs.reach(1);
        });
        stream.write_all(&content(OCTETS)).expect("all is said");
        stream.shutdown(std::net::Shutdown::Write).expect("its end");
        assert_eq!(stream.read(&mut [0; 1]).expect("our end"), 0);
        watch.join().expect("the watch");
    });
}
