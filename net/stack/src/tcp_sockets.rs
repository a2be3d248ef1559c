//! TCP sockets over the machine of `05-transport`.

use crate::{
    ConnectError, ConnectionLost, Interest, ReadOutcome, SendError, SocketError, SocketId, Stack,
    TcpStatus,
    fast_open::Begins,
    send::headroom,
    socket::{LostHow, Wakers},
    stack::limits,
    udp_sockets::dynamic_ports,
};
use std::{
    collections::{BTreeMap, BTreeSet},
    net::{IpAddr, Ipv6Addr, SocketAddr},
    task::Waker,
};
use thru_events::{Cause, ConnectionId, Stage, Time, tcp::TcpEvent};
use thru_transport::tcp::{Connection, ConnectionConfig, Figures, Listener, Settings, State};

pub(crate) struct TcpSocket {
    pub(crate) connection: Connection,
    pub(crate) wakers: Wakers,
    /// The listener that it came by, until it is accepted.
    pub(crate) listener: Option<SocketId>,
    wake_at: Option<Time>,
}

pub(crate) struct TcpListener {
    pub(crate) queue: Listener<SocketId>,
    /// When a SYN was answered by a cookie last.
    pub(crate) cookie_sent: Option<Time>,
    pub(crate) wakers: Wakers,
}

#[derive(Default)]
pub(crate) struct TcpSockets {
    /// Each in a place of its own: the tree's nodes are half empty.
    pub(crate) sockets: BTreeMap<SocketId, Box<TcpSocket>>,
    pub(crate) listeners: BTreeMap<SocketId, TcpListener>,
    by_ends: BTreeMap<(SocketAddr, SocketAddr), SocketId>,
    timers: BTreeSet<(Time, SocketId)>,
    next_connection: u32,
}

impl TcpSockets {
    pub(crate) fn find(&self, local: SocketAddr, remote: SocketAddr) -> Option<SocketId> {
        self.by_ends.get(&(local, remote)).copied()
    }

    /// The listener for a SYN: one at the very address goes before one at any of its family, and
    /// that before one at any address at all (`::`).
    pub(crate) fn find_listener(&self, local: SocketAddr) -> Option<SocketId> {
        let at = |wanted| {
            self.listeners
                .iter()
                .find(|(_, listener)| listener.queue.local() == wanted)
        };
        let any = |address| SocketAddr::new(address, local.port());
        at(local)
            .or_else(|| at(any(any_like(local.ip()))))
            .or_else(|| at(any(Ipv6Addr::UNSPECIFIED.into())))
            .map(|(id, _)| *id)
    }

    fn port_listened(&self, local: SocketAddr) -> bool {
        self.listeners.values().any(|listener| {
            let known = listener.queue.local();
            known.port() == local.port() && overlap(known.ip(), local.ip())
        })
    }

    pub(crate) fn is_full(&self) -> bool {
        self.sockets.len() >= limits::SOCKETS
    }

    fn remove(&mut self, id: SocketId) {
        let Some(socket) = self.sockets.remove(&id) else {
            return;
        };
        if let Some(at) = socket.wake_at {
            self.timers.remove(&(at, id));
        }
        let ends = ends_of(&socket.connection);
        if self.by_ends.get(&ends) == Some(&id) {
            self.by_ends.remove(&ends);
        }
        if let Some(listener) = socket.listener.and_then(|id| self.listeners.get_mut(&id)) {
            listener.queue.forget(id);
        }
    }
}

fn ends_of(connection: &Connection) -> (SocketAddr, SocketAddr) {
    let (_, local, remote) = connection.ends();
    (local, remote)
}

/// Any address of the family of `address`.
pub(crate) fn any_like(address: IpAddr) -> IpAddr {
    match address {
        IpAddr::V4(_) => IpAddr::V4(std::net::Ipv4Addr::UNSPECIFIED),
        IpAddr::V6(_) => IpAddr::V6(Ipv6Addr::UNSPECIFIED),
    }
}

/// Whether two sockets of one port would hear the same.
pub(crate) fn overlap(a: IpAddr, b: IpAddr) -> bool {
    let takes_all = |address: IpAddr| address == IpAddr::V6(Ipv6Addr::UNSPECIFIED);
    let same_family = a.is_ipv4() == b.is_ipv4();
    a == b
        || takes_all(a)
        || takes_all(b)
        || same_family && (a.is_unspecified() || b.is_unspecified())
}

/// An end without scope and flow label, as connections are found by it.
pub(crate) fn plain(end: SocketAddr) -> SocketAddr {
    SocketAddr::new(end.ip(), end.port())
}

impl Stack {
    /// Begins to open a connection. Its end is told by [`Stack::tcp_status`].
    pub fn tcp_connect(
        &mut self,
        now: Time,
        remote: SocketAddr,
        cause: Cause,
    ) -> Result<SocketId, ConnectError> {
        let remote = plain(remote);
        if self.tcp.is_full() {
            return Err(ConnectError::LimitReached);
        }
        let (way, cause) = self
            .choose_way(remote.ip(), cause)
            .map_err(|error| match error {
                SendError::NoRoute(cause) => ConnectError::NoRoute(cause),
                _ => ConnectError::NoAddress,
            })?;
        let start = self.chance.next_u32();
        let free = |port: &u16| {
            self.tcp
                .find(SocketAddr::new(way.source, *port), remote)
                .is_none()
        };
        let port = dynamic_ports(start)
            .find(free)
            .ok_or(ConnectError::LimitReached)?;
        let local = SocketAddr::new(way.source, port);
        let mut config = self.connection_config(now, local, remote);
        match self.fast_opens.of_server(now, remote.ip()) {
            Begins::Fast(known) => config.known = known.map(Box::new),
            Begins::Plain => config.settings.fast_open = false,
        }
        let connection = Connection::connect(now, config, cause);
        Ok(self.add_connection(connection, None))
    }

    pub(crate) fn connection_config(
        &mut self,
        now: Time,
        local: SocketAddr,
        remote: SocketAddr,
    ) -> ConnectionConfig {
        let mtu = self.connection_mtu(now, remote);
        let id = ConnectionId(self.tcp.next_connection);
        self.tcp.next_connection += 1;
        ConnectionConfig {
            id,
            local,
            remote,
            iss: self.initial_sequence.number(now, local, remote),
            timestamp_offset: self.initial_sequence.timestamp_offset(local, remote),
            mtu,
            headroom: headroom(remote.ip()),
            known: None,
            settings: self.tcp_settings,
            tap: self.tap.clone(),
        }
    }

    /// The largest packet towards `remote`, octets: the interface's, or the way's as far as it is known.
    pub(crate) fn connection_mtu(&self, now: Time, remote: SocketAddr) -> usize {
        let interface = self
            .way_to(remote.ip())
            .map_or(0, |way| way.route.interface);
        if self.is_own(remote.ip()) {
            return limits::LOOPBACK_MTU;
        }
        let mtu = self.interface_mtu(interface, remote.is_ipv6());
        let known = self.path_mtus.get(now, remote.ip());
        known.map_or(mtu, |known| known.min(mtu))
    }

    pub(crate) fn add_connection(
        &mut self,
        connection: Connection,
        listener: Option<SocketId>,
    ) -> SocketId {
        let id = self.new_socket_id();
        self.tcp.by_ends.insert(ends_of(&connection), id);
        let socket = TcpSocket {
            connection,
            wakers: Wakers::default(),
            listener,
            wake_at: None,
        };
        self.tcp.sockets.insert(id, Box::new(socket));
        self.tcp_settle(id);
        id
    }

    /// Listens at `local`; port 0 asks for any. `backlog` counts half-open and waiting connections.
    pub fn tcp_listen(
        &mut self,
        _now: Time,
        local: SocketAddr,
        backlog: usize,
    ) -> Result<SocketId, SocketError> {
        let mut local = plain(local);
        if !local.ip().is_unspecified() && !self.is_own(local.ip()) {
            return Err(SocketError::AddressNotLocal);
        }
        if self.tcp.listeners.len() >= limits::SOCKETS {
            return Err(SocketError::LimitReached);
        }
        if local.port() == 0 {
            let start = self.chance.next_u32();
            let free = |port: &u16| !self.tcp.port_listened(SocketAddr::new(local.ip(), *port));
            local.set_port(
                dynamic_ports(start)
                    .find(free)
                    .ok_or(SocketError::LimitReached)?,
            );
        } else if self.tcp.port_listened(local) {
            return Err(SocketError::AddressInUse);
        }
        let id = self.new_socket_id();
        let queue = Listener::new(local, backlog);
        self.tcp.listeners.insert(
            id,
            TcpListener {
                queue,
                cookie_sent: None,
                wakers: Wakers::default(),
            },
        );
        Ok(id)
    }

    /// The next open connection of a listener, and `TcpEvent::Accepted`.
    pub fn tcp_accept(&mut self, listener: SocketId) -> Option<(SocketId, Cause)> {
        let id = self.tcp.listeners.get_mut(&listener)?.queue.accept()?;
        let socket = self.tcp.sockets.get_mut(&id)?;
        socket.listener = None;
        let (connection, local, remote) = socket.connection.ends();
        let opened = socket.connection.opened_event();
        let opened = opened.or(socket.connection.last_event());
        let accepted = self.tap.emit(opened, || TcpEvent::Accepted {
            connection,
            local,
            remote,
        });
        Some((id, accepted))
    }

    /// Reads octets that arrived in order.
    pub fn tcp_read(
        &mut self,
        _now: Time,
        id: SocketId,
        buffer: &mut [u8],
    ) -> Result<ReadOutcome, ConnectionLost> {
        let socket = self.tcp.sockets.get_mut(&id).ok_or(GONE)?;
        let count = socket.connection.read(buffer)?;
        let outcome = match count {
            0 if socket.connection.at_end() => ReadOutcome::End,
            0 => ReadOutcome::Pending,
            count => ReadOutcome::Data(count),
        };
        self.tcp_settle(id);
        Ok(outcome)
    }

    /// Takes octets for sending; 0 means that the send buffer is full.
    pub fn tcp_write(
        &mut self,
        _now: Time,
        id: SocketId,
        octets: &[u8],
        cause: Cause,
    ) -> Result<usize, ConnectionLost> {
        let socket = self.tcp.sockets.get_mut(&id).ok_or(GONE)?;
        let taken = socket.connection.write(octets, cause)?;
        self.tcp_settle(id);
        Ok(taken)
    }

    /// Whether everything taken was sent at least once.
    pub fn tcp_flushed(&self, id: SocketId) -> bool {
        self.tcp
            .sockets
            .get(&id)
            .is_none_or(|socket| socket.connection.is_flushed())
    }

    /// Nothing more will be written: FIN after what was taken. Reading goes on.
    pub fn tcp_shutdown(&mut self, _now: Time, id: SocketId, cause: Cause) {
        if let Some(socket) = self.tcp.sockets.get_mut(&id) {
            socket
                .connection
                .shutdown("the owner has nothing more to write", cause);
            self.tcp_settle(id);
        }
    }

    /// Ends the connection at once: RST.
    pub fn tcp_abort(&mut self, _now: Time, id: SocketId, cause: Cause) {
        if let Some(socket) = self.tcp.sockets.get_mut(&id) {
            socket.connection.abort(cause);
            self.tcp_settle(id);
        }
    }

    /// The owner dropped it: an orderly close, forgotten after TIME-WAIT. For a listener: it
    /// listens no more, and what it did not hand out is reset. For a UDP socket: it is closed.
    pub fn tcp_release(&mut self, now: Time, id: SocketId, cause: Cause) {
        if let Some(listener) = self.tcp.listeners.remove(&id) {
            for pending in listener.queue.pending() {
                self.tcp_abort(now, pending, cause);
                self.tcp_release(now, pending, cause);
            }
        }
        if let Some(socket) = self.tcp.sockets.get_mut(&id) {
            socket.connection.release(now, cause);
            self.tcp_settle(id);
        }
        self.udp_release(id);
    }

    /// How the connection stands.
    pub fn tcp_status(&self, id: SocketId) -> TcpStatus {
        let Some(socket) = self.tcp.sockets.get(&id) else {
            return TcpStatus::Closed;
        };
        match (socket.connection.lost(), socket.connection.state()) {
            (Some(lost), _) => TcpStatus::Lost(lost),
            (None, _) if socket.connection.is_open_early() => TcpStatus::Open,
            (None, state) if state.is_opening() => TcpStatus::Connecting,
            (None, State::Closed | State::TimeWait) => TcpStatus::Closed,
            (None, _) => TcpStatus::Open,
        }
    }

    /// What a connection does, from now on and for this one alone.
    pub fn tcp_set(&mut self, now: Time, id: SocketId, change: impl FnOnce(&mut Settings)) {
        if let Some(socket) = self.tcp.sockets.get_mut(&id) {
            socket.connection.change_settings(now, change);
            self.tcp_settle(id);
        }
    }

    /// How a connection stands, in figures; `None` once it is forgotten.
    pub fn tcp_figures(&self, id: SocketId) -> Option<Figures> {
        Some(self.tcp.sockets.get(&id)?.connection.figures())
    }

    /// The connection's state by RFC 9293; CLOSED once it is forgotten.
    pub fn tcp_state(&self, id: SocketId) -> State {
        self.tcp
            .sockets
            .get(&id)
            .map_or(State::Closed, |socket| socket.connection.state())
    }

    /// `TcpEvent::Opened`.
    pub fn tcp_opened_event(&self, id: SocketId) -> Cause {
        self.tcp.sockets.get(&id)?.connection.opened_event()
    }

    /// The event that delivered the octets read last; at the end, the peer's FIN.
    pub fn tcp_read_cause(&self, id: SocketId) -> Cause {
        self.tcp.sockets.get(&id)?.connection.read_cause()
    }

    /// Number, own end, other end.
    pub fn tcp_ends(&self, id: SocketId) -> Option<(ConnectionId, SocketAddr, SocketAddr)> {
        Some(self.tcp.sockets.get(&id)?.connection.ends())
    }

    /// Where a listener listens.
    pub fn tcp_listener_local(&self, id: SocketId) -> Option<SocketAddr> {
        Some(self.tcp.listeners.get(&id)?.queue.local())
    }

    /// Wakes `waker` once when `interest` may go on; at once if it may already. Works for UDP
    /// sockets and listeners too.
    pub fn register_waker(&mut self, id: SocketId, interest: Interest, waker: &Waker) {
        if let Some(listener) = self.tcp.listeners.get_mut(&id) {
            listener.wakers.register(interest, waker);
            if listener.queue.has_open() {
                listener.wakers.wake(interest);
            }
        } else if let Some(socket) = self.tcp.sockets.get_mut(&id) {
            socket.wakers.register(interest, waker);
            wake_ready(socket);
        } else if !self.udp_register_waker(id, interest, waker) {
            waker.wake_by_ref();
        }
    }

    /// After anything happened to a connection: wakes who waits, tells its listener, notes its
    /// next moment, and forgets it if nobody needs it.
    pub(crate) fn tcp_settle(&mut self, id: SocketId) {
        let Some(socket) = self.tcp.sockets.get_mut(&id) else {
            return;
        };
        wake_ready(socket);
        let open = is_open(&socket.connection);
        let opens_fast = socket.connection.opens_fast();
        let full = opens_fast && self.fast_opens.note(id, &mut socket.connection);
        let full = full.then(|| socket.connection.last_event());
        let listener = socket.listener;
        let unneeded = socket.connection.is_released() || listener.is_some();
        let dead = socket.connection.is_over() && unneeded;
        let wake_at = socket.connection.wake_at();
        if socket.wake_at != wake_at {
            if let Some(at) = socket.wake_at {
                self.tcp.timers.remove(&(at, id));
            }
            if let Some(at) = wake_at {
                self.tcp.timers.insert((at, id));
            }
            socket.wake_at = wake_at;
        }
        if let Some(cause) = full {
            let most = limits::COOKIES as u64;
            self.state_limit(Stage::Tcp, "cookies for fast opens", most, cause);
        }
        if dead {
            self.fast_opens.forget(id);
            return self.tcp.remove(id);
        }
        if let Some(listener) = listener.and_then(|id| self.tcp.listeners.get_mut(&id))
            && open
            && listener.queue.opened(id)
        {
            listener.wakers.wake(Interest::Accept);
        }
    }

    /// Sends one segment that is due, or lets one timer run.
    pub(crate) fn poll_tcp(&mut self, now: Time) -> bool {
        let Some((at, id)) = self.tcp.timers.first().copied() else {
            return false;
        };
        if at > now {
            return false;
        }
        let Some(socket) = self.tcp.sockets.get_mut(&id) else {
            self.tcp.timers.remove(&(at, id));
            return true;
        };
        let transmit = socket.connection.poll(now);
        let (local, remote) = ends_of(&socket.connection);
        self.tcp_settle(id);
        if let Some(transmit) = transmit {
            self.send_segment(
                now,
                local,
                remote,
                transmit.header,
                (transmit.payload, transmit.ecn_capable),
                transmit.cause,
            );
        }
        true
    }

    pub(crate) fn tcp_wake_at(&self) -> Option<Time> {
        self.tcp.timers.first().map(|(at, _)| *at)
    }

    pub(crate) fn tcp_forget(&mut self, id: SocketId) {
        self.fast_opens.forget(id);
        self.tcp.remove(id);
    }
}

/// What an order to a connection that is forgotten gives.
const GONE: ConnectionLost = ConnectionLost {
    how: LostHow::Aborted,
    evidence: None,
};

/// Whether its owner may use it, though the handshake may go on (RFC 7413).
fn is_open(connection: &Connection) -> bool {
    !connection.state().is_opening() || connection.is_open_early()
}

fn wake_ready(socket: &mut TcpSocket) {
    let connection = &socket.connection;
    if connection.is_readable() || connection.state() == State::Closed {
        socket.wakers.wake(Interest::Read);
    }
    if connection.is_writable() {
        socket.wakers.wake(Interest::Write);
    }
    if is_open(connection) {
        socket.wakers.wake(Interest::Connect);
    }
}
