//! What the client is told (RFC 4035, section 3.2; RFC 8914).

use super::config::{RecursorConfig, Route};
use super::part::{Ede, Security, Trouble};
use super::resolve::Answer;
use crate::dnssec::Anchor;
use crate::question::Question;
use crate::reception::LocalData;
use crate::reply::Reply;
use crate::wire::{Kind, Rrset, rcode};
use thru_events::Cause;

/// Only an answer has them (RFC 1035, section 4.1); zone transfers (RFC 1995), which would, are refused.
const RECORDS_IN_A_QUESTION: &str =
    "a question has no records in its answer and authority sections";

/// Questions that are not answered at all.
pub(super) fn refusal(question: &Question, config: &RecursorConfig, cause: Cause) -> Option<Reply> {
    let message = &question.message;
    let asked = message.questions.first()?;
    let (code, why) = if message.opcode != 0 {
        (rcode::NOTIMP, "only queries")
    } else if !message.answers.is_empty() || !message.authorities.is_empty() {
        (rcode::FORMERR, RECORDS_IN_A_QUESTION)
    } else if message.edns.as_ref().is_some_and(|edns| edns.version > 0) {
        (rcode::BADVERS, "only version 0 of EDNS")
    } else if asked.class != 1 {
        (rcode::REFUSED, "only class IN")
    } else if [Kind::AXFR, Kind::IXFR].contains(&asked.kind) {
        (rcode::REFUSED, "zones are not given away")
    } else if asked.kind.is_meta() && asked.kind != Kind::ANY {
        (rcode::NOTIMP, "no such type can be asked for")
    } else if !message.flags.rd && !config.answers_snoops {
        // RFC 8914, section 4.21.
        let why = Ede::new(20, "this server only answers questions to be asked on");
        return Some(Reply::error(
            question,
            "recursion",
            rcode::REFUSED,
            &why,
            cause,
        ));
    } else {
        return None;
    };
    let mut reply = Reply::error(question, "recursion", code, &Ede::new(0, why), cause);
    reply.message_mut().flags.ra = false;
    if code == rcode::FORMERR {
        // What is not understood is not handed back.
        reply.message_mut().questions.clear();
    }
    Some(reply)
}

/// RFC 6761, section 6.3: `localhost` and what is below it is this machine; nobody is asked. Not
/// where a route leads to servers that have such names. It is told as [`LocalData`] has it.
pub(super) fn localhost(
    question: &Question,
    config: &RecursorConfig,
    cause: Cause,
) -> Option<Reply> {
    let asked = question.message.questions.first()?;
    let routed = |route: &Route| !route.zone.is_root() && asked.name.is_within(&route.zone);
    if config.routes.iter().any(routed) {
        return None;
    }
    let mut reply = LocalData::told_of_localhost(question, cause)?;
    reply.source = "localhost".into();
    Some(reply)
}

/// The reply to a client's question.
pub(super) fn reply(
    question: &Question,
    config: &RecursorConfig,
    found: Result<Answer, Trouble>,
) -> Reply {
    let source = match config
        .routes
        .iter()
        .any(|route| route.recursion_desired && route.zone.is_root())
    {
        true => "forwarder",
        false => "recursion",
    };
    match found {
        Err(trouble) => {
            let explained = trouble.explained;
            let mut reply =
                Reply::error(question, source, trouble.rcode, &explained, trouble.cause);
            if !config.explains {
                reply.forget_explanation();
            }
            reply
        }
        Ok(answer) if answer.security == Security::Bogus && !question.message.flags.cd => {
            let none = Ede::new(6, "it is not authentic");
            let explained = answer.explained.unwrap_or(none);
            let mut reply =
                Reply::error(question, source, rcode::SERVFAIL, &explained, answer.cause);
            if !config.explains {
                reply.forget_explanation();
            }
            reply
        }
        Ok(answer) if is_told_to_fail(question, config, &answer) => {
            let why = Ede::new(6, "a root key sentinel (RFC 8509) says so");
            Reply::error(question, source, rcode::SERVFAIL, &why, answer.cause)
        }
        Ok(answer) => told(question, config, answer, source),
    }
}

/// RFC 8509: a name that asks whether a key of the root is trusted, or is not, is answered by
/// failing or not.
fn is_told_to_fail(question: &Question, config: &RecursorConfig, answer: &Answer) -> bool {
    let asked = &question.message.questions[0];
    let asks_for_address = [Kind::A, Kind::AAAA].contains(&asked.kind);
    if !asks_for_address || answer.security != Security::Secure || question.message.flags.cd {
        return false;
    }
    let label = asked.name.labels().next().unwrap_or_default();
    let label = label.to_ascii_lowercase();
    let tag = |beginning: &[u8]| {
        let digits = label.strip_prefix(beginning)?;
        let digits = std::str::from_utf8(digits).ok()?;
        digits.parse::<u16>().ok().filter(|_| digits.len() == 5)
    };
    let of_root = config.anchors.iter().filter(|anchor| anchor.zone.is_root());
    let mut trusted = of_root.flat_map(Anchor::tags);
    match (
        tag(b"root-key-sentinel-is-ta-"),
        tag(b"root-key-sentinel-not-ta-"),
    ) {
        (Some(tag), _) => !trusted.any(|known| known == tag),
        (_, Some(tag)) => trusted.any(|known| known == tag),
        _ => false,
    }
}

fn told(
    question: &Question,
    config: &RecursorConfig,
    answer: Answer,
    source: &'static str,
) -> Reply {
    let source = if answer.kept { "cache" } else { source };
    let mut reply = Reply::new(question, source, answer.cause);
    let asked = &question.message;
    let kind = asked.questions[0].kind;
    let dnssec_ok = asked.edns.as_ref().is_some_and(|edns| edns.dnssec_ok);
    let message = reply.message_mut();
    message.rcode = answer.rcode;
    let authentic =
        answer.security == Security::Secure || config.trusts_ad && answer.said_authentic;
    let said = [rcode::NOERROR, rcode::NXDOMAIN].contains(&answer.rcode);
    message.flags.ad = authentic && said && (dnssec_ok || asked.flags.ad);
    message.flags.ra = true;
    // Servers without an answer are a referral, which nobody is given who wants to be asked on for
    // (RFC 2308, section 2.2).
    let without_soa = !answer.authorities.iter().any(|set| set.kind == Kind::SOA);
    let referral = answer.answers.is_empty() && without_soa && !(asked.flags.rd && config.minimal);
    let denial = !answer
        .answers
        .iter()
        .any(|set| set.kind == kind || kind == Kind::ANY);
    // Where the section is needed for its proofs, it is passed on whole.
    let proof = |set: &Rrset| [Kind::NSEC, Kind::NSEC3].contains(&set.kind);
    let keeps_servers = match denial {
        true => referral || config.whole_denials,
        false => answer.authorities.iter().any(proof),
    };
    let with_signatures = dnssec_ok || [Kind::RRSIG, Kind::ANY].contains(&kind);
    for set in &answer.answers {
        message.answers.extend(set.records(with_signatures));
    }
    let wanted = |set: &&Rrset| match set.kind {
        Kind::SOA => true,
        Kind::NSEC | Kind::NSEC3 | Kind::DS => dnssec_ok,
        Kind::RRSIG => false,
        _ => keeps_servers || !config.minimal && !denial,
    };
    for set in answer.authorities.iter().filter(wanted) {
        message.authorities.extend(set.records(dnssec_ok));
    }
    if referral || !denial && (!config.minimal || keeps_servers) {
        let answered = |set: &Rrset, own: &Rrset| own.name == set.name && own.kind == set.kind;
        let told = |set: &&Rrset| !answer.answers.iter().any(|own| answered(set, own));
        for set in answer.additionals.iter().filter(told) {
            message.additionals.extend(set.records(dnssec_ok));
        }
    }
    if let Some(explained) = answer.explained {
        reply.explain(&explained);
    }
    if !config.explains {
        reply.forget_explanation();
    }
    reply
}
