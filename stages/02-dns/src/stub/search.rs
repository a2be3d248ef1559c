//! Which names a host stands for (resolv.conf(5), `search` and `ndots`).

use super::StubConfig;
use crate::question::absolute;
use crate::wire::Name;
use std::collections::VecDeque;

/// Most search domains that are used. glibc has no limit since 2.26; a message for each has its cost.
const SEARCH_LIMIT: usize = 32;

/// The names to be tried, in order. Empty if the host cannot be a name.
pub(super) fn candidates(host: &str, config: &StubConfig) -> VecDeque<Name> {
    let Some(as_it_is) = absolute(host) else {
        return VecDeque::new();
    };
    if host.ends_with('.') {
        return VecDeque::from([as_it_is]);
    }
    let domains = config.search.iter().take(SEARCH_LIMIT);
    let searched = domains.filter_map(|domain| match domain.trim_matches('.') {
        "" => Some(as_it_is.clone()),
        domain => absolute(&format!("{host}.{domain}")),
    });
    let dots = host.matches('.').count();
    let mut names: VecDeque<Name> = VecDeque::new();
    let first = dots >= usize::from(config.ndots);
    for name in first
        .then(|| as_it_is.clone())
        .into_iter()
        .chain(searched)
        .chain([as_it_is.clone()])
    {
        if !names.contains(&name) {
            names.push_back(name);
        }
    }
    names
}

/// RFC 6761, section 6.3.
pub(super) fn is_localhost(host: &str) -> bool {
    let host = host.trim_end_matches('.').to_ascii_lowercase();
    host == "localhost" || host.ends_with(".localhost")
}

/// RFC 6762, section 3: names of multicast DNS.
pub(super) fn is_of_multicast(host: &str) -> bool {
    let host = host.trim_end_matches('.').to_ascii_lowercase();
    host == "local" || host.ends_with(".local")
}
