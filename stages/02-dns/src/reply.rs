//! A server's answer to its client.

use crate::cookie::COOKIE;
use crate::question::{Question, UDP_PAYLOAD};
use crate::recursor::Ede;
use crate::wire::{Edns, Kind, Message, Record, rcode};
use thru_events::{Cause, Text};

/// Code of the option with the extended error.
const EXTENDED_ERROR: u16 = 15;
/// Code of the padding option, octets of an option's head, block of a server's answers.
pub(crate) const PADDING: u16 = 12;
const OPTION_HEAD: usize = 4;
const ANSWER_BLOCK: usize = 468;
/// Largest message by TCP, octets.
const TCP_LIMIT: usize = 65_535;

/// Fills a message with EDNS up to a multiple of `block` octets, so that its length does not tell the
/// name (RFC 7830).
pub(crate) fn pad(message: &mut Message, block: usize) {
    let length = message.encode().len() + OPTION_HEAD;
    if let Some(edns) = &mut message.edns {
        let rest = length.next_multiple_of(block) - length;
        edns.options.push((PADDING, vec![0; rest]));
    }
}

/// An answer that is ready to be sent.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Reply {
    message: Message,
    udp_payload: u16,
    explained: Option<Ede>,
    /// Where it is from: `zone`, `cache`, `recursion`, `forwarder`, `localhost`, `local` (the server's own records) or `server`
    /// (what it says of itself).
    pub source: Text,
    /// What made it known.
    pub cause: Cause,
}

impl Reply {
    pub(crate) fn new(question: &Question, source: &'static str, cause: Cause) -> Reply {
        let asked = &question.message;
        let mut message = Message {
            id: asked.id,
            opcode: asked.opcode,
            questions: asked.questions.clone(),
            ..Message::default()
        };
        message.flags.qr = true;
        message.flags.rd = asked.flags.rd;
        message.flags.cd = asked.flags.cd;
        message.flags.ra = source != "zone";
        message.edns = asked.edns.as_ref().map(|edns| Edns {
            udp_payload: UDP_PAYLOAD,
            dnssec_ok: edns.dnssec_ok,
            ..Edns::default()
        });
        Reply {
            message,
            udp_payload: question.udp_payload,
            explained: None,
            source: source.into(),
            cause,
        }
    }

    /// An answer without records.
    pub(crate) fn error(
        question: &Question,
        source: &'static str,
        code: u16,
        why: &Ede,
        cause: Cause,
    ) -> Reply {
        let mut reply = Reply::new(question, source, cause);
        reply.message.rcode = code;
        reply.explain(why);
        reply
    }

    /// An answer without records to a question that is not worked on; `explained` is the code of
    /// RFC 8914, if there is one for it.
    pub fn refusing(
        question: &Question,
        code: &str,
        explained: Option<u16>,
        why: &'static str,
        cause: Cause,
    ) -> Reply {
        let mut reply = Reply::new(question, "zone", cause);
        reply.message.rcode = rcode::from_text(code).unwrap_or(rcode::SERVFAIL);
        reply.source = format!("none: {why}").into();
        if let Some(explained) = explained {
            reply.explain(&Ede::new(explained, why));
        }
        reply
    }

    /// An answer that says nothing but that it is to be asked for by TCP.
    pub fn cut(question: &Question, cause: Cause) -> Reply {
        let mut reply = Reply::new(question, "zone", cause);
        reply.message.flags.tc = true;
        reply.source = "none: too many answers to that network".into();
        reply
    }

    /// Hands the client a cookie (RFC 7873, section 5.2).
    pub(crate) fn hand_cookie(&mut self, whole: &[u8]) {
        self.add_option(COOKIE, whole.to_vec());
    }

    /// Adds an option, if the client knows EDNS.
    pub(crate) fn add_option(&mut self, code: u16, data: Vec<u8>) {
        if let Some(edns) = &mut self.message.edns {
            edns.options.push((code, data));
        }
    }

    /// Fills up to a multiple of 468 octets (RFC 7830; RFC 8467, section 4.1).
    pub fn pad(&mut self) {
        pad(&mut self.message, ANSWER_BLOCK);
    }

    /// Seconds that it is true for: the least time to live of its answers, or of the denial.
    pub fn fresh_s(&self) -> u32 {
        let denial = || {
            self.message
                .authorities
                .iter()
                .filter(|record| record.kind == Kind::SOA)
        };
        let answers = self.message.answers.iter().map(|record| record.ttl).min();
        let denied =
            denial().map(|record| record.soa().map_or(record.ttl, |soa| soa.1.min(record.ttl)));
        answers.or_else(|| denied.min()).unwrap_or(0)
    }

    /// Says why (RFC 8914), if the client knows EDNS.
    pub(crate) fn explain(&mut self, why: &Ede) {
        self.explained = Some(why.clone());
        if let Some(edns) = &mut self.message.edns {
            let mut option = why.code.to_be_bytes().to_vec();
            option.extend_from_slice(why.text.as_bytes());
            edns.options.push((EXTENDED_ERROR, option));
        }
    }

    /// Whether it says that its time is over (RFC 8767), or was before the reason was left out.
    pub(crate) fn is_over(&self) -> bool {
        self.explained
            .as_ref()
            .is_some_and(|why| [3, 19].contains(&why.code))
    }

    pub(crate) fn forget_explanation(&mut self) {
        if let Some(edns) = &mut self.message.edns {
            edns.options.retain(|(code, _)| *code != EXTENDED_ERROR);
        }
    }

    pub(crate) fn message_mut(&mut self) -> &mut Message {
        &mut self.message
    }

    /// Response code as IANA writes it.
    pub fn rcode(&self) -> String {
        rcode::text(self.message.rcode)
    }

    /// The answer section, one text a record.
    pub fn answers(&self) -> Vec<String> {
        self.message.answers.iter().map(Record::text).collect()
    }

    /// The name servers of a referral.
    pub fn referral(&self) -> Vec<String> {
        crate::recursor::referral_text(&self.message)
    }

    /// Wire format; by UDP it is cut to what the client takes, with TC set.
    pub fn octets(&self, by_udp: bool) -> Vec<u8> {
        let limit = if by_udp {
            usize::from(self.udp_payload)
        } else {
            TCP_LIMIT
        };
        self.message.encode_within(limit)
    }

    /// Whether these octets of it leave out nothing that was cut for want of room.
    pub fn is_whole(&self, octets: &[u8]) -> bool {
        let records = self.message.additionals.len() + usize::from(self.message.edns.is_some());
        let cut = octets.get(2).is_none_or(|bits| bits & 2 != 0);
        let additional = octets.get(10..12);
        !cut && additional.is_some_and(|count| count == (records as u16).to_be_bytes())
    }

    /// The message.
    pub fn message(&self) -> &Message {
        &self.message
    }

    /// Why it is so, also where the client is not told.
    pub fn explained(&self) -> Option<&Ede> {
        self.explained.as_ref()
    }

    /// Whether it has records of a type, in its answer section.
    pub fn has(&self, kind: Kind) -> bool {
        self.message
            .answers
            .iter()
            .any(|record| record.kind == kind)
    }
}
