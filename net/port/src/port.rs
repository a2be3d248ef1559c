use crate::{Datagrams, Listener, PortFailure, ResolverConfig, Storage, Stream, UnixTime};
use std::{
    future::Future,
    net::{IpAddr, SocketAddr},
    pin::Pin,
    rc::Rc,
    time::Duration,
};
use thru_events::{Cause, Tap, Time};

/// A boxed future of the one thread.
pub type LocalFuture<T> = Pin<Box<dyn Future<Output = T>>>;

/// An open connection and the event that says so.
pub struct Connected {
    /// The stream.
    pub stream: Box<dyn Stream>,
    /// `TcpEvent::Opened`, when recording.
    pub opened: Cause,
}

/// The clock of CPU work.
pub trait CpuClock {
    /// CPU time used so far, in nanoseconds. A clock that stands still is legal.
    fn nanos(&self) -> u64;
}

/// What came back for a probe with a small hop limit.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum ProbeAnswer {
    /// A router on the way said that the hop limit ran out.
    Hop(IpAddr),
    /// The destination itself answered.
    Destination(IpAddr),
    /// Someone said that it cannot be reached.
    Unreachable(IpAddr),
    /// Nothing came back in time.
    Silence,
    /// This world cannot probe here; why.
    Impossible(String),
}

/// One machine's access to its world. A load has one, every server has one.
pub trait Port {
    /// Where this machine's events go.
    fn tap(&self) -> Tap;

    /// The trip's clock.
    fn now(&self) -> Time;

    /// The calendar, for certificates, cookies and `Date`.
    fn calendar(&self) -> UnixTime;

    /// The clock of CPU work.
    fn cpu(&self) -> Rc<dyn CpuClock>;

    /// Waits for `duration` on the trip's clock.
    fn sleep(&self, duration: Duration) -> LocalFuture<()>;

    /// Runs `task` beside the caller until it ends or the world does.
    fn spawn(&self, name: &'static str, task: LocalFuture<()>);

    /// Fills `buffer` with random octets: the system's, or the lab's seeded stream.
    fn random(&self, buffer: &mut [u8]);

    /// Makes sure the machine has an address and says so: a DHCP lease in the lab, what the
    /// system has on the host. Events of lease.
    fn ready(&self, cause: Cause) -> LocalFuture<Result<Cause, PortFailure>>;

    /// The same for who wants IPv4 alone: addresses of IPv6 are not waited for.
    fn ready_by_ipv4(&self, cause: Cause) -> LocalFuture<Result<Cause, PortFailure>> {
        self.ready(cause)
    }

    /// Says which route, source address and neighbour lead to `remote`, as this world knows it
    /// (Reported on the host; in the lab the stack says so itself when it sends, and this gives
    /// `cause` back).
    fn path(&self, remote: IpAddr, cause: Cause) -> LocalFuture<Cause>;

    /// Opens a TCP connection. Dropping the future gives the attempt up. Time limits are the
    /// caller's (see [`crate::with_limit`]), beside those of TCP itself.
    fn connect(
        &self,
        remote: SocketAddr,
        cause: Cause,
    ) -> LocalFuture<Result<Connected, PortFailure>>;

    /// Listens for TCP connections; port 0 asks for any.
    fn listen(&self, local: SocketAddr) -> Result<Box<dyn Listener>, PortFailure>;

    /// A UDP socket; port 0 asks for a random one.
    fn datagrams(&self, local: SocketAddr) -> Result<Box<dyn Datagrams>, PortFailure>;

    /// A UDP socket for a server, which others of this program may share: the world spreads what comes
    /// over them by sender. Worlds that cannot give one of its own.
    fn shared_datagrams(&self, local: SocketAddr) -> Result<Box<dyn Datagrams>, PortFailure> {
        self.datagrams(local)
    }

    /// One probe towards `remote` with hop limit `ttl` (TCP SYN to the port in question), waiting
    /// at most `limit`. Events of ip.
    fn probe(
        &self,
        remote: SocketAddr,
        ttl: u8,
        limit: Duration,
        cause: Cause,
    ) -> LocalFuture<ProbeAnswer>;

    /// What the machine says about name resolution.
    fn resolver_config(&self) -> ResolverConfig;

    /// The program's own named files.
    fn storage(&self) -> Rc<dyn Storage>;
}
