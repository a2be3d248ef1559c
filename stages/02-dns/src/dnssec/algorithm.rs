//! Algorithms of signatures (RFC 8624): RSA, ECDSA, Ed25519; DSA where it is asked for.

use num_bigint::BigUint;
use ring::digest;
use ring::signature::{self, RsaPublicKeyComponents, UnparsedPublicKey};

/// Smallest RSA key that ring takes, octets of the modulus.
const RING_LEAST: usize = 128;
/// Smallest and largest RSA modulus (RFC 3110, section 3), octets.
const RSA_OCTETS: std::ops::RangeInclusive<usize> = 64..=512;
/// Largest RSA exponent that is computed with, octets: a larger one is only work.
const EXPONENT_LIMIT: usize = 8;

/// Whether signatures of the algorithm can be checked here.
pub(crate) fn is_known(algorithm: u8, accepts_dsa: bool) -> bool {
    match algorithm {
        5 | 7 | 8 | 10 | 13 | 14 | 15 => true,
        3 | 6 => accepts_dsa,
        _ => false,
    }
}

/// Whether `signed` over `message` is by the owner of the key.
pub(crate) fn verify(algorithm: u8, key: &[u8], message: &[u8], signed: &[u8]) -> bool {
    match algorithm {
        5 | 7 | 8 | 10 => rsa(algorithm, key, message, signed),
        13 => ecdsa(&signature::ECDSA_P256_SHA256_FIXED, key, message, signed),
        14 => ecdsa(&signature::ECDSA_P384_SHA384_FIXED, key, message, signed),
        15 => UnparsedPublicKey::new(&signature::ED25519, key)
            .verify(message, signed)
            .is_ok(),
        3 | 6 => dsa(key, message, signed).unwrap_or(false),
        _ => false,
    }
}

/// RFC 6605: the point without its first octet.
fn ecdsa(
    algorithm: &'static dyn signature::VerificationAlgorithm,
    key: &[u8],
    message: &[u8],
    signed: &[u8],
) -> bool {
    let mut point = vec![4];
    point.extend_from_slice(key);
    UnparsedPublicKey::new(algorithm, &point)
        .verify(message, signed)
        .is_ok()
}

/// RFC 3110, section 2: length of the exponent, exponent, modulus.
fn rsa_parts(key: &[u8]) -> Option<(&[u8], &[u8])> {
    let (length, rest) = match key {
        [0, high, low, rest @ ..] => (usize::from(u16::from_be_bytes([*high, *low])), rest),
        [length, rest @ ..] => (usize::from(*length), rest),
        [] => return None,
    };
    let (exponent, modulus) = rest.split_at_checked(length)?;
    let zeroes = modulus.iter().take_while(|octet| **octet == 0).count();
    Some((exponent, &modulus[zeroes..]))
}

fn rsa(algorithm: u8, key: &[u8], message: &[u8], signed: &[u8]) -> bool {
    let Some((exponent, modulus)) = rsa_parts(key) else {
        return false;
    };
    if !RSA_OCTETS.contains(&modulus.len())
        || exponent.is_empty()
        || exponent.len() > EXPONENT_LIMIT
    {
        return false;
    }
    if modulus.len() < RING_LEAST || modulus.len() == RING_LEAST && modulus[0] & 0x80 == 0 {
        return small_rsa(algorithm, exponent, modulus, message, signed);
    }
    let parameters = match algorithm {
        8 => &signature::RSA_PKCS1_1024_8192_SHA256_FOR_LEGACY_USE_ONLY,
        10 => &signature::RSA_PKCS1_1024_8192_SHA512_FOR_LEGACY_USE_ONLY,
        _ => &signature::RSA_PKCS1_1024_8192_SHA1_FOR_LEGACY_USE_ONLY,
    };
    let public = RsaPublicKeyComponents {
        n: modulus,
        e: exponent,
    };
    if public.verify(parameters, message, signed).is_ok() {
        return true;
    }
    // ring refuses the exponent 3 of old keys for some sizes.
    exponent == [3] && small_rsa(algorithm, exponent, modulus, message, signed)
}

/// Heads of a digest in a signature (RFC 8017, section 9.2, note 1).
const SHA1: &[u8] = b"\x30\x21\x30\x09\x06\x05\x2b\x0e\x03\x02\x1a\x05\x00\x04\x14";
const SHA256: &[u8] =
    b"\x30\x31\x30\x0d\x06\x09\x60\x86\x48\x01\x65\x03\x04\x02\x01\x05\x00\x04\x20";
const SHA512: &[u8] =
    b"\x30\x51\x30\x0d\x06\x09\x60\x86\x48\x01\x65\x03\x04\x02\x03\x05\x00\x04\x40";

/// RSASSA-PKCS1-v1_5 (RFC 8017, section 8.2.2) for keys that are too small for ring. DNSSEC
/// allows them from 512 bits on (RFC 3110); there is no secret in checking.
fn small_rsa(
    algorithm: u8,
    exponent: &[u8],
    modulus: &[u8],
    message: &[u8],
    signed: &[u8],
) -> bool {
    let (head, digest) = match algorithm {
        8 => (SHA256, digest::digest(&digest::SHA256, message)),
        10 => (SHA512, digest::digest(&digest::SHA512, message)),
        _ => (
            SHA1,
            digest::digest(&digest::SHA1_FOR_LEGACY_USE_ONLY, message),
        ),
    };
    let length = modulus.len();
    let tail = head.len() + digest.as_ref().len();
    if signed.len() > length || tail + 11 > length {
        return false;
    }
    let mut expected = vec![0, 1];
    expected.resize(length - tail - 1, 0xff);
    expected.push(0);
    expected.extend_from_slice(head);
    expected.extend_from_slice(digest.as_ref());
    let modulus = BigUint::from_bytes_be(modulus);
    let opened = BigUint::from_bytes_be(signed).modpow(&BigUint::from_bytes_be(exponent), &modulus);
    opened == BigUint::from_bytes_be(&expected)
}

/// DSA with SHA-1 (RFC 2536; FIPS 186, section 4.7).
fn dsa(key: &[u8], message: &[u8], signed: &[u8]) -> Option<bool> {
    let t = usize::from(*key.first()?);
    let size = 64 + t * 8;
    if t > 8 || key.len() != 21 + 3 * size {
        return None;
    }
    let signed = match signed.first() {
        Some(0x30) => unwrapped(signed)?,
        _ => signed.get(1..41)?.to_vec(),
    };
    let number = |octets: &[u8]| BigUint::from_bytes_be(octets);
    let q = number(&key[1..21]);
    let p = number(&key[21..21 + size]);
    let g = number(&key[21 + size..21 + 2 * size]);
    let y = number(&key[21 + 2 * size..]);
    let (r, s) = (number(&signed[..20]), number(&signed[20..]));
    let nought = BigUint::from(0_u8);
    if r == nought || s == nought || r >= q || s >= q || p == nought {
        return Some(false);
    }
    let digest = digest::digest(&digest::SHA1_FOR_LEGACY_USE_ONLY, message);
    // q is prime: the inverse of s is s to the power of q - 2.
    let w = s.modpow(&(&q - BigUint::from(2_u8)), &q);
    let u1 = number(digest.as_ref()) * &w % &q;
    let u2 = &r * &w % &q;
    let v = (g.modpow(&u1, &p) * y.modpow(&u2, &p) % &p) % &q;
    Some(v == r)
}

/// Old signers wrote the two numbers of a DSA signature in ASN.1, against RFC 2536, section 3.
fn unwrapped(signed: &[u8]) -> Option<Vec<u8>> {
    let [0x30, _, rest @ ..] = signed else {
        return None;
    };
    let mut out = Vec::with_capacity(40);
    let mut rest = rest;
    for _ in 0..2 {
        let [0x02, length, after @ ..] = rest else {
            return None;
        };
        let (octets, after) = after.split_at_checked(usize::from(*length))?;
        let zeroes = octets.iter().take_while(|octet| **octet == 0).count();
        let octets = &octets[zeroes..];
        out.resize(out.len() + 20_usize.checked_sub(octets.len())?, 0);
        out.extend_from_slice(octets);
        rest = after;
    }
    Some(out)
}
