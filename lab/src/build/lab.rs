use super::{
    certificates::{self, Authorities},
    machines,
    names::Names,
    services, visit,
};
use crate::{
    FrameDamage, LabClock, Outside, Pace, Stuck, Topology, TopologyError,
    chance::Chance,
    crypto,
    machine::{LabPort, LabPortConfig, Machine, Place, Plug, State},
    topology::{self, MachineKind},
    world::{Gate, World},
};
use rustls::crypto::CryptoProvider;
use rustls_pki_types::CertificateDer;
use std::{
    cell::RefCell, collections::BTreeMap, fmt, future::Future, rc::Rc, sync::Arc, time::Duration,
};
use thru_events::{Provenance, Recorder, Tap, Time, Vantage};
use thru_port::{CpuClock, Port, UnixTime};

/// What a lab is made of.
pub struct LabConfig {
    /// The topology, damaged already if it is to be.
    pub topology: Topology,
    /// Where all chance comes from.
    pub seed: u64,
    /// The clock; the recorder has it too.
    pub clock: Rc<LabClock>,
    /// The journal, or `None` to record nothing.
    pub recorder: Option<Rc<dyn Recorder>>,
    /// The clock of CPU work.
    pub cpu: Rc<dyn CpuClock>,
}

/// Why there is no lab.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum LabFailure {
    /// The topology contradicts itself.
    Topology(TopologyError),
    /// The lab cannot go on.
    Stuck(Stuck),
    /// A server did not start.
    Service {
        /// On which machine.
        machine: String,
        /// Why.
        why: String,
    },
}

impl fmt::Display for LabFailure {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            LabFailure::Topology(error) => write!(f, "topology: {error}"),
            LabFailure::Stuck(stuck) => stuck.fmt(f),
            LabFailure::Service { machine, why } => {
                write!(f, "a server on {machine} did not start: {why}")
            }
        }
    }
}

impl std::error::Error for LabFailure {}

impl From<TopologyError> for LabFailure {
    fn from(error: TopologyError) -> LabFailure {
        LabFailure::Topology(error)
    }
}

impl From<Stuck> for LabFailure {
    fn from(stuck: Stuck) -> LabFailure {
        LabFailure::Stuck(stuck)
    }
}

/// What the browser's machine brings to TLS.
pub struct NearTrust {
    /// Roots that it trusts, DER.
    pub roots: Vec<CertificateDer<'static>>,
    /// Suites, groups and seeded randomness.
    pub provider: Arc<CryptoProvider>,
}

/// An internet that runs.
pub struct Lab {
    pub(super) world: Rc<World>,
    pub(super) topology: Topology,
    pub(super) seed: u64,
    pub(super) cpu: Rc<dyn CpuClock>,
    ports: RefCell<BTreeMap<String, Rc<LabPort>>>,
    authorities: Authorities,
    pub(super) names: Names,
}

impl Lab {
    /// Builds it, lets the visit before the trip happen, and stops at the key press.
    pub fn new(config: LabConfig) -> Result<Lab, LabFailure> {
        config.topology.check()?;
        let gate = config.recorder.map(|journal| Rc::new(Gate::new(journal)));
        let tap = match &gate {
            Some(gate) => Tap::new(gate.clone(), Provenance::Simulated, Vantage::Near),
            None => Tap::off(),
        };
        let starts_at = UnixTime {
            seconds: config.topology.starts_at_unix(),
            nanos: 0,
        };
        let before = config
            .topology
            .visit
            .as_ref()
            .map_or(Duration::ZERO, |visit| visit.before.0);
        let key_press = Time::ZERO.after(before + visit::ROOM);
        config.clock.plan_key_press(key_press);
        let world = Rc::new(World::new(config.clock, gate, starts_at));
        machines::build(&world, &config.topology, config.seed, &tap)?;
        machines::start_ipv6(&world, &config.topology);
        let authorities = certificates::found(&world, &config.topology, config.seed)?;
        let names = Names::of(&config.topology, config.seed, starts_at.seconds);
        let lab = Lab {
            names: names.map_err(|why| TopologyError::new("zone", why))?,
            world,
            topology: config.topology,
            seed: config.seed,
            cpu: config.cpu,
            ports: RefCell::default(),
            authorities,
        };
        services::start(&lab)?;
        visit::make(&lab)?;
        lab.switch_off_after_the_visit();
        let rest = key_press.since(lab.world.now());
        lab.world.run_until(lab.world.sleep(rest))?;
        lab.world.press_key();
        Ok(lab)
    }

    fn switch_off_after_the_visit(&self) {
        let machines = self.world.machines.borrow();
        let visits = self.topology.visit.iter();
        for name in visits.flat_map(|visit| &visit.then_off) {
            let mut all = self.topology.machine.iter().zip(machines.iter());
            let found = all.find(|(machine, _)| machine.name == *name);
            if let Some((_, Machine::Host(host))) = found {
                host.state.set(State::Off);
            }
        }
    }

    /// The port of the browser's machine.
    pub fn near(&self) -> Rc<dyn Port> {
        let near = self.port(&self.topology.near);
        near.expect("a checked topology has the machine that it calls near")
    }

    /// What the browser's machine brings to TLS.
    pub fn near_trust(&self) -> NearTrust {
        self.trust(&self.topology.near)
    }

    pub(super) fn trust(&self, machine: &str) -> NearTrust {
        let trusts = self
            .topology
            .machine(machine)
            .map(|machine| &machine.trusts[..]);
        let roots = trusts.unwrap_or_default().iter();
        let roots = roots
            .filter_map(|name| self.authorities.root(name))
            .collect();
        let chance = Chance::new(self.seed, &format!("tls of {machine}"));
        let provider = crypto::provider(chance);
        NearTrust { roots, provider }
    }

    pub(super) fn authorities(&self) -> &Authorities {
        &self.authorities
    }

    /// Names of the nodes: `Vantage::Node(NodeId(n))` is the n-th. Wires come after machines.
    pub fn node_names(&self) -> Vec<String> {
        self.topology.node_names()
    }

    /// The port of a machine; `None` for a switch or an unknown name.
    pub fn port(&self, name: &str) -> Option<Rc<dyn Port>> {
        Some(self.lab_port(name)?)
    }

    /// Where a device of the outside is plugged in: the machine of that name, whose kind is
    /// `outside`; or the first of that kind.
    pub fn plug(&self, name: Option<&str>) -> Option<Plug> {
        let machines = self.topology.machine.iter();
        let wanted = |machine: &topology::Machine| {
            machine.kind == MachineKind::Outside && name.is_none_or(|name| machine.name == name)
        };
        let number = machines.map(wanted).position(|wanted| wanted)?;
        match &self.world.machines.borrow()[number] {
            Machine::Outside(gap) => Some(Plug::new(gap.clone())),
            _ => None,
        }
    }

    fn lab_port(&self, name: &str) -> Option<Rc<LabPort>> {
        if let Some(port) = self.ports.borrow().get(name) {
            return Some(port.clone());
        }
        let number = self
            .topology
            .machine
            .iter()
            .position(|machine| machine.name == name)?;
        let machine = &self.topology.machine[number];
        let host = match &self.world.machines.borrow()[number] {
            Machine::Host(host) => host.clone(),
            Machine::Switch(_) | Machine::Outside(_) => return None,
        };
        let place = Place {
            world: self.world.clone(),
            number,
            host,
            near: name == self.topology.near,
        };
        let config = LabPortConfig {
            chance: Chance::new(self.seed, &format!("programs of {name}")),
            cpu: self.cpu.clone(),
            dns: machine.dns.clone(),
            search: machine.search.clone(),
            hosts_file: machine.hosts_file.clone().into_bytes(),
            names_kept: machine.names_kept,
            sources: machine.sources.clone(),
            leases: machine
                .interface
                .iter()
                .any(|interface| interface.address == "dhcp"),
        };
        let port = Rc::new(LabPort::new(place, config));
        self.ports
            .borrow_mut()
            .insert(name.to_owned(), port.clone());
        Some(port)
    }

    /// Runs the world until `future` is done.
    pub fn run_until<T>(&self, future: impl Future<Output = T>) -> Result<T, Stuck> {
        self.world.run_until(future)
    }

    /// Lets the world run on for `span` of virtual time: connections close, late segments arrive.
    pub fn settle(&self, span: Duration) -> Result<(), Stuck> {
        self.world.run_until(self.world.sleep(span))
    }

    /// Lets the world live with the outside until the outside ends it.
    pub fn live(&self, pace: Pace, outside: &mut dyn Outside) -> Result<(), Stuck> {
        self.world.live(pace, outside)
    }

    /// The root certificates that the browser's machine trusts, DER.
    pub fn near_roots(&self) -> Vec<CertificateDer<'static>> {
        self.near_trust().roots
    }

    /// The intermediate certificates below these roots, DER: part of what the lab's servers send.
    pub fn near_intermediates(&self) -> Vec<CertificateDer<'static>> {
        let near = self.topology.machine(&self.topology.near);
        let trusts = near.map_or(&[][..], |machine| &machine.trusts[..]).iter();
        let found = trusts.filter_map(|name| self.authorities.intermediate(name));
        found.collect()
    }

    /// Damages frames of the trip.
    pub fn damage_frames(&self, orders: Vec<FrameDamage>) {
        *self.world.damage.borrow_mut() = orders;
    }

    /// Frames put on any wire since the key press.
    pub fn frames(&self) -> u64 {
        self.world.frames()
    }

    /// From now on the CPU's time is told apart: what goes into the world itself (stacks, wires,
    /// devices, the scheduler), and what into the programs in it.
    pub fn weigh(&self, cpu: Rc<dyn CpuClock>) {
        self.world.weigh(cpu);
    }

    /// CPU time that went into the world itself since it is weighed, nanoseconds.
    pub fn weight_ns(&self) -> u64 {
        self.world.weight_ns()
    }

    /// Things that happened in the world: frames that arrived, timers that ran out.
    pub fn happened(&self) -> u64 {
        self.world.happened()
    }

    /// Events in other machines that no event of the trip caused, and that are therefore not in
    /// its journal.
    pub fn left_out(&self) -> u64 {
        self.world.gate.as_ref().map_or(0, |gate| gate.left_out())
    }
}

impl Drop for Lab {
    /// Tasks hold the world and the world holds the tasks. What they let go of when they are
    /// dropped did not happen in the trip.
    fn drop(&mut self) {
        if let Some(gate) = &self.world.gate {
            gate.close();
        }
        self.world.executor.clear();
    }
}
