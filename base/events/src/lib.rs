//! The vocabulary of the journal: everything that can be said to have happened.
//!
//! Stage: base, below every stage.
//! In: facts, stated by the stages through a [`Tap`]. Out: [`Entry`] values with id, time, cause,
//! provenance, vantage and span.
//! Emits: nothing of its own.
//! How it works: one closed [`Event`] union, a file per stage. A [`Tap`] that is off builds no
//! event and allocates nothing; with the feature `unrecorded` every `emit` compiles to nothing.
//! Not here: storage and file format (`journal`), words for people (`views`), judgement (`verdict`).

#[macro_use]
mod vocabulary;
mod code;
mod event;
mod failure;
mod ids;
mod secret;
mod stage;
mod tap;

pub mod close;
pub mod cssom;
pub mod dns;
pub mod dom;
pub mod far;
pub mod firewall;
pub mod http;
pub mod ip;
pub mod layout;
pub mod lease;
pub mod link;
pub mod paint;
pub mod render_tree;
pub mod script;
pub mod tcp;
pub mod tls;
pub mod trip;
pub mod url;

pub use code::Code;
pub use event::{Entry, Event};
pub use failure::{Blame, Certainty, Failed, named};
pub use ids::{
    Cause, ConnectionId, EventId, MacAddress, NodeId, Provenance, RequestId, Text, Time, Vantage,
};
pub use secret::{Secret, reveal_secrets, secrets_are_revealed};
pub use stage::Stage;
pub use tap::{Clock, CpuWork, Recorder, Tap};
