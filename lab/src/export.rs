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
use std::net::{IpAddr, Ipv4Addr, SocketAddr};

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
/// A zone cannot be read.
pub fn export(topology: &Topology, seed: u64, now: i64) -> Result<Vec<Exported>, String> {
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

/// `root.zone` for the root.
fn file_of(origin: &str) -> String {
    match origin.trim_end_matches('.') {
        "" => "root.zone".into(),
        name => format!("{name}.zone"),
    }
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
        let _ = writeln!(text, "#   ip addr add {address}/32 dev lo");
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

/// The machine's written addresses where its servers are asked. A router is asked from inside.
fn addresses(machine: &Machine) -> Vec<Ipv4Addr> {
    let outside = machine.nat.as_ref().map(|nat| nat.outside.as_str());
    let asked = machine
        .interface
        .iter()
        .filter(|interface| Some(interface.name.as_str()) != outside);
    asked
        .filter_map(|interface| topology::parse_address(&interface.address))
        .map(|(address, _)| address)
        .collect()
}

/// Who may ask the lab's resolvers: this machine and the lab's own networks.
fn networks(topology: &Topology) -> Vec<String> {
    let mut found = vec!["127.0.0.0/8".to_owned()];
    let interfaces = topology
        .machine
        .iter()
        .flat_map(|machine| &machine.interface);
    for interface in interfaces {
        let network = interface.address.clone();
        if topology::parse_address(&network).is_some() && !found.contains(&network) {
            found.push(network);
        }
    }
    found
}

fn server(machine: &Machine, service: &Service, address: Ipv4Addr, networks: &[String]) -> String {
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
