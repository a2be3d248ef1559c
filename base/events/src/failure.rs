use crate::{Code, Text};
use serde::{Deserialize, Serialize};
use std::net::SocketAddr;

/// Who is to blame for a failure, as far as the failing stage can tell.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Blame {
    /// It broke the protocol.
    PeerMisbehaved,
    /// It said no.
    PeerRefused,
    /// Both ends are right but have nothing in common.
    PeerIncompatible,
    /// It did not answer in time.
    TimedOut,
    /// A rule on this side forbids it.
    PolicyRefused,
    /// Not built.
    Unsupported,
}

/// How sure a statement is.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Certainty {
    /// Neither proven nor likely.
    Unknown,
    /// The evidence fits it best; something else is possible.
    Likely,
    /// The evidence leaves nothing else.
    Proven,
}

/// A stage's failure in the form that the journal, the loader and the views share.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct Failed {
    /// The stable code.
    pub code: Code,
    /// Who is to blame.
    pub blame: Blame,
    /// The machine, server or resource that it is about: a name and address where known.
    pub culprit: String,
    /// One sentence: what was done by whom to whom.
    pub message: String,
    /// For a time-out: what was waited for.
    pub waiting_for: Option<Text>,
    /// How sure the stage is that this culprit did it. Rules of the verdict may know better.
    pub certainty: Certainty,
}

impl Failed {
    /// A failure that waited for nothing.
    pub fn new(
        code: Code,
        blame: Blame,
        culprit: impl Into<String>,
        message: impl Into<String>,
    ) -> Failed {
        Failed {
            code,
            blame,
            culprit: culprit.into(),
            message: message.into(),
            waiting_for: None,
            // Silence proves that nothing answered, not who is silent.
            certainty: match blame {
                Blame::TimedOut => Certainty::Likely,
                _ => Certainty::Proven,
            },
        }
    }

    /// A time-out while waiting for `what`.
    pub fn timed_out(
        code: Code,
        what: impl Into<Text>,
        culprit: impl Into<String>,
        message: impl Into<String>,
    ) -> Failed {
        Failed {
            waiting_for: Some(what.into()),
            ..Failed::new(code, Blame::TimedOut, culprit, message)
        }
    }

    /// A failure that is a time-out if something was waited for.
    pub fn stated(
        code: Code,
        blame: Blame,
        waiting_for: Option<Text>,
        culprit: impl Into<String>,
        message: impl Into<String>,
    ) -> Failed {
        match waiting_for {
            Some(what) => Failed::timed_out(code, what, culprit, message),
            None => Failed::new(code, blame, culprit, message),
        }
    }

    /// The same, where the evidence fits but leaves something else possible.
    pub fn likely(self) -> Failed {
        Failed {
            certainty: Certainty::Likely,
            ..self
        }
    }
}

/// A peer as failures name it: `name (address:port)`, or the address alone where it was typed.
pub fn named(host: &str, remote: SocketAddr) -> String {
    let bare = host.trim_start_matches('[').trim_end_matches(']');
    if bare.is_empty() || bare.parse() == Ok(remote.ip()) {
        remote.to_string()
    } else {
        format!("{host} ({remote})")
    }
}

impl std::fmt::Display for Failed {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        write!(f, "{}: {}", self.code, self.message)
    }
}

impl std::error::Error for Failed {}
