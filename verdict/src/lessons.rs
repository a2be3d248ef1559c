//! The lessons behind `thru explain`: one file a code, stage or term.

/// The lesson of a code, stage or term, as plain text; `None` if there is none.
pub fn lesson(topic: &str) -> Option<&'static str> {
    let found = LESSONS.iter().find(|(name, _)| *name == topic);
    found.map(|(_, text)| *text)
}

/// Every topic that has a lesson.
pub fn topics() -> impl Iterator<Item = &'static str> {
    LESSONS.iter().map(|(name, _)| *name)
}

macro_rules! lessons {
    ($( $name:literal ),* $(,)?) => {
        const LESSONS: &[(&str, &str)] = &[ $( ($name, include_str!(concat!("lessons/", $name, ".txt"))) ),* ];
    };
}

lessons! {
    "app.error",
    "balancer.no_backend",
    "dns.name_not_resolved",
    "dns.unreachable",
    "firewall.dropped",
    "http.error",
    "http.response.redirect_loop",
    "http.response.timed_out",
    "http.response.truncated",
    "neigh.no_answer",
    "page.image_broken",
    "page.stylesheet_missing",
    "route.none",
    "tcp.refused",
    "tcp.reset",
    "tcp.timed_out",
    "tls.cert.authority_invalid",
    "tls.cert.date_invalid",
    "tls.cert.name_invalid",
    "tls.not_tls",
    "url.invalid",
    "close",
    "cssom",
    "dns",
    "dom",
    "far",
    "firewall",
    "http",
    "ip",
    "layout",
    "lease",
    "link",
    "paint",
    "render-tree",
    "script",
    "tcp",
    "tls",
    "url",
}
