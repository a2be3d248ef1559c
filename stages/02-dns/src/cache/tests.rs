use super::*;
use crate::question::absolute;
use crate::wire::{Message, data_from_words, rcode};
use std::time::Duration;
use thru_events::{Cause, Tap, dns::DnsEvent, trip::TripEvent};

fn name(text: &str) -> Name {
    absolute(text).unwrap()
}

fn record(owner: &str, ttl: u32, kind: Kind, words: &[&str]) -> Record {
    Record {
        name: name(owner),
        kind,
        class: 1,
        ttl,
        data: data_from_words(kind, words, &Name::root()).unwrap(),
    }
}

fn address(owner: &str, ttl: u32, last: u8) -> Record {
    record(owner, ttl, Kind::A, &[&format!("192.0.2.{last}")])
}

fn alias(owner: &str, target: &str) -> Record {
    record(owner, 60, Kind::CNAME, &[target])
}

fn at(seconds: u64) -> Time {
    Time::ZERO.after(Duration::from_secs(seconds))
}

fn found(cache: &mut DnsCache, now: Time, owner: &str) -> String {
    let (found, _) = cache.find(now, &name(owner), Kind::A, &Tap::off(), None);
    match found {
        Found::Records {
            records,
            ttl_left_s,
        } => format!(
            "{} of {}, {ttl_left_s} s",
            records.len(),
            records[0].name.shown()
        ),
        Found::Denial {
            no_name,
            ttl_left_s,
            ..
        } => format!("denied ({no_name}), {ttl_left_s} s"),
        Found::Missing { why } => why.to_owned(),
    }
}

fn denial(rcode: u16, ttl: u32, minimum: u32) -> Message {
    let minimum = minimum.to_string();
    let words = ["ns.lab", "root.lab", "1", "1", "1", "1", &minimum];
    Message {
        rcode,
        authorities: vec![record("lab", ttl, Kind::SOA, &words)],
        ..Message::default()
    }
}

fn keep(cache: &mut DnsCache, now: Time, records: Vec<Record>) {
    cache.keep_all(now, records.iter(), &Tap::off(), None);
}

#[test]
fn an_answer_lives_as_long_as_its_shortest_ttl() {
    let mut cache = DnsCache::new(CacheLimits::default(), 0);
    keep(
        &mut cache,
        at(0),
        vec![
            alias("www.lab", "shop.lab"),
            address("shop.lab", 100, 1),
            address("shop.lab", 30, 2),
        ],
    );
    assert_eq!(found(&mut cache, at(0), "WWW.lab"), "2 of shop.lab, 30 s");
    assert_eq!(found(&mut cache, at(29), "shop.lab"), "2 of shop.lab, 1 s");
    assert_eq!(found(&mut cache, at(30), "shop.lab"), "its time is over");
    assert_eq!(found(&mut cache, at(30), "shop.lab"), "not kept");
    assert_eq!(found(&mut cache, at(0), "other.lab"), "not kept");
}

#[test]
fn floor_and_ceiling_bound_the_ttl_and_zero_is_not_kept() {
    let limits = CacheLimits {
        ttl_ceiling_s: 50,
        ttl_floor_s: 0,
        ..CacheLimits::default()
    };
    let mut cache = DnsCache::new(limits, 0);
    keep(
        &mut cache,
        at(0),
        vec![address("zero.lab", 0, 1), address("long.lab", 9999, 1)],
    );
    assert_eq!(found(&mut cache, at(0), "zero.lab"), "not kept");
    assert_eq!(found(&mut cache, at(0), "long.lab"), "1 of long.lab, 50 s");
    let mut cache = DnsCache::new(
        CacheLimits {
            ttl_floor_s: 5,
            ..limits
        },
        0,
    );
    keep(&mut cache, at(0), vec![address("zero.lab", 0, 1)]);
    assert_eq!(found(&mut cache, at(4), "zero.lab"), "1 of zero.lab, 1 s");
}

#[test]
fn a_denial_lives_as_long_as_the_soa_record_allows() {
    let mut cache = DnsCache::new(CacheLimits::default(), 0);
    let nothing = denial(rcode::NXDOMAIN, 600, 60);
    cache.keep_denial(
        at(0),
        &name("no.lab"),
        Kind::AAAA,
        &nothing,
        &Tap::off(),
        None,
    );
    assert_eq!(found(&mut cache, at(59), "no.lab"), "denied (true), 1 s");
    let empty = denial(rcode::NOERROR, 20, 60);
    cache.keep_denial(at(0), &name("v6.lab"), Kind::A, &empty, &Tap::off(), None);
    assert_eq!(found(&mut cache, at(0), "v6.lab"), "denied (false), 20 s");
    assert_eq!(found(&mut cache, at(60), "no.lab"), "its time is over");
}

#[test]
fn what_contradicts_is_replaced() {
    let mut cache = DnsCache::new(CacheLimits::default(), 0);
    keep(&mut cache, at(0), vec![address("a.lab", 100, 1)]);
    let gone = denial(rcode::NXDOMAIN, 60, 60);
    cache.keep_denial(at(1), &name("a.lab"), Kind::AAAA, &gone, &Tap::off(), None);
    assert_eq!(found(&mut cache, at(1), "a.lab"), "denied (true), 60 s");
    keep(&mut cache, at(2), vec![address("a.lab", 100, 1)]);
    assert_eq!(found(&mut cache, at(2), "a.lab"), "1 of a.lab, 100 s");
    assert_eq!(cache.len(), 1);
}

#[test]
fn the_entry_that_dies_first_makes_room_and_networks_are_apart() {
    let mut cache = DnsCache::new(
        CacheLimits {
            entries: 2,
            ..CacheLimits::default()
        },
        0,
    );
    keep(
        &mut cache,
        at(0),
        vec![
            address("a.lab", 30, 1),
            address("b.lab", 10, 1),
            address("c.lab", 20, 1),
        ],
    );
    assert_eq!(
        (cache.len(), found(&mut cache, at(0), "b.lab")),
        (2, "not kept".to_owned())
    );
    cache.use_network("elsewhere");
    assert_eq!(found(&mut cache, at(0), "a.lab"), "not kept");
}

#[test]
fn a_saved_cache_is_read_again_and_has_aged() {
    let mut cache = DnsCache::new(CacheLimits::default(), 1_000);
    cache.use_network("home");
    keep(
        &mut cache,
        at(5),
        vec![address("a.lab", 30, 1), address("b.lab", 3, 1)],
    );
    let gone = denial(rcode::NXDOMAIN, 600, 60);
    cache.keep_denial(at(5), &name("no.lab"), Kind::A, &gone, &Tap::off(), None);
    let octets = cache.save(at(9));
    let mut later = DnsCache::restore(&octets, CacheLimits::default(), 1_015).unwrap();
    assert_eq!(found(&mut later, at(0), "a.lab"), "not kept");
    later.use_network("home");
    assert_eq!(found(&mut later, at(0), "a.lab"), "1 of a.lab, 20 s");
    assert_eq!(found(&mut later, at(0), "no.lab"), "denied (true), 50 s");
    assert_eq!(later.rows(at(0)).len(), 2);
    for cut in 0..octets.len() {
        assert!(DnsCache::restore(&octets[..cut], CacheLimits::default(), 0).is_err());
    }
    for at in 0..octets.len() {
        let mut damaged = octets.clone();
        damaged[at] ^= 1;
        assert!(DnsCache::restore(&damaged, CacheLimits::default(), 0).is_err());
    }
    let refused = DnsCache::restore(b"\x89PNG\r\n\x1a\n", CacheLimits::default(), 0);
    assert_eq!(refused.unwrap_err().field, "head");
}

#[test]
fn what_is_saved_and_read_again_and_again_ages_once() {
    let mut cache = DnsCache::new(CacheLimits::default(), 1_000);
    keep(&mut cache, at(0), vec![address("a.lab", 300, 1)]);
    for trip in 1..=6 {
        let octets = cache.save(at(2));
        cache = DnsCache::restore(&octets, CacheLimits::default(), 1_000 + 2 * trip).unwrap();
        let left = 300 - 2 * trip;
        let row = &cache.rows(at(0))[0];
        assert_eq!(i64::from(row.ttl_left_s), left);
        assert_eq!(row.content, [format!("a.lab {left} A 192.0.2.1")]);
        let expected = format!("1 of a.lab, {} s", left - 1);
        assert_eq!(found(&mut cache, at(1), "a.lab"), expected, "trip {trip}");
    }
}

#[test]
fn what_another_process_learnt_in_the_meantime_ages_from_then() {
    let new = || DnsCache::new(CacheLimits::default(), 1_000);
    let (mut one, mut other) = (new(), new());
    keep(&mut other, at(5), vec![address("a.lab", 100, 1)]);
    one.merge_saved(at(6), &other.save(at(6))).unwrap();
    assert_eq!(one.rows(at(6))[0].content, ["a.lab 99 A 192.0.2.1"]);
}

/// Keeps what is stated of the cache.
#[derive(Default)]
struct Said(std::cell::RefCell<Vec<String>>);

impl thru_events::Recorder for Said {
    fn record(
        &self,
        _: Cause,
        _: thru_events::Provenance,
        _: thru_events::Vantage,
        _: Option<thru_octets::Span>,
        event: thru_events::Event,
    ) -> Cause {
        use thru_events::Event;
        let text = match event {
            Event::Trip(TripEvent::LimitReached { limit, value, .. }) => format!("{value} {limit}"),
            Event::Dns(DnsEvent::CacheEvicted {
                name, ttl_left_s, ..
            }) => {
                format!("{name} makes room, {ttl_left_s} s left")
            }
            Event::Dns(DnsEvent::CacheExpired {
                name, over_for_s, ..
            }) => {
                format!("{name} over for {over_for_s} s")
            }
            _ => return None,
        };
        self.0.borrow_mut().push(text);
        None
    }

    fn keep(&self, _: &[u8]) -> thru_octets::BytesId {
        thru_octets::BytesId(0)
    }

    fn cpu(&self, _: Cause, _: thru_events::CpuWork) {}
}

#[test]
fn a_full_cache_says_that_an_entry_had_to_make_room() {
    let limits = CacheLimits {
        entries: 2,
        ..CacheLimits::default()
    };
    let mut cache = DnsCache::new(limits, 0);
    let said = std::rc::Rc::new(Said::default());
    let tap = Tap::new(
        said.clone(),
        thru_events::Provenance::Observed,
        thru_events::Vantage::Near,
    );
    for (host, ttl) in [("a.lab", 300), ("b.lab", 100), ("c.lab", 200)] {
        let records = [address(host, ttl, 1)];
        cache.keep_all(at(0), records.iter(), &tap, None);
    }
    cache.find(at(207), &name("c.lab"), Kind::A, &tap, None);
    assert_eq!(
        *said.0.borrow(),
        [
            "2 entries of the DNS cache",
            "b.lab makes room, 100 s left",
            "c.lab over for 7 s"
        ]
    );
    assert_eq!(found(&mut cache, at(0), "b.lab"), "not kept");
}

#[test]
fn what_two_processes_saved_is_put_together() {
    let new = || DnsCache::new(CacheLimits::default(), 1_000);
    let (mut one, mut other) = (new(), new());
    keep(
        &mut one,
        at(0),
        vec![address("a.lab", 100, 1), address("b.lab", 100, 1)],
    );
    keep(
        &mut other,
        at(5),
        vec![address("b.lab", 100, 2), address("c.lab", 100, 3)],
    );
    one.merge_saved(at(6), &other.save(at(6))).unwrap();
    for (host, left) in [("a.lab", 94), ("b.lab", 99), ("c.lab", 99)] {
        let expected = format!("1 of {host}, {left} s");
        assert_eq!(found(&mut one, at(6), host), expected, "{host}");
    }
    let rows = one.rows(at(6));
    assert!(
        rows.iter().any(|row| row.content[0].ends_with("192.0.2.2")),
        "{rows:?}"
    );
    assert!(one.merge_saved(at(6), b"something else").is_err());
    assert_eq!(one.len(), 3);
}

#[test]
fn what_is_flushed_is_not_put_back_by_who_knows_it_still() {
    let mut one = DnsCache::new(CacheLimits::default(), 1_000);
    keep(
        &mut one,
        at(0),
        vec![address("a.lab", 100, 1), address("b.lab", 100, 1)],
    );
    let mut other = DnsCache::restore(&one.save(at(1)), CacheLimits::default(), 1_001).unwrap();
    assert_eq!(other.flush(at(1), Some("A.lab.")), 1);
    one.merge_saved(at(3), &other.save(at(2))).unwrap();
    assert_eq!(found(&mut one, at(3), "a.lab"), "not kept");
    assert_eq!(found(&mut one, at(3), "b.lab"), "1 of b.lab, 97 s");
    keep(&mut one, at(9), vec![address("a.lab", 100, 1)]);
    one.merge_saved(at(9), &other.save(at(9))).unwrap();
    assert_eq!(found(&mut one, at(9), "a.lab"), "1 of a.lab, 100 s");
    assert_eq!(other.flush(at(10), None), 1);
    one.merge_saved(at(12), &other.save(at(11))).unwrap();
    assert!(one.is_empty());
}

#[test]
fn with_a_name_its_services_at_other_ports_are_flushed() {
    let mut cache = DnsCache::new(CacheLimits::default(), 1_000);
    let hosts = [
        "a.lab",
        "_8443._https.a.lab",
        "_8443._https.b.lab",
        "_x._https.a.lab",
        "_8443._tcp.a.lab",
        "www.a.lab",
    ];
    keep(
        &mut cache,
        at(0),
        hosts.map(|host| address(host, 100, 1)).to_vec(),
    );
    let known = cache.save(at(1));
    assert_eq!(cache.flush(at(2), Some("A.lab")), 2);
    // Nor does it come back from another process.
    cache.merge_saved(at(3), &known).unwrap();
    let mut left: Vec<String> = cache.rows(at(3)).into_iter().map(|row| row.name).collect();
    left.sort();
    let mut expected = hosts[2..].to_vec();
    expected.sort();
    assert_eq!(left, expected);
}

#[test]
fn networks_are_bounded_and_stay_apart() {
    let mut cache = DnsCache::new(CacheLimits::default(), 0);
    for network in 0..NETWORK_LIMIT + 5 {
        cache.use_network(&network.to_string());
        assert_eq!(found(&mut cache, at(0), "a.lab"), "not kept", "{network}");
        keep(
            &mut cache,
            at(network as u64),
            vec![address("a.lab", 10_000, 1)],
        );
    }
    assert!(cache.networks.len() <= NETWORK_LIMIT);
}
