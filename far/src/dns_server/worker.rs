//! Workers: threads beside the one that thinks. Each has a socket of its own at the server's
//! address, answers what was answered before, and passes on the rest. So counts, cookies, zones and
//! the cache stay in one place, whatever the number of workers.

use super::datagrams::next_batch;
use super::front::{Front, Moment, PassedOn};
use std::{net::SocketAddr, rc::Rc, sync::Arc};
use thru_events::Cause;
use thru_port::{BATCH_LIMIT, Batch, Datagrams, LocalFuture, Port, PortFailure, Received};

/// A worker that has not begun. It may go to another thread.
#[derive(Clone)]
pub struct Worker {
    pub(super) front: Arc<Front>,
    pub(super) local: SocketAddr,
}

impl Worker {
    /// Answers until the socket is gone. The clock of `port` has to be the server's.
    ///
    /// # Errors
    /// If there is no socket at the server's address.
    pub async fn run(self, port: Rc<dyn Port>) -> Result<(), PortFailure> {
        let socket: Rc<dyn Datagrams> = Rc::from(port.shared_datagrams(self.local)?);
        let mut batch = Batch::new(BATCH_LIMIT);
        loop {
            batch = match next_batch(&port, &socket, batch).await {
                Some(batch) => batch,
                None => return Ok(()),
            };
            self.sort(&port, &mut batch);
            batch = socket.send_many(batch).await;
        }
    }

    fn sort(&self, port: &Rc<dyn Port>, batch: &mut Batch) {
        let (gate, moment) = (self.front.gate(), Moment::of(port.as_ref()));
        for letter in batch.letters_mut() {
            if letter.cut {
                self.front.count_cut();
                continue;
            }
            if self.front.answers_as_sent(&gate, moment, letter) {
                continue;
            }
            self.front.pass_on(PassedOn {
                octets: letter.octets().to_vec(),
                from: letter.from,
            });
        }
    }
}

/// What workers passed on, as if it came in at the server's own socket.
pub(super) struct FromWorkers {
    pub front: Arc<Front>,
    pub socket: Rc<dyn Datagrams>,
}

impl Datagrams for FromWorkers {
    fn send(
        &self,
        octets: &[u8],
        to: SocketAddr,
        cause: Cause,
    ) -> LocalFuture<Result<(), PortFailure>> {
        self.socket.send(octets, to, cause)
    }

    fn receive(&self) -> LocalFuture<Result<Received, PortFailure>> {
        let front = self.front.clone();
        Box::pin(async move {
            let next = std::future::poll_fn(|context| front.poll_next(context)).await;
            Ok(Received {
                octets: next.octets,
                from: next.from,
                cause: None,
            })
        })
    }

    fn receive_many(&self, mut batch: Batch) -> LocalFuture<Result<Batch, PortFailure>> {
        let front = self.front.clone();
        Box::pin(async move {
            let first = std::future::poll_fn(|context| front.poll_next(context)).await;
            let (mut next, mut filled) = (Some(first), 0);
            for place in batch.places() {
                let Some(question) = next.take().or_else(|| front.take_next()) else {
                    break;
                };
                place.room()[..question.octets.len()].copy_from_slice(&question.octets);
                place.fill(question.octets.len(), question.from, None);
                filled += 1;
            }
            batch.set_filled(filled);
            Ok(batch)
        })
    }

    fn send_many(&self, batch: Batch) -> LocalFuture<Batch> {
        self.socket.send_many(batch)
    }

    fn local(&self) -> SocketAddr {
        self.socket.local()
    }
}
