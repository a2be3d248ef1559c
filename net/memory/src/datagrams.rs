//! Datagrams: a queue for each socket. Nothing is lost but what nobody waits for.

use crate::World;
use std::{
    cell::RefCell,
    collections::VecDeque,
    future::poll_fn,
    net::SocketAddr,
    rc::Rc,
    task::{Poll, Waker},
};
use thru_events::Cause;
use thru_port::{Datagrams, LocalFuture, PortFailure, Received};

/// Most datagrams that wait at a socket; further ones are lost.
const WAITING_LIMIT: usize = 4096;

/// What came to a socket.
#[derive(Default)]
pub(crate) struct Mailbox {
    waiting: RefCell<VecDeque<Received>>,
    waker: RefCell<Option<Waker>>,
}

impl Mailbox {
    fn arrived(&self, received: Received) {
        let mut waiting = self.waiting.borrow_mut();
        if waiting.len() < WAITING_LIMIT {
            waiting.push_back(received);
        }
        if let Some(waker) = self.waker.borrow_mut().take() {
            waker.wake();
        }
    }
}

/// A socket of a machine; its address is free when it is dropped.
pub(crate) struct MemorySocket {
    pub world: Rc<World>,
    pub local: SocketAddr,
    pub mailbox: Rc<Mailbox>,
}

impl Drop for MemorySocket {
    fn drop(&mut self) {
        self.world.sockets.borrow_mut().remove(&self.local);
    }
}

impl Datagrams for MemorySocket {
    fn send(
        &self,
        octets: &[u8],
        to: SocketAddr,
        cause: Cause,
    ) -> LocalFuture<Result<(), PortFailure>> {
        let mailbox = self.world.sockets.borrow().get(&to).cloned();
        if let Some(mailbox) = mailbox {
            mailbox.arrived(Received {
                octets: octets.to_vec(),
                from: self.local,
                cause,
            });
        }
        Box::pin(async { Ok(()) })
    }

    fn receive(&self) -> LocalFuture<Result<Received, PortFailure>> {
        let mailbox = self.mailbox.clone();
        Box::pin(poll_fn(move |context| {
            match mailbox.waiting.borrow_mut().pop_front() {
                Some(received) => Poll::Ready(Ok(received)),
                None => {
                    *mailbox.waker.borrow_mut() = Some(context.waker().clone());
                    Poll::Pending
                }
            }
        }))
    }

    fn local(&self) -> SocketAddr {
        self.local
    }
}
