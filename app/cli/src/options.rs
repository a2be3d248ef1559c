//! From arguments to the library's options.

use crate::{
    arguments::{LabArguments, LoadingArguments, NetworkArguments, PageArguments},
    interrupt::{self, Pressed},
    proxies, topologies,
};
use throughline::{Failure, FramesWanted, Host, Lab, Network, Options, Page, World};
use thru_dns::{Families, Override};

/// The library's options of a load that the arguments name. What Ctrl-C and `-m` need while the
/// program computes is tied in here.
pub fn loading(url: &str, arguments: &LoadingArguments) -> Result<Options, Failure> {
    let pressed = interrupt::end_even_when_computing();
    Ok(Options {
        url: url.to_owned(),
        world: world(arguments, pressed)?,
        network: network(&arguments.network),
        page: page(&arguments.page),
        paint: true,
        recording: None,
        working: interrupt::end_when_time_is_over(),
    })
}

/// The world that the arguments name.
fn world(arguments: &LoadingArguments, pressed: Pressed) -> Result<World, Failure> {
    let (network, in_the_lab) = (&arguments.network, &arguments.world);
    let Some(topology) = arguments.lab.as_deref() else {
        return host(network, in_the_lab);
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
    let found = match topology {
        "" => None,
        name => Some(topologies::find(name, arguments.strict_lab)?),
    };
    let (topology, mut faults) = match found {
        None => (None, Vec::new()),
        Some(found) => (Some(found.text), found.faults),
    };
    faults.extend_from_slice(&in_the_lab.faults);
    Ok(World::Lab(Lab {
        topology,
        seed: in_the_lab.seed.unwrap_or_default(),
        faults,
        probe: !network.no_probe,
        interrupted: Some(pressed),
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
        frames: FramesWanted::No,
    }))
}

fn network(arguments: &NetworkArguments) -> Network {
    let overrides = arguments.resolve.iter().map(|line| Override {
        host: line.host.clone(),
        port: line.port,
        addresses: vec![line.address],
    });
    let user = arguments.user.iter();
    let mut headers: Vec<(String, String)> = user
        .map(|user| ("authorization".to_owned(), user.basic()))
        .collect();
    headers.extend(arguments.headers.iter().cloned());
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

fn page(arguments: &PageArguments) -> Page {
    Page {
        viewport: arguments.viewport,
        scale: arguments.scale,
        full_page: arguments.full_page,
        fonts: arguments.fonts.clone(),
        ..Page::default()
    }
}
