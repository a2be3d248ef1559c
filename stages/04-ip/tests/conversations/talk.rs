//! Runs a conversation: a script of what happens and what must come of it, in virtual time.
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
//! `after 1s`, `timer 1s`        time passes; `timer` says that the next timer is due just then
//! `<< WORDS`                    what is sent or said; every one must be named, in order
//! `says EVENT`                  it was stated, after what was said before

use crate::lending::Lending;
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
use thru_ip::{
    Before, FragmentOutcome, GivenUp, Ipv4Header, Ipv4Packet, Ipv6Header, Ipv6Packet, PROTOCOL_UDP,
    PathMtus, Prefix, Reassembler, Redirect, Redirects, Route, RoutingTable,
    autoconfiguration::{Autoconfiguration, Standing},
    fragment, fragment_ipv6,
};
use thru_link::ndp::{NdpMessage, NdpOptions, PrefixInformation};
use thru_octets::{BytesId, Span};

#[derive(Default)]
pub struct Notes(RefCell<Vec<Event>>);

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
    reassembler: Reassembler,
    routes: RoutingTable,
    mtus: PathMtus,
    redirects: Redirects,
    auto: Autoconfiguration,
    lending: Lending,
    notes: Rc<Notes>,
    tap: Tap,
    said: usize,
    heard: VecDeque<String>,
    line: String,
}

/// The machine: its address of the link is fe80::ff:fe00:1.
pub const MAC: MacAddress = MacAddress([2, 0, 0, 0, 0, 1]);
const V4: (Ipv4Addr, Ipv4Addr) = (Ipv4Addr::new(10, 0, 0, 2), Ipv4Addr::new(10, 0, 0, 1));
const V6: (Ipv6Addr, Ipv6Addr) = (
    Ipv6Addr::new(0x2001, 0xdb8, 0, 0, 0, 0, 0, 2),
    Ipv6Addr::new(0x2001, 0xdb8, 0, 0, 0, 0, 0, 1),
);

/// Runs one script. A line that is not true fails with its text.
pub fn talk(script: &str) {
    let notes = Rc::new(Notes::default());
    let node = Vantage::Node(NodeId(0));
    let tap = Tap::new(notes.clone(), Provenance::Simulated, node);
    let mut talk = Talk {
        now: Time::ZERO,
        reassembler: Reassembler::default(),
        routes: RoutingTable::new(),
        mtus: PathMtus::default(),
        redirects: Redirects::default(),
        auto: Autoconfiguration::new(MAC),
        lending: Lending::default(),
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

impl Talk {
    /// The way that is in use.
    fn way(&self, to: IpAddr) -> Route {
        let found = self.routes.lookup(to).expect("a route");
        self.redirects.route(to, found)
    }

    fn redirect(&mut self, redirect: Redirect, interface: usize) {
        let target = self.routes.lookup(redirect.target);
        let before = Before {
            route: self.way(redirect.destination),
            target_is_neighbour: target
                .is_some_and(|way| way.via.is_none() && way.interface == interface),
            interface,
        };
        if let Err(why) = self.redirects.handle(redirect, before, None, &self.tap) {
            self.heard.push_back(format!("<< refused: {why}"));
        }
    }

    fn obey(&mut self, line: &str) {
        let words: Vec<&str> = line.split_whitespace().collect();
        match words[..] {
            [">>", "piece", family, id, range, ref rest @ ..] => {
                self.piece(family, number(id), range, rest.contains(&"more"));
            }
            ["cut", family, count, "mtu", mtu] => self.cut(family, number(count), number(mtu)),
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
                assert_eq!(found, rest.join(" "), "{line}");
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
                self.redirect(redirect, number(interface));
            }
            ["next", to, "is", hop] => {
                let found = self.way(to.parse().unwrap());
                let found = found
                    .via
                    .map_or("neighbour".to_owned(), |hop| hop.to_string());
                assert_eq!(found, hop, "{line}");
            }
            ["silence", hop] => self.redirects.forget(hop.parse().unwrap()),
            ["told", to, mtu, "of", before] => {
                let (to, tap) = (to.parse().unwrap(), &self.tap);
                self.mtus
                    .learn(self.now, to, number(mtu), number(before), None, tap);
            }
            ["mtu", to, mtu] => {
                let found = self.mtus.get(self.now, to.parse().unwrap());
                let found = found.map_or("unknown".to_owned(), |mtu| mtu.to_string());
                assert_eq!(found, mtu, "{line}");
            }
            ["starts", ref rest @ ..] => {
                let written = rest.iter().filter_map(|text| text.parse().ok());
                let written: Vec<(Ipv6Addr, u8)> = written.map(|own| (own, 64)).collect();
                let listens = rest.contains(&"listens");
                self.auto
                    .start(self.now, &written, listens, None, &self.tap);
            }
            [">>", "router", router, "life", life, ref networks @ ..] => {
                self.router(router, number(life), networks);
            }
            [">>", "claim", address, mac] => {
                let mac = MacAddress([2, 0, 0, 0, 0, number(mac)]);
                self.auto
                    .handle_claim(address.parse().unwrap(), mac, None, &self.tap);
            }
            ["own", address, standing] => self.own(address, standing),
            ["default", router, yes] => {
                let router: Ipv6Addr = router.parse().unwrap();
                let found = self.auto.routers().defaults().any(|known| known == router);
                assert_eq!(found, yes == "yes", "{line}");
            }
            ["on", "link", address, yes] => {
                let address: IpAddr = address.parse().unwrap();
                let mut networks = self.auto.routers().on_link();
                assert_eq!(
                    networks.any(|it| it.contains(address)),
                    yes == "yes",
                    "{line}"
                );
            }
            ["dns", server, yes] => {
                let server: Ipv6Addr = server.parse().unwrap();
                let found = self.auto.routers().dns().any(|known| known == server);
                assert_eq!(found, yes == "yes", "{line}");
            }
            ["settled", yes] => assert_eq!(self.auto.is_settled(), yes == "yes", "{line}"),
            ["after", time] => self.now = self.now.after(duration(time)),
            ["timer", time] => {
                let due = self.wake_at().expect("a timer runs");
                assert_eq!(due, self.now.after(duration(time)), "{line}");
                self.now = due;
            }
            ["no", "timer"] => assert_eq!(self.wake_at(), None, "{line}"),
            ["<<", ..] => {
                let found = self.heard.pop_front();
                assert_eq!(found.as_deref(), Some(line));
            }
            ["says", event] => self.says(event),
            ["silent", event] => {
                let events = self.notes.0.borrow();
                let found = events[self.said..].iter().any(|it| it.name() == event);
                assert!(!found, "{event} was said");
            }
            _ => self
                .lending
                .obey(self.now, &words, &self.tap, &mut self.heard),
        }
        self.work();
    }

    fn piece(&mut self, family: &str, id: u32, range: &str, more: bool) {
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
            self.reassembler.handle(self.now, &packet, None)
        } else {
            let offset = (from as u16).to_be_bytes();
            let mut cut = vec![PROTOCOL_UDP, 0, offset[0], offset[1] | u8::from(more)];
            cut.extend_from_slice(&id.to_be_bytes());
            cut.extend_from_slice(&payload);
            let octets = Ipv6Header::new(V6.0, V6.1).encode(44, &cut);
            let packet = Ipv6Packet::parse(&octets).unwrap();
            if let Some(problem) = packet.chain.problem {
                let words = format!("<< code {:?} at {}", problem.code, problem.pointer);
                return self.heard.push_back(words);
            }
            self.reassembler
                .handle_ipv6(self.now, &packet, &octets, None)
        };
        if let Some(evicted) = evicted {
            self.given_up(evicted);
        }
        let words = match outcome {
            FragmentOutcome::Waiting => return,
            FragmentOutcome::Refused { why } => format!("<< refused: {why}"),
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
                format!("<< whole {id}: {} octets of {pieces} pieces", payload.len())
            }
        };
        self.heard.push_back(words);
    }

    fn cut(&mut self, family: &str, count: usize, mtu: usize) {
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
            return self.heard.push_back("<< not cut".to_owned());
        };
        let words = cut.iter().map(|packet| {
            assert!(packet.len() <= mtu, "{}", self.line);
            (packet.len() - header).to_string()
        });
        let words: Vec<String> = words.collect();
        self.heard.push_back(format!("<< {}", words.join(" ")));
    }

    fn router(&mut self, router: &str, lifetime_s: u16, networks: &[&str]) {
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
                _ => panic!("{}", self.line),
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
        let (router, tap) = (router.parse().unwrap(), &self.tap);
        self.auto
            .handle_advertisement(self.now, router, &message, None, tap);
    }

    fn own(&self, address: &str, standing: &str) {
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
        assert_eq!(found, standing, "{}", self.line);
    }

    fn given_up(&mut self, given_up: GivenUp) {
        let told = match given_up.first {
            Some(_) => "its sender is told",
            None => "nobody is told",
        };
        let words = format!("<< given up, {told}: {}", given_up.why.words());
        self.heard.push_back(words);
    }

    /// What is due now is said.
    fn work(&mut self) {
        while let Some(given_up) = self.reassembler.poll(self.now) {
            self.given_up(given_up);
        }
        while let Some(output) = self.auto.poll(self.now, &self.tap) {
            let (from, to) = (output.source, output.destination);
            let words = match output.message {
                NdpMessage::NeighbourSolicitation { target, .. } => {
                    format!("<< who has {target} from {from} to {to}")
                }
                other => format!("<< {} from {from} to {to}", other.meaning()),
            };
            self.heard.push_back(words);
        }
        self.lending.work(self.now, &self.tap, &mut self.heard);
    }

    fn says(&mut self, name: &str) {
        let events = self.notes.0.borrow();
        let rest = events[self.said..].iter();
        let found = rest.clone().position(|event| event.name() == name);
        let names: Vec<_> = rest.map(Event::name).collect();
        let at = found.unwrap_or_else(|| panic!("{name} was not said, but {names:?}"));
        self.said += at + 1;
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
