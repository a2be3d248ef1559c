use super::{BY_CODE, LIST, near_match::near_matches};
use crate::{
    Topology,
    topology::{AppFault, Authority, Balancer, FileFault, Machine, Service, StateName, Zone},
};
use std::{fmt, net::Ipv4Addr};

/// Why no damage was done.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct FaultError(String);

impl FaultError {
    pub(super) fn unknown(id: &str) -> FaultError {
        let codes = BY_CODE.iter().map(|(code, _)| code.as_str());
        let near = near_matches(id, LIST.iter().map(|fault| fault.id).chain(codes));
        let hint = match near.is_empty() {
            true => "`thru lab faults` lists them".to_owned(),
            false => format!("did you mean {}?", near.join(" or ")),
        };
        FaultError(format!("there is no fault “{id}”; {hint}"))
    }

    pub(super) fn bad(id: &str, why: &str) -> FaultError {
        FaultError(format!("fault {id}: {why}"))
    }
}

impl fmt::Display for FaultError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.0)
    }
}

impl std::error::Error for FaultError {}

/// Rewrites a topology.
pub(super) type Damage = fn(&mut Topology, &str) -> Done;
pub(super) type Done = Result<(), String>;

fn machine<'a>(topology: &'a mut Topology, name: &str) -> Result<&'a mut Machine, String> {
    let unknown = || format!("there is no machine “{name}”");
    topology.machine_mut(name).ok_or_else(unknown)
}

pub(super) fn node_off(topology: &mut Topology, name: &str) -> Done {
    machine(topology, name)?.state = StateName::Off;
    Ok(())
}

pub(super) fn node_hung(topology: &mut Topology, name: &str) -> Done {
    machine(topology, name)?.state = StateName::Hung;
    Ok(())
}

pub(super) fn service_off(topology: &mut Topology, name: &str) -> Done {
    let machine = machine(topology, name)?;
    if machine.service.is_empty() {
        return Err(format!("no server runs on “{name}”"));
    }
    machine.service.clear();
    Ok(())
}

/// Does something to every machine that `fits`; there must be one.
pub(super) fn every(
    topology: &mut Topology,
    what: &str,
    mut damage: impl FnMut(&mut Machine) -> Option<()>,
) -> Done {
    let mut done = 0;
    for machine in &mut topology.machine {
        done += usize::from(damage(machine).is_some());
    }
    match done {
        0 => Err(format!("the topology has no {what}")),
        _ => Ok(()),
    }
}

pub(super) fn dhcp_off(topology: &mut Topology, _: &str) -> Done {
    every(topology, "DHCP server", |machine| {
        machine.dhcp_server.take().map(|_| ())
    })
}

fn address_or_none(value: &str) -> Result<Option<Ipv4Addr>, String> {
    match value {
        "none" => Ok(None),
        address => address
            .parse()
            .map(Some)
            .map_err(|_| format!("“{value}” is no address")),
    }
}

pub(super) fn dhcp_router(topology: &mut Topology, value: &str) -> Done {
    let router = address_or_none(value)?;
    every(topology, "DHCP server", |machine| {
        machine.dhcp_server.as_mut()?.router = router;
        Some(())
    })
}

pub(super) fn dhcp_dns(topology: &mut Topology, value: &str) -> Done {
    let dns = address_or_none(value)?;
    every(topology, "DHCP server", |machine| {
        machine.dhcp_server.as_mut()?.dns = dns.into_iter().collect();
        Some(())
    })
}

pub(super) fn zone<'a>(topology: &'a mut Topology, origin: &str) -> Result<&'a mut Zone, String> {
    let found = topology.zone.iter_mut().find(|zone| zone.origin == origin);
    found.ok_or_else(|| format!("the lab has no zone “{origin}”"))
}

/// The zone above, without its lines that speak of the zone; and the zone's name there.
fn undelegated<'a>(
    topology: &'a mut Topology,
    below: &str,
) -> Result<(&'a mut Zone, String), String> {
    let (label, above) = below
        .split_once('.')
        .ok_or_else(|| format!("“{below}” is no zone"))?;
    let above = if above.is_empty() { "." } else { above };
    let parent = zone(topology, above)?;
    let inside = format!(".{label}");
    let speaks_of_it = |line: &&str| {
        let owner = line.split_whitespace().next().unwrap_or_default();
        line.starts_with(owner) && (owner == label || owner.ends_with(&inside) || owner == below)
    };
    let lines = parent.text.lines();
    let kept: Vec<&str> = lines.filter(|line| !speaks_of_it(line)).collect();
    let kept = kept.join("\n") + "\n";
    if kept == parent.text {
        return Err(format!("the zone “{above}” does not know “{below}”"));
    }
    parent.text = kept;
    Ok((parent, label.to_owned()))
}

/// Takes the lines of the zone above that speak of the zone.
pub(super) fn dns_no_delegation(topology: &mut Topology, below: &str) -> Done {
    undelegated(topology, below).map(|_| ())
}

/// The zone above has an alias in place of the zone, and an alias back.
pub(super) fn dns_alias_loop(topology: &mut Topology, below: &str) -> Done {
    let (parent, label) = undelegated(topology, below)?;
    let lines = format!("{label} IN CNAME {label}-too\n{label}-too IN CNAME {label}\n");
    parent.text.push_str(&lines);
    Ok(())
}

/// Takes the address records of the zone's own name.
pub(super) fn dns_no_address(topology: &mut Topology, origin: &str) -> Done {
    let zone = zone(topology, origin)?;
    let of_apex = |line: &&str| {
        let words: Vec<&str> = line.split_whitespace().collect();
        let address = words.iter().any(|word| ["A", "AAAA"].contains(word));
        words.first() == Some(&"@") && address
    };
    let kept: Vec<&str> = zone.text.lines().filter(|line| !of_apex(line)).collect();
    let kept = kept.join("\n") + "\n";
    if kept == zone.text {
        return Err(format!(
            "the zone “{origin}” has no address of its own name"
        ));
    }
    zone.text = kept;
    Ok(())
}

/// The name server answers, and has none of its zones.
pub(super) fn dns_lame(topology: &mut Topology, name: &str) -> Done {
    let mut lame = false;
    for service in &mut machine(topology, name)?.service {
        if let Service::NameServer(server) = service {
            server.zones.clear();
            lame = true;
        }
    }
    match lame {
        true => Ok(()),
        false => Err(format!("“{name}” is no name server")),
    }
}

pub(super) fn nat_table(topology: &mut Topology, value: &str) -> Done {
    let lines = value
        .parse()
        .map_err(|_| format!("“{value}” is no number"))?;
    every(topology, "address translation", |machine| {
        machine.nat.as_mut()?.table_limit = Some(lines);
        Some(())
    })
}

/// Puts a rule before all others.
fn first_rule(topology: &mut Topology, action: &str, value: &str) -> Done {
    let port: u16 = value.parse().map_err(|_| format!("“{value}” is no port"))?;
    every(topology, "firewall", |machine| {
        let rules = machine.firewall.as_mut()?;
        rules.insert(0, format!("{action} tcp port {port}"));
        Some(())
    })
}

pub(super) fn firewall_drop(topology: &mut Topology, value: &str) -> Done {
    first_rule(topology, "drop", value)
}

pub(super) fn firewall_reject(topology: &mut Topology, value: &str) -> Done {
    first_rule(topology, "reject", value)
}

/// Puts another server in the balancer's place.
fn instead_of_balancer(topology: &mut Topology, other: Service) -> Done {
    every(topology, "load balancer", |machine| {
        let mut services = machine.service.iter_mut();
        let balancer = services.find(|service| matches!(service, Service::LoadBalancer(_)))?;
        *balancer = other.clone();
        Some(())
    })
}

const HTTPS: u16 = 443;

pub(super) fn balancer_reset(topology: &mut Topology, _: &str) -> Done {
    instead_of_balancer(topology, Service::Resets { port: HTTPS })
}

pub(super) fn balancer_plain(topology: &mut Topology, _: &str) -> Done {
    instead_of_balancer(topology, Service::PlainText { port: HTTPS })
}

pub(super) fn balancer_cut_off(topology: &mut Topology, _: &str) -> Done {
    every(topology, "web server", |machine| {
        let before = machine.service.len();
        machine
            .service
            .retain(|service| !matches!(service, Service::WebServer { .. }));
        (machine.service.len() < before).then_some(())
    })
}

fn on_balancer(topology: &mut Topology, damage: impl Fn(&mut Balancer)) -> Done {
    every(topology, "load balancer", |machine| {
        let mut services = machine.service.iter_mut();
        let balancer = services.find_map(|service| match service {
            Service::LoadBalancer(balancer) => Some(balancer),
            _ => None,
        })?;
        damage(balancer);
        Some(())
    })
}

pub(super) fn certificate_names(topology: &mut Topology, name: &str) -> Done {
    on_balancer(topology, |balancer| {
        balancer.certificate.names = vec![name.to_owned()]
    })
}

pub(super) fn certificate_expired(topology: &mut Topology, value: &str) -> Done {
    let ago: i32 = value
        .parse()
        .map_err(|_| format!("“{value}” is no number of days"))?;
    on_balancer(topology, |balancer| {
        let certificate = &mut balancer.certificate;
        let days = i32::try_from(certificate.days).unwrap_or(i32::MAX);
        certificate.from_day = ago.saturating_add(days).saturating_neg();
    })
}

const STRANGER: &str = "Stranger Root";

pub(super) fn certificate_stranger(topology: &mut Topology, _: &str) -> Done {
    let machine = topology
        .authority
        .first()
        .map(|authority| authority.machine.clone());
    let machine = machine.ok_or("the topology has no authority")?;
    if !topology
        .authority
        .iter()
        .any(|authority| authority.name == STRANGER)
    {
        let name = STRANGER.to_owned();
        topology.authority.push(Authority { name, machine });
    }
    on_balancer(topology, |balancer| {
        balancer.certificate.authority = STRANGER.to_owned()
    })
}

fn on_web_servers(topology: &mut Topology, path: &str, fault: FileFault) -> Done {
    if !path.starts_with('/') {
        return Err(format!("“{path}” is no path: it must begin with /"));
    }
    every(topology, "web server", |machine| {
        let mut servers = machine.service.iter_mut();
        let faults = servers.find_map(|service| match service {
            Service::WebServer { faults, .. } => Some(faults),
            _ => None,
        })?;
        faults.push(fault.clone());
        Some(())
    })
}

pub(super) fn web_missing(topology: &mut Topology, path: &str) -> Done {
    on_web_servers(topology, path, FileFault::Missing(path.to_owned()))
}

pub(super) fn web_garbled(topology: &mut Topology, path: &str) -> Done {
    on_web_servers(topology, path, FileFault::Garbled(path.to_owned()))
}

pub(super) fn web_redirect_loop(topology: &mut Topology, path: &str) -> Done {
    on_web_servers(topology, path, FileFault::RedirectLoop(path.to_owned()))
}

pub(super) fn web_truncated(topology: &mut Topology, path: &str) -> Done {
    on_web_servers(topology, path, FileFault::Truncated(path.to_owned()))
}

pub(super) fn web_silent(topology: &mut Topology, path: &str) -> Done {
    on_web_servers(topology, path, FileFault::Silent(path.to_owned()))
}

pub(super) fn web_status(topology: &mut Topology, value: &str) -> Done {
    let bad = || format!("“{value}” is not like /:404");
    let (path, status) = value.rsplit_once(':').ok_or_else(bad)?;
    let status = status
        .parse()
        .ok()
        .filter(|status| (100..=599).contains(status));
    on_web_servers(
        topology,
        path,
        FileFault::Status(path.to_owned(), status.ok_or_else(bad)?),
    )
}

fn on_app(topology: &mut Topology, damage: &AppFault) -> Done {
    every(topology, "application server", |machine| {
        let mut servers = machine.service.iter_mut();
        let fault = servers.find_map(|service| match service {
            Service::AppServer { fault } => Some(fault),
            _ => None,
        })?;
        *fault = Some(damage.clone());
        Some(())
    })
}

pub(super) fn app_exception(topology: &mut Topology, text: &str) -> Done {
    on_app(topology, &AppFault::Exception(text.to_owned()))
}

pub(super) fn app_database_missing(topology: &mut Topology, _: &str) -> Done {
    on_app(topology, &AppFault::DatabaseMissing)
}
