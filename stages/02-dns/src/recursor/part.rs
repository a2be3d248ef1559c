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
