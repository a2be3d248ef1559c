//! What a stub look-up costs that the cache answers: CPU nanoseconds, as `cargo xtask bench dns`
//! tells them. Prints `stub_lookup_ns NUMBER`.

use std::{net::IpAddr, rc::Rc};
use thru_dns::wire::{Kind, Message, Record};
use thru_dns::{
    CacheLimits, DnsCache, Families, Input, Lookup, Machine, Order, Source, Step, Stub, StubConfig,
};
use thru_events::{Tap, Time};
use thru_host::ProcessCpu;
use thru_port::CpuClock;

/// Names in the cache.
const NAMES: usize = 1000;
/// Look-ups that are measured.
const LOOKUPS: usize = 400_000;

fn main() {
    let config = Rc::new(StubConfig {
        servers: vec![([192, 0, 2, 53], 53).into()],
        order: vec![Step::of(Source::Dns)],
        ..StubConfig::default()
    });
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

fn begin(name: &str, config: &Rc<StubConfig>, cache: &mut DnsCache) -> Stub {
    let lookup = Lookup {
        host: name.to_owned(),
        port: 443,
        families: Families::Any,
        services: false,
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

/// Answers every question with one address of its family.
fn answer(stub: &mut Stub, cache: &mut DnsCache) {
    while let Some(Order::Exchange(order)) = stub.poll(Time(1), cache, &Tap::off()) {
        let mut message = Message::decode(&order.octets).expect("our own question can be read");
        let asked = message.questions[0].clone();
        let address: IpAddr = match asked.kind {
            Kind::AAAA => [0x2001, 0xdb8, 0, 0, 0, 0, 0, 1].into(),
            _ => [192, 0, 2, 1].into(),
        };
        let data = match address {
            IpAddr::V4(address) => address.octets().to_vec(),
            IpAddr::V6(address) => address.octets().to_vec(),
        };
        message.flags.qr = true;
        message.answers.push(Record {
            name: asked.name,
            kind: asked.kind,
            class: 1,
            ttl: 3600,
            data,
        });
        let input = Input::Response {
            token: order.token,
            from: order.server,
            octets: message.encode(),
            cause: None,
        };
        stub.handle(Time(1), input, cache, &Tap::off());
    }
}
