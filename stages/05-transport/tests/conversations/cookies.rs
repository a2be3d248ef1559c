//! RFC 4987, section 3.6: a connection made from a SYN cookie that came back.

use thru_events::{ConnectionId, Tap, Time};
use thru_transport::tcp::*;

fn segment(flags: Flags, seq: u32, ack: u32, options: Options, payload: &[u8]) -> Segment<'_> {
    let header = SegmentHeader {
        source_port: 40_000,
        destination_port: 80,
        seq: Seq(seq),
        ack: Seq(ack),
        flags,
        window: 1000,
        options,
    };
    Segment {
        header,
        payload,
        data_offset: 20,
        marked: false,
    }
}

fn config() -> ConnectionConfig {
    ConnectionConfig {
        id: ConnectionId(0),
        local: "10.0.0.1:80".parse().unwrap(),
        remote: "10.0.0.2:40000".parse().unwrap(),
        iss: 0,
        timestamp_offset: 0,
        mtu: 1500,
        headroom: 0,
        settings: Settings::default(),
        tap: Tap::off(),
    }
}

#[test]
fn a_cookie_that_comes_back_with_data_opens_the_connection_and_delivers_it() {
    let cookies = SynCookies::new([1, 2]);
    let ends = (config().local, config().remote);
    let asked = Options {
        mss: Some(1460),
        window_scale: Some(5),
        sack_permitted: true,
        timestamps: Some((100, 0)),
        ..Options::default()
    };
    let syn = segment(Flags::SYN, 700, 0, asked, b"");
    let answer = cookies.answer(Time::ZERO, ends, 1500, &syn);
    let echo = answer.options.timestamps.unwrap().0;
    let stamped = Options {
        timestamps: Some((101, echo)),
        ..Options::default()
    };
    let ack = segment(Flags::ACK, 701, answer.seq.0 + 1, stamped, b"GET");
    let now = Time(5_000_000);
    let remembered = cookies.accept(now, ends, &ack).expect("it is ours");
    let mut us = Connection::from_cookie(now, config(), &remembered, &ack, None);
    us.handle(now, &ack, None, None);
    assert_eq!(us.state(), State::Established);
    let mut buffer = [0; 10];
    assert_eq!(us.read(&mut buffer), Ok(3));
    let agreed = us.figures().agreed;
    assert!(agreed.timestamps && agreed.sack);
    assert_eq!(agreed.window_scale, Some(5));
    assert_eq!(us.figures().mss, 1448, "of 1460, timestamps take 12");
    assert_eq!(
        us.figures().snd_wnd,
        1000 << 5,
        "the ACK's window is scaled"
    );
    us.write(b"200", None).unwrap();
    let sent = us.poll(now).expect("an answer");
    assert_eq!(
        (sent.header.seq, sent.header.ack),
        (answer.seq + 1, Seq(704))
    );
}

#[test]
fn without_timestamps_only_the_size_is_remembered() {
    let cookies = SynCookies::new([1, 2]);
    let ends = (config().local, config().remote);
    let asked = Options {
        mss: Some(1000),
        window_scale: Some(5),
        sack_permitted: true,
        ..Options::default()
    };
    let syn = segment(Flags::SYN, 700, 0, asked, b"");
    let answer = cookies.answer(Time::ZERO, ends, 1500, &syn);
    assert_eq!(answer.options.window_scale, None);
    assert!(!answer.options.sack_permitted);
    let ack = segment(Flags::ACK, 701, answer.seq.0 + 1, Options::default(), b"");
    let remembered = cookies.accept(Time::ZERO, ends, &ack).expect("it is ours");
    let us = Connection::from_cookie(Time::ZERO, config(), &remembered, &ack, None);
    assert_eq!(
        us.figures().mss,
        536,
        "the size below 1000 that 3 bits name"
    );
    assert!(!us.figures().agreed.sack);
}

#[test]
fn an_invented_cookie_opens_nothing() {
    let cookies = SynCookies::new([1, 2]);
    let ends = (config().local, config().remote);
    let syn = segment(Flags::SYN, 700, 0, Options::default(), b"");
    let answer = cookies.answer(Time::ZERO, ends, 1500, &syn);
    for off in [0, 2, 1 << 24] {
        let ack = answer.seq.0.wrapping_add(off);
        let invented = segment(Flags::ACK, 701, ack, Options::default(), b"");
        assert_eq!(cookies.accept(Time::ZERO, ends, &invented), None);
    }
    let another = segment(Flags::ACK, 702, answer.seq.0 + 1, Options::default(), b"");
    assert_eq!(cookies.accept(Time::ZERO, ends, &another), None);
}
