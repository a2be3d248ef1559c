//! One connection from a name to a client that can be asked: resolve, path, connect, secure.

use crate::{
    broken::Broken,
    connect,
    exchange::{self, Client},
    network::Network,
    pool::Origin,
};
use thru_events::{Cause, Stage};
use thru_port::Connected;

impl Network {
    /// Opens a connection to `origin`.
    pub async fn open(&self, origin: &Origin, cause: Cause) -> Result<Client, Broken> {
        let (addresses, resolved) = self.resolve(origin, cause).await?;
        let stated = self.path(&addresses, resolved).await;
        let connected = self.connect(origin, &addresses, stated).await?;
        match origin.secure {
            true => self.secure(origin, connected).await,
            false => self.plain(connected).await,
        }
    }

    async fn path(&self, addresses: &[std::net::IpAddr], cause: Cause) -> Cause {
        match addresses.first() {
            Some(&address) => self.world.port.path(address, cause).await.or(cause),
            None => cause,
        }
    }

    async fn connect(
        &self,
        origin: &Origin,
        addresses: &[std::net::IpAddr],
        cause: Cause,
    ) -> Result<Connected, Broken> {
        let whom = format!("{}:{}", origin.host, origin.port);
        let _wait = self.waiting.begin(Stage::Tcp, whom, cause);
        let limit = self.options.connect_timeout;
        let port = &self.world.port;
        connect::connect(port, &origin.host, addresses, origin.port, limit, cause).await
    }

    async fn secure(&self, origin: &Origin, connected: Connected) -> Result<Client, Broken> {
        let _wait = self.waiting.begin(Stage::Tls, &origin.host, connected.opened);
        let tls = self.world.tls.offering(&self.options.alpn);
        let limit = self.options.connect_timeout;
        let (stream, cause) = (connected.stream, connected.opened);
        let port = &self.world.port;
        let secured = thru_tls::connect(port, stream, &tls, &origin.host, limit, cause)
            .await
            .map_err(|failure| Broken::new(&failure, failure.evidence.or(cause)))?;
        let (stream, done) = (Box::new(secured.stream), secured.done.or(cause));
        match secured.alpn.as_deref() {
            Some("h2") => exchange::http2(self, stream, done).await,
            _ => exchange::http1(self, stream, done).await,
        }
    }

    async fn plain(&self, connected: Connected) -> Result<Client, Broken> {
        exchange::http1(self, connected.stream, connected.opened).await
    }
}
