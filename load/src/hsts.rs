//! Hosts that are spoken to over TLS only (RFC 6797): when the list is asked, and when it learns.

use crate::network::Network;
use std::cell::{Cell, RefCell};
use thru_events::{Cause, url::UrlEvent};
use thru_http::Response;
use thru_url::{HstsList, HstsPolicy};
use url::Url;

/// The file that the list is kept in between trips.
const HSTS_FILE: &str = "hsts";

/// The list of one trip.
#[derive(Default)]
pub(crate) struct Hsts {
    list: RefCell<Option<HstsList>>,
    learned: Cell<bool>,
    /// A certificate was let pass (`-k`): what is said over such connections does not count.
    pub distrusted: Cell<bool>,
}

impl Network {
    /// Makes an http URL one of https if its host is spoken to over TLS only (RFC 6797, section
    /// 8.3). Gives what the next step follows from.
    pub(crate) async fn upgrade(&self, url: &mut Url, cause: Cause) -> Cause {
        if url.scheme() != "http" {
            return cause;
        }
        self.read_hsts().await;
        let now = self.world.port.calendar().seconds;
        let list = self.hsts.list.borrow();
        let reason = list.as_ref().zip(url.host_str());
        let Some(reason) = reason.and_then(|(list, host)| list.reason(host, now)) else {
            return cause;
        };
        let from = url.to_string();
        // Port 80 is not written and becomes 443; any other stays.
        if url.set_scheme("https").is_err() {
            return cause;
        }
        let tap = self.world.port.tap();
        let upgraded = tap.emit(cause, || UrlEvent::SchemeUpgraded {
            from: thru_url::without_credentials(&from),
            to: thru_url::without_credentials(url.as_str()),
            why: reason.to_string().into(),
        });
        upgraded.or(cause)
    }

    /// Takes in what a server asks for over a trusted connection (RFC 6797, section 8.1).
    pub(crate) async fn learn_hsts(&self, url: &Url, answer: &Response, cause: Cause) {
        let value = answer.header("strict-transport-security");
        let policy = value.and_then(HstsPolicy::read);
        let (Some(policy), Some(host)) = (policy, url.host_str()) else {
            return;
        };
        if url.scheme() != "https" || self.hsts.distrusted.get() {
            return;
        }
        self.read_hsts().await;
        let now = self.world.port.calendar().seconds;
        let mut list = self.hsts.list.borrow_mut();
        let list = list.get_or_insert_default();
        let new = list.reason(host, now).is_none();
        if !list.learn(host, policy, now) {
            return;
        }
        self.hsts.learned.set(true);
        // A host that says the same with each answer is told once.
        if new || policy.max_age_s == 0 {
            self.world.port.tap().emit(cause, || UrlEvent::HstsLearned {
                host: host.to_owned(),
                max_age_s: policy.max_age_s,
                subdomains: policy.subdomains,
            });
        }
    }

    async fn read_hsts(&self) {
        if self.hsts.list.borrow().is_some() {
            return;
        }
        let storage = self.world.port.storage();
        let kept = storage.read(HSTS_FILE).await.ok().flatten();
        let kept = kept.map(|octets| HstsList::restore(&octets));
        let mut list = self.hsts.list.borrow_mut();
        list.get_or_insert_with(|| kept.unwrap_or_default());
    }

    /// Keeps what was learned, together with what others kept in the meantime. A list that cannot
    /// be kept is learned again.
    pub(crate) async fn keep_hsts(&self) {
        let list = self.hsts.list.borrow().clone();
        let Some(mut list) = list.filter(|_| self.hsts.learned.get()) else {
            return;
        };
        let now = self.world.port.calendar().seconds;
        let change = move |kept: Option<Vec<u8>>| {
            if let Some(kept) = kept {
                list.merge(HstsList::restore(&kept), now);
            }
            list.save(now)
        };
        let storage = self.world.port.storage();
        let _ = storage.change(HSTS_FILE, Box::new(change)).await;
    }
}
