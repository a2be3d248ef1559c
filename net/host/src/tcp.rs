//! TCP connections of the kernel.

use crate::{HostPort, capture::Flow, errno, host_port::Near, tcp_info, unreachable};
use socket2::{Domain, Protocol, SockRef, Socket, Type};
use std::{
    io,
    net::SocketAddr,
    os::fd::AsRawFd,
    pin::Pin,
    rc::Rc,
    task::{Context, Poll, ready},
    time::Duration,
};
use thru_events::{
    Cause, ConnectionId, Provenance, Text, close::CloseEvent, ip::IpEvent, link::LinkEvent,
    tcp::TcpEvent,
};
use thru_port::{
    Connected, Listener, LocalFuture, PortFailure, PortFailureKind, Stream, StreamInfo,
};
use tokio::{
    io::{AsyncRead, AsyncWrite, ReadBuf},
    net::{TcpListener, TcpStream},
};

/// Opens a connection and states what became of it.
pub(crate) async fn connect(
    port: HostPort,
    remote: SocketAddr,
    cause: Cause,
) -> Result<Connected, PortFailure> {
    let near = port.near.clone();
    let connection = near.next_connection();
    let started = near
        .tap
        .emit(cause, || TcpEvent::ConnectStarted { connection, remote });
    let began = near.now();
    let mut under_way = UnderWay {
        near: near.clone(),
        connection,
        started,
        is_over: false,
    };
    let attempted = attempt(&near, remote, started).await;
    under_way.is_over = true;
    match attempted {
        Ok((tcp, mut flow)) => {
            // The stages write whole messages: waiting for more only costs time.
            let _ = tcp.set_nodelay(true);
            let local = tcp.local_addr().unwrap_or(unknown(remote));
            let rtt_us = near.now().since(began).as_micros() as u64;
            let opened = near.tap.emit(started, || TcpEvent::Opened {
                connection,
                local,
                remote,
                rtt_us,
            });
            flow.opened(opened);
            port.state_neighbour_learned(remote.ip(), opened).await;
            let info = StreamInfo {
                connection,
                local,
                remote,
            };
            let stream = HostStream::new(near, tcp, flow, info, opened);
            stream.state_figures(opened);
            Ok(Connected {
                stream: Box::new(stream),
                opened,
            })
        }
        Err(error) => Err(refused(&port, connection, remote, started, &error).await),
    }
}

/// An attempt to connect: dropped before it is over, it was given up.
struct UnderWay {
    near: Near,
    connection: ConnectionId,
    started: Cause,
    is_over: bool,
}

impl Drop for UnderWay {
    fn drop(&mut self) {
        if !self.is_over {
            let connection = self.connection;
            self.near.tap.emit(self.started, || CloseEvent::Closed {
                connection,
                how: "given up before it opened".into(),
            });
        }
    }
}

/// Asks for a connection, and tells its ends to the frames before anything comes back.
async fn attempt(near: &Near, remote: SocketAddr, cause: Cause) -> io::Result<(TcpStream, Flow)> {
    near.frames.expect(remote.ip(), cause);
    let socket = Socket::new(
        Domain::for_address(remote),
        Type::STREAM,
        Some(Protocol::TCP),
    )?;
    socket.set_nonblocking(true)?;
    match socket.connect(&remote.into()) {
        Err(error) if error.raw_os_error() != Some(libc::EINPROGRESS) => return Err(error),
        _ => {}
    }
    let local = socket.local_addr()?.as_socket();
    let local = local.unwrap_or_else(|| unknown(remote));
    let mut flow = near.frames.asked(local, remote, cause);
    let tcp = TcpStream::from_std(socket.into())?;
    tcp.writable().await?;
    match tcp.take_error()? {
        None => Ok((tcp, flow)),
        Some(error) => {
            if errno::kind_of(&error) == PortFailureKind::Refused {
                flow.reset(false, cause);
            }
            Err(error)
        }
    }
}

async fn refused(
    port: &HostPort,
    connection: ConnectionId,
    remote: SocketAddr,
    started: Cause,
    error: &io::Error,
) -> PortFailure {
    let near = &port.near;
    let (kind, silent) = match errno::kind_of(error) {
        PortFailureKind::Unreachable => unreachable::why(port, remote.ip()).await,
        kind => (kind, None),
    };
    let tap = near.tap.known_as(Provenance::Reported);
    let missing = match (kind, silent) {
        (PortFailureKind::NoRoute, _) => tap.emit(started, || IpEvent::RouteMissing {
            destination: remote.ip(),
        }),
        (_, Some(silent)) => tap.emit(started, || LinkEvent::NeighbourReported {
            address: silent.hop,
            mac: None,
            state: silent.state.into(),
        }),
        _ => started,
    };
    let missing = missing.or(started);
    let evidence = near.tap.emit(missing, || TcpEvent::Failed {
        connection,
        remote,
        how: errno::how(kind).into(),
    });
    PortFailure {
        kind,
        ..errno::failure(error, "connect", Some(remote), near.now(), evidence)
    }
}

fn unknown(remote: SocketAddr) -> SocketAddr {
    match remote {
        SocketAddr::V4(_) => SocketAddr::from(([0, 0, 0, 0], 0)),
        SocketAddr::V6(_) => SocketAddr::from(([0u16; 8], 0)),
    }
}

/// An open connection.
pub(crate) struct HostStream {
    near: Near,
    tcp: Option<TcpStream>,
    flow: Flow,
    info: StreamInfo,
    last_read: Cause,
    because: Cause,
    finished_here: bool,
    finished_there: bool,
    /// The error that ended it, by the system's number, and the event that says so.
    broken: Option<(i32, Cause)>,
}

impl HostStream {
    fn new(near: Near, tcp: TcpStream, flow: Flow, info: StreamInfo, opened: Cause) -> HostStream {
        HostStream {
            near,
            tcp: Some(tcp),
            flow,
            info,
            last_read: opened,
            because: opened,
            finished_here: false,
            finished_there: false,
            broken: None,
        }
    }

    fn broke(&mut self, error: &io::Error, operation: &'static str) -> PortFailure {
        if self.broken.is_none() {
            let how = errno::how(errno::kind_of(error));
            let stated = self.near.tap.emit(self.because, || TcpEvent::Failed {
                connection: self.info.connection,
                remote: self.info.remote,
                how: how.into(),
            });
            self.lost(error, stated);
        }
        let evidence = self.broken.and_then(|(_, evidence)| evidence);
        errno::failure(
            error,
            operation,
            Some(self.info.remote),
            self.near.now(),
            evidence.or(self.last_read),
        )
    }

    /// Keeps the first error, with the event that says so.
    fn lost(&mut self, error: &io::Error, evidence: Cause) {
        let number = error.raw_os_error().unwrap_or(libc::EIO);
        self.broken = Some((number, evidence));
        if errno::kind_of(error) == PortFailureKind::Reset {
            self.flow.reset(false, evidence);
        }
    }

    /// The error that ended the connection before its end was read. The kernel tells it once; reads
    /// after it give no octets, as after a FIN. What a write met with EPIPE came after a FIN.
    fn end_without_fin(&self) -> Option<io::Error> {
        let (number, _) = self.broken.filter(|_| !self.finished_there)?;
        let error = io::Error::from_raw_os_error(number);
        (errno::kind_of(&error) != PortFailureKind::Closed).then_some(error)
    }

    /// The error that the kernel has not told yet.
    fn untold(&self) -> Option<io::Error> {
        let tcp = self.tcp.as_ref().filter(|_| self.broken.is_none())?;
        tcp.take_error().ok().flatten()
    }

    /// How the connection is left, for `CloseEvent::Closed`.
    fn left(&self) -> Text {
        let broken = self.broken.map(|(number, _)| number);
        let kind = broken.map(|number| errno::kind_of(&io::Error::from_raw_os_error(number)));
        match kind {
            Some(PortFailureKind::Reset) => "reset by the peer".into(),
            Some(kind) if kind != PortFailureKind::Closed => {
                format!("lost: {}", errno::how(kind)).into()
            }
            _ if self.finished_there => "FIN from both ends, the rest is the kernel's".into(),
            _ => "handed to the kernel".into(),
        }
    }

    fn closed_here(&self, operation: &'static str) -> PortFailure {
        PortFailure {
            kind: PortFailureKind::Closed,
            operation,
            address: Some(self.info.remote),
            words: "this end closed it".to_owned(),
            at: self.near.now(),
            evidence: self.last_read,
        }
    }

    /// States that this end is done, once.
    fn finish_here(&mut self, why: &'static str) {
        if std::mem::replace(&mut self.finished_here, true) {
            return;
        }
        let connection = self.info.connection;
        self.because = self
            .near
            .tap
            .emit(self.because, || CloseEvent::Started {
                connection,
                why: why.into(),
            })
            .or(self.because);
        self.flow.because(self.because);
        // A connection that is no more sends no FIN.
        if self.broken.is_none() {
            self.flow.finished(true, self.because);
        }
    }

    /// States what became of a read that gave `octets`.
    fn arrived(&mut self, octets: &[u8]) {
        let connection = self.info.connection;
        let stated = if octets.is_empty() {
            if std::mem::replace(&mut self.finished_there, true) {
                return;
            }
            self.near
                .tap
                .emit(self.because, || CloseEvent::PeerFinished { connection })
                .inspect(|stated| self.flow.finished(false, Some(*stated)))
        } else {
            let span = self.near.tap.keep(octets);
            self.near
                .tap
                .emit_with_span(self.because, span, || TcpEvent::DataArrived {
                    connection,
                    length: octets.len() as u32,
                })
                .inspect(|stated| self.flow.read(octets, Some(*stated)))
        };
        self.last_read = stated.or(self.last_read);
    }
}

impl Stream for HostStream {
    fn poll_read(
        &mut self,
        context: &mut Context<'_>,
        buffer: &mut [u8],
    ) -> Poll<Result<usize, PortFailure>> {
        let Some(tcp) = self.tcp.as_mut() else {
            return Poll::Ready(Err(self.closed_here("read")));
        };
        let mut filled = ReadBuf::new(buffer);
        match ready!(Pin::new(tcp).poll_read(context, &mut filled)) {
            Ok(()) => {
                let length = filled.filled().len();
                if let Some(error) = self.end_without_fin().filter(|_| length == 0) {
                    return Poll::Ready(Err(self.broke(&error, "read from")));
                }
                self.arrived(&buffer[..length]);
                Poll::Ready(Ok(length))
            }
            Err(error) => Poll::Ready(Err(self.broke(&error, "read from"))),
        }
    }

    fn poll_write(
        &mut self,
        context: &mut Context<'_>,
        octets: &[u8],
    ) -> Poll<Result<usize, PortFailure>> {
        let Some(tcp) = self.tcp.as_mut() else {
            return Poll::Ready(Err(self.closed_here("write")));
        };
        let taken = ready!(Pin::new(tcp).poll_write(context, octets));
        if let Ok(taken) = taken {
            self.flow.wrote(&octets[..taken], self.because);
        }
        Poll::Ready(taken.map_err(|error| self.broke(&error, "write to")))
    }

    fn poll_flush(&mut self, context: &mut Context<'_>) -> Poll<Result<(), PortFailure>> {
        let Some(tcp) = self.tcp.as_mut() else {
            return Poll::Ready(Err(self.closed_here("flush")));
        };
        let flushed = ready!(Pin::new(tcp).poll_flush(context));
        Poll::Ready(flushed.map_err(|error| self.broke(&error, "write to")))
    }

    fn poll_shutdown(&mut self, context: &mut Context<'_>) -> Poll<Result<(), PortFailure>> {
        if let Some(error) = self.untold() {
            self.broke(&error, "close");
        }
        // Before the FIN goes out, which follows from it.
        if self.tcp.is_some() {
            self.finish_here("nothing more to send");
        }
        let Some(tcp) = self.tcp.as_mut() else {
            return Poll::Ready(Ok(()));
        };
        let done = ready!(Pin::new(tcp).poll_shutdown(context));
        match done {
            // The peer was faster.
            Err(error) if error.kind() == io::ErrorKind::NotConnected => Poll::Ready(Ok(())),
            done => Poll::Ready(done.map_err(|error| self.broke(&error, "close"))),
        }
    }

    fn abort(&mut self) {
        let Some(tcp) = self.tcp.take() else { return };
        // With a linger time of zero, close sends RST (socket(7), SO_LINGER).
        let _ = SockRef::from(&tcp).set_linger(Some(Duration::ZERO));
        drop(tcp);
        let connection = self.info.connection;
        self.near.tap.emit(self.because, || CloseEvent::Closed {
            connection,
            how: "reset by this end".into(),
        });
        self.flow.reset(true, self.because);
    }

    fn info(&self) -> StreamInfo {
        self.info
    }

    fn read_cause(&self) -> Cause {
        self.last_read
    }

    fn write_because(&mut self, cause: Cause) {
        self.because = cause.or(self.because);
        self.flow.because(self.because);
    }

    fn state_figures(&self, cause: Cause) -> Cause {
        let tcp = self.tcp.as_ref().filter(|_| self.near.tap.is_on())?;
        let figures = tcp_info::figures(tcp.as_raw_fd(), self.info.connection)?;
        let tap = self.near.tap.known_as(Provenance::Reported);
        tap.emit(cause, || figures)
    }
}

impl Drop for HostStream {
    fn drop(&mut self) {
        if self.tcp.is_none() {
            return;
        }
        self.state_figures(self.because);
        if let Some(error) = self.untold() {
            self.lost(&error, self.last_read);
        }
        self.finish_here("the connection is not needed any more");
        self.tcp = None;
        let (connection, how) = (self.info.connection, self.left());
        self.near
            .tap
            .emit(self.because, || CloseEvent::Closed { connection, how });
    }
}

/// A listening socket.
pub(crate) struct HostListener {
    near: Near,
    tcp: Rc<TcpListener>,
    local: SocketAddr,
}

/// Listens at `local`.
pub(crate) fn listen(near: Near, local: SocketAddr) -> Result<HostListener, PortFailure> {
    let failed =
        |error: io::Error| errno::failure(&error, "listen at", Some(local), near.now(), None);
    let made = std::net::TcpListener::bind(local).map_err(failed)?;
    made.set_nonblocking(true).map_err(failed)?;
    let tcp = TcpListener::from_std(made).map_err(failed)?;
    let local = tcp.local_addr().map_err(failed)?;
    Ok(HostListener {
        near,
        tcp: Rc::new(tcp),
        local,
    })
}

impl Listener for HostListener {
    fn accept(&self) -> LocalFuture<Result<Box<dyn Stream>, PortFailure>> {
        let (near, listener, local) = (self.near.clone(), self.tcp.clone(), self.local);
        Box::pin(async move {
            let (tcp, remote) = listener.accept().await.map_err(|error| {
                errno::failure(&error, "accept at", Some(local), near.now(), None)
            })?;
            let _ = tcp.set_nodelay(true);
            let info = StreamInfo {
                connection: near.next_connection(),
                local: tcp.local_addr().unwrap_or(local),
                remote,
            };
            let accepted = near.tap.emit(near.root.get(), || TcpEvent::Accepted {
                connection: info.connection,
                local: info.local,
                remote,
            });
            let stream: Box<dyn Stream> =
                Box::new(HostStream::new(near, tcp, Flow::default(), info, accepted));
            Ok(stream)
        })
    }

    fn local(&self) -> SocketAddr {
        self.local
    }
}
