//! Starts the servers that a topology puts on its machines.

use super::{Lab, LabFailure, simple};
use crate::topology::{
    self, AppFault, Balancer, FileFault, Machine, Recursive, Service, StateName,
};
use std::{
    net::{IpAddr, Ipv4Addr, Ipv6Addr, SocketAddr},
    rc::Rc,
    time::Duration,
};
use thru_dns::{Anchor, DigestCheck, OwnZone, RecursorConfig, Stale, Zone};
use thru_far::{
    Backend, Limits,
    app_server::{self, AppServerConfig, shop},
    cache_server::{self, CacheServerConfig, store::StoreLimits},
    dns_server::{self, DnsRole, DnsServerConfig},
    load_balancer::{self, CacheRoute, LoadBalancerConfig},
    web_server::{self, WebServerConfig, faults::StaticFault, files},
};
use thru_port::{Port, PortFailure};

const DNS: u16 = 53;
const HTTP: u16 = 80;
const HTTPS: u16 = 443;

/// Where the application server listens: not the public's business.
const APP: u16 = 8080;

/// What one statement of the application costs in virtual time.
const STATEMENT_TIME: Duration = Duration::from_micros(150);

type Started = Result<(), String>;

/// Starts every server.
pub(super) fn start(lab: &Lab) -> Result<(), LabFailure> {
    for machine in &lab.topology.machine {
        let alive = !machine.kind.has_ports() && machine.state != StateName::Off;
        let port = lab.port(&machine.name).filter(|_| alive);
        let Some(port) = port else { continue };
        for service in &machine.service {
            let started = start_one(lab, machine, &port, service);
            started.map_err(|why| LabFailure::Service {
                machine: machine.name.clone(),
                why,
            })?;
        }
    }
    Ok(())
}

fn start_one(lab: &Lab, machine: &Machine, port: &Rc<dyn Port>, service: &Service) -> Started {
    let run = |serving| listening(lab, serving);
    match service {
        Service::NameServer(server) => {
            let zones = server
                .zones
                .iter()
                .filter_map(|origin| lab.names.file(origin).map(str::to_owned));
            let role = DnsRole::Authoritative {
                zones: zones.collect(),
            };
            start_dns(lab, machine, port, role, true)
        }
        Service::CachingDns(recursive) => {
            let config = Box::new(resolver(lab, recursive)?);
            start_dns(lab, machine, port, DnsRole::Resolver { config }, true)
        }
        Service::DnsForwarder(forwarder) => {
            let to = on_dns_port(&forwarder.to);
            let by_tcp = !forwarder.only_udp;
            start_dns(lab, machine, port, DnsRole::Forwarder { to }, by_tcp)
        }
        Service::LoadBalancer(balancer) => start_balancer(lab, machine, port, balancer),
        Service::CacheServer { web, keys } => {
            let most = StoreLimits::default();
            let config = CacheServerConfig {
                own: serving(machine, HTTP)?,
                web: backends(lab, web)?,
                store: StoreLimits {
                    keys: keys.unwrap_or(most.keys),
                    ..most
                },
                limits: Limits::default(),
            };
            run(Box::pin(cache_server::serve(port.clone(), config)))
        }
        Service::WebServer { app, faults } => {
            let app = app.as_ref().map(|app| backend_named(lab, app, APP));
            let config = WebServerConfig {
                own: serving(machine, HTTP)?,
                files: files::shop_files(),
                app: app.transpose()?,
                faults: faults.iter().map(file_fault).collect(),
                limits: Limits::default(),
            };
            run(Box::pin(web_server::serve(port.clone(), config)))
        }
        Service::AppServer { fault } => {
            let database = shop::create_in_memory().map_err(|error| error.to_string())?;
            let config = AppServerConfig {
                own: serving(machine, APP)?,
                database,
                statement_time: STATEMENT_TIME,
                fail: fault.as_ref().map(app_fault),
                limits: Limits::default(),
            };
            run(Box::pin(app_server::serve(port.clone(), config)))
        }
        Service::Resets { port: number } => simple::resets(port.clone(), *number).map_err(words),
        Service::PlainText { port: number } => {
            simple::plain_text(port.clone(), *number).map_err(words)
        }
    }
}

fn start_balancer(
    lab: &Lab,
    machine: &Machine,
    port: &Rc<dyn Port>,
    balancer: &Balancer,
) -> Started {
    let tls = lab
        .authorities()
        .server_tls(&machine.name, &balancer.certificate);
    let cache = balancer
        .cache
        .as_ref()
        .map(|cache| backend_named(lab, cache, HTTP));
    let own = serving(machine, HTTPS)?;
    let config = LoadBalancerConfig {
        plain: Some(SocketAddr::new(own.address.ip(), HTTP)),
        own,
        tls: Some(tls.map_err(|failure| failure.to_string())?),
        cache: cache.transpose()?.map(|backend| CacheRoute {
            backend,
            prefixes: balancer.cached.clone(),
        }),
        web: backends(lab, &balancer.web)?,
        hsts: balancer.hsts.clone(),
        limits: Limits::default(),
    };
    listening(lab, Box::pin(load_balancer::serve(port.clone(), config)))
}

fn start_dns(
    lab: &Lab,
    machine: &Machine,
    port: &Rc<dyn Port>,
    role: DnsRole,
    by_tcp: bool,
) -> Started {
    let listen = SocketAddr::new(any_address(machine), DNS);
    let config = DnsServerConfig {
        by_tcp,
        ..DnsServerConfig::new(machine.name.clone(), listen, role)
    };
    let started = lab.world.run_until(dns_server::serve(port.clone(), config));
    let started = started.map_err(|stuck| stuck.to_string())?;
    started.map(|_| ()).map_err(|refused| refused.to_string())
}

fn resolver(lab: &Lab, server: &Recursive) -> Result<RecursorConfig, String> {
    let mut config = RecursorConfig::new(on_dns_port(&server.roots));
    config.stale = server.stale.then(Stale::default);
    config.prefetches = server.prefetch;
    for origin in &server.copies {
        let text = lab.names.file(origin);
        let text = text.ok_or_else(|| format!("there is no zone {origin:?} to copy"))?;
        let zone = Zone::parse(text).map_err(|refused| refused.to_string())?;
        let mut copy = OwnZone::new(zone, DigestCheck::WherePresent);
        copy.answers_clients = false;
        copy.else_servers = true;
        config.own_zones.push(Rc::new(copy));
    }
    if server.validates {
        let anchors = Anchor::read_all(&lab.names.anchors);
        config.anchors = anchors.map_err(|refused| refused.to_string())?;
    }
    Ok(config)
}

fn on_dns_port(servers: &[IpAddr]) -> Vec<SocketAddr> {
    servers
        .iter()
        .map(|server| SocketAddr::from((*server, DNS)))
        .collect()
}

/// Waits until a server listens.
fn listening(
    lab: &Lab,
    serving: std::pin::Pin<Box<dyn Future<Output = Result<SocketAddr, PortFailure>>>>,
) -> Started {
    let started = lab
        .world
        .run_until(serving)
        .map_err(|stuck| stuck.to_string())?;
    started.map(|_| ()).map_err(words)
}

fn words(failure: PortFailure) -> String {
    failure.to_string()
}

/// Any address that the machine has: of both families if it speaks IPv6 too.
fn any_address(machine: &Machine) -> IpAddr {
    match machine.interface.iter().any(|own| !own.ipv6.is_empty()) {
        true => Ipv6Addr::UNSPECIFIED.into(),
        false => Ipv4Addr::UNSPECIFIED.into(),
    }
}

/// A machine's first address that is written down, of IPv4 if it has one.
fn address_of(machine: &Machine) -> Result<IpAddr, String> {
    let own = || machine.interface.iter();
    let ipv4 = own().find_map(|own| topology::parse_address(&own.address));
    if let Some((address, _)) = ipv4 {
        return Ok(address.into());
    }
    let mut ipv6 = own().flat_map(|own| &own.ipv6);
    let ipv6 = ipv6.find_map(|text| topology::parse_ipv6(text));
    let (address, _) = ipv6.ok_or_else(|| format!("{} has no address of its own", machine.name))?;
    Ok(address.into())
}

fn backend(machine: &Machine, port: u16) -> Result<Backend, String> {
    Ok(Backend {
        name: machine.name.clone(),
        address: SocketAddr::from((address_of(machine)?, port)),
    })
}

/// Where a server of the machine listens: at its address, or at all if it speaks IPv6 too.
fn serving(machine: &Machine, port: u16) -> Result<Backend, String> {
    let backend = backend(machine, port)?;
    let any = any_address(machine);
    Ok(match any.is_ipv6() {
        true => Backend {
            address: SocketAddr::new(any, port),
            ..backend
        },
        false => backend,
    })
}

fn backend_named(lab: &Lab, name: &str, port: u16) -> Result<Backend, String> {
    let machine = lab
        .topology
        .machine(name)
        .ok_or_else(|| format!("no machine “{name}”"))?;
    backend(machine, port)
}

fn backends(lab: &Lab, names: &[String]) -> Result<Vec<Backend>, String> {
    names
        .iter()
        .map(|name| backend_named(lab, name, HTTP))
        .collect()
}

fn file_fault(fault: &FileFault) -> StaticFault {
    match fault.clone() {
        FileFault::Missing(path) => StaticFault::Missing(path),
        FileFault::Garbled(path) => StaticFault::Garbled(path),
        FileFault::RedirectLoop(path) => StaticFault::RedirectLoop(path),
        FileFault::Truncated(path) => StaticFault::Truncated(path),
        FileFault::Silent(path) => StaticFault::Silent(path),
        FileFault::Status(path, status) => StaticFault::Status(path, status),
    }
}

fn app_fault(fault: &AppFault) -> app_server::AppFault {
    match fault {
        AppFault::Exception(text) => app_server::AppFault::Exception(text.clone()),
        AppFault::DatabaseMissing => app_server::AppFault::DatabaseMissing,
    }
}
