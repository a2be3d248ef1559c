//! Several questions at a time on one secured stream (RFC 7858, section 3.3; RFC 7766, section 6.2.1.1).

use std::{
    cell::RefCell,
    collections::{HashMap, VecDeque},
    future::poll_fn,
    net::SocketAddr,
    rc::Rc,
    task::{Context, Poll, Waker},
    time::Duration,
};
use thru_events::{Cause, Stage, dns::DnsEvent, trip::TripEvent};
use thru_port::{
    Carried, Port, PortFailure, PortFailureKind, Stream, framed, take_framed, with_limit,
};

/// Octets read at once.
const READ_SIZE: usize = 4096;
/// Most questions of one line that wait to be written; a further one fails.
const OUTGOING_LIMIT: usize = 256;
/// How long the goodbyes are waited for: a server that takes nothing more keeps nobody here.
const CLOSING_LIMIT: Duration = Duration::from_secs(2);

/// One connection, shared by all who ask through it. It is closed with its last owner.
#[derive(Clone)]
pub(crate) struct Line {
    port: Rc<dyn Port>,
    ends: Rc<Ends>,
}

/// Closes the line when nobody has it any more.
struct Ends {
    shared: Rc<RefCell<Shared>>,
}

impl Drop for Ends {
    fn drop(&mut self) {
        let mut shared = self.shared.borrow_mut();
        shared.closing = true;
        if let Some(task) = shared.task.take() {
            task.wake();
        }
    }
}

#[derive(Default)]
struct Shared {
    outgoing: VecDeque<(Vec<u8>, Cause)>,
    asked: HashMap<u16, Asked>,
    /// Who wait for an id to be free.
    queued: Vec<Waker>,
    task: Option<Waker>,
    over: Option<PortFailure>,
    closing: bool,
    /// The pump has ended.
    gone: bool,
    /// Who waits for that.
    closed: Option<Waker>,
}

impl Shared {
    fn ended(&mut self) {
        self.gone = true;
        if let Some(closed) = self.closed.take() {
            closed.wake();
        }
    }
}

/// A question by its id: waited for, or answered.
enum Asked {
    Waiting(Option<Waker>),
    Answered(Vec<u8>, Cause),
}

impl Line {
    /// Takes over a stream.
    pub(crate) fn open(port: &Rc<dyn Port>, stream: Box<dyn Stream>) -> Line {
        let shared = Rc::new(RefCell::new(Shared::default()));
        let mut pump = Pump {
            port: port.clone(),
            shared: shared.clone(),
            stream,
            held: Vec::new(),
            written: 0,
            shutting: false,
        };
        port.spawn(
            "dns over tls",
            Box::pin(async move { poll_fn(|context| pump.turn(context)).await }),
        );
        Line {
            port: port.clone(),
            ends: Rc::new(Ends { shared }),
        }
    }

    /// Whether it is the same connection.
    pub(crate) fn is(&self, other: &Line) -> bool {
        Rc::ptr_eq(&self.ends, &other.ends)
    }

    pub(crate) fn is_open(&self) -> bool {
        self.ends.shared.borrow().over.is_none()
    }

    /// Says that nothing more will be asked, and waits until that is on its way, at most
    /// [`CLOSING_LIMIT`]. Who still waits for an answer gets none.
    pub(crate) async fn close(self, port: &dyn Port) {
        let shared = self.ends.shared.clone();
        drop(self);
        let gone = poll_fn(|context| {
            let mut shared = shared.borrow_mut();
            shared.closing = true;
            if shared.over.is_some() || shared.gone {
                return Poll::Ready(());
            }
            shared.closed = Some(context.waker().clone());
            if let Some(task) = shared.task.take() {
                task.wake();
            }
            Poll::Pending
        });
        // What is still open then ends with the world.
        let _ = with_limit(port, CLOSING_LIMIT, gone).await;
    }

    /// Sends a question and waits for the answer with its id.
    pub(crate) async fn exchange(
        &self,
        server: SocketAddr,
        question: Vec<u8>,
        cause: Cause,
    ) -> Result<Carried, PortFailure> {
        let id = id_of(&question);
        let shared = &self.ends.shared;
        // The same id twice at a time is a rare chance; the later one has its turn after the other.
        poll_fn(|context| {
            let mut shared = shared.borrow_mut();
            if !shared.asked.contains_key(&id) {
                return Poll::Ready(());
            }
            shared.queued.push(context.waker().clone());
            Poll::Pending
        })
        .await;
        let framed = framed(&question);
        {
            let mut shared = shared.borrow_mut();
            if shared.outgoing.len() >= OUTGOING_LIMIT {
                return Err(self.full(server, cause));
            }
            shared.asked.insert(id, Asked::Waiting(None));
            shared.outgoing.push_back((framed, cause));
            if let Some(task) = shared.task.take() {
                task.wake();
            }
        }
        let _given_up = GivenUp { shared, id };
        poll_fn(|context| {
            let mut shared = shared.borrow_mut();
            if let Some(Asked::Answered(octets, cause)) = shared.asked.get_mut(&id) {
                let (octets, cause) = (std::mem::take(octets), *cause);
                return Poll::Ready(Ok(Carried {
                    octets,
                    from: server,
                    cause,
                }));
            }
            if let Some(over) = &shared.over {
                return Poll::Ready(Err(over.clone()));
            }
            let waker = context.waker().clone();
            shared.asked.insert(id, Asked::Waiting(Some(waker)));
            Poll::Pending
        })
        .await
    }
}

impl Line {
    /// The server takes nothing more.
    fn full(&self, server: SocketAddr, cause: Cause) -> PortFailure {
        let reached = self.port.tap().emit(cause, || TripEvent::LimitReached {
            stage: Stage::Dns,
            limit: "questions that wait to be written to a server behind a door with TLS".into(),
            value: OUTGOING_LIMIT as u64,
        });
        PortFailure {
            kind: PortFailureKind::Other,
            operation: crate::SECURE,
            address: Some(server),
            words: "too many questions wait to be written".into(),
            at: self.port.now(),
            evidence: reached.or(cause),
        }
    }
}

/// Frees the id in whatever way the wait ends.
struct GivenUp<'a> {
    shared: &'a Rc<RefCell<Shared>>,
    id: u16,
}

impl Drop for GivenUp<'_> {
    fn drop(&mut self) {
        let mut shared = self.shared.borrow_mut();
        shared.asked.remove(&self.id);
        // The first may be written in part. The others need not be asked any more.
        let mut first = true;
        shared.outgoing.retain(|(framed, _)| {
            std::mem::take(&mut first) || framed.get(2..).map(id_of) != Some(self.id)
        });
        shared.queued.drain(..).for_each(Waker::wake);
    }
}

fn id_of(message: &[u8]) -> u16 {
    match message {
        [high, low, ..] => u16::from_be_bytes([*high, *low]),
        _ => 0,
    }
}

/// Moves octets between the stream and those who wait.
struct Pump {
    port: Rc<dyn Port>,
    shared: Rc<RefCell<Shared>>,
    stream: Box<dyn Stream>,
    held: Vec<u8>,
    written: usize,
    shutting: bool,
}

impl Pump {
    fn turn(&mut self, context: &mut Context<'_>) -> Poll<()> {
        self.shared.borrow_mut().task = Some(context.waker().clone());
        let moved = self.write(context).and_then(|()| self.read(context));
        if let Err(failure) = moved {
            self.end(failure);
            return Poll::Ready(());
        }
        let closing = self.shared.borrow().closing;
        if closing && !self.shared.borrow().outgoing.is_empty() {
            // Nobody waits for what the server does not take.
            self.stream.abort();
            self.shared.borrow_mut().ended();
            return Poll::Ready(());
        }
        match closing || self.shutting {
            true => {
                self.shutting = true;
                let done = self.stream.poll_shutdown(context).map(|_| ());
                if done.is_ready() {
                    self.shared.borrow_mut().ended();
                }
                done
            }
            false => Poll::Pending,
        }
    }

    fn write(&mut self, context: &mut Context<'_>) -> Result<(), PortFailure> {
        let mut shared = self.shared.borrow_mut();
        while let Some((octets, cause)) = shared.outgoing.front() {
            self.stream.write_because(*cause);
            match self.stream.poll_write(context, &octets[self.written..]) {
                Poll::Pending => return Ok(()),
                Poll::Ready(taken) => self.written += taken?,
            }
            if self.written == octets.len() {
                self.written = 0;
                shared.outgoing.pop_front();
            }
        }
        drop(shared);
        match self.stream.poll_flush(context) {
            Poll::Ready(flushed) => flushed,
            Poll::Pending => Ok(()),
        }
    }

    fn read(&mut self, context: &mut Context<'_>) -> Result<(), PortFailure> {
        let mut buffer = [0; READ_SIZE];
        loop {
            let read = self.stream.poll_read(context, &mut buffer);
            let Poll::Ready(count) = read else {
                return Ok(());
            };
            let count = count?;
            if count == 0 {
                return Err(self.closed());
            }
            self.held.extend_from_slice(&buffer[..count]);
            self.hand_out();
        }
    }

    /// Hands whole messages to those who wait for them; of others it is stated that nobody does.
    fn hand_out(&mut self) {
        while let Some(message) = take_framed(&mut self.held) {
            let mut shared = self.shared.borrow_mut();
            let asked = shared.asked.get_mut(&id_of(&message));
            let Some(asked) = asked.filter(|asked| matches!(asked, Asked::Waiting(_))) else {
                let (cause, server) = (self.stream.read_cause(), self.stream.info().remote);
                self.port.tap().emit(cause, || DnsEvent::ResponseIgnored {
                    server,
                    why: "nobody waits for an answer with its id".into(),
                });
                continue;
            };
            let answered = Asked::Answered(message, self.stream.read_cause());
            if let Asked::Waiting(Some(waker)) = std::mem::replace(asked, answered) {
                waker.wake();
            }
        }
    }

    fn end(&mut self, failure: PortFailure) {
        let mut shared = self.shared.borrow_mut();
        shared.over = Some(failure);
        shared.ended();
        for asked in shared.asked.values_mut() {
            if let Asked::Waiting(waker) = asked
                && let Some(waker) = waker.take()
            {
                waker.wake();
            }
        }
    }

    fn closed(&self) -> PortFailure {
        PortFailure {
            kind: PortFailureKind::Closed,
            operation: "read",
            address: Some(self.stream.info().remote),
            words: String::new(),
            at: self.port.now(),
            evidence: self.stream.read_cause(),
        }
    }
}

#[cfg(test)]
#[path = "line_tests.rs"]
mod tests;
