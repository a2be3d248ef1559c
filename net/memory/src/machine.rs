//! A machine of the world: the port, as far as streams and time go.

use crate::{
    STARTS_AT, World,
    datagrams::{Mailbox, MemorySocket},
    stream::{Ends, MemoryListener, Queue},
};
use std::{
    net::{IpAddr, SocketAddr},
    rc::Rc,
    time::Duration,
};
use thru_events::{Cause, Tap, Time};
use thru_port::{
    Connected, CpuClock, Datagrams, Listener, LocalFuture, Port, PortFailure, PortFailureKind,
    ProbeAnswer, ResolverConfig, Storage, UnixTime,
};

/// The first port that a machine connects from, but one.
const LOCAL_PORTS: u16 = 40_000;

pub(crate) struct Machine {
    world: Rc<World>,
    tap: Tap,
    address: IpAddr,
}

impl Machine {
    pub fn new(world: &Rc<World>, tap: Tap, address: IpAddr) -> Machine {
        Machine {
            world: world.clone(),
            tap,
            address,
        }
    }

    fn failure(
        &self,
        kind: PortFailureKind,
        operation: &'static str,
        address: Option<SocketAddr>,
        evidence: Cause,
    ) -> PortFailure {
        PortFailure {
            kind,
            operation,
            address,
            words: String::new(),
            at: self.now(),
            evidence,
        }
    }
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
        self.world.now()
    }

    fn calendar(&self) -> UnixTime {
        let start = UnixTime {
            seconds: STARTS_AT,
            nanos: 0,
        };
        start.after(self.now().since(Time::ZERO))
    }

    fn cpu(&self) -> Rc<dyn CpuClock> {
        Rc::new(StandsStill)
    }

    fn sleep(&self, duration: Duration) -> LocalFuture<()> {
        Box::pin(self.world.tasks.sleep(duration))
    }

    fn spawn(&self, _: &'static str, task: LocalFuture<()>) {
        self.world.tasks.spawn(task);
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
        let refused = self.failure(PortFailureKind::Refused, "connect", Some(remote), cause);
        let number = self.world.next_connection();
        let ends = Ends {
            number,
            near: SocketAddr::new(self.address, LOCAL_PORTS + (number % 25_000) as u16),
            far: remote,
            opened: cause,
        };
        let tap = self.tap.clone();
        Box::pin(async move {
            let queue = queue.ok_or(refused)?;
            let (near, far) = ends.streams(tap, queue.tap.clone());
            queue.arrived(far);
            Ok(Connected {
                stream: Box::new(near),
                opened: cause,
            })
        })
    }

    fn listen(&self, local: SocketAddr) -> Result<Box<dyn Listener>, PortFailure> {
        let queue = Rc::new(Queue::new(self.tap.clone()));
        let mut listeners = self.world.listeners.borrow_mut();
        listeners.insert(local, queue.clone());
        Ok(Box::new(MemoryListener { queue, local }))
    }

    fn datagrams(&self, local: SocketAddr) -> Result<Box<dyn Datagrams>, PortFailure> {
        let mut sockets = self.world.sockets.borrow_mut();
        let address = match local.ip().is_unspecified() {
            true => self.address,
            false => local.ip(),
        };
        let wanted = match local.port() {
            0 => LOCAL_PORTS..=u16::MAX,
            port => port..=port,
        };
        let mut free = wanted.map(|port| SocketAddr::new(address, port));
        let Some(local) = free.find(|local| !sockets.contains_key(local)) else {
            return Err(self.failure(PortFailureKind::AddressInUse, "bind", Some(local), None));
        };
        let mailbox = Rc::new(Mailbox::default());
        sockets.insert(local, mailbox.clone());
        Ok(Box::new(MemorySocket {
            world: self.world.clone(),
            local,
            mailbox,
        }))
    }

    fn probe(&self, _: SocketAddr, _: u8, _: Duration, _: Cause) -> LocalFuture<ProbeAnswer> {
        Box::pin(async { ProbeAnswer::Impossible("there is no network in memory".to_owned()) })
    }

    fn resolver_config(&self) -> ResolverConfig {
        ResolverConfig::default()
    }

    fn storage(&self) -> Rc<dyn Storage> {
        unimplemented!("there are no files in memory")
    }
}
