use super::{
    stream::kind_of_socket,
    waiting::{Place, Socket, kind_of, words_of},
};
use std::{
    future::{poll_fn, ready},
    net::SocketAddr,
    rc::Rc,
    task::Poll,
};
use thru_events::Cause;
use thru_port::{Datagrams, LocalFuture, PortFailure, PortFailureKind, Received};
use thru_stack::{Interest, SendError, UdpError};

/// A UDP socket of a lab machine.
pub(crate) struct LabDatagrams {
    socket: Rc<Bound>,
    local: SocketAddr,
}

struct Bound(Socket);

impl Drop for Bound {
    fn drop(&mut self) {
        let id = self.0.id;
        self.0.place.order(|stack, _| stack.udp_release(id));
    }
}

impl LabDatagrams {
    pub(crate) fn open(place: Place, local: SocketAddr) -> Result<LabDatagrams, PortFailure> {
        let id = place
            .order(|stack, _| stack.udp_bind(local))
            .map_err(|error| place.failure(kind_of_socket(error), "bind", Some(local), None))?;
        let local = place.host.stack.borrow().udp_local(id).unwrap_or(local);
        let socket = Rc::new(Bound(Socket { place, id }));
        Ok(LabDatagrams { socket, local })
    }
}

impl Datagrams for LabDatagrams {
    fn send(
        &self,
        octets: &[u8],
        to: SocketAddr,
        cause: Cause,
    ) -> LocalFuture<Result<(), PortFailure>> {
        let Socket { place, id } = &self.socket.0;
        let sent = place.order(|stack, now| stack.udp_send(now, *id, octets, to, cause));
        let sent = sent.map_err(|error| {
            let (kind, evidence) = kind_of_send(error, cause);
            place.failure(kind, "send", Some(to), evidence)
        });
        Box::pin(ready(sent))
    }

    fn receive(&self) -> LocalFuture<Result<Received, PortFailure>> {
        let socket = self.socket.clone();
        Box::pin(async move {
            let Socket { place, id } = &socket.0;
            let received = poll_fn(|context| {
                let mut stack = place.host.stack.borrow_mut();
                if let Some(received) = stack.udp_receive(*id) {
                    return Poll::Ready(received);
                }
                stack.register_waker(*id, Interest::Read, context.waker());
                Poll::Pending
            })
            .await;
            received.map_err(|error| unreachable(place, error))
        })
    }

    fn local(&self) -> SocketAddr {
        self.local
    }
}

fn kind_of_send(error: SendError, cause: Cause) -> (PortFailureKind, Cause) {
    match error {
        SendError::Closed => (PortFailureKind::Closed, cause),
        SendError::NoAddress => (PortFailureKind::NoAddress, cause),
        SendError::NoRoute(evidence) => (PortFailureKind::NoRoute, evidence),
        SendError::TooLong => (PortFailureKind::LimitReached, cause),
    }
}

/// What ICMP said about an earlier datagram. "Port unreachable" is UDP's way to refuse.
fn unreachable(place: &Place, error: UdpError) -> PortFailure {
    let kind = kind_of(error.how);
    let mut failure = place.failure(kind, "receive", Some(error.remote), error.evidence);
    failure.words = words_of(error.how);
    failure
}
