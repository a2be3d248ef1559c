//! 01: URL parsing and completion.

use crate::Text;

vocabulary! {
    /// Events of the URL stage (WHATWG URL).
    UrlEvent => Url {
        /// What was typed was completed the way an address bar does.
        Completed { /** As typed. */ typed: String, /** The URL it became. */ completed: String, /** What was done. */ why: Text },
        /// The URL was parsed.
        Parsed { /** Serialised, without fragment. */ url: String, /** Scheme. */ scheme: String, /** Host, ASCII form. */ host: String, /** The host as people write it, if it is an internationalised name (UTS 46, ToUnicode). */ readable_host: Option<String>, /** Port, default filled in. */ port: u16, /** Path and query. */ target: String, /** Registrable domain, if the host has one. */ registrable_domain: Option<String>, /** The part that stays home. */ fragment: Option<String> },
        /// An `http:` URL became `https:`, as its host is spoken to over TLS only.
        SchemeUpgraded { /** The URL as it was. */ from: String, /** With https. */ to: String, /** Who wants it so. */ why: Text },
        /// A host asked to be spoken to over TLS only, or no longer.
        HstsLearned { /** Which host. */ host: String, /** For how long, seconds; 0 ends it. */ max_age_s: u64, /** Also for names below. */ subdomains: bool },
        /// The URL cannot be parsed or loaded.
        Refused { /** As typed. */ typed: String, /** Character offset of the wrong character. */ at: u32, /** What is wrong. */ why: String },
    }
}
