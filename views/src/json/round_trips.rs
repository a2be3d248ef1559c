//! How often the near side waited for the far side before the page began to arrive.

use serde::Serialize;
use std::collections::{HashMap, HashSet};
use thru_events::{Event, EventId, dns::DnsEvent, http::HttpEvent, tcp::TcpEvent, tls::TlsEvent};
use thru_journal::{Journal, NearSide, OfNames};

/// Round trips, one after another.
#[derive(Serialize)]
pub(super) struct RoundTrips {
    used: u32,
    least: u32,
}

/// Round trips until the page's first octet, one after another: the DNS question, the handshakes
/// of TCP and TLS, and the request, for each document that led here by a redirect and for the page.
/// The least is what the page alone needs: no redirect, no second attempt, no TLS 1.2.
pub(super) fn round_trips(journal: &Journal) -> Option<RoundTrips> {
    let near = journal.near_side();
    let page = page_started(near)?;
    let names = OfNames::of(near);
    let (mut used, mut asked, mut opened, mut secured) = (0, false, false, false);
    for entry in near.entries().take_while(|entry| entry.id <= page) {
        match &entry.event {
            Event::Dns(DnsEvent::QuerySent { record_type, .. }) if record_type == "A" => {
                used += 1;
                asked = true;
            }
            Event::Tcp(TcpEvent::Opened { .. }) => {
                used += 1;
                opened |= !names.belongs(&entry.event);
            }
            Event::Tls(TlsEvent::HandshakeDone { version, .. }) => {
                used += if version.ends_with("1.2") { 2 } else { 1 };
                secured |= !names.belongs(&entry.event);
            }
            // A request for a name is the question that was counted already.
            Event::Http(HttpEvent::RequestSent { request, .. }) if !request.is_of_names() => {
                used += 1
            }
            _ => {}
        }
    }
    let least = 1 + u32::from(asked) + u32::from(opened) + u32::from(secured);
    Some(RoundTrips { used, least })
}

/// The head of the first response that is a page: a document that leads nowhere else.
fn page_started(near: NearSide<'_>) -> Option<EventId> {
    let mut documents = HashSet::new();
    let mut started = HashMap::new();
    for entry in near.entries() {
        let Event::Http(event) = &entry.event else {
            continue;
        };
        match event {
            HttpEvent::Initiated { request, kind, .. } if kind == "document" => {
                documents.insert(*request);
            }
            HttpEvent::ResponseStarted { request, .. } if documents.contains(request) => {
                started.insert(*request, entry.id);
            }
            HttpEvent::Redirected { request, .. } => {
                started.remove(request);
            }
            _ => {}
        }
    }
    started.into_values().min()
}
