//! Header fields that the far side writes about itself: Date, Via, Server-Timing, Proxy-Status.

use http::{HeaderMap, HeaderName, HeaderValue, Uri, header};
use std::time::{Duration, UNIX_EPOCH};
use thru_port::UnixTime;

/// RFC 9209.
pub const PROXY_STATUS: HeaderName = HeaderName::from_static("proxy-status");
/// RFC 9211.
pub const CACHE_STATUS: HeaderName = HeaderName::from_static("cache-status");
/// W3C Server Timing.
pub const SERVER_TIMING: HeaderName = HeaderName::from_static("server-timing");

/// Fields that belong to one connection (RFC 9110, 7.6.1) and are not passed on.
const HOP_BY_HOP: [&str; 7] = [
    "connection",
    "keep-alive",
    "proxy-connection",
    "te",
    "trailer",
    "transfer-encoding",
    "upgrade",
];

/// Path and query; `*` of OPTIONS stays.
pub fn target(uri: &Uri) -> &str {
    uri.path_and_query().map_or("/", |target| target.as_str())
}

/// The world's calendar as `SystemTime`, for libraries that want one.
pub fn system_time(calendar: UnixTime) -> std::time::SystemTime {
    let seconds = u64::try_from(calendar.seconds).unwrap_or(0);
    UNIX_EPOCH + Duration::new(seconds, calendar.nanos)
}

/// `Date` (RFC 9110, 6.6.1).
pub fn date(calendar: UnixTime) -> HeaderValue {
    value(&httpdate::fmt_http_date(system_time(calendar)))
}

/// A field value; octets that no field may hold become `?`.
pub fn value(text: &str) -> HeaderValue {
    let fit = |letter: char| matches!(letter, '\t' | ' '..='~');
    let clean: String = text
        .chars()
        .map(|letter| if fit(letter) { letter } else { '?' })
        .collect();
    HeaderValue::from_str(&clean).unwrap_or(HeaderValue::from_static("?"))
}

/// Takes out what belongs to one connection only, and what `Connection` names.
pub fn drop_hop_by_hop(headers: &mut HeaderMap) {
    let named: Vec<String> = headers
        .get_all(header::CONNECTION)
        .iter()
        .filter_map(|value| value.to_str().ok())
        .flat_map(|value| {
            value
                .split(',')
                .map(|name| name.trim().to_ascii_lowercase())
        })
        .collect();
    for name in HOP_BY_HOP
        .iter()
        .copied()
        .chain(named.iter().map(String::as_str))
    {
        headers.remove(name);
    }
}

/// Adds this server to `Via` (RFC 9110, 7.6.3): it received the message by HTTP/1.1.
pub fn add_via(headers: &mut HeaderMap, server: &str) {
    add_to_list(headers, &header::VIA, &format!("1.1 {server}"));
}

/// Adds one metric to `Server-Timing`: the time spent from `name`'s point of view.
pub fn add_timing(headers: &mut HeaderMap, name: &str, spent: Duration, description: &str) {
    let spent_ms = spent.as_nanos() as f64 / 1e6;
    let description = quoted(description);
    let metric = format!("{name};dur={spent_ms:.3};desc=\"{description}\"");
    add_to_list(headers, &SERVER_TIMING, &metric);
}

/// Adds a member to a list field, at its end.
pub fn add_to_list(headers: &mut HeaderMap, name: &HeaderName, member: &str) {
    let before: Vec<String> = headers
        .get_all(name)
        .iter()
        .filter_map(|value| value.to_str().ok())
        .map(str::to_owned)
        .collect();
    let list = if before.is_empty() {
        member.to_owned()
    } else {
        format!("{}, {member}", before.join(", "))
    };
    headers.insert(name, value(&list));
}

/// What an intermediary says of the server behind it (RFC 9209): a member of `Proxy-Status`.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct ProxyStatus<'a> {
    /// Who says it.
    pub server: &'a str,
    /// Error type of RFC 9209, 2.3; `None` if the server behind answered.
    pub error: Option<&'static str>,
    /// Whom it asked.
    pub next_hop: Option<&'a str>,
    /// Status that the server behind gave.
    pub received: Option<u16>,
    /// More, for a person.
    pub details: Option<&'a str>,
}

impl ProxyStatus<'_> {
    /// Adds this member; the nearest to the origin comes first.
    pub fn add_to(&self, headers: &mut HeaderMap) {
        let mut member = item(self.server);
        if let Some(error) = self.error {
            member.push_str(&format!("; error={error}"));
        }
        if let Some(next_hop) = self.next_hop {
            member.push_str(&format!("; next-hop=\"{}\"", quoted(next_hop)));
        }
        if let Some(received) = self.received {
            member.push_str(&format!("; received-status={received}"));
        }
        if let Some(details) = self.details {
            member.push_str(&format!("; details=\"{}\"", quoted(details)));
        }
        add_to_list(headers, &PROXY_STATUS, &member);
    }
}

/// A name as a token of a structured field if it can be one, else as a string (RFC 9651, 3.3).
pub fn item(name: &str) -> String {
    let starts = name.starts_with(|letter: char| letter.is_ascii_alphabetic() || letter == '*');
    let fits =
        |letter: char| letter.is_ascii_alphanumeric() || "!#$%&'*+-.^_`|~:/".contains(letter);
    if starts && name.chars().all(fits) {
        name.to_owned()
    } else {
        format!("\"{}\"", quoted(name))
    }
}

/// A string's inside in a structured field (RFC 9651, 3.3.3).
fn quoted(text: &str) -> String {
    text.replace('\\', "\\\\").replace('"', "\\\"")
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_nearest_to_the_origin_comes_first() {
        let mut headers = HeaderMap::new();
        for (server, error) in [("web1", Some("connection_refused")), ("10.0.0.1", None)] {
            let said = ProxyStatus {
                server,
                error,
                next_hop: Some("a \"b\""),
                received: error.is_none().then_some(502),
                details: None,
            };
            said.add_to(&mut headers);
        }
        assert_eq!(
            headers[PROXY_STATUS],
            "web1; error=connection_refused; next-hop=\"a \\\"b\\\"\", \
             \"10.0.0.1\"; next-hop=\"a \\\"b\\\"\"; received-status=502"
        );
    }

    #[test]
    fn what_belongs_to_one_connection_is_dropped() {
        let mut headers = HeaderMap::new();
        headers.insert("connection", value("close, X-Own"));
        headers.insert("x-own", value("1"));
        headers.insert("te", value("trailers"));
        headers.insert("accept", value("*/*"));
        drop_hop_by_hop(&mut headers);
        assert_eq!(headers.keys().collect::<Vec<_>>(), ["accept"]);
    }

    #[test]
    fn a_line_break_cannot_enter_a_field() {
        assert_eq!(value("a\r\nSet-Cookie: b"), "a??Set-Cookie: b");
    }
}
