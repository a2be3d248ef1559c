//! Two of our stacks on one cable: connections, datagrams, faults.

mod harness;

use harness::*;
use std::{rc::Rc, time::Duration};
use thru_stack::*;
use thru_transport::tcp::State;

fn pattern(length: usize, seed: u8) -> Vec<u8> {
    (0..length as u32)
        .map(|n| (n.wrapping_mul(2654435761) >> 13) as u8 ^ seed)
        .collect()
}

/// Both ends send `length` octets and close; gives what each received.
fn exchange(net: &mut Net, client: SocketId, server: SocketId, length: usize) -> [Vec<u8>; 2] {
    let data = [pattern(length, 1), pattern(length, 2)];
    let ids = [client, server];
    let (mut written, mut got, mut ended) = ([0, 0], [Vec::new(), Vec::new()], [false, false]);
    net.run_until(|net| {
        for side in 0..2 {
            let (now, stack, id) = (net.now, &mut net.stacks[side], ids[side]);
            if written[side] < length {
                written[side] += stack
                    .tcp_write(now, id, &data[side][written[side]..], None)
                    .unwrap();
                if written[side] == length {
                    stack.tcp_shutdown(now, id, None);
                }
            }
            if !ended[side] {
                ended[side] = read_some(stack, now, id, &mut got[side]);
            }
        }
        ended == [true, true]
    });
    assert!(
        got[0] == data[1] && got[1] == data[0],
        "what arrives is what was sent"
    );
    got
}

#[test]
fn a_connection_opens_moves_data_and_closes_both_ways() {
    let notes = Rc::new(Notes::default());
    let mut net = Net::pair(Some(&notes), 1);
    let (client, server) = net.open(0, 1, "10.0.0.2:80");
    exchange(&mut net, client, server, 10_000);
    net.run_until(|net| {
        net.stacks[1].tcp_state(server) == State::TimeWait
            || net.stacks[0].tcp_state(client) == State::TimeWait
    });
    for (side, id) in [(0, client), (1, server)] {
        let now = net.now;
        net.stacks[side].tcp_release(now, id, None);
    }
    net.run_for(Duration::from_secs(61));
    assert_eq!(net.stacks[0].tcp_state(client), State::Closed);
    assert_eq!(net.stacks[1].tcp_state(server), State::Closed);
    assert_eq!(notes.count("Closed"), 2);
    assert_eq!(notes.count("SegmentRetransmitted"), 0);
    assert!(notes.count("TimeWaitEntered") >= 1);
}

#[test]
fn what_was_read_leads_back_to_what_was_written() {
    let notes = Rc::new(Notes::default());
    let mut net = Net::pair(Some(&notes), 2);
    let (client, server) = net.open(0, 1, "10.0.0.2:80");
    let why = net.stacks[0].tcp_opened_event(client);
    let now = net.now;
    net.stacks[0].tcp_write(now, client, b"GET", why).unwrap();
    let mut got = Vec::new();
    net.run_until(|net| {
        read_some(&mut net.stacks[1], net.now, server, &mut got);
        !got.is_empty()
    });
    let chain = notes.chain(net.stacks[1].tcp_read_cause(server));
    let last = [
        "DataArrived",
        "SegmentReceived",
        "PacketReceived",
        "FrameReceived",
        "FrameSent",
        "PacketSent",
        "SegmentSent",
        "Opened",
    ];
    assert_eq!(chain[..8], last);
    // The handshake, back to the first cause: the ARP reply let the SYN go.
    let before = [
        "StateChanged",
        "SegmentReceived",
        "PacketReceived",
        "FrameReceived",
        "FrameSent",
    ];
    assert_eq!(chain[8..13], before);
    assert!(chain.contains(&"NeighbourLearned") && chain.contains(&"ArpAnswered"));
    assert_eq!(*chain.last().unwrap(), "RouteChosen");
}

#[test]
fn every_event_but_the_first_orders_has_a_cause() {
    let notes = Rc::new(Notes::default());
    let mut net = Net::pair(Some(&notes), 3);
    net.faults = Faults {
        loss: 50,
        duplication: 50,
        reordering: 50,
        bit_flips: 0,
    };
    let first = notes
        .tap(1)
        .emit(None, || thru_events::link::LinkEvent::FrameLost {
            why: "the first event".into(),
        });
    let now = net.now;
    let listener = net.stacks[1]
        .tcp_listen(now, address("0.0.0.0:80"), 4)
        .unwrap();
    let client = net.stacks[0]
        .tcp_connect(now, address("10.0.0.2:80"), first)
        .unwrap();
    net.run_until(|net| net.stacks[0].tcp_status(client) == TcpStatus::Open);
    let now = net.now;
    net.stacks[0]
        .tcp_write(now, client, &[7; 50_000], first)
        .unwrap();
    net.stacks[0].tcp_shutdown(now, client, first);
    let mut server = None;
    net.run_until(|net| {
        server = server.or_else(|| net.stacks[1].tcp_accept(listener).map(|(id, _)| id));
        let mut got = Vec::new();
        server.is_some_and(|id| read_some(&mut net.stacks[1], net.now, id, &mut got))
    });
    let events = notes.events.borrow();
    let without: Vec<_> = events
        .iter()
        .skip(1)
        .filter(|(cause, ..)| cause.is_none())
        .collect();
    assert!(without.is_empty(), "{without:?}");
}

#[test]
fn a_megabyte_survives_loss_doubling_reordering_and_flipped_bits() {
    for seed in 0..6 {
        let mut net = Net::pair(None, seed);
        let (client, server) = net.open(0, 1, "10.0.0.2:80");
        net.faults = Faults {
            loss: 20,
            duplication: 10,
            reordering: 30,
            bit_flips: 5,
        };
        exchange(&mut net, client, server, 1 << 20);
    }
}

#[test]
fn a_closed_port_refuses() {
    let mut net = Net::pair(None, 1);
    let client = net.stacks[0]
        .tcp_connect(net.now, address("10.0.0.2:81"), None)
        .unwrap();
    net.run_until(|net| net.stacks[0].tcp_status(client) != TcpStatus::Connecting);
    let TcpStatus::Lost(lost) = net.stacks[0].tcp_status(client) else {
        panic!("it is lost");
    };
    assert_eq!(lost.how, LostHow::Refused);
}

#[test]
fn a_silent_neighbour_is_told_apart_from_a_silent_host() {
    let mut net = Net::pair(None, 1);
    let nobody = net.stacks[0]
        .tcp_connect(net.now, address("10.0.0.9:80"), None)
        .unwrap();
    net.run_until(|net| net.stacks[0].tcp_status(nobody) != TcpStatus::Connecting);
    assert!(
        matches!(net.stacks[0].tcp_status(nobody), TcpStatus::Lost(lost) if lost.how == LostHow::NeighbourSilent)
    );
    assert_eq!(net.now.as_ms(), 3000.0);
    net.open(0, 1, "10.0.0.2:80");
    net.cables.clear();
    let begun = net.now;
    let silent = net.stacks[0]
        .tcp_connect(net.now, address("10.0.0.2:80"), None)
        .unwrap();
    net.run_until(|net| net.stacks[0].tcp_status(silent) != TcpStatus::Connecting);
    assert!(matches!(
        net.stacks[0].tcp_status(silent),
        TcpStatus::Lost(_)
    ));
    assert!(net.now.since(begun) >= Duration::from_secs(60));
}

#[test]
fn datagrams_come_and_a_closed_port_is_told_by_icmp() {
    let mut net = Net::pair(None, 1);
    let server = net.stacks[1].udp_bind(address("0.0.0.0:53")).unwrap();
    let client = net.stacks[0].udp_bind(address("0.0.0.0:0")).unwrap();
    assert_eq!(
        net.stacks[1].udp_bind(address("10.0.0.2:53")),
        Err(SocketError::AddressInUse)
    );
    let long = vec![9; 4000];
    net.stacks[0]
        .udp_send(net.now, client, &long, address("10.0.0.2:53"), None)
        .unwrap();
    let mut got = None;
    net.run_until(|net| {
        got = net.stacks[1].udp_receive(server);
        got.is_some()
    });
    assert_eq!(
        got.unwrap().unwrap().octets,
        long,
        "in pieces over 1500 octets"
    );
    net.stacks[0]
        .udp_send(net.now, client, b"x", address("10.0.0.2:54"), None)
        .unwrap();
    let mut got = None;
    net.run_until(|net| {
        got = net.stacks[0].udp_receive(client);
        got.is_some()
    });
    let error = got.unwrap().unwrap_err();
    assert_eq!(
        (error.remote, error.from),
        (address("10.0.0.2:54"), Some([10, 0, 0, 2].into()))
    );
}

#[test]
fn a_machine_speaks_to_itself() {
    let mut net = Net::pair(None, 1);
    let listener = net.stacks[0]
        .tcp_listen(net.now, address("127.0.0.1:8080"), 1)
        .unwrap();
    let client = net.stacks[0]
        .tcp_connect(net.now, address("127.0.0.1:8080"), None)
        .unwrap();
    net.settle();
    let (server, _) = net.stacks[0]
        .tcp_accept(listener)
        .expect("opened without a cable");
    net.stacks[0]
        .tcp_write(net.now, client, b"hello", None)
        .unwrap();
    net.settle();
    let mut got = Vec::new();
    read_some(&mut net.stacks[0], net.now, server, &mut got);
    assert_eq!(got, b"hello");
}

#[test]
fn the_same_seed_gives_the_same_events() {
    let run = || {
        let notes = Rc::new(Notes::default());
        let mut net = Net::pair(Some(&notes), 9);
        net.faults = Faults {
            loss: 30,
            duplication: 10,
            reordering: 30,
            bit_flips: 5,
        };
        let (client, server) = net.open(0, 1, "10.0.0.2:80");
        exchange(&mut net, client, server, 60_000);
        let events = notes.events.borrow();
        format!("{events:?}")
    };
    assert_eq!(run(), run());
}

#[test]
fn random_frames_and_broken_true_frames_never_panic() {
    let notes = Rc::new(Notes::default());
    let mut net = Net::pair(Some(&notes), 5);
    let (client, server) = net.open(0, 1, "10.0.0.2:80");
    let mut state: u64 = 42;
    let mut roll = move || {
        state = state
            .wrapping_mul(6364136223846793005)
            .wrapping_add(1442695040888963407);
        (state >> 33) as usize
    };
    let now = net.now;
    net.stacks[0]
        .tcp_write(now, client, &[1; 3000], None)
        .unwrap();
    let mut frames = Vec::new();
    while let Some(out) = net.stacks[0].poll(now) {
        frames.push(out.frame);
    }
    for round in 0..20_000 {
        let mut frame = if round % 2 == 0 {
            (0..roll() % 200).map(|_| roll() as u8).collect()
        } else {
            let mut frame = frames[roll() % frames.len()].clone();
            for _ in 0..1 + roll() % 4 {
                let at = roll() % frame.len();
                frame[at] = roll() as u8;
            }
            frame.truncate(roll() % (frame.len() + 1));
            frame
        };
        if round % 4 == 0 && frame.len() > 14 {
            frame[..6].fill(0xff);
            frame[12..14].copy_from_slice(&[8, 0]);
        }
        net.stacks[1].handle_frame(now, 0, &frame, None, None);
        while net.stacks[1].poll(now).is_some() {}
    }
    assert!(
        net.stacks[1].tcp_status(server) == TcpStatus::Open,
        "no garbage has closed it"
    );
}
