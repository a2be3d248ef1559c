//! Following redirects (RFC 9110, section 15.4; WHATWG Fetch, HTTP-redirect fetch).

use http::Method;
use std::fmt;
use url::Url;

/// The request that a redirect asks for.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Redirection {
    /// Method of the next request.
    pub method: Method,
    /// Its URL; the fragment is inherited.
    pub url: Url,
    /// Whether the body goes along.
    pub keeps_body: bool,
    /// Whether credentials may go along: only within one origin.
    pub same_origin: bool,
}

/// Why a redirect cannot be followed.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum RedirectRefused {
    /// The Location is no URL.
    InvalidLocation {
        /// As sent.
        location: String,
        /// What the URL parser says.
        what: String,
    },
    /// The Location's scheme is not HTTP(S).
    Scheme {
        /// The scheme.
        scheme: String,
    },
}

impl fmt::Display for RedirectRefused {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            RedirectRefused::InvalidLocation { location, what } => {
                write!(f, "Location \"{location}\" is no URL: {what}")
            }
            RedirectRefused::Scheme { scheme } => {
                write!(f, "Location leads to the scheme \"{scheme}\"")
            }
        }
    }
}

/// Whether `status` asks for another request when it has a Location.
pub fn is_redirect(status: u16) -> bool {
    matches!(status, 301 | 302 | 303 | 307 | 308)
}

/// What a response with `status` and `location` to `method` of `from` asks for; `None` if it is
/// no redirect. How many are followed is the caller's limit.
///
/// # Errors
/// [`RedirectRefused`]
pub fn follow(
    method: &Method,
    from: &Url,
    status: u16,
    location: Option<&str>,
) -> Result<Option<Redirection>, RedirectRefused> {
    let Some(location) = location.filter(|_| is_redirect(status)) else {
        return Ok(None);
    };
    let mut url = from
        .join(location)
        .map_err(|error| RedirectRefused::InvalidLocation {
            location: location.to_owned(),
            what: error.to_string(),
        })?;
    if !matches!(url.scheme(), "http" | "https") {
        let scheme = url.scheme().to_owned();
        return Err(RedirectRefused::Scheme { scheme });
    }
    // RFC 9110, section 10.2.2: a Location without fragment inherits the one asked for.
    if url.fragment().is_none() {
        url.set_fragment(from.fragment());
    }
    let becomes_get = changes_to_get(method, status);
    Ok(Some(Redirection {
        method: if becomes_get {
            Method::GET
        } else {
            method.clone()
        },
        keeps_body: !becomes_get,
        same_origin: url.origin() == from.origin(),
        url,
    }))
}

/// Fetch: 301 and 302 turn POST into GET, 303 turns all but GET and HEAD.
fn changes_to_get(method: &Method, status: u16) -> bool {
    match status {
        301 | 302 => *method == Method::POST,
        303 => *method != Method::GET && *method != Method::HEAD,
        _ => false,
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn from(method: Method, status: u16, location: &str) -> Redirection {
        let url = Url::parse("https://a.lab/shop/list?x=1#top").unwrap();
        follow(&method, &url, status, Some(location))
            .unwrap()
            .unwrap()
    }

    #[test]
    fn a_relative_location_is_resolved_and_inherits_the_fragment() {
        let next = from(Method::GET, 302, "../cart");
        assert_eq!(next.url.as_str(), "https://a.lab/cart#top");
        assert!(next.same_origin);
        let other = from(Method::GET, 301, "//b.lab/#end");
        assert_eq!(other.url.as_str(), "https://b.lab/#end");
        assert!(!other.same_origin);
    }

    #[test]
    fn the_method_changes_as_fetch_says() {
        let method = |method, status| from(method, status, "/").method;
        assert_eq!(method(Method::POST, 301), Method::GET);
        assert_eq!(method(Method::POST, 303), Method::GET);
        assert_eq!(method(Method::PUT, 302), Method::PUT);
        assert_eq!(method(Method::HEAD, 303), Method::HEAD);
        assert_eq!(method(Method::POST, 307), Method::POST);
        assert!(from(Method::POST, 308, "/").keeps_body);
    }

    #[test]
    fn no_location_and_other_statuses_lead_nowhere() {
        let url = Url::parse("https://a.lab/").unwrap();
        assert_eq!(follow(&Method::GET, &url, 302, None), Ok(None));
        assert_eq!(follow(&Method::GET, &url, 304, Some("/x")), Ok(None));
        let refused = follow(&Method::GET, &url, 302, Some("javascript:1"));
        assert!(matches!(refused, Err(RedirectRefused::Scheme { .. })));
        let refused = follow(&Method::GET, &url, 302, Some("https://[::bad/"));
        assert!(matches!(
            refused,
            Err(RedirectRefused::InvalidLocation { .. })
        ));
    }
}
