//! RRSIG records and what they are over (RFC 4034, section 3; RFC 4035, section 5.3).

use super::algorithm;
use super::key::Key;
use crate::recursor::limits::{KEYS_PER_SIGNATURE, SIGNATURE_LIMIT, SIGNATURES_PER_SET, Spent};
use crate::wire::fields::{self, Field};
use crate::wire::{Kind, Name, Rrset};

/// Octets of an RRSIG record before its signer.
const HEAD: usize = 18;

/// A signature, read from a record's data.
#[derive(Clone, Debug)]
pub(crate) struct Signature<'a> {
    pub covered: Kind,
    pub algorithm: u8,
    pub labels: u8,
    pub original_ttl: u32,
    pub expiration: u32,
    pub inception: u32,
    pub tag: u16,
    pub signer: Name,
    head: &'a [u8],
    octets: &'a [u8],
}

impl<'a> Signature<'a> {
    pub(crate) fn read(data: &'a [u8]) -> Option<Signature<'a>> {
        let head = data.get(..HEAD)?;
        let (signer, length) = Name::from_wire(&data[HEAD..])?;
        let number =
            |at: usize| u32::from_be_bytes([head[at], head[at + 1], head[at + 2], head[at + 3]]);
        Some(Signature {
            covered: Kind(u16::from_be_bytes([head[0], head[1]])),
            algorithm: head[2],
            labels: head[3],
            original_ttl: number(4),
            expiration: number(8),
            inception: number(12),
            tag: u16::from_be_bytes([head[16], head[17]]),
            signer,
            head,
            octets: &data[HEAD + length..],
        })
    }
}

/// Why no signature holds, with the code of RFC 8914.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) struct Invalid {
    pub code: u16,
    pub why: String,
}

impl Invalid {
    pub(crate) fn new(code: u16, why: impl Into<String>) -> Invalid {
        Invalid {
            code,
            why: why.into(),
        }
    }
}

/// A signature that holds.
#[derive(Clone, Debug)]
pub(crate) struct Valid {
    /// The set was made from a wildcard: the closest name above that exists.
    pub closest: Option<Name>,
    /// Seconds the set may be kept at most (RFC 4035, section 5.3.3).
    pub ttl: u32,
}

/// Checks signatures at one time, within the limits of one question.
#[derive(Clone, Copy)]
pub(crate) struct Checker<'a> {
    /// Seconds since 1970.
    pub now: u32,
    pub accepts_dsa: bool,
    pub spent: &'a Spent,
}

/// Whether `a` is after `b` (RFC 1982: the counter goes round).
fn is_after(a: u32, b: u32) -> bool {
    a != b && a.wrapping_sub(b) < 0x8000_0000
}

impl Checker<'_> {
    pub(crate) fn is_known(&self, algorithm: u8) -> bool {
        algorithm::is_known(algorithm, self.accepts_dsa)
    }

    /// Whether one of the set's signatures by `signer` holds with one of its keys.
    pub(crate) fn check(
        &self,
        set: &Rrset,
        signer: &Name,
        keys: &[Vec<u8>],
    ) -> Result<Valid, Invalid> {
        let named = set.name.shown();
        if set.signatures.is_empty() {
            let why = format!("{} {named} has no signature", set.kind);
            return Err(Invalid::new(10, why));
        }
        let mut first: Option<Invalid> = None;
        let read = set
            .signatures
            .iter()
            .filter_map(|data| Signature::read(data));
        for signature in read.take(SIGNATURES_PER_SET) {
            match self.check_one(set, &signature, signer, keys) {
                Ok(valid) => return Ok(valid),
                Err(invalid) => {
                    first.get_or_insert(invalid);
                }
            }
        }
        Err(first.unwrap_or_else(|| {
            Invalid::new(
                6,
                format!("{} {named} has no signature that can be read", set.kind),
            )
        }))
    }

    fn check_one(
        &self,
        set: &Rrset,
        signature: &Signature<'_>,
        signer: &Name,
        keys: &[Vec<u8>],
    ) -> Result<Valid, Invalid> {
        let named = format!("the signature over {} {}", set.kind, set.name.shown());
        let labels = set.name.label_count() - usize::from(set.name.is_wildcard());
        if signature.covered != set.kind
            || signature.signer != *signer
            || !set.name.is_within(signer)
        {
            return Err(Invalid::new(
                6,
                format!(
                    "{named} is by {}, not by {}",
                    signature.signer.shown(),
                    signer.shown()
                ),
            ));
        }
        if usize::from(signature.labels) > labels {
            return Err(Invalid::new(
                6,
                format!("{named} counts more labels than the name has"),
            ));
        }
        if is_after(signature.inception, signature.expiration) {
            return Err(Invalid::new(6, format!("{named} ends before it begins")));
        }
        if is_after(self.now, signature.expiration) {
            return Err(Invalid::new(7, format!("{named} has expired")));
        }
        if is_after(signature.inception, self.now) {
            return Err(Invalid::new(8, format!("{named} is not yet valid")));
        }
        if !self.is_known(signature.algorithm) {
            return Err(Invalid::new(
                1,
                format!(
                    "{named} is by algorithm {}, which is not supported",
                    signature.algorithm
                ),
            ));
        }
        let fitting = keys
            .iter()
            .filter_map(|data| Key::read(data))
            .filter(|key| {
                key.algorithm == signature.algorithm
                    && key.tag() == signature.tag
                    && key.is_usable()
            });
        let fitting: Vec<Key<'_>> = fitting.take(KEYS_PER_SIGNATURE).collect();
        if fitting.is_empty() {
            return Err(Invalid::new(
                9,
                format!(
                    "{named} is by key {}, which the zone does not have",
                    signature.tag
                ),
            ));
        }
        let message = signed_octets(set, signature);
        for key in fitting {
            if !self.spent.take(
                &self.spent.signatures,
                SIGNATURE_LIMIT,
                "signatures to check",
            ) {
                return Err(Invalid::new(6, "too many signatures have to be checked"));
            }
            if algorithm::verify(signature.algorithm, key.public, &message, signature.octets) {
                return Ok(self.valid(set, signature, labels));
            }
        }
        Err(Invalid::new(6, format!("{named} does not hold")))
    }

    fn valid(&self, set: &Rrset, signature: &Signature<'_>, labels: usize) -> Valid {
        let expanded = usize::from(signature.labels) < labels;
        let left = signature.expiration.wrapping_sub(self.now);
        Valid {
            closest: expanded.then(|| set.name.suffix(signature.labels.into())),
            ttl: set.ttl.min(signature.original_ttl).min(left),
        }
    }
}

/// RFC 4034, section 3.1.8.1: the signature's own data, then the set in canonical form.
pub(super) fn signed_octets(set: &Rrset, signature: &Signature<'_>) -> Vec<u8> {
    let mut out = signature.head.to_vec();
    out.extend_from_slice(signature.signer.lowered().wire());
    let labels = usize::from(signature.labels);
    let owner = set.name.lowered();
    let owner = match set.name.label_count() > labels
        && !(set.name.is_wildcard() && set.name.label_count() == labels + 1)
    {
        true => owner.suffix(labels).child(b"*").unwrap_or(owner),
        false => owner,
    };
    let mut data: Vec<Vec<u8>> = set
        .data
        .iter()
        .map(|data| canonical(set.kind, data))
        .collect();
    data.sort();
    data.dedup();
    for data in data {
        out.extend_from_slice(owner.wire());
        out.extend(set.kind.0.to_be_bytes());
        out.extend(set.class.to_be_bytes());
        out.extend(signature.original_ttl.to_be_bytes());
        out.extend((data.len() as u16).to_be_bytes());
        out.extend(data);
    }
    out
}

/// RFC 4034, section 6.2: names in lower case.
pub(crate) fn canonical(kind: Kind, data: &[u8]) -> Vec<u8> {
    let mut data = data.to_vec();
    if !fields::is_lowered(kind) {
        return data;
    }
    let mut at = 0;
    for field in fields::fields(kind).unwrap_or_default() {
        let Some(length) = fields::length(*field, &data[at..]) else {
            return data;
        };
        if *field == Field::Name {
            data[at..at + length].make_ascii_lowercase();
        }
        at += length;
    }
    data
}
