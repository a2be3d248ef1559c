//! The file of `thru serve`: read whole, with all that it names, before anything listens.

use super::keys;
use super::places::{self, Place};
use super::reception::{Access, Digest, Said, ZonesFor, own_zones, reception};
use serde::Deserialize;
use std::collections::BTreeMap;
use std::net::SocketAddr;
use std::path::{Path, PathBuf};
use thru_dns::wire::Name;
use thru_dns::{Anchor, Dns64, RecursorConfig, Stale, Zone, root_hints};
use thru_far::dns_server::{DnsRole, DnsServerConfig, Network, SecuredDoor};
use toml::Spanned;

/// Most octets of a file.
const FILE_LIMIT: u64 = 256 * 1024 * 1024;

/// Most workers of a server.
const WORKER_LIMIT: usize = 64;

#[derive(Debug, Deserialize)]
#[serde(deny_unknown_fields)]
struct File {
    #[serde(default)]
    dns: Vec<Dns>,
}

#[derive(Debug, Deserialize)]
#[serde(deny_unknown_fields)]
struct Dns {
    name: String,
    listen: Spanned<SocketAddr>,
    kind: Kind,
    /// Master files.
    #[serde(default)]
    zones: Vec<PathBuf>,
    /// Master files that are written here.
    #[serde(default)]
    records: Vec<String>,
    /// Another door, DNS over TLS (RFC 7858).
    tls: Option<Spanned<SocketAddr>>,
    /// Another door, DNS over HTTPS (RFC 8484).
    https: Option<Spanned<SocketAddr>>,
    /// For both: certificates in PEM form, the server's own first, and its key.
    certificate: Option<PathBuf>,
    key: Option<PathBuf>,
    /// Most answers by UDP in a second to a network of clients.
    rate: Option<u32>,
    /// Threads that take in questions by UDP.
    workers: Option<usize>,
    roots: Option<Vec<String>>,
    anchors: Option<PathBuf>,
    /// `ADDRESS`, `tls://ADDRESS#NAME` or `https://ADDRESS/PATH#NAME`.
    #[serde(default)]
    to: Vec<String>,
    /// Certificates of the authorities that vouch for doors with TLS; the system's without.
    trust: Option<PathBuf>,
    allow: Option<Vec<String>>,
    #[serde(default)]
    stale: bool,
    #[serde(default)]
    prefetch: bool,
    /// What is done with clients of a network.
    #[serde(default)]
    access: BTreeMap<String, Access>,
    version: Option<String>,
    identity: Option<String>,
    nsid: Option<String>,
    /// Records of its own, and zones around them.
    #[serde(default)]
    local: Vec<String>,
    #[serde(default)]
    local_zones: BTreeMap<String, String>,
    /// Names that stay at home are answered here; without, where the roots are the internet's.
    home: Option<bool>,
    /// Networks that names from elsewhere must not lead to, and names that may.
    #[serde(default)]
    private: Vec<String>,
    #[serde(default)]
    private_names: Vec<String>,
    /// The prefix of addresses that are made for clients behind a translator.
    dns64: Option<String>,
    /// Of a resolver that has zones.
    #[serde(default)]
    zones_for: ZonesFor,
    #[serde(default)]
    else_servers: bool,
    #[serde(default)]
    digest: Digest,
}

/// What a server does.
#[derive(Clone, Copy, Debug, Deserialize, PartialEq, Eq)]
#[serde(rename_all = "lowercase")]
pub(super) enum Kind {
    Authoritative,
    Recursive,
    Forwarder,
}

impl Kind {
    /// As the file has it.
    pub(super) fn word(self) -> &'static str {
        match self {
            Kind::Authoritative => "authoritative",
            Kind::Recursive => "recursive",
            Kind::Forwarder => "forwarder",
        }
    }
}

impl Dns {
    /// Where it listens, as the text of its file says.
    fn places(&self, text: &str) -> Vec<Place> {
        let listen = Some(("listen", &self.listen));
        let tls = self.tls.as_ref().map(|local| ("tls", local));
        let https = self.https.as_ref().map(|local| ("https", local));
        let wanted = listen.into_iter().chain(tls).chain(https);
        let places = wanted.map(|(word, local)| Place {
            name: self.name.clone(),
            word,
            local: *local.get_ref(),
            line: 1 + text[..local.span().start].matches('\n').count(),
        });
        places.collect()
    }
}

/// Reads the file and all that it names.
pub(super) fn read(file: &Path) -> Result<Vec<DnsServerConfig>, String> {
    let text = text_of(file)?;
    let read: File =
        toml::from_str(&text).map_err(|error| format!("{}: {error}", file.display()))?;
    if read.dns.is_empty() {
        return Err(format!("{}: there is no [[dns]] in it", file.display()));
    }
    let places: Vec<Place> = read.dns.iter().flat_map(|dns| dns.places(&text)).collect();
    places::refuse_twice(&places).map_err(|why| format!("{}, {why}", file.display()))?;
    let kinds: Vec<(&str, Kind)> = read.dns.iter().map(|dns| (&*dns.name, dns.kind)).collect();
    keys::refuse_unused(&text, &kinds).map_err(|why| format!("{}, {why}", file.display()))?;
    let folder = file.parent().unwrap_or(Path::new("."));
    let servers = read.dns.into_iter().map(|dns| {
        let name = dns.name.clone();
        server(dns, folder).map_err(|why| format!("{}, {name}: {why}", file.display()))
    });
    servers.collect()
}

fn text_of(file: &Path) -> Result<String, String> {
    let said = |error: std::io::Error| format!("{}: {error}", file.display());
    let length = std::fs::metadata(file).map_err(said)?.len();
    if length > FILE_LIMIT {
        return Err(format!(
            "{}: {length} octets, more than {FILE_LIMIT}",
            file.display()
        ));
    }
    std::fs::read_to_string(file).map_err(said)
}

fn server(dns: Dns, folder: &Path) -> Result<DnsServerConfig, String> {
    let role = match dns.kind {
        Kind::Authoritative => DnsRole::Authoritative {
            zones: zones(&dns, folder)?,
        },
        Kind::Recursive => DnsRole::Resolver {
            config: Box::new(recursor(&dns, folder)?),
        },
        Kind::Forwarder if dns.to.is_empty() => return Err("a forwarder without `to`".into()),
        Kind::Forwarder => forwarder(&dns, folder)?,
    };
    let own: &[&str] = match dns.kind {
        Kind::Authoritative => &["0.0.0.0/0", "::/0"],
        // A resolver that is open to all is a tool for attacks on others (RFC 5358).
        _ => &["127.0.0.0/8", "::1/128"],
    };
    let own_zones = match &role {
        DnsRole::Resolver { config } => config.own_zones.as_slice(),
        _ => &[],
    };
    let secured = secured(&dns, folder)?;
    let own: Vec<String> = own.iter().map(|text| (*text).to_owned()).collect();
    let reception = reception(&Said {
        allow: dns.allow.as_ref().unwrap_or(&own),
        access: &dns.access,
        version: dns.version.as_deref(),
        identity: dns.identity.as_deref(),
        nsid: dns.nsid.as_deref(),
        local: &dns.local,
        local_zones: &dns.local_zones,
        home: matches!(dns.kind, Kind::Recursive) && dns.home.unwrap_or(dns.roots.is_none()),
        own_zones,
    })?;
    if dns.rate == Some(0) {
        return Err("a `rate` of 0 would answer nobody".into());
    }
    Ok(DnsServerConfig {
        reception,
        secured,
        rate: dns.rate,
        workers: workers(dns.workers)?,
        ..DnsServerConfig::new(dns.name, dns.listen.into_inner(), role)
    })
}

/// Servers with a door are asked through it alone.
fn forwarder(dns: &Dns, folder: &Path) -> Result<DnsRole, String> {
    let to = dns.to.iter().map(|text| crate::values::name_server(text));
    let to: Vec<throughline::NameServer> = to.collect::<Result<_, _>>()?;
    let own = *dns.listen.get_ref();
    if own.port() != 0 && to.iter().any(|server| server.address == own) {
        return Err(format!("`to` has {own}, where it listens itself"));
    }
    if to.iter().all(|server| server.door.is_none()) {
        let to = to.into_iter().map(|server| server.address).collect();
        return match dns.trust {
            Some(_) => {
                Err("`trust` is for servers behind doors with TLS, and `to` has none".into())
            }
            None => Ok(DnsRole::Forwarder { to }),
        };
    }
    // Whoever keeps the doors from working would else have all questions in the open.
    if let Some(open) = to.iter().find(|server| server.door.is_none()) {
        return Err(format!(
            "`to` has servers behind doors with TLS, and {} without, who would be asked in the open; give it a door, or make \
             it a forwarder of its own",
            open.address
        ));
    }
    let trust = dns.trust.as_ref().map(|file| folder.join(file));
    let tls = throughline::client_tls(trust.as_deref())?;
    let tls = Box::new(tls);
    Ok(DnsRole::SecuredForwarder { to, tls })
}

/// As many as there are CPUs, if nothing is said.
fn workers(wanted: Option<usize>) -> Result<usize, String> {
    let cpus = || std::thread::available_parallelism().map_or(1, usize::from);
    match wanted {
        Some(0) => Err("`workers` of 0 would answer nobody".into()),
        Some(wanted) if wanted > WORKER_LIMIT => {
            Err(format!("`workers` of more than {WORKER_LIMIT}"))
        }
        Some(wanted) => Ok(wanted),
        None => Ok(cpus().min(WORKER_LIMIT)),
    }
}

/// The zones of an authoritative server.
fn zones(dns: &Dns, folder: &Path) -> Result<Vec<String>, String> {
    let zones = zone_texts(dns, folder)?;
    match zones.is_empty() {
        true => Err("an authoritative server without `zones` or `records`".into()),
        false => Ok(zones),
    }
}

fn zone_texts(dns: &Dns, folder: &Path) -> Result<Vec<String>, String> {
    let files = dns.zones.iter().map(|file| zone_text(&folder.join(file)));
    let here = dns.records.iter().map(|text| match Zone::parse(text) {
        Ok(_) => Ok(text.clone()),
        Err(refused) => Err(format!("`records`, {refused}")),
    });
    files.chain(here).collect()
}

/// The doors with TLS.
fn secured(dns: &Dns, folder: &Path) -> Result<Vec<SecuredDoor>, String> {
    let doors = [(&dns.tls, false), (&dns.https, true)];
    let wanted = doors
        .iter()
        .filter_map(|(local, https)| Some((*local.as_ref()?.get_ref(), *https)));
    let wanted: Vec<(SocketAddr, bool)> = wanted.collect();
    let files = (&dns.certificate, &dns.key);
    let (certificate, key) = match files {
        _ if wanted.is_empty() => return Ok(Vec::new()),
        (Some(certificate), Some(key)) => (folder.join(certificate), folder.join(key)),
        _ => return Err("`tls` and `https` need `certificate` and `key`".into()),
    };
    let doors = wanted.into_iter().map(|(local, https)| {
        // RFC 7858 names no protocol; RFC 9460 and the list of ALPN ids know it as dot.
        let alpn: &[&str] = if https { &["h2", "http/1.1"] } else { &["dot"] };
        let tls = throughline::server_tls(&certificate, &key, alpn)?;
        Ok(SecuredDoor { local, tls, https })
    });
    doors.collect()
}

fn recursor(dns: &Dns, folder: &Path) -> Result<RecursorConfig, String> {
    let roots = match &dns.roots {
        Some(roots) => addresses(roots)?,
        None => root_hints(),
    };
    let mut config = RecursorConfig::new(roots);
    config.stale = dns.stale.then(Stale::default);
    config.prefetches = dns.prefetch;
    config.varies_case = true;
    let private = dns.private.iter().map(|text| text.parse::<Network>());
    config.private = private.collect::<Result<_, _>>()?;
    for text in &dns.private_names {
        let name = Name::from_text(text, &Name::root());
        let name = name.map_err(|why| format!("`private_names`: {text:?} is no name: {why}"))?;
        config.private_names.push(name);
    }
    config.dns64 = dns.dns64.as_deref().map(dns64).transpose()?;
    let texts = zone_texts(dns, folder)?;
    config.own_zones = own_zones(&texts, dns.zones_for, dns.else_servers, dns.digest)?;
    if let Some(anchors) = &dns.anchors {
        let file = folder.join(anchors);
        let read = Anchor::read_all(&text_of(&file)?);
        config.anchors = read.map_err(|refused| format!("{}: {refused}", file.display()))?;
        // Nothing would be validated, and nothing would say so.
        if config.anchors.is_empty() {
            return Err(format!("{}: no DS or DNSKEY record in it", file.display()));
        }
    }
    Ok(config)
}

/// A zone as one text, with what it includes; read here, so that a mistake is said before anything
/// listens. Included files lie in the folder of the zone's file.
fn zone_text(file: &Path) -> Result<String, String> {
    let text = text_of(file)?;
    let folder = file.parent().unwrap_or(Path::new("."));
    let mut included = false;
    let read = Zone::parse_with(&text, &Name::root(), &mut |name| {
        included = true;
        text_of(&folder.join(name))
    });
    match read {
        Ok(zone) if included => Ok(zone.master_file()),
        Ok(_) => Ok(text),
        Err(refused) => Err(format!("{}: {refused}", file.display())),
    }
}

/// The prefix of addresses that are made (RFC 6052).
fn dns64(text: &str) -> Result<Dns64, String> {
    let parts = text.split_once('/');
    let read = parts.and_then(|(address, bits)| address.parse().ok().zip(bits.parse().ok()));
    read.and_then(|(address, bits)| Dns64::new(address, bits))
        .ok_or_else(|| format!("`dns64`: {text:?} is no prefix of 32, 40, 48, 56, 64 or 96 bits"))
}

fn addresses(texts: &[String]) -> Result<Vec<SocketAddr>, String> {
    let read = texts.iter().map(|text| crate::values::dns_server(text));
    read.collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    const ZONE: &str =
        "$ORIGIN shop.lab.\n$TTL 60\n@ SOA ns x 1 1 1 1 1\n@ NS ns\nns A 192.0.2.1\n";

    #[test]
    fn the_example_is_read_as_it_is() {
        let folder = tempfile::tempdir().unwrap();
        let file = folder.path().join("servers.toml");
        std::fs::write(&file, super::super::EXAMPLE).unwrap();
        let servers = read(&file).unwrap();
        let names: Vec<&str> = servers.iter().map(|server| server.name.as_str()).collect();
        assert_eq!(names, ["resolver", "zones", "forwarder"]);
    }

    #[test]
    fn a_resolver_is_read_with_its_zones_rules_names_and_records() {
        let folder = tempfile::tempdir().unwrap();
        let file = folder.path().join("servers.toml");
        std::fs::write(folder.path().join("shop.zone"), ZONE).unwrap();
        let head = "[[dns]]\nname = \"one\"\nlisten = \"127.0.0.1:5300\"\nkind = \"recursive\"\n";
        let read_with = |more: &str| {
            std::fs::write(&file, format!("{head}{more}\n")).unwrap();
            read(&file).map(|mut servers| servers.remove(0))
        };
        let server = read_with(
            "dns64 = \"64:ff9b::/96\"\nzones = [\"shop.zone\"]\nzones_for = \"servers\"\nelse_servers = true\n\
             version = \"1\"\nidentity = \"a\"\nnsid = \"b\"\nlocal = [\"nas.lan. A 192.0.2.1\"]\n\
             local_zones = { \"ads.example.\" = \"always-nxdomain\" }\n\
             access = { \"192.0.2.0/24\" = \"cookie\", \"192.0.2.66\" = \"drop\" }",
        );
        let server = server.unwrap();
        let DnsRole::Resolver { config } = &server.role else {
            panic!("it is a resolver");
        };
        let own = &config.own_zones[0];
        assert!(!own.answers_clients && own.replaces_servers && own.else_servers);
        let admission = |client: &str| server.reception.admission(client.parse().unwrap());
        assert_eq!(admission("127.0.0.1"), thru_dns::Admission::Answers);
        assert_eq!(admission("198.51.100.1"), thru_dns::Admission::Refuses);
        assert_eq!(admission("192.0.2.7"), thru_dns::Admission::WantsCookie);
        assert_eq!(admission("192.0.2.66"), thru_dns::Admission::Drops);
        let server = read_with(
            "allow = [\"10.0.0.0/8\"]\naccess = { \"0.0.0.0/0\" = \"drop\", \"10.0.0.66\" = \"refuse\" }",
        );
        let reception = server.unwrap().reception;
        for (client, wanted) in [
            ("198.51.100.1", thru_dns::Admission::Drops),
            ("127.0.0.1", thru_dns::Admission::Drops),
            ("10.0.0.1", thru_dns::Admission::Answers),
            ("10.0.0.66", thru_dns::Admission::Refuses),
            ("2001:db8::1", thru_dns::Admission::Refuses),
        ] {
            let told = reception.admission(client.parse().unwrap());
            assert_eq!(told, wanted, "{client}");
        }
        for (more, why) in [
            ("access = { \"192.0.2.0/40\" = \"drop\" }", "no network"),
            ("access = { \"192.0.2.0/24\" = \"x\" }", "unknown variant"),
            ("local = [\"nas.lan. A 1.2\"]", "`local`"),
            ("local_zones = { \"a.\" = \"no\" }", "no kind of a zone"),
            ("zones = [\"none.zone\"]", "none.zone"),
            ("digest = \"maybe\"", "unknown variant"),
            ("private = [\"10.0.0.0/99\"]", "no network"),
            ("dns64 = \"64:ff9b::/95\"", "no prefix"),
            ("private_names = [\"a..b\"]", "`private_names`"),
        ] {
            let refused = read_with(more).unwrap_err();
            assert!(refused.contains(why), "{refused}");
        }
    }

    #[test]
    fn two_servers_at_one_place_are_refused_with_their_lines_and_advice() {
        let folder = tempfile::tempdir().unwrap();
        let file = folder.path().join("servers.toml");
        let text = |second: &str| {
            let server = |name: &str, listen: &str| {
                format!("[[dns]]\nname = \"{name}\"\nlisten = \"{listen}\"\nkind = \"recursive\"\n")
            };
            server("one", "127.0.0.1:5300") + &server("two", second)
        };
        std::fs::write(&file, text("127.0.0.1:5300")).unwrap();
        let said = read(&file).unwrap_err();
        let wanted = "line 7, two: `listen` of one in line 3 has 127.0.0.1:5300 already; give one of them another address or port";
        assert!(said.ends_with(wanted), "{said}");
        std::fs::write(&file, text("0.0.0.0:5300")).unwrap();
        assert!(read(&file).unwrap_err().contains("through 127.0.0.1:5300"));
        let door = text("127.0.0.2:5300") + "tls = \"127.0.0.1:5300\"\n";
        std::fs::write(&file, door).unwrap();
        assert!(
            read(&file)
                .unwrap_err()
                .contains("line 9, two: `listen` of one")
        );
        std::fs::write(&file, text("127.0.0.1:5301")).unwrap();
        assert_eq!(read(&file).unwrap().len(), 2);
    }

    #[test]
    fn a_zone_is_read_with_what_it_includes_and_a_mistake_has_its_place() {
        let folder = tempfile::tempdir().unwrap();
        let write =
            |name: &str, text: &str| std::fs::write(folder.path().join(name), text).unwrap();
        let (file, zone) = (
            folder.path().join("servers.toml"),
            folder.path().join("shop.zone"),
        );
        write(
            "servers.toml",
            "[[dns]]\nname = \"zones\"\nlisten = \"127.0.0.1:0\"\nkind = \"authoritative\"\nzones = [\"shop.zone\"]\n",
        );
        assert!(read(&file).unwrap_err().contains("shop.zone"));
        write("shop.zone", &ZONE.replace("192.0.2.1", "192.0.2"));
        assert!(read(&file).unwrap_err().contains("line 5, column 6"));
        write("shop.zone", &format!("{ZONE}$INCLUDE more\n"));
        assert!(read(&file).unwrap_err().contains("more"));
        write("more", "www A 192.0.2.7\n");
        assert!(
            zone_text(&zone)
                .unwrap()
                .contains("www.shop.lab. 60 IN A 192.0.2.7")
        );
        write("more", "$INCLUDE more\n");
        assert!(read(&file).unwrap_err().contains("inside each other"));
    }

    #[test]
    fn a_forwarder_to_itself_and_anchors_that_are_none_are_refused() {
        let folder = tempfile::tempdir().unwrap();
        let file = folder.path().join("servers.toml");
        let with = |more: &str| {
            let text = format!("[[dns]]\nname = \"n\"\nlisten = \"127.0.0.1:5399\"\n{more}");
            std::fs::write(&file, text).unwrap();
            read(&file).unwrap_err()
        };
        let circle = with("kind = \"forwarder\"\nto = [\"127.0.0.1:5399\"]\n");
        assert!(circle.contains("where it listens itself"), "{circle}");
        std::fs::write(folder.path().join("none.ds"), "; nothing\n").unwrap();
        let none = with("kind = \"recursive\"\nanchors = \"none.ds\"\n");
        assert!(none.contains("no DS or DNSKEY record"), "{none}");
    }

    #[test]
    fn a_door_with_tls_needs_a_certificate() {
        let folder = tempfile::tempdir().unwrap();
        let file = folder.path().join("servers.toml");
        let text = "[[dns]]\nname = \"r\"\nlisten = \"127.0.0.1:0\"\nkind = \"recursive\"\ntls = \"127.0.0.1:0\"\n";
        std::fs::write(&file, text).unwrap();
        assert!(read(&file).unwrap_err().contains("need `certificate`"));
        std::fs::write(&file, format!("{text}certificate = \"c\"\nkey = \"k\"\n")).unwrap();
        assert!(read(&file).unwrap_err().contains("c: "));
    }

    #[test]
    fn a_forwarder_asks_through_doors_where_the_file_says_so() {
        let folder = tempfile::tempdir().unwrap();
        let file = folder.path().join("servers.toml");
        let read_with = |to: &str| {
            let text = format!(
                "[[dns]]\nname = \"f\"\nlisten = \"127.0.0.1:0\"\nkind = \"forwarder\"\nto = [{to}]\n"
            );
            std::fs::write(&file, text).unwrap();
            read(&file).map(|mut servers| servers.remove(0).role)
        };
        let open = read_with("\"192.0.2.1\"").unwrap();
        assert!(matches!(open, DnsRole::Forwarder { to } if to.len() == 1));
        let both = "\"tls://9.9.9.9#dns.quad9.net\", \"https://192.0.2.2/dns-query#dns.test\"";
        let DnsRole::SecuredForwarder { to, .. } = read_with(both).unwrap() else {
            panic!("it has doors");
        };
        assert_eq!(to[0].address.to_string(), "9.9.9.9:853");
        assert_eq!(to[0].door.as_ref().unwrap().name, "dns.quad9.net");
        assert!(to[1].door.as_ref().unwrap().over_https.is_some());
        let mixed = read_with("\"tls://9.9.9.9#dns.quad9.net\", \"192.0.2.1\"").unwrap_err();
        assert!(mixed.contains("192.0.2.1:53 without"), "{mixed}");
        assert!(
            read_with("\"tls://dns.test\"")
                .unwrap_err()
                .contains("dns.test")
        );
    }

    #[test]
    fn a_key_that_a_server_of_its_kind_does_not_use_is_refused_with_its_line() {
        let folder = tempfile::tempdir().unwrap();
        let file = folder.path().join("servers.toml");
        let read_with = |kind: &str, more: &str| {
            let text = format!(
                "[[dns]]\nname = \"n\"\nlisten = \"127.0.0.1:0\"\nkind = \"{kind}\"\n{more}\n"
            );
            std::fs::write(&file, text).unwrap();
            read(&file).map(drop)
        };
        let zone = format!("records = ['''\n{ZONE}''']");
        for (kind, own, line) in [
            ("forwarder", "to = [\"192.0.2.1\"]", 6),
            ("authoritative", &zone, 12),
        ] {
            assert_eq!(read_with(kind, own), Ok(()));
            for more in [
                "roots = [\"192.0.2.1\"]",
                "anchors = \"root.key\"",
                "stale = false",
                "prefetch = true",
                "home = true",
                "private = []",
                "private_names = [\"lan.\"]",
                "dns64 = \"64:ff9b::/96\"",
                "zones_for = \"both\"",
                "else_servers = true",
                "digest = \"never\"",
            ] {
                let said = read_with(kind, &format!("{own}\n{more}")).unwrap_err();
                let key = more.split(' ').next().unwrap();
                let wanted = format!(
                    "line {line}, n: `{key}` does nothing for a server of kind `{kind}`, but for `recursive`"
                );
                assert!(said.contains(&wanted), "{said}");
            }
        }
        let said = read_with("recursive", "to = [\"192.0.2.1\"]").unwrap_err();
        assert!(said.contains("line 5, n: `to` does nothing"), "{said}");
        let said = read_with("forwarder", &format!("to = [\"192.0.2.1\"]\n{zone}")).unwrap_err();
        assert!(
            said.contains("but for `authoritative` and `recursive`"),
            "{said}"
        );
    }

    #[test]
    fn a_resolver_answers_only_this_machine_unless_told() {
        let file = "[[dns]]\nname = \"r\"\nlisten = \"127.0.0.1:0\"\nkind = \"recursive\"\n";
        let read: File = toml::from_str(file).unwrap();
        let server = server(read.dns.into_iter().next().unwrap(), Path::new(".")).unwrap();
        let may = |text: &str| {
            let admission = server.reception.admission(text.parse().unwrap());
            admission == thru_dns::Admission::Answers
        };
        assert!(may("127.0.0.1") && may("::1") && !may("192.0.2.1") && !may("::2"));
    }
}
