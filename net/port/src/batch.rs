use crate::Received;
use std::net::{Ipv4Addr, SocketAddr};
use thru_events::Cause;

/// Most datagrams that are taken in or sent at once.
pub const BATCH_LIMIT: usize = 32;
/// Octets of a datagram that a batch has room for; what is longer is cut.
pub const BATCH_ROOM: usize = 4096;

/// A datagram of a batch, and the answer to it.
#[derive(Debug)]
pub struct Letter {
    room: Box<[u8]>,
    length: usize,
    /// It was longer than [`BATCH_ROOM`].
    pub cut: bool,
    /// Who sent it.
    pub from: SocketAddr,
    /// The event that delivered it.
    pub cause: Cause,
    /// What goes back; nothing if empty.
    pub answer: Vec<u8>,
    /// The event that the answer goes back because of.
    pub because: Cause,
}

impl Letter {
    fn empty() -> Letter {
        Letter {
            room: vec![0; BATCH_ROOM].into(),
            length: 0,
            cut: false,
            from: SocketAddr::from((Ipv4Addr::UNSPECIFIED, 0)),
            cause: None,
            answer: Vec::new(),
            because: None,
        }
    }

    /// What came.
    pub fn octets(&self) -> &[u8] {
        &self.room[..self.length]
    }

    /// What came, and the place for the answer.
    pub fn both(&mut self) -> (&[u8], &mut Vec<u8>) {
        (&self.room[..self.length], &mut self.answer)
    }

    /// Where a world writes what comes.
    pub fn room(&mut self) -> &mut [u8] {
        &mut self.room
    }

    /// Says that the first `length` octets of the room are what came.
    pub fn fill(&mut self, length: usize, from: SocketAddr, cause: Cause) {
        self.length = length.min(BATCH_ROOM);
        self.cut = length > BATCH_ROOM;
        self.from = from;
        self.cause = cause;
        self.answer.clear();
        self.because = cause;
    }
}

/// Datagrams that are taken in at once, and answered at once: one call of the system for many.
#[derive(Debug)]
pub struct Batch {
    letters: Vec<Letter>,
    filled: usize,
}

impl Batch {
    /// Room for `limit` datagrams.
    pub fn new(limit: usize) -> Batch {
        Batch {
            letters: (0..limit.max(1)).map(|_| Letter::empty()).collect(),
            filled: 0,
        }
    }

    /// Every place, for a world that fills them.
    pub fn places(&mut self) -> &mut [Letter] {
        &mut self.letters
    }

    /// Says that the first `count` places are filled.
    pub fn set_filled(&mut self, count: usize) {
        self.filled = count.min(self.letters.len());
    }

    /// What came.
    pub fn letters(&self) -> &[Letter] {
        &self.letters[..self.filled]
    }

    /// What came, to be answered.
    pub fn letters_mut(&mut self) -> &mut [Letter] {
        &mut self.letters[..self.filled]
    }

    /// Takes in one datagram.
    pub(crate) fn take_in(&mut self, received: &Received) {
        let letter = &mut self.letters[0];
        let length = received.octets.len();
        let kept = length.min(BATCH_ROOM);
        letter.room[..kept].copy_from_slice(&received.octets[..kept]);
        letter.fill(length, received.from, received.cause);
        self.filled = 1;
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_is_longer_than_its_room_is_cut_and_says_so() {
        let mut batch = Batch::new(2);
        let from = SocketAddr::from((Ipv4Addr::LOCALHOST, 53));
        let received = |length: usize| Received {
            octets: vec![7; length],
            from,
            cause: None,
        };
        batch.take_in(&received(3));
        assert_eq!(
            (batch.letters()[0].octets(), batch.letters()[0].cut),
            (&[7, 7, 7][..], false)
        );
        batch.take_in(&received(BATCH_ROOM + 1));
        assert_eq!(batch.letters().len(), 1);
        assert!(batch.letters()[0].cut && batch.letters()[0].octets().len() == BATCH_ROOM);
    }
}
