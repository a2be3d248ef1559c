//! A server's answer to its client.

use crate::cache::Found;
use crate::message::{self, Question, add_extended_error, rcode_text, record_text, response_to};
use hickory_proto::op::{Message, ResponseCode};
use thru_events::{Cause, Text};

/// An answer that is ready to be sent.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Reply {
    message: Message,
    udp_payload: u16,
    /// Where it is from: `zone`, `cache`, `recursion` or `forwarder`.
    pub source: Text,
    /// What made it known.
    pub cause: Cause,
}

impl Reply {
    pub(crate) fn new(question: &Question, source: &'static str, cause: Cause) -> Reply {
        let mut message = response_to(&question.message);
        message.metadata.recursion_available = source != "zone";
        Reply {
            message,
            udp_payload: question.udp_payload,
            source: source.into(),
            cause,
        }
    }

    /// An answer without records.
    pub(crate) fn error(
        question: &Question,
        source: &'static str,
        rcode: ResponseCode,
        why: &str,
        cause: Cause,
    ) -> Reply {
        let mut reply = Reply::new(question, source, cause);
        reply.message.metadata.response_code = rcode;
        // RFC 8914, section 4.23: no reachable authority; 4.1: other.
        add_extended_error(&mut reply.message, 0, why);
        reply
    }

    /// An answer out of the cache; `None` if the cache does not have it.
    pub(crate) fn cached(question: &Question, found: Found, cause: Cause) -> Option<Reply> {
        let mut reply = Reply::new(question, "cache", cause);
        match found {
            Found::Missing { .. } => return None,
            Found::Records { chain, .. } => {
                reply.message.answers = chain.aliases;
                reply.message.answers.extend(chain.records);
            }
            Found::Denial {
                chain,
                no_name,
                soa,
                ..
            } => {
                reply.message.answers = chain.aliases;
                reply.message.authorities = soa.into_iter().collect();
                if no_name {
                    reply.message.metadata.response_code = ResponseCode::NXDomain;
                }
            }
        }
        Some(reply)
    }

    pub(crate) fn message_mut(&mut self) -> &mut Message {
        &mut self.message
    }

    /// Response code as IANA writes it.
    pub fn rcode(&self) -> String {
        rcode_text(self.message.metadata.response_code)
    }

    /// The answer section, one text a record.
    pub fn answers(&self) -> Vec<String> {
        self.message.answers.iter().map(record_text).collect()
    }

    /// The name servers of a referral.
    pub fn referral(&self) -> Vec<String> {
        message::referral_text(&self.message)
    }

    /// Wire format; by UDP it is cut to what the client takes, with TC set.
    pub fn octets(&self, by_udp: bool) -> Vec<u8> {
        message::encode(&self.message, by_udp.then_some(self.udp_payload)).0
    }
}
