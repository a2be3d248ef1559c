//! One question, asked of a list of servers until one of them answers it.
//!
//! Held against forgery (RFC 5452): a random id and port for each message, random case of the
//! letters (0x20) where the server keeps it, and only the answer of whom was asked counts.

use super::work::Work;
use super::{Trust, troubles::Trouble};
use crate::cache::Manners;
use crate::client_cookie::ClientCookie;
use crate::exchange::{Exchange, Input, Order, Transport};
use crate::fitting::{Sent, Without, fitting, to_leave_out};
use crate::question::{PLAIN_UDP_PAYLOAD, UDP_PAYLOAD, explained};
use crate::recursor::referral_text;
use crate::reply::pad;
use crate::wire::{Asked, Edns, Message, Record, rcode};
use std::cell::RefCell;
use std::net::SocketAddr;
use std::rc::Rc;
use std::time::Duration;
use thru_events::{Cause, Tap, Time, dns::DnsEvent};

/// Most exchanges for one question, whatever the configuration says.
const TRY_LIMIT: u32 = 24;
/// Block that a question is padded to, octets (RFC 8467, section 4.1).
const QUESTION_BLOCK: usize = 128;
/// Most messages to one exchange that are passed over before it is given up.
const IGNORE_LIMIT: u32 = 32;

/// Whom to ask and how long to wait.
#[derive(Clone, Debug)]
pub(super) struct Servers {
    pub addresses: Vec<SocketAddr>,
    /// Rounds over the servers.
    pub rounds: u32,
    /// Time for one answer.
    pub timeout: Duration,
    /// Whose word about signatures counts.
    pub trust: Trust,
    pub manners: Rc<RefCell<Manners>>,
}

/// A server's answer: NOERROR or NXDOMAIN, whole.
#[derive(Debug)]
pub(super) struct Answer {
    pub message: Message,
    pub server: SocketAddr,
    /// From the question on.
    pub took: Duration,
    /// `DnsEvent::ResponseReceived`.
    pub cause: Cause,
}

/// How one message is sent.
#[derive(Clone, Copy, Debug)]
struct Manner {
    server: SocketAddr,
    transport: Transport,
    attempt: u32,
    edns: bool,
    /// It is shown a cookie, if EDNS is there to carry it.
    cookie: bool,
    random_case: bool,
    /// The server asked for another cookie already.
    renewed: bool,
}

#[derive(Debug)]
struct Waiting {
    token: u64,
    id: u16,
    cookie: Option<ClientCookie>,
    asked: Asked,
    manner: Manner,
    sent_at: Time,
    deadline: Time,
    sent: Cause,
    ignored: u32,
}

impl Waiting {
    fn sent(&self) -> Sent<'_> {
        Sent {
            server: self.manner.server,
            id: self.id,
            asked: &self.asked,
            cookie: self.cookie,
            by_udp: self.manner.transport == Transport::Udp,
        }
    }
}

/// Asks one question of one server after the other.
#[derive(Debug)]
pub(super) struct ServerRound {
    question: Asked,
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
    pub(super) fn begin(
        work: &mut Work<'_>,
        question: Asked,
        servers: Servers,
        token: u64,
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
        round.ask_next(work, cause);
        round
    }

    /// The event that showed the last trouble.
    pub(super) fn last_cause(&self) -> Cause {
        self.last
    }

    pub(super) fn troubles(&self) -> &[(SocketAddr, Trouble)] {
        &self.troubles
    }

    pub(super) fn take_order(&mut self) -> Option<Order> {
        self.order.take().map(Order::Exchange)
    }

    pub(super) fn wake_at(&self) -> Option<Time> {
        self.waiting.as_ref().map(|waiting| waiting.deadline)
    }

    pub(super) fn waits_for(&self, token: u64) -> bool {
        self.waiting
            .as_ref()
            .is_some_and(|waiting| waiting.token == token)
    }

    /// No server is left to be asked.
    pub(super) fn is_exhausted(&self) -> bool {
        self.waiting.is_none()
    }

    /// Takes in what came for one of this round's tokens.
    pub(super) fn handle(&mut self, work: &mut Work<'_>, input: Input) -> Option<Answer> {
        match input {
            Input::Unreachable { why, cause, .. } => {
                self.unreachable(work, why, cause);
                None
            }
            Input::Response {
                from,
                octets,
                cause,
                ..
            } => self.response(work, from, &octets, cause),
        }
    }

    /// Goes on if the time for the answer is over.
    pub(super) fn check_time(&mut self, work: &mut Work<'_>) {
        let now = work.now;
        let Some(waiting) = self.waiting.take_if(|waiting| waiting.deadline <= now) else {
            return;
        };
        let after = now.since(waiting.sent_at);
        let server = waiting.manner.server;
        self.servers.manners.borrow_mut().forget_cookie(server);
        let event = state_silence(&waiting, now, work.tap);
        let trouble = match waiting.manner.transport {
            Transport::Tcp => Trouble::NoTcp,
            _ => Trouble::Silent { after },
        };
        self.troubles.push((waiting.manner.server, trouble));
        self.ask_next(work, event.or(waiting.sent));
    }

    /// The owner waits no longer.
    pub(super) fn give_up(&mut self, now: Time, tap: &Tap) {
        if let Some(waiting) = self.waiting.take() {
            self.order = None;
            state_silence(&waiting, now, tap);
        }
    }

    fn unreachable(&mut self, work: &mut Work<'_>, why: String, cause: Cause) {
        let Some(waiting) = self.waiting.take() else {
            return;
        };
        let server = waiting.manner.server;
        let event = work
            .tap
            .emit(cause.or(waiting.sent), || DnsEvent::ServerUnreachable {
                server,
                why: why.clone().into(),
            });
        let trouble = match waiting.manner.transport {
            Transport::Tcp => Trouble::NoTcp,
            _ => Trouble::Unreachable { why },
        };
        self.troubles.push((server, trouble));
        self.ask_next(work, event.or(waiting.sent));
    }

    fn response(
        &mut self,
        work: &mut Work<'_>,
        from: SocketAddr,
        octets: &[u8],
        cause: Cause,
    ) -> Option<Answer> {
        let waiting = self.waiting.as_ref()?;
        let cause = cause.or(waiting.sent);
        match fitting(&waiting.sent(), from, octets) {
            Ok(fitting) if !fitting.other_case => {
                let waiting = self.waiting.take()?;
                if let Some(cookie) = fitting.cookie {
                    let server = waiting.manner.server;
                    self.servers
                        .manners
                        .borrow_mut()
                        .keep_cookie(server, cookie);
                }
                let cause = state_response(work, &waiting, &fitting.message, octets, cause);
                self.judge(work, waiting, fitting.message, cause)
            }
            Ok(_) => {
                let manner = waiting.manner;
                let event = work.tap.emit(cause, || DnsEvent::ResponseIgnored {
                    server: from,
                    why: "it writes the name in other letters than it was asked in: it is asked once more without that".into(),
                });
                self.servers
                    .manners
                    .borrow_mut()
                    .changes_case(manner.server);
                let plain = Manner {
                    random_case: false,
                    ..manner
                };
                self.ask(work, plain, event.or(cause));
                None
            }
            Err(why) => {
                self.ignore(work, from, why, cause);
                None
            }
        }
    }

    fn ignore(&mut self, work: &mut Work<'_>, from: SocketAddr, why: String, cause: Cause) {
        let event = work.tap.emit(cause, || DnsEvent::ResponseIgnored {
            server: from,
            why: why.clone().into(),
        });
        let Some(waiting) = &mut self.waiting else {
            return;
        };
        waiting.ignored += 1;
        let full = waiting.ignored >= IGNORE_LIMIT || waiting.manner.transport != Transport::Udp;
        if full {
            let server = waiting.manner.server;
            self.waiting = None;
            self.troubles.push((server, Trouble::Malformed { why }));
            self.ask_next(work, event.or(cause));
        }
    }

    /// Truncated: the same server by TCP. An error: the next server. Otherwise it is the answer.
    fn judge(
        &mut self,
        work: &mut Work<'_>,
        waiting: Waiting,
        message: Message,
        cause: Cause,
    ) -> Option<Answer> {
        let manner = waiting.manner;
        if message.flags.tc && manner.transport == Transport::Udp {
            let by_tcp = Manner {
                transport: Transport::Tcp,
                ..manner
            };
            self.ask(work, by_tcp, cause);
            return None;
        }
        // RFC 7873, section 5.3: with the cookie that came with it, and after that by TCP.
        let other_cookie = message.rcode == rcode::BADCOOKIE && waiting.cookie.is_some();
        if other_cookie && manner.transport == Transport::Udp {
            let transport = match manner.renewed {
                true => Transport::Tcp,
                false => Transport::Udp,
            };
            let again = Manner {
                transport,
                renewed: true,
                ..manner
            };
            self.ask(work, again, cause);
            return None;
        }
        if let Some(without) = to_leave_out(&message, waiting.cookie.is_some(), manner.edns) {
            self.ask_without(work, manner, without, cause);
            return None;
        }
        if let Some(to) = referral(&message) {
            self.troubles.push((manner.server, Trouble::Refers { to }));
            self.ask_next(work, cause);
            return None;
        }
        if [rcode::NOERROR, rcode::NXDOMAIN].contains(&message.rcode) {
            return Some(Answer {
                message,
                server: manner.server,
                took: work.now.since(waiting.sent_at),
                cause,
            });
        }
        let said = explained(&message);
        let rcode = message.rcode;
        self.troubles
            .push((manner.server, Trouble::Said { rcode, said }));
        self.ask_next(work, cause);
        None
    }

    /// Asks the same server again without what it does not take, and remembers that.
    fn ask_without(&mut self, work: &mut Work<'_>, manner: Manner, without: Without, cause: Cause) {
        let mut manners = self.servers.manners.borrow_mut();
        match without {
            Without::Cookie => manners.is_without_cookies(manner.server),
            Without::Edns => manners.is_without_edns(manner.server),
        }
        drop(manners);
        let less = Manner {
            edns: without == Without::Cookie,
            cookie: false,
            ..manner
        };
        self.ask(work, less, cause);
    }

    /// A server that said no is not asked again; a silent one is, in the next round.
    fn ask_next(&mut self, work: &mut Work<'_>, cause: Cause) {
        self.last = cause;
        let count = self.servers.addresses.len() as u32;
        while count > 0 && self.tries < count * self.servers.rounds && self.tries < TRY_LIMIT {
            let server = self.servers.addresses[(self.tries % count) as usize];
            let attempt = self.tries / count + 1;
            self.tries += 1;
            let silent = |trouble: &Trouble| matches!(trouble, Trouble::Silent { .. });
            let spoke = |(who, trouble): &(SocketAddr, Trouble)| *who == server && !silent(trouble);
            if self.troubles.iter().any(spoke) {
                continue;
            }
            let door = self.servers.trust.door(server);
            let manner = {
                let manners = self.servers.manners.borrow();
                Manner {
                    server,
                    transport: door.unwrap_or(Transport::Udp),
                    attempt,
                    edns: manners.knows_edns(server),
                    cookie: manners.takes_cookies(server),
                    // Nobody can forge an answer inside TLS.
                    random_case: door.is_none() && manners.keeps_case(server),
                    renewed: false,
                }
            };
            return self.ask(work, manner, cause);
        }
    }

    fn ask(&mut self, work: &mut Work<'_>, manner: Manner, cause: Cause) {
        // RFC 8484, section 4.1: the same question is the same URL.
        let id = match manner.transport {
            Transport::Https => 0,
            _ => (work.chance)(),
        };
        let mut asked = self.question.clone();
        if manner.random_case {
            asked.name = asked.name.in_random_case(&mut *work.chance);
        }
        let cookie = self.cookie(work, manner);
        let octets = self.message(id, &asked, manner, cookie).encode();
        let tap = work.tap;
        let sent = tap.emit_with_span(cause, tap.keep(&octets), || DnsEvent::QuerySent {
            id,
            name: asked.name.shown(),
            record_type: asked.kind.to_string(),
            server: manner.server,
            transport: manner.transport.as_str().into(),
            attempt: manner.attempt,
        });
        self.token += 1;
        self.waiting = Some(Waiting {
            token: self.token,
            id,
            cookie,
            asked,
            manner,
            sent_at: work.now,
            deadline: work.now.after(self.servers.timeout),
            sent: sent.or(cause),
            ignored: 0,
        });
        self.order = Some(Exchange {
            token: self.token,
            server: manner.server,
            transport: manner.transport,
            octets,
            cause: sent.or(cause),
        });
    }

    /// What the server is shown. Inside of TLS nobody can forge an answer, and nobody is to be known
    /// again.
    fn cookie(&self, work: &mut Work<'_>, manner: Manner) -> Option<ClientCookie> {
        if manner.transport.is_secured() || !manner.edns || !manner.cookie {
            return None;
        }
        let mut manners = self.servers.manners.borrow_mut();
        let known = manners.cookie(manner.server);
        let own = known.unwrap_or_else(|| ClientCookie::new(&mut *work.chance));
        manners.keep_cookie(manner.server, own);
        Some(own)
    }

    fn message(
        &self,
        id: u16,
        asked: &Asked,
        manner: Manner,
        cookie: Option<ClientCookie>,
    ) -> Message {
        let mut message = Message {
            id,
            questions: vec![asked.clone()],
            ..Message::default()
        };
        message.flags.rd = true;
        // RFC 6840, section 5.7: who sets AD wants to know whether the answer is authentic.
        message.flags.ad = self.servers.trust.is_trusted(manner.server);
        message.edns = manner.edns.then(|| Edns {
            // RFC 6891, section 6.2.5: a large answer that gets lost is the reason for silence at times.
            udp_payload: match manner.attempt {
                1 => UDP_PAYLOAD,
                _ => PLAIN_UDP_PAYLOAD,
            },
            options: cookie.map(|cookie| cookie.option()).into_iter().collect(),
            ..Edns::default()
        });
        if manner.transport.is_secured() {
            pad(&mut message, QUESTION_BLOCK);
        }
        message
    }
}

fn state_silence(waiting: &Waiting, now: Time, tap: &Tap) -> Cause {
    tap.emit(waiting.sent, || DnsEvent::QueryTimedOut {
        server: waiting.manner.server,
        attempt: waiting.manner.attempt,
        after_ms: now.since(waiting.sent_at).as_millis() as u32,
    })
}

fn state_response(
    work: &Work<'_>,
    waiting: &Waiting,
    message: &Message,
    octets: &[u8],
    cause: Cause,
) -> Cause {
    let span = work.tap.keep(octets);
    let event = work
        .tap
        .emit_with_span(cause, span, || DnsEvent::ResponseReceived {
            id: waiting.id,
            server: waiting.manner.server,
            rcode: rcode::text(message.rcode),
            answers: message.answers.iter().map(Record::text).collect(),
            referral: referral_text(message),
            authoritative: message.flags.aa,
            truncated: message.flags.tc,
            extended_error: explained(message).map(|said| said.in_words()),
            rtt_us: work.now.since(waiting.sent_at).as_micros() as u64,
        });
    event.or(cause)
}

/// The servers that are to be asked instead, if a server only refers to them (RFC 1034, section 4.3.1): it
/// looks names up for nobody, and has not this one.
fn referral(message: &Message) -> Option<String> {
    let flags = &message.flags;
    if message.rcode != rcode::NOERROR || flags.aa || flags.ra {
        return None;
    }
    let servers = referral_text(message);
    (!servers.is_empty()).then(|| servers.join(", "))
}
