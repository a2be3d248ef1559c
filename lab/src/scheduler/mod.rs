//! The only source of "later": one event queue in virtual time and one executor beside it.
//!
//! Stage: the lab world.
//! In: what shall happen and when; tasks. Out: the next thing that happens.
//! Emits: nothing.
//! How it works: [`EventQueue`] is ordered by time, then by the order of asking. [`Executor`] runs
//! tasks first in, first out, until all of them wait. Time moves only when nobody can run.
//! Not here: what the things are that happen (`world`).

mod clock;
mod executor;
mod queue;

pub use clock::LabClock;
pub(crate) use executor::{Executor, Ran};
pub(crate) use queue::EventQueue;
