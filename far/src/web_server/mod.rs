//! The web server: files it has, and the application's pages for every other path.
//!
//! Stage: the far side (J28).
//! In: requests; files that are handed in; answers of the application server. Out: answers.
//! Emits: `FarEvent::FileServed`, `FarEvent::BackendFailed`.
//! How it works: [`files`] is the map of files, [`conditional`] and [`range`] are RFC 9110's
//! sections 13 and 14, [`coding`] compresses, [`faults`] is what may be wrong with it.
//! Not here: TLS (`load_balancer`), kept answers (`cache_server`).

pub mod coding;
pub mod conditional;
pub mod faults;
pub mod files;
pub mod range;

use crate::{
    Answer, Ask, Backend, Door, Handler, Limits,
    fields::{self, ProxyStatus},
    page_of_failure, serving,
    upstream::{Reply, Upstream, UpstreamFailure, pass_on},
};
use bytes::Bytes;
use faults::StaticFault;
use files::{Files, StaticFile};
use http::{Method, Response, StatusCode, header};
use std::{net::SocketAddr, rc::Rc};
use thru_events::{Cause, Time, far::FarEvent};
use thru_port::{LocalFuture, Port, PortFailure};

/// A web server.
pub struct WebServerConfig {
    /// Name and address.
    pub own: Backend,
    /// What it serves itself (see [`files::shop_files`]).
    pub files: Files,
    /// The application server that makes the rest; without one, the rest is 404.
    pub app: Option<Backend>,
    /// Damage.
    pub faults: Vec<StaticFault>,
    /// What it bears.
    pub limits: Limits,
}

/// Listens and serves; returns the address once it listens.
pub async fn serve(port: Rc<dyn Port>, config: WebServerConfig) -> Result<SocketAddr, PortFailure> {
    let door = Door {
        local: config.own.address,
        tls: None,
        limits: config.limits,
    };
    serving::open(&port.clone(), door, Rc::new(WebServer::new(port, config)))
}

/// The web server.
pub struct WebServer {
    port: Rc<dyn Port>,
    name: String,
    files: Files,
    app: Option<Backend>,
    faults: Vec<StaticFault>,
    upstream: Upstream,
}

impl WebServer {
    /// The web server of `config`, on `port`'s machine.
    pub fn new(port: Rc<dyn Port>, mut config: WebServerConfig) -> WebServer {
        faults::damage_files(&mut config.files, &config.faults);
        WebServer {
            upstream: Upstream::new(port.clone(), config.limits),
            port,
            name: config.own.name,
            files: config.files,
            app: config.app,
            faults: config.faults,
        }
    }

    async fn respond(&self, ask: Ask) -> Answer {
        let path = ask.request.uri().path().to_owned();
        if faults::is_silent(&self.faults, &path) {
            std::future::pending::<()>().await;
        }
        if let Some(response) = faults::instead(&self.faults, &path) {
            return Answer::whole(response, ask.received);
        }
        let answer = match self.files.get(&path) {
            Some(file) => self.serve_file(file, &path, &ask),
            None => self.pass(&ask).await,
        };
        faults::cut(&self.faults, &path, answer)
    }

    fn serve_file(&self, file: &StaticFile, path: &str, ask: &Ask) -> Answer {
        let method = ask.request.method();
        if method != Method::GET && method != Method::HEAD {
            let mut response = Response::new(Bytes::new());
            *response.status_mut() = StatusCode::METHOD_NOT_ALLOWED;
            let allowed = header::HeaderValue::from_static("GET, HEAD");
            response.headers_mut().insert(header::ALLOW, allowed);
            return Answer::whole(response, ask.received);
        }
        let response = file.response(coding::takes_gzip(ask.request.headers()));
        let response = conditional::apply(ask.request.headers(), response);
        let mut response = range::apply(method, ask.request.headers(), response);
        let server = fields::value(&format!("files ({})", self.name));
        response.headers_mut().insert(header::SERVER, server);
        let served = self.port.tap().emit(ask.received, || FarEvent::FileServed {
            path: path.to_owned(),
            length: response.body().len() as u64,
        });
        Answer::whole(response, served)
    }

    async fn pass(&self, ask: &Ask) -> Answer {
        let started = self.port.now();
        let Some(app) = &self.app else {
            let response = page_of_failure(StatusCode::NOT_FOUND, "There is no such file.");
            return Answer::whole(response, ask.received);
        };
        let request = pass_on(ask, &self.name);
        match self.upstream.ask(app.address, &request, ask.received).await {
            Ok(reply) => self.hand_back(reply, ask, app, started),
            Err(failure) => self.say_failed(&failure, app, ask.received),
        }
    }

    fn hand_back(&self, reply: Reply, ask: &Ask, app: &Backend, started: Time) -> Answer {
        let mut response = Response::from_parts(reply.head, reply.body);
        let status = response.status();
        fields::add_via(response.headers_mut(), &self.name);
        let spent = self.port.now().since(started);
        fields::add_timing(response.headers_mut(), "web", spent, &self.name);
        if status.is_server_error() {
            let said = ProxyStatus {
                server: &self.name,
                error: None,
                next_hop: Some(&app.name),
                received: Some(status.as_u16()),
                details: None,
            };
            said.add_to(response.headers_mut());
        }
        if let Some(declared) = reply.broken_off {
            return Answer::broken_off(response, declared, reply.cause);
        }
        if ask.request.method() != Method::HEAD {
            coding::compress(ask.request.headers(), &mut response);
        }
        Answer::whole(response, reply.cause)
    }

    fn say_failed(&self, failure: &UpstreamFailure, app: &Backend, cause: Cause) -> Answer {
        let because = self.port.tap().emit(cause, || FarEvent::BackendFailed {
            backend: app.name.clone(),
            why: failure.to_string(),
        });
        let words = "The server behind this one gave no answer.";
        let mut response = page_of_failure(failure.status(), words);
        let said = ProxyStatus {
            server: &self.name,
            error: Some(failure.proxy_error()),
            next_hop: Some(&app.name),
            received: None,
            details: None,
        };
        said.add_to(response.headers_mut());
        Answer::whole(response, because)
    }
}

impl Handler for WebServer {
    fn name(&self) -> &str {
        &self.name
    }

    fn answer(self: Rc<Self>, ask: Ask) -> LocalFuture<Answer> {
        Box::pin(async move { self.respond(ask).await })
    }
}
