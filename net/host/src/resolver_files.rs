//! resolv.conf(5), nsswitch.conf(5) and hosts(5), read into a `ResolverConfig`.

use std::{
    net::{IpAddr, SocketAddr},
    path::PathBuf,
    time::Duration,
};
use thru_port::{LookupSource, ResolverConfig};

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
            hosts: PathBuf::from("/etc/hosts"),
            servers: Vec::new(),
        }
    }
}

/// Reads the files; a missing one counts as empty, as it does for the system's own resolver.
pub fn read_resolver_config(files: &ResolverFiles) -> ResolverConfig {
    let mut config = ResolverConfig::default();
    let text =
        |path| String::from_utf8_lossy(&std::fs::read(path).unwrap_or_default()).into_owned();
    read_resolv_conf(&text(&files.resolv_conf), &mut config);
    read_nsswitch(&text(&files.nsswitch), &mut config);
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

/// Whether an interface has an IPv6 address that reaches beyond its network. GAP: only Linux says so
/// in a file; elsewhere IPv4 goes first.
pub(crate) fn has_global_ipv6() -> bool {
    let table = std::fs::read_to_string("/proc/net/if_inet6").unwrap_or_default();
    lists_global_ipv6(&table)
}

/// Lines of `address index prefix-length scope flags name`; scope 00 is global.
fn lists_global_ipv6(table: &str) -> bool {
    let scope = |line: &str| line.split_whitespace().nth(3).map(str::to_owned);
    table
        .lines()
        .any(|line| scope(line).as_deref() == Some("00"))
}

fn read_resolv_conf(text: &str, config: &mut ResolverConfig) {
    for line in text.lines() {
        let line = line.split(['#', ';']).next().unwrap_or("");
        let mut words = line.split_whitespace();
        match words.next() {
            Some("nameserver") => match words.next().and_then(server) {
                Some(server) if config.servers.len() < MAX_SERVERS => config.servers.push(server),
                _ => config.unsupported.push(line.trim().to_owned()),
            },
            Some("search" | "domain") => {
                config.search = words.map(|w| w.trim_end_matches('.').to_owned()).collect();
            }
            Some("options") => words.for_each(|option| read_option(option, config)),
            Some(_) => config.unsupported.push(line.trim().to_owned()),
            None => {}
        }
    }
    // resolv.conf(5): without a name server, the one on this machine is asked.
    if config.servers.is_empty() {
        config.servers.push(SocketAddr::from(([127, 0, 0, 1], 53)));
    }
}

fn server(word: &str) -> Option<SocketAddr> {
    let (address, scope) = word.split_once('%').unwrap_or((word, ""));
    let address: IpAddr = address.parse().ok()?;
    // GAP: a scope (fe80::1%eth0) needs the interface's number.
    scope.is_empty().then(|| SocketAddr::new(address, 53))
}

fn read_option(option: &str, config: &mut ResolverConfig) {
    let (name, value) = option.split_once(':').unwrap_or((option, ""));
    match (name, value.parse::<u8>()) {
        ("ndots", Ok(dots)) => config.ndots = dots.min(15),
        ("timeout", Ok(seconds)) => {
            config.timeout = Duration::from_secs(u64::from(seconds.clamp(1, 30)));
        }
        ("attempts", Ok(rounds)) => config.attempts = rounds.clamp(1, 5),
        ("edns0" | "trust-ad", _) => {}
        _ => config.unsupported.push(format!("options {option}")),
    }
}

fn read_nsswitch(text: &str, config: &mut ResolverConfig) {
    let line = text.lines().find_map(|line| {
        let line = line.split('#').next().unwrap_or("");
        line.trim().strip_prefix("hosts:")
    });
    let Some(line) = line else { return };
    config.order.clear();
    for word in line.split_whitespace() {
        match word {
            "files" => config.order.push(LookupSource::Files),
            // systemd-resolved serves the same names by DNS on its stub address.
            "dns" | "resolve" if !config.order.contains(&LookupSource::Dns) => {
                config.order.push(LookupSource::Dns);
            }
            "dns" | "resolve" => {}
            other => config.unsupported.push(format!("nsswitch hosts: {other}")),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn only_a_global_address_counts_as_ipv6() {
        let own = "00000000000000000000000000000001 01 80 10 80       lo\n";
        let link = "fe80000000000000000000000000000a 02 40 20 80     eth0\n";
        let global = "20010db800000000000000000000000a 02 40 00 80     eth0\n";
        assert!(!lists_global_ipv6(""));
        assert!(!lists_global_ipv6(&format!("{own}{link}")));
        assert!(lists_global_ipv6(&format!("{own}{link}{global}")));
    }

    #[test]
    fn resolv_conf_with_everything() {
        let mut config = ResolverConfig::default();
        let text = "# made by hand\nnameserver 192.0.2.53\nnameserver 2001:db8::53 ; second\n\
                    search a.example. b.example\noptions ndots:2 timeout:1 attempts:3 rotate\n";
        read_resolv_conf(text, &mut config);
        let servers: Vec<_> = config.servers.iter().map(ToString::to_string).collect();
        assert_eq!(servers, ["192.0.2.53:53", "[2001:db8::53]:53"]);
        assert_eq!(config.search, ["a.example", "b.example"]);
        assert_eq!((config.ndots, config.attempts), (2, 3));
        assert_eq!(config.timeout, Duration::from_secs(1));
        assert_eq!(config.unsupported, ["options rotate"]);
    }

    #[test]
    fn an_empty_resolv_conf_asks_this_machine() {
        let mut config = ResolverConfig::default();
        read_resolv_conf("", &mut config);
        assert_eq!(config.servers, [SocketAddr::from(([127, 0, 0, 1], 53))]);
    }

    #[test]
    fn nsswitch_says_the_order_and_what_is_passed_over() {
        let mut config = ResolverConfig::default();
        read_nsswitch("passwd: files\nhosts: dns mdns4 files # x\n", &mut config);
        assert_eq!(config.order, [LookupSource::Dns, LookupSource::Files]);
        assert_eq!(config.unsupported, ["nsswitch hosts: mdns4"]);
    }
}
