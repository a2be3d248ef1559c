//! A world in memory for tests: machines, streams without wires, virtual time, one thread.

use std::{
    cell::{Cell, RefCell},
    collections::{BTreeMap, BTreeSet, VecDeque},
    future::{Future, poll_fn},
    net::{IpAddr, SocketAddr},
    pin::Pin,
    rc::Rc,
    sync::{Arc, Mutex},
    task::{Context, Poll, Wake, Waker},
    time::Duration,
};
use thru_events::{
    Cause, ConnectionId, CpuWork, Entry, Event, EventId, NodeId, Provenance, Recorder, Tap, Time,
    Vantage,
};
use thru_octets::{BytesId, Span};
use thru_port::{
    Connected, CpuClock, Datagrams, Listener, LocalFuture, Port, PortFailure, PortFailureKind,
    ProbeAnswer, ResolverConfig, Storage, Stream, StreamInfo, UnixTime,
};

/// 2026-01-01T00:00:00Z
pub const STARTS_AT: i64 = 1_767_225_600;

#[derive(Default)]
struct Woken(Mutex<BTreeSet<usize>>);

struct TaskWaker {
    task: usize,
    woken: Arc<Woken>,
}

impl Wake for TaskWaker {
    fn wake(self: Arc<Self>) {
        self.woken.0.lock().expect("one thread").insert(self.task);
    }
}

/// The world: tasks, timers, listeners, events.
#[derive(Default)]
pub struct World {
    now: Cell<Time>,
    tasks: RefCell<BTreeMap<usize, LocalFuture<()>>>,
    next_task: Cell<usize>,
    woken: Arc<Woken>,
    timers: RefCell<BTreeMap<(Time, usize), Waker>>,
    next_timer: Cell<usize>,
    listeners: RefCell<BTreeMap<SocketAddr, Rc<Queue>>>,
    connections: Cell<u32>,
    events: RefCell<Vec<Entry>>,
}

#[derive(Default)]
struct Queue {
    waiting: RefCell<VecDeque<Box<dyn Stream>>>,
    waker: RefCell<Option<Waker>>,
}

impl World {
    pub fn new() -> Rc<World> {
        Rc::new(World::default())
    }

    /// A machine with its own address, named by number.
    pub fn machine(self: &Rc<World>, node: u16, address: &str) -> Rc<dyn Port> {
        Rc::new(Machine {
            world: self.clone(),
            node,
            address: address.parse().expect("an address"),
        })
    }

    /// Runs until `main` is done.
    pub fn run<T: 'static>(self: &Rc<World>, main: impl Future<Output = T> + 'static) -> T {
        let done = Rc::new(RefCell::new(None));
        let put = done.clone();
        self.spawn(Box::pin(async move {
            let value = main.await;
            *put.borrow_mut() = Some(value);
        }));
        while done.borrow().is_none() {
            if !self.run_woken() {
                self.step_to_next_timer();
            }
        }
        done.take().expect("it is done")
    }

    /// Lets `duration` pass.
    pub fn pass(self: &Rc<World>, duration: Duration) {
        let sleep = Sleep::new(self.clone(), duration);
        self.run(sleep);
    }

    /// Nobody listens at `address` any more, and open connections stay.
    pub fn kill(&self, address: SocketAddr) {
        self.listeners.borrow_mut().remove(&address);
    }

    /// Connections opened so far.
    pub fn connections(&self) -> u32 {
        self.connections.get()
    }

    pub fn events(&self) -> Vec<Entry> {
        self.events.borrow().clone()
    }

    fn spawn(&self, task: LocalFuture<()>) {
        let id = self.next_task.get();
        self.next_task.set(id + 1);
        self.tasks.borrow_mut().insert(id, task);
        self.woken.0.lock().expect("one thread").insert(id);
    }

    fn run_woken(&self) -> bool {
        let Some(id) = self.woken.0.lock().expect("one thread").pop_first() else {
            return false;
        };
        let Some(mut task) = self.tasks.borrow_mut().remove(&id) else {
            return true;
        };
        let waker = Waker::from(Arc::new(TaskWaker {
            task: id,
            woken: self.woken.clone(),
        }));
        if task
            .as_mut()
            .poll(&mut Context::from_waker(&waker))
            .is_pending()
        {
            self.tasks.borrow_mut().insert(id, task);
        }
        true
    }

    fn step_to_next_timer(&self) {
        let first = self.timers.borrow_mut().pop_first();
        let ((at, _), waker) = first.expect("the world stands still: a task waits for nothing");
        self.now.set(at.max(self.now.get()));
        waker.wake();
    }
}

struct Sleep {
    world: Rc<World>,
    until: Time,
    timer: Option<(Time, usize)>,
}

impl Sleep {
    fn new(world: Rc<World>, duration: Duration) -> Sleep {
        let until = world.now.get().after(duration);
        Sleep {
            world,
            until,
            timer: None,
        }
    }
}

impl Future for Sleep {
    type Output = ();

    fn poll(mut self: Pin<&mut Self>, context: &mut Context<'_>) -> Poll<()> {
        if self.world.now.get() >= self.until {
            return Poll::Ready(());
        }
        let world = self.world.clone();
        let until = self.until;
        let key = *self.timer.get_or_insert_with(|| {
            world.next_timer.set(world.next_timer.get() + 1);
            (until, world.next_timer.get())
        });
        let waker = context.waker().clone();
        world.timers.borrow_mut().insert(key, waker);
        Poll::Pending
    }
}

impl Drop for Sleep {
    fn drop(&mut self) {
        if let Some(key) = self.timer {
            self.world.timers.borrow_mut().remove(&key);
        }
    }
}

struct WorldRecorder(Rc<World>);

impl Recorder for WorldRecorder {
    fn record(
        &self,
        cause: Cause,
        provenance: Provenance,
        vantage: Vantage,
        span: Option<Span>,
        event: Event,
    ) -> Cause {
        let mut events = self.0.events.borrow_mut();
        let id = EventId::from_index(events.len())?;
        events.push(Entry {
            id,
            at: self.0.now.get(),
            cause,
            provenance,
            vantage,
            span,
            event,
        });
        Some(id)
    }

    fn keep(&self, _: &[u8]) -> BytesId {
        BytesId(0)
    }

    fn cpu(&self, _: Cause, _: CpuWork) {}
}

struct Machine {
    world: Rc<World>,
    node: u16,
    address: IpAddr,
}

struct StoppedClock;

impl CpuClock for StoppedClock {
    fn nanos(&self) -> u64 {
        0
    }
}

impl Port for Machine {
    fn tap(&self) -> Tap {
        let recorder = Rc::new(WorldRecorder(self.world.clone()));
        let vantage = Vantage::Node(NodeId(self.node));
        Tap::new(recorder, Provenance::Simulated, vantage)
    }

    fn now(&self) -> Time {
        self.world.now.get()
    }

    fn calendar(&self) -> UnixTime {
        let start = UnixTime {
            seconds: STARTS_AT,
            nanos: 0,
        };
        start.after(self.now().since(Time::ZERO))
    }

    fn cpu(&self) -> Rc<dyn CpuClock> {
        Rc::new(StoppedClock)
    }

    fn sleep(&self, duration: Duration) -> LocalFuture<()> {
        Box::pin(Sleep::new(self.world.clone(), duration))
    }

    fn spawn(&self, _: &'static str, task: LocalFuture<()>) {
        self.world.spawn(task);
    }

    fn random(&self, buffer: &mut [u8]) {
        buffer.fill(7);
    }

    fn ready(&self, cause: Cause) -> LocalFuture<Result<Cause, PortFailure>> {
        Box::pin(async move { Ok(cause) })
    }

    fn path(&self, _: IpAddr, cause: Cause) -> LocalFuture<Cause> {
        Box::pin(async move { cause })
    }

    fn connect(
        &self,
        remote: SocketAddr,
        cause: Cause,
    ) -> LocalFuture<Result<Connected, PortFailure>> {
        let queue = self.world.listeners.borrow().get(&remote).cloned();
        let refused = PortFailure {
            kind: PortFailureKind::Refused,
            operation: "connect",
            address: Some(remote),
            words: String::new(),
            at: self.now(),
            evidence: cause,
        };
        let number = self.world.connections.get() + 1;
        let local = SocketAddr::new(self.address, 40_000 + number as u16);
        self.world.connections.set(number);
        Box::pin(async move {
            let queue = queue.ok_or(refused)?;
            let (near, far) = pair(local, remote, number, cause);
            queue.waiting.borrow_mut().push_back(Box::new(far));
            if let Some(waker) = queue.waker.borrow_mut().take() {
                waker.wake();
            }
            Ok(Connected {
                stream: Box::new(near),
                opened: cause,
            })
        })
    }

    fn listen(&self, local: SocketAddr) -> Result<Box<dyn Listener>, PortFailure> {
        let queue = Rc::new(Queue::default());
        self.world
            .listeners
            .borrow_mut()
            .insert(local, queue.clone());
        Ok(Box::new(MemoryListener { queue, local }))
    }

    fn datagrams(&self, _: SocketAddr) -> Result<Box<dyn Datagrams>, PortFailure> {
        unreachable!("no server under test speaks UDP")
    }

    fn probe(&self, _: SocketAddr, _: u8, _: Duration, _: Cause) -> LocalFuture<ProbeAnswer> {
        Box::pin(async { ProbeAnswer::Impossible("memory".to_owned()) })
    }

    fn resolver_config(&self) -> ResolverConfig {
        ResolverConfig::default()
    }

    fn storage(&self) -> Rc<dyn Storage> {
        unreachable!("no server under test keeps files")
    }
}

struct MemoryListener {
    queue: Rc<Queue>,
    local: SocketAddr,
}

impl Listener for MemoryListener {
    fn accept(&self) -> LocalFuture<Result<Box<dyn Stream>, PortFailure>> {
        let queue = self.queue.clone();
        Box::pin(poll_fn(move |context| {
            match queue.waiting.borrow_mut().pop_front() {
                Some(stream) => Poll::Ready(Ok(stream)),
                None => {
                    *queue.waker.borrow_mut() = Some(context.waker().clone());
                    Poll::Pending
                }
            }
        }))
    }

    fn local(&self) -> SocketAddr {
        self.local
    }
}

/// One direction of a stream.
#[derive(Default)]
struct Pipe {
    octets: RefCell<VecDeque<u8>>,
    ended: Cell<bool>,
    reset: Cell<bool>,
    cause: Cell<Cause>,
    reader: RefCell<Option<Waker>>,
}

impl Pipe {
    fn wake(&self) {
        if let Some(waker) = self.reader.borrow_mut().take() {
            waker.wake();
        }
    }
}

struct MemoryStream {
    inward: Rc<Pipe>,
    outward: Rc<Pipe>,
    info: StreamInfo,
    because: Cause,
}

fn pair(
    near: SocketAddr,
    far: SocketAddr,
    number: u32,
    cause: Cause,
) -> (MemoryStream, MemoryStream) {
    let (there, back) = (Rc::new(Pipe::default()), Rc::new(Pipe::default()));
    there.cause.set(cause);
    back.cause.set(cause);
    let end = |inward: &Rc<Pipe>, outward: &Rc<Pipe>, local, remote| MemoryStream {
        inward: inward.clone(),
        outward: outward.clone(),
        info: StreamInfo {
            connection: ConnectionId(number),
            local,
            remote,
        },
        because: cause,
    };
    (end(&back, &there, near, far), end(&there, &back, far, near))
}

impl MemoryStream {
    fn failure(&self, kind: PortFailureKind, operation: &'static str) -> PortFailure {
        PortFailure {
            kind,
            operation,
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
        if self.inward.reset.get() {
            return Poll::Ready(Err(self.failure(PortFailureKind::Reset, "read")));
        }
        let mut octets = self.inward.octets.borrow_mut();
        if octets.is_empty() && !self.inward.ended.get() {
            *self.inward.reader.borrow_mut() = Some(context.waker().clone());
            return Poll::Pending;
        }
        let count = octets.len().min(buffer.len());
        for (place, octet) in buffer.iter_mut().zip(octets.drain(..count)) {
            *place = octet;
        }
        Poll::Ready(Ok(count))
    }

    fn poll_write(
        &mut self,
        _: &mut Context<'_>,
        octets: &[u8],
    ) -> Poll<Result<usize, PortFailure>> {
        if self.inward.reset.get() {
            return Poll::Ready(Err(self.failure(PortFailureKind::Reset, "write")));
        }
        self.outward.octets.borrow_mut().extend(octets);
        self.outward.cause.set(self.because);
        self.outward.wake();
        Poll::Ready(Ok(octets.len()))
    }

    fn poll_flush(&mut self, _: &mut Context<'_>) -> Poll<Result<(), PortFailure>> {
        Poll::Ready(Ok(()))
    }

    fn poll_shutdown(&mut self, _: &mut Context<'_>) -> Poll<Result<(), PortFailure>> {
        self.outward.ended.set(true);
        self.outward.wake();
        Poll::Ready(Ok(()))
    }

    fn abort(&mut self) {
        self.outward.reset.set(true);
        self.outward.wake();
    }

    fn info(&self) -> StreamInfo {
        self.info
    }

    fn read_cause(&self) -> Cause {
        self.inward.cause.get()
    }

    fn write_because(&mut self, cause: Cause) {
        self.because = cause;
    }
}

impl Drop for MemoryStream {
    fn drop(&mut self) {
        self.outward.ended.set(true);
        self.outward.wake();
    }
}
