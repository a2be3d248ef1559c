//! TCP Fast Open (RFC 7413): data goes with SYN to a peer that gave a cookie before. Off unless the
//! owner asks for it. GAP: the secret of a server's cookies stays the same as long as it runs (section
//! 4.1.2 lets it change).

use super::{
    Connection, Segment, Seq, State,
    initial_sequence::{siphash, words_of},
};
use std::net::{IpAddr, SocketAddr};
use thru_events::{Cause, Time};
use thru_octets::Span;

/// Octets that a cookie can have (section 2).
const MOST_OCTETS: usize = 16;
const LEAST_OCTETS: usize = 4;

/// What a server gives a client, so that it knows it again by its address. An empty one asks for
/// one (section 4.1.1).
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct FastOpenCookie {
    octets: [u8; MOST_OCTETS],
    length: u8,
}

impl FastOpenCookie {
    /// The question for a cookie.
    pub const QUESTION: FastOpenCookie = FastOpenCookie {
        octets: [0; MOST_OCTETS],
        length: 0,
    };

    /// A cookie of these octets; `None` if it has a length that no cookie has: 4 to 16, even.
    pub fn new(octets: &[u8]) -> Option<FastOpenCookie> {
        let length = octets.len();
        let sane = length == 0 || (LEAST_OCTETS..=MOST_OCTETS).contains(&length);
        if !sane || !length.is_multiple_of(2) {
            return None;
        }
        let mut cookie = FastOpenCookie::QUESTION;
        cookie.octets[..length].copy_from_slice(octets);
        cookie.length = length as u8;
        Some(cookie)
    }

    /// Its octets.
    pub fn octets(&self) -> &[u8] {
        &self.octets[..usize::from(self.length)]
    }

    /// Whether it asks for one.
    pub fn is_question(&self) -> bool {
        self.length == 0
    }
}

/// What a client keeps of a peer (section 4.1.3).
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct FastOpenMemory {
    /// The cookie that it gave.
    pub cookie: FastOpenCookie,
    /// The largest segment that it takes, octets.
    pub mss: usize,
}

/// What a connection taught a client of fast opens.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum FastOpenNews {
    /// The peer gave a cookie.
    Given(FastOpenMemory),
    /// Data with SYN got no answer, or was not taken: it is not tried again for a while (section
    /// 4.1.3.1).
    Refused {
        /// When that was seen.
        at: Time,
    },
}

/// The cookies that a server gives: nothing is kept of them (section 4.1.2).
#[derive(Clone, Copy, Debug)]
pub struct FastOpenCookies {
    secret: [u64; 2],
}

impl FastOpenCookies {
    /// `secret` comes by chance.
    pub fn new(secret: [u64; 2]) -> FastOpenCookies {
        FastOpenCookies { secret }
    }

    /// The cookie of a client.
    pub fn cookie(&self, client: IpAddr) -> FastOpenCookie {
        let words: Vec<u64> = words_of(SocketAddr::new(client, 0)).collect();
        let proof = siphash(self.secret, &words).to_be_bytes();
        FastOpenCookie::new(&proof).unwrap_or(FastOpenCookie::QUESTION)
    }
}

/// How a connection stands with it.
#[derive(Clone, Debug, Default)]
pub(super) struct FastOpen {
    /// Active: SYN waits for the first data, to take it along.
    waits: bool,
    /// Active: SYN went with data.
    with_data: bool,
    /// Active: the time ran out, so SYN goes alone from now on (section 4.1.3.1).
    given_up: bool,
    /// Active: how far data went with SYN that was taken back. An answer to it may still come.
    went_to: Option<Seq>,
    /// Active: what was learnt and not told yet.
    news: Option<Box<FastOpenNews>>,
    /// Passive: the cookie to give, because it was asked for or because a wrong one came.
    to_give: Option<Box<FastOpenCookie>>,
    /// Passive: SYN brought a right cookie, and its data counts.
    accepted: bool,
}

/// Why the states change.
pub(super) const WITH_DATA: &str = "SYN came to a listener, with a right cookie: its data counts";

impl Connection {
    /// Whether it takes and gives data before the handshake is over.
    pub fn is_open_early(&self) -> bool {
        let early = self.fast_open.accepted || self.fast_open.waits || self.fast_open.with_data;
        early && self.state.is_opening()
    }

    /// Whether its owner asked for fast opens.
    pub fn opens_fast(&self) -> bool {
        self.config.settings.fast_open
    }

    /// What was learnt for the next connection to this peer, once.
    pub fn take_fast_open_news(&mut self) -> Option<FastOpenNews> {
        self.fast_open.news.take().map(|news| *news)
    }

    /// Active: with a cookie at hand SYN waits for the first data.
    pub(super) fn begin_fast_open(&mut self) {
        let settings = &self.config.settings;
        self.fast_open.waits = settings.fast_open && self.config.known.is_some();
    }

    /// Whether SYN is due.
    pub(super) fn syn_may_go(&self) -> bool {
        self.syn_unsent && !self.fast_open.waits
    }

    /// The owner writes, or waits for what the peer says first: SYN goes.
    pub(super) fn end_fast_open_wait(&mut self) {
        self.fast_open.waits = false;
    }

    /// The option of our SYN or SYN-ACK.
    pub(super) fn fast_open_option(&self) -> Option<FastOpenCookie> {
        if self.state != State::SynSent {
            return self.fast_open.to_give.as_deref().copied();
        }
        let asks = self.config.settings.fast_open && !self.fast_open.given_up;
        let known = self.config.known.as_ref().map(|known| known.cookie);
        asks.then(|| known.unwrap_or(FastOpenCookie::QUESTION))
    }

    /// Octets of data that our SYN takes along.
    pub(super) fn data_with_syn(&mut self) -> usize {
        let Some(known) = self.config.known.as_deref().filter(|_| {
            let first = self.state == State::SynSent && !self.fast_open.given_up;
            first && self.config.settings.fast_open
        }) else {
            return 0;
        };
        // The options of a SYN may fill the header.
        let own = self.mss.min(known.mss).saturating_sub(40);
        let data = self.send.len().min(own);
        self.fast_open.with_data = data > 0;
        data
    }

    /// Nobody answers: data is as if it had not been sent, and SYN goes alone.
    pub(super) fn give_up_fast_open(&mut self, now: Time) {
        if self.state != State::SynSent || !self.fast_open.with_data {
            return;
        }
        self.fast_open.given_up = true;
        self.fast_open.with_data = false;
        self.fast_open.news = Some(Box::new(FastOpenNews::Refused { at: now }));
        self.take_back_data();
    }

    /// One past the last octet that the peer may have: also of data that was taken back.
    pub(super) fn sent_to(&self) -> Seq {
        let went_to = self.fast_open.went_to;
        went_to.map_or(self.snd_nxt, |went_to| went_to.max(self.snd_nxt))
    }

    /// What went with SYN and was not taken goes again as new data.
    fn take_back_data(&mut self) {
        if let Some(first) = self.board.first()
            && first.data > 0
        {
            let acknowledged = if first.syn { first.seq + 1 } else { first.seq };
            self.board.forget_data();
            self.fast_open.went_to = Some(self.snd_nxt);
            self.snd_nxt = acknowledged;
        }
    }

    /// What the peer's SYN-ACK says of it (section 4.2.2).
    pub(super) fn take_fast_open_answer(&mut self, now: Time, answer: &Segment<'_>) {
        if !self.config.settings.fast_open || self.fast_open.given_up {
            return;
        }
        let given = answer.header.options.fast_open;
        let mss = self.mss;
        let refused = self.fast_open.with_data && answer.header.ack == self.snd_una;
        let news = match given.filter(|cookie| !cookie.is_question()) {
            Some(cookie) => Some(FastOpenNews::Given(FastOpenMemory { cookie, mss })),
            None => refused.then_some(FastOpenNews::Refused { at: now }),
        };
        self.fast_open.news = news.map(Box::new);
    }

    /// Both opened at once: SYN goes again, without data.
    pub(super) fn end_fast_open(&mut self) {
        self.fast_open.with_data = false;
        self.take_back_data();
    }

    /// Our SYN is acknowledged up to `ack`: so is the data that it took along, or the rest of it
    /// goes again.
    pub(super) fn acknowledge_data_with_syn(&mut self, ack: Seq) {
        let octets = ack.distance(self.snd_una);
        if octets > 0 {
            self.board.acknowledge(ack, &mut |_| {});
            self.send.acknowledge(octets);
            self.acknowledged += octets as u64;
            self.snd_una = ack;
            self.snd_nxt = self.snd_nxt.max(ack);
        }
        self.take_back_data();
    }

    /// Passive: what the peer's SYN asks for, and whether its data counts (section 4.2.1).
    pub(super) fn judge_fast_open(&mut self, syn: &Segment<'_>) -> bool {
        let right = self.config.known.as_ref().map(|known| known.cookie);
        let (Some(asked), Some(right)) = (syn.header.options.fast_open, right) else {
            return false;
        };
        if !self.config.settings.fast_open {
            return false;
        }
        let known = asked == right;
        self.fast_open.to_give = (!known).then(|| Box::new(right));
        self.fast_open.accepted = known;
        self.fast_open.accepted
    }

    /// Passive: takes the data of a SYN whose cookie is right.
    pub(super) fn take_data_of_syn(&mut self, syn: &Segment<'_>, span: Option<Span>, cause: Cause) {
        let room = self.rcv_edge.distance(self.rcv_nxt);
        let data = &syn.payload[..syn.payload.len().min(room)];
        if let Some(arrived) = self.receive.insert(0, data).filter(|arrived| *arrived > 0) {
            let span = span.filter(|_| arrived == syn.payload.len());
            self.state_arrived(arrived, span, cause);
        }
    }

    /// Passive: whether data may go before the handshake is over.
    pub(super) fn may_answer_early(&self) -> bool {
        self.fast_open.accepted && self.state == State::SynReceived && !self.syn_unsent
    }

    /// The number of the first octet that the send buffer holds: our SYN takes one.
    pub(super) fn first_held(&self) -> Seq {
        let syn = self.syn_unsent || self.board.first().is_some_and(|first| first.syn);
        self.snd_una + usize::from(syn)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_cookie_has_four_to_sixteen_octets_and_knows_its_client() {
        assert!(FastOpenCookie::new(&[1; 3]).is_none() && FastOpenCookie::new(&[1; 18]).is_none());
        assert!(FastOpenCookie::new(&[1; 5]).is_none());
        assert!(FastOpenCookie::new(&[]).is_some_and(|cookie| cookie.is_question()));
        let cookies = FastOpenCookies::new([1, 2]);
        let client = |address: &str| address.parse().unwrap();
        let own = cookies.cookie(client("10.0.0.1"));
        assert_eq!(own.octets().len(), 8);
        assert_eq!(own, cookies.cookie(client("10.0.0.1")));
        assert_ne!(own, cookies.cookie(client("10.0.0.2")));
        assert_ne!(own, FastOpenCookies::new([1, 3]).cookie(client("10.0.0.1")));
        assert_ne!(own, cookies.cookie(client("2001:db8::1")));
    }
}
