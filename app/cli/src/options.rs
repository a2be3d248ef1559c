//! From arguments to the library's options.

use crate::{
    arguments::{LabArguments, NetworkArguments, PageArguments},
    interrupt::Pressed,
    proxies,
};
use throughline::{Failure, Host, Lab, Network, Page, World};
use thru_dns::{Families, Override};

/// The world that the arguments name.
pub fn world(
    lab: Option<&str>,
    network: &NetworkArguments,
    arguments: &LabArguments,
    pressed: &Pressed,
) -> Result<World, Failure> {
    let Some(topology) = lab else {
        return host(network, arguments);
    };
    let of_the_host = [
        ("--cacert", network.cacert.is_some()),
        ("--dns-server", !network.dns_server.is_empty()),
        ("--hosts", network.hosts.is_some()),
    ];
    if let Some((name, _)) = of_the_host.iter().find(|(_, given)| *given) {
        let words = format!("{name} belongs to the host world: the lab has its own");
        return Err(Failure::Usage(words));
    }
    let topology = match topology {
        "" => None,
        file => Some(
            std::fs::read_to_string(file)
                .map_err(|error| Failure::File(format!("read {file}: {error}")))?,
        ),
    };
    Ok(World::Lab(Lab {
        topology,
        seed: arguments.seed.unwrap_or_default(),
        faults: arguments.faults.clone(),
        probe: !network.no_probe,
        interrupted: Some(pressed.clone()),
        ..Lab::default()
    }))
}

fn host(network: &NetworkArguments, arguments: &LabArguments) -> Result<World, Failure> {
    if arguments.seed.is_some() || !arguments.faults.is_empty() {
        let words = "--seed and --fault belong to the lab: add --lab";
        return Err(Failure::Usage(words.to_owned()));
    }
    proxies::say_what_is_ignored();
    if let Some(hosts) = &network.hosts {
        std::fs::metadata(hosts)
            .map_err(|error| Failure::File(format!("read {}: {error}", hosts.display())))?;
    }
    Ok(World::Host(Host {
        fresh: network.fresh,
        dns_servers: network.dns_server.clone(),
        hosts: network.hosts.clone(),
        cacert: network.cacert.clone(),
        probe: network.probe,
        catch_interrupt: true,
    }))
}

/// The network's options.
pub fn network(arguments: &NetworkArguments) -> Network {
    let overrides = arguments.resolve.iter().map(|line| Override {
        host: line.host.clone(),
        port: line.port,
        addresses: vec![line.address],
    });
    let mut headers = arguments.headers.clone();
    let further = [
        ("cookie", &arguments.cookie),
        ("referer", &arguments.referer),
    ];
    for (name, value) in further {
        headers.extend(value.iter().map(|value| (name.to_owned(), value.clone())));
    }
    Network {
        overrides: overrides.collect(),
        families: match (arguments.v4, arguments.v6) {
            (true, _) => Families::Ipv4,
            (_, true) => Families::Ipv6,
            _ => Families::Any,
        },
        headers,
        user_agent: arguments.user_agent.clone(),
        insecure: arguments.insecure,
        alpn: match (arguments.http1_1, arguments.http2) {
            (true, _) => vec!["http/1.1"],
            (_, true) => vec!["h2"],
            _ => Vec::new(),
        },
        connect_timeout: arguments.connect_timeout,
        max_time: arguments.max_time,
        max_redirects: arguments.max_redirs,
    }
}

/// The page's options.
pub fn page(arguments: &PageArguments, boxes: bool) -> Page {
    Page {
        viewport: arguments.viewport,
        scale: arguments.scale,
        full_page: arguments.full_page,
        fonts: arguments.fonts.clone(),
        boxes,
        inspect: None,
    }
}
