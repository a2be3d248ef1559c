//! What a stub look-up costs that the cache answers: CPU nanoseconds, as `cargo xtask bench dns`
//! tells them. Prints `stub_lookup_ns NUMBER`.
//!
//! The machine is one as they are: `files` before `dns`, a hosts file, a search domain, addresses of its
//! own that decide the order. Recording is off. Each look-up is one of the addresses of both families
//! and of the HTTPS record, as a page load makes it; that record is not there, which the cache knows too.

use std::net::{IpAddr, Ipv6Addr};
use std::rc::Rc;
use thru_dns::wire::{Kind, Message, Name, Record, data_from_words};
use thru_dns::{
    CacheLimits, DnsCache, Families, HostsFile, Input, Lookup, Machine, Order, OwnAddress, Source,
    Step, Stub, StubConfig,
};
use thru_events::{Tap, Time};
use thru_host::ProcessCpu;
use thru_port::CpuClock;

/// Names in the cache.
const NAMES: usize = 1000;
/// Lines of the hosts file.
const HOSTS: u8 = 40;
/// Look-ups that are measured.
const LOOKUPS: usize = 400_000;

fn main() {
    let config = Rc::new(machine());
    let mut cache = DnsCache::new(CacheLimits::default(), 1_700_000_000);
    let names: Vec<String> = (0..NAMES).map(|at| format!("www{at}.bench.test")).collect();
    for name in &names {
        let mut stub = begin(name, &config, &mut cache);
        answer(&mut stub, &mut cache);
        assert!(stub.outcome().is_some_and(Result::is_ok), "{name} is found");
    }
    let clock = ProcessCpu;
    let started = clock.nanos();
    let mut found = 0;
    for at in 0..LOOKUPS {
        let stub = begin(&names[at % NAMES], &config, &mut cache);
        found += usize::from(stub.outcome().is_some_and(Result::is_ok));
    }
    assert_eq!(found, LOOKUPS, "the cache answers every one");
    println!(
        "stub_lookup_ns {}",
        (clock.nanos() - started) / LOOKUPS as u64
    );
}

/// A machine as they are.
fn machine() -> StubConfig {
    let mut hosts = "127.0.0.1 localhost\n::1 localhost ip6-localhost\n".to_owned();
    for at in 0..HOSTS {
        hosts.push_str(&format!(
            "192.0.2.{at} printer{at}.bench.test printer{at}\n"
        ));
    }
    let own = |address: IpAddr, prefix| OwnAddress::new(address, prefix);
    StubConfig {
        servers: vec![([192, 0, 2, 53], 53).into()],
        order: vec![Step::of(Source::Files), Step::of(Source::Dns)],
        search: vec!["bench.test".into()],
        hosts: Rc::new(HostsFile::parse(hosts.as_bytes())),
        own: vec![
            own([127, 0, 0, 1].into(), 8),
            own([192, 0, 2, 7].into(), 24),
            own([0xfe80, 0, 0, 0, 0, 0, 0, 7].into(), 64),
            own([0x2001, 0xdb8, 0, 0, 0, 0, 0, 7].into(), 64),
        ],
        ..StubConfig::default()
    }
}

fn begin(name: &str, config: &Rc<StubConfig>, cache: &mut DnsCache) -> Stub {
    let lookup = Lookup {
        host: name.to_owned(),
        port: 443,
        families: Families::Any,
        services: true,
    };
    let chance = Box::new(|| 7);
    Stub::begin(
        Time(1),
        lookup,
        config.clone(),
        chance,
        cache,
        &Tap::off(),
        None,
    )
}

/// Answers every question with one address of its family, and that there is no HTTPS record.
fn answer(stub: &mut Stub, cache: &mut DnsCache) {
    while let Some(Order::Exchange(order)) = stub.poll(Time(1), cache, &Tap::off()) {
        let mut message = Message::decode(&order.octets).expect("our own question can be read");
        let asked = message.questions[0].clone();
        let record = |name, kind, data| Record {
            name,
            kind,
            class: 1,
            ttl: 3600,
            data,
        };
        message.flags.qr = true;
        match asked.kind {
            Kind::AAAA => {
                let data = Ipv6Addr::new(0x2001, 0xdb8, 0, 0, 0, 0, 0, 1).octets();
                message
                    .answers
                    .push(record(asked.name, asked.kind, data.to_vec()));
            }
            Kind::A => {
                let record = record(asked.name, asked.kind, vec![192, 0, 2, 1]);
                message.answers.push(record);
            }
            _ => {
                let words = ["ns.test.", "host.test.", "1", "60", "60", "60", "3600"];
                let data = data_from_words(Kind::SOA, &words, &Name::root());
                let zone = asked.name.parent().expect("the name is below a zone");
                let data = data.expect("a SOA record's words");
                message.authorities.push(record(zone, Kind::SOA, data));
            }
        }
        let input = Input::Response {
            token: order.token,
            from: order.server,
            octets: message.encode(),
            cause: None,
        };
        stub.handle(Time(1), input, cache, &Tap::off());
    }
}
