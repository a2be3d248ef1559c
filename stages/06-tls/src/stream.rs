//! A secured stream, which is a [`Stream`] again.

use crate::session::{Broken, Session};
use std::task::{Context, Poll, ready};
use thru_events::Cause;
use thru_port::{PortFailure, PortFailureKind, Stream, StreamInfo};

/// The operation of a [`PortFailure`] that TLS itself makes after the handshake; of kind `Other`
/// if the peer broke the protocol or sent an alert.
pub const READ_RECORD: &str = "read a TLS record";

/// Plaintext above, records below. [`Stream::read_cause`] is the `RecordSeen` that brought the
/// plaintext read last.
pub struct TlsStream {
    session: Session,
    read_cause: Cause,
    broken: Option<PortFailure>,
}

impl TlsStream {
    pub(crate) fn new(session: Session, cause: Cause) -> TlsStream {
        TlsStream {
            session,
            read_cause: cause,
            broken: None,
        }
    }

    fn failure(&self, broken: Broken) -> PortFailure {
        let (kind, words) = match broken {
            Broken::Port(failure) => return failure,
            Broken::Ended => (
                PortFailureKind::Closed,
                "the connection ended without close_notify".to_owned(),
            ),
            Broken::NotTls(_) => (
                PortFailureKind::Other,
                "what came is no TLS record".to_owned(),
            ),
            Broken::Tls(error) => (PortFailureKind::Other, error.to_string()),
        };
        PortFailure {
            kind,
            operation: READ_RECORD,
            address: Some(self.session.stream.info().remote),
            words,
            at: self.session.now(),
            evidence: self.session.last_record,
        }
    }

    /// Lets one record come in; what breaks it is remembered.
    fn poll_more(&mut self, context: &mut Context<'_>) -> Poll<Result<(), PortFailure>> {
        if let Some(broken) = &self.broken {
            return Poll::Ready(Err(broken.clone()));
        }
        // What rustls wants to say of its own accord (KeyUpdate, alerts) goes out on the way.
        let _ = self.session.poll_send(context)?;
        let step = ready!(self.session.poll_record(context));
        if let Err(broken) = step {
            let failure = self.failure(broken);
            self.broken = Some(failure.clone());
            return Poll::Ready(Err(failure));
        }
        Poll::Ready(Ok(()))
    }
}

impl Stream for TlsStream {
    fn poll_read(
        &mut self,
        context: &mut Context<'_>,
        buffer: &mut [u8],
    ) -> Poll<Result<usize, PortFailure>> {
        loop {
            if let Some((length, cause)) = self.session.take_plaintext(buffer) {
                self.read_cause = cause;
                return Poll::Ready(Ok(length));
            }
            if self.session.is_closed_by_peer() {
                self.read_cause = self.session.last_record;
                return Poll::Ready(Ok(0));
            }
            ready!(self.poll_more(context))?;
        }
    }

    fn poll_write(
        &mut self,
        context: &mut Context<'_>,
        octets: &[u8],
    ) -> Poll<Result<usize, PortFailure>> {
        self.session.poll_seal(context, octets)
    }

    fn poll_flush(&mut self, context: &mut Context<'_>) -> Poll<Result<(), PortFailure>> {
        self.session.poll_flush(context)
    }

    fn poll_shutdown(&mut self, context: &mut Context<'_>) -> Poll<Result<(), PortFailure>> {
        self.session.say_close_notify();
        ready!(self.session.poll_flush(context))?;
        self.session.stream.poll_shutdown(context)
    }

    fn abort(&mut self) {
        self.session.stream.abort();
    }

    fn info(&self) -> StreamInfo {
        self.session.stream.info()
    }

    fn read_cause(&self) -> Cause {
        self.read_cause
    }

    fn write_because(&mut self, cause: Cause) {
        self.session.because = cause;
    }

    fn state_figures(&self, cause: Cause) -> Cause {
        self.session.stream.state_figures(cause)
    }
}
