use serde::{Deserialize, Serialize};
use std::net::IpAddr;

/// A server on a machine. It listens on all of the machine's addresses, at its usual port.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[serde(tag = "kind", rename_all = "kebab-case", deny_unknown_fields)]
pub enum Service {
    /// Answers for its zones.
    NameServer(NameServer),
    /// Asks from the root down and caches.
    CachingDns(Recursive),
    /// Asks another server and caches.
    DnsForwarder(Forwarder),
    /// Ends TLS and spreads requests.
    LoadBalancer(Balancer),
    /// Answers what can be reused.
    CacheServer {
        /// Web servers that it asks.
        web: Vec<String>,
        /// How many things it keeps at most.
        #[serde(default, skip_serializing_if = "Option::is_none")]
        keys: Option<usize>,
    },
    /// Serves files, and the application's pages.
    WebServer {
        /// The application server.
        #[serde(default, skip_serializing_if = "Option::is_none")]
        app: Option<String>,
        /// What is wrong with its files and answers.
        #[serde(default)]
        faults: Vec<FileFault>,
    },
    /// Makes the shop's pages from its database.
    AppServer {
        /// What is wrong with it.
        #[serde(default, skip_serializing_if = "Option::is_none")]
        fault: Option<AppFault>,
    },
    /// Takes connections and resets each when it says something.
    Resets {
        /// Where.
        port: u16,
    },
    /// Answers in plain text where TLS is expected.
    PlainText {
        /// Where.
        port: u16,
    },
}

/// An authoritative name server.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct NameServer {
    /// Origins of its zones.
    pub zones: Vec<String>,
}

/// A caching name server.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Recursive {
    /// Addresses of the root servers.
    pub roots: Vec<IpAddr>,
    /// Whether it holds answers against the signatures of the lab's zones.
    #[serde(default, skip_serializing_if = "is_off")]
    pub validates: bool,
    /// Whether it gives answers that are over where none better comes (RFC 8767).
    #[serde(default, skip_serializing_if = "is_off")]
    pub stale: bool,
    /// Whether it asks again for what is about to end.
    #[serde(default, skip_serializing_if = "is_off")]
    pub prefetch: bool,
    /// Origins of zones that it has copies of, and asks instead of their servers (RFC 8806).
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub copies: Vec<String>,
}

fn is_off(switch: &bool) -> bool {
    !switch
}

/// A forwarding name server.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Forwarder {
    /// Whom it asks.
    pub to: Vec<IpAddr>,
    /// Whether it is deaf to TCP.
    #[serde(default, skip_serializing_if = "is_off")]
    pub only_udp: bool,
}

/// A load balancer.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Balancer {
    /// Web servers.
    pub web: Vec<String>,
    /// The cache server.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub cache: Option<String>,
    /// Paths that begin like this go to the cache server.
    #[serde(default)]
    pub cached: Vec<String>,
    /// What it says by Strict-Transport-Security (RFC 6797), if anything.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub hsts: Option<String>,
    /// What it shows to prove who it is.
    pub certificate: Certificate,
}

/// A certificate to be issued when the lab starts.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Certificate {
    /// Who signs.
    pub authority: String,
    /// Names that it is for.
    pub names: Vec<String>,
    /// Its first day, in days after the key press (before, if negative).
    pub from_day: i32,
    /// For how many days.
    pub days: u32,
}

/// What is wrong with a web server's files or answers.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum FileFault {
    /// The file is gone.
    Missing(String),
    /// The file holds garbage from its first quarter on.
    Garbled(String),
    /// The path redirects to itself.
    RedirectLoop(String),
    /// The answer ends halfway.
    Truncated(String),
    /// There is never an answer.
    Silent(String),
    /// The path is answered with this status.
    Status(String, u16),
}

/// What is wrong with the application.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum AppFault {
    /// Every page fails.
    Exception(String),
    /// The database holds no tables.
    DatabaseMissing,
}
