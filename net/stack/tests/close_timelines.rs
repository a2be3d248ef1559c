//! How a connection ends: the states of both ends side by side, for each way to end.

mod harness;

use harness::*;
use std::{fmt::Write, rc::Rc, time::Duration};
use thru_events::{Event, NodeId, Time, Vantage, tcp::TcpEvent};
use thru_stack::*;
use thru_transport::tcp::State;

/// Number of the client's node in the notes.
const CLIENT: u16 = 1;

/// A pair with an open connection, and everything that was stated.
struct Pair {
    net: Net,
    notes: Rc<Notes>,
    client: SocketId,
    server: SocketId,
    /// States of both ends that were printed already.
    seen: usize,
    /// When the end begins.
    begun: Time,
    text: String,
}

impl Pair {
    fn open() -> Pair {
        let notes = Rc::new(Notes::default());
        let mut net = Net::pair(Some(&notes), 1);
        net.delay = Duration::from_millis(10);
        let (client, server) = net.open(0, 1, "10.0.0.2:80");
        net.run_for(Duration::from_millis(100));
        let seen = notes.events.borrow().len();
        let text = format!("\n{:>8}  {:<13}{:<13}\n", "ms", "client", "server");
        Pair {
            begun: net.now,
            net,
            notes,
            client,
            server,
            seen,
            text,
        }
    }

    fn shut(&mut self, side: usize) {
        let id = [self.client, self.server][side];
        let now = self.net.now;
        self.net.stacks[side].tcp_shutdown(now, id, None);
    }

    /// Lets time pass and notes each change of state.
    fn pass(&mut self, time: Duration) {
        let end = self.net.now.after(time);
        let began = self.net.now;
        self.note();
        while self.net.now < end {
            let left = end.since(self.net.now);
            self.net.run_for(left.min(Duration::from_millis(1)));
            self.note();
        }
        assert!(self.net.now >= began);
    }

    fn note(&mut self) {
        let events = self.notes.events.borrow();
        let now = self.net.now.since(self.begun).as_millis();
        for (_, vantage, _, event) in &events[self.seen..] {
            let Event::Tcp(TcpEvent::StateChanged { to, .. }) = event else {
                continue;
            };
            let (left, right) = match vantage {
                Vantage::Node(NodeId(CLIENT)) => (to.as_ref(), ""),
                _ => ("", to.as_ref()),
            };
            let line = format!("{now:>8}  {left:<13}{right:<13}");
            writeln!(self.text, "{}", line.trim_end()).unwrap();
        }
        self.seen = events.len();
    }

    fn is(self, expected: &str) {
        let plain = |text: &str| {
            let lines = text.lines().map(str::trim).filter(|line| !line.is_empty());
            lines
                .map(|line| line.split_whitespace().collect::<Vec<_>>().join(" "))
                .collect::<Vec<_>>()
        };
        println!("{}", self.text);
        assert_eq!(plain(&self.text), plain(expected), "{}", self.text);
    }
}

const SECOND: Duration = Duration::from_secs(1);

#[test]
fn the_client_closes_first() {
    let mut pair = Pair::open();
    pair.shut(0);
    pair.pass(SECOND);
    pair.shut(1);
    pair.pass(SECOND * 61);
    pair.is("
        ms     client       server
        0    FIN-WAIT-1
        10                 CLOSE-WAIT
        20    FIN-WAIT-2
        1000                LAST-ACK
        1010   TIME-WAIT
        1020                CLOSED
        61010  CLOSED");
}

#[test]
fn the_server_closes_first() {
    let mut pair = Pair::open();
    pair.shut(1);
    pair.pass(SECOND);
    pair.shut(0);
    pair.pass(SECOND * 61);
    pair.is("
        ms     client       server
        0                 FIN-WAIT-1
        10    CLOSE-WAIT
        20                 FIN-WAIT-2
        1000   LAST-ACK
        1010                TIME-WAIT
        1020   CLOSED
        61010               CLOSED");
}

#[test]
fn both_close_at_once() {
    let mut pair = Pair::open();
    pair.shut(0);
    pair.shut(1);
    pair.pass(SECOND * 61);
    pair.is("
        ms     client       server
        0    FIN-WAIT-1
        0                 FIN-WAIT-1
        10    CLOSING
        10                 CLOSING
        20    TIME-WAIT
        20                 TIME-WAIT
        60020  CLOSED
        60020               CLOSED");
}

#[test]
fn the_client_resets() {
    let mut pair = Pair::open();
    let (now, id) = (pair.net.now, pair.client);
    pair.net.stacks[0].tcp_abort(now, id, None);
    pair.pass(SECOND);
    pair.is("
        ms     client       server
        0    CLOSED
        10                 CLOSED");
}

#[test]
fn a_late_segment_in_time_wait_is_answered_and_harms_nobody() {
    let mut pair = Pair::open();
    // A copy of the client's data, kept back by the network.
    let (now, id) = (pair.net.now, pair.client);
    pair.net.stacks[0]
        .tcp_write(now, id, b"late", None)
        .unwrap();
    let copy = pair.net.stacks[0].poll(now).expect("the segment");
    pair.net.stacks[1].handle_frame(now, 0, &copy.frame, None, copy.cause);
    pair.pass(SECOND);
    pair.shut(1);
    pair.pass(SECOND);
    pair.shut(0);
    pair.pass(SECOND * 10);
    assert_eq!(pair.net.stacks[1].tcp_state(pair.server), State::TimeWait);
    let before = pair.notes.count("SegmentIgnored");
    let now = pair.net.now;
    pair.net.stacks[1].handle_frame(now, 0, &copy.frame, None, copy.cause);
    assert_eq!(pair.notes.count("SegmentIgnored"), before + 1);
    pair.pass(SECOND * 60);
    pair.is("
        ms     client       server
        1000                FIN-WAIT-1
        1010   CLOSE-WAIT
        1020                FIN-WAIT-2
        2000   LAST-ACK
        2010                TIME-WAIT
        2020   CLOSED
        62010               CLOSED");
}
