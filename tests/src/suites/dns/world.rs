//! Plays a scenario: a client, our recursor, and the servers of the ranges, in virtual time.

use super::config::Setup;
use super::matching::{check, is_asked};
use super::reader::{Entry, Scenario, What};
use std::collections::VecDeque;
use std::net::{IpAddr, SocketAddr};
use std::rc::Rc;
use std::time::Duration;
use thru_dns::wire::Message;
use thru_dns::{
    By, CacheLimits, Caller, Cookie, CookieSecret, DnsCache, Input, Machine, Order, Question,
    Received, Reception, Recursion, RecursorConfig, Reply, Transport, read_question,
};
use thru_events::{Tap, Time};

/// Turns of machines and servers before a scenario is given up.
const TURN_LIMIT: u32 = 5_000;
/// Longest that an answer is waited for.
const WAIT_LIMIT: Duration = Duration::from_secs(300);

/// Why a scenario ended before its end.
pub(super) enum Stopped {
    Failed(String),
    Needs(String),
}

/// A question of ours that nobody has answered.
struct Open {
    machine: usize,
    token: u64,
    server: SocketAddr,
    by_tcp: bool,
    query: Message,
}

/// A question of a client, and what works on it.
struct Asking {
    machine: Recursion,
    /// Its reply has been taken.
    taken: bool,
    came: Came,
}

/// How a client asked.
struct Came {
    question: Question,
    client: IpAddr,
    by: By,
    cookie: Cookie,
}

impl Came {
    fn caller(&self) -> Caller<'_> {
        Caller {
            question: &self.question,
            client: self.client,
            by: self.by,
            cookie: &self.cookie,
        }
    }
}

pub(super) struct World<'a> {
    scenario: &'a Scenario,
    config: Rc<RecursorConfig>,
    reception: Reception,
    cookies: Option<CookieSecret>,
    began: Time,
    cache: DnsCache,
    /// A question's step ends with its answer.
    waits: bool,
    now: Time,
    step: u64,
    machines: Vec<Asking>,
    open: Vec<Open>,
    answers: VecDeque<(Message, String)>,
    next_id: u16,
    turns: u32,
    talk: Vec<String>,
}

impl<'a> World<'a> {
    pub(super) fn new(scenario: &'a Scenario, setup: Setup, waits: bool) -> World<'a> {
        World {
            scenario,
            config: Rc::new(setup.recursor),
            reception: setup.reception,
            cookies: setup.cookies,
            began: Time(1_000_000_000),
            cache: DnsCache::new(CacheLimits::default(), 1_000_000_000),
            waits,
            now: Time(1_000_000_000),
            step: 0,
            machines: Vec::new(),
            open: Vec::new(),
            answers: VecDeque::new(),
            next_id: 1,
            turns: 0,
            talk: Vec::new(),
        }
    }

    pub(super) fn play(mut self) -> Result<(), Stopped> {
        let scenario = self.scenario;
        for step in &scenario.steps {
            self.step = step.number;
            let outcome = self.play_step(&step.what);
            if let Err(Stopped::Failed(why)) = outcome {
                let talk = match std::env::var_os("THRU_DNS_TALK") {
                    Some(_) => format!("\n    {}", self.talk.join("\n    ")),
                    None => String::new(),
                };
                return Err(Stopped::Failed(format!(
                    "step {}: {why}{talk}",
                    step.number
                )));
            }
            outcome?;
        }
        Ok(())
    }

    fn play_step(&mut self, what: &What) -> Result<(), Stopped> {
        match what {
            What::Query(entry) => self.query(entry),
            What::CheckAnswer(entry) => self.check_answer(entry),
            What::CheckOutQuery(entry) => {
                self.pump()?;
                match self
                    .open
                    .iter()
                    .any(|open| is_asked(entry, &open.query, open.by_tcp))
                {
                    true => Ok(()),
                    false => Err(Stopped::Failed("the question is not asked".into())),
                }
            }
            What::Reply(entry) => self.reply(entry),
            What::TimePasses(seconds) => self.pass(Duration::from_secs_f64(*seconds)),
            What::Timeout => {
                self.pump()?;
                match self.wake_at() {
                    Some(at) => self.go_to(at),
                    None => Ok(()),
                }
            }
            What::Unreachable => {
                self.pump()?;
                if self.open.is_empty() {
                    return Ok(());
                }
                let open = self.open.remove(0);
                let input = Input::Unreachable {
                    token: open.token,
                    why: "connection refused".into(),
                    cause: None,
                };
                self.hand(open.machine, input);
                self.pump()
            }
            What::Nothing | What::Traffic => self.pump(),
            What::InfraRtt => Err(Stopped::Needs(
                "a look at unbound's table of servers (INFRA_RTT)".into(),
            )),
        }
    }

    fn query(&mut self, entry: &Entry) -> Result<(), Stopped> {
        let mut message = entry.message.clone();
        message.id = self.next_id;
        let octets = entry.raw.clone().unwrap_or_else(|| message.encode());
        let question = match read_question(&octets) {
            Err(_) if entry.raw.is_some() => return Ok(()),
            Ok(question) => question,
            Err(malformed) => return Err(Stopped::Failed(malformed.to_string())),
        };
        let mut next = self.next_id.wrapping_mul(7919);
        self.next_id += 1;
        let chance = Box::new(move || {
            next = next.wrapping_mul(31_821).wrapping_add(13_849);
            next
        });
        self.talk.push(format!(
            "{} ? {} {}",
            self.now.0 / 1_000_000,
            question.name,
            question.record_type
        ));
        let came = self.came(entry, question);
        match self.reception.receive(&came.caller(), None) {
            Received::Work => {}
            Received::Dropped(_) => return Ok(()),
            Received::Reply(reply) => {
                self.tell(*reply, &came.caller());
                return Ok(());
            }
        }
        let asked = entry.message.questions.first();
        if asked.is_some_and(|asked| asked.class != 1) {
            return Err(Stopped::Needs("classes other than IN".into()));
        }
        let machine = Recursion::begin(
            self.now,
            came.question.clone(),
            self.config.clone(),
            chance,
            &mut self.cache,
            &Tap::off(),
            None,
        );
        self.machines.push(Asking {
            machine,
            taken: false,
            came,
        });
        match self.waits {
            true => self.await_answer(),
            false => self.pump(),
        }
    }

    fn came(&self, entry: &Entry, question: Question) -> Came {
        let client = entry.address.unwrap_or(IpAddr::from([127, 0, 0, 1]));
        let by_tcp = entry.matches.iter().any(|word| word == "tcp");
        // The peer's clock begins at zero.
        let now = self.now.since(self.began).as_secs() as u32;
        let judge = |secret: &CookieSecret| secret.judge(&question, client, now);
        Came {
            cookie: self.cookies.as_ref().map_or(Cookie::Absent, judge),
            client,
            by: if by_tcp { By::Connection } else { By::Datagram },
            question,
        }
    }

    fn tell(&mut self, mut reply: Reply, caller: &Caller<'_>) {
        self.reception.finish(&mut reply, caller);
        self.answers.extend(said(&reply));
    }

    /// Lets time pass until there is an answer.
    fn await_answer(&mut self) -> Result<(), Stopped> {
        self.pump()?;
        let end = self.now.after(WAIT_LIMIT);
        while self.answers.is_empty() {
            match self.wake_at().filter(|at| *at <= end) {
                Some(at) => self.go_to(at)?,
                None => return Err(Stopped::Failed("there is no answer".into())),
            }
        }
        Ok(())
    }

    /// Lets machines and servers talk until nobody has anything to say.
    fn pump(&mut self) -> Result<(), Stopped> {
        loop {
            let mut moved = false;
            for index in 0..self.machines.len() {
                while let Some(Order::Exchange(order)) =
                    self.machines[index]
                        .machine
                        .poll(self.now, &mut self.cache, &Tap::off())
                {
                    moved = true;
                    self.turns += 1;
                    let query = Message::decode(&order.octets)
                        .map_err(|malformed| Stopped::Failed(malformed.to_string()))?;
                    let by_tcp = order.transport == Transport::Tcp;
                    if let Some(asked) = query.questions.first() {
                        let line = format!(
                            "{} {} {} {} {}",
                            self.now.0 / 1_000_000,
                            order.server.ip(),
                            asked.name,
                            asked.kind,
                            if by_tcp { "tcp" } else { "" }
                        );
                        self.talk.push(line);
                    }
                    self.open.push(Open {
                        machine: index,
                        token: order.token,
                        server: order.server,
                        by_tcp,
                        query,
                    });
                }
                self.take_reply(index);
            }
            moved |= self.serve();
            if self.turns > TURN_LIMIT {
                return Err(Stopped::Failed("it does not end".into()));
            }
            if !moved {
                return Ok(());
            }
        }
    }

    fn take_reply(&mut self, index: usize) {
        let asking = &self.machines[index];
        let Some(reply) = asking.machine.reply().filter(|_| !asking.taken) else {
            return;
        };
        let (mut reply, came) = (reply.clone(), asking.came.caller());
        self.reception.finish(&mut reply, &came);
        self.answers.extend(said(&reply));
        self.machines[index].taken = true;
    }

    /// Answers what the ranges have an answer for.
    fn serve(&mut self) -> bool {
        let machines = &self.machines;
        self.open
            .retain(|open| machines[open.machine].machine.waits_for(open.token));
        let mut moved = false;
        let mut at = 0;
        while at < self.open.len() {
            match self.answer(&self.open[at]) {
                Some(octets) => {
                    let open = self.open.remove(at);
                    let input = Input::Response {
                        token: open.token,
                        from: open.server,
                        octets,
                        cause: None,
                    };
                    self.hand(open.machine, input);
                    moved = true;
                }
                None => at += 1,
            }
        }
        moved
    }

    fn answer(&self, open: &Open) -> Option<Vec<u8>> {
        let ranges = self
            .scenario
            .ranges
            .iter()
            .filter(|range| (range.from..=range.to).contains(&self.step));
        let own = ranges.filter(|range| {
            range.addresses.is_empty() || range.addresses.contains(&open.server.ip())
        });
        // Of ranges that meet in one step the one that begins later counts.
        let mut own: Vec<_> = own.collect();
        own.sort_by_key(|range| std::cmp::Reverse(range.from));
        let mut entries = own.into_iter().flat_map(|range| &range.entries);
        let entry = entries.find(|entry| is_asked(entry, &open.query, open.by_tcp))?;
        Some(adjusted(entry, &open.query))
    }

    fn hand(&mut self, machine: usize, input: Input) {
        self.machines[machine]
            .machine
            .handle(self.now, input, &mut self.cache, &Tap::off());
    }

    fn reply(&mut self, entry: &Entry) -> Result<(), Stopped> {
        self.pump()?;
        let at = self.open.iter().position(|open| {
            let server = entry
                .address
                .is_none_or(|address| address == open.server.ip());
            server && is_asked(entry, &open.query, open.by_tcp)
        });
        let Some(at) = at else {
            return Err(Stopped::Failed(
                "there is no question for this reply".into(),
            ));
        };
        let open = self.open.remove(at);
        let input = Input::Response {
            token: open.token,
            from: open.server,
            octets: adjusted(entry, &open.query),
            cause: None,
        };
        self.hand(open.machine, input);
        self.pump()
    }

    fn wake_at(&self) -> Option<Time> {
        let waiting = self
            .machines
            .iter()
            .filter(|asking| !asking.machine.is_done());
        waiting.filter_map(|asking| asking.machine.wake_at()).min()
    }

    fn go_to(&mut self, at: Time) -> Result<(), Stopped> {
        self.now = self.now.max(at);
        self.turns += 1;
        self.pump()
    }

    fn pass(&mut self, duration: Duration) -> Result<(), Stopped> {
        self.pump()?;
        let end = self.now.after(duration);
        while let Some(at) = self.wake_at().filter(|at| *at <= end) {
            self.go_to(at)?;
        }
        self.go_to(end)
    }

    fn check_answer(&mut self, entry: &Entry) -> Result<(), Stopped> {
        self.await_answer()?;
        let Some((found, explained)) = self.answers.pop_front() else {
            return Ok(());
        };
        check(entry, &found).map_err(|why| Stopped::Failed(why + &explained))
    }
}

/// A reply, and why it is so.
fn said(reply: &Reply) -> Option<(Message, String)> {
    let message = Message::decode(&reply.octets(false)).ok()?;
    let why = reply.explained();
    let why = why.map(|why| format!(" ({} {})", why.code, why.text));
    Some((message, why.unwrap_or_default()))
}

/// The entry's message as an answer to the question.
fn adjusted(entry: &Entry, query: &Message) -> Vec<u8> {
    let has = |word: &str| entry.adjusts.iter().any(|known| known == word);
    if let Some(raw) = &entry.raw {
        let mut octets = raw.clone();
        if let Some(id) = octets
            .get_mut(..2)
            .filter(|_| has("copy_id") || has("raw_id"))
        {
            id.copy_from_slice(&query.id.to_be_bytes());
        }
        return octets;
    }
    let mut message = entry.message.clone();
    // What the peer's own network does with ids is no part of the scenario.
    message.id = query.id;
    if has("copy_query") {
        message.questions = query.questions.clone();
    }
    message.encode()
}
