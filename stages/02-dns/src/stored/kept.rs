//! An answer with its key, in one piece of memory; a table of them of two generations.

use super::HEADER;
use super::asking::{Asking, Changing, OPTION_HEAD, PLAIN_OPT};
use crate::cookie::{COOKIE, WHOLE};
use std::borrow::Borrow;
use std::collections::HashSet;
use std::hash::{BuildHasher, DefaultHasher, Hash, Hasher};
use thru_events::Time;

/// A hash that nobody can foresee: a secret goes before what is hashed.
#[derive(Clone, Debug)]
pub(super) struct Seeded(pub [u8; 16]);

impl BuildHasher for Seeded {
    type Hasher = DefaultHasher;

    fn build_hasher(&self) -> DefaultHasher {
        let mut hasher = DefaultHasher::new();
        hasher.write(&self.0);
        hasher
    }
}

/// Octets before the key: when it was stored, when it ends, how long the key is, how many TTLs there are.
const HEAD: usize = 8 + 8 + 2 + 2;
/// The end of what does not end.
const NEVER: u64 = u64::MAX;

/// Head, key, places of TTLs (two octets each), and the answer without its question, which the key
/// says but for its letters, and without options: who has an OPT record has it at the end.
#[derive(Debug)]
pub(super) struct Kept(Box<[u8]>);

/// When it was stored, and when it ends (`None`: never).
pub(super) struct Life {
    pub stored: Time,
    pub expires: Option<Time>,
}

impl Kept {
    /// `ages`: whether its TTLs do.
    pub(super) fn new(
        asking: &Asking,
        answer: &[u8],
        changing: &Changing,
        ages: bool,
        life: &Life,
    ) -> Kept {
        let key = asking.key();
        let ttls = if ages { &changing.ttls[..] } else { &[] };
        let end = changing.opt.map_or(answer.len(), |opt| opt + PLAIN_OPT);
        let whole = HEAD + key.len() + 2 * ttls.len() + HEADER + end - asking.end;
        let mut octets = Vec::with_capacity(whole);
        octets.extend_from_slice(&life.stored.0.to_be_bytes());
        let expires = life.expires.map_or(NEVER, |end| end.0);
        octets.extend_from_slice(&expires.to_be_bytes());
        octets.extend_from_slice(&(key.len() as u16).to_be_bytes());
        octets.extend_from_slice(&(ttls.len() as u16).to_be_bytes());
        octets.extend_from_slice(key);
        for place in ttls {
            octets.extend_from_slice(&place.to_be_bytes());
        }
        octets.extend_from_slice(&answer[..HEADER]);
        octets.extend_from_slice(&answer[asking.end..end]);
        if changing.opt.is_some() {
            let length = octets.len();
            octets[length - 2..].fill(0);
        }
        Kept(octets.into())
    }

    fn word(&self, at: usize) -> u64 {
        let octets: Option<&[u8; 8]> = self.0[at..].first_chunk();
        octets.map_or(0, |octets| u64::from_be_bytes(*octets))
    }

    fn count(&self, at: usize) -> usize {
        usize::from(u16::from_be_bytes([self.0[at], self.0[at + 1]]))
    }

    fn key(&self) -> &[u8] {
        &self.0[HEAD..HEAD + self.count(16)]
    }

    pub(super) fn is_over(&self, now: Time) -> bool {
        now.0 >= self.word(8)
    }

    /// Writes the answer to `question`: its id and letters, what is left of the TTLs, and the cookie
    /// that the client is told to use. Gives whether `payload` octets are enough for it.
    pub(super) fn write(
        &self,
        now: Time,
        (question, asking): (&[u8], &Asking),
        cookie: Option<&[u8; WHOLE]>,
        payload: usize,
        answer: &mut Vec<u8>,
    ) -> bool {
        let places = HEAD + self.count(16);
        let rest = places + 2 * self.count(18);
        let (header, records) = self.0[rest..].split_at(HEADER);
        let more = cookie.map_or(0, |cookie| OPTION_HEAD + cookie.len());
        let whole = asking.end + records.len() + more;
        if whole > payload {
            return false;
        }
        answer.clear();
        answer.reserve(whole);
        answer.extend_from_slice(&question[..2]);
        answer.extend_from_slice(&header[2..]);
        answer.extend_from_slice(&question[HEADER..asking.end]);
        answer.extend_from_slice(records);
        if let Some(cookie) = cookie {
            // The length of the OPT record's data was the last of it.
            answer.truncate(answer.len() - 2);
            answer.extend_from_slice(&(more as u16).to_be_bytes());
            answer.extend_from_slice(&COOKIE.to_be_bytes());
            answer.extend_from_slice(&(cookie.len() as u16).to_be_bytes());
            answer.extend_from_slice(cookie);
        }
        let age = now.since(Time(self.word(0))).as_secs() as u32;
        if age > 0 {
            for place in self.0[places..rest].chunks_exact(2) {
                let at = usize::from(u16::from_be_bytes([place[0], place[1]]));
                let ttl = &mut answer[at..at + 4];
                let left = u32::from_be_bytes([ttl[0], ttl[1], ttl[2], ttl[3]]).saturating_sub(age);
                ttl.copy_from_slice(&left.to_be_bytes());
            }
        }
        true
    }
}

impl Borrow<[u8]> for Kept {
    fn borrow(&self) -> &[u8] {
        self.key()
    }
}

impl Hash for Kept {
    fn hash<H: Hasher>(&self, state: &mut H) {
        self.key().hash(state);
    }
}

impl PartialEq for Kept {
    fn eq(&self, other: &Kept) -> bool {
        self.key() == other.key()
    }
}

impl Eq for Kept {}

/// Answers by key. When the young are `half` of all there may be, they become the old, and what was
/// old is gone.
#[derive(Debug)]
pub(super) struct Generations {
    /// Since the last change; an answer that is used comes here.
    young: HashSet<Kept, Seeded>,
    old: HashSet<Kept, Seeded>,
    half: usize,
    /// Answers that were given out of it.
    pub given: u64,
}

impl Generations {
    pub(super) fn new(limit: usize, seed: &Seeded) -> Generations {
        Generations {
            young: HashSet::with_hasher(seed.clone()),
            old: HashSet::with_hasher(seed.clone()),
            half: (limit / 2).max(1),
            given: 0,
        }
    }

    pub(super) fn forget(&mut self) {
        self.young.clear();
        self.old.clear();
    }

    /// What is kept under a key and is not over.
    pub(super) fn get(&mut self, now: Time, key: &[u8]) -> Option<&Kept> {
        if let Some(moving) = self.take_if_old(key) {
            self.put(moving);
        }
        if self.young.get(key)?.is_over(now) {
            self.young.remove(key);
            return None;
        }
        self.young.get(key)
    }

    fn take_if_old(&mut self, key: &[u8]) -> Option<Kept> {
        match self.old.is_empty() {
            true => None,
            false => self.old.take(key),
        }
    }

    pub(super) fn put(&mut self, kept: Kept) {
        if self.young.len() >= self.half && !self.young.contains(kept.key()) {
            self.old = std::mem::replace(
                &mut self.young,
                HashSet::with_hasher(self.old.hasher().clone()),
            );
        }
        self.young.replace(kept);
    }

    #[cfg(test)]
    pub(super) fn count(&self) -> usize {
        self.young.len() + self.old.len()
    }
}
