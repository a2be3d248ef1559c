//! Answers kept as they were sent, for questions that come again octet for octet.
//!
//! Stage: stage 02.
//! In: questions and answers as octets. Out: the answer to a question that was answered before.
//! Emits: nothing: it is not looked at while what happens is recorded.
//! How it works: `asking` makes a key of the name in lower case, type, class and the bits that change an answer (RD, AD, CD,
//! DO, and whether it has EDNS at all); `kept` holds answers by it. An answer found is copied; its id and the letters of the
//! name are the question's own, and its TTLs are what is left of them. Threads may share one table: it is in parts, each
//! with a lock of its own.
//! Not here: what is out of the ordinary (options, several questions, other operations): it takes the long way.

mod asking;
mod kept;

use crate::question::UDP_PAYLOAD;
use asking::{Asking, ttls};
use kept::{Generations, Kept, Life, Seeded};
use std::sync::{Mutex, MutexGuard, PoisonError};
use std::time::Duration;
use thru_events::Time;

/// Octets of the header.
const HEADER: usize = 12;
/// Largest answer that is kept, octets.
const STORED_LIMIT: usize = UDP_PAYLOAD as usize;
/// Parts of the table.
const PARTS: usize = 16;

/// Answers as they were sent.
#[derive(Debug)]
pub struct StoredAnswers {
    parts: [Mutex<Generations>; PARTS],
}

impl StoredAnswers {
    /// None yet. `limit`: most of them; `seed`: chance, so that nobody can foresee their places.
    pub fn new(limit: usize, seed: [u8; 16]) -> StoredAnswers {
        let part = |_| Mutex::new(Generations::new(limit.div_ceil(PARTS), &Seeded(seed)));
        StoredAnswers {
            parts: std::array::from_fn(part),
        }
    }

    /// Forgets them all.
    pub fn forget(&self) {
        for part in &self.parts {
            lock(part).forget();
        }
    }

    /// The part of a key. Who aims at one part makes others wait for it a little, and no more.
    fn part(&self, key: &[u8]) -> MutexGuard<'_, Generations> {
        let sum = key
            .iter()
            .fold(0_u8, |sum, octet| sum.wrapping_mul(31).wrapping_add(*octet));
        lock(&self.parts[usize::from(sum >> 4) % PARTS])
    }

    /// Writes the answer to a question, if it is there and `by_udp` may carry it. Gives whether it did.
    pub fn answer(&self, now: Time, question: &[u8], by_udp: bool, answer: &mut Vec<u8>) -> bool {
        let Some(asking) = Asking::read(question) else {
            return false;
        };
        let payload = if by_udp { asking.payload } else { usize::MAX };
        let mut part = self.part(asking.key());
        let found = part.get(now, asking.key());
        found.is_some_and(|kept| kept.write(now, (question, &asking), payload, answer))
    }

    /// Keeps an answer to a question for ever: its TTLs do not age.
    pub fn keep(&self, now: Time, question: &[u8], answer: &[u8]) {
        self.keep_until(now, question, answer, None);
    }

    /// Keeps an answer to a question for `hundredths` of its least TTL.
    pub fn keep_aging(&self, now: Time, question: &[u8], answer: &[u8], hundredths: u32) {
        self.keep_until(now, question, answer, Some(hundredths));
    }

    fn keep_until(&self, now: Time, question: &[u8], answer: &[u8], aging: Option<u32>) {
        let Some(asking) = Asking::read(question) else {
            return;
        };
        let cut = answer.get(2).is_none_or(|bits| bits & 2 != 0);
        // Only what is an answer: NOERROR or NXDOMAIN.
        let said = answer
            .get(3)
            .is_some_and(|bits| [0, 3].contains(&(bits & 15)));
        if cut || !said || answer.len() > STORED_LIMIT || answer.len() < asking.end {
            return;
        }
        let Some((places, least)) = ttls(answer) else {
            return;
        };
        let life = aging.map(|hundredths| Duration::from_secs(least.into()) * hundredths / 100);
        if life.is_some_and(|life| life < Duration::from_secs(1)) {
            return;
        }
        // Those inside of the question are none: it is not kept.
        if places.iter().any(|place| usize::from(*place) < asking.end) {
            return;
        }
        let places = aging.map(|_| places).unwrap_or_default();
        let life = Life {
            stored: now,
            expires: life.map(|life| now.after(life)),
        };
        let kept = Kept::new(&asking, answer, &places, &life);
        self.part(asking.key()).put(kept);
    }

    #[cfg(test)]
    fn count(&self) -> usize {
        self.parts.iter().map(|part| lock(part).count()).sum()
    }
}

/// A thread that panicked left a table that is whole: its steps do not panic half-way.
fn lock(part: &Mutex<Generations>) -> MutexGuard<'_, Generations> {
    part.lock().unwrap_or_else(PoisonError::into_inner)
}

#[cfg(test)]
mod tests;
