//! The zones of a topology as master files, signed where it says so.

use crate::chance::Chance;
use crate::topology::{Signed, Topology};
use std::collections::BTreeMap;
use thru_dns::wire::Name;
use thru_dns::{Denial, SigningKey, Validity, Zone};

/// Seconds of a day.
const DAY: i64 = 86_400;
/// How long signatures hold, days, and how many of them are over at the key press.
const HOLDS: i64 = 30;
const OVER: i64 = 1;

/// Master files and where trust in them begins.
pub(crate) struct Names {
    files: BTreeMap<String, String>,
    /// DS records of the signed zones that no signed zone vouches for.
    pub(crate) anchors: String,
}

impl Names {
    /// Of a topology, with signatures for this point of its calendar (seconds since 1970).
    ///
    /// # Errors
    /// A zone that is to be signed cannot be read.
    pub(crate) fn of(topology: &Topology, seed: u64, now: i64) -> Result<Names, String> {
        let mut names = Names {
            files: BTreeMap::new(),
            anchors: String::new(),
        };
        let mut signed = Vec::new();
        for zone in &topology.zone {
            let text = zone.master_file();
            match zone.signed {
                None => drop(names.files.insert(zone.origin.clone(), text)),
                Some(how) => {
                    let read = Zone::parse(&text);
                    let read = read.map_err(|why| format!("zone {}, {why}", zone.origin))?;
                    signed.push((zone.origin.clone(), how, read));
                }
            }
        }
        names.sign(signed, seed, now);
        Ok(names)
    }

    /// From the leaves to the root, as a zone vouches for those below it.
    fn sign(&mut self, mut zones: Vec<(String, Signed, Zone)>, seed: u64, now: i64) {
        zones.sort_by_key(|(_, _, zone)| zone.origin().label_count());
        while let Some((origin, how, zone)) = zones.pop() {
            let key = key(seed, &origin);
            // A stranger signs with a key that nobody vouches for.
            let stranger = matches!(how, Signed::Stranger).then(|| self::key(seed, "stranger"));
            let signer = stranger.as_ref().unwrap_or(&key);
            let done = zone.signed(signer, validity(how, now), &Denial::Nsec);
            self.files.insert(origin.clone(), done.master_file());
            let above = zones
                .iter_mut()
                .map(|(_, _, above)| above)
                .filter(|above| above.delegates(zone.origin()))
                .max_by_key(|above| above.origin().label_count());
            match above {
                Some(above) => above.vouch_for(zone.origin(), &key),
                None => self.anchors += &anchor(zone.origin(), &key),
            }
        }
    }

    /// A zone as a master file.
    pub(crate) fn file(&self, origin: &str) -> Option<&str> {
        self.files.get(origin).map(String::as_str)
    }

    /// All of them, by origin.
    pub(crate) fn files(&self) -> impl Iterator<Item = (&str, &str)> {
        self.files
            .iter()
            .map(|(origin, text)| (origin.as_str(), text.as_str()))
    }
}

fn key(seed: u64, origin: &str) -> SigningKey {
    let mut octets = [0; 32];
    Chance::new(seed, &format!("key of the zone {origin}")).fill(&mut octets);
    SigningKey::from_seed(&octets)
}

fn anchor(origin: &Name, key: &SigningKey) -> String {
    let data = thru_dns::wire::data_to_text(thru_dns::wire::Kind::DS, &key.vouching(origin));
    format!("{origin} IN DS {data}\n")
}

fn validity(how: Signed, now: i64) -> Validity {
    let days = match how {
        Signed::Good | Signed::Stranger => (-OVER, HOLDS - OVER),
        Signed::Expired => (-OVER - HOLDS, -OVER),
        Signed::NotYet => (OVER, OVER + HOLDS),
    };
    // RFC 4034, section 3.1.5: a counter of 32 bits that goes round.
    let at = |days: i64| (now + days * DAY) as u32;
    Validity {
        inception: at(days.0),
        expiration: at(days.1),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_signed_zone_is_vouched_for_by_the_signed_one_above_and_else_by_an_anchor() {
        let mut topology = Topology::builtin();
        topology.zone[1].signed = Some(Signed::Good);
        topology.zone[2].signed = Some(Signed::Good);
        let now = topology.starts_at_unix();
        let names = Names::of(&topology, 1, now).unwrap();
        assert!(!names.file(".").unwrap().contains("RRSIG"));
        assert!(names.file("lab.").unwrap().contains("shop.lab. 900 IN DS "));
        assert_eq!(names.anchors.lines().count(), 1, "{}", names.anchors);
        assert!(names.anchors.starts_with("lab. IN DS "));
        let again = Names::of(&topology, 1, now).unwrap();
        assert_eq!(names.file("shop.lab."), again.file("shop.lab."));
        let other = Names::of(&topology, 2, now).unwrap();
        assert_ne!(names.file("shop.lab."), other.file("shop.lab."));
    }
}
