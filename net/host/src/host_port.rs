use crate::{
    Capture, FolderStorage, ForgetfulStorage, HostClock, ProcessCpu, ResolverFiles,
    capture::Frames,
    clock,
    netlink::{self, Route},
    probe, resolver_files, tcp, udp,
};
use std::{
    cell::{Cell, OnceCell, RefCell},
    collections::{BTreeMap, BTreeSet},
    future::Future,
    net::{IpAddr, SocketAddr},
    rc::Rc,
    time::Duration,
};
use thru_events::{
    Cause, Clock, ConnectionId, Provenance, Recorder, Stage, Tap, Time, Vantage, ip::IpEvent,
    lease::LeaseEvent, link::LinkEvent, trip::TripEvent,
};
use thru_port::{
    Connected, CpuClock, Datagrams, Listener, LocalFuture, Port, PortFailure, ProbeAnswer,
    ResolverConfig, Storage, UnixTime,
};

/// What a host port is made of.
#[derive(Clone, Default)]
pub struct HostOptions {
    /// Where events go; none: recording is off.
    pub recorder: Option<Rc<dyn Recorder>>,
    /// Where the resolver's files are, and servers that stand in for theirs.
    pub resolver: ResolverFiles,
    /// Reads and writes nothing kept (`--fresh`).
    pub fresh: bool,
    /// What captures the load's frames.
    pub frames: Capture,
}

/// What every socket of the near side carries.
#[derive(Clone)]
pub(crate) struct Near {
    pub tap: Tap,
    /// The load's frames; off unless they are wanted.
    pub frames: Frames,
    clock: HostClock,
    connections: Rc<Cell<u32>>,
    /// The event that a server's connections come from: the last one handed in.
    pub root: Rc<Cell<Cause>>,
}

impl Near {
    pub fn now(&self) -> Time {
        self.clock.now()
    }

    /// Whether anybody looks at what passes.
    pub fn is_recorded(&self) -> bool {
        self.tap.is_on() || self.frames.is_on()
    }

    pub fn next_connection(&self) -> ConnectionId {
        let number = self.connections.get() + 1;
        self.connections.set(number);
        ConnectionId(number)
    }
}

thread_local! {
    /// Chance from the system that nobody was given yet, and how much of it was: a look-up wants two
    /// octets several times. What is given is wiped.
    static RANDOM: RefCell<([u8; 256], usize)> = const { RefCell::new(([0; 256], 256)) };
}

/// The machine that this program runs on, as a `Port`. Lives inside [`run`].
#[derive(Clone)]
pub struct HostPort {
    pub(crate) near: Near,
    options: HostOptions,
    netlink: Rc<OnceCell<Option<rtnetlink::Handle>>>,
    told: Rc<RefCell<BTreeSet<IpAddr>>>,
    /// Interfaces that were told of.
    interfaces: Rc<RefCell<BTreeSet<u32>>>,
    /// Interface and next hop of addresses whose next hop the kernel did not know.
    unlearned: Rc<RefCell<BTreeMap<IpAddr, (u32, IpAddr)>>>,
}

impl HostPort {
    /// The machine, with the trip's `clock`.
    pub fn new(clock: HostClock, options: HostOptions) -> HostPort {
        let tap = match &options.recorder {
            Some(recorder) => Tap::new(recorder.clone(), Provenance::Observed, Vantage::Near),
            None => Tap::off(),
        };
        HostPort {
            near: Near {
                frames: Frames::new(&options.frames, &tap, clock),
                tap,
                clock,
                connections: Rc::default(),
                root: Rc::default(),
            },
            options,
            netlink: Rc::default(),
            told: Rc::default(),
            interfaces: Rc::default(),
            unlearned: Rc::default(),
        }
    }

    pub(crate) fn netlink(&self) -> Option<rtnetlink::Handle> {
        self.netlink.get_or_init(|| netlink::open().ok()).clone()
    }

    /// States the kernel's route, own address and neighbour for `remote`.
    async fn state_path(self, remote: IpAddr, cause: Cause) -> Cause {
        let tap = self.near.tap.known_as(Provenance::Reported);
        if !tap.is_on() || !self.told.borrow_mut().insert(remote) {
            return cause;
        }
        let Some(netlink) = self.netlink() else {
            let why = "the kernel does not answer questions about routes (netlink)";
            return unseen(&tap, cause, Stage::Ip, why).or(cause);
        };
        let route = match netlink::route(&netlink, remote).await {
            Ok(route) => route,
            Err(_) => {
                let missing = tap.emit(cause, || IpEvent::RouteMissing {
                    destination: remote,
                });
                return missing.or(cause);
            }
        };
        let source = route.source.unwrap_or(remote);
        let chosen = tap.emit(cause, || IpEvent::RouteChosen {
            destination: remote,
            prefix: route.prefix.clone(),
            next_hop: route.next_hop,
            interface: route.interface.clone(),
            source,
        });
        if let Some(prefix) = netlink::own_prefix(&netlink, route.index, source).await {
            tap.emit(chosen, || LeaseEvent::Configured {
                interface: route.interface.clone(),
                address: source,
                prefix,
            });
        }
        self.state_interface(&netlink, &route, chosen).await;
        if remote.is_loopback() || source == remote {
            let why = "the address is this machine's own: no frame leaves it";
            tap.emit(chosen, || TripEvent::StageSkipped {
                stage: Stage::Link,
                why: why.into(),
            });
            return chosen.or(cause);
        }
        let hop = route.next_hop.unwrap_or(remote);
        self.near.frames.next_hop(hop, chosen);
        let found = netlink::neighbour(&netlink, route.index, hop).await;
        if found.as_ref().is_none_or(|line| line.mac.is_none()) {
            let place = (route.index, hop);
            self.unlearned.borrow_mut().insert(remote, place);
        }
        let (mac, state) = found.map_or((None, "no line yet"), |line| (line.mac, line.state));
        tap.emit(chosen, || LinkEvent::NeighbourReported {
            address: hop,
            mac,
            state: state.into(),
        });
        chosen.or(cause)
    }

    async fn state_interface(&self, netlink: &rtnetlink::Handle, route: &Route, cause: Cause) {
        let Some(found) = netlink::interface(netlink, route.index).await else {
            return;
        };
        let (frames, name) = (&self.near.frames, &route.interface);
        frames.interface(route.index, name, found.mtu);
        if !self.interfaces.borrow_mut().insert(route.index) {
            return;
        }
        let tap = self.near.tap.known_as(Provenance::Reported);
        tap.emit(cause, || LinkEvent::InterfaceReported {
            interface: name.clone(),
            mac: found.mac,
            mtu: found.mtu,
            state: found.state.into(),
        });
    }

    /// Once something came back from `remote`, the kernel knows the next hop: its line, if it had
    /// none before.
    pub(crate) async fn state_neighbour_learned(&self, remote: IpAddr, cause: Cause) {
        let place = self.unlearned.borrow_mut().remove(&remote);
        let (Some((index, hop)), Some(netlink)) = (place, self.netlink()) else {
            return;
        };
        let Some(found) = netlink::neighbour(&netlink, index, hop).await else {
            return;
        };
        let tap = self.near.tap.known_as(Provenance::Reported);
        tap.emit(cause, || LinkEvent::NeighbourReported {
            address: hop,
            mac: found.mac,
            state: found.state.into(),
        });
    }

    /// Waits a moment for the last frames of the load, where they are captured. For its end.
    pub async fn end_of_frames(&self) {
        self.near.frames.end().await;
    }
}

fn unseen(tap: &Tap, cause: Cause, stage: Stage, why: &'static str) -> Cause {
    tap.emit(cause, || TripEvent::StageUnseen {
        stage,
        why: why.into(),
    })
}

impl Port for HostPort {
    fn tap(&self) -> Tap {
        self.near.tap.clone()
    }

    fn now(&self) -> Time {
        self.near.now()
    }

    fn calendar(&self) -> UnixTime {
        clock::calendar()
    }

    fn cpu(&self) -> Rc<dyn CpuClock> {
        Rc::new(ProcessCpu)
    }

    fn sleep(&self, duration: Duration) -> LocalFuture<()> {
        Box::pin(tokio::time::sleep(duration))
    }

    fn spawn(&self, _name: &'static str, task: LocalFuture<()>) {
        tokio::task::spawn_local(task);
    }

    fn random(&self, buffer: &mut [u8]) {
        RANDOM.with_borrow_mut(|(store, used)| {
            const GIVES: &str = "the system gives randomness once it has started";
            if buffer.len() > store.len() {
                return getrandom::fill(buffer).expect(GIVES);
            }
            if buffer.len() > store.len() - *used {
                getrandom::fill(store).expect(GIVES);
                *used = 0;
            }
            let end = *used + buffer.len();
            let given = &mut store[*used..end];
            buffer.copy_from_slice(given);
            given.fill(0);
            *used = end;
        });
    }

    fn ready(&self, cause: Cause) -> LocalFuture<Result<Cause, PortFailure>> {
        self.near.root.set(cause);
        self.near.frames.begin(cause);
        let tap = self.near.tap.known_as(Provenance::Reported);
        let why = "what filters on the way let through or drop is not visible from this machine";
        unseen(&tap, cause, Stage::Firewall, why);
        Box::pin(std::future::ready(Ok(cause)))
    }

    fn path(&self, remote: IpAddr, cause: Cause) -> LocalFuture<Cause> {
        Box::pin(self.clone().state_path(remote, cause))
    }

    fn connect(
        &self,
        remote: SocketAddr,
        cause: Cause,
    ) -> LocalFuture<Result<Connected, PortFailure>> {
        Box::pin(tcp::connect(self.clone(), remote, cause))
    }

    fn listen(&self, local: SocketAddr) -> Result<Box<dyn Listener>, PortFailure> {
        let listener = tcp::listen(self.near.clone(), local)?;
        Ok(Box::new(listener))
    }

    fn datagrams(&self, local: SocketAddr) -> Result<Box<dyn Datagrams>, PortFailure> {
        let socket = udp::open(self.near.clone(), local)?;
        Ok(Box::new(socket))
    }

    fn shared_datagrams(&self, local: SocketAddr) -> Result<Box<dyn Datagrams>, PortFailure> {
        let socket = udp::open_shared(self.near.clone(), local)?;
        Ok(Box::new(socket))
    }

    fn probe(
        &self,
        remote: SocketAddr,
        ttl: u8,
        limit: Duration,
        cause: Cause,
    ) -> LocalFuture<ProbeAnswer> {
        Box::pin(probe::probe(self.near.clone(), remote, ttl, limit, cause))
    }

    fn resolver_config(&self) -> ResolverConfig {
        resolver_files::read_resolver_config(&self.options.resolver)
    }

    fn storage(&self) -> Rc<dyn Storage> {
        match FolderStorage::of_the_user().filter(|_| !self.options.fresh) {
            Some(folder) => Rc::new(folder),
            None => Rc::new(ForgetfulStorage),
        }
    }
}

/// Runs `work` to its end in the host world: tokio on this one thread.
pub fn run<T>(work: impl Future<Output = T>) -> std::io::Result<T> {
    let runtime = tokio::runtime::Builder::new_current_thread()
        .enable_all()
        .build()?;
    Ok(tokio::task::LocalSet::new().block_on(&runtime, work))
}
