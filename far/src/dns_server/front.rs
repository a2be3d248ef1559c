//! What all threads of one server share: answers as they were sent, who may ask, and the questions
//! that workers pass on.

use super::Reception;
use futures_util::task::AtomicWaker;
use std::collections::VecDeque;
use std::net::{IpAddr, SocketAddr};
use std::sync::atomic::{AtomicU64, Ordering};
use std::sync::{Arc, Mutex, PoisonError, RwLock, RwLockReadGuard};
use std::task::{Context, Poll};
use thru_dns::{Asker, CookieSecret, StoredAnswers};
use thru_events::Time;
use thru_port::{BatchLetter, Port};

/// Most questions that wait to be taken over; further ones are dropped, as at a socket that is full, and
/// counted.
pub(super) const WAITING_LIMIT: usize = 1024;

/// How clients are received.
#[derive(Clone)]
pub(super) struct Gate {
    /// Answers by UDP are counted: on the short way they go out to whoever shows a cookie only.
    pub counted: bool,
    /// What the server says by itself.
    pub reception: Arc<Reception>,
}

/// When something is answered: by the clock, and in seconds since 1970.
#[derive(Clone, Copy)]
pub(super) struct Moment {
    now: Time,
    today: u32,
}

impl Moment {
    pub(super) fn of(port: &dyn Port) -> Moment {
        Moment {
            now: port.now(),
            today: port.calendar().seconds as u32,
        }
    }
}

impl Gate {
    /// Whether this client is answered as every other one is.
    fn lets_in_as_all(&self, client: IpAddr) -> bool {
        self.reception.treats_as_all(client)
    }
}

/// A question that the server is to answer, and who asked.
pub(super) struct PassedOn {
    pub octets: Vec<u8>,
    pub from: SocketAddr,
}

/// What the threads share.
pub(super) struct Front {
    pub stored: StoredAnswers,
    pub cookies: CookieSecret,
    gate: RwLock<Gate>,
    waiting: Mutex<VecDeque<PassedOn>>,
    server: AtomicWaker,
    dropped: AtomicU64,
    cut: AtomicU64,
}

/// Questions that workers gave no answer to since it was asked last.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub(super) struct Missed {
    /// More than [`WAITING_LIMIT`] waited.
    pub dropped: u64,
    /// They were too long.
    pub cut: u64,
}

impl Front {
    pub(super) fn new(stored: StoredAnswers, cookies: CookieSecret, gate: Gate) -> Front {
        Front {
            stored,
            cookies,
            gate: RwLock::new(gate),
            waiting: Mutex::default(),
            server: AtomicWaker::new(),
            dropped: AtomicU64::new(0),
            cut: AtomicU64::new(0),
        }
    }

    /// What stands in it is whole also after a thread panicked: it is replaced as one.
    pub(super) fn gate(&self) -> RwLockReadGuard<'_, Gate> {
        self.gate.read().unwrap_or_else(PoisonError::into_inner)
    }

    /// Clients are treated in another way from now on, and nothing that was sent before is sent again. `change` may not
    /// ask for the gate: it has it.
    pub(super) fn change(&self, change: impl FnOnce(&mut Gate)) {
        change(&mut self.gate.write().unwrap_or_else(PoisonError::into_inner));
        self.stored.forget();
    }

    /// Writes the answer to a question that was answered before, on the short way. Who is counted,
    /// or may not ask, takes the long one.
    pub(super) fn answers_as_sent(
        &self,
        gate: &Gate,
        moment: Moment,
        letter: &mut BatchLetter,
    ) -> bool {
        let client = letter.from.ip();
        if letter.cut || !gate.lets_in_as_all(client) {
            return false;
        }
        let asker = Asker {
            address: client,
            cookies: (&self.cookies, moment.today),
            by_udp: true,
            counted: gate.counted,
            hidden: false,
        };
        let (question, answer) = letter.both();
        self.stored.answer(moment.now, question, &asker, answer)
    }

    /// The same for a question that came over a connection, inside of TLS if it is `hidden`.
    pub(super) fn answer_as_sent(
        &self,
        moment: Moment,
        question: &[u8],
        client: IpAddr,
        hidden: bool,
    ) -> Option<Vec<u8>> {
        if !self.gate().lets_in_as_all(client) {
            return None;
        }
        let asker = Asker {
            address: client,
            cookies: (&self.cookies, moment.today),
            by_udp: false,
            counted: false,
            hidden,
        };
        let mut answer = Vec::new();
        let found = self
            .stored
            .answer(moment.now, question, &asker, &mut answer);
        found.then_some(answer)
    }

    /// A worker's question goes to the server.
    pub(super) fn pass_on(&self, question: PassedOn) {
        let mut waiting = self.waiting.lock().unwrap_or_else(PoisonError::into_inner);
        if waiting.len() < WAITING_LIMIT {
            waiting.push_back(question);
        } else {
            self.dropped.fetch_add(1, Ordering::Relaxed);
        }
        drop(waiting);
        self.server.wake();
    }

    /// A worker was sent a question that is too long.
    pub(super) fn count_cut(&self) {
        self.cut.fetch_add(1, Ordering::Relaxed);
    }

    /// What was not answered since this was asked last; the server's thread states it.
    pub(super) fn take_missed(&self) -> Missed {
        Missed {
            dropped: self.dropped.swap(0, Ordering::Relaxed),
            cut: self.cut.swap(0, Ordering::Relaxed),
        }
    }

    /// The next question that was passed on.
    pub(super) fn poll_next(&self, context: &mut Context<'_>) -> Poll<PassedOn> {
        self.server.register(context.waker());
        match self.take_next() {
            Some(question) => Poll::Ready(question),
            None => Poll::Pending,
        }
    }

    /// The next, if it is there already.
    pub(super) fn take_next(&self) -> Option<PassedOn> {
        let mut waiting = self.waiting.lock().unwrap_or_else(PoisonError::into_inner);
        waiting.pop_front()
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn questions_that_find_no_place_are_counted() {
        let gate = Gate {
            counted: false,
            reception: Arc::default(),
        };
        let front = Front::new(
            StoredAnswers::new(16, [0; 16]),
            CookieSecret::new([0; 16]),
            gate,
        );
        for _ in 0..WAITING_LIMIT + 2 {
            front.pass_on(PassedOn {
                octets: Vec::new(),
                from: SocketAddr::from(([192, 0, 2, 1], 53)),
            });
        }
        front.count_cut();
        assert_eq!(front.take_missed(), Missed { dropped: 2, cut: 1 });
        assert_eq!(front.take_missed(), Missed::default());
    }
}
