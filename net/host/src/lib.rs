//! The real operating system: the only room besides `app` that touches it.
//!
//! Stage: the host world, between the loader and the kernel.
//! In: orders through `Port` ([`HostPort`]); folders of fonts, trust stores, resolver files.
//! Out: sockets, datagrams, clocks, randomness, fonts, trust roots, storage.
//! Emits: `TcpEvent`, `CloseEvent` (Observed here), and what the kernel says (Reported):
//! `IpEvent::RouteChosen`, `LinkEvent::NeighbourReported`, `LeaseEvent::Configured`,
//! `LinkEvent::InterfaceReported`, `TcpEvent::KernelFigures`, and `TripEvent::StageUnseen` for what
//! it hides. `LinkEvent::FramePassed` where frames are wanted.
//! How it works: tokio on one thread ([`run`]); route and neighbour by rtnetlink; figures by
//! TCP_INFO; frames by AF_PACKET (`capture`); probes by the hop limit and the socket's error queue.
//! Not here: decisions: those are the stages'.

mod capture;
mod clock;
mod doctor;
pub mod doors;
mod errno;
mod error_queue;
pub mod fonts;
mod gai_conf;
mod host_port;
mod interfaces;
mod netlink;
mod nsswitch;
mod probe;
mod resolver_files;
mod storage;
mod tcp;
mod tcp_info;
pub mod trust;
mod udp;
mod udp_batch;
mod unreachable;

pub use capture::{Capture, FramesWanted, understands_frame};
pub use clock::{HostClock, ProcessCpu};
pub use doctor::{Finding, Sight, examine};
pub use host_port::{HostOptions, HostPort, run};
pub use resolver_files::{ResolverFiles, read_resolver_config};
pub use storage::{FolderStorage, ForgetfulStorage};
