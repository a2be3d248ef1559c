//! Which names a host stands for (resolv.conf(5), `search` and `ndots`).

use super::{StubConfig, absolute};
use hickory_proto::rr::Name;
use std::collections::VecDeque;

/// Most search domains that are used (glibc's former limit).
const SEARCH_LIMIT: usize = 6;

/// The names to be tried, in order. Empty if the host cannot be a name.
pub(super) fn candidates(host: &str, config: &StubConfig) -> VecDeque<Name> {
    let Some(as_it_is) = absolute(host) else {
        return VecDeque::new();
    };
    if host.ends_with('.') {
        return VecDeque::from([as_it_is]);
    }
    let domains = config.search.iter().take(SEARCH_LIMIT);
    let searched =
        domains.filter_map(|domain| absolute(&format!("{host}.{}", domain.trim_matches('.'))));
    let dots = host.matches('.').count();
    let mut names: VecDeque<Name> = searched.collect();
    if dots >= usize::from(config.ndots) {
        names.push_front(as_it_is);
    } else {
        names.push_back(as_it_is);
    }
    names
}

/// RFC 6761, section 6.3.
pub(super) fn is_localhost(host: &str) -> bool {
    let host = host.trim_end_matches('.').to_ascii_lowercase();
    host == "localhost" || host.ends_with(".localhost")
}
