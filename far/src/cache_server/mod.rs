//! The cache server: answers what it may reuse, and asks a web server for the rest.
//!
//! Stage: the far side (J26), RFC 9111, 9211.
//! In: requests of the balancer; answers of web servers. Out: answers with `Age`, `Cache-Status`.
//! Emits: `FarEvent::CacheHit`, `CacheMissed`, `CacheStored`, `CacheEvicted`, `BackendFailed`.
//! How it works: http-cache-semantics judges what may be kept and reused, [`store`] keeps it.
//! Always the whole answer is kept; conditions and ranges of the asker are applied to it.
//! Not here: GAP: requests for the same thing at once are not collapsed; nothing stale is served
//! (RFC 5861); no store on disk.

pub mod store;

use crate::{
    Answer, Ask, Backend, Door, Handler, Limits,
    fields::{self, ProxyStatus},
    page_of_failure, serving,
    upstream::{Reply, Upstream, UpstreamFailure, pass_on},
    web_server::{conditional, range},
};
use bytes::Bytes;
use http::{Method, Request, Response, StatusCode, header, response};
use http_cache_semantics::{AfterResponse, BeforeRequest, CacheOptions, CachePolicy};
use std::{
    cell::{Cell, RefCell},
    net::SocketAddr,
    rc::Rc,
    time::SystemTime,
};
use store::{Kept, Store, StoreLimits};
use thru_events::{Cause, far::FarEvent};
use thru_port::{LocalFuture, Port, PortFailure};

/// A cache server.
pub struct CacheServerConfig {
    /// Name and address.
    pub own: Backend,
    /// The web servers that it asks, in turn.
    pub web: Vec<Backend>,
    /// How much it keeps.
    pub store: StoreLimits,
    /// What it bears.
    pub limits: Limits,
}

/// Listens and serves; returns the address once it listens.
pub async fn serve(
    port: Rc<dyn Port>,
    config: CacheServerConfig,
) -> Result<SocketAddr, PortFailure> {
    let door = Door {
        local: config.own.address,
        tls: None,
        limits: config.limits,
    };
    serving::open(&port.clone(), door, Rc::new(CacheServer::new(port, config)))
}

/// The cache server.
pub struct CacheServer {
    port: Rc<dyn Port>,
    name: String,
    web: Vec<Backend>,
    next: Cell<usize>,
    store: RefCell<Store>,
    upstream: Upstream,
}

/// What the store has for a request.
enum Found {
    /// Reusable as it is: its fields now, its body.
    Fresh(response::Parts, Bytes),
    /// To be asked for again.
    Stale(Kept),
    /// Nothing; why, as RFC 9211 names it.
    Nothing(&'static str),
}

impl CacheServer {
    /// The cache server of `config`, on `port`'s machine.
    pub fn new(port: Rc<dyn Port>, config: CacheServerConfig) -> CacheServer {
        CacheServer {
            upstream: Upstream::new(port.clone(), config.limits),
            port,
            name: config.own.name,
            web: config.web,
            next: Cell::new(0),
            store: RefCell::new(Store::new(config.store)),
        }
    }

    async fn respond(&self, ask: Ask) -> Answer {
        let full = self.whole_request(&ask);
        let key = key_of(&full);
        if full.method() != Method::GET {
            return self.pass_by(&ask, &full, &key).await;
        }
        match self.look_up(&key, &full) {
            Found::Fresh(head, body) => self.hit(&ask, &key, head, body),
            Found::Stale(kept) => self.revalidate(&ask, full, &key, kept).await,
            Found::Nothing(why) => self.fetch(&ask, full, &key, why).await,
        }
    }

    /// The request as a whole answer needs it: without the asker's conditions and ranges.
    fn whole_request(&self, ask: &Ask) -> Request<Bytes> {
        let mut request = pass_on(ask, &self.name);
        if request.method() == Method::GET {
            conditional::drop_conditions(request.headers_mut());
        }
        request
    }

    fn look_up(&self, key: &str, request: &Request<Bytes>) -> Found {
        let now = self.calendar();
        let mut store = self.store.borrow_mut();
        let variants = store.variants(key);
        if variants.is_empty() {
            return Found::Nothing("uri-miss");
        }
        for kept in variants {
            match kept.policy.before_request(request, now) {
                BeforeRequest::Fresh(head) => return Found::Fresh(head, kept.body.clone()),
                BeforeRequest::Stale { matches: true, .. } => return Found::Stale(kept.clone()),
                BeforeRequest::Stale { matches: false, .. } => {}
            }
        }
        Found::Nothing("vary-miss")
    }

    fn hit(&self, ask: &Ask, key: &str, head: response::Parts, body: Bytes) -> Answer {
        let age_s = age_of(&head);
        let because = self.port.tap().emit(ask.received, || FarEvent::CacheHit {
            key: key.to_owned(),
            age_s,
        });
        let ttl = freshness_of(&head).saturating_sub(age_s);
        self.finish(ask, head, body, &format!("hit; ttl={ttl}"), because)
    }

    async fn fetch(
        &self,
        ask: &Ask,
        request: Request<Bytes>,
        key: &str,
        why: &'static str,
    ) -> Answer {
        let missed = self.state_miss(ask, key, why);
        match self.ask_web(&request, missed).await {
            Err((failure, web)) => self.say_failed(&failure, &web, missed),
            Ok(reply) if reply.broken_off.is_some() => self.hand_broken(reply),
            Ok(reply) => {
                let status = reply.head.status.as_u16();
                let policy = self.policy(&request, &reply.head);
                let (stored, cause) = self.keep(key, policy, &reply);
                let said = said_of_miss(why, status, stored);
                self.finish(ask, reply.head, reply.body, &said, cause)
            }
        }
    }

    async fn revalidate(
        &self,
        ask: &Ask,
        mut request: Request<Bytes>,
        key: &str,
        kept: Kept,
    ) -> Answer {
        let missed = self.state_miss(ask, key, "stale");
        if let Some(etag) = kept.etag() {
            conditional::add_condition(request.headers_mut(), &etag);
        }
        let reply = match self.ask_web(&request, missed).await {
            Err((failure, web)) => return self.say_failed(&failure, &web, missed),
            Ok(reply) if reply.broken_off.is_some() => return self.hand_broken(reply),
            Ok(reply) => reply,
        };
        let status = reply.head.status.as_u16();
        let judged = kept
            .policy
            .after_response(&request, &reply.head, self.calendar());
        let (policy, head, body) = match judged {
            AfterResponse::NotModified(policy, head) => (policy, head, kept.body),
            AfterResponse::Modified(policy, _) => (policy, reply.head, reply.body),
        };
        let renewed = Reply {
            head,
            body,
            broken_off: None,
            cause: reply.cause,
        };
        let (stored, cause) = self.keep(key, policy, &renewed);
        let said = said_of_miss("stale", status, stored);
        self.finish(ask, renewed.head, renewed.body, &said, cause)
    }

    /// Methods that are never answered from the store (RFC 9111, 4); an unsafe one that succeeds
    /// makes what was kept invalid (4.4).
    async fn pass_by(&self, ask: &Ask, request: &Request<Bytes>, key: &str) -> Answer {
        let missed = self.state_miss(ask, key, "method");
        let reply = match self.ask_web(request, missed).await {
            Err((failure, web)) => return self.say_failed(&failure, &web, missed),
            Ok(reply) if reply.broken_off.is_some() => return self.hand_broken(reply),
            Ok(reply) => reply,
        };
        if !request.method().is_safe() && !reply.head.status.is_server_error() {
            self.store.borrow_mut().remove(key);
        }
        let said = said_of_miss("method", reply.head.status.as_u16(), false);
        self.finish(ask, reply.head, reply.body, &said, reply.cause)
    }

    fn state_miss(&self, ask: &Ask, key: &str, why: &'static str) -> Cause {
        let missed = self
            .port
            .tap()
            .emit(ask.received, || FarEvent::CacheMissed {
                key: key.to_owned(),
                why: why.into(),
            });
        missed.or(ask.received)
    }

    /// Asks the next web server, and the others if it never heard the question.
    async fn ask_web(
        &self,
        request: &Request<Bytes>,
        cause: Cause,
    ) -> Result<Reply, (UpstreamFailure, String)> {
        let first = self.next.get();
        self.next.set(first.wrapping_add(1));
        let nobody = UpstreamFailure::Unreachable("no web server is configured".to_owned());
        let mut last = (nobody, "nobody".to_owned());
        for at in 0..self.web.len() {
            let web = &self.web[(first + at) % self.web.len()];
            match self.upstream.ask(web.address, request, cause).await {
                Ok(reply) => return Ok(reply),
                Err(failure) => {
                    self.port.tap().emit(cause, || FarEvent::BackendFailed {
                        backend: web.name.clone(),
                        why: failure.to_string(),
                    });
                    let was_heard = !failure.never_asked();
                    last = (failure, web.name.clone());
                    if was_heard {
                        break;
                    }
                }
            }
        }
        Err(last)
    }

    fn policy(&self, request: &Request<Bytes>, head: &response::Parts) -> CachePolicy {
        CachePolicy::new_options(request, head, self.calendar(), CacheOptions::default())
    }

    /// Keeps the answer if it may be kept and there is room.
    fn keep(&self, key: &str, policy: CachePolicy, reply: &Reply) -> (bool, Cause) {
        if !policy.is_storable() || reply.head.status == StatusCode::PARTIAL_CONTENT {
            return (false, reply.cause);
        }
        let fresh_s = policy.time_to_live(self.calendar()).as_secs();
        let kept = Kept::new(policy, &reply.head, reply.body.clone());
        let (stored, evicted) = self.store.borrow_mut().put(key, kept);
        let tap = self.port.tap();
        for key in evicted {
            tap.emit(reply.cause, || FarEvent::CacheEvicted { key });
        }
        if !stored {
            return (false, reply.cause);
        }
        let cause = tap.emit(reply.cause, || FarEvent::CacheStored {
            key: key.to_owned(),
            fresh_s,
        });
        (true, cause)
    }

    fn finish(
        &self,
        ask: &Ask,
        head: response::Parts,
        body: Bytes,
        said: &str,
        because: Cause,
    ) -> Answer {
        let response = Response::from_parts(head, body);
        let asked = ask.request.headers();
        let response = conditional::apply(asked, response);
        let mut response = range::apply(ask.request.method(), asked, response);
        let headers = response.headers_mut();
        fields::add_via(headers, &self.name);
        let member = format!("{}; {said}", fields::item(&self.name));
        fields::add_to_list(headers, &fields::CACHE_STATUS, &member);
        Answer::whole(response, because)
    }

    fn hand_broken(&self, reply: Reply) -> Answer {
        let declared = reply.broken_off.unwrap_or(0);
        let mut response = Response::from_parts(reply.head, reply.body);
        fields::add_via(response.headers_mut(), &self.name);
        Answer::broken_off(response, declared, reply.cause)
    }

    fn say_failed(&self, failure: &UpstreamFailure, web: &str, because: Cause) -> Answer {
        let words = "The server behind the cache gave no answer.";
        let mut response = page_of_failure(failure.status(), words);
        let said = ProxyStatus {
            server: &self.name,
            error: Some(failure.proxy_error()),
            next_hop: Some(web),
            received: None,
            details: None,
        };
        said.add_to(response.headers_mut());
        Answer::whole(response, because)
    }

    fn calendar(&self) -> SystemTime {
        fields::system_time(self.port.calendar())
    }
}

impl Handler for CacheServer {
    fn name(&self) -> &str {
        &self.name
    }

    fn answer(self: Rc<Self>, ask: Ask) -> LocalFuture<Answer> {
        Box::pin(async move { self.respond(ask).await })
    }
}

fn key_of(request: &Request<Bytes>) -> String {
    let host = request.headers().get(header::HOST);
    let host = host.and_then(|host| host.to_str().ok()).unwrap_or("");
    format!("{host}{}", fields::target(request.uri()))
}

fn said_of_miss(why: &str, status: u16, stored: bool) -> String {
    let stored = if stored { "; stored" } else { "" };
    format!("fwd={why}; fwd-status={status}{stored}")
}

fn age_of(head: &response::Parts) -> u64 {
    let age = head.headers.get(header::AGE);
    age.and_then(|age| age.to_str().ok())
        .and_then(|age| age.parse().ok())
        .unwrap_or(0)
}

/// `max-age` or `s-maxage`, for `ttl` of `Cache-Status`.
fn freshness_of(head: &response::Parts) -> u64 {
    let control = head.headers.get(header::CACHE_CONTROL);
    let control = control.and_then(|value| value.to_str().ok()).unwrap_or("");
    let directive = |name: &str| {
        control
            .split(',')
            .find_map(|member| member.trim().strip_prefix(name)?.parse().ok())
    };
    directive("s-maxage=")
        .or_else(|| directive("max-age="))
        .unwrap_or(0)
}
