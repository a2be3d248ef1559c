//! The client's end.

use crate::{
    Secured, TlsFailure, TlsVersion,
    calendar::Calendar,
    chain::ChainVerifier,
    key_log::KeyLines,
    secured::{impossible, secure},
    session::{Session, Watch},
};
use rustls::{
    ClientConfig, ClientConnection, Error,
    client::{ClientSessionMemoryCache, Resumption},
    crypto::CryptoProvider,
    pki_types::{CertificateDer, ServerName},
    version::{TLS12, TLS13},
};
use std::{rc::Rc, sync::Arc, time::Duration};
use thru_events::{Cause, tls::TlsEvent};
use thru_port::{Port, Stream};

/// Sessions kept for resumption.
const MAX_SESSIONS: usize = 256;

/// What a client brings to its handshakes.
pub struct ClientSettings {
    /// Suites, groups, randomness, verification.
    pub provider: Arc<CryptoProvider>,
    /// Trust roots, DER.
    pub roots: Vec<CertificateDer<'static>>,
    /// Protocols offered by ALPN, in order; empty offers none.
    pub alpn: Vec<String>,
    /// Goes on with a chain that is not trusted (`-k`); the verdict is stated all the same.
    pub insecure: bool,
    /// Highest version offered.
    pub max_version: TlsVersion,
}

/// A client, with its sessions for resumption. Cheap to clone; clones share the sessions.
#[derive(Clone)]
pub struct ClientTls {
    config: Arc<ClientConfig>,
    verifier: Arc<ChainVerifier>,
    keys: Arc<KeyLines>,
    calendar: Arc<Calendar>,
    alpn: Vec<String>,
}

impl std::fmt::Debug for ClientTls {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        write!(f, "ClientTls({})", self.alpn.join(", "))
    }
}

impl ClientTls {
    /// Puts a client together.
    ///
    /// # Errors
    /// rustls's, if the provider lacks what the versions need.
    pub fn new(settings: ClientSettings) -> Result<ClientTls, Error> {
        let ClientSettings {
            provider,
            roots,
            alpn,
            insecure,
            max_version,
        } = settings;
        let calendar = Arc::new(Calendar::default());
        let keys = Arc::new(KeyLines::default());
        let verifier = Arc::new(ChainVerifier::new(roots, provider.clone(), insecure));
        let versions: &[&_] = match max_version {
            TlsVersion::Tls13 => &[&TLS13, &TLS12],
            TlsVersion::Tls12 => &[&TLS12],
        };
        let mut config = ClientConfig::builder_with_details(provider, calendar.clone())
            .with_protocol_versions(versions)?
            .dangerous()
            .with_custom_certificate_verifier(verifier.clone())
            .with_no_client_auth();
        let sessions = Arc::new(ClientSessionMemoryCache::new(MAX_SESSIONS));
        config.resumption = Resumption::store(sessions);
        config.key_log = keys.clone();
        Ok(ClientTls {
            config: Arc::new(config),
            verifier,
            keys,
            calendar,
            alpn,
        })
    }

    /// The same client with other protocols to offer.
    pub fn offering(&self, alpn: &[&str]) -> ClientTls {
        ClientTls {
            alpn: alpn.iter().map(|&name| name.to_owned()).collect(),
            ..self.clone()
        }
    }
}

/// Secures `stream` as a client that wants to talk to `server_name` (a DNS name or an address),
/// in at most `limit`.
///
/// # Errors
/// [`TlsFailure`]; the stream is closed then.
pub async fn connect(
    port: &Rc<dyn Port>,
    stream: Box<dyn Stream>,
    client: &ClientTls,
    server_name: &str,
    limit: Duration,
    cause: Cause,
) -> Result<Secured, TlsFailure> {
    let info = stream.info();
    let host = server_name.trim_matches(['[', ']']).to_owned();
    let started = port.tap().emit(cause, || TlsEvent::HandshakeStarted {
        connection: info.connection,
        server_name: host.clone(),
        alpn: client.alpn.clone(),
    });
    client.calendar.set_from(&**port);
    let tls = match open(client, &host) {
        Ok(tls) => tls,
        Err(error) => return Err(impossible(&**port, info, host, &error, started)),
    };
    let watch = Watch {
        verifier: client.verifier.clone(),
        keys: client.keys.clone(),
    };
    let calendar = client.calendar.clone();
    let session = Session::new(port.clone(), stream, tls, Some(watch), calendar, started);
    secure(&**port, session, host, limit).await
}

fn open(client: &ClientTls, host: &str) -> Result<rustls::Connection, Error> {
    let name = ServerName::try_from(host.trim_end_matches('.').to_owned())
        .map_err(|_| Error::General(format!("\"{host}\" is no server name")))?;
    let alpn = client.alpn.iter().map(|name| name.clone().into_bytes());
    let tls = ClientConnection::new_with_alpn(client.config.clone(), name, alpn.collect())?;
    Ok(rustls::Connection::Client(tls))
}
