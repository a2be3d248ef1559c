//! An internet inside the process.
//!
//! Stage: the lab world.
//! In: a topology, a seed, faults. Out: a `Port` for each machine in it.
//! Emits: what its machines emit.
//! How it works: one discrete-event scheduler, one thread, virtual time.
//! Not here: what a load does (`load`).

mod build;
mod chance;
mod crypto;
mod damage;
mod export;
pub mod faults;
mod firewall;
mod flow;
mod machine;
mod router;
pub mod scenarios;
mod scheduler;
mod switch;
pub mod topology;
mod wire;
mod world;

pub use build::{Lab, LabConfig, LabFailure, NearTrust, address_of};
pub use damage::FrameDamage;
pub use export::{Exported, export};
pub use machine::Plug;
pub use scheduler::LabClock;
pub use topology::{Topology, TopologyError};
pub use world::{Outside, Pace, Stuck};
