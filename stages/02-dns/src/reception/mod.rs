//! What a name server says before it works on a question: who may ask, what the server is called, and records of its own
//! for which nobody is asked.
//!
//! Stage: stage 02, RFC 4892 and 5001 (names of a server), 6303 and 6761 (names that stay at home), 7828 (idle connections), 7873.
//! In: a question, who asked it and how. Out: a reply, silence, or that it is to be worked on.
//! Emits: nothing; the server that uses it states what it was asked and what it sent.
//! How it works: `access` finds the rule for an address, `local` the zone of its own for a name; what is added to every
//! reply (cookie, NSID, time of idle connections) is added at the end.
//! Not here: doors and the rate of answers (`far/dns_server`), who signs and validates.

mod access;
mod local;

use crate::cookie::Cookie;
use crate::question::Question;
use crate::recursor::Ede;
use crate::reply::Reply;
use crate::wire::{Kind, Record, data_from_words, rcode};
pub use access::{AccessRule, Admission, Network};
pub use local::{LocalData, LocalKind, LocalRefused, ZONE_LIMIT};
use std::net::IpAddr;
use thru_events::Cause;

/// Class of the names of a server.
const CHAOS: u16 = 3;
/// Options of EDNS.
pub(crate) const NSID: u16 = 3;
pub(crate) const KEEPALIVE: u16 = 11;
/// Extended error (RFC 8914, section 4.19): who asks may not.
const PROHIBITED: u16 = 18;

/// What a server says by itself.
#[derive(Clone, Debug)]
pub struct Reception {
    /// Rules for addresses; the longest prefix counts. Who is in none is let in.
    pub access: Vec<AccessRule>,
    /// What is told who asks for `version.bind` or `version.server` in class CH; REFUSED without.
    pub version: Option<String>,
    /// What is told who asks for `hostname.bind` or `id.server` in class CH (RFC 4892); REFUSED
    /// without.
    pub identity: Option<String>,
    /// What is told who asks by option for the server's name (RFC 5001); nothing if empty.
    pub nsid: Vec<u8>,
    /// How long a connection may be idle, told to clients by TCP and TLS that ask (RFC 7828), in units of
    /// 100 ms.
    pub idle: Option<u16>,
    /// Records of its own.
    pub local: LocalData,
    /// Who may not ask is told so in a message without its question, no longer than needed.
    pub refuses_briefly: bool,
    /// Replies say that the server asks on for others.
    pub asks_on: bool,
}

impl Default for Reception {
    /// Everybody may ask; the server has no names and no records of its own.
    fn default() -> Reception {
        Reception {
            access: Vec::new(),
            version: None,
            identity: None,
            nsid: Vec::new(),
            idle: None,
            local: LocalData::default(),
            refuses_briefly: false,
            asks_on: true,
        }
    }
}

/// How a question came.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum By {
    /// By UDP: who asks may be somebody else.
    Datagram,
    /// By TCP or TLS.
    Connection,
    /// By HTTPS, which says itself how long a connection stays.
    Https,
}

/// A question that came in.
#[derive(Clone, Copy, Debug)]
pub struct Caller<'a> {
    /// What is asked.
    pub question: &'a Question,
    /// Who says to ask.
    pub client: IpAddr,
    /// How it came.
    pub by: By,
    /// What its cookie says.
    pub cookie: &'a Cookie,
}

/// What is done with a question.
#[derive(Clone, Debug)]
pub enum Received {
    /// It is worked on.
    Work,
    /// This is the reply.
    Reply(Box<Reply>),
    /// Nothing is said, for this reason.
    Dropped(&'static str),
}

impl Reception {
    /// What the server does for an address.
    pub fn admission(&self, client: IpAddr) -> Admission {
        access::admission(&self.access, client)
    }

    /// Whether all that this client asks is answered as every other client would be.
    pub fn treats_as_all(&self, client: IpAddr) -> bool {
        self.admission(client) == Admission::Answers && !self.local.differs_by_client()
    }

    /// Looks at a question before it is worked on.
    pub fn receive(&self, caller: &Caller<'_>, cause: Cause) -> Received {
        let question = caller.question;
        match self.admission(caller.client) {
            Admission::Drops => return Received::Dropped("this address gets no answers"),
            Admission::Refuses => return self.refused(question, cause),
            Admission::WantsCookie if caller.by == By::Datagram => {
                if let Some(reply) = self.without_cookie(caller, cause) {
                    return Received::Reply(Box::new(reply));
                }
            }
            _ => {}
        }
        if *caller.cookie == Cookie::Malformed {
            let why = "the cookie has a length that none has";
            return self.short(question, rcode::FORMERR, why, cause);
        }
        if caller.by == By::Connection
            && option(question, KEEPALIVE).is_some_and(|data| !data.is_empty())
        {
            // RFC 7828, section 3.1.
            let why = "a client does not say how long a connection may be idle";
            return self.short(question, rcode::FORMERR, why, cause);
        }
        if let Some(received) = self.local.receive(caller, self.asks_on, cause) {
            return received;
        }
        match question.message.questions[0].class {
            CHAOS => Received::Reply(Box::new(self.own_name(question, cause))),
            _ => Received::Work,
        }
    }

    fn reply(&self, question: &Question, cause: Cause) -> Reply {
        let mut reply = Reply::new(question, "server", cause);
        reply.message_mut().flags.ra = self.asks_on;
        reply
    }

    fn short(&self, question: &Question, code: u16, why: &'static str, cause: Cause) -> Received {
        let mut reply = self.reply(question, cause);
        reply.message_mut().rcode = code;
        reply.source = format!("none: {why}").into();
        Received::Reply(Box::new(reply))
    }

    fn refused(&self, question: &Question, cause: Cause) -> Received {
        let why = "this address may not ask";
        let mut reply = self.reply(question, cause);
        reply.source = format!("none: {why}").into();
        reply.explain(&Ede::new(PROHIBITED, why));
        let message = reply.message_mut();
        message.rcode = rcode::REFUSED;
        message.flags.ra = false;
        if self.refuses_briefly {
            message.questions.clear();
            message.edns = None;
        }
        Received::Reply(Box::new(reply))
    }

    /// RFC 7873, section 5.2.3 and 5.2.4: who has to show a cookie is handed one, or asks by TCP.
    fn without_cookie(&self, caller: &Caller<'_>, cause: Cause) -> Option<Reply> {
        let (code, cut, why) = match caller.cookie {
            Cookie::Known(_) | Cookie::Malformed => return None,
            Cookie::Unknown(_) => (rcode::BADCOOKIE, false, "its cookie is not known here"),
            Cookie::Absent => (rcode::REFUSED, true, "this address has to show a cookie"),
        };
        let mut reply = self.reply(caller.question, cause);
        reply.source = format!("none: {why}").into();
        reply.message_mut().rcode = code;
        reply.message_mut().flags.tc = cut;
        Some(reply)
    }

    /// The name or version of the server.
    fn own_name(&self, question: &Question, cause: Cause) -> Reply {
        let asked = &question.message.questions[0];
        let text = match asked.name.shown().as_str() {
            "version.bind" | "version.server" => &self.version,
            "hostname.bind" | "id.server" => &self.identity,
            _ => &None,
        };
        let mut reply = self.reply(question, cause);
        let known = [Kind::TXT, Kind::ANY].contains(&asked.kind);
        let data = text.as_ref().filter(|_| known).and_then(|text| {
            let root = crate::wire::Name::root();
            data_from_words(Kind::TXT, &[text], &root).ok()
        });
        match data {
            Some(data) => reply.message_mut().answers.push(Record {
                name: asked.name.clone(),
                kind: Kind::TXT,
                class: CHAOS,
                ttl: 0,
                data,
            }),
            None => reply.message_mut().rcode = rcode::REFUSED,
        }
        reply
    }

    /// What is added to every reply.
    pub fn finish(&self, reply: &mut Reply, caller: &Caller<'_>) {
        if let Cookie::Known(whole) | Cookie::Unknown(whole) = caller.cookie {
            reply.hand_cookie(whole);
        }
        if !self.nsid.is_empty() && option(caller.question, NSID).is_some() {
            reply.add_option(NSID, self.nsid.clone());
        }
        // RFC 7828, section 3.3.2: others may be told as well; answers as they were sent are for all.
        let asks = caller.by == By::Connection && option(caller.question, KEEPALIVE).is_some();
        if let Some(idle) = self.idle.filter(|_| asks) {
            reply.add_option(KEEPALIVE, idle.to_be_bytes().to_vec());
        }
    }
}

fn option(question: &Question, code: u16) -> Option<&[u8]> {
    question.message.edns.as_ref()?.option(code)
}

#[cfg(test)]
mod tests;
