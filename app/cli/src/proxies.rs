//! Proxy variables of the environment: thru speaks to no proxy and says so.

use crate::exit;

/// The variables that curl reads for http: and https: URLs. It takes `HTTP_PROXY` for no variable
/// of its own, as CGI servers set it from a request's header.
const VARIABLES: [&str; 5] = [
    "http_proxy",
    "https_proxy",
    "HTTPS_PROXY",
    "all_proxy",
    "ALL_PROXY",
];

/// Names the variables that are set and ignored.
pub fn say_what_is_ignored() {
    let is_set = |name: &&&str| std::env::var_os(name).is_some_and(|value| !value.is_empty());
    let set: Vec<&str> = VARIABLES.iter().filter(is_set).copied().collect();
    if !set.is_empty() {
        let names = set.join(", ");
        exit::complain(&format!(
            "{names}: set and ignored; proxies are not built, the way goes straight to the server"
        ));
    }
}
