//! What a conversation with one interface may say beside what all may (`thru_conversation`). The own
//! hardware address is m1, the own address 10.0.0.1 or fe80::1.
//!
//! `send P to A`                 packet P is for the neighbour A
//! `>> request A M for B`        ARP: M, which has A, asks for B; `>> reply A M for B M2` answers
//! `>> advert A M WORDS`         NDP: `solicited`, `replace`, `router`; M may be `-`
//! `>> speaks A M`               NDP: a solicitation or a router's message names M for A
//! `confirm A`                   NDP: what was sent to A arrived, say the stages above
//! `probe A`, `watch A`          RFC 5227: the own address is wanted, or used without a question
//! `knows A M`, `knows A -`, `state A STATE`, `router A yes`      what is known of a neighbour
//! `many N`                      the same for N neighbours, which nobody answers for

use std::net::{IpAddr, Ipv4Addr, Ipv6Addr};
use thru_conversation::{Party, Talk, hold};
use thru_events::{MacAddress, Time};
use thru_link::{
    AddressDefence, ArpOperation, ArpPacket, Conflict, DefenceOutput, NeighbourOutput,
    NeighbourTable, Released, Resolution,
    ndp::{Advertisement, CacheOutput, NeighbourCache},
};

struct Link {
    table: NeighbourTable<String>,
    cache: NeighbourCache<String>,
    defence: AddressDefence,
}

const OWN_MAC: MacAddress = mac(1);
const OWN: Ipv4Addr = Ipv4Addr::new(10, 0, 0, 1);

const fn mac(n: u8) -> MacAddress {
    MacAddress([2, 0, 0, 0, 0, n])
}

/// Holds one conversation.
pub fn talk(script: &str) {
    let mut link = Link {
        table: NeighbourTable::new(),
        cache: NeighbourCache::new(),
        defence: AddressDefence::new(OWN_MAC),
    };
    hold(script, &mut link);
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

impl Party for Link {
    fn obey(&mut self, talk: &mut Talk, words: &[&str]) {
        match *words {
            ["send", packet, "to", to] => self.send(talk, packet, to),
            [">>", "request", from, at, "for", target] => {
                self.arp(talk, ArpOperation::Request, (from, at), (target, None));
            }
            [">>", "reply", from, at, "for", target, to] => {
                self.arp(talk, ArpOperation::Reply, (from, at), (target, Some(to)));
            }
            [">>", "speaks", address, at] => {
                let (address, at) = (v6(address), mac_of(at));
                let tap = &talk.tap;
                let released = self.cache.learn(talk.now, address, at, None, None, tap);
                self.released(talk, released);
            }
            [">>", "advert", address, at, ref rest @ ..] => self.advert(talk, address, at, rest),
            ["confirm", address] => {
                self.cache.confirm(talk.now, v6(address), None, &talk.tap);
            }
            ["probe", address] => self.defence.probe(talk.now, v4(address), None),
            ["watch", address] => self.defence.watch(v4(address), None),
            ["knows", address, at] => self.knows(talk, address, at),
            ["state", address, state] => {
                let known = self.cache.lookup(talk.now, v6(address));
                let found = known.map_or("NONE", |(state, _)| state.name());
                talk.check(found, state);
            }
            ["router", address, yes] => {
                talk.check(self.cache.is_router(v6(address)), yes == "yes");
            }
            ["many", count] => self.many(talk, count.parse().unwrap()),
            _ => panic!("not understood: {}", talk.line),
        }
    }

    fn work(&mut self, talk: &mut Talk) {
        while let Some(output) = self.table.poll(talk.now, &talk.tap) {
            talk.hear(match output {
                NeighbourOutput::Ask { address, .. } => format!("who has {address}"),
                NeighbourOutput::GaveUp {
                    address, packets, ..
                } => format!("no {address}: {}", packets.join(" ")),
            });
        }
        while let Some(output) = self.cache.poll(talk.now, &talk.tap) {
            talk.hear(match output {
                CacheOutput::Solicit { address, to, .. } => match to {
                    Some(mac) => format!("are you there {address} to {}", name(mac)),
                    None => format!("who has {address}"),
                },
                CacheOutput::GaveUp {
                    address, packets, ..
                } => format!("no {address}: {}", packets.join(" "))
                    .trim_end()
                    .to_owned(),
            });
        }
        while let Some(output) = self.defence.poll(talk.now, &talk.tap) {
            talk.hear(match output {
                DefenceOutput::Probe { address, .. } => format!("probe {address}"),
                DefenceOutput::Announce { address, .. } => format!("announce {address}"),
                DefenceOutput::Usable { address, .. } => format!("usable {address}"),
            });
        }
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

impl Link {
    fn send(&mut self, talk: &mut Talk, packet: &str, to: &str) {
        let (now, packet, tap) = (talk.now, packet.to_owned(), &talk.tap);
        let outcome = match to.parse().unwrap() {
            IpAddr::V4(to) => self.table.resolve(now, to, packet, true, None, tap),
            IpAddr::V6(to) => self.cache.resolve(now, to, packet, true, None, tap),
        };
        match outcome {
            Resolution::Known(released) => self.released(talk, vec![released]),
            Resolution::Waiting { dropped: None } => {}
            Resolution::Waiting {
                dropped: Some(packet),
            } => talk.hear(format!("{packet} had to go")),
            Resolution::Full { packet, .. } => {
                talk.hear(format!("no room for {packet}"));
            }
        }
    }

    fn arp(
        &mut self,
        talk: &mut Talk,
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
        if let Some(conflict) = self.defence.handle_arp(talk.now, &arp, None, &talk.tap) {
            let words = match conflict {
                Conflict::Taken { .. } => "taken",
                Conflict::Defended => "defended",
                Conflict::GiveUp { .. } => "given up",
                Conflict::Silence => "silence",
            };
            talk.hear(words);
        }
        let own = (OWN_MAC, Some(OWN));
        let reaction = self.table.handle_arp(talk.now, &arp, own, None, &talk.tap);
        if let Some((reply, _)) = reaction.reply {
            let (ip, at) = (reply.sender_ip, name(reply.sender_mac));
            let to = name(reply.target_mac);
            talk.hear(format!("reply {ip} {at} to {to}"));
        }
        self.released(talk, reaction.released);
    }

    fn advert(&mut self, talk: &mut Talk, address: &str, at: &str, words: &[&str]) {
        let advertisement = Advertisement {
            address: v6(address),
            mac: (at != "-").then(|| mac_of(at)),
            router: words.contains(&"router"),
            solicited: words.contains(&"solicited"),
            replace: words.contains(&"replace"),
        };
        let (now, tap) = (talk.now, &talk.tap);
        let released = self
            .cache
            .handle_advertisement(now, advertisement, None, tap);
        self.released(talk, released);
    }

    fn released(&mut self, talk: &mut Talk, released: Vec<Released<String>>) {
        for Released { packet, mac, .. } in released {
            talk.hear(format!("{packet} to {}", name(mac)));
        }
    }

    fn many(&mut self, talk: &mut Talk, count: u32) {
        for n in 0..count {
            let to = Ipv4Addr::from_bits(0x0a01_0000 + n);
            let tap = &talk.tap;
            self.table
                .resolve(talk.now, to, "p".to_owned(), false, None, tap);
            let to = Ipv6Addr::from_bits((0xfe80 << 112) | (u128::from(n) + 1000));
            self.cache
                .resolve(talk.now, to, "p".to_owned(), false, None, tap);
        }
        while self.table.poll(talk.now, &talk.tap).is_some() {}
        while self.cache.poll(talk.now, &talk.tap).is_some() {}
    }

    fn knows(&self, talk: &Talk, address: &str, at: &str) {
        let found = match address.parse().unwrap() {
            IpAddr::V4(address) => self.table.lookup(talk.now, address),
            IpAddr::V6(address) => self.cache.lookup(talk.now, address).map(|(_, mac)| mac),
        };
        let wanted = (at != "-").then(|| mac_of(at));
        talk.check(found, wanted);
    }
}
