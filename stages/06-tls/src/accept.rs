//! The server's end.

use crate::{
    Secured, TlsFailure, TlsVersion,
    calendar::Calendar,
    secured::{impossible, secure},
    session::Session,
};
use rustls::{
    Error, ServerConfig, ServerConnection,
    crypto::CryptoProvider,
    pki_types::CertificateDer,
    server::ServerSessionMemoryCache,
    sign::{CertifiedKey, SigningKey, SingleCertAndKey},
    version::{TLS12, TLS13},
};
use std::{rc::Rc, sync::Arc, time::Duration};
use thru_events::{Cause, tls::TlsEvent};
use thru_port::{Port, Stream};

/// Sessions kept for resumption.
const MAX_SESSIONS: usize = 256;

/// What a server brings to its handshakes.
pub struct ServerSettings {
    /// Suites, groups, randomness.
    pub provider: Arc<CryptoProvider>,
    /// Certificates to send, leaf first, DER.
    pub chain: Vec<CertificateDer<'static>>,
    /// The leaf's key.
    pub key: Arc<dyn SigningKey>,
    /// Protocols spoken, in order of preference; empty ignores ALPN.
    pub alpn: Vec<String>,
    /// Highest version spoken.
    pub max_version: TlsVersion,
}

/// A server, with its sessions for resumption. Cheap to clone; clones share the sessions.
#[derive(Clone)]
pub struct ServerTls {
    config: Arc<ServerConfig>,
    calendar: Arc<Calendar>,
}

impl ServerTls {
    /// Puts a server together.
    ///
    /// # Errors
    /// rustls's, if the provider lacks what the versions need.
    pub fn new(settings: ServerSettings) -> Result<ServerTls, Error> {
        let ServerSettings {
            provider,
            chain,
            key,
            alpn,
            max_version,
        } = settings;
        let calendar = Arc::new(Calendar::default());
        let versions: &[&_] = match max_version {
            TlsVersion::Tls13 => &[&TLS13, &TLS12],
            TlsVersion::Tls12 => &[&TLS12],
        };
        let certified = SingleCertAndKey::from(CertifiedKey::new(chain, key));
        let mut config = ServerConfig::builder_with_details(provider, calendar.clone())
            .with_protocol_versions(versions)?
            .with_no_client_auth()
            .with_cert_resolver(Arc::new(certified));
        config.alpn_protocols = alpn.into_iter().map(String::into_bytes).collect();
        // Stateful sessions: a ticketer would draw randomness of its own.
        config.session_storage = ServerSessionMemoryCache::new(MAX_SESSIONS);
        Ok(ServerTls {
            config: Arc::new(config),
            calendar,
        })
    }
}

/// Secures `stream` as a server, in at most `limit`. The keys are logged by the client's end only.
///
/// # Errors
/// [`TlsFailure`]; the stream is closed then.
pub async fn accept(
    port: &Rc<dyn Port>,
    stream: Box<dyn Stream>,
    server: &ServerTls,
    limit: Duration,
    cause: Cause,
) -> Result<Secured, TlsFailure> {
    let info = stream.info();
    let started = port.tap().emit(cause, || TlsEvent::HandshakeStarted {
        connection: info.connection,
        server_name: String::new(),
        alpn: alpn_texts(&server.config),
    });
    let host = "the client".to_owned();
    server.calendar.set_from(&**port);
    let tls = match ServerConnection::new(server.config.clone()) {
        Ok(tls) => rustls::Connection::Server(tls),
        Err(error) => return Err(impossible(&**port, info, host, &error, started)),
    };
    let calendar = server.calendar.clone();
    let session = Session::new(port.clone(), stream, tls, None, calendar, started);
    secure(&**port, session, host, limit).await
}

fn alpn_texts(config: &ServerConfig) -> Vec<String> {
    let names = config.alpn_protocols.iter();
    names
        .map(|name| String::from_utf8_lossy(name).into_owned())
        .collect()
}
