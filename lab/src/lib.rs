//! An internet inside the process.
//!
//! Stage: the lab world.
//! In: a topology, a seed, faults. Out: a `Port` for each machine in it.
//! Emits: what its machines emit.
//! How it works: one discrete-event scheduler, one thread, virtual time.
//! Not here: what a load does (`load`).

mod chance;
mod crypto;
mod firewall;
mod flow;
mod router;
mod scheduler;
mod switch;
mod wire;

pub use scheduler::LabClock;
