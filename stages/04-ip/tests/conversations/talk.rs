//! What a conversation with one machine about packets, routes and addresses may say beside what all
//! may (`thru_conversation`).
//!
//! `>> piece F I A:B more`       a piece of packet I of family F (4 or 6), octets A to B
//! `cut F N mtu M`               a packet with N octets of payload is cut
//! `route P via A if N`, `way A is P if N`, `way A is none`, `forget N`
//! `told A M of B`, `mtu A M`    a router says that M octets pass to A, where B were tried
//! `>> redirect D by R to T on N`    router R says that packets for D had better go to T
//! `next A is R`, `next A is neighbour`, `silence R`      where packets for A go; R does not answer
//! `starts WORDS`                IPv6 begins: `listens`, and addresses that are written down
//! `>> router R life L P V W`    an advertisement: lifetime, network, valid and preferred seconds
//! `>> claim A M`                machine M says that it has A, or asks about it from no address
//! `own A STANDING`, `default R yes`, `on link A yes`, `settled yes`
//! `client`, `careful client`, `server`      the two ends of DHCP; `carry` takes what the client
//!                               sent last to the server, and its answer back
//! `free`, `taken`               what a careful client found out; `nak` is an answer of the server

use crate::lending::Lending;
use std::net::{IpAddr, Ipv4Addr, Ipv6Addr};
use thru_conversation::{Party, Talk, hold};
use thru_events::{MacAddress, Time};
use thru_ip::{
    Before, FragmentOutcome, GivenUp, Ipv4Header, Ipv4Packet, Ipv6Header, Ipv6Packet, PROTOCOL_UDP,
    PathMtus, Prefix, Reassembler, Redirect, Redirects, Route, RoutingTable,
    autoconfiguration::{Autoconfiguration, Standing},
    fragment, fragment_ipv6,
};
use thru_link::ndp::{NdpMessage, NdpOptions, PrefixInformation};

struct Host {
    reassembler: Reassembler,
    routes: RoutingTable,
    mtus: PathMtus,
    redirects: Redirects,
    auto: Autoconfiguration,
    lending: Lending,
}

/// The machine: its address of the link is fe80::ff:fe00:1.
pub const MAC: MacAddress = MacAddress([2, 0, 0, 0, 0, 1]);
const V4: (Ipv4Addr, Ipv4Addr) = (Ipv4Addr::new(10, 0, 0, 2), Ipv4Addr::new(10, 0, 0, 1));
const V6: (Ipv6Addr, Ipv6Addr) = (
    Ipv6Addr::new(0x2001, 0xdb8, 0, 0, 0, 0, 0, 2),
    Ipv6Addr::new(0x2001, 0xdb8, 0, 0, 0, 0, 0, 1),
);

/// Holds one conversation.
pub fn talk(script: &str) {
    let mut host = Host {
        reassembler: Reassembler::default(),
        routes: RoutingTable::new(),
        mtus: PathMtus::default(),
        redirects: Redirects::default(),
        auto: Autoconfiguration::new(MAC),
        lending: Lending::default(),
    };
    hold(script, &mut host);
}

fn octets(from: usize, to: usize) -> Vec<u8> {
    (from..to).map(|at| (at * 7 + at / 256) as u8).collect()
}

fn prefix(text: &str) -> Prefix {
    let (address, length) = text.split_once('/').unwrap();
    let address: IpAddr = address.parse().unwrap();
    Prefix::new(address, length.parse().unwrap())
}

fn number<T: std::str::FromStr>(text: &str) -> T {
    text.parse().unwrap_or_else(|_| panic!("no number: {text}"))
}

impl Party for Host {
    fn obey(&mut self, talk: &mut Talk, words: &[&str]) {
        match *words {
            [">>", "piece", family, id, range, ref rest @ ..] => {
                self.piece(talk, family, number(id), range, rest.contains(&"more"));
            }
            ["cut", family, count, "mtu", mtu] => {
                self.cut(talk, family, number(count), number(mtu))
            }
            ["route", to, "via", via, "if", interface] => self.routes.add(Route {
                prefix: prefix(to),
                via: via.parse().ok(),
                interface: number(interface),
            }),
            ["way", to, "is", ref rest @ ..] => {
                let to: IpAddr = to.parse().unwrap();
                let found = self.routes.lookup(to);
                let found = found.map(|way| format!("{} if {}", way.prefix, way.interface));
                let found = found.unwrap_or("none".to_owned());
                talk.check(found, rest.join(" "));
            }
            ["forget", interface] => {
                let interface: usize = number(interface);
                self.routes.remove(|route| route.interface == interface);
            }
            [
                ">>",
                "redirect",
                destination,
                "by",
                from,
                "to",
                target,
                "on",
                interface,
            ] => {
                let redirect = Redirect {
                    from: from.parse().unwrap(),
                    destination: destination.parse().unwrap(),
                    target: target.parse().unwrap(),
                };
                self.redirect(talk, redirect, number(interface));
            }
            ["next", to, "is", hop] => {
                let found = self.way(to.parse().unwrap());
                let found = found
                    .via
                    .map_or("neighbour".to_owned(), |hop| hop.to_string());
                talk.check(found, hop);
            }
            ["silence", hop] => self.redirects.forget(hop.parse().unwrap()),
            ["told", to, mtu, "of", before] => {
                let (to, tap) = (to.parse().unwrap(), &talk.tap);
                self.mtus
                    .learn(talk.now, to, number(mtu), number(before), None, tap);
            }
            ["mtu", to, mtu] => {
                let found = self.mtus.get(talk.now, to.parse().unwrap());
                let found = found.map_or("unknown".to_owned(), |mtu| mtu.to_string());
                talk.check(found, mtu);
            }
            ["starts", ref rest @ ..] => {
                let written = rest.iter().filter_map(|text| text.parse().ok());
                let written: Vec<(Ipv6Addr, u8)> = written.map(|own| (own, 64)).collect();
                let listens = rest.contains(&"listens");
                self.auto
                    .start(talk.now, &written, listens, None, &talk.tap);
            }
            [">>", "router", router, "life", life, ref networks @ ..] => {
                self.router(talk, router, number(life), networks);
            }
            [">>", "claim", address, mac] => {
                let mac = MacAddress([2, 0, 0, 0, 0, number(mac)]);
                self.auto
                    .handle_claim(address.parse().unwrap(), mac, None, &talk.tap);
            }
            ["own", address, standing] => self.own(talk, address, standing),
            ["default", router, yes] => {
                let router: Ipv6Addr = router.parse().unwrap();
                let found = self.auto.routers().defaults().any(|known| known == router);
                talk.check(found, yes == "yes");
            }
            ["on", "link", address, yes] => {
                let address: IpAddr = address.parse().unwrap();
                let mut networks = self.auto.routers().on_link();
                talk.check(networks.any(|it| it.contains(address)), yes == "yes");
            }
            ["dns", server, yes] => {
                let server: Ipv6Addr = server.parse().unwrap();
                let found = self.auto.routers().dns().any(|known| known == server);
                talk.check(found, yes == "yes");
            }
            ["settled", yes] => talk.check(self.auto.is_settled(), yes == "yes"),
            _ => self.lending.obey(talk, words),
        }
    }

    fn work(&mut self, talk: &mut Talk) {
        while let Some(given_up) = self.reassembler.poll(talk.now) {
            self.given_up(talk, given_up);
        }
        while let Some(output) = self.auto.poll(talk.now, &talk.tap) {
            let (from, to) = (output.source, output.destination);
            let words = match output.message {
                NdpMessage::NeighbourSolicitation { target, .. } => {
                    format!("who has {target} from {from} to {to}")
                }
                other => format!("{} from {from} to {to}", other.meaning()),
            };
            talk.hear(words);
        }
        self.lending.work(talk);
    }

    fn wake_at(&self) -> Option<Time> {
        let timers = [
            self.reassembler.wake_at(),
            self.auto.wake_at(),
            self.lending.wake_at(),
        ];
        timers.into_iter().flatten().min()
    }
}

impl Host {
    /// The way that is in use.
    fn way(&self, to: IpAddr) -> Route {
        let found = self.routes.lookup(to).expect("a route");
        self.redirects.route(to, found)
    }

    fn redirect(&mut self, talk: &mut Talk, redirect: Redirect, interface: usize) {
        let target = self.routes.lookup(redirect.target);
        let before = Before {
            route: self.way(redirect.destination),
            target_is_neighbour: target
                .is_some_and(|way| way.via.is_none() && way.interface == interface),
            interface,
        };
        if let Err(why) = self.redirects.handle(redirect, before, None, &talk.tap) {
            talk.hear(format!("refused: {why}"));
        }
    }

    fn piece(&mut self, talk: &mut Talk, family: &str, id: u32, range: &str, more: bool) {
        let (from, to) = range.split_once(':').unwrap();
        let (from, to): (usize, usize) = (number(from), number(to));
        let payload = octets(from, to);
        let (outcome, evicted) = if family == "4" {
            let octets = Ipv4Header {
                identification: id as u16,
                more_fragments: more,
                fragment_offset: from as u16,
                ..Ipv4Header::new(V4.0, V4.1, PROTOCOL_UDP)
            }
            .encode(&payload);
            let packet = Ipv4Packet::parse(&octets).unwrap();
            self.reassembler.handle(talk.now, &packet, None)
        } else {
            let offset = (from as u16).to_be_bytes();
            let mut cut = vec![PROTOCOL_UDP, 0, offset[0], offset[1] | u8::from(more)];
            cut.extend_from_slice(&id.to_be_bytes());
            cut.extend_from_slice(&payload);
            let octets = Ipv6Header::new(V6.0, V6.1).encode(44, &cut);
            let packet = Ipv6Packet::parse(&octets).unwrap();
            if let Some(problem) = packet.chain.problem {
                let words = format!("code {:?} at {}", problem.code, problem.pointer);
                return talk.hear(words);
            }
            self.reassembler
                .handle_ipv6(talk.now, &packet, &octets, None)
        };
        if let Some(evicted) = evicted {
            self.given_up(talk, evicted);
        }
        let words = match outcome {
            FragmentOutcome::Waiting => return,
            FragmentOutcome::Refused { why } => format!("refused: {why}"),
            FragmentOutcome::Whole { packet, pieces, .. } => {
                let payload = match packet[0] >> 4 {
                    6 => Ipv6Packet::parse(&packet).unwrap().payload.to_vec(),
                    _ => Ipv4Packet::parse(&packet).unwrap().payload.to_vec(),
                };
                assert_eq!(
                    payload,
                    octets(0, payload.len()),
                    "the octets are in their places"
                );
                format!("whole {id}: {} octets of {pieces} pieces", payload.len())
            }
        };
        talk.hear(words);
    }

    fn cut(&mut self, talk: &mut Talk, family: &str, count: usize, mtu: usize) {
        let payload = octets(0, count);
        let (cut, header) = match family {
            "4" => (
                fragment(&Ipv4Header::new(V4.0, V4.1, PROTOCOL_UDP), &payload, mtu),
                20,
            ),
            "df" => {
                let header = Ipv4Header {
                    dont_fragment: true,
                    ..Ipv4Header::new(V4.0, V4.1, PROTOCOL_UDP)
                };
                (fragment(&header, &payload, mtu), 20)
            }
            _ => {
                let header = Ipv6Header::new(V6.0, V6.1);
                (fragment_ipv6(&header, PROTOCOL_UDP, &payload, mtu, 9), 40)
            }
        };
        let Some(cut) = cut else {
            return talk.hear("not cut".to_owned());
        };
        let words = cut.iter().map(|packet| {
            assert!(packet.len() <= mtu, "{}", talk.line);
            (packet.len() - header).to_string()
        });
        let words: Vec<String> = words.collect();
        talk.hear(words.join(" "));
    }

    fn router(&mut self, talk: &Talk, router: &str, lifetime_s: u16, networks: &[&str]) {
        let mut prefixes = Vec::new();
        let mut dns = Vec::new();
        for group in networks.chunks(3) {
            match *group {
                ["dns", server, life] => dns.push((server.parse().unwrap(), number(life))),
                [network, valid_s, preferred_s] => {
                    let (on_link, network) = match network.strip_prefix('-') {
                        Some(network) => (false, network),
                        None => (true, network),
                    };
                    let (address, length) = network.split_once('/').unwrap();
                    prefixes.push(PrefixInformation {
                        prefix: address.parse().unwrap(),
                        length: number(length),
                        on_link,
                        autonomous: true,
                        valid_s: number(valid_s),
                        preferred_s: number(preferred_s),
                    });
                }
                _ => panic!("{}", talk.line),
            }
        }
        let message = NdpMessage::RouterAdvertisement {
            hop_limit: 64,
            managed: false,
            other: false,
            lifetime_s,
            reachable_ms: 0,
            retransmit_ms: 0,
            options: NdpOptions {
                prefixes,
                dns,
                ..NdpOptions::default()
            },
        };
        let (router, tap) = (router.parse().unwrap(), &talk.tap);
        self.auto
            .handle_advertisement(talk.now, router, &message, None, tap);
    }

    fn own(&self, talk: &Talk, address: &str, standing: &str) {
        let address: Ipv6Addr = address.parse().unwrap();
        let found = self
            .auto
            .addresses()
            .iter()
            .find(|own| own.address == address);
        let found = match found.map(|own| own.standing) {
            None => "none",
            Some(Standing::Tentative { .. }) => "tentative",
            Some(Standing::Preferred) => "preferred",
            Some(Standing::Deprecated) => "deprecated",
            Some(Standing::Duplicate) => "duplicate",
        };
        talk.check(found, standing);
    }

    fn given_up(&mut self, talk: &mut Talk, given_up: GivenUp) {
        let told = match given_up.first {
            Some(_) => "its sender is told",
            None => "nobody is told",
        };
        let words = format!("given up, {told}: {}", given_up.why.words());
        talk.hear(words);
    }
}
