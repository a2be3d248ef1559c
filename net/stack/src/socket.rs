use std::{
    net::{IpAddr, SocketAddr},
    task::Waker,
};
use thru_events::Cause;

/// A socket of one stack.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub struct SocketId(pub u32);

/// What a waker waits for.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Interest {
    /// Octets, a datagram, the end, or a failure.
    Read,
    /// Room in the send buffer, everything flushed, or a failure.
    Write,
    /// A connection to accept.
    Accept,
    /// The connection is open, or failed.
    Connect,
}

pub use thru_transport::tcp::{Lost as ConnectionLost, LostHow};

/// A connection attempt that ended before a segment was sent.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum ConnectError {
    /// This machine has no address on the interface.
    NoAddress,
    /// No route; the event that says so.
    NoRoute(Cause),
    /// Every port of the dynamic range is taken, or too many sockets are open.
    LimitReached,
}

/// A socket could not be made.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum SocketError {
    /// Someone has the port.
    AddressInUse,
    /// The address is not one of this machine's.
    AddressNotLocal,
    /// Too many sockets are open.
    LimitReached,
}

/// A datagram could not be sent.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum SendError {
    /// No such socket.
    Closed,
    /// This machine has no address on the interface.
    NoAddress,
    /// No route; the event that says so.
    NoRoute(Cause),
    /// More than fits into a datagram.
    TooLong,
}

/// What a read gives.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum ReadOutcome {
    /// So many octets.
    Data(usize),
    /// The peer has nothing more to say.
    End,
    /// Nothing yet.
    Pending,
}

/// How a connection stands.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum TcpStatus {
    /// The handshake goes on.
    Connecting,
    /// Open, at least in one direction.
    Open,
    /// Both ends are done.
    Closed,
    /// Lost, or never opened.
    Lost(ConnectionLost),
}

/// What ICMP or the neighbour table said about an earlier datagram.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct UdpError {
    /// What is wrong.
    pub how: LostHow,
    /// Who said so; none if this machine itself found out.
    pub from: Option<IpAddr>,
    /// Where the datagram was to go.
    pub remote: SocketAddr,
    /// The event that shows it.
    pub evidence: Cause,
}

/// One waker per interest.
#[derive(Debug, Default)]
pub(crate) struct Wakers {
    read: Option<Waker>,
    write: Option<Waker>,
    accept: Option<Waker>,
    connect: Option<Waker>,
}

impl Wakers {
    pub(crate) fn register(&mut self, interest: Interest, waker: &Waker) {
        let slot = self.slot(interest);
        match slot {
            Some(known) => known.clone_from(waker),
            None => *slot = Some(waker.clone()),
        }
    }

    pub(crate) fn wake(&mut self, interest: Interest) {
        if let Some(waker) = self.slot(interest).take() {
            waker.wake();
        }
    }

    fn slot(&mut self, interest: Interest) -> &mut Option<Waker> {
        match interest {
            Interest::Read => &mut self.read,
            Interest::Write => &mut self.write,
            Interest::Accept => &mut self.accept,
            Interest::Connect => &mut self.connect,
        }
    }
}
