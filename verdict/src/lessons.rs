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
    "url.invalid",
    "url.scheme_unsupported",
    "url.port_blocked",
    "dns.name_not_resolved",
    "dns.no_data",
    "dns.servfail",
    "dns.refused",
    "dns.unreachable",
    "dns.failed",
    "dns.truncated_no_tcp",
    "dns.lame_delegation",
    "dns.cname_loop",
    "dns.bogus",
    "dns.slow_server",
    "dns.hosts_override",
    "dns.search_domain",
    "dns.address_changed",
    "dhcp.no_lease",
    "link.down",
    "link.bit_error",
    "link.loop",
    "neigh.no_answer",
    "neigh.conflict",
    "route.none",
    "route.unreachable",
    "route.ttl_exceeded",
    "route.mtu_black_hole",
    "nat.table_full",
    "firewall.dropped",
    "firewall.rejected",
    "firewall.rate_limited",
    "tcp.refused",
    "tcp.timed_out",
    "tcp.reset",
    "tcp.closed",
    "tcp.address_unreachable",
    "tcp.stalled",
    "tcp.lossy",
    "tcp.happy_eyeballs_delay",
    "tls.version_or_cipher_mismatch",
    "tls.not_tls",
    "tls.bad_client_auth_cert",
    "tls.protocol.error",
    "tls.timed_out",
    "tls.alert",
    "tls.cert.name_invalid",
    "tls.cert.date_invalid",
    "tls.cert.not_yet_valid",
    "tls.cert.authority_invalid",
    "tls.cert.missing_intermediate",
    "tls.cert.revoked",
    "tls.cert.weak",
    "tls.cert.constraint",
    "tls.local_clock_wrong",
    "http.error",
    "http.protocol.error",
    "http.response.invalid",
    "http.response.truncated",
    "http.response.timed_out",
    "http.response.redirect_loop",
    "http.content_coding",
    "http.slow_server",
    "http.blocked_mixed_content",
    "http.blocked_policy",
    "http.upgrade_lost",
    "quic.blocked",
    "balancer.no_backend",
    "balancer.backend_failing",
    "cache.stale_served",
    "cache.never_reused",
    "app.error",
    "app.slow",
    "app.database_unavailable",
    "page.encoding_mismatch",
    "page.stylesheet_missing",
    "page.stylesheet_blocking",
    "page.image_broken",
    "page.font_missing",
    "page.script_error",
    "page.too_large",
    "page.layout_shift",
    "page.unsupported_feature",
    "expect.failed",
    "url",
    "lease",
    "dns",
    "link",
    "ip",
    "tcp",
    "firewall",
    "tls",
    "http",
    "far",
    "dom",
    "cssom",
    "render-tree",
    "layout",
    "paint",
    "script",
    "close",
    "alpn",
    "arp",
    "box",
    "cascade",
    "certificate",
    "cname",
    "dhcp",
    "hpack",
    "journal",
    "lab",
    "line-box",
    "nat",
    "nxdomain",
    "provenance",
    "rtt",
    "sni",
    "stacking-context",
    "syn",
    "time-wait",
    "tls-handshake",
    "trip",
    "ttl",
    "vantage",
    "verdict",
}

#[cfg(test)]
mod tests {
    use super::*;
    use thru_events::{Code, Stage};

    #[test]
    fn every_code_and_every_stage_has_a_lesson() {
        let codes = Code::ALL.iter().map(|code| code.as_str());
        let stages = Stage::ALL.iter().map(|stage| stage.id());
        let missing: Vec<&str> = codes
            .chain(stages)
            .filter(|topic| lesson(topic).is_none())
            .collect();
        assert!(missing.is_empty(), "no lesson about {missing:?}");
    }

    #[test]
    fn a_lesson_opens_with_its_topic_and_fits_a_terminal() {
        const COLUMNS: usize = 80;
        for (topic, text) in LESSONS {
            assert!(text.starts_with(&format!("{topic}: ")), "{topic}");
            let long = text.lines().find(|line| line.chars().count() > COLUMNS);
            assert_eq!(long, None, "{topic}");
        }
    }

    #[test]
    fn the_lesson_of_a_code_has_its_three_parts() {
        for code in Code::ALL {
            let text = lesson(code.as_str()).unwrap_or_default();
            for part in ["\nWhat it means\n", "\nHow it shows\n", "\nWhat to do\n"] {
                assert!(text.contains(part), "{code}: {part:?}");
            }
        }
    }

    #[test]
    fn each_topic_stands_once() {
        let mut seen: Vec<&str> = topics().collect();
        seen.sort_unstable();
        let all = seen.len();
        seen.dedup();
        assert_eq!(seen.len(), all);
    }
}
