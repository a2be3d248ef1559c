//! A page load, step by step: the table of contents.

use crate::{
    Destination, FetchOrder, Fetched, LoadOptions, Loaded, World,
    broken::Broken,
    local,
    network::{Network, authority},
};
use futures_util::future::{Either, select};
use std::{future::poll_fn, pin::pin, rc::Rc, task::Poll, time::Duration};
use thru_events::{Blame, Cause, Code, Failed, Stage, Text, Time, trip::TripEvent};
use thru_url::ParsedUrl;
use url::Url;

/// Loads what was typed and states everything that happens on the way.
pub async fn load(world: World, typed: &str, options: LoadOptions) -> Loaded {
    let options = Rc::new(options);
    let mut trip = Trip {
        network: Network::new(world, options.clone()),
        outcome: Loaded {
            url: typed.to_owned(),
            ..Loaded::default()
        },
        last: None,
    };
    trip.key_pressed(typed);
    match trip.within_limits(typed).await {
        Ended::Whole => {}
        Ended::Broken(broken) => trip.failed(broken).await,
        Ended::Interrupted => trip.interrupted(),
    }
    trip.tell_findings();
    trip.close().await;
    trip.end()
}

/// One load under way.
struct Trip {
    network: Network,
    outcome: Loaded,
    /// The last event on the way to the picture: what the next step follows from.
    last: Cause,
}

enum Ended {
    Whole,
    Broken(Broken),
    Interrupted,
}

impl Trip {
    fn key_pressed(&mut self, typed: &str) {
        let tap = self.network.world.port.tap();
        let typed = || thru_url::without_credentials(typed);
        self.last = tap.emit(None, || TripEvent::KeyPressed { typed: typed() });
    }

    /// The journey, at most as long as `-m` and Ctrl-C let it.
    async fn within_limits(&mut self, typed: &str) -> Ended {
        let network = self.network.clone();
        let pressed = self.last;
        let limit = network.options.max_time;
        let too_late = network.world.port.sleep(limit);
        let mut interrupt = network.options.interrupt.as_ref().map(|listen| listen());
        let heard = poll_fn(|context| match &mut interrupt {
            Some(interrupt) => interrupt.as_mut().poll(context),
            None => Poll::Pending,
        });
        // The journey lives until the end of this function: what it waits for is asked before.
        let journey = pin!(self.journey(typed));
        let done = match select(journey, select(too_late, heard)).await {
            Either::Left((done, _)) => done,
            Either::Right((Either::Left(_), _journey)) => {
                return Ended::Broken(network.waiting.time_is_over(limit, pressed));
            }
            Either::Right((Either::Right(_), _)) => return Ended::Interrupted,
        };
        // While the page was computed nothing listened: Ctrl-C is asked for once more.
        if let Some(interrupt) = interrupt {
            let moment = network.world.port.sleep(Duration::ZERO);
            if let Either::Left(_) = select(interrupt, moment).await {
                return Ended::Interrupted;
            }
        }
        match done {
            Ok(()) => Ended::Whole,
            Err(broken) => Ended::Broken(broken),
        }
    }

    /// Parse, get an address, fetch the document (resolve, path, connect, secure, request: see
    /// `establish` and `network`), build the picture.
    async fn journey(&mut self, typed: &str) -> Result<(), Broken> {
        let mut url = self.parse(typed)?;
        self.last = self.network.upgrade(&mut url.url, self.last).await;
        self.outcome.url = url.without_fragment().to_string();
        self.skip_what_is_not_needed(&url.url);
        self.ready(&url.url).await?;
        let document = self.fetch(&url).await;
        let (document, bad_status) = self.document(document)?;
        match (crate::page::media::as_page(document), &bad_status) {
            (Ok(page), _) => self.build(page).await?,
            // An error that brings no page with it is told as the error.
            (Err(_), Some(_)) => {}
            (Err(no_page), None) => return Err(no_page),
        }
        match bad_status {
            Some(broken) => Err(broken),
            None => Ok(()),
        }
    }

    fn parse(&mut self, typed: &str) -> Result<ParsedUrl, Broken> {
        let World { port, files, .. } = &self.network.world;
        let tap = port.tap();
        let completed = thru_url::complete(typed, |path| files.on_disk(path), &tap, self.last);
        match thru_url::parse(&completed.url, &tap, completed.cause) {
            Ok((mut url, parsed)) => {
                if let Some(credentials) = url.credentials.take() {
                    // One journey has one URL that was typed.
                    let _ = self.network.credentials.set(credentials);
                }
                self.outcome.url = url.without_fragment().to_string();
                self.last = parsed.or(completed.cause);
                Ok(url)
            }
            Err(refused) => {
                self.outcome.caret = Some(refused.caret());
                let cause = refused.evidence.or(completed.cause);
                Err(Broken::new(refused, cause))
            }
        }
    }

    /// A file or a `data:` URL takes no network; plain HTTP takes no TLS.
    fn skip_what_is_not_needed(&self, url: &Url) {
        const NETWORK: [Stage; 6] = [
            Stage::Lease,
            Stage::Dns,
            Stage::Link,
            Stage::Ip,
            Stage::Tcp,
            Stage::Firewall,
        ];
        let scheme = url.scheme();
        let tap = self.network.world.port.tap();
        let skip = |stage, why: Text| {
            tap.emit(self.last, || TripEvent::StageSkipped { stage, why });
        };
        let local = scheme == "file" || scheme == "data";
        if local {
            let why = format!("a {scheme}: URL needs no network");
            for stage in NETWORK {
                skip(stage, why.clone().into());
            }
            skip(Stage::Far, why.clone().into());
            skip(Stage::Close, why.into());
        }
        if scheme != "https" {
            skip(
                Stage::Tls,
                format!("a {scheme}: URL is not encrypted").into(),
            );
        }
    }

    async fn ready(&mut self, url: &Url) -> Result<(), Broken> {
        if !matches!(url.scheme(), "http" | "https") {
            return Ok(());
        }
        let port = self.network.world.port.clone();
        let _wait = self
            .network
            .waiting
            .begin(Stage::Lease, "this machine", self.last);
        match port.ready(self.last).await {
            Ok(ready) => {
                self.last = ready.or(self.last);
                Ok(())
            }
            Err(failure) => {
                let message = "No DHCP server offered this machine an address.";
                let code = Code::DhcpNoLease;
                let failed = Failed::timed_out(code, "an offer", "this machine", message);
                Err(Broken::new(failed, failure.evidence.or(self.last)))
            }
        }
    }

    async fn fetch(&mut self, url: &ParsedUrl) -> Result<crate::network::Got, Broken> {
        let order = FetchOrder {
            url: url.without_fragment(),
            destination: Destination::Document,
            initiator: Text::Borrowed("address bar"),
            cause: self.last,
        };
        let got = self.network.get(order).await;
        if let (Err(broken), "file") = (&got, url.url.scheme()) {
            self.outcome.unreadable = Some(broken.failed.culprit.clone().into());
        }
        got
    }

    /// The document, and the failure of the trip if its status is none of success: it is still
    /// painted.
    fn document(
        &mut self,
        got: Result<crate::network::Got, Broken>,
    ) -> Result<(Fetched, Option<Broken>), Broken> {
        let got = got?;
        let document = got.fetched;
        self.outcome.url = document.url.to_string();
        self.last = document.cause.or(self.last);
        let status = document.status;
        let bad = (!(200..300).contains(&status)).then(|| {
            let who = authority(&document.url);
            let message = match &got.said_by {
                Some(said) => format!("{who} answered with status {status}; it says: {said}."),
                None => format!("{who} answered with status {status}."),
            };
            let failed = Failed::new(Code::HttpError, Blame::PeerRefused, who, message);
            Broken::new(failed, document.cause)
        });
        Ok((document, bad))
    }

    async fn build(&mut self, document: Fetched) -> Result<(), Broken> {
        let Some(mut page) = self.network.options.page.clone() else {
            return Ok(());
        };
        let port = self.network.world.port.clone();
        // What `-m` leaves: while a stage computes, the trip's clock is not looked at.
        let spent = port.now().since(Time::ZERO);
        page.time.limit = Some(self.network.options.max_time.saturating_sub(spent));
        let before = document.cause;
        let built = crate::page::build(&self.network, document, &page, &*port).await;
        let picture = built.map_err(|late| Broken {
            stage: late.stage,
            ..Broken::new(late.failed, late.cause.or(before))
        })?;
        self.outcome
            .findings
            .extend(picture.findings.iter().cloned());
        self.last = picture.painted.or(self.last);
        self.outcome.picture = Some(picture);
        Ok(())
    }

    /// States the failure; asks the network what is wrong, if that was asked for.
    async fn failed(&mut self, broken: Broken) {
        let stage = broken.stage;
        let failure = broken.failed.clone();
        let cause = broken.cause.or(self.last);
        let probe = self.network.options.after_failure.clone();
        if let (Some(probe), Some(remote)) = (probe, broken.unreached) {
            probe(remote, cause).await;
        }
        let tap = self.network.world.port.tap();
        let stated = tap.emit(cause, || TripEvent::Failed { stage, failure });
        self.last = stated.or(cause);
        self.outcome.failure = Some((stage, broken.failed));
    }

    fn interrupted(&mut self) {
        let tap = self.network.world.port.tap();
        let stated = tap.emit(self.last, || TripEvent::Interrupted {});
        self.last = stated.or(self.last);
        self.outcome.interrupted = true;
    }

    fn tell_findings(&mut self) {
        let tap = self.network.world.port.tap();
        for found in self.network.findings() {
            let finding = || found.finding.clone();
            tap.emit(found.cause.or(self.last), || TripEvent::Found {
                stage: found.stage,
                finding: finding(),
            });
            self.outcome.findings.push((found.stage, found.finding));
        }
    }

    async fn close(&mut self) {
        self.network.close(self.last).await;
    }

    fn end(mut self) -> Loaded {
        let loaded = self.outcome.failure.is_none() && !self.outcome.interrupted;
        let tap = self.network.world.port.tap();
        self.outcome.ended = tap.emit(self.last, || TripEvent::Ended { loaded });
        self.outcome.url = match Url::parse(&self.outcome.url) {
            Ok(url) => local::shown(&url),
            Err(_) => self.outcome.url,
        };
        self.outcome
    }
}
