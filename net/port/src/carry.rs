use crate::{Carried, Flights, LocalFuture, Port, PortFailure, with_limit};
use std::{net::SocketAddr, rc::Rc};
use thru_events::{Cause, Time};

/// Numbers from the world's randomness, one a call: ids of messages.
pub fn chance(port: Rc<dyn Port>) -> Box<dyn FnMut() -> u16> {
    Box::new(move || {
        let mut octets = [0; 2];
        port.random(&mut octets);
        u16::from_be_bytes(octets)
    })
}

/// How a message travels.
pub enum By {
    /// By UDP, from a port of its own.
    Datagram,
    /// By TCP, from a connection of its own.
    Connection,
    /// Its sender knows a way, and goes it.
    Own(LocalFuture<Result<Carried, PortFailure>>),
}

/// A message to a server.
pub struct Letter {
    /// Names it towards its sender.
    pub token: u64,
    /// To whom.
    pub server: SocketAddr,
    /// How.
    pub by: By,
    /// The message, without length prefix.
    pub octets: Vec<u8>,
    /// Why it is sent.
    pub cause: Cause,
}

/// Who sends messages to servers and waits for what comes back: a machine and what it needs at
/// each step.
pub trait Sender {
    /// The next message to be sent, if there is one. Also notices that a time is over.
    fn next_letter(&mut self, now: Time) -> Option<Letter>;

    /// Takes in what came for a message, or why nothing comes.
    fn landed(&mut self, now: Time, token: u64, landed: Result<Carried, PortFailure>);

    /// When [`Sender::next_letter`] has to be called at the latest.
    fn wake_at(&self) -> Option<Time>;

    /// Whether something is still waited for under this token.
    fn waits_for(&self, token: u64) -> bool;

    /// Whether it is far enough for whoever drives it.
    fn is_far_enough(&self) -> bool;
}

/// Carries messages between a sender and its servers until it is far enough.
pub async fn carry(port: &Rc<dyn Port>, sender: &mut dyn Sender) {
    Carriage::new(port).go_on(sender).await;
}

/// What is on its way for one sender; it can be gone on with once the sender was far enough.
pub struct Carriage {
    port: Rc<dyn Port>,
    flights: Flights,
}

impl Carriage {
    /// Nothing is on its way yet.
    pub fn new(port: &Rc<dyn Port>) -> Carriage {
        Carriage {
            port: port.clone(),
            flights: Flights::new(port.clone()),
        }
    }

    /// Carries until the sender is far enough.
    pub async fn go_on(&mut self, sender: &mut dyn Sender) {
        let (port, flights) = (&self.port, &mut self.flights);
        loop {
            while let Some(letter) = sender.next_letter(port.now()) {
                let (token, server) = (letter.token, letter.server);
                match letter.by {
                    By::Datagram => {
                        flights.send_datagram(token, server, letter.octets, letter.cause);
                    }
                    By::Connection => {
                        flights.send_by_connection(token, server, letter.octets, letter.cause);
                    }
                    By::Own(carrying) => flights.go(token, carrying),
                }
            }
            if sender.is_far_enough() {
                return;
            }
            flights.retain(|token| sender.waits_for(token));
            let limit = sender.wake_at().unwrap_or(port.now()).since(port.now());
            let Ok((token, landed)) = with_limit(port.as_ref(), limit, flights.next()).await else {
                continue;
            };
            sender.landed(port.now(), token, landed);
        }
    }
}
