//! Runs a conversation: a script of what happens on the link and what must come of it, in virtual
//! time. The own hardware address is m1, the own address 10.0.0.1 or fe80::1.
//!
//! `send P to A`                 packet P is for the neighbour A
//! `>> request A M for B`        ARP: M, which has A, asks for B; `>> reply A M for B M2` answers
//! `>> advert A M WORDS`         NDP: `solicited`, `replace`, `router`; M may be `-`
//! `>> speaks A M`               NDP: a solicitation or a router's message names M for A
//! `confirm A`                   NDP: what was sent to A arrived, say the stages above
//! `probe A`, `watch A`          RFC 5227: the own address is wanted, or used without a question
//! `after 1s`, `timer 1s`        time passes; `timer` says that the next timer is due just then
//! `<< WORDS`                    what is sent or said; every one must be named, in order
//! `says EVENT`                  it was stated, after what was said before
//! `knows A M`, `knows A -`, `state A STATE`, `router A yes`      what is known of a neighbour
//! `many N`                      the same for N neighbours, which nobody answers for

use std::{
    cell::RefCell,
    collections::VecDeque,
    net::{IpAddr, Ipv4Addr, Ipv6Addr},
    rc::Rc,
    time::Duration,
};
use thru_events::{
    Cause, CpuWork, Event, EventId, MacAddress, NodeId, Provenance, Recorder, Tap, Time, Vantage,
};
use thru_link::{
    AddressDefence, ArpOperation, ArpPacket, Conflict, DefenceOutput, NeighbourOutput,
    NeighbourTable, Released, Resolution,
    ndp::{Advertisement, CacheOutput, NeighbourCache},
};
use thru_octets::{BytesId, Span};

#[derive(Default)]
struct Notes(RefCell<Vec<Event>>);

impl Recorder for Notes {
    fn record(
        &self,
        cause: Cause,
        _: Provenance,
        _: Vantage,
        _: Option<Span>,
        event: Event,
    ) -> Cause {
        let mut events = self.0.borrow_mut();
        let id = EventId::from_index(events.len());
        assert!(cause < id, "a cause is earlier");
        events.push(event);
        id
    }

    fn keep(&self, _: &[u8]) -> BytesId {
        BytesId(0)
    }

    fn cpu(&self, _: Cause, _: CpuWork) {}
}

struct Talk {
    now: Time,
    table: NeighbourTable<String>,
    cache: NeighbourCache<String>,
    defence: AddressDefence,
    notes: Rc<Notes>,
    tap: Tap,
    said: usize,
    heard: VecDeque<String>,
    line: String,
}

const OWN_MAC: MacAddress = mac(1);
const OWN: Ipv4Addr = Ipv4Addr::new(10, 0, 0, 1);

const fn mac(n: u8) -> MacAddress {
    MacAddress([2, 0, 0, 0, 0, n])
}

/// Runs one script. A line that is not true fails with its text.
pub fn talk(script: &str) {
    let notes = Rc::new(Notes::default());
    let node = Vantage::Node(NodeId(0));
    let tap = Tap::new(notes.clone(), Provenance::Simulated, node);
    let mut talk = Talk {
        now: Time::ZERO,
        table: NeighbourTable::new(),
        cache: NeighbourCache::new(),
        defence: AddressDefence::new(OWN_MAC),
        notes,
        tap,
        said: 0,
        heard: VecDeque::new(),
        line: String::new(),
    };
    for line in script
        .lines()
        .map(str::trim)
        .filter(|line| !line.is_empty())
    {
        talk.line = line.to_owned();
        talk.obey(line);
    }
    assert_eq!(talk.heard.pop_front(), None, "and nothing else");
}

fn duration(text: &str) -> Duration {
    let (number, scale) = match text.strip_suffix("ms") {
        Some(number) => (number, 1e6),
        None => (text.trim_end_matches('s'), 1e9),
    };
    Duration::from_nanos((number.parse::<f64>().unwrap() * scale) as u64)
}

fn mac_of(text: &str) -> MacAddress {
    match text.strip_prefix('m') {
        Some("all") => MacAddress::BROADCAST,
        Some(number) => mac(number.parse().unwrap()),
        None => panic!("no hardware address: {text}"),
    }
}

fn name(mac: MacAddress) -> String {
    format!("m{}", mac.0[5])
}

fn v4(text: &str) -> Ipv4Addr {
    text.parse().unwrap()
}

fn v6(text: &str) -> Ipv6Addr {
    text.parse().unwrap()
}

impl Talk {
    fn obey(&mut self, line: &str) {
        let words: Vec<&str> = line.split_whitespace().collect();
        match words[..] {
            ["send", packet, "to", to] => self.send(packet, to),
            [">>", "request", from, at, "for", target] => {
                self.arp(ArpOperation::Request, (from, at), (target, None));
            }
            [">>", "reply", from, at, "for", target, to] => {
                self.arp(ArpOperation::Reply, (from, at), (target, Some(to)));
            }
            [">>", "speaks", address, at] => {
                let (address, at) = (v6(address), mac_of(at));
                let tap = &self.tap;
                let released = self.cache.learn(self.now, address, at, None, None, tap);
                self.released(released);
            }
            [">>", "advert", address, at, ref rest @ ..] => self.advert(address, at, rest),
            ["confirm", address] => {
                self.cache.confirm(self.now, v6(address), None, &self.tap);
            }
            ["probe", address] => self.defence.probe(self.now, v4(address), None),
            ["watch", address] => self.defence.watch(v4(address), None),
            ["after", time] => self.now = self.now.after(duration(time)),
            ["timer", time] => {
                let due = self.wake_at().expect("a timer runs");
                let wanted = self.now.after(duration(time));
                assert_eq!(due, wanted, "{}", self.line);
                self.now = wanted;
            }
            ["no", "timer"] => assert_eq!(self.wake_at(), None, "{}", self.line),
            ["<<", ..] => self.expect(line),
            ["says", event] => self.says(event),
            ["silent", event] => {
                let events = self.notes.0.borrow();
                let found = events[self.said..].iter().any(|it| it.name() == event);
                assert!(!found, "{} was said", event);
            }
            ["knows", address, at] => self.knows(address, at),
            ["state", address, state] => {
                let known = self.cache.lookup(self.now, v6(address));
                let found = known.map_or("NONE", |(state, _)| state.name());
                assert_eq!(found, state, "{}", self.line);
            }
            ["router", address, yes] => {
                assert_eq!(
                    self.cache.is_router(v6(address)),
                    yes == "yes",
                    "{}",
                    self.line
                );
            }
            ["many", count] => self.many(count.parse().unwrap()),
            _ => panic!("not understood: {line}"),
        }
        self.work();
    }

    fn send(&mut self, packet: &str, to: &str) {
        let (now, packet, tap) = (self.now, packet.to_owned(), &self.tap);
        let outcome = match to.parse().unwrap() {
            IpAddr::V4(to) => self.table.resolve(now, to, packet, true, None, tap),
            IpAddr::V6(to) => self.cache.resolve(now, to, packet, true, None, tap),
        };
        match outcome {
            Resolution::Known(released) => self.released(vec![released]),
            Resolution::Waiting { dropped: None } => {}
            Resolution::Waiting {
                dropped: Some(packet),
            } => self.heard.push_back(format!("<< {packet} had to go")),
            Resolution::Full { packet, .. } => {
                self.heard.push_back(format!("<< no room for {packet}"));
            }
        }
    }

    fn arp(
        &mut self,
        operation: ArpOperation,
        (from, at): (&str, &str),
        (target, to): (&str, Option<&str>),
    ) {
        let arp = ArpPacket {
            operation,
            sender_mac: mac_of(at),
            sender_ip: v4(from),
            target_mac: to.map_or(MacAddress([0; 6]), mac_of),
            target_ip: v4(target),
        };
        // As it comes off the wire.
        let arp = ArpPacket::parse(&arp.encode()).unwrap();
        if let Some(conflict) = self.defence.handle_arp(self.now, &arp, None, &self.tap) {
            let words = match conflict {
                Conflict::Taken { .. } => "taken",
                Conflict::Defended => "defended",
                Conflict::GiveUp { .. } => "given up",
                Conflict::Silence => "silence",
            };
            self.heard.push_back(format!("<< {words}"));
        }
        let own = (OWN_MAC, Some(OWN));
        let reaction = self.table.handle_arp(self.now, &arp, own, None, &self.tap);
        if let Some((reply, _)) = reaction.reply {
            let (ip, at) = (reply.sender_ip, name(reply.sender_mac));
            let to = name(reply.target_mac);
            self.heard.push_back(format!("<< reply {ip} {at} to {to}"));
        }
        self.released(reaction.released);
    }

    fn advert(&mut self, address: &str, at: &str, words: &[&str]) {
        let advertisement = Advertisement {
            address: v6(address),
            mac: (at != "-").then(|| mac_of(at)),
            router: words.contains(&"router"),
            solicited: words.contains(&"solicited"),
            replace: words.contains(&"replace"),
        };
        let (now, tap) = (self.now, &self.tap);
        let released = self
            .cache
            .handle_advertisement(now, advertisement, None, tap);
        self.released(released);
    }

    fn released(&mut self, released: Vec<Released<String>>) {
        for Released { packet, mac, .. } in released {
            self.heard
                .push_back(format!("<< {packet} to {}", name(mac)));
        }
    }

    fn many(&mut self, count: u32) {
        for n in 0..count {
            let to = Ipv4Addr::from_bits(0x0a01_0000 + n);
            let tap = &self.tap;
            self.table
                .resolve(self.now, to, "p".to_owned(), false, None, tap);
            let to = Ipv6Addr::from_bits((0xfe80 << 112) | (u128::from(n) + 1000));
            self.cache
                .resolve(self.now, to, "p".to_owned(), false, None, tap);
        }
        while self.table.poll(self.now, &self.tap).is_some() {}
        while self.cache.poll(self.now, &self.tap).is_some() {}
    }

    /// What is due now is said.
    fn work(&mut self) {
        let (now, tap) = (self.now, &self.tap);
        while let Some(output) = self.table.poll(now, tap) {
            self.heard.push_back(match output {
                NeighbourOutput::Ask { address, .. } => format!("<< who has {address}"),
                NeighbourOutput::GaveUp {
                    address, packets, ..
                } => format!("<< no {address}: {}", packets.join(" ")),
            });
        }
        while let Some(output) = self.cache.poll(now, tap) {
            self.heard.push_back(match output {
                CacheOutput::Solicit { address, to, .. } => match to {
                    Some(mac) => format!("<< are you there {address} to {}", name(mac)),
                    None => format!("<< who has {address}"),
                },
                CacheOutput::GaveUp {
                    address, packets, ..
                } => format!("<< no {address}: {}", packets.join(" "))
                    .trim_end()
                    .to_owned(),
            });
        }
        while let Some(output) = self.defence.poll(now, tap) {
            self.heard.push_back(match output {
                DefenceOutput::Probe { address, .. } => format!("<< probe {address}"),
                DefenceOutput::Announce { address, .. } => format!("<< announce {address}"),
                DefenceOutput::Usable { address, .. } => format!("<< usable {address}"),
            });
        }
    }

    fn expect(&mut self, line: &str) {
        let found = self.heard.pop_front();
        assert_eq!(found.as_deref(), Some(line));
    }

    fn says(&mut self, name: &str) {
        let events = self.notes.0.borrow();
        let rest = events[self.said..].iter();
        let found = rest.clone().position(|event| event.name() == name);
        let names: Vec<_> = rest.map(Event::name).collect();
        let at = found.unwrap_or_else(|| panic!("{name} was not said, but {names:?}"));
        self.said += at + 1;
    }

    fn knows(&self, address: &str, at: &str) {
        let found = match address.parse().unwrap() {
            IpAddr::V4(address) => self.table.lookup(self.now, address),
            IpAddr::V6(address) => self.cache.lookup(self.now, address).map(|(_, mac)| mac),
        };
        let wanted = (at != "-").then(|| mac_of(at));
        assert_eq!(found, wanted, "{}", self.line);
    }

    fn wake_at(&self) -> Option<Time> {
        let timers = [
            self.table.wake_at(),
            self.cache.wake_at(),
            self.defence.wake_at(),
        ];
        timers.into_iter().flatten().min()
    }
}
