//! What is known of one question.

use crate::wire::{Kind, Name, Rrset, rcode};
use thru_events::Cause;

/// How far the signatures of an answer were looked at (RFC 4035, section 4.3).
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub enum Security {
    /// It is not authentic although it should be.
    Bogus,
    /// Not looked at.
    Unchecked,
    /// There is proof that nothing there is signed, or nobody to trust.
    Insecure,
    /// Signed by whom we trust.
    Secure,
}

impl Security {
    /// As people say it.
    pub fn as_str(self) -> &'static str {
        match self {
            Security::Bogus => "bogus",
            Security::Unchecked => "unchecked",
            Security::Insecure => "insecure",
            Security::Secure => "secure",
        }
    }
}

/// An extended error (RFC 8914): code and words.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Ede {
    /// Code.
    pub code: u16,
    /// Words.
    pub text: String,
}

impl Ede {
    pub(crate) fn new(code: u16, text: impl Into<String>) -> Ede {
        Ede {
            code,
            text: text.into(),
        }
    }
}

/// Our own words for aliases that lead in a circle: RFC 8914 has no code for it.
pub(crate) const ENDLESS: &str = "lead to no end";

/// What the codes mean (IANA's list of extended DNS errors).
const MEANINGS: [&str; 30] = [
    "other",
    "unsupported DNSKEY algorithm",
    "unsupported DS digest",
    "stale answer",
    "forged answer",
    "DNSSEC indeterminate",
    "DNSSEC bogus",
    "signature expired",
    "signature not yet valid",
    "DNSKEY missing",
    "RRSIGs missing",
    "no zone key bit set",
    "NSEC missing",
    "cached error",
    "not ready",
    "blocked",
    "censored",
    "filtered",
    "prohibited",
    "stale NXDOMAIN answer",
    "not authoritative",
    "not supported",
    "no reachable authority",
    "network error",
    "invalid data",
    "signature expired before valid",
    "too early",
    "unsupported NSEC3 iterations",
    "unable to conform to policy",
    "synthesized",
];

impl Ede {
    /// The code's meaning and the words.
    pub fn in_words(&self) -> String {
        let meaning = match MEANINGS.get(usize::from(self.code)) {
            Some(known) => (*known).to_owned(),
            None => format!("extended error {}", self.code),
        };
        match (self.code, self.text.as_str()) {
            (_, "") => meaning,
            (0, text) => text.to_owned(),
            (_, text) => format!("{meaning}: {text}"),
        }
    }

    /// The answer is not authentic although it should be.
    pub(crate) fn is_about_signatures(&self) -> bool {
        (5..=12).contains(&self.code) || self.code == 25
    }

    /// Aliases lead in a circle, in the words of our own recursor.
    pub(crate) fn is_about_endless_aliases(&self) -> bool {
        self.code == 0 && self.text.ends_with(ENDLESS)
    }

    /// None of the zone's servers gave a usable answer.
    pub(crate) fn is_about_zone_servers(&self) -> bool {
        self.code == 22
    }
}

/// The answer to one question, or to the first part of it if it leads to an alias.
#[derive(Clone, Debug)]
pub(crate) struct Part {
    pub rcode: u16,
    /// Aliases in order, then records.
    pub answers: Vec<Rrset>,
    pub authorities: Vec<Rrset>,
    pub additionals: Vec<Rrset>,
    /// The name to go on with.
    pub alias: Option<Name>,
    pub security: Security,
    pub explained: Option<Ede>,
    pub cause: Cause,
    /// Seconds since it was to be forgotten.
    pub stale_s: Option<u32>,
    /// From the cache.
    pub kept: bool,
    /// The server's AD bit.
    pub said_authentic: bool,
    /// There are records of the type asked.
    pub found: bool,
    /// The server's own alias is not the one that its DNAME makes.
    pub forged_alias: bool,
}

impl Part {
    pub(crate) fn empty(code: u16, cause: Cause) -> Part {
        Part {
            rcode: code,
            answers: Vec::new(),
            authorities: Vec::new(),
            additionals: Vec::new(),
            alias: None,
            security: Security::Unchecked,
            explained: None,
            cause,
            stale_s: None,
            kept: false,
            said_authentic: false,
            found: false,
            forged_alias: false,
        }
    }

    pub(crate) fn is_denial(&self) -> bool {
        let said = [rcode::NOERROR, rcode::NXDOMAIN].contains(&self.rcode);
        self.alias.is_none() && !self.found && said
    }

    pub(crate) fn sets_mut(&mut self) -> impl Iterator<Item = &mut Rrset> {
        self.answers
            .iter_mut()
            .chain(&mut self.authorities)
            .chain(&mut self.additionals)
    }

    /// The set of that name and type in the answer section.
    pub(crate) fn answer(&self, name: &Name, kind: Kind) -> Option<&Rrset> {
        self.answers
            .iter()
            .find(|set| set.kind == kind && set.name == *name)
    }

    pub(crate) fn soa(&self) -> Option<&Rrset> {
        self.authorities.iter().find(|set| set.kind == Kind::SOA)
    }
}

/// Why a question has no answer.
#[derive(Clone, Debug)]
pub(crate) struct Trouble {
    pub rcode: u16,
    pub explained: Ede,
    pub cause: Cause,
}

impl Trouble {
    pub(crate) fn new(code: u16, text: impl Into<String>, cause: Cause) -> Trouble {
        Trouble {
            rcode: rcode::SERVFAIL,
            explained: Ede::new(code, text),
            cause,
        }
    }
}
