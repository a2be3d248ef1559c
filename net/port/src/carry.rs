use crate::{Carried, Flights, Port, PortFailure, with_limit};
use std::{net::SocketAddr, rc::Rc};
use thru_events::{Cause, Time};

/// A message to a server.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Letter {
    /// Names it towards its sender.
    pub token: u64,
    /// To whom.
    pub server: SocketAddr,
    /// By TCP instead of UDP.
    pub by_connection: bool,
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
    let mut flights = Flights::new(port.clone());
    loop {
        while let Some(letter) = sender.next_letter(port.now()) {
            let (token, server) = (letter.token, letter.server);
            match letter.by_connection {
                false => flights.send_datagram(token, server, letter.octets, letter.cause),
                true => flights.send_by_connection(token, server, letter.octets, letter.cause),
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
