use super::{
    datagrams::LabDatagrams,
    storage::MemoryStorage,
    stream::{self, LabListener},
    waiting::Place,
};
use crate::chance::Chance;
use std::{
    cell::RefCell,
    future::{poll_fn, ready},
    net::{IpAddr, SocketAddr},
    rc::Rc,
    task::Poll,
    time::Duration,
};
use thru_events::{Cause, Tap, Time};
use thru_port::{
    Connected, CpuClock, Datagrams, Listener, LocalFuture, LookupSource, LookupStep, OwnAddress,
    Port, PortFailure, PortFailureKind, ProbeAnswer, ResolverConfig, Storage, UnixTime, first_of,
};
use thru_stack::LeaseOutcome;

/// `net/port` on a lab machine.
pub(crate) struct LabPort {
    place: Place,
    chance: RefCell<Chance>,
    cpu: Rc<dyn CpuClock>,
    storage: Rc<MemoryStorage>,
    /// DNS servers that the topology writes down; a lease comes before them.
    dns: Vec<IpAddr>,
    search: Vec<String>,
    hosts_file: Vec<u8>,
    names_kept: Option<usize>,
    sources: Vec<String>,
    leases: bool,
}

/// What a machine's port is made of, beside the machine.
pub(crate) struct LabPortConfig {
    pub(crate) chance: Chance,
    pub(crate) cpu: Rc<dyn CpuClock>,
    pub(crate) dns: Vec<IpAddr>,
    pub(crate) search: Vec<String>,
    pub(crate) hosts_file: Vec<u8>,
    pub(crate) names_kept: Option<usize>,
    /// Where names are looked up, in order; empty for the usual.
    pub(crate) sources: Vec<String>,
    /// Whether an interface of it asks for a lease.
    pub(crate) leases: bool,
}

impl LabPort {
    pub(crate) fn new(place: Place, config: LabPortConfig) -> LabPort {
        LabPort {
            place,
            chance: RefCell::new(config.chance),
            cpu: config.cpu,
            storage: Rc::default(),
            dns: config.dns,
            search: config.search,
            hosts_file: config.hosts_file,
            names_kept: config.names_kept,
            sources: config.sources,
            leases: config.leases,
        }
    }
}

impl Port for LabPort {
    fn tap(&self) -> Tap {
        self.place.host.tap.clone()
    }

    fn now(&self) -> Time {
        self.place.now()
    }

    fn calendar(&self) -> UnixTime {
        self.place.world.calendar()
    }

    fn cpu(&self) -> Rc<dyn CpuClock> {
        self.cpu.clone()
    }

    fn sleep(&self, duration: Duration) -> LocalFuture<()> {
        Box::pin(self.place.world.sleep(duration))
    }

    fn spawn(&self, name: &'static str, task: LocalFuture<()>) {
        self.place.world.executor.spawn(name, task);
    }

    fn random(&self, buffer: &mut [u8]) {
        self.chance.borrow_mut().fill(buffer);
    }

    fn ready(&self, cause: Cause) -> LocalFuture<Result<Cause, PortFailure>> {
        let stack = self.place.host.stack.borrow();
        let leases = self.leases && stack.address().is_none();
        if !leases && stack.is_ipv6_settled() {
            return Box::pin(ready(Ok(cause)));
        }
        Box::pin(addresses(self.place.clone(), leases, cause))
    }

    fn path(&self, _: IpAddr, cause: Cause) -> LocalFuture<Cause> {
        Box::pin(ready(cause))
    }

    fn connect(
        &self,
        remote: SocketAddr,
        cause: Cause,
    ) -> LocalFuture<Result<Connected, PortFailure>> {
        Box::pin(stream::connect(self.place.clone(), remote, cause))
    }

    fn listen(&self, local: SocketAddr) -> Result<Box<dyn Listener>, PortFailure> {
        Ok(Box::new(LabListener::open(self.place.clone(), local)?))
    }

    fn datagrams(&self, local: SocketAddr) -> Result<Box<dyn Datagrams>, PortFailure> {
        Ok(Box::new(LabDatagrams::open(self.place.clone(), local)?))
    }

    fn probe(
        &self,
        remote: SocketAddr,
        ttl: u8,
        limit: Duration,
        cause: Cause,
    ) -> LocalFuture<ProbeAnswer> {
        Box::pin(probe(self.place.clone(), remote, ttl, limit, cause))
    }

    fn resolver_config(&self) -> ResolverConfig {
        let stack = self.place.host.stack.borrow();
        let leased = stack.dns_servers().iter().copied().map(IpAddr::V4);
        let named = stack.ipv6_dns_servers().into_iter().map(IpAddr::V6);
        let mut servers: Vec<IpAddr> = leased.chain(named).collect();
        if servers.is_empty() {
            servers.clone_from(&self.dns);
        }
        let ipv6 = stack.ipv6_addresses().into_iter();
        let ipv6 = ipv6.map(|(address, prefix)| OwnAddress::new(address.into(), prefix));
        ResolverConfig {
            servers: servers
                .into_iter()
                .map(|server| SocketAddr::new(server, 53))
                .collect(),
            search: self.search.clone(),
            hosts_file: self.hosts_file.clone(),
            names_kept: self.names_kept,
            order: order(&self.sources),
            // The lab's machines have one address of IPv4 each.
            own: stack
                .address()
                .map(|address| OwnAddress::new(address.into(), OWN_PREFIX))
                .into_iter()
                .chain(ipv6)
                .collect(),
            ..ResolverConfig::default()
        }
    }

    fn storage(&self) -> Rc<dyn Storage> {
        self.storage.clone()
    }
}

/// Where a machine looks names up.
fn order(sources: &[String]) -> Vec<LookupStep> {
    if sources.is_empty() {
        return ResolverConfig::default().order;
    }
    let source = |word: &String| match word.as_str() {
        "files" => LookupSource::Files,
        "dns" => LookupSource::Dns,
        "myhostname" => LookupSource::MyHostname,
        other => LookupSource::Other(other.to_owned()),
    };
    let steps = sources.iter().map(source).map(LookupStep::of);
    steps.collect()
}

/// Bits of the network that a machine's own address lies in, for the order of a host's addresses.
const OWN_PREFIX: u8 = 24;

/// Waits until the machine has its addresses: IPv6 is asked about while a lease is asked for.
async fn addresses(place: Place, leases: bool, cause: Cause) -> Result<Cause, PortFailure> {
    place.order(|stack, now| stack.start_ipv6(now, cause));
    let leased = match leases {
        true => lease(place.clone(), cause).await,
        false => Ok(cause),
    };
    poll_fn(|context| {
        let mut stack = place.host.stack.borrow_mut();
        match stack.register_ipv6_waker(context.waker()) {
            true => Poll::Ready(()),
            false => Poll::Pending,
        }
    })
    .await;
    match leased {
        // Without a lease a machine that has an address of IPv6 for all to reach is ready too.
        Err(unanswered) if reaches_by_ipv6(&place) => Ok(unanswered.evidence.or(cause)),
        leased => leased,
    }
}

fn reaches_by_ipv6(place: &Place) -> bool {
    let own = place.host.stack.borrow().ipv6_addresses();
    own.iter()
        .any(|(address, _)| !address.is_unicast_link_local())
}

/// Asks for an address and waits for the answer.
async fn lease(place: Place, cause: Cause) -> Result<Cause, PortFailure> {
    place.order(|stack, now| stack.start_dhcp(now, cause));
    let outcome = poll_fn(|context| {
        let mut stack = place.host.stack.borrow_mut();
        if let Some(outcome) = stack.lease_outcome() {
            return Poll::Ready(outcome);
        }
        stack.register_lease_waker(context.waker());
        Poll::Pending
    })
    .await;
    match outcome {
        LeaseOutcome::Bound { cause, .. } => Ok(cause),
        LeaseOutcome::Unanswered { cause } => {
            Err(place.failure(PortFailureKind::NoAddress, "lease", None, cause))
        }
    }
}

/// Sends one probe and waits for what comes back.
async fn probe(
    place: Place,
    remote: SocketAddr,
    ttl: u8,
    limit: Duration,
    cause: Cause,
) -> ProbeAnswer {
    let sent = place.order(|stack, now| stack.probe(now, remote, ttl, cause));
    let id = match sent {
        Ok(id) => id,
        Err(error) => return ProbeAnswer::Impossible(format!("{error:?}")),
    };
    let answered = poll_fn(|context| {
        let mut stack = place.host.stack.borrow_mut();
        if let Some((answer, _)) = stack.probe_answer(id) {
            return Poll::Ready(Some(answer));
        }
        stack.register_probe_waker(id, context.waker());
        Poll::Pending
    });
    let given_up = async {
        place.world.sleep(limit).await;
        None
    };
    let answer = first_of(answered, given_up).await;
    place.order(|stack, _| stack.probe_end(id));
    answer.map_or(ProbeAnswer::Silence, in_port_words)
}

fn in_port_words(answer: thru_stack::ProbeAnswer) -> ProbeAnswer {
    match answer {
        thru_stack::ProbeAnswer::Hop(address) => ProbeAnswer::Hop(address),
        thru_stack::ProbeAnswer::Destination(address) => ProbeAnswer::Destination(address),
        thru_stack::ProbeAnswer::Unreachable(address) => ProbeAnswer::Unreachable(address),
    }
}
