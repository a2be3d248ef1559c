//! The zones of the witness: how each is signed, what is wrong with it, and what follows.

use super::Said::{self, *};

/// Lines of a master file, changed.
type Change = fn(Vec<String>) -> Vec<String>;

/// One zone.
pub struct Case {
    pub what: &'static str,
    /// Of its key; without one it is not signed.
    pub algorithm: Option<&'static str>,
    /// Of ldns-signzone.
    pub options: &'static [&'static str],
    /// A key that nobody vouches for signs it.
    pub signed_by_stranger: bool,
    /// What is done to the signed zone.
    pub damage: Change,
    /// Option of ldns-key2ds that names the digest, if it is not SHA-256.
    pub digest: Option<&'static str>,
    /// What is done to the DS record in the zone above.
    pub vouching: Change,
    /// What is to be said of a record that is there, of a name and of a type that are not, and of
    /// a wildcard's record.
    pub positive: Said,
    pub no_name: Said,
    pub no_type: Said,
    pub wildcard: Said,
}

const EC: &str = "ECDSAP256SHA256";

/// A zone that is as it should be; cases change it.
const fn zone(what: &'static str) -> Case {
    Case {
        what,
        algorithm: Some(EC),
        options: &[],
        signed_by_stranger: false,
        damage: same,
        digest: None,
        vouching: same,
        positive: Secure,
        no_name: Secure,
        no_type: Secure,
        wildcard: Secure,
    }
}

impl Case {
    const fn by(mut self, algorithm: &'static str) -> Case {
        self.algorithm = Some(algorithm);
        self
    }

    const fn with(mut self, options: &'static [&'static str]) -> Case {
        self.options = options;
        self
    }

    const fn but(mut self, damage: Change) -> Case {
        self.damage = damage;
        self
    }

    const fn vouched(mut self, vouching: Change) -> Case {
        self.vouching = vouching;
        self
    }

    const fn digest(mut self, option: &'static str) -> Case {
        self.digest = Some(option);
        self
    }

    const fn is(mut self, said: Said) -> Case {
        self.positive = said;
        self.no_name = said;
        self.no_type = said;
        self.wildcard = said;
        self
    }

    const fn answers(mut self, positive: Said, denial: Said, wildcard: Said) -> Case {
        self.positive = positive;
        self.no_name = denial;
        self.no_type = denial;
        self.wildcard = wildcard;
        self
    }
}

fn same(lines: Vec<String>) -> Vec<String> {
    lines
}

fn nothing(_: Vec<String>) -> Vec<String> {
    Vec::new()
}

/// Type of a line's record: the word behind the class.
fn kind(line: &str) -> &str {
    let mut words = line.split_whitespace().skip_while(|word| *word != "IN");
    words.nth(1).unwrap_or_default()
}

fn is_signature_of(line: &str, covered: &str) -> bool {
    kind(line) == "RRSIG"
        && line
            .split_whitespace()
            .skip_while(|word| *word != "RRSIG")
            .nth(1)
            == Some(covered)
}

fn without(lines: Vec<String>, unwanted: impl Fn(&str) -> bool) -> Vec<String> {
    lines.into_iter().filter(|line| !unwanted(line)).collect()
}

/// Changes the last letters of base64 or hexadecimal at the end of fitting lines.
fn garbled(lines: Vec<String>, which: impl Fn(&str) -> bool) -> Vec<String> {
    let change = |line: String| {
        let text = line
            .split(';')
            .next()
            .unwrap_or_default()
            .trim_end()
            .to_owned();
        let at = text.len() - 12;
        let other = if text[at..].starts_with('a') {
            "b"
        } else {
            "a"
        };
        format!("{}{other}{}", &text[..at], &text[at + 1..])
    };
    let lines = lines.into_iter();
    lines
        .map(|line| if which(&line) { change(line) } else { line })
        .collect()
}

/// Puts another word in a place behind a type: 0 is the first word of the data.
fn word(
    lines: Vec<String>,
    of: &str,
    place: usize,
    other: &str,
    which: impl Fn(&str) -> bool,
) -> Vec<String> {
    let change = |line: String| {
        let mut words: Vec<&str> = line.split_whitespace().collect();
        let at = words
            .iter()
            .position(|word| *word == of)
            .expect("the line has the type");
        words[at + 1 + place] = other;
        words.join(" ")
    };
    let lines = lines.into_iter();
    lines
        .map(|line| if which(&line) { change(line) } else { line })
        .collect()
}

fn address_garbled(lines: Vec<String>) -> Vec<String> {
    garbled(lines, |line| is_signature_of(line, "A"))
}

fn keys_garbled(lines: Vec<String>) -> Vec<String> {
    garbled(lines, |line| is_signature_of(line, "DNSKEY"))
}

fn soa_garbled(lines: Vec<String>) -> Vec<String> {
    garbled(lines, |line| is_signature_of(line, "SOA"))
}

fn denials_garbled(lines: Vec<String>) -> Vec<String> {
    garbled(lines, |line| {
        is_signature_of(line, "NSEC") || is_signature_of(line, "NSEC3")
    })
}

fn address_changed(lines: Vec<String>) -> Vec<String> {
    let lines = lines.into_iter();
    lines
        .map(|line| {
            line.replace("192.0.2.200", "192.0.2.66")
                .replace("192.0.2.201", "192.0.2.67")
        })
        .collect()
}

fn address_unsigned(lines: Vec<String>) -> Vec<String> {
    without(lines, |line| is_signature_of(line, "A"))
}

fn keys_unsigned(lines: Vec<String>) -> Vec<String> {
    without(lines, |line| is_signature_of(line, "DNSKEY"))
}

fn unsigned(lines: Vec<String>) -> Vec<String> {
    without(lines, |line| {
        ["RRSIG", "NSEC", "NSEC3", "NSEC3PARAM", "DNSKEY"].contains(&kind(line))
    })
}

fn no_keys(lines: Vec<String>) -> Vec<String> {
    without(lines, |line| {
        kind(line) == "DNSKEY" || is_signature_of(line, "DNSKEY")
    })
}

fn no_denials(lines: Vec<String>) -> Vec<String> {
    without(lines, |line| {
        ["NSEC", "NSEC3"].contains(&kind(line))
            || is_signature_of(line, "NSEC")
            || is_signature_of(line, "NSEC3")
    })
}

/// The span that covers `nobody` is gone; the others stay.
fn gap(lines: Vec<String>) -> Vec<String> {
    without(lines, |line| {
        line.starts_with("a.") && (kind(line) == "NSEC" || is_signature_of(line, "NSEC"))
    })
}

fn other_tag(lines: Vec<String>) -> Vec<String> {
    word(lines, "RRSIG", 6, "1", |line| is_signature_of(line, "A"))
}

fn other_signer(lines: Vec<String>) -> Vec<String> {
    word(lines, "RRSIG", 7, "test.", |line| {
        is_signature_of(line, "A")
    })
}

fn more_labels(lines: Vec<String>) -> Vec<String> {
    word(lines, "RRSIG", 2, "9", |line| is_signature_of(line, "A"))
}

fn longer_life(lines: Vec<String>) -> Vec<String> {
    word(lines, "RRSIG", 4, "20991231000000", |line| {
        is_signature_of(line, "A")
    })
}

fn other_algorithm(lines: Vec<String>) -> Vec<String> {
    word(lines, "RRSIG", 1, "8", |line| is_signature_of(line, "A"))
}

fn no_zone_key(lines: Vec<String>) -> Vec<String> {
    word(lines, "DNSKEY", 0, "1", |line| kind(line) == "DNSKEY")
}

fn other_protocol(lines: Vec<String>) -> Vec<String> {
    word(lines, "DNSKEY", 1, "4", |line| kind(line) == "DNSKEY")
}

fn key_garbled(lines: Vec<String>) -> Vec<String> {
    garbled(lines, |line| kind(line) == "DNSKEY")
}

fn digest_garbled(lines: Vec<String>) -> Vec<String> {
    garbled(lines, |line| kind(line) == "DS")
}

fn unknown_algorithm(lines: Vec<String>) -> Vec<String> {
    word(lines, "DS", 1, "200", |_| true)
}

fn unknown_digest(lines: Vec<String>) -> Vec<String> {
    word(lines, "DS", 2, "200", |_| true)
}

fn other_vouched_tag(lines: Vec<String>) -> Vec<String> {
    word(lines, "DS", 0, "1", |_| true)
}

/// A good one, and one of an unknown algorithm.
fn good_and_unknown(lines: Vec<String>) -> Vec<String> {
    let unknown = unknown_algorithm(lines.clone());
    [lines, unknown].concat()
}

/// A good one, and one whose digest is of no key.
fn good_and_wrong(lines: Vec<String>) -> Vec<String> {
    let wrong = digest_garbled(lines.clone());
    [lines, wrong].concat()
}

const LAST_YEARS: &[&str] = &["-i", "20200101000000", "-e", "20200201000000"];
const NEXT_YEARS: &[&str] = &["-i", "20950101000000", "-e", "20960101000000"];
/// Until the last second that the counter of 32 bits is nearer to than to its other side.
const LONG: &[&str] = &["-i", "20200101000000", "-e", "20371231235959"];

pub const TABLE: &[Case] = &[
    zone("ECDSA P-256, NSEC"),
    zone("ECDSA P-384").by("ECDSAP384SHA384"),
    zone("Ed25519").by("ED25519"),
    zone("RSA with SHA-256").by("RSASHA256"),
    zone("RSA with SHA-512").by("RSASHA512"),
    zone("RSA with SHA-1").by("RSASHA1"),
    zone("RSA with SHA-1 and NSEC3")
        .by("RSASHA1-NSEC3-SHA1")
        .with(&["-n"]),
    zone("NSEC3 without iterations").with(&["-n", "-t", "0"]),
    zone("NSEC3 with a salt").with(&["-n", "-t", "0", "-s", "abcdef12"]),
    zone("NSEC3 with 10 iterations").with(&["-n", "-t", "10"]),
    zone("NSEC3 with 150 iterations").with(&["-n", "-t", "150"]),
    zone("NSEC3 with 151 iterations")
        .with(&["-n", "-t", "151"])
        .answers(Secure, Insecure, Insecure),
    zone("NSEC3 with 500 iterations")
        .with(&["-n", "-t", "500"])
        .answers(Secure, Insecure, Insecure),
    // RFC 5155, section 9.2: behind opt-out there may be unsigned names.
    Case {
        no_name: Insecure,
        wildcard: Insecure,
        ..zone("NSEC3 with opt-out").with(&["-n", "-p", "-t", "0"])
    },
    zone("signatures that hold long").with(LONG),
    zone("signatures that are over").with(LAST_YEARS).is(Bogus),
    zone("signatures that do not hold yet")
        .with(NEXT_YEARS)
        .is(Bogus),
    zone("over, NSEC3")
        .with(&[
            "-n",
            "-t",
            "0",
            "-i",
            "20200101000000",
            "-e",
            "20200201000000",
        ])
        .is(Bogus),
    zone("over, RSA").by("RSASHA256").with(LAST_YEARS).is(Bogus),
    zone("the signature of an address is garbled")
        .but(address_garbled)
        .answers(Bogus, Secure, Bogus),
    zone("the same, RSA")
        .by("RSASHA256")
        .but(address_garbled)
        .answers(Bogus, Secure, Bogus),
    zone("the same, Ed25519")
        .by("ED25519")
        .but(address_garbled)
        .answers(Bogus, Secure, Bogus),
    zone("the signature of the keys is garbled")
        .but(keys_garbled)
        .is(Bogus),
    zone("the signature of the SOA record is garbled")
        .but(soa_garbled)
        .answers(Secure, Bogus, Secure),
    zone("signatures of denials are garbled")
        .but(denials_garbled)
        .answers(Secure, Bogus, Bogus),
    zone("the same, NSEC3")
        .with(&["-n", "-t", "0"])
        .but(denials_garbled)
        .answers(Secure, Bogus, Bogus),
    zone("an address is another than was signed")
        .but(address_changed)
        .answers(Bogus, Secure, Bogus),
    zone("an address has no signature")
        .but(address_unsigned)
        .answers(Bogus, Secure, Bogus),
    zone("the keys have no signature")
        .but(keys_unsigned)
        .is(Bogus),
    zone("vouched for, and not signed at all")
        .but(unsigned)
        .is(Bogus),
    zone("signed, and without keys").but(no_keys).is(Bogus),
    zone("a gap between the denials")
        .but(gap)
        .answers(Secure, Bogus, Secure),
    zone("no denials at all")
        .but(no_denials)
        .answers(Secure, Bogus, Bogus),
    zone("a signature names another key")
        .but(other_tag)
        .answers(Bogus, Secure, Bogus),
    zone("a signature names another signer")
        .but(other_signer)
        .answers(Bogus, Secure, Bogus),
    zone("a signature counts too many labels")
        .but(more_labels)
        .answers(Bogus, Secure, Bogus),
    zone("a signature was made to hold longer")
        .but(longer_life)
        .answers(Bogus, Secure, Bogus),
    zone("a signature names another algorithm")
        .but(other_algorithm)
        .answers(Bogus, Secure, Bogus),
    zone("the key is no zone key").but(no_zone_key).is(Bogus),
    zone("the key is for another protocol")
        .but(other_protocol)
        .is(Bogus),
    zone("the key is garbled").but(key_garbled).is(Bogus),
    Case {
        signed_by_stranger: true,
        ..zone("signed by a key that nobody vouches for").is(Bogus)
    },
    zone("the digest of the key is garbled")
        .vouched(digest_garbled)
        .is(Bogus),
    zone("the tag of the key is another")
        .vouched(other_vouched_tag)
        .is(Bogus),
    zone("vouched for by SHA-1").digest("-1"),
    zone("vouched for by SHA-384").digest("-4"),
    zone("vouched for by two, one of an unknown algorithm").vouched(good_and_unknown),
    zone("vouched for by two, one of no key").vouched(good_and_wrong),
    zone("signed, and nobody vouches for it")
        .vouched(nothing)
        .is(Insecure),
    zone("wrongly signed, and nobody vouches for it")
        .but(address_garbled)
        .vouched(nothing)
        .is(Insecure),
    zone("vouched for by an unknown algorithm alone")
        .vouched(unknown_algorithm)
        .is(Insecure),
    zone("vouched for by an unknown digest alone")
        .vouched(unknown_digest)
        .is(Insecure),
    Case {
        algorithm: None,
        ..zone("not signed").is(Insecure)
    },
];
