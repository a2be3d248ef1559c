//! The digest over a whole zone (RFC 8976): whether the zone is as its author published it.

use super::Zone;
use crate::dnssec::canonical;
use crate::wire::{Kind, Name, Rrset};
use ring::digest::{Algorithm, Context, SHA384, SHA512};

/// The scheme that goes over the records one by one (RFC 8976, section 2.2.2).
const SIMPLE: u8 = 1;
/// Octets of serial, scheme and hash before the digest.
const HEAD: usize = 6;

/// What the ZONEMD records of a zone say of it.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) enum DigestFound {
    /// There is none.
    Absent,
    /// None is of a scheme and hash that we know.
    Unknown,
    /// One holds.
    Holds,
    /// Those that we know do not hold.
    Wrong(String),
}

/// A ZONEMD record.
struct Digest<'a> {
    serial: &'a [u8],
    scheme: u8,
    hash: u8,
    octets: &'a [u8],
}

impl<'a> Digest<'a> {
    fn read(data: &'a [u8]) -> Option<Digest<'a>> {
        let (head, octets) = data.split_at_checked(HEAD)?;
        Some(Digest {
            serial: &head[..4],
            scheme: head[4],
            hash: head[5],
            octets,
        })
    }

    fn algorithm(&self) -> Option<&'static Algorithm> {
        match (self.scheme, self.hash) {
            (SIMPLE, 1) => Some(&SHA384),
            (SIMPLE, 2) => Some(&SHA512),
            _ => None,
        }
    }
}

impl Zone {
    /// Compares the zone with its own digests (RFC 8976, section 4).
    pub(crate) fn compare_digests(&self) -> DigestFound {
        let Some(set) = self.set(&self.origin, Kind::ZONEMD) else {
            return DigestFound::Absent;
        };
        let all: Vec<Digest<'_>> = set
            .data
            .iter()
            .filter_map(|data| Digest::read(data))
            .collect();
        let mut found = DigestFound::Unknown;
        for digest in &all {
            let Some(algorithm) = digest.algorithm() else {
                continue;
            };
            // Section 2: two of one scheme and hash count for nothing.
            let alike =
                |other: &&Digest<'_>| (other.scheme, other.hash) == (digest.scheme, digest.hash);
            let wrong = if all.iter().filter(alike).count() > 1 {
                "it has two digests of one kind".to_owned()
            } else if Some(digest.serial) != self.serial() {
                "its digest is for another serial number".to_owned()
            } else if self.digest(algorithm) != digest.octets {
                "its digest does not hold".to_owned()
            } else {
                return DigestFound::Holds;
            };
            found = DigestFound::Wrong(wrong);
        }
        found
    }

    fn serial(&self) -> Option<&[u8]> {
        let data = self.set(&self.origin, Kind::SOA)?.data.first()?;
        let tail = data.len().checked_sub(20)?;
        data.get(tail..tail + 4)
    }

    /// Section 3.3.1: all records in canonical order and form, without the digests themselves.
    fn digest(&self, algorithm: &'static Algorithm) -> Vec<u8> {
        let sets = self.nodes.values().flatten().chain(self.hashed.values());
        let mut records: Vec<(Name, u16, Vec<u8>, &Rrset)> = Vec::new();
        for set in sets {
            for record in set.records(true) {
                let covered = match record.kind {
                    Kind::RRSIG => record.data.get(..2),
                    _ => None,
                };
                let digest =
                    record.kind == Kind::ZONEMD || covered == Some(&Kind::ZONEMD.0.to_be_bytes());
                if digest && record.name == self.origin {
                    continue;
                }
                let data = canonical(record.kind, &record.data);
                records.push((record.name.lowered(), record.kind.0, data, set));
            }
        }
        records.sort_by(|a, b| (&a.0, a.1, &a.2).cmp(&(&b.0, b.1, &b.2)));
        records.dedup_by(|a, b| (&a.0, a.1, &a.2) == (&b.0, b.1, &b.2));
        let mut context = Context::new(algorithm);
        for (name, kind, data, set) in records {
            context.update(name.wire());
            context.update(&kind.to_be_bytes());
            context.update(&set.class.to_be_bytes());
            context.update(&set.ttl.to_be_bytes());
            context.update(&(data.len() as u16).to_be_bytes());
            context.update(&data);
        }
        context.finish().as_ref().to_vec()
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::wire::data_to_text;

    fn zone(records: &str) -> Zone {
        let head = "$ORIGIN shop.lab.\n$TTL 60\n@ SOA ns x 7 1 1 1 1\n@ NS ns\nNS A 192.0.2.1\n";
        Zone::parse(&format!("{head}{records}")).unwrap()
    }

    fn hex(octets: &[u8]) -> String {
        octets.iter().map(|octet| format!("{octet:02x}")).collect()
    }

    #[test]
    fn a_digest_holds_until_the_zone_is_changed() {
        let bare = zone("www A 192.0.2.2\n");
        assert_eq!(bare.compare_digests(), DigestFound::Absent);
        let (long, short) = (hex(&bare.digest(&SHA512)), hex(&bare.digest(&SHA384)));
        let with = |records: &str| zone(&format!("www A 192.0.2.2\n{records}")).compare_digests();
        assert_eq!(
            with(&format!("@ ZONEMD 7 1 2 {long}\n")),
            DigestFound::Holds
        );
        assert_eq!(
            with(&format!("@ ZONEMD 7 1 1 {short}\n")),
            DigestFound::Holds
        );
        let wrong = |found: DigestFound| matches!(found, DigestFound::Wrong(_));
        assert!(wrong(with(&format!("@ ZONEMD 8 1 2 {long}\n"))));
        assert!(wrong(with(&format!(
            "b A 192.0.2.3\n@ ZONEMD 7 1 2 {long}\n"
        ))));
        assert!(wrong(with(&format!(
            "@ ZONEMD 7 1 2 {long}\n@ ZONEMD 7 1 2 {}\n",
            long.replace('a', "b")
        ))));
        assert_eq!(
            with(&format!(
                "@ ZONEMD 7 1 9 {long}\n@ ZONEMD 7 240 1 {short}\n"
            )),
            DigestFound::Unknown
        );
        assert_eq!(
            with(&format!(
                "@ ZONEMD 7 240 1 {long}\n@ ZONEMD 7 1 1 {short}\n"
            )),
            DigestFound::Holds
        );
    }

    /// RFC 8976, appendix A.1: the simple example zone.
    #[test]
    fn the_example_of_the_specification_holds() {
        let text = [
            "example. 86400 IN SOA ns1 admin 2018031900 1800 900 604800 86400",
            " 86400 IN NS ns1",
            " 86400 IN NS ns2",
            " 86400 IN ZONEMD 2018031900 1 1 ( c68090d90a7aed716bc459f9340e3d7c1370d4d24b7e2fc3 \
             a1ddc0b9a87153b9a9713b3c9ae5cc27777f98b8e730044c )",
            "ns1 3600 IN A 203.0.113.63",
            "ns2 3600 IN AAAA 2001:db8::63",
        ];
        let origin = Name::from_text("example.", &Name::root()).unwrap();
        let mut refuse = |_: &str| Err(String::new());
        let zone = Zone::parse_with(&text.join("\n"), &origin, &mut refuse).unwrap();
        let set = zone.set(&zone.origin, Kind::ZONEMD).unwrap();
        assert!(data_to_text(Kind::ZONEMD, &set.data[0]).starts_with("2018031900 1 1 "));
        assert_eq!(zone.compare_digests(), DigestFound::Holds);
    }
}
