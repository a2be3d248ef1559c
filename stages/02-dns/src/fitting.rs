//! Which of the messages that come back counts as the answer of a server, and what it makes of a
//! server that does not take what it was sent. One judge for whoever asks: stub and recursor.

use crate::client_cookie::ClientCookie;
use crate::wire::{Asked, Message, rcode};
use std::net::SocketAddr;

/// A question as it was sent.
pub(crate) struct Sent<'a> {
    pub server: SocketAddr,
    pub id: u16,
    /// In the letters in which it was sent.
    pub asked: &'a Asked,
    pub cookie: Option<ClientCookie>,
    /// Nothing but the message itself holds it against forgery.
    pub by_udp: bool,
}

/// An answer to our question, from whom was asked.
pub(crate) struct Fitting {
    pub message: Message,
    /// What the server is to be shown from now on.
    pub cookie: Option<ClientCookie>,
    /// It writes the name in other letters than it was asked in.
    pub other_case: bool,
}

/// RFC 5452, section 9: an answer comes from whom was asked, with the id and the question; RFC 7873,
/// section 5.3: and with the cookie.
///
/// # Errors
/// Why it does not count.
pub(crate) fn fitting(sent: &Sent<'_>, from: SocketAddr, octets: &[u8]) -> Result<Fitting, String> {
    if from != sent.server {
        return Err(format!("{from} was not asked"));
    }
    let message = Message::decode(octets).map_err(|malformed| malformed.to_string())?;
    if !message.flags.qr {
        return Err("it is a question, not a response".into());
    }
    if message.id != sent.id {
        return Err(format!("its id is {}, not {}", message.id, sent.id));
    }
    let other_case = match message.questions.as_slice() {
        [back] if back == sent.asked => back.name.wire() != sent.asked.name.wire(),
        // A server that cannot read the question has none to hand back.
        [] if message.rcode != rcode::NOERROR => false,
        _ => return Err("it answers another question".into()),
    };
    let judged = sent
        .cookie
        .map(|cookie| cookie.judge(&message, sent.by_udp));
    Ok(Fitting {
        cookie: judged.transpose()?,
        other_case,
        message,
    })
}

/// What a server is asked without from now on.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Without {
    Cookie,
    Edns,
}

/// Whether a server says that it does not take the cookie or EDNS that it was sent.
pub(crate) fn to_leave_out(message: &Message, cookie: bool, edns: bool) -> Option<Without> {
    let unknown = [rcode::FORMERR, rcode::NOTIMP, rcode::BADVERS].contains(&message.rcode);
    if !edns || !unknown || !message.answers.is_empty() {
        return None;
    }
    // Who writes EDNS knows it: what he does not take is the cookie in it.
    let knows = message.edns.is_some() && message.rcode == rcode::FORMERR;
    // RFC 6891, section 7: else it is EDNS that he does not know.
    Some(match cookie && knows {
        true => Without::Cookie,
        false => Without::Edns,
    })
}
