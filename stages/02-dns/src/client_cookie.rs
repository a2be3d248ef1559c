//! The client's side of DNS cookies (RFC 7873, section 5): what is shown to one server, and which
//! of its answers count.

use crate::cookie::{ANY_SERVER, CLIENT, COOKIE};
use crate::wire::Message;

/// Most octets of a server's part.
const SERVER_LIMIT: usize = *ANY_SERVER.end();

/// What one server is shown: a part of our own that only it is sent, and behind it what it handed out.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) struct ClientCookie {
    own: [u8; CLIENT],
    given: [u8; SERVER_LIMIT],
    length: usize,
}

impl ClientCookie {
    /// For a server that has handed out nothing yet.
    pub(crate) fn new(mut chance: impl FnMut() -> u16) -> ClientCookie {
        let mut own = [0; CLIENT];
        for pair in own.chunks_exact_mut(2) {
            pair.copy_from_slice(&chance().to_be_bytes());
        }
        ClientCookie {
            own,
            given: [0; SERVER_LIMIT],
            length: 0,
        }
    }

    /// The option of a question.
    pub(crate) fn option(&self) -> (u16, Vec<u8>) {
        (COOKIE, [&self.own, &self.given[..self.length]].concat())
    }

    /// Takes what an answer hands out.
    ///
    /// # Errors
    /// Why the answer does not count (section 5.3): its cookie is not ours, or it has none although
    /// this server is known to hand them out and nothing else (`by_udp`) holds it against forgery.
    pub(crate) fn judge(&self, message: &Message, by_udp: bool) -> Result<ClientCookie, String> {
        let edns = message.edns.as_ref();
        let Some(data) = edns.and_then(|edns| edns.option(COOKIE)) else {
            return match by_udp && self.length > 0 {
                true => Err("it has no cookie, and this server's answers have one".into()),
                false => Ok(*self),
            };
        };
        let Some((own, given)) = data.split_first_chunk::<CLIENT>() else {
            return Err(format!("its cookie has {} octets", data.len()));
        };
        if *own != self.own {
            return Err("the cookie in it is not the one that was sent".into());
        }
        // A server that hands nothing out says no more than that it read the question.
        if !given.is_empty() && !ANY_SERVER.contains(&given.len()) {
            return Err(format!("its cookie has {} octets", data.len()));
        }
        let mut taken = *self;
        if !given.is_empty() {
            taken.given[..given.len()].copy_from_slice(given);
            taken.length = given.len();
        }
        Ok(taken)
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::wire::Edns;

    fn answer(data: Option<Vec<u8>>) -> Message {
        let options = data.into_iter().map(|data| (COOKIE, data)).collect();
        Message {
            edns: Some(Edns {
                options,
                ..Edns::default()
            }),
            ..Message::default()
        }
    }

    #[test]
    fn what_a_server_handed_out_is_shown_to_it_again() {
        let mut next = 0x0101;
        let fresh = ClientCookie::new(|| {
            next += 0x0101;
            next
        });
        assert_eq!(fresh.option(), (COOKIE, vec![2, 2, 3, 3, 4, 4, 5, 5]));
        let whole = [fresh.option().1, vec![9; 16]].concat();
        let known = fresh.judge(&answer(Some(whole.clone())), true).unwrap();
        assert_eq!(known.option().1, whole);
        let without = answer(Some(fresh.option().1));
        assert_eq!(known.judge(&without, true), Ok(known));
    }

    #[test]
    fn an_answer_with_another_cookie_or_without_the_one_that_is_due_does_not_count() {
        let fresh = ClientCookie::new(|| 7);
        let whole = [fresh.option().1, vec![9; 32]].concat();
        let known = fresh.judge(&answer(Some(whole)), true).unwrap();
        assert!(fresh.judge(&answer(None), true).is_ok());
        assert!(known.judge(&answer(None), true).is_err());
        assert!(known.judge(&answer(None), false).is_ok());
        let mut foreign = known.option().1;
        foreign[7] ^= 1;
        let too_long = [fresh.option().1, vec![9; 33]].concat();
        let too_short = [fresh.option().1, vec![9; 7]].concat();
        for data in [foreign, too_long, too_short, vec![0; 7], Vec::new()] {
            assert!(known.judge(&answer(Some(data)), true).is_err());
        }
    }
}
