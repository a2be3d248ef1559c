//! How many answers by UDP a network of clients gets: who asks in another's name cannot make this
//! server flood it.

use std::cell::RefCell;
use std::collections::HashMap;
use std::net::{IpAddr, Ipv4Addr};
use thru_events::Time;

/// Most networks that are counted at once.
const NETWORK_LIMIT: usize = 65_536;
/// Networks that are forgotten when there are as many.
const FORGOTTEN_AT_ONCE: usize = NETWORK_LIMIT / 8;
/// Bits that make a network of clients.
const V4_BITS: u32 = 24;
const V6_BITS: u32 = 56;
/// Of so many answers too many one is sent, cut: a client that is really there asks again by TCP.
const SLIP: u32 = 2;
const SECOND: u64 = 1_000_000_000;

/// What is done with an answer.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Pass {
    /// It is sent.
    Whole,
    /// Only its head is sent, truncated.
    Cut,
    /// It is not sent.
    Dropped,
}

struct Bucket {
    /// Answers that may be sent, in nanoseconds of their rate.
    credit: u64,
    at: Time,
    too_many: u32,
}

/// Counts answers for networks of clients.
pub(super) struct RateLimit {
    /// Answers a second.
    pub per_second: u32,
    buckets: RefCell<HashMap<u128, Bucket>>,
}

impl RateLimit {
    pub(super) fn new(per_second: u32) -> RateLimit {
        RateLimit {
            per_second: per_second.max(1),
            buckets: RefCell::default(),
        }
    }

    /// Counts an answer to `client`. A second's worth of answers may come at once.
    pub(super) fn count(&self, client: IpAddr, now: Time) -> Pass {
        let mut buckets = self.buckets.borrow_mut();
        let network = network(client);
        if buckets.len() >= NETWORK_LIMIT && !buckets.contains_key(&network) {
            make_room(&mut buckets);
        }
        let bucket = buckets.entry(network).or_insert(Bucket {
            credit: SECOND,
            at: now,
            too_many: 0,
        });
        let passed = now.since(bucket.at).as_nanos().min(u128::from(SECOND)) as u64;
        bucket.credit = (bucket.credit + passed).min(SECOND);
        bucket.at = now;
        let price = SECOND / u64::from(self.per_second);
        if bucket.credit >= price {
            bucket.credit -= price;
            return Pass::Whole;
        }
        bucket.too_many = bucket.too_many.wrapping_add(1);
        match bucket.too_many % SLIP {
            0 => Pass::Cut,
            _ => Pass::Dropped,
        }
    }
}

/// Forgets the networks that were quiet longest: so many at once that the search for them costs each
/// answer little. Who floods was heard just now, and stays counted.
fn make_room(buckets: &mut HashMap<u128, Bucket>) {
    let mut ages: Vec<(Time, u128)> = buckets.iter().map(|(key, own)| (own.at, *key)).collect();
    ages.select_nth_unstable(FORGOTTEN_AT_ONCE);
    for (_, key) in &ages[..FORGOTTEN_AT_ONCE] {
        buckets.remove(key);
    }
}

fn network(client: IpAddr) -> u128 {
    match client.to_canonical() {
        IpAddr::V4(address) => {
            let bits = u32::from(address) >> (32 - V4_BITS) << (32 - V4_BITS);
            u128::from(Ipv4Addr::from(bits).to_ipv6_mapped())
        }
        IpAddr::V6(address) => u128::from(address) >> (128 - V6_BITS) << (128 - V6_BITS),
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use std::time::Duration;

    #[test]
    fn a_network_gets_its_rate_and_others_are_not_touched() {
        let limit = RateLimit::new(10);
        let start = Time::ZERO;
        let one: IpAddr = "192.0.2.1".parse().unwrap();
        let beside: IpAddr = "192.0.2.200".parse().unwrap();
        let other: IpAddr = "192.0.3.1".parse().unwrap();
        let passes: Vec<Pass> = (0..14).map(|_| limit.count(one, start)).collect();
        assert!(passes[..10].iter().all(|pass| *pass == Pass::Whole));
        assert_eq!(
            passes[10..],
            [Pass::Dropped, Pass::Cut, Pass::Dropped, Pass::Cut]
        );
        assert_ne!(limit.count(beside, start), Pass::Whole);
        assert_eq!(limit.count(other, start), Pass::Whole);
        let later = start.after(Duration::from_millis(100));
        assert_eq!(limit.count(one, later), Pass::Whole);
        assert_ne!(limit.count(one, later), Pass::Whole);
    }

    #[test]
    fn the_table_has_a_limit() {
        let limit = RateLimit::new(1);
        for number in 0..NETWORK_LIMIT as u32 + 10 {
            limit.count(
                IpAddr::from(std::net::Ipv4Addr::from(number << 8)),
                Time::ZERO,
            );
        }
        assert!(limit.buckets.borrow().len() <= NETWORK_LIMIT);
    }

    #[test]
    fn who_floods_stays_counted_however_many_others_come() {
        let limit = RateLimit::new(2);
        let flooder: IpAddr = "203.0.113.1".parse().unwrap();
        let mut whole = 0;
        for number in 0..2 * NETWORK_LIMIT as u32 {
            // All within a second, the flooder at every thousandth.
            let now = Time(u64::from(number) * 5000);
            let other = Ipv4Addr::from(0x0a00_0000_u32.wrapping_add(number << 8));
            limit.count(other.into(), now);
            if number % 1000 == 0 {
                whole += u32::from(limit.count(flooder, now) == Pass::Whole);
            }
        }
        assert_eq!(whole, 3, "two at once, and one that half a second earns");
    }
}
