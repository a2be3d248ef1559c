//! A port's stream in the clothes that hyper and h2 expect.

use crate::{frame::FrameLog, head::HeadLog};
use std::{
    cell::{Cell, RefCell},
    io,
    pin::Pin,
    rc::Rc,
    task::{Context, Poll, ready},
};
use thru_events::{Cause, Tap};
use thru_port::{PortFailure, Stream, StreamInfo};

/// Octets moved by one read.
const READ_SIZE: usize = 16 * 1024;

/// The causes that travel beside a connection's octets; shared by a [`StreamIo`] and its owner,
/// because hyper keeps the stream to itself.
#[derive(Clone)]
pub struct IoCauses {
    read: Rc<Cell<Cause>>,
    write: Rc<Cell<Cause>>,
    failure: Rc<RefCell<Option<PortFailure>>>,
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

    /// What broke the stream, if it broke. h2 passes on only its text.
    pub fn failure(&self) -> Option<PortFailure> {
        self.failure.borrow().clone()
    }

    /// Number and addresses of the connection.
    pub fn info(&self) -> StreamInfo {
        self.info
    }
}

/// Our own decoder of the plaintext that passes.
#[derive(Clone)]
pub(crate) enum Wire {
    /// Not recording, or nobody asked.
    Unwatched,
    Http1(Rc<RefCell<HeadLog>>),
    Http2(Rc<RefCell<FrameLog>>),
}

impl Wire {
    fn sent(&self, octets: &[u8], cause: Cause) -> Cause {
        match self {
            Wire::Unwatched => cause,
            Wire::Http1(log) => log.borrow_mut().sent(octets, cause),
            Wire::Http2(log) => log.borrow_mut().sent(octets, cause),
        }
    }

    fn received(&self, octets: &[u8], cause: Cause) -> Cause {
        match self {
            Wire::Unwatched => cause,
            Wire::Http1(log) => log.borrow_mut().received(octets, cause),
            Wire::Http2(log) => log.borrow_mut().received(octets, cause),
        }
    }
}

/// The stream below a [`StreamIo`], to keep while hyper or h2 has it.
pub(crate) type SharedStream = Rc<RefCell<Box<dyn Stream>>>;

/// A [`Stream`] as `hyper::rt::{Read, Write}` and as tokio's `AsyncRead` and `AsyncWrite` (for
/// h2). A [`PortFailure`] travels inside `std::io::Error`; unpack it with [`port_failure`].
pub struct StreamIo {
    stream: SharedStream,
    causes: IoCauses,
    wire: Wire,
    /// Octets at the front of the next write that the wire has seen already.
    announced: usize,
    because: Cause,
    scratch: Box<[u8]>,
}

impl StreamIo {
    /// Wraps `stream`; what is written before the first read happens because of `cause`.
    pub fn new(stream: Box<dyn Stream>, cause: Cause) -> StreamIo {
        let causes = IoCauses {
            read: Rc::new(Cell::new(cause)),
            write: Rc::new(Cell::new(cause)),
            failure: Rc::default(),
            info: stream.info(),
        };
        StreamIo {
            stream: Rc::new(RefCell::new(stream)),
            causes,
            wire: Wire::Unwatched,
            announced: 0,
            because: cause,
            scratch: vec![0; READ_SIZE].into_boxed_slice(),
        }
    }

    /// States every HTTP/2 frame that passes, as the server's end. [`IoCauses::read_cause`] then
    /// is the frame received last.
    pub fn stating_frames(mut self, tap: &Tap) -> StreamIo {
        if tap.is_on() {
            let log = FrameLog::new(tap.clone(), self.causes.info.connection, false);
            self.wire = Wire::Http2(Rc::new(RefCell::new(log)));
        }
        self
    }

    pub(crate) fn watched(mut self, wire: Wire) -> StreamIo {
        self.wire = wire;
        self
    }

    pub(crate) fn shared(&self) -> SharedStream {
        self.stream.clone()
    }

    /// The causes, to keep while hyper has the stream.
    pub fn causes(&self) -> IoCauses {
        self.causes.clone()
    }

    fn failed(&self, failure: PortFailure) -> io::Error {
        *self.causes.failure.borrow_mut() = Some(failure.clone());
        failure.into()
    }

    fn read_some(
        &mut self,
        context: &mut Context<'_>,
        room: usize,
        put: impl FnOnce(&[u8]),
    ) -> Poll<io::Result<()>> {
        let room = room.min(self.scratch.len());
        let mut stream = self.stream.borrow_mut();
        let read = stream.poll_read(context, &mut self.scratch[..room]);
        let cause = stream.read_cause();
        drop(stream);
        let length = ready!(read).map_err(|failure| self.failed(failure))?;
        let octets = &self.scratch[..length];
        let cause = self.wire.received(octets, cause);
        self.causes.read.set(cause);
        self.causes.write.set(cause);
        put(octets);
        Poll::Ready(Ok(()))
    }

    fn write_some(&mut self, context: &mut Context<'_>, octets: &[u8]) -> Poll<io::Result<usize>> {
        if let Some(new) = octets.get(self.announced..).filter(|new| !new.is_empty()) {
            self.because = self.wire.sent(new, self.causes.write.get());
            self.announced = octets.len();
        }
        let mut stream = self.stream.borrow_mut();
        stream.write_because(self.because);
        let written = stream.poll_write(context, octets);
        drop(stream);
        let taken = ready!(written).map_err(|failure| self.failed(failure))?;
        self.announced = self.announced.saturating_sub(taken);
        Poll::Ready(Ok(taken))
    }

    fn flush(&mut self, context: &mut Context<'_>) -> Poll<io::Result<()>> {
        let flushed = self.stream.borrow_mut().poll_flush(context);
        flushed.map_err(|failure| self.failed(failure))
    }

    fn end(&mut self, context: &mut Context<'_>) -> Poll<io::Result<()>> {
        let mut stream = self.stream.borrow_mut();
        stream.write_because(self.causes.write.get());
        let ended = stream.poll_shutdown(context);
        drop(stream);
        ended.map_err(|failure| self.failed(failure))
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
        self.get_mut().flush(context)
    }

    fn poll_shutdown(self: Pin<&mut Self>, context: &mut Context<'_>) -> Poll<io::Result<()>> {
        self.get_mut().end(context)
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
