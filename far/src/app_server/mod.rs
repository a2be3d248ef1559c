//! The application: a small shop whose pages are made from a database for each request.
//!
//! Stage: the far side (J29).
//! In: requests from a web server; a database connection that is handed in. Out: pages.
//! Emits: `FarEvent::DatabaseQueried`, `FarEvent::ApplicationFailed`.
//! How it works: [`shop`] asks the database, [`page`] makes HTML of the rows, this file decides
//! which page a request means and what its fields say.
//! Not here: static files and compression (`web_server`), opening a database file (`app`).

pub mod page;
pub mod shop;

mod form;

use crate::{
    Answer, Ask, Backend, Door, Handler, Limits, fields, serving, web_server::conditional,
};
use bytes::Bytes;
use http::{HeaderMap, Method, Response, StatusCode, header};
use rusqlite::Connection;
use shop::Session;
use std::{cell::RefCell, net::SocketAddr, rc::Rc, time::Duration};
use thru_events::{Cause, Tap, Time, far::FarEvent};
use thru_port::{LocalFuture, Port, PortFailure};

/// How the application is damaged.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum AppFault {
    /// Every page fails with this text; the text stays inside.
    Exception(String),
    /// The database holds no tables.
    DatabaseMissing,
}

/// An application server.
pub struct AppServerConfig {
    /// Name and address.
    pub own: Backend,
    /// The shop's database (see [`shop::create_in_memory`]).
    pub database: Connection,
    /// What one statement costs on the trip's clock, where CPU time stands still (the lab); zero
    /// on a real machine.
    pub statement_time: Duration,
    /// Damage.
    pub fail: Option<AppFault>,
    /// What it bears.
    pub limits: Limits,
}

/// Listens and serves; returns the address once it listens.
pub async fn serve(port: Rc<dyn Port>, config: AppServerConfig) -> Result<SocketAddr, PortFailure> {
    let door = Door {
        local: config.own.address,
        tls: None,
        limits: config.limits,
    };
    serving::open(&port.clone(), door, Rc::new(AppServer::new(port, config)))
}

/// Why there is no page.
#[derive(Debug)]
enum AppFailure {
    Exception(String),
    Database(rusqlite::Error),
}

impl From<rusqlite::Error> for AppFailure {
    fn from(error: rusqlite::Error) -> AppFailure {
        AppFailure::Database(error)
    }
}

/// A page, a redirect or a notice, before its fields are written.
struct Page {
    status: StatusCode,
    html: String,
    location: Option<String>,
    cache: &'static str,
}

/// The application.
pub struct AppServer {
    port: Rc<dyn Port>,
    name: String,
    database: RefCell<Connection>,
    statement_time: Duration,
    fail: Option<AppFault>,
}

/// May be kept by the browser, and must be asked for again.
const REVALIDATE: &str = "private, no-cache";
/// Not kept at all.
const NO_STORE: &str = "no-store";

impl AppServer {
    /// The application of `config`, on `port`'s machine.
    pub fn new(port: Rc<dyn Port>, config: AppServerConfig) -> AppServer {
        let missing = config.fail == Some(AppFault::DatabaseMissing);
        let database = match missing.then(Connection::open_in_memory) {
            Some(Ok(empty)) => empty,
            _ => config.database,
        };
        AppServer {
            port,
            name: config.own.name,
            database: RefCell::new(database),
            statement_time: config.statement_time,
            fail: config.fail,
        }
    }

    async fn respond(&self, ask: Ask) -> Answer {
        let tap = self.port.tap();
        let started = self.port.now();
        let (page, statements, cause) = {
            let database = self.database.borrow();
            let session = Session::new(&database, &tap, ask.received);
            let page = self.page(&session, &ask);
            (page, session.statements(), session.cause())
        };
        let asked = self.port.now();
        if statements > 0 && !self.statement_time.is_zero() {
            self.port.sleep(self.statement_time * statements).await;
        }
        let timing = Timing {
            started,
            database: self.port.now().since(asked) + asked.since(started),
        };
        match page {
            Ok(page) => self.send(page, &ask, &timing, cause),
            Err(failure) => self.fail(&tap, failure, &timing, cause),
        }
    }

    fn page(&self, session: &Session<'_>, ask: &Ask) -> Result<Page, AppFailure> {
        if let Some(AppFault::Exception(text)) = &self.fail {
            return Err(AppFailure::Exception(text.clone()));
        }
        let path = ask.request.uri().path();
        let method = ask.request.method();
        if method == Method::POST && path == "/order" {
            return self.take_order(session, ask.request.body());
        }
        if !matches!(*method, Method::GET | Method::HEAD) {
            return Ok(notice(
                StatusCode::METHOD_NOT_ALLOWED,
                "That cannot be done here",
            ));
        }
        if path == "/" {
            return Ok(found(page::list(&session.products()?)));
        }
        if path == "/order" {
            let chosen = form::field(ask.request.uri().query().unwrap_or(""), "product");
            let chosen = chosen.and_then(|id| id.parse().ok()).unwrap_or(0);
            return Ok(found(page::order_form(&session.products()?, chosen, None)));
        }
        if let Some(id) = key(path, "/product/")
            && let Some(product) = session.product(id)?
        {
            return Ok(found(page::product(&product, &session.reviews(id)?)));
        }
        if let Some(id) = key(path, "/order/")
            && let Some(purchase) = session.purchase(id)?
        {
            let page = found(page::thanks(&purchase));
            return Ok(Page {
                cache: NO_STORE,
                ..page
            });
        }
        Ok(notice(StatusCode::NOT_FOUND, "There is no such page"))
    }

    fn take_order(&self, session: &Session<'_>, body: &[u8]) -> Result<Page, AppFailure> {
        let order = match form::Order::read(body) {
            Ok(order) => order,
            Err(wrong) => return self.ask_again(session, 0, wrong),
        };
        match session.buy(order.product, &order.customer, order.quantity)? {
            Some(id) => Ok(Page {
                status: StatusCode::SEE_OTHER,
                html: String::new(),
                location: Some(format!("/order/{id}")),
                cache: NO_STORE,
            }),
            None => self.ask_again(session, order.product, "There are not that many left."),
        }
    }

    fn ask_again(
        &self,
        session: &Session<'_>,
        chosen: i64,
        wrong: &str,
    ) -> Result<Page, AppFailure> {
        Ok(Page {
            status: StatusCode::UNPROCESSABLE_ENTITY,
            html: page::order_form(&session.products()?, chosen, Some(wrong)),
            location: None,
            cache: NO_STORE,
        })
    }

    fn send(&self, page: Page, ask: &Ask, timing: &Timing, cause: Cause) -> Answer {
        let mut response = Response::new(Bytes::from(page.html));
        *response.status_mut() = page.status;
        self.own_fields(response.headers_mut(), page.cache, timing, "database");
        if page.status == StatusCode::METHOD_NOT_ALLOWED {
            let allowed = header::HeaderValue::from_static("GET, HEAD");
            response.headers_mut().insert(header::ALLOW, allowed);
        }
        if let Some(location) = page.location {
            let location = fields::value(&location);
            response.headers_mut().insert(header::LOCATION, location);
        }
        if page.status == StatusCode::OK && page.cache != NO_STORE {
            let etag = fields::value(&conditional::etag_of(response.body()));
            response.headers_mut().insert(header::ETAG, etag);
            response = conditional::apply(ask.request.headers(), response);
        }
        Answer::whole(response, cause)
    }

    /// Says that it failed, and keeps why to itself.
    fn fail(&self, tap: &Tap, failure: AppFailure, timing: &Timing, cause: Cause) -> Answer {
        let (database, words) = match &failure {
            AppFailure::Exception(_) => ("database", "The page could not be made."),
            AppFailure::Database(_) => ("unavailable", "The shop cannot look into its shelves."),
        };
        let because = tap.emit(cause, || FarEvent::ApplicationFailed {
            why: match &failure {
                AppFailure::Exception(text) => text.clone(),
                AppFailure::Database(error) => format!("database: {error}"),
            },
        });
        let page = page::notice("Something went wrong here", words);
        let mut response = Response::new(Bytes::from(page));
        *response.status_mut() = StatusCode::INTERNAL_SERVER_ERROR;
        self.own_fields(response.headers_mut(), NO_STORE, timing, database);
        Answer::whole(response, because)
    }

    fn own_fields(
        &self,
        headers: &mut HeaderMap,
        cache: &'static str,
        timing: &Timing,
        database: &str,
    ) {
        let html = header::HeaderValue::from_static("text/html; charset=utf-8");
        headers.insert(header::CONTENT_TYPE, html);
        let cache = header::HeaderValue::from_static(cache);
        headers.insert(header::CACHE_CONTROL, cache);
        let server = fields::value(&format!("shop ({})", self.name));
        headers.insert(header::SERVER, server);
        fields::add_timing(headers, "db", timing.database, database);
        let spent = self.port.now().since(timing.started);
        fields::add_timing(headers, "app", spent, &self.name);
    }
}

impl Handler for AppServer {
    fn name(&self) -> &str {
        &self.name
    }

    fn answer(self: Rc<Self>, ask: Ask) -> LocalFuture<Answer> {
        Box::pin(async move { self.respond(ask).await })
    }
}

struct Timing {
    started: Time,
    database: Duration,
}

fn key(path: &str, prefix: &str) -> Option<i64> {
    path.strip_prefix(prefix)?.parse().ok()
}

fn found(html: String) -> Page {
    Page {
        status: StatusCode::OK,
        html,
        location: None,
        cache: REVALIDATE,
    }
}

fn notice(status: StatusCode, title: &str) -> Page {
    Page {
        status,
        html: page::notice(title, "The shelf with everything is one step back."),
        location: None,
        cache: NO_STORE,
    }
}
