//! What a megaoctet costs in a stack: two of a kind, frames handed over without a wire.

use crate::{
    row::{self, median},
    small_stack::SmallStack,
};
use std::{collections::VecDeque, net::SocketAddr};
use thru_events::{MacAddress, Tap, Time};
use thru_stack::{
    AddressConfig, InterfaceConfig, ReadOutcome, SocketId, Stack, StackConfig, TcpSettings,
    TcpStatus,
};

const OCTETS: usize = 200_000_000;
const RUNS: usize = 5;
/// What a socket holds each way.
const BUFFER: usize = 256 * 1024;
/// Octets that the program hands over at a time.
const CHUNK: usize = 64 * 1024;
/// From one look at both ends to the next.
const TURN_NS: u64 = 100_000;
const PORT: u16 = 7;

pub fn rows() {
    let (mut ours, mut theirs) = (Vec::new(), Vec::new());
    for _ in 0..RUNS {
        ours.push(cpu(with_ours));
        theirs.push(cpu(with_smoltcp));
    }
    let each = |figures| median(figures).map(|cpu: f64| cpu / (OCTETS as f64 / 1e6) * 1e6);
    let note = format!(
        "both ends, {} MB, MTU 1500, {BUFFER} octets of buffer, no wire; peer: smoltcp, median of {RUNS} in turn",
        OCTETS / 1_000_000
    );
    let work = "stack CPU per MB";
    row::print(
        work,
        each(ours).unwrap_or_default(),
        each(theirs),
        "µs",
        &note,
    );
}

fn cpu(work: impl FnOnce()) -> f64 {
    let before = row::cpu_seconds();
    work();
    row::cpu_seconds() - before
}

fn machine(number: u8) -> Stack {
    let address = [10, 0, 0, number].into();
    let config = StackConfig {
        name: format!("m{number}"),
        interfaces: vec![InterfaceConfig {
            name: "eth0".into(),
            mac: MacAddress([2, 0, 0, 0, 0, number]),
            mtu: 1500,
            address: AddressConfig::Static {
                address,
                prefix: 24,
            },
            detect_conflicts: false,
            remembers: None,
            ipv6: None,
        }],
        routes: Vec::new(),
        forward: false,
        seed: number.into(),
        tcp: TcpSettings {
            send_buffer: BUFFER,
            receive_buffer: BUFFER,
            ..TcpSettings::default()
        },
        dhcp_server: None,
    };
    Stack::new(config, Tap::off())
}

fn with_ours() {
    let (mut from, mut to) = (machine(1), machine(2));
    let mut now = Time::ZERO;
    let listening = SocketAddr::from(([10, 0, 0, 2], PORT));
    let listener = to.tcp_listen(now, listening, 8).expect("it is free");
    let caller = from.tcp_connect(now, listening, None).expect("a socket");
    let (octets, mut buffer) = (vec![7; CHUNK], vec![0; CHUNK]);
    let (mut said, mut heard) = (0, 0);
    let mut called: Option<SocketId> = None;
    let mut frames = VecDeque::new();
    while heard < OCTETS {
        now = Time(now.0 + TURN_NS);
        while from.tcp_status(caller) == TcpStatus::Open && said < OCTETS {
            let most = CHUNK.min(OCTETS - said);
            let taken = from.tcp_write(now, caller, &octets[..most], None);
            match taken.expect("an open connection") {
                0 => break,
                taken => said += taken,
            }
        }
        carry(&mut from, &mut to, now, &mut frames);
        called = called.or_else(|| to.tcp_accept(listener).map(|(id, _)| id));
        if let Some(id) = called {
            while let Ok(ReadOutcome::Data(count)) = to.tcp_read(now, id, &mut buffer) {
                heard += count;
            }
        }
        carry(&mut to, &mut from, now, &mut frames);
    }
}

fn carry(from: &mut Stack, to: &mut Stack, now: Time, frames: &mut VecDeque<Vec<u8>>) {
    while let Some(outgoing) = from.poll(now) {
        frames.push_back(outgoing.frame);
    }
    for frame in frames.drain(..) {
        to.handle_frame(now, 0, &frame, None, None);
    }
}

fn with_smoltcp() {
    let (mut from, mut to) = (SmallStack::new(1, BUFFER), SmallStack::new(2, BUFFER));
    let mut now = Time::ZERO;
    to.listen(PORT);
    from.connect(2, PORT);
    let (octets, mut buffer) = (vec![7; CHUNK], vec![0; CHUNK]);
    let (mut said, mut heard) = (0, 0);
    while heard < OCTETS {
        now = Time(now.0 + TURN_NS);
        while said < OCTETS {
            match from.write(&octets[..CHUNK.min(OCTETS - said)]) {
                0 => break,
                taken => said += taken,
            }
        }
        from.poll(now);
        while let Some(frame) = from.take_out() {
            to.hand_in(frame);
        }
        to.poll(now);
        heard += to.read(&mut buffer);
        while let Some(frame) = to.take_out() {
            from.hand_in(frame);
        }
    }
}
