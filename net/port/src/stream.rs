use crate::{Batch, LocalFuture, PortFailure};
use std::{
    future::poll_fn,
    net::SocketAddr,
    task::{Context, Poll},
};
use thru_events::{Cause, ConnectionId};

/// The five-tuple of an open connection (TCP; the protocol is implied) and its number.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct StreamInfo {
    /// Number of the connection at this end.
    pub connection: ConnectionId,
    /// Own end.
    pub local: SocketAddr,
    /// Other end.
    pub remote: SocketAddr,
}

/// An ordered stream of octets in both directions.
///
/// Causes travel beside the octets: [`Stream::read_cause`] is the event that delivered what was
/// read last, [`Stream::write_because`] says why the following octets are written.
pub trait Stream {
    /// Reads into `buffer`; `Ok(0)` is the peer's orderly end.
    fn poll_read(
        &mut self,
        context: &mut Context<'_>,
        buffer: &mut [u8],
    ) -> Poll<Result<usize, PortFailure>>;

    /// Takes octets for sending; may take fewer than given, never 0 of a non-empty slice.
    fn poll_write(
        &mut self,
        context: &mut Context<'_>,
        octets: &[u8],
    ) -> Poll<Result<usize, PortFailure>>;

    /// Waits until what was taken is on its way.
    fn poll_flush(&mut self, context: &mut Context<'_>) -> Poll<Result<(), PortFailure>>;

    /// Says that nothing more will be written (FIN); reading goes on.
    fn poll_shutdown(&mut self, context: &mut Context<'_>) -> Poll<Result<(), PortFailure>>;

    /// Ends the connection at once (RST).
    fn abort(&mut self);

    /// Number and addresses.
    fn info(&self) -> StreamInfo;

    /// The event that delivered the octets read last.
    fn read_cause(&self) -> Cause;

    /// The event that makes the following writes happen.
    fn write_because(&mut self, cause: Cause);

    /// States the kernel's figures of the connection as an event, where there is a kernel.
    /// Gives the event; the lab has nothing to add and gives `None`.
    fn state_figures(&self, cause: Cause) -> Cause {
        let _ = cause;
        None
    }
}

/// Reads once.
pub async fn read(stream: &mut dyn Stream, buffer: &mut [u8]) -> Result<usize, PortFailure> {
    poll_fn(|context| stream.poll_read(context, buffer)).await
}

/// Writes everything and flushes.
pub async fn write_all(stream: &mut dyn Stream, mut octets: &[u8]) -> Result<(), PortFailure> {
    while !octets.is_empty() {
        let taken = poll_fn(|context| stream.poll_write(context, octets)).await?;
        octets = &octets[taken..];
    }
    poll_fn(|context| stream.poll_flush(context)).await
}

/// Says that nothing more will be written.
pub async fn shutdown(stream: &mut dyn Stream) -> Result<(), PortFailure> {
    poll_fn(|context| stream.poll_shutdown(context)).await
}

/// Takes in connections.
pub trait Listener {
    /// The next connection.
    fn accept(&self) -> LocalFuture<Result<Box<dyn Stream>, PortFailure>>;

    /// Where it listens; the port is the real one even if 0 was asked for.
    fn local(&self) -> SocketAddr;
}

/// One datagram as it arrived.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Received {
    /// Payload.
    pub octets: Vec<u8>,
    /// Sender.
    pub from: SocketAddr,
    /// The event that delivered it.
    pub cause: Cause,
}

/// A UDP socket.
pub trait Datagrams {
    /// Sends one datagram.
    fn send(
        &self,
        octets: &[u8],
        to: SocketAddr,
        cause: Cause,
    ) -> LocalFuture<Result<(), PortFailure>>;

    /// The next datagram. A failure is what ICMP said about an earlier one.
    fn receive(&self) -> LocalFuture<Result<Received, PortFailure>>;

    /// What is there, as many as the batch has room for; waits for the first. Worlds that cannot take
    /// in several at once take in one.
    fn receive_many(&self, mut batch: Batch) -> LocalFuture<Result<Batch, PortFailure>> {
        let next = self.receive();
        Box::pin(async move {
            batch.take_in(&next.await?);
            Ok(batch)
        })
    }

    /// Sends the answers of a batch. One that cannot be sent is dropped, as datagrams are.
    fn send_many(&self, batch: Batch) -> LocalFuture<Batch> {
        let answered = batch
            .letters()
            .iter()
            .filter(|letter| !letter.answer.is_empty());
        let sending: Vec<_> = answered
            .map(|letter| self.send(&letter.answer, letter.from, letter.because))
            .collect();
        Box::pin(async move {
            for sent in sending {
                let _ = sent.await;
            }
            batch
        })
    }

    /// Own address.
    fn local(&self) -> SocketAddr;
}
