use crate::{Files, ResolveOptions};
use std::{net::SocketAddr, rc::Rc, time::Duration};
use thru_events::Cause;
use thru_port::{LocalFuture, Port};
use thru_tls::ClientTls;

/// The world a trip is made in, as far as the loader needs it.
#[derive(Clone)]
pub struct World {
    /// Network, clocks, chance, storage.
    pub port: Rc<dyn Port>,
    /// The user's files.
    pub files: Rc<dyn Files>,
    /// TLS with the world's trust roots and cryptography; the loader sets what ALPN offers.
    pub tls: ClientTls,
}

/// What is done right after a failure to reach someone, before the trip ends: `app` puts the
/// probe here, in the lab always, on the host when asked for.
pub type AfterFailure = Rc<dyn Fn(SocketAddr, Cause) -> LocalFuture<()>>;

/// What a load is asked to do, beside the URL.
#[derive(Clone)]
pub struct LoadOptions {
    /// Protocols offered by ALPN, in order.
    pub alpn: Vec<&'static str>,
    /// `User-Agent`, instead of the program's own.
    pub user_agent: Option<String>,
    /// Further header fields for the page's own origin.
    pub headers: Vec<(String, String)>,
    /// Limit of one connection's opening.
    pub connect_timeout: Duration,
    /// Limit of the whole trip.
    pub max_time: Duration,
    /// Redirects followed for one resource.
    pub max_redirects: u32,
    /// Address families, `--resolve`.
    pub resolve: ResolveOptions,
    /// How long a server may send nothing while an answer is waited for.
    pub idle_limit: Duration,
    /// Window and fonts; none: the document is fetched and not painted.
    pub page: Option<crate::PageOptions>,
    /// The probe.
    pub after_failure: Option<AfterFailure>,
    /// Stops the trip when it ends (Ctrl-C).
    pub interrupt: Option<Rc<dyn Fn() -> LocalFuture<()>>>,
}

impl Default for LoadOptions {
    fn default() -> LoadOptions {
        LoadOptions {
            alpn: vec!["h2", "http/1.1"],
            user_agent: None,
            headers: Vec::new(),
            connect_timeout: Duration::from_secs(15),
            max_time: Duration::from_secs(60),
            max_redirects: 20,
            resolve: ResolveOptions::default(),
            idle_limit: Duration::from_secs(30),
            page: None,
            after_failure: None,
            interrupt: None,
        }
    }
}
