use super::*;
use crate::message::absolute;
use hickory_proto::op::{MessageType, OpCode};
use hickory_proto::rr::rdata::{A, CNAME, SOA};

fn name(text: &str) -> Name {
    absolute(text).unwrap()
}

fn address(owner: &str, ttl: u32, last: u8) -> Record {
    Record::from_rdata(name(owner), ttl, RData::A(A::new(192, 0, 2, last)))
}

fn alias(owner: &str, target: &str) -> Record {
    Record::from_rdata(name(owner), 60, RData::CNAME(CNAME(name(target))))
}

fn at(seconds: u64) -> Time {
    Time::ZERO.after(Duration::from_secs(seconds))
}

fn found(cache: &DnsCache, now: Time, owner: &str) -> String {
    match cache.find(now, &name(owner), RecordType::A, Rank::Answer) {
        Found::Records { chain, ttl_left_s } => {
            format!(
                "{} after {} aliases, {ttl_left_s} s",
                chain.records.len(),
                chain.aliases.len()
            )
        }
        Found::Denial {
            no_name,
            ttl_left_s,
            ..
        } => format!("denied ({no_name}), {ttl_left_s} s"),
        Found::Missing { why } => why.to_owned(),
    }
}

fn denial(rcode: ResponseCode, ttl: u32, minimum: u32) -> Message {
    let mut message = Message::new(1, MessageType::Response, OpCode::Query);
    message.metadata.response_code = rcode;
    let soa = SOA::new(name("ns.lab"), name("root.lab"), 1, 1, 1, 1, minimum);
    message.add_authority(Record::from_rdata(name("lab"), ttl, RData::SOA(soa)));
    message
}

fn keep(cache: &mut DnsCache, now: Time, records: Vec<Record>) {
    cache.keep_all(now, records.iter(), Rank::Answer, &Tap::off(), None);
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
    assert_eq!(found(&cache, at(0), "WWW.lab"), "2 after 1 aliases, 30 s");
    assert_eq!(found(&cache, at(29), "shop.lab"), "2 after 0 aliases, 1 s");
    assert_eq!(found(&cache, at(30), "shop.lab"), "its time is over");
    assert_eq!(found(&cache, at(0), "other.lab"), "not kept");
}

#[test]
fn floor_and_ceiling_bound_the_ttl_and_zero_is_not_kept() {
    let limits = CacheLimits {
        ttl_ceiling_s: 50,
        ..CacheLimits::default()
    };
    let mut cache = DnsCache::new(limits, 0);
    keep(
        &mut cache,
        at(0),
        vec![address("zero.lab", 0, 1), address("long.lab", 9999, 1)],
    );
    assert_eq!(found(&cache, at(0), "zero.lab"), "not kept");
    assert_eq!(found(&cache, at(0), "long.lab"), "1 after 0 aliases, 50 s");
    let mut cache = DnsCache::new(
        CacheLimits {
            ttl_floor_s: 5,
            ..limits
        },
        0,
    );
    keep(&mut cache, at(0), vec![address("zero.lab", 0, 1)]);
    assert_eq!(found(&cache, at(4), "zero.lab"), "1 after 0 aliases, 1 s");
}

#[test]
fn a_denial_lives_as_long_as_the_soa_record_allows() {
    let mut cache = DnsCache::new(CacheLimits::default(), 0);
    let nothing = denial(ResponseCode::NXDomain, 600, 60);
    cache.keep_denial(
        at(0),
        &name("no.lab"),
        RecordType::AAAA,
        &nothing,
        &Tap::off(),
        None,
    );
    assert_eq!(found(&cache, at(59), "no.lab"), "denied (true), 1 s");
    let empty = denial(ResponseCode::NoError, 20, 60);
    cache.keep_denial(
        at(0),
        &name("v6.lab"),
        RecordType::A,
        &empty,
        &Tap::off(),
        None,
    );
    assert_eq!(found(&cache, at(0), "v6.lab"), "denied (false), 20 s");
    assert_eq!(found(&cache, at(60), "no.lab"), "not kept");
}

#[test]
fn glue_is_no_answer_and_does_not_replace_one() {
    let mut cache = DnsCache::new(CacheLimits::default(), 0);
    let glue = [address("ns.lab", 100, 9)];
    cache.keep_all(at(0), glue.iter(), Rank::Referral, &Tap::off(), None);
    assert_eq!(found(&cache, at(0), "ns.lab"), "not kept");
    keep(&mut cache, at(0), vec![address("ns.lab", 50, 1)]);
    cache.keep_all(at(1), glue.iter(), Rank::Referral, &Tap::off(), None);
    assert_eq!(found(&cache, at(1), "ns.lab"), "1 after 0 aliases, 49 s");
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
        (cache.len(), found(&cache, at(0), "b.lab")),
        (2, "not kept".to_owned())
    );
    cache.use_network("elsewhere");
    assert_eq!(found(&cache, at(0), "a.lab"), "not kept");
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
    let gone = denial(ResponseCode::NXDomain, 600, 60);
    cache.keep_denial(
        at(5),
        &name("no.lab"),
        RecordType::A,
        &gone,
        &Tap::off(),
        None,
    );
    let octets = cache.save(at(9));
    let mut later = DnsCache::restore(&octets, CacheLimits::default(), 1_015).unwrap();
    assert_eq!(found(&later, at(0), "a.lab"), "not kept");
    later.use_network("home");
    assert_eq!(found(&later, at(0), "a.lab"), "1 after 0 aliases, 20 s");
    assert_eq!(found(&later, at(0), "no.lab"), "denied (true), 50 s");
    assert_eq!(later.rows(at(0)).len(), 2);
    for cut in 0..octets.len() {
        let _ = DnsCache::restore(&octets[..cut], CacheLimits::default(), 0);
    }
    let refused = DnsCache::restore(b"\x89PNG\r\n\x1a\n", CacheLimits::default(), 0);
    assert_eq!(refused.unwrap_err().field, "head");
}

/// Counts the limits that are stated.
#[derive(Default)]
struct Limits(std::cell::RefCell<Vec<(String, u64)>>);

impl thru_events::Recorder for Limits {
    fn record(
        &self,
        _: Cause,
        _: thru_events::Provenance,
        _: thru_events::Vantage,
        _: Option<thru_octets::Span>,
        event: thru_events::Event,
    ) -> Cause {
        if let thru_events::Event::Trip(TripEvent::LimitReached { limit, value, .. }) = event {
            self.0.borrow_mut().push((limit.to_string(), value));
        }
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
    let said = std::rc::Rc::new(Limits::default());
    let tap = Tap::new(
        said.clone(),
        thru_events::Provenance::Observed,
        thru_events::Vantage::Near,
    );
    for (host, ttl) in [("a.lab", 300), ("b.lab", 100), ("c.lab", 200)] {
        let records = [address(host, ttl, 1)];
        cache.keep_all(at(0), records.iter(), Rank::Answer, &tap, None);
    }
    assert_eq!(
        *said.0.borrow(),
        [("entries of the DNS cache".to_owned(), 2)]
    );
    assert_eq!(found(&cache, at(0), "b.lab"), "not kept");
}
