//! Hosts that are spoken to over TLS only (RFC 6797): a list that comes with the program, and what
//! servers said.

use std::collections::{BTreeMap, BTreeSet};
use std::net::IpAddr;

/// Most hosts that are remembered; the one that ends first makes room.
const HOST_LIMIT: usize = 2_000;
/// Longest time that a host is remembered for, seconds: a year.
const LONGEST: i64 = 365 * 86_400;
/// First line of a saved list.
const HEAD: &str = "hsts 1";

/// Top-level domains whose registry asks for TLS everywhere below them, as browsers preload them.
/// GAP: browsers have some hundred thousand single hosts beside these.
const PRELOADED: [&str; 31] = [
    "android",
    "app",
    "bank",
    "boo",
    "channel",
    "chrome",
    "dad",
    "day",
    "dev",
    "eat",
    "esq",
    "fly",
    "foo",
    "gle",
    "gmail",
    "google",
    "hangout",
    "ing",
    "insurance",
    "meet",
    "meme",
    "mov",
    "new",
    "nexus",
    "page",
    "phd",
    "play",
    "prof",
    "rsvp",
    "youtube",
    "zip",
];

/// What a server asks for (RFC 6797, section 6.1).
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct HstsPolicy {
    /// For how long, seconds; 0 ends it.
    pub max_age_s: u64,
    /// Also for names below its own.
    pub subdomains: bool,
}

/// Why a host is spoken to over TLS.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum HstsReason {
    /// The list that comes with the program has this domain.
    Preloaded(String),
    /// This host said so; seconds left.
    Learned(String, u64),
}

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
struct Entry {
    /// Seconds since 1970.
    expires: i64,
    subdomains: bool,
}

/// What is remembered of hosts.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct HstsList {
    hosts: BTreeMap<String, Entry>,
    /// Hosts that said something new since the list was read.
    said: BTreeSet<String>,
}

impl HstsPolicy {
    /// Reads the field's value; `None` if it has no `max-age`, or anything twice.
    pub fn read(value: &str) -> Option<HstsPolicy> {
        let (mut max_age, mut subdomains, mut seen) = (None, false, Vec::new());
        for directive in value
            .split(';')
            .map(str::trim)
            .filter(|text| !text.is_empty())
        {
            let (name, value) = directive.split_once('=').unwrap_or((directive, ""));
            let name = name.trim().to_ascii_lowercase();
            if seen.contains(&name) {
                return None;
            }
            let value = value.trim().trim_matches('"');
            match name.as_str() {
                "max-age" if value.bytes().all(|octet| octet.is_ascii_digit()) => {
                    // More digits than fit are a very long time.
                    max_age = Some(value.parse().unwrap_or(match value {
                        "" => return None,
                        _ => u64::MAX,
                    }));
                }
                "max-age" => return None,
                "includesubdomains" => subdomains = true,
                _ => {}
            }
            seen.push(name);
        }
        max_age.map(|max_age_s| HstsPolicy {
            max_age_s,
            subdomains,
        })
    }
}

impl HstsList {
    /// Remembers what a host asks for, said over a connection that was trusted, at `now` (seconds
    /// since 1970). Addresses are not remembered (RFC 6797, section 8.1.1). Gives whether anything
    /// is different.
    pub fn learn(&mut self, host: &str, policy: HstsPolicy, now: i64) -> bool {
        let host = host.trim_end_matches('.').to_ascii_lowercase();
        if is_address(&host) {
            return false;
        }
        if policy.max_age_s == 0 {
            self.said.insert(host.clone());
            return self.hosts.remove(&host).is_some();
        }
        let most = i64::try_from(policy.max_age_s)
            .unwrap_or(LONGEST)
            .min(LONGEST);
        let entry = Entry {
            expires: now + most,
            subdomains: policy.subdomains,
        };
        self.said.insert(host.clone());
        let before = self.hosts.insert(host, entry);
        self.make_room(now);
        before != Some(entry)
    }

    fn make_room(&mut self, now: i64) {
        if self.hosts.len() <= HOST_LIMIT {
            return;
        }
        self.hosts.retain(|_, entry| entry.expires > now);
        while self.hosts.len() > HOST_LIMIT {
            let first = self.hosts.iter().min_by_key(|(_, entry)| entry.expires);
            let Some(first) = first.map(|(host, _)| host.clone()) else {
                return;
            };
            self.hosts.remove(&first);
        }
    }

    /// Why `host` is to be spoken to over TLS, if it is (RFC 6797, section 8.2).
    pub fn reason(&self, host: &str, now: i64) -> Option<HstsReason> {
        let host = host.trim_end_matches('.').to_ascii_lowercase();
        if is_address(&host) {
            return None;
        }
        let mut name = host.as_str();
        loop {
            let own = name == host;
            if let Some(entry) = self.hosts.get(name)
                && entry.expires > now
                && (own || entry.subdomains)
            {
                let left = u64::try_from(entry.expires - now).unwrap_or(0);
                return Some(HstsReason::Learned(name.to_owned(), left));
            }
            match name.split_once('.') {
                Some((_, above)) => name = above,
                None => break,
            }
        }
        let is_below = name != host;
        let preloaded = is_below && PRELOADED.contains(&name);
        preloaded.then(|| HstsReason::Preloaded(name.to_owned()))
    }

    /// As text, a line a host.
    pub fn save(&self, now: i64) -> Vec<u8> {
        let mut text = format!("{HEAD}\n");
        for (host, entry) in self.hosts.iter().filter(|(_, entry)| entry.expires > now) {
            let below = if entry.subdomains { " subdomains" } else { "" };
            text += &format!("{host} {}{below}\n", entry.expires);
        }
        text.into_bytes()
    }

    /// Reads a saved list; lines that are none are passed over.
    pub fn restore(octets: &[u8]) -> HstsList {
        let mut list = HstsList::default();
        let text = String::from_utf8_lossy(octets);
        let mut lines = text.lines();
        if lines.next() != Some(HEAD) {
            return list;
        }
        for line in lines.take(HOST_LIMIT) {
            let words: Vec<&str> = line.split(' ').collect();
            let (host, expires, subdomains) = match words[..] {
                [host, expires] => (host, expires, false),
                [host, expires, "subdomains"] => (host, expires, true),
                _ => continue,
            };
            let Ok(expires) = expires.parse() else {
                continue;
            };
            let entry = Entry {
                expires,
                subdomains,
            };
            list.hosts.insert(host.to_owned(), entry);
        }
        list
    }

    /// Takes over what is kept by now, by other processes too. What a host said to this list since
    /// it was read is newer, also that it is no longer to be remembered.
    pub fn merge(&mut self, kept: HstsList, now: i64) {
        let said = &self.said;
        self.hosts.retain(|host, _| said.contains(host));
        for (host, entry) in kept.hosts {
            if !self.said.contains(&host) {
                self.hosts.insert(host, entry);
            }
        }
        self.make_room(now);
    }
}

fn is_address(host: &str) -> bool {
    host.trim_matches(['[', ']']).parse::<IpAddr>().is_ok()
}

impl std::fmt::Display for HstsReason {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        match self {
            HstsReason::Preloaded(domain) => {
                write!(f, "the list that comes with the program has .{domain}")
            }
            HstsReason::Learned(host, left) => {
                write!(f, "{host} asked for it, for another {left} s")
            }
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_policy_is_read_as_the_specification_has_it() {
        let policy = |max_age_s, subdomains| {
            Some(HstsPolicy {
                max_age_s,
                subdomains,
            })
        };
        let table = [
            ("max-age=31536000", policy(31_536_000, false)),
            ("max-age=\"600\" ; includeSubDomains", policy(600, true)),
            (" ; MAX-AGE = 0;; preload", policy(0, false)),
            ("includeSubDomains; max-age=1; other=x", policy(1, true)),
            ("max-age=99999999999999999999999", policy(u64::MAX, false)),
            ("includeSubDomains", None),
            ("max-age", None),
            ("max-age=", None),
            ("max-age=-1", None),
            ("max-age=1; max-age=2", None),
            ("", None),
        ];
        for (value, expected) in table {
            assert_eq!(HstsPolicy::read(value), expected, "{value:?}");
        }
    }

    #[test]
    fn a_host_is_remembered_for_its_time_and_for_names_below_if_it_says_so() {
        let mut list = HstsList::default();
        let policy = |text| HstsPolicy::read(text).unwrap();
        assert!(list.learn(
            "Shop.example",
            policy("max-age=100; includeSubDomains"),
            1000
        ));
        assert!(list.learn("alone.example", policy("max-age=100"), 1000));
        assert!(!list.learn("192.0.2.1", policy("max-age=100"), 1000));
        assert!(!list.learn("[2001:db8::1]", policy("max-age=100"), 1000));
        let known = |list: &HstsList, host, now| list.reason(host, now).is_some();
        assert!(known(&list, "shop.example", 1099) && known(&list, "WWW.shop.example.", 1099));
        assert!(!known(&list, "shop.example", 1100) && !known(&list, "example", 1000));
        assert!(known(&list, "alone.example", 1050) && !known(&list, "a.alone.example", 1050));
        assert!(known(&list, "any.dev", 0) && !known(&list, "dev", 0));
        assert!(!known(&list, "dev.example", 0) && !known(&list, "192.0.2.1", 1000));
        let saved = HstsList::restore(&list.save(1000));
        assert_eq!(saved.hosts, list.hosts);
        assert_eq!(HstsList::restore(b"nonsense\n"), HstsList::default());
        let kept = HstsList::restore(b"hsts 1\nx\na.b 5 other\n\xff 1 2 3\nc.d 99\n");
        assert_eq!(kept.hosts.len(), 1);
        assert!(list.learn("shop.example", policy("max-age=0"), 1000));
        assert!(!known(&list, "shop.example", 1000));
        // What was taken back stays so when the kept list is read again; what others keep is kept.
        let mut kept = saved.clone();
        assert!(kept.learn("other.example", policy("max-age=9"), 1000));
        list.merge(kept, 1000);
        assert!(!known(&list, "shop.example", 1000));
        assert!(known(&list, "other.example", 1000) && known(&list, "alone.example", 1000));
        // So does a shorter time.
        assert!(list.learn("alone.example", policy("max-age=5"), 1000));
        list.merge(saved, 1000);
        assert!(!known(&list, "alone.example", 1006));
    }

    #[test]
    fn the_list_has_a_limit_and_the_first_to_end_makes_room() {
        let mut list = HstsList::default();
        for number in 0..HOST_LIMIT as u64 + 5 {
            let policy = HstsPolicy {
                max_age_s: 1000 + number,
                subdomains: false,
            };
            list.learn(&format!("h{number}.example"), policy, 0);
        }
        assert_eq!(list.hosts.len(), HOST_LIMIT);
        assert!(list.reason("h0.example", 0).is_none() && list.reason("h5.example", 0).is_some());
    }
}
