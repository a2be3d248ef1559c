//! A peer that we did not write: smoltcp at the other end of the cable.

mod small_stack;

use small_stack::SmallStack;
use thru_events::{MacAddress, Tap, Time};
use thru_stack::*;

#[test]
fn smoltcp_is_called_answers_and_closes() {
    let interface = InterfaceConfig {
        name: "eth0".into(),
        mac: MacAddress([2, 0, 0, 0, 0, 1]),
        mtu: 1500,
        address: AddressConfig::Static {
            address: [10, 0, 0, 1].into(),
            prefix: 24,
        },
        detect_conflicts: false,
        remembers: None,
        ipv6: None,
    };
    let config = StackConfig {
        tcp: Default::default(),
        name: "us".into(),
        interfaces: vec![interface],
        routes: Vec::new(),
        forward: false,
        seed: 1,
        dhcp_server: None,
    };
    let mut us = Stack::new(config, Tap::off());
    let mut them = SmallStack::new(2, 65_535);
    them.listen(80);

    let question: Vec<u8> = (0..200_000u32).map(|n| (n * 7) as u8).collect();
    let id = us
        .tcp_connect(Time::ZERO, "10.0.0.2:80".parse().unwrap(), None)
        .unwrap();
    let (mut asked, mut echoed, mut answer, mut ended) = (0, Vec::new(), Vec::new(), false);
    for millisecond in 0..60_000u64 {
        let now = Time(millisecond * 1_000_000);
        if us.tcp_status(id) == TcpStatus::Open && asked < question.len() {
            asked += us.tcp_write(now, id, &question[asked..], None).unwrap();
            if asked == question.len() {
                us.tcp_shutdown(now, id, None);
            }
        }
        while let Some(outgoing) = us.poll(now) {
            them.hand_in(outgoing.frame);
        }
        them.poll(now);
        while let Some(frame) = them.take_out() {
            us.handle_frame(now, 0, &frame, None, None);
        }
        them.hear(&mut echoed);
        let taken = them.write(&echoed);
        echoed.drain(..taken);
        if echoed.is_empty() && asked == question.len() && them.is_half_closed() {
            them.close();
        }
        let mut octets = [0; 16_384];
        while let Ok(ReadOutcome::Data(count)) = us.tcp_read(now, id, &mut octets) {
            answer.extend_from_slice(&octets[..count]);
        }
        ended = matches!(us.tcp_read(now, id, &mut octets), Ok(ReadOutcome::End));
        if ended && them.is_closed() {
            break;
        }
    }
    assert!(
        answer == question,
        "{} of {} octets came back",
        answer.len(),
        question.len()
    );
    assert!(ended);
    assert_eq!(us.tcp_state(id), thru_transport::tcp::State::TimeWait);
}
