//! How our recursor has to be set up for a scenario, or what it lacks for it.

use super::reception::{cookies, reception};
use super::zones::{own_zones, without_files};
use std::net::SocketAddr;
use std::time::Duration;
use thru_dns::wire::Name;
use thru_dns::{Anchor, CookieSecret, Dns64, Reception, RecursorConfig, Route, Stale};

/// Settings of a peer that stand for a feature which was not asked for, and its name.
const FEATURES: &[(&str, &str)] = &[
    ("rpz", "response policy zones"),
    ("do-nat64", "NAT64"),
    ("nat64-prefix", "NAT64"),
    (
        "response-ip",
        "answers changed by their addresses (response-ip)",
    ),
    (
        "response-ip-data",
        "answers changed by their addresses (response-ip)",
    ),
    ("view", "views"),
    ("access-control-view", "views"),
    ("access-control-tag", "access control by tags"),
    ("local-zone-tag", "access control by tags"),
    ("define-tag", "access control by tags"),
    ("edns-client-string", "EDNS client strings"),
    ("edns-client-string-opcode", "EDNS client strings"),
    (
        "root-key-sentinel",
        "names without root key sentinels (root-key-sentinel: no)",
    ),
    ("dns-error-reporting", "error reports (RFC 9567)"),
    ("serve-original-ttl", "original TTLs (serve-original-ttl)"),
    ("auto-trust-anchor-file", "RFC 5011 rollover"),
    (
        "harden-dnssec-stripped",
        "signatures that may be missing (harden-dnssec-stripped: no)",
    ),
    (
        "harden-algo-downgrade",
        "signatures by every algorithm (harden-algo-downgrade)",
    ),
    (
        "harden-glue",
        "glue from outside of the zone (harden-glue: no)",
    ),
    (
        "harden-unverified-glue",
        "a look at glue (harden-unverified-glue)",
    ),
    (
        "iter-scrub-ns",
        "unbound's limit of servers (iter-scrub-ns)",
    ),
    ("feature-list", "policies of Knot Resolver (module policy)"),
    (
        "harden-unknown-additional",
        "unknown types in the additional section (harden-unknown-additional)",
    ),
    ("rrset-roundrobin", "order of records"),
    ("features", "modules of Knot Resolver"),
];

/// Modules of Knot Resolver by the beginning of their settings.
const MODULES: &[(&str, &str)] = &[
    ("static_hint", "static hints (module hints)"),
    ("renumber", "renumbered addresses (module renumber)"),
];

/// Settings in which only another value than ours stands for a feature.
const HARMLESS: &[(&str, &str)] = &[
    ("harden-dnssec-stripped", "yes"),
    ("harden-algo-downgrade", "no"),
    ("harden-glue", "yes"),
    ("rrset-roundrobin", "no"),
    ("root-key-sentinel", "yes"),
];

pub(super) struct Setting {
    pub key: String,
    pub value: String,
}

fn settings(lines: &[String]) -> Vec<Setting> {
    let mut settings: Vec<Setting> = Vec::new();
    for line in lines {
        for (word, quoted) in words(line) {
            match word.strip_suffix(':').filter(|_| !quoted) {
                Some(key) => settings.push(Setting {
                    key: key.to_owned(),
                    value: String::new(),
                }),
                None => {
                    if let Some(last) = settings.last_mut() {
                        let gap = if last.value.is_empty() { "" } else { " " };
                        last.value = format!("{}{gap}{word}", last.value);
                    }
                }
            }
        }
    }
    settings
}

/// The words of a line without its comment, and whether each was in quotation marks.
fn words(line: &str) -> Vec<(String, bool)> {
    let (mut words, mut word, mut mark) = (Vec::new(), String::new(), None);
    for c in line.chars() {
        match (c, mark) {
            (c, Some(open)) if c == open => {
                mark = None;
                words.push((std::mem::take(&mut word), true));
            }
            (c, Some(_)) => word.push(c),
            ('"' | '\'', None) => mark = Some(c),
            ('#' | ';', None) if word.is_empty() => break,
            (c, None) if c.is_whitespace() => {
                if !word.is_empty() {
                    words.push((std::mem::take(&mut word), false));
                }
            }
            (c, None) => word.push(c),
        }
    }
    if !word.is_empty() {
        words.push((word, mark.is_some()));
    }
    words
}

pub(super) fn name(text: &str) -> Name {
    Name::from_text(text.trim(), &Name::root()).unwrap_or_else(|_| Name::root())
}

fn address(text: &str) -> Option<SocketAddr> {
    let text = text.split_whitespace().next()?;
    let (host, port) = text.split_once('@').unwrap_or((text, "53"));
    Some(SocketAddr::new(host.parse().ok()?, port.parse().ok()?))
}

/// What a scenario's resolver is made of.
pub(super) struct Setup {
    pub recursor: RecursorConfig,
    pub reception: Reception,
    pub cookies: Option<CookieSecret>,
}

/// The resolver of a scenario.
///
/// # Errors
/// The name of the feature that it lacks.
pub(super) fn config(lines: &[String], by_unbound: bool) -> Result<Setup, String> {
    let mut config = RecursorConfig::new(Vec::new());
    config.accepts_dsa = true;
    config.aggressive = !by_unbound;
    config.minimal = true;
    config.whole_denials = !by_unbound;
    config.answers_snoops = !by_unbound;
    config.explains = !by_unbound;
    let (lines, files) = without_files(lines);
    let settings = settings(&lines);
    let needed = settings.iter().find_map(|setting| {
        if setting.key == "features" && setting.value.starts_with("dns64_prefix") {
            return None;
        }
        let harmless = HARMLESS.contains(&(setting.key.as_str(), setting.value.as_str()));
        let feature = FEATURES.iter().find(|(key, _)| *key == setting.key)?;
        let module = MODULES.iter().filter(|_| setting.key == "features");
        let mut module = module.filter(|(word, _)| setting.value.starts_with(word));
        let name = module.next().unwrap_or(feature).1;
        (!harmless).then(|| name.to_owned())
    });
    if let Some(feature) = needed {
        return Err(feature);
    }
    config.own_zones = own_zones(&settings, &files)?;
    let mut stale = Stale {
        longest_s: 0,
        reply_ttl_s: 30,
        after: Duration::from_millis(1800),
        renews: false,
    };
    let mut serves_stale = false;
    let mut anchors = String::new();
    let mut in_route = false;
    for setting in &settings {
        let value = setting.value.as_str();
        let yes = value == "yes" || value == "on";
        let number = || value.parse::<u64>().unwrap_or(0);
        match setting.key.as_str() {
            "auth-zone" => in_route = false,
            "stub-zone" | "forward-zone" => {
                in_route = true;
                config.routes.push(Route {
                    zone: Name::root(),
                    servers: Vec::new(),
                    server_names: Vec::new(),
                    recursion_desired: setting.key == "forward-zone",
                    else_from_root: false,
                    by_tcp: false,
                    uncached: false,
                });
            }
            "name" if in_route => {
                if let Some(route) = config.routes.last_mut() {
                    route.zone = name(value);
                }
            }
            "stub-addr" | "forward-addr" => match (config.routes.last_mut(), address(value)) {
                (Some(route), Some(address)) => route.servers.push(address),
                (None, Some(address)) => config.root_hints.push(address),
                (_, None) => {}
            },
            "stub-host" | "forward-host" => {
                if let Some(route) = config.routes.last_mut() {
                    route.server_names.push(name(value));
                }
            }
            "stub-first" | "forward-first" => {
                if let Some(route) = config.routes.last_mut() {
                    route.else_from_root = yes;
                }
            }
            "forward-no-cache" => {
                if let Some(route) = config.routes.last_mut() {
                    route.uncached = yes;
                }
            }
            "dns64-prefix" => config.dns64 = Some(prefix(value)?),
            // Of Knot Resolver, which knows one length.
            "features" if value.starts_with("dns64_prefix") => {
                let (_, address) = value.split_once('=').unwrap_or_default();
                config.dns64 = Some(prefix(&format!("{}/96", address.trim()))?);
            }
            "dns64-ignore-aaaa" => {
                let dns64 = config.dns64.get_or_insert_with(Dns64::well_known);
                dns64.ignored.push(name(value));
            }
            "stub-tcp-upstream" | "forward-tcp-upstream" => {
                if let Some(route) = config.routes.last_mut() {
                    route.by_tcp = yes;
                }
            }
            "trust-anchor" => {
                anchors.push_str(value);
                anchors.push('\n');
            }
            "access-control" => config.answers_snoops |= value.contains("allow_snoop"),
            "domain-insecure" => config.insecure.push(name(value)),
            "val-override-date" if value == "-1" => {
                return Err("signatures that hold at any time (val-override-date: -1)".into());
            }
            "private-address" if !value.is_empty() => config.private.push(value.parse()?),
            "private-domain" => config.private_names.push(name(value)),
            "val-override-date" => config.validation_time = moment(value),
            "val-override-timestamp" => config.validation_time = value.parse().ok(),
            "qname-minimisation" | "query-minimization" => config.minimises = yes,
            "minimal-responses" => config.minimal = yes,
            "aggressive-nsec" => config.aggressive = yes,
            "do-ip4" => config.by_ipv4 = yes,
            "do-ip6" => config.by_ipv6 = yes,
            "prefetch" => config.prefetches = yes,
            "serve-expired" => serves_stale = yes,
            "serve-expired-ttl" => stale.longest_s = number() as u32,
            "serve-expired-reply-ttl" => stale.reply_ttl_s = number() as u32,
            "serve-expired-ttl-reset" => stale.renews = yes,
            "serve-expired-client-timeout" => stale.after = Duration::from_millis(number()),
            "ede" => config.explains = yes,
            "cache-max-ttl" => config.ttl_ceiling_s = number() as u32,
            "cache-min-ttl" => config.ttl_floor_s = number() as u32,
            "module-config" if value.contains("dns64") => {
                config.dns64.get_or_insert_with(Dns64::well_known);
            }
            "do-not-query-address" => config
                .never_asked
                .extend(value.parse::<std::net::IpAddr>().ok()),
            _ => {}
        }
    }
    let without_validator = settings
        .iter()
        .any(|setting| setting.key == "module-config" && !setting.value.contains("validator"));
    if !without_validator {
        config.anchors = Anchor::read_all(&anchors)
            .map_err(|refused| format!("a trust anchor that can be read: {refused}"))?;
    }
    if serves_stale {
        config.stale = Some(stale);
    }
    hints(&mut config);
    if config.root_hints.is_empty() && config.routes.is_empty() {
        config.root_hints = thru_dns::root_hints();
    }
    Ok(Setup {
        recursor: config,
        reception: reception(&settings, by_unbound)?,
        cookies: cookies(&settings),
    })
}

/// The prefix of addresses that are made.
fn prefix(text: &str) -> Result<Dns64, String> {
    let none = || format!("the prefix {text} for DNS64");
    let (address, bits) = text.split_once('/').ok_or_else(none)?;
    let (address, bits) = (address.parse(), bits.parse());
    let made = address.ok().zip(bits.ok());
    made.and_then(|(address, bits)| Dns64::new(address, bits))
        .ok_or_else(none)
}

/// A stub zone of the root is what others call hints.
fn hints(config: &mut RecursorConfig) {
    let root = |route: &Route| route.zone.is_root() && !route.recursion_desired;
    if let Some(at) = config.routes.iter().position(root) {
        let route = config.routes.remove(at);
        config.root_hints = route.servers;
    }
}

fn moment(text: &str) -> Option<u32> {
    let words = ["A", "5", "1", "1", text, text, "1", ".", "AA=="];
    let data =
        thru_dns::wire::data_from_words(thru_dns::wire::Kind::RRSIG, &words, &Name::root()).ok()?;
    Some(u32::from_be_bytes(data.get(8..12)?.try_into().ok()?))
}
