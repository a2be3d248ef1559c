use std::{
    net::{IpAddr, SocketAddr},
    time::Duration,
};
use thru_events::Time;

/// ISN = M + F(local, remote, secret) (RFC 6528, section 3): a blind attacker cannot guess it, and
/// a new connection between the same ends begins above the old one.
#[derive(Clone, Copy, Debug)]
pub struct InitialSequence {
    secret: [u64; 2],
}

/// M counts one up in this time (RFC 9293, section 3.4.1).
const TICK: Duration = Duration::from_micros(4);

impl InitialSequence {
    /// `secret` comes by chance.
    pub fn new(secret: [u64; 2]) -> InitialSequence {
        InitialSequence { secret }
    }

    /// The initial sequence number of a connection that begins now.
    pub fn number(&self, now: Time, local: SocketAddr, remote: SocketAddr) -> u32 {
        let ticks = now.0 / TICK.as_nanos() as u64;
        (ticks as u32).wrapping_add(self.hash(local, remote, 0) as u32)
    }

    /// Where the timestamp clock of a connection starts (RFC 7323, section 5.4): the same for the
    /// same ends, so that a new connection's timestamps are above the old one's (RFC 6191).
    pub fn timestamp_offset(&self, local: SocketAddr, remote: SocketAddr) -> u32 {
        self.hash(local, remote, 1) as u32
    }

    fn hash(&self, local: SocketAddr, remote: SocketAddr, purpose: u64) -> u64 {
        let words = words_of(local).chain(words_of(remote)).chain([purpose]);
        siphash(self.secret, &words.collect::<Vec<_>>())
    }
}

/// An end as words: one for IPv4, three for IPv6.
pub(super) fn words_of(end: SocketAddr) -> impl Iterator<Item = u64> {
    let port = u64::from(end.port());
    let words = match end.ip() {
        IpAddr::V4(address) => [u64::from(address.to_bits()) << 16 | port, 0, 0],
        IpAddr::V6(address) => {
            let bits = address.to_bits();
            [(bits >> 64) as u64, bits as u64, port]
        }
    };
    words.into_iter().take(if end.is_ipv4() { 1 } else { 3 })
}

/// SipHash-2-4 over whole words: a keyed hash that is cheap and cannot be turned round.
pub(super) fn siphash(key: [u64; 2], words: &[u64]) -> u64 {
    let mut v = [
        key[0] ^ 0x736f_6d65_7073_6575,
        key[1] ^ 0x646f_7261_6e64_6f6d,
        key[0] ^ 0x6c79_6765_6e65_7261,
        key[1] ^ 0x7465_6462_7974_6573,
    ];
    let length = (words.len() as u64 * 8) << 56;
    for word in words.iter().copied().chain([length]) {
        v[3] ^= word;
        rounds(&mut v, 2);
        v[0] ^= word;
    }
    v[2] ^= 0xff;
    rounds(&mut v, 4);
    v[0] ^ v[1] ^ v[2] ^ v[3]
}

fn rounds(v: &mut [u64; 4], count: u32) {
    for _ in 0..count {
        v[0] = v[0].wrapping_add(v[1]);
        v[1] = v[1].rotate_left(13) ^ v[0];
        v[0] = v[0].rotate_left(32);
        v[2] = v[2].wrapping_add(v[3]);
        v[3] = v[3].rotate_left(16) ^ v[2];
        v[0] = v[0].wrapping_add(v[3]);
        v[3] = v[3].rotate_left(21) ^ v[0];
        v[2] = v[2].wrapping_add(v[1]);
        v[1] = v[1].rotate_left(17) ^ v[2];
        v[2] = v[2].rotate_left(32);
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn ends() -> (SocketAddr, SocketAddr) {
        let end = |text: &str| text.parse().unwrap();
        (end("10.0.0.1:40000"), end("10.0.0.2:80"))
    }

    #[test]
    fn siphash_gives_the_published_value() {
        // The example of the SipHash paper, appendix A, has 15 octets; this is its vector of 8.
        let key = [0x0706_0504_0302_0100, 0x0f0e_0d0c_0b0a_0908];
        assert_eq!(
            siphash(key, &[0x0706_0504_0302_0100]),
            0x93f5_f579_9a93_2462
        );
    }

    #[test]
    fn the_same_ends_count_up_and_others_begin_elsewhere() {
        let (local, remote) = ends();
        let isn = InitialSequence::new([1, 2]);
        let first = isn.number(Time::ZERO, local, remote);
        let later = isn.number(Time(4_000_000), local, remote);
        assert_eq!(later.wrapping_sub(first), 1000, "one up in 4 microseconds");
        assert_ne!(first, isn.number(Time::ZERO, remote, local));
        assert_ne!(
            first,
            InitialSequence::new([1, 3]).number(Time::ZERO, local, remote)
        );
    }
}
