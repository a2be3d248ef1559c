use super::waiting::{Place, Socket, kind_of, words_of};
use std::{
    future::poll_fn,
    net::SocketAddr,
    rc::Rc,
    task::{Context, Poll},
};
use thru_events::{Cause, ConnectionId};
use thru_port::{
    Connected, Listener, LocalFuture, PortFailure, PortFailureKind, Stream, StreamInfo,
};
use thru_stack::{
    ConnectError, ConnectionLost, Interest, ReadOutcome, SocketError, SocketId, TcpStatus,
};

/// Connections that may wait to be accepted.
pub(crate) const BACKLOG: usize = 128;

/// A TCP connection of a lab machine.
pub(crate) struct LabStream {
    place: Place,
    id: SocketId,
    info: StreamInfo,
    /// The event that says that the connection is open: the cause of what is done before
    /// anything was read.
    opened: Cause,
    because: Cause,
    released: bool,
}

impl LabStream {
    fn new(place: Place, id: SocketId, because: Cause) -> LabStream {
        let ends = place.host.stack.borrow().tcp_ends(id);
        let nowhere = SocketAddr::from(([0, 0, 0, 0], 0));
        let (connection, local, remote) = ends.unwrap_or((ConnectionId(0), nowhere, nowhere));
        let info = StreamInfo {
            connection,
            local,
            remote,
        };
        LabStream {
            place,
            id,
            info,
            opened: because,
            because,
            released: false,
        }
    }

    fn lost(&self, operation: &'static str, lost: ConnectionLost) -> PortFailure {
        let remote = Some(self.info.remote);
        let mut failure = self
            .place
            .failure(kind_of(lost.how), operation, remote, lost.evidence);
        failure.words = words_of(lost.how);
        failure
    }

    fn wait(&self, interest: Interest, context: &Context<'_>) {
        let mut stack = self.place.host.stack.borrow_mut();
        stack.register_waker(self.id, interest, context.waker());
    }
}

impl Stream for LabStream {
    fn poll_read(
        &mut self,
        context: &mut Context<'_>,
        buffer: &mut [u8],
    ) -> Poll<Result<usize, PortFailure>> {
        match self
            .place
            .order(|stack, now| stack.tcp_read(now, self.id, buffer))
        {
            Ok(ReadOutcome::Data(length)) => Poll::Ready(Ok(length)),
            Ok(ReadOutcome::End) => Poll::Ready(Ok(0)),
            Ok(ReadOutcome::Pending) => {
                self.wait(Interest::Read, context);
                Poll::Pending
            }
            Err(lost) => Poll::Ready(Err(self.lost("read", lost))),
        }
    }

    fn poll_write(
        &mut self,
        context: &mut Context<'_>,
        octets: &[u8],
    ) -> Poll<Result<usize, PortFailure>> {
        if octets.is_empty() {
            return Poll::Ready(Ok(0));
        }
        let because = self.because;
        match self
            .place
            .order(|stack, now| stack.tcp_write(now, self.id, octets, because))
        {
            Ok(0) => {
                self.wait(Interest::Write, context);
                Poll::Pending
            }
            Ok(taken) => Poll::Ready(Ok(taken)),
            Err(lost) => Poll::Ready(Err(self.lost("write", lost))),
        }
    }

    /// The stack has taken the octets and sends them as fast as windows allow; nothing is held
    /// back here.
    fn poll_flush(&mut self, _: &mut Context<'_>) -> Poll<Result<(), PortFailure>> {
        Poll::Ready(Ok(()))
    }

    fn poll_shutdown(&mut self, _: &mut Context<'_>) -> Poll<Result<(), PortFailure>> {
        let because = self.because;
        self.place
            .order(|stack, now| stack.tcp_shutdown(now, self.id, because));
        Poll::Ready(Ok(()))
    }

    fn abort(&mut self) {
        let because = self.because;
        self.place
            .order(|stack, now| stack.tcp_abort(now, self.id, because));
    }

    fn info(&self) -> StreamInfo {
        self.info
    }

    fn read_cause(&self) -> Cause {
        let delivered = self.place.host.stack.borrow().tcp_read_cause(self.id);
        delivered.or(self.opened)
    }

    fn write_because(&mut self, cause: Cause) {
        self.because = cause;
    }
}

impl Drop for LabStream {
    fn drop(&mut self) {
        if !std::mem::replace(&mut self.released, true) {
            let because = self.because;
            self.place
                .order(|stack, now| stack.tcp_release(now, self.id, because));
        }
    }
}

/// Opens a connection.
pub(crate) async fn connect(
    place: Place,
    remote: SocketAddr,
    cause: Cause,
) -> Result<Connected, PortFailure> {
    let failed = |kind, evidence| Err(place.failure(kind, "connect", Some(remote), evidence));
    let id = match place.order(|stack, now| stack.tcp_connect(now, remote, cause)) {
        Ok(id) => id,
        Err(ConnectError::NoAddress) => return failed(PortFailureKind::NoAddress, cause),
        Err(ConnectError::NoRoute(evidence)) => return failed(PortFailureKind::NoRoute, evidence),
        Err(ConnectError::LimitReached) => return failed(PortFailureKind::LimitReached, cause),
    };
    // Dropped on the way, the attempt is given up.
    let mut stream = LabStream::new(place.clone(), id, cause);
    let status = poll_fn(|context| {
        let status = place.host.stack.borrow().tcp_status(id);
        if status != TcpStatus::Connecting {
            return Poll::Ready(status);
        }
        stream.wait(Interest::Connect, context);
        Poll::Pending
    })
    .await;
    if let TcpStatus::Lost(lost) = status {
        return Err(stream.lost("connect", lost));
    }
    let opened = place.host.stack.borrow().tcp_opened_event(id);
    stream.because = opened.or(cause);
    stream.opened = stream.because;
    Ok(Connected {
        stream: Box::new(stream),
        opened,
    })
}

/// A listening TCP socket of a lab machine.
pub(crate) struct LabListener {
    socket: Rc<Listening>,
    local: SocketAddr,
}

struct Listening(Socket);

impl Drop for Listening {
    fn drop(&mut self) {
        let id = self.0.id;
        self.0
            .place
            .order(|stack, now| stack.tcp_release(now, id, None));
    }
}

impl LabListener {
    pub(crate) fn open(place: Place, local: SocketAddr) -> Result<LabListener, PortFailure> {
        let id = place
            .order(|stack, now| stack.tcp_listen(now, local, place.host.backlog))
            .map_err(|error| place.failure(kind_of_socket(error), "listen", Some(local), None))?;
        let ends = place.host.stack.borrow().tcp_ends(id);
        let local = ends.map_or(local, |(_, local, _)| local);
        let socket = Rc::new(Listening(Socket { place, id }));
        Ok(LabListener { socket, local })
    }
}

impl Listener for LabListener {
    fn accept(&self) -> LocalFuture<Result<Box<dyn Stream>, PortFailure>> {
        let socket = self.socket.clone();
        Box::pin(async move {
            let (place, id) = (&socket.0.place, socket.0.id);
            let (id, accepted) = poll_fn(|context| {
                if let Some(accepted) = place.order(|stack, _| stack.tcp_accept(id)) {
                    return Poll::Ready(accepted);
                }
                let mut stack = place.host.stack.borrow_mut();
                stack.register_waker(id, Interest::Accept, context.waker());
                Poll::Pending
            })
            .await;
            let stream = LabStream::new(place.clone(), id, accepted);
            Ok(Box::new(stream) as Box<dyn Stream>)
        })
    }

    fn local(&self) -> SocketAddr {
        self.local
    }
}

/// The port's word for why there is no socket.
pub(crate) fn kind_of_socket(error: SocketError) -> PortFailureKind {
    match error {
        SocketError::AddressInUse => PortFailureKind::AddressInUse,
        SocketError::AddressNotLocal => PortFailureKind::NoAddress,
        SocketError::LimitReached => PortFailureKind::LimitReached,
    }
}
