//! A trip in the lab.

use crate::{
    Failure, Lab, Options, Trip, page,
    trip::{LabCpu, Recorded, load_options},
};
use std::{
    rc::Rc,
    sync::{
        Arc,
        atomic::{AtomicBool, Ordering},
    },
    time::Duration,
};
use thru_lab::{LabClock, LabConfig, LabFailure, Topology};
use thru_load::NoFiles;
use thru_port::{CpuClock, LocalFuture, Port};
use thru_tls::{ClientSettings, ClientTls, TlsVersion};

/// How long the world runs on after the trip, so that the last goodbyes arrive.
const AFTERWARDS: Duration = Duration::from_secs(1);

pub(crate) fn load(mut options: Options, lab: Lab) -> Result<Trip, Failure> {
    let clock = LabClock::new();
    let recorded = Recorded::begin(&mut options, clock.clone(), thru_journal::World::Lab);
    let topology = topology(&lab)?;
    if let Some(recorder) = &recorded.recorder {
        recorder.set_header(|header| {
            header.seed = Some(lab.seed);
            header.topology = Some(topology.to_toml());
            header.faults = lab.faults.clone();
            header.nodes = topology.node_names();
            header.started_at = topology.starts_at_unix();
        });
    }
    let cpu: Rc<dyn CpuClock> = match lab.still_cpu {
        true => Rc::new(StillCpu),
        false => Rc::new(thru_host::ProcessCpu),
    };
    let began = thru_host::ProcessCpu.nanos();
    let world = thru_lab::Lab::new(LabConfig {
        topology,
        seed: lab.seed,
        clock,
        recorder: recorded.as_recorder(),
        cpu,
    });
    let world = world.map_err(refused)?;
    let before = thru_host::ProcessCpu.nanos().saturating_sub(began);
    world.damage_frames(lab.damage.clone());
    if lab.weigh {
        world.weigh(Rc::new(thru_host::ProcessCpu));
    }
    let near = world.near();
    let mut load = load_options(&options);
    load.page = page::of_the_lab(&options)?;
    if lab.probe {
        let port = near.clone();
        load.after_failure = Some(Rc::new(move |remote, cause| {
            let port = port.clone();
            Box::pin(async move { thru_probe::silence(&*port, remote, cause).await })
        }));
    }
    load.interrupt = lab
        .interrupted
        .clone()
        .map(|pressed| listening(near.clone(), pressed));
    let loader = thru_load::World {
        tls: tls(&world, &options)?,
        files: Rc::new(NoFiles),
        port: near,
    };
    let loaded = world.run_until(thru_load::load(loader, &options.url, load));
    let loaded = loaded.map_err(|stuck| Failure::Own(stuck.to_string()))?;
    let settled = world.settle(AFTERWARDS);
    settled.map_err(|stuck| Failure::Own(stuck.to_string()))?;
    let mut trip = Trip::ended(loaded, recorded.recorder);
    trip.frames = world.frames();
    trip.lab_cpu_ns = LabCpu {
        before,
        world: world.weight_ns(),
    };
    Ok(trip)
}

/// How often Ctrl-C is asked for, on the trip's clock: nothing outside can wake this world.
const LISTEN_EVERY: Duration = Duration::from_millis(10);

/// Ends when Ctrl-C was pressed.
fn listening(port: Rc<dyn Port>, pressed: Arc<AtomicBool>) -> Rc<dyn Fn() -> LocalFuture<()>> {
    Rc::new(move || {
        let (port, pressed) = (port.clone(), pressed.clone());
        Box::pin(async move {
            while !pressed.load(Ordering::Relaxed) {
                port.sleep(LISTEN_EVERY).await;
            }
        })
    })
}

/// A CPU clock that stands still.
struct StillCpu;

impl CpuClock for StillCpu {
    fn nanos(&self) -> u64 {
        0
    }
}

fn topology(lab: &Lab) -> Result<Topology, Failure> {
    let mut topology = match &lab.topology {
        Some(text) => Topology::parse(text)
            .map_err(|error| Failure::Usage(format!("the topology file: {error}")))?,
        None => Topology::builtin(),
    };
    for fault in &lab.faults {
        let done = thru_lab::faults::apply(&mut topology, fault);
        done.map_err(|error| Failure::Usage(format!("--fault {fault}: {error}")))?;
    }
    Ok(topology)
}

fn refused(failure: LabFailure) -> Failure {
    match failure {
        LabFailure::Topology(error) => Failure::Usage(format!("the topology: {error}")),
        other => Failure::Own(other.to_string()),
    }
}

fn tls(world: &thru_lab::Lab, options: &Options) -> Result<ClientTls, Failure> {
    let trust = world.near_trust();
    let settings = ClientSettings {
        provider: trust.provider,
        roots: trust.roots,
        alpn: Vec::new(),
        insecure: options.network.insecure,
        max_version: TlsVersion::Tls13,
    };
    ClientTls::new(settings).map_err(|error| Failure::Own(format!("put TLS together: {error}")))
}
