//! One connection and its peer's segments, in virtual time. `>>` is what comes in, `<<` what
//! goes out; sequence numbers count from the two initial ones (ours 1000, the peer's 5000).

use std::time::Duration;
use thru_events::{ConnectionId, Tap, Time};
use thru_transport::tcp::*;

struct Talk {
    now: Time,
    us: Connection,
    window: u16,
}

const SYN_ACK: Flags = Flags::SYN.and(Flags::ACK);
const FIN_ACK: Flags = Flags::FIN.and(Flags::ACK);
const RST_ACK: Flags = Flags::RST.and(Flags::ACK);

impl Talk {
    fn connecting() -> Talk {
        let config = ConnectionConfig {
            id: ConnectionId(0),
            local: "10.0.0.1:40000".parse().unwrap(),
            remote: "10.0.0.2:80".parse().unwrap(),
            iss: 1000,
            timestamp_offset: 0,
            mtu: 1040,
            tap: Tap::off(),
        };
        let us = Connection::connect(Time::ZERO, config, None);
        Talk {
            now: Time::ZERO,
            us,
            window: 10_000,
        }
    }

    fn open() -> Talk {
        let mut talk = Talk::connecting();
        talk.sends(&["SYN 0:0 ack -"]);
        talk.gets(SYN_ACK, 0, 1, b"");
        talk.sends(&["ACK 1:1 ack 1"]);
        assert_eq!(talk.us.state(), State::Established);
        talk
    }

    /// `>>`
    fn gets(&mut self, flags: Flags, seq: u32, ack: u32, payload: &[u8]) {
        let options = Options {
            mss: flags.has(Flags::SYN).then_some(1000),
            ..Options::default()
        };
        let header = SegmentHeader {
            source_port: 80,
            destination_port: 40000,
            seq: Seq(5000 + seq),
            ack: Seq(1000 + ack),
            flags,
            window: self.window,
            options,
        };
        let segment = Segment {
            header,
            payload,
            data_offset: 20,
        };
        self.us.handle(self.now, &segment, None, None);
    }

    fn next(&mut self) -> Option<String> {
        let Transmit {
            header, payload, ..
        } = self.us.poll(self.now)?;
        let seq = header.seq.0.wrapping_sub(1000);
        let end = seq.wrapping_add(payload.len() as u32);
        let ack = match header.flags.has(Flags::ACK) {
            true => header.ack.0.wrapping_sub(5000).to_string(),
            false => "-".to_owned(),
        };
        Some(format!("{} {seq}:{end} ack {ack}", header.flags.text()))
    }

    /// `<<`, all of it.
    fn sends(&mut self, expected: &[&str]) {
        let mut sent = Vec::new();
        while let Some(segment) = self.next() {
            sent.push(segment);
        }
        assert_eq!(sent, expected);
    }

    /// The next moment at which something is due.
    fn waits(&mut self) -> Duration {
        let at = self.us.wake_at().expect("a timer runs");
        let waited = at.since(self.now);
        self.now = at;
        waited
    }

    fn writes(&mut self, octets: usize) {
        assert_eq!(self.us.write(&vec![b'x'; octets], None), Ok(octets));
    }

    fn reads(&mut self) -> Vec<u8> {
        let mut buffer = vec![0; 10_000];
        let count = self.us.read(&mut buffer).unwrap();
        buffer.truncate(count);
        buffer
    }
}

#[test]
fn a_lost_syn_goes_again_after_1_2_4_seconds_until_the_attempt_is_given_up() {
    let mut talk = Talk::connecting();
    talk.sends(&["SYN 0:0 ack -"]);
    for wait in [1, 2, 4, 8, 16, 32] {
        assert_eq!(talk.waits().as_secs(), wait);
        talk.sends(&["SYN 0:0 ack -"]);
    }
    assert_eq!(talk.waits().as_secs(), 64);
    talk.sends(&[]);
    assert_eq!(talk.us.lost().unwrap().how, LostHow::TimedOut);
}

#[test]
fn a_reset_to_our_syn_refuses_and_a_forged_one_does_not() {
    let mut talk = Talk::connecting();
    talk.sends(&["SYN 0:0 ack -"]);
    talk.gets(RST_ACK, 0, 7, b"");
    assert_eq!(talk.us.state(), State::SynSent);
    talk.gets(RST_ACK, 0, 1, b"");
    assert_eq!(talk.us.lost().unwrap().how, LostHow::Refused);
    talk.sends(&[]);
}

#[test]
fn lost_data_goes_again_after_the_time_out() {
    let mut talk = Talk::open();
    talk.writes(500);
    talk.sends(&["PSH ACK 1:501 ack 1"]);
    assert_eq!(talk.waits(), Duration::from_millis(200));
    talk.sends(&["PSH ACK 1:501 ack 1"]);
    assert_eq!(talk.waits(), Duration::from_millis(400), "twice as long");
    talk.gets(Flags::ACK, 1, 501, b"");
    assert_eq!(talk.us.wake_at(), None);
}

#[test]
fn three_duplicate_acknowledgements_send_the_hole_again_at_once() {
    let mut talk = Talk::open();
    talk.writes(5000);
    let sent = [
        "ACK 1:1001 ack 1",
        "ACK 1001:2001 ack 1",
        "ACK 2001:3001 ack 1",
        "ACK 3001:4001 ack 1",
        "PSH ACK 4001:5001 ack 1",
    ];
    talk.sends(&sent);
    for _ in 0..2 {
        talk.gets(Flags::ACK, 1, 1, b"");
        talk.sends(&[]);
    }
    talk.gets(Flags::ACK, 1, 1, b"");
    talk.sends(&["PSH ACK 1:1001 ack 1"]);
    // A partial acknowledgement shows the next hole (RFC 6582).
    talk.gets(Flags::ACK, 1, 2001, b"");
    talk.sends(&["PSH ACK 2001:3001 ack 1"]);
}

#[test]
fn data_out_of_order_waits_for_the_hole_and_a_duplicate_counts_once() {
    let mut talk = Talk::open();
    talk.gets(Flags::ACK, 4, 1, b"def");
    talk.sends(&["ACK 1:1 ack 1"]);
    assert_eq!(talk.reads(), b"");
    talk.gets(Flags::ACK, 1, 1, b"abc");
    talk.sends(&["ACK 1:1 ack 7"]);
    talk.gets(Flags::ACK, 1, 1, b"abc");
    talk.sends(&["ACK 1:1 ack 7"]);
    assert_eq!(talk.reads(), b"abcdef");
}

#[test]
fn a_closed_window_is_probed_until_it_opens() {
    let mut talk = Talk::open();
    talk.window = 0;
    talk.writes(100);
    talk.sends(&["PSH ACK 1:101 ack 1"]);
    talk.gets(Flags::ACK, 1, 101, b"");
    talk.writes(100);
    talk.sends(&[]);
    talk.waits();
    talk.sends(&["ACK 100:100 ack 1"]);
    talk.gets(Flags::ACK, 1, 101, b"");
    talk.sends(&[]);
    talk.waits();
    talk.sends(&["ACK 100:100 ack 1"]);
    talk.window = 5000;
    talk.gets(Flags::ACK, 1, 101, b"");
    talk.sends(&["PSH ACK 101:201 ack 1"]);
}

#[test]
fn a_window_taken_back_over_data_on_its_way_is_probed_as_long_as_the_peer_answers() {
    let mut talk = Talk::open();
    talk.writes(3000);
    let all = [
        "ACK 1:1001 ack 1",
        "ACK 1001:2001 ack 1",
        "PSH ACK 2001:3001 ack 1",
    ];
    talk.sends(&all);
    talk.window = 0;
    talk.gets(Flags::ACK, 1, 1, b"");
    for _ in 0..3 * limits::DATA_ATTEMPTS {
        talk.waits();
        talk.sends(&["PSH ACK 1:1001 ack 1"]);
        talk.gets(Flags::ACK, 1, 1, b"");
        talk.sends(&[]);
    }
    assert_eq!(talk.us.lost(), None);
    assert!(talk.now.as_ms() > 600_000.0, "the probes grew rare");
    talk.window = 5000;
    talk.gets(Flags::ACK, 1, 1, b"");
    talk.sends(&[
        "PSH ACK 1:1001 ack 1",
        "PSH ACK 1001:2001 ack 1",
        "PSH ACK 2001:3001 ack 1",
    ]);
    talk.waits();
    talk.sends(&["PSH ACK 1:1001 ack 1"]);
    talk.gets(Flags::ACK, 1, 3001, b"");
    assert_eq!(talk.us.wake_at(), None);
}

#[test]
fn a_peer_that_shuts_its_window_and_falls_silent_is_given_up() {
    for acknowledged in [1, 101] {
        let mut talk = Talk::open();
        talk.writes(100);
        talk.sends(&["PSH ACK 1:101 ack 1"]);
        talk.window = 0;
        talk.gets(Flags::ACK, 1, acknowledged, b"");
        talk.writes(100);
        talk.sends(&[]);
        for _ in 0..limits::PROBE_ATTEMPTS {
            talk.waits();
            assert!(talk.next().is_some(), "a probe");
            talk.sends(&[]);
        }
        assert_eq!(talk.us.lost(), None);
        talk.waits();
        talk.sends(&[]);
        assert_eq!(talk.us.lost().unwrap().how, LostHow::TimedOut);
    }
}

#[test]
fn half_closed_the_peer_goes_on_and_a_late_fin_is_answered_in_time_wait() {
    let mut talk = Talk::open();
    talk.us.shutdown("done", None);
    talk.sends(&["FIN ACK 1:1 ack 1"]);
    talk.gets(Flags::ACK, 1, 2, b"");
    assert_eq!(talk.us.state(), State::FinWait2);
    talk.gets(Flags::ACK, 1, 2, b"more");
    assert_eq!(talk.reads(), b"more");
    talk.gets(FIN_ACK, 5, 2, b"");
    talk.sends(&["ACK 2:2 ack 6"]);
    assert_eq!(talk.us.state(), State::TimeWait);
    talk.now = talk.now.after(Duration::from_secs(30));
    talk.gets(FIN_ACK, 5, 2, b"");
    talk.sends(&["ACK 2:2 ack 6"]);
    assert_eq!(
        talk.waits(),
        Duration::from_secs(60),
        "the wait begins anew"
    );
    talk.sends(&[]);
    assert_eq!(talk.us.state(), State::Closed);
}

#[test]
fn both_close_at_once() {
    let mut talk = Talk::open();
    talk.us.shutdown("done", None);
    talk.sends(&["FIN ACK 1:1 ack 1"]);
    talk.gets(FIN_ACK, 1, 1, b"");
    assert_eq!(talk.us.state(), State::Closing);
    talk.sends(&["ACK 2:2 ack 2"]);
    talk.gets(Flags::ACK, 2, 2, b"");
    assert_eq!(talk.us.state(), State::TimeWait);
}

#[test]
fn the_peer_closes_first() {
    let mut talk = Talk::open();
    talk.gets(FIN_ACK, 1, 1, b"");
    talk.sends(&["ACK 1:1 ack 2"]);
    assert!(talk.us.at_end());
    talk.writes(3);
    talk.us.shutdown("done", None);
    talk.sends(&["FIN PSH ACK 1:4 ack 2"]);
    assert_eq!(talk.us.state(), State::LastAck);
    talk.gets(Flags::ACK, 2, 5, b"");
    assert_eq!(talk.us.state(), State::Closed);
}

#[test]
fn only_a_reset_with_the_very_next_number_resets() {
    let mut talk = Talk::open();
    talk.gets(Flags::RST, 100, 0, b"");
    talk.sends(&["ACK 1:1 ack 1"]);
    assert_eq!(talk.us.state(), State::Established);
    talk.gets(Flags::RST, 1, 0, b"");
    assert_eq!(talk.us.lost().unwrap().how, LostHow::Reset);
}

#[test]
fn both_open_at_once() {
    let mut talk = Talk::connecting();
    talk.sends(&["SYN 0:0 ack -"]);
    talk.gets(Flags::SYN, 0, 0, b"");
    assert_eq!(talk.us.state(), State::SynReceived);
    talk.sends(&["SYN ACK 0:0 ack 1"]);
    talk.gets(SYN_ACK, 0, 1, b"");
    assert_eq!(talk.us.state(), State::Established);
}
