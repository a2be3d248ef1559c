//! Making signatures (RFC 4034, section 3; RFC 8080), for zones that are ours to sign.

use super::Key;
use super::signature::{Signature, signed_octets};
use crate::wire::{Kind, Name, Rrset};
use ring::digest;
use ring::signature::{Ed25519KeyPair, KeyPair};

/// Flags of a key that is both the zone's and the one that its parent vouches for (RFC 4034,
/// section 2.1.1).
const ZONE_AND_ENTRY: u16 = 0x0101;
/// DNSSEC's only protocol (RFC 4034, section 2.1.2).
const PROTOCOL: u8 = 3;
/// Ed25519 (RFC 8080): the same records and key always make the same signature.
const ALGORITHM: u8 = 15;
/// SHA-256 (RFC 4509).
const DIGEST: u8 = 2;

/// A key that signs a zone, and is vouched for by the zone above.
pub struct SigningKey {
    pair: Ed25519KeyPair,
    data: Vec<u8>,
}

/// When signatures hold, in seconds since 1970.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Validity {
    /// From then on.
    pub inception: u32,
    /// Until then.
    pub expiration: u32,
}

impl SigningKey {
    /// The key of these 32 octets of chance.
    pub fn from_seed(seed: &[u8; 32]) -> SigningKey {
        let pair = Ed25519KeyPair::from_seed_unchecked(seed);
        let pair = pair.unwrap_or_else(|_| unreachable!("invariant: any 32 octets are a key"));
        let mut data = ZONE_AND_ENTRY.to_be_bytes().to_vec();
        data.extend([PROTOCOL, ALGORITHM]);
        data.extend_from_slice(pair.public_key().as_ref());
        SigningKey { pair, data }
    }

    /// Data of its DNSKEY record.
    pub fn data(&self) -> &[u8] {
        &self.data
    }

    /// Its tag (RFC 4034, appendix B).
    pub fn tag(&self) -> u16 {
        Key::read(&self.data).map_or(0, |key| key.tag())
    }

    /// Data of the DS record by which the zone above vouches for it (RFC 4034, section 5.1.4).
    pub fn vouching(&self, zone: &Name) -> Vec<u8> {
        let mut context = digest::Context::new(&digest::SHA256);
        context.update(zone.lowered().wire());
        context.update(&self.data);
        let mut data = self.tag().to_be_bytes().to_vec();
        data.extend([ALGORITHM, DIGEST]);
        data.extend_from_slice(context.finish().as_ref());
        data
    }

    /// Data of the RRSIG record over a set of the zone.
    pub(crate) fn sign(&self, set: &Rrset, zone: &Name, validity: Validity) -> Vec<u8> {
        let labels = set.name.label_count() - usize::from(set.name.is_wildcard());
        let mut data = set.kind.0.to_be_bytes().to_vec();
        data.extend([ALGORITHM, labels as u8]);
        data.extend(set.ttl.to_be_bytes());
        data.extend(validity.expiration.to_be_bytes());
        data.extend(validity.inception.to_be_bytes());
        data.extend(self.tag().to_be_bytes());
        data.extend_from_slice(zone.lowered().wire());
        let signed = Signature::read(&data).map(|signature| signed_octets(set, &signature));
        data.extend_from_slice(self.pair.sign(&signed.unwrap_or_default()).as_ref());
        data
    }
}

impl std::fmt::Debug for SigningKey {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        write!(f, "SigningKey({})", self.tag())
    }
}

/// Whether a type is made by signing.
pub(crate) fn is_made_by_signing(kind: Kind) -> bool {
    [
        Kind::RRSIG,
        Kind::NSEC,
        Kind::NSEC3,
        Kind::NSEC3PARAM,
        Kind::DNSKEY,
    ]
    .contains(&kind)
}
