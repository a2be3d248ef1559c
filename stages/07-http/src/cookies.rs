//! Cookies (RFC 6265), plain form: the jar is ours because it must not read a clock.
//! GAP: no SameSite, no `__Host-` and `__Secure-` prefixes, nothing kept between trips.

use cookie::{Cookie, Expiration};
use thru_events::Secret;
use url::Url;

/// Cookies kept in one jar; the one created first goes first.
pub const MAX_COOKIES: usize = 3000;
/// Octets of name and value (RFC 6265, section 6.1).
const MAX_COOKIE_OCTETS: usize = 4096;

#[derive(Clone)]
struct Stored {
    name: String,
    value: Secret,
    /// Without leading dot.
    domain: String,
    host_only: bool,
    path: String,
    secure: bool,
    /// Seconds since 1970; `None` lives as long as the jar.
    expires: Option<i64>,
}

/// What became of a `Set-Cookie`.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Kept {
    /// It is kept.
    Stored,
    /// It is kept, and the oldest one was given up for it: [`MAX_COOKIES`].
    StoredForOldest,
    /// It had ended already; one of its name, domain and path is gone.
    Removed,
    /// It is malformed, too large, or not for its sender to set.
    Refused,
}

/// What servers asked to be told again.
#[derive(Clone, Default)]
pub struct CookieJar {
    cookies: Vec<Stored>,
}

impl CookieJar {
    /// Takes in one `Set-Cookie` of a response from `url` at `now` (seconds since 1970).
    pub fn store(&mut self, url: &Url, set_cookie: &str, now: i64) -> Kept {
        let Some(cookie) = accept(url, set_cookie, now) else {
            return Kept::Refused;
        };
        // Section 5.3, step 11: the same name, domain and path is replaced.
        self.cookies.retain(|old| {
            (&old.name, &old.domain, &old.path) != (&cookie.name, &cookie.domain, &cookie.path)
        });
        if cookie.expires.is_some_and(|end| end <= now) {
            return Kept::Removed;
        }
        let is_full = self.cookies.len() >= MAX_COOKIES;
        if is_full {
            self.cookies.remove(0);
        }
        self.cookies.push(cookie);
        if is_full {
            Kept::StoredForOldest
        } else {
            Kept::Stored
        }
    }

    /// The `Cookie` field of a request to `url` at `now`, if there is one to send.
    pub fn field(&mut self, url: &Url, now: i64) -> Option<Secret> {
        self.cookies
            .retain(|cookie| cookie.expires.is_none_or(|end| end > now));
        let mut sent: Vec<&Stored> = self.cookies.iter().filter(|c| c.is_for(url)).collect();
        // Section 5.4, step 2: longer paths first, then by age.
        sent.sort_by_key(|cookie| std::cmp::Reverse(cookie.path.len()));
        let pairs = sent
            .iter()
            .map(|c| format!("{}={}", c.name, c.value.expose()));
        let field = pairs.collect::<Vec<_>>().join("; ");
        (!field.is_empty()).then(|| Secret::new(field))
    }

    /// Cookies kept.
    pub fn len(&self) -> usize {
        self.cookies.len()
    }

    /// Whether there is none.
    pub fn is_empty(&self) -> bool {
        self.cookies.is_empty()
    }
}

impl Stored {
    fn is_for(&self, url: &Url) -> bool {
        let host = url.host_str().unwrap_or_default();
        let domain = match self.host_only {
            true => host == self.domain,
            false => domain_matches(host, &self.domain),
        };
        domain && path_matches(url.path(), &self.path) && (!self.secure || url.scheme() == "https")
    }
}

/// Section 5.3, the storage model.
fn accept(url: &Url, set_cookie: &str, now: i64) -> Option<Stored> {
    let cookie = Cookie::parse(set_cookie).ok()?;
    if cookie.name().len() + cookie.value().len() > MAX_COOKIE_OCTETS {
        return None;
    }
    let host = url.host_str()?;
    let wanted = cookie
        .domain()
        .map(|d| d.trim_start_matches('.').to_ascii_lowercase());
    let wanted = wanted.filter(|domain| !domain.is_empty());
    let host_only = wanted.is_none() || wanted.as_deref() == Some(host) && is_suffix(host);
    let domain = wanted.unwrap_or_else(|| host.to_owned());
    // Steps 5 and 6: a public suffix would give it to strangers, a foreign domain is not its own.
    if !domain_matches(host, &domain) || (!host_only && is_suffix(&domain)) {
        return None;
    }
    let is_secure = cookie.secure().unwrap_or(false);
    if is_secure && url.scheme() != "https" {
        return None;
    }
    let path = cookie.path().filter(|path| path.starts_with('/'));
    Some(Stored {
        name: cookie.name().to_owned(),
        value: Secret::new(cookie.value()),
        domain,
        host_only,
        path: path.map_or_else(|| default_path(url.path()), str::to_owned),
        secure: is_secure,
        expires: expires(&cookie, now),
    })
}

fn is_suffix(domain: &str) -> bool {
    thru_url::public_suffix(domain).is_some_and(|suffix| suffix == domain)
}

/// Max-Age wins over Expires (section 5.3, step 3).
fn expires(cookie: &Cookie<'_>, now: i64) -> Option<i64> {
    if let Some(age) = cookie.max_age() {
        return Some(now.saturating_add(age.whole_seconds()));
    }
    match cookie.expires() {
        Some(Expiration::DateTime(end)) => Some(end.unix_timestamp()),
        _ => None,
    }
}

/// Section 5.1.3.
fn domain_matches(host: &str, domain: &str) -> bool {
    let is_address = host.starts_with('[') || host.parse::<std::net::Ipv4Addr>().is_ok();
    let under = host
        .strip_suffix(domain)
        .is_some_and(|rest| rest.ends_with('.'));
    host == domain || (!is_address && under)
}

/// Section 5.1.4.
fn path_matches(path: &str, cookie_path: &str) -> bool {
    match path.strip_prefix(cookie_path) {
        Some(rest) => rest.is_empty() || cookie_path.ends_with('/') || rest.starts_with('/'),
        None => false,
    }
}

/// Section 5.1.4: up to, not including, the last slash.
fn default_path(path: &str) -> String {
    match path.rfind('/') {
        Some(at) if at > 0 => path[..at].to_owned(),
        _ => "/".to_owned(),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn url(text: &str) -> Url {
        Url::parse(text).unwrap()
    }

    fn sent(jar: &mut CookieJar, to: &str, now: i64) -> String {
        let field = jar.field(&url(to), now);
        field.map_or_else(String::new, |field| field.expose().to_owned())
    }

    #[test]
    fn a_cookie_goes_back_to_its_host_and_path_until_it_ends() {
        let mut jar = CookieJar::default();
        assert_eq!(
            jar.store(
                &url("https://shop.example/cart/add"),
                "id=7; Max-Age=60",
                1000
            ),
            Kept::Stored
        );
        assert_eq!(sent(&mut jar, "https://shop.example/cart", 1059), "id=7");
        assert_eq!(sent(&mut jar, "https://shop.example/cartoon", 1059), "");
        assert_eq!(sent(&mut jar, "https://www.shop.example/cart", 1059), "");
        assert_eq!(sent(&mut jar, "https://shop.example/cart", 1060), "");
    }

    #[test]
    fn a_domain_cookie_goes_to_subdomains_and_a_secure_one_not_in_the_clear() {
        let mut jar = CookieJar::default();
        let from = url("https://www.shop.example/");
        assert_eq!(
            jar.store(&from, "a=1; Domain=.shop.example; Secure; Path=/", 0),
            Kept::Stored
        );
        assert_eq!(
            jar.store(&from, "b=2; Domain=shop.example; Path=/deep", 0),
            Kept::Stored
        );
        assert_eq!(
            sent(&mut jar, "https://x.shop.example/deep/x", 0),
            "b=2; a=1"
        );
        assert_eq!(sent(&mut jar, "http://x.shop.example/deep", 0), "b=2");
        assert_eq!(
            jar.store(&from, "a=; Domain=shop.example; Path=/; Max-Age=0", 0),
            Kept::Removed
        );
        assert_eq!(jar.len(), 1);
    }

    #[test]
    fn foreign_domains_and_public_suffixes_are_refused() {
        let mut jar = CookieJar::default();
        let from = url("https://shop.co.uk/");
        assert_eq!(jar.store(&from, "a=1; Domain=co.uk", 0), Kept::Refused);
        assert_eq!(
            jar.store(&from, "a=1; Domain=other.co.uk", 0),
            Kept::Refused
        );
        assert_eq!(jar.store(&from, "", 0), Kept::Refused);
        assert!(jar.is_empty());
    }
}
