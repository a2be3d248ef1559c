//! DNS cookies (RFC 7873; their form by RFC 9018): a client that has been answered before shows
//! that it receives what is sent to its address.

use crate::question::Question;
use std::net::IpAddr;

/// Code of the option.
pub(crate) const COOKIE: u16 = 10;
/// Octets of a client's part, and of a server's by RFC 9018.
pub(crate) const CLIENT: usize = 8;
const SERVER: usize = 16;
/// Octets of both.
pub(crate) const WHOLE: usize = CLIENT + SERVER;
/// Octets that a server's part may have, whoever made it (RFC 7873, section 4).
pub(crate) const ANY_SERVER: std::ops::RangeInclusive<usize> = 8..=32;
/// How old a cookie may be, how far in the future, and from which age on it is replaced, seconds
/// (RFC 9018, section 4.3).
const OLDEST: u32 = 3600;
const FUTURE: u32 = 300;
const REPLACED: u32 = 1800;

/// What a question says by its cookie.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Cookie {
    /// It has none.
    Absent,
    /// It has one of a length that is not allowed (RFC 7873, section 5.2.2: FORMERR).
    Malformed,
    /// It has the client's part only, or a server's part that is not ours, wrong or too old; what
    /// the client is told to use from now on.
    Unknown(Vec<u8>),
    /// It has been answered at this address before; what it is told to use from now on.
    Known(Vec<u8>),
}

/// The secret of one server's cookies.
#[derive(Clone, Copy)]
pub struct CookieSecret([u8; 16]);

impl CookieSecret {
    /// The secret of 16 octets of chance.
    pub const fn new(octets: [u8; 16]) -> CookieSecret {
        CookieSecret(octets)
    }

    /// Judges the cookie of a question that came from `client` at `now` (seconds since 1970).
    pub fn judge(&self, question: &Question, client: IpAddr, now: u32) -> Cookie {
        let edns = question.message.edns.as_ref();
        match edns.and_then(|edns| edns.option(COOKIE)) {
            None => Cookie::Absent,
            Some(data) => self.judge_data(data, client, now),
        }
    }

    fn judge_data(&self, data: &[u8], client: IpAddr, now: u32) -> Cookie {
        match self.judged(data, client, now) {
            None => Cookie::Malformed,
            Some((true, whole)) => Cookie::Known(whole.to_vec()),
            Some((false, whole)) => Cookie::Unknown(whole.to_vec()),
        }
    }

    /// Whether the client has been answered at this address before, and what it is told to use from
    /// now on. `None` for a length that none has.
    pub(crate) fn judged(
        &self,
        data: &[u8],
        client: IpAddr,
        now: u32,
    ) -> Option<(bool, [u8; WHOLE])> {
        let (own, server) = data.split_first_chunk::<CLIENT>()?;
        if !server.is_empty() && !ANY_SERVER.contains(&server.len()) {
            return None;
        }
        let made_at = server.get(4..8).and_then(|at| at.try_into().ok());
        let made_at = made_at.map_or(0, u32::from_be_bytes);
        let age = now.wrapping_sub(made_at);
        let ours = server.len() == SERVER && server == self.server_part(own, client, made_at);
        let timely = age <= OLDEST || age.wrapping_neg() <= FUTURE;
        let known = ours && timely;
        let mut whole = [0; WHOLE];
        whole[..CLIENT].copy_from_slice(own);
        match known && age <= REPLACED {
            true => whole[CLIENT..].copy_from_slice(server),
            false => whole[CLIENT..].copy_from_slice(&self.server_part(own, client, now)),
        }
        Some((known, whole))
    }

    /// RFC 9018, section 4: version, reserved, time, hash.
    fn server_part(&self, own: &[u8; CLIENT], client: IpAddr, made_at: u32) -> [u8; SERVER] {
        let mut part = [0; SERVER];
        part[0] = 1;
        part[4..8].copy_from_slice(&made_at.to_be_bytes());
        let mut hashed = [0; CLIENT + 8 + 16];
        hashed[..CLIENT].copy_from_slice(own);
        hashed[CLIENT..CLIENT + 8].copy_from_slice(&part[..8]);
        let address = CLIENT + 8;
        let length = match client.to_canonical() {
            IpAddr::V4(client) => {
                hashed[address..address + 4].copy_from_slice(&client.octets());
                address + 4
            }
            IpAddr::V6(client) => {
                hashed[address..].copy_from_slice(&client.octets());
                address + 16
            }
        };
        part[8..].copy_from_slice(&sip_hash(&self.0, &hashed[..length]).to_le_bytes());
        part
    }
}

impl std::fmt::Debug for CookieSecret {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.write_str("CookieSecret")
    }
}

/// SipHash-2-4 (Aumasson and Bernstein), as RFC 9018 wants it.
fn sip_hash(key: &[u8; 16], octets: &[u8]) -> u64 {
    let word = |octets: &[u8]| {
        let mut whole = [0; 8];
        whole[..octets.len()].copy_from_slice(octets);
        u64::from_le_bytes(whole)
    };
    let (k0, k1) = (word(&key[..8]), word(&key[8..]));
    let mut state = [
        k0 ^ 0x736f_6d65_7073_6575,
        k1 ^ 0x646f_7261_6e64_6f6d,
        k0 ^ 0x6c79_6765_6e65_7261,
        k1 ^ 0x7465_6462_7974_6573,
    ];
    let chunks = octets.chunks_exact(8);
    let last = word(chunks.remainder()) | (octets.len() as u64) << 56;
    for block in chunks.map(word).chain([last]) {
        state[3] ^= block;
        (0..2).for_each(|_| sip_round(&mut state));
        state[0] ^= block;
    }
    state[2] ^= 0xff;
    (0..4).for_each(|_| sip_round(&mut state));
    state.iter().fold(0, |all, word| all ^ word)
}

fn sip_round(v: &mut [u64; 4]) {
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

#[cfg(test)]
mod tests {
    use super::*;

    fn octets(hex: &str) -> Vec<u8> {
        let pairs = hex.as_bytes().chunks(2);
        let text = |pair| std::str::from_utf8(pair).unwrap();
        pairs
            .map(|pair| u8::from_str_radix(text(pair), 16).unwrap())
            .collect()
    }

    /// The values of RFC 9018, appendix A.1.
    #[test]
    fn a_new_client_is_given_the_cookie_of_the_specification() {
        let secret = octets("e5e973e5a6b2a43f48e7dc849e37bfcf");
        let secret = CookieSecret::new(secret.try_into().unwrap());
        let client = "198.51.100.100".parse().unwrap();
        let now = 1_559_731_985;
        let own = octets("2464c4abcf10c957");
        let given = octets("2464c4abcf10c957010000005cf79f111f8130c3eee29480");
        assert_eq!(
            secret.judge_data(&own, client, now),
            Cookie::Unknown(given.clone())
        );
        assert_eq!(
            secret.judge_data(&given, client, now + 60),
            Cookie::Known(given.clone())
        );
    }

    #[test]
    fn a_cookie_of_another_address_or_time_is_not_known() {
        let secret = CookieSecret::new([7; 16]);
        let (client, other) = ("192.0.2.1".parse().unwrap(), "2001:db8::1".parse().unwrap());
        let now = 2_000_000_000;
        let Cookie::Unknown(given) = secret.judge_data(&[1; 8], client, now) else {
            panic!("a client's part alone is not known");
        };
        let known = |data: &[u8], client, now| {
            matches!(secret.judge_data(data, client, now), Cookie::Known(_))
        };
        assert!(known(&given, client, now + OLDEST));
        assert!(!known(&given, client, now + OLDEST + 1));
        assert!(known(&given, client, now - FUTURE));
        assert!(!known(&given, client, now - FUTURE - 1));
        assert!(!known(&given, other, now));
        let Cookie::Known(renewed) = secret.judge_data(&given, client, now + 1900) else {
            panic!("it is known");
        };
        assert_ne!(renewed, given);
        for length in [0, 1, 7, 9, 15, 41, 60] {
            let data = vec![1; length];
            assert_eq!(secret.judge_data(&data, client, now), Cookie::Malformed);
        }
    }
}
