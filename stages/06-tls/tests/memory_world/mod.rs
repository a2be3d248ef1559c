//! A world in memory for tests: virtual time, streams that are two queues, a recorder.
//!
//! Stage: none; for the tests of 06 and 07, and of whoever wants a port without a network.
//! In: tasks. Out: a journal.
//! Emits: `TripEvent::KeyPressed`, `TcpEvent::DataArrived`.
//! How it works: nothing sleeps. When every task waits, time steps to the next timer.
//! Not here: connecting, listening, datagrams, files.
#![allow(dead_code)]

use std::{
    cell::{Cell, RefCell},
    collections::VecDeque,
    future::{Future, poll_fn},
    net::{IpAddr, SocketAddr},
    pin::Pin,
    rc::Rc,
    sync::{
        Arc,
        atomic::{AtomicBool, Ordering},
    },
    task::{Context, Poll, Wake, Waker},
    time::Duration,
};
use thru_events::{
    Cause, ConnectionId, CpuWork, Entry, Event, EventId, Provenance, Recorder, Tap, Time, Vantage,
    tcp::TcpEvent, trip::TripEvent,
};
use thru_octets::{BytesId, Span};
use thru_port::*;

/// 2026-01-01T00:00:00Z
pub const STARTS_AT: i64 = 1_767_225_600;

#[derive(Default)]
struct Flag(AtomicBool);

impl Wake for Flag {
    fn wake(self: Arc<Flag>) {
        self.0.store(true, Ordering::Relaxed);
    }
}

type Task = Pin<Box<dyn Future<Output = ()>>>;

/// The world: its clock, its tasks, its journal.
#[derive(Default)]
pub struct World {
    now: Cell<u64>,
    timers: RefCell<Vec<u64>>,
    spawned: RefCell<Vec<Task>>,
    connections: Cell<u32>,
    pub journal: Rc<Journal>,
}

/// Events and bytes as they came.
#[derive(Default)]
pub struct Journal {
    pub entries: RefCell<Vec<Entry>>,
    pub kept: RefCell<Vec<Vec<u8>>>,
    clock: Cell<u64>,
}

impl Recorder for Journal {
    fn record(
        &self,
        cause: Cause,
        provenance: Provenance,
        vantage: Vantage,
        span: Option<Span>,
        event: Event,
    ) -> Cause {
        let mut entries = self.entries.borrow_mut();
        let id = EventId::from_index(entries.len()).unwrap();
        entries.push(Entry {
            id,
            at: Time(self.clock.get()),
            cause,
            provenance,
            vantage,
            span,
            event,
        });
        Some(id)
    }

    fn keep(&self, octets: &[u8]) -> BytesId {
        let mut kept = self.kept.borrow_mut();
        kept.push(octets.to_vec());
        BytesId(kept.len() as u32 - 1)
    }

    fn cpu(&self, _event: Cause, _work: CpuWork) {}
}

impl Journal {
    /// Names of the events, as `Tls.RecordSeen`, in order.
    pub fn names(&self) -> Vec<String> {
        let entries = self.entries.borrow();
        let name = |entry: &Entry| format!("{:?}.{}", entry.event.stage(), entry.event.name());
        entries.iter().map(name).collect()
    }

    /// The events that `pick` takes.
    pub fn all<T>(&self, pick: impl Fn(&Entry) -> Option<T>) -> Vec<T> {
        self.entries.borrow().iter().filter_map(pick).collect()
    }

    /// The event of `cause`.
    pub fn of(&self, cause: Cause) -> Event {
        self.entries.borrow()[cause.expect("an event").index()]
            .event
            .clone()
    }

    /// Names from `cause` back to the first event.
    pub fn path(&self, mut cause: Cause) -> Vec<&'static str> {
        let entries = self.entries.borrow();
        let mut path = Vec::new();
        while let Some(id) = cause {
            path.push(entries[id.index()].event.name());
            cause = entries[id.index()].cause;
        }
        path
    }

    /// The bytes of a span.
    pub fn bytes(&self, span: Span) -> Vec<u8> {
        let kept = self.kept.borrow();
        kept[span.bytes.0 as usize][span.start as usize..span.end as usize].to_vec()
    }

    /// Every event but the first of each end has an earlier cause.
    pub fn check_causes(&self) {
        for entry in self.entries.borrow().iter() {
            match entry.cause {
                Some(cause) => assert!(cause < entry.id, "{entry:?}"),
                None => assert!(matches!(entry.event, Event::Trip(_)), "no cause: {entry:?}"),
            }
        }
    }
}

impl World {
    pub fn new() -> Rc<World> {
        Rc::new(World::default())
    }

    /// A machine that records into the world's journal.
    pub fn machine(self: &Rc<World>, vantage: Vantage) -> Rc<dyn Port> {
        let tap = Tap::new(self.journal.clone(), Provenance::Simulated, vantage);
        Rc::new(Machine {
            world: self.clone(),
            tap,
        })
    }

    /// A machine that records nothing.
    pub fn silent_machine(self: &Rc<World>) -> Rc<dyn Port> {
        Rc::new(Machine {
            world: self.clone(),
            tap: Tap::off(),
        })
    }

    /// The first event of a journal.
    pub fn start(&self) -> Cause {
        let tap = Tap::new(self.journal.clone(), Provenance::Simulated, Vantage::Near);
        tap.emit(None, || {
            Event::Trip(TripEvent::KeyPressed {
                typed: "test".to_owned(),
            })
        })
    }

    /// Two ends of one connection: the client's and the server's.
    pub fn pair(
        &self,
        client: &Rc<dyn Port>,
        server: &Rc<dyn Port>,
    ) -> (Box<dyn Stream>, Box<dyn Stream>) {
        let number = self.connections.get() + 1;
        self.connections.set(number);
        let near = SocketAddr::from(([10, 0, 0, 23], 49151 + number as u16));
        let far = SocketAddr::from(([203, 0, 113, 10], 443));
        let (to_far, to_near) = (
            Rc::<RefCell<Pipe>>::default(),
            Rc::<RefCell<Pipe>>::default(),
        );
        let end = |port: &Rc<dyn Port>,
                   local,
                   remote,
                   incoming: &Rc<RefCell<Pipe>>,
                   outgoing: &Rc<RefCell<Pipe>>| {
            Box::new(MemoryStream {
                info: StreamInfo {
                    connection: ConnectionId(number),
                    local,
                    remote,
                },
                tap: port.tap(),
                incoming: incoming.clone(),
                outgoing: outgoing.clone(),
                read_cause: None,
                because: None,
            })
        };
        let client = end(client, near, far, &to_near, &to_far);
        let server = end(server, far, near, &to_far, &to_near);
        (client, server)
    }

    /// Runs `main` and all tasks until `main` ends.
    pub fn run<T>(&self, main: impl Future<Output = T>) -> T {
        let flag = Arc::new(Flag::default());
        let waker = Waker::from(flag.clone());
        let mut context = Context::from_waker(&waker);
        let mut main = Box::pin(main);
        let mut tasks: Vec<Task> = Vec::new();
        loop {
            flag.0.store(false, Ordering::Relaxed);
            if let Poll::Ready(done) = main.as_mut().poll(&mut context) {
                self.spawned.borrow_mut().append(&mut tasks);
                return done;
            }
            tasks.append(&mut self.spawned.borrow_mut());
            tasks.retain_mut(|task| task.as_mut().poll(&mut context).is_pending());
            let has_new = !self.spawned.borrow().is_empty();
            if !has_new && !flag.0.load(Ordering::Relaxed) {
                self.step();
            }
        }
    }

    fn step(&self) {
        let mut timers = self.timers.borrow_mut();
        let next = timers
            .iter()
            .copied()
            .min()
            .expect("the world stands still: nobody waits for time");
        timers.retain(|at| *at > next);
        self.now.set(self.now.get().max(next));
        self.journal.clock.set(self.now.get());
    }
}

struct Machine {
    world: Rc<World>,
    tap: Tap,
}

struct StandsStill;

impl CpuClock for StandsStill {
    fn nanos(&self) -> u64 {
        0
    }
}

impl Port for Machine {
    fn tap(&self) -> Tap {
        self.tap.clone()
    }

    fn now(&self) -> Time {
        Time(self.world.now.get())
    }

    fn calendar(&self) -> UnixTime {
        let start = UnixTime {
            seconds: STARTS_AT,
            nanos: 0,
        };
        start.after(Duration::from_nanos(self.world.now.get()))
    }

    fn cpu(&self) -> Rc<dyn CpuClock> {
        Rc::new(StandsStill)
    }

    fn sleep(&self, duration: Duration) -> LocalFuture<()> {
        let world = self.world.clone();
        let at = world.now.get() + duration.as_nanos() as u64;
        world.timers.borrow_mut().push(at);
        Box::pin(poll_fn(move |_| match world.now.get() >= at {
            true => Poll::Ready(()),
            false => Poll::Pending,
        }))
    }

    fn spawn(&self, _name: &'static str, task: LocalFuture<()>) {
        self.world.spawned.borrow_mut().push(task);
    }

    fn random(&self, buffer: &mut [u8]) {
        buffer.fill(4);
    }

    fn ready(&self, cause: Cause) -> LocalFuture<Result<Cause, PortFailure>> {
        Box::pin(async move { Ok(cause) })
    }

    fn path(&self, _remote: IpAddr, cause: Cause) -> LocalFuture<Cause> {
        Box::pin(async move { cause })
    }

    fn connect(&self, _: SocketAddr, _: Cause) -> LocalFuture<Result<Connected, PortFailure>> {
        unimplemented!("streams come in pairs here")
    }

    fn listen(&self, _: SocketAddr) -> Result<Box<dyn Listener>, PortFailure> {
        unimplemented!("streams come in pairs here")
    }

    fn datagrams(&self, _: SocketAddr) -> Result<Box<dyn Datagrams>, PortFailure> {
        unimplemented!("no datagrams here")
    }

    fn probe(&self, _: SocketAddr, _: u8, _: Duration, _: Cause) -> LocalFuture<ProbeAnswer> {
        Box::pin(async { ProbeAnswer::Impossible("no network here".to_owned()) })
    }

    fn resolver_config(&self) -> ResolverConfig {
        ResolverConfig::default()
    }

    fn storage(&self) -> Rc<dyn Storage> {
        unimplemented!("no files here")
    }
}

/// One direction of a connection.
#[derive(Default)]
struct Pipe {
    chunks: VecDeque<(Vec<u8>, Cause)>,
    ended: bool,
    reset: bool,
    waiting: Option<Waker>,
}

impl Pipe {
    fn wake(&mut self) {
        if let Some(waker) = self.waiting.take() {
            waker.wake();
        }
    }
}

struct MemoryStream {
    info: StreamInfo,
    tap: Tap,
    incoming: Rc<RefCell<Pipe>>,
    outgoing: Rc<RefCell<Pipe>>,
    read_cause: Cause,
    because: Cause,
}

impl MemoryStream {
    fn failure(&self, kind: PortFailureKind) -> PortFailure {
        PortFailure {
            kind,
            operation: "read",
            address: Some(self.info.remote),
            words: String::new(),
            at: Time::ZERO,
            evidence: None,
        }
    }
}

impl Stream for MemoryStream {
    fn poll_read(
        &mut self,
        context: &mut Context<'_>,
        buffer: &mut [u8],
    ) -> Poll<Result<usize, PortFailure>> {
        let mut pipe = self.incoming.borrow_mut();
        if pipe.reset {
            return Poll::Ready(Err(self.failure(PortFailureKind::Reset)));
        }
        let Some((chunk, cause)) = pipe.chunks.front_mut() else {
            if pipe.ended {
                return Poll::Ready(Ok(0));
            }
            pipe.waiting = Some(context.waker().clone());
            return Poll::Pending;
        };
        let length = chunk.len().min(buffer.len());
        buffer[..length].copy_from_slice(&chunk[..length]);
        chunk.drain(..length);
        let connection = self.info.connection;
        self.read_cause = self.tap.emit(*cause, || TcpEvent::DataArrived {
            connection,
            length: length as u32,
        });
        if chunk.is_empty() {
            pipe.chunks.pop_front();
        }
        Poll::Ready(Ok(length))
    }

    fn poll_write(
        &mut self,
        _: &mut Context<'_>,
        octets: &[u8],
    ) -> Poll<Result<usize, PortFailure>> {
        if self.incoming.borrow().reset {
            return Poll::Ready(Err(self.failure(PortFailureKind::Reset)));
        }
        let mut pipe = self.outgoing.borrow_mut();
        pipe.chunks.push_back((octets.to_vec(), self.because));
        pipe.wake();
        Poll::Ready(Ok(octets.len()))
    }

    fn poll_flush(&mut self, _: &mut Context<'_>) -> Poll<Result<(), PortFailure>> {
        Poll::Ready(Ok(()))
    }

    fn poll_shutdown(&mut self, _: &mut Context<'_>) -> Poll<Result<(), PortFailure>> {
        let mut pipe = self.outgoing.borrow_mut();
        pipe.ended = true;
        pipe.wake();
        Poll::Ready(Ok(()))
    }

    fn abort(&mut self) {
        let mut pipe = self.outgoing.borrow_mut();
        pipe.reset = true;
        pipe.wake();
    }

    fn info(&self) -> StreamInfo {
        self.info
    }

    fn read_cause(&self) -> Cause {
        self.read_cause
    }

    fn write_because(&mut self, cause: Cause) {
        self.because = cause;
    }
}

impl Drop for MemoryStream {
    fn drop(&mut self) {
        let mut pipe = self.outgoing.borrow_mut();
        pipe.ended = true;
        pipe.wake();
    }
}
