//! Getting resources: redirects, local URLs, limits; and what their failure means for the page.

use crate::{
    Destination, Fetch, FetchOrder, Fetched, LoadOptions, World,
    broken::Broken,
    hsts::Hsts,
    local,
    pool::{Origin, Pool, Taken},
    resolve::{keep_cache, kept_cache},
    secured_dns::SecuredDns,
    waiting::Waiting,
};
use futures_util::future::join_all;
use std::{
    cell::{Cell, OnceCell, RefCell},
    rc::Rc,
};
use thru_dns::DnsCache;
use thru_events::{
    Blame, Cause, Code, Failed, RequestId, Stage, Text, http::HttpEvent, trip::TripEvent,
};
use thru_http::{CookieJar, Request, Response, follow};
use thru_port::LocalFuture;
use thru_tls::TlsFailure;
use thru_url::Credentials;
use url::Url;

/// Most requests of one page, redirects included.
pub const MAX_REQUESTS: u32 = 2_000;

/// Most octets of decoded bodies of one page.
pub const MAX_PAGE_OCTETS: u64 = 1 << 30;

/// The network of one trip. Cheap to clone.
#[derive(Clone)]
pub(crate) struct Network {
    pub world: World,
    pub options: Rc<LoadOptions>,
    pub waiting: Waiting,
    pool: Rc<Pool>,
    budget: Rc<Budget>,
    found: Rc<RefCell<Vec<Found>>>,
    /// User name and password of the URL that was typed, for the origin that was asked first.
    pub credentials: Rc<OnceCell<Credentials>>,
    /// The origin that was asked first: the only one that gets the user's header fields.
    first: Rc<RefCell<Option<Origin>>>,
    cookies: Rc<RefCell<CookieJar>>,
    names: Rc<RefCell<Option<Rc<RefCell<DnsCache>>>>>,
    pub hsts: Rc<Hsts>,
    /// Doors with TLS to name servers.
    pub doors: Option<Rc<SecuredDns>>,
}

#[derive(Default)]
struct Budget {
    requests: Cell<u32>,
    octets: Cell<u64>,
}

/// Something of the page that did not come.
#[derive(Clone, Debug)]
pub(crate) struct Found {
    pub finding: Failed,
    pub stage: Stage,
    pub cause: Cause,
}

/// A whole answer, redirects followed; with what a failed document is blamed on.
pub(crate) struct Got {
    pub fetched: Fetched,
    pub said_by: Option<String>,
}

impl Network {
    pub fn new(world: World, options: Rc<LoadOptions>) -> Network {
        let (port, tls) = (world.port.clone(), world.tls.clone());
        Network {
            doors: SecuredDns::new(port, tls, &options.resolve.doors),
            world,
            options,
            waiting: Waiting::default(),
            pool: Rc::default(),
            budget: Rc::default(),
            found: Rc::default(),
            credentials: Rc::default(),
            first: Rc::default(),
            cookies: Rc::default(),
            names: Rc::default(),
            hsts: Rc::default(),
        }
    }

    /// What did not come, in the order in which it was noticed.
    pub fn findings(&self) -> Vec<Found> {
        self.found.borrow_mut().drain(..).collect()
    }

    /// Gets one resource, from wherever it is.
    pub async fn get(&self, order: FetchOrder) -> Result<Got, Broken> {
        let mut url = order.url.clone();
        let mut cause = order.cause;
        let mut seen: Vec<Url> = Vec::new();
        let mut initiator = order.initiator.clone();
        loop {
            url.set_fragment(None);
            // Those of the page and of redirects are not used (docs/01-url.md).
            let _ = Credentials::take(&mut url);
            cause = self.upgrade(&mut url, cause).await;
            let request = self.next_request(cause)?;
            let initiated = self.state_initiated(request, &url, &order, &initiator, cause);
            let here = FetchOrder {
                url: url.clone(),
                cause: initiated,
                ..order.clone()
            };
            match url.scheme() {
                "file" if self.may_read_files(&order) => {
                    return local::file(&self.world, &here, request).map(Got::from);
                }
                "data" => return local::data(&self.world, &here, request).map(Got::from),
                "http" | "https" => {}
                _ => return Err(unsupported(&url, initiated)),
            }
            let answer = self.ask(&here, request).await?;
            let finished = answer.finished.or(initiated);
            let Some(location) = led_to(&url, &answer, finished)? else {
                return Ok(whole(url, answer, finished));
            };
            let tap = self.world.port.tap();
            let redirected = tap.emit(finished, || HttpEvent::Redirected {
                request,
                status: answer.status,
                location: local::shown(&location),
            });
            cause = redirected.or(finished);
            seen.push(url);
            self.judge_redirect(&seen, &location, cause)?;
            initiator = Text::Borrowed("redirect");
            url = location;
        }
    }

    /// A page from the network may not read files; only the user's own files may.
    fn may_read_files(&self, order: &FetchOrder) -> bool {
        order.destination == Destination::Document || self.first.borrow().is_none()
    }

    fn next_request(&self, cause: Cause) -> Result<RequestId, Broken> {
        let number = self.budget.requests.get() + 1;
        if number > MAX_REQUESTS {
            return Err(self.too_large("requests of a page", u64::from(MAX_REQUESTS), cause));
        }
        self.budget.requests.set(number);
        Ok(RequestId(number))
    }

    fn too_large(&self, limit: &'static str, value: u64, cause: Cause) -> Broken {
        let stated = self
            .world
            .port
            .tap()
            .emit(cause, || TripEvent::LimitReached {
                stage: Stage::Http,
                limit: limit.into(),
                value,
            });
        let message = format!("The page asks for more than thru's limit: {value} {limit}.");
        let failed = Failed::new(
            Code::PageTooLarge,
            Blame::PolicyRefused,
            "the page",
            message,
        );
        Broken::new(failed, stated.or(cause))
    }

    fn state_initiated(
        &self,
        request: RequestId,
        url: &Url,
        order: &FetchOrder,
        initiator: &Text,
        cause: Cause,
    ) -> Cause {
        let tap = self.world.port.tap();
        let stated = tap.emit(cause, || HttpEvent::Initiated {
            request,
            url: local::shown(url),
            kind: kind(order.destination).into(),
            initiator: initiator.to_string(),
        });
        stated.or(cause)
    }

    /// One request and its whole answer; once again if a connection that had served before was
    /// closed under it (RFC 9110, section 9.2.2: GET is idempotent).
    async fn ask(&self, order: &FetchOrder, request: RequestId) -> Result<Response, Broken> {
        let origin = Origin::of(&order.url);
        if order.destination == Destination::Document {
            let mut first = self.first.borrow_mut();
            first.get_or_insert_with(|| origin.clone());
        }
        loop {
            let taken = self
                .pool
                .take(&origin, || self.open(&origin, order.cause))
                .await?;
            match self.ask_over(taken, order, &origin, request).await {
                Err((stale, _)) if stale => {}
                Err((_, broken)) => return Err(broken),
                Ok(answer) => return Ok(answer),
            }
        }
    }

    /// The failure comes with whether the connection was stale: then nothing was asked yet.
    async fn ask_over(
        &self,
        taken: Taken,
        order: &FetchOrder,
        origin: &Origin,
        request: RequestId,
    ) -> Result<Response, (bool, Broken)> {
        let cause = taken.opened.flatten().or(order.cause);
        let asked = self.request(order, origin, request);
        let _wait = self
            .waiting
            .begin(Stage::Http, authority(&order.url), cause);
        match taken.connection.send(asked, cause).await {
            Ok(answer) => {
                taken.give_back();
                self.remember_cookies(&order.url, &answer);
                let finished = answer.finished.or(cause);
                self.learn_hsts(&order.url, &answer, finished).await;
                let counted = self.count(answer.body.len(), finished);
                counted.map_err(|broken| (false, broken))?;
                Ok(answer)
            }
            Err(failure) => {
                let broken = Broken::new(&failure, failure.evidence.or(cause));
                Err((failure.stale, broken))
            }
        }
    }

    fn request(&self, order: &FetchOrder, origin: &Origin, request: RequestId) -> Request {
        let destination = match order.destination {
            Destination::Document => thru_http::Destination::Document,
            Destination::Stylesheet => thru_http::Destination::Stylesheet,
            Destination::Image => thru_http::Destination::Image,
            Destination::Font => thru_http::Destination::Other,
            Destination::Frame => thru_http::Destination::Document,
        };
        let idle_limit = self.options.idle_limit;
        let mut asked = Request::get(request, order.url.clone(), destination, idle_limit);
        let now = self.world.port.calendar().seconds;
        if let Some(cookie) = self.cookies.borrow_mut().field(&order.url, now) {
            asked.set("cookie", cookie.expose());
        }
        if let Some(agent) = &self.options.user_agent {
            asked.set("user-agent", agent);
        }
        // A redirect does not take them to another origin (RFC 9110 section 15.4).
        if self.first.borrow().as_ref() == Some(origin) {
            if let Some(credentials) = self.credentials.get() {
                asked.set("authorization", &credentials.basic());
            }
            for (name, value) in &self.options.headers {
                asked.set(name, value);
            }
        }
        asked
    }

    fn remember_cookies(&self, url: &Url, answer: &Response) {
        let now = self.world.port.calendar().seconds;
        let mut jar = self.cookies.borrow_mut();
        for cookie in answer.set_cookies() {
            jar.store(url, cookie, now);
        }
    }

    /// The browser's own DNS cache, read when the first name is looked up.
    pub async fn dns_cache(&self) -> Rc<RefCell<DnsCache>> {
        let there = self.names.borrow().clone();
        if let Some(cache) = there {
            return cache;
        }
        let kept = kept_cache(&self.world.port).await;
        let mut names = self.names.borrow_mut();
        let cache = names.get_or_insert_with(|| Rc::new(RefCell::new(kept)));
        cache.clone()
    }

    fn count(&self, octets: usize, cause: Cause) -> Result<(), Broken> {
        let sum = self.budget.octets.get() + octets as u64;
        self.budget.octets.set(sum);
        if sum > MAX_PAGE_OCTETS {
            return Err(self.too_large("octets of a page", MAX_PAGE_OCTETS, cause));
        }
        Ok(())
    }

    fn judge_redirect(&self, seen: &[Url], to: &Url, cause: Cause) -> Result<(), Broken> {
        let first = seen.first().map(local::shown).unwrap_or_default();
        let message = if seen.contains(to) {
            format!(
                "{first} leads in a circle: {} was asked before.",
                local::shown(to)
            )
        } else if seen.len() > self.options.max_redirects as usize {
            let most = self.options.max_redirects;
            format!(
                "{first} was redirected more than {most} times; the last led to {}.",
                local::shown(to)
            )
        } else {
            return Ok(());
        };
        let culprit = seen.last().map(authority).unwrap_or_default();
        let code = Code::HttpResponseRedirectLoop;
        Err(Broken::new(
            Failed::new(code, Blame::PeerMisbehaved, culprit, message),
            cause,
        ))
    }

    /// Notes that a part of the page did not come as it should.
    fn note(&self, order: &FetchOrder, url: &Url, why: String, cause: Cause) {
        let (code, what) = match order.destination {
            Destination::Document => return,
            Destination::Frame => (Code::HttpError, "document of the frame"),
            Destination::Stylesheet => (Code::PageStylesheetMissing, "style sheet"),
            Destination::Image => (Code::PageImageBroken, "image"),
            Destination::Font => (Code::PageFontMissing, "font"),
        };
        let message = format!("The {what} {} did not come: {why}", local::shown(url));
        let finding = Failed::new(code, Blame::PeerRefused, local::shown(url), message);
        self.found.borrow_mut().push(Found {
            finding,
            stage: Stage::Http,
            cause,
        });
    }

    /// Notes a certificate that only `-k` let pass, once for all connections to its server.
    pub fn note_let_pass(&self, fault: &TlsFailure) {
        let mut finding = Failed::from(fault);
        finding.message.push_str(" It was let pass (-k).");
        self.hsts.distrusted.set(true);
        let mut found = self.found.borrow_mut();
        if !found.iter().any(|known| known.finding == finding) {
            found.push(Found {
                stage: finding.code.stage(),
                finding,
                cause: fault.evidence,
            });
        }
    }

    async fn fetch_part(self, order: FetchOrder) -> Result<Fetched, Failed> {
        match self.get(order.clone()).await {
            Ok(got) => {
                let status = got.fetched.status;
                if !(200..300).contains(&status) {
                    let why = format!(
                        "{} answered with status {status}.",
                        authority(&got.fetched.url)
                    );
                    self.note(&order, &got.fetched.url, why, got.fetched.cause);
                }
                Ok(got.fetched)
            }
            Err(broken) => {
                self.note(
                    &order,
                    &order.url,
                    broken.failed.message.clone(),
                    broken.cause,
                );
                Err(broken.failed)
            }
        }
    }

    /// Keeps what was learned of names, closes what is open and waits for the goodbyes.
    pub async fn close(&self, cause: Cause) {
        let names = self.names.borrow_mut().take();
        if let Some(cache) = names {
            // A cache that cannot be kept costs the next trip a look-up, nothing more.
            let _ = keep_cache(&self.world.port, &cache).await;
        }
        self.keep_hsts().await;
        let connections = self.pool.close();
        join_all(connections.iter().map(|connection| connection.close(cause))).await;
        if let Some(doors) = &self.doors {
            doors.close(cause).await;
        }
    }
}

impl Fetch for Network {
    fn fetch(&self, order: FetchOrder) -> LocalFuture<Result<Fetched, Failed>> {
        Box::pin(self.clone().fetch_part(order))
    }
}

impl From<Fetched> for Got {
    fn from(fetched: Fetched) -> Got {
        Got {
            fetched,
            said_by: None,
        }
    }
}

fn host(url: &Url) -> &str {
    url.host_str().unwrap_or("the server")
}

/// Where an answer leads to, if it leads elsewhere.
fn led_to(from: &Url, answer: &Response, cause: Cause) -> Result<Option<Url>, Broken> {
    let location = answer.header("location");
    match follow(&http::Method::GET, from, answer.status, location) {
        Ok(led) => Ok(led.map(|led| {
            let mut url = led.url;
            url.set_fragment(None);
            url
        })),
        Err(refused) => {
            let who = authority(from);
            let message = format!("{who} redirects to nowhere: {refused}.");
            let code = Code::HttpResponseInvalid;
            Err(Broken::new(
                Failed::new(code, Blame::PeerMisbehaved, who, message),
                cause,
            ))
        }
    }
}

/// The last answer, with what its server says of the way behind it (RFC 9209).
fn whole(url: Url, answer: Response, cause: Cause) -> Got {
    Got {
        said_by: answer.header("proxy-status").map(str::to_owned),
        fetched: Fetched {
            url,
            status: answer.status,
            content_type: answer.header("content-type").map(str::to_owned),
            body: answer.body,
            cause,
        },
    }
}

/// Host, and the port where it is not the scheme's own.
pub(crate) fn authority(url: &Url) -> String {
    match url.port() {
        Some(port) => format!("{}:{port}", host(url)),
        None => host(url).to_owned(),
    }
}

fn unsupported(url: &Url, cause: Cause) -> Broken {
    let message = format!("thru does not load {}: URLs here.", url.scheme());
    let code = Code::UrlSchemeUnsupported;
    Broken::new(
        Failed::new(code, Blame::Unsupported, local::shown(url), message),
        cause,
    )
}

fn kind(destination: Destination) -> &'static str {
    match destination {
        Destination::Document => "document",
        Destination::Stylesheet => "stylesheet",
        Destination::Image => "image",
        Destination::Font => "font",
        Destination::Frame => "frame",
    }
}
