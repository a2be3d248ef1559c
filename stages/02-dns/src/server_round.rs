//! One question, asked of a list of servers until one of them answers it.

use crate::exchange::{Chance, Exchange, Input, Order, Transport};
use crate::failure::Failure;
use crate::message::{self, extended_error, rcode_text, record_text, referral_text, shown};
use hickory_proto::op::{Message, MessageType, Query, ResponseCode};
use std::net::SocketAddr;
use std::time::Duration;
use thru_events::{Cause, Tap, Time, dns::DnsEvent};

/// Most exchanges for one question, whatever the configuration says.
const TRY_LIMIT: u32 = 24;
/// Most messages to one exchange that are passed over before it is given up.
const IGNORE_LIMIT: u32 = 32;

/// Whom to ask and how long to wait.
#[derive(Clone, Debug)]
pub(crate) struct Servers {
    pub addresses: Vec<SocketAddr>,
    /// Rounds over the servers.
    pub rounds: u32,
    /// Time for one answer.
    pub timeout: Duration,
    /// RD: the server shall ask on.
    pub recursion_desired: bool,
}

/// What was heard of one server instead of an answer.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) enum Trouble {
    Silent {
        after: Duration,
    },
    Unreachable {
        why: String,
    },
    Malformed {
        why: String,
    },
    NoTcp,
    Said {
        rcode: ResponseCode,
        said: Option<String>,
    },
}

/// A server's answer: NOERROR or NXDOMAIN, whole.
#[derive(Debug)]
pub(crate) struct Answer {
    pub message: Message,
    pub server: SocketAddr,
    /// `DnsEvent::ResponseReceived`.
    pub cause: Cause,
}

#[derive(Debug)]
struct Waiting {
    token: u64,
    id: u16,
    server: SocketAddr,
    transport: Transport,
    attempt: u32,
    sent_at: Time,
    deadline: Time,
    sent: Cause,
    ignored: u32,
    edns: bool,
}

/// Asks one question of one server after the other.
#[derive(Debug)]
pub(crate) struct ServerRound {
    question: Query,
    servers: Servers,
    tries: u32,
    token: u64,
    waiting: Option<Waiting>,
    order: Option<Exchange>,
    troubles: Vec<(SocketAddr, Trouble)>,
    /// What was heard last.
    last: Cause,
}

impl ServerRound {
    /// Begins with the first server. Tokens are counted up from `token`.
    pub(crate) fn begin(
        now: Time,
        question: Query,
        servers: Servers,
        token: u64,
        chance: &mut Chance,
        tap: &Tap,
        cause: Cause,
    ) -> ServerRound {
        let mut round = ServerRound {
            question,
            servers,
            tries: 0,
            token,
            waiting: None,
            order: None,
            troubles: Vec::new(),
            last: cause,
        };
        round.ask_next(now, chance, tap, cause);
        round
    }

    /// The event that showed the last trouble.
    pub(crate) fn last_cause(&self) -> Cause {
        self.last
    }

    pub(crate) fn troubles(&self) -> &[(SocketAddr, Trouble)] {
        &self.troubles
    }

    pub(crate) fn take_order(&mut self) -> Option<Order> {
        self.order.take().map(Order::Exchange)
    }

    pub(crate) fn wake_at(&self) -> Option<Time> {
        self.waiting.as_ref().map(|waiting| waiting.deadline)
    }

    pub(crate) fn waits_for(&self, token: u64) -> bool {
        self.waiting
            .as_ref()
            .is_some_and(|waiting| waiting.token == token)
    }

    /// No server is left to be asked.
    pub(crate) fn is_exhausted(&self) -> bool {
        self.waiting.is_none()
    }

    /// Takes in what came for one of this round's tokens.
    pub(crate) fn handle(
        &mut self,
        now: Time,
        input: Input,
        chance: &mut Chance,
        tap: &Tap,
    ) -> Option<Answer> {
        match input {
            Input::Unreachable { why, cause, .. } => {
                self.unreachable(now, why, cause, chance, tap);
                None
            }
            Input::Response {
                from,
                octets,
                cause,
                ..
            } => self.response(now, from, &octets, cause, chance, tap),
        }
    }

    /// Goes on if the time for the answer is over.
    pub(crate) fn check_time(&mut self, now: Time, chance: &mut Chance, tap: &Tap) {
        let over = self
            .waiting
            .as_ref()
            .is_some_and(|waiting| waiting.deadline <= now);
        let Some(waiting) = over.then(|| self.waiting.take()).flatten() else {
            return;
        };
        let after = now.since(waiting.sent_at);
        let event = tap.emit(waiting.sent, || DnsEvent::QueryTimedOut {
            server: waiting.server,
            attempt: waiting.attempt,
            after_ms: after.as_millis() as u32,
        });
        self.troubles
            .push((waiting.server, Trouble::Silent { after }));
        self.ask_next(now, chance, tap, event.or(waiting.sent));
    }

    /// The owner waits no longer.
    pub(crate) fn give_up(&mut self, now: Time, tap: &Tap) {
        let Some(waiting) = self.waiting.take() else {
            return;
        };
        self.order = None;
        tap.emit(waiting.sent, || DnsEvent::QueryTimedOut {
            server: waiting.server,
            attempt: waiting.attempt,
            after_ms: now.since(waiting.sent_at).as_millis() as u32,
        });
    }

    fn unreachable(
        &mut self,
        now: Time,
        why: String,
        cause: Cause,
        chance: &mut Chance,
        tap: &Tap,
    ) {
        let Some(waiting) = self.waiting.take() else {
            return;
        };
        let event = tap.emit(cause.or(waiting.sent), || DnsEvent::ServerUnreachable {
            server: waiting.server,
            why: why.clone().into(),
        });
        let trouble = match waiting.transport {
            Transport::Udp => Trouble::Unreachable { why },
            Transport::Tcp => Trouble::NoTcp,
        };
        self.troubles.push((waiting.server, trouble));
        self.ask_next(now, chance, tap, event.or(waiting.sent));
    }

    fn response(
        &mut self,
        now: Time,
        from: SocketAddr,
        octets: &[u8],
        cause: Cause,
        chance: &mut Chance,
        tap: &Tap,
    ) -> Option<Answer> {
        let waiting = self.waiting.as_mut()?;
        let cause = cause.or(waiting.sent);
        let message = match acceptable(waiting, &self.question, from, octets) {
            Ok(message) => message,
            Err(why) => {
                waiting.ignored += 1;
                let full = waiting.ignored >= IGNORE_LIMIT || waiting.transport == Transport::Tcp;
                let event = tap.emit(cause, || DnsEvent::ResponseIgnored {
                    server: from,
                    why: why.clone().into(),
                });
                if full {
                    let server = waiting.server;
                    self.waiting = None;
                    self.troubles.push((server, Trouble::Malformed { why }));
                    self.ask_next(now, chance, tap, event.or(cause));
                }
                return None;
            }
        };
        let waiting = self.waiting.take()?;
        let span = tap.keep(octets);
        let event = tap.emit_with_span(cause, span, || DnsEvent::ResponseReceived {
            id: waiting.id,
            server: waiting.server,
            rcode: rcode_text(message.metadata.response_code),
            answers: message.answers.iter().map(record_text).collect(),
            referral: referral_text(&message),
            authoritative: message.metadata.authoritative,
            truncated: message.metadata.truncation,
            extended_error: extended_error(&message),
            rtt_us: now.since(waiting.sent_at).as_micros() as u64,
        });
        self.judge(now, waiting, message, event.or(cause), chance, tap)
    }

    /// Truncated: the same server by TCP. An error: the next server. Otherwise it is the answer.
    fn judge(
        &mut self,
        now: Time,
        waiting: Waiting,
        message: Message,
        cause: Cause,
        chance: &mut Chance,
        tap: &Tap,
    ) -> Option<Answer> {
        let rcode = message.metadata.response_code;
        if message.metadata.truncation && waiting.transport == Transport::Udp {
            self.ask(
                now,
                waiting.server,
                Transport::Tcp,
                waiting.attempt,
                waiting.edns,
                chance,
                tap,
                cause,
            );
            return None;
        }
        // RFC 6891, section 7: a server that does not know EDNS says FORMERR or NOTIMP.
        let unknown_edns = matches!(rcode, ResponseCode::FormErr | ResponseCode::NotImp);
        if unknown_edns && waiting.edns {
            self.ask(
                now,
                waiting.server,
                waiting.transport,
                waiting.attempt,
                false,
                chance,
                tap,
                cause,
            );
            return None;
        }
        if matches!(rcode, ResponseCode::NoError | ResponseCode::NXDomain) {
            return Some(Answer {
                message,
                server: waiting.server,
                cause,
            });
        }
        let said = extended_error(&message);
        self.troubles
            .push((waiting.server, Trouble::Said { rcode, said }));
        self.ask_next(now, chance, tap, cause);
        None
    }

    /// A server that said no is not asked again; a silent one is, in the next round.
    fn ask_next(&mut self, now: Time, chance: &mut Chance, tap: &Tap, cause: Cause) {
        self.last = cause;
        let count = self.servers.addresses.len() as u32;
        while count > 0 && self.tries < count * self.servers.rounds && self.tries < TRY_LIMIT {
            let server = self.servers.addresses[(self.tries % count) as usize];
            let attempt = self.tries / count + 1;
            self.tries += 1;
            let silent = |trouble: &Trouble| matches!(trouble, Trouble::Silent { .. });
            if !self
                .troubles
                .iter()
                .any(|(who, trouble)| *who == server && !silent(trouble))
            {
                self.ask(
                    now,
                    server,
                    Transport::Udp,
                    attempt,
                    true,
                    chance,
                    tap,
                    cause,
                );
                return;
            }
        }
    }

    #[allow(clippy::too_many_arguments)]
    fn ask(
        &mut self,
        now: Time,
        server: SocketAddr,
        transport: Transport,
        attempt: u32,
        edns: bool,
        chance: &mut Chance,
        tap: &Tap,
        cause: Cause,
    ) {
        let id = chance();
        let octets = message::query(id, &self.question, self.servers.recursion_desired, edns);
        let sent = tap.emit_with_span(cause, tap.keep(&octets), || DnsEvent::QuerySent {
            id,
            name: shown(self.question.name()),
            record_type: self.question.query_type().to_string(),
            server,
            transport: transport.as_str().into(),
            attempt,
        });
        self.token += 1;
        self.waiting = Some(Waiting {
            token: self.token,
            id,
            server,
            transport,
            attempt,
            sent_at: now,
            deadline: now.after(self.servers.timeout),
            sent: sent.or(cause),
            ignored: 0,
            edns,
        });
        self.order = Some(Exchange {
            token: self.token,
            server,
            transport,
            octets,
            cause: sent.or(cause),
        });
    }
}

/// RFC 5452, section 9: an answer comes from whom was asked, with the id and the question.
fn acceptable(
    waiting: &Waiting,
    question: &Query,
    from: SocketAddr,
    octets: &[u8],
) -> Result<Message, String> {
    if from != waiting.server {
        return Err(format!("{from} was not asked"));
    }
    let message = message::decode(octets).map_err(|malformed| malformed.to_string())?;
    if message.metadata.message_type != MessageType::Response {
        return Err("it is a question, not a response".into());
    }
    if message.metadata.id != waiting.id {
        return Err(format!(
            "its id is {}, not {}",
            message.metadata.id, waiting.id
        ));
    }
    let asked = |query: &Query| {
        query.name() == question.name() && query.query_type() == question.query_type()
    };
    let errors =
        message.queries.is_empty() && message.metadata.response_code != ResponseCode::NoError;
    let is_answer = message.queries.len() == 1 && asked(&message.queries[0]);
    if !errors && !is_answer {
        return Err("it answers another question".into());
    }
    Ok(message)
}

/// The failure that says most, of what was heard of all servers.
pub(crate) fn failure(name: String, troubles: &[(SocketAddr, Trouble)]) -> Failure {
    for (server, trouble) in troubles {
        let (name, server) = (name.clone(), *server);
        match trouble {
            Trouble::Said {
                rcode: ResponseCode::ServFail,
                said,
            } => {
                return Failure::Servfail {
                    name,
                    server,
                    said: said.clone(),
                };
            }
            Trouble::Said {
                rcode: ResponseCode::Refused,
                ..
            } => return Failure::Refused { name, server },
            Trouble::Said { rcode, .. } => {
                return Failure::Failed {
                    name,
                    server,
                    why: rcode_text(*rcode),
                };
            }
            _ => {}
        }
    }
    for (server, trouble) in troubles {
        let (name, server) = (name.clone(), *server);
        match trouble {
            Trouble::NoTcp => return Failure::TruncatedNoTcp { name, server },
            Trouble::Malformed { why } => {
                return Failure::Failed {
                    name,
                    server,
                    why: format!("something that is no answer ({why})"),
                };
            }
            _ => {}
        }
    }
    let tried: Vec<SocketAddr> = troubles.iter().map(|(server, _)| *server).collect();
    if tried.is_empty() {
        return Failure::NobodyToAsk { name };
    }
    let words = troubles.iter().map(|(_, trouble)| match trouble {
        Trouble::Unreachable { why } => why.clone(),
        Trouble::Silent { after } => format!("nothing came within {} s", after.as_secs_f32()),
        _ => "it does not serve the zone".into(),
    });
    let mut why: Vec<String> = Vec::new();
    for word in words {
        if !why.contains(&word) {
            why.push(word);
        }
    }
    Failure::Unreachable {
        name,
        tried,
        why: why.join("; "),
    }
}
