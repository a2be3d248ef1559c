//! The load balancer: ends TLS, sends what may be cached to the cache server and the rest to the
//! web servers in turn.
//!
//! Stage: the far side (J27).
//! In: TLS connections with HTTP/2 or HTTP/1.1, plain ones to be sent to https. Out: answers.
//! Emits: `FarEvent::BackendChosen`, `BackendFailed`, `NoBackend`.
//! How it works: round robin; a server that cannot be reached is left alone for a while
//! ([`HOLD`]), and the next one is asked. What it knows of the way behind it, it says by
//! `Proxy-Status` (RFC 9209).
//! Not here: GAP: active health checks, weights, draining by order, sticky sessions.

use crate::{
    Answer, Ask, Backend, Door, Handler, Limits,
    fields::{self, ProxyStatus},
    page_of_failure, serving,
    upstream::{Reply, Upstream, UpstreamFailure, pass_on},
};
use bytes::Bytes;
use http::{Method, Request, Response, StatusCode, header};
use std::{
    cell::{Cell, RefCell},
    collections::BTreeMap,
    net::SocketAddr,
    rc::Rc,
    time::Duration,
};
use thru_events::{Cause, Time, far::FarEvent};
use thru_port::{LocalFuture, Port, PortFailure};
use thru_tls::ServerTls;

/// How long a server that could not be reached is left alone.
pub const HOLD: Duration = Duration::from_secs(10);

/// The cache server and what is sent to it.
#[derive(Clone, Debug)]
pub struct CacheRoute {
    /// The cache server.
    pub backend: Backend,
    /// Paths that begin with one of these go there.
    pub prefixes: Vec<String>,
}

impl CacheRoute {
    /// The shop's style sheet, pictures and fonts.
    pub fn shop(backend: Backend) -> CacheRoute {
        let prefixes = ["/style.css", "/img/", "/font/"]
            .map(str::to_owned)
            .to_vec();
        CacheRoute { backend, prefixes }
    }
}

/// A load balancer.
pub struct LoadBalancerConfig {
    /// Name, and where it listens with TLS.
    pub own: Backend,
    /// Certificate, key and ALPN (`h2`, `http/1.1`). `None`: plain HTTP at `own.address`, for
    /// tests.
    pub tls: Option<ServerTls>,
    /// Where it listens without TLS and sends everyone to https.
    pub plain: Option<SocketAddr>,
    /// The cache server.
    pub cache: Option<CacheRoute>,
    /// The web servers.
    pub web: Vec<Backend>,
    /// Value of Strict-Transport-Security (RFC 6797) in every answer over TLS, if so.
    pub hsts: Option<String>,
    /// What it bears.
    pub limits: Limits,
}

/// Listens and serves; returns the TLS address once it listens.
pub async fn serve(
    port: Rc<dyn Port>,
    config: LoadBalancerConfig,
) -> Result<SocketAddr, PortFailure> {
    let limits = config.limits;
    let secure = Door {
        local: config.own.address,
        tls: config.tls.clone(),
        limits,
    };
    if let Some(local) = config.plain {
        let plain = Door {
            local,
            tls: None,
            limits,
        };
        let name = config.own.name.clone();
        serving::open(&port, plain, Rc::new(ToHttps { name }))?;
    }
    serving::open(
        &port.clone(),
        secure,
        Rc::new(LoadBalancer::new(port, config)),
    )
}

/// Sends everyone to the same place by https.
struct ToHttps {
    name: String,
}

impl Handler for ToHttps {
    fn name(&self) -> &str {
        &self.name
    }

    fn answer(self: Rc<Self>, ask: Ask) -> LocalFuture<Answer> {
        let host = ask.request.headers().get(header::HOST);
        let host = host.and_then(|host| host.to_str().ok()).unwrap_or("");
        let name = host.split(':').next().unwrap_or("");
        let response = if name.is_empty() {
            page_of_failure(StatusCode::BAD_REQUEST, "The request names no host.")
        } else {
            let target = fields::target(ask.request.uri());
            let mut response = Response::new(Bytes::new());
            *response.status_mut() = StatusCode::PERMANENT_REDIRECT;
            let location = fields::value(&format!("https://{name}{target}"));
            response.headers_mut().insert(header::LOCATION, location);
            response
        };
        let received = ask.received;
        Box::pin(async move { Answer::whole(response, received) })
    }
}

/// The load balancer.
pub struct LoadBalancer {
    port: Rc<dyn Port>,
    name: String,
    cache: Option<CacheRoute>,
    web: Vec<Backend>,
    next: Cell<usize>,
    left_alone: RefCell<BTreeMap<SocketAddr, Time>>,
    hsts: Option<http::HeaderValue>,
    upstream: Upstream,
}

impl LoadBalancer {
    /// The balancer of `config`, on `port`'s machine.
    pub fn new(port: Rc<dyn Port>, config: LoadBalancerConfig) -> LoadBalancer {
        LoadBalancer {
            upstream: Upstream::new(port.clone(), config.limits),
            port,
            name: config.own.name,
            cache: config.cache,
            web: config.web,
            next: Cell::new(0),
            left_alone: RefCell::new(BTreeMap::new()),
            hsts: config.hsts.as_deref().map(fields::value),
        }
    }

    async fn respond(&self, ask: Ask) -> Answer {
        let started = self.port.now();
        let request = pass_on(&ask, &self.name);
        let mut tried: Vec<(String, UpstreamFailure)> = Vec::new();
        let mut cause = ask.received;
        for (backend, why) in self.order(&request) {
            let chosen = self.state_choice(cause, backend, why);
            match self.upstream.ask(backend.address, &request, chosen).await {
                Ok(reply) => return self.hand_back(reply, backend, started),
                Err(failure) => {
                    cause = self.state_failure(chosen, backend, &failure);
                    let again = may_ask_another(&failure, request.method());
                    tried.push((backend.name.clone(), failure));
                    if !again {
                        break;
                    }
                }
            }
        }
        self.say_failed(&tried, cause)
    }

    /// Whom to ask, in turn: the cache server for what may be cached, then the web servers from
    /// the next one on; those left alone come last.
    fn order(&self, request: &Request<Bytes>) -> Vec<(&Backend, &'static str)> {
        let mut order = Vec::new();
        if let Some(cache) = self.cache_for(request) {
            order.push((cache, "may be cached"));
        }
        let count = self.web.len();
        let first = if order.is_empty() {
            let first = self.next.get();
            self.next.set(first.wrapping_add(1));
            first
        } else {
            self.next.get()
        };
        let turn = (0..count).map(|at| (&self.web[(first + at) % count], "round robin"));
        order.extend(turn);
        let (well, alone): (Vec<_>, Vec<_>) = order
            .into_iter()
            .partition(|(backend, _)| !self.is_left_alone(backend));
        let last = alone
            .into_iter()
            .map(|(backend, _)| (backend, "last resort"));
        well.into_iter().chain(last).collect()
    }

    fn cache_for(&self, request: &Request<Bytes>) -> Option<&Backend> {
        let route = self.cache.as_ref()?;
        let path = request.uri().path();
        let reads = matches!(*request.method(), Method::GET | Method::HEAD);
        let fits = route.prefixes.iter().any(|prefix| path.starts_with(prefix));
        (reads && fits).then_some(&route.backend)
    }

    fn is_left_alone(&self, backend: &Backend) -> bool {
        let left_alone = self.left_alone.borrow();
        left_alone
            .get(&backend.address)
            .is_some_and(|until| self.port.now() < *until)
    }

    fn state_choice(&self, cause: Cause, backend: &Backend, why: &'static str) -> Cause {
        let chosen = self.port.tap().emit(cause, || FarEvent::BackendChosen {
            backend: backend.name.clone(),
            why: why.into(),
        });
        chosen.or(cause)
    }

    fn state_failure(&self, cause: Cause, backend: &Backend, failure: &UpstreamFailure) -> Cause {
        if failure.never_asked() {
            let until = self.port.now().after(HOLD);
            self.left_alone.borrow_mut().insert(backend.address, until);
        }
        let failed = self.port.tap().emit(cause, || FarEvent::BackendFailed {
            backend: backend.name.clone(),
            why: failure.to_string(),
        });
        failed.or(cause)
    }

    fn hand_back(&self, reply: Reply, backend: &Backend, started: Time) -> Answer {
        self.left_alone.borrow_mut().remove(&backend.address);
        let mut response = Response::from_parts(reply.head, reply.body);
        let status = response.status();
        let headers = response.headers_mut();
        fields::add_via(headers, &self.name);
        let spent = self.port.now().since(started);
        fields::add_timing(headers, "lb", spent, &self.name);
        if status.is_server_error() {
            let said = ProxyStatus {
                server: &self.name,
                error: None,
                next_hop: Some(&backend.name),
                received: Some(status.as_u16()),
                details: None,
            };
            said.add_to(headers);
        }
        match reply.broken_off {
            Some(declared) => Answer::broken_off(response, declared, reply.cause),
            None => Answer::whole(response, reply.cause),
        }
    }

    /// No server answered. If none could even be asked, there is no backend: 503. If the last one
    /// heard the question, its failure is told: 502 or 504.
    fn say_failed(&self, tried: &[(String, UpstreamFailure)], cause: Cause) -> Answer {
        let heard = tried.last().filter(|(_, failure)| !failure.never_asked());
        let (status, error, next_hop, because) = match heard {
            Some((name, failure)) => {
                let status = failure.status();
                (status, failure.proxy_error(), Some(name.as_str()), cause)
            }
            None => {
                let because = self.port.tap().emit(cause, || FarEvent::NoBackend {
                    tried: tried.iter().map(|(name, _)| name.clone()).collect(),
                });
                let status = StatusCode::SERVICE_UNAVAILABLE;
                (status, "destination_unavailable", None, because)
            }
        };
        let details: Vec<String> = tried
            .iter()
            .map(|(name, failure)| format!("{name}: {failure}"))
            .collect();
        let words = "No server can answer this now.";
        let mut response = page_of_failure(status, words);
        let said = ProxyStatus {
            server: &self.name,
            error: Some(error),
            next_hop,
            received: None,
            details: Some(&details.join(", ")),
        };
        said.add_to(response.headers_mut());
        Answer::whole(response, because)
    }
}

impl Handler for LoadBalancer {
    fn name(&self) -> &str {
        &self.name
    }

    fn answer(self: Rc<Self>, ask: Ask) -> LocalFuture<Answer> {
        let said = self.hsts.clone().filter(|_| ask.secure);
        Box::pin(async move {
            let mut answer = self.respond(ask).await;
            if let Some(said) = said {
                let headers = answer.response.headers_mut();
                headers.insert(header::STRICT_TRANSPORT_SECURITY, said);
            }
            answer
        })
    }
}

/// A request that was never heard may always be asked again; one that may have been heard only
/// if repeating it does no harm (RFC 9110, 9.2.2). A slow server is no reason to load another.
fn may_ask_another(failure: &UpstreamFailure, method: &Method) -> bool {
    let lost = matches!(failure, UpstreamFailure::Terminated);
    failure.never_asked() || (lost && method.is_idempotent())
}
