//! A world in memory, for tests: machines without wires, virtual time, one thread.
//!
//! Stage: beside the journey: the third implementation of the port, with nothing below it.
//! In: machines and what they run. Out: a record.
//! Emits: `TripEvent::KeyPressed`, `TcpEvent::DataArrived`.
//! How it works: nothing sleeps. When every task waits, time steps to the next timer. A stream is
//! two queues, a socket for datagrams is one.
//! Not here: probes, which get an error; files, which panic; back-pressure: a queue takes what it
//! is given. No program uses this.

mod datagrams;
mod machine;
mod record;
mod stream;
mod tasks;

pub use record::Record;

use datagrams::Mailbox;
use machine::Machine;
use std::{
    cell::{Cell, RefCell},
    collections::BTreeMap,
    future::Future,
    net::{IpAddr, Ipv4Addr, SocketAddr},
    rc::Rc,
    time::Duration,
};
use stream::{Ends, Queue};
use tasks::Tasks;
use thru_events::{Cause, Provenance, Tap, Time, Vantage, trip::TripEvent};
use thru_port::{Port, Stream};

/// When the world begins: 2026-01-01T00:00:00Z, in seconds after 1970.
pub const STARTS_AT: i64 = 1_767_225_600;

/// The world: its time, its tasks, who listens, its record.
pub struct World {
    tasks: Tasks,
    listeners: RefCell<BTreeMap<SocketAddr, Rc<Queue>>>,
    sockets: RefCell<BTreeMap<SocketAddr, Rc<Mailbox>>>,
    connections: Cell<u32>,
    /// What its machines stated.
    pub record: Rc<Record>,
}

impl World {
    /// A world at its first moment, with nobody in it.
    pub fn new() -> Rc<World> {
        let tasks = Tasks::default();
        let record = Record::new(tasks.clock());
        Rc::new(World {
            tasks,
            listeners: RefCell::default(),
            sockets: RefCell::default(),
            connections: Cell::new(0),
            record: Rc::new(record),
        })
    }

    /// A machine that records.
    pub fn machine(self: &Rc<World>, vantage: Vantage, address: impl Into<IpAddr>) -> Rc<dyn Port> {
        let tap = Tap::new(self.record.clone(), Provenance::Simulated, vantage);
        Rc::new(Machine::new(self, tap, address.into()))
    }

    /// A machine that records nothing.
    pub fn silent_machine(self: &Rc<World>) -> Rc<dyn Port> {
        self.silent_machine_at(Ipv4Addr::LOCALHOST)
    }

    /// The same, with its own address.
    pub fn silent_machine_at(self: &Rc<World>, address: impl Into<IpAddr>) -> Rc<dyn Port> {
        Rc::new(Machine::new(self, Tap::off(), address.into()))
    }

    /// The first event of a record.
    pub fn start(&self) -> Cause {
        let tap = Tap::new(self.record.clone(), Provenance::Simulated, Vantage::Near);
        tap.emit(None, || TripEvent::KeyPressed {
            typed: "test".to_owned(),
        })
    }

    /// Two ends of a connection that nobody had to open: the client's and the server's.
    pub fn pair(
        &self,
        client: &Rc<dyn Port>,
        server: &Rc<dyn Port>,
    ) -> (Box<dyn Stream>, Box<dyn Stream>) {
        let number = self.next_connection();
        let ends = Ends {
            number,
            near: SocketAddr::from(([10, 0, 0, 23], 49_151 + number as u16)),
            far: SocketAddr::from(([203, 0, 113, 10], 443)),
            opened: None,
        };
        let (client, server) = ends.streams(client.tap(), server.tap());
        (Box::new(client), Box::new(server))
    }

    fn next_connection(&self) -> u32 {
        self.connections.set(self.connections.get() + 1);
        self.connections.get()
    }

    /// Runs `main` and every task until `main` ends; the others go on the next time.
    ///
    /// # Panics
    /// If everything waits and nothing for time.
    pub fn run<T>(&self, main: impl Future<Output = T>) -> T {
        self.tasks.run(main)
    }

    /// Lets `duration` pass.
    pub fn pass(&self, duration: Duration) {
        self.run(self.tasks.sleep(duration));
    }

    /// Nobody listens at `address` any more; open connections stay.
    pub fn kill(&self, address: SocketAddr) {
        self.listeners.borrow_mut().remove(&address);
    }

    /// Connections opened so far.
    pub fn connections(&self) -> u32 {
        self.connections.get()
    }

    fn now(&self) -> Time {
        self.tasks.now()
    }
}
