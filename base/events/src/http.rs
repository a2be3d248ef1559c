//! 07: requests and responses.

use crate::{ConnectionId, RequestId, Secret, Text};

vocabulary! {
    /// Events of HTTP (RFC 9110, 9112, 9113) and of resource loading.
    HttpEvent => Http {
        /// A resource was asked for: by the address bar, a redirect, or an element.
        Initiated { /** Which. */ request: RequestId, /** URL without fragment. */ url: String, /** `document`, `stylesheet`, `image`, `font`. */ kind: Text, /** What asked for it. */ initiator: String },
        /// The request was written to a connection.
        RequestSent { /** Which. */ request: RequestId, /** Over. */ connection: ConnectionId, /** `HTTP/1.1` or `HTTP/2`. */ version: Text, /** Method. */ method: String, /** URL. */ url: String, /** Header fields. */ headers: Vec<HeaderField> , /** Whether the connection had served before. */ reused: bool },
        /// The head of the response arrived.
        ResponseStarted { /** Which. */ request: RequestId, /** Status code. */ status: u16, /** Version. */ version: Text, /** Header fields. */ headers: Vec<HeaderField> },
        /// The body is complete. Its span is the body after decoding.
        ResponseFinished { /** Which. */ request: RequestId, /** Octets on the wire, before decoding. */ encoded: u64, /** Octets after decoding. */ decoded: u64, /** Content coding. */ coding: Option<String> },
        /// The response led elsewhere.
        Redirected { /** Which. */ request: RequestId, /** Status code. */ status: u16, /** To. */ location: String },
        /// The request ended without a whole response.
        RequestFailed { /** Which. */ request: RequestId, /** Why. */ why: String },
        /// An HTTP/2 frame left or arrived.
        FrameSeen { /** Connection. */ connection: ConnectionId, /** `sent` or `received`. */ direction: Text, /** Type as RFC 9113 names it. */ kind: Text, /** Stream. */ stream: u32, /** Octets of payload. */ length: u32, /** Flags. */ flags: u8 },
        /// An idle connection was taken again.
        ConnectionReused { /** Which. */ request: RequestId, /** Connection. */ connection: ConnectionId },
        /// A file was read instead of asking the network.
        FileRead { /** Which. */ request: RequestId, /** Path as asked for. */ path: String, /** Octets. */ length: u64 },
    }
}

/// One header field. The value of a sensitive one is a secret.
#[derive(Clone, Debug, PartialEq, serde::Serialize, serde::Deserialize)]
pub struct HeaderField {
    /// Name, lower case.
    pub name: String,
    /// Value.
    pub value: FieldValue,
}

/// A header field's value, open or secret (`cookie`, `set-cookie`, `authorization`,
/// `proxy-authorization`).
#[derive(Clone, Debug, PartialEq, serde::Serialize, serde::Deserialize)]
pub enum FieldValue {
    /// May be shown.
    Open(String),
    /// Redacted in every view unless asked.
    Secret(Secret),
}

impl HeaderField {
    /// Makes a field; sensitive names get a secret value.
    pub fn new(name: &str, value: &str) -> HeaderField {
        const SENSITIVE: [&str; 4] = [
            "cookie",
            "set-cookie",
            "authorization",
            "proxy-authorization",
        ];
        let name = name.to_ascii_lowercase();
        let value = if SENSITIVE.contains(&name.as_str()) {
            FieldValue::Secret(Secret::new(value))
        } else {
            FieldValue::Open(value.to_owned())
        };
        HeaderField { name, value }
    }
}

impl std::fmt::Display for FieldValue {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        match self {
            FieldValue::Open(value) => f.write_str(value),
            FieldValue::Secret(secret) => secret.fmt(f),
        }
    }
}
