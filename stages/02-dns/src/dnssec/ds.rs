//! DS records: which key of the zone below is vouched for (RFC 4034, section 5; RFC 4509).

use super::Key;
use crate::wire::Name;
use ring::digest;

/// A DS record, read from its data.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Ds<'a> {
    pub tag: u16,
    pub algorithm: u8,
    pub digest_type: u8,
    pub digest: &'a [u8],
}

impl<'a> Ds<'a> {
    pub(crate) fn read(data: &'a [u8]) -> Option<Ds<'a>> {
        let [t1, t2, algorithm, digest_type, digest @ ..] = data else {
            return None;
        };
        Some(Ds {
            tag: u16::from_be_bytes([*t1, *t2]),
            algorithm: *algorithm,
            digest_type: *digest_type,
            digest,
        })
    }

    /// Whether it vouches for this key of that zone.
    pub(crate) fn vouches_for(&self, key: &Key<'_>, zone: &Name) -> bool {
        if key.algorithm != self.algorithm || key.tag() != self.tag {
            return false;
        }
        let Some(algorithm) = digest_algorithm(self.digest_type) else {
            return false;
        };
        let mut context = digest::Context::new(algorithm);
        context.update(zone.lowered().wire());
        context.update(key.data);
        context.finish().as_ref() == self.digest
    }
}

fn digest_algorithm(number: u8) -> Option<&'static digest::Algorithm> {
    match number {
        1 => Some(&digest::SHA1_FOR_LEGACY_USE_ONLY),
        2 => Some(&digest::SHA256),
        4 => Some(&digest::SHA384),
        _ => None,
    }
}

/// Whether such digests can be computed here.
pub(crate) fn is_digest_known(number: u8) -> bool {
    digest_algorithm(number).is_some()
}

/// The records that count: of known algorithms and digests, and none by SHA-1 where there is a
/// better one (RFC 4509, section 3).
pub(crate) fn strongest<'a>(
    records: &'a [Vec<u8>],
    is_algorithm_known: impl Fn(u8) -> bool,
) -> Vec<Ds<'a>> {
    let known = records
        .iter()
        .filter_map(|data| Ds::read(data))
        .filter(|ds| is_digest_known(ds.digest_type) && is_algorithm_known(ds.algorithm));
    let known: Vec<Ds<'a>> = known.collect();
    let better = known.iter().any(|ds| ds.digest_type != 1);
    known
        .into_iter()
        .filter(|ds| !better || ds.digest_type != 1)
        .collect()
}
