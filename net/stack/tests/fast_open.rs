//! Fast opens between two of our stacks (RFC 7413): the second connection's data goes with SYN.

mod harness;

use harness::*;
use std::{net::SocketAddr, rc::Rc};
use thru_events::{Event, tcp::TcpEvent};
use thru_stack::*;
use thru_transport::tcp::State;

fn pair(notes: &Rc<Notes>) -> Net {
    let stack = |n: u8| {
        let config = StackConfig {
            tcp: TcpSettings {
                fast_open: true,
                ..TcpSettings::default()
            },
            ..machine(
                "host",
                n.into(),
                vec![static_interface(0, [10, 0, 0, n], 1500)],
            )
        };
        Stack::new(config, notes.tap(n.into()))
    };
    Net::new(vec![stack(1), stack(2)], &[((0, 0), (1, 0))])
}

/// Asks once over a new connection, and closes it. Gives how long it was from the connection's
/// beginning to the answer, in round trips of the cable.
fn ask(net: &mut Net, listener: SocketId) -> u128 {
    let began = net.now;
    let now = net.now;
    let client = net.stacks[0]
        .tcp_connect(now, address("10.0.0.2:80"), None)
        .unwrap();
    let (mut server, mut said, mut heard, mut answer) = (None, false, Vec::new(), Vec::new());
    net.run_until(|net| {
        let now = net.now;
        if !said && net.stacks[0].tcp_status(client) == TcpStatus::Open {
            let taken = net.stacks[0].tcp_write(now, client, b"question", None);
            said = taken == Ok(8);
        }
        if let Some((id, _)) = net.stacks[1].tcp_accept(listener) {
            server = Some(id);
        }
        if let Some(id) = server {
            let before = heard.len();
            read_some(&mut net.stacks[1], now, id, &mut heard);
            if before < 8 && heard.len() == 8 {
                let taken = net.stacks[1].tcp_write(now, id, b"answer", None);
                assert_eq!(taken, Ok(6));
            }
        }
        read_some(&mut net.stacks[0], now, client, &mut answer);
        answer == b"answer"
    });
    assert_eq!(heard, b"question");
    let took = net.now.since(began).as_nanos() / (2 * net.delay.as_nanos());
    for (side, id) in [(0, client), (1, server.unwrap())] {
        let now = net.now;
        net.stacks[side].tcp_release(now, id, None);
    }
    // No longer: who is not heard of for a while is asked for anew.
    let closed = |net: &Net, side: usize, id| net.stacks[side].tcp_state(id) == State::TimeWait;
    net.run_until(|net| closed(net, 0, client) && closed(net, 1, server.unwrap()));
    took
}

/// Octets of data that went with SYN, for each SYN of the client.
fn with_syn(notes: &Notes) -> Vec<u32> {
    let events = notes.events.borrow();
    let syns = events.iter().filter_map(|(.., event)| match event {
        Event::Tcp(TcpEvent::SegmentSent { flags, length, .. }) if **flags == *"SYN" => {
            Some(*length)
        }
        _ => None,
    });
    syns.collect()
}

#[test]
fn the_second_connection_asks_with_its_syn_and_saves_a_round_trip() {
    let notes = Rc::new(Notes::default());
    let mut net = pair(&notes);
    let everywhere = SocketAddr::from(([0, 0, 0, 0], 80));
    let listener = net.stacks[1].tcp_listen(net.now, everywhere, 8).unwrap();
    // The first one pays for ARP, the handshake and the question.
    assert_eq!(ask(&mut net, listener), 3);
    assert_eq!(ask(&mut net, listener), 1);
    assert_eq!(with_syn(&notes), [0, 8]);
}

#[test]
fn a_server_that_began_anew_refuses_the_old_cookie_and_nothing_is_lost() {
    let notes = Rc::new(Notes::default());
    let mut net = pair(&notes);
    let everywhere = SocketAddr::from(([0, 0, 0, 0], 80));
    let listener = net.stacks[1].tcp_listen(net.now, everywhere, 8).unwrap();
    ask(&mut net, listener);
    let config = StackConfig {
        tcp: TcpSettings {
            fast_open: true,
            ..TcpSettings::default()
        },
        ..machine("host", 77, vec![static_interface(0, [10, 0, 0, 2], 1500)])
    };
    net.stacks[1] = Stack::new(config, notes.tap(2));
    let listener = net.stacks[1].tcp_listen(net.now, everywhere, 8).unwrap();
    assert!(ask(&mut net, listener) > 1, "the question goes again");
    assert_eq!(ask(&mut net, listener), 1, "the new cookie was kept");
    assert_eq!(with_syn(&notes), [0, 8, 8]);
}

#[test]
fn a_server_that_takes_no_data_is_asked_as_usual_for_a_while() {
    let notes = Rc::new(Notes::default());
    let mut net = pair(&notes);
    let everywhere = SocketAddr::from(([0, 0, 0, 0], 80));
    let listener = net.stacks[1].tcp_listen(net.now, everywhere, 8).unwrap();
    ask(&mut net, listener);
    let plain = machine("host", 77, vec![static_interface(0, [10, 0, 0, 2], 1500)]);
    net.stacks[1] = Stack::new(plain, notes.tap(2));
    let listener = net.stacks[1].tcp_listen(net.now, everywhere, 8).unwrap();
    for _ in 0..2 {
        ask(&mut net, listener);
    }
    assert_eq!(with_syn(&notes), [0, 8, 0], "the refusal is kept");
    net.run_for(limits::FAST_OPEN_REFUSED);
    ask(&mut net, listener);
    assert_eq!(
        with_syn(&notes),
        [0, 8, 0, 0],
        "it is asked for a cookie anew"
    );
}

#[test]
fn those_whose_address_is_not_proven_are_served_up_to_the_limit() {
    let notes = Rc::new(Notes::default());
    let mut net = pair(&notes);
    let everywhere = SocketAddr::from(([0, 0, 0, 0], 80));
    let room = 4 * limits::EARLY_CONNECTIONS;
    let listener = net.stacks[1].tcp_listen(net.now, everywhere, room).unwrap();
    ask(&mut net, listener);
    // Nothing of the server gets back: no handshake ends.
    net.cables.remove(&(1, 0));
    let many = 2 * limits::EARLY_CONNECTIONS;
    for _ in 0..many {
        let now = net.now;
        let id = net.stacks[0]
            .tcp_connect(now, address("10.0.0.2:80"), None)
            .unwrap();
        net.stacks[0].tcp_write(now, id, b"question", None).unwrap();
    }
    net.run_for(net.delay);
    let early = std::iter::from_fn(|| net.stacks[1].tcp_accept(listener)).count();
    assert_eq!(early, limits::EARLY_CONNECTIONS);
}
