//! A port's stream in the clothes that hyper and h2 expect.

use std::{
    cell::Cell,
    io,
    pin::Pin,
    rc::Rc,
    task::{Context, Poll, ready},
};
use thru_events::Cause;
use thru_port::{PortFailure, Stream, StreamInfo};

/// Octets moved by one read.
const READ_SIZE: usize = 16 * 1024;

/// The causes that travel beside a connection's octets; shared by a [`StreamIo`] and its owner,
/// because hyper keeps the stream to itself.
#[derive(Clone)]
pub struct IoCauses {
    read: Rc<Cell<Cause>>,
    write: Rc<Cell<Cause>>,
    info: StreamInfo,
}

impl IoCauses {
    /// The event that delivered the octets read last.
    pub fn read_cause(&self) -> Cause {
        self.read.get()
    }

    /// Says why the following octets are written. Holds until the next read, whose cause then is
    /// the cause of what is written in answer to it.
    pub fn write_because(&self, cause: Cause) {
        self.write.set(cause);
    }

    /// Number and addresses of the connection.
    pub fn info(&self) -> StreamInfo {
        self.info
    }
}

/// A [`Stream`] as `hyper::rt::{Read, Write}` and as tokio's `AsyncRead` and `AsyncWrite` (for
/// h2). A [`PortFailure`] travels inside `std::io::Error`; unpack it with [`port_failure`].
pub struct StreamIo {
    stream: Box<dyn Stream>,
    causes: IoCauses,
    scratch: Box<[u8]>,
}

impl StreamIo {
    /// Wraps `stream`; what is written before the first read happens because of `cause`.
    pub fn new(stream: Box<dyn Stream>, cause: Cause) -> StreamIo {
        let causes = IoCauses {
            read: Rc::new(Cell::new(cause)),
            write: Rc::new(Cell::new(cause)),
            info: stream.info(),
        };
        StreamIo {
            stream,
            causes,
            scratch: vec![0; READ_SIZE].into_boxed_slice(),
        }
    }

    /// The causes, to keep while hyper has the stream.
    pub fn causes(&self) -> IoCauses {
        self.causes.clone()
    }

    fn read_some(
        &mut self,
        context: &mut Context<'_>,
        room: usize,
        put: impl FnOnce(&[u8]),
    ) -> Poll<io::Result<()>> {
        let room = room.min(self.scratch.len());
        let read = self.stream.poll_read(context, &mut self.scratch[..room]);
        let length = ready!(read)?;
        let cause = self.stream.read_cause();
        self.causes.read.set(cause);
        self.causes.write.set(cause);
        put(&self.scratch[..length]);
        Poll::Ready(Ok(()))
    }

    fn write_some(&mut self, context: &mut Context<'_>, octets: &[u8]) -> Poll<io::Result<usize>> {
        self.stream.write_because(self.causes.write.get());
        self.stream.poll_write(context, octets).map_err(Into::into)
    }
}

impl hyper::rt::Read for StreamIo {
    fn poll_read(
        self: Pin<&mut Self>,
        context: &mut Context<'_>,
        mut buffer: hyper::rt::ReadBufCursor<'_>,
    ) -> Poll<io::Result<()>> {
        let room = buffer.remaining();
        self.get_mut()
            .read_some(context, room, |octets| buffer.put_slice(octets))
    }
}

impl hyper::rt::Write for StreamIo {
    fn poll_write(
        self: Pin<&mut Self>,
        context: &mut Context<'_>,
        octets: &[u8],
    ) -> Poll<io::Result<usize>> {
        self.get_mut().write_some(context, octets)
    }

    fn poll_flush(self: Pin<&mut Self>, context: &mut Context<'_>) -> Poll<io::Result<()>> {
        self.get_mut()
            .stream
            .poll_flush(context)
            .map_err(Into::into)
    }

    fn poll_shutdown(self: Pin<&mut Self>, context: &mut Context<'_>) -> Poll<io::Result<()>> {
        let io = self.get_mut();
        io.stream.write_because(io.causes.write.get());
        io.stream.poll_shutdown(context).map_err(Into::into)
    }
}

impl tokio::io::AsyncRead for StreamIo {
    fn poll_read(
        self: Pin<&mut Self>,
        context: &mut Context<'_>,
        buffer: &mut tokio::io::ReadBuf<'_>,
    ) -> Poll<io::Result<()>> {
        let room = buffer.remaining();
        self.get_mut()
            .read_some(context, room, |octets| buffer.put_slice(octets))
    }
}

impl tokio::io::AsyncWrite for StreamIo {
    fn poll_write(
        self: Pin<&mut Self>,
        context: &mut Context<'_>,
        octets: &[u8],
    ) -> Poll<io::Result<usize>> {
        self.get_mut().write_some(context, octets)
    }

    fn poll_flush(self: Pin<&mut Self>, context: &mut Context<'_>) -> Poll<io::Result<()>> {
        hyper::rt::Write::poll_flush(self, context)
    }

    fn poll_shutdown(self: Pin<&mut Self>, context: &mut Context<'_>) -> Poll<io::Result<()>> {
        hyper::rt::Write::poll_shutdown(self, context)
    }
}

/// The port's failure inside a library's error, wherever in its chain of sources it lies.
pub fn port_failure<'a>(error: &'a (dyn std::error::Error + 'static)) -> Option<&'a PortFailure> {
    let mut next = Some(error);
    while let Some(error) = next {
        if let Some(failure) = error.downcast_ref::<PortFailure>() {
            return Some(failure);
        }
        let carried = error.downcast_ref::<io::Error>().and_then(|e| e.get_ref());
        if let Some(failure) = carried.and_then(|inner| inner.downcast_ref::<PortFailure>()) {
            return Some(failure);
        }
        next = error.source();
    }
    None
}
