//! 06: handshake, certificates, keys.

use crate::{ConnectionId, Secret, Text};

vocabulary! {
    /// Events of TLS (RFC 8446, 5246, 5280).
    TlsEvent => Tls {
        /// A handshake began.
        HandshakeStarted { /** Over which connection. */ connection: ConnectionId, /** Server name sent. */ server_name: String, /** Protocols offered by ALPN. */ alpn: Vec<String> },
        /// A record left or arrived below TLS.
        RecordSeen { /** Connection. */ connection: ConnectionId, /** `sent` or `received`. */ direction: Text, /** Content type as RFC 8446 names it. */ content_type: Text, /** Octets of the fragment. */ length: u32 },
        /// A handshake message in the clear, decoded to its fields.
        MessageSeen { /** Connection. */ connection: ConnectionId, /** `sent` or `received`. */ direction: Text, /** Name, as `ClientHello`. */ message: Text, /** Fields, name and value. */ fields: Vec<(String, String)> },
        /// The certificates that the server sent, leaf first.
        CertificatesReceived { /** Connection. */ connection: ConnectionId, /** Leaf first. */ chain: Vec<CertificateFacts> },
        /// The chain was judged.
        ChainVerified { /** Connection. */ connection: ConnectionId, /** Whether it is trusted. */ trusted: bool, /** The root it ends in, or why not. */ why: String },
        /// Keys were agreed (key log line of SSLKEYLOGFILE).
        KeyLogged { /** Connection. */ connection: ConnectionId, /** Label. */ label: String, /** The whole line. */ line: Secret },
        /// The handshake is complete on this end.
        HandshakeDone { /** Connection. */ connection: ConnectionId, /** `TLS 1.3`. */ version: Text, /** Cipher suite. */ cipher: String, /** Key exchange group. */ group: String, /** Protocol chosen by ALPN. */ alpn: Option<String>, /** Whether an earlier session was resumed. */ resumed: bool },
        /// An alert left or arrived.
        AlertSeen { /** Connection. */ connection: ConnectionId, /** `sent` or `received`. */ direction: Text, /** Its name in RFC 8446. */ alert: String },
        /// The handshake failed.
        HandshakeFailed { /** Connection. */ connection: ConnectionId, /** Why. */ why: String },
    }
}

/// What a certificate says of itself (RFC 5280).
#[derive(Clone, Debug, PartialEq, serde::Serialize, serde::Deserialize)]
pub struct CertificateFacts {
    /// Subject.
    pub subject: String,
    /// Issuer.
    pub issuer: String,
    /// DNS names and addresses it is for.
    pub names: Vec<String>,
    /// Valid from, RFC 3339.
    pub not_before: String,
    /// Valid until, RFC 3339.
    pub not_after: String,
    /// Serial number, hex.
    pub serial: String,
    /// Key kind and size.
    pub key: String,
    /// Signature algorithm.
    pub signature: String,
    /// Whether it may sign certificates.
    pub is_ca: bool,
}
