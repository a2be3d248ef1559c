//! What the cache server keeps, in memory, within limits; the least lately used goes first.

use bytes::Bytes;
use http::{header, response};
use http_cache_semantics::CachePolicy;
use std::{cell::Cell, collections::BTreeMap};

/// How much is kept.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct StoreLimits {
    /// Keys.
    pub keys: usize,
    /// Answers to one key that differ by what `Vary` names.
    pub variants: usize,
    /// Octets of all bodies.
    pub octets: usize,
}

impl Default for StoreLimits {
    fn default() -> StoreLimits {
        StoreLimits {
            keys: 10_000,
            variants: 8,
            octets: 64 * 1024 * 1024,
        }
    }
}

/// One answer that is kept.
#[derive(Clone)]
pub struct Kept {
    /// When it may be reused.
    pub policy: CachePolicy,
    /// Its body.
    pub body: Bytes,
    etag: Option<String>,
}

impl Kept {
    /// An answer to keep.
    pub fn new(policy: CachePolicy, head: &response::Parts, body: Bytes) -> Kept {
        let etag = head.headers.get(header::ETAG);
        let etag = etag.and_then(|etag| etag.to_str().ok()).map(str::to_owned);
        Kept { policy, body, etag }
    }

    /// Its entity tag.
    pub fn etag(&self) -> Option<String> {
        self.etag.clone()
    }
}

struct Shelf {
    variants: Vec<Kept>,
    used: Cell<u64>,
}

/// The answers, by key.
pub struct Store {
    shelves: BTreeMap<String, Shelf>,
    limits: StoreLimits,
    octets: usize,
    uses: u64,
}

impl Store {
    /// An empty store.
    pub fn new(limits: StoreLimits) -> Store {
        Store {
            shelves: BTreeMap::new(),
            limits,
            octets: 0,
            uses: 0,
        }
    }

    /// What is kept for `key`, the latest first.
    pub fn variants(&mut self, key: &str) -> &[Kept] {
        self.uses += 1;
        match self.shelves.get(key) {
            None => &[],
            Some(shelf) => {
                shelf.used.set(self.uses);
                &shelf.variants
            }
        }
    }

    /// Keeps an answer in place of those with the same entity tag or the same `Vary` values.
    /// Says whether it was kept, and which keys had to go for it.
    pub fn put(&mut self, key: &str, kept: Kept) -> (bool, Vec<String>) {
        let size = kept.body.len();
        if size > self.limits.octets || self.limits.keys == 0 || self.limits.variants == 0 {
            return (false, Vec::new());
        }
        self.uses += 1;
        let shelf = self.shelves.entry(key.to_owned()).or_insert(Shelf {
            variants: Vec::new(),
            used: Cell::new(0),
        });
        shelf.used.set(self.uses);
        let before: usize = shelf.variants.iter().map(|kept| kept.body.len()).sum();
        shelf
            .variants
            .retain(|other| other.etag.is_none() || other.etag != kept.etag);
        shelf.variants.insert(0, kept);
        shelf.variants.truncate(self.limits.variants);
        let after: usize = shelf.variants.iter().map(|kept| kept.body.len()).sum();
        self.octets = self.octets + after - before;
        (true, self.make_room(key))
    }

    /// Forgets `key`.
    pub fn remove(&mut self, key: &str) {
        if let Some(shelf) = self.shelves.remove(key) {
            self.octets -= shelf
                .variants
                .iter()
                .map(|kept| kept.body.len())
                .sum::<usize>();
        }
    }

    /// Keys that are kept.
    pub fn len(&self) -> usize {
        self.shelves.len()
    }

    /// Whether nothing is kept.
    pub fn is_empty(&self) -> bool {
        self.shelves.is_empty()
    }

    fn make_room(&mut self, newest: &str) -> Vec<String> {
        let mut evicted = Vec::new();
        while self.shelves.len() > self.limits.keys || self.octets > self.limits.octets {
            let oldest = self
                .shelves
                .iter()
                .filter(|(key, _)| *key != newest)
                .min_by_key(|(_, shelf)| shelf.used.get())
                .map(|(key, _)| key.clone());
            let Some(key) = oldest else { break };
            self.remove(&key);
            evicted.push(key);
        }
        evicted
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use http::{Request, Response};
    use http_cache_semantics::CacheOptions;
    use std::time::UNIX_EPOCH;

    fn kept(etag: &str, octets: usize) -> Kept {
        let request = Request::get("/a").body(()).expect("a request");
        let response = Response::builder()
            .header("etag", etag)
            .header("cache-control", "max-age=60")
            .body(())
            .expect("a response");
        let options = CacheOptions::default();
        let policy = CachePolicy::new_options(&request, &response, UNIX_EPOCH, options);
        Kept::new(policy, &response.into_parts().0, vec![0; octets].into())
    }

    fn limits(keys: usize, octets: usize) -> StoreLimits {
        StoreLimits {
            keys,
            variants: 2,
            octets,
        }
    }

    #[test]
    fn the_least_lately_used_goes_first() {
        let mut store = Store::new(limits(2, 1000));
        store.put("a", kept("1", 1));
        store.put("b", kept("2", 1));
        store.variants("a");
        let (stored, evicted) = store.put("c", kept("3", 1));
        assert!(stored);
        assert_eq!(evicted, ["b"]);
        assert_eq!(store.len(), 2);
    }

    #[test]
    fn octets_are_counted_over_replacement() {
        let mut store = Store::new(limits(10, 100));
        store.put("a", kept("1", 60));
        store.put("a", kept("1", 70));
        assert_eq!(store.put("b", kept("2", 30)).1, Vec::<String>::new());
        assert_eq!(store.put("c", kept("3", 1)).1, ["a"]);
        assert!(!store.put("d", kept("4", 101)).0);
    }
}
