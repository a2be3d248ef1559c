//! resolv.conf(5), nsswitch.conf(5), gai.conf(5) and hosts(5), read into a `ResolverConfig`.

use crate::{gai_conf, interfaces, nsswitch};
use std::{
    net::{IpAddr, SocketAddr, SocketAddrV6},
    path::PathBuf,
    time::Duration,
};
use thru_port::ResolverConfig;

/// Most name servers that are used (resolv.conf(5), MAXNS).
const MAX_SERVERS: usize = 3;
/// Largest hosts file that is read, octets.
const MAX_HOSTS_FILE: usize = 4 * 1024 * 1024;

/// Where the files are.
#[derive(Clone, Debug)]
pub struct ResolverFiles {
    /// `resolv.conf`.
    pub resolv_conf: PathBuf,
    /// `nsswitch.conf`.
    pub nsswitch: PathBuf,
    /// `gai.conf`.
    pub gai_conf: PathBuf,
    /// `hosts` (`--hosts` names another).
    pub hosts: PathBuf,
    /// `--dns-server`: asked instead of those of `resolv.conf`.
    pub servers: Vec<SocketAddr>,
}

impl Default for ResolverFiles {
    fn default() -> ResolverFiles {
        ResolverFiles {
            resolv_conf: PathBuf::from("/etc/resolv.conf"),
            nsswitch: PathBuf::from("/etc/nsswitch.conf"),
            gai_conf: PathBuf::from("/etc/gai.conf"),
            hosts: PathBuf::from("/etc/hosts"),
            servers: Vec::new(),
        }
    }
}

/// Reads the files; a missing one counts as empty, as it does for the system's own resolver.
pub fn read_resolver_config(files: &ResolverFiles) -> ResolverConfig {
    let hostname = interfaces::hostname();
    let mut config = ResolverConfig {
        own: interfaces::own_addresses(),
        way_out: interfaces::way_out(),
        only_own_families: true,
        ..ResolverConfig::default()
    };
    let text =
        |path| String::from_utf8_lossy(&std::fs::read(path).unwrap_or_default()).into_owned();
    let from_environment = |name| std::env::var(name).unwrap_or_default();
    read_resolv_conf(&text(&files.resolv_conf), &hostname, &mut config);
    read_environment(
        &from_environment("LOCALDOMAIN"),
        &from_environment("RES_OPTIONS"),
        &mut config,
    );
    nsswitch::read(&text(&files.nsswitch), &mut config);
    gai_conf::read(&text(&files.gai_conf), &mut config);
    config.hostname = hostname;
    config.hosts_file = std::fs::read(&files.hosts).unwrap_or_default();
    if config.hosts_file.len() > MAX_HOSTS_FILE {
        config.hosts_file.truncate(MAX_HOSTS_FILE);
        let note = format!(
            "{}: only its first {MAX_HOSTS_FILE} octets",
            files.hosts.display()
        );
        config.unsupported.push(note);
    }
    if !files.servers.is_empty() {
        config.servers = files.servers.clone();
    }
    config
}

fn read_resolv_conf(text: &str, hostname: &str, config: &mut ResolverConfig) {
    // resolv.conf(5): without a search list, the domain of the machine's own name.
    let domain = hostname.split_once('.').map(|(_, domain)| domain);
    config.search = domain.map(str::to_owned).into_iter().collect();
    for line in text
        .split('\n')
        .filter(|line| !line.starts_with(['#', ';']))
    {
        // A Windows line end belongs to the last word for glibc: a search domain is spoilt by it.
        let mut words = line.split([' ', '\t']).filter(|word| !word.is_empty());
        let keyword = words.next().filter(|keyword| *keyword != "\r");
        // Behind a word that begins so, the rest of the line is a comment.
        let mut words = words.take_while(|word| !word.starts_with(['#', ';']));
        match keyword {
            Some("nameserver") => match words.next().map(str::trim_end).and_then(server) {
                Some(server) if config.servers.len() < MAX_SERVERS => config.servers.push(server),
                _ => config.unsupported.push(line.trim().to_owned()),
            },
            Some("search") => config.search = words.map(domain_of).collect(),
            Some("domain") => config.search = words.next().map(domain_of).into_iter().collect(),
            Some("options") => words.for_each(|option| read_option(option.trim_end(), config)),
            Some(_) => config.unsupported.push(line.trim().to_owned()),
            None => {}
        }
    }
    if config.search.iter().any(|domain| domain.ends_with('\r')) {
        let note = "a Windows line end behind the search domains, which spoils the last one";
        config.unsupported.push(note.to_owned());
    }
    // resolv.conf(5): without a name server, the one on this machine is asked.
    if config.servers.is_empty() {
        config.servers.push(SocketAddr::from(([127, 0, 0, 1], 53)));
    }
}

/// `LOCALDOMAIN` takes the place of the search list, `RES_OPTIONS` is added to the options.
fn read_environment(domains: &str, options: &str, config: &mut ResolverConfig) {
    if !domains.trim().is_empty() {
        config.search = domains.split_ascii_whitespace().map(domain_of).collect();
    }
    for option in options.split_ascii_whitespace() {
        read_option(option, config);
    }
}

fn domain_of(word: &str) -> String {
    word.trim_end_matches('.').to_owned()
}

/// An address; with a scope (`fe80::1%eth0`) on the interface of that name.
fn server(word: &str) -> Option<SocketAddr> {
    let address = word.split(['#', ';']).next()?;
    let (address, scope) = address.split_once('%').unwrap_or((address, ""));
    match (address.parse().ok()?, scope) {
        (IpAddr::V6(address), scope) if !scope.is_empty() => {
            let index = interfaces::index_of(scope)?;
            Some(SocketAddr::V6(SocketAddrV6::new(address, 53, 0, index)))
        }
        (address, "") => Some(SocketAddr::new(address, 53)),
        _ => None,
    }
}

fn read_option(option: &str, config: &mut ResolverConfig) {
    let (name, value) = option.split_once(':').unwrap_or((option, ""));
    match (name, value.parse::<u8>()) {
        ("ndots", Ok(dots)) => config.ndots = dots.min(15),
        ("timeout", Ok(seconds)) => {
            config.timeout = Duration::from_secs(u64::from(seconds.clamp(1, 30)));
        }
        ("attempts", Ok(rounds)) => config.attempts = rounds.clamp(1, 5),
        ("rotate", _) => config.rotate = true,
        ("trust-ad", _) => config.trust_ad = true,
        // Always so here: EDNS is offered, each question leaves by a port of its own.
        ("edns0" | "single-request-reopen", _) => {}
        _ => config.unsupported.push(format!("options {option}")),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn resolv_conf_with_everything() {
        let mut config = ResolverConfig::default();
        let text = "# made by hand\nnameserver 192.0.2.53\nnameserver 2001:db8::53 ; second\n\
                    search a.example. b.example\noptions ndots:2 timeout:1 attempts:3 rotate trust-ad\n\
                    options use-vc\nsortlist 10.0.0.0\n";
        read_resolv_conf(text, "me.home.example", &mut config);
        let servers: Vec<_> = config.servers.iter().map(ToString::to_string).collect();
        assert_eq!(servers, ["192.0.2.53:53", "[2001:db8::53]:53"]);
        assert_eq!(config.search, ["a.example", "b.example"]);
        assert_eq!((config.ndots, config.attempts), (2, 3));
        assert_eq!(config.timeout, Duration::from_secs(1));
        assert!(config.rotate && config.trust_ad);
        assert_eq!(config.unsupported, ["options use-vc", "sortlist 10.0.0.0"]);
        read_environment("c.example  d.example.", "ndots:3 attempts:99", &mut config);
        assert_eq!(config.search, ["c.example", "d.example"]);
        assert_eq!((config.ndots, config.attempts), (3, 5));
    }

    #[test]
    fn an_empty_resolv_conf_asks_this_machine() {
        let mut config = ResolverConfig::default();
        read_resolv_conf("", "me.home.example", &mut config);
        assert_eq!(config.servers, [SocketAddr::from(([127, 0, 0, 1], 53))]);
        assert_eq!(config.search, ["home.example"]);
        read_resolv_conf("domain a.example b.example\n", "me", &mut config);
        assert_eq!(config.search, ["a.example"]);
    }
}
