//! Machines on one simulated cable each, in virtual time, with seeded faults.
#![allow(dead_code)]

use std::{
    cell::RefCell,
    collections::BTreeMap,
    net::{Ipv4Addr, SocketAddr},
    rc::Rc,
    time::Duration,
};
use thru_events::{
    Cause, CpuWork, Event, EventId, MacAddress, NodeId, Provenance, Recorder, Tap, Time, Vantage,
};
use thru_octets::{BytesId, Span};
use thru_stack::*;

/// Keeps everything that is stated.
#[derive(Default)]
pub struct Notes {
    pub events: RefCell<Vec<(Cause, Vantage, Option<Span>, Event)>>,
    pub kept: RefCell<u32>,
}

impl Recorder for Notes {
    fn record(
        &self,
        cause: Cause,
        _: Provenance,
        vantage: Vantage,
        span: Option<Span>,
        event: Event,
    ) -> Cause {
        let mut events = self.events.borrow_mut();
        events.push((cause, vantage, span, event));
        EventId::from_index(events.len() - 1)
    }

    fn keep(&self, _: &[u8]) -> BytesId {
        *self.kept.borrow_mut() += 1;
        BytesId(*self.kept.borrow())
    }

    fn cpu(&self, _: Cause, _: CpuWork) {}
}

impl Notes {
    pub fn tap(self: &Rc<Notes>, node: u16) -> Tap {
        Tap::new(
            self.clone(),
            Provenance::Simulated,
            Vantage::Node(NodeId(node)),
        )
    }

    /// The names of the events of one node, without those of frames.
    pub fn names(&self, node: u16) -> Vec<&'static str> {
        let events = self.events.borrow();
        let own = events
            .iter()
            .filter(|(_, vantage, ..)| *vantage == Vantage::Node(NodeId(node)));
        own.map(|(.., event)| event.name()).collect()
    }

    /// The names from an event back to its first cause.
    pub fn chain(&self, mut from: Cause) -> Vec<&'static str> {
        let events = self.events.borrow();
        let mut names = Vec::new();
        while let Some(id) = from {
            let (cause, _, _, event) = &events[id.index()];
            assert!(cause.is_none_or(|cause| cause < id), "a cause is earlier");
            names.push(event.name());
            from = *cause;
        }
        names
    }

    pub fn count(&self, name: &str) -> usize {
        self.events
            .borrow()
            .iter()
            .filter(|(.., event)| event.name() == name)
            .count()
    }
}

/// What the cable does to frames, in chances out of 1000.
#[derive(Clone, Copy, Default)]
pub struct Faults {
    pub loss: u64,
    pub duplication: u64,
    pub reordering: u64,
    pub bit_flips: u64,
}

pub struct Net {
    pub now: Time,
    pub stacks: Vec<Stack>,
    pub faults: Faults,
    /// Where a cable leads: machine and interface to machine and interface.
    pub cables: BTreeMap<(usize, usize), (usize, usize)>,
    pub delay: Duration,
    chance: u64,
    flying: BTreeMap<(Time, u64), (usize, usize, Outgoing)>,
    sent: u64,
}

pub fn address(text: &str) -> SocketAddr {
    text.parse().unwrap()
}

pub fn static_interface(n: u8, address: [u8; 4], mtu: u16) -> InterfaceConfig {
    InterfaceConfig {
        name: format!("eth{n}"),
        mac: MacAddress([2, 0, 0, 0, address[2], address[3]]),
        mtu,
        address: AddressConfig::Static {
            address: address.into(),
            prefix: 24,
        },
        detect_conflicts: false,
        remembers: None,
        ipv6: None,
    }
}

pub fn machine(name: &str, seed: u64, interfaces: Vec<InterfaceConfig>) -> StackConfig {
    StackConfig {
        tcp: Default::default(),
        name: name.into(),
        interfaces,
        routes: Vec::new(),
        forward: false,
        seed,
        dhcp_server: None,
    }
}

pub fn default_route(via: [u8; 4]) -> RouteConfig {
    RouteConfig {
        prefix: Ipv4Addr::UNSPECIFIED.into(),
        len: 0,
        via: Some(via.into()),
        interface: 0,
    }
}

impl Net {
    pub fn new(stacks: Vec<Stack>, cables: &[((usize, usize), (usize, usize))]) -> Net {
        let both = |(a, b): &((usize, usize), (usize, usize))| [(*a, *b), (*b, *a)];
        Net {
            now: Time::ZERO,
            stacks,
            faults: Faults::default(),
            cables: cables.iter().flat_map(both).collect(),
            delay: Duration::from_millis(5),
            chance: 1,
            flying: BTreeMap::new(),
            sent: 0,
        }
    }

    /// 10.0.0.1 and 10.0.0.2 on one cable.
    pub fn pair(notes: Option<&Rc<Notes>>, seed: u64) -> Net {
        let stack = |n: u8| {
            let tap = notes.map_or(Tap::off(), |notes| notes.tap(n.into()));
            let config = machine(
                "host",
                seed + u64::from(n),
                vec![static_interface(0, [10, 0, 0, n], 1500)],
            );
            Stack::new(config, tap)
        };
        let mut net = Net::new(vec![stack(1), stack(2)], &[((0, 0), (1, 0))]);
        net.chance = seed;
        net
    }

    fn roll(&mut self) -> u64 {
        self.chance = self
            .chance
            .wrapping_mul(6364136223846793005)
            .wrapping_add(1442695040888963407);
        self.chance >> 33
    }

    fn happens(&mut self, per_mille: u64) -> bool {
        self.roll() % 1000 < per_mille
    }

    fn fly(&mut self, machine: usize, mut outgoing: Outgoing) {
        let Some(&(to, interface)) = self.cables.get(&(machine, outgoing.interface)) else {
            return;
        };
        if self.happens(self.faults.loss) {
            return;
        }
        let copies = if self.happens(self.faults.duplication) {
            2
        } else {
            1
        };
        if self.happens(self.faults.bit_flips) {
            let bit = self.roll() as usize % (outgoing.frame.len() * 8);
            outgoing.frame[bit / 8] ^= 1 << (bit % 8);
        }
        for _ in 0..copies {
            let late = if self.happens(self.faults.reordering) {
                self.roll() % 8_000_000
            } else {
                0
            };
            let at = Time(self.now.after(self.delay).0 + late);
            self.sent += 1;
            self.flying
                .insert((at, self.sent), (to, interface, outgoing.clone()));
        }
    }

    /// Lets every machine say what it has to say now.
    pub fn settle(&mut self) {
        for machine in 0..self.stacks.len() {
            while let Some(outgoing) = self.stacks[machine].poll(self.now) {
                self.fly(machine, outgoing);
            }
        }
    }

    /// Goes to the next moment at which something happens; false if nothing will.
    pub fn step(&mut self) -> bool {
        self.settle();
        let frame = self.flying.keys().next().map(|(at, _)| *at);
        let timer = self.stacks.iter().filter_map(Stack::wake_at).min();
        let Some(next) = frame.into_iter().chain(timer).min() else {
            return false;
        };
        self.now = self.now.max(next);
        while let Some(entry) = self.flying.first_entry() {
            if entry.key().0 > self.now {
                break;
            }
            let (to, interface, outgoing) = entry.remove();
            self.stacks[to].handle_frame(
                self.now,
                interface,
                &outgoing.frame,
                outgoing.span,
                outgoing.cause,
            );
        }
        self.settle();
        true
    }

    pub fn run_until(&mut self, mut done: impl FnMut(&mut Net) -> bool) {
        for _ in 0..2_000_000 {
            if done(self) {
                return;
            }
            assert!(self.step(), "nothing more happens, and it is not done");
        }
        panic!("it does not come to an end");
    }

    pub fn run_for(&mut self, time: Duration) {
        let end = self.now.after(time);
        loop {
            self.settle();
            let frame = self.flying.keys().next().map(|(at, _)| *at);
            let timer = self.stacks.iter().filter_map(Stack::wake_at).min();
            match frame.into_iter().chain(timer).min() {
                Some(next) if next <= end => {
                    self.step();
                }
                _ => break,
            }
        }
        self.now = end;
    }

    /// Opens a connection from machine `a` to a listener of machine `b`.
    pub fn open(&mut self, a: usize, b: usize, to: &str) -> (SocketId, SocketId) {
        let port = address(to).port();
        let listener = self.stacks[b]
            .tcp_listen(self.now, SocketAddr::from(([0, 0, 0, 0], port)), 8)
            .unwrap();
        let client = self.stacks[a]
            .tcp_connect(self.now, address(to), None)
            .unwrap();
        let mut server = None;
        self.run_until(|net| {
            server = net.stacks[b].tcp_accept(listener).map(|(id, _)| id);
            server.is_some()
        });
        (client, server.unwrap())
    }
}

/// Reads everything that is there; true at the end.
pub fn read_some(stack: &mut Stack, now: Time, id: SocketId, into: &mut Vec<u8>) -> bool {
    let mut buffer = [0; 16384];
    loop {
        match stack
            .tcp_read(now, id, &mut buffer)
            .expect("the connection holds")
        {
            ReadOutcome::Data(count) => into.extend_from_slice(&buffer[..count]),
            ReadOutcome::End => return true,
            ReadOutcome::Pending => return false,
        }
    }
}
