//! TCP sockets over the machine of `05-transport`.

use crate::{
    ConnectError, ConnectionLost, Interest, ReadOutcome, SocketError, SocketId, Stack, TcpStatus,
    receive::Arrival, socket::LostHow,
};
use std::{net::SocketAddr, task::Waker};
use thru_events::{Cause, ConnectionId, Time};
use thru_ip::{Ipv4Packet, QuotedFlow};

#[derive(Default)]
pub(crate) struct TcpSockets {}

impl Stack {
    /// Begins to open a connection. Its end is told by [`Stack::tcp_status`].
    pub fn tcp_connect(
        &mut self,
        _now: Time,
        _remote: SocketAddr,
        _cause: Cause,
    ) -> Result<SocketId, ConnectError> {
        todo!()
    }

    /// Listens at `local`; port 0 asks for any. `backlog` counts half-open and waiting connections.
    pub fn tcp_listen(
        &mut self,
        _now: Time,
        _local: SocketAddr,
        _backlog: usize,
    ) -> Result<SocketId, SocketError> {
        todo!()
    }

    /// The next open connection of a listener, and `TcpEvent::Accepted`.
    pub fn tcp_accept(&mut self, _listener: SocketId) -> Option<(SocketId, Cause)> {
        todo!()
    }

    /// Reads octets that arrived in order.
    pub fn tcp_read(
        &mut self,
        _now: Time,
        _id: SocketId,
        _buffer: &mut [u8],
    ) -> Result<ReadOutcome, ConnectionLost> {
        todo!()
    }

    /// Takes octets for sending; 0 means that the send buffer is full.
    pub fn tcp_write(
        &mut self,
        _now: Time,
        _id: SocketId,
        _octets: &[u8],
        _cause: Cause,
    ) -> Result<usize, ConnectionLost> {
        todo!()
    }

    /// Whether everything taken was sent at least once.
    pub fn tcp_flushed(&self, _id: SocketId) -> bool {
        todo!()
    }

    /// Nothing more will be written: FIN after what was taken. Reading goes on.
    pub fn tcp_shutdown(&mut self, _now: Time, _id: SocketId, _cause: Cause) {
        todo!()
    }

    /// Ends the connection at once: RST.
    pub fn tcp_abort(&mut self, _now: Time, _id: SocketId, _cause: Cause) {
        todo!()
    }

    /// The owner dropped it: an orderly close, forgotten after TIME-WAIT. For a listener: it
    /// listens no more.
    pub fn tcp_release(&mut self, _now: Time, _id: SocketId, _cause: Cause) {
        todo!()
    }

    /// How the connection stands.
    pub fn tcp_status(&self, _id: SocketId) -> TcpStatus {
        todo!()
    }

    /// `TcpEvent::Opened`.
    pub fn tcp_opened_event(&self, _id: SocketId) -> Cause {
        todo!()
    }

    /// The event that delivered the octets read last.
    pub fn tcp_read_cause(&self, _id: SocketId) -> Cause {
        todo!()
    }

    /// Number, own end, other end (a listener's other end is unspecified).
    pub fn tcp_ends(&self, _id: SocketId) -> Option<(ConnectionId, SocketAddr, SocketAddr)> {
        todo!()
    }

    /// Wakes `waker` once when `interest` may go on. Works for UDP sockets too.
    pub fn register_waker(&mut self, id: SocketId, interest: Interest, waker: &Waker) {
        self.udp_register_waker(id, interest, waker);
    }

    pub(crate) fn poll_tcp(&mut self, _now: Time) -> bool {
        false
    }

    pub(crate) fn tcp_wake_at(&self) -> Option<Time> {
        None
    }

    pub(crate) fn on_segment(&mut self, _now: Time, _packet: &Ipv4Packet<'_>, _arrival: Arrival) {}

    pub(crate) fn tcp_failed(
        &mut self,
        _now: Time,
        _flow: QuotedFlow,
        _how: LostHow,
        _cause: Cause,
    ) {
    }

    /// Resets the connection that `packet` belongs to, in its destination's name. False if it is
    /// no TCP segment.
    pub(crate) fn send_reset_about(&mut self, _now: Time, _packet: &[u8], _cause: Cause) -> bool {
        false
    }
}
