//! One question to one server: by UDP, by TCP if the answer was cut, without EDNS if the server
//! does not take it (RFC 1035, 5452, 6891, 7766).

use super::limits::{EXCHANGE_LIMIT, TIME_LIMIT_MS};
use super::memory::ServerFacts;
use super::task::{InFlight, Landed, Work};
use crate::client_cookie::ClientCookie;
use crate::exchange::Transport;
use crate::fitting::{Fitting, Sent, Without, fitting, to_leave_out};
use crate::question::{UDP_PAYLOAD, explained};
use crate::wire::{Asked, Edns, Kind, Message, Name, rcode};
use std::net::SocketAddr;
use std::time::Duration;
use thru_events::{Cause, Time, dns::DnsEvent};

/// Questions to one server for one answer: each changes one thing about the one before.
const TURN_LIMIT: u32 = 6;
/// Messages passed over in one exchange.
const IGNORE_LIMIT: u32 = 32;
/// Time for one answer by TCP.
const TCP_TIMEOUT: Duration = Duration::from_millis(3000);

/// How to ask.
#[derive(Clone, Copy, Debug, Default)]
pub(super) struct Manner {
    pub recursion_desired: bool,
    pub dnssec_ok: bool,
    pub checking_disabled: bool,
    pub by_tcp: bool,
    /// From 1.
    pub attempt: u32,
}

/// An answer to our question, from whom was asked.
pub(super) struct Heard {
    pub message: Message,
    /// It writes the name in other letters than it was asked in.
    other_case: bool,
    pub cause: Cause,
}

impl Heard {
    /// What a zone of our own says.
    pub(super) fn own(message: Message, cause: Cause) -> Heard {
        Heard {
            message,
            other_case: false,
            cause,
        }
    }
}

/// There is no answer.
#[derive(Clone, Debug)]
pub(super) enum Unheard {
    /// Nothing came in time.
    Silent(Cause),
    /// The world says that it cannot be reached.
    Unreachable(String, Cause),
    /// The answer was cut, and TCP does not work.
    NoTcp(String, Cause),
    /// The question has made too much work already.
    TooMuch,
}

impl Unheard {
    pub(super) fn cause(&self) -> Cause {
        match self {
            Unheard::Silent(cause) | Unheard::Unreachable(_, cause) | Unheard::NoTcp(_, cause) => {
                *cause
            }
            Unheard::TooMuch => None,
        }
    }

    pub(super) fn words(&self) -> String {
        match self {
            Unheard::Silent(_) => "it is silent".into(),
            Unheard::Unreachable(why, _) => why.clone(),
            Unheard::NoTcp(why, _) => format!("its answer was cut, and by TCP: {why}"),
            Unheard::TooMuch => "the question makes too much work".into(),
        }
    }
}

/// Asks; gives the answer, whatever it says.
pub(super) async fn ask(
    work: &Work,
    server: SocketAddr,
    asked: &Asked,
    manner: Manner,
    mut cause: Cause,
) -> Result<Heard, Unheard> {
    let mut facts = work.memory(|memory, now| memory.server(now, server));
    let mut by_tcp = manner.by_tcp;
    let mut cut = false;
    let mut renewed = false;
    // Each turn changes one thing: no cookie, no EDNS, the case as it is, another cookie, TCP.
    for _ in 0..TURN_LIMIT {
        let with_edns = !facts.without_edns;
        let with_cookie = with_edns && work.config.shows_cookies && !facts.without_cookies;
        let vary = work.config.varies_case && !facts.loses_case && !by_tcp;
        let sent = exchange(
            work,
            server,
            asked,
            manner,
            Turn {
                by_tcp,
                with_edns,
                with_cookie,
                vary,
            },
            &mut facts,
            cause,
        )
        .await;
        let heard = match sent {
            Err(unheard) if cut => return Err(Unheard::NoTcp(unheard.words(), unheard.cause())),
            other => other?,
        };
        cause = heard.cause;
        let message = &heard.message;
        if let Some(without) = to_leave_out(message, with_cookie, with_edns) {
            match without {
                Without::Cookie => facts.without_cookies = true,
                Without::Edns => facts.without_edns = true,
            }
            work.memory(|memory, now| memory.know_server(now, server, facts));
            continue;
        }
        if vary && heard.other_case {
            facts.loses_case = true;
            work.memory(|memory, now| memory.know_server(now, server, facts));
            continue;
        }
        // RFC 7873, section 5.3: with the cookie that came with it, and after that by TCP.
        if message.rcode == rcode::BADCOOKIE && with_cookie && !by_tcp {
            (by_tcp, renewed) = (renewed, true);
            continue;
        }
        if message.flags.tc && by_tcp {
            return Err(Unheard::NoTcp("it is cut as well".into(), cause));
        }
        if message.flags.tc {
            (by_tcp, cut) = (true, true);
            continue;
        }
        return Ok(heard);
    }
    Err(Unheard::Silent(cause))
}

#[derive(Clone, Copy)]
struct Turn {
    by_tcp: bool,
    with_edns: bool,
    with_cookie: bool,
    vary: bool,
}

async fn exchange(
    work: &Work,
    server: SocketAddr,
    asked: &Asked,
    manner: Manner,
    turn: Turn,
    facts: &mut ServerFacts,
    cause: Cause,
) -> Result<Heard, Unheard> {
    let spent = &work.spent;
    if !spent.take(
        &spent.exchanges,
        EXCHANGE_LIMIT,
        "messages for one question",
    ) {
        return Err(Unheard::TooMuch);
    }
    let end = work
        .began
        .after(Duration::from_millis(TIME_LIMIT_MS.into()));
    if work.now() >= end {
        spent.time_is_over();
        return Err(Unheard::TooMuch);
    }
    let id = work.random();
    let mut question = asked.clone();
    if turn.vary {
        question.name = asked.name.in_random_case(&mut || work.random());
    }
    let own = facts.cookie.take().filter(|_| turn.with_cookie);
    let own = own.or_else(|| {
        turn.with_cookie
            .then(|| ClientCookie::new(|| work.random()))
    });
    facts.cookie = own;
    let octets = query(id, question.clone(), manner, turn.with_edns, own);
    let transport = if turn.by_tcp {
        Transport::Tcp
    } else {
        Transport::Udp
    };
    let tap = work.tap();
    let sent = tap.emit_with_span(cause, tap.keep(&octets), || DnsEvent::QuerySent {
        id,
        name: asked.name.shown(),
        record_type: asked.kind.to_string(),
        server,
        transport: transport.as_str().into(),
        attempt: manner.attempt,
    });
    let cause = sent.or(cause);
    let timeout = match turn.by_tcp {
        true => TCP_TIMEOUT,
        false => facts.timeout(work.config.timeout),
    };
    let started = work.now();
    let flight = work.send(server, transport, octets, cause);
    let waiting = Waiting {
        server,
        asked: question,
        cookie: own,
        by_tcp: turn.by_tcp,
        id,
        started,
        deadline: started.after(timeout).min(end),
        attempt: manner.attempt,
    };
    let heard = listen(work, &flight, &waiting, cause).await;
    if let Ok((_, cookie)) = &heard {
        facts.cookie = *cookie;
    }
    let heard = heard.map(|(heard, _)| heard);
    let now = work.now();
    // Whose own time is not over is not yet silent.
    let cut_short = now >= end && now < started.after(timeout);
    match &heard {
        Ok(_) if !turn.by_tcp => facts.answered(now, now.since(started)),
        Err(Unheard::Silent(_)) if cut_short => {}
        Err(_) => facts.was_silent(now),
        _ => {}
    }
    work.memory(|memory, now| memory.know_server(now, server, *facts));
    heard
}

struct Waiting {
    server: SocketAddr,
    /// In the letters in which it was sent.
    asked: Asked,
    cookie: Option<ClientCookie>,
    by_tcp: bool,
    id: u16,
    started: Time,
    deadline: Time,
    attempt: u32,
}

impl Waiting {
    fn sent(&self) -> Sent<'_> {
        Sent {
            server: self.server,
            id: self.id,
            asked: &self.asked,
            cookie: self.cookie,
            by_udp: !self.by_tcp,
        }
    }
}

async fn listen(
    work: &Work,
    flight: &InFlight,
    waiting: &Waiting,
    mut cause: Cause,
) -> Result<(Heard, Option<ClientCookie>), Unheard> {
    let tap = work.tap();
    for _ in 0..IGNORE_LIMIT {
        match flight.next(waiting.deadline).await {
            Landed::Message {
                from,
                octets,
                cause: landed,
            } => {
                let cause_now = landed.or(cause);
                match fitting(&waiting.sent(), from, &octets) {
                    Ok(fitting) => {
                        let cookie = fitting.cookie;
                        let heard = state_response(work, waiting, fitting, &octets, cause_now);
                        return Ok((heard, cookie));
                    }
                    Err(why) => {
                        let span = tap.keep(&octets);
                        let ignored =
                            tap.emit_with_span(cause_now, span, || DnsEvent::ResponseIgnored {
                                server: from,
                                why: why.into(),
                            });
                        cause = ignored.or(cause_now);
                    }
                }
            }
            Landed::Unreachable { why, cause: landed } => {
                let event = tap.emit(landed.or(cause), || DnsEvent::ServerUnreachable {
                    server: waiting.server,
                    why: why.clone().into(),
                });
                return Err(Unheard::Unreachable(why, event.or(landed).or(cause)));
            }
            Landed::Nothing => break,
        }
    }
    let event = tap.emit(cause, || DnsEvent::QueryTimedOut {
        server: waiting.server,
        attempt: waiting.attempt,
        after_ms: work.now().since(waiting.started).as_millis() as u32,
    });
    Err(Unheard::Silent(event.or(cause)))
}

fn state_response(
    work: &Work,
    waiting: &Waiting,
    fitting: Fitting,
    octets: &[u8],
    cause: Cause,
) -> Heard {
    let (tap, message) = (work.tap(), fitting.message);
    let event = tap.emit_with_span(cause, tap.keep(octets), || DnsEvent::ResponseReceived {
        id: message.id,
        server: waiting.server,
        rcode: rcode::text(message.rcode),
        answers: message
            .answers
            .iter()
            .map(crate::wire::Record::text)
            .collect(),
        referral: referral_text(&message),
        authoritative: message.flags.aa,
        truncated: message.flags.tc,
        extended_error: explained(&message).map(|said| said.in_words()),
        rtt_us: work.now().since(waiting.started).as_micros() as u64,
    });
    Heard {
        other_case: fitting.other_case,
        message,
        cause: event.or(cause),
    }
}

/// The servers that a referral names.
pub(crate) fn referral_text(message: &Message) -> Vec<String> {
    let has_soa = message
        .authorities
        .iter()
        .any(|record| record.kind == Kind::SOA);
    if !message.answers.is_empty() || has_soa {
        return Vec::new();
    }
    let servers = message
        .authorities
        .iter()
        .filter(|record| record.kind == Kind::NS);
    let names = servers.filter_map(|record| Name::from_wire(&record.data));
    names.map(|(name, _)| name.shown()).collect()
}

fn query(
    id: u16,
    asked: Asked,
    manner: Manner,
    with_edns: bool,
    cookie: Option<ClientCookie>,
) -> Vec<u8> {
    let mut message = Message {
        id,
        questions: vec![asked],
        ..Message::default()
    };
    message.flags.rd = manner.recursion_desired;
    message.flags.cd = manner.checking_disabled;
    if with_edns {
        message.edns = Some(Edns {
            udp_payload: UDP_PAYLOAD,
            dnssec_ok: manner.dnssec_ok,
            options: cookie.map(|cookie| cookie.option()).into_iter().collect(),
            ..Edns::default()
        });
    }
    message.encode()
}
