//! Answers kept as they were sent, for questions that come again octet for octet.
//!
//! A question is its name in lower case, type, class and the bits that change an answer (RD, AD, CD, DO, and whether it has
//! EDNS at all). What is out of the ordinary (options, several questions, other operations) is not found here, and takes the
//! long way. An answer found is copied; its id and the letters of the name are the question's own, and its TTLs are what is
//! left of them.

use crate::question::{PLAIN_UDP_PAYLOAD, UDP_PAYLOAD};
use crate::wire::Kind;
use std::collections::HashMap;
use std::hash::{BuildHasher, DefaultHasher, Hasher};
use std::time::Duration;
use thru_events::Time;

/// Octets of the header.
const HEADER: usize = 12;
/// Largest answer that is kept, octets.
const STORED_LIMIT: usize = UDP_PAYLOAD as usize;
/// Octets of a question's key: bits, name, type, class.
const KEY_LIMIT: usize = 1 + 255 + 4;
/// Octets of an OPT record without options.
const PLAIN_OPT: usize = 11;

/// A hash that nobody can foresee: a secret goes before what is hashed.
#[derive(Clone, Debug)]
struct Seeded([u8; 16]);

impl BuildHasher for Seeded {
    type Hasher = DefaultHasher;

    fn build_hasher(&self) -> DefaultHasher {
        let mut hasher = DefaultHasher::new();
        hasher.write(&self.0);
        hasher
    }
}

#[derive(Clone, Debug)]
struct Stored {
    octets: Box<[u8]>,
    /// Where its TTLs are; none if they do not age.
    ttls: Box<[u16]>,
    stored: Time,
    /// `None`: it does not end.
    expires: Option<Time>,
}

/// Answers as they were sent.
#[derive(Debug)]
pub struct StoredAnswers {
    /// Since the last change of generations; an answer that is used comes here.
    young: HashMap<Box<[u8]>, Stored, Seeded>,
    old: HashMap<Box<[u8]>, Stored, Seeded>,
    /// Most answers of one generation.
    half: usize,
}

/// What a question asks, in the form of a key.
struct Asking {
    key: [u8; KEY_LIMIT],
    length: usize,
    /// Octets of header and question.
    end: usize,
    /// Largest answer by UDP.
    payload: usize,
}

impl Asking {
    fn key(&self) -> &[u8] {
        &self.key[..self.length]
    }

    /// `None` for a question that is out of the ordinary.
    fn read(octets: &[u8]) -> Option<Asking> {
        let header = octets.get(..HEADER)?;
        // A query without AA, TC and Z; RA means nothing in one. One question; no records but OPT.
        if header[2] & 0b1111_1110 != 0 || header[3] & 0b1100_1111 != 0 {
            return None;
        }
        if header[4..10] != [0, 1, 0, 0, 0, 0] || header[10] != 0 || header[11] > 1 {
            return None;
        }
        let mut asking = Asking {
            key: [0; KEY_LIMIT],
            length: 1,
            end: 0,
            payload: usize::from(PLAIN_UDP_PAYLOAD),
        };
        let mut at = HEADER;
        loop {
            let length = usize::from(*octets.get(at)?);
            let label = octets.get(at..=at + length)?;
            if length > 63 || asking.length + length > 255 {
                return None;
            }
            for (to, from) in asking.key[asking.length..].iter_mut().zip(label) {
                *to = from.to_ascii_lowercase();
            }
            asking.length += length + 1;
            at += length + 1;
            if length == 0 {
                break;
            }
        }
        let kind_and_class = octets.get(at..at + 4)?;
        asking.key[asking.length..asking.length + 4].copy_from_slice(kind_and_class);
        asking.length += 4;
        asking.end = at + 4;
        let mut bits = header[2] & 1 | (header[3] & 0b0011_0000) >> 3;
        if header[11] == 1 {
            bits |= asking.read_opt(&octets[asking.end..])?;
        } else if octets.len() != asking.end {
            return None;
        }
        asking.key[0] = bits;
        Some(asking)
    }

    /// Bits for an OPT record without options, of version 0.
    fn read_opt(&mut self, opt: &[u8]) -> Option<u8> {
        let [0, 0, 41, high, low, 0, 0, dnssec, 0, 0, 0] = *opt else {
            return None;
        };
        debug_assert_eq!(opt.len(), PLAIN_OPT);
        let offered = u16::from_be_bytes([high, low]);
        self.payload = offered.clamp(PLAIN_UDP_PAYLOAD, UDP_PAYLOAD).into();
        Some(0b1000 | (dnssec & 0x80) >> 3)
    }
}

/// Where the TTLs of a message are, and the least of them. `None` if it cannot be walked, says
/// more in its OPT record than that it is there, or has no TTL at all.
fn ttls(octets: &[u8]) -> Option<(Vec<u16>, u32)> {
    let count = |at: usize| Some(u16::from_be_bytes([*octets.get(at)?, *octets.get(at + 1)?]));
    let mut at = HEADER;
    for _ in 0..count(4)? {
        at = after_name(octets, at)? + 4;
    }
    let (mut found, mut least) = (Vec::new(), None);
    for _ in 0..u32::from(count(6)?) + u32::from(count(8)?) + u32::from(count(10)?) {
        at = after_name(octets, at)?;
        let fixed: &[u8; 10] = octets.get(at..at + 10)?.try_into().ok()?;
        let length = usize::from(u16::from_be_bytes([fixed[8], fixed[9]]));
        if Kind(u16::from_be_bytes([fixed[0], fixed[1]])) == Kind::OPT {
            if length > 0 {
                return None;
            }
        } else {
            let ttl = u32::from_be_bytes([fixed[4], fixed[5], fixed[6], fixed[7]]);
            least = Some(least.map_or(ttl, |least: u32| least.min(ttl)));
            found.push(u16::try_from(at + 4).ok()?);
        }
        at += 10 + length;
    }
    Some((found, least?))
}

/// The octet behind a name, which may end in a pointer.
fn after_name(octets: &[u8], mut at: usize) -> Option<usize> {
    loop {
        match usize::from(*octets.get(at)?) {
            0 => return Some(at + 1),
            length @ 1..=63 => at += 1 + length,
            192..=255 => return Some(at + 2),
            _ => return None,
        }
    }
}

impl StoredAnswers {
    /// None yet. `limit`: most of them; `seed`: chance, so that nobody can foresee their places.
    pub fn new(limit: usize, seed: [u8; 16]) -> StoredAnswers {
        StoredAnswers {
            young: HashMap::with_hasher(Seeded(seed)),
            old: HashMap::with_hasher(Seeded(seed)),
            half: (limit / 2).max(1),
        }
    }

    /// Forgets them all.
    pub fn forget(&mut self) {
        self.young.clear();
        self.old.clear();
    }

    /// How many there are.
    pub fn count(&self) -> usize {
        self.young.len() + self.old.len()
    }

    /// Writes the answer to a question, if it is there and `by_udp` may carry it. Gives whether it did.
    pub fn answer(
        &mut self,
        now: Time,
        question: &[u8],
        by_udp: bool,
        answer: &mut Vec<u8>,
    ) -> bool {
        let Some(asking) = Asking::read(question) else {
            return false;
        };
        if !self.young.contains_key(asking.key()) {
            // One that is used moves to the young.
            let Some((key, stored)) = self.old.remove_entry(asking.key()) else {
                return false;
            };
            self.put(key, stored);
        }
        let Some(stored) = self.young.get(asking.key()) else {
            return false;
        };
        if stored.expires.is_some_and(|end| now >= end) {
            self.young.remove(asking.key());
            return false;
        }
        if by_udp && stored.octets.len() > asking.payload {
            return false;
        }
        answer.clear();
        answer.extend_from_slice(&stored.octets);
        answer[..2].copy_from_slice(&question[..2]);
        answer[HEADER..asking.end].copy_from_slice(&question[HEADER..asking.end]);
        let age = now.since(stored.stored).as_secs() as u32;
        if age > 0 {
            for at in stored.ttls.iter().map(|at| usize::from(*at)) {
                let ttl = &mut answer[at..at + 4];
                let left = u32::from_be_bytes([ttl[0], ttl[1], ttl[2], ttl[3]]).saturating_sub(age);
                ttl.copy_from_slice(&left.to_be_bytes());
            }
        }
        true
    }

    /// Keeps an answer to a question for ever: its TTLs do not age.
    pub fn keep(&mut self, now: Time, question: &[u8], answer: &[u8]) {
        self.keep_until(now, question, answer, None);
    }

    /// Keeps an answer to a question for `hundredths` of its least TTL.
    pub fn keep_aging(&mut self, now: Time, question: &[u8], answer: &[u8], hundredths: u32) {
        self.keep_until(now, question, answer, Some(hundredths));
    }

    fn keep_until(&mut self, now: Time, question: &[u8], answer: &[u8], aging: Option<u32>) {
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
        let stored = Stored {
            octets: answer.into(),
            ttls: aging.map(|_| places).unwrap_or_default().into(),
            stored: now,
            expires: life.map(|life| now.after(life)),
        };
        self.put(asking.key().into(), stored);
    }

    fn put(&mut self, key: Box<[u8]>, stored: Stored) {
        if self.young.len() >= self.half && !self.young.contains_key(&key) {
            self.old = std::mem::replace(
                &mut self.young,
                HashMap::with_hasher(self.old.hasher().clone()),
            );
        }
        self.young.insert(key, stored);
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::wire::{Asked, Edns, Message, Name, Record};

    fn question(name: &str, change: impl Fn(&mut Message)) -> Vec<u8> {
        let mut message = Message {
            id: 7,
            questions: vec![Asked {
                name: Name::from_text(name, &Name::root()).unwrap(),
                kind: Kind::A,
                class: 1,
            }],
            ..Message::default()
        };
        message.flags.rd = true;
        change(&mut message);
        message.encode()
    }

    fn answer(question: &[u8], ttl: u32) -> Vec<u8> {
        let mut message = Message::decode(question).unwrap();
        message.flags.qr = true;
        let name = message.questions[0].name.clone();
        message.answers.push(Record {
            name,
            kind: Kind::A,
            class: 1,
            ttl,
            data: vec![192, 0, 2, 1],
        });
        message.encode()
    }

    fn at(seconds: u64) -> Time {
        Time(seconds * 1_000_000_000)
    }

    #[test]
    fn the_same_question_gets_the_answer_with_its_own_id_letters_and_what_is_left_of_the_ttl() {
        let mut stored = StoredAnswers::new(8, [1; 16]);
        let first = question("www.example.", |_| {});
        stored.keep_aging(at(0), &first, &answer(&first, 100), 100);
        let again = question("WWW.Example.", |message| message.id = 99);
        let mut found = Vec::new();
        assert!(stored.answer(at(40), &again, true, &mut found));
        let message = Message::decode(&found).unwrap();
        assert_eq!((message.id, message.answers[0].ttl), (99, 60));
        assert_eq!(message.questions[0].name.shown(), "www.example");
        assert!(found.windows(4).any(|four| four == b"\x03WWW"));
        assert!(
            !stored.answer(at(100), &again, true, &mut found),
            "it is over"
        );
        assert_eq!(stored.count(), 0);
    }

    #[test]
    fn bits_that_change_an_answer_make_another_question() {
        let mut stored = StoredAnswers::new(8, [1; 16]);
        let first = question("www.example.", |_| {});
        stored.keep_aging(at(0), &first, &answer(&first, 100), 100);
        let mut found = Vec::new();
        let others: [(&str, &dyn Fn(&mut Message)); 6] = [
            ("without RD", &|message| message.flags.rd = false),
            ("CD", &|message| message.flags.cd = true),
            ("AD", &|message| message.flags.ad = true),
            ("EDNS", &|message| message.edns = Some(Edns::default())),
            ("another type", &|message| {
                message.questions[0].kind = Kind::AAAA
            }),
            ("another class", &|message| message.questions[0].class = 3),
        ];
        for (what, change) in others {
            let other = question("www.example.", change);
            assert!(!stored.answer(at(1), &other, true, &mut found), "{what}");
        }
        let option = question("www.example.", |message| {
            let options = vec![(10, vec![0; 8])];
            message.edns = Some(Edns {
                options,
                ..Edns::default()
            });
        });
        stored.keep_aging(at(0), &option, &answer(&option, 100), 100);
        assert_eq!(stored.count(), 1, "options take the long way");
    }

    #[test]
    fn errors_cut_answers_and_answers_without_time_are_not_kept() {
        let mut stored = StoredAnswers::new(8, [1; 16]);
        let asked = question("www.example.", |_| {});
        let mut failed = answer(&asked, 100);
        failed[3] |= 2;
        let mut cut = answer(&asked, 100);
        cut[2] |= 2;
        for no_answer in [failed, cut, answer(&asked, 0), asked.clone(), vec![0; 5]] {
            stored.keep_aging(at(0), &asked, &no_answer, 100);
        }
        assert_eq!(stored.count(), 0);
    }

    #[test]
    fn what_is_not_used_makes_room() {
        let mut stored = StoredAnswers::new(100, [1; 16]);
        let used = question("used.example.", |_| {});
        stored.keep_aging(at(0), &used, &answer(&used, 1000), 100);
        let mut found = Vec::new();
        for number in 0..10_000 {
            let asked = question(&format!("n{number}.example."), |_| {});
            stored.keep_aging(at(0), &asked, &answer(&asked, 1000), 100);
            assert!(stored.count() <= 100, "{}", stored.count());
            assert!(stored.answer(at(1), &used, true, &mut found));
        }
    }

    #[test]
    fn any_octets_are_looked_for_without_harm() {
        let mut stored = StoredAnswers::new(8, [1; 16]);
        let seed = question("www.example.", |message| {
            message.edns = Some(Edns::default())
        });
        let mut state = 0x2545_f491_4f6c_dd1d_u64;
        let mut random = move || {
            state ^= state << 13;
            state ^= state >> 7;
            state ^= state << 17;
            state as usize
        };
        let mut found = Vec::new();
        for _ in 0..20_000 {
            let mut octets = seed.clone();
            for _ in 0..1 + random() % 5 {
                let at = random() % octets.len();
                octets[at] = random() as u8;
            }
            octets.truncate(random() % (octets.len() + 1));
            let _ = stored.answer(at(1), &octets, true, &mut found);
            let mut said = answer(&seed, 100);
            let place = random() % said.len();
            said[place] = random() as u8;
            stored.keep_aging(at(0), &octets, &said, 100);
        }
    }
}
