//! Answers kept as they were sent, for questions that come again.
//!
//! Stage: stage 02.
//! In: questions and answers as octets. Out: the answer to a question that was answered before.
//! Emits: nothing: it is not looked at while what happens is recorded.
//! How it works: `asking` makes a key of the name in lower case, type, class and the bits that change an answer (RD, AD, CD,
//! DO, and whether it has EDNS at all); `kept` holds answers by it. An answer found is copied; its id and the letters of the
//! name are the question's own, its TTLs are what is left of them, and the cookie is made for the client. Threads may share
//! one table: it is in parts, each with a lock of its own.
//! Not here: what is out of the ordinary (several questions, other operations, padded answers): it takes the long way.

mod asking;
mod kept;

use crate::cookie::CookieSecret;
use crate::question::UDP_PAYLOAD;
use asking::{Asking, changing};
use kept::{Generations, Kept, Life, Seeded};
use std::net::IpAddr;
use std::sync::{Mutex, MutexGuard, PoisonError};
use std::time::Duration;
use thru_events::Time;

/// Octets of the header.
const HEADER: usize = 12;
/// Largest answer that is kept, octets.
const STORED_LIMIT: usize = UDP_PAYLOAD as usize;
/// Parts of the table.
const PARTS: usize = 16;

/// Who asks, and on which way.
#[derive(Clone, Copy, Debug)]
pub struct Asker<'a> {
    /// The client's address.
    pub address: IpAddr,
    /// The secret of the server's cookies, and seconds since 1970.
    pub cookies: (&'a CookieSecret, u32),
    /// The question came by UDP.
    pub by_udp: bool,
    /// Answers to clients that show no cookie of ours are counted: they take the long way.
    pub counted: bool,
    /// It came inside of TLS: who pads its question gets a padded answer.
    pub hidden: bool,
}

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

    /// Writes the answer to a question, if it is there and the way may carry it. Gives whether it did.
    pub fn answer(
        &self,
        now: Time,
        question: &[u8],
        asker: &Asker<'_>,
        answer: &mut Vec<u8>,
    ) -> bool {
        let Some(asking) = Asking::read(question) else {
            return false;
        };
        if asking.padded && asker.hidden {
            return false;
        }
        let (secret, today) = asker.cookies;
        let cookie = match asking.cookie.clone() {
            None => None,
            Some(place) => match secret.judged(&question[place], asker.address, today) {
                // RFC 7873, section 5.2.2.
                None => return false,
                judged => judged,
            },
        };
        if asker.counted && !cookie.is_some_and(|(known, _)| known) {
            return false;
        }
        let payload = match asker.by_udp {
            true => asking.payload,
            false => usize::MAX,
        };
        let cookie = cookie.as_ref().map(|(_, whole)| whole);
        let mut part = self.part(asking.key());
        let found = part.get(now, asking.key());
        let written =
            found.is_some_and(|kept| kept.write(now, (question, &asking), cookie, payload, answer));
        part.given += u64::from(written);
        written
    }

    /// Answers that were given out of it so far.
    pub fn given(&self) -> u64 {
        self.parts.iter().map(|part| lock(part).given).sum()
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
        let Some(changing) = changing(answer) else {
            return;
        };
        let least = Duration::from_secs(changing.least.into());
        let life = aging.map(|hundredths| least * hundredths / 100);
        if life.is_some_and(|life| life < Duration::from_secs(1)) {
            return;
        }
        // Inside of the question there is none: it is not kept.
        let before = |place: &u16| usize::from(*place) < asking.end;
        if changing.ttls.iter().any(before) || changing.opt.is_some_and(|opt| opt < asking.end) {
            return;
        }
        // Who knows EDNS is answered with it, and nobody else.
        if changing.opt.is_some() != asking.has_edns() {
            return;
        }
        let ages = aging.is_some();
        let life = Life {
            stored: now,
            expires: life.map(|life| now.after(life)),
        };
        let kept = Kept::new(&asking, answer, &changing, ages, &life);
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
