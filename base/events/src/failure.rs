use crate::{Code, Text};
use serde::{Deserialize, Serialize};

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
    /// A failure without a time-out.
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
            certainty: Certainty::Proven,
        }
    }

    /// A time-out while waiting for `what`: silence proves that nothing answered, not who is
    /// silent.
    pub fn timed_out(
        code: Code,
        what: impl Into<Text>,
        culprit: impl Into<String>,
        message: impl Into<String>,
    ) -> Failed {
        Failed {
            waiting_for: Some(what.into()),
            certainty: Certainty::Likely,
            ..Failed::new(code, Blame::TimedOut, culprit, message)
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

impl std::fmt::Display for Failed {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        write!(f, "{}: {}", self.code, self.message)
    }
}

impl std::error::Error for Failed {}
