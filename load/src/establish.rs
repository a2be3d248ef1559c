//! One connection from a name to a client that can be asked: resolve, path, connect, secure.

use crate::{
    broken::Broken,
    connect,
    look_up::LateAnswers,
    network::Network,
    pool::{Opened, Origin},
    resolve::{NearMachine, Resolved, resolve_through},
    service::Endpoint,
};
use std::net::IpAddr;
use thru_events::{Blame, Cause, Code, Failed, Stage};
use thru_http::{Connection, Version};
use thru_port::{Connected, Stream};

impl Network {
    /// Opens a connection to `origin`.
    pub async fn open(&self, origin: &Origin, cause: Cause) -> Result<Opened, Broken> {
        let (resolved, late) = self.resolve(origin, cause).await?;
        let own = Endpoint {
            addresses: resolved.addresses.clone(),
            port: origin.port,
            late,
            cause: resolved.cause,
        };
        let service = match origin.secure {
            true => self.endpoint(origin, &resolved).await,
            false => None,
        };
        let connected = match service {
            // RFC 9460, section 3: where no service can be reached, the origin itself is tried.
            Some(service) => match self.connect(origin, service).await {
                Err(_) if !own.addresses.is_empty() => self.connect(origin, own).await,
                connected => connected,
            },
            None if own.addresses.is_empty() => Err(no_service(origin, own.cause)),
            None => self.connect(origin, own).await,
        }?;
        match origin.secure {
            true => self.secure(origin, connected).await,
            false => self.plain(connected).await,
        }
    }

    async fn path(&self, addresses: &[IpAddr], cause: Cause) -> Cause {
        match addresses.first() {
            Some(&address) => self.world.port.path(address, cause).await.or(cause),
            None => cause,
        }
    }

    async fn connect(&self, origin: &Origin, to: Endpoint) -> Result<Connected, Broken> {
        let cause = self.path(&to.addresses, to.cause).await;
        let whom = format!("{}:{}", origin.host, to.port);
        let _wait = self.waiting.begin(Stage::Tcp, whom, cause);
        let limit = self.options.connect_timeout;
        let port = &self.world.port;
        let whom = (origin.host.as_str(), to.port);
        connect::connect(port, whom, &to.addresses, to.late, limit, cause).await
    }

    async fn secure(&self, origin: &Origin, connected: Connected) -> Result<Opened, Broken> {
        let whom = format!("{}:{}", origin.host, origin.port);
        let _wait = self.waiting.begin(Stage::Tls, whom, connected.opened);
        let tls = self.world.tls.offering(&self.options.alpn);
        let limit = self.options.connect_timeout;
        let (stream, cause) = (connected.stream, connected.opened);
        let port = &self.world.port;
        let secured = thru_tls::connect(port, stream, &tls, &origin.host, limit, cause)
            .await
            .map_err(|failure| Broken::new(&failure, failure.evidence.or(cause)))?;
        if let Some(fault) = &secured.let_pass {
            self.note_let_pass(fault);
        }
        let (stream, done) = (Box::new(secured.stream), secured.done.or(cause));
        let only_h2 = self.options.alpn.iter().all(|name| *name == "h2");
        if only_h2 && secured.alpn.is_none() {
            return Err(no_common_protocol(origin, secured.done.or(cause)));
        }
        let version = Version::from_alpn(secured.alpn.as_deref());
        self.speak(stream, version, done).await
    }

    async fn plain(&self, connected: Connected) -> Result<Opened, Broken> {
        self.speak(connected.stream, Version::Http1, connected.opened)
            .await
    }

    async fn speak(
        &self,
        stream: Box<dyn Stream>,
        version: Version,
        cause: Cause,
    ) -> Result<Opened, Broken> {
        let opened = Connection::open(&self.world.port, stream, version, cause).await;
        let connection =
            opened.map_err(|failure| Broken::new(&failure, failure.evidence.or(cause)))?;
        Ok((connection, cause))
    }

    async fn resolve(
        &self,
        origin: &Origin,
        cause: Cause,
    ) -> Result<(Resolved, Option<LateAnswers>), Broken> {
        let machine = NearMachine::of(&self.world.port, &self.options.resolve);
        let whom = machine.asked().unwrap_or_else(|| origin.host.clone());
        let _wait = self.waiting.begin(Stage::Dns, whom, cause);
        let cache = self.dns_cache().await;
        let port = &self.world.port;
        let (host, doors) = (
            (origin.host.as_str(), origin.port, origin.secure),
            self.doors.as_ref(),
        );
        let resolved = resolve_through(port, &cache, host, machine, doors, cause).await;
        match resolved {
            Ok((mut found, late)) => {
                found.cause = found.cause.or(cause);
                Ok((found, late))
            }
            Err(unresolved) => Err(Broken::new(unresolved.failed, unresolved.cause.or(cause))),
        }
    }
}

/// The name has no address of its own, and its services cannot be used.
fn no_service(origin: &Origin, cause: Cause) -> Broken {
    let host = &origin.host;
    let message = format!(
        "{host} has no address, and its HTTPS record names no service that has one and speaks what we speak."
    );
    let failed = Failed::new(
        Code::DnsNoData,
        Blame::PeerIncompatible,
        host.clone(),
        message,
    );
    Broken::new(failed, cause)
}

/// Only HTTP/2 was offered and the server chose nothing.
fn no_common_protocol(origin: &Origin, cause: Cause) -> Broken {
    let host = &origin.host;
    let message = format!("{host} did not choose HTTP/2, and nothing else was offered.");
    let code = Code::TlsVersionOrCipherMismatch;
    Broken::new(
        Failed::new(code, Blame::PeerIncompatible, host.clone(), message),
        cause,
    )
}
