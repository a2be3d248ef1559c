//! Every question of a trip: who asked whom, what came, what was kept, what was used.
//!
//! Stage: after the journey, of stage 02.
//! In: a journal. Out: the steps from names to addresses in the order in which they began, as text or as JSON (`thru.names/1`).
//! Emits: nothing.
//! How it works: a question and its answer are two events at the machine that asks; what the machine that answers did in
//! between is found by the message's id, name and type. In the lab all machines are shown, on the host the near one.
//! Not here: the sentences of single events (`sentence`).

mod collect;
mod text;

pub use text::text;

use serde::Serialize;
use std::net::{IpAddr, SocketAddr};
use thru_journal::Journal;

/// One step at one machine.
#[derive(Clone, Debug, PartialEq, Serialize)]
pub struct Step {
    /// When it began, milliseconds since the key press.
    pub at_ms: f64,
    /// Where: a machine of the lab, or `near`.
    pub who: String,
    /// The event that states it.
    pub event: u64,
    /// What.
    #[serde(flatten)]
    pub what: What,
}

/// What happened.
#[derive(Clone, Debug, PartialEq, Serialize)]
#[serde(tag = "step", rename_all = "snake_case")]
pub enum What {
    /// An address is wanted.
    Wanted {
        /// The name.
        name: String,
    },
    /// What is kept was looked at or changed.
    Cache {
        /// The name.
        name: String,
        /// The type.
        record_type: String,
        /// `hit`, `miss`, `stored`, `expired`, `evicted`, `stale`, `denied` or `prefetch`.
        verdict: &'static str,
        /// Why, or for how long.
        reason: String,
    },
    /// A source other than DNS was asked.
    Source {
        /// In the words of nsswitch.conf.
        source: String,
        /// What it said.
        said: String,
    },
    /// Somebody was asked.
    Asked(Box<Question>),
    /// An answer was held against signatures, or a part of it was thrown away.
    Judged {
        /// About what.
        about: String,
        /// The verdict and why.
        verdict: String,
    },
    /// The name leads to another one.
    Led {
        /// From.
        from: String,
        /// To.
        to: String,
    },
    /// The search is over.
    Used {
        /// The name.
        name: String,
        /// Addresses in order of preference; none if there are none.
        addresses: Vec<IpAddr>,
        /// Where they come from, or why there are none.
        source: String,
    },
    /// A connection was opened to an address that was found.
    Connected {
        /// To.
        remote: SocketAddr,
    },
}

/// A question and what became of it.
#[derive(Clone, Debug, Default, PartialEq, Serialize)]
pub struct Question {
    /// The name.
    pub name: String,
    /// The type.
    pub record_type: String,
    /// Whom.
    pub server: String,
    /// The machine that has this address, where it is known.
    pub machine: Option<String>,
    /// `udp`, `tcp`, `tls` or `https`.
    pub by: String,
    /// Message id.
    pub id: u16,
    /// From 1.
    pub attempt: u32,
    /// Response code, or `timed out` or `unreachable`; none if nobody waited for it.
    pub outcome: Option<String>,
    /// Answers, one text each.
    pub answers: Vec<String>,
    /// Name servers of a referral.
    pub referral: Vec<String>,
    /// Authoritative.
    pub authoritative: bool,
    /// Truncated.
    pub truncated: bool,
    /// What the server says of why (RFC 8914), or the world of why nothing came.
    pub why: Option<String>,
    /// Messages that were passed over, and why.
    pub passed_over: Vec<String>,
    /// Milliseconds until the answer.
    pub rtt_ms: Option<f64>,
    /// Where the answering machine has it from: `zone`, `cache`, `recursion`, `forwarder`.
    pub source: Option<String>,
}

/// The steps of a trip.
pub fn steps(journal: &Journal) -> Vec<Step> {
    collect::collect(journal)
}

#[derive(Serialize)]
struct Document<'a> {
    schema: &'static str,
    url: &'a str,
    steps: Vec<Step>,
}

/// The steps as one JSON document, pretty, with a line end.
pub fn json(journal: &Journal) -> String {
    let document = Document {
        schema: "thru.names/1",
        url: &journal.header.url,
        steps: steps(journal),
    };
    let text = serde_json::to_string_pretty(&document);
    text.expect("the document has only text keys") + "\n"
}
