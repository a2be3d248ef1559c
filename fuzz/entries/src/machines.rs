use std::{
    cell::{Cell, RefCell},
    collections::VecDeque,
    net::{Ipv4Addr, SocketAddr},
    rc::Rc,
    time::Duration,
};
use thru_events::{
    Cause, CpuWork, Event, EventId, MacAddress, NodeId, Provenance, Recorder, Tap, Time, Vantage,
    link::LinkEvent,
};
use thru_lab::{Lab, LabClock, LabConfig, Outside, Pace, Plug, Topology};
use thru_octets::{BytesId, Span};
use thru_port::CpuClock;
use thru_stack::{
    AddressConfig, InterfaceConfig, Ipv6Config, RouteConfig, Stack, StackConfig, TcpSettings,
};

/// Frames of one input that are read.
const FRAMES: usize = 64;

/// Frames that one frame may lead to, over all machines.
const ANSWERS: usize = 10_000;

/// A frame of an input.
pub struct Handed {
    /// Which cable.
    pub side: usize,
    /// How long nothing happens before.
    pub after: Duration,
    /// Its octets, without check sequence.
    pub octets: Vec<u8>,
}

/// The frames that an input holds: an octet for cable (the last bit) and pause, two for the
/// length, the frame. What is cut off is a shorter frame.
pub fn frames_of(mut octets: &[u8]) -> Vec<Handed> {
    let mut frames = Vec::new();
    while let [first, high, low, rest @ ..] = octets
        && frames.len() < FRAMES
    {
        let length = usize::from(u16::from_be_bytes([*high, *low])).min(rest.len());
        let (frame, rest) = rest.split_at(length);
        let after = match first >> 1 {
            0 => Duration::ZERO,
            tenths @ 1..64 => Duration::from_millis(u64::from(tenths) * 100),
            minutes => Duration::from_secs(u64::from(minutes - 63) * 60),
        };
        frames.push(Handed {
            side: usize::from(first & 1),
            after,
            octets: frame.to_vec(),
        });
        octets = rest;
    }
    frames
}

/// A journal of which nothing is left but its order: what causes an event is there before it, and
/// spans lie within what was kept.
#[derive(Default)]
struct Order {
    events: Cell<usize>,
    kept: RefCell<Vec<usize>>,
}

impl Recorder for Order {
    fn record(
        &self,
        cause: Cause,
        _: Provenance,
        _: Vantage,
        span: Option<Span>,
        _: Event,
    ) -> Cause {
        let index = self.events.replace(self.events.get() + 1);
        assert!(cause.is_none_or(|cause| cause.index() < index));
        let kept = |span: Span| self.kept.borrow()[span.bytes.0 as usize];
        assert!(span.is_none_or(|span| span.start <= span.end && span.end as usize <= kept(span)));
        EventId::from_index(index)
    }

    fn keep(&self, octets: &[u8]) -> BytesId {
        let mut kept = self.kept.borrow_mut();
        kept.push(octets.len());
        BytesId(kept.len() as u32 - 1)
    }

    fn cpu(&self, _: Cause, _: CpuWork) {}
}

/// A router with both families, a listener and a connection that opens, between two cables: once
/// unrecorded, once with every event built and TCP Fast Open.
pub fn stack(octets: &[u8]) {
    one_stack(octets, Tap::off(), TcpSettings::default());
    let vantage = Vantage::Node(NodeId(1));
    let tap = Tap::new(Rc::new(Order::default()), Provenance::Simulated, vantage);
    let with_fast_open = TcpSettings {
        fast_open: true,
        ..TcpSettings::default()
    };
    one_stack(octets, tap, with_fast_open);
}

fn one_stack(octets: &[u8], tap: Tap, tcp: TcpSettings) {
    let interface = |n: u8| InterfaceConfig {
        name: format!("eth{n}"),
        mac: MacAddress([2, 0, 0, 0, 0, n + 1]),
        mtu: 1500,
        address: AddressConfig::Static {
            address: Ipv4Addr::new(10, 0, n, 1),
            prefix: 24,
        },
        detect_conflicts: n == 1,
        remembers: None,
        ipv6: Some(Ipv6Config {
            autoconfigure: true,
            ..Ipv6Config::default()
        }),
    };
    let route = RouteConfig {
        prefix: Ipv4Addr::UNSPECIFIED.into(),
        len: 0,
        via: Some(Ipv4Addr::new(10, 0, 0, 2).into()),
        interface: 0,
    };
    let config = StackConfig {
        name: "fuzzed".into(),
        interfaces: vec![interface(0), interface(1)],
        routes: vec![route],
        forward: true,
        seed: 1,
        tcp,
        dhcp_server: None,
    };
    let first = tap.emit(None, || LinkEvent::FrameLost {
        why: "the first event".into(),
    });
    let (mut stack, mut now) = (Stack::new(config, tap.clone()), Time::ZERO);
    stack.start_ipv6(now, first);
    let any = SocketAddr::from(([0, 0, 0, 0], 80));
    let _ = stack.tcp_listen(now, any, 8);
    let _ = stack.udp_bind(any);
    let _ = stack.tcp_connect(now, SocketAddr::from(([10, 0, 0, 2], 80)), first);
    for frame in frames_of(octets) {
        now = now.after(frame.after);
        drain(&mut stack, now);
        let span = tap.keep(&frame.octets);
        stack.handle_frame(now, frame.side, &frame.octets, span, first);
        drain(&mut stack, now);
    }
}

fn drain(stack: &mut Stack, now: Time) {
    let sent = std::iter::from_fn(|| stack.poll(now)).take(ANSWERS);
    assert!(sent.count() < ANSWERS, "a machine sends without end");
}

const HOUSE: &str = r#"
near = "pc"
[[machine]]
name = "pc"
interface = [{ name = "eth0", address = "192.168.1.20/24", ipv6 = ["auto"] }]
route = [{ to = "0.0.0.0/0", via = "192.168.1.1" }]
[[machine]]
name = "switch"
kind = "switch"
switch = { table_limit = 16, storm_limit = 50 }
[[machine]]
name = "router"
kind = "router"
interface = [{ name = "lan0", address = "192.168.1.1/24", ipv6 = ["2001:db8:1::1/64"], advertise = {} }, { name = "wan0", address = "198.51.100.2/30", ipv6 = ["2001:db8:2::2/64"] }]
route = [{ to = "0.0.0.0/0", via = "198.51.100.1" }, { to = "::/0", via = "2001:db8:2::1" }]
nat = { outside = "wan0", table_limit = 16, forward = [{ protocol = "tcp", port = 80, to = "192.168.1.20:80" }] }
dhcp_server = { interface = "lan0", first = "192.168.1.100", last = "192.168.1.110", router = "192.168.1.1", dns = [], lease_s = 600 }
[[machine]]
name = "firewall"
kind = "router"
interface = [{ name = "up0", address = "198.51.100.1/30", ipv6 = ["2001:db8:2::1/64"] }, { name = "down0", address = "203.0.113.1/24", ipv6 = ["2001:db8:3::1/64"] }]
route = [{ to = "2001:db8:1::/64", via = "2001:db8:2::2" }]
firewall = ["allow tcp port 443 rate 10/s half-open 5", "allow udp", "allow icmp", "reject tcp"]
[[machine]]
name = "inside"
kind = "outside"
[[machine]]
name = "beyond"
kind = "outside"
[[wire]]
from = "pc:eth0"
to = "switch"
[[wire]]
from = "inside"
to = "switch"
[[wire]]
from = "router:lan0"
to = "switch"
[[wire]]
from = "router:wan0"
to = "firewall:up0"
[[wire]]
from = "firewall:down0"
to = "beyond"
"#;

/// A switch, a home router that translates, and a firewall; frames come from the home and from
/// beyond the firewall. Once unrecorded, once with every event built.
pub fn devices(octets: &[u8]) {
    one_house(octets, None);
    one_house(octets, Some(Rc::new(Order::default())));
}

fn one_house(octets: &[u8], recorder: Option<Rc<dyn Recorder>>) {
    let lab = Lab::new(LabConfig {
        topology: Topology::parse(HOUSE).expect("the house is a topology"),
        seed: 1,
        clock: LabClock::new(),
        recorder,
        cpu: Rc::new(Still),
    })
    .expect("the house can be built");
    let plugs = ["inside", "beyond"].map(|name| lab.plug(Some(name)).expect("a cable outside"));
    let mut strangers = Strangers {
        plugs,
        frames: RefCell::new(frames_of(octets).into()),
        passed: Cell::new(Duration::ZERO),
        out: 0,
    };
    let ended = lab.live(Pace::Virtual, &mut strangers);
    ended.expect("a world goes on whatever comes in");
}

struct Still;

impl CpuClock for Still {
    fn nanos(&self) -> u64 {
        0
    }
}

/// Who hands in frames: one each time the world waits for the outside.
struct Strangers {
    plugs: [Plug; 2],
    frames: RefCell<VecDeque<Handed>>,
    passed: Cell<Duration>,
    out: usize,
}

impl Outside for Strangers {
    fn wait(&mut self, most: Option<Duration>) -> bool {
        for plug in &self.plugs {
            while plug.take_out().is_some() {
                self.out += 1;
                assert!(self.out < ANSWERS * FRAMES, "frames come out without end");
            }
        }
        // Nothing is handed in while frames are on their way.
        if most.is_some_and(|most| most.is_zero()) {
            return true;
        }
        let Some(frame) = self.frames.borrow_mut().pop_front() else {
            return false;
        };
        self.passed
            .set(self.passed.get() + frame.after + Duration::from_millis(1));
        self.plugs[frame.side].hand_in(&frame.octets);
        true
    }

    fn passed(&self) -> Duration {
        self.passed.get()
    }
}
