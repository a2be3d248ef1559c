//! `thru serve`: servers of the far side on the real operating system.
//!
//! GAP: only name servers, over UDP and TCP; SIGHUP does not read the file again.

use crate::arguments::ServeArguments;
use crate::exit::{self, Exit};
use serde::Deserialize;
use std::net::{IpAddr, SocketAddr};
use std::path::{Path, PathBuf};
use std::rc::Rc;
use std::time::Duration;
use thru_dns::wire::Name;
use thru_dns::{Anchor, RecursorConfig, Stale, Zone, root_hints};
use thru_far::dns_server::{self, DnsRole, DnsServerConfig, Network, Running};
use thru_host::{HostClock, HostOptions, HostPort, ResolverFiles};
use thru_port::Port;
use tokio::signal::unix::{SignalKind, signal};

/// How long questions that are worked on may take after SIGTERM.
const DRAIN: Duration = Duration::from_secs(2);
/// How often it is looked whether they are done.
const LOOK: Duration = Duration::from_millis(20);
/// Most octets of a file.
const FILE_LIMIT: u64 = 256 * 1024 * 1024;

const EXAMPLE: &str = r#"# thru serve: each [[dns]] is a name server, over UDP and TCP.

[[dns]]
name = "resolver"
listen = "127.0.0.1:5300"
kind = "recursive"               # asks from the root down
# roots = ["192.0.2.2"]          # addresses of root servers; without, those of the internet
# anchors = "root.key"           # DS or DNSKEY records; with them answers are validated
# allow = ["127.0.0.0/8"]        # who may ask; without, only this machine
# stale = true                   # answers that are over, when no better one comes
# prefetch = true                # ask again for what is about to end

[[dns]]
name = "zones"
listen = "127.0.0.1:5301"
kind = "authoritative"
zones = ["shop.zone"]            # master files; signed ones as they are

[[dns]]
name = "forwarder"
listen = "127.0.0.1:5302"
kind = "forwarder"
to = ["127.0.0.1:5300"]
"#;

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
    listen: SocketAddr,
    kind: Kind,
    #[serde(default)]
    zones: Vec<PathBuf>,
    roots: Option<Vec<String>>,
    anchors: Option<PathBuf>,
    #[serde(default)]
    to: Vec<String>,
    allow: Option<Vec<String>>,
    #[serde(default)]
    stale: bool,
    #[serde(default)]
    prefetch: bool,
}

#[derive(Clone, Copy, Debug, Deserialize)]
#[serde(rename_all = "lowercase")]
enum Kind {
    Authoritative,
    Recursive,
    Forwarder,
}

/// Runs until SIGTERM or Ctrl-C.
pub fn serve(arguments: &ServeArguments) -> Exit {
    let Some(file) = arguments.file.as_deref().filter(|_| !arguments.example) else {
        crate::answer!("{EXAMPLE}");
        return Exit::Loaded;
    };
    let servers = match read(file) {
        Ok(servers) => servers,
        Err(words) => {
            exit::complain(&words);
            return Exit::File;
        }
    };
    if arguments.check {
        for server in &servers {
            crate::answer!(line "good {} {}", server.name, server.listen);
        }
        return Exit::Loaded;
    }
    match thru_host::run(run(servers)) {
        Ok(exit) => exit,
        Err(error) => {
            exit::complain(&format!("start the runtime: {error}"));
            Exit::Own
        }
    }
}

async fn run(servers: Vec<DnsServerConfig>) -> Exit {
    let options = HostOptions {
        recorder: None,
        resolver: ResolverFiles::default(),
        fresh: true,
    };
    let port: Rc<dyn Port> = Rc::new(HostPort::new(HostClock::start(), options));
    let signals = (
        signal(SignalKind::terminate()),
        signal(SignalKind::interrupt()),
    );
    let (Ok(mut terminate), Ok(mut interrupt)) = signals else {
        exit::complain("signals cannot be heard");
        return Exit::Own;
    };
    let mut running: Vec<Running> = Vec::new();
    for server in servers {
        let (name, listen) = (server.name.clone(), server.listen);
        match dns_server::run(port.clone(), server).await {
            Ok(started) => {
                crate::answer!(line "ready {name} {}", started.local);
                running.push(started);
            }
            Err(refused) => {
                exit::complain(&format!("{name} on {listen}: {refused}"));
                return Exit::File;
            }
        }
    }
    tokio::select! {
        biased;
        _ = terminate.recv() => {}
        _ = interrupt.recv() => {}
    }
    let end = port.now().after(DRAIN);
    while port.now() < end && running.iter().any(|server| server.open() > 0) {
        port.sleep(LOOK).await;
    }
    Exit::Loaded
}

/// Reads the file and all that it names.
fn read(file: &Path) -> Result<Vec<DnsServerConfig>, String> {
    let text = text_of(file)?;
    let read: File =
        toml::from_str(&text).map_err(|error| format!("{}: {error}", file.display()))?;
    if read.dns.is_empty() {
        return Err(format!("{}: there is no [[dns]] in it", file.display()));
    }
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
            zones: dns
                .zones
                .iter()
                .map(|zone| zone_text(&folder.join(zone)))
                .collect::<Result<_, _>>()?,
        },
        Kind::Recursive => DnsRole::Resolver {
            config: Box::new(recursor(&dns, folder)?),
        },
        Kind::Forwarder if dns.to.is_empty() => return Err("a forwarder without `to`".into()),
        Kind::Forwarder => DnsRole::Forwarder {
            to: addresses(&dns.to)?,
        },
    };
    let own: &[&str] = match dns.kind {
        Kind::Authoritative => &["0.0.0.0/0", "::/0"],
        // A resolver that is open to all is a tool for attacks on others (RFC 5358).
        _ => &["127.0.0.0/8", "::1/128"],
    };
    let own = own.iter().map(|text| (*text).to_owned()).collect();
    let allowed = dns.allow.unwrap_or(own);
    Ok(DnsServerConfig {
        name: dns.name,
        listen: dns.listen,
        role,
        allowed: Some(
            allowed
                .iter()
                .map(|text| network(text))
                .collect::<Result<_, _>>()?,
        ),
    })
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
    if let Some(anchors) = &dns.anchors {
        let file = folder.join(anchors);
        let read = Anchor::read_all(&text_of(&file)?);
        config.anchors = read.map_err(|refused| format!("{}: {refused}", file.display()))?;
    }
    Ok(config)
}

/// A zone as one text, with what it includes; read here, so that a mistake is said before anything
/// listens.
fn zone_text(file: &Path) -> Result<String, String> {
    let text = text_of(file)?;
    let read = Zone::parse_with(&text, &Name::root(), &mut |name| {
        Err(format!("$INCLUDE of {name:?} is not possible here"))
    });
    match read {
        Ok(_) => Ok(text),
        Err(refused) => Err(format!("{}: {refused}", file.display())),
    }
}

fn addresses(texts: &[String]) -> Result<Vec<SocketAddr>, String> {
    let read = texts.iter().map(|text| crate::values::dns_server(text));
    read.collect()
}

fn network(text: &str) -> Result<Network, String> {
    let (address, bits) = text.split_once('/').unwrap_or((text, ""));
    let address: IpAddr = address
        .parse()
        .map_err(|_| format!("{text:?} is no network"))?;
    let most = if address.is_ipv4() { 32 } else { 128 };
    let bits = match bits {
        "" => most,
        bits => bits
            .parse()
            .map_err(|_| format!("{text:?} is no network"))?,
    };
    match bits <= most {
        true => Ok(Network { address, bits }),
        false => Err(format!("{text:?} is no network")),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_example_is_read_once_its_zone_is_there() {
        let folder = tempfile::tempdir().unwrap();
        let file = folder.path().join("servers.toml");
        std::fs::write(&file, EXAMPLE).unwrap();
        assert!(read(&file).unwrap_err().contains("shop.zone"));
        let zone = "$ORIGIN shop.lab.\n$TTL 60\n@ SOA ns x 1 1 1 1 1\n@ NS ns\nns A 192.0.2.1\n";
        std::fs::write(folder.path().join("shop.zone"), zone).unwrap();
        let names: Vec<String> = read(&file)
            .unwrap()
            .into_iter()
            .map(|server| server.name)
            .collect();
        assert_eq!(names, ["resolver", "zones", "forwarder"]);
        std::fs::write(
            folder.path().join("shop.zone"),
            zone.replace("192.0.2.1", "192.0.2"),
        )
        .unwrap();
        assert!(read(&file).unwrap_err().contains("line 5, column 6"));
    }

    #[test]
    fn a_resolver_answers_only_this_machine_unless_told() {
        let file = "[[dns]]\nname = \"r\"\nlisten = \"127.0.0.1:0\"\nkind = \"recursive\"\n";
        let read: File = toml::from_str(file).unwrap();
        let server = server(read.dns.into_iter().next().unwrap(), Path::new(".")).unwrap();
        let allowed = server.allowed.unwrap();
        let may = |text: &str| {
            allowed
                .iter()
                .any(|network| network.has(text.parse().unwrap()))
        };
        assert!(may("127.0.0.1") && may("::1") && !may("192.0.2.1") && !may("::2"));
    }
}
