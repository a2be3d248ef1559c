//! A scripted network in virtual time, for the machines' tests: who answers what, and after how
//! long. What happens is written down as a conversation.

use crate::exchange::{Chance, Input, Machine, Order, Transport};
use crate::recursor::Ede;
use crate::wire::rcode;
use crate::{DnsCache, Question, Reply, Zone, Zones, read_question};
use std::collections::BTreeMap;
use std::net::SocketAddr;
use std::time::Duration;
use thru_events::{Tap, Time};

/// How a server behaves.
pub(crate) enum Behaviour {
    Serves(Zones),
    Silent,
    Unreachable,
    /// SERVFAIL, with these words (RFC 8914).
    Fails(u16, &'static str),
    /// Cuts every answer by UDP; the flag says whether it takes TCP.
    Truncates(Zones, bool),
    /// Writes names back in lower case.
    Lowers(Zones),
    /// Answers for A and AAAA, and is silent about other types.
    OnlyAddresses(Zones),
    /// Takes so long for each answer.
    Slow(Zones, Duration),
    /// Takes so long for each type; one that is not named is not answered.
    Takes(Zones, Vec<(&'static str, Duration)>),
    /// First an answer with a wrong id, then the right one.
    SpoofedFirst(Zones),
    /// What comes back for a question: from whom, if not from the server itself, and the octets.
    Says(Box<dyn Fn(&Question) -> Vec<Said>>),
}

/// One message of a server that says what it likes.
pub(crate) type Said = (Option<SocketAddr>, Vec<u8>);

pub(crate) struct Network {
    servers: BTreeMap<SocketAddr, Behaviour>,
    coming: Vec<(Time, Input)>,
    pub talk: Vec<String>,
    pub tap: Tap,
    pub now: Time,
}

pub(crate) fn zones(texts: &[&str]) -> Zones {
    Zones::new(
        texts
            .iter()
            .map(|text| Zone::parse(text).unwrap())
            .collect(),
    )
}

pub(crate) fn server(text: &str) -> SocketAddr {
    SocketAddr::new(text.parse().unwrap(), 53)
}

/// Ids in a row, so that conversations are the same every time.
pub(crate) fn chance() -> Chance {
    let mut next = 0;
    Box::new(move || {
        next += 1;
        next
    })
}

impl Network {
    pub(crate) fn new(servers: Vec<(&str, Behaviour)>) -> Network {
        Network {
            servers: servers
                .into_iter()
                .map(|(address, it)| (server(address), it))
                .collect(),
            coming: Vec::new(),
            talk: Vec::new(),
            tap: Tap::off(),
            now: Time::ZERO,
        }
    }

    /// Runs the machine to its end; every answer takes 10 ms.
    pub(crate) fn run<M: Machine>(&mut self, machine: &mut M, cache: &mut DnsCache) {
        self.coming.clear();
        self.run_until(machine, cache, M::is_done);
    }

    /// The same until it is far enough; with another call it goes on.
    pub(crate) fn run_until<M: Machine>(
        &mut self,
        machine: &mut M,
        cache: &mut DnsCache,
        is_far_enough: impl Fn(&M) -> bool,
    ) {
        let tap = self.tap.clone();
        for _ in 0..1000 {
            while let Some(Order::Exchange(order)) = machine.poll(self.now, cache, &tap) {
                let question = read_question(&order.octets).unwrap();
                self.talk.push(format!(
                    "{} ms {} {} {}? {}",
                    self.now.0 / 1_000_000,
                    order.transport.as_str(),
                    order.server.ip(),
                    question.record_type,
                    question.name
                ));
                let takes = match self.servers.get(&order.server) {
                    Some(Behaviour::Slow(_, takes)) => *takes,
                    Some(Behaviour::Takes(_, types)) => {
                        let own = |(kind, _): &&(&str, Duration)| *kind == question.record_type;
                        match types.iter().find(own) {
                            Some((_, takes)) => *takes,
                            None => continue,
                        }
                    }
                    _ => Duration::from_millis(10),
                };
                let arrival = self.now.after(takes);
                for input in self.answers(order.token, order.server, order.transport, &question) {
                    self.coming.push((arrival, input));
                }
            }
            if is_far_enough(machine) {
                return;
            }
            let wake = machine
                .wake_at()
                .expect("a machine that is not done waits for something");
            let coming = &self.coming;
            let next = (0..coming.len()).min_by_key(|index| coming[*index].0);
            match next.filter(|index| coming[*index].0 <= wake) {
                Some(index) => {
                    let (at, input) = self.coming.remove(index);
                    self.now = at;
                    machine.handle(at, input, cache, &tap);
                }
                None => self.now = wake,
            }
        }
        panic!("the machine does not end: {:?}", self.talk);
    }

    fn answers(
        &self,
        token: u64,
        from: SocketAddr,
        transport: Transport,
        question: &Question,
    ) -> Vec<Input> {
        let by_udp = transport == Transport::Udp;
        let response = |octets: Vec<u8>| Input::Response {
            token,
            from,
            octets,
            cause: None,
        };
        let unreachable = || Input::Unreachable {
            token,
            why: "refused".into(),
            cause: None,
        };
        match self.servers.get(&from) {
            None | Some(Behaviour::Silent) => Vec::new(),
            Some(Behaviour::Unreachable) => vec![unreachable()],
            Some(Behaviour::Fails(code, why)) => {
                let why = Ede::new(*code, *why);
                let reply = Reply::error(question, "recursion", rcode::SERVFAIL, &why, None);
                vec![response(reply.octets(by_udp))]
            }
            Some(Behaviour::Lowers(zones)) => {
                let mut reply = zones.answer(question, None);
                let asked = &mut reply.message_mut().questions[0];
                asked.name = asked.name.lowered();
                vec![response(reply.octets(by_udp))]
            }
            Some(Behaviour::OnlyAddresses(_))
                if !["A", "AAAA"].contains(&&*question.record_type) =>
            {
                Vec::new()
            }
            Some(
                Behaviour::Serves(zones)
                | Behaviour::OnlyAddresses(zones)
                | Behaviour::Slow(zones, _)
                | Behaviour::Takes(zones, _),
            ) => {
                vec![response(zones.answer(question, None).octets(by_udp))]
            }
            Some(Behaviour::Truncates(zones, tcp)) => {
                let mut octets = zones.answer(question, None).octets(by_udp);
                match (by_udp, tcp) {
                    (true, _) => {
                        octets[2] |= 2;
                        vec![response(octets)]
                    }
                    (false, true) => vec![response(octets)],
                    (false, false) => vec![unreachable()],
                }
            }
            Some(Behaviour::Says(says)) => {
                let said = says(question).into_iter();
                said.map(|(other, octets)| Input::Response {
                    token,
                    from: other.unwrap_or(from),
                    octets,
                    cause: None,
                })
                .collect()
            }
            Some(Behaviour::SpoofedFirst(zones)) => {
                let octets = zones.answer(question, None).octets(by_udp);
                let mut spoofed = octets.clone();
                spoofed[0] ^= 0xff;
                vec![response(spoofed), response(octets)]
            }
        }
    }
}
