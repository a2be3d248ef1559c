//! The requests, as in HAR 1.2 and with W3C Resource Timing's names.

use serde::Serialize;
use std::collections::BTreeMap;
use thru_events::{
    ConnectionId, Entry, Event, RequestId, Time,
    dns::DnsEvent,
    http::{HeaderField, HttpEvent},
    tcp::TcpEvent,
    tls::TlsEvent,
};
use thru_journal::Journal;

/// One request. Times are milliseconds since the key press; `timings` are HAR's durations, -1
/// where a phase did not happen.
#[derive(Clone, Debug, Default, Serialize)]
#[serde(rename_all = "camelCase")]
pub(crate) struct Request {
    url: String,
    method: String,
    status: Option<u16>,
    #[serde(rename = "_resourceType")]
    kind: String,
    #[serde(rename = "_initiator")]
    initiator: String,
    next_hop_protocol: Option<String>,
    start_time: f64,
    domain_lookup_start: Option<f64>,
    domain_lookup_end: Option<f64>,
    connect_start: Option<f64>,
    connect_end: Option<f64>,
    secure_connection_start: Option<f64>,
    request_start: Option<f64>,
    response_start: Option<f64>,
    response_end: Option<f64>,
    encoded_body_size: u64,
    decoded_body_size: u64,
    #[serde(rename = "redirectURL")]
    redirect_url: String,
    request_headers: Vec<Field>,
    response_headers: Vec<Field>,
    time: f64,
    timings: Timings,
    error: Option<String>,
}

#[derive(Clone, Debug, Serialize)]
struct Field {
    name: String,
    value: String,
}

#[derive(Clone, Debug, Default, Serialize)]
struct Timings {
    blocked: f64,
    dns: f64,
    connect: f64,
    ssl: f64,
    send: f64,
    wait: f64,
    receive: f64,
}

#[derive(Clone, Copy, Default)]
struct Phases {
    connect: Option<(Time, Time)>,
    secure: Option<(Time, Time)>,
}

/// The near side's requests in the order in which they were asked for.
pub(crate) fn requests(journal: &Journal) -> Vec<Request> {
    let mut requests = BTreeMap::<RequestId, Request>::new();
    let mut phases = BTreeMap::<ConnectionId, Phases>::new();
    let mut lookups = BTreeMap::<String, (Time, Option<Time>)>::new();
    for entry in journal.near_side().entries() {
        match &entry.event {
            Event::Http(event) => note(&mut requests, &phases, &lookups, entry, event),
            Event::Tcp(event) => note_connection(&mut phases, entry.at, event),
            Event::Tls(event) => note_secure(&mut phases, entry.at, event),
            Event::Dns(DnsEvent::LookupStarted { name }) => {
                lookups.insert(name.clone(), (entry.at, None));
            }
            Event::Dns(DnsEvent::Resolved { name, .. }) => {
                if let Some(lookup) = lookups.get_mut(name) {
                    lookup.1.get_or_insert(entry.at);
                }
            }
            _ => {}
        }
    }
    requests.into_values().map(with_timings).collect()
}

fn note_connection(phases: &mut BTreeMap<ConnectionId, Phases>, at: Time, event: &TcpEvent) {
    match event {
        TcpEvent::ConnectStarted { connection, .. } => {
            phases.entry(*connection).or_default().connect = Some((at, at));
        }
        TcpEvent::Opened { connection, .. } => {
            if let Some(connect) = &mut phases.entry(*connection).or_default().connect {
                connect.1 = at;
            }
        }
        _ => {}
    }
}

fn note_secure(phases: &mut BTreeMap<ConnectionId, Phases>, at: Time, event: &TlsEvent) {
    match event {
        TlsEvent::HandshakeStarted { connection, .. } => {
            phases.entry(*connection).or_default().secure = Some((at, at));
        }
        TlsEvent::HandshakeDone { connection, .. } => {
            if let Some(secure) = &mut phases.entry(*connection).or_default().secure {
                secure.1 = at;
            }
        }
        _ => {}
    }
}

fn note(
    requests: &mut BTreeMap<RequestId, Request>,
    phases: &BTreeMap<ConnectionId, Phases>,
    lookups: &BTreeMap<String, (Time, Option<Time>)>,
    entry: &Entry,
    event: &HttpEvent,
) {
    let at = entry.at.as_ms();
    let id = id_of(event).filter(|id| !id.is_of_names());
    let Some(id) = id else { return };
    let request = requests.entry(id).or_insert_with(|| Request {
        start_time: at,
        ..Request::default()
    });
    match event {
        HttpEvent::Initiated {
            url,
            kind,
            initiator,
            ..
        } => {
            request.url.clone_from(url);
            request.kind = kind.to_string();
            request.initiator.clone_from(initiator);
        }
        HttpEvent::RequestSent {
            connection,
            version,
            method,
            url,
            headers,
            reused,
            ..
        } => {
            request.url.clone_from(url);
            request.method.clone_from(method);
            request.next_hop_protocol = Some(protocol_id(version).to_owned());
            request.request_headers = fields(headers);
            request.request_start = Some(at);
            if !reused {
                opened(request, phases.get(connection), lookups);
            }
        }
        HttpEvent::ResponseStarted {
            status,
            headers,
            version,
            ..
        } => {
            request.status = Some(*status);
            request.next_hop_protocol = Some(protocol_id(version).to_owned());
            request.response_headers = fields(headers);
            request.response_start = Some(at);
        }
        HttpEvent::ResponseFinished {
            encoded, decoded, ..
        } => {
            request.encoded_body_size = *encoded;
            request.decoded_body_size = *decoded;
            request.response_end = Some(at);
        }
        HttpEvent::Redirected { location, .. } => {
            request.redirect_url.clone_from(location);
            request.response_end.get_or_insert(at);
        }
        HttpEvent::RequestFailed { why, .. } => {
            request.error = Some(why.clone());
            request.response_end.get_or_insert(at);
        }
        HttpEvent::FileRead { length, .. } => {
            request.encoded_body_size = *length;
            request.decoded_body_size = *length;
            request.response_end = Some(at);
        }
        _ => {}
    }
}

fn id_of(event: &HttpEvent) -> Option<RequestId> {
    match event {
        HttpEvent::Initiated { request, .. }
        | HttpEvent::RequestSent { request, .. }
        | HttpEvent::ResponseStarted { request, .. }
        | HttpEvent::ResponseFinished { request, .. }
        | HttpEvent::Redirected { request, .. }
        | HttpEvent::RequestFailed { request, .. }
        | HttpEvent::FileRead { request, .. } => Some(*request),
        _ => None,
    }
}

/// The registered ALPN id of a version.
fn protocol_id(version: &str) -> &str {
    match version {
        "HTTP/2" => "h2",
        "HTTP/1.1" => "http/1.1",
        "HTTP/1.0" => "http/1.0",
        other => other,
    }
}

fn opened(
    request: &mut Request,
    phases: Option<&Phases>,
    lookups: &BTreeMap<String, (Time, Option<Time>)>,
) {
    let Some((start, end)) = phases.and_then(|phases| phases.connect) else {
        return;
    };
    if start.as_ms() < request.start_time {
        return;
    }
    request.connect_start = Some(start.as_ms());
    request.connect_end = Some(end.as_ms());
    if let Some((from, to)) = phases.and_then(|phases| phases.secure) {
        request.secure_connection_start = Some(from.as_ms());
        request.connect_end = Some(to.as_ms());
    }
    let host = host_of(&request.url);
    if let Some((from, Some(to))) = lookups
        .get(host)
        .filter(|(from, _)| from.as_ms() >= request.start_time)
    {
        request.domain_lookup_start = Some(from.as_ms());
        request.domain_lookup_end = Some(to.as_ms());
    }
}

fn host_of(url: &str) -> &str {
    let after = url.split_once("://").map_or(url, |(_, rest)| rest);
    let authority = after.split(['/', '?']).next().unwrap_or_default();
    let host = authority
        .rsplit_once('@')
        .map_or(authority, |(_, host)| host);
    match host.rsplit_once(':') {
        Some((name, port)) if port.bytes().all(|octet| octet.is_ascii_digit()) => name,
        _ => host,
    }
}

fn fields(headers: &[HeaderField]) -> Vec<Field> {
    let one = |field: &HeaderField| Field {
        name: field.name.clone(),
        value: field.value.to_string(),
    };
    headers.iter().map(one).collect()
}

/// HAR: `connect` includes `ssl`, and `time` is the sum of all but `ssl` and -1.
fn with_timings(mut request: Request) -> Request {
    let between = |from: Option<f64>, to: Option<f64>| match (from, to) {
        (Some(from), Some(to)) => (to - from).max(0.0),
        _ => -1.0,
    };
    let dns = between(request.domain_lookup_start, request.domain_lookup_end);
    let connect = between(request.connect_start, request.connect_end);
    let ssl = match request.secure_connection_start {
        Some(_) => between(request.secure_connection_start, request.connect_end),
        None => -1.0,
    };
    let wait = between(request.request_start, request.response_start).max(0.0);
    let receive = between(request.response_start, request.response_end).max(0.0);
    let until_sent = between(Some(request.start_time), request.request_start).max(0.0);
    let blocked = (until_sent - dns.max(0.0) - connect.max(0.0)).max(0.0);
    request.timings = Timings {
        blocked,
        dns,
        connect,
        ssl,
        send: 0.0,
        wait,
        receive,
    };
    request.time = blocked + dns.max(0.0) + connect.max(0.0) + wait + receive;
    request
}
