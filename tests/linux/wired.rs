//! A lab whose wire leads to a TAP device of the kernel.

use crate::kernel::{self, LIMIT, tool};
use std::{
    cell::{Cell, RefCell},
    net::{IpAddr, Ipv4Addr, Ipv6Addr, SocketAddr},
    rc::Rc,
    sync::{
        Arc,
        atomic::{AtomicU32, Ordering},
    },
    time::{Duration, Instant},
};
use thru_events::{
    Cause, CpuWork, Event, EventId, Provenance, Recorder, Vantage, link::LinkEvent, tcp::TcpEvent,
};
use thru_host::doors::TapDevice;
use thru_lab::{Lab, LabClock, LabConfig, Outside, Pace, Plug, Topology};
use thru_octets::{BytesId, Span};
use thru_port::{CpuClock, LocalFuture, Port};

/// The name of the kernel's device.
const DEVICE: &str = "lab0";

/// Linux's address, ours beyond the router, and the router's on Linux's network.
pub const LINUX: Ipv4Addr = Ipv4Addr::new(10, 7, 0, 1);
pub const OURS: Ipv4Addr = Ipv4Addr::new(10, 8, 0, 2);
const ROUTER: &str = "10.7.0.2";

/// The same by IPv6.
pub const LINUX_IPV6: Ipv6Addr = Ipv6Addr::new(0x2001, 0xdb8, 7, 0, 0, 0, 0, 1);
pub const OURS_IPV6: Ipv6Addr = Ipv6Addr::new(0x2001, 0xdb8, 8, 0, 0, 0, 0, 2);
pub const ROUTER_IPV6: Ipv6Addr = Ipv6Addr::new(0x2001, 0xdb8, 7, 0, 0, 0, 0, 2);

/// How both ends and the wire between them are.
#[derive(Clone, Default)]
pub struct Setting {
    /// Keys of the wire to Linux, as in a topology file.
    pub wire: String,
    /// The `tcp` table of our machine.
    pub tcp: &'static str,
    /// The largest packet that the router sends, either way.
    pub mtu: Option<u16>,
    /// Settings of Linux, under /proc/sys/net/ipv4.
    pub linux: &'static [(&'static str, &'static str)],
    /// What is spoken beside IPv4.
    pub ipv6: Ipv6,
}

/// Whether IPv6 is spoken, and where Linux has its address from.
#[derive(Clone, Copy, Default, PartialEq, Eq)]
pub enum Ipv6 {
    /// Not at all: nothing but what is tested goes over the wire.
    #[default]
    No,
    /// Written down, with its route.
    Written,
    /// From what our router says (RFC 4862).
    FromRouter,
}

impl Setting {
    /// Our address that a case is about.
    pub fn ours(&self) -> IpAddr {
        match self.ipv6 {
            Ipv6::No => OURS.into(),
            _ => OURS_IPV6.into(),
        }
    }

    /// Linux's.
    pub fn theirs(&self) -> IpAddr {
        match self.ipv6 {
            Ipv6::No => LINUX.into(),
            _ => LINUX_IPV6.into(),
        }
    }
}

/// What is as usual between two cases.
const USUAL: &[(&str, &str)] = &[("tcp_sack", "1"), ("tcp_timestamps", "1"), ("tcp_ecn", "2")];

/// Steps that a case goes through; both sides look at it.
#[derive(Clone, Default)]
pub struct Steps(Arc<AtomicU32>);

impl Steps {
    pub fn reach(&self, step: u32) {
        self.0.store(step, Ordering::SeqCst);
    }

    pub fn reached(&self, step: u32) -> bool {
        self.0.load(Ordering::SeqCst) >= step
    }

    /// Waits on the kernel's side.
    pub fn wait(&self, step: u32) {
        kernel::await_that(|| self.reached(step)).expect("the other side comes as far");
    }

    /// Waits on the lab's side.
    pub async fn await_in(&self, port: &dyn Port, step: u32) {
        while !self.reached(step) {
            port.sleep(Duration::from_millis(1)).await;
        }
    }
}

/// The lab, its device, and what our TCP did.
pub struct Wired {
    lab: Lab,
    plug: Plug,
    device: TapDevice,
    pub seen: Rc<Seen>,
    tasks: Rc<Cell<u32>>,
}

impl Wired {
    pub fn new(setting: &Setting) -> Wired {
        for (key, value) in USUAL.iter().chain(setting.linux) {
            kernel::set(&format!("ipv4/{key}"), value);
        }
        let device = TapDevice::open(DEVICE).expect("a TAP device");
        let disable = if setting.ipv6 == Ipv6::No { "1" } else { "0" };
        kernel::set(&format!("ipv6/conf/{DEVICE}/disable_ipv6"), disable);
        let listens = if setting.ipv6 == Ipv6::FromRouter {
            "1"
        } else {
            "0"
        };
        kernel::set(&format!("ipv6/conf/{DEVICE}/accept_ra"), listens);
        tool("ip", &["addr", "add", "10.7.0.1/24", "dev", DEVICE]);
        tool("ip", &["link", "set", DEVICE, "up"]);
        tool("ip", &["route", "add", "10.8.0.0/24", "via", ROUTER]);
        if setting.ipv6 == Ipv6::Written {
            let own = format!("{LINUX_IPV6}/64");
            tool("ip", &["addr", "add", &own, "dev", DEVICE, "nodad"]);
            let router = ROUTER_IPV6.to_string();
            tool("ip", &["route", "add", "2001:db8:8::/64", "via", &router]);
        }
        // What was learned of the path in the case before.
        tool("ip", &["route", "flush", "cache"]);
        let _ = std::fs::write("/proc/sys/net/ipv4/tcp_no_metrics_save", "1");
        let seen = Rc::new(Seen::default());
        let lab = Lab::new(LabConfig {
            topology: Topology::parse(&topology(setting)).unwrap_or_else(|error| panic!("{error}")),
            seed: 7,
            clock: LabClock::new(),
            recorder: Some(seen.clone()),
            cpu: Rc::new(Still),
        })
        .expect("a lab");
        let plug = lab.plug(None).expect("a wire to the outside");
        Wired {
            lab,
            plug,
            device,
            seen,
            tasks: Rc::default(),
        }
    }

    pub fn port(&self) -> Rc<dyn Port> {
        self.lab.near()
    }

    /// What Linux knows of its neighbours on the wire by IPv6.
    pub fn neighbours() -> String {
        tool("ip", &["-6", "neigh", "show", "dev", DEVICE])
    }

    /// Linux's addresses for all to reach, by IPv6.
    pub fn own_addresses() -> String {
        tool(
            "ip",
            &["-6", "addr", "show", "dev", DEVICE, "scope", "global"],
        )
    }

    /// Lets a task run on our machine; [`Wired::run`] waits for it.
    pub fn spawn(&self, task: impl Future<Output = ()> + 'static) {
        let tasks = self.tasks.clone();
        tasks.set(tasks.get() + 1);
        let task: LocalFuture<()> = Box::pin(async move {
            task.await;
            tasks.set(tasks.get() - 1);
        });
        self.lab.near().spawn("a case", task);
    }

    /// Lets the world live until our tasks and `linux` are done; what `linux` gives.
    pub fn run<T: Send + 'static>(&self, linux: impl FnOnce() -> T + Send + 'static) -> T {
        let linux = std::thread::spawn(linux);
        let mut across = Across {
            wired: self,
            finished: &|| linux.is_finished(),
            begun: Instant::now(),
            frame: Vec::new(),
        };
        self.lab.live(Pace::Real, &mut across).expect("a world");
        assert_eq!(self.tasks.get(), 0, "our side does not end");
        match linux.join() {
            Ok(given) => given,
            Err(panic) => std::panic::resume_unwind(panic),
        }
    }
}

fn topology(setting: &Setting) -> String {
    let Setting { wire, tcp, .. } = setting;
    let tcp = match tcp.is_empty() {
        true => String::new(),
        false => format!("tcp = {{ {tcp} }}"),
    };
    let mtu = setting.mtu.unwrap_or(1500);
    let speaks = |own: &str| match setting.ipv6 {
        Ipv6::No => String::new(),
        _ => format!(", ipv6 = [\"{own}/64\"]"),
    };
    let (ours, down) = (speaks("2001:db8:8::2"), speaks("2001:db8:8::1"));
    let mut up = speaks("2001:db8:7::2");
    if setting.ipv6 == Ipv6::FromRouter {
        up += ", advertise = {}";
    }
    let route = match setting.ipv6 {
        Ipv6::No => "",
        _ => ", { to = \"::/0\", via = \"2001:db8:8::1\" }",
    };
    format!(
        r#"
near = "ours"
[[machine]]
name = "ours"
interface = [{{ name = "eth0", address = "10.8.0.2/24"{ours} }}]
route = [{{ to = "0.0.0.0/0", via = "10.8.0.1" }}{route}]
{tcp}
[[machine]]
name = "router"
kind = "router"
interface = [
    {{ name = "up", address = "{ROUTER}/24", mtu = {mtu}{up} }},
    {{ name = "down", address = "10.8.0.1/24", mtu = {mtu}{down} }},
]
[[machine]]
name = "linux"
kind = "outside"
[[wire]]
from = "ours:eth0"
to = "router:down"
[[wire]]
from = "router:up"
to = "linux"
{wire}
"#
    )
}

/// What is outside of the lab: the device, and the kernel's side of a case.
struct Across<'a> {
    wired: &'a Wired,
    finished: &'a dyn Fn() -> bool,
    begun: Instant,
    frame: Vec<u8>,
}

impl Outside for Across<'_> {
    fn wait(&mut self, most: Option<Duration>) -> bool {
        while let Some(frame) = self.wired.plug.take_out() {
            self.wired.device.write(&frame);
        }
        let over = (self.finished)() && self.wired.tasks.get() == 0;
        if over || self.begun.elapsed() > LIMIT {
            return false;
        }
        let most = most.map_or(kernel::LOOK_AGAIN, |most| most.min(kernel::LOOK_AGAIN));
        self.wired.device.wait(Some(most)).expect("the device");
        while self.wired.device.read(&mut self.frame).expect("a frame") {
            self.wired.plug.hand_in(&self.frame);
        }
        true
    }

    fn passed(&self) -> Duration {
        self.begun.elapsed()
    }
}

struct Still;

impl CpuClock for Still {
    fn nanos(&self) -> u64 {
        0
    }
}

/// What our TCP did: states in their order, and how often what happened. Octets are not kept.
#[derive(Default)]
pub struct Seen {
    states: RefCell<Vec<String>>,
    retransmitted: Cell<u32>,
    timers: RefCell<Vec<String>>,
    sizes: RefCell<Vec<u32>>,
    neighbours: RefCell<Vec<LinkEvent>>,
    events: Cell<usize>,
}

impl Seen {
    pub fn states(&self) -> Vec<String> {
        self.states.borrow().clone()
    }

    pub fn state(&self) -> String {
        self.states.borrow().last().cloned().unwrap_or_default()
    }

    pub fn retransmitted(&self) -> u32 {
        self.retransmitted.get()
    }

    pub fn expired(&self, timer: &str) -> usize {
        self.timers
            .borrow()
            .iter()
            .filter(|own| *own == timer)
            .count()
    }

    /// What our machines did about their neighbours by IPv6.
    pub fn neighbours(&self) -> Vec<LinkEvent> {
        self.neighbours.borrow().clone()
    }

    pub fn sizes(&self) -> Vec<u32> {
        self.sizes.borrow().clone()
    }
}

impl Recorder for Seen {
    fn record(
        &self,
        _: Cause,
        _: Provenance,
        vantage: Vantage,
        _: Option<Span>,
        event: Event,
    ) -> Cause {
        self.events.set(self.events.get() + 1);
        if let (Vantage::Near, Event::Tcp(event)) = (vantage, &event) {
            match event {
                TcpEvent::StateChanged { to, .. } => self.states.borrow_mut().push(to.to_string()),
                TcpEvent::SegmentRetransmitted { .. } => {
                    self.retransmitted.set(self.retransmitted.get() + 1);
                }
                TcpEvent::TimerExpired { timer, .. } => {
                    self.timers.borrow_mut().push(timer.to_string());
                }
                TcpEvent::SegmentSizeChanged { size, .. } => self.sizes.borrow_mut().push(*size),
                _ => {}
            }
        }
        if let Event::Link(event) = &event
            && event.name().starts_with("Neighbour")
        {
            self.neighbours.borrow_mut().push(event.clone());
        }
        EventId::from_index(self.events.get())
    }

    fn keep(&self, _: &[u8]) -> BytesId {
        BytesId(0)
    }

    fn cpu(&self, _: Cause, _: CpuWork) {}
}

/// An end of a connection on our side.
pub fn at(address: impl Into<IpAddr>, port: u16) -> SocketAddr {
    SocketAddr::new(address.into(), port)
}

/// Octets that repeat nowhere soon.
pub fn content(length: usize) -> Vec<u8> {
    let mut word = 0x9e37_79b9_7f4a_7c15_u64;
    let mut octets = Vec::with_capacity(length + 8);
    while octets.len() < length {
        word ^= word << 13;
        word ^= word >> 7;
        word ^= word << 17;
        octets.extend_from_slice(&word.to_le_bytes());
    }
    octets.truncate(length);
    octets
}
