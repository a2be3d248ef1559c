//! From a topology to a running lab.
//!
//! Stage: the lab world.
//! In: a [`Topology`], a seed, a clock, a recorder. Out: a [`Lab`].
//! Emits: nothing of its own.
//! How it works: machines, wires, certificates, signatures of zones, servers, in this order; then the visit that was
//! before the trip; then the clock goes on to the key press, where recording begins.
//! Not here: what a topology may say (`topology`), the run itself (`world`).

mod certificates;
mod lab;
mod machines;
mod names;
mod services;
mod simple;
mod visit;
mod wires;

pub use lab::{Lab, LabConfig, LabFailure, NearTrust};
pub(crate) use names::Names;
pub use visit::address_of;
