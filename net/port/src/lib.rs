//! What a load or a server needs from a world: the only door between code and network, clock,
//! chance and storage.
//!
//! Stage: between the protocol stages and the two worlds.
//! In: orders (connect, listen, send, sleep, spawn). Out: streams, datagrams, time, randomness.
//! Emits: nothing; the world behind the port states what happens.
//! How it works: [`Port`] is one object-safe trait with two implementations, `net/host` and `lab`.
//! Everything runs on one thread: futures are not `Send`, wakers are ordinary.
//! Not here: any real socket or simulated wire.

mod batch;
mod carry;
mod failure;
mod flights;
mod framed;
mod port;
mod stream;
mod system;
mod wait;

pub use batch::{BATCH_LIMIT, BATCH_ROOM, Batch, Letter as BatchLetter};
pub use carry::{By, Carriage, Letter, Sender, carry, chance};
pub use failure::{PortFailure, PortFailureKind};
pub use flights::{Carried, Flights};
pub use framed::{framed, take_framed};
pub use port::{Connected, CpuClock, LocalFuture, Port, ProbeAnswer};
pub use stream::{Datagrams, Listener, Received, Stream, StreamInfo, read, shutdown, write_all};
pub use system::{
    AddressPolicy, Change, LookupSource, LookupStep, OwnAddress, PolicyLine, ResolverConfig,
    Storage, UnixTime,
};
pub use wait::{Elapsed, first_of, with_limit};
