//! A stage's evidence in one line.

use crate::units::{ms_of_us, seconds, shortened, size};
use std::{collections::BTreeSet, net::IpAddr};
use thru_events::{
    ConnectionId, Entry, Event, Provenance, Stage, Vantage, close::CloseEvent, cssom::CssomEvent,
    dns::DnsEvent, dom::DomEvent, far::FarEvent, firewall::FirewallEvent, http::HttpEvent,
    ip::IpEvent, layout::LayoutEvent, lease::LeaseEvent, link::LinkEvent, paint::PaintEvent,
    render_tree::RenderTreeEvent, tcp::TcpEvent, tls::TlsEvent, url::UrlEvent,
};
use thru_journal::{Journal, OfNames};

/// What happened at `stage`; empty if there is nothing to say.
pub(crate) fn evidence(journal: &Journal, stage: Stage) -> String {
    let found = match stage {
        Stage::Url => url(journal),
        Stage::Lease => lease(journal),
        Stage::Dns => dns(journal),
        Stage::Link => link(journal),
        Stage::Ip => ip(journal),
        Stage::Tcp => tcp(journal),
        Stage::Firewall => firewall(journal),
        Stage::Tls => tls(journal),
        Stage::Http => http(journal),
        Stage::Far => far(journal),
        Stage::Close => close(journal),
        _ => page(journal, stage),
    };
    found
        .or_else(|| last_words(journal, stage))
        .unwrap_or_default()
}

/// The last thing the stage said on the near side.
fn last_words(journal: &Journal, stage: Stage) -> Option<String> {
    let is_frame = |event: &Event| {
        matches!(
            event,
            Event::Link(LinkEvent::FramePassed { .. } | LinkEvent::InterfaceReported { .. })
        )
    };
    let names = OfNames::of(journal.near_side());
    let mut said = journal.near_side().stage(stage).rev();
    let last = said.find(|entry| !is_frame(&entry.event) && !names.hides(entry))?;
    Some(crate::sentence::sentence(&last.event))
}

fn near<'a, T>(journal: &'a Journal, pick: impl Fn(&'a Event) -> Option<T>) -> Option<T> {
    journal.near_side().find(pick).map(|(_, found)| found)
}

/// The same of what is not about a connection to a name server.
fn of_page<'a, T>(
    journal: &'a Journal,
    names: &'a OfNames,
    pick: impl Fn(&'a Event) -> Option<T>,
) -> impl Iterator<Item = (&'a Entry, T)> {
    let found = journal.near_side().find_all(pick);
    found.filter(|(entry, _)| !names.hides(entry))
}

fn anywhere<'a, T>(journal: &'a Journal, pick: impl Fn(&'a Event) -> Option<T>) -> Vec<T> {
    let entries = journal.entries.iter();
    entries.filter_map(|entry| pick(&entry.event)).collect()
}

fn url(journal: &Journal) -> Option<String> {
    let completed = near(journal, |event| match event {
        Event::Url(UrlEvent::Completed { typed, .. }) => Some(typed),
        _ => None,
    });
    let parsed = near(journal, |event| match event {
        Event::Url(UrlEvent::Parsed {
            scheme,
            host,
            port,
            target,
            ..
        }) if host.is_empty() => Some(format!("{scheme} · {}", shortened(target))),
        Event::Url(UrlEvent::Parsed {
            scheme,
            host,
            readable_host,
            port,
            target,
            ..
        }) => {
            let target = shortened(target);
            let readable = readable_host.as_ref().map(|host| format!(" ({host})"));
            let readable = readable.unwrap_or_default();
            Some(format!("{scheme} · {host}{readable} · {port} · {target}"))
        }
        _ => None,
    })?;
    let upgraded = near(journal, |event| match event {
        Event::Url(UrlEvent::SchemeUpgraded { why, .. }) => Some(why),
        _ => None,
    });
    let parsed = match upgraded {
        Some(why) => format!("{parsed}   made https: {why}"),
        None => parsed,
    };
    Some(match completed {
        Some(typed) => format!("{parsed}   typed \"{}\"", shortened(typed)),
        None => parsed,
    })
}

fn lease(journal: &Journal) -> Option<String> {
    let said: Vec<String> = lent(journal).into_iter().chain(formed(journal)).collect();
    (!said.is_empty()).then(|| said.join(" · "))
}

/// The IPv6 address of a router's network that the machine made itself, and how long it asked whether
/// somebody else has it.
fn formed(journal: &Journal) -> Option<String> {
    let near = journal.near_side();
    let (made, (address, prefix)) = near.find(|event| match event {
        Event::Lease(LeaseEvent::Formed {
            address,
            prefix,
            router: Some(_),
            ..
        }) => Some((*address, *prefix)),
        _ => None,
    })?;
    let verified = near.find(|event| match event {
        Event::Lease(LeaseEvent::Verified { address: of }) if *of == address => Some(()),
        _ => None,
    });
    let asked = match verified {
        Some((entry, ())) => {
            let took = entry.at.since(made.at).as_micros() as u64;
            format!("nobody else has it, asked for {}", ms_of_us(took))
        }
        None => "not in use yet".to_owned(),
    };
    Some(format!("{address}/{prefix} made here, {asked}"))
}

fn lent(journal: &Journal) -> Option<String> {
    near(journal, |event| match event {
        Event::Lease(LeaseEvent::Bound {
            address,
            prefix,
            server,
            lease_s,
            ..
        }) => Some(format!(
            "{address}/{prefix} from {server} for {}",
            seconds(*lease_s)
        )),
        Event::Lease(LeaseEvent::Configured {
            interface,
            address,
            prefix,
        }) => Some(format!(
            "{interface} has {address}/{prefix}, as the kernel says"
        )),
        _ => None,
    })
}

fn dns(journal: &Journal) -> Option<String> {
    let (name, addresses, source) = near(journal, |event| match event {
        Event::Dns(DnsEvent::Resolved {
            name,
            addresses,
            source,
        }) => Some((name, addresses, source)),
        _ => None,
    })?;
    let later = journal.near_side().find_all(|event| match event {
        Event::Dns(DnsEvent::AddressesJoined {
            name: of,
            addresses,
            ..
        }) if of == name => Some(addresses),
        _ => None,
    });
    let later = later.flat_map(|(_, addresses)| addresses);
    let all: Vec<IpAddr> = addresses.iter().chain(later).copied().collect();
    // The one that the page came from; if none did, the one that is tried first.
    let used = near(journal, |event| match event {
        Event::Tcp(TcpEvent::Opened { remote, .. }) => {
            Some(remote.ip()).filter(|remote| all.contains(remote))
        }
        _ => None,
    });
    let address = used.or(all.first().copied())?;
    let of = match all.len() {
        1 => String::new(),
        many => format!(", one of {many} addresses"),
    };
    let servers: BTreeSet<_> = anywhere(journal, |event| match event {
        Event::Dns(DnsEvent::QuerySent { server, .. }) => Some(*server),
        _ => None,
    })
    .into_iter()
    .collect();
    let asked = match servers.len() {
        0 => format!("from {source}, nobody asked"),
        1 => "1 server asked".to_owned(),
        many => format!("{many} servers asked"),
    };
    let missed = near(journal, |event| match event {
        Event::Dns(DnsEvent::CacheMissed { .. }) => Some(()),
        _ => None,
    });
    let cache = match missed {
        Some(()) if !servers.is_empty() => ", not in cache",
        _ => "",
    };
    Some(format!("{name} → {address}{of}   {asked}{cache}"))
}

fn link(journal: &Journal) -> Option<String> {
    let said: Vec<String> = neighbour(journal)
        .into_iter()
        .chain(frames(journal))
        .collect();
    (!said.is_empty()).then(|| said.join(" · "))
}

/// How many frames of the host world were captured, or that they were put together.
fn frames(journal: &Journal) -> Option<String> {
    let passed = journal.near_side().find_all(|event| match event {
        Event::Link(LinkEvent::FramePassed { interface, .. }) => Some(interface.as_str()),
        _ => None,
    });
    let (mut captured, mut interfaces, mut put_together) = (0, BTreeSet::new(), 0);
    for (entry, interface) in passed {
        match entry.provenance {
            Provenance::Inferred => put_together += 1,
            _ => {
                captured += 1;
                interfaces.insert(interface);
            }
        }
    }
    let by: Vec<&str> = interfaces.into_iter().collect();
    match (captured, put_together) {
        (0, 0) => None,
        (0, made) => Some(format!(
            "frames unseen, {} put together",
            counted(made, "frame", "frames")
        )),
        (seen, _) => Some(format!(
            "{} captured on {}",
            counted(seen, "frame", "frames"),
            by.join(", ")
        )),
    }
}

fn neighbour(journal: &Journal) -> Option<String> {
    near(journal, |event| match event {
        Event::Link(LinkEvent::NeighbourLearned { address, mac }) => Some(format!(
            "{address} is at {mac}   (ARP{})",
            asked_and_answered(journal, *address)
        )),
        Event::Link(LinkEvent::NeighbourReported {
            address,
            mac: Some(mac),
            state,
        }) => Some(format!(
            "{address} is at {mac}   (the kernel says so: {state})"
        )),
        _ => None,
    })
}

/// How often all were asked for an address, and how many answered.
fn asked_and_answered(journal: &Journal, address: std::net::IpAddr) -> String {
    let count = |pick: fn(&Event) -> Option<std::net::IpAddr>| {
        let found = journal.near_side().find_all(pick);
        found.filter(|(_, of)| *of == address).count()
    };
    let asked = count(|event| match event {
        Event::Link(LinkEvent::ArpAsked { address, .. }) => Some(*address),
        _ => None,
    });
    let answers = 1 + count(|event| match event {
        Event::Link(LinkEvent::NeighbourConflict { address, .. }) => Some(*address),
        _ => None,
    });
    match asked {
        0 => String::new(),
        1 => format!(", asked all, {answers} answered"),
        many => format!(", asked all {many} times, {answers} answered"),
    }
}

fn ip(journal: &Journal) -> Option<String> {
    // The last one: those before it lead to name servers.
    let routes = journal.near_side().find_all(|event| match event {
        Event::Ip(IpEvent::RouteChosen {
            destination,
            prefix,
            next_hop,
            interface,
            source,
        }) => Some(match next_hop {
            Some(hop) => format!("{source} → {destination} via {hop} on {interface} ({prefix})"),
            None => format!("{source} → {destination} on {interface} ({prefix})"),
        }),
        _ => None,
    });
    routes.last().map(|(_, route)| route)
}

fn tcp(journal: &Journal) -> Option<String> {
    let names = OfNames::of(journal.near_side());
    let mut opened = of_page(journal, &names, |event| match event {
        Event::Tcp(TcpEvent::Opened {
            connection,
            local,
            remote,
            rtt_us,
        }) => Some((*connection, *local, *remote, ms_of_us(*rtt_us))),
        _ => None,
    });
    let (entry, (connection, local, remote, took)) = opened.next()?;
    let near = journal.near_side();
    let again = near.find_all(|event| match event {
        Event::Tcp(TcpEvent::SegmentRetransmitted { connection, .. }) => Some(*connection),
        _ => None,
    });
    let again = again.filter(|(resent, of)| *of == connection && resent.id < entry.id);
    // A kernel says it when it is asked, at once after the connection is open.
    let kernel = near.find_all(|event| match event {
        Event::Tcp(TcpEvent::KernelFigures { retransmits, .. }) => Some(*retransmits),
        _ => None,
    });
    let mut kernel = kernel.filter(|(said, _)| said.cause == Some(entry.id));
    let told = kernel
        .next()
        .map_or(0, |(_, retransmits)| retransmits as usize);
    let open = match again.count().max(told) {
        0 => format!("open in 1 round trip of {took}"),
        times => format!("open after {took}, SYN sent {} times", times + 1),
    };
    let race = near.find(|event| match event {
        Event::Tcp(TcpEvent::RaceWon {
            connection: of,
            tried,
            ..
        }) if *of == connection && *tried > 1 => {
            Some(format!(", first of {tried} addresses tried"))
        }
        _ => None,
    });
    let race = race.map(|(_, words)| words).unwrap_or_default();
    Some(format!("{local} → {remote}   {open}{race}"))
}

fn firewall(journal: &Journal) -> Option<String> {
    let rules = anywhere(journal, |event| match event {
        Event::Firewall(
            FirewallEvent::Allowed { rule, text, .. }
            | FirewallEvent::Dropped { rule, text, .. }
            | FirewallEvent::Rejected { rule, text, .. },
        ) => Some(format!("rule {rule} \"{text}\"")),
        _ => None,
    });
    rules.into_iter().next()
}

fn tls(journal: &Journal) -> Option<String> {
    let names = OfNames::of(journal.near_side());
    let mut done = of_page(journal, &names, |event| match event {
        Event::Tls(TlsEvent::HandshakeDone {
            version,
            cipher,
            group,
            alpn,
            ..
        }) => Some(format!(
            "{version} · {group} · {cipher} · {}",
            alpn.as_deref().unwrap_or("no ALPN")
        )),
        _ => None,
    });
    let (_, done) = done.next()?;
    let mut certificates = of_page(journal, &names, |event| match event {
        Event::Tls(TlsEvent::CertificatesReceived { chain, .. }) => Some(chain.len()),
        _ => None,
    });
    let mut trusted = of_page(journal, &names, |event| match event {
        Event::Tls(TlsEvent::ChainVerified { trusted, .. }) => Some(*trusted),
        _ => None,
    });
    let trusted = trusted.next().map(|(_, trusted)| trusted);
    let chain = certificates.next().map_or_else(String::new, |(_, count)| {
        let word = if trusted == Some(true) { "" } else { "not " };
        let count = counted(count as u32, "certificate", "certificates");
        format!(" · {count}, {word}trusted")
    });
    Some(done + &chain)
}

fn http(journal: &Journal) -> Option<String> {
    let names = OfNames::of(journal.near_side());
    let mut asked = of_page(journal, &names, |event| match event {
        Event::Http(HttpEvent::RequestSent { method, url, .. }) => Some((method, url)),
        _ => None,
    });
    let (_, (method, url)) = asked.next()?;
    let mut status = of_page(journal, &names, |event| match event {
        Event::Http(HttpEvent::ResponseStarted { status, .. }) => Some(*status),
        _ => None,
    });
    let finished = of_page(journal, &names, |event| match event {
        Event::Http(HttpEvent::ResponseFinished { encoded, .. }) => Some(*encoded),
        _ => None,
    });
    let finished: Vec<u64> = finished.map(|(_, encoded)| encoded).collect();
    let path = path_of(url);
    let answer = match status.next() {
        Some((_, status)) => format!("{method} {path} → {status}"),
        None => format!("{method} {path} → no answer"),
    };
    let first = finished
        .first()
        .map(|octets| format!(", {}", size(*octets)));
    let more = match finished.len() {
        0 | 1 => String::new(),
        count => format!(
            " · {} more, {} in all",
            count - 1,
            size(finished.iter().sum())
        ),
    };
    Some(format!("{answer}{}{more}", first.unwrap_or_default()))
}

fn path_of(url: &str) -> &str {
    let after = url.split_once("://").map_or(url, |(_, rest)| rest);
    after.find('/').map_or("/", |at| &after[at..])
}

/// Whom the first request went through, who else was asked, and what it took.
fn far(journal: &Journal) -> Option<String> {
    let (mut first, mut others): (Vec<&str>, Vec<&str>) = (Vec::new(), Vec::new());
    let (mut queries, mut hits, mut answered) = (0, 0, false);
    for entry in journal
        .entries
        .iter()
        .filter(|entry| entry.vantage != Vantage::Near)
    {
        match &entry.event {
            Event::Far(FarEvent::RequestReceived { server, .. }) => {
                let known = first.contains(&server.as_str()) || others.contains(&server.as_str());
                match answered {
                    _ if known => {}
                    false => first.push(server),
                    true => others.push(server),
                }
            }
            Event::Far(FarEvent::ResponseSent { server, .. }) => {
                answered |= first.first() == Some(&server.as_str());
            }
            Event::Far(FarEvent::DatabaseQueried { .. }) => queries += 1,
            Event::Far(FarEvent::CacheHit { .. }) => hits += 1,
            _ => {}
        }
    }
    if first.is_empty() {
        return None;
    }
    let mut said = vec![first.join(" → ")];
    if !others.is_empty() {
        said.push(format!("later also {}", others.join(", ")));
    }
    if queries > 0 {
        said.push(counted(queries, "SQL query", "SQL queries"));
    }
    if hits > 0 {
        let answers = counted(hits, "answer", "answers");
        said.push(format!("{answers} from what the cache server had"));
    }
    Some(said.join(" · "))
}

fn counted(count: u32, one: &str, more: &str) -> String {
    let name = if count == 1 { one } else { more };
    format!("{count} {name}")
}

/// What the host's ports say of a connection that the peer reset.
const RESET: &str = "reset by the peer";

fn close(journal: &Journal) -> Option<String> {
    let mut said = Vec::new();
    let reset = |of: Option<ConnectionId>| {
        near(journal, |event| match event {
            Event::Close(CloseEvent::Closed { connection, how }) if how == RESET => {
                (of == Some(*connection) || of.is_none()).then_some(())
            }
            _ => None,
        })
    };
    let both = near(journal, |event| match event {
        Event::Close(CloseEvent::PeerFinished { connection }) => {
            reset(Some(*connection)).is_none().then_some(())
        }
        _ => None,
    });
    match (both.is_some(), reset(None).is_some()) {
        (true, true) => said.push(format!("FIN both ways, one {RESET}")),
        (true, false) => said.push("FIN both ways".to_owned()),
        (false, true) => said.push(RESET.to_owned()),
        (false, false) => {}
    }
    let wait = near(journal, |event| match event {
        Event::Close(CloseEvent::TimeWaitEntered { wait_s, .. }) => Some(*wait_s),
        _ => None,
    });
    said.extend(wait.map(|wait| format!("TIME-WAIT {}", seconds(wait))));
    if said.is_empty() {
        let names = OfNames::of(journal.near_side());
        let mut closed = of_page(journal, &names, |event| match event {
            Event::Close(CloseEvent::Closed { how, .. }) => Some(how.to_string()),
            _ => None,
        });
        said.extend(closed.next().map(|(_, how)| how));
    }
    (!said.is_empty()).then(|| said.join(", "))
}

fn page(journal: &Journal, stage: Stage) -> Option<String> {
    // The last of its kind: what comes late is built and laid out again.
    let near = journal.near_side();
    near.entries().rev().find_map(|entry| match &entry.event {
        Event::Dom(DomEvent::TreeBuilt { .. }) if stage == Stage::Dom => {
            Some(crate::sentence::sentence(&entry.event))
        }
        Event::Cssom(CssomEvent::StylesComputed { .. }) if stage == Stage::Cssom => {
            Some(crate::sentence::sentence(&entry.event))
        }
        Event::RenderTree(RenderTreeEvent::TreeBuilt { .. }) if stage == Stage::RenderTree => {
            Some(crate::sentence::sentence(&entry.event))
        }
        Event::Layout(LayoutEvent::LaidOut { .. }) if stage == Stage::Layout => {
            Some(crate::sentence::sentence(&entry.event))
        }
        Event::Paint(PaintEvent::Painted { .. }) if stage == Stage::Paint => {
            Some(crate::sentence::sentence(&entry.event))
        }
        _ => None,
    })
}

#[cfg(test)]
#[path = "evidence_tests.rs"]
mod tests;
