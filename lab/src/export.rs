//! The lab's names as files for name servers on a real system (`thru lab export`).
//!
//! Stage: the lab world.
//! In: a [`Topology`], a seed, a date. Out: files: a signed master file for each zone, where trust begins, `thru serve`'s file.
//! Emits: nothing.
//! How it works: each name server of the lab becomes a `[[dns]]` that listens on the same address as in the lab, so that the
//! delegations in the zones lead where they lead there; the machine that runs them has to have those addresses.
//! Not here: the other servers of the lab. GAP: balancer, cache, web and application, which `thru serve` does not run.

use crate::build::Names;
use crate::topology::{self, Machine, Service, Signed, Topology};
use std::fmt::Write as _;
use std::net::{IpAddr, SocketAddr};

/// Where trust begins, as DS records.
const ANCHORS: &str = "anchors.ds";
/// The file for `thru serve`.
const SERVERS: &str = "servers.toml";

/// A file of an export.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Exported {
    /// Its name in the folder.
    pub name: String,
    /// What is in it.
    pub text: String,
}

/// The names of a lab as files. All zones are signed, with signatures that hold from the day
/// before `now` (seconds since 1970) for 30 days.
///
/// # Errors
/// There is no name server whose address is known, or a zone cannot be read.
pub fn export(topology: &Topology, seed: u64, now: i64) -> Result<Vec<Exported>, String> {
    refuse_without_servers(topology)?;
    let mut topology = topology.clone();
    for zone in &mut topology.zone {
        zone.signed.get_or_insert(Signed::Good);
    }
    let names = Names::of(&topology, seed, now)?;
    let mut files = vec![Exported {
        name: SERVERS.into(),
        text: servers(&topology),
    }];
    files.extend(names.files().map(|(origin, text)| Exported {
        name: file_of(origin),
        text: text.to_owned(),
    }));
    files.push(Exported {
        name: ANCHORS.into(),
        text: names.anchors.clone(),
    });
    files.push(Exported {
        name: "bind.keys".into(),
        text: bind_keys(&names.anchors),
    });
    Ok(files)
}

/// An export that nothing could serve is none.
fn refuse_without_servers(topology: &Topology) -> Result<(), String> {
    const ADVICE: &str = "give a machine with a written `address` a `service` of kind name-server, caching-dns or dns-forwarder";
    let serving = |machine: &&Machine| machine.service.iter().any(is_dns);
    let mut serving = topology.machine.iter().filter(serving).peekable();
    let Some(first) = serving.peek().map(|machine| machine.name.clone()) else {
        return Err(format!(
            "no [[machine]] serves names, so there is nothing to export: {ADVICE}"
        ));
    };
    match serving.any(|machine| !addresses(machine).is_empty()) {
        true => Ok(()),
        false => Err(format!(
            "machine {first:?} serves names at an address that is lent to it and not known here, and no other does: {ADVICE}"
        )),
    }
}

/// `root.zone` for the root. What is no letter, digit, hyphen, underscore or dot within is written as
/// `%` and its octets, so that no origin names a file outside of the folder or that of another.
fn file_of(origin: &str) -> String {
    let name = match origin.trim_end_matches('.') {
        "" => return "root.zone".into(),
        "root" => return "%root.zone".into(),
        name => name,
    };
    let mut file = String::new();
    for (at, octet) in name.bytes().enumerate() {
        match octet {
            b'.' if at == 0 => file += "%2E",
            b'-' | b'_' | b'.' => file.push(octet.into()),
            octet if octet.is_ascii_alphanumeric() => file.push(octet.into()),
            octet => {
                let _ = write!(file, "%{octet:02X}");
            }
        }
    }
    file + ".zone"
}

/// The anchors as delv and named read them.
fn bind_keys(anchors: &str) -> String {
    let mut text = String::from("trust-anchors {\n");
    for line in anchors.lines() {
        let words: Vec<&str> = line.split_whitespace().collect();
        if let [origin, _, _, tag, algorithm, digest_type, digest] = words[..] {
            let _ = writeln!(
                text,
                "    {origin} static-ds {tag} {algorithm} {digest_type} \"{digest}\";"
            );
        }
    }
    text + "};\n"
}

fn servers(topology: &Topology) -> String {
    let mut text = String::from(
        "# The name servers of the lab, for `thru serve servers.toml`. They listen where they do in the lab:\n\
         # the machine has to have these addresses, in a network namespace best:\n#\n",
    );
    let serving = |machine: &&Machine| machine.service.iter().any(is_dns);
    let machines = topology.machine.iter().filter(serving);
    for address in machines.clone().flat_map(addresses) {
        let _ = match address {
            IpAddr::V4(_) => writeln!(text, "#   ip addr add {address}/32 dev lo"),
            IpAddr::V6(_) => writeln!(text, "#   ip addr add {address}/128 dev lo nodad"),
        };
    }
    let networks = networks(topology);
    for machine in machines {
        for service in machine.service.iter().filter(|service| is_dns(service)) {
            for address in addresses(machine) {
                text += &server(machine, service, address, &networks);
            }
        }
    }
    text
}

fn is_dns(service: &Service) -> bool {
    matches!(
        service,
        Service::NameServer(_) | Service::CachingDns(_) | Service::DnsForwarder(_)
    )
}

/// The machine's written addresses of both families where its servers are asked. A router is asked
/// from inside. Addresses that are lent or made of a router's network are not known here.
fn addresses(machine: &Machine) -> Vec<IpAddr> {
    let outside = machine.nat.as_ref().map(|nat| nat.outside.as_str());
    let asked = machine
        .interface
        .iter()
        .filter(|interface| Some(interface.name.as_str()) != outside);
    let mut found = Vec::new();
    for interface in asked {
        let ipv4 = topology::parse_address(&interface.address);
        found.extend(ipv4.map(|(address, _)| IpAddr::from(address)));
        let ipv6 = interface.ipv6.iter();
        let ipv6 = ipv6.filter_map(|own| topology::parse_ipv6(own));
        found.extend(ipv6.map(|(address, _)| IpAddr::from(address)));
    }
    found
}

/// Who may ask the lab's resolvers: this machine and the lab's own networks.
fn networks(topology: &Topology) -> Vec<String> {
    let mut found = vec!["127.0.0.0/8".to_owned(), "::1/128".to_owned()];
    let interfaces = topology
        .machine
        .iter()
        .flat_map(|machine| &machine.interface);
    for interface in interfaces {
        let ipv4 = Some(&interface.address);
        let ipv4 = ipv4.filter(|network| topology::parse_address(network).is_some());
        let ipv6 = interface.ipv6.iter();
        let ipv6 = ipv6.filter(|network| topology::parse_ipv6(network).is_some());
        for network in ipv4.into_iter().chain(ipv6) {
            if !found.contains(network) {
                found.push(network.clone());
            }
        }
    }
    found
}

fn server(machine: &Machine, service: &Service, address: IpAddr, networks: &[String]) -> String {
    let listen = SocketAddr::from((address, 53));
    let mut text = format!(
        "\n[[dns]]\nname = {:?}\nlisten = \"{listen}\"\n",
        machine.name
    );
    match service {
        Service::NameServer(server) => {
            let files: Vec<String> = server.zones.iter().map(|zone| file_of(zone)).collect();
            let _ = writeln!(text, "kind = \"authoritative\"\nzones = {files:?}");
        }
        Service::CachingDns(server) => {
            let roots: Vec<String> = server.roots.iter().map(IpAddr::to_string).collect();
            let _ = writeln!(
                text,
                "kind = \"recursive\"\nroots = {roots:?}\nanchors = \"{ANCHORS}\"\nallow = {networks:?}"
            );
            if !server.copies.is_empty() {
                let files = server.copies.iter().map(|zone| file_of(zone));
                let files: Vec<String> = files.collect();
                let _ = writeln!(
                    text,
                    "zones = {files:?}\nzones_for = \"servers\"\nelse_servers = true"
                );
            }
        }
        Service::DnsForwarder(server) => {
            let to: Vec<String> = server.to.iter().map(IpAddr::to_string).collect();
            let _ = writeln!(
                text,
                "kind = \"forwarder\"\nto = {to:?}\nallow = {networks:?}"
            );
        }
        _ => {}
    }
    text
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn no_origin_leaves_the_folder_or_takes_the_file_of_another() {
        let files = [
            (".", "root.zone"),
            ("root.", "%root.zone"),
            ("shop.lab.", "shop.lab.zone"),
            ("../../etc/passwd.", "%2E.%2F..%2Fetc%2Fpasswd.zone"),
            ("/etc/passwd.", "%2Fetc%2Fpasswd.zone"),
            ("a\\b%2F.", "a%5Cb%252F.zone"),
            ("b\u{fc}cher.", "b%C3%BCcher.zone"),
        ];
        for (origin, file) in files {
            assert_eq!(file_of(origin), file);
        }
    }

    #[test]
    fn a_lab_that_serves_no_names_is_not_exported() {
        let small = include_str!("scenarios/small.toml");
        let refused = |text: &str| {
            let topology = Topology::parse(text).unwrap();
            export(&topology, 0, 1_767_225_600).unwrap_err()
        };
        let said = refused(small);
        assert!(said.contains("no [[machine]] serves names"), "{said}");
        assert!(said.contains("of kind name-server"), "{said}");
        let lent = small.replace(
            "{ name = \"eth0\", address = \"10.0.0.81/24\" }]\nservice = [{ kind = \"app-server\" }",
            "{ name = \"eth0\", address = \"dhcp\" }]\nservice = [{ kind = \"dns-forwarder\", to = [\"10.0.0.1\"] }",
        );
        let said = refused(&lent);
        assert!(
            said.contains("machine \"app\" serves names at an address that is lent"),
            "{said}"
        );
    }

    #[test]
    fn servers_listen_at_both_kinds_of_address() {
        let text = include_str!("../../tests/topologies/dual-stack.toml");
        let files = export(&Topology::parse(text).unwrap(), 0, 1_767_225_600).unwrap();
        let servers = &files[0].text;
        for line in [
            "#   ip addr add 192.0.2.2/32 dev lo",
            "#   ip addr add 2001:db8:53::2/128 dev lo nodad",
            "listen = \"192.0.2.2:53\"",
            "listen = \"[2001:db8:53::2]:53\"",
        ] {
            assert!(servers.lines().any(|own| own == line), "{line}: {servers}");
        }
        let allowed = servers.lines().find(|line| line.starts_with("allow"));
        assert!(
            allowed.unwrap().contains("\"2001:db8:1::1/64\""),
            "{servers}"
        );
    }
}
