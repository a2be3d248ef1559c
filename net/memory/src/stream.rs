//! Connections: two queues of chunks, each with what it was written because of.

use std::{
    cell::RefCell,
    collections::VecDeque,
    future::poll_fn,
    net::SocketAddr,
    rc::Rc,
    task::{Context, Poll, Waker},
};
use thru_events::{Cause, ConnectionId, Tap, Time, tcp::TcpEvent};
use thru_port::{Listener, LocalFuture, PortFailure, PortFailureKind, Stream, StreamInfo};

/// Connections that wait to be accepted.
pub(crate) struct Queue {
    waiting: RefCell<VecDeque<Box<dyn Stream>>>,
    waker: RefCell<Option<Waker>>,
    /// Where the listening machine records.
    pub tap: Tap,
}

impl Queue {
    pub fn new(tap: Tap) -> Queue {
        Queue {
            waiting: RefCell::default(),
            waker: RefCell::default(),
            tap,
        }
    }

    pub fn arrived(&self, stream: MemoryStream) {
        self.waiting.borrow_mut().push_back(Box::new(stream));
        if let Some(waker) = self.waker.borrow_mut().take() {
            waker.wake();
        }
    }
}

pub(crate) struct MemoryListener {
    pub queue: Rc<Queue>,
    pub local: SocketAddr,
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

/// One direction of a connection.
#[derive(Default)]
struct Pipe {
    chunks: VecDeque<(Vec<u8>, Cause)>,
    ended: bool,
    reset: bool,
    reader: Option<Waker>,
}

impl Pipe {
    fn wake(&mut self) {
        if let Some(waker) = self.reader.take() {
            waker.wake();
        }
    }
}

/// Who is connected.
pub(crate) struct Ends {
    pub number: u32,
    pub near: SocketAddr,
    pub far: SocketAddr,
    pub opened: Cause,
}

impl Ends {
    pub fn streams(&self, near: Tap, far: Tap) -> (MemoryStream, MemoryStream) {
        let there = Rc::<RefCell<Pipe>>::default();
        let back = Rc::<RefCell<Pipe>>::default();
        let end = |tap, [local, remote]: [SocketAddr; 2], incoming: &Rc<_>, outgoing: &Rc<_>| {
            MemoryStream {
                info: StreamInfo {
                    connection: ConnectionId(self.number),
                    local,
                    remote,
                },
                tap,
                incoming: Rc::clone(incoming),
                outgoing: Rc::clone(outgoing),
                read_cause: self.opened,
                because: self.opened,
            }
        };
        (
            end(near, [self.near, self.far], &back, &there),
            end(far, [self.far, self.near], &there, &back),
        )
    }
}

pub(crate) struct MemoryStream {
    info: StreamInfo,
    tap: Tap,
    incoming: Rc<RefCell<Pipe>>,
    outgoing: Rc<RefCell<Pipe>>,
    read_cause: Cause,
    because: Cause,
}

impl MemoryStream {
    fn reset(&self, operation: &'static str) -> PortFailure {
        PortFailure {
            kind: PortFailureKind::Reset,
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
        let mut pipe = self.incoming.borrow_mut();
        if pipe.reset {
            return Poll::Ready(Err(self.reset("read")));
        }
        let Some((chunk, cause)) = pipe.chunks.front_mut() else {
            if pipe.ended {
                return Poll::Ready(Ok(0));
            }
            pipe.reader = Some(context.waker().clone());
            return Poll::Pending;
        };
        let length = chunk.len().min(buffer.len());
        buffer[..length].copy_from_slice(&chunk[..length]);
        chunk.drain(..length);
        let connection = self.info.connection;
        let arrived = self.tap.emit(*cause, || TcpEvent::DataArrived {
            connection,
            length: length as u32,
        });
        self.read_cause = arrived;
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
            return Poll::Ready(Err(self.reset("write")));
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
